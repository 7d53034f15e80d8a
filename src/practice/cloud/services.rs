//! What the company's own services are used with.

use super::{Cloud, authy, duo, halo, twilio};
use crate::secrets::SecretText;
use crate::services::ServiceSecrets;
use crate::settings::{SmsWay, TwilioSettings, VerifySettings};
use crate::verify::PushKind;

impl Cloud {
    /// Settings and secrets of the company's services: texts by Twilio Verify, push by Duo, and its
    /// ticket system. Everything is there for the other ways too.
    pub fn verify_settings(&self) -> (VerifySettings, ServiceSecrets) {
        let there = self.connection();
        let below = |path: &str| format!("{}/{path}", there.base_url);
        let settings = VerifySettings {
            sms: Some(SmsWay::Verify),
            push: Some(PushKind::Duo),
            company: Some(crate::practice::company::NAME.into()),
            domains: vec![there.domain.to_owned()],
            twilio: TwilioSettings {
                account_sid: twilio::ACCOUNT.into(),
                verify_service_sid: Some(twilio::SERVICE.into()),
                from: Some(twilio::FROM.into()),
                api_url: below(twilio::MESSAGES),
                verify_url: below(twilio::VERIFY),
                ..TwilioSettings::default()
            },
            authy: authy::settings(&there.base_url),
            duo: duo::settings(&there.base_url),
            halo: Some(halo::settings(&there.base_url)),
            ..VerifySettings::default()
        };
        let secret = || Some(SecretText::new(there.secret.expose()));
        let secrets = ServiceSecrets {
            twilio: secret(),
            authy: secret(),
            duo: secret(),
            halo: secret(),
            log: None,
        };
        (settings, secrets)
    }
}
