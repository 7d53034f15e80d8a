//! Settings of a key, and its reset.

use std::thread;
use std::time::Duration;

use keydesk::key::{Configure, KeyError, PinState};
use keydesk_rig::Kind;

use crate::bench::{PIN, Plugged, make, on_both_engines, options, pin, run};

on_both_engines!(
    the_minimum_pin_length_grows_and_never_shrinks,
    a_pin_under_a_new_minimum_must_be_changed,
    a_forced_pin_change_closes_the_key_until_the_pin_is_changed,
    user_verification_at_each_use_is_turned_on_once,
    a_key_just_put_in_is_reset,
    a_reset_too_late_is_refused_and_changes_nothing,
);

fn the_minimum_pin_length_grows_and_never_shrinks(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    run(async {
        let key = &plugged.key;
        key.configure(&pin(PIN), Configure::MinPinLength(6)).await.unwrap();
        assert_eq!(key.facts().await.unwrap().min_pin_length, 6);
        let shorter = key.configure(&pin(PIN), Configure::MinPinLength(5)).await;
        assert_eq!(shorter, Err(KeyError::PinPolicy { min_length: Some(6) }));
    });
}

fn a_pin_under_a_new_minimum_must_be_changed(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    run(async {
        let key = &plugged.key;
        key.configure(&pin(PIN), Configure::MinPinLength(8)).await.unwrap();
        assert_eq!(key.facts().await.unwrap().pin, PinState::MustChange);
        key.change_pin(&pin(PIN), &pin("19375862")).await.unwrap();
        key.check_pin(&pin("19375862")).await.unwrap();
    });
}

fn a_forced_pin_change_closes_the_key_until_the_pin_is_changed(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    run(async {
        let key = &plugged.key;
        make(key, &options("asa"), &pin(PIN)).await.unwrap();
        key.configure(&pin(PIN), Configure::ForcePinChange).await.unwrap();
        assert_eq!(key.check_pin(&pin(PIN)).await, Err(KeyError::PinMustChange));
        assert_eq!(make(key, &options("bo"), &pin(PIN)).await, Err(KeyError::PinMustChange));
        key.change_pin(&pin(PIN), &pin("193758")).await.unwrap();
        assert_eq!(key.credentials(&pin("193758")).await.unwrap().len(), 1);
    });
}

fn user_verification_at_each_use_is_turned_on_once(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    run(async {
        for _ in 0..2 {
            plugged.key.configure(&pin(PIN), Configure::AlwaysUvOn).await.unwrap();
            assert_eq!(plugged.key.facts().await.unwrap().always_uv, Some(true));
        }
    });
}

fn a_key_just_put_in_is_reset(kind: Kind) {
    let mut plugged = Plugged::with_pin(kind);
    run(make(&plugged.key, &options("asa"), &pin(PIN))).unwrap();
    plugged.replug();
    run(async {
        plugged.key.reset().await.unwrap();
        let facts = plugged.key.facts().await.unwrap();
        assert_eq!((facts.pin, facts.credentials), (PinState::NotSet, Some(0)));
        plugged.key.set_pin(&pin("193758")).await.unwrap();
        assert_eq!(plugged.key.credentials(&pin("193758")).await, Ok(Vec::new()));
    });
}

fn a_reset_too_late_is_refused_and_changes_nothing(kind: Kind) {
    let mut plugged = Plugged::with_pin(kind);
    thread::sleep(Duration::from_secs(11)); // the key's own clock: CTAP 2.1, 6.6
    assert_eq!(run(plugged.key.reset()), Err(KeyError::NotAllowed));
    run(plugged.key.check_pin(&pin(PIN))).unwrap();
    plugged.replug();
    run(plugged.key.reset()).unwrap();
}
