//! Who gets which key, and how: fixed when an enrolment begins.

use super::typed_serial::TypedSerial;
use crate::bulk::{Activation, EntryNo, SessionId};
use crate::directory::{Lifetime, PersonId};
use crate::key::KeyFacts;
use serde::{Deserialize, Serialize};

/// Names one enrolment in the journal and everywhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EnrolmentId(pub uuid::Uuid);

/// Who gets which key, and how: fixed when the enrolment begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub tenant: String,
    pub person: Subject,
    pub key: KeyIdentity,
    pub plan: Plan,
    /// Name of the passkey in the directory, at most 30 UTF-16 units.
    pub passkey_name: String,
    pub operator: String,
    /// Where it was done in a session of many keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
}

/// A person's place in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub session: SessionId,
    pub entry: EntryNo,
    #[serde(default)]
    pub activation: Activation,
    /// So long the challenge of a key that is activated later is to live from the key's making, in
    /// minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge_minutes: Option<u32>,
    /// Whose credential was on the key as it was given, at the operator's word; it is there until the
    /// key is reset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_made_in: Option<EnrolmentId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub id: String,
    pub display_name: String,
    pub upn: String,
}

impl Intent {
    /// The key leaves the desk before it is registered.
    pub fn is_activated_later(&self) -> bool {
        self.seat.is_some_and(|seat| seat.activation == Activation::Later)
    }

    /// How long its challenge must live; nothing where it is used up at the desk. An earlier
    /// version did not say: then as long as there is.
    pub fn challenge_lifetime(&self) -> Option<Lifetime> {
        let seat = self.seat.filter(|_| self.is_activated_later())?;
        let said = seat.challenge_minutes.and_then(Lifetime::from_minutes);
        Some(said.unwrap_or(Lifetime::LONGEST))
    }
}

impl Subject {
    pub fn person_id(&self) -> PersonId {
        PersonId(self.id.clone())
    }
}

/// What identifies the key across re-plugs and restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyIdentity {
    /// Lower-case GUID.
    pub aaguid: String,
    pub model: String,
    pub serial: Option<String>,
    /// Absent in journals of earlier versions, where no serial could be typed.
    #[serde(default)]
    pub serial_from: SerialFrom,
    pub port: Option<String>,
}

/// Who told the serial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SerialFrom {
    #[default]
    Key,
    /// The operator read it from the key's print.
    Operator,
}

/// Whether an inserted key is the one an enrolment began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMatch {
    /// Same model and serial.
    Same,
    /// Same model, and no serial to tell: the operator, or a PIN that holds, must say.
    Perhaps,
    Other,
}

impl KeyIdentity {
    /// What is typed counts only where the key itself tells no serial.
    pub fn of(facts: &KeyFacts, typed: Option<&TypedSerial>) -> Self {
        let typed = typed.filter(|_| facts.serial.is_none());
        Self {
            aaguid: facts.aaguid.to_string(),
            model: facts.model.clone(),
            serial: typed.map(ToString::to_string).or_else(|| facts.serial.clone()),
            serial_from: if typed.is_some() { SerialFrom::Operator } else { SerialFrom::Key },
            port: facts.port.clone(),
        }
    }

    /// The serial without the zeros that it may be printed with: what two of them are compared by.
    pub fn plain_serial(&self) -> Option<&str> {
        self.serial.as_deref().map(|serial| serial.trim().trim_start_matches('0'))
    }

    /// Whether the key itself told its serial.
    pub fn tells_serial(&self) -> bool {
        self.serial.is_some() && self.serial_from == SerialFrom::Key
    }

    /// The port does not count: a key may come back in another one.
    pub fn matches(&self, facts: &KeyFacts) -> KeyMatch {
        if self.aaguid != facts.aaguid.to_string() {
            return KeyMatch::Other;
        }
        match (&self.serial, &facts.serial) {
            (Some(ours), Some(theirs)) if ours == theirs => KeyMatch::Same,
            // A mistyped serial must not make the enrolment's own key another one.
            (Some(_), Some(_)) if self.serial_from == SerialFrom::Operator => KeyMatch::Perhaps,
            (Some(_), Some(_)) => KeyMatch::Other,
            _ => KeyMatch::Perhaps,
        }
    }
}

/// The operator's choices for this key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub reset: Reset,
    pub pin: PinPlan,
    pub custody: Custody,
    pub min_pin_length: Option<u8>,
    pub always_uv: AlwaysUv,
    pub first_use: FirstUse,
    /// Directory ids of the person's passkeys to remove once the new one is confirmed.
    pub remove_old: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reset {
    Keep,
    ResetFirst,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PinPlan {
    /// The key has no PIN (or is reset first).
    SetNew,
    /// The key has a PIN that the person knows; it stays.
    KeepExisting,
    /// The key has a PIN; it is changed to the new one.
    Change,
}

/// Where the PIN is kept until hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Custody {
    /// Drawn at random and sealed in the vault.
    Sealed,
    /// The person typed it; kept in memory while the ceremony runs, never stored.
    PersonsOwn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlwaysUv {
    Leave,
    TurnOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirstUse {
    KeepPin,
    MustChangePin,
}

impl Plan {
    /// Whether the key's own settings are written.
    pub fn configures_key(&self) -> bool {
        self.min_pin_length.is_some() || self.always_uv == AlwaysUv::TurnOn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(serial: Option<&str>) -> KeyFacts {
        KeyFacts { serial: serial.map(str::to_owned), ..crate::enrolment::preflight_tests::key() }
    }

    #[test]
    fn a_serial_the_key_told_decides_which_key_it_is() {
        let ours = KeyIdentity::of(&facts(Some("20417301")), None);
        assert_eq!(ours.matches(&facts(Some("20417301"))), KeyMatch::Same);
        assert_eq!(ours.matches(&facts(Some("20417302"))), KeyMatch::Other);
        assert_eq!(ours.matches(&facts(None)), KeyMatch::Perhaps);
    }

    #[test]
    fn a_mistyped_serial_does_not_shut_the_key_out() {
        let typed = TypedSerial::parse("20417301").unwrap();
        let ours = KeyIdentity::of(&facts(None), typed.as_ref());
        assert_eq!(ours.serial.as_deref(), Some("20417301"));
        assert_eq!(ours.matches(&facts(Some("20417301"))), KeyMatch::Same);
        assert_eq!(ours.matches(&facts(Some("20417302"))), KeyMatch::Perhaps);
        assert_eq!(ours.matches(&facts(None)), KeyMatch::Perhaps);
    }

    #[test]
    fn an_intent_of_an_earlier_version_is_read() {
        let old = r#"{"aaguid":"a","model":"m","serial":"7","port":null}"#;
        let identity: KeyIdentity = serde_json::from_str(old).unwrap();
        assert_eq!(identity.serial_from, SerialFrom::Key);
    }
}
