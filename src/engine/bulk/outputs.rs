//! What leaves the station of a session: letters and labels in one run, the report, the PINs.
//!
//! Files are written in a job of their own, one after the other, while keys go on. A PIN is
//! unsealed for the moment in which it is written; it is purged only once its file is on the disk.

use super::fate::{KeyOf, keys_of};
use super::past::{self, no_session};
use super::{BulkCommand, BulkEvent, Output, report};
use crate::access::Act;
use crate::bulk::SessionId;
use crate::engine::Event;
use crate::engine::access::Permits;
use crate::engine::papers::{first_use, organisation};
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::enrolment::EnrolmentId;
use crate::journal::{Action, Entry, Journal, JournalError, StoredSession};
use crate::outputs::label::Label;
use crate::outputs::letter::Letter;
use crate::outputs::pins::{self, PinRow, PinsError, Recipients};
use crate::outputs::print_run::{LabelRun, LetterRun};
use crate::outputs::report::Report;
use crate::pin::Pin;
use crate::problem::{Detail, Explain, Problem};
use crate::settings::{OutputSettings, PurgePins};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A run of thousands of letters that takes longer is on a share that does not answer, and may never
/// come to its end.
const HANGS: Duration = Duration::from_secs(600);
/// So many people are named where PINs can't be opened; the details name them all.
const MOST_NAMES: usize = 3;

impl Station {
    /// Writes what was asked for; other wishes are not meant for this. What came of it is told
    /// when it is there.
    pub(in crate::engine) async fn bulk_output(&mut self, command: BulkCommand, permits: &Permits) {
        let Some((wish, session)) = Wish::of(&command) else { return };
        let Some(ports) = self.connected().await else { return };
        if let Some(act) = wish.act()
            && let Err(problem) = permits.demand(act)
        {
            return self.tell(Event::Problem(problem)).await;
        }
        self.write_in_turn((HANGS, ()), async move {
            let done = write(&ports, wish, session).await;
            tell(&ports, session, done).await;
            if wish.gives_pins() {
                past::tell(&ports).await;
            }
        });
    }

    /// Files with PINs are written one after the other, since a second run must find what the first
    /// one purged. Nothing else waits for them: a share may not answer for long, and what takes longer
    /// than `most` is waited for no more. `until` is dropped then.
    pub(in crate::engine) fn write_in_turn<T: Send + 'static>(
        &mut self,
        (most, until): (Duration, T),
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let before = self.outputs.take();
        self.outputs = Some(tokio::spawn(async move {
            if let Some(before) = before
                && let Err(error) = before.await
            {
                tracing::error!(%error, "an output ended in the middle");
            }
            match tokio::time::timeout(most, tokio::spawn(work)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "an output ended in the middle"),
                Err(_) => tracing::warn!("an output hangs: others are written meanwhile"),
            }
            drop(until);
        }));
    }
}

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Letters,
    Labels,
    Report,
    Pins,
    PinsInClear,
}

impl Wish {
    fn of(command: &BulkCommand) -> Option<(Self, SessionId)> {
        match command {
            BulkCommand::PrintLetters(id) => Some((Self::Letters, *id)),
            BulkCommand::PrintLabels(id) => Some((Self::Labels, *id)),
            BulkCommand::WriteReport(id) => Some((Self::Report, *id)),
            BulkCommand::ExportPins(id) => Some((Self::Pins, *id)),
            BulkCommand::ExportPinsInClear(id) => Some((Self::PinsInClear, *id)),
            _ => None,
        }
    }

    fn gives_pins(self) -> bool {
        matches!(self, Self::Letters | Self::Pins | Self::PinsInClear)
    }

    fn act(self) -> Option<Act> {
        match self {
            Self::Labels | Self::Report => None,
            Self::Letters => Some(Act::RevealPin),
            Self::Pins | Self::PinsInClear => Some(Act::ExportPins),
        }
    }
}

/// For whom and by whom, and where to.
struct Order {
    tenant: String,
    operator: String,
    organisation: String,
    folder: PathBuf,
    outputs: OutputSettings,
    now: Timestamp,
}

/// What is on the disk now, and what was left out or went wrong beside it.
#[derive(Default)]
struct Done {
    written: Vec<Written>,
    problems: Vec<Problem>,
}

struct Written {
    what: Output,
    path: PathBuf,
    /// Letters, labels, rows.
    count: usize,
}

async fn write(ports: &Ports, wish: Wish, session: SessionId) -> Done {
    let order = Order {
        tenant: ports.tenant.name.clone(),
        operator: ports.tenant.operator.clone(),
        organisation: organisation(ports),
        folder: ports.rules.folder.clone(),
        outputs: ports.rules.outputs.clone(),
        now: Timestamp::now(),
    };
    let done =
        ports.journal.call(move |journal| Ok(carry_out(journal, session, wish, &order))).await;
    done.unwrap_or_else(|error| Done::failed(error.problem()))
}

async fn tell(ports: &Ports, session: SessionId, done: Done) {
    for Written { what, path, count } in done.written {
        let event = BulkEvent::Written { session: Some(session), what, path, count };
        ports.teller.tell(Event::Bulk(event)).await;
    }
    for problem in done.problems {
        ports.teller.tell(Event::Problem(problem)).await;
    }
}

fn carry_out(journal: &Journal, session: SessionId, wish: Wish, order: &Order) -> Done {
    let session = match journal.session(session) {
        Ok(session) if session.tenant == order.tenant => session,
        Ok(_) | Err(JournalError::NoSession) => return Done::failed(no_session()),
        Err(error) => return Done::failed(error.problem()),
    };
    let work = Work { journal, order, session: &session };
    let done = match wish {
        Wish::Letters => work.letters(),
        Wish::Labels => work.labels(),
        Wish::Report => work.report(),
        Wish::Pins => work.pins(),
        Wish::PinsInClear => work.pins_in_clear(),
    };
    done.unwrap_or_else(Done::failed)
}

struct Work<'a> {
    journal: &'a Journal,
    order: &'a Order,
    session: &'a StoredSession,
}

impl Work<'_> {
    fn letters(&self) -> Result<Done, Problem> {
        let keys = self.sealed()?;
        let mut run = LetterRun::new().map_err(|error| error.problem())?;
        let date = self.order.now.to_zoned(TimeZone::system()).date();
        let mut opened = Opened::default();
        for key in &keys {
            let Some(pin) = self.open(key, &mut opened).map_err(|error| error.problem())? else {
                continue;
            };
            let intent = &key.stored.intent;
            let letter = Letter {
                enrolment: key.stored.id,
                name: &intent.person.display_name,
                upn: &intent.person.upn,
                organisation: &self.order.organisation,
                serial: intent.key.serial.as_deref(),
                pin: &pin,
                first_use: first_use(key.stored),
                date,
            };
            run.add(&letter).map_err(|error| error.problem())?;
        }
        if run.count() == 0 {
            return Err(opened.problem());
        }
        let count = run.count();
        let path = run.write(&self.order.folder.join("letters")).map_err(|e| e.problem())?;
        let detail = format!("{}, {}", counted(count, "letter"), name_of(&path));
        let written = Written { what: Output::Letters, path, count };
        Ok(self.delivered(written, Action::LettersWritten, detail, opened))
    }

    fn labels(&self) -> Result<Done, Problem> {
        let mut run = LabelRun::new().map_err(|error| error.problem())?;
        let keys = keys_of(self.session);
        for key in keys.iter().filter(|key| key.leaves()) {
            let intent = &key.stored.intent;
            let label = Label {
                enrolment: key.stored.id,
                name: &intent.person.display_name,
                organisation: &self.order.organisation,
                serial: intent.key.serial.as_deref(),
            };
            run.add(&label).map_err(|error| error.problem())?;
        }
        if run.count() == 0 {
            return Err(no_key());
        }
        let count = run.count();
        let path = run.write(&self.order.folder.join("labels")).map_err(|e| e.problem())?;
        let detail = format!("{}, {}", counted(count, "label"), name_of(&path));
        let mut done = Done::with(Written { what: Output::Labels, path, count });
        done.note(self.history(Action::LabelsWritten, detail));
        Ok(done)
    }

    /// The list and the paper; the one is there even where the other can't be written.
    fn report(&self) -> Result<Done, Problem> {
        let rows = report::rows(self.journal, self.session).map_err(|error| error.problem())?;
        let zoned = |at: Timestamp| at.to_zoned(TimeZone::system());
        let report = Report {
            organisation: &self.order.organisation,
            tenant: &self.session.tenant,
            begun: zoned(self.session.begun_at),
            ended: self.session.ended_at.map(zoned),
            rows: &rows,
        };
        let folder = self.order.folder.join("reports");
        let mut done = Done::default();
        for written in [report.write_csv(&folder), report.write_pdf(&folder)] {
            match written {
                Ok(path) => {
                    done.note(self.history(Action::ReportWritten, name_of(&path)));
                    done.written.push(Written { what: Output::Report, path, count: rows.len() });
                }
                Err(error) => done.problems.push(error.problem()),
            }
        }
        Ok(done)
    }

    fn pins(&self) -> Result<Done, Problem> {
        let recipients = Recipients::parse(&self.order.outputs.age_recipients);
        let recipients = recipients.map_err(|error| error.problem())?;
        let to = format!("to {}", counted(recipients.count(), "recipient"));
        self.export((Output::Pins, &to), |folder, rows| pins::write(folder, &recipients, rows))
    }

    fn pins_in_clear(&self) -> Result<Done, Problem> {
        self.export((Output::PinsInClear, "in clear text"), |folder, rows| {
            pins::write_in_clear(folder, rows)
        })
    }

    fn export(
        &self,
        (what, how): (Output, &str),
        write: impl FnOnce(
            &Path,
            &mut dyn Iterator<Item = Result<PinRow, JournalError>>,
        ) -> Result<PathBuf, PinsError<JournalError>>,
    ) -> Result<Done, Problem> {
        let keys = self.sealed()?;
        let mut opened = Opened::default();
        let mut rows = keys.iter().filter_map(|key| match self.open(key, &mut opened) {
            Ok(pin) => Some(Ok(row(key, pin?))),
            Err(error) => Some(Err(error)),
        });
        // A file without any PIN is none.
        let Some(first) = rows.next() else {
            drop(rows);
            return Err(opened.problem());
        };
        let mut rows = std::iter::once(first).chain(rows);
        let written = write(&self.order.folder, &mut rows);
        drop(rows);
        let path = written.map_err(|error| match error {
            PinsError::Output(error) => error.problem(),
            PinsError::Source(error) => error.problem(),
        })?;
        let count = opened.given.len();
        let detail = format!("{} {how}, {}", counted(count, "PIN"), name_of(&path));
        let written = Written { what, path, count };
        Ok(self.delivered(written, Action::PinsExported, detail, opened))
    }

    /// Keys that leave, and whose PIN nobody was given yet, or may be given again.
    fn sealed(&self) -> Result<Vec<KeyOf<'_>>, Problem> {
        let again = self.order.outputs.purge_pins == PurgePins::Keep;
        let mut keys = keys_of(self.session);
        keys.retain(|key| key.leaves() && key.has_pin() && (again || !key.stored.pin_given));
        if keys.is_empty() { Err(no_pin()) } else { Ok(keys) }
    }

    /// The key's PIN; nothing where only this one can't be opened any more.
    fn open(&self, key: &KeyOf<'_>, opened: &mut Opened) -> Result<Option<Pin>, JournalError> {
        let id = key.stored.id;
        match self.journal.reveal_pin(id, &self.order.operator, self.order.now) {
            Ok(pin) => {
                opened.given.push(id);
                // A key that is not activated yet may need its PIN once more.
                if key.method_id().is_some() {
                    opened.to_purge.push(id);
                }
                Ok(Some(pin))
            }
            Err(
                error @ (JournalError::PinLost(_)
                | JournalError::PinAltered(_)
                | JournalError::PinPurged(_)
                | JournalError::NoPin(_)),
            ) => {
                opened.lost.push((key.stored.intent.person.upn.clone(), error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The file is on the disk: the history says so, and the PINs in it are purged by policy.
    fn delivered(&self, written: Written, action: Action, detail: String, opened: Opened) -> Done {
        let mut done = Done::with(written);
        if !opened.lost.is_empty() {
            done.problems.push(opened.problem());
        }
        let noted = self.history(action, detail);
        let is_noted = noted.is_ok();
        done.note(noted);
        if is_noted {
            done.note(self.given(opened));
        }
        done
    }

    fn given(&self, opened: Opened) -> Result<(), JournalError> {
        let purges = self.order.outputs.purge_pins == PurgePins::WhenWritten;
        // Before it is noted that they were given: what is given is not offered for purging again.
        if purges {
            self.journal.purge_pins(&opened.to_purge, &self.order.operator, self.order.now)?;
        }
        let ended = self.journal.pins_given(&opened.given, self.order.now)?;
        // A key may have been activated meanwhile.
        match purges {
            true => self.journal.purge_pins(&ended, &self.order.operator, self.order.now),
            false => Ok(()),
        }
    }

    fn history(&self, action: Action, detail: String) -> Result<(), JournalError> {
        let entry = Entry {
            tenant: self.order.tenant.clone(),
            operator: self.order.operator.clone(),
            action,
            subject: "session".into(),
            serial: None,
            detail,
        };
        self.journal.audit(&entry, self.order.now)
    }
}

/// PINs that were unsealed for one file.
#[derive(Default)]
struct Opened {
    given: Vec<EnrolmentId>,
    to_purge: Vec<EnrolmentId>,
    /// Whose can't be, and why.
    lost: Vec<(String, JournalError)>,
}

impl Opened {
    fn problem(&self) -> Problem {
        let names: Vec<&str> =
            self.lost.iter().take(MOST_NAMES).map(|(upn, _)| upn.as_str()).collect();
        let more = self.lost.len().saturating_sub(names.len());
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let details =
            self.lost.iter().map(|(upn, error)| Detail::new("journal", format!("{upn}: {error}")));
        Problem {
            what: format!(
                "{} can't be opened any more: {}{more}",
                counted(self.lost.len(), "PIN"),
                names.join(", ")
            ),
            next: "Take these keys back, reset them, and give these people new ones".into(),
            details: details.collect(),
        }
    }
}

impl Done {
    fn with(written: Written) -> Self {
        Self { written: vec![written], problems: Vec::new() }
    }

    fn failed(problem: Problem) -> Self {
        Self { written: Vec::new(), problems: vec![problem] }
    }

    fn note(&mut self, noted: Result<(), JournalError>) {
        if let Err(error) = noted {
            self.problems.push(error.problem());
        }
    }
}

fn row(key: &KeyOf<'_>, pin: Pin) -> PinRow {
    let intent = &key.stored.intent;
    PinRow {
        upn: intent.person.upn.clone(),
        method_id: key.method_id().unwrap_or_default().to_owned(),
        serial: intent.key.serial.clone(),
        pin,
    }
}

fn counted(count: usize, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn no_key() -> Problem {
    Problem {
        what: "No key of this session is finished yet".into(),
        next: "Finish a key first".into(),
        details: Vec::new(),
    }
}

fn no_pin() -> Problem {
    Problem {
        what: "No PIN of this session is sealed any more".into(),
        next: "Look for the letters or the exported file in the output folder".into(),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
