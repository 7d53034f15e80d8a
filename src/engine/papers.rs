//! What the operator takes to hand a key over: the PIN on screen, the letter, the label.

use super::Event;
use super::access::{Permits, SESSIONS};
use super::audit::note_paper;
use super::bulk::past;
use super::ports::{Ports, off_the_network};
use super::run::{LetterOfRun, Message, RunHandle, Shown};
use super::station::Station;
use super::system_open::system_open;
use crate::access::Act;
use crate::enrolment::{Ceremony, EnrolmentId, FirstUse, Intent, Outcome};
use crate::journal::{Action, Journal, JournalError, StoredEnrolment};
use crate::outputs::label::Label;
use crate::outputs::letter::Letter;
use crate::problem::{Explain, Problem};
use crate::settings::PurgePins;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A letter that takes longer is on a share that does not answer, and may never come.
const LETTER_HANGS: Duration = Duration::from_secs(60);

impl Station {
    /// Opens the vault for the operator; the history says so.
    pub(super) async fn reveal_pin(&mut self, id: EnrolmentId, permits: &Permits) {
        let Some(ports) = self.connected().await else { return };
        if let Err(problem) = permits.demand(Act::RevealPin) {
            return self.tell(Event::Problem(problem)).await;
        }
        let operator = ports.tenant.operator.clone();
        let now = jiff::Timestamp::now();
        let opened =
            ports.journal.call(move |journal| journal.reveal_pin(id, &operator, now)).await;
        match opened {
            Ok(pin) => {
                self.delivered(id);
                self.tell(Event::PinRevealed { id, pin }).await;
            }
            Err(error) => self.tell_problem(&error).await,
        }
    }

    pub(super) async fn write_letter(&mut self, id: EnrolmentId, permits: &Permits) {
        let Some(ports) = self.connected().await else { return };
        if let Err(problem) = permits.demand(Act::RevealPin) {
            return self.tell(Event::Problem(problem)).await;
        }
        let (run, sees_sessions) = (self.runs.get(&id), self.may_see(SESSIONS));
        let shown = run.map(|run| run.shown.clone());
        let of_run = run.map(RunHandle::letter);
        let run = of_run.as_ref().map(LetterOfRun::run);
        self.write_in_turn((LETTER_HANGS, of_run), async move {
            let told = async {
                let paper = letter(&ports, id).await?;
                if run.is_some_and(|run| !run.send(Message::Delivered)) {
                    tracing::info!(enrolment = %id.0, "delivered after the run had ended");
                }
                paper_written(&ports, (id, shown.as_ref()), Action::LetterWritten, paper).await;
                given(&ports, id).await.map_err(|error| error.problem())
            };
            if let Err(problem) = told.await {
                ports.teller.tell(Event::Problem(problem)).await;
            }
            if sees_sessions {
                past::tell(&ports).await;
            }
        });
    }

    /// No other file waits for it, nor it for any: it holds no secret.
    pub(super) async fn write_label(&mut self, id: EnrolmentId) {
        let Some(ports) = self.connected().await else { return };
        let shown = self.runs.get(&id).map(|run| run.shown.clone());
        tokio::spawn(async move {
            match label(&ports, id).await {
                Ok(paper) => {
                    let of = (id, shown.as_ref());
                    paper_written(&ports, of, Action::LabelWritten, paper).await;
                }
                Err(problem) => ports.teller.tell(Event::Problem(problem)).await,
            }
        });
    }

    fn delivered(&self, id: EnrolmentId) {
        if let Some(run) = self.runs.get(&id)
            && !run.send(Message::Delivered)
        {
            tracing::info!(enrolment = %id.0, "delivered after the run had ended");
        }
    }

    /// Opens a page of a tenant's login service in the browser.
    pub(super) fn open_page(&self, address: String) {
        self.hand_over_to_system(address, |_| Problem {
            what: "No browser can be opened here".into(),
            next: "Copy the link into a browser of your choice".into(),
            details: Vec::new(),
        });
    }

    /// Opens a file with the system's program for it.
    pub(super) fn open(&self, path: PathBuf) {
        self.hand_over_to_system(path, |target| Problem {
            what: "No program of this computer opens the file".into(),
            next: format!("Open it with one of your choice: {}", target.to_string_lossy()),
            details: Vec::new(),
        });
    }

    fn hand_over_to_system(
        &self,
        target: impl Into<OsString>,
        problem: impl FnOnce(&OsStr) -> Problem + Send + 'static,
    ) {
        let (teller, target) = (self.teller.clone(), target.into());
        tokio::spawn(async move {
            if let Err(error) = system_open(target.clone()).await {
                tracing::info!(kind = %error.kind(), "nothing opens a file or page");
                teller.tell(Event::Problem(problem(&target))).await;
            }
        });
    }
}

/// The file is there whether or not its row can be written, so it is told in any case.
async fn paper_written(
    ports: &Ports,
    (id, shown): (EnrolmentId, Option<&Shown>),
    action: Action,
    paper: Paper,
) {
    let noted = note_paper(ports, action, &paper.intent, &paper.path).await;
    let event = Event::FileWritten { id, path: paper.path };
    match shown {
        Some(shown) => shown.tell(event).await,
        None => ports.teller.tell(event).await,
    }
    if let Err(error) = noted {
        ports.teller.tell(Event::Problem(error.problem())).await;
    }
}

/// Writes the label of a key and says so in the history.
pub(super) async fn write_label(ports: &Arc<Ports>, id: EnrolmentId) -> Result<(), Problem> {
    let paper = label(ports, id).await?;
    let noted = note_paper(ports, Action::LabelWritten, &paper.intent, &paper.path).await;
    noted.map_err(|error| error.problem())
}

/// A file that was written, and for whom.
struct Paper {
    intent: Intent,
    path: PathBuf,
}

async fn letter(ports: &Arc<Ports>, id: EnrolmentId) -> Result<Paper, Problem> {
    let operator = ports.tenant.operator.clone();
    let now = jiff::Timestamp::now();
    let (stored, pin) = ports
        .journal
        .call(move |journal| Ok((journal.load(id)?, journal.reveal_pin(id, &operator, now)?)))
        .await
        .map_err(|error| error.problem())?;
    let first_use = first_use(&stored);
    let (intent, place) = (stored.intent, Place::of(ports, "letters"));
    off_the_network(move || {
        let letter = Letter {
            enrolment: id,
            name: &intent.person.display_name,
            upn: &intent.person.upn,
            organisation: &place.organisation,
            serial: intent.key.serial.as_deref(),
            pin: &pin,
            first_use,
            date: jiff::Zoned::now().date(),
        };
        letter.write(&place.folder).map(|path| Paper { intent, path })
    })
    .await
    .map_err(|error| error.problem())
}

/// What the key asks for at first use, as far as its journal can be read.
pub(super) fn first_use(stored: &StoredEnrolment) -> FirstUse {
    let replayed = Ceremony::replay(stored.intent.clone(), &stored.records);
    replayed.map_or(stored.intent.plan.first_use, |ceremony| ceremony.first_use())
}

async fn label(ports: &Arc<Ports>, id: EnrolmentId) -> Result<Paper, Problem> {
    let stored = ports.journal.call(move |journal| journal.load(id)).await;
    let intent = stored.map_err(|error| error.problem())?.intent;
    let place = Place::of(ports, "labels");
    off_the_network(move || {
        let label = Label {
            enrolment: id,
            name: &intent.person.display_name,
            organisation: &place.organisation,
            serial: intent.key.serial.as_deref(),
        };
        label.write(&place.folder).map(|path| Paper { intent, path })
    })
    .await
    .map_err(|error| error.problem())
}

/// Where papers go and whose they are.
struct Place {
    folder: PathBuf,
    organisation: String,
}

impl Place {
    fn of(ports: &Ports, kind: &str) -> Self {
        Self { folder: ports.rules.folder.join(kind), organisation: organisation(ports) }
    }
}

/// The PIN is on paper: it is not printed with others any more and, where the settings say so and
/// the key is in its person's hand, it is purged.
async fn given(ports: &Arc<Ports>, id: EnrolmentId) -> Result<(), JournalError> {
    let (operator, purge) = (ports.tenant.operator.clone(), ports.rules.outputs.purge_pins);
    let now = jiff::Timestamp::now();
    let given = ports.journal.call(move |journal| {
        let purge_if_needed_no_more = || match purge {
            PurgePins::WhenWritten if is_handed_over(journal, id)? => {
                journal.purge_pin(id, &operator, now)
            }
            PurgePins::WhenWritten | PurgePins::Keep => Ok(()),
        };
        // Before it is noted that it was given, which a kill may follow; and behind it, as the key
        // may have been handed over meanwhile.
        purge_if_needed_no_more()?;
        journal.pins_given(&[id], now)?;
        purge_if_needed_no_more()
    });
    given.await
}

fn is_handed_over(journal: &Journal, id: EnrolmentId) -> Result<bool, JournalError> {
    let stored = journal.load(id)?;
    let replayed = Ceremony::replay(stored.intent, &stored.records);
    Ok(replayed
        .is_ok_and(|ceremony| matches!(ceremony.outcome(), Some(Outcome::HandedOver { .. }))))
}

/// Whose papers they are: as the settings say, else the tenant's name.
pub(super) fn organisation(ports: &Ports) -> String {
    match ports.rules.outputs.organisation.as_str() {
        "" => ports.tenant.name.clone(),
        organisation => organisation.to_owned(),
    }
}
