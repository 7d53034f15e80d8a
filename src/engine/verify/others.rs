//! What waits in tenants that are not in use: their services are made for it alone.

use super::callers::send;
use super::left::{left, see_to_due};
use super::live::{Running, VerifyNews};
use super::outbox::{Post, try_all};
use super::services::made_of;
use super::trouble::Look;
use crate::engine::audience::{Audience, TenantKey};
use crate::engine::ports::JournalPort;
use crate::engine::station::Station;
use crate::engine::tell::Teller;
use crate::journal::JournalError;
use crate::secrets::Secrets;
use crate::settings::{Settings, TenantSettings};
use jiff::Timestamp;

/// The tenants of this station, as far as they are needed beside its loop.
struct OtherTenants {
    settings: Settings,
    /// The one in use is seen to by itself.
    in_use: String,
    secrets: Secrets,
    teller: Teller,
    audience: Audience,
}

impl Station {
    /// Tries what is due elsewhere; nothing here waits for it.
    pub(super) fn send_elsewhere(&mut self) {
        let Some(ports) = &self.ports else { return };
        // What is practised has no part in the real tenants.
        if self.practice.is_some() || self.settings.tenants.len() < 2 {
            return;
        }
        let others = OtherTenants {
            settings: self.settings.clone(),
            in_use: ports.tenant.name.clone(),
            secrets: self.secrets.clone(),
            teller: self.teller.clone(),
            audience: self.audience.clone(),
        };
        let (journal, running) = (ports.journal.clone(), self.callers.running.clone());
        let (news, trouble) = (self.verify_news.clone(), self.callers.trouble.clone());
        let Some(ends) = self.callers.sends_elsewhere.take() else { return };
        tokio::spawn(async move {
            let (tried, read) = others.try_due(&journal, &running).await;
            drop(ends);
            trouble.hear(Look::Elsewhere, read, &others.teller).await;
            if tried {
                send(&news, VerifyNews::Sent).await;
            }
        });
    }
}

impl OtherTenants {
    /// Tries what is due: whether there was anything, and whether the journal told of everything.
    async fn try_due(
        &self,
        journal: &JournalPort,
        running: &Running,
    ) -> (bool, Result<(), JournalError>) {
        let named = match journal.call(|journal| journal.tenants_with_left()).await {
            Ok(named) => named,
            Err(error) => return (false, Err(error)),
        };
        let (mut tried, mut read) = (false, Ok(()));
        for name in named.into_iter().filter(|name| *name != self.in_use) {
            let Some(tenant) = self.settings.tenant_named(&name) else { continue };
            // One that can't be read keeps no other one back.
            match self.try_tenant(tenant, journal, running).await {
                Ok(was_due) => tried |= was_due,
                Err(error) => read = Err(error),
            }
        }
        (tried, read)
    }

    /// Whether anything was due.
    async fn try_tenant(
        &self,
        tenant: &TenantSettings,
        journal: &JournalPort,
        running: &Running,
    ) -> Result<bool, JournalError> {
        let rules = self.settings.resolved(tenant).verify;
        let gate = self.audience.gate(TenantKey::configured(&tenant.name));
        let post = Post {
            journal: journal.clone(),
            teller: self.teller.behind(gate),
            lock: rules.limits.lock(),
            tenant: tenant.name.clone(),
        };
        if !is_anything_due(&post, running).await? {
            return Ok(false);
        }
        let secrets_of = self.settings.services_of(tenant);
        let services = made_of(&rules, &self.secrets, secrets_of).await;
        see_to_due(&post, &services, running).await?;
        try_all(&post, &services).await?;
        Ok(true)
    }
}

/// The keyring is asked only where something can be done.
async fn is_anything_due(post: &Post, running: &Running) -> Result<bool, JournalError> {
    if !left(post, running, None).await?.is_empty() {
        return Ok(true);
    }
    let (tenant, now) = (post.tenant.clone(), Timestamp::now());
    Ok(!post.journal.call(move |journal| journal.due(&tenant, now)).await?.is_empty())
}
