//! Who has a key, by what the journal says of its serial.

use crate::enrolment::{Ceremony, EnrolmentId, Left, Outcome, Step};
use crate::journal::{Journal, JournalError};

/// Who has a key that another tenant's people were given here: names are no other tenant's business.
pub(super) const OF_ANOTHER_TENANT: &str = "somebody of another tenant";
/// Enrolments of one key that are looked at.
const MOST: u32 = 1_500;

/// A key is somebody's, whichever tenant is in use when it comes in again.
pub(super) fn others(journal: &Journal, tenant: &str) -> Result<Vec<String>, JournalError> {
    let mut tenants = journal.tenants()?;
    tenants.retain(|other| other != tenant);
    Ok(tenants)
}

/// Who has the key of this serial, or is to get it, in this tenant or, without a name, in another; what
/// the enrolment `besides` did does not count. Those who may have it besides come after the last.
pub(in crate::engine) fn holders(
    journal: &Journal,
    tenant: &str,
    serial: &str,
    besides: Option<EnrolmentId>,
) -> Result<Vec<String>, JournalError> {
    let mut holders = holders_in(journal, tenant, serial, besides)?;
    for other in others(journal, tenant)? {
        if !holders_in(journal, &other, serial, besides)?.is_empty() {
            holders.push(OF_ANOTHER_TENANT.to_owned());
            break;
        }
    }
    Ok(holders)
}

/// A reset has ended what was finished before it was begun; whom the key was handed over to last is told
/// all the same.
fn holders_in(
    journal: &Journal,
    tenant: &str,
    serial: &str,
    besides: Option<EnrolmentId>,
) -> Result<Vec<String>, JournalError> {
    let (mut holders, mut reset_since) = (Vec::new(), None);
    for stored in journal.with_serial((tenant, serial), MOST)? {
        let (id, upn) = (stored.id, stored.intent.person.upn.clone());
        let is_over =
            reset_since.is_some_and(|since| stored.finished_at.is_some_and(|at| at <= since));
        // Whose serial was typed may not be this key.
        let reset_at = stored.intent.key.tells_serial().then_some(stored.begun_at);
        let Ok(ceremony) = Ceremony::replay(stored.intent, &stored.records) else { continue };
        let is_new = Some(id) != besides && !is_over && !holders.contains(&upn);
        if is_new && is_somebodys(journal, id, &ceremony)? {
            holders.push(upn);
        }
        if ceremony.is_done(Step::Reset) {
            reset_since = reset_since.or(reset_at);
        }
    }
    holders.extend(journal.holder_of(tenant, serial)?.filter(|last| !holders.contains(last)));
    Ok(holders)
}

/// Somebody is to get a key once it was written to for them.
fn is_somebodys(
    journal: &Journal,
    id: EnrolmentId,
    ceremony: &Ceremony,
) -> Result<bool, JournalError> {
    Ok(match ceremony.outcome() {
        None => ceremony.is_done(Step::Pin) || ceremony.made().is_some(),
        Some(Outcome::HandedOver { .. }) => !journal.is_taken_back(id)?,
        Some(given_up) => leaves_passkey(given_up),
    })
}

/// A passkey works that was left in the directory as its enrolment ended.
pub(super) fn leaves_passkey(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::HandedOver { .. } => false,
        Outcome::RolledBack { left, .. } | Outcome::Abandoned { left, .. } => {
            left.iter().any(|left| matches!(left, Left::DirectoryMethod { .. }))
        }
    }
}
