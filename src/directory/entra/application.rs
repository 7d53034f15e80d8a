//! The app registration's own secrets and certificates, and when they end.

use super::super::http::Call;
use super::super::http::endpoint::with_query;
use super::super::{DirectoryError, Expiry};
use super::graph::Graph;
use super::odata::filter_literal;
use super::permission;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireApplication {
    password_credentials: Option<Vec<WireCredential>>,
    key_credentials: Option<Vec<WireCredential>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCredential {
    display_name: Option<String>,
    end_date_time: Option<jiff::Timestamp>,
}

/// Empty in a customer's tenant, where the application is registered elsewhere.
pub(super) async fn expiries(
    graph: &Graph,
    client_id: &str,
) -> Result<Vec<Expiry>, DirectoryError> {
    let filter = format!("appId eq {}", filter_literal(client_id));
    let options = [
        ("$filter", filter.as_str()),
        ("$select", "appId,displayName,passwordCredentials,keyCredentials"),
    ];
    let call = Call::get("application", with_query(graph.url(&["applications"])?, &options));
    let found: Vec<WireApplication> = graph.list(call, permission::APPLICATIONS, 1).await?;
    let Some(found) = found.into_iter().next() else { return Ok(Vec::new()) };
    let secrets = found.password_credentials.unwrap_or_default();
    let certificates = found.key_credentials.unwrap_or_default();
    let secrets = secrets.into_iter().filter_map(|secret| expiry("Client secret", secret));
    let certificates = certificates.into_iter().filter_map(|own| expiry("Certificate", own));
    Ok(secrets.chain(certificates).collect())
}

fn expiry(kind: &str, credential: WireCredential) -> Option<Expiry> {
    let what = match credential.display_name.as_deref().map(str::trim) {
        None | Some("") => kind.to_owned(),
        Some(name) => format!("{kind} \"{name}\""),
    };
    Some(Expiry { what, at: credential.end_date_time? })
}
