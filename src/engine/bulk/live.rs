//! The session in use: its rules, and what was told of its runs.

use super::challenges::ChallengeStore;
use super::event::{PersonOnBoard, ResultKind, ResultShown};
use super::view::RunView;
use crate::bulk::{EntryNo, Session, SlotNo, SlotState};
use crate::engine::Unfinished;
use crate::engine::ports::Ports;
use crate::enrolment::EnrolmentId;
use crate::problem::Problem;
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

/// Lines of the list of results.
const MOST_RESULTS: usize = 200;

/// The session of the tenant in use.
pub(in crate::engine) struct Live {
    pub session: Session,
    pub ports: Arc<Ports>,
    /// Who began it.
    pub operator: String,
    pub begun_at: Timestamp,
    /// Acts it does by itself that nobody confirmed since it was taken up again.
    pub to_confirm: Vec<crate::access::Act>,
    pub views: BTreeMap<EnrolmentId, RunView>,
    /// Enrolments that an earlier run left, as they were found.
    pub unfinished: BTreeMap<EnrolmentId, Unfinished>,
    /// Why a slot's key could not be read or begun.
    pub problems: BTreeMap<SlotNo, Problem>,
    /// What a slot without a run shows, and since when.
    pub since: BTreeMap<SlotNo, (SlotState, Instant)>,
    pub done_at: Vec<Timestamp>,
    pub results: VecDeque<ResultShown>,
    /// Challenges that were fetched ahead.
    pub challenges: Option<ChallengeStore>,
}

impl Live {
    pub fn new(session: Session, ports: Arc<Ports>, operator: String, begun_at: Timestamp) -> Self {
        Self {
            session,
            ports,
            operator,
            begun_at,
            to_confirm: Vec::new(),
            views: BTreeMap::new(),
            unfinished: BTreeMap::new(),
            problems: BTreeMap::new(),
            since: BTreeMap::new(),
            done_at: Vec::new(),
            results: VecDeque::new(),
            challenges: None,
        }
    }

    pub fn person(&self, entry: EntryNo) -> Option<PersonOnBoard> {
        let person = &self.session.entry(entry)?.person;
        Some(PersonOnBoard { entry, name: person.display_name.clone(), upn: person.upn.clone() })
    }

    /// A line of the results, newest first.
    pub fn push_result(&mut self, result: ResultShown) {
        if result.kind == ResultKind::Done {
            self.done_at.push(result.at);
        }
        self.results.push_front(result);
        self.results.truncate(MOST_RESULTS);
    }
}
