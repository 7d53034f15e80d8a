//! Which groups the operator is in; decides the operator's roles at this station.

use super::super::DirectoryError;
use super::super::http::Call;
use super::super::http::endpoint::with_query;
use super::graph::Graph;
use super::people::eventual;
use super::permission;
use serde::Deserialize;

/// More than anybody is in: Entra itself gives up at about 2,000.
const MOST: usize = 5000;

#[derive(Deserialize)]
struct WireGroup {
    id: String,
}

/// Ids only: names need a permission more.
pub(super) async fn read(graph: &Graph) -> Result<Vec<String>, DirectoryError> {
    if graph.is_application() {
        return Ok(Vec::new());
    }
    let url = graph.url(&["me", "transitiveMemberOf", "microsoft.graph.group"])?;
    let options = [("$select", "id"), ("$top", "999"), ("$count", "true")];
    let call = eventual(Call::get("me.groups", with_query(url, &options)));
    let groups: Vec<WireGroup> = graph.list(call, permission::ME, MOST).await?;
    Ok(groups.into_iter().map(|group| group.id).collect())
}
