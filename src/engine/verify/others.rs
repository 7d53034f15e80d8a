//! What waits in tenants that are not in use: their services are made for it alone.

use super::callers::send;
use super::left::{left, see_to_due};
use super::live::{Running, VerifyNews};
use super::outbox::{Post, try_all};
use super::services::made_of;
use crate::engine::audience::{Audience, TenantKey};
use crate::engine::ports::JournalPort;
use crate::engine::station::Station;
use crate::engine::tell::Teller;
use crate::secrets::Secrets;
use crate::settings::Settings;
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
        let news = self.verify_news.clone();
        let Some(ends) = self.callers.sends_elsewhere.take() else { return };
        tokio::spawn(async move {
            let tried = others.try_due(&journal, &running).await;
            drop(ends);
            if tried {
                send(&news, VerifyNews::Sent).await;
            }
        });
    }
}

impl OtherTenants {
    /// Tries what is due. Whether there was anything.
    async fn try_due(&self, journal: &JournalPort, running: &Running) -> bool {
        let settings = &self.settings;
        let named = match journal.call(|journal| journal.tenants_with_left()).await {
            Ok(named) => named,
            Err(error) => {
                tracing::warn!("what waits in other tenants can't be read: {error}");
                return false;
            }
        };
        let mut tried = false;
        for name in named.into_iter().filter(|name| *name != self.in_use) {
            let Some(tenant) = settings.tenant_named(&name) else { continue };
            let rules = settings.resolved(tenant).verify;
            let post = Post {
                journal: journal.clone(),
                teller: self.teller.behind(self.audience.gate(TenantKey::configured(&name))),
                lock: rules.limits.lock(),
                tenant: name,
            };
            if is_anything_due(&post, running).await {
                let secrets_of = settings.services_of(tenant);
                let services = made_of(&rules, &self.secrets, secrets_of).await;
                see_to_due(&post, &services, running).await;
                try_all(&post, &services).await;
                tried = true;
            }
        }
        tried
    }
}

/// The keyring is asked only where something can be done.
async fn is_anything_due(post: &Post, running: &Running) -> bool {
    if !left(post, running, None).await.is_empty() {
        return true;
    }
    let (tenant, now) = (post.tenant.clone(), Timestamp::now());
    let due = post.journal.call(move |journal| journal.due(&tenant, now)).await;
    due.is_ok_and(|due| !due.is_empty())
}
