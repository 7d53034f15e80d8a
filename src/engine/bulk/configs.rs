//! The older scripts' settings: what is taken over, and the file's end.

use super::event::{BulkEvent, ConfigsRead};
use super::extras::unreadable;
use super::prepare::Found;
use crate::access::Act;
use crate::bulk::ScriptOptions;
use crate::engine::Event;
use crate::engine::access::Permits;
use crate::engine::ports::off_the_network;
use crate::engine::station::Station;
use crate::files;
use crate::problem::{Detail, Explain, Problem};
use crate::roster;
use crate::roster::configs::ScriptConfigs;
use crate::secrets::{Keeps, SecretName};
use crate::settings::TenantSettings;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What came of work on the file. A share that does not answer holds nothing else up.
pub(in crate::engine) enum ConfigsNews {
    Read { path: PathBuf, bytes: io::Result<Zeroizing<Vec<u8>>> },
    Shredded { path: PathBuf, done: io::Result<()> },
}

impl Station {
    /// Takes the secret into the keyring; what else is in the file is told.
    pub(super) async fn import_configs(&mut self, path: PathBuf, permits: &Permits) {
        if let Err(problem) = permits.demand(Act::ChangeSecrets) {
            return self.tell(Event::Bulk(BulkEvent::Configs(Err(problem)))).await;
        }
        self.work_on_configs(path, |path| {
            let bytes = files::read_at_most(&path, roster::MOST_BYTES);
            ConfigsNews::Read { path, bytes }
        });
    }

    fn work_on_configs(
        &self,
        path: PathBuf,
        work: impl FnOnce(PathBuf) -> ConfigsNews + Send + 'static,
    ) {
        let found = self.found.clone();
        tokio::spawn(async move {
            let news = off_the_network(move || work(path)).await;
            if found.send(Found::Configs(news)).await.is_err() {
                tracing::debug!("the station ended before the scripts' settings were read");
            }
        });
    }

    pub(super) async fn configs_told(&mut self, news: ConfigsNews) {
        match news {
            ConfigsNews::Read { path, bytes } => self.configs_read(path, bytes).await,
            ConfigsNews::Shredded { path, done } => self.configs_shredded(path, done).await,
        }
    }

    async fn configs_read(&mut self, path: PathBuf, bytes: io::Result<Zeroizing<Vec<u8>>>) {
        let read = match bytes {
            Ok(bytes) => self.take_over(path, &bytes).await,
            Err(error) => Err(unreadable(&path, &error)),
        };
        if let Ok(read) = &read {
            self.bulk.configs = Some(read.path.clone());
            let tenant = read.secret_stored.clone();
            self.bulk.configs_used = tenant.map(|tenant| SecretName::ClientSecret { tenant });
        }
        self.tell(Event::Bulk(BulkEvent::Configs(read.map(Box::new)))).await;
    }

    async fn take_over(&self, path: PathBuf, bytes: &[u8]) -> Result<ConfigsRead, Problem> {
        let configs = ScriptConfigs::parse(bytes).map_err(|error| error.problem())?;
        let of = self.tenant_of(&configs);
        let kept = match (&configs.secret, &of) {
            // Another application's secret would end a tenant's sign-in.
            (Some(secret), Some(tenant)) => {
                let name = SecretName::ClientSecret { tenant: tenant.clone() };
                let (secrets, secret) = (self.secrets.clone(), secret.duplicate());
                let kept = off_the_network(move || secrets.keep_first(&name, &secret)).await;
                Some(kept.map_err(|error| error.problem())?)
            }
            _ => None,
        };
        Ok(ConfigsRead {
            tenant: configs.tenant.clone().unwrap_or_default(),
            client_id: configs.client_id.clone().unwrap_or_default(),
            holds_secret: configs.may_hold_secret(),
            secret_stored: of.clone().filter(|_| kept == Some(Keeps::This)),
            other_kept: of.clone().filter(|_| kept == Some(Keeps::Another)),
            secret_waits: self.configs_secret_waits(&path),
            is_new: of.is_none(),
            options: options_of(&configs),
            unknown: configs.unknown.clone(),
            wrong: configs.wrong.clone(),
            path,
        })
    }

    /// The tenant of this station that uses the scripts' application, the one in use first.
    fn tenant_of(&self, configs: &ScriptConfigs) -> Option<String> {
        let in_use = self.settings.tenant_in_use().filter(|tenant| is_of(configs, tenant));
        let same = |tenant: &&TenantSettings| configs.client_id.is_some() && is_of(configs, tenant);
        in_use.or_else(|| self.settings.tenants.iter().find(same)).map(|one| one.name.clone())
    }

    /// The secret of the file that was read is in the keyring, or waits for its tenant.
    pub(in crate::engine) async fn configs_secret_came(&mut self, name: SecretName, kept: bool) {
        self.bulk.configs_secret = self.bulk.configs.clone().map(|path| (path, name.clone()));
        match kept {
            true => self.configs_secret_is_kept(&name).await,
            false => self.tell_configs_secret_waits().await,
        }
    }

    /// The tenant that was made of the file is saved.
    pub(in crate::engine) async fn configs_secret_is_kept(&mut self, name: &SecretName) {
        let is_it = |(_, waiting): &mut (PathBuf, SecretName)| waiting == name;
        let Some((path, _)) = self.bulk.configs_secret.take_if(is_it) else { return };
        let tenant = name.tenant().unwrap_or_default().to_owned();
        if self.bulk.configs.as_ref() == Some(&path) {
            self.bulk.configs_used = Some(name.clone());
            self.tell(Event::Bulk(BulkEvent::ConfigsSecretStored { tenant })).await;
        }
    }

    /// The tenant that was made of the file may be discarded, or have another secret by now.
    pub(in crate::engine) async fn configs_secret_may_be_dropped(&mut self) {
        let waiting = self.secrets.waiting();
        let is_gone = |(_, name): &mut (PathBuf, SecretName)| !waiting.contains(name);
        if self.bulk.configs_secret.take_if(is_gone).is_some() {
            self.tell_configs_secret_waits().await;
        }
    }

    pub(in crate::engine) async fn configs_secret_is_under(&mut self, from: &str, to: &str) {
        let Some((_, name)) = &mut self.bulk.configs_secret else { return };
        if name.tenant() == Some(from) {
            *name = SecretName::ClientSecret { tenant: to.to_owned() };
            self.tell_configs_secret_waits().await;
        }
    }

    /// The name of the tenant that the secret in this file waits for, while it does.
    fn configs_secret_waits(&self, file: &Path) -> Option<String> {
        let (_, name) = self.bulk.configs_secret.as_ref().filter(|(path, _)| path == file)?;
        let tenant = name.tenant()?;
        self.secrets.waiting().contains(name).then(|| tenant.to_owned())
    }

    async fn tell_configs_secret_waits(&self) {
        let file = self.bulk.configs.as_deref();
        let tenant = file.and_then(|file| self.configs_secret_waits(file));
        self.tell(Event::Bulk(BulkEvent::ConfigsSecretWaits { tenant })).await;
    }

    /// Whether the tenant that uses the file's secret has one without the file, too. One that was
    /// removed since needs none.
    async fn configs_secret_outlives_file(&self) -> bool {
        let is_there = |name: &SecretName| {
            name.tenant().is_some_and(|tenant| self.settings.tenant_named(tenant).is_some())
        };
        let Some(name) = self.bulk.configs_used.clone().filter(is_there) else { return true };
        let secrets = self.secrets.clone();
        off_the_network(move || secrets.outlives_program(&name)).await
    }

    /// Overwrites the file that was read and removes it; not while its secret is nowhere else than
    /// there and in memory.
    pub(super) async fn shred_configs(&mut self) {
        let waits_for = self.bulk.configs.as_deref().and_then(|f| self.configs_secret_waits(f));
        if let Some(tenant) = waits_for {
            let problem = match self.settings.tenant_named(&tenant) {
                Some(_) => not_in_keyring_yet(&tenant),
                None => not_saved_yet(&tenant),
            };
            return self.tell(Event::Problem(problem)).await;
        }
        if !self.configs_secret_outlives_file().await {
            return self.tell(Event::Problem(in_memory_only())).await;
        }
        let Some(path) = self.bulk.configs.take() else { return };
        self.work_on_configs(path, |path| {
            let done = files::shred(&path);
            ConfigsNews::Shredded { path, done }
        });
    }

    async fn configs_shredded(&mut self, path: PathBuf, done: io::Result<()>) {
        // Another one that was read meanwhile is the one that is shown.
        let is_shown = self.bulk.configs.is_none();
        match done {
            Ok(()) if is_shown => self.tell(Event::Bulk(BulkEvent::ConfigsShredded)).await,
            Ok(()) => {}
            Err(error) => {
                let problem = not_removed(&path, &error);
                self.bulk.configs.get_or_insert(path);
                self.tell(Event::Problem(problem)).await;
            }
        }
    }
}

/// Whether the scripts used the application that this tenant uses. A file that names none may be of
/// any: its secret would end this one's sign-in.
fn is_of(configs: &ScriptConfigs, tenant: &TenantSettings) -> bool {
    let own = tenant.entra().map(|entra| entra.client_id.as_str());
    match (&configs.client_id, own) {
        (Some(id), Some(own)) => id.eq_ignore_ascii_case(own),
        _ => false,
    }
}

fn options_of(configs: &ScriptConfigs) -> ScriptOptions {
    ScriptOptions {
        group: configs.group.clone(),
        random_pin: configs.random_pin,
        challenge_minutes: configs.challenge_minutes,
        remove_old_keys: configs.remove_old_keys,
        ctap21: configs.ctap21,
    }
}

fn not_removed(path: &Path, error: &io::Error) -> Problem {
    Problem {
        what: format!("{} could not be removed", path.display()),
        next: "Remove it by hand: it holds the application's secret".into(),
        details: vec![Detail::new("file", error.to_string())],
    }
}

fn not_saved_yet(tenant: &str) -> Problem {
    Problem {
        what: format!("The secret is not in the keyring before {tenant} is saved"),
        next: format!("Save {tenant} under Settings, or discard it; then shred the file"),
        details: Vec::new(),
    }
}

fn in_memory_only() -> Problem {
    Problem {
        what: "The file is not shredded: its secret is in memory only, and lost with this program"
            .into(),
        next: "Open the system's keyring, start Keydesk again, and import the file once more"
            .into(),
        details: Vec::new(),
    }
}

/// It is saved, but the keyring did not take its secret.
fn not_in_keyring_yet(tenant: &str) -> Problem {
    Problem {
        what: format!("The secret of {tenant} is not in the keyring"),
        next: "Store it again under Settings once the keyring is open; then shred the file".into(),
        details: Vec::new(),
    }
}
