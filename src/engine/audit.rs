//! Rows of history that belong to no step of an enrolment: papers, secrets, settings.

use super::ports::{JournalPort, Ports};
use super::station::Station;
use crate::enrolment::Intent;
use crate::journal::{Action, Entry, JournalError};
use crate::settings::Settings;

impl Station {
    /// Notes what was done to the station itself; before the first journal there is no history.
    pub(super) async fn note_change(&self, action: Action, subject: String, detail: String) {
        let Some(journal) = &self.journal else { return };
        let (tenant, operator) = match &self.ports {
            Some(ports) => (ports.tenant.name.clone(), ports.tenant.operator.clone()),
            None => (configured_name(&self.settings), "This station".to_owned()),
        };
        let entry = Entry { tenant, operator, action, subject, serial: None, detail };
        if let Err(error) = write(journal, entry).await {
            self.tell_problem(&error).await;
        }
    }
}

/// Notes that a paper was written for an enrolment.
pub(super) async fn note_paper(
    ports: &Ports,
    action: Action,
    intent: &Intent,
    file: &std::path::Path,
) -> Result<(), JournalError> {
    let file = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let entry = Entry {
        tenant: ports.tenant.name.clone(),
        operator: ports.tenant.operator.clone(),
        action,
        subject: intent.person.upn.clone(),
        serial: intent.key.serial.clone(),
        detail: file.unwrap_or_default(),
    };
    write(&ports.journal, entry).await
}

/// Which parts of the settings differ, for the history; nothing when they are the same.
pub(super) fn changed_parts(old: &Settings, new: &Settings) -> Option<String> {
    let parts = [
        (old.tenants != new.tenants, "tenants"),
        (old.current != new.current, "tenant in use"),
        (old.practice != new.practice, "practice"),
        (old.pin != new.pin, "PIN"),
        (old.enrolment != new.enrolment, "enrolment"),
        (old.outputs != new.outputs, "outputs"),
        (old.security != new.security, "security"),
        (old.appearance != new.appearance, "appearance"),
    ];
    let changed: Vec<&str> = parts.iter().filter(|(yes, _)| *yes).map(|(_, part)| *part).collect();
    (!changed.is_empty()).then(|| changed.join(", "))
}

async fn write(journal: &JournalPort, entry: Entry) -> Result<(), JournalError> {
    let now = jiff::Timestamp::now();
    journal.call(move |journal| journal.audit(&entry, now)).await
}

fn configured_name(settings: &Settings) -> String {
    settings.tenant().map(|tenant| tenant.name.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_names_the_parts_that_changed() {
        let old = Settings::default();
        let mut new = old.clone();
        assert_eq!(changed_parts(&old, &new), None);
        new.pin.length += 1;
        new.outputs.pin_in_csv = true;
        assert_eq!(changed_parts(&old, &new).as_deref(), Some("PIN, outputs"));
    }
}
