//! The application itself: what it shows of its own, and whether it may do without.

use super::super::call::Call;
use super::super::world::World;
use super::assertion;
use super::refusal::SignInRefusal;
use super::tokens::Form;
use crate::practice::company::{Consent, client_id};
use jiff::SignedDuration;
use uuid::Uuid;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Client credentials, by secret or by certificate.
pub(super) fn check(
    world: &mut World,
    call: &Call,
    place: usize,
    form: &Form,
) -> Result<(), SignInRefusal> {
    check_id(form)?;
    if world.places[place].consent == Consent::Missing {
        return Err(SignInRefusal::ordered(700_016));
    }
    let scope = form.field("scope").unwrap_or_default();
    if scope != "https://graph.microsoft.com/.default"
        && scope != format!("{}/.default", call.origin())
    {
        let text =
            format!("The provided request must include a valid '/.default' scope, not '{scope}'.");
        return Err(SignInRefusal::new("invalid_scope", 70011, text));
    }
    match check_own(world, call, form)? {
        Shown::Proof => Ok(()),
        Shown::Nothing => Err(SignInRefusal::ordered(7_000_218)),
    }
}

/// An application on an operator's computer has nothing of its own to show, and must not.
pub(super) fn check_public(world: &World, form: &Form) -> Result<(), SignInRefusal> {
    check_id(form)?;
    if form.field("client_secret").is_some() || form.field("client_assertion").is_some() {
        return Err(SignInRefusal::ordered(700_025));
    }
    match world.login.is_public {
        true => Ok(()),
        false => Err(SignInRefusal::ordered(7_000_218)),
    }
}

/// With a secret of its own, or as a public client.
pub(super) fn check_either(
    world: &mut World,
    call: &Call,
    form: &Form,
) -> Result<(), SignInRefusal> {
    check_id(form)?;
    match check_own(world, call, form)? {
        Shown::Proof => Ok(()),
        Shown::Nothing => check_public(world, form),
    }
}

enum Shown {
    Proof,
    Nothing,
}

fn check_id(form: &Form) -> Result<(), SignInRefusal> {
    let client = form.field("client_id").unwrap_or_default();
    if Uuid::try_parse(client) == Ok(client_id()) {
        return Ok(());
    }
    let text = format!("Application with identifier '{client}' was not found in the directory.");
    Err(SignInRefusal::new("unauthorized_client", 700_016, text))
}

fn check_own(world: &mut World, call: &Call, form: &Form) -> Result<Shown, SignInRefusal> {
    match (form.field("client_secret"), form.field("client_assertion")) {
        (Some(secret), None) => check_secret(world, secret)?,
        (None, Some(jwt)) if form.field("client_assertion_type") == Some(ASSERTION_TYPE) => {
            assertion::check(world, call, jwt)?;
        }
        (None, None) => return Ok(Shown::Nothing),
        _ => return Err(SignInRefusal::ordered(7_000_218)),
    }
    Ok(Shown::Proof)
}

fn check_secret(world: &World, secret: &str) -> Result<(), SignInRefusal> {
    let known = world.secret.expose().as_bytes();
    aws_lc_rs::constant_time::verify_slices_are_equal(known, secret.as_bytes())
        .map_err(|_| SignInRefusal::ordered(7_000_215))?;
    if world.login.secret_ends_in < SignedDuration::ZERO {
        return Err(SignInRefusal::ordered(7_000_222));
    }
    Ok(())
}
