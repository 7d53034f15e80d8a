//! The company's passkey policy: how it is shown, and how the server itself judges by it.

use super::orders::PolicyChange;
use crate::practice::company::{FORBIDDEN_AAGUID, Group};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

const EVERYBODY: &str = "all_users";
const DEFAULT_PROFILE: Uuid = Uuid::from_u128(1);
const ADMINISTRATORS_PROFILE: Uuid = Uuid::from_u128(2);

/// Which members a tenant's policy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyForm {
    /// Passkey profiles (tenants since March 2026).
    Profiles,
    /// Only the top-level members; the default profile's values stand there.
    TopLevel,
}

/// Which models a profile lets in; AAGUIDs as GUIDs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "aaguids", rename_all = "snake_case")]
pub enum Restriction {
    None,
    Allow(Vec<String>),
    Block(Vec<String>),
}

#[derive(Clone, Debug)]
pub(super) struct Policy {
    enabled: bool,
    self_service: bool,
    form: PolicyForm,
    targets: Vec<Target>,
    /// Group ids.
    excluded: Vec<String>,
    /// The first one is the default.
    profiles: Vec<Profile>,
}

#[derive(Clone, Debug)]
struct Target {
    /// Group id or [`EVERYBODY`].
    id: String,
    profiles: Vec<Uuid>,
}

#[derive(Clone, Debug)]
struct Profile {
    id: Uuid,
    name: &'static str,
    attestation_enforced: bool,
    restriction: Restriction,
}

/// Why the policy refuses a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    MethodOff,
    SelfServiceOff,
    NotTargeted,
    NotAttested,
    Model,
}

impl Policy {
    /// One model is forbidden to all but the tier 0 administrators; kiosk accounts get no passkeys.
    pub fn of_company(groups: &[Group]) -> Self {
        let id = |name: &str| groups.iter().find(|g| g.name == name).map(|g| g.id.to_string());
        let mut targets = vec![Target { id: EVERYBODY.into(), profiles: vec![DEFAULT_PROFILE] }];
        targets.extend(
            id("Tier 0 administrators")
                .map(|id| Target { id, profiles: vec![ADMINISTRATORS_PROFILE] }),
        );
        Self {
            enabled: true,
            self_service: true,
            form: PolicyForm::Profiles,
            targets,
            excluded: id("Kiosk accounts").into_iter().collect(),
            profiles: vec![
                Profile {
                    id: DEFAULT_PROFILE,
                    name: "Default passkey profile",
                    attestation_enforced: true,
                    restriction: Restriction::Block(vec![FORBIDDEN_AAGUID.into()]),
                },
                Profile {
                    id: ADMINISTRATORS_PROFILE,
                    name: "Models under test",
                    attestation_enforced: true,
                    restriction: Restriction::Allow(vec![FORBIDDEN_AAGUID.into()]),
                },
            ],
        }
    }

    pub fn change(&mut self, change: PolicyChange) {
        self.enabled = change.enabled.unwrap_or(self.enabled);
        self.self_service = change.self_service.unwrap_or(self.self_service);
        self.form = change.form.unwrap_or(self.form);
        if let Some(default) = self.profiles.first_mut() {
            if let Some(enforced) = change.attestation_enforced {
                default.attestation_enforced = enforced;
            }
            if let Some(restriction) = change.restriction {
                default.restriction = restriction;
            }
        }
    }

    /// Whether a person in these groups may register passkeys at all.
    pub fn allows_person(&self, groups: &[String]) -> Result<(), Denied> {
        if !self.enabled {
            return Err(Denied::MethodOff);
        }
        if !self.self_service {
            return Err(Denied::SelfServiceOff);
        }
        if groups.iter().any(|group| self.excluded.contains(group))
            || self.profiles_of(groups).is_empty()
        {
            return Err(Denied::NotTargeted);
        }
        Ok(())
    }

    /// Whether a person in these groups may register this model. `attested`: the attestation was
    /// given by a certificate and the model is known.
    pub fn allows_key(
        &self,
        groups: &[String],
        aaguid: &str,
        attested: bool,
    ) -> Result<(), Denied> {
        self.allows_person(groups)?;
        let profiles = self.profiles_of(groups);
        let by_model: Vec<_> = profiles.iter().filter(|p| p.restriction.lets_in(aaguid)).collect();
        if by_model.is_empty() {
            return Err(Denied::Model);
        }
        if by_model.iter().any(|profile| attested || !profile.attestation_enforced) {
            return Ok(());
        }
        Err(Denied::NotAttested)
    }

    /// As the directory shows it (`fido2AuthenticationMethodConfiguration`).
    pub fn shown(&self) -> Value {
        let default = self.profiles.first();
        let mut shown = json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#authenticationMethodConfigurations/$entity",
            "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration",
            "id": "Fido2",
            "state": if self.enabled { "enabled" } else { "disabled" },
            "isSelfServiceRegistrationAllowed": self.self_service,
            "isAttestationEnforced": default.is_some_and(|profile| profile.attestation_enforced),
            "keyRestrictions": default.map(|profile| profile.restriction.shown()),
            "excludeTargets": self.excluded.iter()
                .map(|id| json!({"id": id, "targetType": "group"})).collect::<Vec<_>>(),
            "includeTargets": self.shown_targets(),
        });
        if self.form == PolicyForm::Profiles {
            shown["defaultPasskeyProfile"] = json!(default.map(|profile| profile.id.to_string()));
            shown["passkeyProfiles"] = self.profiles.iter().map(Profile::shown).collect();
        }
        shown
    }

    fn shown_targets(&self) -> Vec<Value> {
        let targets = self.targets.iter().filter(|target| self.counts(target));
        targets
            .map(|target| {
                let mut shown =
                    json!({"targetType": "group", "id": target.id, "isRegistrationRequired": false});
                if self.form == PolicyForm::Profiles {
                    shown["allowedPasskeyProfiles"] =
                        target.profiles.iter().map(|id| json!(id.to_string())).collect();
                }
                shown
            })
            .collect()
    }

    /// A policy without profiles has no targets of other profiles than the default.
    fn counts(&self, target: &Target) -> bool {
        self.form == PolicyForm::Profiles || target.profiles.contains(&DEFAULT_PROFILE)
    }

    fn profiles_of(&self, groups: &[String]) -> Vec<&Profile> {
        let mut ids = self
            .targets
            .iter()
            .filter(|target| self.counts(target))
            .filter(|target| target.id == EVERYBODY || groups.contains(&target.id))
            .flat_map(|target| target.profiles.clone())
            .collect::<Vec<_>>();
        ids.dedup();
        self.profiles.iter().filter(|profile| ids.contains(&profile.id)).collect()
    }
}

impl Profile {
    fn shown(&self) -> Value {
        json!({
            "id": self.id.to_string(),
            "name": self.name,
            "passkeyTypes": "deviceBound",
            "attestationEnforcement":
                if self.attestation_enforced { "registrationOnly" } else { "disabled" },
            "keyRestrictions": self.restriction.shown(),
        })
    }
}

impl Restriction {
    fn lets_in(&self, aaguid: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|entry| entry.eq_ignore_ascii_case(aaguid));
        match self {
            Self::None => true,
            Self::Allow(list) => named(list),
            Self::Block(list) => !named(list),
        }
    }

    fn shown(&self) -> Value {
        let (enforced, kind, list): (_, _, &[String]) = match self {
            Self::None => (false, "block", &[]),
            Self::Allow(list) => (true, "allow", list),
            Self::Block(list) => (true, "block", list),
        };
        json!({"isEnforced": enforced, "enforcementType": kind, "aaGuids": list})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice::company;

    const NFC: &str = "2fc0579f-8113-47ea-b116-bb5a8db9202a";

    fn group(name: &str) -> String {
        company::groups().into_iter().find(|g| g.name == name).unwrap().id.to_string()
    }

    #[test]
    fn the_forbidden_model_is_for_administrators_only() {
        let policy = Policy::of_company(&company::groups());
        assert_eq!(policy.allows_key(&[], NFC, true), Ok(()));
        assert_eq!(policy.allows_key(&[], FORBIDDEN_AAGUID, true), Err(Denied::Model));
        let tier_0 = [group("Tier 0 administrators")];
        assert_eq!(policy.allows_key(&tier_0, FORBIDDEN_AAGUID, true), Ok(()));
        assert_eq!(policy.allows_key(&tier_0, NFC, true), Ok(()));
    }

    #[test]
    fn an_unattested_key_is_refused_while_attestation_is_enforced() {
        let mut policy = Policy::of_company(&company::groups());
        assert_eq!(policy.allows_key(&[], NFC, false), Err(Denied::NotAttested));
        policy.change(PolicyChange { attestation_enforced: Some(false), ..Default::default() });
        assert_eq!(policy.allows_key(&[], NFC, false), Ok(()));
    }

    #[test]
    fn kiosk_accounts_get_no_passkeys() {
        let policy = Policy::of_company(&company::groups());
        assert_eq!(policy.allows_person(&[group("Kiosk accounts")]), Err(Denied::NotTargeted));
    }

    #[test]
    fn the_older_form_has_no_profiles() {
        let mut policy = Policy::of_company(&company::groups());
        policy.change(PolicyChange { form: Some(PolicyForm::TopLevel), ..Default::default() });
        let shown = policy.shown();
        assert!(shown.get("passkeyProfiles").is_none());
        assert_eq!(shown["keyRestrictions"]["aaGuids"][0], FORBIDDEN_AAGUID);
        assert_eq!(shown["includeTargets"].as_array().unwrap().len(), 1);
    }
}
