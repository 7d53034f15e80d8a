//! A practice cloud, and what its services are used with.

use keydesk::practice::cloud::{Cloud, CloudOptions, Control, Effect, Fault, Order};
use keydesk::secrets::SecretText;
use keydesk::services::ServiceSecrets;
use keydesk::settings::{HaloSettings, VerifySettings};

pub struct Company {
    /// Ends when dropped.
    _cloud: Cloud,
    pub control: Control,
    pub settings: VerifySettings,
    /// Of every service.
    secret: String,
}

impl Company {
    pub async fn start() -> Self {
        let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
        let secret = cloud.connection().secret.expose().to_owned();
        confess(&secret);
        let (settings, _) = cloud.verify_settings();
        Self { control: cloud.control(), _cloud: cloud, settings, secret }
    }

    pub fn secrets(&self) -> ServiceSecrets {
        let secret = || Some(SecretText::new(self.secret.as_str()));
        ServiceSecrets {
            twilio: secret(),
            authy: secret(),
            duo: secret(),
            halo: secret(),
            log: None,
        }
    }

    pub fn halo(&mut self) -> &mut HaloSettings {
        self.settings.halo.as_mut().unwrap()
    }

    pub fn is_secret_in(&self, text: &str) -> bool {
        text.contains(&self.secret)
    }

    /// The next so many calls of this method whose path holds this fail so.
    pub fn fail(&self, method: &str, path: &str, times: u32, effect: Effect) {
        let method = Some(method.to_owned());
        self.control.order(Order::FailNext(Fault { method, path: path.into(), times, effect }));
    }

    /// Calls with this method and the end of a path, since the start.
    pub fn calls(&self, method: &str, end: &str) -> usize {
        let received = self.control.observed().received;
        let meant =
            received.iter().filter(|call| call.method == method && call.path.ends_with(end));
        meant.count()
    }
}

/// Names a secret to the search that looks for leaked ones.
pub fn confess(secret: &str) {
    use std::io::Write;
    if let Some(path) = std::env::var_os("KEYDESK_TEST_SECRETS") {
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        writeln!(file, "{secret}").unwrap();
    }
}
