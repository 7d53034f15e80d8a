//! Whose key it is: by its serial, or, where it tells none, by the credentials on it that were made at
//! this station.

mod holders;

pub(super) use holders::holders;

use holders::{OF_ANOTHER_TENANT, leaves_passkey, others};

use super::ports::{OnKey, Ports};
use crate::enrolment::{Ceremony, EnrolmentId, Outcome, StepError};
use crate::journal::{Journal, JournalError, OfModel, StoredEnrolment};
use crate::key::{Key, KeyError, KeyFacts};
use crate::webauthn::CredentialId;
use std::collections::BTreeMap;
use std::time::Duration;

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
    HoldsNone { asked: Vec<EnrolmentId>, is_all: bool },
    /// What else is on it comes after the newest.
    Holds(Vec<Made>),
}

/// A credential that was made at this station, and for whom.
pub(super) struct Made {
    pub enrolment: EnrolmentId,
    pub upn: String,
    rp_id: String,
    credential: CredentialId,
}

/// What the history and the key itself tell of a used key.
pub(super) struct Known {
    pub holders: Vec<Holder>,
    /// What made the credentials on it; nothing where it did not tell.
    pub on_key: Option<Vec<EnrolmentId>>,
}

/// Who has a key, or is to get it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Holder {
    pub upn: String,
    /// Where a credential on the key tells it.
    pub made_in: Option<EnrolmentId>,
    /// Where its serial does.
    serial: Option<String>,
}

impl Holder {
    pub fn is(&self, upn: &str) -> bool {
        self.upn.eq_ignore_ascii_case(upn)
    }

    /// Known by the serial that this key told.
    pub fn has_key(&self, serial: &str) -> bool {
        self.serial.as_deref() == Some(serial)
    }
}

impl Answer {
    /// Nothing where the key did not tell all.
    pub fn on_key(&self) -> Option<OnKey> {
        match self {
            Self::Holds(made) => made.first().map(|made| OnKey::Of(made.enrolment)),
            Self::HoldsNone { is_all: true, .. } => Some(OnKey::Nothing),
            Self::HoldsNone { .. } | Self::Silent | Self::Gone | Self::NotAsked => None,
        }
    }
}

/// What is known of a used key besides what the enrolment `of` itself did to it.
///
/// # Errors
/// Where the history can't be read, and [`KeyError::Removed`] where the key was pulled out as it was
/// asked.
pub(super) async fn known(
    ports: &Ports,
    key: &Key,
    facts: &KeyFacts,
    of: EnrolmentId,
) -> Result<Known, StepError> {
    let mut holders = holders_by_serial(ports, facts.serial.clone(), of).await?;
    let made = match ask(ports, key, facts, Some(of)).await {
        Answer::Gone => return Err(KeyError::Removed.into()),
        Answer::Holds(made) => made,
        answer => {
            let on_key = answer.on_key().map(|_| Vec::new());
            return Ok(Known { holders, on_key });
        }
    };
    let others = || made.iter().filter(|made| made.enrolment != of);
    holders.extend(others().map(|made| Holder {
        upn: made.upn.clone(),
        made_in: Some(made.enrolment),
        serial: None,
    }));
    let on_key = others().map(|made| made.enrolment).collect();
    Ok(Known { holders, on_key: Some(on_key) })
}

/// That nobody was given a serial says little: who has the key may have been written down without it.
///
/// # Errors
/// Where the history can't be read.
pub(super) async fn holders_by_serial(
    ports: &Ports,
    serial: Option<String>,
    of: EnrolmentId,
) -> Result<Vec<Holder>, StepError> {
    let Some(serial) = serial else { return Ok(Vec::new()) };
    let tenant = ports.tenant.name.clone();
    let asked = serial.clone();
    let told = ports.journal.call(move |journal| holders(journal, &tenant, &asked, Some(of)));
    let upns = told.await.map_err(|error| {
        tracing::warn!(%error, "the history could not be asked about a key");
        StepError::Unchecked
    })?;
    let of = |upn| Holder { upn, made_in: None, serial: Some(serial.clone()) };
    Ok(upns.into_iter().map(of).collect())
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
    let asked: Vec<EnrolmentId> = made.iter().map(|made| made.enrolment).collect();
    let mut held = Vec::new();
    for (rp_id, made) in by_relying_party(made) {
        match held_of(key, &rp_id, made).await {
            Ok(found) => held.extend(found),
            Err(KeyError::Removed) => return Answer::Gone,
            Err(error) => {
                tracing::info!(key = %facts.id.0, %error, "a key does not tell what is on it");
                return Answer::Silent;
            }
        }
    }
    if held.is_empty() {
        return Answer::HoldsNone { asked, is_all };
    }
    held.sort_by_key(|made| asked.iter().position(|id| *id == made.enrolment));
    Answer::Holds(held)
}

/// A key tells one of several at a time: those that are left are asked for until it has none.
async fn held_of(key: &Key, rp_id: &str, mut made: Vec<Made>) -> Result<Vec<Made>, KeyError> {
    let mut held = Vec::new();
    while !made.is_empty() {
        let ids = made.iter().map(|made| made.credential.clone()).collect();
        let Some(id) = holds(key, rp_id, ids).await? else { break };
        let Some(place) = made.iter().position(|made| made.credential == id) else {
            return Err(KeyError::Malformed("it names a credential it was not asked for".into()));
        };
        held.push(made.swap_remove(place));
    }
    Ok(held)
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

/// Nothing where the key was taken back.
fn made_by(stored: StoredEnrolment) -> Option<Made> {
    let upn = stored.intent.person.upn.clone();
    let ceremony = Ceremony::replay(stored.intent, &stored.records).ok()?;
    let is_somebodys = match ceremony.outcome() {
        None | Some(Outcome::HandedOver { .. }) => true,
        Some(given_up) => leaves_passkey(given_up),
    };
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
