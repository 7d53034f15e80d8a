//! The way back from a job: a plan like any other, made of the sealed old values.

use super::facts::facts_now;
use super::planning::Plan;
use crate::directory::{Directory, DirectoryError, PersonId};
use crate::journal::{PhoneRowState, StoredPhoneJob, StoredPhoneRow};
use crate::phones::{Blank, NumberSource, Others, PlanOptions, Planned, plan_undo};

/// Reads everybody whose change had its effect, and decides.
///
/// # Errors
/// What concerns everybody.
pub(in crate::engine) async fn undo_plan(
    directory: &dyn Directory,
    job: &StoredPhoneJob,
    told: impl Fn(usize),
) -> Result<Plan, DirectoryError> {
    let done: Vec<&StoredPhoneRow> =
        job.rows.iter().filter(|row| row.state == PhoneRowState::Done).collect();
    let people = done.iter().map(|row| PersonId(row.person.id.clone())).collect();
    let facts = facts_now(directory, people, told).await?;
    let kind = job.facts.kind;
    let planned: Vec<Planned> =
        done.iter().zip(&facts).map(|(row, facts)| plan_undo(facts, kind, &row.change)).collect();
    let named: Vec<(Box<str>, Box<str>)> = done
        .iter()
        .map(|row| (row.person.display_name.as_str().into(), row.person.upn.as_str().into()))
        .collect();
    let options = PlanOptions {
        kind,
        source: NumberSource::Column("the numbers from before".into()),
        others: Others::Change,
        blank: Blank::Remove,
        default_country: String::new(),
        only_countries: Vec::new(),
        unassigned_too: true,
        disabled_too: true,
        guests_too: true,
    };
    Ok(Plan::of(job.facts.source.clone(), &named, facts, planned, options, Some(job.id)))
}
