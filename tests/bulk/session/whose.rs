//! Who gets which key: meant for them, scanned, chosen, of the stock list; and who waits again.

use super::Hub;
use crate::clerk::Station;
use crate::steps::slot_of;
use hid::virtual_keys::Model;
use keydesk::bulk::{
    Activation, Challenges, EntryNo, EntryState, Readiness, SessionOptions, SessionPin, SlotNo,
};
use keydesk::engine::{BulkCommand, BulkEvent, Command, Event, ScanInVain, SlotPhase, SlotShown};
use keydesk::enrolment::Answer;
use keydesk::key::KeyEvent;
use keydesk::practice::cloud::{Effect, Fault, Order};
use keydesk::practice::company;

impl Station<Hub> {
    /// The slot whose key is used for nobody unless the operator says so.
    pub fn may_be_overruled(&mut self, no: u8, words: &str) -> SlotShown {
        self.slot(no, |slot| match &slot.phase {
            SlotPhase::Refused(problem) => problem.what.contains(words),
            _ => false,
        })
    }

    fn scan_in_vain(&mut self, text: &str) -> ScanInVain {
        self.wish(BulkCommand::Scan(text.into()));
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::ScanInVain(why)) => Some(why),
            _ => None,
        })
    }

    pub fn entry_is(&mut self, no: u32, wanted: impl Fn(&EntryState) -> bool) {
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Entry { no: of, state }) => {
                (of == EntryNo(no) && wanted(&state)).then_some(())
            }
            _ => None,
        });
    }

    fn read_stock(&mut self, text: &str) -> Vec<String> {
        let path = self.data().join("stock.csv");
        std::fs::write(&path, text).unwrap();
        self.wish(BulkCommand::ReadStock(path));
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Stock(serials)) => Some(serials),
            Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        })
    }
}

fn entry_of(slot: &SlotShown) -> Option<EntryNo> {
    slot.person.as_ref().map(|person| person.entry)
}

/// Another session, days later: the key of one who has not confirmed yet comes back by mistake.
#[test]
fn a_key_that_was_made_for_somebody_and_waits_to_be_activated_is_nobody_elses() {
    let mut station = Station::with_hub();
    let options = SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 60 },
        ..SessionOptions::default()
    };
    station.begin(1, options);
    let key = station.key.insert(1);
    let person = station.done(1).person.unwrap();
    key.pull_out();
    station.board(|board| board.away.len() == 1);
    station.wish(BulkCommand::End);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Session(None))).then_some(()));
    let waiting = station.wait(|event| match event {
        Event::Unfinished(list) => list.into_iter().next(),
        _ => None,
    });
    let words = waiting.stopped.problem.to_string();
    assert!(waiting.to_activate && words.contains("without the key"), "{words}");
    station.begin(1, SessionOptions::default());
    key.insert_into("hub-1");
    let refused = station.may_be_overruled(1, "Made before for ");
    match refused.phase {
        SlotPhase::Refused(problem) => assert!(problem.what.ends_with(&person.upn), "{problem}"),
        other => panic!("{other:?}"),
    }
    // Nor is it taken by itself once somebody waits again.
    key.pull_out();
    station.slot(1, |slot| slot.phase == SlotPhase::Free);
    let other = station.key.insert(2);
    station.done(2);
    station.take_out(&other);
    key.insert_into("hub-1");
    station.may_be_overruled(1, "Made before for ");
}

#[test]
fn a_key_that_is_not_in_stock_goes_to_whom_the_operator_chooses_once_it_is_allowed() {
    let mut station = Station::with_hub();
    let stock = station.read_stock("Serial\n31000002\n31000003\n");
    assert_eq!(stock.len(), 2);
    station.begin(3, SessionOptions { stock, ..SessionOptions::default() });
    let foreign = station.key.insert(1);
    station.may_be_overruled(1, "stock list");
    let listed = station.key.insert(2);
    let done = station.done(2);
    assert_eq!(entry_of(&done), Some(EntryNo(1)));
    station.take_out(&listed);

    station.wish(BulkCommand::Assign { slot: SlotNo(1), entry: EntryNo(3) });
    let refused = station.slot(1, |slot| entry_of(slot) == Some(EntryNo(3)));
    assert!(matches!(refused.phase, SlotPhase::Refused(_)), "it is still not in stock");
    station.use_anyway(1, &foreign, false);
    assert_eq!(entry_of(&station.done(1)), Some(EntryNo(3)));
    station.take_out(&foreign);
    assert_eq!(station.registered(), 2);
}

#[test]
fn a_key_that_is_somebody_elses_by_the_list_is_given_to_whom_the_operator_chooses() {
    let mut station = Station::with_hub();
    // The first person's own key is another one.
    station.begin_listed("serial", &["42", ""], SessionOptions::default());
    let people = station.read_upns();
    station.wish(BulkCommand::Scan(people[0].clone()));
    station.board(|board| board.scanned.is_some());
    let key = station.key.insert(1);
    station.may_be_overruled(1, "serial 42");
    station.wish(BulkCommand::Assign { slot: SlotNo(1), entry: EntryNo(2) });
    assert_eq!(entry_of(&station.done(1)), Some(EntryNo(2)));
    station.take_out(&key);
}

impl Station<Hub> {
    /// User names of the session's people, as it stands when it is taken up again.
    fn read_upns(&mut self) -> Vec<String> {
        self.connect_anew();
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Entries(entries)) => {
                Some(entries.iter().map(|entry| entry.upn.clone()).collect())
            }
            _ => None,
        })
    }
}

#[test]
fn whose_own_key_is_lost_gets_another_one_and_nobody_waits_for_ever() {
    let mut station = Station::with_hub();
    station.begin_listed("serial", &["42", "31000001"], SessionOptions::default());
    let own = station.key.insert(1);
    assert_eq!(entry_of(&station.done(1)), Some(EntryNo(2)));
    station.take_out(&own);
    let board = station.board(|board| board.next_own.is_some());
    assert_eq!(board.next_own.as_deref(), Some("42"));
    assert_eq!(board.next.unwrap().entry, EntryNo(1));
    let other = station.key.insert(2);
    station.may_be_overruled(2, "serial 42");
    station.use_anyway(2, &other, false);
    assert_eq!(entry_of(&station.done(2)), Some(EntryNo(1)));
    station.take_out(&other);
    station.board(|board| board.figures.left == 0);
    assert_eq!(station.registered(), 2);
}

#[test]
fn the_next_key_is_for_the_person_whose_badge_is_scanned() {
    let mut station = Station::with_hub();
    station.begin_listed("badge", &["B1", "B2", "B3"], SessionOptions::default());
    station.wish(BulkCommand::Scan("b3".into()));
    let board = station.board(|board| board.scanned.is_some());
    assert_eq!(board.scanned.unwrap().entry, EntryNo(3));
    let key = station.key.insert(1);
    let done = station.done(1);
    assert_eq!(entry_of(&done), Some(EntryNo(3)));
    let name = done.person.unwrap().name;
    let state = EntryState::Begun(done.enrolment.unwrap());
    let settled = |state| ScanInVain::Settled { name: name.clone(), state };
    assert_eq!(station.scan_in_vain("B3"), settled(state));
    station.take_out(&key);
    station.entry_is(3, |state| *state == EntryState::Done);
    assert_eq!(station.scan_in_vain("B3"), settled(EntryState::Done));
    assert_eq!(station.scan_in_vain("B4"), ScanInVain::Unknown("B4".into()));
    let next = station.key.insert(1);
    assert_eq!(entry_of(&station.done(1)), Some(EntryNo(1)), "it counted for one key");
    station.take_out(&next);
}

#[test]
fn who_failed_is_given_the_key_that_waits_once_they_are_to_be_tried_again() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let used = station.key.insert_as(Model::WithPin, 1);
    let (slot, _) = station.stopped_slot(1);
    let enrolment = slot.enrolment.unwrap();
    station.say(Command::Abandon { enrolment, reason: "broken".into() });
    station.entry_is(1, |state| match state {
        EntryState::Failed { summary } => summary.contains("broken"),
        _ => false,
    });
    used.pull_out();
    let fresh = station.key.insert(2);
    station.slot(2, |slot| matches!(slot.phase, SlotPhase::Barred(_)));
    station.connect_anew();
    let board = station.board(|board| board.figures.failed == 1);
    assert_eq!((board.figures.done, board.figures.left), (0, 0));
    station.wish(BulkCommand::RetryFailed);
    assert_eq!(station.done(2).person, slot.person);
    station.take_out(&fresh);
    let board = station.board(|board| board.figures.left == 0);
    assert_eq!((board.figures.done, board.figures.failed), (1, 0));
}

#[test]
fn why_a_slots_person_was_left_out_stands_in_the_journal() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let used = station.key.insert_as(Model::WithPin, 1);
    let (slot, _) = station.stopped_slot(1);
    station.say(Command::Answer {
        enrolment: slot.enrolment.unwrap(),
        answer: Answer::Skip,
        pin: None,
        reason: "on leave".into(),
    });
    let is_told = |state: &EntryState| match state {
        EntryState::Skipped { reason } => reason.contains("on leave"),
        _ => false,
    };
    station.entry_is(1, is_told);
    used.pull_out();
    station.connect_anew();
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Entries(entries)) => is_told(&entries[0].state).then_some(()),
        _ => None,
    });
    station.say(Command::LoadHistory { filter: "on leave".into() });
    let rows = station.wait(|event| match event {
        Event::History { rows, .. } => Some(rows.unwrap()),
        _ => None,
    });
    assert_eq!(rows.len(), 1);
}

#[test]
fn keys_take_no_shorter_pin_than_the_session_says_and_are_given_a_longer_one() {
    let mut station = Station::with_hub();
    let pin = SessionPin::Random { length: 6 };
    let options = SessionOptions { pin, min_pin_length: Some(9), ..SessionOptions::default() };
    station.begin(1, options);
    let key = station.key.insert(1);
    let done = station.done(1);
    let pin = station.reveal(done.enrolment.unwrap());
    assert!(pin.expose().chars().count() >= 9, "too short for its key");
    station.take_out(&key);
    key.insert_into("hub-1");
    let facts = station.wait(|event| match event {
        Event::Key(KeyEvent::Identified(facts)) => Some(facts),
        _ => None,
    });
    assert_eq!(facts.min_pin_length, 9);
}

#[test]
fn a_seventeenth_port_takes_the_number_of_one_that_nothing_is_in() {
    let mut station = Station::with_hub();
    station.begin(17, SessionOptions { labels: false, ..SessionOptions::default() });
    let keys: Vec<_> = (1..=16).map(|port| station.key.insert(port)).collect();
    let is_done = |slot: &SlotShown| matches!(slot.phase, SlotPhase::Done { .. });
    station.board(|board| board.slots.len() == 16 && board.slots.iter().all(is_done));
    keys.iter().for_each(|key| station.take_out(key));
    let board = station.board(|board| board.slots.iter().all(|of| of.phase == SlotPhase::Free));
    assert_eq!(board.figures.done, 16);
    let key = station.key.insert(17);
    let board = station.board(|board| board.slots.iter().any(is_done));
    let no = board.slots.iter().find(|slot| is_done(slot)).unwrap().no;
    station.take_out(&key);

    station.connect_anew();
    key.insert_into("hub-17");
    let board = station.board(|board| {
        slot_of(board, no.0).is_some_and(|slot| matches!(slot.phase, SlotPhase::Barred(_)))
    });
    assert_eq!(board.slots.len(), 16, "the journal has its number");
}

/// Its columns were sorted apart.
#[test]
fn a_row_with_the_id_of_one_person_and_the_name_of_another_is_nobodys() {
    let mut station = Station::with_hub();
    let ready = station.read_people();
    let people = company::people();
    let (asa, bo) = (&people[ready[0]], &people[ready[1]]);
    let read = |station: &mut Station<Hub>, upn: &str| {
        station.read_list(&format!("userPrincipalName,id,serial\n{upn},{},7\n", asa.id))
    };
    let told = format!("The object id is that of {}, the user name that of {}", asa.upn, bo.upn);
    assert_eq!(read(&mut station, &bo.upn), [(0, Readiness::WrongRow(told))]);
    for same in [asa.upn.to_uppercase(), format!("before.{}", asa.upn)] {
        assert_eq!(read(&mut station, &same), [(0, Readiness::Ready)], "renamed, perhaps");
    }
}

/// Whether the name is anybody's is not known then.
#[test]
fn a_row_whose_name_could_not_be_looked_up_beside_its_id_is_not_checked() {
    let mut station = Station::with_hub();
    let ready = station.read_people();
    let people = company::people();
    let (asa, bo) = (&people[ready[0]], &people[ready[1]]);
    let fault = Fault {
        method: None,
        path: bo.upn.split('@').next().unwrap().to_owned(),
        times: 1,
        effect: Effect::Garbage,
    };
    station.cloud.control().order(Order::FailNext(fault));
    let list = format!("userPrincipalName,id\n{},{}\n{},\n", bo.upn, asa.id, people[ready[2]].upn);
    let verdicts = station.read_list(&list);
    assert!(matches!(verdicts[0].1, Readiness::NotChecked(_)), "{:?}", verdicts[0].1);
    assert_eq!(verdicts[1].1, Readiness::Ready);
}

#[test]
fn a_number_of_another_system_is_not_taken_for_another_persons_badge() {
    let mut station = Station::with_hub();
    let ready = station.read_people();
    let people = company::people();
    let mut with_number =
        ready.iter().map(|place| &people[*place]).filter(|one| one.employee_id.is_some());
    let (asa, bo) = (with_number.next().unwrap(), with_number.next().unwrap());
    let number = bo.employee_id.clone().unwrap();
    let list = format!("userPrincipalName,User ID\n{},{number}\n{},x99\n", asa.upn, bo.upn);
    station.read_list(&list);
    station.begin_with(vec![0, 1], SessionOptions::default());
    station.wish(BulkCommand::Scan(number));
    let board = station.board(|board| board.scanned.is_some());
    assert_eq!(board.scanned.unwrap().upn, bo.upn);
}
