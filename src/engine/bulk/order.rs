//! What came when in a session: its notes in the order they were written, and the end of each key
//! among them. Times don't tell: a clock may be set back in between.

use crate::bulk::SessionNote;
use crate::journal::StoredEnrolment;
use jiff::Timestamp;

/// One thing that came, to be put in order with others.
pub(super) struct Came<T> {
    /// Behind so many notes.
    behind: usize,
    is_note: bool,
    pub what: T,
}

impl<T> Came<T> {
    /// The note in this place.
    pub fn note(place: usize, what: T) -> Self {
        Self { behind: place, is_note: true, what }
    }

    /// The end of an enrolment; nothing of one that is not over.
    pub fn end(
        stored: &StoredEnrolment,
        notes: &[(Timestamp, SessionNote)],
        what: T,
    ) -> Option<Self> {
        Some(Self::end_at(stored.finished_at?, stored.notes_before, notes, what))
    }

    fn end_at(
        at: Timestamp,
        notes_before: Option<usize>,
        notes: &[(Timestamp, SessionNote)],
        what: T,
    ) -> Self {
        let by_time = || notes.iter().filter(|(noted, _)| *noted <= at).count();
        Self { behind: notes_before.unwrap_or_else(by_time), is_note: false, what }
    }
}

/// The first first. Keys that ended between two notes stay in the order they were begun.
pub(super) fn in_order<T>(mut all: Vec<Came<T>>) -> impl Iterator<Item = T> {
    all.sort_by_key(|came| (came.behind, came.is_note));
    all.into_iter().map(|came| came.what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::EntryNo;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn put_back() -> SessionNote {
        SessionNote::PutBack { entry: EntryNo(1) }
    }

    #[test]
    fn notes_keep_the_order_in_which_they_were_written() {
        let came = vec![Came::note(1, "left out"), Came::note(0, "put back")];
        assert_eq!(in_order(came).collect::<Vec<_>>(), ["put back", "left out"]);
    }

    #[test]
    fn an_end_stands_where_it_came_whatever_the_clock_said() {
        let notes = vec![(at(100), put_back()), (at(10), put_back())];
        let ends = |notes_before, seconds| {
            let end = Came::end_at(at(seconds), notes_before, &notes, "end");
            let came = vec![Came::note(0, "first"), Came::note(1, "second"), end];
            in_order(came).collect::<Vec<_>>()
        };
        assert_eq!(ends(Some(1), 5), ["first", "end", "second"]);
        assert_eq!(ends(Some(2), 5), ["first", "second", "end"]);
        assert_eq!(ends(None, 50), ["first", "end", "second"], "of an earlier version");
    }
}
