//! A session of many keys: drives the rules of [`crate::bulk`] with real keys and runs.
//!
//! ```text
//! key events ─┐                         ┌─► runs (begin, answer, turn, hand over)
//! run news ───┼─► Happening ─► rules ─► deeds ─► journal (notes)
//! commands ───┘                         └─► Board ─► window
//! ```

mod audited;
mod begin;
mod board;
mod brought;
mod challenges;
mod check;
mod colleague;
mod command;
mod configs;
mod deeds;
mod event;
mod extras;
pub(in crate::engine) mod fate;
mod live;
mod notes;
mod on_its_way;
mod order;
mod outputs;
pub(in crate::engine) mod past;
mod people;
mod prepare;
mod rebuild;
mod recognise;
mod report;
mod results;
mod take_up;
mod undo;
mod unlisted;
mod view;
mod wishes;

pub use command::BulkCommand;
pub use event::{
    AwayKey, Board, BulkEvent, ConfigsRead, EntryShown, Output, PeopleRead, PersonOnBoard,
    PersonRow, ResultKind, ResultShown, ScanInVain, SessionShown, SlotKey, SlotPhase, SlotShown,
    Summary, UndoableKey,
};

pub(super) use colleague::{Colleague, LOOKS};
pub(super) use live::Live;
pub(super) use prepare::Found;
pub(super) use recognise::Recognised;
pub(super) use undo::Undone;

use super::Event;
use super::station::Station;
use crate::bulk::{Entry, Session, SessionId};
use crate::secrets::SecretName;
use crate::settings::DirectorySettings;
use std::collections::HashMap;

/// A directory as it is set up, and who is signed in there.
#[derive(PartialEq, Eq)]
struct Place {
    /// Nothing for the simulated company.
    directory: Option<DirectorySettings>,
    operator: String,
}

/// What the station has of bulk sessions.
#[derive(Default)]
pub(super) struct Bulk {
    /// People that were read and not begun yet.
    prepared: people::Prepared,
    /// Where, and by whom.
    prepared_in: Option<Place>,
    live: Option<Live>,
    /// Of sessions whose tenant is not in use.
    left: HashMap<SessionId, live::Left>,
    /// Writes what `undoneKeys.csv` lacks of ended sessions.
    listing: Option<tokio::task::JoinHandle<()>>,
    /// The older scripts' settings that were read, to be shredded.
    configs: Option<std::path::PathBuf>,
    /// Under which name a tenant uses the secret in it.
    configs_used: Option<SecretName>,
    /// Such a file, and what its secret is once the tenant that is made of it is saved.
    configs_secret: Option<(std::path::PathBuf, SecretName)>,
}

impl Bulk {
    /// The session of the tenant in use.
    pub(in crate::engine) fn session(&self) -> Option<&Session> {
        self.live.as_ref().map(|live| &live.session)
    }

    /// Who would get a key in a session with these places of the table.
    pub(in crate::engine) fn chosen(&self, rows: &[usize]) -> Vec<Entry> {
        self.prepared.entries(rows)
    }

    /// Nothing of the tenant that was in use is left; what runs goes on by itself. A file of
    /// settings that was read is no tenant's: it can still be shredded.
    pub(super) fn leave(&mut self) {
        self.prepared.clear();
        self.prepared_in = None;
        self.leave_board();
    }

    /// The board is rebuilt from the journal, and from what is kept of it here.
    fn leave_board(&mut self) {
        let left = self.live.take().map(|live| (live.session.id(), live.left()));
        self.left.extend(left);
    }

    /// Whether there is a board.
    pub(super) fn is_open(&self) -> bool {
        self.live.is_some()
    }

    /// Whether the enrolment is on this board.
    pub(super) fn has(&self, session: SessionId) -> bool {
        self.live.as_ref().is_some_and(|live| live.session.id() == session)
    }
}

impl Station {
    pub(super) async fn tell_bulk(&self, event: BulkEvent) {
        let Some(ports) = &self.ports else { return };
        ports.teller.tell(Event::Bulk(event)).await;
    }
}
