//! The preflight table: rows, their verdicts, and who of them is in. Nothing is computed per frame.

use crate::bulk::Readiness;
use crate::engine::{PeopleRead, PersonRow};
use crate::roster::SearchText;
use std::collections::HashMap;
use std::sync::Arc;

/// The people that were read, with what is known of each.
pub struct People {
    read: Arc<PeopleRead>,
    verdicts: Vec<Readiness>,
    counts: [usize; ReadyKind::ALL.len()],
    text: SearchText,
    /// Tells this table from the one before.
    table: u64,
    /// Counts the changes of verdicts.
    changes: u64,
}

/// A filter of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadyKind {
    Ready,
    HasKey,
    KeyOnItsWay,
    Disabled,
    Guest,
    NotInPolicy,
    NotFound,
    WrongRow,
    NotChecked,
}

impl ReadyKind {
    pub const ALL: [Self; 9] = [
        Self::Ready,
        Self::HasKey,
        Self::KeyOnItsWay,
        Self::Disabled,
        Self::Guest,
        Self::NotInPolicy,
        Self::NotFound,
        Self::WrongRow,
        Self::NotChecked,
    ];

    pub fn of(readiness: &Readiness) -> Self {
        match readiness {
            Readiness::Ready => Self::Ready,
            Readiness::HasKey { .. } => Self::HasKey,
            Readiness::KeyOnItsWay(_) => Self::KeyOnItsWay,
            Readiness::Disabled => Self::Disabled,
            Readiness::Guest => Self::Guest,
            Readiness::NotInPolicy(_) => Self::NotInPolicy,
            Readiness::NotFound => Self::NotFound,
            Readiness::WrongRow(_) => Self::WrongRow,
            Readiness::NotChecked(_) | Readiness::Unchecked => Self::NotChecked,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::HasKey => "Has a key",
            Self::KeyOnItsWay => "Key on its way",
            Self::Disabled => "Disabled",
            Self::Guest => "Guest",
            Self::NotInPolicy => "Not in policy",
            Self::NotFound => "Not found",
            Self::WrongRow => "Wrong row",
            Self::NotChecked => "Not checked",
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

impl People {
    pub fn new(read: Arc<PeopleRead>) -> Self {
        let (verdicts, counts) = as_read(&read);
        let text = SearchText::of_cells(read.rows.iter().map(cells));
        let table = next_table();
        Self { read, verdicts, counts, text, table, changes: 0 }
    }

    pub(super) fn is_of(&self, read: &Arc<PeopleRead>) -> bool {
        Arc::ptr_eq(&self.read, read)
    }

    /// The same table, whose verdicts are told anew: who was chosen stays so.
    pub(super) fn told_again(self) -> Self {
        let (verdicts, counts) = as_read(&self.read);
        Self { verdicts, counts, changes: self.changes + 1, ..self }
    }

    pub fn source(&self) -> &str {
        &self.read.source
    }

    pub fn facts(&self) -> &str {
        &self.read.facts
    }

    pub fn remarks(&self) -> &[crate::problem::Problem] {
        &self.read.remarks
    }

    pub fn len(&self) -> usize {
        self.verdicts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty()
    }

    pub fn row(&self, place: usize) -> Option<(&PersonRow, &Readiness)> {
        Some((self.read.rows.get(place)?, self.verdicts.get(place)?))
    }

    pub fn count(&self, kind: ReadyKind) -> usize {
        self.counts.get(kind.place()).copied().unwrap_or_default()
    }

    /// Tells apart what was computed before and after a change.
    pub fn version(&self) -> (u64, u64) {
        (self.table, self.changes)
    }

    /// Places of the rows that hold every word of the query and are of the kind.
    pub fn filter(&self, query: &str, kind: Option<ReadyKind>) -> Vec<usize> {
        let mut found = self.text.filter(query);
        if let Some(kind) = kind {
            let is_kind = |place: &usize| {
                self.verdicts.get(*place).is_some_and(|verdict| ReadyKind::of(verdict) == kind)
            };
            found.retain(is_kind);
        }
        found
    }

    pub(super) fn checked(&mut self, verdicts: Vec<(usize, Readiness)>) {
        self.changes += 1;
        for (place, verdict) in verdicts {
            let Some(known) = self.verdicts.get_mut(place) else { continue };
            let (old, new) = (ReadyKind::of(known), ReadyKind::of(&verdict));
            *known = verdict;
            if let Some(count) = self.counts.get_mut(old.place()) {
                *count -= 1;
            }
            if let Some(count) = self.counts.get_mut(new.place()) {
                *count += 1;
            }
        }
    }
}

/// Before anybody was asked about, with their counts.
fn as_read(read: &PeopleRead) -> (Vec<Readiness>, [usize; ReadyKind::ALL.len()]) {
    let verdicts: Vec<Readiness> = read.rows.iter().map(|row| row.readiness.clone()).collect();
    let mut counts = [0; ReadyKind::ALL.len()];
    for verdict in &verdicts {
        if let Some(count) = counts.get_mut(ReadyKind::of(verdict).place()) {
            *count += 1;
        }
    }
    (verdicts, counts)
}

fn cells(row: &PersonRow) -> [&str; 4] {
    [&row.name, &row.upn, row.serial.as_deref().unwrap_or(""), row.badge.as_deref().unwrap_or("")]
}

fn next_table() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static TABLES: AtomicU64 = AtomicU64::new(1);
    TABLES.fetch_add(1, Ordering::Relaxed)
}

/// Who of the table gets a key: all who are ready, and what the operator changed by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Those who have a key get another one.
    pub with_key: Include,
    /// With what was known of them then.
    by_hand: HashMap<usize, (ReadyKind, Include)>,
    /// Of this table.
    of: u64,
    /// Counted at this version.
    counted: Option<((u64, u64), usize)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Include {
    #[default]
    No,
    Yes,
}

impl Selection {
    /// Keeps up with the table: another one is chosen from anew.
    pub fn follow(&mut self, people: &People) {
        let (table, _) = people.version();
        if self.of != table {
            *self = Self { of: table, ..Self::default() };
        }
        if self.counted.is_none_or(|(version, _)| version != people.version()) {
            let count = (0..people.len()).filter(|place| self.has(people, *place)).count();
            self.counted = Some((people.version(), count));
        }
    }

    pub fn count(&self) -> usize {
        self.counted.map_or(0, |(_, count)| count)
    }

    /// Whether the row is in; `may` says whether it could be.
    pub fn has(&self, people: &People, place: usize) -> bool {
        let Some((_, verdict)) = people.row(place) else { return false };
        let kind = ReadyKind::of(verdict);
        let default = match kind {
            ReadyKind::Ready => Include::Yes,
            ReadyKind::HasKey => self.with_key,
            // One by one: whoever gives everybody another key does not mean a third.
            ReadyKind::KeyOnItsWay => Include::No,
            _ => return false,
        };
        match self.by_hand.get(&place) {
            Some((_, Include::No)) => false,
            // Whoever was chosen for a first key was not chosen for another one.
            Some((then, Include::Yes)) if *then == kind => true,
            _ => default == Include::Yes,
        }
    }

    pub fn may(people: &People, place: usize) -> bool {
        let kind = people.row(place).map(|(_, verdict)| ReadyKind::of(verdict));
        matches!(kind, Some(ReadyKind::Ready | ReadyKind::HasKey | ReadyKind::KeyOnItsWay))
    }

    pub fn set(&mut self, people: &People, place: usize, include: Include) {
        let Some((_, verdict)) = people.row(place) else { return };
        self.by_hand.insert(place, (ReadyKind::of(verdict), include));
        self.counted = None;
    }

    /// What was chosen by hand for them before does not count any more.
    pub fn include_with_key(&mut self, people: &People, include: Include) {
        self.with_key = include;
        let has_key = |place: &usize| {
            people
                .row(*place)
                .is_some_and(|(_, verdict)| ReadyKind::of(verdict) == ReadyKind::HasKey)
        };
        // Who was left out stays so where all the others are too.
        let stays = |chosen: &Include| include == Include::No && *chosen == Include::No;
        self.by_hand.retain(|place, (_, chosen)| !has_key(place) || stays(chosen));
        self.counted = None;
    }

    /// The places of those who are in, in the table's order.
    pub fn rows(&self, people: &People) -> Vec<usize> {
        (0..people.len()).filter(|place| self.has(people, *place)).collect()
    }
}
