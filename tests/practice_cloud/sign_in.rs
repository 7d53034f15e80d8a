//! Tokens and tenants.

use crate::client::{Answer, Client, read};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PSS_SHA256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keydesk::practice::cloud::{Cloud, CloudError, CloudOptions, Order};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[tokio::test]
async fn refuses_to_listen_where_other_computers_could_reach_it() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let listen = address.parse().unwrap();
        let refused = Cloud::start(CloudOptions { listen, ..Default::default() }).await.err();
        assert_eq!(refused, Some(CloudError::NotLoopback(listen)));
    }
}

#[tokio::test]
async fn refuses_a_host_that_is_not_this_computer() {
    let client = Client::start().await;
    let request = client.http.get(client.url("/v1.0/users")).header("host", "evil.example");
    assert_eq!(read(request).await.status, 421);
}

#[tokio::test]
async fn finds_the_tenant_of_the_domain_and_no_other() {
    let client = Client::start().await;
    let found = client.get("/larkfield.example/v2.0/.well-known/openid-configuration").await;
    let tenant = client.connection().tenant_id;
    let issuer = found.body["issuer"].as_str().unwrap();
    assert!(issuer.contains(&tenant), "{issuer}");
    assert!(
        found.body["token_endpoint"].as_str().unwrap().starts_with(&client.connection().base_url)
    );
    let unknown = client.get("/nosuch.example/v2.0/.well-known/openid-configuration").await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.body["error_codes"][0].as_u64()),
        (400, Some(90002))
    );
}

#[tokio::test]
async fn every_wrong_field_of_a_token_request_is_refused_by_its_number() {
    let client = Client::start().await;
    let cases = [
        ("client_secret", "wrong", 401, "invalid_client", 7_000_215),
        ("client_secret", "", 401, "invalid_client", 7_000_218),
        ("client_id", "11111111-1111-4111-8111-111111111111", 400, "unauthorized_client", 700_016),
        ("scope", "https://graph.microsoft.com/User.Read", 400, "invalid_scope", 70011),
        ("grant_type", "implicit", 400, "unsupported_grant_type", 70003),
    ];
    for (field, value, status, error, number) in cases {
        let mut form = client.secret_form();
        form.iter_mut().filter(|(name, _)| *name == field).for_each(|(_, old)| *old = value.into());
        let answer = client.token(&form).await;
        assert_eq!(answer.status, status, "{field}");
        assert_eq!(answer.body["error"], error);
        assert_eq!(answer.body["error_codes"][0], number);
        let text = answer.body["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{number}: ")), "{text}");
        assert!(text.contains("Trace ID: "));
    }
}

#[tokio::test]
async fn a_call_without_a_valid_token_is_refused() {
    let mut client = Client::start().await;
    let url = client.url("/v1.0/users");
    for header in [None, Some(client.token.clone()), Some("Bearer nonsense".into())] {
        let mut request = client.http.get(&url);
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let answer = read(request).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "InvalidAuthenticationToken"));
        assert!(answer.headers.contains_key("www-authenticate"));
    }
    client.order(Order::ExpireTokens);
    assert_eq!(client.get("/v1.0/users").await.status, 401);
    client.sign_in().await;
    assert_eq!(client.get("/v1.0/users").await.status, 200);
}

#[tokio::test]
async fn a_token_ends_when_its_lifetime_is_over() {
    let mut client = Client::start().await;
    client.order(Order::TokenLifetime { seconds: 5 });
    let answer = client.token(&client.secret_form()).await;
    assert_eq!(answer.body["expires_in"], 5);
    client.token = answer.body["access_token"].as_str().unwrap().into();
    assert_eq!(client.get("/v1.0/users").await.status, 200);
    client.order(Order::AdvanceClock { seconds: 6 });
    assert_eq!(client.get("/v1.0/users").await.status, 401);
}

#[tokio::test]
async fn a_certificate_signs_in_once_per_assertion() {
    let signer = Signer::new();
    let client = signer.client().await;
    let jwt = signer.jwt(&json!({"alg": "PS256"}), &signer.claims(&client));
    assert_eq!(assert_with(&client, &jwt).await.status, 200);
    assert_number(&assert_with(&client, &jwt).await, 50012);
}

#[tokio::test]
async fn every_wrong_part_of_an_assertion_is_refused() {
    let signer = Signer::new();
    let client = signer.client().await;
    let wrong_claims = [
        ("aud", json!("https://login.microsoftonline.com/x/oauth2/v2.0/token"), 700_023),
        ("iss", json!("11111111-1111-4111-8111-111111111111"), 700_021),
        ("exp", json!(1_000_000), 700_024),
        ("nbf", json!(99_999_999_999_i64), 700_024),
    ];
    for (claim, value, number) in wrong_claims {
        let mut claims = signer.claims(&client);
        claims[claim] = value;
        assert_number(
            &assert_with(&client, &signer.jwt(&json!({"alg": "PS256"}), &claims)).await,
            number,
        );
    }
    let claims = signer.claims(&client);
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "RS256"}),
        json!({"alg": "PS256", "x5t#S256": "AAAA"}),
    ] {
        assert_number(&assert_with(&client, &signer.jwt(&header, &claims)).await, 700_027);
    }
    let foreign =
        Signer::new().jwt(&json!({"alg": "PS256", "x5t#S256": signer.thumbprint()}), &claims);
    assert_number(&assert_with(&client, &foreign).await, 700_027);
    assert_number(&assert_with(&client, "no.jwt").await, 50027);
}

#[tokio::test]
async fn an_assertion_needs_a_registered_certificate() {
    let client = Client::start().await;
    let signer = Signer::new();
    let jwt = signer.jwt(&json!({"alg": "PS256"}), &signer.claims(&client));
    assert_number(&assert_with(&client, &jwt).await, 700_027);
}

async fn assert_with(client: &Client, jwt: &str) -> Answer {
    let mut form = client.secret_form();
    form.retain(|(name, _)| *name != "client_secret");
    form.push((
        "client_assertion_type",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".into(),
    ));
    form.push(("client_assertion", jwt.into()));
    client.token(&form).await
}

fn assert_number(answer: &Answer, number: u64) {
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert_eq!(answer.body["error"], "invalid_client");
    assert_eq!(answer.body["error_codes"][0], number);
}

/// The application's certificate and its key.
struct Signer {
    key: KeyPair,
    certificate: Vec<u8>,
}

impl Signer {
    fn new() -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8 = AsDer::<Pkcs8V1Der>::as_der(&key).unwrap();
        let own = rcgen::KeyPair::try_from(pkcs8.as_ref()).unwrap();
        let certificate =
            rcgen::CertificateParams::default().self_signed(&own).unwrap().der().to_vec();
        Self { key, certificate }
    }

    async fn client(&self) -> Client {
        Client::with(CloudOptions {
            certificate: Some(self.certificate.clone()),
            ..Default::default()
        })
        .await
    }

    fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.certificate))
    }

    fn claims(&self, client: &Client) -> Value {
        let connection = client.connection();
        let now = jiff::Timestamp::now().as_second();
        json!({
            "aud": format!("{}/{}/oauth2/v2.0/token", connection.base_url, connection.domain),
            "iss": connection.client_id, "sub": connection.client_id,
            "jti": uuid::Uuid::new_v4().to_string(), "nbf": now, "iat": now, "exp": now + 300,
        })
    }

    /// The header gets the thumbprint unless it has one.
    fn jwt(&self, header: &Value, claims: &Value) -> String {
        let mut header = header.clone();
        if header.get("x5t#S256").is_none() {
            header["x5t#S256"] = json!(self.thumbprint());
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
