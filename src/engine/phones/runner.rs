//! Carries a job out, row by row: each row is in the journal before it is sent, and what became of
//! it after. The same for a window and for a scheduler; whoever runs it may be killed at any time
//! and runs it again.

use super::facts::{facts_now, not_offered, problem_of};
use super::notices::Notices;
use crate::directory::{
    ChangeOutcome, Directory, DirectoryError, PersonId, PhoneChange, PhoneChanged,
};
use crate::engine::ports::JournalPort;
use crate::journal::{PhoneRowState, StoredPhoneJob, StoredPhoneRow};
use crate::phones::{NumberText, PhoneFacts, PhoneKind, PhoneNumber};
use crate::problem::{Explain, Problem};
use futures_util::StreamExt;
use jiff::Timestamp;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Rows on their way at once; a stop takes effect behind them.
const AT_ONCE: usize = 200;
/// Mails on their way at once.
const MAILS_AT_ONCE: usize = 4;
/// Outcomes that may wait for us.
const CHUNK: usize = 50;
/// A row whose effect can't be read is asked about so often before the job stops.
const ROUNDS: u32 = 3;
/// Between those.
const PAUSE: Duration = Duration::from_secs(5);
/// A row nobody can tell of any more.
const NOT_KNOWN: &str = "Whether this was done is not known. Look at the person";

/// What whoever watches wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) enum Wanted {
    #[default]
    Go,
    Pause,
    Cancel,
}

/// What a running job tells.
#[derive(Debug)]
pub(in crate::engine) enum JobNews {
    /// Rows that came to an end, or wait again.
    Rows(Vec<(usize, PhoneRowState)>),
    /// The directory asked to wait until then.
    Waiting { until: Timestamp },
    /// It goes on after that.
    Going,
    /// Its last word.
    Over(Over),
}

/// How a run came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Over {
    Ended,
    Paused,
    Cancelled,
    /// For a reason that concerns all rows; those that were begun are looked at next time.
    Stopped(Problem),
}

/// One run of a job.
pub(in crate::engine) struct Runner {
    pub journal: JournalPort,
    pub directory: Arc<dyn Directory>,
    /// Who does it, as the history names them.
    pub operator: String,
    pub job: StoredPhoneJob,
    pub wanted: watch::Receiver<Wanted>,
    pub told: mpsc::Sender<JobNews>,
    pub notices: Notices,
}

impl Runner {
    /// Until nothing is left to be done, or it is stopped.
    pub(in crate::engine) async fn run(mut self) {
        let over = match self.work().await {
            Ok(over) => over,
            Err(problem) => Over::Stopped(problem),
        };
        self.tell(JobNews::Over(over)).await;
    }

    async fn work(&mut self) -> Result<Over, Problem> {
        let mut line = self.line();
        let mut sent: HashSet<usize> = self.in_state(PhoneRowState::Begun).collect();
        self.tell_people().await?;
        let mut unsure_rounds = 0;
        loop {
            let wanted = *self.wanted.borrow();
            match wanted {
                Wanted::Go => {}
                Wanted::Pause => return Ok(Over::Paused),
                Wanted::Cancel => {
                    line.retain(|row| sent.contains(row));
                    self.settle(line.make_contiguous()).await?;
                    return self.end(Over::Cancelled).await;
                }
            }
            if line.is_empty() {
                return self.end(Over::Ended).await;
            }
            let some: Vec<usize> = line.drain(..line.len().min(AT_ONCE)).collect();
            let left = self.carry_out(&some, &sent).await?;
            self.tell_people().await?;
            sent.extend(&left.unsure);
            // Ahead of all others: the directory is asked to say what became of them.
            let is_stuck = !left.unsure.is_empty() && left.unsure.len() == some.len();
            left.unsure.iter().rev().for_each(|row| line.push_front(*row));
            left.again.iter().for_each(|row| line.push_back(*row));
            if is_stuck {
                unsure_rounds += 1;
                if unsure_rounds == ROUNDS {
                    return Err(left.problem.unwrap_or_else(unsure));
                }
                self.pause_for(PAUSE).await;
            }
            if let Some(wait) = left.resume_in {
                self.wait(wait).await;
            }
        }
    }

    /// Before the end of a job: rows that were begun are looked at, and nothing is written. Of whom
    /// the directory does not tell, such as somebody who is gone, the row says so: a job must end.
    async fn settle(&self, rows: &[usize]) -> Result<(), Problem> {
        if rows.is_empty() {
            return Ok(());
        }
        let stored: Vec<_> =
            rows.iter().filter_map(|row| Some((*row, self.job.rows.get(*row)?))).collect();
        let people = stored.iter().map(|(_, row)| PersonId(row.person.id.clone())).collect();
        let facts = facts_now(&*self.directory, people, |_| ()).await;
        let facts = facts.map_err(|error| error.problem())?;
        let kind = self.job.facts.kind;
        let states = stored.iter().zip(&facts);
        let states = states.map(|((row, stored), facts)| (*row, looked_at(facts, kind, stored)));
        self.write_down(states.collect()).await?;
        self.tell_people().await
    }

    /// What became of rows: into the journal, then to whoever watches.
    async fn write_down(&self, states: Vec<(usize, PhoneRowState)>) -> Result<(), Problem> {
        if states.is_empty() {
            return Ok(());
        }
        let (job, operator, kept) = (self.job.id, self.operator.clone(), states.clone());
        let notices = self.notices.are_on();
        self.journal
            .call(move |journal| {
                journal.end_phone_rows(job, &operator, &kept, notices, Timestamp::now())
            })
            .await
            .map_err(|error| error.problem())?;
        self.tell(JobNews::Rows(states)).await;
        Ok(())
    }

    /// Rows that were begun first: what became of them is not known.
    fn line(&self) -> VecDeque<usize> {
        self.in_state(PhoneRowState::Begun).chain(self.in_state(PhoneRowState::Waiting)).collect()
    }

    fn in_state(&self, state: PhoneRowState) -> impl Iterator<Item = usize> {
        let rows = self.job.rows.iter().enumerate();
        rows.filter(move |(_, row)| row.state == state).map(|(place, _)| place)
    }

    /// Some rows, at once. What was `sent` before and has its effect had it from us.
    async fn carry_out(&self, rows: &[usize], sent: &HashSet<usize>) -> Result<Left, Problem> {
        let (job, begun) = (self.job.id, rows.to_vec());
        self.journal
            .call(move |journal| journal.begin_phone_rows(job, &begun))
            .await
            .map_err(|error| error.problem())?;
        let changes = rows.iter().filter_map(|row| self.change(*row, sent.contains(row))).collect();
        let directory = Arc::clone(&self.directory);
        let phones = directory.phones().ok_or_else(|| not_offered().problem())?;
        let (to, outcomes) = mpsc::channel(CHUNK);
        let (asked, kept) =
            tokio::join!(phones.change_phones(changes, to), self.keep(outcomes, sent));
        let left = kept?;
        asked.map_err(|error| error.problem()).map(|()| left)
    }

    fn change(&self, row: usize, perhaps: bool) -> Option<PhoneChange> {
        let stored = self.job.rows.get(row)?;
        Some(PhoneChange {
            place: row,
            person: PersonId(stored.person.id.clone()),
            kind: self.job.facts.kind,
            before: stored.change.before().cloned(),
            after: stored.change.after().cloned(),
            perhaps,
        })
    }

    /// Writes down what became of rows as it comes.
    async fn keep(
        &self,
        mut outcomes: mpsc::Receiver<PhoneChanged>,
        sent: &HashSet<usize>,
    ) -> Result<Left, Problem> {
        let (mut some, mut left) = (Vec::new(), Left::default());
        while outcomes.recv_many(&mut some, CHUNK).await > 0 {
            let states: Vec<_> = some
                .drain(..)
                .filter_map(|PhoneChanged { place, outcome }| {
                    let before = self.job.rows.get(place)?.change.before();
                    Some((place, left.judge((place, before), outcome, sent.contains(&place))?))
                })
                .collect();
            self.write_down(states).await?;
        }
        Ok(left)
    }

    /// A mail that can't be sent keeps nobody's number from being changed.
    pub(in crate::engine) async fn tell_people(&self) -> Result<(), Problem> {
        if !self.notices.are_on() {
            return Ok(());
        }
        let (journal, job) = (&self.journal, self.job.id);
        let due = journal
            .call(move |journal| journal.due_notices(job))
            .await
            .map_err(|error| error.problem())?;
        let kind = self.job.facts.kind;
        let sent = futures_util::stream::iter(due).map(|notice| async move {
            let told = self.notices.send(&*self.directory, kind, &notice).await;
            journal.call(move |journal| journal.noticed(job, &notice, told, Timestamp::now())).await
        });
        let kept: Vec<_> = sent.buffer_unordered(MAILS_AT_ONCE).collect().await;
        kept.into_iter().collect::<Result<(), _>>().map_err(|error| error.problem())
    }

    async fn end(&self, over: Over) -> Result<Over, Problem> {
        let (job, operator) = (self.job.id, self.operator.clone());
        self.journal
            .call(move |journal| journal.end_phone_job(job, &operator, Timestamp::now()))
            .await
            .map_err(|error| error.problem())?;
        Ok(over)
    }

    async fn wait(&mut self, wait: Duration) {
        let until = Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX);
        self.tell(JobNews::Waiting { until }).await;
        self.pause_for(wait).await;
        self.tell(JobNews::Going).await;
    }

    /// Ends early when something else is wanted.
    async fn pause_for(&mut self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            // Whoever watched is gone: it is as if nothing else was wanted.
            wanted = changed(&mut self.wanted) => {
                if wanted.is_none() {
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    async fn tell(&self, news: JobNews) {
        if self.told.send(news).await.is_err() {
            tracing::debug!("nobody watches the phone job any more");
        }
    }
}

/// What is wanted instead of going on; nothing when nobody will ever say.
async fn changed(wanted: &mut watch::Receiver<Wanted>) -> Option<Wanted> {
    let other = wanted.wait_for(|wanted| *wanted != Wanted::Go).await;
    other.ok().map(|wanted| *wanted)
}

/// What is not over after a part of the rows.
#[derive(Default)]
struct Left {
    /// May have its effect.
    unsure: Vec<usize>,
    /// Was refused for the moment; nothing was written.
    again: Vec<usize>,
    resume_in: Option<Duration>,
    problem: Option<Problem>,
}

impl Left {
    /// The state to write down; nothing where the row stays begun. `ours`: it was sent before.
    fn judge(
        &mut self,
        (row, before): (usize, Option<&PhoneNumber>),
        outcome: ChangeOutcome,
        ours: bool,
    ) -> Option<PhoneRowState> {
        Some(match outcome {
            ChangeOutcome::Written => PhoneRowState::Done,
            ChangeOutcome::AlreadySo if ours => PhoneRowState::Done,
            ChangeOutcome::AlreadySo => PhoneRowState::AlreadySo,
            ChangeOutcome::ChangedMeanwhile { .. } => PhoneRowState::ChangedMeanwhile,
            ChangeOutcome::Failed(DirectoryError::Throttled { resume_in, .. }) => {
                self.again.push(row);
                self.resume_in = self.resume_in.max(Some(resume_in));
                if ours {
                    return None;
                }
                PhoneRowState::Waiting
            }
            ChangeOutcome::Failed(error) => PhoneRowState::Failed(in_words(&problem_of(&error))),
            // Taken, and shown as before: it may still come.
            ChangeOutcome::NotTaken { now } if is(now.as_ref(), before) => {
                self.unsure.push(row);
                self.problem = Some(not_shown());
                return None;
            }
            ChangeOutcome::NotTaken { .. } => PhoneRowState::ChangedMeanwhile,
            ChangeOutcome::Unsure(error) => {
                self.unsure.push(row);
                if let DirectoryError::Throttled { resume_in, .. } = error {
                    self.resume_in = self.resume_in.max(Some(resume_in));
                }
                self.problem = Some(problem_of(&error));
                return None;
            }
        })
    }
}

/// What became of a row that was begun, by what is registered now.
fn looked_at(facts: &PhoneFacts, kind: PhoneKind, row: &StoredPhoneRow) -> PhoneRowState {
    let PhoneFacts::Known { phones, .. } = facts else {
        return PhoneRowState::Failed(NOT_KNOWN.to_owned());
    };
    let now = phones.iter().find(|phone| phone.kind == kind).map(|phone| &phone.number);
    if is(now, row.change.after()) {
        PhoneRowState::Done
    } else if is(now, row.change.before()) {
        PhoneRowState::Cancelled
    } else {
        PhoneRowState::ChangedMeanwhile
    }
}

/// Whether what is registered is this number, or none.
fn is(now: Option<&NumberText>, number: Option<&PhoneNumber>) -> bool {
    match (now, number) {
        (None, None) => true,
        (Some(now), Some(number)) => PhoneNumber::from_international(now).as_ref() == Ok(number),
        _ => false,
    }
}

fn not_shown() -> Problem {
    Problem {
        what: "The directory took some changes and still shows the numbers from before".into(),
        next: "Go on in some minutes: each is looked at before anything is written".into(),
        details: Vec::new(),
    }
}

fn in_words(problem: &Problem) -> String {
    format!("{}. {}", problem.what, problem.next)
}

fn unsure() -> Problem {
    Problem {
        what: "The directory does not tell what became of some changes".into(),
        next: "Go on later: each is looked at before anything is written".into(),
        details: Vec::new(),
    }
}
