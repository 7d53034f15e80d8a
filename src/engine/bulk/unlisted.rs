//! Rows of undone keys in `undoneKeys.csv`. Where one can't be written the journal keeps it, and it is
//! written whenever the tenant connects (at the next start, and once another folder is chosen), after
//! the next row that can be, and at the session's end.

use super::undo::not_finished;
use crate::engine::Event;
use crate::engine::ports::{Ports, off_the_network};
use crate::engine::register::load;
use crate::engine::station::Station;
use crate::enrolment::{EnrolmentId, Intent, Outcome};
use crate::journal::UnlistedUndo;
use crate::outputs::OutputError;
use crate::outputs::undone_keys::{self, Row};
use crate::problem::{Detail, Explain, Problem};
use std::time::Duration;

/// So long the end of a session waits for its rows.
const END_WAITS: Duration = Duration::from_secs(2);
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

/// Before the journal says that the key is undone: a kill in between writes it at the next start.
pub(super) async fn write_or_keep(
    ports: &Ports,
    intent: Intent,
    method_id: String,
    undo: UnlistedUndo,
) -> Result<Option<Problem>, Problem> {
    let key = in_words(&intent);
    let Err(error) = write_row(ports, intent, method_id, &undo).await else { return Ok(None) };
    let kept = ports.journal.call(move |journal| journal.undo_stays_unlisted(&undo)).await;
    kept.map_err(|error| error.problem())?;
    let mut unlisted = Unlisted::default();
    unlisted.add(key, error);
    Ok(unlisted.told())
}

async fn write_row(
    ports: &Ports,
    intent: Intent,
    method_id: String,
    undo: &UnlistedUndo,
) -> Result<(), OutputError> {
    let (folder, undo) = (ports.rules.folder.clone(), undo.clone());
    let written = off_the_network(move || {
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
    written.await.map(|_| ())
}

impl Station {
    /// The session is about to end, and its rows are tried once more. A share that does not answer
    /// keeps nobody: the journal has them still.
    pub(super) async fn list_before_the_end(&mut self) {
        self.list_undone_keys();
        let Some(mut listing) = self.bulk.listing.take() else { return };
        if tokio::time::timeout(END_WAITS, &mut listing).await.is_err() {
            self.bulk.listing = Some(listing);
        }
    }

    /// Writes the rows that the journal keeps. The station does not wait for the file.
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
        // One that can't be read must not keep the others.
        let Ok(row) = of_row(ports, id).await else { continue };
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
