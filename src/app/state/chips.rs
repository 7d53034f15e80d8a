//! Short words about a person and a key, each with its verdict; and the facts on their cards.

use super::words::clean;
use crate::directory::{Method, OtherMethods, PersonCard};
use crate::enrolment::preflight::{Remark, Severity, Subject};
use crate::enrolment::text::sentence_case;
use crate::key::{KeyFacts, PinState};

/// A short word with a colour and a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    pub verdict: Verdict,
    pub text: String,
    /// The whole sentence, shown on hover and to screen readers.
    pub more: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    Look,
    Stop,
    Neutral,
}

/// Why a person's methods are not all there, as a sentence.
pub fn methods_hidden(card: &PersonCard) -> Option<String> {
    match card.other_methods {
        OtherMethods::Listed | OtherMethods::NotRead => None,
        OtherMethods::Hidden { permission } => Some(format!(
            "Other sign-in methods are not shown: the permission {permission} is missing"
        )),
    }
}

/// Registered methods as a line: `Authenticator, text message`.
pub fn methods_in_words(card: &PersonCard) -> String {
    if card.other_methods != OtherMethods::Listed {
        return "Not shown".to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for method in &card.methods {
        let word = method_word(method);
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        return "Password only".to_owned();
    }
    sentence_case(&words.join(", "))
}

fn method_word(method: &Method) -> String {
    match method {
        Method::Password | Method::Passkey => String::new(),
        Method::Phone { .. } => "phone".to_owned(),
        Method::Authenticator => "Authenticator".to_owned(),
        Method::SoftwareOath => "code app".to_owned(),
        Method::Email => "e-mail".to_owned(),
        Method::TemporaryAccessPass => "temporary access pass".to_owned(),
        Method::WindowsHello => "Windows Hello".to_owned(),
        Method::PlatformCredential => "platform credential".to_owned(),
        Method::Other(name) => clean(name),
    }
}

/// The PIN's state as the key's card shows it.
pub fn pin_in_words(facts: &KeyFacts) -> String {
    match facts.pin {
        PinState::NotSet => "Not set".to_owned(),
        PinState::Set { retries_left: Some(left) } => format!("Set, {left} tries left"),
        PinState::Set { retries_left: None } => "Set".to_owned(),
        PinState::MustChange => "Set, must be changed".to_owned(),
        PinState::Blocked => "Blocked, only a reset helps".to_owned(),
    }
}

/// What is said of the person before a key is in; empty while the person or the policy is read.
pub fn person_chips(card: &PersonCard, remarks: &[Remark]) -> Vec<Chip> {
    remarks
        .iter()
        .filter(|remark| {
            matches!(remark.subject, Subject::Account | Subject::Policy | Subject::Passkeys)
        })
        .map(|remark| chip(remark, short_person(card, remark)))
        .collect()
}

/// The policy's and the key's own verdict, for the key's card.
pub fn key_chips(facts: &KeyFacts, remarks: &[Remark]) -> Vec<Chip> {
    let mut chips: Vec<Chip> = Vec::new();
    for remark in remarks {
        let Some(short) = short_key(facts, remark) else { continue };
        if !chips.iter().any(|chip| chip.text == short) {
            chips.push(chip(remark, short));
        }
    }
    chips
}

fn chip(remark: &Remark, text: String) -> Chip {
    let verdict = match (remark.severity, remark.subject) {
        (Severity::Ok, Subject::Passkeys) => Verdict::Neutral,
        (Severity::Ok, _) => Verdict::Ok,
        (Severity::Look, _) => Verdict::Look,
        (Severity::Stop, _) => Verdict::Stop,
    };
    let more = match remark.next.as_str() {
        "" => remark.text.clone(),
        next => format!("{}. {next}", remark.text),
    };
    Chip { verdict, text, more }
}

fn short_person(card: &PersonCard, remark: &Remark) -> String {
    let keys = card.passkeys.len();
    let text = match (remark.subject, remark.severity) {
        (Subject::Account, Severity::Ok) => "Enabled",
        (Subject::Account, Severity::Look) => "State unknown",
        (Subject::Account, Severity::Stop) if remark.text.starts_with("Guest") => "Guest",
        (Subject::Account, Severity::Stop) => "Disabled",
        (Subject::Policy, Severity::Ok) => "May register",
        (Subject::Policy, _) => "May not register",
        (_, Severity::Ok) => "No key yet",
        _ if keys == 1 => "1 key",
        _ => return format!("{keys} keys"),
    };
    text.to_owned()
}

fn short_key(facts: &KeyFacts, remark: &Remark) -> Option<String> {
    let text = match (remark.subject, remark.severity) {
        (Subject::Model, Severity::Ok) if remark.text.starts_with("Certified model,") => {
            "Certified model"
        }
        (Subject::Model, Severity::Ok) => "Model allowed",
        (Subject::Model, Severity::Look) => "Model not known",
        (Subject::Model, Severity::Stop) => "Not allowed",
        (Subject::Firmware, Severity::Look) => "Longer PINs only",
        (Subject::Firmware, Severity::Stop) => "Firmware too old",
        (Subject::KeyState, severity) => return short_key_state(facts, remark, severity),
        _ => return None,
    };
    Some(text.to_owned())
}

fn short_key_state(facts: &KeyFacts, remark: &Remark, severity: Severity) -> Option<String> {
    let about_credentials = remark.text.contains("redential");
    let text = match severity {
        Severity::Ok if about_credentials => "Key is empty".to_owned(),
        Severity::Ok => return None,
        _ if about_credentials => match facts.credentials {
            Some(1) => "1 credential".to_owned(),
            Some(many) => format!("{many} credentials"),
            None => "Key in use".to_owned(),
        },
        _ if remark.text.contains("reset first") => "Will be reset".to_owned(),
        _ if remark.text.contains("full") => "Key is full".to_owned(),
        _ if facts.pin == PinState::Blocked => "PIN blocked".to_owned(),
        _ if matches!(facts.pin, PinState::Set { .. } | PinState::MustChange) => {
            "Has a PIN".to_owned()
        }
        _ => "Needs a PIN".to_owned(),
    };
    Some(text)
}
