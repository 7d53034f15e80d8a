//! The session in use: its rules, and what was told of its runs.

use super::challenges::ChallengeStore;
use super::event::{Board, PersonOnBoard, ResultKind, ResultShown, ScanInVain};
use super::fate::is_ready;
use super::recognise::Asked;
use super::undo::Undos;
use super::view::RunView;
use crate::bulk::{Challenges, EntryNo, EntryState, Session, SessionNote, SlotNo, SlotState};
use crate::directory::{Lifetime, PersonId};
use crate::engine::Unfinished;
use crate::engine::ports::Ports;
use crate::engine::register::unfinished;
use crate::enrolment::{Ceremony, EnrolmentId, Subject};
use crate::journal::StoredEnrolment;
use crate::key::{KeyFacts, KeyId};
use crate::problem::Problem;
use crate::webauthn::CreationOptions;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

/// Lines of the list of results.
const MOST_RESULTS: usize = 200;

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
    pub done_at: Vec<Timestamp>,
    /// The number of the key that was finished last.
    numbered: u32,
    pub results: VecDeque<ResultShown>,
    /// Challenges that the list brought, by person.
    pub brought: HashMap<PersonId, CreationOptions>,
    /// Challenges that were fetched ahead.
    pub challenges: Option<ChallengeStore>,
    /// Keys that were asked for the credentials on them, by insertion.
    pub asked: BTreeMap<KeyId, Asked>,
    /// Notes that the journal has not taken yet, oldest first.
    pub unwritten: VecDeque<(Timestamp, SessionNote)>,
}

/// An enrolment without a run.
pub(in crate::engine) struct Away {
    pub found: Unfinished,
    /// Waits for its activation, not for its key.
    pub to_activate: bool,
    /// The key is made and registered; it was pulled out, or will be seen again.
    pub ready: bool,
}

impl Away {
    pub fn of(stored: StoredEnrolment) -> Self {
        let ceremony = Ceremony::replay(stored.intent.clone(), &stored.records);
        let is = |what: fn(&Ceremony) -> bool| ceremony.as_ref().is_ok_and(what);
        let to_activate = is(Ceremony::waits_for_activation);
        let ready = is(|ceremony| is_ready(ceremony) && ceremony.stopped_for().is_none());
        Self { found: unfinished(stored), to_activate, ready }
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
            done_at: Vec::new(),
            numbered: 0,
            results: VecDeque::new(),
            brought: HashMap::new(),
            challenges: None,
            asked: BTreeMap::new(),
            unwritten: VecDeque::new(),
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
        self.challenges = Some(ChallengeStore::start(directory, people, lifetime));
    }

    /// Creation options that are there already, used once.
    pub fn take_options(&mut self, person: &Subject) -> Option<CreationOptions> {
        let id = person.person_id();
        self.brought.remove(&id).or_else(|| self.challenges.as_ref()?.take(&id))
    }

    /// Counts keys that are done or about to be pulled out.
    pub fn next_number(&mut self) -> u32 {
        self.numbered += 1;
        self.numbered
    }

    /// A key that was taken back does not count as done.
    pub fn forget_done(&mut self, enrolment: EnrolmentId) {
        let line = self.results.iter_mut().find(|line| line.enrolment == Some(enrolment));
        let Some(line) = line else { return };
        line.enrolment = None;
        if let Some(place) = self.done_at.iter().position(|at| *at == line.at) {
            self.done_at.remove(place);
        }
    }

    /// A line of the results, newest first.
    pub fn push_result(&mut self, result: ResultShown) {
        // One that was taken back names no enrolment any more.
        if result.kind == ResultKind::Done && result.enrolment.is_some() {
            self.done_at.push(result.at);
            let done = u32::try_from(self.done_at.len()).unwrap_or(u32::MAX);
            self.numbered = self.numbered.max(done);
        }
        self.results.push_front(result);
        self.results.truncate(MOST_RESULTS);
    }
}
