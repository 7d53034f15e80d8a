//! The kinds of sign-in methods a person has registered; phone numbers masked.

use super::super::http::Call;
use super::super::{DirectoryError, Method, PersonId};
use super::graph::Graph;
use super::permission;
use crate::phones::NumberText;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMethod {
    #[serde(rename = "@odata.type")]
    kind: String,
    phone_number: Option<String>,
}

/// All methods; `None` where the application may read passkeys only.
pub(super) async fn list(
    graph: &Graph,
    person: &PersonId,
) -> Result<Option<Vec<Method>>, DirectoryError> {
    let url = graph.url(&["users", &person.0, "authentication", "methods"])?;
    let call = Call::get("methods.list", url);
    match graph.list::<WireMethod>(call, permission::PASSKEYS, usize::MAX).await {
        Ok(methods) => Ok(Some(methods.into_iter().map(to_method).collect())),
        Err(DirectoryError::Forbidden(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn to_method(method: WireMethod) -> Method {
    let kind = method.kind.trim_start_matches("#microsoft.graph.");
    match kind {
        "passwordAuthenticationMethod" => Method::Password,
        "phoneAuthenticationMethod" => Method::Phone {
            masked: NumberText::new(method.phone_number.unwrap_or_default()).masked(),
        },
        "fido2AuthenticationMethod" => Method::Passkey,
        "microsoftAuthenticatorAuthenticationMethod" => Method::Authenticator,
        "softwareOathAuthenticationMethod" => Method::SoftwareOath,
        "emailAuthenticationMethod" => Method::Email,
        "temporaryAccessPassAuthenticationMethod" => Method::TemporaryAccessPass,
        "windowsHelloForBusinessAuthenticationMethod" => Method::WindowsHello,
        "platformCredentialAuthenticationMethod" => Method::PlatformCredential,
        other => Method::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_its_country_and_two_digits() {
        let masked = |number: &str| NumberText::new(number).masked();
        assert_eq!(masked("+46 701234567"), "+46 ••• ••• 67");
        assert_eq!(masked("+1 2065555555x1234"), "+1 ••• ••• 55");
        assert_eq!(masked("+46701234567"), "••• ••• 67");
        assert_eq!(masked("XXXXXXXX34"), "••• ••• 34");
        assert_eq!(masked(""), "••• ••• •••");
        assert_eq!(masked("112"), "••• ••• •••");
        assert_eq!(masked("+4670123 4567"), "••• ••• 67");
    }

    #[test]
    fn known_kinds_have_names_and_others_keep_theirs() {
        let method = |kind: &str| to_method(WireMethod { kind: kind.into(), phone_number: None });
        assert_eq!(method("#microsoft.graph.passwordAuthenticationMethod"), Method::Password);
        assert_eq!(method("#microsoft.graph.fido2AuthenticationMethod"), Method::Passkey);
        assert_eq!(
            method("#microsoft.graph.qrCodePinAuthenticationMethod"),
            Method::Other("qrCodePinAuthenticationMethod".into())
        );
    }
}
