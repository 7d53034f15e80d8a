//! Settings jobs: keeping them, storing secrets, finding and testing a tenant.

use super::access::{Permits, exports_pins, guards};
use super::audit::changed_parts;
use super::ports::off_the_network;
use super::secret_files;
use super::station::Station;
use super::{Event, Pick, StoredSecret};
use crate::access::Act;
use crate::journal::Action;
use crate::problem::{Explain, Problem};
use crate::secrets::{SecretName, SecretsError};
use crate::settings::{Settings, SignIn, TenantSettings};
use std::path::PathBuf;

impl Station {
    /// Keeps them and connects with them.
    pub(super) async fn save_settings(&mut self, settings: Settings, permits: &Permits) {
        let (now, next) = (&self.settings, &settings);
        let acts =
            [(guards(now, next), Act::ChangeSecrets), (exports_pins(now, next), Act::ExportPins)];
        for (_, act) in acts.into_iter().filter(|(needed, _)| *needed) {
            if let Err(problem) = permits.demand(act) {
                return self.tell(Event::Problem(problem)).await;
            }
        }
        let reconnects = settings.tenants != self.settings.tenants
            || settings.current != self.settings.current
            || settings.practice != self.settings.practice
            || self.ports.is_none()
            || settings.pin != self.settings.pin
            || settings.enrolment != self.settings.enrolment
            || settings.outputs != self.settings.outputs;
        let changed = changed_parts(&self.settings, &settings);
        let gone = self.settings.tenants.iter().map(|tenant| &tenant.name);
        let gone = gone.filter(|name| settings.tenant_named(name).is_none()).cloned().collect();
        let left = self.settings.tenants.iter().filter(|tenant| {
            let next = settings.tenant_named(&tenant.name);
            next.is_none_or(|next| login(&self.settings, tenant) != login(&settings, next))
        });
        let left = left.map(|tenant| tenant.name.clone()).collect();
        self.settings = settings;
        self.forget_sign_ins(left).await;
        self.forget_secrets(gone).await;
        let stored = self.keep_settings().await;
        if reconnects {
            match (self.settings.practice, self.settings.tenant()) {
                (true, _) => self.connect_practice().await,
                (false, Some(_)) => self.connect_tenant().await,
                (false, None) => {
                    self.make_way_for(None).await;
                    self.tell(Event::FirstStart).await;
                }
            }
        }
        self.note_stored(stored).await;
        if let Some(parts) = changed {
            self.note_settings(parts).await;
        }
    }

    /// The row is written to the journal in use after the change.
    pub(super) async fn note_settings(&self, parts: String) {
        self.note_change(Action::SettingsChanged, "settings".into(), parts).await;
    }

    /// Writes config.toml; a failure is told and the settings hold for this session. What went to
    /// the keyring with it, for [`Self::note_stored`] once a journal is in use.
    pub(super) async fn keep_settings(&mut self) -> Vec<SecretName> {
        let (settings, paths) = (self.settings.clone(), self.options.paths.clone());
        let mut stored = Vec::new();
        match off_the_network(move || settings.save(&paths.config_file())).await {
            Ok(()) => stored = self.keep_waiting_secrets().await,
            Err(error) => self.tell_problem(&error).await,
        }
        self.tell(Event::Settings(Box::new(self.settings.clone()))).await;
        stored
    }

    pub(super) async fn note_stored(&self, stored: Vec<SecretName>) {
        for name in stored {
            let tenant = name.tenant().unwrap_or_default().to_owned();
            self.note_change(Action::SecretStored, tenant, name.kind().into()).await;
        }
    }

    /// What was typed for tenants that are saved now goes to the keyring: not before, since a kill
    /// in between would leave it there for nobody.
    async fn keep_waiting_secrets(&mut self) -> Vec<SecretName> {
        let mut stored = Vec::new();
        for name in self.secrets.waiting() {
            let Some(tenant) = name.tenant().map(str::to_owned) else { continue };
            if self.settings.tenant_named(&tenant).is_none() {
                continue;
            }
            let (secrets, kept) = (self.secrets.clone(), name.clone());
            match off_the_network(move || secrets.keep_waiting(&kept)).await {
                Ok(()) => {
                    self.tell(Event::WaitingSecretStored { tenant }).await;
                    self.configs_secret_is_kept(&name).await;
                    stored.push(name);
                }
                Err(error) => self.tell(Event::Problem(not_in_keyring(&name, &error))).await,
            }
        }
        stored
    }

    /// Of new tenants only these are being typed still: what the others' secrets were is forgotten.
    /// What waits for a saved tenant, since the keyring did not take it, waits on.
    pub(super) async fn drop_waiting_secrets(&mut self, mut but_of: Vec<String>) {
        but_of.extend(self.settings.tenants.iter().map(|tenant| tenant.name.clone()));
        self.secrets.drop_waiting_but_of(&but_of);
        self.configs_secret_may_be_dropped().await;
    }

    /// Not to a saved tenant, nor away from one: its secret stays what it is.
    pub(super) async fn rename_waiting_secrets(&mut self, from: &str, to: &str) {
        if [from, to].iter().any(|name| self.settings.tenant_named(name).is_some()) {
            return;
        }
        self.secrets.rename_waiting(from, to);
        self.configs_secret_is_under(from, to).await;
    }

    /// A tenant that is removed leaves nothing in the keyring.
    async fn forget_secrets(&mut self, tenants: Vec<String>) {
        for tenant in tenants {
            self.presence.sessions.remove(&tenant);
            let secrets = self.secrets.clone();
            let forgotten = off_the_network(move || {
                SecretName::of_tenant(&tenant).iter().try_for_each(|name| secrets.delete(name))
            });
            if let Err(error) = forgotten.await {
                self.tell_problem(&error).await;
            }
        }
        self.configs_secret_may_be_dropped().await;
    }

    pub(super) async fn store_secret(
        &mut self,
        tenant: String,
        secret: StoredSecret,
        permits: &Permits,
    ) {
        if let Err(problem) = permits.demand(Act::ChangeSecrets) {
            return self.tell(Event::SecretNotStored(problem)).await;
        }
        let (secrets, subject) = (self.secrets.clone(), tenant.clone());
        let of_scripts = matches!(secret, StoredSecret::ScriptConfigs(_));
        let is_saved = self.settings.tenant_named(&subject).is_some();
        let name = secret.name(tenant);
        let kind = name.kind();
        let (config, of) = (self.options.paths.config.clone(), subject.clone());
        let stored_as = name.clone();
        let stored = off_the_network(move || -> Result<Option<PathBuf>, Problem> {
            let (text, certificate) = match secret {
                StoredSecret::ClientSecret(text)
                | StoredSecret::AdministratorPassword(text)
                | StoredSecret::LegacyPassword(text)
                | StoredSecret::Service(_, text) => (text, None),
                StoredSecret::ScriptConfigs(path) => (secret_files::of_scripts(&path)?, None),
                StoredSecret::CertificateKeyFile(path) => (secret_files::pem_key(&path)?, None),
                StoredSecret::CertificatePfx { path, password } => {
                    let read = secret_files::from_pfx(&path, &password, &config, &of)?;
                    (read.key, Some(read.certificate))
                }
            };
            match is_saved {
                true => secrets.set(&stored_as, &text).map_err(|error| error.problem())?,
                false => secrets.hold(stored_as, text),
            }
            Ok(certificate)
        })
        .await;
        match stored {
            Ok(certificate) => {
                let event = if is_saved { Event::SecretStored } else { Event::SecretWaits };
                self.tell(event).await;
                if let Some(path) = certificate {
                    self.tell(Event::Picked { pick: Pick::Certificate, path }).await;
                }
            }
            Err(problem) => return self.tell(Event::SecretNotStored(problem)).await,
        }
        match of_scripts {
            true => self.configs_secret_came(name, is_saved).await,
            false => self.configs_secret_may_be_dropped().await,
        }
        // One of a tenant that is not saved yet changes no connection and is in no keyring.
        if !is_saved {
            return;
        }
        if self.settings.tenant().is_some() && !self.settings.practice {
            self.connect_tenant().await;
        }
        self.note_change(Action::SecretStored, subject, kind.into()).await;
    }
}

/// The tenant is saved: until the program ends it works with what is in memory.
fn not_in_keyring(name: &SecretName, error: &SecretsError) -> Problem {
    let tenant = name.tenant().unwrap_or_default();
    Problem {
        what: format!("{tenant} is saved, but its {} is not in the keyring", name.kind()),
        next: format!("Store it again under Settings: {}", error.next()),
        details: error.details(),
    }
}

/// Where and as which application operators of a tenant sign in: a refresh token is for that.
fn login(settings: &Settings, tenant: &TenantSettings) -> Option<(String, String, String, bool)> {
    let resolved = settings.resolved(tenant);
    let entra = resolved.entra()?;
    let by_name = matches!(entra.sign_in, SignIn::Operator | SignIn::DeviceCode);
    Some((entra.login_url.clone(), entra.tenant.clone(), entra.client_id.clone(), by_name))
}
