//! Connects: the simulated company or the configured tenant, and the rule on virtual keys.

use super::audience::TenantKey;
use super::directories::{self, Made, Reach};
use super::ports::{JournalPort, Ports, Rules, Tenant, off_the_network};
use super::run::keys_today;
use super::station::Station;
use super::tenants::folder_of;
use super::{Connected, Event, KeyringMode};
use crate::directory::Directory;
use crate::journal::Journal;
use crate::practice::bench::Bench;
use crate::practice::cloud::{Cloud, CloudOptions};
use crate::practice::company;
use crate::problem::{Explain, Problem};
use crate::secrets::{Mode, Secrets};
use crate::settings::Settings;
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
        self.make_way_for(Some(TenantKey::practice(company::NAME))).await;
        match self.practice_connection().await {
            Ok(connection) => self.adopt(connection).await,
            Err(problem) => self.tell(Event::NotConnected(problem)).await,
        }
    }

    async fn practice_connection(&mut self) -> Result<Connection, Problem> {
        let folder = self.options.paths.data.join("practice");
        let cloud = Cloud::start(CloudOptions::default()).await.map_err(|e| e.problem())?;
        let directory = directories::of_practice(&cloud).map_err(|error| error.problem())?;
        let shown = Connected {
            name: company::NAME.to_owned(),
            detail: company::DETAIL.to_owned(),
            directory: directory.name(),
            accent: company::ACCENT,
            practice: true,
            operator: PRACTICE_OPERATOR.to_owned(),
            keys_today: 0,
        };
        let journal = self.journal(folder.clone()).await?;
        let connection = self.connection(directory, shown, journal).await?;
        self.open_bench(&folder)?;
        self.practice = Some(Practice { cloud });
        Ok(connection)
    }

    pub(super) async fn connect_tenant(&mut self) {
        let next = self.settings.tenant().map(|tenant| TenantKey::configured(&tenant.name));
        self.make_way_for(next).await;
        self.practice = None;
        match self.tenant_connection().await {
            Ok(connection) => {
                self.adopt(connection).await;
                if let Some(tenant) = self.settings.tenant() {
                    self.watch_expiry(self.settings.resolved(tenant));
                }
            }
            Err(problem) => {
                self.bench.pull_all_out();
                self.tell(Event::NotConnected(problem)).await;
            }
        }
    }

    async fn tenant_connection(&mut self) -> Result<Connection, Problem> {
        let Some(tenant) = self.settings.tenant() else { return Err(nothing_configured()) };
        let tenant = self.settings.resolved(tenant);
        let folder = self.options.paths.data.clone();
        let journal = self.journal(folder.clone()).await?;
        let made = directories::of_tenant(&tenant, &self.secrets).await;
        let Made { directory, reach, detail, operator } = made.map_err(|error| error.problem())?;
        match (self.options.virtual_keys, reach) {
            (false, _) => {
                self.bench.close();
                self.tell(Event::Bench(Vec::new())).await;
            }
            (true, Reach::ThisComputer) => self.open_bench(&folder)?,
            (true, Reach::Network) => return Err(virtual_keys_refused()),
        }
        let shown = Connected {
            name: tenant.name,
            detail,
            directory: directory.name(),
            accent: tenant.accent,
            practice: false,
            operator,
            keys_today: 0,
        };
        self.connection(directory, shown, journal).await
    }

    async fn connection(
        &mut self,
        directory: Arc<dyn Directory>,
        shown: Connected,
        journal: JournalPort,
    ) -> Result<Connection, Problem> {
        let key = TenantKey { practice: shown.practice, name: shown.name.clone() };
        let rules = rules(&self.settings, &key, journal.folder());
        let teller = self.teller.behind(self.audience.gate(key.clone()));
        let tenant =
            Tenant { key, name: shown.name.clone(), directory, operator: shown.operator.clone() };
        let ports = Ports {
            journal,
            keys: self.keys.clone(),
            table: self.table.clone(),
            teller,
            tenant,
            rules,
            patience: self.options.patience,
        };
        let count = keys_today(&ports).await.map_err(|error| error.problem())?;
        Ok(Connection { ports, shown: Connected { keys_today: count, ..shown } })
    }

    /// The journal of the folder; one that is open stays so.
    async fn journal(&mut self, folder: PathBuf) -> Result<JournalPort, Problem> {
        if let Some(open) = self.journals.iter().find(|open| open.folder() == folder) {
            self.journal = Some(open.clone());
            return Ok(open.clone());
        }
        let secrets = self.secrets.clone();
        let place = folder.clone();
        let journal = off_the_network(move || Journal::open(&place, &secrets)).await;
        let port = JournalPort::new(journal.map_err(|error| error.problem())?, folder);
        self.journals.push(port.clone());
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

fn rules(settings: &Settings, key: &TenantKey, data: &Path) -> Rules {
    let tenant = settings.tenant().filter(|_| !key.practice);
    let folder = match key.practice {
        // What is practised never lands among the real papers.
        true => data.to_owned(),
        false => folder_of(settings.outputs.folder.as_deref().unwrap_or(data), &key.name),
    };
    Rules {
        pin: settings.pin_in(tenant).clone(),
        enrolment: settings.enrolment_in(tenant).clone(),
        outputs: settings.outputs.clone(),
        folder,
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
