//! Temporary Access Passes.

use super::super::super::http::patience::Repeat;
use super::super::super::http::{Call, Payload};
use super::super::super::phones::{IssuedPass, PassPolicy, PassWish};
use super::super::super::{DirectoryError, PersonId};
use super::super::answer::facts_of;
use super::super::graph::Graph;
use super::super::permission;
use crate::secrets::SecretText;
use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use url::Url;

/// What Entra allows at all, in minutes; stands where the policy says nothing.
const LEAST: u32 = 10;
const MOST: u32 = 43_200;
const DEFAULT: u32 = 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePolicy {
    state: String,
    default_lifetime_in_minutes: Option<u32>,
    minimum_lifetime_in_minutes: Option<u32>,
    maximum_lifetime_in_minutes: Option<u32>,
    is_usable_once: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireWish {
    lifetime_in_minutes: u32,
    is_usable_once: bool,
}

/// It has no Debug: there is a pass in it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePass {
    id: String,
    temporary_access_pass: String,
    start_date_time: Option<Timestamp>,
    lifetime_in_minutes: Option<u32>,
    is_usable_once: Option<bool>,
}

pub(super) async fn policy(graph: &Graph) -> Result<PassPolicy, DirectoryError> {
    let url = graph.url(&[
        "policies",
        "authenticationMethodsPolicy",
        "authenticationMethodConfigurations",
        "TemporaryAccessPass",
    ])?;
    graph.read(&Call::get("passes.policy", url), permission::POLICY).await.map(to_policy)
}

fn to_policy(policy: WirePolicy) -> PassPolicy {
    PassPolicy {
        enabled: policy.state == "enabled",
        default_minutes: policy.default_lifetime_in_minutes.unwrap_or(DEFAULT),
        least_minutes: policy.minimum_lifetime_in_minutes.unwrap_or(LEAST),
        most_minutes: policy.maximum_lifetime_in_minutes.unwrap_or(MOST),
        once_only: policy.is_usable_once.unwrap_or(false),
    }
}

/// Never repeated blindly: a second one would end the first. An answer that can't be read is
/// [`DirectoryError::AnswerLost`]: there may be a pass that nobody knows.
pub(super) async fn issue(
    graph: &Graph,
    person: &PersonId,
    wish: PassWish,
) -> Result<IssuedPass, DirectoryError> {
    let body = WireWish { lifetime_in_minutes: wish.minutes, is_usable_once: wish.once };
    let unusable = |error: serde_json::Error| DirectoryError::Options(error.to_string());
    let call = Call {
        method: Method::POST,
        payload: Payload::Json(serde_json::to_vec(&body).map_err(unusable)?),
        repeat: Repeat::OnlyAfterRefusal,
        ..Call::get("passes.issue", url(graph, person, &[])?)
    };
    let answer = graph.send(&call, permission::PASSES).await?;
    let pass: WirePass =
        answer.json().map_err(|_| DirectoryError::AnswerLost(facts_of(&answer)))?;
    Ok(IssuedPass {
        id: pass.id,
        pass: SecretText::new(pass.temporary_access_pass),
        starts: pass.start_date_time.unwrap_or_else(Timestamp::now),
        minutes: pass.lifetime_in_minutes.unwrap_or(wish.minutes),
        once: pass.is_usable_once.unwrap_or(wish.once),
    })
}

/// Removing twice removes once, so it may be repeated.
pub(super) async fn remove(
    graph: &Graph,
    person: &PersonId,
    id: &str,
) -> Result<(), DirectoryError> {
    let call = Call::delete("passes.remove", url(graph, person, &[id])?);
    match graph.send(&call, permission::PASSES).await {
        Ok(_) | Err(DirectoryError::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn url(graph: &Graph, person: &PersonId, below: &[&str]) -> Result<Url, DirectoryError> {
    let mut path = vec!["users", person.0.as_str(), "authentication", "temporaryAccessPassMethods"];
    path.extend(below);
    graph.url(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_says_little_allows_what_entra_allows() {
        let policy = |json: &str| to_policy(serde_json::from_str(json).unwrap());
        let bare = policy(r#"{"state":"disabled"}"#);
        assert!(!bare.enabled && !bare.once_only);
        assert_eq!((bare.least_minutes, bare.default_minutes, bare.most_minutes), (10, 60, 43_200));
        let whole = policy(
            r#"{"state":"enabled","defaultLifetimeInMinutes":30,"minimumLifetimeInMinutes":15,
                "maximumLifetimeInMinutes":45,"isUsableOnce":true,"defaultLength":8}"#,
        );
        assert!(whole.enabled && whole.once_only);
        assert_eq!((whole.least_minutes, whole.default_minutes, whole.most_minutes), (15, 30, 45));
    }
}
