//! What was decided on the board, written down: what the disk does not take is kept, in its order,
//! and tried again.

use super::live::UnwrittenNote;
use crate::bulk::SessionNote;
use crate::engine::station::Station;
use crate::journal::JournalError;
use jiff::Timestamp;

impl Station {
    /// Writes the note; the operator is told where that fails.
    pub(super) async fn write_note(&mut self, note: SessionNote) {
        let Some(live) = &mut self.bulk.live else { return };
        let operator = live.ports.tenant.operator.clone();
        live.unwritten.push_back(UnwrittenNote { at: Timestamp::now(), operator, note });
        if let Err(error) = self.write_notes().await {
            self.tell_problem(&error).await;
        }
    }

    /// Notes that were not written: perhaps there is room again. What comes of it is told with the
    /// next note.
    pub(super) async fn write_notes_again(&mut self) {
        if let Err(error) = self.write_notes().await {
            tracing::debug!(%error, "the journal takes no notes yet");
        }
    }

    pub(super) async fn write_notes(&mut self) -> Result<(), JournalError> {
        while let Some(live) = &mut self.bulk.live
            && let Some(UnwrittenNote { at, operator, note }) = live.unwritten.front().cloned()
        {
            let id = live.session.id();
            let written = live
                .ports
                .journal
                .call(move |journal| journal.note_session(id, &note, &operator, at))
                .await;
            let kept = written.as_ref().is_err_and(may_pass);
            if let Some(live) = &mut self.bulk.live
                && !kept
            {
                live.unwritten.pop_front();
            }
            written?;
        }
        Ok(())
    }
}

/// Whether the same write may go well later.
fn may_pass(error: &JournalError) -> bool {
    matches!(
        error,
        JournalError::DiskFull
            | JournalError::Disk(_)
            | JournalError::Locked
            | JournalError::ReadOnly
    )
}
