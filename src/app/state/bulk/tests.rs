//! What the window knows of a session.

use super::*;
use crate::bulk::{EntryState, OnItsWay, Readiness, SessionId, SessionOptions};
use crate::engine::{EntryShown, PeopleRead, PersonRow};
use std::sync::Arc;

fn now() -> Instant {
    Instant::now()
}

fn row(name: &str, serial: Option<&str>, readiness: Readiness) -> PersonRow {
    PersonRow {
        line: None,
        name: name.into(),
        upn: format!("{}@halden.example", name.to_lowercase()).into(),
        serial: serial.map(Into::into),
        badge: None,
        readiness,
    }
}

fn read(rows: Vec<PersonRow>) -> BulkEvent {
    BulkEvent::People(Some(Arc::new(PeopleRead { rows, ..empty_table() })))
}

fn empty_table() -> PeopleRead {
    PeopleRead {
        source: "people.csv".into(),
        facts: String::new(),
        remarks: Vec::new(),
        rows: Vec::new(),
    }
}

fn with_people() -> Bulk {
    let mut bulk = Bulk::default();
    let rows = vec![
        row("Åsa", Some("31884198"), Readiness::Unchecked),
        row("Karim", None, Readiness::Unchecked),
        row("Nils", None, Readiness::WrongRow("no @".into())),
    ];
    bulk.apply(read(rows), now());
    bulk
}

fn checked(verdicts: Vec<(usize, Readiness)>, done: usize, of: usize) -> BulkEvent {
    BulkEvent::Checked { verdicts, done, of }
}

fn session(n: u128) -> SessionShown {
    let options = SessionOptions::default();
    SessionShown {
        id: SessionId(uuid::Uuid::from_u128(n)),
        sentence: options.sentence(),
        options,
        begun_at: jiff::Timestamp::UNIX_EPOCH,
        operator: "Mira".into(),
        paused: false,
        to_confirm: Vec::new(),
    }
}

fn begins(n: u128) -> BulkEvent {
    BulkEvent::Session(Some(Box::new(session(n))))
}

fn result(kind: ResultKind, entry: u32, enrolment: Option<u128>) -> ResultShown {
    ResultShown {
        at: jiff::Timestamp::UNIX_EPOCH,
        kind,
        name: format!("Person {entry}"),
        slot: None,
        serial: None,
        took: None,
        detail: String::new(),
        entry: EntryNo(entry),
        enrolment: enrolment.map(|n| EnrolmentId(uuid::Uuid::from_u128(n))),
    }
}

#[test]
fn counts_follow_the_verdicts() {
    let mut bulk = with_people();
    let people = bulk.people.as_ref().unwrap();
    assert_eq!((people.count(ReadyKind::NotChecked), people.count(ReadyKind::WrongRow)), (2, 1));
    let before = people.version();
    bulk.apply(checked(vec![(0, Readiness::Ready), (7, Readiness::Ready)], 1, 2), now());
    bulk.apply(checked(vec![(1, Readiness::HasKey { count: 2 })], 2, 2), now());
    let people = bulk.people.as_ref().unwrap();
    let counts = ReadyKind::ALL.map(|kind| people.count(kind));
    assert_eq!(counts, [1, 1, 0, 0, 0, 0, 0, 1, 0]);
    assert_ne!(people.version(), before);
    assert_eq!(bulk.progress, None, "the last answer ends the progress");
}

#[test]
fn a_filter_finds_by_word_and_by_kind() {
    let mut bulk = with_people();
    bulk.apply(checked(vec![(0, Readiness::Ready), (1, Readiness::Ready)], 2, 2), now());
    let people = bulk.people.as_ref().unwrap();
    assert_eq!(people.filter("", None), [0, 1, 2]);
    assert_eq!(people.filter("åsa 884", None), [0]);
    assert_eq!(people.filter("HALDEN", Some(ReadyKind::Ready)), [0, 1]);
    assert_eq!(people.filter("nils", Some(ReadyKind::Ready)), [0; 0]);
}

#[test]
fn who_is_ready_is_in_and_who_has_a_key_only_when_wanted() {
    let mut bulk = with_people();
    let verdicts = vec![(0, Readiness::Ready), (1, Readiness::HasKey { count: 1 })];
    bulk.apply(checked(verdicts, 2, 2), now());
    let people = bulk.people.as_ref().unwrap();
    let mut selection = Selection::default();
    selection.follow(people);
    assert_eq!((selection.count(), selection.rows(people)), (1, vec![0]));
    selection.include_with_key(people, Include::Yes);
    selection.set(people, 0, Include::No);
    selection.follow(people);
    assert_eq!((selection.count(), selection.rows(people)), (1, vec![1]));
    selection.set(people, 2, Include::Yes);
    selection.follow(people);
    assert_eq!(selection.count(), 1, "a wrong row can't be chosen");
    assert!(!Selection::may(people, 2) && Selection::may(people, 1));
}

#[test]
fn whoever_a_key_is_on_its_way_to_is_in_only_when_chosen_by_hand() {
    let mut bulk = with_people();
    let key = OnItsWay { since: jiff::Timestamp::UNIX_EPOCH, session: None };
    let verdicts = vec![(0, Readiness::KeyOnItsWay(key)), (1, Readiness::HasKey { count: 1 })];
    bulk.apply(checked(verdicts, 2, 2), now());
    let people = bulk.people.as_ref().unwrap();
    let mut selection = Selection::default();
    selection.follow(people);
    selection.include_with_key(people, Include::Yes);
    assert_eq!(selection.rows(people), [1], "it is not another one of those who have a key");
    assert!(Selection::may(people, 0));
    selection.set(people, 0, Include::Yes);
    selection.include_with_key(people, Include::No);
    selection.follow(people);
    assert_eq!(selection.rows(people), [0]);
}

#[test]
fn another_table_is_chosen_from_anew() {
    let bulk = with_people();
    let mut selection = Selection::default();
    let people = bulk.people.as_ref().unwrap();
    selection.follow(people);
    selection.set(people, 0, Include::No);
    let mut other = Bulk::default();
    other.apply(read(vec![row("Ida", None, Readiness::Ready)]), now());
    let people = other.people.as_ref().unwrap();
    selection.follow(people);
    assert_eq!(selection.rows(people), [0]);
}

#[test]
fn a_verdict_that_comes_later_counts() {
    let mut bulk = with_people();
    let mut selection = Selection::default();
    selection.follow(bulk.people.as_ref().unwrap());
    assert_eq!(selection.count(), 0);
    bulk.apply(checked(vec![(1, Readiness::Ready)], 1, 2), now());
    selection.follow(bulk.people.as_ref().unwrap());
    assert_eq!(selection.count(), 1);
}

#[test]
fn progress_tells_its_pace_from_its_own_beginning() {
    let mut bulk = with_people();
    let began = now();
    bulk.apply(BulkEvent::Reading { done: 5, of: None }, began);
    bulk.apply(checked(Vec::new(), 0, 300), began);
    bulk.apply(checked(Vec::new(), 100, 300), began + Duration::from_secs(10));
    let progress = bulk.progress.unwrap();
    let (rate, left) = progress.pace(began + Duration::from_secs(10)).unwrap();
    assert!((rate - 10.0).abs() < 0.1, "{rate}");
    assert_eq!(left.as_secs_f32().round() as u32, 20);
}

#[test]
fn only_the_newest_question_for_groups_is_answered() {
    let mut bulk = Bulk::default();
    for query in ["nur", "nurses"] {
        bulk.sent(&BulkCommand::FindGroups { query: query.into() });
    }
    let late = Problem { what: "late".into(), next: String::new(), details: Vec::new() };
    bulk.apply(BulkEvent::Groups { query: "nur".into(), groups: Err(late) }, now());
    assert!(bulk.groups.awaited.is_some() && bulk.groups.problem.is_none());
    bulk.apply(BulkEvent::Groups { query: "nurses".into(), groups: Ok(Vec::new()) }, now());
    assert_eq!((bulk.groups.awaited.as_deref(), bulk.groups.query.as_str()), (None, "nurses"));
}

#[test]
fn a_session_takes_the_place_of_what_was_prepared() {
    let mut bulk = with_people();
    bulk.sent(&BulkCommand::Begin { options: Box::default(), rows: vec![0] });
    assert!(bulk.beginning);
    bulk.apply(begins(1), now());
    assert!(!bulk.beginning && bulk.people.is_none() && bulk.session.is_some());
    bulk.apply(BulkEvent::Result(Box::new(result(ResultKind::Done, 1, Some(9)))), now());
    bulk.apply(begins(1), now());
    assert_eq!(bulk.results.len(), 1, "the same session only changed its state");
    bulk.apply(begins(2), now());
    assert_eq!((bulk.results.len(), bulk.finished_key(EntryNo(1))), (0, None));
}

#[test]
fn a_refused_begin_can_be_pressed_again() {
    let mut bulk = with_people();
    bulk.sent(&BulkCommand::Begin { options: Box::default(), rows: vec![0] });
    bulk.failed();
    assert!(!bulk.beginning && bulk.people.is_some());
}

#[test]
fn the_newest_result_stands_first_and_its_key_can_be_taken_back_once() {
    let mut bulk = Bulk::default();
    bulk.apply(begins(1), now());
    let before = vec![
        result(ResultKind::Done, 1, Some(11)),
        result(ResultKind::Failed, 2, None),
        result(ResultKind::Done, 3, Some(13)),
    ];
    bulk.apply(BulkEvent::Results(before), now());
    bulk.apply(BulkEvent::Finished(vec![finished(1, 11, 0), finished(3, 13, 0)]), now());
    assert_eq!(bulk.results.front().unwrap().entry, EntryNo(3));
    assert!(bulk.finished_key(EntryNo(1)).is_some() && bulk.finished_key(EntryNo(2)).is_none());
    let undone = |bulk: &Bulk| bulk.results.iter().filter(|line| bulk.is_finished(line)).count();
    assert_eq!(undone(&bulk), 2);
    bulk.apply(BulkEvent::Result(Box::new(result(ResultKind::Undone, 1, Some(11)))), now());
    assert_eq!(bulk.finished_key(EntryNo(1)), None);
    assert_eq!(undone(&bulk), 1, "its line has nothing to undo any more");
}

fn finished(entry: u32, enrolment: u128, removed: usize) -> UndoableKey {
    let enrolment = EnrolmentId(uuid::Uuid::from_u128(enrolment));
    UndoableKey { entry: EntryNo(entry), enrolment, removed }
}

#[test]
fn of_two_keys_each_can_be_taken_back_and_the_last_one_leaves_a_person_without() {
    let mut bulk = Bulk::default();
    bulk.apply(begins(1), now());
    bulk.apply(BulkEvent::Finished(vec![finished(1, 11, 0), finished(1, 12, 2)]), now());
    let id = |n: u128| EnrolmentId(uuid::Uuid::from_u128(n));
    assert_eq!(bulk.finished_key(EntryNo(1)), Some(id(12)));
    assert_eq!((bulk.removed_for(id(11)), bulk.removed_for(id(12))), (0, 0), "one is left");
    bulk.apply(BulkEvent::Result(Box::new(result(ResultKind::Undone, 1, Some(12)))), now());
    assert_eq!(bulk.finished_key(EntryNo(1)), Some(id(11)));
    assert_eq!(bulk.removed_for(id(11)), 2);
}

#[test]
fn a_past_session_stays_while_its_files_are_to_be_opened() {
    let one = |n: u128, sealed| Summary {
        id: SessionId(uuid::Uuid::from_u128(n)),
        done: 1,
        failed: 0,
        skipped: 0,
        without_key: 0,
        sealed,
        began: jiff::Timestamp::UNIX_EPOCH,
        ended: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut bulk = Bulk::default();
    bulk.apply(BulkEvent::Past(vec![one(2, 0), one(1, 3)]), now());
    bulk.apply(BulkEvent::Ended(Box::new(one(1, 3))), now());
    let besides = |bulk: &Bulk, n| {
        let shown = Some(SessionId(uuid::Uuid::from_u128(n)));
        bulk.past_besides(shown).map(|one| one.sealed).collect::<Vec<_>>()
    };
    assert_eq!((besides(&bulk, 1), besides(&bulk, 2)), (vec![], vec![3]));
    let (session, what) = (Some(one(1, 0).id), Output::Letters);
    bulk.apply(BulkEvent::Written { session, what, path: "/l.pdf".into(), count: 3 }, now());
    bulk.apply(BulkEvent::Past(vec![one(2, 0)]), now());
    assert_eq!(besides(&bulk, 2), [0], "all given, and a file to be opened");
    assert_eq!(bulk.summary.as_ref().unwrap().sealed, 0);
}

#[test]
fn entries_change_one_by_one_and_stay_for_the_last_page() {
    let mut bulk = Bulk::default();
    bulk.apply(begins(1), now());
    let entry = |no: u32| EntryShown {
        no: EntryNo(no),
        name: format!("Person {no}"),
        upn: format!("p{no}@halden.example"),
        serial: None,
        state: EntryState::Waiting,
    };
    bulk.apply(BulkEvent::Entries(Arc::new((1..=3).map(entry).collect())), now());
    bulk.apply(BulkEvent::Entry { no: EntryNo(2), state: EntryState::Done }, now());
    bulk.apply(BulkEvent::Entry { no: EntryNo(9), state: EntryState::Done }, now());
    assert_eq!(bulk.entries.count(EntryKind::Done), 1);
    assert_eq!(bulk.entries.filter("p2", Some(EntryKind::Done)), [1]);
    assert_eq!(bulk.entries.filter("", Some(EntryKind::Waiting)), [0, 2]);
    let summary = Summary {
        id: session(1).id,
        done: 1,
        failed: 0,
        skipped: 0,
        without_key: 2,
        sealed: 0,
        began: jiff::Timestamp::UNIX_EPOCH,
        ended: jiff::Timestamp::UNIX_EPOCH,
    };
    bulk.apply(BulkEvent::Ended(Box::new(summary)), now());
    bulk.apply(BulkEvent::Session(None), now());
    assert_eq!(bulk.entries.without_key(), [0, 2]);
    assert!(bulk.summary.is_some() && bulk.session.is_none());
    bulk.sent(&BulkCommand::DropPeople);
    assert!(bulk.summary.is_none());
}

#[test]
fn a_pause_shows_before_the_engine_has_answered() {
    let mut bulk = Bulk::default();
    bulk.apply(begins(1), now());
    bulk.sent(&BulkCommand::Pause);
    assert!(bulk.session.as_ref().unwrap().paused);
    bulk.sent(&BulkCommand::GoOn { acts: Vec::new() });
    assert!(!bulk.session.as_ref().unwrap().paused);
}

#[test]
fn a_file_written_again_is_listed_once() {
    let mut bulk = Bulk::default();
    let session = Some(SessionId(uuid::Uuid::from_u128(1)));
    let what = Output::Labels;
    let written = |count| BulkEvent::Written { session, what, path: "/l.pdf".into(), count };
    bulk.apply(written(3), now());
    bulk.apply(written(4), now());
    assert_eq!(bulk.written.iter().map(|file| file.count).collect::<Vec<_>>(), [4]);
}

#[test]
fn the_desk_leaves_the_sessions_keys_alone() {
    use crate::app::State;
    use crate::bulk::SlotNo;
    use crate::engine::{Event, SlotKey, SlotPhase};
    use crate::key::{KeyEvent, KeyId};
    let mut state = State::default();
    for port in ["1", "2"] {
        let id = KeyId(format!("key-{port}"));
        let inserted = KeyEvent::Inserted { id, port: Some(port.into()), product: "Key".into() };
        state.apply(Event::Key(inserted), now());
    }
    let chosen = |state: &State| state.desk_key().map(|key| key.id.0.clone());
    assert_eq!(chosen(&state).as_deref(), Some("key-2"));
    let slot = SlotShown {
        no: SlotNo(7),
        key: Some(SlotKey {
            id: KeyId("key-2".into()),
            model: "Key".into(),
            serial: None,
            used: false,
        }),
        person: None,
        enrolment: Some(EnrolmentId(uuid::Uuid::from_u128(1))),
        phase: SlotPhase::TouchNow { until: now() },
        done: 2,
        note: String::new(),
        since: now(),
    };
    let board = Board { slots: vec![slot], ..Board::default() };
    state.apply(Event::Bulk(begins(1)), now());
    state.apply(Event::Bulk(BulkEvent::Board(Box::new(board))), now());
    assert_eq!(chosen(&state).as_deref(), Some("key-1"));
    let key = state.keys.get(&KeyId("key-2".into())).unwrap();
    assert_eq!(state.slot(key), 7, "the number on the board");
    assert_eq!(state.key_state(key), super::super::KeyState::Touch);
    assert_eq!(state.running(), 1);
}

#[test]
fn places_in_the_queue_have_words() {
    assert_eq!([0, 1, 7, 8].map(ordinal), ["First", "Second", "Eighth", "9th"]);
}

/// After a sign-out and a sign-in the engine tells the table that it has.
#[test]
fn who_was_left_out_stays_so_when_the_same_table_is_told_again() {
    let people =
        vec![row("Asa", None, Readiness::Unchecked), row("Bo", None, Readiness::Unchecked)];
    let table = Arc::new(PeopleRead { rows: people, ..empty_table() });
    let told = || BulkEvent::People(Some(Arc::clone(&table)));
    let mut bulk = Bulk::default();
    let ready = || checked(vec![(0, Readiness::Ready), (1, Readiness::Ready)], 2, 2);
    bulk.apply(told(), now());
    bulk.apply(ready(), now());
    let mut selection = Selection::default();
    let people = bulk.people.as_ref().unwrap();
    selection.follow(people);
    selection.set(people, 0, Include::No);
    bulk.apply(told(), now());
    let people = bulk.people.as_ref().unwrap();
    selection.follow(people);
    assert_eq!(selection.count(), 0, "its verdicts are told anew");
    bulk.apply(ready(), now());
    let people = bulk.people.as_ref().unwrap();
    selection.follow(people);
    assert_eq!(selection.rows(people), [1]);
}

#[test]
fn a_tick_for_a_first_key_is_none_for_another_one() {
    let mut bulk = with_people();
    bulk.apply(
        checked(vec![(0, Readiness::Ready), (1, Readiness::HasKey { count: 1 })], 2, 2),
        now(),
    );
    let people = bulk.people.as_ref().unwrap();
    let mut selection = Selection::default();
    selection.follow(people);
    selection.set(people, 0, Include::No);
    selection.set(people, 0, Include::Yes);
    selection.set(people, 1, Include::No);
    selection.include_with_key(people, Include::No);
    bulk.apply(
        checked(vec![(0, Readiness::HasKey { count: 1 }), (1, Readiness::Ready)], 2, 2),
        now(),
    );
    let people = bulk.people.as_ref().unwrap();
    selection.follow(people);
    assert_eq!(selection.rows(people), [0; 0], "one got a key since, the other was left out");
}
