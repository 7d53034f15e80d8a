//! Resource owner password credentials: a name and a password, without a browser.

use super::super::world::World;
use super::claims::{Claims, Scopes};
use super::refusal::SignInRefusal;
use super::session::SignIn;
use crate::practice::company::{Account, Consent, Proof};

/// So many wrong passwords lock an account.
const TRIES: u32 = 10;

pub(super) struct Shown<'a> {
    pub user: &'a str,
    pub password: &'a str,
    pub place: usize,
}

pub(super) fn check(
    world: &mut World,
    shown: &Shown,
    scopes: Scopes,
    claims: Claims,
) -> Result<SignIn, SignInRefusal> {
    let Some(operator) = world.places[shown.place].operator(shown.user) else {
        return Err(match world.places[shown.place].person(shown.user) {
            Ok(_) => SignInRefusal::ordered(50126),
            Err(_) => SignInRefusal::ordered(50034),
        });
    };
    let id = operator.account.id;
    if world.login.wrong_passwords.get(&id).is_some_and(|tries| *tries >= TRIES) {
        return Err(SignInRefusal::ordered(50053));
    }
    let known = world.login.password.expose().as_bytes();
    let given = shown.password.as_bytes();
    if aws_lc_rs::constant_time::verify_slices_are_equal(known, given).is_err() {
        *world.login.wrong_passwords.entry(id).or_default() += 1;
        return Err(SignInRefusal::ordered(50126));
    }
    world.login.wrong_passwords.remove(&id);
    if operator.account.account == Account::Disabled {
        return Err(SignInRefusal::ordered(50057));
    }
    if world.places[shown.place].consent == Consent::Missing || operator.consent == Consent::Missing
    {
        return Err(SignInRefusal::ordered(65001));
    }
    if operator.proof == Proof::MultiFactor || !claims.contexts().is_empty() {
        return Err(SignInRefusal::ordered(50076));
    }
    let signed_in_at = world.now();
    Ok(SignIn { place: shown.place, operator, signed_in_at, scopes, claims, nonce: None })
}
