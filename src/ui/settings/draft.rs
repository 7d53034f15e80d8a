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
        self.has_name() || self.secret_waits.is_some()
    }

    fn has_name(&self) -> bool {
        !self.name.trim().is_empty()
    }

    /// A secret waits for it under this name.
    fn waits_under(&self, name: &str) -> bool {
        self.secret_waits.as_deref().is_some_and(|waits| is_one_name(waits, name))
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
    /// What the saved ones are called, also those that are removed here and not saved yet.
    kept_names: Vec<String>,
}

impl Default for TenantDrafts {
    fn default() -> Self {
        Self { list: vec![TenantDraft::default()], shown: 0, kept_names: Vec::new() }
    }
}

impl TenantDrafts {
    /// Begins again from what is kept; a new one that was begun stays at the end.
    pub fn follow(&mut self, kept: &Settings) {
        self.kept_names = kept.tenants.iter().map(|tenant| tenant.name.clone()).collect();
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

    /// A secret comes for the one that is shown; under which name, if it has one of its own.
    pub fn secret_comes(&mut self) -> Option<String> {
        if !self.has_own_name() {
            return None;
        }
        let shown = self.shown_mut();
        let name = trimmed(&shown.name);
        shown.secret_waits = shown.kept_name.is_none().then(|| name.clone());
        Some(name)
    }

    /// Those that are called otherwise since their secret came: from what to what, in this order.
    /// One that is not shown can have got its name for its own only now.
    pub fn secret_moves(&mut self) -> Vec<(String, String)> {
        let mut moves = Vec::new();
        while let Some(place) = (0..self.list.len()).find(|place| self.may_move(*place)) {
            let draft = &mut self.list[place];
            let to = trimmed(&draft.name);
            let from = draft.secret_waits.replace(to.clone());
            moves.extend(from.map(|from| (from, to)));
        }
        moves
    }

    /// Not to a name that another one has, whose secret it is not.
    fn may_move(&self, place: usize) -> bool {
        let draft = &self.list[place];
        let moved = draft.secret_waits.as_deref().is_some_and(|from| from != draft.name.trim());
        moved && draft.has_name() && self.refusal_at(place).is_none()
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

    /// The one that is shown is called something, and nothing else is.
    pub fn has_own_name(&self) -> bool {
        self.shown().has_name() && self.name_refusal().is_none()
    }

    /// Why the one that is shown can't be called so.
    pub fn name_refusal(&self) -> Option<&'static str> {
        self.refusal_at(self.shown.min(self.list.len() - 1))
    }

    /// Why one of them can't be called as it is.
    pub fn any_name_refusal(&self) -> Option<&'static str> {
        (0..self.list.len()).find_map(|place| self.refusal_at(place))
    }

    /// No other one is called so, nor was, nor does a secret wait under it.
    pub fn is_free(&self, name: &str) -> bool {
        let has = |draft: &TenantDraft| is_one_name(&draft.name, name) || draft.waits_under(name);
        !self.list.iter().any(has) && !self.kept_names.iter().any(|kept| is_one_name(kept, name))
    }

    /// Two of one name would be one in the keyring and in the history. A saved one has its own.
    fn refusal_at(&self, place: usize) -> Option<&'static str> {
        let draft = &self.list[place];
        if draft.kept_name.is_some() || !draft.has_name() {
            return None;
        }
        let others = || self.list.iter().enumerate().filter(|(at, _)| *at != place);
        if others().any(|(_, other)| is_one_name(&other.name, &draft.name)) {
            return Some("Two tenants have one name");
        }
        if self.kept_names.iter().any(|kept| is_one_name(kept, &draft.name)) {
            return Some("The removed tenant has this name until the settings are saved");
        }
        let waits = others().any(|(_, other)| other.waits_under(&draft.name));
        waits.then_some("A secret of another new tenant waits under this name: choose another")
    }
}

/// As a keyring that knows no capitals sees them.
fn is_one_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

fn filled(text: &Option<String>) -> Option<String> {
    text.as_deref().map(trimmed).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One after another, each with a secret; the last one is shown.
    fn with_secrets(kept: &Settings, names: &[&str]) -> TenantDrafts {
        let mut drafts = TenantDrafts::default();
        drafts.follow(kept);
        for name in names {
            drafts.add();
            drafts.shown_mut().name = (*name).to_owned();
            assert_eq!(drafts.secret_comes().as_deref(), Some(*name));
        }
        drafts
    }

    fn moved(moves: &[(&str, &str)]) -> Vec<(String, String)> {
        moves.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn a_secret_follows_its_tenant_once_its_name_is_free_though_another_is_shown() {
        let mut drafts = with_secrets(&Settings::default(), &["A", "B"]);
        drafts.show(1);
        drafts.shown_mut().name = "B".into();
        assert_eq!((drafts.secret_moves(), drafts.has_own_name()), (Vec::new(), false));
        drafts.show(2);
        drafts.shown_mut().name = "C".into();
        assert_eq!(drafts.secret_moves(), moved(&[("B", "C"), ("A", "B")]));
        assert_eq!(drafts.with_waiting_secret(), ["B", "C"]);
        assert_eq!((drafts.secret_moves(), drafts.any_name_refusal()), (Vec::new(), None));
    }

    #[test]
    fn nothing_is_filed_under_a_name_that_anothers_secret_waits_under() {
        let mut drafts = with_secrets(&Settings::default(), &["A", "B"]);
        drafts.show(1);
        drafts.shown_mut().name = String::new();
        assert!(drafts.shown().is_begun(), "its secret would be forgotten");
        drafts.show(2);
        drafts.shown_mut().name = "a".into();
        assert_eq!((drafts.secret_moves(), drafts.secret_comes()), (Vec::new(), None));
        assert!(drafts.name_refusal().is_some() && !drafts.is_free("A"));
        drafts.show(1);
        drafts.remove_shown();
        assert_eq!(drafts.secret_moves(), moved(&[("B", "a")]));
    }

    #[test]
    fn a_removed_tenant_has_its_name_until_the_settings_are_saved() {
        let entra = DirectorySettings::Entra(EntraSettings::default());
        let kept = Settings::with_tenant(TenantSettings::new("Pinewood", Accent::Blue, entra));
        let mut drafts = TenantDrafts::default();
        drafts.follow(&kept);
        assert_eq!(drafts.any_name_refusal(), None);
        assert_eq!(drafts.secret_comes().as_deref(), Some("Pinewood"));
        drafts.remove_shown();
        drafts.shown_mut().name = "Larch".into();
        assert_eq!(drafts.secret_comes().as_deref(), Some("Larch"));
        drafts.shown_mut().name = "pinewood".into();
        assert_eq!((drafts.secret_moves(), drafts.secret_comes()), (Vec::new(), None));
        assert!(drafts.any_name_refusal().is_some_and(|told| told.contains("removed")));
        drafts.follow(&Settings::default());
        assert_eq!(drafts.secret_moves(), moved(&[("Larch", "pinewood")]));
    }
}
