//! Where a run works: the tenant of the settings, its directory, the journal.

use super::refusal::PhonesRefusal;
use crate::access::Act;
use crate::directory::Directory;
use crate::engine::directories;
use crate::engine::ports::{JournalPort, off_the_network};
use crate::journal::{Journal, PhoneJobId, StoredPhoneJob};
use crate::phones::{PlanOptions, PlanWish};
use crate::problem::{Explain, Problem};
use crate::secrets::{Mode, Secrets};
use crate::settings::{Paths, Settings, TenantSettings};
use std::sync::Arc;

/// What the settings and the keyring say.
pub(super) struct Place {
    pub settings: Settings,
    /// As the settings resolve it.
    pub tenant: TenantSettings,
    pub secrets: Secrets,
    paths: Paths,
    /// As the history names whoever runs it.
    pub operator: String,
}

impl Place {
    pub fn find(
        paths: Paths,
        tenant: Option<&str>,
        operator: String,
    ) -> Result<Self, PhonesRefusal> {
        let settings = Settings::load(&paths.config_file())
            .map_err(|error| PhonesRefusal::settings(error.problem()))?
            .unwrap_or_default();
        let found = match tenant {
            Some(name) => settings.tenant_named(name).ok_or_else(|| no_tenant(name)),
            None => settings.tenant().ok_or_else(|| no_tenant("a tenant")),
        };
        let tenant = settings.resolved(found.map_err(PhonesRefusal::settings)?);
        Ok(Self { settings, tenant, secrets: Secrets::probe(), paths, operator })
    }

    /// Whether the station by itself may do this here.
    pub fn may_change_phones(&self) -> Result<(), PhonesRefusal> {
        let roles = Act::ChangePhone.roles();
        match self.settings.security.station_roles.iter().any(|role| roles.contains(role)) {
            true => Ok(()),
            false => Err(PhonesRefusal::refused(Problem {
                what: "This station may not change phones by itself".into(),
                next: "Add \"helpdesk\" to station_roles under [security] in config.toml".into(),
                details: Vec::new(),
            })),
        }
    }

    /// A second person can't approve what nobody sits in front of.
    pub fn may_write(&self) -> Result<(), PhonesRefusal> {
        match self.settings.security.two_person.contains(&Act::ChangePhone) {
            false => Ok(()),
            true => Err(PhonesRefusal::refused(Problem {
                what: "Two persons must agree to a change of phones here, and nobody is".into(),
                next: "Apply it in the window, or take \"change-phone\" out of two_person".into(),
                details: Vec::new(),
            })),
        }
    }

    pub fn options(&self, wish: PlanWish) -> PlanOptions {
        let phones = &self.tenant.phones;
        wish.options(phones.default_country.as_deref(), &phones.only_countries)
    }

    /// Signs in as the application.
    pub async fn directory(&self) -> Result<Arc<dyn Directory>, PhonesRefusal> {
        if self.tenant.secret_name().is_none() {
            return Err(PhonesRefusal::refused(signs_in_by_name(&self.tenant.name)));
        }
        if let Mode::SessionOnly { reason } = self.secrets.mode() {
            return Err(PhonesRefusal::settings(no_keyring(&reason)));
        }
        let made = directories::of_tenant(&self.tenant, &self.secrets).await?;
        match made.directory.phones() {
            Some(_) => Ok(made.directory),
            None => Err(super::super::facts::not_offered().into()),
        }
    }

    /// Takes the data folder. Without a keyring the numbers from before would be lost with this
    /// run, and with them the way back.
    pub async fn journal(&self) -> Result<JournalPort, PhonesRefusal> {
        if let Mode::SessionOnly { reason } = self.secrets.mode() {
            return Err(PhonesRefusal::settings(no_keyring(&reason)));
        }
        let (folder, secrets) = (self.paths.data.clone(), self.secrets.clone());
        let place = folder.clone();
        let journal = off_the_network(move || Journal::open(&place, &secrets)).await?;
        Ok(JournalPort::new(journal, folder))
    }

    /// The job of this tenant that has not ended.
    pub async fn open_job(
        &self,
        journal: &JournalPort,
    ) -> Result<Option<PhoneJobId>, PhonesRefusal> {
        let tenant = self.tenant.name.clone();
        Ok(journal.call(move |journal| journal.open_phone_job(&tenant)).await?)
    }

    /// # Errors
    /// Another job has not ended.
    pub async fn nothing_is_open(&self, journal: &JournalPort) -> Result<(), PhonesRefusal> {
        match self.open_job(journal).await? {
            None => Ok(()),
            Some(job) => Err(PhonesRefusal::in_the_way(Problem {
                what: format!("Job {} of this tenant has not ended", job.text()),
                next: "Go on with it: keydesk phones apply --resume --write; or cancel it in the window"
                    .into(),
                details: Vec::new(),
            })),
        }
    }

    /// One of another tenant is not known here.
    pub async fn job(
        &self,
        journal: &JournalPort,
        id: PhoneJobId,
    ) -> Result<StoredPhoneJob, PhonesRefusal> {
        let job = journal.call(move |journal| journal.phone_job(id)).await?;
        match job.facts.tenant == self.tenant.name {
            true => Ok(job),
            false => Err(crate::journal::JournalError::NoSuchPhoneJob.into()),
        }
    }
}

fn no_tenant(name: &str) -> Problem {
    Problem {
        what: format!("config.toml does not have {name}"),
        next: "Name one of its tenants with --tenant, or its folder with --config".into(),
        details: Vec::new(),
    }
}

fn signs_in_by_name(tenant: &str) -> Problem {
    Problem {
        what: format!("Operators of {tenant} sign in by name, and nobody is here to do so"),
        next: "Give --config a folder whose config.toml signs in to the same tenant as the \
               application (sign_in = \"secret\" or \"certificate\")"
            .into(),
        details: Vec::new(),
    }
}

fn no_keyring(reason: &str) -> Problem {
    Problem {
        what: format!("There is no usable keyring: {reason}"),
        next: "Run it as the user of the station, with the keyring unlocked: it has the secret, \
               and the key that seals the numbers from before"
            .into(),
        details: Vec::new(),
    }
}
