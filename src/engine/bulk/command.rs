//! What the operator wants of a session of many keys.

use crate::access::Act;
use crate::bulk::{EntryNo, SessionId, SessionOptions, SlotNo};
use crate::directory::Group;
use crate::enrolment::EnrolmentId;
use crate::key::KeyId;
use std::path::PathBuf;

/// One wish about the bulk session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkCommand {
    /// People from a file; its shape is found out.
    ReadFile(PathBuf),
    /// Tenant, application and options of the older scripts' `configs.json`.
    ImportConfigs(PathBuf),
    /// Overwrites and removes the file that `ImportConfigs` read.
    ShredConfigs,
    /// Groups whose name holds the text.
    FindGroups {
        query: String,
    },
    /// People of a group, nested ones too where `nested`.
    ReadGroup {
        group: Box<Group>,
        nested: bool,
    },
    /// Serials that may be given out, from a file.
    ReadStock(PathBuf),
    /// Forgets the people that were read.
    DropPeople,
    /// Asks the directory about everybody again.
    CheckAgain,
    /// Writes `registrationUsers.csv` with fresh challenges of these places of the table.
    WriteChallenges {
        minutes: u32,
        rows: Vec<usize>,
    },
    /// Begins the session with these places of the table.
    Begin {
        options: Box<SessionOptions>,
        rows: Vec<usize>,
    },
    Pause,
    /// Goes on. `acts` are those of [`super::SessionShown::to_confirm`]: a session that was taken up
    /// again needs their permits anew.
    GoOn {
        acts: Vec<Act>,
    },
    /// What a scanner typed: a badge, a serial, an employee id, a user name.
    Scan(String),
    /// The next key in this slot, or the one that waits there, is for this person.
    Assign {
        slot: SlotNo,
        entry: EntryNo,
    },
    /// This refused key may be used all the same, also where it is to be reset first: no other one
    /// that comes into the slot while the operator proves who they are.
    UseAnyway {
        slot: SlotNo,
        key: KeyId,
        reset: bool,
    },
    /// Leaves a waiting or failed person out.
    Skip {
        entry: EntryNo,
        reason: String,
    },
    /// A person that was skipped, or whose key failed, waits again.
    PutBack(EntryNo),
    /// Everybody whose key failed waits again.
    RetryFailed,
    /// Takes a finished key out of the directory; its person waits again.
    Undo {
        enrolment: EnrolmentId,
        reason: String,
    },
    /// Registers a key that was made to be activated later.
    Activate(EnrolmentId),
    /// Ends the session; who has no key yet is in the report.
    End,
    /// The last page of a session that has ended, while none runs.
    ShowEnded(SessionId),
    /// One PDF with the letters of all keys whose PIN nobody was given yet.
    PrintLetters(SessionId),
    /// One PDF with the labels of all keys.
    PrintLabels(SessionId),
    /// The session's report, as CSV and as PDF.
    WriteReport(SessionId),
    /// The sealed PINs, encrypted to the recipients of the settings.
    ExportPins(SessionId),
    /// The sealed PINs in clear text.
    ExportPinsInClear(SessionId),
    /// Compares a session with the directory and with the keys that are in.
    Audit(SessionId),
}
