//! A session asks whose key it is that was put in: see [`crate::engine::whose_key`].
//!
//! The slot waits for the answer; the station's loop does not. A key that does not tell is a used
//! key like any other.

use crate::bulk::{Happening, KeyIn, SessionId, Told, is_used};
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::engine::whose_key::{Answer, Made, ask, holders};
use crate::enrolment::{Ceremony, EnrolmentId, Step};
use crate::key::{KeyFacts, KeyId};

/// What a key told of the credentials on it.
pub(in crate::engine) struct Recognised {
    key: KeyId,
    session: SessionId,
    answer: Answer,
}

/// How far the question to a key of this insertion is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Asked {
    Waiting,
    Answered,
}

/// The reset for which the key of a slot is awaited.
#[derive(Clone, Copy)]
struct AwaitedReset {
    of: EnrolmentId,
    /// The key can't be asked, and the operator has said so for the next one.
    unchecked: bool,
}

impl Station {
    /// A key told who it is; one that must be asked first is taken in when it has answered.
    pub(super) async fn key_told(&mut self, facts: &KeyFacts) {
        match self.asks_for_credentials(facts).await {
            true => self.tell_board().await,
            false => self.take_key_in(facts.clone(), Answer::NotAsked).await,
        }
    }

    /// The key has answered. What else it told meanwhile counts.
    pub(in crate::engine) async fn key_recognised(&mut self, told: Recognised) {
        let Recognised { key, session, answer } = told;
        let Some(live) = &mut self.bulk.live else { return };
        let waiting = live.asked.get(&key) == Some(&Asked::Waiting);
        if live.session.id() != session || !waiting {
            return;
        }
        live.asked.insert(key.clone(), Asked::Answered);
        if let Some(facts) = self.table.get(&key) {
            self.take_key_in(facts, answer).await;
        }
    }

    async fn take_key_in(&mut self, facts: KeyFacts, answer: Answer) {
        let not_of = self.not_of(&facts, &answer).await;
        let told = answer.on_key();
        if let Some(on_key) = told {
            self.table.note_told(&facts.id, on_key);
        }
        let was_asked = !matches!(answer, Answer::NotAsked);
        let is_silent = is_used(&facts) && told.is_none() && (was_asked || facts.serial.is_none());
        let made = match answer {
            Answer::Holds(made) => made,
            _ => Vec::new(),
        };
        let made_in = made.first().map(|newest| newest.enrolment);
        let holder = self.holder_of(&facts).await.or_else(|| names(&made));
        let told = Told { made_in, not_of, is_silent };
        self.happens(Happening::KeyIn(Box::new(KeyIn { facts, holder, told }))).await;
    }

    /// Whom this station gave the key before, or made it for, outside this session.
    pub(super) async fn holder_of(&self, facts: &KeyFacts) -> Option<String> {
        let live = self.bulk.live.as_ref()?;
        let serial = facts.serial.clone()?;
        if live.session.knows_serial(&serial) {
            return None;
        }
        let tenant = live.ports.tenant.name.clone();
        let found =
            live.ports.journal.call(move |journal| holders(journal, &tenant, &serial, None)).await;
        match found {
            Ok(holders) => holders.into_iter().next(),
            Err(error) => {
                tracing::warn!(%error, "the history could not be asked about a key");
                None
            }
        }
    }

    /// Enrolments that wait for a key like this one, and whose it can't be.
    async fn not_of(&self, facts: &KeyFacts, answer: &Answer) -> Vec<EnrolmentId> {
        let Some(live) = &self.bulk.live else { return Vec::new() };
        let asked = match answer {
            Answer::HoldsNone { asked, .. } => asked.as_slice(),
            _ => &[],
        };
        let is_blank = !is_used(facts);
        let mut found = Vec::new();
        for id in live.session.perhaps_of(facts) {
            let stored = live.ports.journal.call(move |journal| journal.load(id)).await;
            let ceremony = stored.ok().and_then(|of| Ceremony::replay(of.intent, &of.records).ok());
            let Some(ceremony) = ceremony else { continue };
            let has_made = || ceremony.made().is_some_and(|made| made.credential_id.is_some());
            let lacks_credential = asked.contains(&id) && has_made();
            let lacks_pin = is_blank && ceremony.is_done(Step::Pin) && !ceremony.is_reset_ahead();
            if lacks_credential || lacks_pin {
                found.push(id);
            }
        }
        found
    }

    /// Whether the key's answer is waited for.
    async fn asks_for_credentials(&mut self, facts: &KeyFacts) -> bool {
        let Some(live) = &self.bulk.live else { return false };
        match live.asked.get(&facts.id) {
            Some(Asked::Waiting) => return true,
            Some(Asked::Answered) => return false,
            None => {}
        }
        let is_known =
            facts.serial.as_deref().is_some_and(|serial| live.session.knows_serial(serial));
        let worth_asking = is_used(facts)
            && !is_known
            && live.session.is_being_read(&facts.id)
            && !self.runs.values().any(|run| !run.is_over() && run.holds(&facts.id));
        let Some(key) = live.ports.key(&facts.id).filter(|_| worth_asking) else { return false };
        let (ports, recognised) = (live.ports.clone(), self.recognised.clone());
        let session = live.session.id();
        let reset = match live.awaited_with(facts) {
            Some(enrolment) => awaited_reset(&ports, enrolment).await,
            None => None,
        };
        if reset.is_some_and(|reset| reset.unchecked) {
            return false;
        }
        let Some(live) = &mut self.bulk.live else { return false };
        live.asked.insert(facts.id.clone(), Asked::Waiting);
        let facts = facts.clone();
        tokio::spawn(async move {
            let answer = ask(&ports, &key, &facts, reset.map(|reset| reset.of)).await;
            if matches!(answer, Answer::Gone) {
                return;
            }
            let told = Recognised { key: facts.id, session, answer };
            if recognised.send(told).await.is_err() {
                tracing::debug!("the station ended before a key was recognised");
            }
        });
        true
    }
}

/// Nothing when the enrolment waits for its key for another reason.
async fn awaited_reset(ports: &Ports, of: EnrolmentId) -> Option<AwaitedReset> {
    let stored = ports.journal.call(move |journal| journal.load(of)).await.ok()?;
    let ceremony = Ceremony::replay(stored.intent, &stored.records).ok()?;
    let unchecked = ceremony.resets_unchecked();
    ceremony.is_reset_ahead().then_some(AwaitedReset { of, unchecked })
}

/// Everybody whose credential is on a key.
fn names(made: &[Made]) -> Option<String> {
    let mut upns: Vec<&str> = Vec::new();
    for made in made {
        if !upns.contains(&made.upn.as_str()) {
            upns.push(&made.upn);
        }
    }
    (!upns.is_empty()).then(|| upns.join(" and "))
}
