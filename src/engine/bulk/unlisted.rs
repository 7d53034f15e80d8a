//! Undone keys that `undoneKeys.csv` can't be told of: their session can end all the same. The
//! journal keeps their rows, which are written whenever the tenant connects: at the next start, and
//! once another folder is chosen.

use super::undo::{not_finished, write_row};
use crate::bulk::EntryNo;
use crate::engine::Event;
use crate::engine::ports::Ports;
use crate::engine::register::load;
use crate::engine::station::Station;
use crate::enrolment::{EnrolmentId, Intent, Outcome};
use crate::journal::UnlistedUndo;
use crate::outputs::OutputError;
use crate::problem::{Detail, Explain, Problem};
use jiff::Timestamp;

/// Keys that are named where their rows can't be written.
const MOST_NAMED: usize = 20;

/// What a row is written of.
struct OfRow {
    intent: Intent,
    method_id: String,
}

/// The keys that are in the journal only, and why.
#[derive(Default)]
struct Unlisted {
    keys: Vec<String>,
    why: Option<OutputError>,
}

impl Station {
    /// The session is about to end: each row is tried once more, and what can't be written is kept
    /// by the journal. What is told of that; an error where the journal can't keep it either.
    pub(super) async fn settle_unlisted(&mut self) -> Result<Option<Problem>, Problem> {
        let Some(live) = &self.bulk.live else { return Ok(None) };
        let ports = live.ports.clone();
        let mut unlisted = Unlisted::default();
        for (enrolment, reason) in live.undos.unlisted() {
            let undo = UnlistedUndo {
                enrolment,
                tenant: ports.tenant.name.clone(),
                operator: ports.tenant.operator.clone(),
                reason: reason.clone(),
                at: Timestamp::now(),
            };
            let row = of_row(&ports, enrolment).await?;
            let (serial, entry) = (row.intent.key.serial.clone(), entry_of(&row.intent)?);
            let key = in_words(&row.intent);
            if let Err(error) = write_row(&ports, row.intent, row.method_id, &undo).await {
                let kept = ports.journal.call(move |journal| journal.undo_stays_unlisted(&undo));
                kept.await.map_err(|error| error.problem())?;
                unlisted.add(key, error);
            }
            self.is_undone(enrolment, entry, serial, reason).await;
        }
        Ok(unlisted.told())
    }

    /// Writes the rows of sessions that have ended. The station does not wait for the file.
    pub(super) fn list_undone_keys(&mut self) {
        let Some(ports) = self.ports.clone() else { return };
        let before = self.bulk.listing.take();
        self.bulk.listing = Some(tokio::spawn(async move {
            if let Some(before) = before {
                drop(before.await);
            }
            match write_left(&ports).await {
                Ok(None) => {}
                Ok(Some(problem)) | Err(problem) => {
                    ports.teller.tell(Event::Problem(problem)).await;
                }
            }
        }));
    }
}

/// What can't be written still is told again, at each try.
async fn write_left(ports: &Ports) -> Result<Option<Problem>, Problem> {
    let tenant = ports.tenant.name.clone();
    let left = ports.journal.call(move |journal| journal.unlisted_undos(&tenant)).await;
    let mut unlisted = Unlisted::default();
    for undo in left.map_err(|error| error.problem())? {
        let id = undo.enrolment;
        let row = of_row(ports, id).await?;
        let key = in_words(&row.intent);
        match write_row(ports, row.intent, row.method_id, &undo).await {
            Ok(()) => {
                let listed = ports.journal.call(move |journal| journal.undo_is_listed(id)).await;
                listed.map_err(|error| error.problem())?;
            }
            Err(error) => unlisted.add(key, error),
        }
    }
    Ok(unlisted.told())
}

async fn of_row(ports: &Ports, id: EnrolmentId) -> Result<OfRow, Problem> {
    let (stored, ceremony) = load(ports, id).await?;
    match ceremony.outcome() {
        Some(Outcome::HandedOver { method_id, .. }) => {
            Ok(OfRow { intent: stored.intent, method_id: method_id.clone() })
        }
        _ => Err(not_finished()),
    }
}

fn entry_of(intent: &Intent) -> Result<EntryNo, Problem> {
    intent.seat.map(|seat| seat.entry).ok_or_else(not_finished)
}

fn in_words(intent: &Intent) -> String {
    match &intent.key.serial {
        Some(serial) => format!("{}, serial {serial}", intent.person.upn),
        None => intent.person.upn.clone(),
    }
}

impl Unlisted {
    fn add(&mut self, key: String, error: OutputError) {
        self.keys.push(key);
        self.why = Some(error);
    }

    fn told(self) -> Option<Problem> {
        let why = self.why?;
        let what = match self.keys.len() {
            1 => "1 undone key is not in undoneKeys.csv yet".to_owned(),
            n => format!("{n} undone keys are not in undoneKeys.csv yet"),
        };
        let named = self.keys.into_iter().take(MOST_NAMED).map(|key| Detail::new("key", key));
        Some(Problem {
            what,
            next: "Keydesk has kept what is missing and writes it at its next start, or at once \
                   when another folder is chosen under Settings, Outputs"
                .into(),
            details: named.chain([Detail::new("file", why.what())]).collect(),
        })
    }
}
