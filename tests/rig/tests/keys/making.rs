//! Credentials: made as Entra asks, refused, touched, cancelled, listed, deleted.

use keydesk::key::KeyError;
use keydesk::webauthn::{CredentialId, attestation, auth_data, verify};
use keydesk_rig::{Kind, TouchPolicy};

use crate::bench::{
    PIN, Plugged, RP, WRONG, client_data, make, on_both_engines, options, pin, run, run_beside,
};

on_both_engines!(
    a_credential_is_made_as_asked_and_verifies,
    a_wrong_pin_shows_before_any_touch,
    a_credential_in_the_exclude_list_is_not_made_twice,
    a_touch_is_told_waited_for_and_ends_the_wait,
    a_cancel_ends_the_wait_and_the_key_works_on,
    nobody_touching_ends_the_call_and_the_key_works_on,
    pulled_out_while_waiting_it_ends_at_once_with_nothing_made,
    credentials_are_listed_and_one_is_deleted,
);

fn a_credential_is_made_as_asked_and_verifies(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    let options = options("asa.lind@practice.example");
    let made = run(make(&plugged.key, &options, &pin(PIN))).unwrap();
    assert_eq!((made.format.as_str(), made.algorithm, made.x5c.len()), ("packed", Some(-7), 1));
    let new = verify(&options.expectation(), &client_data(&options), &made).unwrap();
    assert_eq!(new.aaguid, plugged.facts().aaguid);
    assert_eq!(new.extension_results, r#"{"credProtect":3,"hmac-secret":true}"#);
    let flags = auth_data::parse(&made.auth_data).unwrap().flags;
    assert!(flags.has(auth_data::Flags::USER_PRESENT));
}

fn a_wrong_pin_shows_before_any_touch(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    plugged.finger.set_touch(TouchPolicy::Hold);
    let made = run(make(&plugged.key, &options("asa"), &pin(WRONG)));
    assert_eq!(made, Err(KeyError::PinInvalid { retries_left: Some(7) }));
    assert!(!plugged.finger.wants_touch());
}

fn a_credential_in_the_exclude_list_is_not_made_twice(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    let mut options = options("asa.lind@practice.example");
    run(async {
        let made = make(&plugged.key, &options, &pin(PIN)).await.unwrap();
        let held = attestation::credential_id(&made).unwrap();
        options.exclude = vec![CredentialId(vec![1; 32]), held, CredentialId(vec![2; 64])];
        assert_eq!(make(&plugged.key, &options, &pin(PIN)).await, Err(KeyError::Excluded));
        options.exclude.remove(1);
        make(&plugged.key, &options, &pin(PIN)).await.unwrap();
    });
}

fn a_touch_is_told_waited_for_and_ends_the_wait(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    plugged.finger.set_touch(TouchPolicy::Hold);
    let (options, pin) = (options("asa"), pin(PIN));
    let made = run_beside(make(&plugged.key, &options, &pin), || {
        plugged.wait_for_touch();
        assert!(plugged.finger.touch());
    });
    verify(&options.expectation(), &client_data(&options), &made.unwrap()).unwrap();
}

fn a_cancel_ends_the_wait_and_the_key_works_on(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    plugged.finger.set_touch(TouchPolicy::Hold);
    let (options, pin) = (options("asa"), pin(PIN));
    let made = run_beside(make(&plugged.key, &options, &pin), || {
        plugged.wait_for_touch();
        plugged.key.cancel();
    });
    assert_eq!(made, Err(KeyError::Cancelled));
    plugged.finger.set_touch(TouchPolicy::Automatic);
    run(make(&plugged.key, &options, &pin)).unwrap();
}

fn nobody_touching_ends_the_call_and_the_key_works_on(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    plugged.finger.set_touch(TouchPolicy::Hold);
    plugged.hurry(30_000, 400);
    let made = run(make(&plugged.key, &options("asa"), &pin(PIN)));
    assert_eq!(made, Err(KeyError::NoTouch));
    plugged.finger.set_touch(TouchPolicy::Automatic);
    plugged.hurry(30_000, 30_000);
    run(make(&plugged.key, &options("asa"), &pin(PIN))).unwrap();
}

fn pulled_out_while_waiting_it_ends_at_once_with_nothing_made(kind: Kind) {
    let mut plugged = Plugged::with_pin(kind);
    plugged.finger.set_touch(TouchPolicy::Hold);
    let (options, key) = (options("asa"), plugged.key.clone());
    let the_pin = pin(PIN);
    let mut in_hand = None;
    let made = run_beside(make(&key, &options, &the_pin), || {
        plugged.wait_for_touch();
        in_hand = Some(plugged.pull_out());
    });
    assert_eq!(made, Err(KeyError::Removed));
    plugged.put_back(in_hand.unwrap());
    plugged.finger.set_touch(TouchPolicy::Automatic);
    run(async {
        assert_eq!(plugged.key.credentials(&the_pin).await, Ok(Vec::new()));
        make(&plugged.key, &options, &the_pin).await.unwrap();
    });
}

fn credentials_are_listed_and_one_is_deleted(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    run(async {
        let key = &plugged.key;
        assert_eq!(key.credentials(&pin(PIN)).await, Ok(Vec::new()));
        let mut ids = Vec::new();
        for user in ["asa@practice.example", "bo@practice.example"] {
            let made = make(key, &options(user), &pin(PIN)).await.unwrap();
            ids.push(attestation::credential_id(&made).unwrap());
        }
        let mut held = key.credentials(&pin(PIN)).await.unwrap();
        held.sort_by(|a, b| a.user_name.cmp(&b.user_name));
        let names: Vec<_> = held.iter().map(|one| one.user_name.as_str()).collect();
        assert_eq!(names, ["asa@practice.example", "bo@practice.example"]);
        assert!(held.iter().all(|one| one.rp_id == RP && ids.contains(&one.id)));
        key.delete_credential(&pin(PIN), &ids[0]).await.unwrap();
        let left = key.credentials(&pin(PIN)).await.unwrap();
        assert_eq!(left.iter().map(|one| &one.id).collect::<Vec<_>>(), [&ids[1]]);
        let gone = key.delete_credential(&pin(PIN), &ids[0]).await;
        assert_eq!(gone, Err(KeyError::Status(0x2E)), "no such credential");
    });
}
