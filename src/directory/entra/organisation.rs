//! Whose tenant it is, in the tenant's own words.

use super::super::http::Call;
use super::super::http::endpoint::with_query;
use super::super::{DirectoryError, Organisation};
use super::graph::Graph;
use super::permission;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireOrganisation {
    display_name: Option<String>,
    verified_domains: Option<Vec<WireDomain>>,
}

#[derive(Deserialize)]
struct WireDomain {
    name: String,
}

/// Nothing where the tenant does not say its name.
pub(super) async fn read(graph: &Graph) -> Result<Option<Organisation>, DirectoryError> {
    let options = [("$select", "displayName,verifiedDomains")];
    let call = Call::get("organisation", with_query(graph.url(&["organization"])?, &options));
    let found: Vec<WireOrganisation> = graph.list(call, permission::ORGANISATION, 1).await?;
    Ok(found.into_iter().next().and_then(|found| {
        let domains = found.verified_domains.unwrap_or_default();
        Some(Organisation {
            name: found.display_name?,
            domains: domains.into_iter().map(|domain| domain.name).collect(),
        })
    }))
}
