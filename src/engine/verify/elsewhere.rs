//! A caller whose domain belongs to another tenant of this station: that is offered, or chosen
//! where nothing is lost by it. Nothing of them is asked for here meanwhile.

use super::callers::send;
use super::command::VerifyCommand;
use super::event::{ChosenTenant, VerifyEvent};
use super::live::{LinkBy, VerifyNews, WaitingLink};
use crate::directory::Person;
use crate::engine::station::Station;
use crate::settings::TenantSettings;
use crate::verify::{TenantDomains, VerifyLink, domain_of, tenant_of};
use std::collections::HashSet;
use std::time::Duration;

/// A pause in typing after which a domain is taken for whole: one may be the beginning of another.
const TYPED: Duration = Duration::from_millis(600);

/// What was offered, chosen and turned down.
#[derive(Default)]
pub(in crate::engine) struct Elsewhere {
    /// Domains that no tenant is chosen for any more until the operator leaves.
    stays: HashSet<String>,
    /// What is typed at the moment, where its domain is another tenant's.
    typed: Option<String>,
    offered: Option<Choice>,
    /// How the tenant in use came into use, until its caller is gone.
    chosen: Option<Choice>,
    /// The link of the caller that the tenant was chosen for is being opened there.
    pub arrives: bool,
}

/// What becomes of a caller who stays, before another tenant is taken into use.
pub(super) enum Here {
    /// They are here, or sought here, already.
    Known,
    /// A user name or address.
    Seek(String),
    /// The link back is opened here.
    OpenBack,
}

/// A tenant for a caller.
struct Choice {
    shown: ChosenTenant,
    /// A link named the tenant: any of its domains may come back.
    names_tenant: bool,
    /// User name or address, where it is known.
    caller: Option<String>,
    /// What to do here, should it be the wrong tenant.
    here: Here,
    /// The link that finds them where they were.
    back: Option<String>,
}

impl Choice {
    fn means(&self, user: &str) -> bool {
        self.caller.as_deref().is_some_and(|own| own.trim().eq_ignore_ascii_case(user.trim()))
    }

    /// Of several people who were found, any of the domain may be the one.
    fn may_mean(&self, person: &Person) -> bool {
        let of_domain = domain_of(&person.upn).is_some_and(|domain| domain == self.shown.domain);
        self.caller.is_none()
            || of_domain
            || self.means(&person.upn)
            || person.mail.as_deref().is_some_and(|mail| self.means(mail))
    }
}

impl Elsewhere {
    fn leaves_alone(&self, domain: &str) -> bool {
        let is_below = |own: &String| domain.strip_suffix(own.as_str()).is_some_and(ends);
        self.stays.iter().any(is_below)
    }

    pub fn forget(&mut self) {
        self.typed = None;
        self.offered = None;
    }

    /// The caller is gone, or the operator.
    pub fn caller_is_gone(&mut self) {
        self.chosen = None;
    }

    /// Another operator chooses anew.
    pub fn operator_is_gone(&mut self) {
        *self = Self::default();
    }
}

impl Station {
    /// Whether a user is sought in another tenant, and so not here.
    pub(super) fn is_sought_elsewhere(&self, user: &str) -> bool {
        let other = self.other_tenant_of_user(user);
        other.is_some_and(|(domain, _)| !self.callers.elsewhere.leaves_alone(&domain))
    }

    /// The other tenant is told of once nothing more is typed.
    pub(super) fn seek_elsewhere(&mut self, user: String) {
        let news = self.verify_news.clone();
        self.callers.elsewhere.typed = Some(user.clone());
        self.callers.find = Some(tokio::spawn(async move {
            tokio::time::sleep(TYPED).await;
            send(&news, VerifyNews::Elsewhere { user }).await;
        }));
    }

    pub(super) async fn is_typed_whole(&mut self, user: &str) {
        if self.callers.elsewhere.typed.take_if(|typed| typed == user).is_some() {
            self.offer_tenant_of(user, true).await;
        }
    }

    /// Whether a user name's domain belongs to another tenant of this station; then the caller is
    /// opened there, once it is taken into use. `chooses` where that may be by itself.
    pub(super) async fn offer_tenant_of(&mut self, user: &str, chooses: bool) {
        let Some((domain, tenant)) = self.other_tenant_of_user(user) else { return };
        let known = self.shared_ticket(self.callers.ticket, &tenant);
        let link = VerifyLink::unsigned(known, Some(user));
        let back = VerifyLink::unsigned(self.callers.ticket, Some(user));
        let here = if chooses { Here::Seek(user.to_owned()) } else { Here::Known };
        self.offer_tenant((domain, tenant), (link, Some(back)), here, chooses).await;
    }

    /// The same for a link, and the one that finds the caller here.
    pub(super) async fn offer_tenant(
        &mut self,
        (domain, tenant): (String, String),
        (link, back): (String, Option<String>),
        here: Here,
        chooses: bool,
    ) {
        let Some(ports) = &self.ports else { return };
        let from = ports.tenant.name.clone();
        let chosen =
            chooses && !self.callers.elsewhere.leaves_alone(&domain) && self.loses_nothing();
        let read = VerifyLink::read(&link).ok();
        let names_tenant = read.as_ref().is_some_and(|link| link.tenant.is_some());
        let caller = read.and_then(|link| link.user);
        let by = match here {
            Here::OpenBack => LinkBy::Agent,
            Here::Known | Here::Seek(_) => LinkBy::Keydesk,
        };
        self.callers.link = Some(WaitingLink { text: link, tenant: Some(tenant.clone()), by });
        let shown = ChosenTenant { tenant: tenant.clone(), domain: domain.clone(), from };
        self.callers.elsewhere.offered = Some(Choice { shown, names_tenant, caller, here, back });
        self.tell_verify(VerifyEvent::OtherTenant { domain, tenant, chosen }).await;
    }

    /// The caller stays in this tenant, whatever their domain says, and so does the next one of
    /// that domain until the operator goes elsewhere.
    pub(super) async fn stay(&mut self) {
        let offered = self.callers.elsewhere.offered.take();
        self.callers.forget_elsewhere();
        let Some(choice) = offered else { return };
        self.leave_alone(&choice);
        let user = match choice.here {
            Here::Known => return,
            Here::Seek(user) => user,
            Here::OpenBack => {
                if let Some(back) = choice.back {
                    self.open_link(back).await;
                }
                return;
            }
        };
        let is_of_ticket = self.callers.ticket.is_some() && self.callers.open.is_none();
        match self.ports.clone().filter(|_| is_of_ticket) {
            Some(ports) => self.find_requester(&ports, Some(user), false),
            None => self.find_caller(user).await,
        }
    }

    /// Whether nothing would be lost still; if something would be, the tenant is offered.
    pub(in crate::engine) async fn may_go_by_itself(&mut self, name: &str) -> bool {
        let Some(choice) = &self.callers.elsewhere.offered else { return false };
        if choice.shown.tenant != name {
            return false;
        }
        let loses_nothing = self.loses_nothing();
        if !loses_nothing {
            let (domain, tenant) = (choice.shown.domain.clone(), choice.shown.tenant.clone());
            self.tell_verify(VerifyEvent::OtherTenant { domain, tenant, chosen: false }).await;
        }
        loses_nothing
    }

    /// Another tenant is about to be taken into use: for the caller it was offered for, or for
    /// nobody.
    pub(in crate::engine) fn goes_to_tenant(&mut self, name: &str) {
        let is_others = |link: &WaitingLink| link.tenant.as_ref().is_some_and(|of| of != name);
        self.callers.link.take_if(|link| is_others(link));
        let elsewhere = &mut self.callers.elsewhere;
        elsewhere.chosen = elsewhere.offered.take().filter(|choice| choice.shown.tenant == name);
    }

    /// The tenant to go back to, where the one in use was chosen for a caller's domain; callers
    /// of the domain are wanted there.
    pub(in crate::engine) fn goes_back(&mut self) -> Option<String> {
        let elsewhere = &mut self.callers.elsewhere;
        let from = elsewhere.chosen.as_ref().map(|choice| choice.shown.from.clone());
        let name = from.filter(|name| self.settings.tenant_named(name).is_some())?;
        elsewhere.offered = None;
        let choice = elsewhere.chosen.take()?;
        self.leave_alone(&choice);
        self.callers.link = choice.back.map(|text| WaitingLink {
            text,
            tenant: Some(name.clone()),
            by: LinkBy::Keydesk,
        });
        Some(name)
    }

    /// The caller may have another domain of the tenant than the one that named it.
    fn leave_alone(&mut self, choice: &Choice) {
        let caller = choice.caller.as_deref().and_then(domain_of);
        let of_tenant =
            choice.names_tenant.then(|| self.settings.tenant_named(&choice.shown.tenant));
        let of_tenant = of_tenant.flatten().map(domains).unwrap_or_default();
        let of_tenant =
            of_tenant.iter().map(|own| own.trim().trim_start_matches('@').to_lowercase());
        let named = std::iter::once(choice.shown.domain.clone()).chain(caller);
        self.callers.elsewhere.stays.extend(named.chain(of_tenant));
    }

    /// Whether the wish is about somebody else than the tenant in use was chosen for; then that
    /// is told no more.
    pub(super) async fn note_whom_chosen_for(&mut self, wish: &VerifyCommand) {
        let elsewhere = &mut self.callers.elsewhere;
        let Some(choice) = &elsewhere.chosen else { return };
        let is_other = match wish {
            VerifyCommand::Find { query } => !query.trim().is_empty() && !choice.means(query),
            VerifyCommand::Choose(person) => match &self.callers.open {
                Some(open) => open.person.id != person.id,
                None => !choice.may_mean(person),
            },
            VerifyCommand::OpenLink(_) => !elsewhere.arrives,
            _ => false,
        };
        if is_other {
            elsewhere.chosen = None;
            self.tell_chosen_tenant().await;
        }
    }

    /// Why this tenant is in use, where it is for a caller.
    pub(in crate::engine) async fn tell_chosen_tenant(&self) {
        let chosen = self.callers.elsewhere.chosen.as_ref().map(|choice| choice.shown.clone());
        self.tell_verify(VerifyEvent::ChosenTenant(chosen)).await;
    }

    /// The tenant of this station, not the one in use, whose people have such names.
    pub(super) fn other_tenant_of_user(&self, user: &str) -> Option<(String, String)> {
        let ports = self.ports.as_ref().filter(|ports| !ports.tenant.key.practice)?;
        let domain = domain_of(user)?;
        let tenants: Vec<TenantDomains> = self
            .settings
            .tenants
            .iter()
            .map(|tenant| TenantDomains { name: tenant.name.clone(), domains: domains(tenant) })
            .collect();
        let tenant = tenant_of(&domain, &tenants).filter(|name| *name != ports.tenant.name)?;
        let tenant = tenant.to_owned();
        Some((domain, tenant))
    }

    /// Nothing that the engine has of this tenant would be out of sight.
    fn loses_nothing(&self) -> bool {
        let Some(ports) = &self.ports else { return false };
        let here = &ports.tenant.key;
        let is_free = !self.presence.lock.is_locked() && !self.presence.is_asking();
        let runs = self.runs.values().any(|run| run.tenant == *here && !run.is_over());
        is_free && !runs && !self.bulk.is_open() && !self.is_checking()
    }

    /// A ticket, where the other tenant's are in the same instance: there is one of this number
    /// in any.
    pub(super) fn shared_ticket(&self, ticket: Option<u64>, tenant: &str) -> Option<u64> {
        let here = self.ports.as_ref()?.rules.verify.halo.as_ref()?;
        let there = self.settings.resolved(self.settings.tenant_named(tenant)?).verify.halo?;
        ticket.filter(|_| there.url == here.url)
    }
}

/// A tenant's own, and the one it is asked for by.
fn domains(tenant: &TenantSettings) -> Vec<String> {
    let asked = tenant.entra().map(|entra| entra.asked());
    tenant.verify.domains.iter().map(String::as_str).chain(asked).map(str::to_owned).collect()
}

/// What is before a domain's own name: nothing, or names below it.
fn ends(before: &str) -> bool {
    before.is_empty() || before.ends_with('.')
}
