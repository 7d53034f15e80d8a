//! Policies of other methods than passkeys: the pass and the text message.

use super::orders::PolicyChange;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(super) struct MethodPolicies {
    pass_enabled: bool,
    sms_enabled: bool,
}

impl Default for MethodPolicies {
    fn default() -> Self {
        Self { pass_enabled: true, sms_enabled: true }
    }
}

impl MethodPolicies {
    pub fn change(&mut self, change: &PolicyChange) {
        self.pass_enabled = change.pass_enabled.unwrap_or(self.pass_enabled);
        self.sms_enabled = change.sms_enabled.unwrap_or(self.sms_enabled);
    }

    /// The configuration of this method, as the directory shows it.
    pub fn shown(&self, name: &str) -> Option<Value> {
        if name.eq_ignore_ascii_case("TemporaryAccessPass") {
            return Some(self.pass());
        }
        name.eq_ignore_ascii_case("Sms").then(|| self.sms())
    }

    pub fn all(&self) -> [Value; 2] {
        [self.pass(), self.sms()]
    }

    fn pass(&self) -> Value {
        json!({
            "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration",
            "id": "TemporaryAccessPass",
            "state": state(self.pass_enabled),
            "defaultLength": 8,
            "defaultLifetimeInMinutes": 60,
            "minimumLifetimeInMinutes": 10,
            "maximumLifetimeInMinutes": 480,
            "isUsableOnce": true,
            "excludeTargets": [],
            "includeTargets": [{
                "targetType": "group", "id": "all_users", "isRegistrationRequired": false,
            }],
        })
    }

    fn sms(&self) -> Value {
        json!({
            "@odata.type": "#microsoft.graph.smsAuthenticationMethodConfiguration",
            "id": "Sms",
            "state": state(self.sms_enabled),
            "excludeTargets": [],
            "includeTargets": [{
                "targetType": "group",
                "id": "all_users",
                "isRegistrationRequired": false,
                "isUsableForSignIn": false,
            }],
        })
    }
}

fn state(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}
