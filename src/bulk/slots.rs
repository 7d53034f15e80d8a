//! A slot is a USB port: it keeps its number when the key in it changes.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Slots a session has at most.
pub const MOST_SLOTS: u8 = 16;

/// The number on the board, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SlotNo(pub u8);

/// The ports that have a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    by_port: BTreeMap<String, SlotNo>,
    /// Those that are given out, the one that was used last at the end.
    used: Vec<SlotNo>,
}

/// What a port's slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    Known(SlotNo),
    /// Seen for the first time.
    New(SlotNo),
    /// All numbers are given out.
    Full,
}

impl Slots {
    /// Gives the port its number, as the journal has it; another port that had it has none now.
    pub fn restore(&mut self, port: &str, slot: SlotNo) {
        self.by_port.retain(|_, of| *of != slot);
        self.by_port.insert(port.to_owned(), slot);
        self.note_use(slot);
    }

    /// The port's number; the lowest free one for a new port.
    pub fn place(&mut self, port: &str) -> Placed {
        if let Some(slot) = self.by_port.get(port).copied() {
            self.note_use(slot);
            return Placed::Known(slot);
        }
        let free =
            (1..=MOST_SLOTS).map(SlotNo).find(|no| !self.by_port.values().any(|of| of == no));
        match free {
            Some(slot) => {
                self.restore(port, slot);
                Placed::New(slot)
            }
            None => Placed::Full,
        }
    }

    /// Those that are given out, the one that was not used for longest first.
    pub fn by_use(&self) -> impl Iterator<Item = SlotNo> {
        self.used.iter().copied()
    }

    fn note_use(&mut self, slot: SlotNo) {
        self.used.retain(|of| *of != slot);
        self.used.push(slot);
    }

    pub fn get(&self, port: &str) -> Option<SlotNo> {
        self.by_port.get(port).copied()
    }

    pub fn all(&self) -> impl Iterator<Item = SlotNo> {
        self.by_port.values().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_keeps_its_number_and_new_ones_get_the_lowest_free() {
        let mut slots = Slots::default();
        slots.restore("1-2.4", SlotNo(2));
        assert_eq!(slots.place("1-2.1"), Placed::New(SlotNo(1)));
        assert_eq!(slots.place("1-2.4"), Placed::Known(SlotNo(2)));
        assert_eq!(slots.place("1-2.3"), Placed::New(SlotNo(3)));
        assert_eq!(slots.place("1-2.1"), Placed::Known(SlotNo(1)));
    }

    #[test]
    fn there_are_no_more_than_sixteen() {
        let mut slots = Slots::default();
        for n in 1..=16 {
            assert_eq!(slots.place(&format!("port {n}")), Placed::New(SlotNo(n)));
        }
        assert_eq!(slots.place("port 17"), Placed::Full);
        assert_eq!(slots.place("port 16"), Placed::Known(SlotNo(16)));
    }

    #[test]
    fn a_number_that_another_port_takes_over_is_that_ports_alone() {
        let mut slots = Slots::default();
        slots.restore("1-2.1", SlotNo(1));
        slots.restore("1-2.2", SlotNo(2));
        slots.restore("1-3.1", SlotNo(1));
        assert_eq!((slots.get("1-2.1"), slots.get("1-3.1")), (None, Some(SlotNo(1))));
        assert_eq!(slots.by_use().collect::<Vec<_>>(), [SlotNo(2), SlotNo(1)]);
    }
}
