//! Who has signed in: in the browser (single sign-on) and towards the application.

use super::super::call::{Call, Refusal, Reply};
use super::super::world::{World, base64url, random};
use super::claims::{Claims, Scopes};
use crate::practice::company::Operator;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Name of the single sign-on cookie.
const COOKIE: &str = "ESTSAUTHPERSISTENT";

/// One operator's sign-in to the application, ready to become tokens.
#[derive(Clone)]
pub(super) struct SignIn {
    /// Number of the tenant.
    pub place: usize,
    pub operator: Arc<Operator>,
    /// When the operator last proved who he is.
    pub signed_in_at: Timestamp,
    pub scopes: Scopes,
    pub claims: Claims,
    pub nonce: Option<String>,
}

/// Accounts that are signed in, by the browser's cookie: object id and when.
#[derive(Default)]
pub(super) struct Sessions(HashMap<String, Vec<(Uuid, Timestamp)>>);

impl Sessions {
    /// Accounts that this browser is signed in with.
    pub fn of(&self, call: &Call) -> &[(Uuid, Timestamp)] {
        call.cookie(COOKIE).and_then(|cookie| self.0.get(cookie)).map_or(&[], Vec::as_slice)
    }
}

/// Notes that the browser is signed in with this account; the cookie to set.
pub(super) fn remember(world: &mut World, call: &Call, account: Uuid) -> Result<String, Refusal> {
    let now = world.now();
    let sessions = &mut world.login.sessions.0;
    let known = call.cookie(COOKIE).filter(|cookie| sessions.contains_key(*cookie));
    let cookie = match known {
        Some(cookie) => cookie.to_owned(),
        None => base64url(random::<32>()?),
    };
    let accounts = sessions.entry(cookie.clone()).or_default();
    accounts.retain(|(known, _)| *known != account);
    accounts.push((account, now));
    Ok(format!("{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax"))
}

/// `GET /{tenant}/oauth2/v2.0/logout`: the browser is signed in with nobody.
pub(super) fn forget(world: &mut World, call: &Call) -> Reply {
    if let Some(cookie) = call.cookie(COOKIE) {
        world.login.sessions.0.remove(cookie);
    }
    let gone = format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    super::page::Page::told("Signed out", "You signed out of your account")
        .reply(call)
        .with("set-cookie", gone)
}
