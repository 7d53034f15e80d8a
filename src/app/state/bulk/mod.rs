//! A session of many keys as the window knows it: who is prepared, who waits, what the board shows.

mod entries;
mod people;
mod slots;
#[cfg(test)]
mod tests;

pub use entries::{Entries, EntryKind};
pub use people::{Include, People, ReadyKind, Selection};
pub use slots::{Offer, SlotMark, ordinal, phase_word};

use crate::bulk::{EntryNo, SlotNo};
use crate::directory::Group;
use crate::engine::{
    Board, BulkCommand, BulkEvent, ConfigsRead, Output, ResultKind, ResultShown, ScanInVain,
    SessionShown, SlotShown, Summary,
};
use crate::enrolment::EnrolmentId;
use crate::key::KeyId;
use crate::problem::Problem;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Results that are kept for the list; more than an operator looks back.
const MOST_RESULTS: usize = 500;

/// Everything on the Bulk screen that the engine told.
#[derive(Default)]
pub struct Bulk {
    /// Read and not begun.
    pub people: Option<People>,
    /// People are being read, or the directory is being asked about them.
    pub progress: Option<Progress>,
    pub not_read: Option<Problem>,
    pub groups: Groups,
    pub configs: Option<Result<Box<ConfigsRead>, Problem>>,
    pub shredded: bool,
    /// Serials that may be given out; any where it is empty.
    pub stock: Vec<String>,
    /// "Begin" was sent and nothing came back yet.
    pub beginning: bool,
    pub session: Option<SessionShown>,
    pub entries: Entries,
    pub board: Board,
    /// Newest first.
    pub results: VecDeque<ResultShown>,
    /// Why the last scan chose nobody.
    pub vain_scan: Option<ScanInVain>,
    /// Of the session that ended, until a new one is prepared.
    pub summary: Option<Summary>,
    /// Newest first.
    pub written: Vec<Written>,
    /// What can be taken back: the finished key of an entry.
    finished: HashMap<EntryNo, EnrolmentId>,
}

/// How far long work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub what: Work,
    pub done: usize,
    pub of: Option<usize>,
    began: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Reading,
    Checking,
}

/// Groups of the directory that were looked for.
#[derive(Default)]
pub struct Groups {
    pub query: String,
    pub found: Vec<Group>,
    pub problem: Option<Problem>,
    /// Sent and not answered yet.
    pub awaited: Option<String>,
}

/// A file of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub what: Output,
    pub path: PathBuf,
    pub count: usize,
}

impl Progress {
    /// How many a second, and how long the rest will take; once there is something to tell from.
    pub fn pace(&self, now: Instant) -> Option<(f32, Duration)> {
        let seconds = now.saturating_duration_since(self.began).as_secs_f32();
        if self.done == 0 || seconds < 1.0 {
            return None;
        }
        let rate = self.done as f32 / seconds;
        let rest = self.of?.saturating_sub(self.done) as f32 / rate;
        Some((rate, Duration::try_from_secs_f32(rest).ok()?))
    }
}

impl Groups {
    /// Whether another one that was found has this name too.
    pub fn repeats(&self, name: &str) -> bool {
        self.found.iter().filter(|group| group.name == name).count() > 1
    }
}

impl Bulk {
    pub(super) fn apply(&mut self, event: BulkEvent, now: Instant) {
        match event {
            BulkEvent::Reading { done, of } => self.works(Work::Reading, (done, of), now),
            BulkEvent::People(people) => {
                self.progress = None;
                self.not_read = None;
                self.people = people.map(People::new);
            }
            BulkEvent::NotRead(problem) => {
                self.progress = None;
                self.not_read = Some(problem);
            }
            BulkEvent::Checked { verdicts, done, of } => {
                if let Some(people) = &mut self.people {
                    people.checked(verdicts);
                }
                if done < of {
                    self.works(Work::Checking, (done, Some(of)), now);
                } else {
                    self.progress = None;
                }
            }
            BulkEvent::Groups { query, groups } => self.groups.found(query, groups),
            BulkEvent::Configs(read) => {
                self.shredded = false;
                self.configs = Some(read);
            }
            BulkEvent::ConfigsShredded => self.shredded = true,
            BulkEvent::Stock(serials) => self.stock = serials,
            BulkEvent::Session(session) => self.session_is(session.map(|session| *session)),
            BulkEvent::Entries(entries) => self.entries = Entries::new(&entries),
            BulkEvent::Entry { no, state } => self.entries.change(no, state),
            BulkEvent::Board(board) => self.board = *board,
            BulkEvent::Result(result) => self.result(*result),
            BulkEvent::Results(results) => {
                self.results.clear();
                results.into_iter().for_each(|result| self.result(result));
            }
            BulkEvent::ScanInVain(why) => self.vain_scan = Some(why),
            BulkEvent::Written { what, path, count } => {
                self.written.retain(|file| file.path != path);
                self.written.insert(0, Written { what, path, count });
            }
            BulkEvent::Ended(summary) => {
                self.summary = Some(*summary);
                self.session_is(None);
            }
        }
    }

    /// Notes what was handed to the engine, so that the screen answers at once.
    pub(super) fn sent(&mut self, command: &BulkCommand) {
        match command {
            BulkCommand::ReadFile(_) | BulkCommand::ReadGroup { .. } => self.not_read = None,
            BulkCommand::FindGroups { query } => {
                self.groups.sent(query);
            }
            BulkCommand::ImportConfigs(_) => self.configs = None,
            BulkCommand::DropPeople => {
                self.people = None;
                self.progress = None;
                self.not_read = None;
                self.summary = None;
                self.written.clear();
            }
            BulkCommand::Begin { .. } => self.beginning = true,
            BulkCommand::Scan(_) => self.vain_scan = None,
            BulkCommand::Pause => self.pauses(true),
            // What must be confirmed first may be refused: then the engine tells nothing new.
            BulkCommand::GoOn { acts } if acts.is_empty() => self.pauses(false),
            _ => {}
        }
    }

    /// A refused "Begin" can be pressed again.
    pub(super) fn failed(&mut self) {
        self.beginning = false;
    }

    /// The slot that a key is in.
    pub fn slot_of(&self, key: &KeyId) -> Option<&SlotShown> {
        self.session.as_ref()?;
        let holds = |slot: &&SlotShown| slot.key.as_ref().is_some_and(|held| &held.id == key);
        self.board.slots.iter().find(holds)
    }

    /// Whether the session works with this key.
    pub(super) fn holds(&self, key: &KeyId) -> bool {
        self.slot_of(key).is_some_and(|slot| slot.enrolment.is_some())
    }

    pub fn slot(&self, no: SlotNo) -> Option<&SlotShown> {
        self.board.slots.iter().find(|slot| slot.no == no)
    }

    /// Slots that wait for an answer, in the order of their numbers.
    pub fn waiting_slots(&self) -> impl Iterator<Item = &SlotShown> {
        self.board.slots.iter().filter(|slot| slots::waits_for_answer(slot))
    }

    /// Slots in which a key is being made.
    pub(super) fn working(&self) -> usize {
        self.board.slots.iter().filter(|slot| slots::works(slot)).count()
    }

    /// The finished key that "Undo" takes back.
    pub fn finished_key(&self, entry: EntryNo) -> Option<EnrolmentId> {
        self.finished.get(&entry).copied()
    }

    fn works(&mut self, what: Work, (done, of): (usize, Option<usize>), now: Instant) {
        let began = self.progress.filter(|before| before.what == what).map(|before| before.began);
        self.progress = Some(Progress { what, done, of, began: began.unwrap_or(now) });
    }

    fn session_is(&mut self, session: Option<SessionShown>) {
        self.beginning = false;
        let is_another = match (&session, &self.session) {
            (Some(new), Some(old)) => new.id != old.id,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if is_another {
            self.people = None;
            self.progress = None;
            self.summary = None;
            self.results.clear();
            self.written.clear();
            self.finished.clear();
            self.entries = Entries::default();
        }
        if session.is_none() {
            self.board = Board::default();
            self.vain_scan = None;
        }
        self.session = session;
    }

    fn result(&mut self, result: ResultShown) {
        match (result.kind, result.enrolment) {
            (ResultKind::Done, Some(enrolment)) => {
                self.finished.insert(result.entry, enrolment);
            }
            (ResultKind::Undone, _) => {
                self.finished.remove(&result.entry);
            }
            _ => {}
        }
        self.results.push_front(result);
        self.results.truncate(MOST_RESULTS);
    }

    fn pauses(&mut self, paused: bool) {
        if let Some(session) = &mut self.session {
            session.paused = paused;
        }
    }
}

impl Groups {
    pub(in crate::app::state) fn sent(&mut self, query: &str) {
        self.problem = None;
        self.awaited = Some(query.to_owned());
    }

    /// An answer to anything but the newest question is late and not shown.
    pub(in crate::app::state) fn found(
        &mut self,
        query: String,
        groups: Result<Vec<Group>, Problem>,
    ) {
        if self.awaited.as_ref() != Some(&query) {
            return;
        }
        self.awaited = None;
        self.query = query;
        match groups {
            Ok(found) => (self.found, self.problem) = (found, None),
            Err(problem) => (self.found, self.problem) = (Vec::new(), Some(problem)),
        }
    }
}
