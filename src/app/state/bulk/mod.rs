//! A session of many keys as the window knows it: who is prepared, who waits, what the board shows.

mod entries;
mod people;
mod slots;
#[cfg(test)]
mod tests;

pub use entries::{Entries, EntryKind};
pub use people::{Include, People, ReadyKind, Selection};
pub use slots::{Offer, SlotMark, ordinal, phase_word};

use crate::bulk::{EntryNo, SessionId, SlotNo};
use crate::directory::Group;
use crate::engine::{
    AuditReport, Board, BulkCommand, BulkEvent, ConfigsRead, Output, ResultKind, ResultShown,
    ScanInVain, SessionShown, SlotPhase, SlotShown, Summary, UndoableKey,
};
use crate::enrolment::EnrolmentId;
use crate::key::KeyId;
use crate::problem::Problem;
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
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
    /// Of the session that ended and is shown, until a new one is prepared.
    pub summary: Option<Summary>,
    /// Sessions that have ended and whose papers may be wanted, newest first.
    pub past: Vec<Summary>,
    /// Newest first.
    pub written: Vec<Written>,
    pub audit: Audit,
    /// What can be taken back.
    finished: HashMap<EntryNo, Finished>,
    /// Letters that were written for one key.
    letters: HashMap<EnrolmentId, PathBuf>,
}

/// Keys that a person of the session has.
#[derive(Default)]
struct Finished {
    /// In the order they were finished.
    keys: Vec<EnrolmentId>,
    /// Older keys of theirs that were removed for these.
    removed: usize,
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
    /// Challenges for a file.
    Fetching,
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

/// Whether journal, directory and keys agree.
#[derive(Default)]
pub enum Audit {
    #[default]
    NotAsked,
    Running,
    Done(Box<Result<AuditReport, Problem>>),
}

/// A file of a session, or of the people who are prepared for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub session: Option<SessionId>,
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
    /// What is typed while a slot asks for a PIN may be that PIN.
    fn without_pin(&self, why: ScanInVain) -> ScanInVain {
        let asks = |slot: &SlotShown| matches!(slot.phase, SlotPhase::PinNeeded(_));
        let pin_asked = self.board.slots.iter().any(asks);
        match why {
            ScanInVain::Unknown(_) if pin_asked => ScanInVain::Unknown(String::new()),
            ScanInVain::Shared(_) if pin_asked => ScanInVain::Shared(String::new()),
            why => why,
        }
    }

    pub(super) fn apply(&mut self, event: BulkEvent, now: Instant) {
        match event {
            BulkEvent::Reading { done, of } => self.works(Work::Reading, (done, of), now),
            BulkEvent::People(people) => {
                self.progress = None;
                self.not_read = None;
                let before = self.people.take();
                self.people = people.map(|read| match before {
                    Some(before) if before.is_of(&read) => before.told_again(),
                    _ => People::new(read),
                });
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
            BulkEvent::Auditing => self.audit = Audit::Running,
            BulkEvent::Audited(report) => self.audit = Audit::Done(report),
            BulkEvent::Groups { query, groups } => self.groups.found(query, groups),
            BulkEvent::Configs(read) => {
                self.shredded = false;
                self.configs = Some(read);
            }
            BulkEvent::ConfigsShredded => self.shredded = true,
            BulkEvent::ConfigsSecretStored { tenant } => {
                if let Some(Ok(read)) = &mut self.configs {
                    read.secret_stored = Some(tenant);
                    read.secret_waits = None;
                }
            }
            BulkEvent::ConfigsSecretWaits { tenant } => {
                if let Some(Ok(read)) = &mut self.configs {
                    read.secret_waits = tenant;
                }
            }
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
            BulkEvent::ScanInVain(why) => self.vain_scan = Some(self.without_pin(why)),
            BulkEvent::Finished(keys) => keys.iter().for_each(|key| self.finished(key)),
            BulkEvent::Written { session, what, path, count } => {
                self.written.retain(|file| file.path != path);
                self.written.insert(0, Written { session, what, path, count });
            }
            BulkEvent::Fetching { done, of } => {
                if done < of {
                    self.works(Work::Fetching, (done, Some(of)), now);
                } else {
                    self.progress = None;
                }
            }
            BulkEvent::Ended(summary) => {
                self.summary = Some(*summary);
                self.session_is(None);
            }
            BulkEvent::Past(past) => self.past_is(past),
        }
    }

    /// Notes what was handed to the engine, so that the screen answers at once.
    pub(super) fn sent(&mut self, command: &BulkCommand) {
        match command {
            BulkCommand::ReadFile(_) | BulkCommand::ReadGroup { .. } => {
                self.not_read = None;
                self.forget_lists();
            }
            BulkCommand::FindGroups { query } => {
                self.groups.sent(query);
            }
            BulkCommand::ImportConfigs(_) => self.configs = None,
            BulkCommand::DropPeople => {
                self.people = None;
                self.progress = None;
                self.not_read = None;
                self.summary = None;
                self.forget_lists();
                self.audit = Audit::NotAsked;
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

    /// The finished key that "Undo" takes back, the newest of a person.
    pub fn finished_key(&self, entry: EntryNo) -> Option<EnrolmentId> {
        self.finished.get(&entry)?.keys.last().copied()
    }

    /// Whether the key of a result is still in its person's hand.
    pub fn is_finished(&self, result: &ResultShown) -> bool {
        let of_entry = self.finished.get(&result.entry);
        let is_it = |of: &Finished| result.enrolment.is_some_and(|id| of.keys.contains(&id));
        result.kind == ResultKind::Done && of_entry.is_some_and(is_it)
    }

    /// How many older keys of a person were removed, where this one is all that they have now.
    pub fn removed_for(&self, enrolment: EnrolmentId) -> usize {
        let of = self.finished.values().find(|of| of.keys.as_slice() == [enrolment]);
        of.map_or(0, |of| of.removed)
    }

    /// The letter that was written for this key alone.
    pub fn letter_of(&self, enrolment: EnrolmentId) -> Option<&PathBuf> {
        self.letters.get(&enrolment)
    }

    /// A paper of one key was written.
    pub(super) fn file_written(&mut self, id: EnrolmentId, path: &Path) {
        if self.finished.values().any(|of| of.keys.contains(&id)) {
            self.letters.insert(id, path.to_owned());
        }
    }

    /// The newest file of this kind that was written for the session.
    pub fn file_of(&self, session: Option<SessionId>, what: Output) -> Option<&Written> {
        self.written.iter().find(|file| file.session == session && file.what == what)
    }

    fn has_files(&self, session: SessionId) -> bool {
        self.written.iter().any(|file| file.session == Some(session))
    }

    /// Ended sessions with PINs that nobody was given, or with files to be opened, but for this one.
    pub fn past_besides(&self, session: Option<SessionId>) -> impl Iterator<Item = &Summary> {
        let wanted = move |one: &&Summary| one.sealed > 0 || self.has_files(one.id);
        self.past.iter().filter(wanted).filter(move |one| Some(one.id) != session)
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
            self.audit = Audit::NotAsked;
            self.finished.clear();
            self.letters.clear();
            self.entries = Entries::default();
        }
        if session.is_none() {
            self.board = Board::default();
            self.vain_scan = None;
        }
        self.session = session;
    }

    fn past_is(&mut self, mut past: Vec<Summary>) {
        let known = std::mem::take(&mut self.past);
        for old in known {
            // What was written of it is still to be opened.
            if self.has_files(old.id) && !past.iter().any(|one| one.id == old.id) {
                past.push(Summary { sealed: 0, ..old });
            }
        }
        if let Some(shown) = &mut self.summary {
            let now = past.iter().find(|one| one.id == shown.id);
            shown.sealed = now.map_or(0, |now| now.sealed);
        }
        self.past = past;
    }

    fn result(&mut self, result: ResultShown) {
        if let (ResultKind::Undone, Some(undone)) = (result.kind, result.enrolment)
            && let Some(of) = self.finished.get_mut(&result.entry)
        {
            of.keys.retain(|key| *key != undone);
        }
        self.results.push_front(result);
        self.results.truncate(MOST_RESULTS);
    }

    /// Challenges that were written are of people who are prepared no more.
    fn forget_lists(&mut self) {
        self.written.retain(|file| file.session.is_some());
    }

    fn finished(&mut self, key: &UndoableKey) {
        let of = self.finished.entry(key.entry).or_default();
        if !of.keys.contains(&key.enrolment) {
            of.keys.push(key.enrolment);
        }
        of.removed = of.removed.max(key.removed);
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
