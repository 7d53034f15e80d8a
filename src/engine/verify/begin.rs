//! The clicks: a check begins, goes on, is cancelled; somebody counts as verified, or no more.

use super::check::{CheckBase, CheckOf};
use super::code::CodeCheck;
use super::event::{VerifiedShown, VerifyEvent};
use super::live::{CheckWish, RunningCheck};
use super::push::PushCheck;
use super::reading;
use crate::access::Act;
use crate::directory::PersonId;
use crate::engine::access::Permits;
use crate::engine::station::Station;
use crate::journal::{Action, Entry};
use crate::problem::{Explain, Problem};
use crate::services::messaging::{PushTarget, SmsText};
use crate::verify::{Channel, VerifiedPerson};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Wishes that may wait for a check.
const WISHES: usize = 8;

impl Station {
    pub(super) async fn send_code(&mut self, person: &PersonId) {
        if self.begins_later(person, false).await {
            return;
        }
        let Some((base, wishes)) = self
            .new_check(person, |services| services.codes.as_ref().map(|codes| codes.channel()))
            .await
        else {
            return;
        };
        let Some((read, ports)) = self.read_of(person) else { return };
        let Some(number) = read.number.clone() else { return };
        let is_alone = read.alone.is_some_and(|alone| !alone.is_over(super::life::now()));
        let text = SmsText {
            template: reading::message(&ports, self.callers.ticket, &read.language),
            language: read.language.clone(),
            company: reading::company(&ports),
        };
        let id = base.of.id;
        let mut base = base;
        base.of.masked = Some(number.masked());
        base.shown.masked = Some(number.masked());
        let (to, wishes_in) = wishes;
        self.callers.running.begin(id, whose(&base));
        self.callers.check = Some(RunningCheck { id, wishes: to });
        tokio::spawn(CodeCheck { base, number, is_alone, text, wishes: wishes_in }.run());
    }

    pub(super) async fn ask_by_push(&mut self, person: &PersonId) {
        if self.begins_later(person, true).await {
            return;
        }
        let Some((base, (to, wishes))) = self
            .new_check(person, |services| {
                services.push.as_ref().map(|push| Channel::Push(push.kind()))
            })
            .await
        else {
            return;
        };
        let Some((read, ports)) = self.read_of(person) else { return };
        let Some(target) = read.target.clone() else {
            let problem = read.shown.no_push.clone().unwrap_or_else(not_asked);
            return self.tell_verify(VerifyEvent::Refused(problem)).await;
        };
        let company = reading::company(&ports);
        let id = base.of.id;
        self.callers.running.begin(id, whose(&base));
        self.callers.check = Some(RunningCheck { id, wishes: to });
        tokio::spawn(PushCheck { base, target, company, wishes }.run());
    }

    /// Another way instead of the open check: that is cancelled first.
    async fn begins_later(&mut self, person: &PersonId, by_push: bool) -> bool {
        let is_open = self.is_checking()
            && self.callers.open.as_ref().is_some_and(|open| open.person.id == *person);
        if is_open {
            self.callers.then = Some((person.clone(), by_push));
            self.cancel_check().await;
        }
        is_open
    }

    pub(super) fn is_checking(&self) -> bool {
        self.callers.check.as_ref().is_some_and(|check| self.callers.running.has(check.id))
    }

    /// A check of the open person, by what `channel` finds among the services.
    async fn new_check(
        &mut self,
        person: &PersonId,
        channel: impl FnOnce(&super::live::Services) -> Option<Channel>,
    ) -> Option<(CheckBase, (mpsc::Sender<CheckWish>, mpsc::Receiver<CheckWish>))> {
        if self.has_open_check().await {
            return None;
        }
        self.unlock_services().await;
        let Some((read, ports)) = self.read_of(person) else {
            self.tell_verify(VerifyEvent::Refused(not_read_yet())).await;
            return None;
        };
        if read.ticket != self.callers.ticket {
            self.tell_verify(VerifyEvent::Refused(not_read_yet())).await;
            return None;
        }
        // One that was closed may still be on its way out.
        if self.callers.running.is_about(&ports.tenant.name, &person.0) {
            self.tell_verify(VerifyEvent::Refused(still_ends())).await;
            return None;
        }
        let Some(channel) = channel(&self.callers.services) else {
            let why = self.callers.services.locked.clone().unwrap_or_else(not_set_up);
            self.tell_verify(VerifyEvent::Refused(why)).await;
            return None;
        };
        if let Some(problem) = read.shown.no_sms.clone().filter(|_| channel.is_sms()) {
            self.tell_verify(VerifyEvent::Refused(problem)).await;
            return None;
        }
        let of = CheckOf {
            id: Uuid::new_v4(),
            person: read.shown.person.clone(),
            channel,
            masked: None,
            ticket: self.callers.ticket,
            warnings: read.warnings.clone(),
        };
        let services = Arc::clone(&self.callers.services);
        let base = CheckBase::new(
            (ports, services),
            (self.verify_news.clone(), self.callers.running.clone()),
            of,
        );
        Some((base, mpsc::channel(WISHES)))
    }

    /// The open person as read, if it is this one.
    fn read_of(
        &self,
        person: &PersonId,
    ) -> Option<(&super::live::CallerRead, Arc<crate::engine::ports::Ports>)> {
        let open = self.callers.open.as_ref().filter(|open| open.person.id == *person)?;
        Some((open.read.as_ref()?, self.ports.clone()?))
    }

    /// Says so where a check is open: there is one at a time.
    pub(super) async fn has_open_check(&self) -> bool {
        let open = self.is_checking();
        if open {
            self.tell_verify(VerifyEvent::Refused(Problem {
                what: "A check is still open".into(),
                next: "Cancel it first".into(),
                details: Vec::new(),
            }))
            .await;
        }
        open
    }

    pub(super) async fn wish_of_check(&self, wish: CheckWish) {
        let Some(check) = &self.callers.check else { return };
        if check.wishes.try_send(wish).is_err() {
            tracing::debug!("the check had ended, or its wishes wait");
        }
    }

    pub(super) async fn cancel_check(&self) {
        self.wish_of_check(CheckWish::Cancel).await;
    }

    pub(super) async fn check_is_over(
        &mut self,
        verified: Option<VerifiedPerson>,
        drop: Option<(String, String)>,
    ) {
        if let Some((tenant, person)) = drop {
            self.callers.verified.drop_person(&tenant, &person);
        }
        if let Some(person) = verified {
            self.callers.verified.add(person);
        }
        self.tell_verified().await;
        self.send_pending().await;
        match self.callers.then.take() {
            Some((person, true)) => Box::pin(self.ask_by_push(&person)).await,
            Some((person, false)) => Box::pin(self.send_code(&person)).await,
            None => {}
        }
    }

    pub(super) async fn revoke(&mut self, check: Uuid) {
        let Some(ports) = self.ports.clone() else { return };
        let Some(revoked) = self.callers.verified.revoke(check) else { return };
        let entry = Entry {
            tenant: ports.tenant.name.clone(),
            operator: ports.tenant.operator.clone(),
            action: Action::VerifiedRevoked,
            subject: revoked.upn,
            serial: None,
            detail: crate::verify::note::reference(check),
        };
        let now = Timestamp::now();
        let noted = ports.journal.call(move |journal| journal.audit(&entry, now)).await;
        if let Err(error) = noted {
            self.tell_problem(&error).await;
        }
        self.tell_verified().await;
    }

    /// Everybody who is verified to this agent now.
    pub(super) async fn tell_verified(&self) {
        let Some(ports) = &self.ports else { return };
        let now = Timestamp::now();
        let who = &ports.tenant.who.id;
        let known = self.callers.verified.by(&ports.tenant.name, who, now);
        let shown = known.map(|(known, not_for)| VerifiedShown {
            check: known.check,
            person: PersonId(known.person.clone()),
            name: known.name.clone(),
            upn: known.upn.clone(),
            channel: known.channel,
            ticket: known.ticket,
            not_for,
            until: known.until,
        });
        self.tell_verify(VerifyEvent::Verified(shown.collect())).await;
    }

    pub(super) async fn register_push(&mut self, person: &PersonId, permits: &Permits) {
        if let Err(problem) = permits.demand(Act::ChangePhone) {
            return self.tell_verify(VerifyEvent::Refused(problem)).await;
        }
        let Some((read, ports)) = self.read_of(person) else {
            return self.tell_verify(VerifyEvent::Refused(not_read_yet())).await;
        };
        let (number, person) = (read.number.clone(), read.shown.person.clone());
        let services = Arc::clone(&self.callers.services);
        tokio::spawn(async move {
            let registered = registered(&ports, &services, number, &person).await;
            let id = registered.map(|PushTarget(id)| id);
            let event = VerifyEvent::PushRegistered { person: person.id.clone(), id };
            super::callers::tell(&ports, event).await;
        });
    }
}

/// Tenant and person of a check.
fn whose(base: &CheckBase) -> super::live::Whose {
    (base.ports.tenant.name.clone(), base.of.person.id.0.clone())
}

async fn registered(
    ports: &crate::engine::ports::Ports,
    services: &super::live::Services,
    number: Option<crate::phones::PhoneNumber>,
    person: &crate::directory::Person,
) -> Result<PushTarget, Problem> {
    let push = services.push.as_ref();
    let push = push.ok_or_else(|| services.locked.clone().unwrap_or_else(not_set_up))?;
    let number = number.ok_or_else(|| reading::no_number(reading::NoNumber::None))?;
    let mail = person.mail.clone().unwrap_or_else(|| person.upn.clone());
    let target = push.register(&number, &mail).await.map_err(|error| error.problem())?;
    let entry = Entry {
        tenant: ports.tenant.name.clone(),
        operator: ports.tenant.operator.clone(),
        action: Action::PushRegistered,
        subject: person.upn.clone(),
        serial: None,
        detail: format!("{}, {}", push.kind().name(), number.masked()),
    };
    let now = Timestamp::now();
    let noted = ports.journal.call(move |journal| journal.audit(&entry, now)).await;
    noted.map_err(|error| error.problem())?;
    Ok(target)
}

fn not_read_yet() -> Problem {
    Problem {
        what: "The person is not read yet".into(),
        next: "Wait a moment, or choose the person again".into(),
        details: Vec::new(),
    }
}

fn still_ends() -> Problem {
    Problem {
        what: "The check before of this person is just being ended".into(),
        next: "Try again in a moment".into(),
        details: Vec::new(),
    }
}

fn not_set_up() -> Problem {
    Problem {
        what: "This service is not set up for this tenant".into(),
        next: "Set it up under Settings, Verify".into(),
        details: Vec::new(),
    }
}

fn not_asked() -> Problem {
    Problem {
        what: "Nobody knows whom to ask by push".into(),
        next: "Choose the attribute with people's ids under Settings, Verify".into(),
        details: Vec::new(),
    }
}
