//! The tenants as they are being typed: what was typed for one directory waits while another is
//! chosen.

use super::phones::PhonesDraft;
use super::verify::VerifyDraft;
use crate::settings::{
    Accent, DirectoryKind, DirectorySettings, EnrolmentSettings, EntraSettings, PinSettings,
    PrivacyIdeaSettings, RoleRule, Settings, SignIn, TenantSettings,
};

/// One tenant's part of the settings, kept even while it is not complete.
#[derive(Clone, Default)]
pub(super) struct TenantDraft {
    /// The name it is kept under; a new one has none yet.
    pub kept_name: Option<String>,
    pub name: String,
    /// The name that a secret waits under until the tenant is saved.
    secret_waits: Option<String>,
    pub accent: Accent,
    pub kind: DirectoryKind,
    pub entra: EntraSettings,
    /// As typed; `entra` has it once it is a date.
    pub secret_expires: String,
    /// The two addresses are being typed.
    pub other_addresses: bool,
    pub privacy_idea: PrivacyIdeaSettings,
    pub pin: Option<PinSettings>,
    pub enrolment: Option<EnrolmentSettings>,
    pub roles: Vec<RoleRule>,
    pub phones: PhonesDraft,
    pub verify: VerifyDraft,
}

impl TenantDraft {
    /// Begins again from what is kept; what was typed for another directory stays.
    fn follow(&mut self, tenant: &TenantSettings) {
        self.kept_name = Some(tenant.name.clone());
        self.secret_waits = None;
        self.name.clone_from(&tenant.name);
        self.accent = tenant.accent;
        self.kind = tenant.directory.kind();
        self.pin.clone_from(&tenant.pin);
        self.enrolment.clone_from(&tenant.enrolment);
        self.roles.clone_from(&tenant.roles);
        self.phones = PhonesDraft::of(&tenant.phones);
        self.verify = VerifyDraft::of(&tenant.verify);
        match &tenant.directory {
            DirectorySettings::Entra(entra) => {
                self.secret_expires =
                    entra.secret_expires.map(|date| date.to_string()).unwrap_or_default();
                self.entra.clone_from(entra);
            }
            DirectorySettings::PrivacyIdea(there) => self.privacy_idea.clone_from(there),
        }
    }

    /// The tenant with the chosen directory, as far as it is filled in; without the spaces that
    /// come along when a text is pasted.
    pub fn tenant(&self) -> TenantSettings {
        let directory = match self.kind {
            DirectoryKind::Entra => DirectorySettings::Entra(self.entra()),
            DirectoryKind::PrivacyIdea => DirectorySettings::PrivacyIdea(PrivacyIdeaSettings {
                server_url: trimmed(&self.privacy_idea.server_url),
                realm: trimmed(&self.privacy_idea.realm),
                administrator: trimmed(&self.privacy_idea.administrator),
            }),
        };
        TenantSettings {
            pin: self.pin.clone(),
            enrolment: self.enrolment.clone(),
            roles: self.roles.clone(),
            phones: self.phones.settings(),
            verify: self.verify.settings(),
            ..TenantSettings::new(trimmed(&self.name), self.accent, directory)
        }
    }

    fn entra(&self) -> EntraSettings {
        let entra = EntraSettings {
            tenant: trimmed(&self.entra.tenant),
            client_id: trimmed(&self.entra.client_id),
            authentication_context: filled(&self.entra.authentication_context),
            legacy_user: filled(&self.entra.legacy_user),
            ..self.entra.clone()
        };
        match entra.application_of {
            // All of that is the other tenant's.
            Some(_) => EntraSettings {
                client_id: String::new(),
                sign_in: SignIn::default(),
                certificate: None,
                legacy_user: None,
                secret_expires: None,
                ..entra
            },
            None => entra,
        }
    }

    /// The same once nothing is missing.
    pub fn complete(&self) -> Option<TenantSettings> {
        Some(self.tenant()).filter(TenantSettings::is_complete)
    }

    /// Something was typed that would be lost.
    pub fn is_begun(&self) -> bool {
        !self.name.trim().is_empty()
    }

    /// In the list: the name, or what it is until it has one.
    pub fn shown_name(&self) -> String {
        match self.name.trim() {
            "" => "New tenant".to_owned(),
            name => name.to_owned(),
        }
    }

    /// Beside the name: its domain or realm.
    pub fn detail(&self) -> &str {
        match self.kind {
            DirectoryKind::Entra => self.entra.tenant.trim(),
            DirectoryKind::PrivacyIdea => self.privacy_idea.realm.trim(),
        }
    }
}

/// All of them, and the one that is shown. There is always one to type into.
#[derive(Clone)]
pub(super) struct TenantDrafts {
    list: Vec<TenantDraft>,
    shown: usize,
}

impl Default for TenantDrafts {
    fn default() -> Self {
        Self { list: vec![TenantDraft::default()], shown: 0 }
    }
}

impl TenantDrafts {
    /// Begins again from what is kept; a new one that was begun stays at the end.
    pub fn follow(&mut self, kept: &Settings) {
        let shown = self.shown().name.trim().to_owned();
        let mut old = std::mem::take(&mut self.list);
        for tenant in &kept.tenants {
            let same = |draft: &TenantDraft| draft.name.trim() == tenant.name;
            let mut draft = match old.iter().position(same) {
                Some(place) => old.remove(place),
                None => TenantDraft::default(),
            };
            draft.follow(tenant);
            self.list.push(draft);
        }
        let fresh = |draft: &TenantDraft| draft.kept_name.is_none();
        let stays = |draft: &TenantDraft| draft.is_begun() || kept.tenants.is_empty();
        self.list.extend(old.into_iter().filter(|draft| fresh(draft) && stays(draft)));
        if self.list.is_empty() {
            self.list.push(TenantDraft::default());
        }
        let named = |name: &str| self.list.iter().position(|draft| draft.name.trim() == name);
        let in_use = || kept.tenant().and_then(|tenant| named(&tenant.name));
        self.shown = named(&shown).filter(|_| !shown.is_empty()).or_else(in_use).unwrap_or(0);
    }

    pub fn shown(&self) -> &TenantDraft {
        // Never empty, and `shown` never behind its end.
        &self.list[self.shown.min(self.list.len() - 1)]
    }

    pub fn shown_mut(&mut self) -> &mut TenantDraft {
        let last = self.list.len() - 1;
        &mut self.list[self.shown.min(last)]
    }

    pub fn shown_place(&self) -> usize {
        self.shown
    }

    pub fn all(&self) -> &[TenantDraft] {
        &self.list
    }

    pub fn show(&mut self, place: usize) {
        self.shown = place.min(self.list.len() - 1);
    }

    /// A blank one, in the colour that is used least.
    pub fn add(&mut self) {
        let used =
            |accent: &Accent| self.list.iter().filter(|draft| draft.accent == *accent).count();
        let accents = [Accent::Blue, Accent::Teal, Accent::Violet];
        let accent = accents.into_iter().min_by_key(used).unwrap_or_default();
        self.list.push(TenantDraft { accent, ..TenantDraft::default() });
        self.shown = self.list.len() - 1;
    }

    pub fn remove_shown(&mut self) {
        self.list.remove(self.shown.min(self.list.len() - 1));
        if self.list.is_empty() {
            self.list.push(TenantDraft::default());
        }
        self.shown = self.shown.min(self.list.len() - 1);
    }

    /// A secret comes for the one that is shown; under which name.
    pub fn secret_comes(&mut self) -> String {
        let shown = self.shown_mut();
        let name = trimmed(&shown.name);
        shown.secret_waits = shown.kept_name.is_none().then(|| name.clone());
        name
    }

    /// The one that is shown is called otherwise since its secret came: from what to what. Not to a
    /// name that another one has, whose secret it is not.
    pub fn secret_moves(&mut self) -> Option<(String, String)> {
        let to = trimmed(&self.shown().name);
        if to.is_empty() || self.is_name_taken() {
            return None;
        }
        let from = self.shown_mut().secret_waits.as_mut().filter(|from| **from != to)?;
        Some((std::mem::replace(from, to.clone()), to))
    }

    /// Names of the new ones that a secret waits for.
    pub fn with_waiting_secret(&self) -> Vec<String> {
        self.list.iter().filter_map(|draft| draft.secret_waits.clone()).collect()
    }

    pub fn complete(&self) -> Vec<TenantSettings> {
        self.list.iter().filter_map(TenantDraft::complete).collect()
    }

    /// Whether saving now would lose one for being only half filled in.
    pub fn is_half_way(&self) -> bool {
        let is_kept = |draft: &TenantDraft| draft.kept_name.is_some();
        let several = self.list.len() > 1;
        let half = |draft: &TenantDraft| draft.complete().is_none();
        self.list.iter().any(|draft| half(draft) && (is_kept(draft) || several && draft.is_begun()))
    }

    /// Two of one name would be one in the keyring and in the history.
    pub fn is_name_taken(&self) -> bool {
        let name = self.shown().name.trim().to_lowercase();
        let others = self.list.iter().enumerate().filter(|(place, _)| *place != self.shown);
        !name.is_empty()
            && others.into_iter().any(|(_, other)| other.name.trim().to_lowercase() == name)
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

fn filled(text: &Option<String>) -> Option<String> {
    text.as_deref().map(trimmed).filter(|text| !text.is_empty())
}
