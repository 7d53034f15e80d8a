//! The company's Twilio account: Messaging at `{base}/twilio`, Verify and its push at
//! `{base}/twilio-verify`.
//!
//! Basic authentication, error bodies and states are as those of the real ones; texts go to the
//! phones of whoever has the number registered as their mobile. Time is the cloud's.

use super::call::{Call, Reply};
use super::orders::TwilioOrder;
use super::world::World;
use crate::practice::company::people;
use axum::http::{Method, StatusCode};
use base64::Engine;
use jiff::Timestamp;
use serde_json::json;
use std::collections::HashMap;

mod messages;
mod phones;
mod push;
mod verify;

pub(super) use phones::{mobile_of, people_with_texts, texts_of};

/// The paths' first segments.
pub(super) const MESSAGES: &str = "twilio";
pub(super) const VERIFY: &str = "twilio-verify";

pub(super) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub(super) const SERVICE: &str = "VA0123456789abcdef0123456789abcdef";
/// The sender that works, as with the real test credentials.
pub(super) const FROM: &str = "+15005550006";

/// Everything the account keeps.
#[derive(Default)]
pub(super) struct Twilio {
    messages: Vec<messages::Message>,
    verifications: Vec<verify::Verification>,
    /// Texts on phones, the oldest first.
    texts: Vec<phones::Text>,
    /// Texts to these people (user principal names) fail with this error on the way.
    undelivered: HashMap<String, u32>,
    /// Texts to these people are refused with this error.
    refused: HashMap<String, u32>,
    ids: u64,
}

/// The account says no.
struct Refusal {
    status: StatusCode,
    code: u32,
    message: String,
}

type Answered = Result<Reply, Refusal>;

impl Twilio {
    pub fn obey(&mut self, order: TwilioOrder) {
        match order {
            TwilioOrder::Undelivered { person, code } => {
                self.undelivered.insert(person, code);
            }
            TwilioOrder::Refuse { person, code } => {
                self.refused.insert(person, code);
            }
        }
    }

    pub fn calm_down(&mut self) {
        self.undelivered.clear();
        self.refused.clear();
    }

    /// An id as the service makes them: two letters and 32 hexadecimal digits.
    fn id(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("{kind}{:032x}", 0x00c0_ffee_0000_0000_u128 << 64 | u128::from(self.ids))
    }
}

impl Refusal {
    fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn not_found(call: &Call) -> Self {
        let message = format!("The requested resource {} was not found", call.path);
        Self::new(StatusCode::NOT_FOUND, 20404, message)
    }

    fn reply(&self) -> Reply {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        });
        Reply::json(self.status, &body)
    }
}

/// Answers `/twilio/...` and `/twilio-verify/...`.
pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let below: Vec<String> = call.segments.iter().skip(1).cloned().collect();
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    let answered = check(world, call).and_then(|()| match (&call.method, &below[..]) {
        (&Method::GET, ["2010-04-01", "Accounts", file]) if is_account_file(file) => {
            Ok(Reply::ok(&json!({"sid": ACCOUNT, "status": "active"})))
        }
        (method, ["2010-04-01", "Accounts", ACCOUNT, rest @ ..]) => {
            messages::answer(world, call, (method, rest))
        }
        (&Method::GET, ["v2", "Services", SERVICE]) => Ok(Reply::ok(
            &json!({"sid": SERVICE, "account_sid": ACCOUNT, "friendly_name": "Larkfield helpdesk"}),
        )),
        (method, ["v2", "Services", SERVICE, "Entities", person, rest @ ..]) => {
            push::answer(world, call, (method, person, rest))
        }
        (method, ["v2", "Services", SERVICE, rest @ ..]) => {
            verify::answer(world, call, (method, rest))
        }
        _ => Err(Refusal::not_found(call)),
    });
    answered.unwrap_or_else(|refusal| refusal.reply())
}

fn is_account_file(file: &str) -> bool {
    file.strip_suffix(".json") == Some(ACCOUNT)
}

/// The account's SID and its token.
fn check(world: &World, call: &Call) -> Result<(), Refusal> {
    let given = call.header("authorization").and_then(|header| header.strip_prefix("Basic "));
    let given = given.and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    let right = format!("{ACCOUNT}:{}", world.secret.expose());
    match given.as_deref() == Some(right.as_bytes()) {
        true => Ok(()),
        false => Err(Refusal::new(StatusCode::UNAUTHORIZED, 20003, "Authenticate")),
    }
}

/// Whose mobile this is, as registered now.
fn owners(world: &World, number: &str) -> Vec<(uuid::Uuid, String)> {
    let has = |person: &crate::practice::company::Employee| {
        mobile_of(world, person.id).is_some_and(|mobile| mobile.e164() == number)
    };
    people()
        .into_iter()
        .filter(|person| has(person))
        .map(|person| (person.id, person.upn.clone()))
        .collect()
}

/// The error that was ordered for texts to this number.
fn ordered(world: &World, orders: &HashMap<String, u32>, number: &str) -> Option<u32> {
    owners(world, number).iter().find_map(|(_, upn)| orders.get(upn).copied())
}

/// Whether a text is a number that could get one.
fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// `Sun, 22 Nov 2026 10:15:00 +0000`
fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// `2026-11-22T10:15:00Z`
fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
