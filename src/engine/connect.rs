//! Connects: the simulated company or the configured tenant, and the rule on virtual keys.

use super::ports::{JournalPort, Ports, Rules, Tenant};
use super::station::Station;
use super::{Connected, Event, KeyringMode};
use crate::directory::entra::{Credential, Entra, EntraConfig};
use crate::directory::{Directory, DirectoryError};
use crate::journal::{Journal, Sealer};
use crate::practice::bench::Bench;
use crate::practice::cloud::{Cloud, CloudOptions};
use crate::practice::company;
use crate::problem::{Explain, Problem};
use crate::secrets::{Mode, SecretName, SecretText, Secrets};
use crate::settings::{Accent, Settings, SignIn, TenantSettings};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    }

    pub(super) async fn connect_practice(&mut self) {
        match self.practice_connection().await {
            Ok(connection) => self.adopt(connection).await,
            Err(problem) => self.tell(Event::NotConnected(problem)).await,
        }
    }

    async fn practice_connection(&mut self) -> Result<Connection, Problem> {
        let folder = self.options.paths.data.join("practice");
        let secret = practice_secret()?;
        let options = CloudOptions::practice(SecretText::new(secret.expose().to_owned()));
        let cloud = Cloud::start(options).await.map_err(|error| error.problem())?;
        let entra = Entra::new(EntraConfig::new(
            cloud.base_url(),
            cloud.base_url(),
            company::DOMAIN,
            company::CLIENT_ID,
            Credential::Secret(secret),
        ))
        .map_err(|error| error.problem())?;
        let shown = Connected {
            name: company::NAME.to_owned(),
            detail: company::DETAIL.to_owned(),
            accent: Accent::Teal,
            practice: true,
            operator: company::OPERATOR.to_owned(),
            keys_today: 0,
        };
        let connection = self.connection(Arc::new(entra), shown, &folder).await?;
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
        let entra = self.entra(&tenant).await.map_err(|error| error.problem())?;
        if self.options.virtual_keys || self.bench.is_open() {
            if !entra.is_loopback_only() {
                return Err(virtual_keys_refused());
            }
            self.open_bench(&folder)?;
        }
        let shown = Connected {
            name: tenant.name.clone(),
            detail: tenant.tenant.clone(),
            accent: tenant.accent,
            practice: false,
            operator: format!("Application {}", tenant.client_id),
            keys_today: 0,
        };
        self.connection(Arc::new(entra), shown, &folder).await
    }

    /// The directory client of a tenant, with its secret from the keyring.
    pub(super) async fn entra(&self, tenant: &TenantSettings) -> Result<Entra, DirectoryError> {
        let credential = credential(&self.secrets, tenant).await?;
        Entra::new(EntraConfig::new(
            &tenant.login_url,
            &tenant.graph_url,
            &tenant.tenant,
            &tenant.client_id,
            credential,
        ))
    }

    async fn connection(
        &self,
        directory: Arc<dyn Directory>,
        shown: Connected,
        folder: &Path,
    ) -> Result<Connection, Problem> {
        let journal = self.journal(folder.to_owned()).await?;
        let since = super::run::start_of_today();
        let count = journal.call(move |journal| journal.handed_over_since(since)).await;
        let shown = Connected { keys_today: count.map_err(|error| error.problem())?, ..shown };
        let tenant = Tenant {
            name: shown.name.clone(),
            directory,
            operator: shown.operator.clone(),
        };
        let ports = Ports {
            journal,
            keys: self.keys.clone(),
            table: self.table.clone(),
            teller: self.teller.clone(),
            tenant,
            rules: rules(&self.settings, folder),
        };
        Ok(Connection { ports, shown })
    }

    /// The journal of the folder; the one that is open is kept when it is the same.
    async fn journal(&self, folder: PathBuf) -> Result<JournalPort, Problem> {
        if let Some(ports) = &self.ports
            && ports.journal.folder() == folder
        {
            return Ok(ports.journal.clone());
        }
        let secrets = self.secrets.clone();
        let place = folder.clone();
        let opened = tokio::task::spawn_blocking(move || {
            Journal::open(&place, Sealer::new(secrets))
        });
        match opened.await {
            Ok(journal) => {
                Ok(JournalPort::new(journal.map_err(|error| error.problem())?, folder))
            }
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
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

/// The tenant's credential from the keyring.
async fn credential(
    secrets: &Secrets,
    tenant: &TenantSettings,
) -> Result<Credential, DirectoryError> {
    let secrets = secrets.clone();
    let tenant = tenant.clone();
    let job = tokio::task::spawn_blocking(move || read_credential(&secrets, &tenant));
    match job.await {
        Ok(result) => result,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
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

/// A secret only the simulated company of this run knows.
pub fn practice_secret() -> Result<SecretText, Problem> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 24]);
    getrandom::fill(bytes.as_mut()).map_err(|error| Problem {
        what: format!("The system's random generator does not answer: {error}"),
        next: "Start Keydesk again".into(),
        details: Vec::new(),
    })?;
    Ok(SecretText::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
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
