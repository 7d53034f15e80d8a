//! Creation options, lists and deletion.

use crate::authenticator::Making;
use crate::client::{AMINA, Client, ELIN};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keydesk::practice::cloud::{IdEncoding, Order};

#[tokio::test]
async fn creation_options_have_the_shape_of_the_real_ones() {
    let client = Client::start().await;
    let options = client.creation_options(ELIN).await;
    let key = &options["publicKey"];
    assert_eq!(key["rp"]["id"], "login.microsoft.com");
    assert_eq!(key["challenge"].as_str().unwrap().len(), 6931);
    let user_id = URL_SAFE_NO_PAD.decode(key["user"]["id"].as_str().unwrap()).unwrap();
    assert_eq!((user_id.len(), user_id.starts_with(b"OF:")), (51, true));
    assert_eq!(key["user"]["name"], ELIN);
    assert_eq!(key["pubKeyCredParams"][0]["alg"], -7);
    assert_eq!(key["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(minutes_left(&options), 5);
    assert_eq!(client.creation_options(ELIN).await["publicKey"]["user"], key["user"]);
}

#[tokio::test]
async fn only_beta_takes_a_time_limit_in_both_spellings() {
    let client = Client::start().await;
    let path = |version: &str, rest: &str| {
        format!("/{version}/users/{ELIN}/authentication/fido2Methods/creationOptions{rest}")
    };
    for rest in ["(challengeTimeoutInMinutes=60)", "?challengeTimeoutInMinutes=60"] {
        assert_eq!(client.get(&path("v1.0", rest)).await.status, 400, "{rest}");
        let answer = client.get(&path("beta", rest)).await;
        assert_eq!(minutes_left(&answer.body), 60, "{rest}");
    }
    assert_eq!(minutes_left(&client.get(&path("beta", "")).await.body), 5);
    for rest in
        ["(challengeTimeoutInMinutes=4)", "?challengeTimeoutInMinutes=43201", "(minutes=5)", "?x=1"]
    {
        assert_eq!(client.get(&path("beta", rest)).await.status, 400, "{rest}");
    }
}

/// Minutes until the challenge ends, rounded up.
fn minutes_left(options: &serde_json::Value) -> i64 {
    let ends: jiff::Timestamp =
        options["challengeTimeoutDateTime"].as_str().unwrap().parse().unwrap();
    (ends.as_second() - jiff::Timestamp::now().as_second() + 59) / 60
}

#[tokio::test]
async fn excluded_credentials_come_in_three_encodings() {
    let client = Client::start().await;
    let id_in = async |encoding| {
        client.order(Order::IdEncoding { encoding });
        let options = client.creation_options(AMINA).await;
        options["publicKey"]["excludeCredentials"][0]["id"].as_str().unwrap().to_owned()
    };
    let plain = id_in(IdEncoding::Base64Url).await;
    let bytes = URL_SAFE_NO_PAD.decode(&plain).unwrap();
    assert_eq!(id_in(IdEncoding::Base64).await, STANDARD.encode(&bytes));
    let token = id_in(IdEncoding::Token).await;
    assert_eq!(token, format!("{plain}1"), "32 bytes need one padding character");
    assert_eq!(client.passkeys(AMINA).await.texts("id"), [token]);
}

#[tokio::test]
async fn guests_and_kiosks_get_no_creation_options() {
    let client = Client::start().await;
    for (person, reason) in [
        ("hanna.vester_partner.example%23EXT%23@larkfield.example", "FAKE_GuestNotSupported"),
        ("kiosk.gatehouse@larkfield.example", "FAKE_NotTargeted"),
    ] {
        let path = format!("/v1.0/users/{person}/authentication/fido2Methods/creationOptions");
        let answer = client.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.reason()), (400, reason));
    }
}

#[tokio::test]
async fn a_registered_passkey_is_listed_read_and_deleted() {
    let client = Client::start().await;
    let made = Making::default();
    let options = client.creation_options(ELIN).await;
    let created = client.register(ELIN, &made.body(&options)).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.body["id"].as_str().unwrap();
    assert_eq!(id, format!("{}0", URL_SAFE_NO_PAD.encode(&made.credential_id)));
    assert_eq!(created.body["model"], "YubiKey 5 Series with NFC");
    assert_eq!(created.body["attestationLevel"], "attested");
    assert_eq!(created.body["attestationCertificates"][0].as_str().unwrap().len(), 40);
    assert_eq!(client.passkeys(ELIN).await.texts("id"), [id]);

    let path = format!("/v1.0/users/{ELIN}/authentication/fido2Methods/{id}");
    assert_eq!(client.get(&path).await.body["displayName"], made.display_name);
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.delete(&path).await.status, 404);
    assert!(client.passkeys(ELIN).await.values().is_empty());
}

#[tokio::test]
async fn lists_are_late_when_so_ordered() {
    let client = Client::start().await;
    client.order(Order::ListingDelay { ms: 60_000 });
    let options = client.creation_options(ELIN).await;
    let created = client.register(ELIN, &Making::default().body(&options)).await;
    let path = format!(
        "/v1.0/users/{ELIN}/authentication/fido2Methods/{}",
        created.body["id"].as_str().unwrap()
    );
    assert!(client.passkeys(ELIN).await.values().is_empty());
    assert_eq!(client.get(&path).await.status, 404);
    assert_eq!(client.delete(&path).await.status, 404);
    client.order(Order::AdvanceClock { seconds: 61 });
    assert_eq!(client.passkeys(ELIN).await.values().len(), 1);
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.passkeys(ELIN).await.values().len(), 1, "it lingers");
    client.order(Order::AdvanceClock { seconds: 61 });
    assert!(client.passkeys(ELIN).await.values().is_empty());
}
