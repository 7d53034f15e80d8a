//! Signed requests: another program asks for phones to be changed, and nobody sits at the station.
//!
//! A request is a JSON object of two texts,
//! `{"payload": "<JSON>", "hmac": "<hexadecimal HMAC-SHA256>"}`. The HMAC is over the exact bytes
//! of the payload (UTF-8, after the JSON text was unescaped), so nobody must bring JSON into a
//! canonical form. The payload says what is wanted, in which tenant, when, and under which id; an
//! id counts once, and only near its time.

use super::list::{JsonRow, json_text};
use super::{Blank, NumberSource, Others, PhoneKind, PhoneList, PlanWish};
use crate::problem::{Detail, Explain};
use crate::roster::{FileFault, MOST_BYTES};
use crate::secrets::SecretText;
use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const VERSION: u32 = 1;
/// Of SHA-256; a shorter key is easier to guess than the HMAC.
const LEAST_KEY_BYTES: usize = 32;
const HMAC_BYTES: usize = 32;

/// What signs requests of one tenant: the bytes of a text of the keyring.
pub struct RequestKey(hmac::Key);

/// A request whose HMAC is right. Its age, its tenant and its id are still to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: Uuid,
    pub tenant: String,
    pub time: Timestamp,
    pub wish: PlanWish,
    pub list: PhoneList,
}

/// Why a request is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    #[error("{bytes} bytes are too many")]
    TooLarge { bytes: usize },
    #[error("it is not JSON of payload and hmac ({0})")]
    Malformed(String),
    #[error("its hmac is not of this payload and the tenant's key")]
    Hmac,
    #[error("its payload can't be read ({0})")]
    Payload(String),
    #[error("its version is {0}")]
    Version(u32),
    #[error("it is for the tenant {theirs:?}")]
    OtherTenant { theirs: String },
    #[error("it is {} minutes old", .0.as_mins())]
    Old(SignedDuration),
    #[error("its time is {} minutes ahead", .0.as_mins())]
    Ahead(SignedDuration),
    #[error("its id was used before")]
    Used,
    #[error("no people can be read from it")]
    People(FileFault),
    #[error("no key for requests is in the keyring")]
    NoKey,
    #[error("the key for requests has {bytes} bytes")]
    ShortKey { bytes: usize },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    payload: String,
    hmac: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    version: u32,
    id: Uuid,
    tenant: String,
    time: Timestamp,
    people: Vec<JsonRow>,
    from: String,
    kind: PhoneKind,
    #[serde(default)]
    others: OthersWord,
    #[serde(default)]
    blank: BlankWord,
    country: Option<String>,
    #[serde(default)]
    unassigned_too: bool,
    #[serde(default)]
    disabled_too: bool,
    #[serde(default)]
    guests_too: bool,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OthersWord {
    #[default]
    Change,
    Leave,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum BlankWord {
    #[default]
    Leave,
    Remove,
}

impl RequestKey {
    /// # Errors
    /// [`RequestFault::ShortKey`] below 32 bytes.
    pub fn new(text: &SecretText) -> Result<Self, RequestFault> {
        let bytes = text.expose().as_bytes();
        match bytes.len() {
            0..LEAST_KEY_BYTES => Err(RequestFault::ShortKey { bytes: bytes.len() }),
            _ => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))),
        }
    }
}

impl Request {
    /// Reads a request whose HMAC is right. Nothing of the payload is looked at before.
    ///
    /// # Errors
    /// [`RequestFault`]; none of them repeats what is in the payload, but names of its members.
    pub fn open(bytes: &[u8], key: &RequestKey) -> Result<Self, RequestFault> {
        if bytes.len() > MOST_BYTES {
            return Err(RequestFault::TooLarge { bytes: bytes.len() });
        }
        let envelope: Envelope = serde_json::from_str(&json_text(bytes))
            .map_err(|error| RequestFault::Malformed(place_of(&error)))?;
        let tag = from_hex(&envelope.hmac).ok_or(RequestFault::Hmac)?;
        hmac::verify(&key.0, envelope.payload.as_bytes(), &tag).map_err(|_| RequestFault::Hmac)?;
        Self::read(&envelope.payload)
    }

    fn read(payload: &str) -> Result<Self, RequestFault> {
        let payload: Payload = serde_json::from_str(payload)
            .map_err(|error| RequestFault::Payload(place_of(&error)))?;
        if payload.version != VERSION {
            return Err(RequestFault::Version(payload.version));
        }
        let source = NumberSource::from_text(&payload.from)
            .ok_or_else(|| RequestFault::Payload("from names no source of numbers".into()))?;
        let wish = PlanWish {
            kind: payload.kind,
            source,
            others: match payload.others {
                OthersWord::Change => Others::Change,
                OthersWord::Leave => Others::LeaveAlone,
            },
            blank: match payload.blank {
                BlankWord::Leave => Blank::LeaveAlone,
                BlankWord::Remove => Blank::Remove,
            },
            country: payload.country,
            unassigned_too: payload.unassigned_too,
            disabled_too: payload.disabled_too,
            guests_too: payload.guests_too,
        };
        let list = PhoneList::of_json(payload.people, false, payload.time)
            .map_err(RequestFault::People)?;
        let Payload { id, tenant, time, .. } = payload;
        Ok(Self { id, tenant, time, wish, list })
    }

    /// Whether it is for this tenant, and near enough to now.
    ///
    /// # Errors
    /// [`RequestFault::OtherTenant`], [`RequestFault::Old`], [`RequestFault::Ahead`].
    pub fn check(
        &self,
        tenant: &str,
        now: Timestamp,
        within: SignedDuration,
    ) -> Result<(), RequestFault> {
        if self.tenant != tenant {
            return Err(RequestFault::OtherTenant { theirs: self.tenant.clone() });
        }
        let age = now.duration_since(self.time);
        match age.abs() <= within {
            true => Ok(()),
            false if age.is_negative() => Err(RequestFault::Ahead(-age)),
            false => Err(RequestFault::Old(age)),
        }
    }
}

/// The request of a payload; what the payload does not say of version, tenant, id and time is put
/// into it.
///
/// # Errors
/// A payload that would be refused.
pub fn sign_request(
    payload: &[u8],
    key: &RequestKey,
    tenant: &str,
    id: Uuid,
    now: Timestamp,
) -> Result<String, RequestFault> {
    let unreadable = |error: serde_json::Error| RequestFault::Payload(place_of(&error));
    let mut members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&json_text(payload)).map_err(unreadable)?;
    for (name, value) in [
        ("version", VERSION.into()),
        ("tenant", tenant.into()),
        ("id", id.to_string().into()),
        ("time", now.to_string().into()),
    ] {
        members.entry(name).or_insert(value);
    }
    let payload = serde_json::to_string(&members).map_err(unreadable)?;
    Request::read(&payload)?;
    let hmac = to_hex(hmac::sign(&key.0, payload.as_bytes()).as_ref());
    serde_json::to_string(&Envelope { payload, hmac }).map_err(unreadable)
}

/// A wrong value may be somebody's number: it is not repeated, but the name of a member is.
fn place_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let names_a_member = ["unknown field", "missing field", "duplicate field"];
    match names_a_member.iter().any(|start| text.starts_with(start)) {
        true => text,
        false => format!("line {}, column {}", error.line(), error.column()),
    }
}

fn from_hex(text: &str) -> Option<[u8; HMAC_BYTES]> {
    let mut bytes = [0; HMAC_BYTES];
    if text.len() != 2 * HMAC_BYTES || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Explain for RequestFault {
    fn what(&self) -> String {
        match self {
            Self::NoKey => "The keyring has no key for signed requests of this tenant".into(),
            Self::ShortKey { bytes } => {
                format!("The key for signed requests is too short: {bytes} bytes")
            }
            other => format!("The request is refused: {other}"),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::TooLarge { .. } => "Ask for fewer people at a time",
            Self::Malformed(_) | Self::Payload(_) | Self::Version(_) | Self::People(_) => {
                "Make it as the README says, or with `keydesk phones sign`"
            }
            Self::Hmac => {
                "Sign the payload's exact bytes with this tenant's key; a request that was altered \
                 on its way must be looked into"
            }
            Self::OtherTenant { .. } => "Name the tenant as config.toml does",
            Self::Old(_) | Self::Ahead(_) => "Check both clocks, then send a new request",
            Self::Used => "Send a new request with an id of its own",
            Self::NoKey | Self::ShortKey { .. } => {
                "Store one of at least 32 bytes: openssl rand -hex 32 | keydesk secret set TENANT \
                 --kind request-key"
            }
        }
        .into()
    }

    fn details(&self) -> Vec<Detail> {
        Vec::new()
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
