//! Files of this room: the plan, the results, the slip with a pass.

use super::lines::{here, plan_line, result_line};
use super::live::Pass;
use super::{PhonesCommand, PhonesEvent, PhonesFile};
use crate::engine::Event;
use crate::engine::papers::organisation;
use crate::engine::ports::{Ports, off_the_network};
use crate::engine::station::Station;
use crate::journal::{Action, Entry, StoredPhoneJob};
use crate::outputs::OutputError;
use crate::outputs::pass_slip::PassSlip;
use crate::outputs::phones::{PhoneLine, PhoneTable, PhoneTableKind};
use crate::problem::{Explain, Problem};
use jiff::{Timestamp, Zoned};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders below the tenant's own.
const LISTS: &str = "phones";
const SLIPS: &str = "passes";

impl Station {
    pub(super) async fn write_phone_file(&mut self, wish: PhonesCommand) {
        let Some(ports) = self.connected().await else { return };
        match wish {
            PhonesCommand::PrintPass => self.print_pass(&ports).await,
            PhonesCommand::ExportPlan => {
                let written = self.export_plan(&ports).await;
                self.list_written(PhonesFile::Plan, written).await;
            }
            PhonesCommand::WriteResults => {
                let written = self.write_results(&ports).await;
                self.list_written(PhonesFile::Results, written).await;
            }
            _ => {}
        }
    }

    /// The slip is there whether or not its row can be written, so it is told in any case.
    async fn print_pass(&self, ports: &Ports) {
        let Some(pass) = &self.phones.pass else {
            return self.tell(Event::Problem(no_pass())).await;
        };
        let path = match write_slip(ports, pass).await {
            Ok(path) => path,
            Err(error) => return self.tell_problem(&error).await,
        };
        let noted = note_slip(ports, pass, &path).await;
        self.tell_phones(PhonesEvent::Written { what: PhonesFile::PassSlip, path, count: 1 }).await;
        if let Err(problem) = noted {
            self.tell(Event::Problem(problem)).await;
        }
    }

    async fn export_plan(&self, ports: &Ports) -> Result<(PathBuf, usize), Problem> {
        let plan = self.phones.plan.as_ref().ok_or_else(no_plan)?;
        let (shown, folder) = (Arc::clone(&plan.shown), ports.rules.folder.join(LISTS));
        let count = shown.rows.len();
        let written = off_the_network(move || {
            let line = |row| plan_line(row, shown.options.kind, shown.read_at);
            let lines: Vec<PhoneLine> = shown.rows.iter().map(line).collect();
            write_list(PhoneTableKind::Plan, shown.read_at, &lines, &folder)
        });
        Ok((written.await.map_err(|error| error.problem())?, count))
    }

    /// As the journal has them: what is on the screen may be behind.
    async fn write_results(&self, ports: &Ports) -> Result<(PathBuf, usize), Problem> {
        let id = self.phones.live.as_ref().map(|live| live.job.id).ok_or_else(no_job)?;
        let job = self.phone_job_here(ports, id).await?;
        let (count, folder) = (job.rows.len(), ports.rules.folder.join(LISTS));
        let written = off_the_network(move || write_job(&job, &folder)).await;
        Ok((written.map_err(|error| error.problem())?, count))
    }

    async fn list_written(&self, what: PhonesFile, written: Result<(PathBuf, usize), Problem>) {
        match written {
            Ok((path, count)) => self.tell_phones(PhonesEvent::Written { what, path, count }).await,
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }
}

fn write_job(job: &StoredPhoneJob, folder: &Path) -> Result<PathBuf, OutputError> {
    let lines: Vec<PhoneLine> =
        job.rows.iter().map(|row| result_line(row, job.facts.kind)).collect();
    write_list(PhoneTableKind::Results, job.begun_at, &lines, folder)
}

fn write_list(
    what: PhoneTableKind,
    begun: Timestamp,
    lines: &[PhoneLine],
    folder: &Path,
) -> Result<PathBuf, OutputError> {
    PhoneTable { what, begun: here(begun), lines }.write(folder)
}

async fn write_slip(ports: &Ports, pass: &Pass) -> Result<PathBuf, OutputError> {
    let (folder, organisation) = (ports.rules.folder.join(SLIPS), organisation(ports));
    let (name, upn, text) = (pass.name.clone(), pass.upn.clone(), pass.pass.duplicate());
    let (starts, ends, once) = (here(pass.starts), here(pass.ends), pass.once);
    off_the_network(move || {
        let slip = PassSlip {
            name: &name,
            upn: &upn,
            organisation: &organisation,
            pass: &text,
            starts,
            ends,
            once,
            now: Zoned::now(),
        };
        slip.write(&folder)
    })
    .await
}

async fn note_slip(ports: &Ports, pass: &Pass, path: &Path) -> Result<(), Problem> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let entry = Entry {
        tenant: ports.tenant.name.clone(),
        operator: ports.tenant.operator.clone(),
        action: Action::PassSlipWritten,
        subject: pass.upn.clone(),
        serial: None,
        detail: file.unwrap_or_default(),
    };
    let noted = ports.journal.call(move |journal| journal.audit(&entry, Timestamp::now())).await;
    noted.map_err(|error| error.problem())
}

fn no_pass() -> Problem {
    Problem {
        what: "No pass is on the screen".into(),
        next: "Issue one: a pass can be printed only while it is shown".into(),
        details: Vec::new(),
    }
}

fn no_plan() -> Problem {
    Problem {
        what: "There is no plan to write".into(),
        next: "Make a plan first".into(),
        details: Vec::new(),
    }
}

fn no_job() -> Problem {
    Problem {
        what: "There are no results to write".into(),
        next: "Open the job first".into(),
        details: Vec::new(),
    }
}
