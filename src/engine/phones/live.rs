//! What the station has of phones: who is open, what was read, the plan, the job.

use super::event::{JobFigures, JobRow, JobShown, JobState, ListShown, PhonesEvent, RowState};
use super::planning::Plan;
use super::runner::{JobNews, Wanted};
use crate::directory::{Person, PersonId};
use crate::journal::{PhoneJobId, PhoneRowState, StoredPhoneJob, StoredPhoneRow};
use crate::phones::PhoneList;
use crate::problem::Problem;
use crate::secrets::SecretText;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The rate is that of so long.
const RATE_OF: Duration = Duration::from_secs(60);

/// Everything about phones that the station's loop owns.
#[derive(Default)]
pub(in crate::engine) struct Phones {
    pub find: Option<JoinHandle<()>>,
    pub open: Option<Person>,
    pub listed: Option<Arc<Listed>>,
    pub plan: Option<Plan>,
    /// What reads people or asks about them now.
    reading: Option<JoinHandle<()>>,
    /// Tells the answers of an earlier wish from those of this one.
    pub edition: u64,
    /// Tells what is told of people of an earlier tenant.
    pub visit: u64,
    /// Plans that were made so far.
    pub plans: u64,
    pub live: Option<LiveJob>,
    /// Jobs that run, in whichever tenant.
    pub running: HashMap<PhoneJobId, watch::Sender<Wanted>>,
    /// Jobs of one person that run.
    pub ones: Ones,
    /// On the screen, for the slip.
    pub pass: Option<Pass>,
}

/// Jobs of one row that run beside the station's loop; clones share them.
#[derive(Clone, Default)]
pub(in crate::engine) struct Ones(Arc<Mutex<HashSet<PhoneJobId>>>);

impl Ones {
    pub fn begin(&self, id: PhoneJobId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    pub fn end(&self, id: PhoneJobId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    fn has(&self, id: PhoneJobId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
    }
}

/// People that were read.
pub(in crate::engine) struct Listed {
    pub shown: Arc<ListShown>,
    pub list: PhoneList,
}

/// A pass that is shown.
pub(in crate::engine) struct Pass {
    pub person: PersonId,
    /// The directory's id of the pass.
    pub id: String,
    pub name: String,
    pub upn: String,
    pub pass: SecretText,
    pub starts: Timestamp,
    pub ends: Timestamp,
    pub once: bool,
}

/// What jobs of this room tell the station's loop.
pub(in crate::engine) enum PhonesNews {
    Read {
        edition: u64,
        what: Result<Listed, Problem>,
    },
    Planned {
        edition: u64,
        what: Result<Plan, Problem>,
    },
    /// How far the directory is with a plan.
    Planning {
        edition: u64,
        done: usize,
        of: usize,
    },
    Job {
        id: PhoneJobId,
        news: JobNews,
    },
    Pass(Pass),
    /// Of the person who was open then.
    One {
        visit: u64,
        person: Box<Person>,
        event: PhonesEvent,
    },
}

/// The job on the screen.
pub(in crate::engine) struct LiveJob {
    pub job: StoredPhoneJob,
    pub state: JobState,
    ended: VecDeque<(Instant, usize)>,
}

impl Phones {
    /// Ends what is being read; what comes of it is not taken any more.
    pub fn stop_reading(&mut self) {
        self.edition += 1;
        if let Some(job) = self.reading.take() {
            job.abort();
        }
    }

    pub fn works_on(&mut self, job: JoinHandle<()>) {
        self.reading = Some(job);
    }

    /// Nothing of the tenant that was in use is left; what runs goes on by itself.
    pub fn leave(&mut self) {
        self.stop_reading();
        if let Some(find) = self.find.take() {
            find.abort();
        }
        let running = std::mem::take(&mut self.running);
        let (edition, visit, plans) = (self.edition, self.visit + 1, self.plans);
        let ones = self.ones.clone();
        *self = Self { edition, visit, plans, running, ones, ..Self::default() };
    }

    pub fn is_running(&self, id: PhoneJobId) -> bool {
        self.running.contains_key(&id) || self.ones.has(id)
    }
}

impl LiveJob {
    pub fn new(job: StoredPhoneJob, state: JobState) -> Self {
        Self { job, state, ended: VecDeque::new() }
    }

    pub fn take_rows(&mut self, rows: &[(usize, PhoneRowState)], now: Instant) {
        let mut ended = 0;
        for (row, state) in rows {
            if let Some(stored) = self.job.rows.get_mut(*row) {
                stored.state = state.clone();
                ended += usize::from(*state != PhoneRowState::Waiting);
            }
        }
        self.ended.push_back((now, ended));
    }

    pub fn figures(&mut self, now: Instant) -> JobFigures {
        let mut figures = JobFigures { all: self.job.rows.len(), ..JobFigures::default() };
        for row in &self.job.rows {
            *match row.state {
                PhoneRowState::Waiting | PhoneRowState::Begun => &mut figures.waiting,
                PhoneRowState::Done => &mut figures.done,
                PhoneRowState::AlreadySo => &mut figures.already_so,
                PhoneRowState::ChangedMeanwhile => &mut figures.changed_meanwhile,
                PhoneRowState::Failed(_) => &mut figures.failed,
                PhoneRowState::Cancelled => &mut figures.cancelled,
            } += 1;
        }
        let runs = matches!(self.state, JobState::Running | JobState::Waiting { .. });
        if self.job.ended_at.is_some() {
            // What was begun and is not known counts as failed until it is retried.
            let begun = |row: &&StoredPhoneRow| row.state == PhoneRowState::Begun;
            let unknown = self.job.rows.iter().filter(begun).count();
            figures.waiting -= unknown;
            figures.failed += unknown;
        }
        figures.rows_per_second = self.rate(now).filter(|_| runs);
        figures.seconds_left = figures
            .rows_per_second
            .filter(|rate| *rate > 0.0)
            .map(|rate| (figures.waiting as f64 / rate).ceil() as u64);
        figures
    }

    /// Rows per second of the last minute; nothing before there are two moments to tell it from.
    fn rate(&mut self, now: Instant) -> Option<f64> {
        while let Some((at, _)) = self.ended.front()
            && now.duration_since(*at) > RATE_OF
        {
            self.ended.pop_front();
        }
        let (first, behind) = (self.ended.front()?, self.ended.iter().skip(1));
        let seconds = now.duration_since(first.0).as_secs_f64();
        let rows: usize = behind.map(|(_, rows)| rows).sum();
        (seconds >= 0.5 && rows > 0).then(|| rows as f64 / seconds)
    }

    pub fn shown(&mut self, now: Instant) -> JobShown {
        let figures = self.figures(now);
        let StoredPhoneJob { id, facts, begun_at, ended_at, rows } = &self.job;
        let rows = rows.iter().map(|row| JobRow {
            name: row.person.display_name.as_str().into(),
            upn: row.person.upn.as_str().into(),
            change: row.change.clone(),
            state: shown_state(&row.state),
        });
        JobShown {
            id: *id,
            source: facts.source.clone(),
            kind: facts.kind,
            undo_of: facts.undo_of,
            operator: facts.operator.clone(),
            begun_at: *begun_at,
            ended_at: *ended_at,
            state: self.state.clone(),
            rows: Arc::new(rows.collect()),
            figures,
        }
    }
}

pub(super) fn shown_state(state: &PhoneRowState) -> RowState {
    match state {
        PhoneRowState::Waiting => RowState::Waiting,
        PhoneRowState::Begun => RowState::Begun,
        PhoneRowState::Done => RowState::Done,
        PhoneRowState::AlreadySo => RowState::AlreadySo,
        PhoneRowState::ChangedMeanwhile => RowState::ChangedMeanwhile,
        PhoneRowState::Cancelled => RowState::Cancelled,
        PhoneRowState::Failed(reason) => {
            let (what, next) = reason.split_once(". ").unwrap_or((reason, "Retry failed rows"));
            RowState::Failed(Problem {
                what: what.to_owned(),
                next: next.to_owned(),
                details: Vec::new(),
            })
        }
    }
}
