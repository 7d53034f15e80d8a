//! Keys that are given at the Desk while the session stands.

use super::*;
use crate::clerk::random;
use keydesk::engine::PinChoice;
use keydesk::key::KeyFacts;
use keydesk::practice::company;

impl Station<Hub> {
    /// A key that was put in for no slot: the session is paused, or there is none.
    pub fn identified(&mut self) -> KeyFacts {
        self.wait(|event| match event {
            Event::Key(KeyEvent::Identified(facts)) => Some(facts),
            _ => None,
        })
    }

    /// Gives the key to a person at the Desk, as it is.
    fn hand_over_at_desk(&mut self, upn: &str, facts: &KeyFacts) -> Pin {
        let person = self.choose(upn);
        let id = self.register(&person, facts, random());
        self.finished(id);
        let pin = self.reveal(id);
        self.say(Command::HandedOver(id));
        self.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));
        pin
    }

    /// The person at this place gets a key at the Desk; the session is paused.
    fn gets_another(&mut self, row: usize) {
        let key = self.key.insert(9);
        let facts = self.identified();
        self.hand_over_at_desk(&company::people()[row].upn, &facts);
        key.pull_out();
    }
}

/// What is said of a passkey that was not there when the list was read.
const GOT_SINCE: &str = "Got another passkey since the list was read";

/// Two stations with the same list would give everybody two keys without a word.
#[test]
fn who_got_a_key_elsewhere_since_the_list_was_read_is_asked_about() {
    let mut station = Station::with_hub();
    let row = station.read_people()[0];
    station.begin_with(vec![row], SessionOptions::default());
    station.wish(BulkCommand::Pause);
    station.gets_another(row);
    station.wish(BulkCommand::GoOn { acts: Vec::new() });

    let key = station.key.insert(2);
    let (slot, stopped) = station.stopped_slot(2);
    let told = &stopped.problem.what;
    assert!(told.contains(GOT_SINCE), "{told}");
    assert_eq!(station.registered(), 1);
    station.answer(slot.enrolment.unwrap(), Answer::Retry, None);
    station.done(2);
    key.pull_out();
    assert_eq!(station.result(), ResultKind::Done);
    assert_eq!(station.registered(), 2, "the operator wants it");
}

#[test]
fn a_key_that_is_given_at_the_desk_while_it_waits_in_its_slot_is_not_reset_for_somebody_else() {
    let mut station = Station::with_hub();
    let rows = station.read_people();
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    station.begin_with(vec![rows[0]], options);
    station.wish(BulkCommand::Pause);
    station.key.insert(1);
    let facts = station.identified();
    let pin = station.hand_over_at_desk(&company::people()[rows[1]].upn, &facts);
    station.wish(BulkCommand::GoOn { acts: Vec::new() });
    let problem = station.refused_in(1);
    assert!(problem.what.contains("Made before for"), "{problem}");
    assert_eq!(credentials_on(&facts.id, &pin), 1, "it works still");
}

/// The word was given for a new key, in a session that was paused.
#[test]
fn a_key_that_is_given_at_the_desk_after_the_operators_word_is_its_holders_all_the_same() {
    let mut station = Station::with_hub();
    let rows = station.read_people();
    let stock = vec!["999".to_owned()];
    let options = SessionOptions { used_keys: UsedKeys::Reset, stock, ..SessionOptions::default() };
    station.begin_with(vec![rows[0]], options);
    station.wish(BulkCommand::Pause);
    let key = station.key.insert(1);
    let facts = station.identified();
    station.refused_in(1);
    station.use_anyway(1, &key, false);
    station.slot(1, |slot| slot.phase == SlotPhase::Paused);
    let pin = station.hand_over_at_desk(&company::people()[rows[1]].upn, &facts);
    station.wish(BulkCommand::GoOn { acts: Vec::new() });
    let problem = station.refused_in(1);
    assert!(problem.what.contains("Made before for"), "{problem}");
    assert_eq!(credentials_on(&facts.id, &pin), 1, "it works still");
}

/// The other station took over while this one was down.
#[test]
fn who_got_a_key_elsewhere_while_theirs_was_put_aside_is_asked_about_before_it_is_registered() {
    let mut station = Station::with_hub();
    let row = station.read_people()[0];
    station.begin_with(vec![row], SessionOptions::default());
    let (key, enrolment) = station.pulled_out_while_made(1);
    let pin = station.reveal(enrolment);
    station.wish(BulkCommand::Pause);
    station.gets_another(row);
    let mut station = station.killed_and_started_after(|_| key.clear_fault());
    station.wish(BulkCommand::GoOn { acts: Vec::new() });
    key.insert_into("hub-1");
    let asks = |slot: &SlotShown| match &slot.phase {
        SlotPhase::Stopped(stopped) => stopped.problem.what.contains(GOT_SINCE),
        SlotPhase::Done { .. } => panic!("nobody was asked"),
        phase => matches!(phase, SlotPhase::PinNeeded(_)),
    };
    // Without a keyring its PIN ended with the program.
    if let SlotPhase::PinNeeded(_) = station.slot(1, asks).phase {
        station.answer(enrolment, Answer::Retry, Some(pin));
        station.slot(1, |slot| asks(slot) && matches!(slot.phase, SlotPhase::Stopped(_)));
    }
    assert_eq!(station.registered(), 1);
    station.answer(enrolment, Answer::Retry, None);
    station.done(1);
    assert_eq!(station.registered(), 2, "the operator wants it");
}

/// Somebody whose key is made and not activated yet, and who got another one meanwhile.
fn promised_and_given_elsewhere() -> (Station<Hub>, EnrolmentId) {
    let mut station = Station::with_hub();
    let row = station.read_people()[0];
    let options = SessionOptions {
        activation: Activation::Later,
        challenges: Challenges::Prefetched { minutes: 60 },
        ..SessionOptions::default()
    };
    station.begin_with(vec![row], options);
    let key = station.key.insert(1);
    let made = station.done(1).enrolment.unwrap();
    key.pull_out();
    station.board(|board| board.away.iter().any(|away| away.to_activate));
    station.wish(BulkCommand::Pause);
    station.gets_another(row);
    station.wish(BulkCommand::GoOn { acts: Vec::new() });
    (station, made)
}

impl Station<Hub> {
    /// What was said when a key was to be activated.
    fn not_activated(&mut self, told: &str) {
        self.board(|board| {
            let failed = board.away.first().and_then(|away| away.failed.as_ref());
            failed.is_some_and(|why| why.what.contains(told))
        });
        assert_eq!((self.registered(), self.posts()), (1, 1), "only the one of the Desk");
    }

    fn activated_all_the_same(&mut self, made: EnrolmentId) {
        self.not_activated(GOT_SINCE);
        self.answer(made, Answer::Retry, None);
        assert_eq!(self.result(), ResultKind::Done);
        assert_eq!(self.registered(), 2, "the operator wants it");
    }

    /// How often it was asked which passkeys somebody has.
    fn looks(&self) -> usize {
        let received = self.cloud.control().observed().received;
        let looks = received.iter().filter(|call| {
            call.method == "GET" && call.path.ends_with("/authentication/fido2Methods")
        });
        looks.count()
    }
}

#[test]
fn who_got_a_key_elsewhere_is_asked_about_before_theirs_is_activated() {
    let (mut station, made) = promised_and_given_elsewhere();
    station.wish(BulkCommand::Activate(made));
    station.activated_all_the_same(made);
}

/// The question alone has no effect: nothing is in doubt, and it is put again.
#[test]
fn a_look_for_other_keys_that_is_not_answered_activates_nothing() {
    let (mut station, made) = promised_and_given_elsewhere();
    station.fail_next("GET", 2, Effect::CutAfter);
    station.wish(BulkCommand::Activate(made));
    station.not_activated("No connection to the directory");
    station.answer(made, Answer::Retry, None);
    station.activated_all_the_same(made);
}

#[test]
fn a_kill_during_the_look_for_other_keys_does_not_end_it() {
    let (station, made) = promised_and_given_elsewhere();
    let before = station.looks();
    station.fail_next("GET", 1, Effect::CutAfter);
    station.wish(BulkCommand::Activate(made));
    let looks = (0..4000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        station.looks() > before
    });
    assert!(looks, "nobody asked");
    let mut station = station.killed_and_started();
    station.board(|board| board.away.iter().any(|away| away.to_activate));
    station.wish(BulkCommand::Activate(made));
    station.activated_all_the_same(made);
}

/// Somebody with two accounts may have them on one key.
#[test]
fn all_are_named_whose_passkeys_are_on_a_key_that_is_put_in() {
    let mut station = Station::with_hub();
    let rows = station.read_people();
    station.begin_with(vec![rows[0]], SessionOptions::default());
    station.wish(BulkCommand::Pause);
    let key = station.key.insert_as(Model::SecurityKeyNfc, 1);
    let facts = station.identified();
    let people = company::people();
    let (one, other) = (people[rows[1]].upn.clone(), people[rows[2]].upn.clone());
    let pin = station.hand_over_at_desk(&one, &facts);
    let person = station.choose(&other);
    let id = station.register(&person, &facts, PinChoice::Existing(pin));
    station.finished(id);
    station.say(Command::HandedOver(id));
    station.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));
    key.pull_out();
    station.wish(BulkCommand::GoOn { acts: Vec::new() });
    key.insert_into("hub-1");
    let problem = station.refused_in(1);
    assert!(problem.what.contains(&one) && problem.what.contains(&other), "{problem}");
    assert_eq!(station.registered(), 2);
}
