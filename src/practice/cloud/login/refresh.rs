//! Refresh tokens: each use gives a new one; the one before works until the new one was used, so
//! that a lost answer does no harm. An older one shows that somebody has a copy: the whole family
//! ends.

use super::super::call::Refusal;
use super::super::world::{World, base64url, random};
use super::claims::{Claims, Scopes};
use super::refusal::SignInRefusal;
use super::session::SignIn;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Without use.
const LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

#[derive(Default)]
pub(super) struct RefreshTokens {
    /// The family of each token that ever was.
    tokens: HashMap<String, u64>,
    families: HashMap<u64, Family>,
    next: u64,
}

struct Family {
    sign_in: SignIn,
    current: String,
    previous: Option<String>,
    ends: Timestamp,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Revoked,
}

impl RefreshTokens {
    pub fn revoke(&mut self, family: u64) {
        if let Some(family) = self.families.get_mut(&family) {
            family.state = State::Revoked;
        }
    }

    pub fn revoke_all(&mut self) {
        self.families.values_mut().for_each(|family| family.state = State::Revoked);
    }
}

/// The first token of a new family.
pub(super) fn issue(world: &mut World, sign_in: &SignIn) -> Result<(String, u64), Refusal> {
    let token = draw()?;
    let ends = world.later(LIFETIME, world.now());
    let refresh = &mut world.login.refresh;
    let number = refresh.next;
    refresh.next += 1;
    refresh.tokens.insert(token.clone(), number);
    // A renewed id_token answers no authorization request, so it repeats no nonce.
    let sign_in = SignIn { nonce: None, ..sign_in.clone() };
    let current = token.clone();
    let family = Family { sign_in, current, previous: None, ends, state: State::Good };
    refresh.families.insert(number, family);
    Ok((token, number))
}

/// The sign-in behind the token, and the token that follows it.
pub(super) fn renew(
    world: &mut World,
    token: &str,
    place: usize,
    scopes: Option<Scopes>,
    claims: &Claims,
) -> Result<(SignIn, String), SignInRefusal> {
    let (now, next) = (world.now(), draw()?);
    let ends = world.later(LIFETIME, now);
    let refresh = &mut world.login.refresh;
    let number = refresh.tokens.get(token).copied();
    let known = number.and_then(|number| Some((number, refresh.families.get_mut(&number)?)));
    let Some((number, family)) = known else {
        let text = "The provided value for the input parameter 'refresh_token' is not valid.";
        return Err(SignInRefusal::grant(9_002_313, text));
    };
    let is_old = family.current != token && family.previous.as_deref() != Some(token);
    if family.state == State::Revoked || is_old {
        family.state = State::Revoked;
        return Err(SignInRefusal::ordered(50173));
    }
    if family.ends <= now {
        return Err(SignInRefusal::ordered(700_082));
    }
    if family.sign_in.place != place {
        let text = "The user account does not exist in the tenant and cannot access the application in that tenant.";
        return Err(SignInRefusal::grant(50020, text));
    }
    check_contexts(family, claims)?;
    family.previous = Some(token.to_owned());
    family.current.clone_from(&next);
    family.ends = ends;
    if let Some(scopes) = scopes {
        family.sign_in.scopes = scopes;
    }
    let sign_in = family.sign_in.clone();
    refresh.tokens.insert(next.clone(), number);
    Ok((sign_in, next))
}

/// A context that was not satisfied before needs the operator.
fn check_contexts(family: &Family, claims: &Claims) -> Result<(), SignInRefusal> {
    if claims.contexts().is_subset(&family.sign_in.claims.contexts()) {
        return Ok(());
    }
    Err(SignInRefusal::ordered(50076))
}

fn draw() -> Result<String, Refusal> {
    Ok(format!("practice-refresh.{}", base64url(random::<48>()?)))
}
