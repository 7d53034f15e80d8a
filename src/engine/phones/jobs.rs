//! Plans and jobs on the station.

use super::event::{JobLine, JobState, PhonesEvent};
use super::lists::send;
use super::live::{LiveJob, PhonesNews, shown_state};
use super::notices::Notices;
use super::planning::Plan;
use super::runner::{JobNews, Over, Runner, Wanted};
use super::undo::undo_plan;
use crate::access::Act;
use crate::engine::Event;
use crate::engine::access::{HELPDESK, Permits};
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::journal::{PhoneJobFacts, PhoneJobId, StoredPhoneJob};
use crate::phones::{NumberText, PlanOptions};
use crate::problem::{Explain, Problem};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, watch};

/// News of a job that may wait for the station.
const NEWS: usize = 64;
/// Jobs in the list.
const MOST_JOBS: u32 = 200;

impl Station {
    pub(super) async fn make_phone_plan(&mut self, mut options: PlanOptions) {
        let Some(ports) = self.connected().await else { return };
        options.only_countries =
            bounded(options.only_countries, &ports.rules.phones.only_countries);
        let Some(listed) = self.phones.listed.clone() else {
            return self.tell_phones(PhonesEvent::NotPlanned(nobody_read())).await;
        };
        self.phones.stop_reading();
        self.phones.plan = None;
        let (edition, news) = (self.phones.edition, self.phones_news.clone());
        let of = listed.list.rows.len();
        self.tell_phones(PhonesEvent::Planning { done: 0, of }).await;
        self.phones.works_on(tokio::spawn(async move {
            let told = planning(news.clone(), edition, of);
            let source = listed.shown.source.clone();
            let directory = &*ports.tenant.directory;
            let plan = Plan::make(directory, source, &listed.list, options, told).await;
            let what = plan.map_err(|error| error.problem());
            send(&news, PhonesNews::Planned { edition, what }).await;
        }));
    }

    pub(super) async fn plan_phone_undo(&mut self, id: PhoneJobId) {
        let Some(ports) = self.connected().await else { return };
        let job = match self.phone_job_here(&ports, id).await {
            Ok(job) => job,
            Err(problem) => return self.tell_phones(PhonesEvent::NotPlanned(problem)).await,
        };
        self.phones.stop_reading();
        self.phones.plan = None;
        let (edition, news) = (self.phones.edition, self.phones_news.clone());
        let of = job.rows.len();
        self.tell_phones(PhonesEvent::Planning { done: 0, of }).await;
        self.phones.works_on(tokio::spawn(async move {
            let told = planning(news.clone(), edition, of);
            let plan = undo_plan(&*ports.tenant.directory, &job, told).await;
            let what = plan.map_err(|error| error.problem());
            send(&news, PhonesNews::Planned { edition, what }).await;
        }));
    }

    /// A job of the tenant in use; one of another tenant is not known here.
    pub(super) async fn phone_job_here(
        &self,
        ports: &Ports,
        id: PhoneJobId,
    ) -> Result<StoredPhoneJob, Problem> {
        let job = ports.journal.call(move |journal| journal.phone_job(id)).await;
        let job = job.map_err(|error| error.problem())?;
        if job.facts.tenant != ports.tenant.name {
            return Err(crate::journal::JournalError::NoSuchPhoneJob.problem());
        }
        Ok(job)
    }

    pub(super) async fn phones_planned(&mut self, what: Result<Plan, Problem>) {
        match what {
            Ok(mut plan) => {
                self.phones.plans += 1;
                plan.number(self.phones.plans);
                let shown = Arc::clone(&plan.shown);
                self.phones.plan = Some(plan);
                self.tell_phones(PhonesEvent::Plan(Some(shown))).await;
            }
            Err(problem) => self.tell_phones(PhonesEvent::NotPlanned(problem)).await,
        }
    }

    pub(super) async fn correct_phone_row(&mut self, edition: u64, row: usize, number: NumberText) {
        let Some(plan) = &mut self.phones.plan else { return };
        if plan.shown.edition != edition {
            return;
        }
        let Some(shown) = plan.correct(row, number) else { return };
        let counts = plan.shown.counts;
        let shown = Box::new(shown);
        self.tell_phones(PhonesEvent::Corrected { row, shown, counts }).await;
    }

    /// Journals the job and begins it.
    pub(super) async fn apply_phone_plan(
        &mut self,
        edition: u64,
        rows: Vec<usize>,
        permits: &Permits,
    ) {
        let Some(ports) = self.connected().await else { return };
        let begun = match permits.demand(Act::ChangePhone) {
            Ok(()) => self.journal_phone_job(&ports, (edition, &rows)).await,
            Err(problem) => Err(problem),
        };
        match begun {
            Ok(job) => {
                self.phones.plan = None;
                self.tell_phones(PhonesEvent::Plan(None)).await;
                self.run_phone_job(ports, job).await;
            }
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    async fn journal_phone_job(
        &self,
        ports: &Arc<Ports>,
        (edition, rows): (u64, &[usize]),
    ) -> Result<StoredPhoneJob, Problem> {
        let tenant = ports.tenant.name.clone();
        let open = ports.journal.call(move |journal| journal.open_phone_job(&tenant)).await;
        if open.map_err(|error| error.problem())?.is_some() {
            return Err(job_is_open());
        }
        let plan = self.phones.plan.as_ref().ok_or_else(nothing_planned)?;
        if plan.shown.edition != edition {
            return Err(another_plan());
        }
        let changes = plan.changes(rows);
        if changes.is_empty() {
            return Err(nothing_planned());
        }
        let facts = PhoneJobFacts {
            tenant: ports.tenant.name.clone(),
            operator: ports.tenant.operator.clone(),
            source: plan.shown.source.clone(),
            kind: plan.shown.options.kind,
            undo_of: plan.shown.undo_of,
        };
        ports
            .journal
            .call(move |journal| {
                let id = journal.begin_phone_job(&facts, &changes, Timestamp::now())?;
                journal.phone_job(id)
            })
            .await
            .map_err(|error| error.problem())
    }

    /// Runs what is left of a job, on the screen.
    async fn run_phone_job(&mut self, ports: Arc<Ports>, job: StoredPhoneJob) {
        self.run_phone_job_to(ports, job, Wanted::Go).await;
    }

    async fn run_phone_job_to(&mut self, ports: Arc<Ports>, job: StoredPhoneJob, to: Wanted) {
        let id = job.id;
        let (wanted_in, wanted) = watch::channel(to);
        let (told, mut heard) = mpsc::channel(NEWS);
        self.phones.running.insert(id, wanted_in);
        self.phones.live = Some(LiveJob::new(job.clone(), JobState::Running));
        self.tell_phone_job().await;
        let runner = runner(&ports, job, wanted, told);
        let news = self.phones_news.clone();
        tokio::spawn(runner.run());
        tokio::spawn(async move {
            while let Some(heard) = heard.recv().await {
                send(&news, PhonesNews::Job { id, news: heard }).await;
            }
        });
    }

    /// A job told something.
    pub(super) async fn phone_job_news(&mut self, id: PhoneJobId, news: JobNews) {
        let cancelled = match (&news, self.phones.running.get(&id)) {
            (JobNews::Over(over), Some(wanted)) => {
                *wanted.borrow() == Wanted::Cancel && *over == Over::Paused
            }
            _ => false,
        };
        if matches!(news, JobNews::Over(_)) {
            self.phones.running.remove(&id);
        }
        let Some(live) = self.phones.live.as_mut().filter(|live| live.job.id == id) else { return };
        let now = Instant::now();
        match news {
            JobNews::Rows(rows) => {
                live.take_rows(&rows, now);
                let figures = live.figures(now);
                let rows = rows.iter().map(|(row, state)| (*row, shown_state(state))).collect();
                self.tell_phones(PhonesEvent::Progress { figures, rows }).await;
            }
            JobNews::Waiting { until } => {
                live.state = JobState::Waiting { until };
                self.tell_phone_job().await;
            }
            JobNews::Going => {
                live.state = JobState::Running;
                self.tell_phone_job().await;
            }
            JobNews::Over(over) => {
                let state = match over {
                    Over::Ended => JobState::Ended,
                    Over::Paused => JobState::Paused { needs_proof: false },
                    Over::Cancelled => JobState::Cancelled,
                    Over::Stopped(problem) => JobState::Stopped(problem),
                };
                self.show_phone_job(id, state).await;
                if cancelled {
                    // It was wished after the job had stopped to listen.
                    self.cancel_phone_job().await;
                }
            }
        }
    }

    /// Reads a job anew and shows it.
    async fn show_phone_job(&mut self, id: PhoneJobId, state: JobState) {
        let Some(ports) = self.connected().await else { return };
        match self.phone_job_here(&ports, id).await {
            Ok(job) => {
                self.phones.live = Some(LiveJob::new(job, state));
                self.tell_phone_job().await;
            }
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    async fn tell_phone_job(&mut self) {
        let shown = self.phones.live.as_mut().map(|live| Box::new(live.shown(Instant::now())));
        self.tell_phones(PhonesEvent::Job(shown)).await;
    }

    pub(super) fn want_of_phone_job(&mut self, wanted: Wanted) -> bool {
        let id = self.phones.live.as_ref().map(|live| live.job.id);
        let running = id.and_then(|id| self.phones.running.get(&id));
        running.is_some_and(|running| running.send(wanted).is_ok())
    }

    /// What was not begun is not done.
    pub(super) async fn cancel_phone_job(&mut self) {
        if self.want_of_phone_job(Wanted::Cancel) {
            return;
        }
        let Some(ports) = self.connected().await else { return };
        let Some(id) = self.phones.live.as_ref().map(|live| live.job.id) else { return };
        match self.phone_job_here(&ports, id).await {
            // What was sent is looked at before the job ends.
            Ok(job) if !self.phones.is_running(id) => {
                self.run_phone_job_to(ports, job, Wanted::Cancel).await;
            }
            Ok(_) => {}
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    /// Takes effect behind the rows that are on their way.
    pub(super) async fn pause_phone_job(&mut self) {
        if self.want_of_phone_job(Wanted::Pause) {
            self.phone_job_is(JobState::Pausing).await;
        }
    }

    async fn phone_job_is(&mut self, state: JobState) {
        if let Some(live) = &mut self.phones.live {
            live.state = state;
        }
        self.tell_phone_job().await;
    }

    pub(super) async fn go_on_with_phone_job(&mut self, retry: bool, permits: &Permits) {
        if let Err(problem) = permits.demand(Act::ChangePhone) {
            return self.tell(Event::Problem(problem)).await;
        }
        let Some(ports) = self.connected().await else { return };
        let Some(id) = self.phones.live.as_ref().map(|live| live.job.id) else { return };
        if self.phones.is_running(id) {
            if self.want_of_phone_job(Wanted::Go) {
                self.phone_job_is(JobState::Running).await;
            }
            return;
        }
        if retry
            && let Err(error) =
                ports.journal.call(move |journal| journal.retry_phone_rows(id)).await
        {
            return self.tell_problem(&error).await;
        }
        match self.phone_job_here(&ports, id).await {
            Ok(job) => self.run_phone_job(ports, job).await,
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    pub(super) async fn close_phone_job(&mut self) {
        let runs =
            self.phones.live.as_ref().is_some_and(|live| self.phones.is_running(live.job.id));
        if !runs {
            self.phones.live = None;
            self.tell_phones(PhonesEvent::Job(None)).await;
        }
    }

    pub(super) async fn open_phone_job(&mut self, id: PhoneJobId) {
        let Some(ports) = self.connected().await else { return };
        match self.phone_job_here(&ports, id).await {
            Ok(job) => {
                let state = self.state_of(&job);
                self.phones.live = Some(LiveJob::new(job, state));
                self.tell_phone_job().await;
            }
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    fn state_of(&self, job: &StoredPhoneJob) -> JobState {
        match job.ended_at {
            Some(_) => JobState::Ended,
            None if self.phones.is_running(job.id) => JobState::Running,
            None => JobState::Paused { needs_proof: true },
        }
    }

    pub(super) async fn list_phone_jobs(&mut self) {
        let Some(ports) = self.connected().await else { return };
        let tenant = ports.tenant.name.clone();
        match ports.journal.call(move |journal| journal.phone_jobs(&tenant, MOST_JOBS)).await {
            Ok(jobs) => {
                let line = |job: crate::journal::PhoneJobLine| JobLine {
                    id: job.id,
                    source: job.facts.source,
                    kind: job.facts.kind,
                    undo_of: job.facts.undo_of,
                    operator: job.facts.operator,
                    begun_at: job.begun_at,
                    rows: job.rows,
                    done: job.done,
                    ended: job.ended_at.is_some(),
                };
                self.tell_phones(PhonesEvent::Jobs(jobs.into_iter().map(line).collect())).await;
            }
            Err(error) => self.tell_problem(&error).await,
        }
    }

    /// Shows what an earlier run left of the tenant that was taken into use.
    pub(in crate::engine) async fn take_up_phones(&mut self) {
        self.phones.leave();
        let Some(ports) = self.ports.clone() else { return };
        let offered = ports.tenant.directory.phones().is_some();
        let default_country = ports.rules.phones.default_country.clone().unwrap_or_default();
        self.tell_phones(PhonesEvent::Offered { offered, default_country }).await;
        for nothing in [
            PhonesEvent::Pass(None),
            PhonesEvent::Person(None),
            PhonesEvent::Plan(None),
            PhonesEvent::People(None),
        ] {
            self.tell_phones(nothing).await;
        }
        if !self.may_see(HELPDESK) {
            return self.tell_phones(PhonesEvent::Job(None)).await;
        }
        let tenant = ports.tenant.name.clone();
        let open = ports.journal.call(move |journal| journal.open_phone_job(&tenant)).await;
        match open {
            Ok(Some(id)) => self.open_phone_job(id).await,
            Ok(None) => self.tell_phones(PhonesEvent::Job(None)).await,
            Err(error) => self.tell_problem(&error).await,
        }
    }
}

pub(super) fn runner(
    ports: &Ports,
    job: StoredPhoneJob,
    wanted: watch::Receiver<Wanted>,
    told: mpsc::Sender<JobNews>,
) -> Runner {
    Runner {
        journal: ports.journal.clone(),
        directory: Arc::clone(&ports.tenant.directory),
        operator: ports.tenant.operator.clone(),
        job,
        wanted,
        told,
        notices: notices(ports),
    }
}

pub(super) fn notices(ports: &Ports) -> Notices {
    Notices { from: ports.rules.phones.tell_from.clone(), tenant: ports.tenant.name.clone() }
}

/// Tells how far the directory is; left out where the station is busy.
fn planning(
    news: mpsc::Sender<PhonesNews>,
    edition: u64,
    of: usize,
) -> impl Fn(usize) + Send + Sync {
    move |done| {
        if news.try_send(PhonesNews::Planning { edition, done, of }).is_err() {
            tracing::debug!("progress of a plan was not told");
        }
    }
}

/// The tenant's countries bound what is wished; a wish outside them leaves none but theirs.
fn bounded(wished: Vec<String>, allowed: &[String]) -> Vec<String> {
    let is_allowed =
        |one: &String| allowed.iter().any(|country| country.eq_ignore_ascii_case(one.trim()));
    match (wished.is_empty(), allowed.is_empty()) {
        (_, true) => wished,
        (true, false) => allowed.to_vec(),
        (false, false) => {
            let both: Vec<String> = wished.into_iter().filter(is_allowed).collect();
            if both.is_empty() { allowed.to_vec() } else { both }
        }
    }
}

fn nobody_read() -> Problem {
    Problem {
        what: "Nobody is chosen for the plan".into(),
        next: "Choose a group or a list first".into(),
        details: Vec::new(),
    }
}

fn nothing_planned() -> Problem {
    Problem {
        what: "There is nothing to write".into(),
        next: "Make a plan, and tick at least one row that adds, changes or removes".into(),
        details: Vec::new(),
    }
}

fn another_plan() -> Problem {
    Problem {
        what: "This is not the plan that you confirmed: another one was made meanwhile".into(),
        next: "Look at the plan as it is now, then apply it".into(),
        details: Vec::new(),
    }
}

fn job_is_open() -> Problem {
    Problem {
        what: "Another job of this tenant has not ended".into(),
        next: "Go on with it or cancel it first".into(),
        details: Vec::new(),
    }
}
