//! Keys by their number in the session, and their labels.

use super::*;
use std::path::PathBuf;
use std::time::Instant;

fn later() -> SessionOptions {
    SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 60 },
        ..SessionOptions::default()
    }
}

impl Station<Hub> {
    fn labels(&self) -> PathBuf {
        self.csv().parent().unwrap().join("labels")
    }

    /// A key that is to be activated later, made and pulled out, and its number.
    fn make_for_later(&mut self, port: u8) -> (EnrolmentId, usize) {
        let key = self.key.insert(port);
        let done = self.slot(port, |slot| {
            matches!(slot.phase, SlotPhase::Done { .. }) && slot.note.contains("written")
        });
        let SlotPhase::Done { number } = done.phase else { panic!("{:?}", done.phase) };
        key.pull_out();
        let enrolment = done.enrolment.unwrap();
        self.board(|board| board.away.iter().any(|away| away.enrolment == enrolment));
        (enrolment, usize::try_from(number).unwrap())
    }
}

#[test]
fn keys_keep_their_numbers_when_the_session_is_taken_up_again() {
    let mut station = Station::with_hub();
    station.begin(3, later());
    station.board(|board| board.fetched == Some((3, 3)));
    assert_eq!([1, 2].map(|port| station.make_for_later(port).1), [1, 2]);
    station.connect_anew();
    station.board(|board| board.fetched == Some((1, 1)));
    assert_eq!(station.make_for_later(3).1, 3, "two keys of one number");
}

#[test]
fn keys_keep_their_numbers_after_a_restart_also_those_that_are_not_done() {
    let mut station = Station::with_hub();
    station.begin(4, later());
    station.board(|board| board.fetched == Some((4, 4)));
    let made = [1, 2, 3].map(|port| station.make_for_later(port));
    assert_eq!(made.map(|(_, number)| number), [1, 2, 3]);
    station.wish(BulkCommand::Activate(made[1].0));
    assert_eq!(station.result(), ResultKind::Done);
    station.undo(made[1].0);
    let mut station = station.killed_and_started();
    station.board(|board| board.away.iter().filter(|away| away.to_activate).count() == 2);
    if std::env::var("KEYDESK_REAL_KEYRING").as_deref() == Ok("1") {
        assert_eq!(station.make_for_later(4).1, 4, "two keys of one number");
    }
}

#[test]
fn a_label_that_could_not_be_written_is_tried_again_when_its_key_is_activated() {
    let mut station = Station::with_hub();
    station.begin(1, later());
    station.board(|board| board.fetched == Some((1, 1)));
    let labels = station.labels();
    std::fs::create_dir_all(labels.parent().unwrap()).unwrap();
    std::fs::write(&labels, "in the way").unwrap();
    let key = station.key.insert(1);
    let problem = station.problem();
    assert!(problem.what.contains("labels"), "{problem}");
    let made = station.slot(1, |slot| slot.note == "Label not written").enrolment.unwrap();
    key.pull_out();
    station.board(|board| board.away.iter().any(|away| away.enrolment == made));
    std::fs::remove_file(&labels).unwrap();
    station.wish(BulkCommand::Activate(made));
    assert_eq!(station.result(), ResultKind::Done);
    let until = Instant::now() + Duration::from_secs(20);
    while std::fs::read_dir(&labels).map_or(0, Iterator::count) == 0 {
        assert!(Instant::now() < until, "no label");
        std::thread::sleep(Duration::from_millis(50));
    }
}
