//! Who gets the key that was just put in, and what happens when it is pulled out.

mod ask;
mod choose;
mod keys;
mod people;
mod restore;
#[cfg(test)]
mod tests;
mod words;

pub use choose::is_used;
pub use words::{Deed, Given, Happening, KeyIn, RunEnd, SlotState, Told, Why};

use super::{Entry, EntryNo, SessionId, SessionNote, SessionOptions, SlotNo, Slots, TouchQueue};
use crate::enrolment::{EnrolmentId, KeyIdentity};
use crate::key::{KeyFacts, KeyId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// The station is locked, or nobody is signed in: no key is begun.
    unattended: bool,
    scanned: Option<EntryNo>,
    /// Who was chosen for the refused key in a slot, until it is used or goes.
    assigned: BTreeMap<SlotNo, EntryNo>,
    /// Keys that were finished here, by serial.
    given: HashMap<String, EntryNo>,
    /// The same by the enrolment that made their credential.
    handed_over: HashMap<EnrolmentId, EntryNo>,
    /// Models of keys without a serial that were worked on here.
    nameless: BTreeSet<String>,
    /// People whose own key was worked on here: whatever became of it, any key will do now.
    had_own: BTreeSet<EntryNo>,
    /// Begun and not over, whether a run drives them or not.
    open: BTreeMap<EnrolmentId, Open>,
    /// Those of them that erase something, which is to be confirmed before they go on.
    held: BTreeSet<EnrolmentId>,
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
    /// Whose credential was on the key as it was given, at the operator's word; it is there until the
    /// key is reset.
    was_made_in: Option<EnrolmentId>,
}

#[derive(Clone, Debug)]
struct Seat {
    key: Option<KeyId>,
    facts: Option<KeyFacts>,
    /// It could not be asked who it is.
    is_unreadable: bool,
    told: Told,
    /// Who has the key or is to get it, outside this session.
    holder: Option<String>,
    state: SlotState,
    /// The operator wants this key to be used, whatever is known of it.
    anyway: bool,
    /// That includes a reset.
    may_reset: bool,
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
            unattended: false,
            scanned: None,
            assigned: BTreeMap::new(),
            given: HashMap::new(),
            handed_over: HashMap::new(),
            nameless: BTreeSet::new(),
            had_own: BTreeSet::new(),
            open: BTreeMap::new(),
            held: BTreeSet::new(),
            cursor: 0,
            changed: Vec::new(),
        }
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
            Happening::NotBegun { slot, holder } => self.not_begun(slot, holder),
            Happening::TouchWanted { enrolment, until } => {
                match self.slot_of(enrolment) {
                    Some(_) => self.queue.ask(enrolment, until),
                    // Its key is in no slot: there is nobody to wait for.
                    None => deeds.push(Deed::Touch(enrolment)),
                }
            }
            Happening::TouchOver { enrolment } => self.queue.release(enrolment),
            Happening::Finished { enrolment } => self.finished(enrolment, deeds),
            Happening::Over { enrolment, end } => self.over(enrolment, &end),
            Happening::Scanned { text } => self.scan(&text, deeds),
            Happening::Assigned { slot, entry } => self.assign(slot, entry),
            Happening::UseAnyway { slot, reset } => self.use_anyway(slot, reset),
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
                self.undone(entry, enrolment, serial.as_deref());
                deeds.push(Deed::Note(SessionNote::Undone { entry, enrolment, serial, reason }));
            }
            Happening::Paused => {
                self.paused = true;
                deeds.push(Deed::Note(SessionNote::Paused));
            }
            Happening::Unattended => self.unattended = true,
            Happening::Attended => self.unattended = false,
            Happening::GoneOn => {
                self.paused = false;
                self.held.clear();
                deeds.push(Deed::Note(SessionNote::Resumed));
            }
        }
    }

    fn begun(&mut self, slot: SlotNo, enrolment: EnrolmentId, key: KeyIdentity) {
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        let SlotState::Beginning(entry) = seat.state else { return };
        seat.state = SlotState::Running { entry, enrolment };
        let was_made_in = self.made_in(slot);
        self.note_key(entry, &key);
        self.changed.push(entry);
        self.open.insert(enrolment, Open { entry, key, slot: Some(slot), was_made_in });
    }

    /// The person waits again, before all others. The operator's word was for this one try: what
    /// hinders it is not asked again and again.
    fn not_begun(&mut self, slot: SlotNo, holder: Option<String>) {
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        let SlotState::Beginning(entry) = seat.state else { return };
        seat.takes_word_back();
        seat.state = match (&seat.key, &holder) {
            (Some(_), Some(holder)) => SlotState::Refused(Why::HeldBy(holder.clone())),
            (Some(_), None) => SlotState::Refused(Why::Problem),
            (None, _) => SlotState::Free,
        };
        seat.holder = seat.key.as_ref().and(holder.or(seat.holder.take()));
        if let Some(progress) = self.progress_mut(entry) {
            progress.open = progress.open.saturating_sub(1);
        }
        self.goes_first(entry);
    }

    fn finished(&mut self, enrolment: EnrolmentId, deeds: &mut Vec<Deed>) {
        self.queue.release(enrolment);
        let Some(slot) = self.slot_of(enrolment) else {
            // Its key is in somebody's hand: its slot went on with another one, or it was
            // activated there.
            if self.open.contains_key(&enrolment) {
                deeds.push(Deed::HandOver(enrolment));
            }
            return;
        };
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        let SlotState::Running { entry, .. } = seat.state else { return };
        if seat.facts.is_some() {
            seat.state = SlotState::Done { entry, enrolment };
        } else {
            // Pulled out already: it is in somebody's hand. One that came into its place since has
            // yet to tell who it is.
            seat.state = seat.without_run();
            deeds.push(Deed::HandOver(enrolment));
        }
    }

    fn over(&mut self, enrolment: EnrolmentId, end: &RunEnd) {
        self.queue.release(enrolment);
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
        self.count_end(enrolment, open.entry, open.key.serial.as_deref(), end);
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
                seat.state = match seat.facts {
                    Some(_) => with_key,
                    None => seat.without_run(),
                };
            }
            _ => {}
        }
    }

    fn assign(&mut self, slot: SlotNo, entry: EntryNo) {
        self.assigned.insert(slot, entry);
    }

    /// A key that is somebody's stays theirs, and is not taken when it is free later either.
    fn use_anyway(&mut self, slot: SlotNo, reset: bool) {
        if let Some(seat) = self.seats.get_mut(&slot)
            && matches!(&seat.state, SlotState::Refused(why) if why.may_be_overruled())
        {
            (seat.anyway, seat.may_reset) = (true, reset);
        }
    }

    /// Gives the turn to the next key of the touch queue.
    fn grant(&mut self, now: Timestamp, deeds: &mut Vec<Deed>) {
        if let Some(enrolment) = self.queue.grant(now) {
            deeds.push(Deed::Touch(enrolment));
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

    /// A used key without a serial may be one that was made here: it is never reset unasked. Who
    /// was given the key that is meant for them waits for it no more.
    fn note_key(&mut self, entry: EntryNo, key: &KeyIdentity) {
        match (&key.serial, self.entry(entry).and_then(|of| of.serial.as_deref())) {
            (None, _) => {
                self.nameless.insert(key.aaguid.clone());
            }
            (Some(serial), Some(own)) if choose::same_serial(own, serial) => {
                self.had_own.insert(entry);
            }
            _ => {}
        }
    }

    /// Whether the enrolment's key is in no slot.
    fn is_out(&self, enrolment: EnrolmentId) -> bool {
        let seat = self.slot_of(enrolment).and_then(|slot| self.seats.get(&slot));
        seat.is_none_or(|seat| seat.key.is_none())
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

fn place(entry: EntryNo) -> Option<usize> {
    usize::try_from(entry.0).ok()?.checked_sub(1)
}
