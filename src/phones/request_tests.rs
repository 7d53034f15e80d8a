//! Requests that are taken, and those that are not.

use super::*;
use crate::directory::SoughtBy;
use crate::phones::Attribute;

const PAYLOAD: &str = r##"{"version":1,"id":"6f0c2c6e-8f3b-4c0e-9d2f-0a1b2c3d4e5f","tenant":"Contoso","time":"2026-11-27T10:00:00Z","people":[{"UserPrincipalName":"o'brien@contoso.example"},{"UserPrincipalName":"a_b.example#EXT#@contoso.example"}],"from":"extensionAttribute7","kind":"mobile","others":"leave"}"##;

fn key(text: &str) -> RequestKey {
    RequestKey::new(&SecretText::new(text)).unwrap()
}

fn our_key() -> RequestKey {
    key(&"k".repeat(64))
}

fn signed(payload: &str) -> String {
    let hmac = to_hex(hmac::sign(&our_key().0, payload.as_bytes()).as_ref());
    serde_json::to_string(&Envelope { payload: payload.into(), hmac }).unwrap()
}

fn open(request: &str) -> Result<Request, RequestFault> {
    Request::open(request.as_bytes(), &our_key())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_signed_request_is_read() {
    let request = open(&signed(PAYLOAD)).unwrap();
    assert_eq!(request.tenant, "Contoso");
    let upn = |row: usize| request.list.rows[row].sought.clone().unwrap();
    assert_eq!(upn(0), SoughtBy::Upn("o'brien@contoso.example".into()));
    assert_eq!(upn(1), SoughtBy::Upn("a_b.example#EXT#@contoso.example".into()));
    assert_eq!(request.wish.source, NumberSource::Attribute(Attribute::Extension(7)));
    assert_eq!((request.wish.others, request.wish.blank), (Others::LeaveAlone, Blank::LeaveAlone));
    assert!(!request.wish.disabled_too && !request.wish.guests_too);
}

/// As another program counts: `openssl dgst -sha256 -hmac kkk...` over the payload.
#[test]
fn the_hmac_is_that_of_rfc_2104_over_the_payloads_bytes() {
    let hmac = to_hex(hmac::sign(&our_key().0, b"{\"a\":\"\xc3\xa5\"}").as_ref());
    assert_eq!(hmac, KNOWN_HMAC);
    let upper = signed(PAYLOAD).replace(
        &to_hex(hmac::sign(&our_key().0, PAYLOAD.as_bytes()).as_ref()),
        &to_hex(hmac::sign(&our_key().0, PAYLOAD.as_bytes()).as_ref()).to_uppercase(),
    );
    assert!(open(&upper).is_ok());
}

const KNOWN_HMAC: &str = "77396b204558a572a2938b3f2b74c38c7fdc0f3eff9db8807bacf52c0acf4b1f";

#[test]
fn whatever_is_altered_is_refused() {
    let whole = signed(PAYLOAD);
    for (from, to) in [
        ("leave", "change"),
        ("2026-11-27T10", "2026-11-27T11"),
        ("brien", "brian"),
        ("4e5f", "4e50"),
    ] {
        assert_eq!(open(&whole.replace(from, to)), Err(RequestFault::Hmac), "{from}");
    }
    assert_eq!(
        Request::open(whole.as_bytes(), &key(&"j".repeat(64))).err(),
        Some(RequestFault::Hmac)
    );
    let hmac = whole.rsplit('"').nth(1).unwrap();
    for wrong in ["", "00", &hmac[1..], &"0".repeat(64), &"é".repeat(32)] {
        assert_eq!(open(&whole.replace(hmac, wrong)), Err(RequestFault::Hmac), "{wrong}");
    }
}

#[test]
fn what_is_no_request_is_refused_without_being_repeated() {
    for bytes in ["", "{}", "[]", PAYLOAD, r#"{"payload":1,"hmac":"0701740612"}"#] {
        assert!(matches!(open(bytes), Err(RequestFault::Malformed(_))), "{bytes}");
    }
    let number = "4670174061";
    let wrong = PAYLOAD.replace("\"mobile\"", &format!("\"mobile\",\"country\":{number}"));
    let Err(RequestFault::Payload(why)) = open(&signed(&wrong)) else { panic!("taken") };
    assert!(!why.contains("7017"), "it repeats what is in the payload");
}

#[test]
fn a_payload_says_everything_once_and_nothing_else() {
    for (from, to, word) in [
        ("\"others\"", "\"other\"", "unknown field `other`"),
        ("\"kind\":\"mobile\",", "", "missing field `kind`"),
        ("\"kind\"", "\"kind\":\"office\",\"kind\"", "duplicate field `kind`"),
        ("extensionAttribute7", "extensionAttribute77", "from names no source"),
    ] {
        let Err(RequestFault::Payload(why)) = open(&signed(&PAYLOAD.replace(from, to))) else {
            panic!("{to} was taken");
        };
        assert!(why.contains(word), "{why}");
    }
    let version = PAYLOAD.replace("\"version\":1", "\"version\":2");
    assert_eq!(open(&signed(&version)), Err(RequestFault::Version(2)));
}

#[test]
fn only_a_request_of_this_tenant_and_of_now_counts() {
    let request = open(&signed(PAYLOAD)).unwrap();
    let ten = SignedDuration::from_mins(10);
    let check = |tenant, now| request.check(tenant, at(now), ten);
    for now in ["2026-11-27T10:00:00Z", "2026-11-27T10:10:00Z", "2026-11-27T09:50:00Z"] {
        assert_eq!(check("Contoso", now), Ok(()), "{now}");
    }
    let late = check("Contoso", "2026-11-27T10:10:01Z");
    assert!(matches!(late, Err(RequestFault::Old(_))), "{late:?}");
    let early = check("Contoso", "2026-11-27T09:49:59Z");
    assert!(matches!(early, Err(RequestFault::Ahead(_))), "{early:?}");
    let theirs = "Contoso".into();
    assert_eq!(check("contoso", "2026-11-27T10:00:00Z"), Err(RequestFault::OtherTenant { theirs }));
}

#[test]
fn a_short_key_signs_nothing() {
    let short = RequestKey::new(&SecretText::new("k".repeat(31))).err();
    assert_eq!(short, Some(RequestFault::ShortKey { bytes: 31 }));
    assert!(RequestKey::new(&SecretText::new("k".repeat(32))).is_ok());
}

#[test]
fn what_is_signed_here_is_taken_here_with_what_the_payload_left_out() {
    let sparse = r#"{"people":[],"from":"column:phoneNumber","kind":"alternate-mobile"}"#;
    let (id, now) = (Uuid::from_u128(7), at("2026-11-27T10:00:00Z"));
    let sign = |payload: &str| sign_request(payload.as_bytes(), &our_key(), "Contoso", id, now);
    let request = open(&sign(sparse).unwrap()).unwrap();
    assert_eq!((request.id, &*request.tenant, request.time), (id, "Contoso", now));
    assert_eq!(request.list, PhoneList::default());
    let own = open(&sign(PAYLOAD).unwrap()).unwrap();
    assert_ne!(own.id, id);
    assert!(sign(&PAYLOAD.replace("mobile", "pager")).is_err());
}
