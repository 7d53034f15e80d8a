//! Registering: what the server then has, and what it has when nothing came of it.

use crate::person_key::PersonKey;
use crate::server::{Administrator, RELYING_PARTY, directory, person};
use keydesk::directory::privacyidea::PrivacyIdea;
use keydesk::directory::{Directory, DirectoryError, Passkey, PersonId, Removal};
use keydesk::key::KeyError;
use keydesk::webauthn::NewCredential;

/// Enrols with a key of the person's own; what was sent, and what is registered.
pub async fn enrol(
    directory: &PrivacyIdea,
    user: &str,
    key: &PersonKey,
) -> (NewCredential, Passkey) {
    let person = person(directory, user).await;
    let options = directory.begin(&person).await.unwrap();
    let credential = key.make(&options).await.unwrap();
    let passkey = directory.finish(&person, "Key 12345678", &credential).await.unwrap();
    (credential, passkey)
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn a_registered_key_is_listed_with_its_name_and_model_and_can_be_removed() {
    let directory = directory();
    let key = PersonKey::new().await;
    let (credential, passkey) = enrol(&directory, "elin", &key).await;
    let elin = PersonId("elin".into());

    let listed = directory.passkeys(&elin).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].method_id, passkey.method_id);
    assert!(listed[0].is_of(&credential.id) && passkey.is_of(&credential.id));
    assert_eq!(listed[0].display_name, "Key 12345678");
    assert_eq!(listed[0].aaguid, Some(credential.aaguid));
    assert!(listed[0].created.is_some());
    assert_eq!(directory.person(&elin).await.unwrap().passkeys, listed);

    let administrator = Administrator::sign_in().await;
    let token = administrator.tokens("elin").await.remove(0);
    assert_eq!(token["rollout_state"], "enrolled");
    assert_eq!(token["active"], true);
    assert_eq!(token["info"]["relying_party_id"], RELYING_PARTY);

    for removal in [Removal::Removed, Removal::NotFound] {
        assert_eq!(directory.delete(&elin, &passkey.method_id).await, Ok(removal));
        assert_eq!(directory.passkeys(&elin).await.unwrap(), []);
    }
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn a_second_registration_names_the_first_and_the_key_refuses() {
    let directory = directory();
    let key = PersonKey::new().await;
    let (credential, _) = enrol(&directory, "anna+key#1", &key).await;
    let anna = PersonId("anna+key#1".into());
    let options = directory.begin(&anna).await.unwrap();
    assert!(options.exclude.contains(&credential.id));
    assert_eq!(key.make(&options).await.unwrap_err(), KeyError::Excluded);
    directory.release(&anna, options.reservation.as_ref().unwrap()).await.unwrap();
    assert_eq!(directory.passkeys(&anna).await.unwrap().len(), 1);
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn creation_options_live_as_long_as_the_server_says() {
    let directory = directory();
    let administrator = Administrator::sign_in().await;
    let olga = person(&directory, "olga").await;
    administrator.set_validity(240).await;
    let before = jiff::Timestamp::now();
    let options = directory.begin(&olga).await.unwrap();
    let lives = options.expires_at.unwrap().duration_since(before);
    assert_eq!(lives.as_secs() / 60, 4, "{lives}");
    directory.release(&olga, options.reservation.as_ref().unwrap()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn released_options_leave_no_half_token_and_a_registered_key_stays() {
    let directory = directory();
    let administrator = Administrator::sign_in().await;
    let rowan = person(&directory, "rowan").await;
    let options = directory.begin(&rowan).await.unwrap();
    assert_eq!(administrator.tokens("rowan").await[0]["rollout_state"], "clientwait");
    assert_eq!(directory.passkeys(&rowan).await.unwrap(), [], "a half token is no passkey");
    let reservation = options.reservation.clone().unwrap();
    for _ in 0..2 {
        directory.release(&rowan, &reservation).await.unwrap();
        assert!(administrator.tokens("rowan").await.is_empty());
    }

    let key = PersonKey::new().await;
    let (credential, _) = enrol(&directory, "rowan", &key).await;
    directory.release(&rowan, credential.reservation.as_ref().unwrap()).await.unwrap();
    assert_eq!(directory.passkeys(&rowan).await.unwrap().len(), 1);
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn options_that_nobody_waits_for_any_more_are_released() {
    let directory = directory();
    let administrator = Administrator::sign_in().await;
    let tuva = person(&directory, "tuva").await;
    let mut seen_half = false;
    for wait_ms in [1, 60, 120, 180, 240, 300] {
        let begun = directory.begin(&tuva);
        let given_up = tokio::time::timeout(std::time::Duration::from_millis(wait_ms), begun);
        if let Ok(options) = given_up.await {
            let reservation = options.unwrap().reservation.unwrap();
            directory.release(&tuva, &reservation).await.unwrap();
        }
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        // A request that was on its way may still arrive: nothing must be left twice in a row.
        let mut empty = 0;
        while empty < 5 {
            let half = !administrator.tokens("tuva").await.is_empty();
            seen_half |= half;
            empty = if half { 0 } else { empty + 1 };
            assert!(std::time::Instant::now() < until, "a half token stays");
        }
    }
    assert!(seen_half, "no request was given up in time");
}

#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn the_same_credential_twice_or_a_spoilt_one_is_refused() {
    let directory = directory();
    let key = PersonKey::new().await;
    let milo = person(&directory, "milo").await;
    let options = directory.begin(&milo).await.unwrap();
    let good = key.make(&options).await.unwrap();
    let mut spoilt = good.clone();
    let last = spoilt.attestation_object.len() - 1;
    spoilt.attestation_object[last] ^= 1;
    let refused = directory.finish(&milo, "Key", &spoilt).await.unwrap_err();
    let DirectoryError::Refused(facts) = refused else { panic!("{refused:?}") };
    assert_eq!((facts.status, facts.code.as_deref()), (Some(400), Some("404")));
    assert!(facts.message.is_some());

    directory.finish(&milo, "Key", &good).await.unwrap();
    let again = directory.finish(&milo, "Key", &good).await.unwrap_err();
    assert!(matches!(again, DirectoryError::Refused(_)), "{again:?}");
    assert_eq!(directory.passkeys(&milo).await.unwrap().len(), 1);
}

/// As after a kill between the server's first answer and the journal.
#[tokio::test]
#[ignore = "needs tests/privacyidea/with-server"]
async fn an_old_half_token_of_ours_is_removed_and_anothers_is_not() {
    let directory = directory();
    let administrator = Administrator::sign_in().await;
    let ada = person(&directory, "ada").await;
    directory.begin(&ada).await.unwrap();
    let body = serde_json::json!({"type": "passkey", "user": "ada", "realm": "employees"});
    let (status, answer) = administrator.ask(reqwest::Method::POST, "/token/init", body).await;
    assert_eq!(status, 200, "{answer}");
    let foreign = answer["detail"]["serial"].clone();
    let old = administrator.tokens("ada").await;
    assert_eq!(old.len(), 2);
    directory.begin(&ada).await.unwrap();
    assert_eq!(administrator.tokens("ada").await.len(), 3, "young ones may be another station's");
    administrator.age(&old);
    let options = directory.begin(&ada).await.unwrap();
    directory.release(&ada, options.reservation.as_ref().unwrap()).await.unwrap();
    let left = administrator.tokens("ada").await;
    assert_eq!(left.len(), 2, "the foreign one, and our young one");
    assert!(left.iter().any(|token| token["serial"] == foreign));
}
