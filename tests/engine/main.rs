//! The whole engine when things go wrong: real journal, real client, virtual keys, real HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

mod clerk;
#[cfg(all(unix, not(target_os = "macos")))]
mod opening;
mod tenants;
mod whose;

use clerk::{Station, random};
use hid::virtual_keys::{At, Fault as KeyFault, Model, ResetRule, Spec, TouchPolicy, VirtualKey};
use keydesk::engine::{Command, Event, NewPin, PinChoice, RegisterRequest, StepChange};
use keydesk::enrolment::{Answer, FirstUse, Reset, Step, TypedSerial, WhichPin};
use keydesk::key::PinState;
use keydesk::pin::Pin;
use keydesk::practice::cloud::{Effect, Order};
use std::time::Duration;

const SET_PIN: u8 = 0x06;
const MAKE_CREDENTIAL: u8 = 0x01;

impl Station<VirtualKey> {
    /// The reset waits for its key.
    fn waits_for_replug(&mut self) {
        self.wait(|event| match event {
            Event::Step { step: Step::Reset, change: StepChange::Waiting { .. }, .. } => Some(()),
            Event::Stopped { stopped, .. } => panic!("stopped: {}", stopped.problem),
            _ => None,
        });
    }
}

#[test]
fn a_lost_answer_is_looked_up_and_never_sent_twice() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    station.fail_next("POST", 1, Effect::CutAfter);
    let id = station.register(&person, &key, random());
    station.finished(id);
    assert_eq!((station.posts(), station.registered()), (1, 1));
}

#[test]
fn an_answer_that_is_no_json_is_looked_up_too() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    station.fail_next("POST", 1, Effect::Garbage);
    let id = station.register(&person, &key, random());
    station.finished(id);
    assert_eq!((station.posts(), station.registered()), (1, 1));
}

/// Pulled out at each command that writes to the key, before and after it took effect.
#[test]
fn a_key_pulled_out_at_any_write_goes_on_where_it_was() {
    for at in [
        At::first(SET_PIN),
        At::first(SET_PIN).nth(2),
        At::first(SET_PIN).nth(3),
        At::first(MAKE_CREDENTIAL),
        At::first(MAKE_CREDENTIAL).done(),
    ] {
        let mut station = Station::open(Model::Yubikey5Nfc);
        let key = station.insert();
        let person = station.choose("Elin");
        station.misbehave(KeyFault::PullOutAt(at));
        let id = station.register(&person, &key, random());
        let stopped = station.stopped(id);
        assert!(stopped.answers.contains(&Answer::Retry), "{:?}", stopped.answers);
        station.key.clear_fault();
        station.insert();
        station.answer(id, Answer::Retry, None);
        station.finished(id);
        assert_eq!(station.registered(), 1);
        let pin = station.reveal(id);
        assert_eq!(station.credentials(&pin), 1, "one credential on the key");
    }
}

#[test]
fn a_forbidden_model_is_refused_before_the_first_write() {
    let mut station = Station::open(Model::Forbidden);
    let key = station.insert();
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    let stopped = station.stopped(id);
    assert_eq!(stopped.step, Step::Preflight);
    assert_eq!(stopped.answers.first(), Some(&Answer::NewKey));
    station.answer(id, Answer::Skip, None);
    station.ended(id);
    station.key.pull_out();
    assert_eq!(station.insert().pin, PinState::NotSet, "something was written");
    assert_eq!(station.posts(), 0);
}

#[test]
fn a_key_with_credentials_of_others_is_not_overwritten_silently() {
    let mut station = Station::open(Model::WithCredentials);
    let key = station.insert();
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    let stopped = station.stopped(id);
    assert_eq!(stopped.step, Step::Preflight);
    assert!(stopped.answers.contains(&Answer::ResetKey));
    assert_eq!(station.posts(), 0);
}

#[test]
fn a_used_key_is_reset_and_made_when_the_operator_says_so() {
    let mut station = Station::open(Model::WithCredentials);
    let key = station.insert();
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    station.stopped(id);
    // Too late for a reset: it is asked for once more.
    station.key.advance_clock(Duration::from_secs(11));
    station.answer(id, Answer::ResetKey, None);
    station.waits_for_replug();
    station.key.pull_out();
    station.insert();
    station.finished(id);
    let pin = station.reveal(id);
    assert_eq!(station.credentials(&pin), 1, "those of others are gone");
    assert_eq!(station.registered(), 1);
}

/// Its own credential tells it from others of its model that were made here.
#[test]
fn a_key_that_was_given_here_before_is_reset_once_it_was_put_in_again() {
    let _alone = whose::alone();
    for rule in [ResetRule::InTime, ResetRule::FirstCommand] {
        let spec = Spec { reset: rule, ..Model::SecurityKeyNfc.spec() };
        let mut station = Station::open(spec);
        let key = station.insert();
        let first = station.choose("Elin");
        let id = station.register(&first, &key, random());
        station.finished(id);
        station.reveal(id);
        station.say(Command::HandedOver(id));
        station.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));
        station.key.pull_out();

        let key = station.insert();
        if rule == ResetRule::InTime {
            // What is too late for its reset is told by the time that it was in.
            std::thread::sleep(Duration::from_secs(11));
        }
        let next = station.choose("Elin");
        let id = station.register_as(RegisterRequest {
            person: next.id.clone(),
            key: key.id.clone(),
            serial: None,
            reset: Reset::ResetFirst,
            pin: random(),
            first_use: FirstUse::KeepPin,
            remove_old: Vec::new(),
        });
        if rule == ResetRule::FirstCommand {
            let stopped = station.stopped(id);
            assert_eq!(stopped.answers.first(), Some(&Answer::ResetKey), "{}", stopped.problem);
            station.answer(id, Answer::ResetKey, None);
        }
        station.waits_for_replug();
        station.key.pull_out();
        station.insert();
        station.finished(id);
        let pin = station.reveal(id);
        assert_eq!(station.credentials(&pin), 1, "the one from before is gone");
        station.key.pull_out();
    }
}

#[test]
fn a_wrong_pin_says_how_many_tries_are_left_and_the_right_one_goes_on() {
    let mut station = Station::open(Model::WithPin);
    let key = station.insert();
    let person = station.choose("Elin");
    let wrong = PinChoice::Existing(Pin::new("918273").unwrap());
    let id = station.register(&person, &key, wrong);
    let stopped = station.stopped(id);
    assert_eq!(stopped.step, Step::Pin);
    assert!(stopped.problem.to_string().contains('7'), "{}", stopped.problem);
    station.answer(id, Answer::Retry, Some(Pin::new(Model::PIN).unwrap()));
    station.finished(id);
    assert_eq!(station.registered(), 1);
}

/// It was typed as the PIN of a key that is no more: no policy has seen it, and once is not twice.
#[test]
fn the_pin_a_key_had_before_its_reset_is_not_set_on_it_again() {
    let mut station = Station::open(Model::WithPin);
    let key = station.insert();
    let person = station.choose("Elin");
    let is_full = 0x28;
    station.misbehave(KeyFault::RefusesAt(At::first(MAKE_CREDENTIAL), is_full));
    let had = PinChoice::Existing(Pin::new(Model::PIN).unwrap());
    let id = station.register(&person, &key, had);
    station.stopped(id);
    station.key.clear_fault();
    station.key.advance_clock(Duration::from_secs(11));
    station.answer(id, Answer::ResetKey, None);
    station.waits_for_replug();
    station.key.pull_out();
    station.insert();
    let needed = station.wait(|event| match event {
        Event::PinNeeded { id: of, needed } if of == id => Some(needed),
        Event::Finished(_) => panic!("the PIN from before was set"),
        Event::Stopped { stopped, .. } => panic!("stopped: {}", stopped.problem),
        _ => None,
    });
    assert_eq!(needed.which, WhichPin::ChooseNew);
    let new = Pin::new("491730").unwrap();
    station.answer(id, Answer::Retry, Some(new.duplicate()));
    station.finished(id);
    assert_eq!(station.credentials(&new), 1);
}

/// As the windows answer, which have no field before it is asked for.
#[test]
fn a_wrong_pin_is_typed_anew_and_not_tried_again() {
    let mut station = Station::open(Model::WithPin);
    let key = station.insert();
    let person = station.choose("Elin");
    let wrong = PinChoice::Existing(Pin::new("918273").unwrap());
    let id = station.register(&person, &key, wrong);
    station.stopped(id);
    station.answer(id, Answer::Retry, None);
    station.wait(|event| match event {
        Event::PinNeeded { id: of, .. } if of == id => Some(()),
        Event::Stopped { stopped, .. } => panic!("tried again: {}", stopped.problem),
        _ => None,
    });
    station.answer(id, Answer::Retry, Some(Pin::new(Model::PIN).unwrap()));
    station.finished(id);
}

#[test]
fn a_double_click_answers_one_question() {
    let mut station = Station::open(Model::WithPin);
    let key = station.insert();
    let person = station.choose("Elin");
    let wrong = || Pin::new("918273").unwrap();
    let id = station.register(&person, &key, PinChoice::Existing(wrong()));
    station.stopped(id);
    station.answer(id, Answer::Retry, Some(wrong()));
    station.answer(id, Answer::Retry, Some(wrong()));
    let problem = station.stopped(id).problem.to_string();
    assert!(problem.contains('6'), "{problem}");
    // A third try would have blocked the key until it is put back.
    station.answer(id, Answer::Retry, Some(Pin::new(Model::PIN).unwrap()));
    station.finished(id);
}

#[test]
fn the_last_three_tries_are_used_only_when_confirmed() {
    let mut station = Station::open(Model::WithPin);
    let key = station.insert();
    let person = station.choose("Elin");
    let wrong = || Pin::new("918273").unwrap();
    let id = station.register(&person, &key, PinChoice::Existing(wrong()));
    for _ in 1..5 {
        station.stopped(id);
        // Three wrong ones in a row block the key until it is put back.
        station.key.pull_out();
        station.insert();
        station.answer(id, Answer::Retry, Some(wrong()));
    }
    station.stopped(id);
    station.answer(id, Answer::Skip, None);
    station.ended(id);

    station.key.pull_out();
    let key = station.insert();
    let person = station.choose("Elin");
    let right = || Pin::new(Model::PIN).unwrap();
    let id = station.register(&person, &key, PinChoice::Existing(right()));
    let problem = station.stopped(id).problem.to_string();
    assert!(problem.contains("only 3"), "{problem}");
    station.answer(id, Answer::Retry, Some(right()));
    station.finished(id);
}

#[test]
fn a_cancelled_touch_leaves_nothing_behind_when_the_person_is_skipped() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    station.key.set_touch(TouchPolicy::Hold);
    let key = station.insert();
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    station.touch_is_needed(id);
    station.say(Command::Cancel(id));
    let stopped = station.stopped(id);
    assert_eq!(stopped.step, Step::MakeCredential);
    station.answer(id, Answer::Skip, None);
    let summary = station.ended(id);
    assert!(summary.starts_with("Skipped"), "{summary}");
    assert!(summary.contains("PIN on the key"), "what is left is said: {summary}");
    assert_eq!(station.registered(), 0);
}

#[test]
fn a_refused_registration_is_taken_back_from_the_key() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    station.fail_next("POST", 1, Effect::Status { status: 403, retry_after_s: None });
    let id = station.register(&person, &key, random());
    let stopped = station.stopped(id);
    assert_eq!(stopped.step, Step::Register);
    let pin = station.reveal(id);
    assert_eq!(station.credentials(&pin), 1);
    station.answer(id, Answer::RollBack, None);
    station.ended(id);
    assert_eq!((station.credentials(&pin), station.registered()), (0, 0));
}

/// A part of the directory may have the passkey, while the one that is asked does not yet.
#[test]
fn a_passkey_that_was_registered_and_is_not_found_is_not_called_removed() {
    for comes in [true, false] {
        let mut station = Station::open(Model::Yubikey5Nfc);
        let key = station.insert();
        let person = station.choose("Elin");
        station.cloud.control().order(Order::ListingDelay { ms: 3_600_000 });
        let id = station.register(&person, &key, random());
        assert_eq!(station.stopped(id).step, Step::Confirm);
        station.answer(id, Answer::RollBack, None);
        let stopped = station.stopped(id);
        assert_eq!(stopped.answers, [Answer::Retry, Answer::LeaveIt], "{}", stopped.problem);
        assert!(stopped.problem.what.contains("does not list"), "{}", stopped.problem);
        if comes {
            station.cloud.control().order(Order::AdvanceClock { seconds: 3_601 });
        }
        station.answer(id, if comes { Answer::Retry } else { Answer::LeaveIt }, None);
        let told = station.ended(id);
        assert_eq!(station.registered(), usize::from(!comes), "{told}");
        assert_eq!(told.contains("passkey"), !comes, "{told}");
    }
}

#[test]
fn a_passkey_that_comes_while_it_is_looked_for_is_removed_without_a_question() {
    let mut station = Station::patient(Model::Yubikey5Nfc, Duration::from_secs(20));
    let key = station.insert();
    let person = station.choose("Elin");
    station.cloud.control().order(Order::ListingDelay { ms: 3_600_000 });
    let id = station.register(&person, &key, random());
    assert_eq!(station.stopped(id).step, Step::Confirm);
    station.answer(id, Answer::RollBack, None);
    station.is_answered("DELETE", 404);
    station.cloud.control().order(Order::AdvanceClock { seconds: 3_601 });
    station.ended(id);
    assert_eq!(station.registered(), 0);
}

/// Its list lags behind what it says itself.
#[test]
fn a_passkey_that_the_directory_says_it_has_is_not_called_removed_while_it_is_not_listed() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    station.cloud.control().order(Order::ListingDelay { ms: 3_600_000 });
    station.fail_next("POST", 1, Effect::CutAfter);
    let conflict = Effect::Status { status: 409, retry_after_s: None };
    station.fail_next("POST", 40, conflict);
    let id = station.register(&person, &key, random());
    assert_eq!(station.stopped(id).step, Step::Register);
    station.answer(id, Answer::Skip, None);
    let stopped = station.stopped(id);
    assert_eq!(stopped.answers, [Answer::Retry, Answer::LeaveIt], "{}", stopped.problem);
    station.cloud.control().order(Order::AdvanceClock { seconds: 3_601 });
    station.answer(id, Answer::Retry, None);
    station.ended(id);
    assert_eq!(station.registered(), 0);
}

#[test]
fn throttling_and_a_passing_outage_are_waited_for() {
    for status in [429, 503] {
        let mut station = Station::open(Model::Yubikey5Nfc);
        let key = station.insert();
        let person = station.choose("Elin");
        station.fail_next("POST", 1, Effect::Status { status, retry_after_s: Some(1) });
        let id = station.register(&person, &key, random());
        station.finished(id);
        assert_eq!((station.posts(), station.registered()), (2, 1), "{status}");
    }
}

#[test]
fn a_directory_that_asks_to_wait_is_said_with_the_time_to_resume() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    station.fail_next("POST", 1, Effect::Status { status: 429, retry_after_s: Some(2) });
    let id = station.register(&person, &key, random());
    let until = station.wait(|event| match event {
        Event::DirectoryPause { until } => Some(until),
        Event::Finished(_) => panic!("finished without a word about the pause"),
        _ => None,
    });
    station.finished(id);
    assert!(until <= std::time::Instant::now(), "registered before the pause was over");
    assert_eq!((station.posts(), station.registered()), (2, 1));
}

#[test]
fn a_long_wait_for_the_directory_is_said_while_it_lasts() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    station.fail_next("POST", 1, Effect::Status { status: 429, retry_after_s: Some(4) });
    let id = station.register(&person, &key, random());
    let note = station.wait(|event| match event {
        Event::Step { change: StepChange::Waiting { note }, .. } => Some(note),
        Event::Finished(_) => panic!("finished without a word about the wait"),
        _ => None,
    });
    assert!(note.contains("slow"), "{note}");
    station.finished(id);
}

#[test]
fn tokens_that_end_in_the_middle_are_renewed() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    station.cloud.control().order(Order::ExpireTokens);
    let id = station.register(&person, &key, random());
    station.finished(id);
    assert_eq!(station.registered(), 1);
}

#[test]
fn a_challenge_that_lapsed_during_the_touch_costs_another_touch_and_no_second_credential() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    station.key.set_touch(TouchPolicy::Hold);
    let key = station.insert();
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    station.touch_is_needed(id);
    station.cloud.control().order(Order::ExpireChallenges);
    station.key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    let stopped = station.stopped(id);
    assert_eq!(stopped.step, Step::Register);
    station.answer(id, Answer::Retry, None);
    station.finished(id);
    assert_eq!(station.registered(), 1);
    let pin = station.reveal(id);
    assert_eq!(station.credentials(&pin), 1);
}

#[test]
fn a_silent_key_ends_at_its_deadline_and_is_not_written_to() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    hid::set_limits(
        &station.key.id().unwrap(),
        hid::Limits { silence: Duration::from_millis(200), touch: Duration::from_secs(2) },
    );
    station.misbehave(KeyFault::Silent);
    let id = station.register(&person, &key, random());
    let stopped = station.stopped(id);
    assert!(stopped.answers.contains(&Answer::NewKey));
    assert_eq!(station.posts(), 0);
}

#[test]
fn old_keys_go_only_after_the_new_one_is_confirmed() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    let first = station.register(&person, &key, random());
    station.finished(first);
    station.reveal(first);
    station.say(Command::HandedOver(first));
    station.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));
    let old = station.cloud.control().observed().registered[0].method_id.clone();

    let next = hid::virtual_keys::VirtualKey::new(Model::Yubikey5Nfc).unwrap();
    next.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    station.key.pull_out();
    station.key = next;
    let key = station.insert();
    let person = station.choose("Elin");
    let second = station.register_as(RegisterRequest {
        person: person.id,
        key: key.id,
        serial: None,
        reset: Reset::Keep,
        pin: random(),
        first_use: FirstUse::MustChangePin,
        remove_old: vec![old.clone()],
    });
    station.finished(second);
    let observed = station.cloud.control().observed();
    let left: Vec<_> = observed.registered.iter().map(|one| &one.method_id).collect();
    assert_eq!(left.len(), 1);
    assert_ne!(left[0], &old);
    let posted = observed.received.iter().rposition(|call| call.method == "POST");
    let listed = observed
        .received
        .iter()
        .rposition(|call| call.method == "GET" && call.path.ends_with("/fido2Methods"));
    let deleted = observed.received.iter().position(|call| call.method == "DELETE");
    assert!(posted < listed && listed < deleted, "{posted:?} {listed:?} {deleted:?}");
}

#[test]
fn a_typed_serial_is_kept_as_typed_and_the_history_says_so() {
    let _alone = whose::alone();
    let mut station = Station::open(Model::SecurityKeyNfc);
    let key = station.insert();
    assert_eq!(key.serial, None);
    let person = station.choose("Elin");
    let id = station.register_as(RegisterRequest {
        person: person.id,
        key: key.id,
        serial: TypedSerial::parse("31 884 207").unwrap(),
        reset: Reset::Keep,
        pin: random(),
        first_use: FirstUse::KeepPin,
        remove_old: Vec::new(),
    });
    station.finished(id);
    let csv = std::fs::read_to_string(station.csv()).unwrap();
    assert!(csv.contains(",31884207,"), "{csv}");
    station.say(Command::LoadHistory { filter: "31884207".into() });
    let rows = station.wait(|event| match event {
        Event::History { rows, .. } => Some(rows.unwrap()),
        _ => None,
    });
    let begun = rows.iter().find(|row| row.action == "Enrolment begun").unwrap();
    assert!(begun.detail.ends_with("serial typed by hand"), "{}", begun.detail);
    station.key.pull_out();
}

#[test]
fn a_typed_serial_does_not_replace_the_keys_own() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let told = key.serial.clone().expect("this key tells its serial");
    let person = station.choose("Elin");
    let id = station.register_as(RegisterRequest {
        person: person.id,
        key: key.id,
        serial: TypedSerial::parse("1").unwrap(),
        reset: Reset::Keep,
        pin: random(),
        first_use: FirstUse::KeepPin,
        remove_old: Vec::new(),
    });
    station.finished(id);
    let csv = std::fs::read_to_string(station.csv()).unwrap();
    assert!(csv.contains(&format!(",{told},")), "{csv}");
}

#[test]
fn a_typed_pin_is_kept_nowhere() {
    const TYPED: &str = "70412986";
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    let typed = PinChoice::New(NewPin::Typed(Pin::new(TYPED).unwrap()));
    let id = station.register(&person, &key, typed);
    station.finished(id);
    let mut files = 0;
    let mut folders = vec![station.data().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // The socket that links come by holds nothing.
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(TYPED.len()).any(|part| part == TYPED.as_bytes());
            assert!(!found, "the PIN stands in {}", path.display());
            files += 1;
        }
    }
    assert!(files >= 3, "only {files} files looked at");
}

#[test]
fn a_key_is_not_handed_over_before_its_pin_is_delivered() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    station.finished(id);
    station.say(Command::HandedOver(id));
    let problem = station.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        Event::HandedOver { .. } => panic!("handed over without its PIN"),
        _ => None,
    });
    assert!(problem.what.contains("PIN"), "{problem}");
    station.reveal(id);
    station.say(Command::HandedOver(id));
    station.wait(|event| matches!(event, Event::HandedOver { .. }).then_some(()));
}

/// The letter is written beside what else goes on.
#[test]
fn a_hand_over_that_is_said_while_the_letter_is_written_follows_it() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let key = station.insert();
    let person = station.choose("Elin");
    let id = station.register(&person, &key, random());
    station.finished(id);
    station.say(Command::WriteLetter(id));
    station.say(Command::HandedOver(id));
    let mut is_written = false;
    station.wait(|event| match event {
        Event::FileWritten { .. } => {
            is_written = true;
            None
        }
        Event::Problem(problem) => panic!("{problem}"),
        Event::HandedOver { .. } => Some(()),
        _ => None,
    });
    assert!(is_written);
}

#[test]
fn virtual_keys_are_refused_beside_a_tenant_on_another_computer() {
    let login = Some("https://login.microsoftonline.com");
    let mut station = Station::configured(Model::Yubikey5Nfc, login);
    station.store_secret();
    let refused = station.wait(|event| match event {
        Event::NotConnected(problem) if problem.what.contains("Virtual keys") => Some(problem),
        Event::Connected(_) => panic!("connected"),
        _ => None,
    });
    assert!(refused.next.contains("--virtual-keys"), "{refused}");
}
