//! An audit at the window: as whoever is signed in, of the keys that are in now.

use super::BulkEvent;
use crate::bulk::SessionId;
use crate::engine::Event;
use crate::engine::auditor::{AuditPlace, audit};
use crate::engine::station::Station;
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
            keys: self.table.all(),
        };
        self.tell_bulk(BulkEvent::Auditing).await;
        tokio::spawn(async move {
            let report = audit(place, Some(Arc::clone(&ports.tenant.directory))).await;
            ports.teller.tell(Event::Bulk(BulkEvent::Audited(Box::new(report)))).await;
        });
    }
}
