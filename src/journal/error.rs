//! Why the journal could not do what it was asked, by cause.

use super::audit::ChainFault;
use crate::enrolment::EnrolmentId;
use crate::problem::{Detail, Explain};
use crate::secrets::SecretsError;
use std::path::PathBuf;

/// A failure of the journal. Whatever it is, the call has left nothing half done.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum JournalError {
    #[error("another Keydesk uses the data folder {}", .folder.display())]
    InUse { folder: PathBuf },
    #[error("the data folder {} can't be used: {reason}", .folder.display())]
    Folder { folder: PathBuf, reason: String },
    #[error("disk full")]
    DiskFull,
    #[error("the journal is read-only")]
    ReadOnly,
    /// The file is damaged or is no journal.
    #[error("the journal can't be read: {0}")]
    Corrupt(String),
    /// A newer Keydesk wrote it.
    #[error("journal schema {found} is newer than {known}")]
    Newer { found: i64, known: i64 },
    /// It is only looked into, so it can't be brought up to date.
    #[error("journal schema {found} is older than {known}")]
    Older { found: i64, known: i64 },
    /// Another program holds the file.
    #[error("the journal is locked by another program")]
    Locked,
    #[error("the journal's disk failed: {0}")]
    Disk(String),
    #[error("no such session")]
    NoSession,
    #[error("the session has ended")]
    SessionEnded,
    #[error("no such phone job")]
    NoSuchPhoneJob,
    #[error("no such open check")]
    NoOpenCheck,
    /// Sealed with a key that is no more, or altered.
    #[error("the numbers of row {row} can't be read")]
    PhoneRowUnreadable { row: usize },
    #[error("no enrolment {}", .0.0)]
    Unknown(EnrolmentId),
    /// Its journal is closed.
    #[error("enrolment {} is finished", .0.0)]
    Finished(EnrolmentId),
    #[error("enrolment {} has no sealed PIN", .0.0)]
    NoPin(EnrolmentId),
    #[error("the PIN of enrolment {} was purged", .0.0)]
    PinPurged(EnrolmentId),
    /// Sealed with a key that is no more.
    #[error("the PIN of enrolment {} is lost with its sealing key", .0.0)]
    PinLost(EnrolmentId),
    #[error("the sealed PIN of enrolment {} was altered", .0.0)]
    PinAltered(EnrolmentId),
    #[error("the vault's key is missing; {sealed} PINs are sealed with it")]
    VaultKeyMissing { sealed: u64 },
    #[error("the keyring holds another vault key; {sealed} PINs are sealed with the right one")]
    VaultKeyWrong { sealed: u64 },
    #[error("the vault's key can't be read: {0}")]
    Keyring(SecretsError),
    #[error("the operating system gave no random numbers: {0}")]
    Random(String),
    #[error("the cipher refused to seal")]
    Sealing,
    #[error("the history was altered: {0}")]
    Chain(ChainFault),
    /// A statement failed in a way that has no meaning of its own here.
    #[error("SQLite: {0}")]
    Sqlite(String),
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(text),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Self::Disk(text),
            _ => Self::Sqlite(text),
        }
    }
}

impl From<SecretsError> for JournalError {
    fn from(error: SecretsError) -> Self {
        Self::Keyring(error)
    }
}

impl Explain for JournalError {
    fn what(&self) -> String {
        match self {
            Self::InUse { folder } => {
                format!("Another Keydesk uses the data folder {}", folder.display())
            }
            Self::Folder { folder, .. } => {
                format!("The data folder {} can't be used", folder.display())
            }
            Self::DiskFull => "The disk is full, so the journal can't be written".into(),
            Self::ReadOnly => "The journal can't be written: it is read-only".into(),
            Self::Corrupt(_) => "The journal is damaged".into(),
            Self::Newer { .. } => "The journal was written by a newer Keydesk".into(),
            Self::Older { .. } => "The journal was written by an older Keydesk".into(),
            Self::Locked => "Another program holds the journal".into(),
            Self::Disk(_) => "The disk with the journal failed".into(),
            Self::NoSession => "The journal does not know this session".into(),
            Self::SessionEnded => "This session has ended already".into(),
            Self::NoOpenCheck => "This check has ended".into(),
            Self::NoSuchPhoneJob => "The journal does not know this job".into(),
            Self::PhoneRowUnreadable { row } => {
                format!("The old number of row {row} can't be read from the journal")
            }
            Self::Unknown(_) => "The journal does not know this enrolment".into(),
            Self::Finished(_) => "This enrolment is finished already".into(),
            Self::NoPin(_) => "No PIN was kept for this key".into(),
            Self::PinPurged(_) => "The PIN was removed after it was handed over".into(),
            Self::PinLost(_) => "The PIN of this key is lost with the key that sealed it".into(),
            Self::PinAltered(_) => "The sealed PIN of this key was altered".into(),
            Self::VaultKeyMissing { sealed } => {
                let sealed = sealed_things(*sealed);
                format!("The key that seals PINs is gone from the keyring; {sealed} need it")
            }
            Self::VaultKeyWrong { sealed } => {
                let sealed = sealed_things(*sealed);
                format!("The keyring holds another key than the one that sealed {sealed}")
            }
            Self::Keyring(error) => error.what(),
            Self::Random(_) => "The operating system gave no random numbers".into(),
            Self::Sealing => "The PIN could not be sealed".into(),
            Self::Chain(fault) => format!("The history was altered: {fault}"),
            Self::Sqlite(_) => "The journal failed".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::InUse { .. } => "Use the window that is open, or start with --data DIR",
            Self::Folder { .. } => "Make the folder writable, or start with --data DIR",
            Self::DiskFull => "Free some space, then try again; nothing was done half",
            Self::ReadOnly => "Make the data folder writable for you, then try again",
            Self::Corrupt(_) => {
                "Keep the damaged file, put back a copy of the data folder, or start with --data \
                 DIR"
            }
            Self::Newer { .. } => "Install the newer Keydesk",
            Self::Older { .. } => "Start Keydesk once, which brings it up to date",
            Self::Locked => "Close programs that look into keydesk.db, then try again",
            Self::Disk(_) => "Check the disk and its connection, then try again",
            Self::NoSession | Self::SessionEnded => "Begin a new session",
            Self::NoOpenCheck => "Begin another one",
            Self::NoSuchPhoneJob => "Choose one of the jobs of this tenant on this station",
            Self::PhoneRowUnreadable { .. } => {
                "It was sealed with another key, or altered: correct this person by hand"
            }
            Self::Unknown(_) | Self::Finished(_) => "Choose the person again",
            Self::NoPin(_) => "Ask the person, or reset the key",
            Self::PinPurged(_) | Self::PinLost(_) | Self::PinAltered(_) => {
                "Reset the key and register it anew"
            }
            Self::VaultKeyMissing { sealed: 0 } | Self::VaultKeyWrong { sealed: 0 } => {
                "Try the keyring again or sign in as the user who began it, or give that change up"
            }
            Self::VaultKeyMissing { .. } | Self::VaultKeyWrong { .. } => {
                "Sign in as the user who sealed them, or give these PINs up and reset their keys"
            }
            Self::Keyring(error) => return error.next(),
            Self::Random(_) | Self::Sealing => "Start the computer again",
            Self::Chain(_) => "Keep a copy of the data folder and find out who changed it",
            Self::Sqlite(_) => "Start Keydesk again; if it comes back, send the details",
        }
        .into()
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Keyring(error) => error.details(),
            other => vec![Detail::new("journal", other.to_string())],
        }
    }
}

/// Where no PIN is sealed, it is what a change of phones holds.
fn sealed_things(pins: u64) -> String {
    match pins {
        0 => "the numbers of a change of phones".into(),
        1 => "1 PIN".into(),
        more => format!("{more} PINs"),
    }
}
