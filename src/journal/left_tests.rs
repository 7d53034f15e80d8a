//! What checks leave, in a journal of its own.

use super::*;
use crate::journal::{CheckEnd, CheckFacts, NewCheck};
use crate::secrets::Secrets;
use crate::verify::Outcome;

const TENANT: &str = "Larkfield";

fn journal() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), &Secrets::session_only("test")).unwrap();
    (folder, journal)
}

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn claim(id: u128, person: &str) -> NewClaim {
    NewClaim {
        check: Uuid::from_u128(id << 96),
        tenant: TENANT.into(),
        agent: "Mira Holm".into(),
        person: person.into(),
        upn: format!("{person}@larkfield.example"),
    }
}

fn begin(journal: &Journal, claim: &NewClaim) {
    let check = NewCheck {
        id: claim.check,
        tenant: TENANT.into(),
        agent: claim.agent.clone(),
        person: claim.person.clone(),
        facts: CheckFacts {
            name: "Daniel Krantz".into(),
            upn: claim.upn.clone(),
            channel: Channel::VerifySms,
            masked: None,
            ticket: None,
            warnings: Vec::new(),
            wants_note: false,
            wants_row: true,
            tenant_domain: "larkfield.example".into(),
            service_id: None,
            target: None,
        },
    };
    journal.begin_check(&check, at(0)).unwrap();
}

fn end(journal: &Journal, check: Uuid, outcome: Outcome, locked_until: Option<Timestamp>) {
    let end = CheckEnd { outcome, attempts: 0, delivered_at: None, locked_until };
    assert!(journal.end_check(check, end, at(1)).unwrap());
}

fn kinds(journal: &Journal) -> Vec<(LeftWhat, Timestamp)> {
    let left = journal.left(TENANT, None, at(1)).unwrap();
    left.into_iter().map(|left| (left.what, left.until)).collect()
}

fn history(journal: &Journal) -> Vec<String> {
    let rows = journal.history("", 100, 0).unwrap();
    rows.into_iter().map(|row| format!("{}: {}", row.subject, row.detail)).collect()
}

#[test]
fn a_claim_stands_until_it_is_gone_and_is_prolonged_by_its_own_check() {
    let (_folder, journal) = journal();
    journal.will_claim(&claim(1, "daniel"), at(11)).unwrap();
    journal.will_claim(&claim(1, "daniel"), at(13)).unwrap();
    assert_eq!(kinds(&journal), [(LeftWhat::Claim, at(13))]);
    let left = journal.left(TENANT, Some("daniel"), at(0)).unwrap();
    journal.left_stays(&left[0], at(2), "no answer").unwrap();
    assert_eq!(kinds(&journal), [], "tried again before its time");
    let of_person = journal.left(TENANT, Some("daniel"), at(0)).unwrap();
    assert_eq!((of_person.len(), of_person[0].tries), (1, 1));
    assert_eq!(journal.left(TENANT, Some("elin"), at(9)).unwrap(), []);
    assert_eq!(journal.left("Pinewood", None, at(9)).unwrap(), []);
    journal.due_now(TENANT).unwrap();
    assert_eq!(kinds(&journal).len(), 1);
    journal.left_is_gone(left[0].check, &LeftWhat::Claim).unwrap();
    assert_eq!(kinds(&journal), []);
}

#[test]
fn a_claim_without_a_check_is_told_as_interrupted_once_and_a_refused_one_is_not() {
    let (_folder, journal) = journal();
    let claims = [claim(1, "daniel"), claim(2, "elin"), claim(3, "maja"), claim(4, "omar")];
    for claim in &claims {
        journal.will_claim(claim, at(11)).unwrap();
    }
    begin(&journal, &claims[1]);
    journal.claim_was_refused(claims[2].check).unwrap();
    let runs = claims[3].check;
    for _ in 0..2 {
        journal.end_unsent_claims(TENANT, |check| check == runs, at(1)).unwrap();
    }
    let told = history(&journal);
    let interrupted: Vec<_> = told.iter().filter(|row| row.contains("Interrupted")).collect();
    assert_eq!(
        interrupted,
        ["daniel@larkfield.example: Interrupted before anything was sent, KD-00000001"]
    );
    assert_eq!(kinds(&journal).len(), 4, "they are let go of elsewhere");
}

#[test]
fn a_lock_waits_with_the_end_and_takes_the_claim_with_it() {
    let (_folder, journal) = journal();
    let claim = claim(1, "daniel");
    journal.will_claim(&claim, at(11)).unwrap();
    begin(&journal, &claim);
    end(&journal, claim.check, Outcome::WrongCode, Some(at(31)));
    assert_eq!(kinds(&journal), [(LeftWhat::Lock, at(31))]);
    assert_eq!(journal.waiting(TENANT).unwrap().locks, 1);
    let lock = journal.left(TENANT, None, at(1)).unwrap().remove(0);
    journal.left_stays(&lock, at(2), "no answer").unwrap();
    assert_eq!(journal.waiting(TENANT).unwrap().why.as_deref(), Some("no answer"));
    journal.left_is_gone(claim.check, &LeftWhat::Lock).unwrap();
    assert_eq!((kinds(&journal), journal.waiting(TENANT).unwrap().locks), (Vec::new(), 0));
}

#[test]
fn no_claim_is_let_go_of_before_the_lock_of_its_check_is_told() {
    let (_folder, journal) = journal();
    let (locked, other) = (claim(1, "daniel"), claim(2, "daniel"));
    journal.will_claim(&other, at(5)).unwrap();
    journal.will_claim(&locked, at(11)).unwrap();
    begin(&journal, &locked);
    end(&journal, locked.check, Outcome::WrongCode, Some(at(31)));
    let whole = [(LeftWhat::Lock, at(31)), (LeftWhat::Claim, at(5))];
    assert_eq!(kinds(&journal), whole, "the lock comes first");
    // Neither while the lock waits for its next try, nor for one person.
    let lock = journal.left(TENANT, None, at(1)).unwrap().remove(0);
    journal.left_stays(&lock, at(9), "no answer").unwrap();
    assert_eq!(kinds(&journal), whole[1..]);
    let of_person = journal.left(TENANT, Some("daniel"), at(1)).unwrap();
    let of_person: Vec<_> = of_person.into_iter().map(|left| (left.what, left.until)).collect();
    assert_eq!(of_person, whole);
    // A lock that is over holds no claim back.
    assert_eq!(journal.left(TENANT, Some("daniel"), at(31)).unwrap().len(), 3);
}

#[test]
fn an_interrupted_check_is_to_be_ended_at_its_service_and_no_other_one() {
    let (_folder, journal) = journal();
    let claims = [claim(1, "daniel"), claim(2, "elin"), claim(3, "maja")];
    for claim in &claims {
        begin(&journal, claim);
    }
    journal.check_is_at_service(claims[0].check, "VE1").unwrap();
    journal.check_is_at_service(claims[1].check, "VE2").unwrap();
    end(&journal, claims[0].check, Outcome::Interrupted, None);
    end(&journal, claims[1].check, Outcome::Cancelled, None);
    end(&journal, claims[2].check, Outcome::Interrupted, None);
    let service =
        LeftWhat::AtService { channel: Channel::VerifySms, id: "VE1".into(), target: None };
    assert_eq!(kinds(&journal), [(service, at(60))]);
}
