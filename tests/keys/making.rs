//! Making credentials: as asked, refused, touched, cancelled.

use std::time::Duration;

use futures_util::future::join;
use hid::virtual_keys::{Model, Spec, TouchPolicy};
use keydesk::key::{Activity, KeyError, KeyEvent};
use keydesk::webauthn::{Aaguid, CredentialId, attestation, auth_data, verify};

use crate::bench::{Plugged, client_data, events_of, make, options, pin, run, run_beside};

const PIN: &str = Model::PIN;

#[test]
fn a_credential_is_made_as_asked_and_verifies() {
    let plugged = Plugged::identified(Model::WithPin);
    let options = options("asa.lind@practice.example");
    let made = run(make(&plugged.key, &options, &pin(PIN))).unwrap();
    assert_eq!(made.format, "packed");
    assert_eq!(made.algorithm, Some(-7));
    assert_eq!(made.x5c.len(), 1);
    let new = verify(&options.expectation(), &client_data(&options), &made).unwrap();
    assert_eq!(new.aaguid, Aaguid(plugged.virtual_key.spec().aaguid));
    assert_eq!(new.extension_results, r#"{"credProtect":3,"hmac-secret":true}"#);
    plugged.facts_told_with(|facts| facts.free_slots == Some(24));
}

#[test]
fn a_credential_is_made_on_old_firmware_with_what_it_knows() {
    let plugged = Plugged::identified(Model::OldFirmware);
    let options = options("asa.lind@practice.example");
    let made = run(async {
        plugged.key.set_pin(&pin(PIN)).await.unwrap();
        make(&plugged.key, &options, &pin(PIN)).await.unwrap()
    });
    let new = verify(&options.expectation(), &client_data(&options), &made).unwrap();
    assert_eq!(new.extension_results, r#"{"hmac-secret":true}"#);
}

#[test]
fn long_names_reach_the_key_in_whole_characters() {
    let plugged = Plugged::identified(Model::WithPin);
    let held = run(async {
        make(&plugged.key, &options(&format!("a{}", "é".repeat(200))), &pin(PIN)).await.unwrap();
        plugged.key.credentials(&pin(PIN)).await.unwrap()
    });
    assert_eq!(held[0].user_name, format!("a{}", "é".repeat(31)));
}

#[test]
fn a_wrong_pin_shows_before_any_touch() {
    let plugged = Plugged::identified(Model::WithPin);
    let made = run(make(&plugged.key, &options("asa"), &pin("986532")));
    assert_eq!(made, Err(KeyError::PinInvalid { retries_left: Some(7) }));
    let touched = events_of(plugged.key.id())
        .into_iter()
        .any(|event| matches!(event, KeyEvent::Activity { activity: Activity::TouchNeeded, .. }));
    assert!(!touched);
}

#[test]
fn a_key_without_a_pin_makes_nothing() {
    let plugged = Plugged::identified(Model::Yubikey5Nfc);
    let made = run(make(&plugged.key, &options("asa"), &pin(PIN)));
    assert_eq!(made, Err(KeyError::PinNotSet));
}

#[test]
fn a_credential_in_the_exclude_list_is_not_made_twice() {
    let plugged = Plugged::identified(Model::WithPin);
    let mut options = options("asa.lind@practice.example");
    run(async {
        let made = make(&plugged.key, &options, &pin(PIN)).await.unwrap();
        options.exclude = vec![
            CredentialId(vec![1; 32]),
            attestation::credential_id(&made).unwrap(),
            CredentialId(vec![2; 64]),
        ];
        assert_eq!(make(&plugged.key, &options, &pin(PIN)).await, Err(KeyError::Excluded));
    });
}

#[test]
fn an_exclude_list_longer_than_a_request_is_asked_in_batches() {
    let plugged = Plugged::identified(Model::WithPin);
    let mut options = options("asa.lind@practice.example");
    options.exclude = (0..150).map(|number| CredentialId(vec![number; 64])).collect();
    run(async {
        let made = make(&plugged.key, &options, &pin(PIN)).await.unwrap();
        verify(&options.expectation(), &client_data(&options), &made).unwrap();
        options.exclude.push(attestation::credential_id(&made).unwrap());
        assert_eq!(make(&plugged.key, &options, &pin(PIN)).await, Err(KeyError::Excluded));
    });
}

#[test]
fn a_full_key_says_so() {
    let plugged = Plugged::identified(Spec { capacity: 1, ..Model::WithPin.spec() });
    run(async {
        make(&plugged.key, &options("asa"), &pin(PIN)).await.unwrap();
        assert_eq!(plugged.key.facts().await.unwrap().free_slots, Some(0));
        let second = make(&plugged.key, &options("bo"), &pin(PIN)).await;
        assert_eq!(second, Err(KeyError::Full));
    });
}

#[test]
fn only_algorithms_that_keys_offer_are_asked_for() {
    let plugged = Plugged::identified(Model::WithPin);
    let mut options = options("asa");
    options.algorithms = vec![-257, -37];
    let made = run(make(&plugged.key, &options, &pin(PIN)));
    assert!(matches!(made, Err(KeyError::Unsupported(_))));
}

#[test]
fn a_touch_is_told_waited_for_and_ends_the_wait() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    let options = options("asa");
    let pin = pin(PIN);
    let made = run_beside(make(&plugged.key, &options, &pin), || {
        plugged.wait_for_touch();
        assert!(plugged.virtual_key.touch());
    });
    let made = made.unwrap();
    assert!(auth_data::parse(&made.auth_data).unwrap().flags.has(auth_data::Flags::USER_PRESENT));
    plugged.told(|event| match event {
        KeyEvent::Activity { activity: Activity::Answered, .. } => Some(()),
        _ => None,
    });
}

#[test]
fn a_cancel_ends_the_wait_for_a_touch_and_the_key_works_on() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    let options = options("asa");
    let pin = pin(PIN);
    let made = run_beside(make(&plugged.key, &options, &pin), || {
        plugged.wait_for_touch();
        plugged.key.cancel();
    });
    assert_eq!(made, Err(KeyError::Cancelled));
    plugged.virtual_key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    run(make(&plugged.key, &options, &pin)).unwrap();
}

#[test]
fn a_cancel_holds_for_calls_that_wait_their_turn() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    let options = options("asa");
    let pin = pin(PIN);
    let calls = join(make(&plugged.key, &options, &pin), plugged.key.check_pin(&pin));
    let (made, checked) = run_beside(calls, || {
        plugged.wait_for_touch();
        plugged.key.cancel();
    });
    assert_eq!(made, Err(KeyError::Cancelled));
    assert_eq!(checked, Err(KeyError::Cancelled));
    run(plugged.key.check_pin(&pin)).unwrap();
}

#[test]
fn a_cancel_that_comes_before_the_touch_is_asked_for_is_not_lost() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    let options = options("asa");
    let pin = pin(PIN);
    for pause_us in [0, 200, 500, 1000, 2000, 4000] {
        let made = run_beside(make(&plugged.key, &options, &pin), || {
            std::thread::sleep(Duration::from_micros(pause_us));
            plugged.key.cancel();
        });
        assert_eq!(made, Err(KeyError::Cancelled), "after {pause_us} µs");
    }
}

#[test]
fn nobody_touching_ends_the_call_and_the_key_works_on() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    plugged.virtual_key.set_keepalive(Duration::from_millis(20));
    plugged.hurry(30_000, 200);
    let made = run(make(&plugged.key, &options("asa"), &pin(PIN)));
    assert_eq!(made, Err(KeyError::NoTouch));
    plugged.virtual_key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    plugged.hurry(30_000, 30_000);
    run(make(&plugged.key, &options("asa"), &pin(PIN))).unwrap();
}
