//! Which tenant a domain belongs to, and which cloud that tenant is in; needs no sign-in.

use super::super::http::endpoint::Base;
use super::super::http::{Call, Http};
use super::super::{DirectoryError, Signer};
use super::Limits;
use super::answer::{facts_of, sign_in_refusal};
use serde::Deserialize;
use url::Url;

/// A tenant as its login endpoint describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// GUID.
    pub tenant_id: String,
    /// Base URL of Graph in the tenant's cloud, such as `https://graph.microsoft.com`.
    pub graph_url: String,
    /// Such as `EU`.
    pub region: Option<String>,
    /// Base URL of the sign-in of the tenant's own cloud.
    pub login_url: Option<String>,
}

/// OpenID Provider Metadata with Microsoft's additions.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    token_endpoint: String,
    tenant_region_scope: Option<String>,
    msgraph_host: Option<String>,
}

/// Finds the tenant of a domain (or confirms that of a GUID).
///
/// # Errors
/// [`DirectoryError::SignIn`] for an unknown domain (AADSTS90002), `Settings` for an unusable
/// address, `Garbled` for an answer without a tenant, and the network's.
pub async fn discover(login_url: &str, domain: &str) -> Result<Tenant, DirectoryError> {
    look_up(&Http::new(Limits::default(), facts_of)?, &Base::parse(login_url)?, domain.trim()).await
}

pub(super) async fn look_up(
    http: &Http,
    login: &Base,
    domain: &str,
) -> Result<Tenant, DirectoryError> {
    let url = login.at(&[domain, "v2.0", ".well-known", "openid-configuration"])?;
    let answer = http.send(&Call::get("tenant", url), None).await?;
    let facts = facts_of(&answer);
    if !answer.status.is_success() {
        return Err(sign_in_refusal(&answer, Signer::Application, facts));
    }
    let metadata: Metadata =
        answer.json().map_err(|reason| DirectoryError::Garbled { reason, facts: facts.clone() })?;
    let id =
        [&metadata.token_endpoint, &metadata.issuer].into_iter().find_map(|text| tenant_id(text));
    Ok(Tenant {
        tenant_id: id
            .ok_or_else(|| DirectoryError::Garbled { reason: "no tenant id".into(), facts })?,
        graph_url: metadata.msgraph_host.as_deref().map_or_else(default_graph, graph_url),
        region: metadata.tenant_region_scope,
        login_url: origin(&metadata.token_endpoint),
    })
}

/// Only an address that sign-in may go to.
fn origin(address: &str) -> Option<String> {
    Base::parse(address).is_ok().then_some(())?;
    Some(Url::parse(address).ok()?.origin().ascii_serialization())
}

/// The GUID that is the first path segment.
fn tenant_id(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let segment = url.path_segments()?.next()?;
    uuid::Uuid::try_parse(segment).ok().map(|id| id.to_string())
}

fn graph_url(host: &str) -> String {
    let plain = format!("http://{host}");
    // Only a loopback host passes as plain http: the practice company's.
    if Base::parse(&plain).is_ok() { plain } else { format!("https://{host}") }
}

fn default_graph() -> String {
    "https://graph.microsoft.com".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_guid_is_a_tenant_id() {
        let id = "0f5b1c2e-1111-4222-8333-944455556666";
        assert_eq!(
            tenant_id(&format!("https://login.microsoftonline.com/{id}/oauth2/v2.0/token"))
                .as_deref(),
            Some(id)
        );
        for bad in ["https://login.microsoftonline.com/common/v2.0", "", "/x", "https://h/"] {
            assert_eq!(tenant_id(bad), None, "{bad}");
        }
    }

    #[test]
    fn graph_is_https_except_on_this_computer() {
        assert_eq!(graph_url("graph.microsoft.us"), "https://graph.microsoft.us");
        assert_eq!(graph_url("127.0.0.1:8080"), "http://127.0.0.1:8080");
    }
}
