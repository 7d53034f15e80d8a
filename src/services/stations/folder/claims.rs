//! Claims and locks of callers as files. Everything here may hang as long as the file server does.
//!
//! A claim is the file with the caller's next number, made only where there is none: of stations
//! that found the same highest number, whatever it says, one makes the next one. What is expired or
//! can't be read is so taken over in one step, and no file that somebody may hold is ever moved
//! away. Whoever acted on what is no longer so (clients of file servers remember a folder for some
//! seconds) finds a higher number than its own afterwards, or another claim that holds, and steps
//! back.

use super::disk::{Disk, Found};
use super::entry::{Entry, Kind, Label, file_name, is_ours, passing_name, read_name};
use crate::services::stations::{Claim, Held};
use crate::verify::CallerKey;
use jiff::{SignedDuration, Timestamp};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// A claim that can't be read is being written for so long at most: its station gave up before.
const WRITING: SignedDuration = SignedDuration::from_secs(10);
/// How often it is looked again where another station was quicker, and after what pause.
const LOOKS: usize = 5;
const PAUSE: Duration = Duration::from_millis(40);
/// Nobody acts on what they saw so long ago, and no lock is so long.
const OLD: SignedDuration = SignedDuration::from_hours(72);
/// Files of other callers that are looked at when a check ends.
const TIDIED: usize = 8;

pub(super) struct Claims<'a> {
    disk: Disk<'a>,
    label: &'a Label,
}

/// What there is of a caller.
#[derive(Default)]
struct Seen {
    /// The highest; 0 where there is none.
    number: u32,
    /// Not let go of, with their numbers: one, but for a moment.
    open: Vec<(u32, Open)>,
    locks: Vec<Entry>,
    /// Every file of a claim, with its number.
    claims: Vec<(u32, String)>,
}

enum Open {
    By(Entry),
    /// Being written, or left behind.
    Unreadable {
        written: Timestamp,
    },
}

impl<'a> Claims<'a> {
    pub fn new(folder: &'a Path, label: &'a Label) -> Self {
        Self { disk: Disk { folder }, label }
    }

    pub fn held(&self, caller: &CallerKey, check: Uuid) -> io::Result<Held> {
        let seen = self.look(caller)?;
        self.in_the_way(&seen, check)
    }

    /// `is_awaited` until nobody waits for it any more: a claim that comes about after that is let
    /// go of, unless it prolongs one.
    pub fn claim(
        &self,
        caller: &CallerKey,
        (check, lasts): (Uuid, Duration),
        is_awaited: &AtomicBool,
    ) -> io::Result<Claim> {
        let mut held = Held::default();
        for _ in 0..LOOKS {
            let seen = self.look(caller)?;
            held = self.in_the_way(&seen, check)?;
            let is_being_written =
                seen.open.iter().any(|(_, open)| matches!(open, Open::Unreadable { .. }));
            match (held == Held::default(), is_being_written) {
                (true, _) => {
                    if let Some(number) = self.takes(caller, &seen, (check, lasts))? {
                        if !is_awaited.load(Ordering::Acquire) && !seen.has(check) {
                            self.lets_go(caller, number)?;
                        }
                        return Ok(Claim::Taken);
                    }
                }
                // Whose it is stands there in a moment.
                (false, true) => {}
                (false, false) => break,
            }
            std::thread::sleep(PAUSE);
        }
        Ok(Claim::Refused(held))
    }

    /// Only what is the check's own.
    pub fn free(&self, caller: &CallerKey, check: Uuid, lock: Option<Duration>) -> io::Result<()> {
        // First the lock: in between nobody is to find the caller free.
        if let Some(lasts) = lock {
            self.lock(caller, check, lasts)?;
        }
        let seen = self.look(caller)?;
        for (number, _) in seen.open.iter().filter(|(_, open)| open.is_of(check)) {
            self.lets_go(caller, *number)?;
        }
        if let Err(error) = self.tidy() {
            tracing::debug!(%error, "the shared folder is not tidied");
        }
        Ok(())
    }

    /// Its number stays taken.
    fn lets_go(&self, caller: &CallerKey, number: u32) -> io::Result<()> {
        let name = |kind| file_name(caller, kind);
        self.disk.rename(&name(Kind::Open(number)), &name(Kind::Free(number)))
    }

    /// Makes the next claim, whose number it tells; nothing where another station was quicker.
    fn takes(
        &self,
        caller: &CallerKey,
        seen: &Seen,
        (check, lasts): (Uuid, Duration),
    ) -> io::Result<Option<u32>> {
        let number =
            seen.number.checked_add(1).ok_or_else(|| io::Error::other("no number left"))?;
        let name = file_name(caller, Kind::Open(number));
        match self.disk.create(&name, |now| self.text(check, now, lasts)) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
            made => made?,
        };
        let after = self.look(caller)?;
        if after.number != number || self.in_the_way(&after, check)? != Held::default() {
            self.disk.remove(&name);
            return Ok(None);
        }
        let older = after.claims.iter().filter(|(older, _)| *older < number);
        older.for_each(|(_, name)| self.disk.remove(name));
        Ok(Some(number))
    }

    fn lock(&self, caller: &CallerKey, check: Uuid, lasts: Duration) -> io::Result<()> {
        let name = file_name(caller, Kind::Lock(check));
        let before = self.disk.read(&name)?.and_then(|found| Entry::read(&found.bytes));
        let passing = passing_name();
        self.disk.create(&passing, |now| {
            let until = before.map_or(later(now, lasts), |old| old.until.max(later(now, lasts)));
            text(&Entry::new(self.label, check, until))
        })?;
        // Whole or not at all; it replaces the check's own only.
        self.disk.rename(&passing, &name)
    }

    fn text(&self, check: Uuid, now: Timestamp, lasts: Duration) -> io::Result<String> {
        text(&Entry::new(self.label, check, later(now, lasts)))
    }

    fn look(&self, caller: &CallerKey) -> io::Result<Seen> {
        let mut seen = Seen::default();
        for name in self.disk.names()? {
            let of_caller = read_name(&name).filter(|(key, _)| *key == caller.text());
            let Some((_, kind)) = of_caller else { continue };
            // What is gone by now was let go of.
            match kind {
                Kind::Lock(_) => {
                    let found = self.disk.read(&name)?;
                    seen.locks.extend(found.and_then(|found| Entry::read(&found.bytes)));
                }
                Kind::Open(number) => {
                    seen.open.extend(self.disk.read(&name)?.map(|found| (number, open(&found))));
                    seen.claims.push((number, name));
                }
                Kind::Free(number) => seen.claims.push((number, name)),
            }
        }
        seen.number = seen.claims.iter().map(|(number, _)| *number).max().unwrap_or_default();
        Ok(seen)
    }

    /// What keeps this check from the caller. The clock is asked only where something depends on
    /// it.
    fn in_the_way(&self, seen: &Seen, check: Uuid) -> io::Result<Held> {
        let others = seen.open.iter().map(|(_, open)| open).filter(|open| !open.is_of(check));
        let others: Vec<&Open> = others.collect();
        let locked = seen.locks.iter().map(|lock| lock.until).max();
        if others.is_empty() && locked.is_none() {
            return Ok(Held::default());
        }
        let now = self.disk.now()?;
        let longest = others.iter().filter_map(|open| Some((open.left(now)?, open.by()))).max();
        let (open_for, open_by) = longest.unzip();
        let locked_for = locked.and_then(|until| left(until, now));
        Ok(Held { open_for, open_by: open_by.flatten(), locked_for })
    }

    /// Takes away what nobody asks for any more: some of it at each end of a check, so that the
    /// folder stays about as large as a few days are long.
    fn tidy(&self) -> io::Result<()> {
        let mut names = self.disk.names()?;
        names.retain(|name| is_ours(name));
        if names.len() < 2 {
            return Ok(());
        }
        let now = self.disk.now()?;
        let begin = usize::try_from(Uuid::new_v4().as_u128() % names.len() as u128);
        for name in names.iter().cycle().skip(begin.unwrap_or_default()).take(TIDIED) {
            let is_old = |found: Found| now.duration_since(found.written) > OLD;
            if self.disk.read(name)?.is_some_and(is_old) {
                self.disk.remove(name);
            }
        }
        Ok(())
    }
}

impl Seen {
    fn has(&self, check: Uuid) -> bool {
        self.open.iter().any(|(_, open)| open.is_of(check))
    }
}

impl Open {
    fn is_of(&self, check: Uuid) -> bool {
        matches!(self, Self::By(entry) if entry.check == check)
    }

    /// Until it ends by itself; nothing where it is past.
    fn left(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::By(entry) => left(entry.until, now),
            // A time that is yet to come says nothing.
            Self::Unreadable { written } => {
                left(*written + WRITING, now).filter(|left| *left <= WRITING.unsigned_abs())
            }
        }
    }

    fn by(&self) -> Option<String> {
        match self {
            Self::By(entry) => entry.by(),
            Self::Unreadable { .. } => None,
        }
    }
}

fn open(found: &Found) -> Open {
    let written = found.written;
    Entry::read(&found.bytes).map_or(Open::Unreadable { written }, Open::By)
}

fn left(until: Timestamp, now: Timestamp) -> Option<Duration> {
    Duration::try_from(until.duration_since(now)).ok().filter(|left| !left.is_zero())
}

fn text(entry: &Entry) -> io::Result<String> {
    entry.text().map_err(io::Error::other)
}

fn later(now: Timestamp, lasts: Duration) -> Timestamp {
    let lasts = SignedDuration::try_from(lasts).unwrap_or(SignedDuration::MAX);
    now.saturating_add(lasts).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn caller() -> CallerKey {
        CallerKey::of("somebody")
    }

    fn check(no: u128) -> Uuid {
        Uuid::from_u128(no)
    }

    fn label() -> Label {
        Label { station: "DESK-2".into(), agent: "Mira Holm".into() }
    }

    fn takes(claims: &Claims<'_>, seen: &Seen, no: u128) -> Option<u32> {
        claims.takes(&caller(), seen, (check(no), MINUTE)).unwrap()
    }

    #[test]
    fn whoever_acts_on_what_is_no_longer_so_steps_back() {
        let (folder, label) = (tempfile::tempdir().unwrap(), label());
        let claims = Claims::new(folder.path(), &label);
        let long_ago = claims.look(&caller()).unwrap();
        assert_eq!(takes(&claims, &long_ago, 1), Some(1));
        claims.free(&caller(), check(1), None).unwrap();
        let between = claims.look(&caller()).unwrap();
        // The number of one that was let go of can be made a second time; it holds.
        assert_eq!(takes(&claims, &long_ago, 2), Some(1));
        assert_eq!(takes(&claims, &between, 3), None);
        assert!(claims.held(&caller(), check(3)).unwrap().open_for.is_some());
        claims.free(&caller(), check(2), None).unwrap();
        assert_eq!(claims.held(&caller(), check(3)).unwrap(), Held::default());
        // And a lower one than what counts by now does not.
        let now = claims.look(&caller()).unwrap();
        assert_eq!(takes(&claims, &now, 4), Some(2));
        assert_eq!(takes(&claims, &long_ago, 5), None);
        let held = claims.held(&caller(), check(5)).unwrap();
        assert_eq!(held.open_by.as_deref(), Some("Mira Holm, DESK-2"));
        claims.free(&caller(), check(4), None).unwrap();
        assert_eq!(claims.held(&caller(), check(5)).unwrap(), Held::default());
    }

    #[test]
    fn a_lock_that_came_meanwhile_refuses_the_claim() {
        let (folder, label) = (tempfile::tempdir().unwrap(), label());
        let claims = Claims::new(folder.path(), &label);
        let before = claims.look(&caller()).unwrap();
        claims.free(&caller(), check(1), Some(MINUTE)).unwrap();
        assert_eq!(takes(&claims, &before, 2), None);
        assert_eq!(claims.look(&caller()).unwrap().open.len(), 0);
    }
}
