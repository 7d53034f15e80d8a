//! What decides whether a person may get a passkey, as far as privacyIDEA tells.
//!
//! It has no passkey policy of its own: whoever may enrol, may. Its policies of the scope
//! enrollment may leave out device-bound passkeys; they name no models for passkeys.

use super::super::{
    DirectoryError, KeyRestriction, PasskeyPolicy, PolicyAdvice, PolicyProfile, PolicyTarget,
};
use super::api::Api;
use super::right;
use serde::Deserialize;
use std::collections::BTreeMap;

const PROFILE: &str = "enrolment";
const EVERYONE: &str = "all_users";
const DEVICE_TYPES: &str = "passkey_allowed_authenticator_device_types";
/// A credential that stays on its key.
const DEVICE_BOUND: &str = "single_device";
const ADVICE: PolicyAdvice = PolicyAdvice {
    turned_off: "The administrator may not enrol passkeys",
    turn_on: "Grant the right enrollPASSKEY in a policy of the scope admin that covers the realm",
    account_unknown: "Check the account by hand",
};
const RELYING_PARTY: &str = "webauthn_relying_party_id";

#[derive(Deserialize)]
pub(super) struct WirePolicy {
    scope: String,
    active: bool,
    #[serde(default)]
    action: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    realm: Vec<String>,
    #[serde(default)]
    user: Vec<String>,
    #[serde(default)]
    resolver: Vec<String>,
    #[serde(default)]
    client: Vec<String>,
    #[serde(default)]
    time: Option<String>,
}

pub(super) async fn read(api: &Api) -> Result<PasskeyPolicy, DirectoryError> {
    let (types, policies) = tokio::try_join!(enrollable(api), policies(api))?;
    let may_enrol = types.contains_key("passkey");
    Ok(to_policy(may_enrol, &policies.unwrap_or_default(), &api.realm))
}

/// All policies; `None` where the administrator may not read them.
pub(super) async fn policies(api: &Api) -> Result<Option<Vec<WirePolicy>>, DirectoryError> {
    match api.read("policies", api.url(&["policy"], &[])?, right::READ_POLICIES).await {
        Ok(policies) => Ok(Some(policies)),
        Err(DirectoryError::Forbidden(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The relying party id that people of the realm enrol for; `None` where no policy names one.
pub(super) fn relying_party(policies: &[WirePolicy], realm: &str) -> Option<String> {
    let named = policies.iter().filter(|policy| policy.may_count(realm));
    named.filter_map(|policy| policy.action.get(RELYING_PARTY)?.as_str()).next().map(str::to_owned)
}

/// The kinds of tokens the administrator may enrol, with their descriptions.
async fn enrollable(api: &Api) -> Result<BTreeMap<String, serde_json::Value>, DirectoryError> {
    api.read("rights", api.url(&["auth", "rights"], &[])?, right::ENROL).await
}

impl WirePolicy {
    fn may_count(&self, realm: &str) -> bool {
        let in_realm = self.realm.is_empty()
            || self.realm.iter().any(|named| named.eq_ignore_ascii_case(realm));
        self.active && self.scope == "enrollment" && in_realm
    }

    /// For everybody, always; one with conditions is left to the server.
    fn counts(&self, realm: &str) -> bool {
        let unconditional = self.user.is_empty()
            && self.resolver.is_empty()
            && self.client.is_empty()
            && self.time.as_deref().is_none_or(str::is_empty);
        unconditional && self.may_count(realm)
    }
}

fn to_policy(may_enrol: bool, policies: &[WirePolicy], realm: &str) -> PasskeyPolicy {
    let counting = policies.iter().filter(|policy| policy.counts(realm));
    let kinds: Vec<&str> =
        counting.filter_map(|policy| policy.action.get(DEVICE_TYPES)?.as_str()).collect();
    let device_bound = kinds.is_empty()
        || kinds.iter().any(|kinds| kinds.split_whitespace().any(|kind| kind == DEVICE_BOUND));
    PasskeyPolicy {
        enabled: may_enrol,
        self_service_allowed: true,
        include: vec![PolicyTarget { group: EVERYONE.into(), profiles: Vec::new() }],
        exclude: Vec::new(),
        profiles: vec![PolicyProfile {
            id: PROFILE.into(),
            name: "Enrolment policies".into(),
            attestation_enforced: false,
            device_bound,
            restriction: KeyRestriction::None,
        }],
        default_profile: Some(PROFILE.into()),
        most_passkeys: None,
        advice: ADVICE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policies(json: &str) -> Vec<WirePolicy> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn without_the_right_to_enrol_passkeys_are_off() {
        assert!(to_policy(true, &[], "emp").enabled && !to_policy(false, &[], "emp").enabled);
    }

    #[test]
    fn only_a_policy_for_everybody_in_the_realm_forbids_keys() {
        let policy = |more: &str| {
            policies(&format!(
                r#"[{{"scope":"enrollment","active":true,{more}
                "action":{{"passkey_allowed_authenticator_device_types":"multi_device","other":true}}}}]"#
            ))
        };
        let bound =
            |policies: &[WirePolicy]| to_policy(true, policies, "emp").profiles[0].device_bound;
        assert!(!bound(&policy("")) && !bound(&policy(r#""realm":["EMP"],"#)));
        assert!(bound(&policy(r#""realm":["other"],"#)) && bound(&policy(r#""user":["elin"],"#)));
        assert!(bound(&policy(r#""client":["10.0.0.0/8"],"#)));
        assert!(bound(&[]));
    }

    #[test]
    fn the_relying_party_is_the_realms() {
        let found = policies(
            r#"[{"scope":"admin","active":true,"action":{"webauthn_relying_party_id":"a.example"}},
                {"scope":"enrollment","active":false,"action":{"webauthn_relying_party_id":"b.example"}},
                {"scope":"enrollment","active":true,"action":{"webauthn_relying_party_id":"c.example"}}]"#,
        );
        assert_eq!(relying_party(&found, "emp").as_deref(), Some("c.example"));
        assert_eq!(relying_party(&[], "emp"), None);
    }
}
