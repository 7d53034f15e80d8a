//! Takes a finished key out of the directory: written down before it is asked for, so that a kill
//! in between leaves nobody with a key that the session does not know.

use super::event::ResultKind;
use crate::access::Act;
use crate::bulk::{EntryNo, Happening, SessionNote};
use crate::directory::DirectoryError;
use crate::engine::Event;
use crate::engine::access::Permits;
use crate::engine::ports::{Ports, off_the_network};
use crate::engine::register::load;
use crate::engine::run::{News, RunNews};
use crate::engine::station::Station;
use crate::enrolment::{EnrolmentId, Intent, Outcome};
use crate::journal::UnlistedUndo;
use crate::outputs::OutputError;
use crate::outputs::undone_keys::{self, Row};
use crate::problem::{Detail, Explain, Problem};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What was undone, and what was begun to be.
#[derive(Debug, Default)]
pub(in crate::engine) struct Undos {
    begun: BTreeMap<EnrolmentId, String>,
    /// Of those that were begun: out of the directory, and not in `undoneKeys.csv` yet. An undo
    /// once more lists them, and so does the next start.
    unlisted: BTreeSet<EnrolmentId>,
    /// The directory's answer was lost, with the reasons of these undos.
    unsure: BTreeMap<EnrolmentId, String>,
    done: BTreeSet<EnrolmentId>,
}

/// How an undo came out.
pub(in crate::engine) struct Undone {
    entry: EntryNo,
    serial: Option<String>,
    reason: String,
    result: Result<(), DirectoryError>,
    /// Whether its row is in `undoneKeys.csv`.
    row: Result<(), OutputError>,
}

impl Undos {
    /// Takes in a note of the journal, in its order.
    pub fn restore(&mut self, note: &SessionNote) {
        match note {
            SessionNote::UndoBegun { enrolment, reason } => {
                self.begun.insert(*enrolment, reason.clone());
            }
            SessionNote::UndoFailed { enrolment } => {
                self.begun.remove(enrolment);
            }
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
        self.begun.keys().any(|id| !self.unlisted.contains(id))
    }

    pub fn is_any_unsure(&self) -> bool {
        !self.unsure.is_empty()
    }

    /// Those whose answer was lost are begun once more.
    fn begin_the_unsure(&mut self) -> Vec<EnrolmentId> {
        let unsure = std::mem::take(&mut self.unsure);
        let ids = unsure.keys().copied().collect();
        self.begun.extend(unsure);
        ids
    }

    /// Undone, and not in `undoneKeys.csv`.
    pub fn unlisted(&self) -> Vec<(EnrolmentId, String)> {
        let reason = |id: &EnrolmentId| self.begun.get(id).cloned().unwrap_or_default();
        self.unlisted.iter().map(|id| (*id, reason(id))).collect()
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
        let is_under_way = live.undos.begun.contains_key(&id) && !live.undos.unlisted.contains(&id);
        if live.undos.is_done(id) || is_under_way {
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
        let note = SessionNote::UndoBegun { enrolment: id, reason };
        let written = note.clone();
        let kept = ports.journal.call(move |journal| {
            journal.note_session(session, &written, &operator, Timestamp::now())
        });
        kept.await.map_err(|error| error.problem())?;
        if let Some(live) = &mut self.bulk.live {
            live.undos.restore(&note);
            live.undos.unlisted.remove(&id);
            live.undos.unsure.remove(&id);
        }
        self.ask_to_remove(id).await
    }

    /// Undos that an earlier run began and did not end.
    pub(super) async fn take_up_undos(&mut self) {
        let begun = self.bulk.live.as_ref().map(|live| live.undos.begun.keys().copied().collect());
        let begun: Vec<EnrolmentId> = begun.unwrap_or_default();
        for id in begun {
            if let Err(problem) = self.ask_to_remove(id).await {
                self.tell(Event::Problem(problem)).await;
            }
        }
    }

    /// The directory is asked again whether they are gone, which is what asking to remove them is.
    pub(super) async fn ask_of_the_unsure(&mut self) {
        let Some(live) = &mut self.bulk.live else { return };
        for id in live.undos.begin_the_unsure() {
            if let Err(problem) = self.ask_to_remove(id).await {
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
        let method_id = method_id.clone();
        let news = self.news.clone();
        tokio::spawn(async move {
            let person = stored.intent.person.person_id();
            let result = ports.tenant.directory.delete(&person, &method_id).await;
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
                    write_row(&ports, stored.intent, method_id, &undo).await
                }
                Err(_) => Ok(()),
            };
            let undone = Undone { entry: seat.entry, serial, reason, result, row };
            let told = RunNews { enrolment: id, news: News::Undone(Box::new(undone)) };
            if news.send(told).await.is_err() {
                tracing::debug!("the station ended before an undo");
            }
        });
        Ok(())
    }

    /// The directory has answered.
    pub(super) async fn undo_is_over(&mut self, enrolment: EnrolmentId, undone: Undone) {
        let Undone { entry, serial, reason, result, row } = undone;
        let Some(live) = &mut self.bulk.live else { return };
        if !live.undos.begun.contains_key(&enrolment) {
            return;
        }
        let row = match result {
            Ok(()) => row,
            Err(error) => {
                live.undos.begun.remove(&enrolment);
                // Where the answer is lost, the session's end and the next start look again.
                if may_be_through(&error) {
                    live.undos.unsure.insert(enrolment, reason);
                } else {
                    self.write_note(SessionNote::UndoFailed { enrolment }).await;
                }
                return self.tell_problem(&error).await;
            }
        };
        match row {
            Ok(()) => {
                self.is_undone(enrolment, entry, serial, reason).await;
                // The list takes rows: perhaps also those it did not take before.
                self.list_undone_keys();
            }
            Err(error) => {
                live.undos.unlisted.insert(enrolment);
                self.tell(Event::Problem(not_listed(&error))).await;
            }
        }
    }

    pub(super) async fn is_undone(
        &mut self,
        enrolment: EnrolmentId,
        entry: EntryNo,
        serial: Option<String>,
        reason: String,
    ) {
        let Some(live) = &mut self.bulk.live else { return };
        live.undos.begun.remove(&enrolment);
        live.undos.unlisted.remove(&enrolment);
        live.undos.done.insert(enrolment);
        live.results.forget(enrolment);
        let mut line = live.line(entry, ResultKind::Undone, &reason);
        line.serial.clone_from(&serial);
        line.enrolment = Some(enrolment);
        self.happens(Happening::Undone { entry, enrolment, serial, reason }).await;
        self.push_result(line).await;
    }
}

/// Before the journal says that it is undone: a kill in between writes it at the next start.
pub(super) async fn write_row(
    ports: &Ports,
    intent: Intent,
    method_id: String,
    undo: &UnlistedUndo,
) -> Result<(), OutputError> {
    let (folder, undo) = (ports.rules.folder.clone(), undo.clone());
    let kept = off_the_network(move || {
        let row = Row {
            upn: &intent.person.upn,
            method_id: &method_id,
            serial: intent.key.serial.as_deref(),
            at: undo.at.to_zoned(jiff::tz::TimeZone::system()),
            operator: &undo.operator,
            reason: &undo.reason,
        };
        undone_keys::append(&folder, &row)
    });
    kept.await.map(|_| ())
}

fn may_be_through(error: &DirectoryError) -> bool {
    matches!(
        error,
        DirectoryError::AnswerLost(_)
            | DirectoryError::Garbled { .. }
            | DirectoryError::Unavailable(_)
    )
}

fn not_listed(error: &OutputError) -> Problem {
    Problem {
        what: "A key is out of the directory, but undoneKeys.csv does not say so yet".into(),
        next: "Close the file in other programs, free some disk space or choose another folder \
               under Settings, Outputs; then undo the key again"
            .into(),
        details: vec![Detail::new("file", error.what())],
    }
}

pub(super) fn not_finished() -> Problem {
    Problem {
        what: "This key is not finished in this session".into(),
        next: "Answer at its slot instead".into(),
        details: Vec::new(),
    }
}
