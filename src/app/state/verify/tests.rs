//! What the screen keeps of a caller and of the check.

use super::*;
use crate::directory::{AccountState, PersonKind};
use crate::engine::{NoteState, VerifyEvent as Told};
use crate::verify::Channel;
use jiff::SignedDuration;

fn person(n: u32) -> Person {
    Person {
        id: PersonId(format!("person-{n}")),
        display_name: format!("Person {n}"),
        upn: format!("person{n}@nordvik.example"),
        mail: None,
        employee_id: None,
        department: None,
        job_title: None,
        account: AccountState::Enabled,
        kind: PersonKind::Member,
    }
}

fn caller(n: u32, warnings: Vec<Warning>) -> Told {
    Told::Caller(Some(Box::new(CallerShown {
        person: person(n),
        phones: Vec::new(),
        keys: None,
        warnings,
        no_sms: None,
        no_push: None,
        unseen: None,
        read_at: Timestamp::UNIX_EPOCH,
        text: None,
    })))
}

fn check(n: u32, state: CheckState) -> Told {
    Told::Check(Some(Box::new(CheckShown {
        id: uuid::Uuid::from_u128(1),
        person: person(n).id,
        name: String::new(),
        channel: Channel::VerifySms,
        masked: None,
        word: None,
        begun_at: Timestamp::UNIX_EPOCH,
        ends_at: Timestamp::UNIX_EPOCH,
        steps: Vec::new(),
        state,
        wrong: 0,
        tries: 3,
        again_from: None,
        remark: None,
        ticket: None,
        note: Vec::new(),
        note_state: NoteState::None,
    })))
}

#[test]
fn a_check_is_shown_with_its_own_person_only() {
    let mut verify = Verify::default();
    verify.apply(caller(1, Vec::new()));
    verify.apply(check(1, CheckState::Waiting));
    assert!(verify.check_shown().is_some());
    verify.sent(&VerifyCommand::Choose(Box::new(person(2))));
    assert!(verify.check_shown().is_none() && verify.check.is_none());
    verify.apply(check(1, CheckState::Waiting));
    assert!(verify.check_shown().is_none(), "told late of the person before");
    assert!(verify.open_check().is_some(), "but it is open all the same");
}

#[test]
fn a_wish_is_under_way_until_something_is_heard() {
    let mut verify = Verify::default();
    verify.apply(caller(1, Vec::new()));
    verify.sent(&VerifyCommand::SendCode { person: person(1).id });
    assert_eq!(verify.asked, Some(AskedOfCheck::Send));
    let problem = Problem { what: "No".into(), next: String::new(), details: Vec::new() };
    verify.apply(Told::Refused(problem.clone()));
    assert_eq!((verify.asked, verify.refused.as_ref()), (None, Some(&problem)));
    verify.sent(&VerifyCommand::SendCode { person: person(1).id });
    assert_eq!(verify.refused, None, "the old refusal is no answer to the new wish");
    verify.apply(check(1, CheckState::Sending));
    assert_eq!(verify.asked, None);
}

#[test]
fn somebody_counts_until_the_time_is_over() {
    let mut verify = Verify::default();
    let now = Timestamp::UNIX_EPOCH;
    let until = now + SignedDuration::from_mins(10);
    verify.apply(Told::Verified(vec![VerifiedShown {
        check: uuid::Uuid::from_u128(1),
        person: person(1).id,
        name: "Person 1".into(),
        upn: person(1).upn,
        channel: Channel::VerifySms,
        ticket: None,
        not_for: None,
        until,
    }]));
    assert!(verify.verified_person(&person(1).id, now).is_some());
    assert!(verify.verified_person(&person(2).id, now).is_none());
    assert!(verify.verified_person(&person(1).id, until).is_none());
    assert_eq!(verify.verified_now(until).count(), 0);
    verify.verified[0].not_for = Some(2819);
    assert!(verify.verified_person(&person(1).id, now).is_none(), "green for another ticket");
    let otherwise = verify.verified_otherwise(&person(1).id, now).unwrap();
    let words = not_for_words(otherwise).unwrap();
    assert_eq!(words, "Verified without a ticket, not for #2819");
    verify.verified[0].ticket = Some(2818);
    let words = not_for_words(&verify.verified[0]).unwrap();
    assert_eq!(words, "Verified for #2818, not for #2819");
}

#[test]
fn an_answer_to_an_older_query_brings_no_ticket() {
    let mut verify = Verify::default();
    verify.sent(&VerifyCommand::Find { query: "28".into() });
    verify.sent(&VerifyCommand::Find { query: "2818".into() });
    let gone = || Problem { what: "Gone".into(), next: String::new(), details: Vec::new() };
    let found = |query: &str| Told::Found {
        query: query.into(),
        people: Ok(Vec::new()),
        ticket: Some(Box::new(Err(gone()))),
    };
    verify.apply(found("28"));
    assert!(verify.found_ticket.is_none());
    verify.apply(found("2818"));
    assert!(verify.found_ticket.is_some());
}

#[test]
fn a_lock_ends_by_itself_and_secrets_go_when_the_station_locks() {
    let mut verify = Verify::default();
    let now = Timestamp::UNIX_EPOCH;
    let until = now + SignedDuration::from_mins(30);
    verify.apply(caller(1, vec![Warning::Guest, Warning::Locked { until }]));
    assert_eq!(verify.locked_until(now), Some(until));
    assert_eq!(verify.locked_until(until), None);
    verify.apply(Told::LinkKey(SecretText::new("k")));
    let person = verify.person().unwrap().id.clone();
    verify.apply(Told::PushRegistered { person, id: Ok("id".into()) });
    assert!(verify.push_id.is_some());
    let other = PersonId("somebody else".into());
    verify.push_id = None;
    verify.apply(Told::PushRegistered { person: other, id: Ok("theirs".into()) });
    assert!(verify.push_id.is_none(), "another person's id is shown");
    verify.drop_secrets();
    assert!(verify.services.link_key.is_none() && verify.push_id.is_none());
}

#[test]
fn days_are_counted_as_people_count_them() {
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 400 + 12);
    let before = |days: i64| ago(now - SignedDuration::from_hours(24 * days), now);
    assert_eq!([before(0), before(1), before(3)], ["today", "yesterday", "3 days ago"]);
    assert_eq!(before(40), "40 days ago", "in days, not in months and days");
}
