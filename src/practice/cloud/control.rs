//! The handle behind the scenes, and `/_control` for other processes.
//!
//! `GET /_control` answers an [`Observed`], `GET /_control/phones/{person}` a list of
//! [`ShownPhone`], `GET /_control/pushes` a list of [`WaitingPush`], `GET /_control/texts/{person}`
//! the texts on somebody's phone, codes and all, the oldest first; `POST /_control` takes one
//! [`Order`] or a list.

use super::call::{Call, Reply};
use super::orders::Order;
use super::passkey::StoredPasskey;
use super::pushes::Push;
use super::world::World;
use super::{passes, phones, twilio};
use crate::phones::{PhoneKind, PhoneNumber};
use crate::secrets::SecretText;
use crate::verify::PushKind;
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// The path's first segment.
pub(super) const SEGMENT: &str = "_control";

/// Looks at what the cloud received and gives it orders. Clones share one cloud.
#[derive(Clone)]
pub struct Control(Arc<Mutex<World>>);

impl Control {
    pub(super) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// Carries the order out; it holds for every call that comes after.
    pub fn order(&self, order: Order) {
        self.with(|world| world.obey(order));
    }

    /// What the cloud has seen and kept so far.
    pub fn observed(&self) -> Observed {
        self.with(|world| world.observed())
    }

    /// Whether this is the number the person has registered, written as the service has it
    /// (`+46 701234567`); `None` for no phone of this kind. `person` is an object id or a user
    /// principal name.
    pub fn phone_is(&self, person: &str, kind: PhoneKind, number: Option<&str>) -> bool {
        self.with(|world| phones::is(world, person, kind, number))
    }

    /// Ids of the passkeys that somebody (object id or user principal name) has now.
    pub fn passkeys_of(&self, person: &str) -> Vec<String> {
        self.with(|world| {
            let Ok(person) = world.person(person) else { return Vec::new() };
            let has = |key: &&StoredPasskey| key.person == person.id && key.deleted.is_none();
            world.passkeys.iter().filter(has).map(StoredPasskey::method_id).collect()
        })
    }

    /// Whether this is the pass the person has.
    pub fn pass_is(&self, person: &str, pass: &str) -> bool {
        self.with(|world| passes::is(world, person, pass))
    }

    /// Notes that stand in a ticket now, the oldest first.
    pub fn notes(&self, ticket: u64) -> Vec<TicketNote> {
        self.with(|world| {
            world.halo.notes().iter().filter(|note| note.is_in(ticket)).cloned().collect()
        })
    }

    /// Questions that wait on people's phones now, the newest first.
    pub fn pushes(&self) -> Vec<WaitingPush> {
        self.with(|world| {
            let now = world.now();
            let told = |push: &Push| WaitingPush {
                id: push.id.clone(),
                person: push.person,
                kind: push.kind,
                at: push.at,
                lines: push.lines.clone(),
            };
            world.pushes.waiting(now).map(told).collect()
        })
    }

    /// Texts on the person's phone (user principal name), the oldest first. They may hold codes.
    pub fn texts_of(&self, person: &str) -> Vec<SecretText> {
        self.with(|world| {
            let Ok(person) = world.person(person) else { return Vec::new() };
            twilio::texts_of(world, person.id).into_iter().map(|(_, text)| text).collect()
        })
    }

    /// People on whose phones something is, and their texts, oldest first.
    pub fn texts(&self) -> Vec<(Uuid, Vec<(Timestamp, SecretText)>)> {
        self.with(|world| {
            let people = twilio::people_with_texts(world).into_iter();
            people.map(|person| (person, twilio::texts_of(world, person))).collect()
        })
    }

    /// The person's registered mobile.
    pub fn mobile_of(&self, person: &str) -> Option<PhoneNumber> {
        self.with(|world| twilio::mobile_of(world, world.person(person).ok()?.id))
    }

    pub(super) fn with<T>(&self, job: impl FnOnce(&mut World) -> T) -> T {
        job(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the cloud has seen and kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The latest calls, oldest first; at most 10,000 of them.
    pub received: Vec<ReceivedCall>,
    /// Calls per `METHOD path`, since the start.
    pub counts: BTreeMap<String, u64>,
    /// Answers per status, since the start; those inside a batch by themselves.
    #[serde(default)]
    pub statuses: BTreeMap<u16, u64>,
    pub tokens_issued: u64,
    pub permissions: Vec<String>,
    /// Passkeys that were registered since the start and not deleted.
    pub registered: Vec<RegisteredPasskey>,
    /// Phones of those people whose phones changed since the start.
    #[serde(default)]
    pub phones: Vec<ChangedPhones>,
    /// Passes that people have now.
    #[serde(default)]
    pub passes: Vec<IssuedPass>,
    /// The latest mails, oldest first; at most 10,000 of them.
    #[serde(default)]
    pub mails: Vec<ReceivedMail>,
    /// User principal names of those whose sessions were ended, once for each call.
    #[serde(default)]
    pub sessions_revoked: Vec<String>,
    /// Notes that were written into tickets, the oldest first.
    #[serde(default)]
    pub notes: Vec<TicketNote>,
}

/// One person's phones after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedPhones {
    pub person_id: String,
    pub upn: String,
    /// Calls of the service that changed something; what was ordered is not counted.
    pub writes: u32,
    pub phones: Vec<ShownPhone>,
}

/// One registered phone, its number hidden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownPhone {
    pub kind: PhoneKind,
    pub masked: String,
    /// Of the number as the service has it, `+46 701234567`; hexadecimal.
    pub sha256: String,
    /// The service's word for how far sign-in by text message is.
    pub sms: String,
}

/// A pass somebody has; what it is, nobody can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedPass {
    pub upn: String,
    pub id: String,
    pub minutes: u32,
    pub once: bool,
}

/// A note in a ticket, as the ticket system has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketNote {
    pub ticket: u64,
    /// Counted in each ticket by itself.
    pub id: u64,
    pub text: String,
    pub html: String,
    /// Name of the outcome.
    pub outcome: String,
    /// In whose name; the application's when absent.
    pub agent: Option<i64>,
    /// The person of the ticket can't read it.
    pub private: bool,
    /// The person of the ticket got a mail about it.
    pub mailed: bool,
    pub deleted: bool,
}

impl TicketNote {
    /// Whether it stands in this ticket now.
    pub fn is_in(&self, ticket: u64) -> bool {
        self.ticket == ticket && !self.deleted
    }
}

/// A question that waits on somebody's phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingPush {
    /// The service's id of it; [`Order::AnswerPush`] takes it.
    pub id: String,
    /// Object id.
    pub person: Uuid,
    pub kind: PushKind,
    pub at: Timestamp,
    /// What the phone shows.
    pub lines: Vec<String>,
}

/// A mail that was handed over to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedMail {
    /// User principal name of the mailbox.
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    /// `Text` or `HTML`.
    pub content_type: String,
    pub body: String,
}

/// One call, without its body and its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedCall {
    pub method: String,
    /// As sent, percent-encoded.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Status of the answer, also when the answer was then lost.
    pub status: u16,
    pub client_request_id: Option<String>,
}

/// A registered passkey with all a foreign verifier needs; bytes are base64url without padding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredPasskey {
    pub person_id: String,
    pub upn: String,
    pub method_id: String,
    pub display_name: String,
    /// Lower-case GUID.
    pub aaguid: String,
    pub credential_id: String,
    pub client_data: String,
    pub attestation_object: String,
    pub challenge: String,
    pub rp_id: String,
    pub origin: String,
}

/// Answers a call to `/_control`.
pub(super) fn answer(control: &Control, call: &Call) -> Reply {
    // A web page in a browser on this computer sends an Origin; programs do not.
    if call.header("origin").is_some() {
        return Reply::empty(StatusCode::FORBIDDEN);
    }
    let below: Vec<&str> = call.segments.iter().skip(1).map(String::as_str).collect();
    match call.method {
        Method::GET if matches!(below[..], ["phones", _]) => {
            let told = control.with(|world| phones::told(world, below[1]));
            told.map_or_else(
                || Reply::empty(StatusCode::NOT_FOUND),
                |phones| Reply::ok(&json!(phones)),
            )
        }
        Method::GET if matches!(below[..], ["texts", _]) => {
            let texts = control.texts_of(below[1]);
            Reply::ok(&json!(texts.iter().map(SecretText::expose).collect::<Vec<_>>()))
        }
        Method::GET if below == ["pushes"] => Reply::ok(&json!(control.pushes())),
        Method::GET => Reply::ok(&json!(control.observed())),
        Method::POST => match serde_json::from_slice::<Orders>(&call.body) {
            Ok(orders) => {
                for order in orders.into_list() {
                    control.order(order);
                }
                Reply::empty(StatusCode::NO_CONTENT)
            }
            Err(error) => {
                Reply::json(StatusCode::BAD_REQUEST, &json!({"error": error.to_string()}))
            }
        },
        _ => Reply::empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Orders {
    Many(Vec<Order>),
    One(Box<Order>),
}

impl Orders {
    fn into_list(self) -> Vec<Order> {
        match self {
            Self::Many(orders) => orders,
            Self::One(order) => vec![*order],
        }
    }
}
