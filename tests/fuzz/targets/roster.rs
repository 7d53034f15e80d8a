//! Rosters, and the scripts' `configs.json`. Promises: every line with anything in it is told of
//! once, in order; what is usable names somebody, once; no cell turns a line or a list round;
//! each row is found by its own name; what is written for the scripts is read back the same.

use super::pieces;
use keydesk::outputs::registration_users::{Generation, Registration, text};
use keydesk::problem::Explain;
use keydesk::roster::configs::ScriptConfigs;
use keydesk::roster::{Header, Roster, Row, Verdict, read, read_logins};
use std::collections::HashSet;

pub fn target(data: &[u8]) {
    match pieces::choice(data) {
        (0, rest) => configs(rest),
        (1, rest) => judged(&read_logins(rest, now())),
        _ => {
            let roster = read(data, now());
            judged(&roster);
            written_and_read(&roster);
        }
    }
}

fn now() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_795_000_000).expect("a time")
}

fn judged(roster: &Roster) {
    let header = match roster.facts.header {
        Header::None => 0,
        Header::Known { line } | Header::Guessed { line } => line,
    };
    let lines: HashSet<usize> = roster.rows.iter().map(|row| row.line).collect();
    let mut before = header;
    for row in &roster.rows {
        assert!(row.line > before, "line {} after line {before}", row.line);
        before = row.line;
        clean(row);
        assert_eq!(row.verdict.reason().is_none(), row.verdict == Verdict::Usable);
        match row.verdict {
            Verdict::Usable => assert!(row.who.key().is_some(), "usable for nobody"),
            Verdict::Duplicate { of }
            | Verdict::SerialTwice { of }
            | Verdict::BadgeTwice { of } => assert!(lines.contains(&of) && of != row.line),
            _ => {}
        }
        let expiry = row.prepared.as_ref().and_then(|prepared| prepared.expires_at);
        assert!(expiry.is_none_or(|at| at > now()), "a dead challenge");
    }
    one_row_each(roster);
    counted(roster);
    found(roster);
    if let Some(fault) = roster.fault {
        assert!(!fault.problem().what.is_empty());
    }
}

fn clean(row: &Row) {
    let who = &row.who;
    let cells = [&who.upn, &who.object_id, &who.mail, &who.employee_id, &row.display_name];
    for cell in cells.into_iter().chain([&row.serial, &row.badge]).flatten() {
        let is_turned = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!cell.is_empty() && !cell.contains(is_turned), "{cell:?}");
        assert_eq!(cell.trim(), &**cell);
    }
}

fn one_row_each(roster: &Roster) {
    let usable = roster.rows.iter().filter(|row| row.verdict == Verdict::Usable);
    let mut upns = HashSet::new();
    let mut ids = HashSet::new();
    for row in usable {
        let upn = row.who.upn.as_deref().map(str::to_lowercase);
        assert!(upn.is_none_or(|upn| upns.insert(upn)), "a person twice");
        assert!(row.who.object_id.as_ref().is_none_or(|id| ids.insert(id)), "an id twice");
    }
}

fn counted(roster: &Roster) {
    let counts = roster.counts();
    let sum = counts.usable + counts.duplicate + counts.needs_challenge + counts.wrong;
    assert_eq!((sum, counts.rows), (roster.rows.len(), roster.rows.len()));
}

fn found(roster: &Roster) {
    assert_eq!(roster.filter(" ").len(), roster.rows.len());
    for (place, row) in roster.rows.iter().enumerate().take(20) {
        let found = roster.filter(row.shown());
        assert!(found.contains(&place), "{:?} is not found", row.shown());
        assert!(found.is_sorted() && found.last().is_none_or(|last| *last < roster.rows.len()));
    }
}

fn written_and_read(roster: &Roster) {
    let challenge = keydesk::webauthn::Challenge("AAECAwQFBgcICQoLDA0ODw".into());
    let usable = roster.rows.iter().filter(|row| row.verdict == Verdict::Usable);
    let people: Vec<(&str, &str)> = usable
        .filter_map(|row| Some((row.who.upn.as_deref()?, row.display_name.as_deref()?)))
        .collect();
    let rows = people.iter().map(|(upn, name)| Registration {
        upn,
        display_name: name,
        user_id: b"id",
        challenge: &challenge,
        expires_at: now() + jiff::SignedDuration::from_hours(1),
        rp_id: "login.microsoft.com",
    });
    let again = read(&text(Generation::Second, rows).expect("written"), now());
    let read: Vec<(&str, &str)> = again
        .rows
        .iter()
        .inspect(|row| assert_eq!(row.verdict, Verdict::Usable))
        .filter_map(|row| Some((row.who.upn.as_deref()?, row.display_name.as_deref()?)))
        .collect();
    assert_eq!(read, people);
}

/// An error tells a place; of what is there it repeats nothing.
fn configs(data: &[u8]) {
    match ScriptConfigs::parse(data) {
        Ok(configs) => {
            let names = configs.unknown.iter().chain(&configs.wrong);
            assert!(names.into_iter().all(|name| !name.contains(char::is_control)));
            assert!(configs.secret.is_none_or(|secret| !secret.expose().trim().is_empty()));
        }
        Err(error) => {
            let told = format!("{error} {:?}", error.problem());
            assert!(told.len() < 600, "an error tells more than a place: {told}");
        }
    }
}
