//! Rosters: who is to get a key, read from a file of any shape. Pure: bytes in, rows out.
//!
//! ```text
//! bytes ─► encoding ─► delimiter ─► records ─► layout (which column is what) ─► rows ─► verdicts
//! ```
//!
//! Nothing that names a person is lost: a row that can't be used stays a row, with its line and
//! its reason. What is not a recognised column (a PIN, for one) is not kept.

mod column;
pub mod configs;
mod delimiter;
mod encoding;
mod facts;
mod fields;
mod layout;
mod others;
mod prepared;
mod read;
mod records;
mod row;
mod search;
mod serials;
mod verdict;

pub use column::Column;
pub use delimiter::Delimiter;
pub use encoding::Encoding;
pub use facts::{FileFacts, FileFault, FileKind, Header, MOST_BYTES};
pub use fields::AddressFault;
pub use others::{OtherColumn, other_columns};
pub use prepared::{ChallengeFault, FIRST_RELYING_PARTY, Prepared};
pub use read::{read, read_logins};
pub use row::{PersonKey, Row, Who};
pub use search::SearchText;
pub use serials::serials;
pub use verdict::{Counts, Verdict};

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// In the file's order; blank lines are not among them.
    pub rows: Vec<Row>,
    pub facts: FileFacts,
    /// Why nobody can be read from the file at all.
    pub fault: Option<FileFault>,
    search: SearchText,
}

impl Roster {
    /// The places in [`Roster::rows`] of those that hold every word of the query, in any order
    /// and case; all for an empty one.
    pub fn filter(&self, query: &str) -> Vec<usize> {
        self.search.filter(query)
    }

    pub fn counts(&self) -> Counts {
        Counts::of(&self.rows)
    }
}
