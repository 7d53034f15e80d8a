//! Listing and deleting what is on a key.

use hid::virtual_keys::{Model, Resident, Spec};
use keydesk::key::KeyError;
use keydesk::webauthn::{CredentialId, attestation};

use crate::bench::{Plugged, RP, make, options, pin, run};

const PIN: &str = Model::PIN;

#[test]
fn every_credential_of_every_party_and_user_is_listed() {
    let residents = [(RP, "asa"), (RP, "bo"), (RP, "cleo"), ("github.com", "asa")];
    let credentials = residents
        .iter()
        .map(|(rp, user)| Resident {
            rp_id: (*rp).into(),
            user_id: user.as_bytes().to_vec(),
            user_name: format!("{user}@practice.example"),
        })
        .collect();
    let plugged = Plugged::identified(Spec { credentials, ..Model::WithPin.spec() });
    let held = run(plugged.key.credentials(&pin(PIN))).unwrap();
    let mut seen: Vec<_> = held
        .iter()
        .map(|one| (one.rp_id.as_str(), String::from_utf8(one.user_id.clone()).unwrap()))
        .collect();
    seen.sort();
    assert_eq!(
        seen,
        [
            ("github.com", "asa".to_owned()),
            (RP, "asa".to_owned()),
            (RP, "bo".to_owned()),
            (RP, "cleo".to_owned())
        ]
    );
    assert!(held.iter().all(|one| one.user_name.ends_with("@practice.example")));
    plugged.facts_told_with(|facts| facts.credentials == Some(4));
}

#[test]
fn an_empty_key_lists_nothing() {
    let plugged = Plugged::identified(Model::WithPin);
    assert_eq!(run(plugged.key.credentials(&pin(PIN))), Ok(Vec::new()));
}

#[test]
fn a_credential_is_deleted_and_only_that() {
    let plugged = Plugged::identified(Model::WithCredentials);
    run(async {
        let made = make(&plugged.key, &options("asa"), &pin(PIN)).await.unwrap();
        let id = attestation::credential_id(&made).unwrap();
        assert_eq!(plugged.key.credentials(&pin(PIN)).await.unwrap().len(), 4);
        plugged.key.delete_credential(&pin(PIN), &id).await.unwrap();
        let left = plugged.key.credentials(&pin(PIN)).await.unwrap();
        assert_eq!(left.len(), 3);
        assert!(left.iter().all(|one| one.id != id));
    });
}

#[test]
fn what_is_not_there_can_not_be_deleted() {
    let plugged = Plugged::identified(Model::WithCredentials);
    let deleted = run(plugged.key.delete_credential(&pin(PIN), &CredentialId(vec![1; 64])));
    assert_eq!(deleted, Err(KeyError::Status(0x2E)));
}

#[test]
fn the_pin_is_needed_and_its_retries_are_told() {
    let plugged = Plugged::identified(Model::WithCredentials);
    let listed = run(plugged.key.credentials(&pin("986532")));
    assert_eq!(listed, Err(KeyError::PinInvalid { retries_left: Some(7) }));
    let blank = Plugged::identified(Model::Yubikey5Nfc);
    assert_eq!(run(blank.key.credentials(&pin(PIN))), Err(KeyError::PinNotSet));
}

#[test]
fn old_firmware_can_not_tell_its_credentials() {
    let plugged = Plugged::identified(Model::OldFirmware);
    run(async {
        plugged.key.set_pin(&pin(PIN)).await.unwrap();
        let unsupported = KeyError::Unsupported("credential management");
        assert_eq!(plugged.key.credentials(&pin(PIN)).await, Err(unsupported.clone()));
        let deleted = plugged.key.delete_credential(&pin(PIN), &CredentialId(vec![1; 64])).await;
        assert_eq!(deleted, Err(unsupported));
    });
}
