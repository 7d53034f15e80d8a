//! What the operator typed and opened: everything on the screen that the engine need not know.

use super::bulk::BulkView;
use super::desk::DeskView;
use super::history::HistoryView;
use super::operator::OperatorView;
use super::path_dialog::PathView;
use super::phones::PhonesView;
use super::settings::SettingsView;
use super::switcher::SwitcherView;
use super::verify::VerifyView;
use crate::access::Role;
use crate::app::State;
use crate::engine::{Event, Pick, VerifyEvent, WhoEvent};
use crate::enrolment::EnrolmentId;
use crate::pin::Pin;
use crate::settings::{Accent, AppearanceSettings, Settings};
use std::path::PathBuf;

/// The window's own memory.
#[derive(Default)]
pub struct View {
    pub(super) place: Place,
    pub(super) bench_open: bool,
    pub(super) operator_is_fast: bool,
    /// The practice company's page was scrolled to.
    pub(super) page_seen: bool,
    /// At the bench, on a session's keys.
    pub(super) colleague_works: bool,
    pub(super) desk: DeskView,
    pub(super) bulk: BulkView,
    pub(super) phones: PhonesView,
    pub(super) verify: VerifyView,
    pub(super) history: HistoryView,
    pub(super) settings: SettingsView,
    pub(super) switcher: SwitcherView,
    pub(super) operator: OperatorView,
    pub(super) path: PathView,
}

/// The screens of the rail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Desk,
    Bulk,
    Phones,
    Verify,
    History,
    Settings,
}

impl Place {
    /// Roles that open the screen; one of them is enough.
    fn roles(self) -> &'static [Role] {
        match self {
            Self::Desk => &[Role::Clerk, Role::Provisioner, Role::Helpdesk],
            Self::Bulk => &[Role::Provisioner, Role::PinOfficer],
            Self::Phones | Self::Verify => &[Role::Helpdesk],
            Self::History | Self::Settings => &Role::ALL,
        }
    }

    /// Why the operator can't use the screen; `None` where they can.
    pub(super) fn refusal(self, state: &State) -> Option<String> {
        // Where nobody can sign in, the settings are what mends it.
        let mends = self == Self::Settings && state.who.must_sign_in();
        if mends { None } else { state.who.refusal(self.roles()) }
    }
}

impl View {
    /// A PIN was unsealed to be shown once.
    pub fn reveal(&mut self, id: EnrolmentId, pin: Pin) {
        self.desk.reveal(id, pin);
    }

    /// A file dialog was answered.
    pub fn picked(&mut self, pick: Pick, path: PathBuf) {
        self.bulk.picked(pick, path.clone());
        self.phones.picked(pick, path.clone());
        self.settings.picked(pick, path);
    }

    /// Sees an event before the state takes it in.
    pub fn before(&mut self, event: &Event) {
        match event {
            Event::SecretStored | Event::SecretWaits => self.settings.secret_stored(),
            Event::Connected(connected) if connected.practice => self.bench_open = true,
            // The page would wait unseen.
            Event::Who(WhoEvent::PracticePage(Some(_))) => self.bench_open = true,
            Event::Who(WhoEvent::Lock(Some(_))) => self.drop_secrets(),
            // Whoever pressed a link in a ticket looks for the caller.
            Event::Verify(VerifyEvent::Link(_)) => {
                self.place = Place::Verify;
                self.verify.link_came();
            }
            Event::TenantLeft => self.leave_tenant(),
            _ => {}
        }
    }

    /// What was typed for one tenant's people is not there under another.
    fn leave_tenant(&mut self) {
        self.desk = DeskView::default();
        self.bulk = std::mem::take(&mut self.bulk).of_next_tenant();
        self.phones = PhonesView::default();
        self.verify = VerifyView::default();
        self.history = HistoryView::default();
        self.bench_open = false;
    }

    /// Something was typed or prepared that would not be there under another tenant.
    pub(super) fn has_unsent(&self, state: &State) -> bool {
        let desk = &state.desk;
        let at_desk = desk.person.is_some() || desk.registering || desk.run.is_some();
        let bulk = &state.bulk;
        let is_prepared = bulk.people.is_some() || bulk.progress.is_some();
        let in_bulk = is_prepared || bulk.beginning || bulk.session.is_some();
        // Both are shown once.
        let verify = &state.verify;
        let is_shown_once =
            verify.services.link_key.is_some() || matches!(verify.push_id, Some(Ok(_)));
        self.verify.has_unsent()
            || is_shown_once
            || state.verify.open_check().is_some()
            || at_desk
            || in_bulk
            || self.phones.has_unsent(state)
            || self.settings.is_changed()
    }

    /// Keeps up with the state: forms of a person or key that is gone are emptied.
    pub(super) fn follow(&mut self, state: &State) {
        if self.operator.follow(state) {
            self.drop_secrets();
            self.history = HistoryView::default();
            self.phones = PhonesView::default();
            self.verify = VerifyView::default();
            self.place = Place::Desk;
        }
        self.path.follow(state);
        self.desk.follow(state);
        self.bulk.follow(state);
        self.phones.follow(state);
        self.verify.follow(state);
        self.settings.follow(state);
        if self.place != Place::Verify || self.has_unsent(state) {
            self.verify.only_offer(state);
        }
    }

    /// What must not be there when somebody else looks: revealed PINs and typed secrets.
    fn drop_secrets(&mut self) {
        self.desk.drop_secrets();
        self.bulk.drop_secrets();
        self.phones.drop_secrets();
        self.verify.drop_secrets();
        self.settings.drop_secrets();
        self.operator.drop_secrets();
    }

    /// The appearance being tried in the settings, or the one that is kept.
    pub fn appearance(&self, kept: &Settings) -> AppearanceSettings {
        self.settings
            .draft()
            .map_or_else(|| kept.appearance.clone(), |draft| draft.appearance.clone())
    }

    /// The tenant's accent; in the settings the one being chosen.
    pub fn accent(&self, state: &State) -> Accent {
        state.connected.as_ref().map_or(Accent::default(), |connected| connected.accent)
    }
}
