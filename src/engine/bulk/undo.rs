//! Takes a finished key out of the directory: written down before it is asked for, so that a kill
//! in between leaves nobody with a key that the session does not know.

use super::event::ResultKind;
use super::unlisted::write_or_keep;
use crate::access::Act;
use crate::bulk::{EntryNo, Happening, SessionNote};
use crate::directory::{Directory, DirectoryError, PersonId};
use crate::engine::Event;
use crate::engine::access::Permits;
use crate::engine::register::load;
use crate::engine::removal;
use crate::engine::run::{News, RunNews};
use crate::engine::station::Station;
use crate::enrolment::{EnrolmentId, Outcome};
use crate::journal::UnlistedUndo;
use crate::problem::{Explain, Problem};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What was undone, and what was begun to be.
#[derive(Debug, Default)]
pub(in crate::engine) struct Undos {
    /// The directory is being asked, for these reasons.
    begun: BTreeMap<EnrolmentId, String>,
    /// Whether these are out of the directory is not known, or could not be written down.
    unsure: BTreeMap<EnrolmentId, String>,
    /// Those that ever were unsure: what is no answer to them is none of the earlier question either.
    doubted: BTreeSet<EnrolmentId>,
    done: BTreeSet<EnrolmentId>,
    /// Those that the directory refused last.
    refused: BTreeSet<EnrolmentId>,
}

/// How an undo came out.
pub(in crate::engine) struct Undone {
    entry: EntryNo,
    serial: Option<String>,
    reason: String,
    result: Result<(), NotRemoved>,
    /// Whether its row is in `undoneKeys.csv`: what is told where it waits in the journal; an error
    /// where that does not take it either.
    row: Result<Option<Problem>, Problem>,
}

/// Why a key is not known to be out of the directory.
struct NotRemoved {
    error: DirectoryError,
    seen: Seen,
}

/// What the person's list said after a refusal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// It was not asked, or did not answer.
    No,
    There,
    /// It may not be read, either: asking again tells nothing.
    Forbidden,
}

impl Undos {
    /// Takes in a note of the journal, in its order.
    pub fn restore(&mut self, note: &SessionNote) {
        match note {
            SessionNote::UndoBegun { enrolment, reason } => {
                self.begun.insert(*enrolment, reason.clone());
                self.refused.remove(enrolment);
            }
            SessionNote::UndoFailed { enrolment } => self.is_refused(*enrolment),
            SessionNote::Undone { enrolment, .. } => {
                self.begun.remove(enrolment);
                self.done.insert(*enrolment);
            }
            _ => {}
        }
    }

    pub fn is_done(&self, enrolment: EnrolmentId) -> bool {
        self.done.contains(&enrolment)
    }

    /// The directory has not answered yet.
    pub fn is_any_asked(&self) -> bool {
        !self.begun.is_empty()
    }

    pub fn is_any_unsure(&self) -> bool {
        !self.unsure.is_empty()
    }

    fn is_refused(&mut self, enrolment: EnrolmentId) {
        self.begun.remove(&enrolment);
        self.refused.insert(enrolment);
    }

    /// Whether the answer is news. After a reconnect the directory is asked twice at once: that a key
    /// is gone counts, though the other answer was heard first and was a refusal.
    fn awaits(&self, enrolment: EnrolmentId, is_gone: bool) -> bool {
        self.begun.contains_key(&enrolment)
            || is_gone && self.refused.contains(&enrolment) && !self.is_done(enrolment)
    }

    fn doubt(&mut self, enrolment: EnrolmentId, reason: String) {
        self.begun.remove(&enrolment);
        self.doubted.insert(enrolment);
        self.unsure.insert(enrolment, reason);
    }

    /// Those that are not known are begun once more, and so is what an earlier run began.
    fn begin_the_unsure(&mut self) -> Vec<(EnrolmentId, String)> {
        self.begun.append(&mut self.unsure);
        self.doubted.extend(self.begun.keys());
        self.begun.iter().map(|(id, reason)| (*id, reason.clone())).collect()
    }

    /// Whether an undo that ends so may have taken effect: by this try, or by an earlier one.
    fn may_be_through(&self, enrolment: EnrolmentId, why: &NotRemoved) -> bool {
        match why.error {
            DirectoryError::AnswerLost(_)
            | DirectoryError::Garbled { .. }
            | DirectoryError::Unavailable(_) => true,
            _ => self.doubted.contains(&enrolment) && why.seen == Seen::No,
        }
    }
}

impl Station {
    /// What is on the key itself stays until it is reset.
    pub(super) async fn undo(&mut self, id: EnrolmentId, reason: String, permits: &Permits) {
        let allowed = permits.demand(Act::RemoveKeys);
        let begun = match allowed {
            Ok(()) => self.begin_undo(id, reason).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = begun {
            self.tell(Event::Problem(problem)).await;
        }
    }

    async fn begin_undo(&mut self, id: EnrolmentId, reason: String) -> Result<(), Problem> {
        let Some(live) = &self.bulk.live else { return Err(not_finished()) };
        if live.undos.is_done(id) || live.undos.begun.contains_key(&id) {
            return Err(not_finished());
        }
        let (session, operator) = (live.session.id(), live.ports.tenant.operator.clone());
        let ports = live.ports.clone();
        let (stored, ceremony) = load(&ports, id).await?;
        let Some(Outcome::HandedOver { .. }) = ceremony.outcome() else {
            return Err(not_finished());
        };
        if stored.intent.seat.is_none_or(|seat| seat.session != session) {
            return Err(not_finished());
        }
        let note = SessionNote::UndoBegun { enrolment: id, reason: reason.clone() };
        let written = note.clone();
        let kept = ports.journal.call(move |journal| {
            journal.note_session(session, &written, &operator, Timestamp::now())
        });
        kept.await.map_err(|error| error.problem())?;
        if let Some(live) = &mut self.bulk.live {
            live.undos.restore(&note);
            live.undos.unsure.remove(&id);
        }
        let asked = self.ask_to_remove(id).await;
        if asked.is_err()
            && let Some(live) = &mut self.bulk.live
        {
            live.undos.doubt(id, reason);
        }
        asked
    }

    /// The directory is asked again whether they are gone, which is what asking to remove them is: of
    /// undos that an earlier run began, and of those whose answer was lost.
    pub(super) async fn take_up_undos(&mut self) {
        let Some(live) = &mut self.bulk.live else { return };
        for (id, reason) in live.undos.begin_the_unsure() {
            if let Err(problem) = self.ask_to_remove(id).await {
                if let Some(live) = &mut self.bulk.live {
                    live.undos.doubt(id, reason);
                }
                self.tell(Event::Problem(problem)).await;
            }
        }
    }

    /// The slots must not wait for the directory.
    async fn ask_to_remove(&mut self, id: EnrolmentId) -> Result<(), Problem> {
        let Some(live) = &self.bulk.live else { return Err(not_finished()) };
        let reason = live.undos.begun.get(&id).cloned().unwrap_or_default();
        let ports = live.ports.clone();
        let (stored, ceremony) = load(&ports, id).await?;
        let (Some(Outcome::HandedOver { method_id, .. }), Some(seat)) =
            (ceremony.outcome(), stored.intent.seat)
        else {
            return Err(not_finished());
        };
        let (method_id, doubted) = (method_id.clone(), live.undos.doubted.contains(&id));
        let news = self.news.clone();
        tokio::spawn(async move {
            let person = stored.intent.person.person_id();
            let directory = &*ports.tenant.directory;
            let patience = ports.patience.lost_answer;
            let result = remove(directory, &person, &method_id, doubted, patience).await;
            let serial = stored.intent.key.serial.clone();
            let row = match &result {
                Ok(()) => {
                    let undo = UnlistedUndo {
                        enrolment: id,
                        tenant: ports.tenant.name.clone(),
                        operator: ports.tenant.operator.clone(),
                        reason: reason.clone(),
                        at: Timestamp::now(),
                    };
                    write_or_keep(&ports, stored.intent, method_id, undo).await
                }
                Err(_) => Ok(None),
            };
            let undone = Undone { entry: seat.entry, serial, reason, result, row };
            let told = RunNews { enrolment: id, news: News::Undone(Box::new(undone)) };
            if news.send(told).is_err() {
                tracing::debug!("the station ended before an undo");
            }
        });
        Ok(())
    }

    /// The directory has answered.
    pub(super) async fn undo_is_over(&mut self, enrolment: EnrolmentId, undone: Undone) {
        let Undone { entry, serial, reason, result, row } = undone;
        let Some(live) = &mut self.bulk.live else { return };
        if !live.undos.awaits(enrolment, result.is_ok()) {
            return;
        }
        let told = match (result, row) {
            (Ok(()), Ok(told)) => told,
            (Ok(()), Err(problem)) => {
                live.undos.doubt(enrolment, reason);
                return self.tell(Event::Problem(problem)).await;
            }
            (Err(why), _) => {
                // The session's end and the next start look again.
                if live.undos.may_be_through(enrolment, &why) {
                    live.undos.doubt(enrolment, reason);
                } else {
                    live.undos.is_refused(enrolment);
                    self.write_note(SessionNote::UndoFailed { enrolment }).await;
                }
                return self.tell(Event::Problem(why.problem())).await;
            }
        };
        self.is_undone(enrolment, entry, serial, reason).await;
        match told {
            // The list takes rows: perhaps also those it did not take before.
            None => self.list_undone_keys(),
            Some(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    async fn is_undone(
        &mut self,
        enrolment: EnrolmentId,
        entry: EntryNo,
        serial: Option<String>,
        reason: String,
    ) {
        let Some(live) = &mut self.bulk.live else { return };
        live.undos.begun.remove(&enrolment);
        live.undos.done.insert(enrolment);
        live.results.forget(enrolment);
        self.table.forget_made_in(enrolment);
        let mut line = live.line(entry, ResultKind::Undone, &reason);
        line.serial.clone_from(&serial);
        line.enrolment = Some(enrolment);
        self.happens(Happening::Undone { entry, enrolment, serial, reason }).await;
        self.push_result(line).await;
    }
}

/// What refuses this try says nothing of an earlier one that is in doubt: the person's list does.
async fn remove(
    directory: &dyn Directory,
    person: &PersonId,
    method_id: &str,
    doubted: bool,
    patience: Duration,
) -> Result<(), NotRemoved> {
    let Err(error) = removal::remove(directory, person, method_id, patience).await else {
        return Ok(());
    };
    let is_refused = matches!(error, DirectoryError::Refused(_) | DirectoryError::Forbidden(_));
    if !doubted || !is_refused {
        return Err(NotRemoved { error, seen: Seen::No });
    }
    let seen = match removal::is_gone(directory, person, method_id, patience).await {
        Ok(true) => return Ok(()),
        Ok(false) => Seen::There,
        Err(DirectoryError::Forbidden(_) | DirectoryError::Refused(_)) => Seen::Forbidden,
        Err(_) => Seen::No,
    };
    Err(NotRemoved { error, seen })
}

impl NotRemoved {
    fn problem(&self) -> Problem {
        if self.seen != Seen::Forbidden {
            return self.error.problem();
        }
        Problem {
            what: "Nobody here may see whether this key is out of the directory, or remove it"
                .into(),
            next:
                "It counts as its person's: look at their passkeys in the directory's own pages, \
                   or check the session with the right to read them"
                    .into(),
            details: self.error.details(),
        }
    }
}

pub(super) fn not_finished() -> Problem {
    Problem {
        what: "This key is not finished in this session".into(),
        next: "Answer at its slot instead".into(),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_a_key_is_gone_counts_though_a_refusal_was_heard_first() {
        let enrolment = EnrolmentId(uuid::Uuid::nil());
        let (entry, reason) = (EntryNo(1), "lost".to_owned());
        let mut undos = Undos::default();
        assert!(!undos.awaits(enrolment, true), "nobody asked");
        undos.restore(&SessionNote::UndoBegun { enrolment, reason: reason.clone() });
        undos.restore(&SessionNote::UndoFailed { enrolment });
        assert!(undos.awaits(enrolment, true) && !undos.awaits(enrolment, false));
        undos.restore(&SessionNote::Undone { entry, enrolment, serial: None, reason });
        assert!(!undos.awaits(enrolment, true), "it is told once");
    }
}
