//! Settings jobs: keeping them, storing secrets, finding and testing a tenant, file dialogs.

use super::access::Permits;
use super::audit::changed_parts;
use super::ports::off_the_network;
use super::station::Station;
use super::{Event, Pick, StoredSecret};
use crate::access::Act;
use crate::journal::Action;
use crate::problem::{Explain, Problem};
use crate::secrets::{SecretName, SecretText};
use crate::settings::Settings;

impl Station {
    /// Keeps them and connects with them.
    pub(super) async fn save_settings(&mut self, settings: Settings) {
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
        self.settings = settings;
        self.forget_secrets(gone).await;
        self.keep_settings().await;
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
        if let Some(parts) = changed {
            self.note_settings(parts).await;
        }
    }

    /// The row is written to the journal in use after the change.
    pub(super) async fn note_settings(&self, parts: String) {
        self.note_change(Action::SettingsChanged, "settings".into(), parts).await;
    }

    /// Writes config.toml; a failure is told and the settings hold for this session.
    pub(super) async fn keep_settings(&mut self) {
        let (settings, paths) = (self.settings.clone(), self.options.paths.clone());
        if let Err(error) = off_the_network(move || settings.save(&paths.config_file())).await {
            self.tell_problem(&error).await;
        }
        self.tell(Event::Settings(Box::new(self.settings.clone()))).await;
    }

    /// A tenant that is removed leaves nothing in the keyring.
    async fn forget_secrets(&self, tenants: Vec<String>) {
        for tenant in tenants {
            let secrets = self.secrets.clone();
            let forgotten = off_the_network(move || {
                SecretName::of_tenant(&tenant).iter().try_for_each(|name| secrets.delete(name))
            });
            if let Err(error) = forgotten.await {
                self.tell_problem(&error).await;
            }
        }
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
        let name = secret.name(tenant);
        let kind = name.kind();
        let stored = off_the_network(move || -> Result<(), Problem> {
            let text = match secret {
                StoredSecret::ClientSecret(text)
                | StoredSecret::AdministratorPassword(text)
                | StoredSecret::LegacyPassword(text) => text,
                StoredSecret::CertificateKeyFile(path) => key_file(&path)?,
            };
            secrets.set(&name, &text).map_err(|error| error.problem())
        })
        .await;
        if let Err(problem) = stored {
            return self.tell(Event::SecretNotStored(problem)).await;
        }
        self.tell(Event::SecretStored).await;
        if self.settings.tenant().is_some() && !self.settings.practice {
            self.connect_tenant().await;
        }
        self.note_change(Action::SecretStored, subject, kind.into()).await;
    }

    /// The system's own file dialog, beside the running window.
    pub(super) fn pick(&self, pick: Pick) {
        let teller = self.teller.clone();
        tokio::spawn(async move {
            let dialog = rfd::AsyncFileDialog::new();
            let chosen = match pick {
                Pick::OutputFolder => {
                    dialog
                        .set_title("Folder for registeredKeys.csv, letters and labels")
                        .pick_folder()
                        .await
                }
                Pick::Certificate => pem(dialog, "Certificate (PEM)").await,
                Pick::CertificateKey => pem(dialog, "Private key of the certificate (PEM)").await,
            };
            if let Some(file) = chosen {
                teller.tell(Event::Picked { pick, path: file.path().to_owned() }).await;
            }
        });
    }
}

async fn pem(dialog: rfd::AsyncFileDialog, title: &str) -> Option<rfd::FileHandle> {
    dialog.set_title(title).add_filter("PEM", &["pem", "crt", "cer", "key"]).pick_file().await
}

fn key_file(path: &std::path::Path) -> Result<SecretText, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem {
        what: format!("{} can't be read: {error}", path.display()),
        next: "Choose a PEM file with the certificate's private key".into(),
        details: Vec::new(),
    })?;
    if !text.contains("PRIVATE KEY-----") {
        return Err(Problem {
            what: format!("{} holds no private key in PEM form", path.display()),
            next: "Choose the file that begins with BEGIN PRIVATE KEY".into(),
            details: Vec::new(),
        });
    }
    Ok(SecretText::new(text))
}
