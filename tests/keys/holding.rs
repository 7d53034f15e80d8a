//! Which of some credentials a key holds, asked without PIN and touch.

use hid::virtual_keys::{Fault, Model, ResetRule, Spec, TouchPolicy};
use keydesk::key::{Configure, KeyError, KeyEvent};
use keydesk::webauthn::{CreationOptions, CredProtect, CredentialId, attestation};

use std::time::Duration;

use crate::bench::{Plugged, RP, events_of, make, options, pin, run};

const PIN: &str = Model::PIN;
const GET_ASSERTION: u8 = 0x02;
const PUAT_REQUIRED: u8 = 0x36;

/// As Microsoft Entra ID asks for them.
fn open_options(user: &str) -> CreationOptions {
    CreationOptions { cred_protect: Some(CredProtect::UserVerificationOptional), ..options(user) }
}

fn made_on(plugged: &Plugged, options: &CreationOptions) -> CredentialId {
    let made = run(make(&plugged.key, options, &pin(PIN))).unwrap();
    attestation::credential_id(&made).unwrap()
}

/// Credentials of nobody.
fn others(count: u8) -> Vec<CredentialId> {
    (0..count).map(|number| CredentialId(vec![number; 64])).collect()
}

/// The question with the credential last.
fn asked(plugged: &Plugged, id: &CredentialId) -> Result<Option<CredentialId>, KeyError> {
    let mut ids = others(150);
    ids.push(id.clone());
    run(plugged.key.holds(RP, ids))
}

#[test]
fn a_key_names_the_credential_of_a_long_list_that_it_holds_and_nobody_touches_it() {
    let plugged = Plugged::identified(Model::WithPin);
    let id = made_on(&plugged, &open_options("asa.lind@practice.example"));
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    assert_eq!(asked(&plugged, &id), Ok(Some(id.clone())));
    assert_eq!(run(plugged.key.holds(RP, vec![id.clone()])), Ok(Some(id.clone())));
    assert_eq!(run(plugged.key.holds("example.com", vec![id])), Ok(None));
    assert_eq!(run(plugged.key.holds(RP, others(150))), Ok(None));
    assert_eq!(run(plugged.key.holds(RP, Vec::new())), Ok(None));
    let left = run(plugged.key.pin_retries()).unwrap();
    assert_eq!(left, 8, "no PIN was tried");
}

#[test]
fn another_key_of_the_model_does_not_hold_it() {
    let first = Plugged::identified(Model::WithPin);
    let id = made_on(&first, &open_options("asa.lind@practice.example"));
    let second = Plugged::identified(Model::WithPin);
    made_on(&second, &open_options("asa.lind@practice.example"));
    assert_eq!(asked(&second, &id), Ok(None));
}

#[test]
fn a_credential_that_always_wants_verification_is_not_told_of() {
    let plugged = Plugged::identified(Model::WithPin);
    let id = made_on(&plugged, &options("asa.lind@practice.example"));
    assert_eq!(asked(&plugged, &id), Ok(None));
}

#[test]
fn a_key_that_was_reset_holds_nothing() {
    let mut plugged = Plugged::identified(Model::WithPin);
    let id = made_on(&plugged, &open_options("asa.lind@practice.example"));
    plugged.replug();
    run(plugged.key.reset()).unwrap();
    assert_eq!(asked(&plugged, &id), Ok(None));
}

#[test]
fn a_key_that_was_asked_and_takes_a_reset_only_first_says_so_and_keeps_what_it_holds() {
    for (rule, expected) in
        [(ResetRule::FirstCommand, Err(KeyError::ResetNotFirst)), (ResetRule::InTime, Ok(()))]
    {
        let mut plugged = Plugged::identified(Spec { reset: rule, ..Model::WithPin.spec() });
        let id = made_on(&plugged, &open_options("asa.lind@practice.example"));
        plugged.replug();
        assert_eq!(asked(&plugged, &id), Ok(Some(id.clone())));
        assert_eq!(run(plugged.key.reset()), expected);
        let is_left = expected.is_err().then(|| id.clone());
        assert_eq!(asked(&plugged, &id), Ok(is_left));
        plugged.virtual_key.advance_clock(Duration::from_secs(11));
        assert!(run(plugged.key.reset()).is_err(), "{rule:?}: too late");
    }
}

#[test]
fn a_key_that_always_wants_verification_answers_or_says_that_it_wants_its_pin() {
    let plugged = Plugged::identified(Model::WithPin);
    let id = made_on(&plugged, &open_options("asa.lind@practice.example"));
    run(plugged.key.configure(&pin(PIN), Configure::AlwaysUvOn)).unwrap();
    assert_eq!(asked(&plugged, &id), Ok(Some(id.clone())), "CTAP 2.1, 6.2: only a touch needs it");
    let refuses = Fault::Refuses { command: GET_ASSERTION, status: PUAT_REQUIRED };
    plugged.virtual_key.set_fault(refuses);
    assert_eq!(asked(&plugged, &id), Err(KeyError::PinRequired));
    let unreadable = |event| matches!(event, KeyEvent::Unreadable { .. });
    assert!(!events_of(plugged.key.id()).into_iter().any(unreadable));
}
