//! Whose key it is that has been used and tells no serial: it is asked for the credentials that
//! were made at this station.
//!
//! The slot waits for the answer; the station's loop does not. A key that does not tell is a used
//! key like any other.

use crate::bulk::{Happening, KeyIn, SessionId, Told, is_used};
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::enrolment::{Ceremony, EnrolmentId, Outcome, Step};
use crate::journal::{Journal, JournalError, OfModel, StoredEnrolment};
use crate::key::{Key, KeyError, KeyFacts, KeyId};
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

/// What a key told of the credentials on it.
pub(in crate::engine) struct Recognised {
    key: KeyId,
    session: SessionId,
    answer: Answer,
}

/// What it told.
enum Answer {
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

/// How far the question to a key of this insertion is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Asked {
    Waiting,
    Answered,
}

/// The reset for which the key of a slot is awaited.
#[derive(Clone, Copy, PartialEq, Eq)]
struct AwaitedReset {
    of: EnrolmentId,
    /// The key can't be asked, and the operator has said so for the next one.
    unchecked: bool,
}

/// A credential that was made at this station, and for whom.
struct Made {
    enrolment: EnrolmentId,
    upn: String,
    rp_id: String,
    credential: CredentialId,
}

impl Station {
    /// A key told who it is; one that must be asked first is taken in when it has answered.
    pub(super) async fn key_told(&mut self, facts: &KeyFacts) {
        match self.asks_for_credentials(facts).await {
            true => self.tell_board().await,
            false => self.take_key_in(facts.clone(), Answer::NotAsked).await,
        }
    }

    /// The key has answered. What else it told meanwhile counts.
    pub(in crate::engine) async fn key_recognised(&mut self, told: Recognised) {
        let Recognised { key, session, answer } = told;
        let Some(live) = &mut self.bulk.live else { return };
        let waiting = live.asked.get(&key) == Some(&Asked::Waiting);
        if live.session.id() != session || !waiting {
            return;
        }
        live.asked.insert(key.clone(), Asked::Answered);
        if let Some(facts) = self.table.get(&key) {
            self.take_key_in(facts, answer).await;
        }
    }

    async fn take_key_in(&mut self, facts: KeyFacts, answer: Answer) {
        let not_of = self.not_of(&facts, &answer).await;
        let is_told = matches!(answer, Answer::HoldsNone { is_all: true, .. } | Answer::Holds(_));
        if is_told {
            self.table.note_told(&facts.id);
        }
        let is_silent = facts.serial.is_none() && is_used(&facts) && !is_told;
        let (made_in, upn) = match answer {
            Answer::Holds(made) => (Some(made.enrolment), Some(made.upn)),
            _ => (None, None),
        };
        let holder = self.holder_of(&facts).await.or(upn);
        let told = Told { made_in, not_of, is_silent };
        self.happens(Happening::KeyIn(Box::new(KeyIn { facts, holder, told }))).await;
    }

    /// Whom this station gave the key before, or made it for, outside this session.
    pub(super) async fn holder_of(&self, facts: &KeyFacts) -> Option<String> {
        let live = self.bulk.live.as_ref()?;
        let serial = facts.serial.clone()?;
        if live.session.knows_serial(&serial) {
            return None;
        }
        let tenant = live.ports.tenant.name.clone();
        let found = live.ports.journal.call(move |journal| holder(journal, &tenant, &serial)).await;
        match found {
            Ok(holder) => holder,
            Err(error) => {
                tracing::warn!(%error, "the history could not be asked about a key");
                None
            }
        }
    }

    /// Enrolments that wait for a key like this one, and whose it can't be.
    async fn not_of(&self, facts: &KeyFacts, answer: &Answer) -> Vec<EnrolmentId> {
        let Some(live) = &self.bulk.live else { return Vec::new() };
        let asked = match answer {
            Answer::HoldsNone { asked, .. } => asked.as_slice(),
            _ => &[],
        };
        let is_blank = !is_used(facts);
        let mut found = Vec::new();
        for id in live.session.perhaps_of(facts) {
            let stored = live.ports.journal.call(move |journal| journal.load(id)).await;
            let ceremony = stored.ok().and_then(|of| Ceremony::replay(of.intent, &of.records).ok());
            let Some(ceremony) = ceremony else { continue };
            let has_made = || ceremony.made().is_some_and(|made| made.credential_id.is_some());
            let lacks_credential = asked.contains(&id) && has_made();
            let lacks_pin = is_blank && ceremony.is_done(Step::Pin) && !ceremony.is_reset_ahead();
            if lacks_credential || lacks_pin {
                found.push(id);
            }
        }
        found
    }

    /// Whether the key's answer is waited for.
    async fn asks_for_credentials(&mut self, facts: &KeyFacts) -> bool {
        let Some(live) = &self.bulk.live else { return false };
        match live.asked.get(&facts.id) {
            Some(Asked::Waiting) => return true,
            Some(Asked::Answered) => return false,
            None => {}
        }
        let worth_asking = facts.serial.is_none()
            && is_used(facts)
            && live.session.is_being_read(&facts.id)
            && !self.runs.values().any(|run| !run.is_over() && run.holds(&facts.id));
        let Some(key) = live.ports.key(&facts.id).filter(|_| worth_asking) else { return false };
        let (ports, recognised) = (live.ports.clone(), self.recognised.clone());
        let session = live.session.id();
        let reset = match live.awaited_with(facts) {
            Some(enrolment) => awaited_reset(&ports, enrolment).await,
            None => None,
        };
        if reset.is_some_and(|reset| reset.unchecked) {
            return false;
        }
        let Some(live) = &mut self.bulk.live else { return false };
        live.asked.insert(facts.id.clone(), Asked::Waiting);
        let facts = facts.clone();
        tokio::spawn(async move {
            let answer = ask_in_time(&ports, &key, &facts, reset).await;
            if matches!(answer, Answer::Gone) {
                return;
            }
            let told = Recognised { key: facts.id, session, answer };
            if recognised.send(told).await.is_err() {
                tracing::debug!("the station ended before a key was recognised");
            }
        });
        true
    }
}

/// Nothing when the enrolment waits for its key for another reason.
async fn awaited_reset(ports: &Ports, of: EnrolmentId) -> Option<AwaitedReset> {
    let stored = ports.journal.call(move |journal| journal.load(of)).await.ok()?;
    let ceremony = Ceremony::replay(stored.intent, &stored.records).ok()?;
    let unchecked = ceremony.resets_unchecked();
    ceremony.is_reset_ahead().then_some(AwaitedReset { of, unchecked })
}

async fn ask_in_time(
    ports: &Ports,
    key: &Key,
    facts: &KeyFacts,
    reset: Option<AwaitedReset>,
) -> Answer {
    match tokio::time::timeout(WITHIN, ask(ports, key, facts, reset)).await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::info!(key = %facts.id.0, "a key takes too long to tell what is on it");
            key.cancel();
            Answer::Silent
        }
    }
}

async fn ask(ports: &Ports, key: &Key, facts: &KeyFacts, reset: Option<AwaitedReset>) -> Answer {
    let (tenant, aaguid) = (ports.tenant.name.clone(), facts.aaguid.to_string());
    let made = ports.journal.call(move |journal| made_here(journal, &tenant, &aaguid)).await;
    let MadeHere { mut made, is_all } = match made {
        Ok(made) => made,
        Err(error) => {
            tracing::warn!(%error, "the journal could not be asked about a key");
            return Answer::Silent;
        }
    };
    // On some keys any question ends the time for a reset: not for nobody's sake.
    if reset.is_some_and(|reset| made.iter().all(|made| made.enrolment == reset.of)) {
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
fn made_here(journal: &Journal, tenant: &str, aaguid: &str) -> Result<MadeHere, JournalError> {
    let OfModel { ids, mut is_all } = journal.of_model(tenant, aaguid, MOST)?;
    let mut made = Vec::new();
    // One by one, so that nobody else who writes has to wait.
    for id in ids {
        made.extend(made_by(journal.load(id)?));
    }
    for other in others(journal, tenant)? {
        let room = MOST.saturating_sub(u32::try_from(made.len()).unwrap_or(MOST));
        let found = journal.of_model(&other, aaguid, room)?;
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
fn holder(journal: &Journal, tenant: &str, serial: &str) -> Result<Option<String>, JournalError> {
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
