//! The tenant as it is being typed: what was typed for one directory waits while another is chosen.

use crate::settings::{
    Accent, DirectoryKind, DirectorySettings, EntraSettings, PrivacyIdeaSettings, TenantSettings,
};

/// The tenant's part of the settings, kept even while it is not complete.
#[derive(Clone, Default)]
pub(super) struct TenantDraft {
    pub name: String,
    pub accent: Accent,
    pub kind: DirectoryKind,
    pub entra: EntraSettings,
    pub privacy_idea: PrivacyIdeaSettings,
}

impl TenantDraft {
    /// Begins again from what is kept; what was typed for another directory stays.
    pub fn follow(&mut self, kept: Option<&TenantSettings>) {
        let Some(tenant) = kept else { return };
        self.name.clone_from(&tenant.name);
        self.accent = tenant.accent;
        self.kind = tenant.directory.kind();
        match &tenant.directory {
            DirectorySettings::Entra(entra) => self.entra.clone_from(entra),
            DirectorySettings::PrivacyIdea(there) => self.privacy_idea.clone_from(there),
        }
    }

    /// The tenant with the chosen directory, as far as it is filled in; without the spaces that
    /// come along when a text is pasted.
    pub fn tenant(&self) -> TenantSettings {
        let directory = match self.kind {
            DirectoryKind::Entra => DirectorySettings::Entra(EntraSettings {
                tenant: trimmed(&self.entra.tenant),
                client_id: trimmed(&self.entra.client_id),
                ..self.entra.clone()
            }),
            DirectoryKind::PrivacyIdea => DirectorySettings::PrivacyIdea(PrivacyIdeaSettings {
                server_url: trimmed(&self.privacy_idea.server_url),
                realm: trimmed(&self.privacy_idea.realm),
                administrator: trimmed(&self.privacy_idea.administrator),
            }),
        };
        TenantSettings { name: trimmed(&self.name), accent: self.accent, directory }
    }

    /// The same once nothing is missing.
    pub fn complete(&self) -> Option<TenantSettings> {
        Some(self.tenant()).filter(TenantSettings::is_complete)
    }

    /// A tenant without a name is none: emptying the name takes a tenant away.
    pub fn is_begun(&self) -> bool {
        !self.name.trim().is_empty()
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}
