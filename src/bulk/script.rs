//! What the Yubico scripts were told about keys, taken over into a session.

use super::options::{CHALLENGE_MINUTES, Challenges, OldKeys, SessionOptions, SessionPin};
use crate::enrolment::FirstUse;

/// The scripts' least PIN length with `useCTAP21Features`.
const LEAST_PIN: u8 = 6;

/// Options of a `configs.json`; absent is what it did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptOptions {
    /// Display name of the group whose members get keys.
    pub group: Option<String>,
    pub random_pin: Option<bool>,
    pub challenge_minutes: Option<u64>,
    /// The scripts removed old keys before the new one existed.
    pub remove_old_keys: Option<bool>,
    /// At least 6 characters, and the PIN changed at first use.
    pub ctap21: Option<bool>,
}

impl ScriptOptions {
    /// Whether it says nothing that a session could take over.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// A line for each option.
    pub fn in_words(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.group.as_ref().map(|group| format!("People of the group {group}")));
        words.extend(self.random_pin.map(|on| match on {
            true => "Random PINs".to_owned(),
            false => "PINs typed by each person".to_owned(),
        }));
        words.extend(self.challenge_minutes.map(|n| match self.minutes() {
            Some(minutes) => format!("Challenges good for {minutes} minutes"),
            None => format!("Challenges of {n} minutes can't be had: 5 to 43,200 can"),
        }));
        if self.remove_old_keys == Some(true) {
            words.push("Old keys removed after the new one works".to_owned());
        }
        if self.ctap21 == Some(true) {
            words.push("PINs of 6 characters or more, changed at first use".to_owned());
        }
        words
    }

    /// Of a challenge, where the directory gives one that lives so long.
    fn minutes(&self) -> Option<u32> {
        let minutes = u32::try_from(self.challenge_minutes?).ok()?;
        CHALLENGE_MINUTES.contains(&minutes).then_some(minutes)
    }
}

impl SessionOptions {
    /// These options, with what a script was told in its place.
    pub fn like(mut self, script: &ScriptOptions) -> Self {
        match (script.random_pin, self.pin) {
            (Some(true), SessionPin::Typed) => self.pin = Self::default().pin,
            (Some(false), _) => self.pin = SessionPin::Typed,
            _ => {}
        }
        if let Some(minutes) = script.minutes() {
            self.challenges = Challenges::Prefetched { minutes };
        }
        match script.remove_old_keys {
            Some(true) => self.old_keys = OldKeys::Remove,
            Some(false) => self.old_keys = OldKeys::Keep,
            None => {}
        }
        if script.ctap21 == Some(true) {
            self.first_use = FirstUse::MustChangePin;
            self.min_pin_length = Some(self.min_pin_length.unwrap_or_default().max(LEAST_PIN));
            if let SessionPin::Random { length } = &mut self.pin {
                *length = (*length).max(LEAST_PIN);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> ScriptOptions {
        ScriptOptions {
            group: Some("Nurses".into()),
            random_pin: Some(true),
            challenge_minutes: Some(90),
            remove_old_keys: Some(true),
            ctap21: Some(true),
        }
    }

    #[test]
    fn a_session_takes_over_what_a_script_was_told() {
        let short = SessionPin::Random { length: 4 };
        let options = SessionOptions { pin: short, ..SessionOptions::default() }.like(&all());
        let expected = SessionOptions {
            pin: SessionPin::Random { length: 6 },
            first_use: FirstUse::MustChangePin,
            min_pin_length: Some(6),
            old_keys: OldKeys::Remove,
            challenges: Challenges::Prefetched { minutes: 90 },
            ..SessionOptions::default()
        };
        assert_eq!(options, expected);
        let typed = ScriptOptions {
            random_pin: Some(false),
            remove_old_keys: Some(false),
            ..ScriptOptions::default()
        };
        let options = options.like(&typed);
        assert_eq!((options.pin, options.old_keys), (SessionPin::Typed, OldKeys::Keep));
        assert_eq!(options.like(&all()).pin, SessionPin::Random { length: 6 });
    }

    #[test]
    fn what_a_script_did_not_say_stays_and_a_stricter_rule_is_not_weakened() {
        let strict = SessionOptions {
            pin: SessionPin::Random { length: 8 },
            min_pin_length: Some(8),
            ..SessionOptions::default()
        };
        assert_eq!(strict.clone().like(&ScriptOptions::default()), strict);
        let options = strict.like(&all());
        assert_eq!(
            (options.pin, options.min_pin_length),
            (SessionPin::Random { length: 8 }, Some(8))
        );
    }

    #[test]
    fn a_life_that_no_challenge_can_have_is_said_and_not_taken() {
        for minutes in [4, 43_201, u64::MAX] {
            let script =
                ScriptOptions { challenge_minutes: Some(minutes), ..ScriptOptions::default() };
            assert_eq!(SessionOptions::default().like(&script), SessionOptions::default());
            assert!(script.in_words()[0].contains("can't be had"), "{minutes}");
        }
    }

    #[test]
    fn each_option_is_a_line() {
        assert_eq!(
            all().in_words(),
            [
                "People of the group Nurses",
                "Random PINs",
                "Challenges good for 90 minutes",
                "Old keys removed after the new one works",
                "PINs of 6 characters or more, changed at first use",
            ]
        );
        assert!(ScriptOptions::default().is_empty() && !all().is_empty());
    }
}
