//! Creation options fetched ahead for many people.

use super::{Directory, DirectoryError, PersonId};
use crate::webauthn::CreationOptions;
use tokio::sync::mpsc;

/// How long a challenge that is fetched ahead is to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lifetime(u16);

impl Lifetime {
    pub const SHORTEST: Self = Self(5);
    /// Thirty days.
    pub const LONGEST: Self = Self(43_200);

    /// `None` outside 5 to 43,200 minutes.
    pub fn from_minutes(minutes: u32) -> Option<Self> {
        let lifetime = Self(u16::try_from(minutes).ok()?);
        (Self::SHORTEST..=Self::LONGEST).contains(&lifetime).then_some(lifetime)
    }

    pub fn minutes(self) -> u16 {
        self.0
    }
}

/// What came of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    pub person: PersonId,
    pub options: Result<CreationOptions, DirectoryError>,
}

/// What it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Different people who were to be asked for.
    pub people: usize,
    /// How often a person was asked for; more than `people` by those that were put off.
    pub asked: usize,
    /// Requests, each for several people.
    pub batches: usize,
    pub ended: Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everybody has a result.
    Complete,
    /// Nobody listens any more.
    Cancelled,
}

/// The one result of one person.
pub(super) async fn one<D: Directory + ?Sized>(
    directory: &D,
    person: &PersonId,
    lifetime: Lifetime,
) -> Result<CreationOptions, DirectoryError> {
    let (to, mut from) = mpsc::channel(1);
    let people = vec![person.clone()];
    let (asked, begun) = tokio::join!(directory.begin_many(people, lifetime, to), from.recv());
    match begun {
        Some(begun) => begun.options,
        None => Err(asked.err().unwrap_or_else(not_offered)),
    }
}

/// A directory in which beginning leaves something behind.
pub(super) fn not_offered() -> DirectoryError {
    DirectoryError::NotOffered {
        what: "This directory's challenges can't be fetched ahead",
        instead: "Let Keydesk fetch each one when its key is inserted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_five_minutes_to_thirty_days() {
        for (minutes, good) in
            [(0, false), (4, false), (5, true), (43_200, true), (43_201, false), (65_541, false)]
        {
            assert_eq!(Lifetime::from_minutes(minutes).is_some(), good, "{minutes}");
        }
        assert_eq!(Lifetime::from_minutes(60).map(Lifetime::minutes), Some(60));
    }
}
