//! Outcomes that notes of this instance can have.

use super::api::Api;
use crate::services::ServiceError;
use crate::services::tickets::NoteOutcome;
use serde::Deserialize;

/// What every instance calls a note that the person can't see.
pub(super) const PRIVATE_NOTE: &str = "Private Note";

#[derive(Deserialize)]
#[serde(untagged)]
enum WireOutcomes {
    Bare(Vec<WireOutcome>),
    Wrapped { outcomes: Vec<WireOutcome> },
}

#[derive(Deserialize)]
struct WireOutcome {
    id: i64,
    #[serde(alias = "name", alias = "outcomename")]
    outcome: Option<String>,
}

pub(super) async fn list(api: &Api) -> Result<Vec<NoteOutcome>, ServiceError> {
    let found = api.read("halo outcomes", api.url(&["outcome"], &[])?).await?;
    let found = match found {
        WireOutcomes::Bare(found) | WireOutcomes::Wrapped { outcomes: found } => found,
    };
    let mut outcomes: Vec<NoteOutcome> = found
        .into_iter()
        .filter_map(|one| Some(NoteOutcome { id: one.id, name: one.outcome?.trim().to_owned() }))
        .collect();
    outcomes.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    Ok(outcomes)
}
