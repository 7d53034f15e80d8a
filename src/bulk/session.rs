//! Who gets the key that was just put in, and what happens when it is pulled out.

mod choose;
#[cfg(test)]
mod tests;

use super::slots::Placed;
use super::{
    Entry, EntryNo, EntryState, MOST_SLOTS, SessionId, SessionNote, SessionOptions, SlotNo, Slots,
    TouchQueue,
};
use crate::enrolment::{EnrolmentId, KeyIdentity, Then};
use crate::key::{KeyFacts, KeyId};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// A session as it stands: people, slots, the touch queue.
#[derive(Clone, Debug)]
pub struct Session {
    id: SessionId,
    options: SessionOptions,
    entries: Vec<Entry>,
    progress: Vec<Progress>,
    /// Whose last key was taken back for another one: they come first.
    front: Vec<EntryNo>,
    slots: Slots,
    seats: BTreeMap<SlotNo, Seat>,
    queue: TouchQueue,
    paused: bool,
    scanned: Option<EntryNo>,
    /// Who the next key in a slot is for.
    assigned: BTreeMap<SlotNo, EntryNo>,
    /// Keys that were finished here, by serial.
    given: HashMap<String, EntryNo>,
    /// Begun and not over, whether a run drives them or not.
    open: BTreeMap<EnrolmentId, Open>,
    /// Where to look for the next waiting person: nobody before waits.
    cursor: usize,
    /// Whose state may have changed since it was last asked.
    changed: Vec<EntryNo>,
}

#[derive(Clone, Debug, Default)]
struct Progress {
    /// Begun and not over.
    open: u8,
    done: u8,
    over: Option<Over>,
}

/// Why a person does not wait, though not all keys are made.
#[derive(Clone, Debug)]
enum Over {
    Failed(String),
    Skipped(String),
}

/// One enrolment that is not over.
#[derive(Clone, Debug)]
struct Open {
    entry: EntryNo,
    key: KeyIdentity,
    /// Where its key is, or was last.
    slot: Option<SlotNo>,
}

#[derive(Clone, Debug)]
struct Seat {
    key: Option<KeyId>,
    facts: Option<KeyFacts>,
    state: SlotState,
    /// The operator wants this key to be used, whatever is known of it.
    anyway: bool,
}

/// What goes on in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotState {
    Free,
    /// The key is asked who it is.
    Reading,
    /// It waits; why.
    Refused(Why),
    /// The engine is about to begin.
    Beginning(EntryNo),
    /// A run has it; the key may be out.
    Running {
        entry: EntryNo,
        enrolment: EnrolmentId,
    },
    /// Finished: to be pulled out.
    Done {
        entry: EntryNo,
        enrolment: EnrolmentId,
    },
    /// Its enrolment came to an end without a hand-over: to be pulled out.
    Spent {
        entry: EntryNo,
    },
}

/// Why a key is not given to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    NobodyLeft,
    Paused,
    /// Made in this session for somebody, whose name this is.
    GivenTo(String),
    /// Another enrolment of this station gave it to somebody.
    HeldBy(String),
    NotInStock,
    /// The file means it for a person who needs no key now.
    MeantFor(String),
    /// The scanned person is to get the key with this serial.
    OtherSerial {
        name: String,
        serial: String,
    },
    /// It could not be read, or the enrolment not begun; the engine has the problem.
    Problem,
}

/// A key that told who it is.
#[derive(Clone, Debug)]
pub struct KeyIn {
    pub facts: KeyFacts,
    /// Whom this station gave a key of this serial before, outside this session.
    pub holder: Option<String>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Happening {
    /// Something was put into a port; who it is follows.
    Inserted {
        key: KeyId,
        /// Absent where the system does not tell it.
        port: Option<String>,
    },
    KeyIn(Box<KeyIn>),
    /// It did not tell who it is.
    Unreadable {
        key: KeyId,
    },
    KeyOut {
        key: KeyId,
    },
    /// The intent is in the journal.
    Begun {
        slot: SlotNo,
        enrolment: EnrolmentId,
        key: KeyIdentity,
    },
    /// The enrolment could not be begun.
    NotBegun {
        slot: SlotNo,
    },
    /// The run wants a touch, of use until then.
    TouchWanted {
        enrolment: EnrolmentId,
        until: Option<Timestamp>,
    },
    /// It was touched, or the run gave up.
    TouchOver {
        enrolment: EnrolmentId,
    },
    /// Only the hand-over is left.
    Finished {
        enrolment: EnrolmentId,
    },
    /// The run has ended.
    Over {
        enrolment: EnrolmentId,
        end: RunEnd,
    },
    Scanned {
        text: String,
    },
    Assigned {
        slot: SlotNo,
        entry: EntryNo,
    },
    UseAnyway {
        slot: SlotNo,
    },
    Skipped {
        entry: EntryNo,
        reason: String,
    },
    PutBack {
        entry: EntryNo,
    },
    RetryFailed,
    /// A finished key is out of the directory again.
    Undone {
        entry: EntryNo,
        enrolment: EnrolmentId,
        serial: Option<String>,
        reason: String,
    },
    Paused,
    GoneOn,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEnd {
    HandedOver,
    TakenBack {
        then: Then,
        summary: String,
    },
    GivenUp {
        summary: String,
    },
    /// The run ended, the enrolment did not: it waits for its key.
    Interrupted,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Begin(Given),
    /// The key of an open enrolment is in this slot.
    Back {
        slot: SlotNo,
        key: KeyId,
        enrolment: EnrolmentId,
    },
    /// The run may ask for its touch.
    Touch(EnrolmentId),
    /// The key was pulled out after all was done.
    HandOver(EnrolmentId),
    Note(SessionNote),
    /// Nobody has this badge, serial or name.
    UnknownScan(String),
    /// All sixteen slots are taken; this key is not used.
    NoSlot(KeyId),
}

/// One key for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub slot: SlotNo,
    pub key: KeyId,
    pub entry: EntryNo,
    /// Which of the person's keys it is, counted from 1.
    pub n: u8,
    /// It holds a PIN or credentials and is reset first.
    pub reset: bool,
}

impl Session {
    pub fn new(id: SessionId, options: SessionOptions, entries: Vec<Entry>) -> Self {
        Self {
            id,
            options,
            progress: vec![Progress::default(); entries.len()],
            entries,
            front: Vec::new(),
            slots: Slots::default(),
            seats: BTreeMap::new(),
            queue: TouchQueue::default(),
            paused: false,
            scanned: None,
            assigned: BTreeMap::new(),
            given: HashMap::new(),
            open: BTreeMap::new(),
            cursor: 0,
            changed: Vec::new(),
        }
    }

    /// Takes in a note of the journal, in its order.
    pub fn restore_note(&mut self, note: &SessionNote) {
        match note {
            SessionNote::Paused => self.paused = true,
            SessionNote::Resumed => self.paused = false,
            SessionNote::SlotTaken { slot, port } => self.slots.restore(port, *slot),
            SessionNote::Skipped { entry, reason } => {
                self.set_over(*entry, Over::Skipped(reason.clone()))
            }
            SessionNote::PutBack { entry } => self.wait_again(*entry),
            SessionNote::Undone { entry, serial, .. } => self.undone(*entry, serial.as_deref()),
        }
    }

    /// Takes in an enrolment of the journal that is over.
    pub fn restore_over(&mut self, entry: EntryNo, serial: Option<&str>, end: &RunEnd) {
        self.count_end(entry, serial, end);
    }

    /// Takes in an enrolment of the journal that is not over.
    pub fn restore_open(&mut self, enrolment: EnrolmentId, entry: EntryNo, key: KeyIdentity) {
        if let Some(progress) = self.progress_mut(entry) {
            progress.open += 1;
            let slot = key.port.as_deref().and_then(|port| self.slots.get(port));
            self.open.insert(enrolment, Open { entry, key, slot });
        }
    }

    /// A run still drives an enrolment of the journal; its key may be in, which is told next.
    pub fn restore_running(&mut self, enrolment: EnrolmentId) {
        let Some(open) = self.open.get(&enrolment) else { return };
        let Some(slot) = open.slot else { return };
        let state = SlotState::Running { entry: open.entry, enrolment };
        self.seats.insert(slot, Seat { key: None, facts: None, state, anyway: false });
    }

    /// Whose state may have changed since this was last asked, each once.
    pub fn take_changed(&mut self) -> Vec<EntryNo> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// Takes one happening in; what is to be done about it, in this order.
    pub fn on(&mut self, happening: Happening, now: Timestamp) -> Vec<Deed> {
        let mut deeds = Vec::new();
        self.take(happening, &mut deeds);
        self.move_cursor();
        self.offer_again(&mut deeds);
        self.grant(now, &mut deeds);
        deeds
    }

    fn take(&mut self, happening: Happening, deeds: &mut Vec<Deed>) {
        match happening {
            Happening::Inserted { key, port } => {
                let port = port.unwrap_or_else(|| self.port_of_no_name());
                self.inserted(key, &port, deeds);
            }
            Happening::KeyIn(key) => self.key_in(*key, deeds),
            Happening::Unreadable { key } => self.unreadable(&key),
            Happening::KeyOut { key } => self.key_out(&key, deeds),
            Happening::Begun { slot, enrolment, key } => self.begun(slot, enrolment, key),
            Happening::NotBegun { slot } => self.not_begun(slot),
            Happening::TouchWanted { enrolment, until } => {
                match self.slot_of(enrolment) {
                    Some(slot) => self.queue.ask(slot, until),
                    // Its key is in no slot: there is nobody to wait for.
                    None => deeds.push(Deed::Touch(enrolment)),
                }
            }
            Happening::TouchOver { enrolment } => self.touch_over(enrolment),
            Happening::Finished { enrolment } => self.finished(enrolment, deeds),
            Happening::Over { enrolment, end } => self.over(enrolment, &end),
            Happening::Scanned { text } => self.scan(&text, deeds),
            Happening::Assigned { slot, entry } => self.assign(slot, entry),
            Happening::UseAnyway { slot } => self.use_anyway(slot),
            Happening::Skipped { entry, reason } => {
                if self.progress_of(entry).is_some_and(|progress| progress.open == 0) {
                    self.set_over(entry, Over::Skipped(reason.clone()));
                    deeds.push(Deed::Note(SessionNote::Skipped { entry, reason }));
                }
            }
            Happening::PutBack { entry } => {
                self.wait_again(entry);
                deeds.push(Deed::Note(SessionNote::PutBack { entry }));
            }
            Happening::RetryFailed => self.retry_failed(deeds),
            Happening::Undone { entry, enrolment, serial, reason } => {
                self.undone(entry, serial.as_deref());
                deeds.push(Deed::Note(SessionNote::Undone { entry, enrolment, serial, reason }));
            }
            Happening::Paused => {
                self.paused = true;
                deeds.push(Deed::Note(SessionNote::Paused));
            }
            Happening::GoneOn => {
                self.paused = false;
                deeds.push(Deed::Note(SessionNote::Resumed));
            }
        }
    }

    fn inserted(&mut self, key: KeyId, port: &str, deeds: &mut Vec<Deed>) {
        let slot = match self.slots.place(port) {
            Placed::Known(slot) => slot,
            Placed::New(slot) => {
                deeds.push(Deed::Note(SessionNote::SlotTaken { slot, port: port.to_owned() }));
                slot
            }
            Placed::Full => return deeds.push(Deed::NoSlot(key)),
        };
        // Whoever was here before is out, whether that was told or not.
        if let Some(before) = self.seats.get(&slot).and_then(|seat| seat.key.clone())
            && before != key
        {
            self.key_out(&before, deeds);
        }
        let waits_for_key = |seat: &Seat| matches!(seat.state, SlotState::Running { .. });
        match self.seats.get_mut(&slot) {
            Some(seat) if waits_for_key(seat) => seat.key = Some(key),
            _ => {
                let seat =
                    Seat { key: Some(key), facts: None, state: SlotState::Reading, anyway: false };
                self.seats.insert(slot, seat);
            }
        }
    }

    /// Where no port is told, a key takes the first such slot that is empty.
    fn port_of_no_name(&self) -> String {
        let name = |n: u8| format!("port without a name {n}");
        let is_free = |n: &u8| {
            let seat = self.slots.get(&name(*n)).and_then(|slot| self.seats.get(&slot));
            seat.is_none_or(|seat| seat.key.is_none() && seat.state == SlotState::Free)
        };
        (1..=MOST_SLOTS).find(is_free).map_or_else(String::new, name)
    }

    fn unreadable(&mut self, key: &KeyId) {
        if let Some(seat) = self.seat_of_key(key)
            && seat.state == SlotState::Reading
        {
            seat.state = SlotState::Refused(Why::Problem);
        }
    }

    fn key_out(&mut self, key: &KeyId, deeds: &mut Vec<Deed>) {
        let Some(slot) = self.slot_of_key(key) else { return };
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        seat.key = None;
        seat.facts = None;
        seat.anyway = false;
        match seat.state.clone() {
            // Its enrolment goes on; the run tells what came of the key's absence.
            SlotState::Running { .. } | SlotState::Beginning(_) => {}
            SlotState::Done { enrolment, .. } => {
                seat.state = SlotState::Free;
                deeds.push(Deed::HandOver(enrolment));
            }
            _ => seat.state = SlotState::Free,
        }
    }

    fn begun(&mut self, slot: SlotNo, enrolment: EnrolmentId, key: KeyIdentity) {
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        let SlotState::Beginning(entry) = seat.state else { return };
        seat.state = SlotState::Running { entry, enrolment };
        self.changed.push(entry);
        self.open.insert(enrolment, Open { entry, key, slot: Some(slot) });
    }

    /// The person waits again, before all others.
    fn not_begun(&mut self, slot: SlotNo) {
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        let SlotState::Beginning(entry) = seat.state else { return };
        seat.state = match seat.key {
            Some(_) => SlotState::Refused(Why::Problem),
            None => SlotState::Free,
        };
        if let Some(progress) = self.progress_mut(entry) {
            progress.open = progress.open.saturating_sub(1);
        }
        self.goes_first(entry);
    }

    fn touch_over(&mut self, enrolment: EnrolmentId) {
        if let Some(slot) = self.slot_of(enrolment) {
            self.queue.release(slot);
        }
    }

    fn finished(&mut self, enrolment: EnrolmentId, deeds: &mut Vec<Deed>) {
        self.touch_over(enrolment);
        let Some(slot) = self.slot_of(enrolment) else {
            // Activated while its key is with its person.
            return deeds.push(Deed::HandOver(enrolment));
        };
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        let SlotState::Running { entry, .. } = seat.state else { return };
        match seat.key {
            Some(_) => seat.state = SlotState::Done { entry, enrolment },
            // Pulled out already: it is in somebody's hand.
            None => {
                seat.state = SlotState::Free;
                deeds.push(Deed::HandOver(enrolment));
            }
        }
    }

    fn over(&mut self, enrolment: EnrolmentId, end: &RunEnd) {
        self.touch_over(enrolment);
        let slot = self.slot_of(enrolment);
        if *end == RunEnd::Interrupted {
            // It waits for its key; the slot is free for others.
            if let Some(slot) = slot {
                self.leave(slot, enrolment, SlotState::Free);
            }
            return;
        }
        let Some(open) = self.open.remove(&enrolment) else { return };
        if let Some(progress) = self.progress_mut(open.entry) {
            progress.open = progress.open.saturating_sub(1);
        }
        self.count_end(open.entry, open.key.serial.as_deref(), end);
        if let Some(slot) = slot {
            self.leave(slot, enrolment, SlotState::Spent { entry: open.entry });
        }
    }

    /// The slot is done with the enrolment; a key that is still in must come out first.
    fn leave(&mut self, slot: SlotNo, enrolment: EnrolmentId, with_key: SlotState) {
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        match seat.state {
            SlotState::Running { enrolment: of, .. } | SlotState::Done { enrolment: of, .. }
                if of == enrolment =>
            {
                seat.state = if seat.key.is_some() { with_key } else { SlotState::Free };
            }
            _ => {}
        }
    }

    fn count_end(&mut self, entry: EntryNo, serial: Option<&str>, end: &RunEnd) {
        match end {
            RunEnd::HandedOver => {
                if let Some(progress) = self.progress_mut(entry) {
                    progress.done += 1;
                }
                if let Some(serial) = serial {
                    self.given.insert(serial.to_owned(), entry);
                }
            }
            RunEnd::TakenBack { then: Then::NewKey, .. } => self.goes_first(entry),
            RunEnd::TakenBack { then: Then::SkipPerson, summary } => {
                self.set_over(entry, Over::Skipped(summary.clone()));
            }
            RunEnd::TakenBack { then: Then::Nothing, summary } | RunEnd::GivenUp { summary } => {
                self.set_over(entry, Over::Failed(summary.clone()));
            }
            RunEnd::Interrupted => {}
        }
    }

    fn retry_failed(&mut self, deeds: &mut Vec<Deed>) {
        let failed: Vec<EntryNo> = self
            .numbered()
            .filter(|(_, progress)| matches!(progress.over, Some(Over::Failed(_))))
            .map(|(entry, _)| entry)
            .collect();
        for entry in failed {
            self.wait_again(entry);
            deeds.push(Deed::Note(SessionNote::PutBack { entry }));
        }
    }

    fn assign(&mut self, slot: SlotNo, entry: EntryNo) {
        self.assigned.insert(slot, entry);
    }

    fn use_anyway(&mut self, slot: SlotNo) {
        if let Some(seat) = self.seats.get_mut(&slot) {
            seat.anyway = true;
        }
    }

    fn wait_again(&mut self, entry: EntryNo) {
        if let Some(progress) = self.progress_mut(entry) {
            progress.over = None;
        }
        self.goes_first(entry);
    }

    fn undone(&mut self, entry: EntryNo, serial: Option<&str>) {
        if let Some(serial) = serial {
            self.given.remove(serial);
        }
        if let Some(progress) = self.progress_mut(entry) {
            progress.done = progress.done.saturating_sub(1);
        }
        self.wait_again(entry);
    }

    fn set_over(&mut self, entry: EntryNo, over: Over) {
        if let Some(progress) = self.progress_mut(entry) {
            progress.over = Some(over);
        }
    }

    fn goes_first(&mut self, entry: EntryNo) {
        self.front.retain(|other| *other != entry);
        self.front.push(entry);
    }

    /// Gives the turn to the next key of the touch queue.
    fn grant(&mut self, now: Timestamp, deeds: &mut Vec<Deed>) {
        while let Some(slot) = self.queue.grant(now) {
            match self.seats.get(&slot).map(|seat| &seat.state) {
                Some(SlotState::Running { enrolment, .. }) => {
                    return deeds.push(Deed::Touch(*enrolment));
                }
                _ => self.queue.release(slot),
            }
        }
    }

    fn slot_of(&self, enrolment: EnrolmentId) -> Option<SlotNo> {
        let is_here = |seat: &Seat| match &seat.state {
            SlotState::Running { enrolment: of, .. } | SlotState::Done { enrolment: of, .. } => {
                *of == enrolment
            }
            _ => false,
        };
        self.seats.iter().find(|(_, seat)| is_here(seat)).map(|(slot, _)| *slot)
    }

    fn slot_of_key(&self, key: &KeyId) -> Option<SlotNo> {
        let has = |seat: &Seat| seat.key.as_ref() == Some(key);
        self.seats.iter().find(|(_, seat)| has(seat)).map(|(slot, _)| *slot)
    }

    fn seat_of_key(&mut self, key: &KeyId) -> Option<&mut Seat> {
        let slot = self.slot_of_key(key)?;
        self.seats.get_mut(&slot)
    }

    fn progress_of(&self, entry: EntryNo) -> Option<&Progress> {
        self.progress.get(place(entry)?)
    }

    fn progress_mut(&mut self, entry: EntryNo) -> Option<&mut Progress> {
        self.changed.push(entry);
        self.progress.get_mut(place(entry)?)
    }

    fn numbered(&self) -> impl Iterator<Item = (EntryNo, &Progress)> {
        (1..).map(EntryNo).zip(&self.progress)
    }
}

/// What a driver and a screen ask.
impl Session {
    pub fn id(&self) -> SessionId {
        self.id
    }

    pub fn options(&self) -> &SessionOptions {
        &self.options
    }

    pub fn is_paused(&self) -> bool {
        self.paused
    }

    pub fn entry(&self, entry: EntryNo) -> Option<&Entry> {
        self.entries.get(place(entry)?)
    }

    pub fn entries(&self) -> impl Iterator<Item = (EntryNo, &Entry)> {
        (1..).map(EntryNo).zip(&self.entries)
    }

    pub fn state(&self, entry: EntryNo) -> EntryState {
        let Some(progress) = self.progress_of(entry) else { return EntryState::Waiting };
        let begun = || self.open.iter().find(|(_, open)| open.entry == entry).map(|(id, _)| *id);
        match (begun(), &progress.over) {
            (Some(enrolment), _) => EntryState::Begun(enrolment),
            (None, _) if progress.done >= self.options.keys_each => EntryState::Done,
            (None, Some(Over::Failed(summary))) => EntryState::Failed { summary: summary.clone() },
            (None, Some(Over::Skipped(reason))) => EntryState::Skipped { reason: reason.clone() },
            (None, None) => EntryState::Waiting,
        }
    }

    /// All slots that were ever used, in the order of their numbers.
    pub fn slots(&self) -> impl Iterator<Item = (SlotNo, SlotState, Option<&KeyId>)> {
        let mut numbers: Vec<SlotNo> = self.slots.all().collect();
        numbers.sort_unstable();
        numbers.into_iter().map(|slot| match self.seats.get(&slot) {
            Some(seat) => (slot, seat.state.clone(), seat.key.as_ref()),
            None => (slot, SlotState::Free, None),
        })
    }

    /// Slots before this one in the touch queue.
    pub fn touches_before(&self, slot: SlotNo, now: Timestamp) -> Option<usize> {
        self.queue.before(slot, now)
    }

    pub fn has_touch(&self, slot: SlotNo) -> bool {
        self.queue.has_turn() == Some(slot)
    }

    pub fn slot_of_enrolment(&self, enrolment: EnrolmentId) -> Option<SlotNo> {
        self.slot_of(enrolment)
    }

    /// Whether a key of this serial was made here.
    pub fn knows_serial(&self, serial: &str) -> bool {
        self.given.contains_key(serial)
            || self.open.values().any(|open| open.key.serial.as_deref() == Some(serial))
    }

    /// Whether an open enrolment waits for the key of this serial, which is in no slot.
    pub fn awaits_key(&self, serial: Option<&str>) -> bool {
        let is_out = |id: &EnrolmentId| {
            let slot = self.slot_of(*id).and_then(|slot| self.seats.get(&slot));
            slot.is_none_or(|seat| seat.key.is_none())
        };
        serial.is_some_and(|serial| {
            let is = |open: &Open| open.key.serial.as_deref() == Some(serial);
            self.open.iter().any(|(id, open)| is(open) && is_out(id))
        })
    }

    /// Whose badge was scanned last, while no key took it up.
    pub fn scanned(&self) -> Option<EntryNo> {
        self.scanned
    }

    /// Enrolments that are not over and whose key is in no slot, with the slot it was in.
    pub fn away(
        &self,
    ) -> impl Iterator<Item = (EnrolmentId, EntryNo, &KeyIdentity, Option<SlotNo>)> {
        self.open
            .iter()
            .filter(|(id, _)| self.slot_of(**id).is_none())
            .map(|(id, open)| (*id, open.entry, &open.key, open.slot))
    }

    /// How many people wait or have a key in work, failed, and were skipped.
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for progress in &self.progress {
            match &progress.over {
                _ if progress.done >= self.options.keys_each => {}
                Some(Over::Failed(_)) if progress.open == 0 => counts.1 += 1,
                Some(Over::Skipped(_)) if progress.open == 0 => counts.2 += 1,
                _ => counts.0 += 1,
            }
        }
        counts
    }
}

fn place(entry: EntryNo) -> Option<usize> {
    usize::try_from(entry.0).ok()?.checked_sub(1)
}
