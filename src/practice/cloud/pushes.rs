//! Questions on the phones of the company's people, whichever service asks them.

use crate::services::messaging::PushAnswer;
use crate::verify::PushKind;
use jiff::Timestamp;
use uuid::Uuid;

/// Every question since the start, the oldest first.
#[derive(Default)]
pub(super) struct Pushes(Vec<Push>);

/// One question.
pub(super) struct Push {
    /// The service's own id of it.
    pub id: String,
    pub kind: PushKind,
    /// Whose phone shows it.
    pub person: Uuid,
    pub at: Timestamp,
    /// When it ends by itself.
    pub ends: Timestamp,
    /// What the phone shows.
    pub lines: Vec<String>,
    pub state: PushState,
}

/// How far a question is, as far as the phone knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PushState {
    Open,
    Answered(PushAnswer),
}

impl Pushes {
    pub fn ask(&mut self, push: Push) {
        self.0.push(push);
    }

    pub fn find(&self, id: &str) -> Option<&Push> {
        self.0.iter().find(|push| push.id == id)
    }

    /// The person answers; without effect on one that is over.
    pub fn answer(&mut self, id: &str, answer: PushAnswer, now: Timestamp) {
        if let Some(push) = self.open(id, now) {
            push.state = PushState::Answered(answer);
        }
    }

    /// Those that wait for an answer, the newest first.
    pub fn waiting(&self, now: Timestamp) -> impl Iterator<Item = &Push> {
        self.0.iter().rev().filter(move |push| push.is_open(now))
    }

    /// A service's questions to a person, the newest first.
    pub fn of(&self, kind: PushKind, person: Uuid) -> impl Iterator<Item = &Push> {
        self.0.iter().rev().filter(move |push| push.kind == kind && push.person == person)
    }

    fn open(&mut self, id: &str, now: Timestamp) -> Option<&mut Push> {
        self.0.iter_mut().find(|push| push.id == id && push.is_open(now))
    }
}

impl Push {
    /// What the service knows of the answer at this time.
    pub fn answered(&self, now: Timestamp) -> PushAnswer {
        match self.state {
            PushState::Answered(answer) => answer,
            PushState::Open if now < self.ends => PushAnswer::Waiting,
            PushState::Open => PushAnswer::Expired,
        }
    }

    fn is_open(&self, now: Timestamp) -> bool {
        self.state == PushState::Open && now < self.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn push(id: &str, at: Timestamp) -> Push {
        Push {
            id: id.into(),
            kind: PushKind::Duo,
            person: Uuid::from_u128(1),
            at,
            ends: at + SignedDuration::from_secs(120),
            lines: Vec::new(),
            state: PushState::Open,
        }
    }

    #[test]
    fn the_first_answer_in_time_counts() {
        let now = Timestamp::UNIX_EPOCH;
        let late = now + SignedDuration::from_secs(120);
        let mut pushes = Pushes::default();
        for id in ["a", "c", "d"] {
            pushes.ask(push(id, now));
        }
        pushes.answer("a", PushAnswer::Denied, now);
        pushes.answer("a", PushAnswer::Approved, now);
        pushes.answer("c", PushAnswer::Approved, late);
        let answered = |id| pushes.find(id).map(|push| push.answered(late));
        assert_eq!(answered("a"), Some(PushAnswer::Denied));
        assert_eq!(answered("c"), Some(PushAnswer::Expired));
        let open: Vec<_> = pushes.waiting(now).map(|push| push.id.as_str()).collect();
        assert_eq!(open, ["d", "c"]);
        assert_eq!(pushes.waiting(late).count(), 0);
    }
}
