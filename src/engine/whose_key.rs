//! Whose key it is: by its serial, or, where it tells none, by the credentials on it that were made at
//! this station.

use super::ports::{OnKey, Ports};
use crate::enrolment::{Ceremony, EnrolmentId, Outcome, Step};
use crate::journal::{Journal, JournalError, OfModel, StoredEnrolment};
use crate::key::{Key, KeyError, KeyFacts};
use crate::webauthn::CredentialId;
use std::collections::BTreeMap;
use std::time::Duration;

/// Who has a key that another tenant's people were given here: names are no other tenant's business.
const OF_ANOTHER_TENANT: &str = "somebody of another tenant";
/// Credentials a key is asked for: three days' work, and what is asked within the time below.
const MOST: u32 = 1_500;
/// A pause before a key that another program uses is asked again.
const WHILE_BUSY: Duration = Duration::from_millis(200);
/// A key that takes longer is not asked on.
const WITHIN: Duration = Duration::from_secs(5);

/// What it told.
pub(super) enum Answer {
    /// It was not asked, or its facts tell enough.
    NotAsked,
    /// It did not tell, or could not be asked.
    Silent,
    /// It was pulled out meanwhile, which is told by itself.
    Gone,
    /// None of what these enrolments made is on it; there may be older ones.
    HoldsNone {
        asked: Vec<EnrolmentId>,
        is_all: bool,
    },
    Holds(Made),
}

/// A credential that was made at this station, and for whom.
pub(super) struct Made {
    pub enrolment: EnrolmentId,
    pub upn: String,
    rp_id: String,
    credential: CredentialId,
}

/// What is known of a used key that may be an enrolment's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Nobody has it, or only the enrolment itself.
    Nobodys,
    Anothers,
    Unknown,
}

impl Answer {
    /// Nothing where the key did not tell all.
    pub fn on_key(&self) -> Option<OnKey> {
        match self {
            Self::Holds(made) => Some(OnKey::Of(made.enrolment)),
            Self::HoldsNone { is_all: true, .. } => Some(OnKey::Nothing),
            Self::HoldsNone { .. } | Self::Silent | Self::Gone | Self::NotAsked => None,
        }
    }
}

/// That nobody was given a serial says little: who has the key may have been written down without it.
pub(super) async fn of_serial(ports: &Ports, serial: String) -> Whose {
    let tenant = ports.tenant.name.clone();
    match ports.journal.call(move |journal| holder(journal, &tenant, &serial)).await {
        Ok(Some(_)) => Whose::Anothers,
        Ok(None) => Whose::Unknown,
        Err(error) => {
            tracing::warn!(%error, "the history could not be asked about a key");
            Whose::Unknown
        }
    }
}

/// Asks a key for the credentials that were made here on its model: without PIN and touch. One that
/// tells its serial is asked only for those whose keys told none. Where it is put in for the reset of an
/// enrolment, it is not asked in vain.
pub(super) async fn ask(
    ports: &Ports,
    key: &Key,
    facts: &KeyFacts,
    reset_of: Option<EnrolmentId>,
) -> Answer {
    match tokio::time::timeout(WITHIN, ask_on(ports, key, facts, reset_of)).await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::info!(key = %facts.id.0, "a key takes too long to tell what is on it");
            key.cancel();
            Answer::Silent
        }
    }
}

async fn ask_on(
    ports: &Ports,
    key: &Key,
    facts: &KeyFacts,
    reset_of: Option<EnrolmentId>,
) -> Answer {
    let (tenant, aaguid) = (ports.tenant.name.clone(), facts.aaguid.to_string());
    let untold = facts.serial.is_some();
    let made = ports.journal.call(move |journal| made_here(journal, (&tenant, &aaguid), untold));
    let made = made.await;
    let MadeHere { mut made, is_all } = match made {
        Ok(made) => made,
        Err(error) => {
            tracing::warn!(%error, "the journal could not be asked about a key");
            return Answer::Silent;
        }
    };
    // On some keys any question ends the time for a reset: not for nobody's sake.
    if reset_of.is_some_and(|of| made.iter().all(|made| made.enrolment == of)) {
        made.clear();
    }
    let asked = made.iter().map(|made| made.enrolment).collect();
    for (rp_id, made) in by_relying_party(made) {
        let ids = made.iter().map(|made| made.credential.clone()).collect();
        match holds(key, &rp_id, ids).await {
            Ok(Some(id)) => {
                let held = made.into_iter().find(|made| made.credential == id);
                return held.map_or(Answer::Silent, Answer::Holds);
            }
            Ok(None) => {}
            Err(KeyError::Removed) => return Answer::Gone,
            Err(error) => {
                tracing::info!(key = %facts.id.0, %error, "a key does not tell what is on it");
                return Answer::Silent;
            }
        }
    }
    Answer::HoldsNone { asked, is_all }
}

/// Other programs talk to a key that was just put in, too: it is asked again within the time.
async fn holds(
    key: &Key,
    rp_id: &str,
    ids: Vec<CredentialId>,
) -> Result<Option<CredentialId>, KeyError> {
    loop {
        match key.holds(rp_id, ids.clone()).await {
            Err(KeyError::Busy) => tokio::time::sleep(WHILE_BUSY).await,
            told => return told,
        }
    }
}

/// Credentials that were made on keys of one model, newest first.
struct MadeHere {
    made: Vec<Made>,
    is_all: bool,
}

/// Those of the tenant come first, others' as far as there is room.
fn made_here(
    journal: &Journal,
    (tenant, aaguid): (&str, &str),
    untold: bool,
) -> Result<MadeHere, JournalError> {
    let OfModel { ids, mut is_all } = journal.of_model((tenant, aaguid), untold, MOST)?;
    let mut made = Vec::new();
    // One by one, so that nobody else who writes has to wait.
    for id in ids {
        made.extend(made_by(journal.load(id)?));
    }
    for other in others(journal, tenant)? {
        let room = MOST.saturating_sub(u32::try_from(made.len()).unwrap_or(MOST));
        let found = journal.of_model((&other, aaguid), untold, room)?;
        is_all &= found.is_all;
        for id in found.ids {
            let of_other = made_by(journal.load(id)?);
            made.extend(of_other.map(|made| Made { upn: OF_ANOTHER_TENANT.into(), ..made }));
        }
    }
    Ok(MadeHere { made, is_all })
}

/// A key is somebody's, whichever tenant is in use when it comes in again.
fn others(journal: &Journal, tenant: &str) -> Result<Vec<String>, JournalError> {
    let mut tenants = journal.tenants()?;
    tenants.retain(|other| other != tenant);
    Ok(tenants)
}

/// Who has the key of this serial, or is to get it, in this tenant or, without a name, in another.
pub(super) fn holder(
    journal: &Journal,
    tenant: &str,
    serial: &str,
) -> Result<Option<String>, JournalError> {
    if let Some(own) = holder_in(journal, tenant, serial)? {
        return Ok(Some(own));
    }
    for other in others(journal, tenant)? {
        if holder_in(journal, &other, serial)?.is_some() {
            return Ok(Some(OF_ANOTHER_TENANT.to_owned()));
        }
    }
    Ok(None)
}

/// Somebody is to get it once it was written to for them.
fn holder_in(
    journal: &Journal,
    tenant: &str,
    serial: &str,
) -> Result<Option<String>, JournalError> {
    for stored in journal.unfinished_with(tenant, serial)? {
        let upn = stored.intent.person.upn.clone();
        let ceremony = Ceremony::replay(stored.intent, &stored.records);
        if ceremony.is_ok_and(|ceremony| ceremony.is_done(Step::Pin) || ceremony.made().is_some()) {
            return Ok(Some(upn));
        }
    }
    journal.holder_of(tenant, serial)
}

/// Nothing where the key was taken back or given up.
fn made_by(stored: StoredEnrolment) -> Option<Made> {
    let upn = stored.intent.person.upn.clone();
    let ceremony = Ceremony::replay(stored.intent, &stored.records).ok()?;
    let is_somebodys = matches!(ceremony.outcome(), None | Some(Outcome::HandedOver { .. }));
    let credential = ceremony.made().filter(|_| is_somebodys)?.credential_id.clone()?;
    let rp_id = ceremony.options()?.expectation.rp_id.clone();
    Some(Made { enrolment: stored.id, upn, rp_id, credential })
}

fn by_relying_party(made: Vec<Made>) -> BTreeMap<String, Vec<Made>> {
    let mut parties = BTreeMap::<String, Vec<Made>>::new();
    for made in made {
        parties.entry(made.rp_id.clone()).or_default().push(made);
    }
    parties
}
