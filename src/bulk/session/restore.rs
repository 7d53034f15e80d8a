//! A session rebuilt from the journal.

use super::{Open, Over, RunEnd, Seat, Session, SlotState};
use crate::bulk::{EntryNo, SessionNote};
use crate::enrolment::{EnrolmentId, KeyIdentity};

impl Session {
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
            SessionNote::Undone { entry, enrolment, serial, .. } => {
                self.undone(*entry, *enrolment, serial.as_deref());
            }
            SessionNote::UndoBegun { .. } | SessionNote::UndoFailed { .. } => {}
        }
    }

    /// Takes in an enrolment of the journal that is over.
    pub fn restore_over(
        &mut self,
        enrolment: EnrolmentId,
        entry: EntryNo,
        key: &KeyIdentity,
        end: &RunEnd,
    ) {
        self.note_key(entry, key);
        self.count_end(enrolment, entry, key.serial.as_deref(), end);
    }

    /// Takes in an enrolment of the journal that is not over.
    pub fn restore_open(
        &mut self,
        enrolment: EnrolmentId,
        entry: EntryNo,
        key: KeyIdentity,
        was_made_in: Option<EnrolmentId>,
    ) {
        self.note_key(entry, &key);
        if let Some(progress) = self.progress_mut(entry) {
            progress.open += 1;
            let slot = key.port.as_deref().and_then(|port| self.slots.get(port));
            self.open.insert(enrolment, Open { entry, key, slot, was_made_in });
        }
    }

    /// Its key is not worked on before the session is told to go on.
    pub fn hold(&mut self, enrolment: EnrolmentId) {
        self.held.insert(enrolment);
    }

    /// It is taken back: its key is not kept from that.
    pub fn let_go(&mut self, enrolment: EnrolmentId) {
        self.held.remove(&enrolment);
    }

    /// A run still drives an enrolment of the journal; its key may be in, which is told next.
    pub fn restore_running(&mut self, enrolment: EnrolmentId) {
        let Some(open) = self.open.get(&enrolment) else { return };
        let Some(slot) = open.slot else { return };
        let state = SlotState::Running { entry: open.entry, enrolment };
        self.seats.insert(slot, Seat::new(None, state));
    }
}
