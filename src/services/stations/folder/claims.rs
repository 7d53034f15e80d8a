//! Claims and locks of callers as files. Everything here may hang as long as the file server does.
//!
//! A claim is the file with the caller's next number, made only where there is none: of stations
//! that found the same highest number, whatever it says, one makes the next one. What is expired or
//! can't be read is so taken over in one step, and no file that somebody may hold is ever moved
//! away. Whoever acted on what is no longer so finds a higher number than its own afterwards, and
//! steps back.

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
    /// Of the newest claim; 0 where there is none.
    number: u32,
    newest: Newest,
    locks: Vec<Entry>,
    /// Files that count no more.
    older: Vec<String>,
}

#[derive(Default)]
enum Newest {
    #[default]
    Free,
    Open(Entry),
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
            let is_being_written = matches!(seen.newest, Newest::Unreadable { .. });
            match (held == Held::default(), is_being_written) {
                (true, _) => {
                    if let Some(number) = self.takes(caller, &seen, (check, lasts))? {
                        if !is_awaited.load(Ordering::Acquire) && !seen.is_of(check) {
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
        if seen.is_of(check) {
            self.lets_go(caller, seen.number)?;
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
        if after.number != number {
            self.disk.remove(&name);
            return Ok(None);
        }
        if self.in_the_way(&after, check)?.locked_for.is_some() {
            self.lets_go(caller, number)?;
            return Ok(None);
        }
        after.older.iter().for_each(|name| self.disk.remove(name));
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
        let mut claims = Vec::new();
        for name in self.disk.names()? {
            match read_name(&name) {
                Some((key, _)) if key != caller.text() => {}
                Some((_, Kind::Open(number))) => claims.push((number, true, name)),
                Some((_, Kind::Free(number))) => claims.push((number, false, name)),
                Some((_, Kind::Lock(_))) => {
                    let found = self.disk.read(&name)?;
                    seen.locks.extend(found.and_then(|found| Entry::read(&found.bytes)));
                }
                None => {}
            }
        }
        claims.sort_unstable();
        if let Some((number, is_open, name)) = claims.pop() {
            seen.number = number;
            if is_open {
                // One that is gone since was freed.
                seen.newest = self.disk.read(&name)?.map(newest).unwrap_or_default();
            }
        }
        seen.older = claims.into_iter().map(|(_, _, name)| name).collect();
        Ok(seen)
    }

    /// What keeps others than this check from the caller. The clock is asked only where something
    /// depends on it.
    fn in_the_way(&self, seen: &Seen, check: Uuid) -> io::Result<Held> {
        let (until, at_most) = match &seen.newest {
            Newest::Free => (None, Duration::ZERO),
            Newest::Open(entry) => ((entry.check != check).then_some(entry.until), Duration::MAX),
            // A time that is yet to come says nothing.
            Newest::Unreadable { written } => (Some(*written + WRITING), WRITING.unsigned_abs()),
        };
        let locked = seen.locks.iter().map(|lock| lock.until).max();
        if until.is_none() && locked.is_none() {
            return Ok(Held::default());
        }
        let now = self.disk.now()?;
        let left = |until: Timestamp| {
            Duration::try_from(until.duration_since(now)).ok().filter(|left| !left.is_zero())
        };
        let open_for = until.and_then(left).filter(|left| *left <= at_most);
        let open_by = match &seen.newest {
            Newest::Open(entry) if open_for.is_some() => entry.by(),
            _ => None,
        };
        Ok(Held { open_for, open_by, locked_for: locked.and_then(left) })
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
    fn is_of(&self, check: Uuid) -> bool {
        matches!(&self.newest, Newest::Open(entry) if entry.check == check)
    }
}

fn newest(found: Found) -> Newest {
    let written = found.written;
    Entry::read(&found.bytes).map_or(Newest::Unreadable { written }, Newest::Open)
}

fn text(entry: &Entry) -> io::Result<String> {
    entry.text().map_err(io::Error::other)
}

fn later(now: Timestamp, lasts: Duration) -> Timestamp {
    let lasts = SignedDuration::try_from(lasts).unwrap_or(SignedDuration::MAX);
    now.saturating_add(lasts).unwrap_or(Timestamp::MAX)
}
