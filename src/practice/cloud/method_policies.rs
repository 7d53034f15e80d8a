//! Policies of other methods than passkeys: the pass and the text message.

use super::orders::PolicyChange;
use super::phones::SmsPolicy;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(super) struct MethodPolicies {
    pass_enabled: bool,
    /// In minutes, as the two after it.
    pass_least: u32,
    pass_most: u32,
    pass_default: u32,
    pass_once: bool,
    sms_enabled: bool,
    sms_sign_in: bool,
}

impl Default for MethodPolicies {
    fn default() -> Self {
        Self {
            pass_enabled: true,
            pass_least: 10,
            pass_most: 480,
            pass_default: 60,
            pass_once: false,
            sms_enabled: true,
            sms_sign_in: true,
        }
    }
}

impl MethodPolicies {
    pub fn change(&mut self, change: &PolicyChange) {
        self.pass_enabled = change.pass_enabled.unwrap_or(self.pass_enabled);
        self.pass_least = change.pass_least.unwrap_or(self.pass_least);
        self.pass_most = change.pass_most.unwrap_or(self.pass_most);
        self.pass_default = change.pass_default.unwrap_or(self.pass_default);
        self.pass_once = change.pass_once.unwrap_or(self.pass_once);
        self.sms_enabled = change.sms_enabled.unwrap_or(self.sms_enabled);
        self.sms_sign_in = change.sms_sign_in.unwrap_or(self.sms_sign_in);
    }

    pub fn pass_enabled(&self) -> bool {
        self.pass_enabled
    }

    pub fn sms_sign_in(&self) -> SmsPolicy {
        match self.sms_enabled && self.sms_sign_in {
            true => SmsPolicy::Allowed,
            false => SmsPolicy::NotAllowed,
        }
    }

    /// Minutes and use of a pass that is wished for.
    ///
    /// # Errors
    /// In the service's words, which are not known; these are made up.
    pub fn pass_within(
        &self,
        minutes: Option<u32>,
        once: Option<bool>,
    ) -> Result<(u32, bool), &'static str> {
        let minutes = minutes.unwrap_or(self.pass_default);
        let once = once.unwrap_or(self.pass_once);
        if !self.pass_enabled {
            return Err("FAKE_PassDisabled: Passes are disabled by the tenant's policy.");
        }
        if !(self.pass_least..=self.pass_most).contains(&minutes) {
            return Err("FAKE_PassLifetime: The lifetime is outside the policy's limits.");
        }
        if self.pass_once && !once {
            return Err("FAKE_PassOnce: The policy allows passes for one use only.");
        }
        Ok((minutes, once))
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
            "defaultLifetimeInMinutes": self.pass_default,
            "minimumLifetimeInMinutes": self.pass_least,
            "maximumLifetimeInMinutes": self.pass_most,
            "isUsableOnce": self.pass_once,
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
                "isUsableForSignIn": self.sms_sign_in,
            }],
        })
    }
}

fn state(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}
