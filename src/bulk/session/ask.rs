//! What a driver and a screen ask of a session.

use super::{Open, Over, Progress, Session, SlotState, place};
use crate::bulk::{Entry, EntryNo, EntryState, SessionId, SessionOptions, SlotNo, is_used};
use crate::enrolment::{EnrolmentId, KeyIdentity};
use crate::key::KeyId;
use jiff::Timestamp;

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

    /// Whether the station is locked, or its operator has signed out.
    pub fn is_unattended(&self) -> bool {
        self.unattended
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

    /// Keys before this enrolment's in the touch queue.
    pub fn touches_before(&self, enrolment: EnrolmentId, now: Timestamp) -> Option<usize> {
        self.queue.before(enrolment, now)
    }

    /// Whether a key of this serial was made here.
    pub fn knows_serial(&self, serial: &str) -> bool {
        self.given.contains_key(serial)
            || self.open.values().any(|open| open.key.serial.as_deref() == Some(serial))
    }

    /// Whether an open enrolment waits for the key of this serial, which is in no slot.
    pub fn awaits_key(&self, serial: Option<&str>) -> bool {
        serial.is_some_and(|serial| {
            let is = |open: &Open| open.key.serial.as_deref() == Some(serial);
            self.open.iter().any(|(id, open)| is(open) && self.is_out(*id))
        })
    }

    /// The enrolment that waits for its key in the slot this key is in.
    pub fn awaited_in_slot_of(&self, key: &KeyId) -> Option<EnrolmentId> {
        let slot = self.slot_of_key(key)?;
        if let Some(SlotState::Running { enrolment, .. }) =
            self.seats.get(&slot).map(|of| &of.state)
        {
            return Some(*enrolment);
        }
        let is_awaited =
            |(id, open): &(&EnrolmentId, &Open)| open.slot == Some(slot) && self.is_out(**id);
        self.open.iter().find(is_awaited).map(|(id, _)| *id)
    }

    /// Whether a key is in a slot and has not told who it is.
    pub fn is_being_read(&self, key: &KeyId) -> bool {
        let seat = self.slot_of_key(key).and_then(|slot| self.seats.get(&slot));
        seat.is_some_and(|seat| seat.facts.is_none())
    }

    /// Whether it waits for the operator's word, as it erases something.
    pub fn is_held(&self, enrolment: EnrolmentId) -> bool {
        self.held.contains(&enrolment)
    }

    pub fn key_in_slot(&self, slot: SlotNo) -> Option<&KeyId> {
        self.seats.get(&slot)?.key.as_ref()
    }

    /// The holder from whom the operator wants the key in the slot taken.
    pub fn taken_from(&self, slot: SlotNo) -> Option<&str> {
        self.seats.get(&slot).filter(|seat| seat.anyway)?.holder.as_deref()
    }

    /// The person of this session whose key is in the slot.
    pub fn owner_in(&self, slot: SlotNo) -> Option<EntryNo> {
        let seat = self.seats.get(&slot)?;
        let serial = seat.facts.as_ref()?.serial.as_deref();
        self.whose(serial, seat.told.made_in)
    }

    /// Whether the key in the slot would be reset before it is used for somebody.
    pub fn holds_used_key(&self, slot: SlotNo) -> bool {
        let facts = self.seats.get(&slot).and_then(|seat| seat.facts.as_ref());
        facts.is_some_and(is_used)
    }

    /// Who was chosen for the refused key in the slot.
    pub fn assigned_to(&self, slot: SlotNo) -> Option<EntryNo> {
        self.assigned.get(&slot).copied()
    }

    /// Whose badge was scanned last, while no key took it up.
    pub fn scanned(&self) -> Option<EntryNo> {
        self.scanned.filter(|entry| self.waits(*entry))
    }

    /// The enrolment whose credential is on the key that the operator wants taken, as far as it told.
    pub fn made_in(&self, slot: SlotNo) -> Option<EnrolmentId> {
        self.seats.get(&slot).filter(|seat| seat.anyway)?.told.made_in
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

    /// The keys that those who wait or have one in work still get.
    pub fn keys_left(&self) -> usize {
        let each = self.options.keys_each;
        let missing = |progress: &Progress| match progress.over {
            Some(_) => progress.open,
            None => each.saturating_sub(progress.done),
        };
        self.progress.iter().map(missing).map(usize::from).sum()
    }
}
