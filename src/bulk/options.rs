//! How the keys of a session are made: chosen once, shown as one sentence.

use crate::access::Act;
use crate::enrolment::text::{PASSKEY_NAME_UNITS, cut_to_utf16, for_display};
use crate::enrolment::{AlwaysUv, FirstUse};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};

/// Keys one person can get in a session.
const MOST_KEYS_EACH: u8 = 2;
/// Minutes a prefetched challenge can live (Graph beta).
pub(super) const CHALLENGE_MINUTES: std::ops::RangeInclusive<u32> = 5..=43_200;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOptions {
    pub pin: SessionPin,
    pub first_use: FirstUse,
    /// Set as the keys' own minimum.
    pub min_pin_length: Option<u8>,
    pub always_uv: AlwaysUv,
    pub used_keys: UsedKeys,
    pub old_keys: OldKeys,
    /// 1 or 2.
    pub keys_each: u8,
    /// `{serial}`, `{model}`, `{date}` and `{n}` are filled in; at most 30 UTF-16 units are kept.
    pub passkey_name: String,
    pub activation: Activation,
    pub challenges: Challenges,
    /// Serials that may be given out; any where it is empty.
    pub stock: Vec<String>,
    /// Write a label as each key is done.
    pub labels: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionPin {
    /// Drawn for each key and sealed.
    Random { length: u8 },
    /// Typed at the slot by each person; kept nowhere.
    Typed,
}

/// What is done with a key that holds a PIN or credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UsedKeys {
    /// The slot stops and asks.
    Ask,
    /// Reset without asking at each: chosen for the whole session, with a proof.
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OldKeys {
    Keep,
    /// Once the new one is confirmed.
    Remove,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activation {
    /// The key works when it leaves the desk.
    #[default]
    Now,
    /// The credential is made now and registered when the person confirms receipt.
    Later,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Challenges {
    /// When the key is in.
    JustInTime,
    /// For everybody before the first key, valid for so long.
    Prefetched { minutes: u32 },
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            pin: SessionPin::Random { length: 6 },
            first_use: FirstUse::KeepPin,
            min_pin_length: None,
            always_uv: AlwaysUv::Leave,
            used_keys: UsedKeys::Ask,
            old_keys: OldKeys::Keep,
            keys_each: 1,
            passkey_name: "Key {serial} {date}".into(),
            activation: Activation::Now,
            challenges: Challenges::JustInTime,
            stock: Vec::new(),
            labels: true,
        }
    }
}

impl SessionOptions {
    /// # Errors
    /// The first option that can't be used.
    pub fn check(&self) -> Result<(), Problem> {
        let wrong = |what: &str, next: &str| {
            Err(Problem { what: what.into(), next: next.into(), details: Vec::new() })
        };
        if self.keys_each == 0 || self.keys_each > MOST_KEYS_EACH {
            return wrong("Nobody can get so many keys in one session", "Choose one key or two");
        }
        if for_display(&self.passkey_name).is_empty() {
            return wrong("The keys have no name", "Type one, such as Key {serial} {date}");
        }
        match self.challenges {
            Challenges::JustInTime if self.activation == Activation::Later => wrong(
                "A key that is activated later needs a challenge that lives so long",
                "Fetch the challenges before the first key, good until everybody has confirmed",
            ),
            Challenges::Prefetched { minutes } if !CHALLENGE_MINUTES.contains(&minutes) => {
                wrong("A challenge can't live so long", "Choose 5 minutes to 30 days")
            }
            _ => Ok(()),
        }
    }

    /// So long a person has to confirm receipt, in minutes; nothing where the keys work at once.
    pub fn receipt_minutes(&self) -> Option<u32> {
        match (self.activation, self.challenges) {
            (Activation::Later, Challenges::Prefetched { minutes }) => Some(minutes),
            _ => None,
        }
    }

    /// The name of one key's passkey in the directory.
    pub fn name_of(
        &self,
        serial: Option<&str>,
        model: &str,
        day: jiff::civil::Date,
        n: u8,
    ) -> String {
        let filled = self
            .passkey_name
            .replace("{serial}", serial.unwrap_or(model))
            .replace("{model}", model)
            .replace("{date}", &day.to_string())
            .replace("{n}", &n.to_string());
        let name = for_display(&filled);
        cut_to_utf16(&name, PASSKEY_NAME_UNITS).trim_end().to_owned()
    }

    /// What a session with these options does without asking at each key.
    pub fn acts(&self) -> Vec<Act> {
        let resets = (self.used_keys == UsedKeys::Reset).then_some(Act::ResetUsedKey);
        let removes = (self.old_keys == OldKeys::Remove).then_some(Act::RemoveKeys);
        resets.into_iter().chain(removes).collect()
    }

    /// Everything that is not the default of a careful desk, in one sentence.
    pub fn sentence(&self) -> String {
        let mut parts = vec![self.pin_in_words()];
        if self.first_use == FirstUse::MustChangePin {
            parts.push("must be changed at first use".into());
        }
        if let Some(length) = self.min_pin_length {
            parts.push(format!("keys take no PIN under {length} characters"));
        }
        if self.always_uv == AlwaysUv::TurnOn {
            parts.push("keys always ask for their PIN".into());
        }
        if self.keys_each > 1 {
            parts.push("two keys for each person".into());
        }
        parts.push(
            match self.old_keys {
                OldKeys::Keep => "old keys stay",
                OldKeys::Remove => "old keys removed after the new one works",
            }
            .into(),
        );
        parts.push(
            match self.used_keys {
                UsedKeys::Ask => "used keys stop and ask",
                UsedKeys::Reset => "used keys are reset",
            }
            .into(),
        );
        if !self.stock.is_empty() {
            parts.push(format!("only the {} keys of the stock list", self.stock.len()));
        }
        parts.push(self.challenges_in_words());
        if self.activation == Activation::Later {
            parts.push("activated when the person confirms receipt".into());
        }
        if !self.labels {
            parts.push("no labels".into());
        }
        parts.push(format!("passkeys named \u{201c}{}\u{201d}", for_display(&self.passkey_name)));
        parts.join(", ")
    }

    fn pin_in_words(&self) -> String {
        match self.pin {
            SessionPin::Random { length } => format!("Random {length}-character PIN"),
            SessionPin::Typed => "PIN typed by each person".into(),
        }
    }

    fn challenges_in_words(&self) -> String {
        match self.challenges {
            Challenges::JustInTime => "challenges fetched when the key is in".into(),
            Challenges::Prefetched { minutes } => {
                format!("challenges fetched before, good for {}", duration_in_words(minutes))
            }
        }
    }
}

fn duration_in_words(minutes: u32) -> String {
    let (count, unit) = match minutes {
        1440.. if minutes.is_multiple_of(1440) => (minutes / 1440, "day"),
        60.. if minutes.is_multiple_of(60) => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_of_a_careful_desk_says_what_happens_to_each_key() {
        assert_eq!(
            SessionOptions::default().sentence(),
            "Random 6-character PIN, old keys stay, used keys stop and ask, challenges fetched when \
             the key is in, passkeys named “Key {serial} {date}”"
        );
    }

    #[test]
    fn every_option_that_is_chosen_is_in_the_sentence() {
        let options = SessionOptions {
            pin: SessionPin::Typed,
            first_use: FirstUse::MustChangePin,
            min_pin_length: Some(8),
            always_uv: AlwaysUv::TurnOn,
            used_keys: UsedKeys::Reset,
            old_keys: OldKeys::Remove,
            keys_each: 2,
            passkey_name: "Ward 3 \u{202e}{n}".into(),
            activation: Activation::Later,
            challenges: Challenges::Prefetched { minutes: 1440 },
            stock: vec!["31884100".into(), "31884101".into()],
            labels: false,
        };
        assert_eq!(
            options.sentence(),
            "PIN typed by each person, must be changed at first use, keys take no PIN under 8 \
             characters, keys always ask for their PIN, two keys for each person, old keys removed \
             after the new one works, used keys are reset, only the 2 keys of the stock list, \
             challenges fetched before, good for 1 day, activated when the person confirms \
             receipt, no labels, passkeys named “Ward 3 {n}”"
        );
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        for (minutes, words) in [
            (1, "1 minute"),
            (5, "5 minutes"),
            (60, "1 hour"),
            (90, "90 minutes"),
            (480, "8 hours"),
            (1440, "1 day"),
            (10_080, "7 days"),
            (43_200, "30 days"),
        ] {
            assert_eq!(duration_in_words(minutes), words);
        }
    }
}
