//! Texts on their way to phones.

use crate::practice::cloud::world::World;
use crate::secrets::SecretText;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, VecDeque};
use uuid::Uuid;

/// How long a text is at the service, and at the carrier.
const QUEUED: SignedDuration = SignedDuration::from_millis(400);
const SENT: SignedDuration = SignedDuration::from_millis(1_200);
/// What a text is called that was not on the phone in time.
const TOO_LATE: u32 = 30036;

/// What becomes of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TextFate {
    #[default]
    Arrives,
    /// It is refused at once with this code, and nothing is sent.
    Refused { code: u32 },
    /// It is taken, and fails on its way with this code.
    Fails { code: u32 },
    /// The carrier has it and never tells more; the phone gets nothing.
    StaysSent,
    /// It stays at the service until its time is over.
    StaysQueued,
}

/// Every text since the start, the oldest first.
#[derive(Default)]
pub(in crate::practice::cloud) struct Texts {
    all: Vec<Text>,
    ordered: VecDeque<TextFate>,
    /// Who answered STOP.
    stopped: BTreeSet<Uuid>,
    /// Of these people's texts, whatever was ordered for the next ones.
    fates: HashMap<Uuid, TextFate>,
}

/// One text. It may hold a code: it has no Debug.
pub(in crate::practice::cloud) struct Text {
    pub sid: String,
    pub to: String,
    pub from: String,
    pub body: String,
    /// Whose phone it goes to.
    pub people: Vec<Uuid>,
    pub at: Timestamp,
    pub valid: SignedDuration,
    pub fate: TextFate,
    /// It is one of Messaging's: Verify's own texts are in no list.
    pub is_listed: bool,
    /// Gone at the service; what is on the phone stays there.
    pub is_deleted: bool,
}

impl Texts {
    pub fn order(&mut self, fate: TextFate, times: u32) {
        self.ordered.extend(std::iter::repeat_n(fate, times as usize));
    }

    pub fn order_for(&mut self, person: Uuid, fate: TextFate) {
        self.fates.insert(person, fate);
    }

    pub fn stop(&mut self, person: Uuid, on: bool) {
        match on {
            true => self.stopped.insert(person),
            false => self.stopped.remove(&person),
        };
    }

    pub fn calm_down(&mut self) {
        self.ordered.clear();
        self.fates.clear();
    }

    /// What becomes of the next text to these people, or the code it is refused with.
    pub fn next_fate(&mut self, people: &[Uuid]) -> Result<TextFate, u32> {
        if people.iter().any(|person| self.stopped.contains(person)) {
            return Err(21610);
        }
        let own = people.iter().find_map(|person| self.fates.get(person).copied());
        match own.or_else(|| self.ordered.pop_front()).unwrap_or_default() {
            TextFate::Refused { code } => Err(code),
            fate => Ok(fate),
        }
    }

    pub fn add(&mut self, text: Text) {
        self.all.push(text);
    }

    /// Those of Messaging that were not deleted, the newest first.
    pub fn listed(&self) -> impl Iterator<Item = &Text> {
        self.all.iter().rev().filter(|text| text.is_listed && !text.is_deleted)
    }

    pub fn find(&mut self, sid: &str) -> Option<&mut Text> {
        let meant = |text: &&mut Text| text.is_listed && !text.is_deleted && text.sid == sid;
        self.all.iter_mut().find(meant)
    }

    /// One of Verify's.
    pub fn attempt(&self, sid: &str) -> Option<&Text> {
        self.all.iter().find(|text| !text.is_listed && text.sid == sid)
    }

    /// What phones have got by now, the oldest first.
    fn arrived(&self, now: Timestamp) -> impl Iterator<Item = &Text> {
        self.all.iter().filter(move |text| text.state(now).0 == "delivered")
    }
}

impl Text {
    /// The service's word, and the error's code.
    pub fn state(&self, now: Timestamp) -> (&'static str, Option<u32>) {
        let age = now.duration_since(self.at);
        match self.fate {
            TextFate::StaysQueued if age >= self.valid => ("undelivered", Some(TOO_LATE)),
            TextFate::StaysQueued => ("queued", None),
            _ if age < QUEUED => ("queued", None),
            TextFate::StaysSent => ("sent", None),
            _ if age < SENT => ("sent", None),
            TextFate::Fails { code } => ("undelivered", Some(code)),
            TextFate::Refused { code } => ("failed", Some(code)),
            TextFate::Arrives => ("delivered", None),
        }
    }

    pub fn is_under_way(&self, now: Timestamp) -> bool {
        self.state(now).0 == "queued"
    }

    /// When the phone got it.
    fn arrived_at(&self) -> Timestamp {
        self.at.checked_add(SENT).unwrap_or(Timestamp::MAX)
    }
}

/// Texts on a phone by now, the oldest first, with when they came.
pub(in crate::practice::cloud) fn texts_of(
    world: &World,
    person: Uuid,
) -> Vec<(Timestamp, SecretText)> {
    let texts = world.twilio.texts.arrived(world.now());
    let texts = texts.filter(|text| text.people.contains(&person));
    texts.map(|text| (text.arrived_at(), SecretText::new(text.body.as_str()))).collect()
}

/// Whoever got a text, each once.
pub(in crate::practice::cloud) fn people_with_texts(world: &World) -> BTreeSet<Uuid> {
    world.twilio.texts.arrived(world.now()).flat_map(|text| text.people.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_goes_by_the_clock_and_by_its_fate() {
        let start = Timestamp::UNIX_EPOCH;
        let after = |fate, ms| {
            let text = Text {
                sid: "SM1".into(),
                to: String::new(),
                from: String::new(),
                body: String::new(),
                people: Vec::new(),
                at: start,
                valid: SignedDuration::from_secs(600),
                fate,
                is_listed: true,
                is_deleted: false,
            };
            text.state(start + SignedDuration::from_millis(ms))
        };
        let arrives = [0, 400, 1_200].map(|ms| after(TextFate::Arrives, ms).0);
        assert_eq!(arrives, ["queued", "sent", "delivered"]);
        assert_eq!(after(TextFate::Fails { code: 30003 }, 1_199).0, "sent");
        assert_eq!(after(TextFate::Fails { code: 30003 }, 1_200), ("undelivered", Some(30003)));
        assert_eq!(after(TextFate::StaysSent, 9_999_999).0, "sent");
        assert_eq!(after(TextFate::StaysQueued, 599_999).0, "queued");
        assert_eq!(after(TextFate::StaysQueued, 600_000), ("undelivered", Some(30036)));
    }
}
