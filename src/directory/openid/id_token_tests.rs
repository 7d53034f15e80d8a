//! Every way in which an id token can fail to prove who signed in.

use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use std::sync::LazyLock;

const NOW_S: i64 = 1_796_000_000;
const ISSUER: &str = "https://login.example/0f5b1c2e-1111-4222-8333-944455556666/v2.0";
const TENANT: &str = "0f5b1c2e-1111-4222-8333-944455556666";
const CLIENT: &str = "client-1";

static OURS: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());
static FOREIGN: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

fn keys(id: &str) -> JwkSet {
    let public = OURS.public_key();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let key = json!({"kty": "RSA", "use": "sig", "kid": id,
        "n": number(public.modulus().big_endian_without_leading_zero()),
        "e": number(public.exponent().big_endian_without_leading_zero())});
    serde_json::from_value(json!({"keys": [key]})).unwrap()
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        tenant: Some(TENANT),
        nonce: Some("nonce-1"),
        context: None,
        fresh_since_s: None,
    }
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": CLIENT, "exp": NOW_S + 3600, "iat": NOW_S - 300, "nbf": NOW_S - 300,
        "nonce": "nonce-1", "tid": TENANT, "oid": "oid-petra", "sub": "sub-petra",
        "name": "Petra Lindqvist", "preferred_username": "petra@larkfield.example"})
}

fn with(changes: Value) -> Value {
    let mut all = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(all.as_object_mut().unwrap().remove(name)),
            value => all[name] = value.clone(),
        }
    }
    all
}

fn signed(header: Value, claims: &Value, pair: &KeyPair) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&header), part(claims));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn token(claims: &Value) -> String {
    signed(json!({"alg": "RS256", "kid": "key-1"}), claims, &OURS)
}

fn judged(claims: &Value) -> Result<Identity, SignInError> {
    check(&token(claims), &keys("key-1"), &expected(), NOW_S)
}

fn fault(claims: &Value) -> IdTokenFault {
    match judged(claims) {
        Err(SignInError::IdToken(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_good_token_tells_who_signed_in() {
    let changes = json!({"roles": ["Keydesk.Clerk"], "groups": ["g-1", "g-2"], "acrs": ["c1"],
        "auth_time": NOW_S - 10});
    let who = judged(&with(changes)).unwrap();
    assert_eq!((who.tenant_id.as_str(), who.subject.as_str()), (TENANT, "oid-petra"));
    assert_eq!(
        (who.name.as_str(), who.upn.as_str()),
        ("Petra Lindqvist", "petra@larkfield.example")
    );
    assert_eq!(who.app_roles, ["Keydesk.Clerk"]);
    assert_eq!(who.groups, Some(vec!["g-1".to_owned(), "g-2".to_owned()]));
    assert_eq!(
        (who.contexts.as_slice(), who.auth_time),
        (["c1".to_owned()].as_slice(), Some(NOW_S - 10))
    );
}

#[test]
fn another_service_than_microsofts_needs_no_tid_and_no_oid() {
    let expected = Expected { tenant: None, ..expected() };
    let plain = with(json!({"tid": null, "oid": null, "acrs": "c1"}));
    let who = check(&token(&plain), &keys("key-1"), &expected, NOW_S).unwrap();
    assert_eq!((who.tenant_id.as_str(), who.subject.as_str()), (ISSUER, "sub-petra"));
    assert_eq!(who.contexts, ["c1"]);
}

#[test]
fn groups_that_are_too_many_for_a_token_are_unknown_and_not_none() {
    assert_eq!(judged(&claims()).unwrap().groups, None);
    let overage = json!({"groups": ["g-1"], "_claim_names": {"groups": "src1"}});
    assert_eq!(judged(&with(overage)).unwrap().groups, None);
    assert_eq!(judged(&with(json!({"groups": []}))).unwrap().groups, Some(Vec::new()));
}

#[test]
fn a_foreign_signature_is_refused() {
    let header = json!({"alg": "RS256", "kid": "key-1"});
    let forged = signed(header, &claims(), &FOREIGN);
    let outcome = check(&forged, &keys("key-1"), &expected(), NOW_S);
    assert_eq!(outcome, Err(IdTokenFault::Signature.into()));
}

#[test]
fn one_changed_claim_breaks_the_signature() {
    let good = token(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    let other = URL_SAFE_NO_PAD.encode(with(json!({"oid": "oid-omar"})).to_string());
    let changed = format!("{}.{other}.{}", parts[0], parts[2]);
    let outcome = check(&changed, &keys("key-1"), &expected(), NOW_S);
    assert_eq!(outcome, Err(IdTokenFault::Signature.into()));
}

#[test]
fn an_unsigned_token_or_one_signed_with_a_shared_secret_is_refused() {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for alg in ["none", "HS256", "HS512"] {
        let header = json!({"alg": alg, "kid": "key-1"});
        for signature in ["", "AAAA"] {
            let text = format!("{}.{}.{signature}", part(&header), part(&claims()));
            let outcome = check(&text, &keys("key-1"), &expected(), NOW_S);
            assert!(matches!(outcome, Err(SignInError::IdToken(_))), "{alg}: {outcome:?}");
        }
    }
}

#[test]
fn an_unknown_key_is_told_apart_because_the_keys_may_have_changed() {
    let outcome = check(&token(&claims()), &keys("key-2"), &expected(), NOW_S);
    assert_eq!(outcome, Err(IdTokenFault::UnknownKey.into()));
}

#[test]
fn a_key_for_encryption_proves_nothing() {
    let mut keys = keys("key-1");
    keys.keys[0].common.public_key_use = Some(PublicKeyUse::Encryption);
    let outcome = check(&token(&claims()), &keys, &expected(), NOW_S);
    assert_eq!(outcome, Err(IdTokenFault::UnknownKey.into()));
}

#[test]
fn issuer_audience_tenant_and_nonce_must_be_ours() {
    let cases = [
        (json!({"iss": "https://login.example/other/v2.0"}), IdTokenFault::Issuer),
        (json!({"iss": format!("{ISSUER}/")}), IdTokenFault::Issuer),
        (json!({"aud": "client-2"}), IdTokenFault::Audience),
        (json!({"aud": []}), IdTokenFault::Audience),
        (json!({"aud": [CLIENT, "client-2"]}), IdTokenFault::Audience),
        (json!({"aud": [CLIENT, "client-2"], "azp": "client-2"}), IdTokenFault::Audience),
        (json!({"azp": "client-2"}), IdTokenFault::Audience),
        (json!({"tid": "99999999-1111-4222-8333-944455556666"}), IdTokenFault::Tenant),
        (json!({"tid": null}), IdTokenFault::Tenant),
        (json!({"nonce": "nonce-2"}), IdTokenFault::Nonce),
        (json!({"nonce": null}), IdTokenFault::Nonce),
    ];
    for (changes, expected) in cases {
        assert_eq!(fault(&with(changes.clone())), expected, "{changes}");
    }
    assert!(judged(&with(json!({"aud": [CLIENT, "client-2"], "azp": CLIENT}))).is_ok());
}

#[test]
fn a_clock_that_is_off_is_told_as_such_with_its_direction() {
    let off = |changes| match judged(&with(changes)) {
        Err(SignInError::ClockOff { by }) => by.as_secs(),
        other => panic!("{other:?}"),
    };
    assert_eq!(off(json!({"iat": NOW_S - 3600, "nbf": NOW_S - 3600, "exp": NOW_S})), 3600);
    assert_eq!(off(json!({"iat": NOW_S + 3600, "nbf": NOW_S + 3600, "exp": NOW_S + 7200})), -3600);
    assert!(judged(&with(json!({"iat": NOW_S + 240, "nbf": NOW_S + 240}))).is_ok());
    assert!(judged(&with(json!({"iat": NOW_S - 840}))).is_ok());
}

#[test]
fn a_token_outside_its_own_time_is_refused() {
    assert_eq!(fault(&with(json!({"exp": NOW_S - 301}))), IdTokenFault::Expired);
    assert_eq!(fault(&with(json!({"nbf": NOW_S + 301}))), IdTokenFault::NotYet);
    assert!(judged(&with(json!({"exp": NOW_S - 299}))).is_ok());
}

#[test]
fn an_authentication_context_must_be_named() {
    let asked = Expected { context: Some("c1"), ..expected() };
    let judged = |changes| check(&token(&with(changes)), &keys("key-1"), &asked, NOW_S);
    for (changes, is_good) in [
        (json!({"acrs": ["c1"]}), true),
        (json!({"acrs": ["p1", "c1"]}), true),
        (json!({"acrs": ["c2"]}), false),
        (json!({}), false),
    ] {
        let expected = if is_good { Ok(()) } else { Err(IdTokenFault::Context.into()) };
        assert_eq!(judged(changes.clone()).map(drop), expected, "{changes}");
    }
}

#[test]
fn credentials_shown_long_ago_are_no_fresh_proof() {
    let asked = Expected { fresh_since_s: Some(NOW_S - 20), ..expected() };
    let judged = |changes| check(&token(&with(changes)), &keys("key-1"), &asked, NOW_S);
    assert!(judged(json!({"auth_time": NOW_S - 10})).is_ok());
    assert!(judged(json!({})).is_ok(), "a tenant need not tell it");
    assert_eq!(judged(json!({"auth_time": NOW_S - 3600})), Err(IdTokenFault::NotFresh.into()));
}

#[test]
fn garbage_is_unreadable_and_nothing_worse() {
    for text in ["", ".", "..", "a.b.c", "not a token", "\u{0}", "é.é.é"] {
        let outcome = check(text, &keys("key-1"), &expected(), NOW_S);
        assert!(matches!(outcome, Err(SignInError::IdToken(_))), "{text}: {outcome:?}");
    }
    for missing in ["exp", "iat", "iss", "sub", "aud"] {
        let mut changes = json!({});
        changes[missing] = Value::Null;
        assert!(matches!(fault(&with(changes)), IdTokenFault::Garbled(_)), "{missing}");
    }
}
