//! Which tenant is on the screen. What belongs to another one does not reach the window.

use std::sync::{Arc, Mutex, PoisonError};

/// A tenant as the engine tells it apart; practice is never a configured tenant, whatever the
/// two are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TenantKey {
    pub practice: bool,
    pub name: String,
}

/// The tenant on the screen, shared by everybody who tells the window something.
#[derive(Clone, Default)]
pub(super) struct Audience(Arc<Mutex<Option<TenantKey>>>);

/// What stands between one tenant's jobs and the window.
#[derive(Clone)]
pub(super) struct Gate {
    audience: Audience,
    tenant: TenantKey,
}

impl TenantKey {
    pub(super) fn practice(name: &str) -> Self {
        Self { practice: true, name: name.to_owned() }
    }

    pub(super) fn configured(name: &str) -> Self {
        Self { practice: false, name: name.to_owned() }
    }
}

impl Audience {
    /// The tenant that was there before.
    pub(super) fn replace(&self, next: Option<TenantKey>) -> Option<TenantKey> {
        std::mem::replace(&mut *self.lock(), next)
    }

    pub(super) fn now(&self) -> Option<TenantKey> {
        self.lock().clone()
    }

    pub(super) fn is(&self, tenant: &TenantKey) -> bool {
        self.lock().as_ref() == Some(tenant)
    }

    pub(super) fn gate(&self, tenant: TenantKey) -> Gate {
        Gate { audience: self.clone(), tenant }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<TenantKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    /// Runs `send` while the tenant is on the screen and stays there; nothing otherwise.
    pub(super) fn pass<R>(&self, send: impl FnOnce() -> R) -> Option<R> {
        let now = self.audience.lock();
        (now.as_ref() == Some(&self.tenant)).then(send)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_is_open_while_its_tenant_is_on_the_screen() {
        let audience = Audience::default();
        let gate = audience.gate(TenantKey::configured("Contoso"));
        assert_eq!(gate.pass(|| 1), None);
        audience.replace(Some(TenantKey::configured("Contoso")));
        assert_eq!(gate.pass(|| 1), Some(1));
        audience.replace(Some(TenantKey::practice("Contoso")));
        assert_eq!(gate.pass(|| 1), None);
    }
}
