//! The session in use: its rules, and what was told of its runs.

use super::challenges::ChallengeStore;
use super::event::{Board, PersonOnBoard, ScanInVain};
use super::fate::is_ready;
use super::recognise::Asked;
use super::results::{Numbers, Results};
use super::undo::Undos;
use super::view::RunView;
use crate::bulk::{Challenges, EntryNo, EntryState, Session, SessionNote, SlotNo, SlotState};
use crate::directory::{Lifetime, PersonId};
use crate::engine::Unfinished;
use crate::engine::ports::Ports;
use crate::engine::unfinished::unfinished;
use crate::enrolment::{Ceremony, EnrolmentId, Subject};
use crate::journal::StoredEnrolment;
use crate::key::{KeyFacts, KeyId};
use crate::problem::Problem;
use crate::webauthn::CreationOptions;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

/// The session of the tenant in use.
pub(in crate::engine) struct Live {
    pub session: Session,
    pub undos: Undos,
    pub ports: Arc<Ports>,
    /// Who began it.
    pub operator: String,
    pub begun_at: Timestamp,
    /// Acts it does by itself that nobody confirmed since it was taken up again.
    pub to_confirm: Vec<crate::access::Act>,
    pub views: BTreeMap<EnrolmentId, RunView>,
    /// Enrolments that an earlier run left, as they were found.
    pub unfinished: BTreeMap<EnrolmentId, Away>,
    /// Why a slot's key could not be read or begun.
    pub problems: BTreeMap<SlotNo, Problem>,
    /// What a slot without a run shows, and since when.
    pub since: BTreeMap<SlotNo, (SlotState, Instant)>,
    /// The board as the window has it.
    pub told: Option<Board>,
    pub results: Results,
    /// Challenges that the list brought, by person; those of a session that fetches ahead are in
    /// `challenges`.
    pub brought: HashMap<PersonId, CreationOptions>,
    /// Challenges that were fetched ahead.
    pub challenges: Option<ChallengeStore>,
    /// Keys that were asked for the credentials on them, by insertion.
    pub asked: BTreeMap<KeyId, Asked>,
    /// Notes that the journal has not taken yet, oldest first.
    pub unwritten: Unwritten,
}

/// Notes, oldest first.
pub(in crate::engine) type Unwritten = VecDeque<UnwrittenNote>;

/// A note that the journal has not taken yet.
#[derive(Clone)]
pub(in crate::engine) struct UnwrittenNote {
    pub at: Timestamp,
    /// Who was signed in then.
    pub operator: String,
    pub note: SessionNote,
}

/// What is kept in memory of a session that was left: its tenant may come back on the screen.
#[derive(Default)]
pub(in crate::engine) struct Left {
    pub unwritten: Unwritten,
    pub numbers: Numbers,
    /// Challenges that were fetched ahead and that nobody has taken.
    pub challenges: HashMap<PersonId, CreationOptions>,
    /// Whoever is there has confirmed what it does by itself.
    pub is_confirmed: bool,
}

/// An enrolment without a run.
pub(in crate::engine) struct Away {
    pub found: Unfinished,
    /// Waits for its activation, not for its key.
    pub to_activate: bool,
    /// Why it stopped last, unless its key was only pulled out.
    pub failed: Option<Problem>,
    /// The key is made and registered; it was pulled out, or will be seen again.
    pub ready: bool,
    /// Something is still to be erased for it.
    pub erases: bool,
    /// When the challenge lapses that its credential was made with, while it is not registered.
    pub lapses_at: Option<Timestamp>,
}

impl Away {
    pub fn of(stored: StoredEnrolment) -> Self {
        let ceremony = Ceremony::replay(stored.intent.clone(), &stored.records);
        let is = |what: fn(&Ceremony) -> bool| ceremony.as_ref().is_ok_and(what);
        let to_activate = is(Ceremony::is_for_activation);
        let failed = ceremony.as_ref().ok().and_then(Ceremony::failure).cloned();
        let ready = is(|ceremony| is_ready(ceremony) && ceremony.stopped_for().is_none());
        let erases = is(Ceremony::erases_ahead);
        let lapses_at = ceremony.as_ref().ok().and_then(Ceremony::made_until);
        Self { found: unfinished(stored), to_activate, failed, ready, erases, lapses_at }
    }
}

impl Live {
    pub fn new(session: Session, ports: Arc<Ports>, operator: String, begun_at: Timestamp) -> Self {
        Self {
            session,
            undos: Undos::default(),
            ports,
            operator,
            begun_at,
            to_confirm: Vec::new(),
            views: BTreeMap::new(),
            unfinished: BTreeMap::new(),
            problems: BTreeMap::new(),
            since: BTreeMap::new(),
            told: None,
            results: Results::default(),
            brought: HashMap::new(),
            challenges: None,
            asked: BTreeMap::new(),
            unwritten: VecDeque::new(),
        }
    }

    pub fn left(self) -> Left {
        Left {
            is_confirmed: self.to_confirm.is_empty() && !self.session.is_unattended(),
            unwritten: self.unwritten,
            numbers: self.results.numbers,
            challenges: self.challenges.map(|store| store.left()).unwrap_or_default(),
        }
    }

    /// The enrolment that waits for its key in the slot this one is in, if it may be that key.
    pub fn awaited_with(&self, facts: &KeyFacts) -> Option<EnrolmentId> {
        let may_be = |id: &EnrolmentId| self.session.perhaps_of(facts).contains(id);
        self.session.awaited_in_slot_of(&facts.id).filter(may_be)
    }

    pub fn person(&self, entry: EntryNo) -> Option<PersonOnBoard> {
        let person = &self.session.entry(entry)?.person;
        Some(PersonOnBoard { entry, name: person.display_name.clone(), upn: person.upn.clone() })
    }

    /// Why the person does not wait for a key.
    pub fn settled(&self, entry: EntryNo) -> Option<ScanInVain> {
        let name = self.person(entry)?.name;
        Some(ScanInVain::Settled { name, state: self.session.state(entry) })
    }

    /// Fetches challenges for everybody who still waits, where the session wants that.
    pub fn fetch_ahead(&mut self) {
        let Challenges::Prefetched { minutes } = self.session.options().challenges else { return };
        let Some(lifetime) = Lifetime::from_minutes(minutes) else { return };
        let waits = |no: &EntryNo| {
            matches!(self.session.state(*no), EntryState::Waiting | EntryState::Failed { .. })
        };
        let people: Vec<PersonId> = self
            .session
            .entries()
            .filter(|(no, _)| waits(no))
            .map(|(_, entry)| entry.person.person_id())
            .collect();
        let directory = Arc::clone(&self.ports.tenant.directory);
        let brought = std::mem::take(&mut self.brought);
        self.challenges = Some(ChallengeStore::start(directory, people, brought, lifetime));
    }

    /// When the next challenge lapses that somebody waits for, whether a key has been made with it
    /// or not.
    pub fn next_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        let brought = self.brought.values().filter_map(|options| options.expires_at);
        let fetched = self.challenges.as_ref().and_then(ChallengeStore::next_expiry);
        let in_work = self.views.values().filter_map(|view| view.lapses_at);
        let away = self.unfinished.iter().filter(|(id, _)| !self.views.contains_key(id));
        let away = away.filter_map(|(_, away)| away.lapses_at);
        brought.chain(fetched).chain(in_work).chain(away).filter(|at| *at > now).min()
    }

    /// Creation options that are there already, used once.
    pub fn take_options(&mut self, person: &Subject) -> Option<CreationOptions> {
        let id = person.person_id();
        self.brought.remove(&id).or_else(|| self.challenges.as_ref()?.take(&id))
    }
}
