//! Reads what an audit compares: the journal at one moment, the directory person by person.

use super::AuditPlace;
use crate::bulk::SessionId;
use crate::directory::{Directory, DirectoryError, Passkey, PersonId};
use crate::enrolment::EnrolmentId;
use crate::journal::{
    HistoryRow, JournalError, Look, SealedPin, StoredEnrolment, StoredSession, Tail,
};
use crate::key::KeyFacts;
use crate::problem::{Explain, Problem};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// People who are asked about at the same time.
const AT_ONCE: usize = 8;
/// Nobody else is asked about once so many could not be.
const MOST_FAILURES: usize = 3;

/// Everything that is compared.
pub(super) struct Gathered {
    pub session: StoredSession,
    /// When the journal was read.
    pub at: Timestamp,
    /// Under which its people are kept.
    pub numbers: Vec<u32>,
    /// With how many it began, as the history says.
    pub people_begun: usize,
    /// Of the tenant, in a session or not.
    pub enrolments: Vec<StoredEnrolment>,
    /// The history's hand-overs since the session began; their detail is the method's id.
    pub handed_over: Vec<HistoryRow>,
    /// How the history was altered.
    pub chain_fault: Option<String>,
    /// Whether the sealed PINs open; empty without the vault's key.
    pub pins: BTreeMap<EnrolmentId, bool>,
    /// Of each person who could be asked about.
    pub passkeys: BTreeMap<PersonId, Vec<Passkey>>,
    pub keys: Vec<KeyFacts>,
    pub unchecked: Vec<Problem>,
}

impl Gathered {
    /// The name that people know; the directory's own where the session has none.
    fn upn<'a>(&'a self, person: &'a PersonId) -> &'a str {
        let entries = self.session.entries.iter().map(|entry| &entry.person);
        let all = entries.chain(self.session.enrolments.iter().map(|one| &one.intent.person));
        let named = all.into_iter().find(|subject| subject.person_id() == *person);
        named.map_or(&person.0, |subject| &subject.upn)
    }
}

/// The session that is compared, so that nobody signs in for one that is not there or another tenant's.
pub(super) fn session_there(place: &AuditPlace) -> Result<SessionId, Problem> {
    let (look, id) = look(place)?;
    let session = look.session(id).map_err(|error| error.problem())?;
    of_this_tenant(&session, place)?;
    Ok(session.id)
}

/// The journal's part.
pub(super) fn of_journal(place: &AuditPlace) -> Result<Gathered, Problem> {
    let (look, session) = look(place)?;
    read(&look, session, &place.keys).map_err(|error| error.problem())
}

/// Another tenant's directory knows nobody of the session: what is in order would look lost.
fn of_this_tenant(session: &StoredSession, place: &AuditPlace) -> Result<(), Problem> {
    if session.tenant == place.tenant {
        return Ok(());
    }
    Err(Problem {
        what: format!("The session is of {}, not of {}", session.tenant, place.tenant),
        next: "Leave out --tenant: a session's own tenant is taken then".into(),
        details: Vec::new(),
    })
}

/// The journal at this moment, and the session that is meant.
fn look(place: &AuditPlace) -> Result<(Look, SessionId), Problem> {
    let look = Look::open(&place.folder, &place.secrets).map_err(|error| error.problem())?;
    let session = match place.session {
        Some(id) => Some(id),
        None => look.newest_session(&place.tenant).map_err(|error| error.problem())?,
    };
    let session = session.ok_or_else(|| no_session(&place.tenant))?;
    Ok((look, session))
}

fn read(look: &Look, id: SessionId, keys: &[KeyFacts]) -> Result<Gathered, JournalError> {
    let session = look.session(id)?;
    let mut unchecked = Vec::new();
    let chain_fault = match look.verify() {
        Ok(verified) => {
            if verified.tail == Tail::NotChecked {
                unchecked.push(no_vault_key());
            }
            None
        }
        Err(JournalError::Chain(fault)) => Some(JournalError::Chain(fault).what()),
        Err(error) => return Err(error),
    };
    let mut pins = BTreeMap::new();
    for stored in session.enrolments.iter().filter(|stored| stored.pin == SealedPin::Sealed) {
        if let Some(opens) = look.pin_opens(stored.id)? {
            pins.insert(stored.id, opens);
        }
    }
    let mut enrolments = look.enrolments()?;
    enrolments.retain(|stored| stored.intent.tenant == session.tenant);
    let (begun, handed_over) = look.history_of(&session)?;
    Ok(Gathered {
        at: Timestamp::now(),
        numbers: look.numbers(id)?,
        people_begun: begun.as_ref().map_or(0, people_begun),
        enrolments,
        handed_over,
        chain_fault,
        pins,
        passkeys: BTreeMap::new(),
        keys: keys.to_vec(),
        unchecked,
        session,
    })
}

/// The history says with how many people it began; it can't be changed unseen.
fn people_begun(begun: &HistoryRow) -> usize {
    let count = begun.detail.split_whitespace().next().and_then(|count| count.parse().ok());
    count.unwrap_or(0)
}

/// Everybody whom the session is about.
pub(super) fn people(gathered: &Gathered) -> BTreeSet<PersonId> {
    let entries = gathered.session.entries.iter().map(|entry| entry.person.person_id());
    let begun = gathered.session.enrolments.iter().map(|one| one.intent.person.person_id());
    entries.chain(begun).collect()
}

/// Others, who got one of its keys at another time.
pub(super) fn other_holders(gathered: &Gathered) -> BTreeSet<PersonId> {
    let session = &gathered.session.enrolments;
    let serials: BTreeSet<&str> =
        session.iter().filter_map(|one| one.intent.key.plain_serial()).collect();
    let holders = gathered
        .enrolments
        .iter()
        .filter(|one| one.intent.key.plain_serial().is_some_and(|serial| serials.contains(serial)));
    let holders: BTreeSet<_> = holders.map(|one| one.intent.person.person_id()).collect();
    &holders - &people(gathered)
}

/// Asks the directory about these people; whether it can be asked any more.
pub(super) async fn ask(
    directory: &Arc<dyn Directory>,
    people: BTreeSet<PersonId>,
    gathered: &mut Gathered,
) -> bool {
    let mut waiting = people.into_iter();
    let mut asked = JoinSet::new();
    let mut failures = 0;
    loop {
        while asked.len() < AT_ONCE && failures < MOST_FAILURES {
            let Some(person) = waiting.next() else { break };
            let directory = Arc::clone(directory);
            asked.spawn(async move {
                let listed = directory.passkeys(&person).await;
                (person, listed)
            });
        }
        let Some(answered) = asked.join_next().await else { break };
        let (person, listed) = match answered {
            Ok(answer) => answer,
            Err(ended) => std::panic::resume_unwind(ended.into_panic()),
        };
        match listed {
            Ok(passkeys) => {
                gathered.passkeys.insert(person, passkeys);
            }
            // Whoever is not there any more has no key there.
            Err(DirectoryError::NotFound(_)) => {
                gathered.passkeys.insert(person, Vec::new());
            }
            Err(error) => {
                failures += weight(&error);
                let problem = not_compared(gathered.upn(&person), &error);
                gathered.unchecked.push(problem);
            }
        }
    }
    gathered.unchecked.extend(not_asked(waiting.count()));
    failures < MOST_FAILURES
}

/// An operator who did not sign in again would be asked once more for each of the others.
fn weight(error: &DirectoryError) -> usize {
    match error {
        DirectoryError::Operator(_) => MOST_FAILURES,
        _ => 1,
    }
}

fn not_compared(upn: &str, error: &DirectoryError) -> Problem {
    let problem = error.problem();
    Problem { what: format!("{upn}: {}", problem.what), ..problem }
}

/// The others, who come after too many failures.
fn not_asked(so_many: usize) -> Option<Problem> {
    let people = match so_many {
        0 => return None,
        1 => "One more person was".to_owned(),
        more => format!("{more} more people were"),
    };
    Some(Problem {
        what: format!("{people} not asked about"),
        next: "Check the session again once the directory answers".into(),
        details: Vec::new(),
    })
}

fn no_session(tenant: &str) -> Problem {
    Problem {
        what: format!("The journal has no session of {tenant}"),
        next: "Name the tenant with --tenant, or the folder with --data".into(),
        details: Vec::new(),
    }
}

fn no_vault_key() -> Problem {
    Problem {
        what: "The sealed PINs and the end of the history were not checked: their key is not in \
               this keyring"
            .into(),
        next: "Run it as the user of the station, with the keyring unlocked".into(),
        details: Vec::new(),
    }
}
