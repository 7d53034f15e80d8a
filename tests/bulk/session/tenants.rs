//! A station that gives out the keys of several tenants.

use super::*;
use keydesk::engine::StoredSecret;
use keydesk::secrets::SecretText;
use keydesk::settings::Settings;

impl Station<Hub> {
    /// Makes a second tenant of the same company, and takes it into use.
    fn use_another_tenant(&mut self) {
        let config = self.data().join("config/config.toml");
        let mut settings = Settings::load(&config).unwrap().unwrap();
        let mut other = settings.tenants[0].clone();
        other.name = format!("{} (other)", self.tenant());
        let name = other.name.clone();
        settings.tenants.push(other);
        self.say(Command::SaveSettings(Box::new(settings)));
        self.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
        let secret = SecretText::new(self.cloud.connection().secret.expose());
        let secret = StoredSecret::ClientSecret(secret);
        self.say(Command::StoreSecret { tenant: name.clone(), secret });
        self.say(Command::SwitchTenant(name.clone()));
        self.wait(|event| match event {
            Event::Connected(shown) => (shown.name == name).then_some(()),
            _ => None,
        });
    }
}

/// Whoever it is, a reset would lock them out.
#[test]
fn a_key_of_another_tenants_person_is_not_reset_by_itself_and_nobody_is_named() {
    for model in [Model::Yubikey5Nfc, Model::SecurityKeyNfc] {
        let mut station = Station::with_hub();
        station.begin(1, SessionOptions::default());
        let key = station.key.insert_as(model, 1);
        let made = station.done(1).enrolment.unwrap();
        let pin = station.reveal(made);
        station.take_out(&key);
        station.wish(BulkCommand::End);
        station.wait(|event| matches!(event, Event::Bulk(BulkEvent::Ended(_))).then_some(()));

        station.use_another_tenant();
        let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
        station.begin(1, options);
        key.insert_into("hub-1");
        let problem = station.refused_in(1);
        assert_eq!(problem.what, "Made before for somebody of another tenant", "{model:?}");
        let id = KeyId(key.id().unwrap().to_string());
        assert_eq!(credentials_on(&id, &pin), 1, "it works still");
    }
}
