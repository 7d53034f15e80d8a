//! PINs that are in the list of keys, or on paper before their key is registered.

use super::*;
use keydesk::enrolment::WhichPin;
use keydesk::secrets::{SecretName, Secrets};
use keydesk::settings::PurgePins;

/// The run that hands it over is not the one that drew its PIN.
#[test]
fn the_list_that_takes_pins_has_that_of_a_key_activated_later_too() {
    let mut station = Station::with_hub();
    station.change_outputs(|outputs| outputs.pin_in_csv = true);
    let options = SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 60 },
        ..SessionOptions::default()
    };
    station.begin(1, options);
    station.board(|board| board.fetched == Some((1, 1)));
    let key = station.key.insert(1);
    let made = station.done(1).enrolment.unwrap();
    key.pull_out();
    station.board(|board| board.away.iter().any(|away| away.to_activate));
    let pin = station.reveal(made);
    station.wish(BulkCommand::Activate(made));
    assert_eq!(station.result(), ResultKind::Done);
    let rows = std::fs::read_to_string(station.csv()).unwrap();
    assert!(rows.trim_end().ends_with(&format!(",{}", pin.expose())), "its PIN is not in its row");
}

#[test]
fn a_pin_that_is_to_be_kept_stays_sealed_although_the_list_has_it() {
    for (purge, is_kept) in [(PurgePins::Keep, true), (PurgePins::WhenWritten, false)] {
        let mut station = Station::with_hub();
        station.change_outputs(|outputs| {
            (outputs.pin_in_csv, outputs.purge_pins) = (true, purge);
        });
        station.begin(1, SessionOptions::default());
        let made = station.make(1, 1).enrolment;
        let rows = std::fs::read_to_string(station.csv()).unwrap();
        if is_kept {
            let pin = station.reveal(made);
            assert!(rows.trim_end().ends_with(&format!(",{}", pin.expose())), "not in its row");
        } else {
            station.say(Command::RevealPin(made));
            let problem = station.problem();
            assert!(problem.what.contains("removed after"), "{problem}");
        }
    }
}

/// Its row was written by the run before. Without a keyring no PIN outlives the program.
#[test]
fn a_pin_in_the_list_is_purged_although_the_program_was_killed_before_the_hand_over() {
    if std::env::var("KEYDESK_REAL_KEYRING").as_deref() != Ok("1") {
        return;
    }
    let mut station = Station::with_hub();
    station.change_outputs(|outputs| outputs.pin_in_csv = true);
    station.begin(1, SessionOptions::default());
    let key = station.key.insert(1);
    let made = station.done(1).enrolment.unwrap();
    let pin = station.reveal(made);
    let mut station = station.killed_and_started();
    station.done(1);
    key.pull_out();
    assert_eq!(station.result(), ResultKind::Done);
    station.say(Command::RevealPin(made));
    let problem = station.problem();
    assert!(problem.what.contains("removed after"), "{problem}");
    let rows = std::fs::read_to_string(station.csv()).unwrap();
    assert_eq!(rows.lines().count(), 2, "a header and one row");
    assert!(rows.trim_end().ends_with(&format!(",{}", pin.expose())), "its PIN is not in its row");
}

#[test]
fn a_row_that_was_written_without_its_pin_is_told_and_the_pin_stays_sealed() {
    if std::env::var("KEYDESK_REAL_KEYRING").as_deref() != Ok("1") {
        return;
    }
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let key = station.key.insert(1);
    let made = station.done(1).enrolment.unwrap();
    station.change_outputs(|outputs| outputs.pin_in_csv = true);
    let mut station = station.killed_and_started();
    let problem = station.problem();
    assert!(problem.what.contains("another row for the key 31000001 of"), "{problem}");
    key.pull_out();
    assert_eq!(station.result(), ResultKind::Done);
    station.reveal(made);
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

impl Station<Hub> {
    /// The keyring loses what the PINs are sealed with.
    fn lose_vault_key(&self) {
        Secrets::probe().delete(&self.vault_key()).unwrap();
    }

    fn vault_key(&self) -> SecretName {
        let db = rusqlite::Connection::open(self.data().join("data/keydesk.db")).unwrap();
        let journal: String =
            db.query_row("SELECT journal FROM station", [], |row| row.get(0)).unwrap();
        SecretName::VaultKey { journal: journal.parse().unwrap() }
    }
}

/// What was typed in place of a sealed PIN is sealed nowhere: letters have another one.
#[test]
fn a_pin_that_was_guessed_is_asked_for_anew_and_set_on_no_key() {
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let (key, _) = station.pulled_out_while_made(1);
    station.lose_vault_key();
    let mut station = station.killed_and_started_after(|_| key.clear_fault());
    key.insert_into("hub-1");
    let asked = |station: &mut Station<Hub>, which: WhichPin| {
        let is_it = |slot: &SlotShown| match &slot.phase {
            SlotPhase::PinNeeded(needed) => needed.which == which,
            SlotPhase::Done { .. } => panic!("a PIN was set that is sealed nowhere"),
            _ => false,
        };
        station.slot(1, is_it).enrolment.unwrap()
    };
    let guess = || Some(Pin::new("918273").unwrap());
    let enrolment = asked(&mut station, WhichPin::OnKey);
    station.answer(enrolment, Answer::Retry, guess());
    station.stopped_slot(1);
    station.answer(enrolment, Answer::Retry, None);
    asked(&mut station, WhichPin::OnKey);
    station.answer(enrolment, Answer::Retry, guess());
    station.stopped_slot(1);
    station.answer(enrolment, Answer::ResetKey, None);
    station.slot(1, |slot| slot.phase == SlotPhase::Replug);
    key.pull_out();
    key.insert_into("hub-1");
    asked(&mut station, WhichPin::ChooseNew);
    station.say(Command::GiveUpSealedPins);
    station.wait(|event| matches!(event, Event::SealedPinsGivenUp { .. }).then_some(()));
    let pin = Pin::new("491730").unwrap();
    station.answer(enrolment, Answer::Retry, Some(pin.duplicate()));
    station.done(1);
    let id = KeyId(key.id().unwrap().to_string());
    assert_eq!(credentials_on(&id, &pin), 1);
    station.take_out(&key);
    assert_eq!(station.reveal(enrolment).expose(), pin.expose(), "another one is sealed");
}

/// Without a keyring there is nothing to open again.
#[test]
fn a_slot_that_waits_for_a_sealed_pin_goes_on_once_the_keyring_has_its_key_again() {
    if std::env::var("KEYDESK_REAL_KEYRING").as_deref() != Ok("1") {
        return;
    }
    let mut station = Station::with_hub();
    station.begin(1, SessionOptions::default());
    let (key, _) = station.pulled_out_while_made(1);
    let (name, secrets) = (station.vault_key(), Secrets::probe());
    let kept = secrets.get(&name).unwrap().unwrap();
    station.lose_vault_key();
    let mut station = station.killed_and_started_after(|_| key.clear_fault());
    key.insert_into("hub-1");
    station.slot(1, |slot| matches!(slot.phase, SlotPhase::PinNeeded(_)));
    secrets.set(&name, &kept).unwrap();
    station.say(Command::ReopenVault);
    station.done(1);
}
