//! The tenant's FIDO2 policy, with passkey profiles or in the older form.

use super::super::http::Call;
use super::super::{
    DirectoryError, KeyRestriction, PasskeyPolicy, PolicyAdvice, PolicyProfile, PolicyTarget,
};
use super::graph::Graph;
use super::permission;
use crate::webauthn::Aaguid;
use serde::Deserialize;

/// Stands for the top-level members of a policy without profiles.
const SOLE_PROFILE: &str = "policy";
pub(super) const EVERYONE: &str = "all_users";
/// Entra refuses an eleventh.
const MOST_PASSKEYS: usize = 10;
const ADVICE: PolicyAdvice = PolicyAdvice {
    turned_off: "Passkeys are turned off in this tenant",
    turn_on: "Turn on Passkey (FIDO2) in the tenant's authentication methods",
    account_unknown: "Grant User.Read.All, or check the account by hand",
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePolicy {
    state: String,
    is_self_service_registration_allowed: Option<bool>,
    is_attestation_enforced: Option<bool>,
    key_restrictions: Option<WireRestrictions>,
    default_passkey_profile: Option<String>,
    include_targets: Option<Vec<WireTarget>>,
    exclude_targets: Option<Vec<WireTarget>>,
    passkey_profiles: Option<Vec<WireProfile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTarget {
    id: String,
    allowed_passkey_profiles: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProfile {
    id: String,
    name: Option<String>,
    /// `deviceBound`, `synced`, or both with a comma.
    passkey_types: Option<String>,
    attestation_enforcement: Option<String>,
    key_restrictions: Option<WireRestrictions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRestrictions {
    is_enforced: Option<bool>,
    enforcement_type: Option<String>,
    aa_guids: Option<Vec<String>>,
}

pub(super) async fn read(graph: &Graph) -> Result<PasskeyPolicy, DirectoryError> {
    let url = graph.url(&[
        "policies",
        "authenticationMethodsPolicy",
        "authenticationMethodConfigurations",
        "fido2",
    ])?;
    graph.read(&Call::get("policy", url), permission::POLICY).await.map(to_policy)
}

fn to_policy(policy: WirePolicy) -> PasskeyPolicy {
    let include = policy.include_targets.map_or_else(
        // A policy without targets is one whose targets weren't sent; the service decides.
        || vec![PolicyTarget { group: EVERYONE.into(), profiles: Vec::new() }],
        |targets| targets.into_iter().map(to_target).collect(),
    );
    let exclude = policy.exclude_targets.unwrap_or_default();
    let mut profiles: Vec<PolicyProfile> =
        policy.passkey_profiles.unwrap_or_default().into_iter().map(to_profile).collect();
    let mut default_profile = policy.default_passkey_profile;
    if profiles.is_empty() {
        default_profile = Some(SOLE_PROFILE.into());
        profiles.push(PolicyProfile {
            id: SOLE_PROFILE.into(),
            name: "Passkey policy".into(),
            attestation_enforced: policy.is_attestation_enforced.unwrap_or(false),
            device_bound: true,
            restriction: to_restriction(policy.key_restrictions),
        });
    }
    PasskeyPolicy {
        enabled: policy.state == "enabled",
        self_service_allowed: policy.is_self_service_registration_allowed.unwrap_or(true),
        include,
        exclude: exclude.into_iter().map(|target| target.id).collect(),
        profiles,
        default_profile,
        most_passkeys: Some(MOST_PASSKEYS),
        advice: ADVICE,
    }
}

fn to_target(target: WireTarget) -> PolicyTarget {
    PolicyTarget { group: target.id, profiles: target.allowed_passkey_profiles.unwrap_or_default() }
}

fn to_profile(profile: WireProfile) -> PolicyProfile {
    PolicyProfile {
        name: profile.name.unwrap_or_else(|| profile.id.clone()),
        id: profile.id,
        attestation_enforced: profile
            .attestation_enforcement
            .is_some_and(|value| value != "disabled"),
        device_bound: profile
            .passkey_types
            .is_none_or(|types| types.split(',').any(|kind| kind.trim() == "deviceBound")),
        restriction: to_restriction(profile.key_restrictions),
    }
}

fn to_restriction(restrictions: Option<WireRestrictions>) -> KeyRestriction {
    let Some(restrictions) = restrictions.filter(|r| r.is_enforced == Some(true)) else {
        return KeyRestriction::None;
    };
    let models = restrictions.aa_guids.unwrap_or_default();
    let models: Vec<Aaguid> = models.iter().filter_map(|model| model.parse().ok()).collect();
    match restrictions.enforcement_type.as_deref() {
        Some("allow") => KeyRestriction::AllowOnly(models),
        Some("block") => KeyRestriction::Block(models),
        // A kind that isn't known can't be judged here; the service will.
        _ => KeyRestriction::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "2FC0579F-8113-47EA-B116-BB5A8DB9202A";

    fn policy(json: serde_json::Value) -> PasskeyPolicy {
        to_policy(serde_json::from_value(json).unwrap())
    }

    #[test]
    fn profiles_are_read_with_their_restrictions() {
        let policy = policy(serde_json::json!({
            "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration", "id": "Fido2",
            "state": "enabled", "isSelfServiceRegistrationAllowed": false, "isAttestationEnforced": true,
            "keyRestrictions": {"isEnforced": true, "enforcementType": "block", "aaGuids": [MODEL]},
            "defaultPasskeyProfile": "p1",
            "excludeTargets": [{"id": "g-out", "targetType": "group"}],
            "includeTargets": [{"targetType": "group", "id": "all_users", "allowedPasskeyProfiles": ["p1", "p2"]}],
            "passkeyProfiles": [
                {"id": "p1", "name": "Keys", "passkeyTypes": "deviceBound", "attestationEnforcement": "registrationOnly",
                 "keyRestrictions": {"isEnforced": true, "enforcementType": "allow", "aaGuids": [MODEL, "nonsense"]}},
                {"id": "p2", "name": null, "passkeyTypes": "synced", "attestationEnforcement": "disabled",
                 "keyRestrictions": {"isEnforced": false, "enforcementType": "block", "aaGuids": [MODEL]}}],
        }));
        assert!(policy.enabled && !policy.self_service_allowed);
        assert_eq!(policy.exclude, ["g-out"]);
        assert_eq!(policy.include[0].group, "all_users");
        assert_eq!(policy.include[0].profiles, ["p1", "p2"]);
        let [first, second] = &policy.profiles[..] else { panic!("two profiles") };
        assert!(first.attestation_enforced && first.device_bound);
        assert_eq!(first.restriction, KeyRestriction::AllowOnly(vec![MODEL.parse().unwrap()]));
        assert!(!second.attestation_enforced && !second.device_bound);
        assert_eq!((second.name.as_str(), &second.restriction), ("p2", &KeyRestriction::None));
    }

    #[test]
    fn a_policy_without_profiles_becomes_one_profile() {
        let policy = policy(serde_json::json!({
            "state": "disabled", "isSelfServiceRegistrationAllowed": true, "isAttestationEnforced": true,
            "keyRestrictions": {"isEnforced": true, "enforcementType": "block", "aaGuids": [MODEL]},
            "includeTargets": [{"id": "g1", "targetType": "group"}], "excludeTargets": [],
        }));
        assert!(!policy.enabled);
        assert_eq!(policy.profiles.len(), 1);
        assert_eq!(policy.default_profile.as_deref(), Some(policy.profiles[0].id.as_str()));
        assert!(policy.profiles[0].attestation_enforced);
        assert_eq!(
            policy.profiles[0].restriction,
            KeyRestriction::Block(vec![MODEL.parse().unwrap()])
        );
        assert!(policy.include[0].profiles.is_empty());
    }

    #[test]
    fn what_the_service_leaves_out_does_not_forbid() {
        let policy = policy(
            serde_json::json!({"state": "enabled", "keyRestrictions": null, "includeTargets": null}),
        );
        assert!(policy.enabled && policy.self_service_allowed);
        assert_eq!(policy.include[0].group, "all_users");
        assert_eq!(policy.profiles[0].restriction, KeyRestriction::None);
    }
}
