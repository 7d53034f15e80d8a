//! Settings of a key, and its reset.

use std::time::Duration;

use hid::virtual_keys::{Model, TouchPolicy};
use keydesk::key::{Configure, KeyError, PinState};

use crate::bench::{Plugged, make, options, pin, run};

const PIN: &str = Model::PIN;

#[test]
fn the_minimum_pin_length_grows_and_never_shrinks() {
    let plugged = Plugged::identified(Model::WithPin);
    run(async {
        let key = &plugged.key;
        key.configure(&pin(PIN), Configure::MinPinLength(6)).await.unwrap();
        assert_eq!(key.facts().await.unwrap().min_pin_length, 6);
        let shorter = key.configure(&pin(PIN), Configure::MinPinLength(5)).await;
        assert_eq!(shorter, Err(KeyError::PinPolicy { min_length: Some(6) }));
        assert_eq!(key.facts().await.unwrap().pin, PinState::Set { retries_left: Some(8) });
    });
}

#[test]
fn a_pin_under_a_new_minimum_must_be_changed() {
    let plugged = Plugged::identified(Model::WithPin);
    run(async {
        let key = &plugged.key;
        key.configure(&pin(PIN), Configure::MinPinLength(8)).await.unwrap();
        assert_eq!(key.facts().await.unwrap().pin, PinState::MustChange);
        key.change_pin(&pin(PIN), &pin("19375862")).await.unwrap();
        key.check_pin(&pin("19375862")).await.unwrap();
    });
}

#[test]
fn a_forced_pin_change_closes_the_key_until_the_pin_is_changed() {
    let plugged = Plugged::identified(Model::WithPin);
    run(async {
        let key = &plugged.key;
        make(key, &options("asa"), &pin(PIN)).await.unwrap();
        key.configure(&pin(PIN), Configure::ForcePinChange).await.unwrap();
        let must_change = KeyError::PinMustChange;
        assert_eq!(key.check_pin(&pin(PIN)).await, Err(must_change.clone()));
        assert_eq!(make(key, &options("bo"), &pin(PIN)).await, Err(must_change.clone()));
        assert_eq!(key.credentials(&pin(PIN)).await, Err(must_change));
        key.configure(&pin(PIN), Configure::ForcePinChange).await.unwrap();
        assert_eq!(key.pin_retries().await, Ok(8), "no retry was lost on it");
        key.change_pin(&pin(PIN), &pin("193758")).await.unwrap();
        assert_eq!(key.credentials(&pin("193758")).await.unwrap().len(), 1);
    });
}

#[test]
fn user_verification_at_each_use_is_turned_on_once() {
    let plugged = Plugged::identified(Model::WithPin);
    run(async {
        for _ in 0..2 {
            plugged.key.configure(&pin(PIN), Configure::AlwaysUvOn).await.unwrap();
            assert_eq!(plugged.key.facts().await.unwrap().always_uv, Some(true));
        }
    });
}

#[test]
fn a_wrong_pin_changes_no_setting() {
    let plugged = Plugged::identified(Model::WithPin);
    run(async {
        let changed = plugged.key.configure(&pin("986532"), Configure::MinPinLength(8)).await;
        assert_eq!(changed, Err(KeyError::PinInvalid { retries_left: Some(7) }));
        assert_eq!(plugged.key.facts().await.unwrap().min_pin_length, 4);
    });
}

#[test]
fn old_firmware_can_not_be_configured() {
    let plugged = Plugged::identified(Model::OldFirmware);
    run(async {
        plugged.key.set_pin(&pin(PIN)).await.unwrap();
        for change in [Configure::MinPinLength(8), Configure::ForcePinChange, Configure::AlwaysUvOn]
        {
            let changed = plugged.key.configure(&pin(PIN), change).await;
            assert!(matches!(changed, Err(KeyError::Unsupported(_))), "{change:?}: {changed:?}");
        }
        plugged.key.check_pin(&pin(PIN)).await.unwrap();
    });
}

#[test]
fn a_key_just_put_in_is_reset_even_after_it_told_who_it_is() {
    let plugged = Plugged::identified(Model::WithCredentials);
    run(async {
        plugged.key.facts().await.unwrap();
        plugged.key.reset().await.unwrap();
        let facts = plugged.key.facts().await.unwrap();
        assert_eq!(facts.pin, PinState::NotSet);
        assert_eq!(facts.credentials, Some(0));
        assert_eq!(facts.free_slots, Some(25));
    });
}

#[test]
fn a_reset_too_late_is_refused_and_changes_nothing() {
    let mut plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.advance_clock(Duration::from_secs(11));
    assert_eq!(run(plugged.key.reset()), Err(KeyError::NotAllowed));
    run(plugged.key.check_pin(&pin(PIN))).unwrap();
    plugged.replug();
    run(plugged.key.reset()).unwrap();
}

#[test]
fn a_reset_nobody_touches_changes_nothing() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    plugged.virtual_key.set_keepalive(Duration::from_millis(20));
    plugged.hurry(30_000, 200);
    assert_eq!(run(plugged.key.reset()), Err(KeyError::NoTouch));
    plugged.hurry(30_000, 30_000);
    run(plugged.key.check_pin(&pin(PIN))).unwrap();
}
