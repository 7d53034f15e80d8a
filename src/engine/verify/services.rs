//! A tenant's services, made of its settings and the keyring's secrets.

use super::command::{ServiceKind, VerifyCommand};
use super::event::{ServiceTest, VerifyEvent, VerifyOffer};
use super::live::Services;
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::engine::ports::{Ports, off_the_network};
use crate::engine::station::Station;
use crate::problem::{Explain, Problem};
use crate::secrets::{SecretName, SecretText, Secrets, ServiceSecret};
use crate::services::{self, ServiceError, ServiceSecrets};
use crate::settings::{TenantSettings, VerifySettings};
use std::sync::Arc;

impl Station {
    /// Makes the services of the tenant in use, and tells what there is.
    pub(super) async fn make_services(&mut self, ports: &Ports) -> Arc<Services> {
        let settings = &ports.rules.verify;
        let secrets = match &self.practice {
            Some(practice) if ports.tenant.key.practice => practice.services().1,
            _ => kept(&self.secrets, &ports.tenant.name).await,
        };
        let mut made = made(settings, &secrets);
        made.names = names(ports, settings).await;
        Arc::new(made)
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
            let secrets = kept(&secrets, &tenant.name).await;
            let event = match service {
                Some(service) => VerifyEvent::Tested(ServiceTest {
                    checks: test(service, &tenant, &secrets).await,
                    tenant: tenant.name,
                    service,
                }),
                None => VerifyEvent::Outcomes(outcomes(&tenant, &secrets).await),
            };
            teller.tell(crate::engine::Event::Verify(event)).await;
        });
    }
}

fn made(settings: &VerifySettings, secrets: &ServiceSecrets) -> Services {
    let mut problems = Vec::new();
    let codes = usable(services::codes(settings, secrets), &mut problems);
    let push = usable(services::push(settings, secrets), &mut problems);
    let tickets = usable(services::tickets(settings, secrets), &mut problems);
    let log = usable(services::check_log(settings.log.as_ref(), secrets), &mut problems);
    let offer = VerifyOffer {
        sms: codes.as_ref().map(|codes| codes.channel()),
        push: push.as_ref().map(|push| push.kind()),
        can_register_push: push.as_ref().is_some_and(|push| push.can_register()),
        tickets: tickets.as_ref().map(|tickets| tickets.name()),
        log: log.as_ref().map(|log| log.name()),
        required_for: settings.required_for.clone(),
        minutes: settings.limits.verified_minutes,
        problems,
    };
    Services { codes, push, tickets, log, offer, names: Vec::new() }
}

/// What can't be used is told, and the others work.
fn usable<T>(made: Result<Option<T>, ServiceError>, problems: &mut Vec<Problem>) -> Option<T> {
    made.unwrap_or_else(|error| {
        problems.push(error.problem());
        None
    })
}

/// What the tenant is called: here, in texts, and by itself.
async fn names(ports: &Ports, settings: &VerifySettings) -> Vec<String> {
    let own = ports.tenant.directory.organisation().await;
    let own = own.ok().flatten().map(|organisation| organisation.name);
    let mut names = vec![ports.tenant.name.clone()];
    names.extend(settings.company.clone());
    names.extend(own);
    names
}

/// Secrets of a tenant's services, as far as the keyring has them.
async fn kept(secrets: &Secrets, tenant: &str) -> ServiceSecrets {
    let (secrets, tenant) = (secrets.clone(), tenant.to_owned());
    off_the_network(move || {
        let get = |service| -> Option<SecretText> {
            let name = SecretName::Service { tenant: tenant.clone(), service };
            secrets.get(&name).ok().flatten()
        };
        ServiceSecrets {
            twilio: get(ServiceSecret::Twilio),
            authy: get(ServiceSecret::Authy),
            duo: get(ServiceSecret::Duo),
            halo: get(ServiceSecret::Halo),
            log: get(ServiceSecret::Log),
        }
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
