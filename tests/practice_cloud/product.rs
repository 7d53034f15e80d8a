//! The product's own directory client against the practice cloud, which shares no code with it.

use crate::authenticator::{Making, NFC};
use crate::client::{AMINA, Client, ELIN, ROWAN};
use keydesk::directory::entra::{Credential, Entra, EntraConfig, discover};
use keydesk::directory::{
    AccountState, CheckOutcome, Directory, DirectoryError, KeyRestriction, Method, PersonId,
    PersonKind, Removal,
};
use keydesk::practice::cloud::{Effect, Fault, IdEncoding, Order, PolicyChange, PolicyForm};
use keydesk::practice::company::{self, FORBIDDEN_AAGUID};
use keydesk::secrets::SecretText;
use keydesk::webauthn::{ClientData, CreationOptions, CredentialId, NewCredential, verify};

fn entra(client: &Client) -> Entra {
    let there = client.connection();
    let secret = Credential::Secret(SecretText::new(there.secret.expose()));
    let base = there.base_url;
    let config = EntraConfig::new(base.clone(), base, there.domain, there.client_id, secret);
    Entra::new(config).unwrap()
}

async fn id_of(entra: &Entra, upn: &str) -> PersonId {
    let found = entra.find(upn, 5).await.unwrap();
    found.into_iter().find(|person| person.upn == upn).unwrap().id
}

/// What a key would have made for these options, verified as the product does.
fn made(options: &CreationOptions, making: &Making) -> NewCredential {
    let client_data = ClientData::create(&options.challenge, &options.relying_party.id);
    let made = keydesk::webauthn::attestation::parse(&making.attestation_object(&client_data.0));
    verify(&options.expectation(), &client_data, &made.unwrap()).unwrap()
}

#[tokio::test]
async fn people_are_found_by_name_mail_user_name_and_employee_id() {
    let client = Client::start().await;
    let entra = entra(&client);
    for query in ["Elin Berg", ELIN, "104882"] {
        let found = entra.find(query, 10).await.unwrap();
        assert_eq!(found.len(), 1, "{query}");
        assert_eq!(found[0].display_name, "Elin Bergström", "{query}");
    }
    assert_eq!(entra.find("O'Brien", 10).await.unwrap()[0].display_name, "Seán O'Brien");
    assert_eq!(entra.find("Lars Nygaard", 10).await.unwrap()[0].account, AccountState::Disabled);
    assert_eq!(entra.find("Hanna", 10).await.unwrap()[0].kind, PersonKind::Guest);
    assert!(entra.find("nobody at all", 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_persons_card_is_complete_for_members_and_guests() {
    let client = Client::start().await;
    let entra = entra(&client);
    let amina = entra.person(&id_of(&entra, AMINA).await).await.unwrap();
    assert!(image::load_from_memory(amina.photo.as_deref().unwrap()).is_ok());
    assert_eq!(amina.passkeys.len(), 1);
    for method in [Method::Password, Method::Passkey, Method::Authenticator, Method::WindowsHello] {
        assert!(amina.methods.contains(&method), "{method:?} in {:?}", amina.methods);
    }
    assert!(amina.groups.len() >= 4, "{:?}", amina.groups);
    let guest = entra.find("Hanna", 10).await.unwrap().remove(0);
    assert!(entra.person(&guest.id).await.unwrap().photo.is_none());
    let hostile = entra.find("104999", 10).await.unwrap().remove(0);
    assert_eq!(hostile.display_name.chars().count(), 200);
}

#[tokio::test]
async fn the_policy_is_understood_in_both_forms() {
    let client = Client::start().await;
    let entra = entra(&client);
    let blocked = KeyRestriction::Block(vec![FORBIDDEN_AAGUID.parse().unwrap()]);
    let policy = entra.policy().await.unwrap();
    assert_eq!((policy.profiles.len(), policy.include.len(), policy.exclude.len()), (2, 2, 1));
    assert_eq!(policy.profiles[0].restriction, blocked);
    let older = PolicyChange { form: Some(PolicyForm::TopLevel), ..Default::default() };
    client.order(Order::Policy(older));
    let policy = entra.policy().await.unwrap();
    assert_eq!(policy.profiles.len(), 1);
    assert_eq!(policy.profiles[0].restriction, blocked);
    assert!(policy.profiles[0].attestation_enforced);
}

#[tokio::test]
async fn a_passkey_is_registered_confirmed_excluded_and_deleted() {
    let client = Client::start().await;
    let entra = entra(&client);
    let elin = id_of(&entra, ELIN).await;
    let options = entra.begin(&elin).await.unwrap();
    assert_eq!(options.challenge.0.len(), 6931);
    let new = made(&options, &Making::default());
    let passkey = entra.finish(&elin, "Key 12345678 2026-11-22", &new).await.unwrap();
    assert!(passkey.credential_ids.contains(&new.id));
    assert_eq!(passkey.aaguid, Some(NFC.parse().unwrap()));
    for encoding in [IdEncoding::Base64Url, IdEncoding::Token, IdEncoding::Base64] {
        client.order(Order::IdEncoding { encoding });
        let again = entra.begin(&elin).await.unwrap();
        assert!(again.exclude.contains(&new.id), "{encoding:?}");
    }
    let listed = entra.passkeys(&elin).await.unwrap();
    assert_eq!(listed.len(), 1);
    let removal = entra.delete(&elin, &listed[0].method_id).await;
    assert_eq!(removal, Ok(Removal::Removed));
    let removal = entra.delete(&elin, &listed[0].method_id).await;
    assert_eq!(removal, Ok(Removal::NotFound));
    assert!(entra.passkeys(&elin).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_told_and_the_listing_shows_what_became_of_it() {
    let client = Client::start().await;
    let entra = entra(&client);
    let rowan = id_of(&entra, ROWAN).await;
    for (effect, kept) in [(Effect::CutBefore, false), (Effect::CutAfter, true)] {
        let new = made(&entra.begin(&rowan).await.unwrap(), &Making::default());
        let method = Some("POST".to_owned());
        let fault = Fault { method, path: "fido2Methods".into(), times: 1, effect };
        client.order(Order::FailNext(fault));
        let lost = entra.finish(&rowan, "Key", &new).await;
        assert!(matches!(lost, Err(DirectoryError::AnswerLost(_))), "{lost:?}");
        let listed = entra.passkeys(&rowan).await.unwrap();
        let ids: Vec<&CredentialId> = listed.iter().flat_map(|p| &p.credential_ids).collect();
        assert_eq!(ids.contains(&&new.id), kept, "{effect:?}");
    }
}

#[tokio::test]
async fn the_connection_test_works_and_names_each_missing_permission() {
    let client = Client::start().await;
    let entra = entra(&client);
    let checks = entra.test().await;
    let works = |outcome: &CheckOutcome| matches!(outcome, CheckOutcome::Works(_));
    assert!(checks.iter().all(|check| works(&check.outcome)), "{checks:?}");
    let found = discover(&client.connection().base_url, company::DOMAIN).await.unwrap();
    assert_eq!(found.tenant_id, client.connection().tenant_id);

    for needed in [
        "User.Read.All",
        "GroupMember.Read.All",
        "Policy.Read.All",
        "UserAuthMethod-Passkey.ReadWrite.All",
    ] {
        client.order(Order::RemovePermission { permission: needed.into() });
        let checks = entra.test().await;
        let named = checks.iter().any(|check| {
            matches!(check.outcome, CheckOutcome::MissingPermission { permission, .. } if permission == needed)
        });
        assert!(named, "{needed} in {checks:?}");
        client.order(Order::GrantPermission { permission: needed.into() });
    }
}
