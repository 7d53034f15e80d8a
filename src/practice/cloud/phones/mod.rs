//! Registered phones: list, one, add, change, remove, and sign-in by text message.
//!
//! The real texts of refusals are not known; those here begin with `FAKE_`.

use super::call::{Call, Refusal, Reply};
use super::control::{ChangedPhones, ShownPhone};
use super::world::World;
use crate::phones::PhoneKind;
use crate::practice::company::Employee;
use axum::http::StatusCode;
use book::{Broken, Lists, Phone, Sms};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

mod book;
mod number;

pub(super) use book::{Book, SmsPolicy};
pub use number::HeldNumber;

const READ: &[&str] = &[
    "UserAuthenticationMethod.Read.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "UserAuthMethod-Phone.Read.All",
    "UserAuthMethod-Phone.ReadWrite.All",
];
const WRITE: &[&str] =
    &["UserAuthenticationMethod.ReadWrite.All", "UserAuthMethod-Phone.ReadWrite.All"];

const MOBILE_ID: &str = "3179e48a-750b-4051-897c-87b9720928f7";
const ALTERNATE_ID: &str = "b6332ec1-7057-4abe-9331-3d72feddfe41";
const OFFICE_ID: &str = "e37fc753-ff3b-4958-9484-eaa9425c82bc";

/// What a write may bring.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    phone_number: Option<String>,
    phone_type: Option<String>,
}

/// Answers `/users/{id}/authentication/phoneMethods...`.
pub(super) fn answer(
    world: &mut World,
    call: &Call,
    name: &str,
    rest: &[&str],
) -> Result<Reply, Refusal> {
    let needed = if call.method == "GET" { READ } else { WRITE };
    if !world.may(needed) {
        return Err(Refusal::access());
    }
    let person = world.person(name)?;
    match (call.method.as_str(), rest) {
        ("GET", []) => Ok(Reply::ok(&json!({
            "@odata.context": context(""),
            "value": shown(world, &person),
        }))),
        ("POST", []) => add(world, call, &person),
        ("GET", [id]) => one(world, &person, id),
        ("PATCH", [id]) => change(world, call, &person, id),
        ("DELETE", [id]) => {
            let (kind, lists) = (kind_of(id)?, lists(world));
            world.phones.remove(person.id, kind, lists).map_err(|broken| refused(broken, id))?;
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        ("POST", [id, "enableSmsSignIn"]) => set_sms(world, &person, id, true),
        ("POST", [id, "disableSmsSignIn"]) => set_sms(world, &person, id, false),
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// The person's phones as lists show them now.
pub(super) fn shown(world: &World, person: &Employee) -> Vec<Value> {
    let (policy, listed) = (sms_policy(world), world.phones.listed(person.id, world.now()));
    listed.iter().map(|(kind, phone)| method(*kind, phone, policy)).collect()
}

/// What another program registers, or removes, behind everybody's back.
pub(super) fn order(world: &mut World, name: &str, kind: PhoneKind, number: Option<HeldNumber>) {
    let Ok(person) = world.person(name) else { return };
    let lists = Lists { follow_at: world.now(), ..lists(world) };
    world.phones.set(person.id, kind, number, lists);
}

/// Whether this is the person's number of this kind; nothing for none.
pub(super) fn is(world: &World, name: &str, kind: PhoneKind, number: Option<&str>) -> bool {
    let Ok(person) = world.person(name) else { return false };
    let registered = world.phones.registered(person.id, kind);
    registered.map(|phone| phone.number.expose()) == number
}

/// Everybody whose mobile has this number (E.164).
pub(super) fn owners(world: &World, number: &str) -> Vec<Uuid> {
    world.phones.mobiles().filter(|(_, held)| held.e164() == number).map(|(id, _)| id).collect()
}

/// The person's phones for the control.
pub(super) fn told(world: &World, name: &str) -> Option<Vec<ShownPhone>> {
    let (person, policy) = (world.person(name).ok()?, sms_policy(world));
    let phones = PhoneKind::ALL.into_iter();
    let phones = phones.filter_map(|kind| Some((kind, world.phones.registered(person.id, kind)?)));
    Some(phones.map(|(kind, phone)| told_of(kind, phone, policy)).collect())
}

/// Everybody's whose phones changed since the start.
pub(super) fn changed(world: &World) -> Vec<ChangedPhones> {
    let policy = sms_policy(world);
    let mut changed: Vec<_> = world
        .phones
        .changed()
        .filter_map(|(id, phones)| {
            let person = world.person(&id.to_string()).ok()?;
            let shown = phones.registered().map(|(kind, phone)| told_of(kind, phone, policy));
            Some(ChangedPhones {
                person_id: id.to_string(),
                upn: person.upn.clone(),
                writes: phones.writes,
                phones: shown.collect(),
            })
        })
        .collect();
    changed.sort_by(|one, other| one.upn.cmp(&other.upn));
    changed
}

fn one(world: &World, person: &Employee, id: &str) -> Result<Reply, Refusal> {
    let kind = kind_of(id)?;
    let listed = world.phones.listed(person.id, world.now());
    let phone = listed.iter().find(|(listed, _)| *listed == kind);
    let (kind, phone) = phone.ok_or_else(|| Refusal::not_found(id))?;
    Ok(Reply::ok(&alone(*kind, phone, sms_policy(world))))
}

fn add(world: &mut World, call: &Call, person: &Employee) -> Result<Reply, Refusal> {
    let body = body(call)?;
    let kind = body.phone_type.as_deref().and_then(kind_called);
    let kind = kind.ok_or_else(|| {
        Refusal::bad_request("FAKE_PhoneType: phoneType must be mobile, alternateMobile or office.")
    })?;
    let number = body.number()?;
    let (lists, policy) = (lists(world), sms_policy(world));
    let phone = world.phones.add(person.id, kind, number.clone(), lists);
    let phone = phone.map_err(|broken| repeating(refused(broken, ""), &number))?;
    Ok(Reply::json(StatusCode::CREATED, &alone(kind, &phone, policy)))
}

fn change(world: &mut World, call: &Call, person: &Employee, id: &str) -> Result<Reply, Refusal> {
    let (kind, body) = (kind_of(id)?, body(call)?);
    if body.phone_type.as_deref().is_some_and(|called| kind_called(called) != Some(kind)) {
        return Err(Refusal::bad_request(
            "FAKE_PhoneTypeFixed: The type of a phone method can't be changed.",
        ));
    }
    let number = body.number()?;
    let lists = lists(world);
    let changed = world.phones.change(person.id, kind, number.clone(), lists);
    changed.map_err(|broken| repeating(refused(broken, id), &number))?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn set_sms(world: &mut World, person: &Employee, id: &str, on: bool) -> Result<Reply, Refusal> {
    let (kind, lists) = (kind_of(id)?, lists(world));
    world.phones.set_sms(person.id, kind, on, lists).map_err(|broken| refused(broken, id))?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

impl Body {
    fn number(&self) -> Result<HeldNumber, Refusal> {
        let number = self.phone_number.as_deref();
        number.map(HeldNumber::new).ok_or_else(|| {
            Refusal::bad_request("FAKE_PhoneNumberMissing: phoneNumber is required.")
        })
    }
}

fn body(call: &Call) -> Result<Body, Refusal> {
    serde_json::from_slice(&call.body)
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))
}

fn lists(world: &World) -> Lists {
    let follow_at = world.later(world.listing_delay, world.now());
    Lists { follow_at, sms: sms_policy(world) }
}

fn sms_policy(world: &World) -> SmsPolicy {
    world.place().method_policies.sms_sign_in()
}

fn kind_of(id: &str) -> Result<PhoneKind, Refusal> {
    let kind = PhoneKind::ALL.into_iter().find(|kind| id.eq_ignore_ascii_case(id_of(*kind)));
    kind.ok_or_else(|| Refusal::not_found(id))
}

fn id_of(kind: PhoneKind) -> &'static str {
    match kind {
        PhoneKind::Mobile => MOBILE_ID,
        PhoneKind::AlternateMobile => ALTERNATE_ID,
        PhoneKind::Office => OFFICE_ID,
    }
}

fn called(kind: PhoneKind) -> &'static str {
    match kind {
        PhoneKind::Mobile => "mobile",
        PhoneKind::AlternateMobile => "alternateMobile",
        PhoneKind::Office => "office",
    }
}

fn kind_called(name: &str) -> Option<PhoneKind> {
    PhoneKind::ALL.into_iter().find(|kind| called(*kind) == name)
}

/// `phoneAuthenticationMethod`.
fn method(kind: PhoneKind, phone: &Phone, policy: SmsPolicy) -> Value {
    json!({
        "id": id_of(kind),
        "phoneNumber": phone.number.expose(),
        "phoneType": called(kind),
        "smsSignInState": sms_state(kind, phone.sms, policy),
    })
}

fn alone(kind: PhoneKind, phone: &Phone, policy: SmsPolicy) -> Value {
    let mut shown = method(kind, phone, policy);
    shown["@odata.context"] = json!(context("/$entity"));
    shown
}

fn context(part: &str) -> String {
    format!(
        "https://graph.microsoft.com/v1.0/$metadata#users('')/authentication/phoneMethods{part}"
    )
}

fn sms_state(kind: PhoneKind, sms: Sms, policy: SmsPolicy) -> &'static str {
    match (kind, policy, sms) {
        (PhoneKind::AlternateMobile | PhoneKind::Office, ..) => "notSupported",
        (PhoneKind::Mobile, SmsPolicy::NotAllowed, _) => "notAllowedByPolicy",
        (PhoneKind::Mobile, SmsPolicy::Allowed, sms) => match sms {
            Sms::NotConfigured => "notConfigured",
            Sms::Off => "notEnabled",
            Sms::NotUnique => "phoneNumberNotUnique",
            Sms::Ready => "ready",
        },
    }
}

fn told_of(kind: PhoneKind, phone: &Phone, policy: SmsPolicy) -> ShownPhone {
    ShownPhone {
        kind,
        masked: phone.number.masked(),
        sha256: phone.number.sha256(),
        sms: sms_state(kind, phone.sms, policy).into(),
    }
}

/// A service may repeat what it was sent.
fn repeating(mut refusal: Refusal, number: &HeldNumber) -> Refusal {
    refusal.message.push_str(" It was: ");
    refusal.message.push_str(number.expose());
    refusal
}

fn refused(broken: Broken, id: &str) -> Refusal {
    Refusal::bad_request(match broken {
        Broken::NotThere => return Refusal::not_found(id),
        Broken::Form => {
            "FAKE_PhoneNumberFormat: The phone number must be +{country code} {number}x{extension}."
        }
        Broken::Extension => "FAKE_Extension: Only an office phone can have an extension.",
        Broken::Exists => "FAKE_PhoneTypeExists: There is a phone method of this type.",
        Broken::NeedsMobile => "FAKE_NeedsMobile: An alternate mobile needs a mobile.",
        Broken::HasAlternate => "FAKE_HasAlternate: The alternate mobile must be removed first.",
        Broken::Registered => "FAKE_NumberRegistered: The number is registered as another type.",
        Broken::NotMobile => "FAKE_NotMobile: Only a mobile can be used for SMS sign-in.",
        Broken::SmsNotAllowed => "FAKE_SmsNotAllowed: SMS sign-in is not allowed by the policy.",
        Broken::NotUnique => "FAKE_PhoneNumberNotUnique: Another user signs in with this number.",
    })
}
