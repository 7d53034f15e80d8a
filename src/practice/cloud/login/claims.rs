//! What a client asks to have in its tokens: scopes and the `claims` parameter.

use super::super::call::Call;
use super::super::caller::Challenges;
use super::refusal::SignInRefusal;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const GRAPH: &str = "https://graph.microsoft.com";

/// What a sign-in is to give.
#[derive(Clone, Debug, Default)]
pub(super) struct Scopes {
    pub id_token: bool,
    pub refresh_token: bool,
    /// As sent.
    pub text: String,
}

impl Scopes {
    /// Only what belongs to sign-in itself or to the directory is known here.
    pub fn read(call: &Call, text: Option<&str>) -> Result<Self, SignInRefusal> {
        let text = text.ok_or_else(|| SignInRefusal::missing("scope"))?;
        let own = call.origin();
        for scope in text.split_whitespace() {
            let is_known = matches!(scope, "openid" | "profile" | "email" | "offline_access")
                || scope.strip_prefix(GRAPH).is_some_and(|rest| rest.starts_with('/'))
                || scope.strip_prefix(&own).is_some_and(|rest| rest.starts_with('/'))
                || scope.contains(".Read");
            if !is_known {
                let text = format!(
                    "The provided value for the input parameter 'scope' is not valid. The scope '{scope}' does not exist."
                );
                return Err(SignInRefusal::new("invalid_scope", 70011, text));
            }
        }
        let has = |name: &str| text.split_whitespace().any(|scope| scope == name);
        Ok(Self {
            id_token: has("openid"),
            refresh_token: has("offline_access"),
            text: text.to_owned(),
        })
    }
}

/// The `claims` parameter (OpenID Connect Core, 5.5), as far as it is known here.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    /// Authentication contexts that the id_token must have.
    pub id_token: BTreeSet<String>,
    /// Authentication contexts that the access token must have.
    pub access_token: BTreeSet<String>,
    pub challenges: Challenges,
}

impl Claims {
    pub fn read(text: Option<&str>) -> Result<Self, SignInRefusal> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let malformed = || {
            let text = "Invalid request. Request is malformed or invalid: the parameter 'claims' is not valid JSON.";
            SignInRefusal::new("invalid_request", 9_002_313, text)
        };
        let wanted: Value = serde_json::from_str(text).map_err(|_| malformed())?;
        if !wanted.is_object() {
            return Err(malformed());
        }
        let claims = Self {
            id_token: contexts(&wanted["id_token"]["acrs"]),
            access_token: contexts(&wanted["access_token"]["acrs"]),
            challenges: match values(&wanted["access_token"]["xms_cc"])
                .any(|capability| capability.eq_ignore_ascii_case("cp1"))
            {
                true => Challenges::Understood,
                false => Challenges::NotUnderstood,
            },
        };
        if claims.contexts().iter().any(|context| !is_context(context)) {
            return Err(malformed());
        }
        Ok(claims)
    }

    pub fn contexts(&self) -> BTreeSet<String> {
        self.id_token.union(&self.access_token).cloned().collect()
    }
}

fn contexts(wanted: &Value) -> BTreeSet<String> {
    values(wanted).map(str::to_owned).collect()
}

/// `value` or `values` of a wanted claim.
fn values(wanted: &Value) -> impl Iterator<Item = &str> {
    let many = wanted["values"].as_array().into_iter().flatten();
    wanted["value"].as_str().into_iter().chain(many.filter_map(Value::as_str))
}

/// `c1` to `c99`.
fn is_context(text: &str) -> bool {
    text.strip_prefix('c')
        .and_then(|number| number.parse::<u8>().ok())
        .is_some_and(|number| (1..=99).contains(&number))
}
