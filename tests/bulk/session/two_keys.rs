//! Two keys for each person, and keys they had before.

use super::Hub;
use crate::clerk::Station;
use hid::virtual_keys::VirtualKey;
use keydesk::bulk::{Activation, Challenges, EntryState, OldKeys, Readiness, SessionOptions};
use keydesk::engine::{
    BulkCommand, BulkEvent, Command, Event, HistoryRow, PersonOnBoard, ResultKind,
};
use keydesk::enrolment::{Answer, EnrolmentId};
use keydesk::practice::cloud::{Effect, Fault, Order};

fn two_each() -> SessionOptions {
    SessionOptions { keys_each: 2, ..SessionOptions::default() }
}

impl Station<Hub> {
    /// A key is made and pulled out.
    pub fn give_one(&mut self) -> (VirtualKey, PersonOnBoard, EnrolmentId) {
        let key = self.key.insert(1);
        let done = self.done(1);
        self.take_out(&key);
        (key, done.person.unwrap(), done.enrolment.unwrap())
    }

    /// Done and left, as the journal has them.
    fn figures_anew(&mut self) -> (usize, usize) {
        self.connect_anew();
        let board = self.board(|_| true);
        (board.figures.done, board.figures.left)
    }
}

#[test]
fn of_two_keys_the_first_is_the_one_the_list_means_and_the_second_is_any() {
    let mut station = Station::with_hub();
    station.begin_listed("serial", &["31000001"], two_each());
    let (_, first, _) = station.give_one();
    let (_, second, _) = station.give_one();
    assert_eq!(first, second);
    station.board(|board| board.figures.left == 0);
    assert_eq!(station.registered(), 2);
}

#[test]
fn one_of_two_keys_is_undone_and_another_one_takes_its_place() {
    let mut station = Station::with_hub();
    station.begin(2, two_each());
    let (_, person, first) = station.give_one();
    let (_, _, second) = station.give_one();
    station.undo(first);
    assert_eq!(station.registered(), 1);
    assert_eq!(station.figures_anew(), (1, 3), "they wait for one, the next for two");
    let (_, again, _) = station.give_one();
    assert_eq!(again, person, "and come first");
    let (_, next, _) = station.give_one();
    assert_ne!(next, person, "two are enough");
    station.undo(second);
    assert_eq!(station.figures_anew(), (2, 2));
    assert_eq!(station.registered(), 2);
}

#[test]
fn two_keys_of_a_person_are_activated_one_by_one_when_they_have_them() {
    let mut station = Station::with_hub();
    let options = SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 60 },
        ..two_each()
    };
    station.begin(1, options);
    station.board(|board| board.fetched == Some((1, 1)));
    let mut made = Vec::new();
    for n in 1..=2 {
        let key = station.key.insert(1);
        made.push(station.done(1).enrolment.unwrap());
        key.pull_out();
        station.board(|board| board.away.iter().filter(|away| away.to_activate).count() == n);
    }
    assert_eq!((station.registered(), station.posts()), (0, 0));
    station.wish(BulkCommand::Activate(made[0]));
    assert_eq!(station.result(), ResultKind::Done);
    assert_eq!(station.registered(), 1);
    station.connect_anew();
    let board = station.board(|board| board.away.len() == 1);
    assert_eq!((board.figures.done, board.figures.left), (1, 1));
    assert_eq!(board.away[0].enrolment, made[1]);
    station.wish(BulkCommand::Activate(made[1]));
    assert_eq!(station.result(), ResultKind::Done);
    station.entry_is(1, |state| *state == EntryState::Done);
    assert_eq!((station.registered(), station.posts()), (2, 2));
}

#[test]
fn old_keys_are_removed_after_the_last_new_one_and_never_before() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let (_, person, _) = station.give_one();
    station.board(|board| board.figures.left == 0);
    let old = station.methods();
    station.wish(BulkCommand::End);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Session(None))).then_some(()));

    let list = station.read_list(&format!("userPrincipalName\n{}\n", person.upn));
    assert_eq!(list, [(0, Readiness::HasKey { count: 1 })]);
    station.begin_with(vec![0], SessionOptions { old_keys: OldKeys::Remove, ..two_each() });
    station.give_one();
    assert!(station.methods().contains(&old[0]), "they have nothing else that was tried");
    station.give_one();
    let new = station.methods();
    assert_eq!(new.len(), 2);
    assert!(!new.contains(&old[0]));
}

/// What an undo of the new key tells of them, and what the history has.
#[test]
fn of_two_old_keys_the_one_that_could_not_be_removed_is_left_and_the_other_is_gone() {
    let mut station = Station::with_hub();
    station.begin(1, two_each());
    let (_, person, _) = station.give_one();
    station.give_one();
    let old = station.methods();
    station.wish(BulkCommand::End);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Session(None))).then_some(()));

    station.read_list(&format!("userPrincipalName\n{}\n", person.upn));
    let options = SessionOptions { old_keys: OldKeys::Remove, ..SessionOptions::default() };
    station.begin_with(vec![0], options);
    station.cloud.control().order(Order::FailNext(Fault {
        method: Some("DELETE".into()),
        path: old[1].clone(),
        times: 1,
        effect: Effect::Status { status: 403, retry_after_s: None },
    }));
    let key = station.key.insert(1);
    let (slot, _) = station.stopped_slot(1);
    station.answer(slot.enrolment.unwrap(), Answer::LeaveIt, None);
    station.done(1);
    key.pull_out();
    assert_eq!(station.undoable()[0].removed, 1);
    let there = station.methods();
    assert_eq!((there.contains(&old[0]), there.contains(&old[1])), (false, true));
    let removed = station.history("Old key removed");
    assert_eq!(removed.iter().map(|row| &row.detail).collect::<Vec<_>>(), [&old[0]]);
}

impl Station<Hub> {
    fn history(&mut self, action: &str) -> Vec<HistoryRow> {
        self.say(Command::LoadHistory { filter: action.to_owned() });
        self.wait(|event| match event {
            Event::History { rows, .. } => {
                Some(rows.unwrap().into_iter().filter(|row| row.action == action).collect())
            }
            _ => None,
        })
    }

    /// Passkeys that were registered here and are in the directory.
    fn methods(&self) -> Vec<String> {
        let registered = self.cloud.control().observed().registered;
        registered.into_iter().map(|one| one.method_id).collect()
    }
}
