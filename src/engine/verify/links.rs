//! Links from tickets: a believed one sends at once, any other one fills the form.

use super::command::VerifyCommand;
use super::elsewhere::Here;
use super::event::{TicketShown, VerifyEvent};
use super::live::{CallerRead, LinkBy, WaitingLink};
use crate::access::Act;
use crate::engine::Command;
use crate::engine::access::Permits;
use crate::engine::ports::off_the_network;
use crate::engine::station::Station;
use crate::journal::{Action, Entry};
use crate::problem::{Explain, Problem};
use crate::secrets::{SecretName, SecretText, ServiceSecret};
use crate::verify::{LinkFault, LinkKey, Trust, VerifyLink, domain_of, key_text};
use jiff::Timestamp;

impl Station {
    /// A link came: from the system, or pasted.
    pub(super) async fn open_link(&mut self, text: String) {
        let link = match VerifyLink::read(&text) {
            Ok(link) => link,
            Err(fault) => return self.tell_verify(VerifyEvent::Link(Err(unusable(fault)))).await,
        };
        let Some(ports) = self.connected().await else { return };
        if self.has_open_check().await {
            return;
        }
        let other = domain_named(&link)
            .and_then(|domain| self.other_tenant_of_user(&format!("x@{domain}")));
        // Back where they were, by the operator's own wish.
        let stays = link.user.as_deref().is_some_and(|user| !self.is_sought_elsewhere(user))
            && link.tenant.is_none();
        if let Some(other) = other.filter(|_| !stays) {
            // What it names is another tenant's: nothing of it is asked for here.
            self.tell_verify(VerifyEvent::Link(Err(other_tenant(&other.1)))).await;
            let back = self.way_back(&link, &other.1);
            // Whoever is on the page is not left by a link unasked.
            let chooses = self.callers.open.is_none();
            return self.offer_tenant(other, (text, back), Here::OpenBack, chooses).await;
        }
        let (at_once, problem) = self.believe(&link).await;
        self.close_caller().await;
        self.tell_verify(VerifyEvent::Link(problem.map_or(Ok(()), Err))).await;
        self.callers.ticket = link.ticket;
        if let Some(number) = link.ticket {
            let reading = Box::new(TicketShown::Reading(number));
            self.tell_verify(VerifyEvent::Ticket(Some(reading))).await;
        }
        match (link.user, link.ticket) {
            (Some(user), ticket) => {
                if let Some(number) = ticket {
                    self.read_ticket(number, None);
                }
                self.find_requester(&ports, Some(user), at_once);
            }
            (None, Some(number)) => self.read_ticket(number, Some(at_once)),
            (None, None) => {}
        }
    }

    /// What opens the link's caller here. A ticket of the tenant that the link named is another
    /// one here, unless both have the same ticket system.
    fn way_back(&self, link: &VerifyLink, tenant: &str) -> Option<String> {
        let ticket = match link.tenant {
            Some(_) => self.shared_ticket(link.ticket, tenant),
            None => link.ticket,
        };
        let is_any = ticket.is_some() || link.user.is_some();
        is_any.then(|| VerifyLink::unsigned(ticket, link.user.as_deref()))
    }

    /// A link came while nobody could act on it.
    pub(in crate::engine) async fn keep_link(&mut self, text: String) {
        self.callers.link = Some(WaitingLink { text, tenant: None, by: LinkBy::Agent });
        let problem = problem(
            "A ticket link came while nobody was signed in here",
            "Sign in, or unlock the station; it is opened then",
        );
        self.tell(crate::engine::Event::Problem(problem)).await;
    }

    /// A link that waited for its tenant, or for somebody, once they are there.
    pub(super) async fn open_waiting_link(&mut self) {
        let Some(ports) = &self.ports else { return };
        if self.presence.lock.is_locked() {
            return;
        }
        let is_here = |link: &WaitingLink| {
            link.tenant.as_ref().is_none_or(|tenant| *tenant == ports.tenant.name)
        };
        if let Some(link) = self.callers.link.take_if(|link| is_here(link)) {
            // Whoever is there now did not open it: it waits for their click. One that waited for
            // its tenant is the same operator's.
            self.callers.fills_only = link.tenant.is_none();
            self.callers.elsewhere.arrives = link.tenant.is_some();
            self.callers.link_by = link.by;
            let wish = Command::Verify(VerifyCommand::OpenLink(link.text));
            Box::pin(self.take(wish)).await;
            self.callers.fills_only = false;
            self.callers.elsewhere.arrives = false;
            self.callers.link_by = LinkBy::Agent;
        }
    }

    /// Whether it may send at once; and if not, what of it is wrong, where something is.
    async fn believe(&self, link: &VerifyLink) -> (bool, Option<Problem>) {
        let Some(ports) = &self.ports else { return (false, None) };
        if self.callers.link_by == LinkBy::Keydesk {
            return (false, None);
        }
        if self.callers.fills_only {
            return (false, Some(kept()));
        }
        let key = match &self.practice {
            // What is practised has no key in the keyring.
            Some(_) if ports.tenant.key.practice => None,
            _ if !link.is_signed() => None,
            _ => match self.link_key(&ports.tenant.name).await {
                Ok(key) => key,
                Err(problem) => return (false, Some(problem)),
            },
        };
        let trust = link.trust(key.as_ref(), Timestamp::now());
        let subject = subject(link);
        let note = |action, detail: &str| Entry {
            tenant: ports.tenant.name.clone(),
            operator: ports.tenant.operator.clone(),
            action,
            subject: subject.clone(),
            serial: None,
            detail: detail.to_owned(),
        };
        let (entry, problem) = match trust {
            Trust::Unsigned => return (false, Some(unsigned())),
            Trust::Signed { nonce } => {
                let (entry, now) = (note(Action::LinkTaken, "signed"), Timestamp::now());
                let taken = ports.journal.call(move |j| j.take_link(&nonce, &entry, now)).await;
                match taken {
                    Ok(true) => return (true, None),
                    Ok(false) => (note(Action::LinkRefused, "used before"), used()),
                    Err(error) => return (false, Some(error.problem())),
                }
            }
            Trust::Forged => (note(Action::LinkRefused, "wrong signature"), forged()),
            Trust::Old => (note(Action::LinkRefused, "too old"), old()),
            Trust::Early => (note(Action::LinkRefused, "made in the future"), early()),
        };
        let now = Timestamp::now();
        let noted = ports.journal.call(move |journal| journal.audit(&entry, now)).await;
        (false, Some(noted.map_or_else(|error| error.problem(), |()| problem)))
    }

    async fn link_key(&self, tenant: &str) -> Result<Option<LinkKey>, Problem> {
        let (secrets, tenant) = (self.secrets.clone(), tenant.to_owned());
        let name = SecretName::Service { tenant, service: ServiceSecret::Link };
        let kept = off_the_network(move || secrets.get(&name)).await;
        let kept = kept.map_err(|error| error.problem())?;
        Ok(kept.and_then(|kept| LinkKey::read(kept.expose())))
    }

    /// A new key for links, kept and shown once.
    pub(super) async fn make_link_key(&mut self, permits: &Permits) {
        if let Err(problem) = permits.demand(Act::ChangeSecrets) {
            return self.tell(crate::engine::Event::Problem(problem)).await;
        }
        let Some(ports) = self.connected().await else { return };
        let mut random = [0; 32];
        if getrandom::fill(&mut random).is_err() {
            return self.tell(crate::engine::Event::Problem(no_chance())).await;
        }
        let key = key_text(&random);
        let shown = SecretText::new(key.as_str());
        let (secrets, tenant) = (self.secrets.clone(), ports.tenant.name.clone());
        let name = SecretName::Service { tenant, service: ServiceSecret::Link };
        let kept = off_the_network(move || secrets.set(&name, &SecretText::new(key.as_str())));
        match kept.await {
            Ok(()) => {
                let (subject, kind) = (ports.tenant.name.clone(), "key of ticket links");
                self.note_change(Action::SecretStored, subject, kind.into()).await;
                self.tell_verify(VerifyEvent::LinkKey(shown)).await;
            }
            Err(error) => self.tell_problem(&error).await,
        }
    }
}

/// The domain that a link is about: its tenant's, or its user's.
fn domain_named(link: &VerifyLink) -> Option<String> {
    let of_tenant = link.tenant.as_ref().map(|tenant| tenant.to_lowercase());
    of_tenant.or_else(|| link.user.as_deref().and_then(domain_of))
}

fn subject(link: &VerifyLink) -> String {
    match (&link.user, link.ticket) {
        (_, Some(ticket)) => format!("ticket {ticket}"),
        (Some(user), None) => user.clone(),
        (None, None) => String::new(),
    }
}

fn problem(what: impl Into<String>, next: impl Into<String>) -> Problem {
    Problem { what: what.into(), next: next.into(), details: Vec::new() }
}

const CLICK: &str = "Check person and ticket, then press Send code";

fn unusable(fault: LinkFault) -> Problem {
    problem(format!("This link can't be used: {fault}"), "Type the ticket's number instead")
}

/// Why a believed link waits for a click all the same.
pub(super) fn held_back(read: &CallerRead, is_locked: bool) -> Option<Problem> {
    let stops = read.warnings.iter().any(|warning| warning.stops_a_link());
    let why = match (is_locked, stops, read.is_whole) {
        (true, ..) => "The station was locked when the caller was read",
        (_, true, _) => "There is a warning about this caller",
        (_, _, false) => "The caller's sign-in methods or the ticket could not be read",
        (false, false, true) => return None,
    };
    Some(problem(format!("{why}, so the link sent nothing"), CLICK))
}

fn unsigned() -> Problem {
    problem("This link is not signed, so nothing was sent", CLICK)
}

fn kept() -> Problem {
    problem("This link came before you were signed in, so nothing was sent", CLICK)
}

fn used() -> Problem {
    problem("This link was used before, so nothing was sent", CLICK)
}

fn forged() -> Problem {
    problem("This link is not signed with this tenant's key, so nothing was sent", CLICK)
}

fn old() -> Problem {
    problem("This link is older than five minutes, so nothing was sent", CLICK)
}

fn early() -> Problem {
    problem(
        "This link was made in the future: one of the two clocks is wrong; nothing was sent",
        CLICK,
    )
}

fn other_tenant(tenant: &str) -> Problem {
    problem(
        format!("This link is about {tenant}, which is not the tenant in use"),
        format!("Switch to {tenant}; the link is opened there"),
    )
}

pub(super) fn no_chance() -> Problem {
    problem("This computer gave no random numbers", "Try again")
}
