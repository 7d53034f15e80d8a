//! The plan's table: which rows are of which kind, which are found, which are carried out.

use crate::engine::{PlanRow, PlanShown};
use crate::phones::{Change, Counts, LeftOut, Planned};
use crate::roster::SearchText;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A plan, ready to be filtered without work per frame.
pub struct PlanTable {
    plan: Arc<PlanShown>,
    kinds: Vec<PlanKind>,
    text: SearchText,
    /// Tells this plan from the one before.
    pub version: u64,
    /// Rows that were corrected, in that order.
    corrected: Vec<usize>,
}

/// A filter of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlanKind {
    Add,
    Change,
    Remove,
    Same,
    Invalid,
    Blank,
    NotFound,
    /// Everything else that is left out, each with its own word in its row.
    Other,
}

impl PlanKind {
    pub const ALL: [Self; 8] = [
        Self::Add,
        Self::Change,
        Self::Remove,
        Self::Same,
        Self::Invalid,
        Self::Blank,
        Self::NotFound,
        Self::Other,
    ];

    pub fn of(planned: &Planned) -> Self {
        match &planned.decision {
            Ok(Change::Add { .. }) => Self::Add,
            Ok(Change::Change { .. }) => Self::Change,
            Ok(Change::Remove { .. }) => Self::Remove,
            Err(LeftOut::Same) => Self::Same,
            Err(LeftOut::Invalid(_)) => Self::Invalid,
            Err(LeftOut::Blank) => Self::Blank,
            Err(LeftOut::NotFound | LeftOut::Ambiguous) => Self::NotFound,
            Err(_) => Self::Other,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Change => "Change",
            Self::Remove => "Remove",
            Self::Same => "Same",
            Self::Invalid => "Invalid",
            Self::Blank => "Blank",
            Self::NotFound => "Not found",
            Self::Other => "Left out",
        }
    }

    /// Whether its rows are written.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Add | Self::Change | Self::Remove)
    }
}

/// Kinds that are shown; all of them where it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanKinds(BTreeSet<PlanKind>);

impl Default for PlanKinds {
    /// What is written, and what somebody must look at.
    fn default() -> Self {
        Self::of(&[
            PlanKind::Add,
            PlanKind::Change,
            PlanKind::Remove,
            PlanKind::Invalid,
            PlanKind::NotFound,
        ])
    }
}

impl PlanKinds {
    pub fn all() -> Self {
        Self(BTreeSet::new())
    }

    fn of(kinds: &[PlanKind]) -> Self {
        Self(kinds.iter().copied().collect())
    }

    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, kind: PlanKind) -> bool {
        self.0.contains(&kind)
    }

    pub fn toggle(&mut self, kind: PlanKind) {
        if !self.0.remove(&kind) {
            self.0.insert(kind);
        }
    }

    fn lets(&self, kind: PlanKind) -> bool {
        self.is_all() || self.has(kind)
    }
}

impl PlanTable {
    pub(super) fn new(plan: Arc<PlanShown>) -> Self {
        let kinds = plan.rows.iter().map(|row| PlanKind::of(&row.planned)).collect();
        let text = SearchText::of_cells(plan.rows.iter().map(cells));
        Self { plan, kinds, text, version: next_version(), corrected: Vec::new() }
    }

    /// One row is another one now.
    pub(super) fn corrected(&mut self, place: usize, row: PlanRow, counts: Counts) {
        let kind = PlanKind::of(&row.planned);
        let plan = Arc::make_mut(&mut self.plan);
        if let (Some(line), Some(of)) = (plan.rows.get_mut(place), self.kinds.get_mut(place)) {
            (*line, *of) = (row, kind);
            plan.counts = counts;
            self.text = SearchText::of_cells(plan.rows.iter().map(cells));
            self.corrected.push(place);
        }
    }

    /// How often a row was corrected.
    pub fn corrections(&self) -> usize {
        self.corrected.len()
    }

    pub fn shown(&self) -> &PlanShown {
        &self.plan
    }

    pub fn len(&self) -> usize {
        self.plan.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.plan.rows.is_empty()
    }

    pub fn row(&self, place: usize) -> Option<&PlanRow> {
        self.plan.rows.get(place)
    }

    pub fn kind(&self, place: usize) -> PlanKind {
        self.kinds.get(place).copied().unwrap_or(PlanKind::Other)
    }

    pub fn count(&self, kind: PlanKind) -> usize {
        let counts = &self.plan.counts;
        match kind {
            PlanKind::Add => counts.add,
            PlanKind::Change => counts.change,
            PlanKind::Remove => counts.remove,
            PlanKind::Same => counts.same,
            PlanKind::Invalid => counts.invalid,
            PlanKind::Blank => counts.blank,
            PlanKind::NotFound => counts.not_found,
            PlanKind::Other => counts.other,
        }
    }

    /// Places of the rows of these kinds that hold every word of the query.
    pub fn filter(&self, query: &str, kinds: &PlanKinds) -> Vec<usize> {
        let mut found = self.text.filter(query);
        found.retain(|place| kinds.lets(self.kind(*place)));
        found
    }
}

/// Rows that are carried out: every change, but for those that were taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Of the plan it was made for.
    of: u64,
    rows: Vec<bool>,
    counts: [usize; 3],
    corrections: usize,
}

/// How many of some rows are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    None,
    Some,
    All,
}

impl Chosen {
    /// Begins anew with another plan.
    pub fn follow(&mut self, plan: &PlanTable) {
        if self.of == plan.version {
            return self.follow_corrections(plan);
        }
        self.of = plan.version;
        self.corrections = plan.corrections();
        self.rows = plan.kinds.iter().map(|kind| kind.is_write()).collect();
        self.count(plan);
    }

    /// Whoever corrects a row wants it written.
    fn follow_corrections(&mut self, plan: &PlanTable) {
        for place in plan.corrected.iter().skip(self.corrections) {
            self.put(plan, *place, true);
        }
        if self.corrections != plan.corrections() {
            self.corrections = plan.corrections();
            self.count(plan);
        }
    }

    pub fn has(&self, place: usize) -> bool {
        self.rows.get(place).copied().unwrap_or_default()
    }

    /// A row without a change can't be chosen.
    pub fn set(&mut self, plan: &PlanTable, place: usize, on: bool) {
        self.put(plan, place, on);
        self.count(plan);
    }

    pub fn set_all(&mut self, plan: &PlanTable, places: &[usize], on: bool) {
        places.iter().for_each(|place| self.put(plan, *place, on));
        self.count(plan);
    }

    /// Of these rows; one without a change is never chosen.
    pub fn share(&self, places: &[usize]) -> Share {
        let mut chosen = places.iter().map(|place| self.has(*place));
        let Some(first) = chosen.next() else { return Share::None };
        match (first, chosen.all(|on| on == first)) {
            (_, false) => Share::Some,
            (true, true) => Share::All,
            (false, true) => Share::None,
        }
    }

    /// Whether every change among these rows is chosen.
    pub fn has_all(&self, plan: &PlanTable, places: &[usize]) -> bool {
        places.iter().all(|place| self.has(*place) || !plan.kind(*place).is_write())
    }

    /// Places, in order.
    pub fn places(&self) -> Vec<usize> {
        self.rows.iter().enumerate().filter_map(|(place, on)| on.then_some(place)).collect()
    }

    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// To be added, changed, removed.
    pub fn counts(&self) -> [usize; 3] {
        self.counts
    }

    fn put(&mut self, plan: &PlanTable, place: usize, on: bool) {
        if let Some(row) = self.rows.get_mut(place) {
            *row = on && plan.kind(place).is_write();
        }
    }

    fn count(&mut self, plan: &PlanTable) {
        let of = |wanted| {
            let chosen = self.rows.iter().zip(&plan.kinds);
            chosen.filter(|(on, kind)| **on && **kind == wanted).count()
        };
        self.counts = [of(PlanKind::Add), of(PlanKind::Change), of(PlanKind::Remove)];
    }
}

/// Numbers are found by what is registered and by what is new.
fn cells(row: &PlanRow) -> [String; 4] {
    let digits = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let now = row.planned.now.as_ref().map(|now| digits(now.expose())).unwrap_or_default();
    let new = row.planned.decision.as_ref().ok().and_then(Change::after);
    let new = new.map_or_else(|| digits(row.given.expose()), |new| new.e164());
    [one_line(&row.name), one_line(&row.upn), one_line(&now), one_line(&new)]
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

pub(super) fn next_version() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static VERSIONS: AtomicU64 = AtomicU64::new(1);
    VERSIONS.fetch_add(1, Ordering::Relaxed)
}
