//! Signing in on another device (RFC 8628).

use super::super::call::{Call, Reply};
use super::super::world::{OWN, World, base64url, random};
use super::authorize;
use super::claims::{Claims, Scopes};
use super::flow::{self, Flow, Purpose};
use super::page::{Asks, Form, Page};
use super::refusal::SignInRefusal;
use super::session::{self, SignIn};
use crate::practice::company::Operator;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
const INTERVAL_S: u64 = 5;
/// Letters and digits that are not mistaken for one another.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const USER_CODE_LENGTH: usize = 9;

/// A device that waits, under its device code.
pub(super) struct Device {
    user_code: String,
    place: usize,
    scopes: Scopes,
    claims: Claims,
    ends: Timestamp,
    answer: Answer,
}

enum Answer {
    Pending,
    Approved { operator: Arc<Operator>, at: Timestamp },
    Declined,
}

/// `POST /{tenant}/oauth2/v2.0/devicecode`
pub(super) fn begin(
    world: &mut World,
    call: &Call,
    place: usize,
    form: &HashMap<String, String>,
) -> Result<Reply, SignInRefusal> {
    let scopes = Scopes::read(call, form.get("scope").map(String::as_str))?;
    let claims = Claims::read(form.get("claims").map(String::as_str))?;
    let device_code = format!("practice-device.{}", base64url(random::<48>()?));
    let drawn = random::<USER_CODE_LENGTH>()?;
    let user_code: String =
        drawn.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let ends = world.later(LIFETIME, world.now());
    let device = Device {
        user_code: user_code.clone(),
        place,
        scopes,
        claims,
        ends,
        answer: Answer::Pending,
    };
    world.login.devices.insert(device_code.clone(), device);
    let address = format!("{}/devicelogin", call.origin());
    Ok(Reply::ok(&json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": address,
        "expires_in": LIFETIME.as_secs(),
        "interval": INTERVAL_S,
        "message": format!("To sign in, use a web browser to open the page {address} and enter the code {user_code} to authenticate."),
    })))
}

/// `GET /devicelogin` asks for the code; its form comes back as `POST`.
pub(super) fn page(world: &mut World, call: &Call) -> Reply {
    let form = call.form();
    let Some(typed) = form.get("otc") else {
        return ask(None).reply(call);
    };
    let typed = typed.trim().to_uppercase();
    let now = world.now();
    let waiting = world.login.devices.values().find(|device| {
        device.user_code == typed && device.ends > now && matches!(device.answer, Answer::Pending)
    });
    let Some(place) = waiting.map(|device| device.place) else {
        return ask(Some("That code didn't work. Check the code and try again.")).reply(call);
    };
    let flow = Flow::new(world, place, Purpose::Device(typed));
    flow::show(world, call, flow, Asks::Account, None, None)
        .unwrap_or_else(|refusal| Page::refused(call, now, &refusal).reply(call))
}

fn ask(problem: Option<&str>) -> Page {
    let form = Form { action: "/devicelogin".into(), flow: String::new() };
    Page {
        title: Asks::UserCode.title().into(),
        asks: Asks::UserCode,
        problem: problem.map(str::to_owned),
        form: Some(form),
        ..Page::told("", "Enter the code displayed on your device")
    }
}

/// The operator has chosen an account for the waiting device.
pub(super) fn approve(
    world: &mut World,
    call: &Call,
    user_code: &str,
    operator: Arc<Operator>,
) -> Result<Reply, SignInRefusal> {
    let place = by_user_code(world, user_code).map_or(OWN, |device| device.place);
    authorize::check_operator(world, place, &operator)?;
    session::remember(world, call, operator.account.id)?;
    let at = world.now();
    if let Some(device) = by_user_code(world, user_code) {
        device.answer = Answer::Approved { operator, at };
    }
    let text = "You have signed in on your device. You may now close this window.";
    Ok(Page::told("You have signed in", text).reply(call))
}

pub(super) fn decline(world: &mut World, call: &Call, user_code: &str) -> Reply {
    if let Some(device) = by_user_code(world, user_code) {
        device.answer = Answer::Declined;
    }
    Page::told("You have declined", "The device is not signed in").reply(call)
}

fn by_user_code<'a>(world: &'a mut World, user_code: &str) -> Option<&'a mut Device> {
    world.login.devices.values_mut().find(|device| device.user_code == user_code)
}

/// What the polling device gets: the sign-in, once there is one.
pub(super) fn poll(
    world: &mut World,
    device_code: &str,
    place: usize,
) -> Result<SignIn, SignInRefusal> {
    let now = world.now();
    let refused = |error, number, text: &str| SignInRefusal {
        status: StatusCode::BAD_REQUEST,
        ..SignInRefusal::new(error, number, text)
    };
    let Some(device) = world.login.devices.get(device_code).filter(|it| it.place == place) else {
        let text = "The provided value for the input parameter 'device_code' is not valid.";
        return Err(refused("bad_verification_code", 9_002_313, text));
    };
    let sign_in = match &device.answer {
        Answer::Approved { operator, at } => SignIn {
            place,
            operator: Arc::clone(operator),
            signed_in_at: *at,
            scopes: device.scopes.clone(),
            claims: device.claims.clone(),
            nonce: None,
        },
        Answer::Declined => {
            let text = "The end-user denied the authorization request.";
            return Err(refused("authorization_declined", 70018, text));
        }
        Answer::Pending if device.ends <= now => {
            let text = "The device code has expired. Start a new request.";
            return Err(refused("expired_token", 70019, text));
        }
        Answer::Pending => {
            let text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            return Err(refused("authorization_pending", 70016, text));
        }
    };
    world.login.devices.remove(device_code);
    Ok(sign_in)
}
