//! A new tenant from the settings of the older scripts.

use super::draft::{TenantDraft, TenantDrafts};
use super::{Page, SettingsView};
use crate::engine::ConfigsRead;
use crate::settings::{DirectoryKind, SignIn};

impl SettingsView {
    /// Fills a new tenant in, or shows the one that was filled in before; nothing is
    /// kept of it before "Save".
    pub fn make_tenant_of(&mut self, read: &ConfigsRead) {
        self.edit();
        self.open(Page::Directory);
        let is_it = |draft: &TenantDraft| {
            draft.kept_name.is_none() && draft.is_begun() && draft.entra.client_id == read.client_id
        };
        if let Some(place) = self.tenants.all().iter().position(is_it) {
            return self.show_tenant(place);
        }
        let name = free_name(&self.tenants, &read.tenant);
        let is_blank = |draft: &TenantDraft| draft.kept_name.is_none() && !draft.is_begun();
        match self.tenants.all().iter().position(is_blank) {
            Some(place) => self.tenants.show(place),
            None => self.tenants.add(),
        }
        self.of_another_tenant();
        let draft = self.tenants.shown_mut();
        draft.name = name;
        draft.kind = DirectoryKind::Entra;
        draft.entra.tenant.clone_from(&read.tenant);
        draft.entra.client_id.clone_from(&read.client_id);
        draft.entra.sign_in = SignIn::Secret;
    }
}

/// What two tenants are called is one in the keyring.
fn free_name(tenants: &TenantDrafts, domain: &str) -> String {
    let short = domain.strip_suffix(".onmicrosoft.com").unwrap_or(domain);
    let short = if short.is_empty() { "Scripts" } else { short };
    let is_free = |name: &String| tenants.is_free(name);
    let numbered = (2_u32..).map(|n| format!("{short} {n}"));
    let mut names = std::iter::once(short.to_owned()).chain(numbered);
    names.find(is_free).unwrap_or_else(|| short.to_owned())
}
