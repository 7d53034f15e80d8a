//! Keys that are taken back.

use super::*;
use keydesk::access::Act;
use keydesk::bulk::{OldKeys, Readiness};
use keydesk::practice::cloud::{Effect, Order};
use keydesk::settings::Settings;

impl Station<Hub> {
    /// A key in the slot, from its insertion until its result is told.
    pub fn make(&mut self, port: u8, slot: u8) -> keydesk::engine::UndoableKey {
        let key = self.key.insert(port);
        self.done(slot);
        key.pull_out();
        let mut keys = self.undoable();
        assert_eq!(keys.len(), 1);
        keys.remove(0)
    }

    fn deletes(&self) -> usize {
        let received = self.cloud.control().observed().received;
        received.iter().filter(|call| call.method == "DELETE").count()
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
fn a_row_that_could_not_be_written_is_written_with_the_next_one() {
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let (_, _, first) = station.give_one();
    let (_, _, second) = station.give_one();
    let list = station.undone_list();
    std::fs::create_dir(&list).unwrap();
    station.wish(BulkCommand::Undo { enrolment: first, reason: "wrong key".into() });
    assert_eq!(station.result(), ResultKind::Undone, "it is out of the directory");
    assert_eq!(station.problem().what, "1 undone key is not in undoneKeys.csv yet");
    assert_eq!(station.registered(), 1);
    std::fs::remove_dir(&list).unwrap();
    station.undo(second);
    let rows = || std::fs::read_to_string(&list).map_or(0, |text| text.lines().count());
    for _ in 0..200 {
        if rows() == 3 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{} rows", rows());
}

impl Station<Hub> {
    /// A key that is out of the directory, while there is something in the way of the list; how its
    /// row begins.
    fn with_an_unlisted_undo() -> (Self, String) {
        let mut station = Self::with_hub();
        station.begin(1, SessionOptions::default());
        let key = station.make(1, 1);
        std::fs::create_dir(station.undone_list()).unwrap();
        let reason = "wrong key".to_owned();
        station.wish(BulkCommand::Undo { enrolment: key.enrolment, reason });
        assert_eq!(station.problem().what, "1 undone key is not in undoneKeys.csv yet");
        let registered = std::fs::read_to_string(station.csv()).unwrap();
        let cells: Vec<_> = registered.lines().nth(1).unwrap().split(',').take(3).collect();
        let begins = cells.join(",");
        (station, begins)
    }

    fn undone_list(&self) -> std::path::PathBuf {
        self.csv().with_file_name("undoneKeys.csv")
    }

    /// Ends the session: what is told of its undone keys before, where anything is.
    fn end(&mut self) -> Option<keydesk::problem::Problem> {
        self.wish(BulkCommand::End);
        let mut told = None;
        self.wait(|event| match event {
            Event::Problem(problem) => {
                told = Some(problem);
                None
            }
            Event::Bulk(BulkEvent::Ended(_)) => Some(()),
            _ => None,
        });
        told
    }
}

/// The one row, once it is there whole: nobody is told of it, and the file is empty at first.
fn row_in(list: &std::path::Path) -> String {
    for _ in 0..200 {
        let text = std::fs::read_to_string(list).unwrap_or_default();
        if text.lines().count() >= 2 && text.ends_with('\n') {
            assert_eq!(text.lines().count(), 2, "{text}");
            return text.lines().last().unwrap_or_default().to_owned();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{} was not written", list.display());
}

#[test]
fn a_session_ends_without_the_row_of_an_undone_key_which_is_written_later() {
    let (mut station, begins) = Station::with_an_unlisted_undo();
    let told = station.end().expect("it is not said what is not listed");
    assert_eq!(told.what, "1 undone key is not in undoneKeys.csv yet");
    let upn = begins.split(',').next().unwrap();
    assert!(told.details.iter().any(|detail| detail.value.contains(upn)), "{told:?}");
    assert_eq!(station.registered(), 0);

    // As long as the list can't be written, every start says so.
    let mut station = station.killed_and_started();
    assert_eq!(station.problem().what, told.what);
    std::fs::remove_dir(station.undone_list()).unwrap();
    let mut station = station.killed_and_started();
    let list = station.undone_list();
    let row = row_in(&list);
    assert!(row.starts_with(&begins) && row.ends_with(",wrong key"), "{row}");
    // It is not owed any more.
    station.connect_anew();
    std::fs::remove_file(&list).unwrap();
    station.connect_anew();
    std::thread::sleep(Duration::from_millis(500));
    assert!(!list.exists());
}

#[test]
fn the_row_of_an_undone_key_goes_to_another_folder_once_that_is_chosen() {
    let (mut station, begins) = Station::with_an_unlisted_undo();
    station.end().expect("it is not said what is not listed");
    let elsewhere = tempfile::tempdir().unwrap();
    let mut settings = Settings::load(&station.data().join("config/config.toml")).unwrap().unwrap();
    settings.outputs.folder = Some(elsewhere.path().to_owned());
    station.say(Command::SaveSettings(Box::new(settings)));
    let row = row_in(&elsewhere.path().join(station.tenant()).join("undoneKeys.csv"));
    assert!(row.starts_with(&begins), "{row}");
}

#[test]
fn a_session_does_not_end_while_it_is_not_known_whether_a_key_is_undone() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let key = station.make(1, 1);
    station.fail_next("DELETE", 40, Effect::CutAfter);
    let reason = "wrong key".to_owned();
    station.wish(BulkCommand::Undo { enrolment: key.enrolment, reason });
    station.problem();
    assert_eq!(station.registered(), 0, "it took effect, which nobody was told");
    // That nobody is let in now is no answer to what was asked before.
    station.cloud.control().order(Order::EndFaults);
    station.fail_next("DELETE", 40, Effect::Status { status: 401, retry_after_s: None });
    station.wish(BulkCommand::End);
    assert!(station.problem().what.contains("an answer was lost"));
    station.problem();
    station.cloud.control().order(Order::EndFaults);
    station.wish(BulkCommand::End);
    assert!(station.problem().what.contains("an answer was lost"));
    assert_eq!(station.result(), ResultKind::Undone);
    assert_eq!(station.end(), None);
    assert!(row_in(&station.undone_list()).ends_with(",wrong key"));
}

/// It says that this try was not carried out, not what became of the one before.
#[test]
fn a_refusal_that_follows_a_lost_answer_leaves_open_whether_a_key_is_undone() {
    for (status, retry_after_s) in [(429, Some(600)), (403, None)] {
        let mut station = Station::with_hub();
        station.begin(1, SessionOptions::default());
        let key = station.make(1, 1);
        station.fail_next("DELETE", 1, Effect::CutAfter);
        station.fail_next("DELETE", 1, Effect::Status { status, retry_after_s });
        let reason = "wrong key".to_owned();
        station.wish(BulkCommand::Undo { enrolment: key.enrolment, reason });
        station.problem();
        assert_eq!(station.registered(), 0, "it took effect, which nobody was told");
        station.wish(BulkCommand::End);
        assert!(station.problem().what.contains("an answer was lost"), "{status}");
    }
}

/// Who may not remove it any more may still see whether it is there.
#[test]
fn a_key_that_may_be_undone_and_may_not_be_removed_any_more_is_looked_for() {
    let refused = |status| Effect::Status { status, retry_after_s: None };
    for (first, is_gone) in [(Effect::CutAfter, true), (Effect::CutBefore, false)] {
        let mut station = Station::with_hub();
        station.begin(1, SessionOptions::default());
        let key = station.make(1, 1);
        station.fail_next("DELETE", 40, first);
        let reason = "wrong key".to_owned();
        station.wish(BulkCommand::Undo { enrolment: key.enrolment, reason });
        station.problem();
        station.cloud.control().order(Order::EndFaults);
        station.fail_next("DELETE", 40, refused(403));
        station.fail_next("GET", 1, refused(404));
        station.wish(BulkCommand::End);
        assert!(station.problem().what.contains("an answer was lost"));
        station.problem();
        station.wish(BulkCommand::End);
        assert!(station.problem().what.contains("an answer was lost"), "nothing could be seen");
        if is_gone {
            assert_eq!(station.result(), ResultKind::Undone);
        } else {
            station.problem();
        }
        assert_eq!(station.end(), None);
        assert_eq!(station.undone_list().exists(), is_gone);
    }
}

/// The list may lag: it is looked at until it has come to what the lost answer said.
#[test]
fn a_key_that_is_gone_and_listed_still_is_looked_for_until_the_list_says_so() {
    let patient = |options: &mut keydesk::engine::StartOptions| {
        options.patience.lost_answer = Duration::from_secs(5);
    };
    let mut station = Station::with(Hub::new(), None, patient);
    station.connect();
    station.begin(1, SessionOptions::default());
    let key = station.make(1, 1);
    station.cloud.control().order(Order::ListingDelay { ms: 3_600_000 });
    station.fail_next("DELETE", 40, Effect::CutAfter);
    let reason = "wrong key".to_owned();
    station.wish(BulkCommand::Undo { enrolment: key.enrolment, reason });
    station.problem();
    station.cloud.control().order(Order::EndFaults);
    station.fail_next("DELETE", 40, Effect::Status { status: 403, retry_after_s: None });
    station.wish(BulkCommand::End);
    assert!(station.problem().what.contains("an answer was lost"));
    station.is_answered("DELETE", 403);
    station.cloud.control().order(Order::AdvanceClock { seconds: 3_601 });
    assert_eq!(station.result(), ResultKind::Undone);
}

/// Asking once more would tell nothing, and no session could be ended any more.
#[test]
fn a_key_that_may_be_undone_and_may_not_even_be_looked_for_is_its_persons_in_so_many_words() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let key = station.make(1, 1);
    station.fail_next("DELETE", 40, Effect::CutAfter);
    let reason = "wrong key".to_owned();
    station.wish(BulkCommand::Undo { enrolment: key.enrolment, reason });
    station.problem();
    station.cloud.control().order(Order::EndFaults);
    for method in ["DELETE", "GET"] {
        station.fail_next(method, 40, Effect::Status { status: 403, retry_after_s: None });
    }
    station.wish(BulkCommand::End);
    assert!(station.problem().what.contains("an answer was lost"));
    assert!(station.problem().what.contains("Nobody here may see"));
    assert_eq!(station.end(), None);
}

/// Their passkeys went with them; who may not look takes what was said.
#[test]
fn a_key_is_undone_whose_person_is_not_there_any_more_or_may_not_be_looked_at() {
    for listed in [404, 403] {
        let mut station = Station::with_hub();
        station.begin(1, SessionOptions::default());
        let key = station.make(1, 1);
        for (method, status) in [("DELETE", 404), ("GET", listed)] {
            station.fail_next(method, 40, Effect::Status { status, retry_after_s: None });
        }
        station.undo(key.enrolment);
        assert_eq!(station.end(), None);
    }
}

#[test]
fn a_session_that_ends_lists_an_undone_key_as_soon_as_it_can() {
    let (mut station, _) = Station::with_an_unlisted_undo();
    std::fs::remove_dir(station.undone_list()).unwrap();
    assert_eq!(station.end(), None);
    assert!(row_in(&station.undone_list()).ends_with(",wrong key"));
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
fn who_has_a_key_by_now_is_not_left_out() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    station.give_one();
    station.entry_is(1, |state| *state == EntryState::Done);
    station.wish(BulkCommand::Skip { entry: EntryNo(1), reason: "on leave".into() });
    assert!(station.problem().what.contains("has their key"));
}

#[test]
fn a_key_that_stopped_is_found_at_the_desk_once_its_session_has_ended() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    station.key.insert_as(Model::WithPin, 1);
    let (slot, _) = station.stopped_slot(1);
    station.wish(BulkCommand::End);
    let id = slot.enrolment.unwrap();
    station.wait(|event| match event {
        Event::Unfinished(list) => list.iter().any(|one| one.id == id).then_some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
}

#[test]
fn what_was_confirmed_once_is_not_asked_again_after_a_change_of_the_settings() {
    let mut station = Station::with_hub();
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    station.begin(1, options);
    let told = |station: &mut Station<Hub>| {
        station.wait(|event| match event {
            Event::Bulk(BulkEvent::Session(Some(session))) => Some(session),
            _ => None,
        })
    };
    station.connect_anew();
    let session = told(&mut station);
    assert!(session.to_confirm.is_empty() && !session.paused);
    let mut station = station.killed_and_started();
    let session = told(&mut station);
    assert!(!session.to_confirm.is_empty() && session.paused, "after a new start it is");
}

#[test]
fn what_is_erased_by_a_session_waits_after_a_restart_until_its_operator_lets_it_go_on() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    station.make(1, 1);
    station.wish(BulkCommand::End);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Ended(_))).then_some(()));
    let verdicts = station.read_verdicts().into_iter();
    let place = verdicts
        .filter(|(_, verdict)| matches!(verdict, Readiness::HasKey { .. }))
        .map(|(place, _)| place)
        .next()
        .unwrap();
    let options = SessionOptions { old_keys: OldKeys::Remove, ..SessionOptions::default() };
    station.wish(BulkCommand::Begin { options: Box::new(options), rows: vec![place] });
    station.fail_next("DELETE", 1, Effect::Status { status: 403, retry_after_s: None });
    station.key.insert(1);
    let (slot, _) = station.stopped_slot(1);
    let deletes = station.deletes();

    let mut station = station.killed_and_started();
    station.slot(1, |slot| slot.phase == SlotPhase::Paused);
    station.answer(slot.enrolment.unwrap(), Answer::Retry, None);
    let problem = station.problem();
    assert!(problem.next.contains("session go on"), "{problem}");
    assert_eq!(station.deletes(), deletes, "nobody let it go on");
    station.wish(BulkCommand::GoOn { acts: vec![Act::RemoveKeys] });
    station.stopped_slot(1);
}

#[test]
fn the_list_of_results_says_after_a_restart_who_was_left_out_and_what_was_undone() {
    let mut station = Station::with_hub();
    station.begin(3, SessionOptions::default());
    let key = station.make(1, 1);
    station.undo(key.enrolment);
    station.wish(BulkCommand::Skip { entry: EntryNo(3), reason: "on leave".into() });
    assert_eq!(station.result(), ResultKind::Skipped);
    let mut station = station.killed_and_started();
    let results = station.wait(|event| match event {
        Event::Bulk(BulkEvent::Results(results)) => Some(results),
        _ => None,
    });
    let told: Vec<_> =
        results.iter().map(|line| (line.kind, line.entry, line.detail.as_str())).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0].0, ResultKind::Done);
    assert_eq!(told[1].0, ResultKind::Undone);
    assert_eq!(told[2], (ResultKind::Skipped, EntryNo(3), "on leave"));
    assert!(results.iter().all(|line| !line.name.is_empty()));
}
