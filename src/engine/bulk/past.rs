//! Sessions that have ended: their figures and papers stay within reach.

use super::event::{BulkEvent, Summary};
use super::fate::keys_of;
use super::rebuild::{Rebuilt, entries_of};
use super::wishes::one_at_a_time;
use crate::bulk::SessionId;
use crate::engine::Event;
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::journal::{Journal, JournalError, SealedPin, StoredSession};
use crate::problem::{Explain, Problem};

/// Ended sessions that are within reach.
const MOST_PAST: usize = 10;

impl Station {
    /// The last page of a session that has ended.
    pub(super) async fn show_ended(&mut self, id: SessionId) {
        if self.bulk.live.is_some() {
            return self.tell(Event::Problem(one_at_a_time())).await;
        }
        let Some(ports) = self.connected().await else { return };
        match ports.journal.call(move |journal| journal.session(id)).await {
            Ok(stored) if stored.tenant == ports.tenant.name && stored.ended_at.is_some() => {
                let summary = summary_of(&stored);
                let rebuilt = Rebuilt::of(stored, |_| false);
                self.tell_bulk(entries_of(&rebuilt.session)).await;
                self.tell_bulk(BulkEvent::Ended(Box::new(summary))).await;
            }
            Ok(_) | Err(JournalError::NoSession) => {
                self.tell(Event::Problem(no_session())).await;
            }
            Err(error) => self.tell_problem(&error).await,
        }
    }
}

/// Tells the window which ended sessions there are papers of.
pub(in crate::engine) async fn tell(ports: &Ports) {
    let tenant = ports.tenant.name.clone();
    let event = match ports.journal.call(move |journal| past(journal, &tenant)).await {
        Ok(past) => Event::Bulk(BulkEvent::Past(past)),
        Err(error) => Event::Problem(error.problem()),
    };
    ports.teller.tell(event).await;
}

fn past(journal: &Journal, tenant: &str) -> Result<Vec<Summary>, JournalError> {
    let mut past = Vec::new();
    for id in journal.ended_sessions(tenant)? {
        let summary = summary_of(&journal.session(id)?);
        // What is sealed may be of keys that nobody got.
        if past.is_empty() || summary.sealed > 0 {
            past.push(summary);
        }
        if past.len() == MOST_PAST {
            break;
        }
    }
    Ok(past)
}

pub(super) fn summary_of(stored: &StoredSession) -> Summary {
    let keys = keys_of(stored);
    let waits = keys
        .iter()
        .filter(|key| key.leaves() && key.stored.pin == SealedPin::Sealed && !key.stored.pin_given);
    let sealed = waits.count();
    let rebuilt = Rebuilt::of(stored.clone(), |_| false);
    let (without_key, failed, skipped) = rebuilt.session.counts();
    Summary {
        id: stored.id,
        done: rebuilt.finished.len(),
        failed,
        skipped,
        without_key,
        sealed,
        began: stored.begun_at,
        ended: stored.ended_at.unwrap_or(stored.begun_at),
    }
}

pub(super) fn no_session() -> Problem {
    Problem {
        what: "The history has no such session of this tenant".into(),
        next: "Look under Bulk for the sessions whose papers can be had".into(),
        details: Vec::new(),
    }
}
