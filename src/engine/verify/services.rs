//! A tenant's services, made of its settings and the keyring's secrets.

use super::callers::send;
use super::command::{ServiceKind, VerifyCommand};
use super::event::{ServiceTest, VerifyEvent, VerifyOffer};
use super::live::{Services, VerifyNews};
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::engine::ports::{Ports, off_the_network};
use crate::engine::station::Station;
use crate::problem::{Explain, Problem};
use crate::secrets::{SecretName, SecretText, Secrets, ServiceSecret};
use crate::services::check_log::{CheckLog, UnusableLog};
use crate::services::stations::Shared;
use crate::services::{self, ServiceError, ServiceSecrets};
use crate::settings::{StationsShare, TenantSettings, VerifySettings};
use crate::verify::PushKind;
use std::sync::{Arc, Mutex};

impl Station {
    /// Makes the services of the tenant in use, and tells what there is.
    pub(super) async fn make_services(&mut self, ports: &Ports) -> Arc<Services> {
        let settings = &ports.rules.verify;
        let (secrets, locked) = match &self.practice {
            Some(practice) if ports.tenant.key.practice => (practice.services().1, None),
            _ => kept(&self.secrets, &ports.rules.services_of, settings).await,
        };
        Arc::new(made_for(ports, &secrets, locked))
    }

    /// Once more, where the keyring did not tell at the last time.
    pub(super) async fn unlock_services(&mut self) {
        let Some(ports) = self.ports.clone().filter(|_| self.callers.services.locked.is_some())
        else {
            return;
        };
        let services = self.make_services(&ports).await;
        let before = Arc::clone(&self.callers.services);
        self.unlocked(&before, services).await;
    }

    /// The same where something waits for a service; beside the loop, as the keyring may ask its
    /// owner first.
    pub(super) async fn look_for_secrets(&mut self) {
        let Some(ports) = self.ports.clone().filter(|_| self.callers.services.locked.is_some())
        else {
            return;
        };
        let tenant = ports.tenant.name.clone();
        let left = ports.journal.call(move |journal| journal.is_anything_left(&tenant)).await;
        if !left.unwrap_or_default() {
            return;
        }
        let Some(ends) = self.callers.looks.take() else { return };
        let (secrets, news) = (self.secrets.clone(), self.verify_news.clone());
        let before = Arc::clone(&self.callers.services);
        tokio::spawn(async move {
            let settings = &ports.rules.verify;
            let (kept, locked) = kept(&secrets, &ports.rules.services_of, settings).await;
            let services = Arc::new(made_for(&ports, &kept, locked));
            drop(ends);
            send(&news, VerifyNews::Unlocked { before, services }).await;
        });
    }

    /// What the keyring did not tell is there, unless something else was taken into use meanwhile.
    pub(super) async fn unlocked(&mut self, before: &Arc<Services>, services: Arc<Services>) {
        let is_awaited = Arc::ptr_eq(before, &self.callers.services);
        let Some(ports) = self.ports.clone().filter(|_| is_awaited && services.locked.is_none())
        else {
            return;
        };
        Self::learn_names(&ports, &services);
        self.callers.services = services;
        let offer = self.callers.services.offer.clone();
        self.tell_verify(VerifyEvent::Offered(offer)).await;
        // Whom a push asks, and what others have open, could not be read before.
        self.read_caller(Arc::clone(&ports), None);
        let tenant = ports.tenant.name.clone();
        if let Err(error) = ports.journal.call(move |journal| journal.due_now(&tenant)).await {
            self.tell_problem(&error).await;
        }
        self.send_pending().await;
    }

    /// The tenant's own name, once the directory tells it; nobody waits for it.
    pub(super) fn learn_names(ports: &Arc<Ports>, services: &Arc<Services>) {
        let (ports, services) = (Arc::clone(ports), Arc::clone(services));
        tokio::spawn(async move {
            if let Ok(Some(own)) = ports.tenant.directory.organisation().await {
                services.learn(own.name);
            }
        });
    }

    /// Tries one service with a draft's settings.
    pub(super) async fn test_service(&self, wish: VerifyCommand) {
        let (tenant, service) = match wish {
            VerifyCommand::Test { tenant, service } => (*tenant, Some(service)),
            VerifyCommand::FindOutcomes { tenant } => (*tenant, None),
            _ => return,
        };
        let (secrets, teller) = (self.secrets.clone(), self.teller.clone());
        tokio::spawn(async move {
            let (secrets, locked) = kept(&secrets, &tenant.name, &tenant.verify).await;
            let event = match service {
                Some(service) => VerifyEvent::Tested(ServiceTest {
                    checks: match locked {
                        Some(problem) => vec![ConnectionCheck {
                            name: "Keyring".into(),
                            outcome: CheckOutcome::Failed(problem),
                        }],
                        None => test(service, &tenant, &secrets).await,
                    },
                    tenant: tenant.name,
                    service,
                }),
                None => VerifyEvent::Outcomes(match locked {
                    Some(problem) => Err(problem),
                    None => outcomes(&tenant, &secrets).await,
                }),
            };
            teller.tell(crate::engine::Event::Verify(event)).await;
        });
    }
}

/// The services of a tenant that is not in use.
pub(super) async fn made_of(
    settings: &VerifySettings,
    secrets: &Secrets,
    services_of: &str,
) -> Services {
    let (kept, locked) = kept(secrets, services_of, settings).await;
    // Callers are only let go of there: no claim names an agent.
    made(settings, &kept, (locked, ""))
}

fn made_for(ports: &Ports, secrets: &ServiceSecrets, locked: Option<Problem>) -> Services {
    let settings = &ports.rules.verify;
    let made = made(settings, secrets, (locked, &ports.tenant.who.name));
    made.learn(ports.tenant.name.clone());
    settings.company.iter().for_each(|company| made.learn(company.clone()));
    made
}

fn made(
    settings: &VerifySettings,
    secrets: &ServiceSecrets,
    (locked, agent): (Option<Problem>, &str),
) -> Services {
    let mut told = Told { problems: locked.iter().cloned().collect(), is_locked: locked.is_some() };
    let codes = told.usable(services::codes(settings, secrets));
    let push = told.usable(services::push(settings, secrets));
    let tickets = told.usable(services::tickets(settings, secrets));
    let log = services::check_log(settings.log.as_ref(), secrets).unwrap_or_else(|error| {
        // What stations share is not seen then; that nothing is shared would be another thing.
        let unusable = Box::new(UnusableLog::new(error.service(), error.clone()));
        told.usable::<()>(Err(error));
        Some(unusable)
    });
    let log = log.map(Arc::from);
    let shared = shared(settings, log.as_ref(), agent);
    let offer = VerifyOffer {
        sms: codes.as_ref().map(|codes| codes.channel()),
        push: push.as_ref().map(|push| push.kind()),
        can_register_push: push.as_ref().is_some_and(|push| push.can_register()),
        tickets: tickets.as_ref().map(|tickets| tickets.name()),
        log: log.as_ref().map(|log| log.name()),
        shared: shared.as_ref().map(|shared| shared.name()),
        required_for: settings.required_for.clone(),
        minutes: settings.limits.verified_minutes,
        problems: told.problems,
    };
    Services { codes, push, tickets, log, shared, offer, locked, names: Mutex::default() }
}

/// Where this station sees others' open checks and locks.
fn shared(
    settings: &VerifySettings,
    log: Option<&Arc<dyn CheckLog>>,
    agent: &str,
) -> Option<Arc<dyn Shared>> {
    match settings.stations {
        StationsShare::Log => log.map(|log| Arc::clone(log) as Arc<dyn Shared>),
        StationsShare::Folder => {
            let folder = services::shared_folder(settings, agent)?;
            Some(Arc::new(folder))
        }
        StationsShare::Nothing => None,
    }
}

/// Why services can't be used.
struct Told {
    problems: Vec<Problem>,
    is_locked: bool,
}

impl Told {
    /// What can't be used is told, and the others work.
    fn usable<T>(&mut self, made: Result<Option<T>, ServiceError>) -> Option<T> {
        made.unwrap_or_else(|error| {
            // That the keyring does not tell is not that it has nothing.
            let is_untold = self.is_locked && matches!(error, ServiceError::NoSecret { .. });
            if !is_untold {
                self.problems.push(error.problem());
            }
            None
        })
    }
}

/// Secrets of the services that a tenant has set, as far as the keyring has them. A locked keyring
/// is not asked for what nobody needs; beside them, why it did not tell.
async fn kept(
    secrets: &Secrets,
    tenant: &str,
    settings: &VerifySettings,
) -> (ServiceSecrets, Option<Problem>) {
    let (secrets, tenant) = (secrets.clone(), tenant.to_owned());
    let (push, has_sms) = (settings.push, settings.sms.is_some());
    let (has_halo, has_log) = (settings.halo.is_some(), settings.log.is_some());
    off_the_network(move || {
        let mut locked = None;
        let mut get = |needed: bool, service| -> Option<SecretText> {
            if !needed || locked.is_some() {
                return None;
            }
            let name = SecretName::Service { tenant: tenant.clone(), service };
            secrets.get(&name).unwrap_or_else(|error| {
                locked = Some(error.problem());
                None
            })
        };
        let kept = ServiceSecrets {
            twilio: get(has_sms || push == Some(PushKind::Verify), ServiceSecret::Twilio),
            authy: get(push == Some(PushKind::Authy), ServiceSecret::Authy),
            duo: get(push == Some(PushKind::Duo), ServiceSecret::Duo),
            halo: get(has_halo, ServiceSecret::Halo),
            log: get(has_log, ServiceSecret::Log),
        };
        (kept, locked)
    })
    .await
}

async fn test(
    service: ServiceKind,
    tenant: &TenantSettings,
    secrets: &ServiceSecrets,
) -> Vec<ConnectionCheck> {
    let settings = &tenant.verify;
    match service {
        ServiceKind::Sms => match services::codes(settings, secrets) {
            Ok(Some(codes)) => codes.test().await,
            other => not_made("Texts", other.err()),
        },
        ServiceKind::Push => match services::push(settings, secrets) {
            Ok(Some(push)) => push.test().await,
            other => not_made("Push approval", other.err()),
        },
        ServiceKind::Tickets => match services::tickets(settings, secrets) {
            Ok(Some(tickets)) => tickets.test().await,
            other => not_made("Tickets", other.err()),
        },
        ServiceKind::Log => match services::check_log(settings.log.as_ref(), secrets) {
            Ok(Some(log)) => log.test().await,
            other => not_made("Log", other.err()),
        },
        ServiceKind::Stations => match services::shared_folder(settings, "") {
            Some(folder) => folder.test().await,
            None => not_made("Folder", None),
        },
    }
}

fn not_made(name: &str, error: Option<ServiceError>) -> Vec<ConnectionCheck> {
    let problem = error.map_or_else(not_set, |error| error.problem());
    vec![ConnectionCheck { name: name.into(), outcome: CheckOutcome::Failed(problem) }]
}

async fn outcomes(
    tenant: &TenantSettings,
    secrets: &ServiceSecrets,
) -> Result<Vec<services::tickets::NoteOutcome>, Problem> {
    match services::tickets(&tenant.verify, secrets).map_err(|error| error.problem())? {
        Some(tickets) => tickets.outcomes().await.map_err(|error| error.problem()),
        None => Err(not_set()),
    }
}

fn not_set() -> Problem {
    Problem {
        what: "This service is not set up".into(),
        next: "Fill in its settings first".into(),
        details: Vec::new(),
    }
}
