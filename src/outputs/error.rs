//! Why a file or paper could not be made, by cause.

use crate::problem::{Detail, Explain};
use std::io;
use std::path::{Path, PathBuf};

/// A failure of an output. What was in a file before is still in it.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum OutputError {
    #[error("disk full: {}", .path.display())]
    DiskFull { path: PathBuf },
    /// A spreadsheet program has it open, or another Keydesk writes it.
    #[error("{} is in use", .path.display())]
    InUse { path: PathBuf },
    #[error("no permission: {}", .path.display())]
    Denied { path: PathBuf },
    #[error("{}: {reason}", .path.display())]
    Io { path: PathBuf, reason: String },
    /// Ours by its header, and then not CSV.
    #[error("{} can't be read: {reason}", .path.display())]
    Damaged { path: PathBuf, reason: String },
    /// Every name tried holds a foreign file.
    #[error("{} and its numbered neighbours are foreign files", .path.display())]
    OnlyForeign { path: PathBuf },
    /// So many files of this name are there that something else is wrong.
    #[error("{} and its numbered neighbours are there", .path.display())]
    NoFreeName { path: PathBuf },
    #[error("the PINs could not be encrypted: {0}")]
    Encryption(String),
    #[error("the PDF could not be made: {0}")]
    Pdf(String),
}

/// Windows: ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION.
const HELD_BY_ANOTHER: [i32; 2] = [32, 33];

impl OutputError {
    pub(super) fn of_io(path: &Path, error: &io::Error) -> Self {
        let path = path.to_path_buf();
        if cfg!(windows) && error.raw_os_error().is_some_and(|code| HELD_BY_ANOTHER.contains(&code))
        {
            return Self::InUse { path };
        }
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path }
            }
            io::ErrorKind::WouldBlock | io::ErrorKind::ResourceBusy => Self::InUse { path },
            _ => Self::Io { path, reason: error.to_string() },
        }
    }
}

impl Explain for OutputError {
    fn what(&self) -> String {
        match self {
            Self::DiskFull { path } => {
                format!("The disk is full, so {} can't be written", path.display())
            }
            Self::InUse { path } => format!("Another program uses {}", path.display()),
            Self::Denied { path } => format!("You may not write {}", path.display()),
            Self::Io { path, .. } => format!("{} can't be written", path.display()),
            Self::Damaged { path, .. } => format!("{} is damaged", path.display()),
            Self::OnlyForeign { path } => {
                format!("{} is not a list of registered keys", path.display())
            }
            Self::NoFreeName { path } => {
                format!("There are too many files named like {}", path.display())
            }
            Self::Encryption(_) => "The PINs could not be encrypted; nothing was written".into(),
            Self::Pdf(_) => "The PDF could not be made".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::DiskFull { .. } => "Free some space, then try again; nothing is lost",
            Self::InUse { .. } => "Close it there, then try again; nothing is lost",
            Self::Denied { .. } | Self::Io { .. } => {
                "Choose another output folder in Settings, then try again"
            }
            Self::Damaged { .. } | Self::OnlyForeign { .. } | Self::NoFreeName { .. } => {
                "Move it elsewhere or choose another output folder, then try again"
            }
            Self::Encryption(_) | Self::Pdf(_) => "Try again; if it comes back, send the details",
        }
        .into()
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::new("output", self.to_string())]
    }
}
