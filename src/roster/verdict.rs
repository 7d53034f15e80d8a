//! Whether a row can be used, as far as the file alone tells.

use super::row::{Row, plain_serial};
use super::{AddressFault, ChallengeFault};
use jiff::Timestamp;
use std::collections::HashMap;

/// The verdict on one row. Lines count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Usable,
    /// The person is in another line that is used.
    Duplicate {
        of: usize,
    },
    /// A key is meant for the person of another line too.
    SerialTwice {
        of: usize,
    },
    /// A scan of this badge would mean two people.
    BadgeTwice {
        of: usize,
    },
    NoPerson,
    BadUpn(AddressFault),
    BadMail(AddressFault),
    BadObjectId,
    BadSerial,
    /// The person can still get a key, with a new challenge.
    BadChallenge(ChallengeFault),
    /// The person can still get a key, with a new challenge.
    ChallengeExpired {
        at: Timestamp,
    },
    /// A quotation mark in this line is never closed: what the cells are can't be told.
    UnterminatedQuote,
}

impl Verdict {
    /// A new challenge is all that is missing.
    pub fn needs_challenge(self) -> bool {
        matches!(self, Self::BadChallenge(_) | Self::ChallengeExpired { .. })
    }

    /// One sentence without a full stop; nothing for a row that can be used.
    pub fn reason(self) -> Option<String> {
        Some(match self {
            Self::Usable => return None,
            Self::Duplicate { of } => format!("The same person is in line {of}"),
            Self::SerialTwice { of } => format!("The same serial is in line {of}"),
            Self::BadgeTwice { of } => format!("The same badge is in line {of}"),
            Self::NoPerson => "Nothing in this line names a person".into(),
            Self::BadUpn(fault) => format!("This is no user principal name: {fault}"),
            Self::BadMail(fault) => format!("This is no mail address: {fault}"),
            Self::BadObjectId => "This is no object id".into(),
            Self::BadSerial => "This is no serial: it has 1 to 10 digits".into(),
            Self::BadChallenge(fault) => {
                format!("The challenge can't be used: {fault}. A new one will be fetched")
            }
            Self::ChallengeExpired { at } => {
                format!("The challenge lapsed at {}. A new one will be fetched", to_minutes(at))
            }
            Self::UnterminatedQuote => "A quotation mark in this line is never closed".into(),
        })
    }
}

fn to_minutes(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How many rows there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows: usize,
    pub usable: usize,
    /// The same person again.
    pub duplicate: usize,
    /// [`Verdict::needs_challenge`].
    pub needs_challenge: usize,
    /// All others: somebody has to mend them.
    pub wrong: usize,
}

impl Counts {
    pub(super) fn of(rows: &[Row]) -> Self {
        let mut counts = Self { rows: rows.len(), ..Self::default() };
        for row in rows {
            *match row.verdict {
                Verdict::Usable => &mut counts.usable,
                Verdict::Duplicate { .. } => &mut counts.duplicate,
                verdict if verdict.needs_challenge() => &mut counts.needs_challenge,
                _ => &mut counts.wrong,
            } += 1;
        }
        counts
    }
}

/// Finds rows of the same person, serial or badge. Of one person's rows the first that can be
/// used is taken, else the first that only needs a challenge.
pub(super) fn judge_together(rows: &mut [Row]) {
    let verdicts = Together::of(rows).verdicts;
    for (place, verdict) in verdicts {
        if let Some(row) = rows.get_mut(place) {
            row.verdict = verdict;
        }
    }
}

/// What names a person, without its case; equal ones are the same person.
#[derive(PartialEq, Eq, Hash)]
enum Same {
    Upn(String),
    ObjectId(String),
    Mail(String),
    EmployeeId(String),
}

#[derive(Default)]
struct Together {
    /// By place in the rows.
    people: HashMap<Same, usize>,
    verdicts: HashMap<usize, Verdict>,
}

impl Together {
    fn of(rows: &[Row]) -> Self {
        let mut all = Self::default();
        for (place, row) in rows.iter().enumerate() {
            all.note_person(rows, place, row);
        }
        let mut serials: HashMap<&str, usize> = HashMap::new();
        let mut badges: HashMap<String, usize> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            if !is_candidate(row) || all.verdicts.contains_key(&place) {
                continue;
            }
            let badge = row.badge.as_deref().map(str::to_lowercase);
            let serial_of = row.serial.as_deref().and_then(|s| serials.get(plain_serial(s)));
            let badge_of = badge.as_ref().and_then(|badge| badges.get(badge));
            if let Some(&of) = serial_of {
                all.verdicts.insert(place, Verdict::SerialTwice { of });
            } else if let Some(&of) = badge_of {
                all.verdicts.insert(place, Verdict::BadgeTwice { of });
            } else {
                serials.extend(row.serial.as_deref().map(|s| (plain_serial(s), row.line)));
                badges.extend(badge.map(|badge| (badge, row.line)));
            }
        }
        all
    }

    fn note_person(&mut self, rows: &[Row], place: usize, row: &Row) {
        if !is_candidate(row) {
            return;
        }
        let mut names = names(row);
        let known: Vec<usize> = names
            .iter()
            .filter(|name| decides(name, row))
            .filter_map(|name| self.people.get(name).copied())
            .collect();
        let earlier = || known.iter().filter_map(|known| Some((*known, rows.get(*known)?)));
        if let Some((_, of)) = earlier().find(|(_, earlier)| !is_better(row, earlier)) {
            self.verdicts.insert(place, Verdict::Duplicate { of: of.line });
            return;
        }
        for (other, earlier) in earlier() {
            self.verdicts.insert(other, Verdict::Duplicate { of: row.line });
            names.extend(self::names(earlier));
        }
        for name in names {
            match name {
                // A shared mailbox stays with the first of its people.
                Same::Mail(_) | Same::EmployeeId(_) if known.is_empty() => {
                    self.people.entry(name).or_insert(place);
                }
                _ => {
                    self.people.insert(name, place);
                }
            }
        }
    }
}

fn is_candidate(row: &Row) -> bool {
    row.verdict == Verdict::Usable || row.verdict.needs_challenge()
}

fn is_better(row: &Row, earlier: &Row) -> bool {
    row.verdict == Verdict::Usable && earlier.verdict.needs_challenge()
}

fn names(row: &Row) -> Vec<Same> {
    let lower = |text: &Option<Box<str>>| text.as_deref().map(str::to_lowercase);
    let who = &row.who;
    [
        lower(&who.upn).map(Same::Upn),
        lower(&who.object_id).map(Same::ObjectId),
        lower(&who.mail).map(Same::Mail),
        lower(&who.employee_id).map(Same::EmployeeId),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Two people may share a mailbox: where there is a surer name, that one decides.
fn decides(name: &Same, row: &Row) -> bool {
    match name {
        Same::Upn(_) | Same::ObjectId(_) => true,
        Same::Mail(_) | Same::EmployeeId(_) => row.who.upn.is_none() && row.who.object_id.is_none(),
    }
}
