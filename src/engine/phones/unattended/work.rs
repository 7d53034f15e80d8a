//! The tasks, one short function each.

use super::carry::Carry;
use super::people::{self, PeopleFrom};
use super::place::Place;
use super::refusal::PhonesRefusal;
use super::request;
use super::signals::Signals;
use super::told::{JobEnd, PhonesSummary, PhonesTold, RowTold, Tally};
use crate::directory::Directory;
use crate::engine::phones::JobLine;
use crate::engine::phones::lines::{is_fault, plan_line, result_line};
use crate::engine::phones::planning::Plan;
use crate::engine::phones::undo::undo_plan;
use crate::engine::ports::JournalPort;
use crate::journal::{Look, PhoneJobFacts, PhoneJobId, PhoneJobLine, StoredPhoneJob};
use crate::phones::{PhoneList, PlanWish, RequestKey, sign_request};
use crate::problem::Problem;
use crate::secrets::SecretText;
use crate::settings::Paths;
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// Jobs in the list.
const MOST_JOBS: u32 = 200;

/// What is to be done, and where.
pub struct UnattendedPhones {
    pub paths: Paths,
    /// The one in use when absent.
    pub tenant: Option<String>,
    /// As the history names whoever runs it.
    pub operator: String,
    pub task: PhonesTask,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhonesTask {
    Apply {
        people: PeopleFrom,
        wish: PlanWish,
        mode: PhonesMode,
    },
    /// A signed request; `file` names it in the history.
    Request {
        bytes: Vec<u8>,
        file: String,
        mode: PhonesMode,
    },
    /// What is left of the job that has not ended.
    Resume {
        mode: PhonesMode,
    },
    Undo {
        job: PhoneJobId,
        mode: PhonesMode,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhonesMode {
    /// Says what it would do.
    DryRun,
    Write,
}

/// Does one task to its end. `told` hears of each row once. The answer is nothing where there was
/// no job to go on with.
///
/// # Errors
/// Nothing was written.
pub fn run_phones(
    what: UnattendedPhones,
    told: &mut dyn FnMut(PhonesTold),
) -> Result<Option<PhonesSummary>, PhonesRefusal> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| {
        PhonesRefusal::settings(Problem {
            what: format!("Keydesk can't start its work: {error}"),
            next: "Close other programs and try again".into(),
            details: Vec::new(),
        })
    })?;
    let done = runtime.block_on(do_task(what, told));
    // What was aborted is not waited for: it stands in the journal as begun.
    runtime.shutdown_background();
    done
}

/// Jobs of a tenant that were done here, newest first; also beside a window.
///
/// # Errors
/// Settings without that tenant; no journal.
pub fn phone_jobs(paths: Paths, tenant: Option<&str>) -> Result<Vec<JobLine>, PhonesRefusal> {
    let data = paths.data.clone();
    let place = Place::find(paths, tenant, String::new())?;
    let look = Look::open(&data, &place.secrets)?;
    let jobs = look.phone_jobs(&place.tenant.name, MOST_JOBS)?;
    Ok(jobs.into_iter().map(line).collect())
}

/// The signed request of a payload, for the tenant of the settings. `key` in place of the one in
/// the keyring.
///
/// # Errors
/// No key, or a payload that would be refused.
pub fn sign_phone_request(
    paths: Paths,
    tenant: Option<&str>,
    key: Option<SecretText>,
    payload: &[u8],
) -> Result<String, PhonesRefusal> {
    let place = Place::find(paths, tenant, String::new())?;
    let key = match key {
        Some(key) => RequestKey::new(&key)?,
        None => request::key(&place.secrets, &place.tenant.name)?,
    };
    Ok(sign_request(payload, &key, &place.tenant.name, Uuid::new_v4(), Timestamp::now())?)
}

async fn do_task(
    what: UnattendedPhones,
    told: &mut dyn FnMut(PhonesTold),
) -> Result<Option<PhonesSummary>, PhonesRefusal> {
    let UnattendedPhones { paths, tenant, operator, task } = what;
    let place = Place::find(paths, tenant.as_deref(), operator)?;
    match task {
        PhonesTask::Apply { people, wish, mode } => {
            place.may_change_phones()?;
            let journal = open_to_write(&place, mode).await?;
            let directory = place.directory().await?;
            let listed = people::read(&*directory, people).await?;
            listed.shown.remarks.iter().for_each(|remark| told(note(remark)));
            let source = listed.shown.source.clone();
            let plan = make(&place, &*directory, source, &listed.list, wish).await?;
            finish(&place, directory, journal, plan, told).await.map(Some)
        }
        PhonesTask::Request { bytes, file, mode } => {
            let journal = place.journal().await?;
            let done = of_request(&place, &journal, &bytes, &file, mode, told).await;
            if let Err(refusal) = &done
                && let Some(why) = request::note_refusal(&place, &journal, &file, refusal).await
            {
                told(PhonesTold::Note("The refusal does not stand in the history".into()));
                told(note(&why));
            }
            done.map(Some)
        }
        PhonesTask::Resume { mode } => {
            place.may_change_phones()?;
            if mode == PhonesMode::Write {
                place.may_write()?;
            }
            resume(&place, mode, told).await
        }
        PhonesTask::Undo { job, mode } => {
            place.may_change_phones()?;
            undo(&place, job, mode, told).await.map(Some)
        }
    }
}

/// The journal, where something is to be written and nothing is in the way.
async fn open_to_write(
    place: &Place,
    mode: PhonesMode,
) -> Result<Option<JournalPort>, PhonesRefusal> {
    if mode == PhonesMode::DryRun {
        return Ok(None);
    }
    place.may_write()?;
    let journal = place.journal().await?;
    place.nothing_is_open(&journal).await?;
    Ok(Some(journal))
}

async fn make(
    place: &Place,
    directory: &dyn Directory,
    source: String,
    list: &PhoneList,
    wish: PlanWish,
) -> Result<Plan, PhonesRefusal> {
    let options = place.options(wish);
    Ok(Plan::make(directory, source, list, options, |_| ()).await?)
}

async fn of_request(
    place: &Place,
    journal: &JournalPort,
    bytes: &[u8],
    file: &str,
    mode: PhonesMode,
    told: &mut dyn FnMut(PhonesTold),
) -> Result<PhonesSummary, PhonesRefusal> {
    let opened = request::open(place, journal, bytes).await?;
    place.may_change_phones()?;
    if mode == PhonesMode::Write {
        place.may_write()?;
        place.nothing_is_open(journal).await?;
    }
    let directory = place.directory().await?;
    let source = format!("Request {}", opened.id);
    let plan = make(place, &*directory, source, &opened.list, opened.wish).await?;
    match mode {
        PhonesMode::DryRun => finish(place, directory, None, plan, told).await,
        PhonesMode::Write => {
            request::take(place, journal, opened.id, file).await?;
            finish(place, directory, Some(journal.clone()), plan, told).await
        }
    }
}

async fn undo(
    place: &Place,
    id: PhoneJobId,
    mode: PhonesMode,
    told: &mut dyn FnMut(PhonesTold),
) -> Result<PhonesSummary, PhonesRefusal> {
    if mode == PhonesMode::Write {
        place.may_write()?;
    }
    // Also for a dry run: the numbers from before are in it, sealed.
    let journal = place.journal().await?;
    let job = place.job(&journal, id).await?;
    if mode == PhonesMode::Write {
        place.nothing_is_open(&journal).await?;
    }
    let directory = place.directory().await?;
    let plan = undo_plan(&*directory, &job, |_| ()).await?;
    let journal = Some(journal).filter(|_| mode == PhonesMode::Write);
    finish(place, directory, journal, plan, told).await
}

/// Tells the plan, and carries it out where there is a journal for it.
async fn finish(
    place: &Place,
    directory: Arc<dyn Directory>,
    journal: Option<JournalPort>,
    plan: Plan,
    told: &mut dyn FnMut(PhonesTold),
) -> Result<PhonesSummary, PhonesRefusal> {
    let shown = Arc::clone(&plan.shown);
    let kind = shown.options.kind;
    let mut summary = PhonesSummary {
        tenant: place.tenant.name.clone(),
        source: shown.source.clone(),
        kind,
        undo_of: shown.undo_of,
        counts: Some(shown.counts),
        faults: 0,
        job: None,
    };
    for (place, row) in shown.rows.iter().enumerate() {
        if let Err(left_out) = &row.planned.decision {
            summary.faults += usize::from(is_fault(left_out));
        }
        // What is written is told when it is known what came of it.
        if journal.is_none() || row.planned.decision.is_err() {
            let line = plan_line(row, kind, shown.read_at);
            told(PhonesTold::Row(RowTold { no: place + 1, line }));
        }
    }
    let rows = plan.all();
    let Some(journal) = journal.filter(|_| !rows.is_empty()) else { return Ok(summary) };
    let signals = Signals::listen()?;
    let changes = plan.changes(&rows);
    let facts = PhoneJobFacts {
        tenant: place.tenant.name.clone(),
        operator: place.operator.clone(),
        source: shown.source.clone(),
        kind,
        undo_of: shown.undo_of,
    };
    let job = journal
        .call(move |journal| {
            let id = journal.begin_phone_job(&facts, &changes, Timestamp::now())?;
            journal.phone_job(id)
        })
        .await?;
    told(PhonesTold::Note(format!("Job {}: {} changes", job.id.text(), job.rows.len())));
    let numbers = rows.iter().map(|place| place + 1).collect();
    let carry = Carry { place, directory, journal, signals, numbers };
    summary.job = Some(carry.run(job, told).await);
    Ok(summary)
}

async fn resume(
    place: &Place,
    mode: PhonesMode,
    told: &mut dyn FnMut(PhonesTold),
) -> Result<Option<PhonesSummary>, PhonesRefusal> {
    // Also for a dry run: what is left is in it, sealed.
    let journal = place.journal().await?;
    let Some(id) = place.open_job(&journal).await? else { return Ok(None) };
    let job = place.job(&journal, id).await?;
    let facts = job.facts.clone();
    let end = match mode {
        PhonesMode::DryRun => left_of(&job, told),
        PhonesMode::Write => {
            let directory = place.directory().await?;
            let signals = Signals::listen()?;
            told(PhonesTold::Note(format!("Goes on with job {}", id.text())));
            let numbers = (1..=job.rows.len()).collect();
            Carry { place, directory, journal, signals, numbers }.run(job, told).await
        }
    };
    Ok(Some(PhonesSummary {
        tenant: facts.tenant,
        source: facts.source,
        kind: facts.kind,
        undo_of: facts.undo_of,
        counts: None,
        faults: 0,
        job: Some(end),
    }))
}

/// Tells the rows that a job would go on with.
fn left_of(job: &StoredPhoneJob, told: &mut dyn FnMut(PhonesTold)) -> JobEnd {
    let rows = job.rows.iter().enumerate();
    for (place, row) in rows.filter(|(_, row)| !row.state.is_end()) {
        let line = result_line(row, job.facts.kind);
        told(PhonesTold::Row(RowTold { no: place + 1, line }));
    }
    JobEnd { id: job.id, tally: Tally::of(job), ended_at: job.ended_at, stopped: None }
}

fn note(problem: &Problem) -> PhonesTold {
    PhonesTold::Note(format!("{}. {}", problem.what, problem.next))
}

fn line(job: PhoneJobLine) -> JobLine {
    JobLine {
        id: job.id,
        source: job.facts.source,
        kind: job.facts.kind,
        undo_of: job.facts.undo_of,
        operator: job.facts.operator,
        begun_at: job.begun_at,
        rows: job.rows,
        done: job.done,
        ended: job.ended_at.is_some(),
    }
}
