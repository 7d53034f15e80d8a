//! Checks in a journal of their own.

use super::*;
use crate::secrets::Secrets;
use crate::verify::Warning;

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

fn check(id: u128, person: &str) -> NewCheck {
    NewCheck {
        id: Uuid::from_u128(id << 96),
        tenant: TENANT.into(),
        agent: "Mira Holm (mira@larkfield.example)".into(),
        person: person.into(),
        facts: CheckFacts {
            name: "Daniel Krantz".into(),
            upn: "daniel@larkfield.example".into(),
            channel: Channel::VerifySms,
            masked: Some("+46 ••• ••• 67".into()),
            ticket: Some(2818),
            warnings: vec![Warning::Guest],
            wants_note: true,
            wants_row: true,
            tenant_domain: "larkfield.example".into(),
            service_id: None,
            target: None,
        },
    }
}

fn end(outcome: Outcome) -> CheckEnd {
    CheckEnd { outcome, attempts: 2, delivered_at: Some(at(1)), locked_until: None }
}

#[test]
fn an_end_queues_note_and_row_once_and_stands_in_the_history() {
    let (_folder, journal) = journal();
    let check = check(7, "daniel");
    journal.begin_check(&check, at(0)).unwrap();
    journal.check_is_at_service(check.id, "VE1").unwrap();
    assert_eq!(journal.open_checks(TENANT).unwrap()[0].facts.service_id.as_deref(), Some("VE1"));
    assert!(journal.due(TENANT, at(1)).unwrap().is_empty(), "nothing is told before the end");
    assert!(journal.end_check(check.id, end(Outcome::Verified), at(2)).unwrap());
    assert!(!journal.end_check(check.id, end(Outcome::Cancelled), at(3)).unwrap());
    assert!(journal.open_checks(TENANT).unwrap().is_empty());
    let due = journal.due(TENANT, at(2)).unwrap();
    let [note, row] = &due[..] else { panic!("{due:?}") };
    let ToSend::Note(written) = &note.what else { panic!("{note:?}") };
    assert_eq!((written.ticket, written.reference.as_str()), (2818, "KD-00000007"));
    assert!(written.lines.contains(&("Outcome".into(), "Verified".into())));
    let ToSend::Row(log) = &row.what else { panic!("{row:?}") };
    assert_eq!((log.outcome, log.attempts), (Outcome::Verified, 2));
    assert_eq!((log.verified_at, log.delivered_at), (Some(at(2)), Some(at(1))));
    assert_eq!(log.service_id.as_deref(), Some("VE1"));
    let history = journal.history("daniel", 10, 0).unwrap();
    let rows: Vec<_> = history.iter().map(|row| (&*row.action, &*row.detail)).collect();
    assert_eq!(
        rows,
        [
            ("Caller check ended", "Verified, ticket 2818, KD-00000007"),
            (
                "Caller check begun",
                "Code by text message to +46 ••• ••• 67, ticket 2818, KD-00000007"
            ),
        ]
    );
    assert!(journal.due("Pinewood", at(9)).unwrap().is_empty());
}

#[test]
fn what_waits_is_kept_until_it_is_through_and_an_alarm_stays() {
    let (_folder, journal) = journal();
    let check = check(1, "daniel");
    journal.begin_check(&check, at(0)).unwrap();
    journal.end_check(check.id, end(Outcome::Expired), at(1)).unwrap();
    let due = journal.due(TENANT, at(1)).unwrap();
    let later = SendCame::Later { from: at(5), why: "Halo is away".into() };
    journal.sent(&due[0], &later, None, at(1)).unwrap();
    assert_eq!(journal.due(TENANT, at(4)).unwrap().len(), 1, "the row alone");
    let count = journal.waiting(TENANT).unwrap();
    assert_eq!((count.notes, count.rows, count.why.as_deref()), (1, 1, Some("Halo is away")));
    let again = journal.due(TENANT, at(5)).unwrap();
    assert_eq!(again[0].tries, 1);
    let alarm = SendCame::Alarm { why: "The note can be read by the caller".into() };
    journal.sent(&again[0], &alarm, None, at(5)).unwrap();
    journal.sent(&again[1], &SendCame::Done, None, at(5)).unwrap();
    assert!(journal.due(TENANT, at(99)).unwrap().is_empty());
    let count = journal.waiting(TENANT).unwrap();
    assert_eq!((count.notes, count.rows), (0, 0));
    assert_eq!(count.alarms, ["The note can be read by the caller"]);
    journal.send_now(TENANT).unwrap();
    assert_eq!(journal.due(TENANT, at(6)).unwrap().len(), 1, "tried again when asked to");
}

#[test]
fn sends_are_counted_by_person_agent_and_station_and_wrong_codes_lock() {
    let (_folder, journal) = journal();
    for (id, person, minute) in [(1, "daniel", 0), (2, "daniel", 50), (3, "elin", 55)] {
        journal.begin_check(&check(id, person), at(minute)).unwrap();
    }
    journal.sent_again(Uuid::from_u128(3 << 96), at(56)).unwrap();
    let lock = SignedDuration::from_mins(30);
    let agent = "Mira Holm (mira@larkfield.example)";
    let of = |person: &str, agent: &str, minute| {
        journal.sends((TENANT, person, agent), lock, at(minute)).unwrap()
    };
    let sends = of("daniel", agent, 61);
    assert_eq!((sends.to_person.len(), sends.by_agent.len(), sends.by_station.len()), (1, 3, 3));
    assert_eq!(sends.locked_until, None);
    assert_eq!(of("daniel", "Omar", 61).by_agent, []);
    journal.end_check(Uuid::from_u128(2 << 96), end(Outcome::WrongCode), at(60)).unwrap();
    assert_eq!(of("daniel", agent, 61).locked_until, Some(at(90)));
    assert_eq!(of("elin", agent, 61).locked_until, None);
}

#[test]
fn an_agents_and_the_stations_sends_count_in_all_tenants_and_a_persons_in_one() {
    let (_folder, journal) = journal();
    let there = NewCheck { tenant: "Pinewood".into(), ..check(1, "daniel") };
    journal.begin_check(&there, at(0)).unwrap();
    let lock = SignedDuration::from_mins(30);
    let agent = "Mira Holm (mira@larkfield.example)";
    let sends = journal.sends((TENANT, "daniel", agent), lock, at(1)).unwrap();
    assert_eq!((sends.to_person.len(), sends.by_agent.len(), sends.by_station.len()), (0, 1, 1));
}

#[test]
fn wrong_codes_count_by_person_for_the_locks_time_until_a_proof() {
    let (_folder, journal) = journal();
    let lock = SignedDuration::from_mins(30);
    for id in 1..=4 {
        journal.begin_check(&check(id, if id == 4 { "elin" } else { "daniel" }), at(0)).unwrap();
    }
    let id = |id: u128| Uuid::from_u128(id << 96);
    let sends = |minute| journal.sends((TENANT, "daniel", "Mira"), lock, at(minute)).unwrap();
    assert_eq!(journal.wrong_code(id(4), lock, at(0)).unwrap(), 2, "somebody else's");
    assert_eq!(journal.wrong_code(id(1), lock, at(0)).unwrap(), 2);
    assert_eq!(journal.wrong_code(id(1), lock, at(20)).unwrap(), 1);
    journal.end_check(id(1), end(Outcome::Cancelled), at(21)).unwrap();
    assert!(journal.wrong_code(id(1), lock, at(21)).is_err(), "it is over");
    assert_eq!((sends(22).tries_left(), sends(22).locked_until), (1, None));
    assert_eq!(sends(31).tries_left(), 2, "the first one counts no more");
    assert_eq!(journal.wrong_code(id(2), lock, at(29)).unwrap(), 0);
    assert_eq!(sends(29).locked_until, Some(at(30)), "whatever becomes of the check");
    journal.end_check(id(3), end(Outcome::Verified), at(29)).unwrap();
    assert_eq!((sends(29).tries_left(), sends(29).locked_until), (3, None));
}

#[test]
fn a_link_is_taken_once_in_its_tenant() {
    let (_folder, journal) = journal();
    let entry = |tenant: &str| Entry {
        tenant: tenant.into(),
        operator: "Mira".into(),
        action: Action::LinkTaken,
        subject: "ticket 2818".into(),
        serial: None,
        detail: String::new(),
    };
    assert!(journal.take_link("abc", &entry(TENANT), at(0)).unwrap());
    assert!(!journal.take_link("abc", &entry(TENANT), at(1)).unwrap());
    assert!(journal.take_link("abd", &entry(TENANT), at(1)).unwrap());
    assert!(journal.take_link("abc", &entry("Pinewood"), at(1)).unwrap());
}
