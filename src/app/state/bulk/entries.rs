//! Everybody in the running session, found and filtered without work per frame.

use crate::bulk::{EntryNo, EntryState};
use crate::engine::EntryShown;
use crate::roster::SearchText;

/// The session's list.
#[derive(Default)]
pub struct Entries {
    rows: Vec<EntryShown>,
    counts: [usize; EntryKind::ALL.len()],
    text: SearchText,
    changes: u64,
}

/// A filter of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    Waiting,
    Begun,
    Done,
    Failed,
    Skipped,
}

impl EntryKind {
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Begun, Self::Done, Self::Failed, Self::Skipped];

    pub fn of(state: &EntryState) -> Self {
        match state {
            EntryState::Waiting => Self::Waiting,
            EntryState::Begun(_) => Self::Begun,
            EntryState::Done => Self::Done,
            EntryState::Failed { .. } => Self::Failed,
            EntryState::Skipped { .. } => Self::Skipped,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Begun => "Under way",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

impl Entries {
    pub(super) fn new(rows: &[EntryShown]) -> Self {
        let mut counts = [0; EntryKind::ALL.len()];
        for row in rows {
            if let Some(count) = counts.get_mut(EntryKind::of(&row.state).place()) {
                *count += 1;
            }
        }
        let text = SearchText::of_cells(rows.iter().map(cells));
        Self { rows: rows.to_vec(), counts, text, changes: next_change() }
    }

    pub(super) fn change(&mut self, no: EntryNo, state: EntryState) {
        let place = (no.0 as usize).wrapping_sub(1);
        let place = match self.rows.get(place) {
            Some(row) if row.no == no => Some(place),
            _ => self.rows.iter().position(|row| row.no == no),
        };
        let Some(row) = place.and_then(|place| self.rows.get_mut(place)) else { return };
        let (old, new) = (EntryKind::of(&row.state), EntryKind::of(&state));
        row.state = state;
        if let Some(count) = self.counts.get_mut(old.place()) {
            *count -= 1;
        }
        if let Some(count) = self.counts.get_mut(new.place()) {
            *count += 1;
        }
        self.changes = next_change();
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn at(&self, place: usize) -> Option<&EntryShown> {
        self.rows.get(place)
    }

    pub fn count(&self, kind: EntryKind) -> usize {
        self.counts.get(kind.place()).copied().unwrap_or_default()
    }

    /// Tells apart what was computed before and after a change.
    pub fn version(&self) -> u64 {
        self.changes
    }

    pub fn filter(&self, query: &str, kind: Option<EntryKind>) -> Vec<usize> {
        let mut found = self.text.filter(query);
        if let Some(kind) = kind {
            let is_kind = |place: &usize| {
                self.rows.get(*place).is_some_and(|row| EntryKind::of(&row.state) == kind)
            };
            found.retain(is_kind);
        }
        found
    }

    /// How many have not all their keys and were not left out.
    pub fn still_wait(&self) -> usize {
        self.len() - self.count(EntryKind::Done) - self.count(EntryKind::Skipped)
    }

    /// Everybody who got no key.
    pub fn without_key(&self) -> Vec<usize> {
        let lacks = |(place, row): (usize, &EntryShown)| {
            (EntryKind::of(&row.state) != EntryKind::Done).then_some(place)
        };
        self.rows.iter().enumerate().filter_map(lacks).collect()
    }
}

fn cells(row: &EntryShown) -> [&str; 3] {
    [&row.name, &row.upn, row.serial.as_deref().unwrap_or_default()]
}

fn next_change() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CHANGES: AtomicU64 = AtomicU64::new(1);
    CHANGES.fetch_add(1, Ordering::Relaxed)
}
