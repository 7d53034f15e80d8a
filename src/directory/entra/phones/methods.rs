//! One person's methods and phones, and what Graph calls them.

use super::super::super::http::Call;
use super::super::super::http::endpoint::with_query;
use super::super::super::phones::{MethodKind, RegisteredMethod};
use super::super::super::{DirectoryError, PersonId};
use super::super::graph::Graph;
use super::super::permission;
use crate::phones::{NumberText, PhoneKind, PhoneMethod, SmsSignIn};
use serde::Deserialize;
use url::Url;

/// The same for everybody ("Resource type phoneAuthenticationMethod").
const MOBILE: &str = "3179e48a-750b-4051-897c-87b9720928f7";
const ALTERNATE_MOBILE: &str = "b6332ec1-7057-4abe-9331-3d72feddfe41";
const OFFICE: &str = "e37fc753-ff3b-4958-9484-eaa9425c82bc";

/// `phoneAuthenticationMethod`. It has no Debug: there is a number in it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WirePhone {
    phone_number: Option<String>,
    phone_type: Option<String>,
    sms_sign_in_state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMethod {
    id: String,
    #[serde(rename = "@odata.type")]
    kind: String,
    display_name: Option<String>,
    created_date_time: Option<String>,
    phone_type: Option<String>,
}

pub(super) async fn all(
    graph: &Graph,
    person: &PersonId,
) -> Result<Vec<RegisteredMethod>, DirectoryError> {
    let url = graph.url(&["users", &person.0, "authentication", "methods"])?;
    let call = Call::get("phones.methods", url);
    let methods: Vec<WireMethod> = graph.list(call, permission::METHODS, usize::MAX).await?;
    Ok(methods.into_iter().map(to_method).collect())
}

/// `preferredLanguage`, where somebody filled it in.
pub(super) async fn language(
    graph: &Graph,
    person: &PersonId,
) -> Result<Option<String>, DirectoryError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct WireLanguage {
        preferred_language: Option<String>,
    }
    let url = graph.url(&["users", &person.0])?;
    let call = Call::get("people.language", with_query(url, &[("$select", "preferredLanguage")]));
    let found: WireLanguage = graph.read(&call, permission::USERS).await?;
    Ok(found.preferred_language.filter(|language| !language.trim().is_empty()))
}

pub(in super::super) async fn phones(
    graph: &Graph,
    person: &PersonId,
) -> Result<Vec<PhoneMethod>, DirectoryError> {
    let call = Call::get("phones.list", url(graph, person, &[])?);
    let phones: Vec<WirePhone> = graph.list(call, permission::PHONES, usize::MAX).await?;
    Ok(phones.into_iter().filter_map(to_phone).collect())
}

/// The address of a person's phones, or below.
pub(super) fn url(graph: &Graph, person: &PersonId, below: &[&str]) -> Result<Url, DirectoryError> {
    let mut path = vec!["users", person.0.as_str(), "authentication", "phoneMethods"];
    path.extend(below);
    graph.url(&path)
}

/// Graph's word for the kind.
pub(super) fn type_of(kind: PhoneKind) -> &'static str {
    match kind {
        PhoneKind::Mobile => "mobile",
        PhoneKind::AlternateMobile => "alternateMobile",
        PhoneKind::Office => "office",
    }
}

/// Graph's id of the kind.
pub(super) fn id_of(kind: PhoneKind) -> &'static str {
    match kind {
        PhoneKind::Mobile => MOBILE,
        PhoneKind::AlternateMobile => ALTERNATE_MOBILE,
        PhoneKind::Office => OFFICE,
    }
}

/// Nothing for a kind that came after this was written.
pub(super) fn to_phone(phone: WirePhone) -> Option<PhoneMethod> {
    let kind = kind_of(phone.phone_type.as_deref())?;
    let sms = match phone.sms_sign_in_state.as_deref() {
        Some("ready") => SmsSignIn::Ready,
        Some("notAllowedByPolicy") => SmsSignIn::NotAllowedByPolicy,
        Some("notEnabled") => SmsSignIn::NotEnabled,
        Some("notConfigured") => SmsSignIn::NotConfigured,
        Some("phoneNumberNotUnique") => SmsSignIn::NumberNotUnique,
        _ => SmsSignIn::NotSupported,
    };
    let number = NumberText::new(phone.phone_number.unwrap_or_default());
    Some(PhoneMethod { kind, number, sms })
}

fn kind_of(phone_type: Option<&str>) -> Option<PhoneKind> {
    PhoneKind::ALL.into_iter().find(|kind| Some(type_of(*kind)) == phone_type)
}

fn to_method(method: WireMethod) -> RegisteredMethod {
    let name = method.kind.trim_start_matches("#microsoft.graph.");
    let kind = match name.strip_suffix("AuthenticationMethod").unwrap_or(name) {
        "password" => MethodKind::Password,
        "phone" => match kind_of(method.phone_type.as_deref()) {
            Some(kind) => MethodKind::Phone(kind),
            None => MethodKind::Other(name.to_owned()),
        },
        "fido2" => MethodKind::Passkey,
        "microsoftAuthenticator" | "passwordlessMicrosoftAuthenticator" => {
            MethodKind::Authenticator
        }
        "softwareOath" => MethodKind::SoftwareOath,
        "hardwareOath" => MethodKind::HardwareOath,
        "email" => MethodKind::Email,
        "temporaryAccessPass" => MethodKind::TemporaryAccessPass,
        "windowsHelloForBusiness" => MethodKind::WindowsHello,
        "platformCredential" => MethodKind::PlatformCredential,
        "external" => MethodKind::External,
        _ => MethodKind::Other(name.to_owned()),
    };
    RegisteredMethod {
        kind,
        id: method.id,
        name: method.display_name.filter(|name| !name.is_empty()),
        created: method.created_date_time.and_then(|time| time.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(json: &str) -> RegisteredMethod {
        to_method(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn every_method_has_its_kind_and_an_unknown_one_keeps_its_name() {
        let kind = |name: &str| {
            method(&format!(r##"{{"id":"1","@odata.type":"#microsoft.graph.{name}"}}"##)).kind
        };
        assert_eq!(kind("fido2AuthenticationMethod"), MethodKind::Passkey);
        assert_eq!(kind("hardwareOathAuthenticationMethod"), MethodKind::HardwareOath);
        assert_eq!(kind("externalAuthenticationMethod"), MethodKind::External);
        let other = |name: &str| MethodKind::Other(name.into());
        assert_eq!(kind("qrCodePinAuthenticationMethod"), other("qrCodePinAuthenticationMethod"));
        assert_eq!(kind("phoneAuthenticationMethod"), other("phoneAuthenticationMethod"));
        let phone = method(
            r##"{"id":"3","@odata.type":"#microsoft.graph.phoneAuthenticationMethod",
                "phoneType":"office","phoneNumber":"x","createdDateTime":"2026-11-22T11:20:01Z"}"##,
        );
        assert_eq!((phone.kind, phone.name), (MethodKind::Phone(PhoneKind::Office), None));
        assert_eq!(phone.created, "2026-11-22T11:20:01Z".parse().ok());
    }

    #[test]
    fn a_phone_is_read_as_it_stands_and_one_of_a_new_kind_is_left_out() {
        let phone = |json: &str| to_phone(serde_json::from_str(json).unwrap());
        let masked = phone(
            r#"{"id":"1","phoneNumber":"XXXXXXXX34","phoneType":"mobile","smsSignInState":"phoneNumberNotUnique"}"#,
        )
        .unwrap();
        assert_eq!(masked.number, NumberText::new("XXXXXXXX34"));
        assert_eq!(masked.sms, SmsSignIn::NumberNotUnique);
        let bare = phone(r#"{"phoneNumber":null,"phoneType":"office"}"#).unwrap();
        assert!(bare.number.is_blank() && bare.sms == SmsSignIn::NotSupported);
        assert_eq!(phone(r#"{"phoneNumber":"+46 1","phoneType":"satellite"}"#), None);
    }
}
