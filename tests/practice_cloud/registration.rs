//! The server's verification of registrations: each check refuses the wrong and accepts the right.

use crate::authenticator::{Attestation, Making};
use crate::client::{AMINA, Answer, Client, ELIN, ROWAN};
use keydesk::practice::cloud::{Order, PolicyChange, Restriction};
use keydesk::practice::company::FORBIDDEN_AAGUID;

async fn register(client: &Client, person: &str, making: &Making) -> Answer {
    let options = client.creation_options(person).await;
    client.register(person, &making.body(&options)).await
}

#[tokio::test]
async fn each_wrong_part_is_refused_for_its_own_reason() {
    let client = Client::start().await;
    let right = Making::default();
    let cases = [
        ("FAKE_ClientDataType", Making { kind: "webauthn.get", ..right.clone() }),
        (
            "FAKE_Origin",
            Making { origin: "https://login.microsoft.com.evil.example", ..right.clone() },
        ),
        ("FAKE_RpIdHash", Making { rp_id: "login.microsoftonline.com", ..right.clone() }),
        ("FAKE_UserPresence", Making { flags: 0xC4, ..right.clone() }),
        ("FAKE_UserVerification", Making { flags: 0xC1, ..right.clone() }),
        ("FAKE_AuthenticatorData", Making { flags: 0x05, ..right.clone() }),
        ("FAKE_AttestationObject", Making { extra_bytes: &[0], ..right.clone() }),
        (
            "FAKE_Algorithm",
            Making { algorithm: -8, attestation: Attestation::Own, ..right.clone() },
        ),
        ("FAKE_Attestation", Making { spoil_signature: true, ..right.clone() }),
        ("FAKE_Attestation", Making { attestation: Attestation::U2f, ..right.clone() }),
        ("FAKE_Attestation", Making { organizational_unit: "Sales", ..right.clone() }),
        ("FAKE_Attestation", Making { authority: true, ..right.clone() }),
        ("FAKE_Attestation", Making { certificate_aaguid: FORBIDDEN_AAGUID, ..right.clone() }),
        ("FAKE_AttestationRequired", Making { attestation: Attestation::Own, ..right.clone() }),
        ("FAKE_AttestationRequired", Making { attestation: Attestation::None, ..right.clone() }),
        ("FAKE_DisplayName", Making { display_name: "k".repeat(31), ..right.clone() }),
        ("FAKE_DisplayName", Making { display_name: "🔑".repeat(16), ..right.clone() }),
        ("FAKE_DisplayName", Making { display_name: String::new(), ..right.clone() }),
    ];
    for (reason, wrong) in cases {
        let answer = register(&client, ELIN, &wrong).await;
        assert_eq!((answer.status.as_u16(), answer.reason()), (400, reason), "{}", answer.body);
    }
    assert!(client.passkeys(ELIN).await.values().is_empty());
    let name = Making { display_name: "🔑".repeat(15), ..right };
    assert_eq!(register(&client, ELIN, &name).await.status, 201);
}

#[tokio::test]
async fn self_attestation_and_none_pass_where_attestation_is_not_enforced() {
    let client = Client::start().await;
    client.order(Order::Policy(PolicyChange {
        attestation_enforced: Some(false),
        ..Default::default()
    }));
    for attestation in [Attestation::Own, Attestation::None] {
        let answer = register(&client, ELIN, &Making { attestation, ..Default::default() }).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.body["attestationLevel"], "notAttested");
    }
    let spoilt =
        Making { attestation: Attestation::Own, spoil_signature: true, ..Default::default() };
    assert_eq!(register(&client, ELIN, &spoilt).await.reason(), "FAKE_Attestation");
}

#[tokio::test]
async fn a_challenge_is_good_once_for_its_person_and_in_time() {
    let client = Client::start().await;
    let options = client.creation_options(ELIN).await;
    let stolen = client.register(AMINA, &Making::default().body(&options)).await;
    assert_eq!(stolen.reason(), "FAKE_ChallengeUser");
    assert_eq!(client.register(ELIN, &Making::default().body(&options)).await.status, 201);
    let again = client.register(ELIN, &Making::default().body(&options)).await;
    assert_eq!(again.reason(), "FAKE_ChallengeUsed");

    let late = client.creation_options(ELIN).await;
    client.order(Order::AdvanceClock { seconds: 301 });
    assert_eq!(
        client.register(ELIN, &Making::default().body(&late)).await.reason(),
        "FAKE_ChallengeExpired"
    );
    let ended = client.creation_options(ELIN).await;
    client.order(Order::ExpireChallenges);
    assert_eq!(
        client.register(ELIN, &Making::default().body(&ended)).await.reason(),
        "FAKE_ChallengeExpired"
    );
    let mut foreign = client.creation_options(ELIN).await;
    foreign["publicKey"]["challenge"] = "AAAA".into();
    assert_eq!(
        client.register(ELIN, &Making::default().body(&foreign)).await.reason(),
        "FAKE_ChallengeUnknown"
    );
}

#[tokio::test]
async fn a_credential_id_is_registered_once_and_must_be_the_attested_one() {
    let client = Client::start().await;
    let making = Making::default();
    assert_eq!(register(&client, ELIN, &making).await.status, 201);
    assert_eq!(register(&client, ELIN, &making).await.status, 409);
    assert_eq!(register(&client, AMINA, &making).await.status, 409);

    let options = client.creation_options(ELIN).await;
    let mut body = Making::default().body(&options);
    body["publicKeyCredential"]["id"] = "AAAA".into();
    assert_eq!(client.register(ELIN, &body).await.reason(), "FAKE_CredentialId");
}

#[tokio::test]
async fn bytes_must_be_base64url_without_padding_and_members_known() {
    let client = Client::start().await;
    let options = client.creation_options(ELIN).await;
    let right = Making { credential_id: vec![7; 47], ..Default::default() }.body(&options);
    let with = |pointer: &str, value: serde_json::Value| {
        let mut body = right.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let id = right["publicKeyCredential"]["id"].as_str().unwrap();
    let padded = with("/publicKeyCredential/id", format!("{id}=").into());
    assert_eq!(client.register(ELIN, &padded).await.reason(), "FAKE_Encoding");
    let empty = with("/publicKeyCredential/response/attestationObject", "".into());
    assert_eq!(client.register(ELIN, &empty).await.reason(), "FAKE_Encoding");
    let text = with("/publicKeyCredential/clientExtensionResults", "{}".into());
    assert_eq!(client.register(ELIN, &text).await.reason(), "FAKE_Body");
    let mut more = right.clone();
    more["publicKeyCredential"]["rawId"] = id.into();
    assert_eq!(client.register(ELIN, &more).await.reason(), "FAKE_Body");
    let mut fewer = right.clone();
    fewer["publicKeyCredential"].as_object_mut().unwrap().remove("clientExtensionResults");
    assert_eq!(client.register(ELIN, &fewer).await.status, 201);
}

#[tokio::test]
async fn the_policy_decides_which_model_who_and_whether() {
    let client = Client::start().await;
    let forbidden = || Making {
        aaguid: FORBIDDEN_AAGUID,
        certificate_aaguid: FORBIDDEN_AAGUID,
        ..Default::default()
    };
    assert_eq!(register(&client, ELIN, &forbidden()).await.reason(), "FAKE_AaguidNotAllowed");
    assert_eq!(
        register(&client, ROWAN, &forbidden()).await.status,
        201,
        "a tier 0 administrator may"
    );

    let change = |change| client.order(Order::Policy(change));
    let options = client.creation_options(ELIN).await;
    let only = Restriction::Allow(vec![FORBIDDEN_AAGUID.to_uppercase()]);
    change(PolicyChange { restriction: Some(only), ..Default::default() });
    assert_eq!(register(&client, ELIN, &Making::default()).await.reason(), "FAKE_AaguidNotAllowed");
    assert_eq!(register(&client, ELIN, &forbidden()).await.status, 201);
    change(PolicyChange { self_service: Some(false), ..Default::default() });
    let refused = client.register(ELIN, &Making::default().body(&options)).await;
    assert_eq!(refused.reason(), "FAKE_SelfServiceDisabled");
    change(PolicyChange { enabled: Some(false), ..Default::default() });
    let refused = client.register(ELIN, &Making::default().body(&options)).await;
    assert_eq!(refused.reason(), "FAKE_MethodDisabled");
}

#[tokio::test]
async fn ten_passkeys_are_the_most() {
    let client = Client::start().await;
    for _ in 0..10 {
        assert_eq!(register(&client, ELIN, &Making::default()).await.status, 201);
    }
    assert_eq!(register(&client, ELIN, &Making::default()).await.reason(), "FAKE_TooMany");
}
