//! Compares journal, directory and the keys that are in: every person of a session has exactly
//! what the session says. Nothing is written anywhere.

mod compare;
mod finding;
mod gather;
mod run;

pub use finding::{AuditReport, Finding, FindingKind};
pub use run::{AuditRequest, run_audit};

use super::ports::off_the_network;
use crate::bulk::SessionId;
use crate::directory::{Directory, PersonId};
use crate::key::KeyFacts;
use crate::problem::Problem;
use crate::secrets::Secrets;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a session is looked for, and with what it is compared.
#[derive(Clone)]
pub struct AuditPlace {
    /// Data folder of the journal.
    pub folder: PathBuf,
    /// Has the vault's key; without it, PINs and the history's end are not checked.
    pub secrets: Secrets,
    pub tenant: String,
    /// The tenant's newest when absent.
    pub session: Option<SessionId>,
    /// Keys that are plugged in.
    pub keys: Vec<KeyFacts>,
    /// Those that have not told who they are, or can't.
    pub mute_keys: usize,
}

/// Compares a session. While it is open, what does not agree is looked at a second time, because
/// journal and directory can't be read at the same moment.
///
/// # Errors
/// Where nothing could be compared.
pub async fn audit(
    place: AuditPlace,
    directory: Option<Arc<dyn Directory>>,
) -> Result<AuditReport, Problem> {
    let mut gathered = read(&place).await?;
    let mut answers = false;
    if let Some(directory) = &directory {
        let people = gather::people(&gathered);
        answers = gather::ask(directory, people, &mut gathered).await;
        if answers {
            let others = gather::other_holders(&gathered);
            answers = gather::ask(directory, others, &mut gathered).await;
        }
    }
    let mut findings = compare::compare(&gathered);
    if let Some(directory) = &directory
        && gathered.session.ended_at.is_none()
        && !findings.is_empty()
    {
        let passkeys = std::mem::take(&mut gathered.passkeys);
        let doubtful = people_in(&gathered, &findings);
        let earlier = std::mem::take(&mut gathered.unchecked);
        gathered = read(&place).await?;
        gathered.passkeys = passkeys;
        // What the journal says now is compared with what was answered, where nothing is any more.
        if answers {
            gather::ask(directory, doubtful, &mut gathered).await;
        }
        gathered.unchecked.extend(earlier);
        gathered.unchecked.dedup();
        let still = compare::compare(&gathered);
        let was_there = |found: &Finding| findings.iter().any(|of| of.is_the_same_as(found));
        findings = still.into_iter().filter(was_there).collect();
    }
    gathered.unchecked.extend(keys_not_compared(compare::keys_untold(&gathered)));
    gathered.unchecked.extend(keys_mute(place.mute_keys));
    Ok(AuditReport {
        session: gathered.session.id,
        tenant: gathered.session.tenant.clone(),
        operator: gathered.session.operator.clone(),
        begun_at: gathered.session.begun_at,
        ended_at: gathered.session.ended_at,
        people: gathered.session.entries.len(),
        keys: compare::keys_expected(&gathered),
        keys_in: compare::keys_in(&gathered),
        findings,
        unchecked: gathered.unchecked,
    })
}

/// Of keys that are in, and that may be somebody's.
fn keys_not_compared(so_many: usize) -> Option<Problem> {
    let what = match so_many {
        0 => return None,
        1 => "1 key that is in was not compared: it tells no serial, or not the one that was typed"
            .to_owned(),
        more => format!(
            "{more} keys that are in were not compared: they tell no serial, or not the ones that \
             were typed"
        ),
    };
    let next =
        "A key that shows its serial only by its smart card tells it when it is in alone".into();
    Some(Problem { what, next, details: Vec::new() })
}

fn keys_mute(so_many: usize) -> Option<Problem> {
    let what = match so_many {
        0 => return None,
        1 => "1 key that is in can't be read: it was not compared".to_owned(),
        more => format!("{more} keys that are in can't be read: they were not compared"),
    };
    let next = "Close other programs that use it, or put it in again, then check once more".into();
    Some(Problem { what, next, details: Vec::new() })
}

/// Which session is compared, before anything else is asked for.
async fn session_there(place: &AuditPlace) -> Result<SessionId, Problem> {
    let place = place.clone();
    off_the_network(move || gather::session_there(&place)).await
}

async fn read(place: &AuditPlace) -> Result<gather::Gathered, Problem> {
    let place = place.clone();
    off_the_network(move || gather::of_journal(&place)).await
}

fn people_in(gathered: &gather::Gathered, findings: &[Finding]) -> BTreeSet<PersonId> {
    let entries = gathered.session.entries.iter();
    entries
        .filter(|entry| findings.iter().any(|finding| finding.who == entry.person.upn))
        .map(|entry| entry.person.person_id())
        .collect()
}
