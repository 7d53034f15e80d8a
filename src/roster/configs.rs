//! `configs.json` of the scripts that this program replaces: taken over, its secret never shown.

use super::encoding;
use crate::enrolment::text::{cut_to_utf16, for_display};
use crate::problem::{Detail, Explain};
use crate::secrets::SecretText;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use zeroize::Zeroizing;

/// A larger file is no configuration.
const MOST_BYTES: usize = 1024 * 1024;
const SHOWN_UNITS: usize = 60;
const MOST_SHOWN: usize = 100;
const SECRET: &str = "client_secret";

/// What the scripts were told. Empty texts and the placeholders of the scripts' own example are
/// absent. It can't be printed, for the secret's sake.
#[derive(Default)]
pub struct ScriptConfigs {
    /// A domain, such as `contoso.onmicrosoft.com`.
    pub tenant: Option<String>,
    pub client_id: Option<String>,
    pub secret: Option<SecretText>,
    /// The display name of the group whose members get keys.
    pub group: Option<String>,
    pub challenge_minutes: Option<u64>,
    /// The scripts removed old keys before the new one existed.
    pub remove_old_keys: Option<bool>,
    pub random_pin: Option<bool>,
    /// Minimum PIN length 6, and the PIN must be changed at first use.
    pub ctap21: Option<bool>,
    /// Names of members that we don't know. Their values are not kept.
    pub unknown: Vec<String>,
    /// Names of members that we know, with a value of the wrong kind.
    pub wrong: Vec<String>,
}

/// Why a file is no `configs.json`. Tells places, never what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigsError {
    #[error("{bytes} bytes")]
    TooLarge { bytes: usize },
    /// Both count from 1.
    #[error("no JSON at line {line}, column {column}")]
    Syntax { line: usize, column: usize },
    #[error("JSON, but no object")]
    NotAnObject,
}

impl ScriptConfigs {
    /// # Errors
    /// When it is no JSON object at all; a single wrong member is in [`ScriptConfigs::wrong`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigsError> {
        if bytes.len() > MOST_BYTES {
            return Err(ConfigsError::TooLarge { bytes: bytes.len() });
        }
        let decoded = encoding::decode(bytes);
        match serde_json::from_str::<Whole>(&decoded.text) {
            Ok(Whole::Object(configs)) => Ok(*configs),
            Ok(Whole::Other) => Err(ConfigsError::NotAnObject),
            // The error's own text may repeat a value.
            Err(error) => Err(ConfigsError::Syntax { line: error.line(), column: error.column() }),
        }
    }

    /// Whether the file holds a secret, or something in its place that may be one.
    pub fn may_hold_secret(&self) -> bool {
        self.secret.is_some() || self.wrong.iter().any(|name| name == SECRET)
    }

    fn take(&mut self, name: &str, value: Value) {
        let fits = match name {
            "tenantName" => value.text(|text| self.tenant = tenant(text)),
            "client_id" => value.text(|text| self.client_id = filled(text)),
            SECRET => value.text(|text| self.secret = filled(text).map(SecretText::new)),
            "usersInScopeGroup" => value.text(|text| {
                self.group = filled(text).filter(|group| group != "GroupName");
            }),
            "challengeTimeoutInMinutes" => value.number(|n| self.challenge_minutes = Some(n)),
            "deleteExistingUserFIDOCredentials" => value.flag(|on| self.remove_old_keys = Some(on)),
            "useRandomPIN" => value.flag(|on| self.random_pin = Some(on)),
            "useCTAP21Features" => value.flag(|on| self.ctap21 = Some(on)),
            _ => return note(&mut self.unknown, name),
        };
        if !fits {
            note(&mut self.wrong, name);
        }
    }
}

fn note(names: &mut Vec<String>, name: &str) {
    if names.len() < MOST_SHOWN {
        names.push(cut_to_utf16(&for_display(name), SHOWN_UNITS).to_owned());
    }
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The scripts put what they find into an address: it was a whole domain there. A bare name is
/// what the comment beside it asks for.
fn tenant(text: &str) -> Option<String> {
    let text = filled(text).filter(|text| !text.contains(['{', '}']))?;
    Some(if text.contains('.') { text } else { format!("{text}.onmicrosoft.com") })
}

/// A member's value, of whatever kind; text is wiped, since it may be the secret.
enum Value {
    Text(Zeroizing<String>),
    Number(u64),
    Flag(bool),
    Null,
    Other,
}

impl Value {
    /// Whether it is of that kind, or null, which leaves the member out.
    fn text(self, take: impl FnOnce(&str)) -> bool {
        match self {
            Self::Text(text) => take(&text),
            Self::Null => {}
            _ => return false,
        }
        true
    }

    /// Numbers may stand in quotation marks: the scripts never cared.
    fn number(self, take: impl FnOnce(u64)) -> bool {
        match self {
            Self::Number(number) => take(number),
            Self::Text(text) => match text.trim().parse() {
                Ok(number) => take(number),
                Err(_) => return false,
            },
            Self::Null => {}
            _ => return false,
        }
        true
    }

    fn flag(self, take: impl FnOnce(bool)) -> bool {
        match self {
            Self::Flag(on) => take(on),
            Self::Text(text) => match text.trim().to_ascii_lowercase().parse() {
                Ok(on) => take(on),
                Err(_) => return false,
            },
            Self::Null => {}
            _ => return false,
        }
        true
    }
}

/// A whole file.
enum Whole {
    Object(Box<ScriptConfigs>),
    Other,
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

struct WholeVisitor;

impl<'de> Visitor<'de> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Whole, A::Error> {
        let mut configs = Box::new(ScriptConfigs::default());
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            configs.take(&name, value);
        }
        Ok(Whole::Object(configs))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Whole, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Whole::Other)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Whole, E> {
        Ok(Whole::Other)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Whole, E> {
        Ok(Whole::Other)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Whole, E> {
        Ok(Whole::Other)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Whole, E> {
        Ok(Whole::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Whole, E> {
        Ok(Whole::Other)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Whole, E> {
        Ok(Whole::Other)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(Zeroizing::new(text)))
    }

    fn visit_bool<E: de::Error>(self, on: bool) -> Result<Value, E> {
        Ok(Value::Flag(on))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}

impl Explain for ConfigsError {
    fn what(&self) -> String {
        match self {
            Self::TooLarge { .. } => "This file is too large for a configs.json".into(),
            Self::Syntax { line, .. } => format!("This configs.json has a mistake in line {line}"),
            Self::NotAnObject => "This file is no configs.json".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::Syntax { line, column } => {
                format!("Mend line {line} near column {column}, or type the settings in Settings")
            }
            _ => "Choose the configs.json that the scripts were run with".into(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::new("configs.json", self.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ScriptConfigs {
        ScriptConfigs::parse(text.as_bytes()).map_err(|error| error.to_string()).unwrap()
    }

    const WHOLE: &str = r#"{
        "tenantName": "contoso.onmicrosoft.com",
        "client_id": "6a0b0000-1111-4222-8333-444455556666",
        "client_secret": "p\u0061per~Clip.9",
        "usersInScopeGroup": "Key users",
        "challengeTimeoutInMinutes": 60,
        "deleteExistingUserFIDOCredentials": false,
        "useRandomPIN": true,
        "useCTAP21Features": "True",
        "proxy": {"password": "hidden-value"}
    }"#;

    #[test]
    fn everything_the_scripts_were_told_is_taken_over() {
        let marked = format!("\u{feff}{WHOLE}");
        let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [WHOLE.as_bytes(), marked.as_bytes(), &wide] {
            let read = ScriptConfigs::parse(bytes).map_err(|error| error.to_string()).unwrap();
            assert_eq!(read.tenant.as_deref(), Some("contoso.onmicrosoft.com"));
            assert_eq!(read.client_id.as_deref(), Some("6a0b0000-1111-4222-8333-444455556666"));
            assert_eq!(read.secret.as_ref().map(SecretText::expose), Some("paper~Clip.9"));
            assert_eq!(read.group.as_deref(), Some("Key users"));
            assert_eq!(read.challenge_minutes, Some(60));
            let flags = (read.remove_old_keys, read.random_pin, read.ctap21);
            assert_eq!(flags, (Some(false), Some(true), Some(true)));
            assert_eq!(read.unknown, ["proxy"]);
            assert!(read.wrong.is_empty());
        }
    }

    #[test]
    fn the_scripts_own_example_is_empty() {
        let read = parse(
            r#"{"tenantName":"{tenantName}.onmicrosoft.com","client_id":"","client_secret":" ",
                "usersInScopeGroup":"GroupName","challengeTimeoutInMinutes":null}"#,
        );
        assert!(read.tenant.is_none() && read.client_id.is_none() && read.secret.is_none());
        assert!(read.group.is_none() && read.challenge_minutes.is_none());
        assert_eq!(parse(r#"{"tenantName":"contoso"}"#).tenant.unwrap(), "contoso.onmicrosoft.com");
    }

    #[test]
    fn a_member_of_the_wrong_kind_is_named_and_the_rest_is_read() {
        let read = parse(
            r#"{"client_secret":["s3cret"],"challengeTimeoutInMinutes":-1,"useRandomPIN":3,
                "client_id":"6a0b"}"#,
        );
        assert_eq!(read.wrong, ["client_secret", "challengeTimeoutInMinutes", "useRandomPIN"]);
        assert!(read.secret.is_none());
        assert_eq!(read.client_id.as_deref(), Some("6a0b"));
    }

    #[test]
    fn no_error_repeats_what_is_in_the_file() {
        let broken = WHOLE.replace("\"p\\u0061per~Clip.9\",", "\"paper~Clip.9\" oops");
        let error = ScriptConfigs::parse(broken.as_bytes()).err().unwrap();
        assert!(matches!(error, ConfigsError::Syntax { line: 4, .. }), "{error}");
        assert!(!format!("{error} {error:?} {}", error.problem()).contains("aper~"));
        for text in ["[\"paper\"]", "\"paper\"", "3", "-3", "1.5", "null", "true"] {
            let error = ScriptConfigs::parse(text.as_bytes()).err();
            assert_eq!(error, Some(ConfigsError::NotAnObject), "{text}");
        }
        assert!(ScriptConfigs::parse(b"").is_err());
    }
}
