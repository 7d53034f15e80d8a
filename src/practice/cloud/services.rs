//! What a program is set to for this cloud: the tenant that it is, and the services that check callers.

use super::{Cloud, authy, duo, halo, twilio};
use crate::practice::company;
use crate::secrets::SecretText;
use crate::services::ServiceSecrets;
use crate::settings::{EntraSettings, SignIn, SmsWay, VerifySettings};
use crate::verify::PushKind;

impl Cloud {
    /// Settings of a tenant that this cloud is; how operators sign in is theirs to say.
    pub fn entra_settings(&self, sign_in: SignIn) -> EntraSettings {
        let there = self.connection();
        EntraSettings {
            tenant: there.domain.to_owned(),
            client_id: there.client_id,
            sign_in,
            login_url: there.base_url.clone(),
            graph_url: there.base_url,
            ..EntraSettings::default()
        }
    }

    /// Settings and secrets of the company's own services: texts by Twilio Verify, push by Duo, the
    /// ticket system; and the addresses of the others.
    pub fn verify_settings(&self) -> (VerifySettings, ServiceSecrets) {
        let base_url = self.base_url.as_str().trim_end_matches('/');
        let settings = VerifySettings {
            sms: Some(SmsWay::Verify),
            push: Some(PushKind::Duo),
            company: Some(company::NAME.to_owned()),
            domains: vec![company::DOMAIN.to_owned()],
            twilio: twilio::settings(base_url),
            authy: authy::settings(base_url),
            duo: duo::settings(base_url),
            halo: Some(halo::settings(base_url)),
            ..VerifySettings::default()
        };
        let secret = || Some(SecretText::new(self.secret.expose()));
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
