//! Connects: the simulated company or the configured tenant, and the rule on virtual keys.

use super::access::{LoginPlace, PageOpener, PracticeBrowser, Session};
use super::audience::TenantKey;
use super::directories::{self, Made, Reach};
use super::ports::{JournalPort, Ports, Rules, Tenant, off_the_network};
use super::run::keys_today;
use super::station::Station;
use super::tenants::folder_of;
use super::{Connected, Event, KeyringMode, PracticeWays};
use crate::access::{Act, Operator, OperatorId};
use crate::directory::Directory;
use crate::journal::Journal;
use crate::practice::bench::Bench;
use crate::practice::cloud::{Cloud, CloudOptions};
use crate::practice::company;
use crate::problem::{Explain, Problem};
use crate::secrets::{Mode, Secrets};
use crate::services::ServiceSecrets;
use crate::settings::{PhoneSettings, SecuritySettings, Settings, TenantSettings, VerifySettings};
use crate::verify::PushKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The simulated company while practice runs.
pub(super) struct Practice {
    pub cloud: Cloud,
    pub ways: PracticeWays,
}

impl Practice {
    /// What callers of the company are checked with.
    pub fn services(&self) -> (VerifySettings, ServiceSecrets) {
        let (settings, secrets) = self.cloud.verify_settings();
        let PracticeWays { sms, push, strict } = self.ways;
        let settings = VerifySettings {
            sms: Some(sms),
            push: Some(push),
            push_attribute: (push == PushKind::Authy).then_some(company::AUTHY_ATTRIBUTE),
            required_for: if strict { vec![Act::IssuePass, Act::ChangePhone] } else { Vec::new() },
            ..settings
        };
        (settings, secrets)
    }
}

/// What a connection will be once an operator has signed in.
#[derive(Clone)]
pub(super) struct Prospect {
    /// Without who is signed in.
    shown: Connected,
    journal: JournalPort,
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
        let stored = self.keep_settings().await;
        self.connect_practice().await;
        self.note_stored(stored).await;
        self.note_settings("practice".into()).await;
    }

    /// The company's first operator signs in by themselves, over the same pages as everybody.
    pub(super) async fn connect_practice(&mut self) {
        self.make_way_for(Some(TenantKey::practice(company::NAME))).await;
        if let Err(problem) = self.open_practice().await {
            return self.tell(Event::NotConnected(problem)).await;
        }
        self.look_for_passphrase().await;
        match self.kept_session() {
            Some((place, session)) => self.come_back(&place, &session).await,
            None => self.sign_in_quietly().await,
        }
        self.begins_nothing_unconnected().await;
    }

    /// The company, its bench and its login service; what is open stays so.
    async fn open_practice(&mut self) -> Result<(), Problem> {
        let folder = self.options.paths.data.join("practice");
        let journal = self.journal(folder.clone(), true).await?;
        self.open_bench(&folder)?;
        if self.practice.is_none() {
            let cloud = Cloud::start(CloudOptions::default()).await.map_err(|e| e.problem())?;
            self.presence.sessions.remove(company::NAME);
            self.practice = Some(Practice { cloud, ways: PracticeWays::default() });
        }
        let Some(practice) = &self.practice else { return Ok(()) };
        let browser = PracticeBrowser::new(first_operator(), self.heard.clone())?;
        let place = LoginPlace::of_practice(&practice.cloud)?;
        let shown = Connected {
            name: company::NAME.to_owned(),
            detail: company::DETAIL.to_owned(),
            directory: "",
            accent: company::ACCENT,
            practice: true,
            operator: String::new(),
            keys_today: 0,
        };
        self.pages = PageOpener::Practice(browser);
        self.presence.people_sign_in_at(place);
        self.prospect = Some(Prospect { shown, journal });
        Ok(())
    }

    pub(super) async fn connect_tenant(&mut self) {
        let next = self.settings.tenant().map(|tenant| TenantKey::configured(&tenant.name));
        self.make_way_for(next).await;
        self.practice = None;
        self.pages = PageOpener::of(self.options.pages);
        if let Err(problem) = self.connect_configured().await {
            self.bench.pull_all_out();
            self.tell(Event::NotConnected(problem)).await;
        }
        self.begins_nothing_unconnected().await;
    }

    /// A session stays on the board until its tenant is connected again.
    async fn begins_nothing_unconnected(&mut self) {
        if self.ports.is_none() {
            self.nobody_is_there().await;
        }
    }

    /// As the application at once, or as the operator once there is one.
    async fn connect_configured(&mut self) -> Result<(), Problem> {
        let Some(tenant) = self.settings.tenant() else { return Err(nothing_configured()) };
        let tenant = self.settings.resolved(tenant);
        let journal = self.journal(self.options.paths.data.clone(), false).await?;
        self.look_for_passphrase().await;
        self.look_for_operators(&journal).await;
        let place = LoginPlace::of_tenant(&tenant)?;
        if let Some(place) = place {
            self.presence.people_sign_in_at(place);
            self.prospect = Some(Prospect { shown: shown(&tenant), journal });
            match self.kept_session() {
                Some((place, session)) => self.come_back(&place, &session).await,
                None => self.restore_operator().await,
            }
            return Ok(());
        }
        let made = directories::of_tenant(&tenant, &self.secrets).await;
        let made = made.map_err(|error| error.problem())?;
        let who = station_itself(&tenant, &made, &self.settings.security);
        let connection = self.connection_of(made, shown(&tenant), journal, who).await?;
        self.lock_until_passphrase().await;
        self.adopt(connection).await;
        self.show_sign_in().await;
        self.watch_tenant(tenant);
        Ok(())
    }

    /// What the operator who signed in works with.
    pub(super) async fn operator_connection(
        &mut self,
        place: &LoginPlace,
        session: &Session,
    ) -> Result<Connection, Problem> {
        let Some(Prospect { shown, journal }) = self.prospect.clone() else {
            return Err(nothing_configured());
        };
        let made = place.directory(&session.tokens)?;
        self.connection_of(made, shown, journal, session.operator.clone()).await
    }

    async fn connection_of(
        &mut self,
        made: Made,
        shown: Connected,
        journal: JournalPort,
        who: Operator,
    ) -> Result<Connection, Problem> {
        let Made { directory, reach, detail, .. } = made;
        match (self.options.virtual_keys || shown.practice, reach) {
            (false, _) => {
                self.bench.close();
                self.tell(Event::Bench(Vec::new())).await;
            }
            (true, Reach::ThisComputer) => self.open_bench(journal.folder())?,
            (true, Reach::Network) => return Err(virtual_keys_refused()),
        }
        let detail = if shown.practice { shown.detail.clone() } else { detail };
        let directory_name = directory.name();
        let operator = who.name.clone();
        let shown = Connected { detail, directory: directory_name, operator, ..shown };
        self.connection(directory, shown, journal, who).await
    }

    /// The operator who has signed in at this very login service.
    fn kept_session(&self) -> Option<(Arc<LoginPlace>, Arc<Session>)> {
        let place = self.presence.place.clone()?;
        let session = self.presence.sessions.get(&place.tenant)?;
        let same = session.place.is_as(&place);
        same.then(|| (place, Arc::clone(session)))
    }

    async fn connection(
        &mut self,
        directory: Arc<dyn Directory>,
        shown: Connected,
        journal: JournalPort,
        who: Operator,
    ) -> Result<Connection, Problem> {
        let key = TenantKey { practice: shown.practice, name: shown.name.clone() };
        let mut rules = rules(&self.settings, &key, journal.folder());
        if let Some(practice) = self.practice.as_ref().filter(|_| key.practice) {
            rules.verify = practice.services().0;
        }
        let teller = self.teller.behind(self.audience.gate(key.clone()));
        let operator = who.in_history();
        let tenant = Tenant { key, name: shown.name.clone(), directory, operator, who };
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
    async fn journal(&mut self, folder: PathBuf, practice: bool) -> Result<JournalPort, Problem> {
        if let Some(open) = self.journals.iter().find(|open| open.folder() == folder) {
            self.journal = Some(open.clone());
            return Ok(open.clone());
        }
        let secrets = self.secrets_of_vault(practice);
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
        phones: phones(tenant, key.practice),
        verify: tenant.map(|tenant| settings.resolved(tenant).verify).unwrap_or_default(),
        services_of: tenant
            .map(|tenant| settings.services_of(tenant).to_owned())
            .unwrap_or_default(),
        folder,
    }
}

fn phones(tenant: Option<&TenantSettings>, practice: bool) -> PhoneSettings {
    match tenant {
        Some(tenant) => tenant.phones.clone(),
        None if practice => company::phone_settings(),
        None => PhoneSettings::default(),
    }
}

pub(super) fn keyring_mode(secrets: &Secrets) -> KeyringMode {
    match secrets.mode() {
        Mode::Keyring => KeyringMode::Keyring,
        Mode::SessionOnly { reason } if secrets.found_locked() => KeyringMode::Locked(reason),
        Mode::SessionOnly { reason } => KeyringMode::SessionOnly(reason),
    }
}

fn shown(tenant: &TenantSettings) -> Connected {
    Connected {
        name: tenant.name.clone(),
        detail: String::new(),
        directory: "",
        accent: tenant.accent,
        practice: false,
        operator: String::new(),
        keys_today: 0,
    }
}

/// A station that signs in as an application acts under its own name.
fn station_itself(tenant: &TenantSettings, made: &Made, rules: &SecuritySettings) -> Operator {
    Operator {
        id: OperatorId { tenant: tenant.name.clone(), subject: made.operator.clone() },
        name: made.operator.clone(),
        upn: String::new(),
        roles: rules.station_roles.iter().copied().collect(),
    }
}

/// Signs in first, and may do everything.
fn first_operator() -> String {
    company::operators().first().map(|first| first.account.upn.clone()).unwrap_or_default()
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
