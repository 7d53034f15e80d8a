//! Compares what was gathered. Touches nothing.

use super::finding::{Finding, FindingKind};
use super::gather::Gathered;
use crate::bulk::Entry;
use crate::directory::Passkey;
use crate::engine::bulk::fate::{Fate, KeyOf, keys_of, numbered};
use crate::enrolment::{Custody, KeyIdentity, KeyMatch, Left, MadeNames};
use crate::journal::{SealedPin, StoredEnrolment};
use crate::key::{KeyFacts, PinState};
use jiff::{Timestamp, Unit};
use std::collections::BTreeMap;

pub(super) fn compare(gathered: &Gathered) -> Vec<Finding> {
    let keys = keys_of(&gathered.session);
    let mut findings = Vec::new();
    history(gathered, &mut findings);
    journal(gathered, &keys, &mut findings);
    let own = by_person(&keys, |key| &key.stored.intent.person.id);
    let made = by_person(&gathered.enrolments, |stored| &stored.intent.person.id);
    for (_, entry) in numbered(&gathered.session) {
        let id = entry.person.id.as_str();
        if let Some(passkeys) = gathered.passkeys.get(&entry.person.person_id()) {
            let of = Person {
                entry,
                keys: own.get(id).map_or(&[][..], Vec::as_slice),
                made: made.get(id).map_or(&[][..], Vec::as_slice),
                passkeys,
            };
            person(gathered, &of, &mut findings);
        }
    }
    given_twice(&keys, &mut findings);
    given_at_another_time(gathered, &keys, &mut findings);
    for key in &keys {
        pin(gathered, key, &mut findings);
    }
    for facts in &gathered.keys {
        plugged_in(&keys, facts, &mut findings);
    }
    findings.sort_by(|one, other| (one.kind, &one.who).cmp(&(other.kind, &other.who)));
    findings
}

/// Keys that the session says are in the directory.
pub(super) fn keys_expected(gathered: &Gathered) -> usize {
    keys_of(&gathered.session).iter().filter(|key| key.method_id().is_some()).count()
}

/// Of the keys that are plugged in, those that may be somebody's and tell no serial to compare.
pub(super) fn keys_untold(gathered: &Gathered) -> usize {
    let mut keys = keys_of(&gathered.session);
    keys.retain(KeyOf::leaves);
    let may_be = |facts: &&KeyFacts| {
        keys.iter().any(|key| key.stored.intent.key.matches(facts) == KeyMatch::Perhaps)
            && !keys.iter().any(|key| has_serial(key, facts))
    };
    gathered.keys.iter().filter(may_be).count()
}

/// Of those that people have, the ones that are plugged in.
pub(super) fn keys_in(gathered: &Gathered) -> usize {
    let mut keys = keys_of(&gathered.session);
    keys.retain(|key| key.method_id().is_some());
    gathered.keys.iter().filter(|facts| keys.iter().any(|key| has_serial(key, facts))).count()
}

fn history(gathered: &Gathered, findings: &mut Vec<Finding>) {
    if let Some(fault) = &gathered.chain_fault {
        let text = fault.clone();
        findings.push(Finding {
            kind: FindingKind::History,
            who: "history".into(),
            serial: None,
            text,
        });
    }
}

/// Nobody is missing, and nothing points to somebody else.
fn journal(gathered: &Gathered, keys: &[KeyOf<'_>], findings: &mut Vec<Finding>) {
    let session = &gathered.session;
    let mut found = |who: &str, serial: Option<&String>, text: String| {
        let (kind, who) = (FindingKind::Journal, who.to_owned());
        findings.push(Finding { kind, who, serial: serial.cloned(), text });
    };
    let expected: Vec<u32> = (1..).take(gathered.people_begun).collect();
    if gathered.numbers != expected {
        let (there, begun) = (gathered.numbers.len(), gathered.people_begun);
        let text = format!("The journal has {there} people, and the session began with {begun}");
        found("session", None, text);
    }
    for key in keys {
        let intent = &key.stored.intent;
        let (who, serial) = (&intent.person.upn, intent.key.serial.as_ref());
        let place = gathered.numbers.iter().position(|no| *no == key.entry.0);
        let own = place.and_then(|place| session.entries.get(place));
        if own.is_none_or(|entry| entry.person.id != intent.person.id) {
            found(who, serial, "Its place in the session is another person's".into());
        }
        if let Fate::Unreadable { why } = &key.fate {
            found(who, serial, format!("Its journal contradicts itself: {why}"));
        }
    }
    let methods = |stored| names_of(stored).methods.into_iter().map(move |id| (id, stored));
    let known: BTreeMap<&str, &StoredEnrolment> =
        gathered.enrolments.iter().flat_map(methods).collect();
    for row in &gathered.handed_over {
        let text = match known.get(row.detail.as_str()).map(|stored| &stored.intent) {
            None => "Handed over by the history, and the journal has no enrolment of it",
            Some(of) if of.person.upn != row.subject || of.key.serial != row.serial => {
                "Its enrolment has another person or key than the history of its hand-over"
            }
            Some(_) => continue,
        };
        found(&row.subject, row.serial.as_ref(), text.into());
    }
}

/// Somebody of the session, and everything that is known of them.
struct Person<'a> {
    entry: &'a Entry,
    /// Of the session.
    keys: &'a [&'a KeyOf<'a>],
    /// In the session or not.
    made: &'a [&'a StoredEnrolment],
    passkeys: &'a [Passkey],
}

fn by_person<T>(all: &[T], of: impl Fn(&T) -> &String) -> BTreeMap<&str, Vec<&T>> {
    let mut people = BTreeMap::<_, Vec<_>>::new();
    for one in all {
        people.entry(of(one).as_str()).or_default().push(one);
    }
    people
}

/// One person has exactly what the session says.
fn person(gathered: &Gathered, of: &Person<'_>, findings: &mut Vec<Finding>) {
    let Person { entry, keys, passkeys, .. } = of;
    let person = &entry.person;
    let mut found = |kind, serial: Option<&String>, text: String| {
        let who = person.upn.clone();
        findings.push(Finding { kind, who, serial: serial.cloned(), text });
    };
    for key in *keys {
        let (names, last) = (names_of(key.stored), MadeNames::of_last(&key.stored.records));
        let serial = key.stored.intent.key.serial.as_ref();
        let listed: Vec<&Passkey> = passkeys.iter().filter(|one| names.name(one)).collect();
        match expected(&key.fate) {
            Expected::There if !listed.iter().any(|one| last.name(one)) => {
                let text = "Handed over, and not in the directory";
                found(FindingKind::NotInDirectory, serial, text.into());
            }
            Expected::Gone(how) if !listed.is_empty() => {
                let text = format!("{how}, and still in the directory");
                found(FindingKind::StillInDirectory, serial, text);
            }
            _ => {}
        }
        if listed.len() > 1 {
            let text = format!("{} passkeys of one key are in the directory", listed.len());
            found(FindingKind::TooManyKeys, serial, text);
        }
        if let Some(text) = unfinished(gathered, &key.fate) {
            found(FindingKind::Unfinished, serial, text.into());
        }
        for old in old_keys_left(key, passkeys) {
            let text = format!("The old key {old:?} was to be removed, and is in the directory");
            found(FindingKind::OldKey, serial, text);
        }
    }
    let has = keys.iter().filter(|key| key.method_id().is_some()).count();
    let most = usize::from(gathered.session.options.keys_each);
    if has > most {
        let text = format!("{has} keys were handed over, and the session gives {most}");
        found(FindingKind::TooManyKeys, None, text);
    }
    for passkey in unknown(gathered, of) {
        let text = format!(
            "The passkey {:?} was registered since the session began, and no enrolment knows of it",
            passkey.display_name
        );
        found(FindingKind::Unknown, None, text);
    }
}

/// What was left to do, and stays undone unless somebody sees to it.
fn unfinished(gathered: &Gathered, fate: &Fate) -> Option<&'static str> {
    match fate {
        Fate::Open if gathered.session.ended_at.is_some() => Some(
            "The session has ended, and this key was left unfinished: go on with it, or give it up, \
             at the Desk",
        ),
        Fate::ToActivate { until: Some(until) } if *until <= gathered.at => Some(
            "It was to be activated, and its challenge has lapsed: put it in, to be made anew, or give it \
             up",
        ),
        _ => None,
    }
}

/// What the directory should have of a key.
enum Expected {
    There,
    /// After this.
    Gone(&'static str),
    /// It is not known, or was left on purpose.
    Either,
}

fn expected(fate: &Fate) -> Expected {
    let is_left =
        |left: &[Left]| left.iter().any(|left| matches!(left, Left::DirectoryMethod { .. }));
    match fate {
        Fate::Ready { .. } | Fate::HandedOver { .. } => Expected::There,
        Fate::Undone { .. } => Expected::Gone("Undone"),
        Fate::TakenBack { left, .. } if !is_left(left) => Expected::Gone("Taken back"),
        Fate::GivenUp { left, .. } if !is_left(left) => Expected::Gone("Given up"),
        Fate::TakenBack { .. }
        | Fate::GivenUp { .. }
        | Fate::Open
        | Fate::ToActivate { .. }
        | Fate::Unreadable { .. } => Expected::Either,
    }
}

/// Names of the person's old passkeys that should be gone.
fn old_keys_left<'a>(key: &'a KeyOf<'_>, passkeys: &'a [Passkey]) -> impl Iterator<Item = &'a str> {
    let (new, left): (Option<&str>, &[Left]) = match &key.fate {
        Fate::HandedOver { method_id, left } => (Some(method_id), left),
        _ => (None, &[]),
    };
    let is_left = |id: &String| {
        left.iter().any(|left| match left {
            Left::OldPasskeys { method_ids } => method_ids.contains(id),
            _ => false,
        })
    };
    let removed = &key.stored.intent.plan.remove_old;
    passkeys
        .iter()
        .filter(move |passkey| {
            let id = &passkey.method_id;
            new.is_some() && new != Some(id) && removed.contains(id) && !is_left(id)
        })
        .map(|passkey| passkey.display_name.as_str())
}

/// Passkeys that came since the session began and belong to no enrolment of this journal.
fn unknown<'a>(gathered: &Gathered, of: &Person<'a>) -> impl Iterator<Item = &'a Passkey> {
    let begun = whole_second(gathered.session.begun_at);
    let names: Vec<MadeNames<'a>> = of.made.iter().copied().map(names_of).collect();
    let old = &of.entry.old_keys;
    of.passkeys.iter().filter(move |passkey| {
        passkey.created.is_none_or(|created| created >= begun)
            && !old.contains(&passkey.method_id)
            && !names.iter().any(|names| names.name(passkey))
    })
}

/// A directory tells whole seconds.
fn whole_second(at: Timestamp) -> Timestamp {
    let down = jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor);
    at.round(down).unwrap_or(at)
}

/// No key is in two hands: whose it was before has a passkey whose key is another's.
fn given_twice(keys: &[KeyOf<'_>], findings: &mut Vec<Finding>) {
    let mut living = BTreeMap::<&str, &KeyOf<'_>>::new();
    for key in keys.iter().filter(|key| key.leaves()) {
        let intent = &key.stored.intent;
        let Some(serial) = intent.key.plain_serial() else { continue };
        if let Some(before) = living.insert(serial, key) {
            let first = &before.stored.intent.person.upn;
            findings.push(Finding {
                kind: FindingKind::GivenTwice,
                who: intent.person.upn.clone(),
                serial: intent.key.serial.clone(),
                text: format!("The same key was given to {first} before, and counts as theirs"),
            });
        }
    }
}

/// The same over all sessions and the Desk: what is undone there is out of the directory.
fn given_at_another_time(gathered: &Gathered, keys: &[KeyOf<'_>], findings: &mut Vec<Finding>) {
    for key in keys.iter().filter(|key| key.leaves()) {
        let intent = &key.stored.intent;
        let Some(serial) = intent.key.plain_serial() else { continue };
        let others = gathered.enrolments.iter().filter(|other| {
            other.intent.key.plain_serial() == Some(serial)
                && !gathered.session.enrolments.iter().any(|own| own.id == other.id)
        });
        for other in others.filter(|other| is_in_directory(gathered, other)) {
            let (who, whose) = (&intent.person.upn, &other.intent.person.upn);
            let when = if other.begun_at < key.stored.begun_at { "before" } else { "later" };
            findings.push(Finding {
                kind: FindingKind::GivenTwice,
                who: who.clone(),
                serial: intent.key.serial.clone(),
                text: format!(
                    "The same key was given to {whose} {when}, and is in the directory as theirs too"
                ),
            });
        }
    }
}

fn is_in_directory(gathered: &Gathered, stored: &StoredEnrolment) -> bool {
    let passkeys = gathered.passkeys.get(&stored.intent.person.person_id());
    passkeys.is_some_and(|all| all.iter().any(|one| names_of(stored).name(one)))
}

/// The sealed PIN is as the key's state says.
fn pin(gathered: &Gathered, key: &KeyOf<'_>, findings: &mut Vec<Finding>) {
    let (stored, intent) = (key.stored, &key.stored.intent);
    let on_key = |left: &[Left]| left.contains(&Left::PinOnKey);
    let is_sealed = intent.plan.custody == Custody::Sealed;
    let opens = gathered.pins.get(&stored.id);
    let text = match (stored.pin, &key.fate) {
        (SealedPin::Sealed, _) if opens == Some(&false) => "Its sealed PIN can't be opened",
        (
            SealedPin::Lost,
            Fate::Ready { .. } | Fate::HandedOver { .. } | Fate::Open | Fate::ToActivate { .. },
        ) => "Its PIN is lost with the key that sealed it",
        (SealedPin::Sealed, Fate::TakenBack { left, .. } | Fate::GivenUp { left, .. })
            if !on_key(left) =>
        {
            "Its PIN is sealed, though no key has it any more"
        }
        (
            SealedPin::Purged | SealedPin::None,
            Fate::TakenBack { left, .. } | Fate::GivenUp { left, .. },
        ) if on_key(left) && is_sealed => "Its key has a PIN that is not sealed any more",
        (SealedPin::Purged | SealedPin::None, Fate::Open) if is_sealed => {
            "It is in work, and its PIN is not sealed"
        }
        (SealedPin::None, Fate::Ready { .. } | Fate::HandedOver { .. }) if is_sealed => {
            "No PIN was sealed for it"
        }
        (SealedPin::Sealed | SealedPin::Purged, _) if !is_sealed => {
            "A PIN of the person's own was sealed"
        }
        _ => return,
    };
    findings.push(Finding {
        kind: FindingKind::Pin,
        who: intent.person.upn.clone(),
        serial: intent.key.serial.clone(),
        text: text.into(),
    });
}

/// A key that is in is what was given to its person.
fn plugged_in(keys: &[KeyOf<'_>], facts: &KeyFacts, findings: &mut Vec<Finding>) {
    let given = keys.iter().filter(|key| key.leaves() && has_serial(key, facts));
    for key in given {
        let intent = &key.stored.intent;
        let mut found = |text: String| {
            findings.push(Finding {
                kind: FindingKind::Key,
                who: intent.person.upn.clone(),
                serial: facts.serial.clone(),
                text,
            });
        };
        if intent.key.aaguid != facts.aaguid.to_string() {
            found(format!("The key that is in is a {}, not a {}", facts.model, intent.key.model));
        }
        if facts.pin == PinState::NotSet {
            found("The key that is in has no PIN: it was reset".into());
        }
    }
}

fn has_serial(key: &KeyOf<'_>, facts: &KeyFacts) -> bool {
    let in_plug = KeyIdentity::of(facts, None);
    in_plug.serial.is_some() && in_plug.plain_serial() == key.stored.intent.key.plain_serial()
}

fn names_of(stored: &StoredEnrolment) -> MadeNames<'_> {
    MadeNames::of(&stored.records)
}
