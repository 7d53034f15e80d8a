//! Keys that were made here and are not registered yet: the directory knows nothing of them, and
//! their people would get a second one.

use crate::bulk::{OnItsWay, SessionId};
use crate::directory::PersonId;
use crate::enrolment::{Ceremony, Step};
use crate::journal::{Journal, JournalError, StoredEnrolment};
use jiff::Timestamp;
use std::collections::HashMap;

/// By the directory's id; of several keys the one that was begun first.
pub(super) type OnTheirWay = HashMap<PersonId, OnItsWay>;

pub(super) fn on_their_way(journal: &Journal, tenant: &str) -> Result<OnTheirWay, JournalError> {
    let sessions: HashMap<SessionId, Timestamp> = journal.sessions(tenant)?.into_iter().collect();
    let mut found = OnTheirWay::new();
    for stored in journal.unfinished_in(tenant)? {
        let (person, since) = (stored.intent.person.person_id(), stored.begun_at);
        let session = stored.intent.seat.and_then(|seat| sessions.get(&seat.session).copied());
        if is_made(stored) {
            found.entry(person).or_insert(OnItsWay { since, session });
        }
    }
    Ok(found)
}

/// Of what is registered the directory knows. One that can't be read may be made: whoever it is for is
/// not given another one unasked.
fn is_made(stored: StoredEnrolment) -> bool {
    let ceremony = Ceremony::replay(stored.intent, &stored.records);
    ceremony.map_or(true, |ceremony| ceremony.made().is_some() && !ceremony.is_done(Step::Register))
}
