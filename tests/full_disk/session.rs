//! Eight keys that are worked on while the disk becomes full.

use crate::clerk::{Station, credentials_on};
use crate::disk::Disk;
use crate::steps::slot_of;
use hid::virtual_keys::{Model, TouchPolicy, VirtualKey};
use keydesk::bulk::{OldKeys, SessionNote, SessionOptions, SlotNo};
use keydesk::engine::{
    AuditRequest, Board, BulkCommand, BulkEvent, Event, SlotPhase, SlotShown, run_audit,
};
use keydesk::enrolment::{Answer, EnrolmentId, FirstUse, Step, Stopped};
use keydesk::journal::{Look, StoredSession};
use keydesk::practice::cloud::Effect;
use keydesk::problem::Problem;
use keydesk::secrets::{SecretText, Secrets};
use keydesk::settings::Paths;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

pub const CASES: &[(&str, fn())] = &[
    ("a_disk_that_is_full_when_eight_keys_are_touched", full_at_the_touch),
    ("a_disk_that_is_full_again_and_again", full_again_and_again),
    ("a_disk_that_is_full_when_eight_keys_are_handed_over", full_at_the_hand_over),
    ("a_disk_that_is_full_between_two_old_keys_that_are_removed", full_between_old_keys),
    ("a_disk_that_is_full_when_the_operator_pauses_and_connects_anew", full_at_the_pause),
];

const PORTS: u8 = 8;

/// Keys in their ports; all are pulled out when it is dropped.
struct Hub {
    keys: Vec<VirtualKey>,
    disk: Disk,
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.keys.iter().for_each(VirtualKey::pull_out);
    }
}

impl Hub {
    fn insert(&mut self, port: u8) -> VirtualKey {
        let key = VirtualKey::new(Model::Yubikey5Nfc).unwrap();
        key.insert_into(&format!("hub-{port}"));
        self.keys.push(key.clone());
        key
    }

    fn touch_by_themselves(&self) {
        for key in &self.keys {
            key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
        }
    }
}

fn station() -> Station<Hub> {
    let hub = Hub { keys: Vec::new(), disk: Disk::new() };
    let mut station = Station::with(hub, None, |_| {});
    station.connect();
    station
}

fn options() -> SessionOptions {
    // A label's file is not what is looked at here.
    SessionOptions { labels: false, first_use: FirstUse::MustChangePin, ..Default::default() }
}

fn is_done(slot: &SlotShown) -> bool {
    matches!(slot.phase, SlotPhase::Done { .. })
}

fn waits_for_touch(slot: &SlotShown) -> bool {
    matches!(slot.phase, SlotPhase::TouchQueued { .. } | SlotPhase::TouchNow { .. })
}

/// What, and what to do next, in plain words.
fn is_told_plainly(problem: &Problem) -> bool {
    problem.what.contains("disk is full") && problem.next.contains("Free some space")
}

/// Everybody who waits for an answer.
fn stops(board: &Board) -> Vec<(EnrolmentId, Stopped)> {
    let in_slots = board.slots.iter().filter_map(|slot| match &slot.phase {
        SlotPhase::Stopped(stopped) => Some((slot.enrolment?, stopped.clone())),
        _ => None,
    });
    let away = board.away.iter().map(|away| (away.enrolment, away.stopped.clone()));
    in_slots.chain(away).collect()
}

impl Station<Hub> {
    /// A board as wanted; problems on the way are part of it.
    fn sees(&mut self, mut wanted: impl FnMut(&Board) -> bool) -> Board {
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Board(board)) if wanted(&board) => Some(*board),
            _ => None,
        })
    }

    /// Answers whoever stopped, once for each stop, until the board is as wanted.
    fn retry_until(&mut self, wanted: impl Fn(&Board) -> bool) -> Board {
        let mut answered = Answered::default();
        loop {
            let board = self.sees(|_| true);
            answered.answer(self, &board);
            if wanted(&board) {
                return board;
            }
        }
    }

    /// As it would be taken up after a power loss.
    fn session_in_journal(&self) -> StoredSession {
        let look = Look::open(&self.data().join("data"), &Secrets::session_only("a look")).unwrap();
        let id = look.newest_session(self.tenant()).unwrap().unwrap();
        look.session(id).unwrap()
    }

    /// Everybody has exactly one key, in the directory, in the list, and by the auditor's word.
    fn everybody_has_a_key(&mut self, people: usize) {
        let board = self.sees(|board| board.figures.left == 0);
        assert_eq!((board.figures.done, board.figures.failed), (people, 0));
        assert_eq!((self.registered(), self.posts()), (people, people));
        let rows = std::fs::read_to_string(self.csv()).unwrap();
        assert_eq!(rows.lines().count(), people + 1, "a header and a row for each key");
        let report = run_audit(AuditRequest {
            paths: Paths { config: self.data().join("config"), data: self.data().join("data") },
            practice: false,
            tenant: Some(self.tenant().to_owned()),
            session: None,
            secret: Some(SecretText::new(self.cloud.connection().secret.expose())),
            sign_in: None,
        })
        .unwrap();
        assert_eq!(report.findings, [], "findings of the audit");
        assert_eq!((report.people, report.keys), (people, people));
    }
}

/// Stops that were answered, by when they came.
#[derive(Default)]
struct Answered(BTreeMap<EnrolmentId, Instant>);

impl Answered {
    fn answer(&mut self, station: &Station<Hub>, board: &Board) {
        for (enrolment, stopped) in stops(board) {
            let since = board.slots.iter().find(|slot| slot.enrolment == Some(enrolment));
            let since = since.map_or_else(Instant::now, |slot| slot.since);
            if self.0.get(&enrolment) != Some(&since) {
                assert!(stopped.answers.contains(&Answer::Retry), "{stopped:?}");
                station.answer(enrolment, Answer::Retry, None);
                self.0.insert(enrolment, since);
            }
        }
    }
}

fn full_at_the_touch() {
    let mut station = station();
    station.begin(usize::from(PORTS) + 1, SessionOptions { labels: false, ..Default::default() });
    for port in 1..=PORTS {
        station.key.insert(port);
    }
    station.sees(|board| board.slots.iter().filter(|slot| waits_for_touch(slot)).count() == 8);
    station.key.disk.fill();
    station.key.touch_by_themselves();
    let board = station.sees(|board| !stops(board).is_empty());
    let (_, stopped) = &stops(&board)[0];
    assert!(is_told_plainly(&stopped.problem), "{}", stopped.problem);
    assert_eq!(stopped.answers, [Answer::Retry]);

    // Nobody new is begun: without its PIN in the journal a key is left alone.
    let ninth = station.key.insert(9);
    let refusal = |board: &Board| match slot_of(board, 9).map(|slot| slot.phase.clone()) {
        Some(SlotPhase::Refused(problem) | SlotPhase::Barred(problem)) => Some(problem),
        _ => None,
    };
    let board = station.sees(|board| refusal(board).is_some());
    assert!(is_told_plainly(&refusal(&board).unwrap()), "{:?}", refusal(&board));
    ninth.pull_out();

    station.key.disk.make_room();
    station.retry_until(|board| board.slots.iter().filter(|slot| is_done(slot)).count() == 8);
    ninth.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    ninth.insert_into("hub-9");
    let board = station.sees(|board| board.slots.iter().filter(|slot| is_done(slot)).count() == 9);
    let session = station.session_in_journal();
    let is_ninth = |note: &SessionNote| matches!(note, SessionNote::SlotTaken { slot, .. } if *slot == SlotNo(9));
    assert!(session.notes.iter().any(|(_, note)| is_ninth(note)), "the slot's port is lost");
    for slot in &board.slots {
        let pin = station.reveal(slot.enrolment.unwrap());
        let key = slot.key.as_ref().unwrap().id.clone();
        assert_eq!(credentials_on(&key, &pin), 1, "slot {}", slot.no.0);
    }
    station.key.keys.iter().for_each(VirtualKey::pull_out);
    station.retry_until(|board| board.figures.left == 0);
    station.everybody_has_a_key(9);
}

fn full_again_and_again() {
    for seed in [1, 2, 3] {
        let mut random = Random(seed);
        let mut station = station();
        station.begin(usize::from(PORTS), options());
        for port in 1..=PORTS {
            station.key.insert(port);
        }
        station.key.touch_by_themselves();
        let (mut answered, mut told) = (Answered::default(), 0);
        loop {
            let board = station.sees(|_| true);
            let stops = stops(&board);
            if !stops.is_empty() {
                told += usize::from(station.key.disk.is_full());
                station.key.disk.make_room();
                answered.answer(&station, &board);
            } else if !station.key.disk.is_full() && random.below(4) == 0 {
                station.key.disk.fill();
            }
            // What was not begun is put in again.
            let refused = |slot: &&SlotShown| {
                matches!(slot.phase, SlotPhase::Refused(_) | SlotPhase::Barred(_))
            };
            for slot in board.slots.iter().filter(refused) {
                station.key.disk.make_room();
                let id = slot.key.as_ref().map(|key| key.id.0.clone());
                let is_it = |key: &&VirtualKey| key.id().map(|id| id.to_string()) == id;
                if let Some(key) = station.key.keys.iter().find(is_it) {
                    key.pull_out();
                    key.insert();
                }
            }
            if board.slots.len() == 8 && board.slots.iter().all(is_done) {
                break;
            }
        }
        assert!(told > 3, "seed {seed}: {told} stops prove nothing");
        station.key.disk.make_room();
        // A row that the full disk did not take stops the hand-over, and is written then.
        station.key.keys.iter().for_each(VirtualKey::pull_out);
        station.retry_until(|board| board.figures.left == 0);
        station.everybody_has_a_key(8);
    }
}

fn full_at_the_hand_over() {
    let mut station = station();
    station.begin(usize::from(PORTS), SessionOptions { labels: false, ..Default::default() });
    for port in 1..=PORTS {
        station.key.insert(port);
    }
    station.key.touch_by_themselves();
    station.sees(|board| board.slots.len() == 8 && board.slots.iter().all(is_done));
    station.key.disk.fill();
    station.key.keys.iter().for_each(VirtualKey::pull_out);
    let board = station.sees(|board| !stops(board).is_empty());
    let (_, stopped) = &stops(&board)[0];
    assert!(is_told_plainly(&stopped.problem), "{}", stopped.problem);
    station.key.disk.make_room();
    station.retry_until(|board| board.figures.left == 0);
    station.everybody_has_a_key(8);
}

/// What was removed is journaled once there is room, and nobody is told to wait for what goes on.
fn full_between_old_keys() {
    let mut station = station();
    let two = SessionOptions { keys_each: 2, labels: false, ..Default::default() };
    station.begin(1, two);
    let upn = station.sees(|board| board.next.is_some()).next.unwrap().upn;
    for port in [1, 2] {
        station.key.insert(port).set_touch(TouchPolicy::Automatic(Duration::ZERO));
    }
    station.sees(|board| board.slots.len() == 2 && board.slots.iter().all(is_done));
    station.key.keys.iter().for_each(VirtualKey::pull_out);
    station.sees(|board| board.figures.done == 2);
    station.wish(BulkCommand::End);
    station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Session(None))).then_some(()));

    station.read_list(&format!("userPrincipalName\n{upn}\n"));
    let options = SessionOptions { old_keys: OldKeys::Remove, labels: false, ..Default::default() };
    station.begin_with(vec![0], options);
    station.fail_next("DELETE", 2, Effect::Delay { ms: 1_500 });
    station.key.insert(1).set_touch(TouchPolicy::Automatic(Duration::ZERO));
    let is_removing = |board: &Board| {
        let phase = slot_of(board, 1).map(|slot| slot.phase.clone());
        phase == Some(SlotPhase::Working(Step::RemoveOld))
    };
    station.sees(is_removing);
    station.key.disk.fill();
    let board = station.sees(|board| !stops(board).is_empty());
    let (enrolment, stopped) = &stops(&board)[0];
    assert!(is_told_plainly(&stopped.problem), "{}", stopped.problem);
    station.key.disk.make_room();
    station.answer(*enrolment, Answer::Retry, None);
    station.sees(is_removing);
    station.sees(|board| slot_of(board, 1).is_some_and(is_done));
    station.key.keys.iter().for_each(VirtualKey::pull_out);
    station.sees(|board| board.figures.done == 1);
    assert_eq!(station.registered(), 1, "both old ones are gone");
}

fn full_at_the_pause() {
    let mut station = station();
    station.begin(1, options());
    station.key.disk.fill();
    station.wish(BulkCommand::Pause);
    assert!(is_told_plainly(&station.problem()));
    station.key.disk.make_room();
    station.connect_anew();
    let paused = |station: &mut Station<Hub>| {
        station.wait(|event| match event {
            Event::Bulk(BulkEvent::Session(Some(session))) => Some(session.paused),
            _ => None,
        })
    };
    assert!(paused(&mut station), "what the disk did not take is forgotten");
    station.wish(BulkCommand::GoOn { acts: Vec::new() });
    assert!(!paused(&mut station));
    let notes = station.session_in_journal().notes;
    let notes: Vec<&SessionNote> = notes.iter().map(|(_, note)| note).collect();
    assert_eq!(notes, [&SessionNote::Paused, &SessionNote::Resumed]);
}

/// A small generator (SplitMix64), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}
