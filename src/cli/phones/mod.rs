//! `keydesk phones`: plans and jobs for schedulers.

mod arguments;
mod lines;

pub(super) use arguments::PhonesJob;

use super::secret::read_secret;
use crate::engine::{
    PhonesMode, PhonesRefusal, PhonesSummary, PhonesTask, PhonesTold, RefusalKind,
    UnattendedPhones, phone_jobs, run_phones, sign_phone_request,
};
use crate::problem::Problem;
use crate::settings::Paths;
use arguments::{Apply, Sign, Wanted};
use lines::{Lines, say};
use std::path::Path;
use std::process::ExitCode;

/// Rows that could not be, or a directory that does not answer.
const NOT_ALL: u8 = 1;
/// Usage or settings.
const SETTINGS: u8 = 2;
const REFUSED: u8 = 3;
const IN_THE_WAY: u8 = 4;

pub(super) fn run(paths: Paths, job: PhonesJob) -> ExitCode {
    match job {
        PhonesJob::Plan { wanted, tenant } => match planned(wanted, PhonesMode::DryRun) {
            Ok(task) => work(paths, tenant, task),
            Err(problem) => told(SETTINGS, &problem),
        },
        PhonesJob::Apply(apply) => {
            let tenant = apply.tenant.clone();
            match to_apply(apply) {
                Ok(task) => work(paths, tenant, task),
                Err(problem) => told(SETTINGS, &problem),
            }
        }
        PhonesJob::Undo { job, write, tenant } => {
            work(paths, tenant, PhonesTask::Undo { job, mode: mode(write) })
        }
        PhonesJob::Jobs { tenant } => jobs(paths, tenant.as_deref()),
        PhonesJob::Sign(sign) => signed(paths, sign),
    }
}

fn to_apply(apply: Apply) -> Result<PhonesTask, Problem> {
    let mode = mode(apply.write);
    if apply.resume {
        return Ok(PhonesTask::Resume { mode });
    }
    match apply.request {
        Some(path) => {
            let file = path.file_name().map(|name| name.to_string_lossy().into_owned());
            Ok(PhonesTask::Request { bytes: read(&path)?, file: file.unwrap_or_default(), mode })
        }
        None => planned(apply.wanted, mode),
    }
}

fn planned(wanted: Wanted, mode: PhonesMode) -> Result<PhonesTask, Problem> {
    let (people, wish) = wanted.read()?;
    Ok(PhonesTask::Apply { people, wish, mode })
}

fn mode(write: bool) -> PhonesMode {
    if write { PhonesMode::Write } else { PhonesMode::DryRun }
}

fn work(paths: Paths, tenant: Option<String>, task: PhonesTask) -> ExitCode {
    let dry_run = matches!(
        &task,
        PhonesTask::Apply { mode: PhonesMode::DryRun, .. }
            | PhonesTask::Request { mode: PhonesMode::DryRun, .. }
            | PhonesTask::Resume { mode: PhonesMode::DryRun }
            | PhonesTask::Undo { mode: PhonesMode::DryRun, .. }
    );
    let what = UnattendedPhones { paths, tenant, operator: operator(), task };
    let mut lines = Lines::default();
    let done = run_phones(what, &mut |told| match told {
        PhonesTold::Note(text) => say(&text),
        PhonesTold::Row(row) => lines.row(&row),
    });
    match done {
        Ok(None) => {
            say("No job of this tenant was cut: there is nothing to go on with");
            ExitCode::SUCCESS
        }
        Ok(Some(summary)) => {
            let code = code(&summary, dry_run);
            lines.summary(&summary, dry_run, code);
            lines::words(&summary, dry_run).iter().for_each(|line| say(line));
            ExitCode::from(code)
        }
        Err(refusal) => refused(&refusal),
    }
}

fn code(summary: &PhonesSummary, dry_run: bool) -> u8 {
    if summary.is_whole(dry_run) { 0 } else { NOT_ALL }
}

fn jobs(paths: Paths, tenant: Option<&str>) -> ExitCode {
    match phone_jobs(paths, tenant) {
        Ok(jobs) => {
            let mut lines = Lines::default();
            jobs.iter().for_each(|job| lines.job(job));
            ExitCode::SUCCESS
        }
        Err(refusal) => refused(&refusal),
    }
}

fn signed(paths: Paths, sign: Sign) -> ExitCode {
    let key = match sign.key_from_stdin.then(read_secret).transpose() {
        Ok(key) => key,
        Err(reason) => {
            say(&reason);
            return ExitCode::from(SETTINGS);
        }
    };
    let payload = match read(&sign.payload) {
        Ok(payload) => payload,
        Err(problem) => return told(SETTINGS, &problem),
    };
    match sign_phone_request(paths, sign.tenant.as_deref(), key, &payload) {
        Ok(request) => {
            super::print(&request);
            ExitCode::SUCCESS
        }
        Err(refusal) => refused(&refusal),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|error| Problem {
        what: format!("{} can't be read: {error}", path.display()),
        next: "Check that the file is there and that you may read it".into(),
        details: Vec::new(),
    })
}

fn refused(refusal: &PhonesRefusal) -> ExitCode {
    let code = match refusal.kind {
        RefusalKind::Settings => SETTINGS,
        RefusalKind::Refused => REFUSED,
        RefusalKind::InTheWay => IN_THE_WAY,
        RefusalKind::NotNow => NOT_ALL,
    };
    told(code, &refusal.problem)
}

fn told(code: u8, problem: &Problem) -> ExitCode {
    say(&problem.what);
    say(&problem.next);
    for detail in &problem.details {
        say(&format!("  {}: {}", detail.name, detail.value));
    }
    ExitCode::from(code)
}

/// As the history names it: a scheduler gives hardly any environment.
fn operator() -> String {
    let host = first_line("/proc/sys/kernel/hostname")
        .or_else(|| first_line("/etc/hostname"))
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .unwrap_or_else(|| "this computer".into());
    format!("keydesk phones ({}@{})", user(), host)
}

fn user() -> String {
    let named = |name: &str| std::env::var(name).ok().filter(|user| !user.is_empty());
    account()
        .or_else(|| named("LOGNAME"))
        .or_else(|| named("USER"))
        .or_else(|| named("USERNAME"))
        .unwrap_or_else(|| "somebody".into())
}

/// Of the process itself: an environment can say anything.
#[cfg(unix)]
fn account() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let id = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == id).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn account() -> Option<String> {
    None
}

fn first_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
}
