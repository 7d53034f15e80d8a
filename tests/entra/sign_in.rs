//! Tokens: by secret, by certificate, kept, renewed, refused; and finding the tenant.

use crate::service::{SECRET, Seen, Service, TENANT, error, grant, ok, reply};
use crate::{entra, entra_with, limits, secret};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use keydesk::directory::entra::{Credential, Entra, EntraConfig, discover};
use keydesk::directory::{Directory, DirectoryError, PersonId};
use keydesk::problem::Explain;
use keydesk::secrets::SecretText;
use serde_json::{Value, json};
use std::time::Duration;

const EMPTY: fn(&Seen) -> crate::service::Reply = |_| ok(json!({"value": []}));

fn ann() -> PersonId {
    PersonId("ann".into())
}

#[tokio::test]
async fn one_token_serves_all_calls_even_at_once() {
    let service = Service::start(EMPTY).await;
    let entra = entra(&service.base);
    let (ann, calls) = (ann(), 8);
    let results = join_all((0..calls).map(|_| entra.passkeys(&ann))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(service.tokens(), 1);
    let form = &service.seen()[0];
    assert_eq!(form.path, format!("/{TENANT}/oauth2/v2.0/token"));
    assert_eq!(form.form("grant_type").as_deref(), Some("client_credentials"));
    assert_eq!(form.form("client_id").as_deref(), Some("client-1"));
    assert_eq!(form.form("client_secret").as_deref(), Some(SECRET));
    assert_eq!(form.form("scope").as_deref(), Some("https://graph.microsoft.com/.default"));
    for call in service.calls() {
        assert_eq!(call.header("authorization"), Some("Bearer token-0"));
        assert!(uuid::Uuid::parse_str(call.header("client-request-id").unwrap()).is_ok());
        assert_eq!(call.header("return-client-request-id"), Some("true"));
    }
}

#[tokio::test]
async fn a_token_is_renewed_before_it_lapses() {
    let service =
        Service::start_whole(|seen| if seen.is_token() { grant(seen, 1) } else { EMPTY(seen) })
            .await;
    let entra = entra(&service.base);
    entra.passkeys(&ann()).await.unwrap();
    entra.passkeys(&ann()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    entra.passkeys(&ann()).await.unwrap();
    let used: Vec<String> = service
        .calls()
        .iter()
        .map(|call| call.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(
        used.last().map(String::as_str),
        Some("Bearer token-1").filter(|_| service.tokens() == 2)
    );
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_call_repeated_once() {
    let service = Service::start(|seen| match seen.header("authorization") {
        Some("Bearer token-0") => error(401, "InvalidAuthenticationToken"),
        _ => EMPTY(seen),
    })
    .await;
    entra(&service.base).passkeys(&ann()).await.unwrap();
    assert_eq!((service.tokens(), service.calls().len()), (2, 2));

    let stubborn = Service::start(|_| error(401, "InvalidAuthenticationToken")).await;
    let refused = entra(&stubborn.base).passkeys(&ann()).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Unauthorized(_)));
    assert_eq!((stubborn.tokens(), stubborn.calls().len()), (2, 2));
}

#[tokio::test]
async fn calls_refused_together_share_one_new_token() {
    let service = Service::start(|seen| match seen.header("authorization") {
        Some("Bearer token-0") => {
            error(401, "InvalidAuthenticationToken").after(Duration::from_millis(50))
        }
        _ => EMPTY(seen),
    })
    .await;
    let entra = entra(&service.base);
    let ann = ann();
    let results = join_all((0..4).map(|_| entra.passkeys(&ann))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(service.tokens(), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_told_as_such_without_showing_it_and_not_hammered() {
    let service = Service::start_whole(|seen| {
        let echo = format!("AADSTS7000215: bad secret {} given", seen.form("client_secret").unwrap());
        let body = json!({"error": "invalid_client", "error_codes": [7_000_215], "error_description": echo,
            "trace_id": "trace-1"});
        reply(401, body.to_string()).after(Duration::from_millis(50))
    })
    .await;
    let entra = entra(&service.base);
    let ann = ann();
    let results = join_all((0..6).map(|_| entra.passkeys(&ann))).await;
    assert_eq!(service.tokens(), 1);
    for refused in results {
        let refused = refused.unwrap_err();
        assert!(matches!(&refused, DirectoryError::SignIn { number: Some(7_000_215), .. }));
        assert_eq!(refused.what(), "The client secret is wrong");
        let shown = format!("{refused:?} {refused} {:?}", refused.problem());
        assert!(!shown.contains(SECRET), "{shown}");
        assert!(shown.contains("trace-1"));
    }
}

#[tokio::test]
async fn an_echoed_access_token_is_not_shown() {
    let service = Service::start(|seen| {
        let body = json!({"error": {"code": "x", "message": seen.header("authorization")}});
        reply(400, body.to_string())
    })
    .await;
    let refused = entra(&service.base).passkeys(&ann()).await.unwrap_err();
    assert!(!format!("{refused:?} {:?}", refused.problem()).contains("token-0"));
}

#[tokio::test]
async fn a_token_answer_that_is_none_is_garbled_and_not_shown() {
    for body in [
        "",
        "<html>t0ken</html>",
        r#"{"access_token":"t0ken"}"#,
        r#"{"access_token":"t0ken\n","expires_in":9}"#,
    ] {
        let service = Service::start_whole(move |_| reply(200, body)).await;
        let error = entra(&service.base).passkeys(&ann()).await.unwrap_err();
        assert!(matches!(error, DirectoryError::Garbled { .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("t0ken"));
    }
}

/// A certificate and its key: DER, PEM, PEM.
fn certificate() -> (Vec<u8>, String, String) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    (certificate.der().to_vec(), certificate.pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_certificate_signs_an_assertion_that_its_public_key_verifies() {
    let (der, certificate_pem, key_pem) = certificate();
    let service = Service::start(EMPTY).await;
    let credential =
        Credential::from_pem(certificate_pem.as_bytes(), &SecretText::new(key_pem)).unwrap();
    entra_with(&service.base, credential, limits()).passkeys(&ann()).await.unwrap();

    let form = &service.seen()[0];
    assert_eq!(form.form("client_secret"), None);
    assert_eq!(
        form.form("client_assertion_type").as_deref(),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );
    let assertion = form.form("client_assertion").unwrap();
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &parsed.public_key().subject_public_key.data)
        .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .expect("PS256 over header and claims");

    let part = |text: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    let (header, claims) = signed.split_once('.').unwrap();
    let (header, claims) = (part(header), part(claims));
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, &der));
    assert_eq!(header, json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}));
    assert_eq!(claims["aud"], format!("{}{}", service.base, form.path));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("client-1"), &json!("client-1")));
    assert!(uuid::Uuid::parse_str(claims["jti"].as_str().unwrap()).is_ok());
    let life = claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap();
    assert!((60..=600).contains(&life), "{life}");
}

#[test]
fn a_certificate_with_a_foreign_key_or_none_is_refused_before_anything_is_sent() {
    let (_, certificate_pem, _) = certificate();
    let (_, _, foreign_key) = certificate();
    for (certificate, key) in [
        (certificate_pem.as_str(), foreign_key.as_str()),
        (certificate_pem.as_str(), "no key"),
        ("no certificate", foreign_key.as_str()),
        (foreign_key.as_str(), certificate_pem.as_str()),
    ] {
        let refused =
            Credential::from_pem(certificate.as_bytes(), &SecretText::new(key)).err().unwrap();
        assert!(matches!(refused, DirectoryError::Settings(_)));
        assert!(!format!("{refused:?}").contains("PRIVATE KEY-----"));
    }
}

#[test]
fn plain_http_is_for_this_computer_only_and_virtual_keys_need_all_of_it_there() {
    let new = |login: &str, graph: &str| {
        Entra::new(EntraConfig::new(login, graph, TENANT, "c", secret()))
    };
    let (local, remote) = ("http://127.0.0.1:9", "https://graph.microsoft.com");
    for (login, graph) in
        [("http://login.example", local), (local, "http://graph.example"), ("", local)]
    {
        assert!(
            matches!(new(login, graph).err(), Some(DirectoryError::Settings(_))),
            "{login} {graph}"
        );
    }
    assert!(new(local, local).unwrap().is_loopback_only());
    assert!(!new(local, remote).unwrap().is_loopback_only());
    assert!(!new(remote, local).unwrap().is_loopback_only());
    for (tenant, client) in [("", "c"), (" ", "c"), (TENANT, "")] {
        let refused = Entra::new(EntraConfig::new(local, local, tenant, client, secret())).err();
        assert!(matches!(refused, Some(DirectoryError::Settings(_))));
    }
}

#[tokio::test]
async fn a_domain_gives_tenant_and_cloud() {
    let service = Service::start(|seen| match seen.path.as_str() {
        "/larkfield.example/v2.0/.well-known/openid-configuration" => ok(json!({
            "token_endpoint": "https://login.microsoftonline.us/0f5b1c2e-1111-4222-8333-944455556666/oauth2/v2.0/token",
            "issuer": "https://login.microsoftonline.us/0f5b1c2e-1111-4222-8333-944455556666/v2.0",
            "tenant_region_scope": "USGov", "msgraph_host": "graph.microsoft.us"})),
        _ => reply(
            400,
            json!({"error": "invalid_tenant", "error_codes": [90002],
                "error_description": "AADSTS90002: Tenant 'nosuch.example' not found."})
            .to_string(),
        ),
    })
    .await;
    let found = discover(&service.base, " larkfield.example ").await.unwrap();
    assert_eq!(found.tenant_id, "0f5b1c2e-1111-4222-8333-944455556666");
    assert_eq!(found.graph_url, "https://graph.microsoft.us");
    let unknown = discover(&service.base, "nosuch.example").await.unwrap_err();
    assert!(matches!(unknown, DirectoryError::SignIn { number: Some(90002), .. }));
    assert_eq!(unknown.what(), "The tenant was not found");
    assert!(discover("http://login.example", "larkfield.example").await.is_err());
    assert_eq!(service.tokens(), 0);
}
