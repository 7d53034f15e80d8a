//! Connects: the simulated company or the configured tenant, and the rule on virtual keys.

use super::ports::{JournalPort, Ports, Rules, Tenant, off_the_network};
use super::run::keys_today;
use super::station::Station;
use super::{Connected, Event, KeyringMode};
use crate::directory::entra::{Credential, Entra, EntraConfig};
use crate::directory::{Directory, DirectoryError};
use crate::journal::Journal;
use crate::practice::bench::Bench;
use crate::practice::cloud::{Cloud, CloudOptions};
use crate::practice::company;
use crate::problem::{Explain, Problem};
use crate::secrets::{Mode, SecretName, SecretText, Secrets};
use crate::settings::{Settings, SignIn, TenantSettings};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who is shown as signed in while practising.
const PRACTICE_OPERATOR: &str = "Practice operator";

/// The simulated company while practice runs.
pub(super) struct Practice {
    pub cloud: Cloud,
}

/// A tenant ready to be taken into use.
pub(super) struct Connection {
    pub ports: Ports,
    pub shown: Connected,
}

impl Station {
    /// The first-start choice; it is remembered.
    pub(super) async fn practise(&mut self) {
        self.settings.practice = true;
        self.keep_settings().await;
        self.connect_practice().await;
        self.note_settings("practice".into()).await;
    }

    pub(super) async fn connect_practice(&mut self) {
        match self.practice_connection().await {
            Ok(connection) => self.adopt(connection).await,
            Err(problem) => self.tell(Event::NotConnected(problem)).await,
        }
    }

    async fn practice_connection(&mut self) -> Result<Connection, Problem> {
        let folder = self.options.paths.data.join("practice");
        let cloud = Cloud::start(CloudOptions::default()).await.map_err(|e| e.problem())?;
        let there = cloud.connection();
        let secret = SecretText::new(there.secret.expose());
        let entra = Entra::new(EntraConfig::new(
            there.base_url.clone(),
            there.base_url,
            there.domain,
            there.client_id,
            Credential::Secret(secret),
        ))
        .map_err(|error| error.problem())?;
        let shown = Connected {
            name: company::NAME.to_owned(),
            detail: company::DETAIL.to_owned(),
            accent: company::ACCENT,
            practice: true,
            operator: PRACTICE_OPERATOR.to_owned(),
            keys_today: 0,
        };
        let journal = self.journal(folder.clone()).await?;
        let connection = self.connection(Arc::new(entra), shown, journal).await?;
        self.open_bench(&folder)?;
        self.practice = Some(Practice { cloud });
        Ok(connection)
    }

    pub(super) async fn connect_tenant(&mut self) {
        self.ports = None;
        self.practice = None;
        match self.tenant_connection().await {
            Ok(connection) => self.adopt(connection).await,
            Err(problem) => {
                self.bench.pull_all_out();
                self.tell(Event::NotConnected(problem)).await;
            }
        }
    }

    async fn tenant_connection(&mut self) -> Result<Connection, Problem> {
        let Some(tenant) = self.settings.tenant.clone() else { return Err(nothing_configured()) };
        let folder = self.options.paths.data.clone();
        let journal = self.journal(folder.clone()).await?;
        let entra = self.entra(&tenant).await.map_err(|error| error.problem())?;
        if !self.options.virtual_keys {
            self.bench.close();
            self.tell(Event::Bench(Vec::new())).await;
        } else if entra.is_loopback_only() {
            self.open_bench(&folder)?;
        } else {
            return Err(virtual_keys_refused());
        }
        let shown = Connected {
            name: tenant.name.clone(),
            detail: tenant.tenant.clone(),
            accent: tenant.accent,
            practice: false,
            operator: format!("Application {}", tenant.client_id),
            keys_today: 0,
        };
        self.connection(Arc::new(entra), shown, journal).await
    }

    /// The client of a tenant, with its secret from the keyring.
    pub(super) async fn entra(&self, tenant: &TenantSettings) -> Result<Entra, DirectoryError> {
        let (secrets, asked) = (self.secrets.clone(), tenant.clone());
        let credential = off_the_network(move || read_credential(&secrets, &asked)).await?;
        Entra::new(EntraConfig::new(
            tenant.login_url.clone(),
            tenant.graph_url.clone(),
            tenant.tenant.clone(),
            tenant.client_id.clone(),
            credential,
        ))
    }

    async fn connection(
        &mut self,
        directory: Arc<dyn Directory>,
        shown: Connected,
        journal: JournalPort,
    ) -> Result<Connection, Problem> {
        let mut rules = rules(&self.settings, journal.folder());
        if shown.practice {
            // What is practised never lands among the real papers.
            rules.folder = journal.folder().to_owned();
        }
        let tenant =
            Tenant { name: shown.name.clone(), directory, operator: shown.operator.clone() };
        let ports = Ports {
            journal,
            keys: self.keys.clone(),
            table: self.table.clone(),
            teller: self.teller.clone(),
            tenant,
            rules,
            patience: self.options.patience,
        };
        let count = keys_today(&ports).await.map_err(|error| error.problem())?;
        Ok(Connection { ports, shown: Connected { keys_today: count, ..shown } })
    }

    /// The journal of the folder; the one that is open is kept when it is the same.
    async fn journal(&mut self, folder: PathBuf) -> Result<JournalPort, Problem> {
        if let Some(open) = self.journal.as_ref().filter(|open| open.folder() == folder) {
            return Ok(open.clone());
        }
        let secrets = self.secrets.clone();
        let place = folder.clone();
        let journal = off_the_network(move || Journal::open(&place, &secrets)).await;
        let port = JournalPort::new(journal.map_err(|error| error.problem())?, folder);
        self.journal = Some(port.clone());
        Ok(port)
    }

    fn open_bench(&mut self, folder: &Path) -> Result<(), Problem> {
        if self.bench.is_open() {
            return Ok(());
        }
        let bench = Bench::new(&folder.join("virtual-keys")).map_err(|error| Problem {
            what: format!("The bench of virtual keys can't be opened: {error}"),
            next: "Remove the folder virtual-keys in the data folder and start again".into(),
            details: Vec::new(),
        })?;
        self.bench.open(bench);
        Ok(())
    }
}

fn rules(settings: &Settings, folder: &Path) -> Rules {
    Rules {
        pin: settings.pin.clone(),
        enrolment: settings.enrolment.clone(),
        outputs: settings.outputs.clone(),
        folder: settings.outputs.folder.clone().unwrap_or_else(|| folder.to_owned()),
    }
}

fn read_credential(
    secrets: &Secrets,
    tenant: &TenantSettings,
) -> Result<Credential, DirectoryError> {
    let name = tenant.name.clone();
    let wanted = match tenant.sign_in {
        SignIn::Secret => SecretName::ClientSecret { tenant: name },
        SignIn::Certificate => SecretName::CertificateKey { tenant: name },
    };
    let found = secrets.get(&wanted).map_err(|error| DirectoryError::Settings(error.what()))?;
    let secret = found.ok_or(DirectoryError::NoSecret)?;
    match (tenant.sign_in, &tenant.certificate) {
        (SignIn::Secret, _) => Ok(Credential::Secret(secret)),
        (SignIn::Certificate, Some(file)) => {
            let pem = std::fs::read(file).map_err(|error| {
                DirectoryError::Settings(format!("{} can't be read: {error}", file.display()))
            })?;
            Credential::from_pem(&pem, &secret)
        }
        (SignIn::Certificate, None) => {
            Err(DirectoryError::Settings("no certificate file is chosen".into()))
        }
    }
}

pub(super) fn keyring_mode(secrets: &Secrets) -> KeyringMode {
    match secrets.mode() {
        Mode::Keyring => KeyringMode::Keyring,
        Mode::SessionOnly { reason } => KeyringMode::SessionOnly(reason),
    }
}

fn virtual_keys_refused() -> Problem {
    Problem {
        what: "Virtual keys are refused: this tenant's addresses are not all on this computer"
            .into(),
        next: "Start Keydesk without --virtual-keys".into(),
        details: Vec::new(),
    }
}

fn nothing_configured() -> Problem {
    Problem {
        what: "No tenant is configured".into(),
        next: "Fill in the tenant under Settings, or practise".into(),
        details: Vec::new(),
    }
}
