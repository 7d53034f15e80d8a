//! Keys that are taken back, and PINs that are on paper before their key is registered.

use super::*;
use keydesk::bulk::{OldKeys, Readiness};

impl Station<Hub> {
    /// A key in the slot, from its insertion until its result is told.
    fn make(&mut self, port: u8, slot: u8) -> keydesk::engine::UndoableKey {
        let key = self.key.insert(port);
        self.done(slot);
        key.pull_out();
        let mut keys = self.undoable();
        assert_eq!(keys.len(), 1);
        keys.remove(0)
    }

    pub fn undo(&mut self, enrolment: keydesk::enrolment::EnrolmentId) {
        self.wish(BulkCommand::Undo { enrolment, reason: "wrong key".into() });
        let undone = self.wait(|event| match event {
            Event::Bulk(BulkEvent::Result(result)) if result.kind == ResultKind::Undone => {
                Some(result)
            }
            Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        });
        assert_eq!(undone.enrolment, Some(enrolment), "its line in the list is found by it");
    }
}

#[test]
fn of_two_keys_one_is_undone_and_the_other_can_be_too_after_a_restart() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions { keys_each: 2, ..SessionOptions::default() });
    let (first, second) = (station.make(1, 1), station.make(2, 2));
    station.undo(second.enrolment);
    station.connect_anew();
    assert_eq!(station.undoable(), [first]);
    let figures = station.board(|_| true).figures;
    assert_eq!((figures.done, figures.left), (1, 1), "the person waits for their second key");
    station.undo(first.enrolment);
    assert_eq!(station.registered(), 0);
}

#[test]
fn an_undone_key_is_in_a_list_of_its_own_beside_that_of_registered_keys() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let key = station.make(1, 1);
    let registered = std::fs::read_to_string(station.csv()).unwrap();
    station.undo(key.enrolment);
    assert_eq!(std::fs::read_to_string(station.csv()).unwrap(), registered);
    let undone = std::fs::read_to_string(station.csv().with_file_name("undoneKeys.csv")).unwrap();
    let cells = |line: &str| line.split(',').take(3).map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<_> = undone.lines().skip(1).map(cells).collect();
    assert_eq!(rows, [cells(registered.lines().nth(1).unwrap())]);
    assert!(undone.trim_end().ends_with(",wrong key"), "{undone}");
}

#[test]
fn an_undo_that_could_not_be_listed_is_finished_by_the_next_try() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let key = station.make(1, 1);
    let list = station.csv().with_file_name("undoneKeys.csv");
    std::fs::create_dir(&list).unwrap();
    let reason = "wrong key".to_owned();
    station.wish(BulkCommand::Undo { enrolment: key.enrolment, reason });
    let told = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem.to_string()),
        Event::Bulk(BulkEvent::Result(result)) if result.kind == ResultKind::Undone => {
            panic!("{result:?}")
        }
        _ => None,
    });
    assert!(told.contains("undoneKeys.csv"), "{told}");
    assert_eq!(station.registered(), 0);
    // Nobody could finish it in a session that has ended.
    station.wish(BulkCommand::End);
    let told = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem.to_string()),
        Event::Bulk(BulkEvent::Ended(_)) => panic!("ended"),
        _ => None,
    });
    assert!(told.contains("undoneKeys.csv"), "{told}");
    std::fs::remove_dir(&list).unwrap();
    station.undo(key.enrolment);
    assert!(std::fs::read_to_string(&list).unwrap().contains(",wrong key"));
}

#[test]
fn a_key_tells_how_many_older_ones_went_for_it() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    assert_eq!(station.make(1, 1).removed, 0);
    station.wish(BulkCommand::End);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Ended(_))).then_some(()));
    let has_key = station.read_verdicts().into_iter().find_map(|(place, verdict)| match verdict {
        Readiness::HasKey { count } => Some((place, count)),
        _ => None,
    });
    let (place, count) = has_key.unwrap();
    let options = SessionOptions { old_keys: OldKeys::Remove, ..SessionOptions::default() };
    station.wish(BulkCommand::Begin { options: Box::new(options), rows: vec![place] });
    let key = station.make(1, 1);
    assert_eq!(key.removed, count);
    station.connect_anew();
    assert_eq!(station.undoable(), [key]);
}

#[test]
fn a_pin_on_paper_is_not_printed_again_and_is_purged_when_its_key_is_activated() {
    let mut station = Station::with_hub();
    let options = SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 60 },
        ..SessionOptions::default()
    };
    let session = station.begin(1, options);
    station.board(|board| board.fetched == Some((1, 1)));
    let key = station.key.insert(1);
    let made = station.done(1);
    key.pull_out();
    station.board(|board| board.away.iter().any(|away| away.to_activate));
    station.wish(BulkCommand::PrintLetters(session));
    let written = station.wait(|event| match event {
        Event::Bulk(BulkEvent::Written { count, .. }) => Some(count),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    assert_eq!(written, 1);
    station.wish(BulkCommand::PrintLetters(session));
    assert!(station.problem().what.contains("sealed any more"));
    let enrolment = made.enrolment.unwrap();
    station.wish(BulkCommand::Activate(enrolment));
    assert_eq!(station.result(), ResultKind::Done);
    station.say(Command::RevealPin(enrolment));
    let problem = station.problem();
    assert!(problem.what.contains("removed after"), "{problem}");
}
