//! Several tenants at one station: switching between them, and keeping them apart.

mod reminder;
mod setup;

use super::Event;
use super::audience::TenantKey;
use super::station::Station;
use crate::enrolment::EnrolmentId;
use crate::journal::{Action, JournalError};
use crate::problem::{Explain, Problem};
use std::path::{Path, PathBuf};

impl Station {
    /// Takes another configured tenant into use; running enrolments of the old one go on.
    pub(super) async fn switch_tenant(&mut self, name: String) {
        if self.settings.tenant_named(&name).is_none() {
            return self.tell(Event::Problem(no_such_tenant(&name))).await;
        }
        self.goes_to_tenant(&name);
        self.take_tenant(name).await;
    }

    /// By itself, for the caller that the tenant was offered for.
    pub(super) async fn switch_for_caller(&mut self, name: String) {
        if self.may_go_by_itself(&name).await {
            self.switch_tenant(name).await;
        }
    }

    /// Back from the tenant that was chosen for a caller's domain.
    pub(super) async fn stay_in_tenant(&mut self) {
        if let Some(name) = self.goes_back() {
            self.take_tenant(name).await;
        }
    }

    async fn take_tenant(&mut self, name: String) {
        self.settings.practice = false;
        self.settings.current = Some(name.clone());
        let stored = self.keep_settings().await;
        self.connect_tenant().await;
        if self.ports.is_none() {
            // Whoever is to sign in sees why.
            self.tell_chosen_tenant().await;
        }
        self.note_stored(stored).await;
        self.note_change(Action::TenantSwitched, name, String::new()).await;
    }

    /// From here on nothing of the tenant in use is shown or asked for, unless it is the next.
    pub(super) async fn make_way_for(&mut self, next: Option<TenantKey>) {
        // Work of the tenant that is left goes on, and asks when its tenant is back.
        self.put_again_aside().await;
        self.leave_asked().await;
        self.ports = None;
        // Nobody signs in to the old one, or comes back to it, while the next is on the screen.
        self.presence.place = None;
        self.presence.forget_restored();
        self.prospect = None;
        self.desk.forget();
        let before = self.audience.replace(next.clone());
        if before == next {
            return;
        }
        self.presence.grants.end();
        if before.as_ref().is_some_and(|before| before.practice) {
            // Its cloud ends with it, so they can't go on; the journal brings them back.
            self.runs.retain(|_, run| !run.tenant.practice);
        }
        if before.is_some() {
            self.bulk.leave();
            self.phones.leave();
            self.callers.leave();
            self.tell(Event::TenantLeft).await;
        }
    }

    /// Enrolments of the tenant in use that went on while another one was; the one that works
    /// comes last, so that it is the one on the desk.
    pub(super) async fn show_runs(&self) {
        let Some(now) = self.audience.now() else { return };
        let mut working = Vec::new();
        for (id, run) in self.runs.iter().filter(|(_, run)| run.tenant == now) {
            // Those of a session are on its board.
            if run.shown.is_to_session() {
                continue;
            }
            match run.shown.is_waiting().await {
                true => run.shown.tell_again(*id).await,
                false => working.push((id, run)),
            }
        }
        for (id, run) in working {
            run.shown.tell_again(*id).await;
        }
    }

    /// What belongs to one tenant is never done under another.
    pub(super) async fn is_of_this_tenant(&self, id: EnrolmentId) -> Result<(), Problem> {
        if let Some(run) = self.runs.get(&id) {
            return refuse_unless(self.audience.is(&run.tenant), || run.tenant.name.clone());
        }
        // Without a tenant in use the command itself is refused.
        let Some(ports) = &self.ports else { return Ok(()) };
        match ports.journal.call(move |journal| journal.tenant_of(id)).await {
            Ok(tenant) => refuse_unless(tenant == ports.tenant.name, || tenant),
            // Whoever asked for it says so.
            Err(JournalError::Unknown(_)) => Ok(()),
            Err(error) => Err(error.problem()),
        }
    }
}

/// Folder of one tenant's letters, labels and `registeredKeys.csv`.
pub(super) fn folder_of(place: &Path, tenant: &str) -> PathBuf {
    place.join(crate::outputs::folder_name(tenant))
}

fn refuse_unless(same: bool, tenant: impl FnOnce() -> String) -> Result<(), Problem> {
    if same {
        return Ok(());
    }
    let tenant = tenant();
    Err(Problem {
        what: format!("This enrolment belongs to the tenant {tenant}"),
        next: format!("Switch to {tenant} first"),
        details: Vec::new(),
    })
}

fn no_such_tenant(name: &str) -> Problem {
    Problem {
        what: format!("There is no tenant {name} at this station"),
        next: "Add it under Settings".into(),
        details: Vec::new(),
    }
}
