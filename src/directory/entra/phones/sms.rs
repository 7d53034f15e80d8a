//! Sign-in with a text message, on or off.

use super::super::super::http::patience::{Repeat, backoff};
use super::super::super::http::{Call, Payload, jitter};
use super::super::super::{CallFacts, DirectoryError, PersonId};
use super::super::graph::Graph;
use super::super::permission;
use super::methods::{id_of, phones, url};
use crate::phones::{PhoneKind, SmsSignIn};
use reqwest::Method;

/// Looks at what came of it.
const LOOKS: u32 = 5;
/// The first of the waits between them, as a part of the usual first wait.
const SOONER: u32 = 8;

/// Setting it twice sets it once, so it may be repeated.
///
/// # Errors
/// [`DirectoryError::Refused`] also where it was taken and yet is not so.
pub(super) async fn set(graph: &Graph, person: &PersonId, on: bool) -> Result<(), DirectoryError> {
    let action = if on { "enableSmsSignIn" } else { "disableSmsSignIn" };
    let call = Call {
        method: Method::POST,
        payload: Payload::Json(b"{}".to_vec()),
        repeat: Repeat::SameAgain,
        ..Call::get("phones.sms", url(graph, person, &[id_of(PhoneKind::Mobile), action])?)
    };
    graph.send(&call, permission::PHONES).await?;
    for look in 1..=LOOKS {
        let phones = phones(graph, person).await?;
        let mobile = phones.iter().find(|phone| phone.kind == PhoneKind::Mobile);
        let Some(state) = mobile.map(|phone| phone.sms) else { return Err(not_so(None)) };
        match state {
            SmsSignIn::NumberNotUnique if on => return Err(not_so(Some(state))),
            state if (state == SmsSignIn::Ready) == on => return Ok(()),
            state if look == LOOKS => return Err(not_so(Some(state))),
            // Its copies follow within seconds.
            _ => {
                let wait = backoff(graph.http.limits(), look, jitter()) / SOONER;
                tokio::time::sleep(wait).await;
            }
        }
    }
    Ok(())
}

fn not_so(state: Option<SmsSignIn>) -> DirectoryError {
    let words = state.map_or("there is no mobile", SmsSignIn::words);
    let message = format!("SMS sign-in was not set: {words}");
    DirectoryError::Refused(CallFacts { message: Some(message.into()), ..CallFacts::default() })
}
