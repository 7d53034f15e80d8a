//! The job's table: what became of each row.

use super::plan::next_version;
use crate::engine::{JobFigures, JobRow, JobShown, JobState, RowState};
use crate::roster::SearchText;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A job, ready to be filtered without work per frame.
pub struct JobTable {
    pub shown: JobShown,
    counts: [usize; ResultKind::ALL.len()],
    text: SearchText,
    /// Tells apart what was computed before and after a change.
    pub version: u64,
}

/// A filter of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResultKind {
    Waiting,
    Begun,
    Done,
    AlreadySo,
    ChangedMeanwhile,
    Failed,
    Cancelled,
}

impl ResultKind {
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Begun,
        Self::Done,
        Self::AlreadySo,
        Self::ChangedMeanwhile,
        Self::Failed,
        Self::Cancelled,
    ];

    pub fn of(state: &RowState) -> Self {
        match state {
            RowState::Waiting => Self::Waiting,
            RowState::Begun => Self::Begun,
            RowState::Done => Self::Done,
            RowState::AlreadySo => Self::AlreadySo,
            RowState::ChangedMeanwhile => Self::ChangedMeanwhile,
            RowState::Failed(_) => Self::Failed,
            RowState::Cancelled => Self::Cancelled,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Begun => "Under way",
            Self::Done => "Done",
            Self::AlreadySo => "Already so",
            Self::ChangedMeanwhile => "Changed since",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// Kinds that are shown; all of them where it is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultKinds(BTreeSet<ResultKind>);

impl ResultKinds {
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, kind: ResultKind) -> bool {
        self.0.contains(&kind)
    }

    pub fn toggle(&mut self, kind: ResultKind) {
        if !self.0.remove(&kind) {
            self.0.insert(kind);
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl JobTable {
    pub(super) fn new(shown: JobShown) -> Self {
        let text = SearchText::of_cells(shown.rows.iter().map(cells));
        let counts = counts(&shown.rows);
        Self { shown, counts, text, version: next_version() }
    }

    pub(super) fn progress(&mut self, figures: JobFigures, rows: Vec<(usize, RowState)>) {
        self.shown.figures = figures;
        if rows.is_empty() {
            return;
        }
        let all = Arc::make_mut(&mut self.shown.rows);
        for (place, state) in rows {
            let Some(row) = all.get_mut(place) else { continue };
            bump(&mut self.counts, &row.state, |count| count.saturating_sub(1));
            bump(&mut self.counts, &state, |count| count + 1);
            row.state = state;
        }
        self.version = next_version();
    }

    /// Nothing more is done by itself.
    pub fn is_over(&self) -> bool {
        matches!(self.shown.state, JobState::Ended | JobState::Cancelled)
    }

    pub fn len(&self) -> usize {
        self.shown.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.shown.rows.is_empty()
    }

    pub fn row(&self, place: usize) -> Option<&JobRow> {
        self.shown.rows.get(place)
    }

    pub fn count(&self, kind: ResultKind) -> usize {
        self.counts.get(kind as usize).copied().unwrap_or_default()
    }

    /// Places of the rows of these kinds that hold every word of the query.
    pub fn filter(&self, query: &str, kinds: &ResultKinds) -> Vec<usize> {
        let mut found = self.text.filter(query);
        if !kinds.is_all() {
            let of_kind = |place: &usize| {
                self.row(*place).is_some_and(|row| kinds.has(ResultKind::of(&row.state)))
            };
            found.retain(of_kind);
        }
        found
    }
}

fn counts(rows: &[JobRow]) -> [usize; ResultKind::ALL.len()] {
    let mut counts = [0; ResultKind::ALL.len()];
    for row in rows {
        bump(&mut counts, &row.state, |count| count + 1);
    }
    counts
}

fn bump(counts: &mut [usize], state: &RowState, change: impl Fn(usize) -> usize) {
    if let Some(count) = counts.get_mut(ResultKind::of(state) as usize) {
        *count = change(*count);
    }
}

fn cells(row: &JobRow) -> [String; 4] {
    let line = |text: &str| text.replace(['\n', '\r'], " ");
    let number = |number: Option<&crate::phones::PhoneNumber>| {
        number.map(|number| number.e164()).unwrap_or_default()
    };
    [line(&row.name), line(&row.upn), number(row.change.before()), number(row.change.after())]
}
