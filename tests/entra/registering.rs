//! Creation options, registering exactly once, listing, removing; and the connection test.

use crate::service::{Reply, Seen, Service, error, ok, reply, start_breaking};
use crate::{entra, entra_with, limits, secret};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keydesk::directory::entra::Limits;
use keydesk::directory::{CheckOutcome, Directory, DirectoryError, PersonId, Removal};
use keydesk::webauthn::{Aaguid, ClientData, CredentialId, NewCredential};
use serde_json::json;
use std::time::Duration;

fn ann() -> PersonId {
    PersonId("ann".into())
}

fn credential() -> NewCredential {
    NewCredential {
        id: CredentialId(vec![0xfb, 0xff, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        client_data: ClientData(br#"{"type":"webauthn.create"}"#.to_vec()),
        attestation_object: vec![0xa3, 0xff],
        aaguid: Aaguid([1; 16]),
        extension_results: r#"{"credProtect":1,"hmac-secret":true}"#.into(),
        reservation: None,
    }
}

fn created() -> Reply {
    reply(
        201,
        json!({"id": format!("{}2", URL_SAFE_NO_PAD.encode(credential().id.0)), "displayName": "Key 1",
            "createdDateTime": "2026-11-22T11:20:01Z", "aaGuid": "2fc0579f-8113-47ea-b116-bb5a8db9202a"})
        .to_string(),
    )
}

fn options() -> serde_json::Value {
    let challenge = URL_SAFE_NO_PAD.encode(vec![b'c'; 5198]);
    json!({"@odata.context": "x", "challengeTimeoutDateTime": "2026-11-22T11:26:35Z", "publicKey": {
        "rp": {"id": "login.microsoft.com", "name": "Microsoft"},
        "user": {"id": URL_SAFE_NO_PAD.encode([7; 51]), "name": "ann@l.example", "displayName": "Ann"},
        "challenge": challenge, "timeout": 60000, "attestation": "direct",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
        "excludeCredentials": [{"type": "public-key", "id": "g/V3JMewGshyINLMaOOwqg==", "transports": []}],
        "authenticatorSelection": {"authenticatorAttachment": "cross-platform", "requireResidentKey": true,
            "userVerification": "required"},
        "extensions": {"hmacCreateSecret": true, "enforceCredentialProtectionPolicy": true,
            "credentialProtectionPolicy": "userVerificationOptional"}}})
}

#[tokio::test]
async fn options_come_from_v1_without_parameters() {
    let service = Service::start(|_| ok(options())).await;
    let got = entra(&service.base).begin(&ann()).await.unwrap();
    assert_eq!(got.relying_party.id, "login.microsoft.com");
    assert_eq!(got.challenge.0.len(), 6931);
    assert!(got.resident_key && got.user_verification_required && got.hmac_secret);
    let call = &service.calls()[0];
    assert_eq!(call.path, "/v1.0/users/ann/authentication/fido2Methods/creationOptions");
    assert_eq!((call.method.as_str(), call.query.as_str()), ("GET", ""));
}

#[tokio::test]
async fn options_that_are_none_are_told_as_such() {
    for body in ["", "{}", "[]", "<html>", r#"{"publicKey":null}"#, "\u{0}\u{1}"] {
        let service = Service::start(move |_| reply(200, body)).await;
        let refused = entra(&service.base).begin(&ann()).await.unwrap_err();
        assert!(matches!(refused, DirectoryError::Options(_)), "{body}: {refused:?}");
    }
}

#[tokio::test]
async fn a_registration_holds_what_graph_asks_and_nothing_more() {
    let service = Service::start(|_| created()).await;
    let name = "Key 12345678 2026-11-22 and a long tail";
    let passkey = entra(&service.base).finish(&ann(), name, &credential()).await.unwrap();
    assert!(passkey.credential_ids.contains(&credential().id));
    let call = &service.calls()[0];
    assert_eq!(call.path, "/v1.0/users/ann/authentication/fido2Methods");
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert_eq!(
        call.json(),
        json!({"displayName": "Key 12345678 2026-11-22 and a ", "publicKeyCredential": {
            "id": "-_8DBAUGBwgJCgsMDQ4PEA",
            "response": {"clientDataJSON": URL_SAFE_NO_PAD.encode(r#"{"type":"webauthn.create"}"#),
                "attestationObject": "o_8"},
            "clientExtensionResults": {"credProtect": 1, "hmac-secret": true}}})
    );
}

#[tokio::test]
async fn a_registration_is_repeated_after_a_definite_refusal_only() {
    for status in [429, 503, 401] {
        let service =
            Service::start(
                move |seen| if seen.earlier == 0 { error(status, "later") } else { created() },
            )
            .await;
        entra(&service.base).finish(&ann(), "Key", &credential()).await.unwrap();
        assert_eq!(service.calls().len(), 2, "{status}");
    }
    for (status, lost) in
        [(500, true), (502, true), (504, true), (400, false), (409, false), (403, false)]
    {
        let service = Service::start(move |_| error(status, "x")).await;
        let refused = entra(&service.base).finish(&ann(), "Key", &credential()).await.unwrap_err();
        assert_eq!(matches!(refused, DirectoryError::AnswerLost(_)), lost, "{status}: {refused:?}");
        assert_eq!(service.calls().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_line_that_breaks_after_the_registration_was_sent_loses_the_answer_not_the_count() {
    let cut_short = "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"id\":";
    for start in ["", "HTTP/1.1 201 Cre", cut_short] {
        let (base, posts) = start_breaking(start).await;
        let lost = entra(&base).finish(&ann(), "Key", &credential()).await.unwrap_err();
        assert!(matches!(lost, DirectoryError::AnswerLost(_)), "{lost:?}");
        assert_eq!(*posts.lock().unwrap(), 1);
    }
}

#[tokio::test]
async fn a_registration_without_an_answer_in_time_is_lost_and_sent_once() {
    let service = Service::start(|_| created().after(Duration::from_secs(60))).await;
    let limits = Limits { answer: Duration::from_millis(300), ..limits() };
    let lost =
        entra_with(&service.base, secret(), limits).finish(&ann(), "Key", &credential()).await;
    assert!(matches!(lost, Err(DirectoryError::AnswerLost(_))), "{lost:?}");
    assert_eq!(service.calls().len(), 1);
}

#[tokio::test]
async fn an_unreadable_answer_to_a_registration_is_a_lost_answer() {
    for body in ["", "<html>", r#"{"id":null}"#] {
        let service = Service::start(move |_| reply(201, body)).await;
        let lost = entra(&service.base).finish(&ann(), "Key", &credential()).await.unwrap_err();
        assert!(matches!(lost, DirectoryError::AnswerLost(facts) if facts.status == Some(201)));
        assert_eq!(service.calls().len(), 1);
    }
}

#[tokio::test]
async fn removing_a_passkey_that_is_gone_is_done_and_removing_may_be_repeated() {
    for statuses in [&[204][..], &[404], &[500, 204], &[429, 404]] {
        let service = Service::start(move |seen| match statuses[seen.earlier] {
            204 => reply(204, ""),
            status => error(status, "x"),
        })
        .await;
        let removal = entra(&service.base).delete(&ann(), "a/b#2").await;
        let is_removed = statuses.ends_with(&[204]);
        assert_eq!(removal, Ok(if is_removed { Removal::Removed } else { Removal::NotFound }));
        let calls = service.calls();
        assert_eq!(calls.len(), statuses.len());
        assert_eq!(calls[0].method, "DELETE");
        assert_eq!(calls[0].path, "/v1.0/users/ann/authentication/fido2Methods/a%2Fb%232");
    }
    let service = Service::start(|_| error(403, "accessDenied")).await;
    assert!(matches!(
        entra(&service.base).delete(&ann(), "a").await,
        Err(DirectoryError::Forbidden(_))
    ));
}

#[tokio::test]
async fn no_method_id_can_reach_another_address() {
    let service = Service::start(|_| reply(204, "")).await;
    for id in ["", ".", ".."] {
        assert!(entra(&service.base).delete(&ann(), id).await.is_err());
        assert!(entra(&service.base).passkeys(&PersonId(id.into())).await.is_err());
    }
    assert!(service.calls().is_empty());
}

fn tenant(seen: &Seen) -> Reply {
    let last = seen.path.rsplit('/').next().unwrap();
    match last {
        "openid-configuration" => ok(json!({"issuer": "x", "tenant_region_scope": "EU",
            "token_endpoint": "https://login.example/0f5b1c2e-1111-4222-8333-944455556666/oauth2/v2.0/token"})),
        "users" => ok(json!({"value": [
            {"id": "off", "userPrincipalName": "off@l.example", "accountEnabled": false},
            {"id": "guest", "userPrincipalName": "g#EXT#@l.example", "accountEnabled": true},
            {"id": "ann", "userPrincipalName": "ann@l.example", "accountEnabled": true}]})),
        "groups" => ok(json!({"value": [{"id": "g", "displayName": "Key users"}]})),
        "fido2" => ok(json!({"state": "enabled", "isSelfServiceRegistrationAllowed": true})),
        "TemporaryAccessPass" | "Sms" => ok(json!({"state": "enabled"})),
        "organization" => {
            ok(json!({"value": [{"displayName": "Larkfield", "verifiedDomains": []}]}))
        }
        "creationOptions" => ok(options()),
        "phoneMethods" => ok(json!({"value": []})),
        "appRoleAssignments" => ok(json!({"value": [
            {"appRoleId": role(1), "resourceDisplayName": "Microsoft Graph"},
            {"appRoleId": role(2)},
            {"appRoleId": role(9), "resourceDisplayName": "another service"}]})),
        "servicePrincipals" => ok(json!({"value": [{"id": "s-1", "appRoles": [
            {"id": role(1), "value": "UserAuthenticationMethod.ReadWrite.All"},
            {"id": role(2), "value": "User.RevokeSessions.All"},
            {"id": role(3), "value": "Mail.Send"},
            {"id": role(4), "value": null}]}]})),
        _ => error(404, "x"),
    }
}

/// The id of one of Graph's permissions.
fn role(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

#[tokio::test]
async fn the_connection_test_tells_all_that_works() {
    let service = Service::start(tenant).await;
    let checks = entra(&service.base).test().await;
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Find the tenant",
            "Clock",
            "Sign in as the application",
            "Organisation",
            "Read people",
            "Read groups",
            "Read the passkey policy",
            "Passkeys are on",
            "Self-service set-up",
            "Attestation",
            "Key restrictions",
            "Register keys",
            "Phones",
            "Temporary Access Pass",
            "Text messages",
            "Change phones",
            "Issue passes",
            "Revoke sessions",
            "Mail people"
        ]
    );
    let (mails, rest) = checks.split_last().unwrap();
    for check in rest {
        assert!(matches!(check.outcome, CheckOutcome::Works(_)), "{check:?}");
    }
    let CheckOutcome::Advice(problem) = &mails.outcome else { panic!("{mails:?}") };
    assert!(problem.what.starts_with("Mail.Send is not granted"), "{problem}");
    let calls = service.calls();
    assert!(calls.iter().all(|call| call.method == "GET"), "a test has no effect");
    assert!(calls.iter().any(|call| call.path.contains("/users/ann/")));
}

#[tokio::test]
async fn the_connection_test_names_each_missing_permission() {
    for (last, missing) in [
        ("users", "User.Read.All"),
        ("groups", "GroupMember.Read.All"),
        ("fido2", "Policy.Read.All"),
        ("creationOptions", "UserAuthMethod-Passkey.ReadWrite.All"),
    ] {
        let service = Service::start(move |seen| {
            if seen.path.ends_with(last) {
                error(403, "Authorization_RequestDenied")
            } else {
                tenant(seen)
            }
        })
        .await;
        let named: Vec<&str> = entra(&service.base)
            .test()
            .await
            .into_iter()
            .filter_map(|check| match check.outcome {
                CheckOutcome::MissingPermission { permission, .. } => Some(permission),
                _ => None,
            })
            .collect();
        assert_eq!(named, [missing]);
    }
}

#[tokio::test]
async fn the_connection_test_tells_a_policy_that_forbids_registering() {
    let nothing_allowed = json!({"isEnforced": true, "enforcementType": "allow", "aaGuids": []});
    for (policy, line) in [
        (json!({"state": "disabled"}), "Passkeys are on"),
        (
            json!({"state": "enabled", "isSelfServiceRegistrationAllowed": false}),
            "Self-service set-up",
        ),
        (json!({"state": "enabled", "keyRestrictions": nothing_allowed}), "Key restrictions"),
    ] {
        let service = Service::start(move |seen| {
            if seen.path.ends_with("fido2") { ok(policy.clone()) } else { tenant(seen) }
        })
        .await;
        let checks = entra(&service.base).test().await;
        let failed: Vec<_> = checks
            .iter()
            .filter(|check| matches!(check.outcome, CheckOutcome::Failed(_)))
            .map(|check| check.name.as_str())
            .collect();
        assert_eq!(failed, [line]);
    }
}

#[tokio::test]
async fn without_a_sign_in_the_connection_test_stops_there() {
    let service = Service::start_whole(|seen| {
        if seen.is_token() {
            reply(401, json!({"error": "invalid_client", "error_codes": [7_000_222]}).to_string())
        } else {
            tenant(seen)
        }
    })
    .await;
    let checks = entra(&service.base).test().await;
    assert_eq!(checks.len(), 3);
    let CheckOutcome::Failed(problem) = &checks[2].outcome else { panic!("failed") };
    assert_eq!(problem.what, "The client secret has expired");
}
