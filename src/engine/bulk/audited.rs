//! An audit at the window: as whoever is signed in, of the keys that are in now.

use super::BulkEvent;
use crate::bulk::SessionId;
use crate::engine::Event;
use crate::engine::auditor::{AuditPlace, audit};
use crate::engine::station::Station;
use crate::key::{KeyFacts, KeyId};
use std::sync::Arc;

impl Station {
    /// Nothing waits for it: it reads the directory person by person.
    pub(super) async fn audit_session(&mut self, session: SessionId) {
        let Some(ports) = self.connected().await else { return };
        let place = AuditPlace {
            folder: ports.journal.folder().to_owned(),
            secrets: self.secrets.clone(),
            tenant: ports.tenant.name.clone(),
            session: Some(session),
            keys: self.idle_keys(),
            mute_keys: self.table.untold(),
        };
        self.tell_bulk(BulkEvent::Auditing).await;
        tokio::spawn(async move {
            let report = audit(place, Some(Arc::clone(&ports.tenant.directory))).await;
            ports.teller.tell(Event::Bulk(BulkEvent::Audited(Box::new(report)))).await;
        });
    }

    /// Keys that nothing works on: what is known of the others is older than what was done to them,
    /// and a question could end the time that one has for its reset.
    fn idle_keys(&self) -> Vec<KeyFacts> {
        let is_held = |id: &KeyId| self.runs.values().any(|run| !run.is_over() && run.holds(id));
        self.table.all().into_iter().filter(|facts| !is_held(&facts.id)).collect()
    }
}
