//! Keys that are activated later: however a key gets its challenge, it lives as long as its person
//! was promised.

use crate::clerk::Station;
use crate::session::Hub;
use hid::virtual_keys::{Model, VirtualKey};
use jiff::{SignedDuration, Timestamp};
use keydesk::bulk::{Activation, Challenges, Readiness, SessionOptions, SessionPin};
use keydesk::engine::{
    AwayKey, Board, BulkCommand, BulkEvent, Event, ResultKind, SlotPhase, SlotShown,
};
use keydesk::enrolment::{Answer, FirstUse};
use keydesk::pin::Pin;
use keydesk::practice::cloud::{Effect, Fault, Order};

/// Nine tenths of the hour that is promised.
const LEAST: SignedDuration = SignedDuration::from_mins(54);

fn later(keys_each: u8) -> SessionOptions {
    SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 60 },
        keys_each,
        ..SessionOptions::default()
    }
}

fn left(at: Option<Timestamp>) -> SignedDuration {
    at.expect("no end is told").duration_since(Timestamp::now())
}

impl Station<Hub> {
    /// Pulls a key out that is made; the keys that wait for their people then.
    fn takes_along(&mut self, key: &VirtualKey, so_many: usize) -> Board {
        key.pull_out();
        self.board(|board| {
            board.away.len() == so_many && board.away.iter().all(|away| away.to_activate)
        })
    }

    fn activate(&mut self, away: &[AwayKey]) {
        for key in away {
            self.wish(BulkCommand::Activate(key.enrolment));
            assert_eq!(self.result(), ResultKind::Done);
        }
    }
}

#[test]
fn second_keys_and_keys_that_were_in_before_anything_was_fetched_live_as_long_as_the_first() {
    let mut station = Station::with_hub();
    let early = station.key.insert(1);
    station.begin(2, later(2));
    station.done(1);
    let mut board = station.takes_along(&early, 1);
    for number in 2..=4 {
        let key = station.key.insert(number);
        station.done(number);
        board = station.takes_along(&key, usize::from(number));
    }
    for key in &board.away {
        assert!(left(key.lapses_at) > LEAST, "{}: {}", key.person.name, left(key.lapses_at));
    }
    // Nobody waits for a challenge any more: what lapses next is one of theirs, and comes first.
    assert_eq!(board.next_expiry, board.away[0].lapses_at);
    assert!(board.away.is_sorted_by_key(|key| key.lapses_at));

    // Each is good half an hour later, when the post has come.
    station.cloud.control().order(Order::AdvanceClock { seconds: 30 * 60 });
    station.activate(&board.away);
    assert_eq!((station.registered(), station.posts()), (4, 4));
}

/// Such as one that waited for the operator's proof while the key came back.
#[test]
fn an_answer_that_is_no_receipt_does_not_activate_a_key_that_is_back() {
    let mut station = Station::with_hub();
    station.begin(1, later(1));
    station.board(|board| board.fetched == Some((1, 1)));
    let key = station.key.insert(1);
    let made = station.done(1).enrolment.unwrap();
    station.takes_along(&key, 1);
    key.insert_into("hub-1");
    station.done(1);
    station.answer(made, Answer::RollBack, None);
    assert_eq!(station.result(), ResultKind::Failed);
    assert_eq!(station.posts(), 0, "it was registered without its person's receipt");
}

#[test]
fn another_key_for_a_person_lives_as_long_as_the_first() {
    let mut station = Station::with_hub();
    station.begin(1, later(1));
    let used = station.key.insert_as(Model::WithPin, 1);
    let (slot, _) = station.stopped_slot(1);
    station.answer(slot.enrolment.unwrap(), Answer::NewKey, None);
    station.slot(1, |slot| matches!(slot.phase, SlotPhase::Barred(_)));
    used.pull_out();
    let fresh = station.key.insert(2);
    station.done(2);
    let board = station.takes_along(&fresh, 1);
    assert!(left(board.away[0].lapses_at) > LEAST, "{}", left(board.away[0].lapses_at));
}

#[test]
fn a_challenge_that_was_fetched_long_before_its_key_was_in_is_not_used_for_one_that_travels() {
    let mut station = Station::with_hub();
    // The cloud's clock is slow: what it gives now has ten minutes less.
    station.cloud.control().order(Order::ClockSkew { seconds: -600 });
    station.begin(1, later(1));
    station.board(|board| board.fetched == Some((1, 1)));
    station.cloud.control().order(Order::ClockSkew { seconds: 0 });
    let key = station.key.insert(1);
    station.done(1);
    let board = station.takes_along(&key, 1);
    assert!(left(board.away[0].lapses_at) > LEAST, "{}", left(board.away[0].lapses_at));
}

#[test]
fn why_an_activation_failed_is_told_also_after_a_restart_and_it_can_be_tried_again() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions { first_use: FirstUse::MustChangePin, ..later(1) });
    let key = station.key.insert(1);
    station.done(1);
    let board = station.takes_along(&key, 1);
    assert_eq!(board.away[0].failed, None);
    let sure = "Credential made, PIN change forced, not registered yet";
    assert!(board.away[0].last_sure.starts_with(sure), "{}", board.away[0].last_sure);
    station.cloud.control().order(Order::FailNext(Fault {
        method: Some("POST".into()),
        path: "fido2Methods".into(),
        times: 1,
        effect: Effect::Status { status: 403, retry_after_s: None },
    }));
    station.wish(BulkCommand::Activate(board.away[0].enrolment));
    let failed = |board: &Board| board.away.first().and_then(|away| away.failed.clone());
    let told = failed(&station.board(|board| failed(board).is_some()));
    let mut station = station.killed_and_started();
    let board = station.board(|board| failed(board).is_some());
    assert_eq!(failed(&board), told);
    assert!(board.away[0].to_activate, "it needs no key");
    station.activate(&board.away);
    assert_eq!(station.registered(), 1);
}

/// The time its challenge had is over then, whatever is left to do.
#[test]
fn a_key_that_was_registered_and_is_not_finished_waits_for_no_receipt_and_never_lapses() {
    let mut station = Station::with_hub();
    station.begin(1, later(1));
    let key = station.key.insert(1);
    station.done(1);
    let board = station.takes_along(&key, 1);
    assert!(board.away[0].lapses_at.is_some());
    station.cloud.control().order(Order::ListingDelay { ms: 3_600_000 });
    station.wish(BulkCommand::Activate(board.away[0].enrolment));
    let failed = |board: &Board| board.away.first().is_some_and(|away| away.failed.is_some());
    let board = station.board(failed);
    assert_eq!((station.posts(), board.away[0].lapses_at), (1, None), "it is registered");
}

#[test]
fn whoever_has_a_key_to_be_activated_is_not_ready_for_another_one_in_the_next_session() {
    let mut station = Station::with_hub();
    let before = Timestamp::now();
    let session = station.begin(1, later(1));
    let key = station.key.insert(1);
    station.done(1);
    let board = station.takes_along(&key, 1);
    let upn = board.away[0].person.upn.clone();
    station.wish(BulkCommand::End);
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Ended(summary)) => {
            assert_eq!(summary.id, session);
            Some(())
        }
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });

    let list = station.read_list(&format!("userPrincipalName\n{}\n", upn.to_uppercase()));
    let [(0, Readiness::KeyOnItsWay(on_its_way))] = list[..] else { panic!("{list:?}") };
    let began = on_its_way.session.expect("it was made in a session");
    assert!(before <= began && began <= on_its_way.since && on_its_way.since <= Timestamp::now());

    station.begin_with(vec![0], SessionOptions::default());
    let key = station.key.insert(2);
    let given = station.done(1);
    assert_eq!(given.person.as_ref().map(|person| person.upn.as_str()), Some(upn.as_str()));
    station.take_out(&key);
}

/// What is asked for is in sight where its key is, and can be put aside.
#[test]
fn a_key_away_whose_pin_is_wanted_to_take_it_back_stays_listed() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions { pin: SessionPin::Typed, ..later(1) });
    let key = station.key.insert(1);
    let slot = station.slot(1, |slot| matches!(slot.phase, SlotPhase::PinNeeded(_)));
    let pin = Some(Pin::new("491730").unwrap());
    station.answer(slot.enrolment.unwrap(), Answer::Retry, pin);
    station.done(1);
    let board = station.takes_along(&key, 1);
    let id = board.away[0].enrolment;
    station.answer(id, Answer::Skip, None);
    let board = station.board(|board| {
        let leaves = |away: &AwayKey| away.stopped.answers.contains(&Answer::LeaveIt);
        board.away.iter().any(leaves)
    });
    assert_eq!(board.away[0].enrolment, id);
    station.answer(id, Answer::LeaveIt, None);
    station.board(|board| board.away.is_empty());
    assert_eq!(station.registered(), 0);
}

/// The same bytes would be refused again.
#[test]
fn a_key_whose_activation_was_refused_is_wanted_back_to_be_made_anew() {
    let (station, key) = Station::with_a_refused_activation();
    let mut station = station.killed_and_started();
    station.board(is_wanted_back);
    key.insert_into("hub-1");
    // Where the keyring did not outlive the program, its PIN has to be typed first.
    station.slot(1, |slot| matches!(slot.phase, SlotPhase::Done { .. } | SlotPhase::PinNeeded(_)));
}

/// Putting it in is the answer that its row asks for.
#[test]
fn a_key_whose_activation_was_refused_is_made_anew_as_it_comes_back() {
    let (mut station, key) = Station::with_a_refused_activation();
    key.insert_into("hub-1");
    station.done(1);
    let board = station.takes_along(&key, 1);
    station.activate(&board.away);
    assert_eq!(station.registered(), 1);
}

impl Station<Hub> {
    /// Its key is out, and wanted back.
    fn with_a_refused_activation() -> (Self, VirtualKey) {
        let mut station = Self::with_hub();
        station.begin(1, later(1));
        let key = station.key.insert(1);
        station.done(1);
        let board = station.takes_along(&key, 1);
        station.cloud.control().order(refuses_once());
        station.wish(BulkCommand::Activate(board.away[0].enrolment));
        station.board(is_wanted_back);
        (station, key)
    }
}

/// A registration, in a way that another try with the same bytes would not change.
fn refuses_once() -> Order {
    Order::FailNext(Fault {
        method: Some("POST".into()),
        path: "fido2Methods".into(),
        times: 1,
        effect: Effect::Status { status: 400, retry_after_s: None },
    })
}

fn is_wanted_back(board: &Board) -> bool {
    board.away.first().is_some_and(|away| away.failed.is_some() && !away.to_activate)
}

#[test]
fn the_challenge_of_a_key_that_waits_for_its_touch_is_the_next_to_end() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let key = station.key.insert_untouched(1);
    let board = station.board(|board| {
        let asks = |slot: &SlotShown| matches!(slot.phase, SlotPhase::TouchNow { .. });
        board.slots.iter().any(asks)
    });
    assert!(left(board.next_expiry) <= SignedDuration::from_mins(5));
    key.touch();
    station.done(1);
    station.board(|board| board.next_expiry.is_none());
    key.pull_out();
    assert_eq!(station.result(), ResultKind::Done);
}
