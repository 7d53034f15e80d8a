//! The history: read with a filter, checked for integrity.

use super::station::Station;
use super::{Event, HistoryRow};
use crate::journal;
use crate::key::KeyId;
use crate::problem::Explain;

/// Most rows shown at once; the filter finds the others.
const MOST_ROWS: u32 = 100_000;

impl Station {
    pub(super) fn load_history(&self, filter: String) {
        let Some(ports) = self.ports.clone() else { return };
        tokio::spawn(async move {
            let (tenant, wanted) = (ports.tenant.name.clone(), filter.clone());
            let rows = ports
                .journal
                .call(move |journal| journal.history_in(&tenant, &wanted, MOST_ROWS, 0))
                .await;
            let rows = rows.map(|rows| rows.into_iter().map(row).collect());
            let rows = rows.map_err(|error| error.problem());
            ports.teller.tell(Event::History { filter, rows }).await;
        });
    }

    pub(super) fn verify_history(&self) {
        let Some(ports) = self.ports.clone() else { return };
        tokio::spawn(async move {
            let checked = ports.journal.call(|journal| journal.verify_chain()).await;
            let checked = checked.map(|verified| verified.rows);
            let checked = checked.map_err(|error| error.problem());
            ports.teller.tell(Event::HistoryVerified(checked)).await;
        });
    }

    /// Makes the key blink, so that it can be told from its neighbours.
    pub(super) fn wink(&self, id: &KeyId) {
        let Some(key) = self.keys.get(id) else { return };
        let teller = self.teller.clone();
        tokio::spawn(async move {
            if let Err(error) = key.wink().await {
                teller.tell(Event::Problem(error.problem())).await;
            }
        });
    }
}

fn row(row: journal::HistoryRow) -> HistoryRow {
    HistoryRow {
        at: row.at,
        operator: row.operator,
        action: row.action,
        subject: row.subject,
        serial: row.serial,
        detail: row.detail,
    }
}
