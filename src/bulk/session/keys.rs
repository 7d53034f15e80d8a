//! Keys that come and go.

use super::{Deed, Seat, Session, SlotState, Told, Why};
use crate::bulk::slots::Placed;
use crate::bulk::{MOST_SLOTS, SessionNote, SlotNo};
use crate::key::KeyId;

impl Seat {
    pub(super) fn new(key: Option<KeyId>, state: SlotState) -> Self {
        let told = Told::default();
        Self {
            key,
            facts: None,
            is_unreadable: false,
            told,
            holder: None,
            state,
            anyway: false,
            may_reset: false,
        }
    }

    /// The operator's word was for the key as it was then, and for the holder it had.
    pub(super) fn is_told_again(&mut self, as_before: bool, holder: Option<String>) {
        let has_new_holder = holder.is_some() && holder != self.holder;
        if has_new_holder {
            self.holder = holder;
        }
        if has_new_holder || !as_before {
            self.takes_word_back();
        }
    }

    pub(super) fn takes_word_back(&mut self) {
        (self.anyway, self.may_reset) = (false, false);
    }

    /// With nothing in it, or with a key that has not told who it is, or can't.
    pub(super) fn without_run(&self) -> SlotState {
        match self.key {
            Some(_) if self.is_unreadable => SlotState::Refused(Why::Problem),
            Some(_) => SlotState::Reading,
            None => SlotState::Free,
        }
    }
}

impl Session {
    pub(super) fn inserted(&mut self, key: KeyId, port: &str, deeds: &mut Vec<Deed>) {
        let slot = match self.slots.place(port) {
            Placed::Known(slot) => slot,
            Placed::New(slot) => {
                deeds.push(Deed::Note(SessionNote::SlotTaken { slot, port: port.to_owned() }));
                slot
            }
            Placed::Full => {
                let Some(slot) = self.spare_slot() else { return deeds.push(Deed::NoSlot(key)) };
                self.slots.restore(port, slot);
                self.seats.remove(&slot);
                // Whose key was here last is known by what it tells, in whichever slot.
                let left = self.open.values_mut().filter(|open| open.slot == Some(slot));
                left.for_each(|open| open.slot = None);
                deeds.push(Deed::Note(SessionNote::SlotTaken { slot, port: port.to_owned() }));
                slot
            }
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
                self.seats.insert(slot, Seat::new(Some(key), SlotState::Reading));
            }
        }
    }

    /// The number of a port that nothing is in and that was not used for longest: of a hub that is
    /// plugged in elsewhere now. One that a key may come back to is taken only for want of others.
    fn spare_slot(&self) -> Option<SlotNo> {
        let is_empty = |slot: &SlotNo| {
            let seat = self.seats.get(slot);
            seat.is_none_or(|seat| seat.key.is_none() && seat.state == SlotState::Free)
        };
        let is_awaited = |slot: &SlotNo| self.open.values().any(|open| open.slot == Some(*slot));
        let spare = || self.slots.by_use().filter(is_empty);
        spare().find(|slot| !is_awaited(slot)).or_else(|| spare().next())
    }

    /// Where no port is told, a key takes the first such slot that is empty.
    pub(super) fn port_of_no_name(&self) -> String {
        let name = |n: u8| format!("port without a name {n}");
        let is_free = |n: &u8| {
            let seat = self.slots.get(&name(*n)).and_then(|slot| self.seats.get(&slot));
            seat.is_none_or(|seat| seat.key.is_none() && seat.state == SlotState::Free)
        };
        (1..=MOST_SLOTS).find(is_free).map_or_else(String::new, name)
    }

    pub(super) fn unreadable(&mut self, key: &KeyId) {
        let Some(seat) = self.seat_of_key(key) else { return };
        seat.is_unreadable = true;
        if seat.state == SlotState::Reading {
            seat.state = SlotState::Refused(Why::Problem);
        }
    }

    pub(super) fn key_out(&mut self, key: &KeyId, deeds: &mut Vec<Deed>) {
        let Some(slot) = self.slot_of_key(key) else { return };
        let chosen = self.assigned.remove(&slot);
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        // Who was chosen for a refused key waits like everybody: the next one may be any key. Only
        // where it is to be put in again they come first.
        let comes_again = seat.state == SlotState::Refused(Why::Problem);
        seat.key = None;
        seat.facts = None;
        seat.is_unreadable = false;
        seat.told = Told::default();
        seat.holder = None;
        seat.takes_word_back();
        match seat.state.clone() {
            // Its enrolment goes on; the run tells what came of the key's absence.
            SlotState::Running { .. } | SlotState::Beginning(_) => {}
            SlotState::Done { enrolment, .. } => {
                seat.state = SlotState::Free;
                deeds.push(Deed::HandOver(enrolment));
            }
            _ => seat.state = SlotState::Free,
        }
        if let Some(entry) = chosen.filter(|_| comes_again) {
            self.goes_before_all(entry);
        }
    }
}
