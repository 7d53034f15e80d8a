//! Why the shared folder can't be used, by what can be done about it.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderFault {
    Missing {
        path: PathBuf,
    },
    NotAFolder {
        path: PathBuf,
    },
    /// This user may not do what is needed.
    Denied,
    ReadOnly,
    Full,
    /// No answer in the time that an agent waits.
    Silent,
    Other {
        reason: String,
    },
}

impl FolderFault {
    pub(super) fn of(error: &Error, folder: &Path) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing { path: folder.to_owned() },
            ErrorKind::NotADirectory => Self::NotAFolder { path: folder.to_owned() },
            ErrorKind::PermissionDenied => Self::Denied,
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::TimedOut => Self::Silent,
            _ => Self::Other { reason: error.to_string() },
        }
    }

    /// What is wrong, after the folder's name.
    pub fn what(&self) -> String {
        match self {
            Self::Missing { path } => format!("is not there ({})", path.display()),
            Self::NotAFolder { path } => format!("is a file, not a folder ({})", path.display()),
            Self::Denied => "can't be changed by this user".into(),
            Self::ReadOnly => "is read-only".into(),
            Self::Full => "is full".into(),
            Self::Silent => "does not answer".into(),
            Self::Other { reason } => format!("can't be used: {reason}"),
        }
    }

    /// What to do, in the middle of a sentence.
    pub fn next(&self) -> &'static str {
        match self {
            Self::Missing { .. } => {
                "connect the share on this computer, or correct the folder under Settings, Verify"
            }
            Self::NotAFolder { .. } => "choose a folder under Settings, Verify",
            Self::Denied => "have this user allowed to make, read, rename and delete files there",
            Self::ReadOnly => "have it made writable for this user",
            Self::Full => "have room made on its disk",
            Self::Silent => "check the network and the file server",
            Self::Other { .. } => "see that the file server works",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_told_in_plain_words() {
        let folder = Path::new("/srv/desk");
        for (kind, word) in [
            (ErrorKind::NotFound, "is not there (/srv/desk)"),
            (ErrorKind::NotADirectory, "is a file, not a folder (/srv/desk)"),
            (ErrorKind::PermissionDenied, "can't be changed by this user"),
            (ErrorKind::ReadOnlyFilesystem, "is read-only"),
            (ErrorKind::StorageFull, "is full"),
            (ErrorKind::QuotaExceeded, "is full"),
            (ErrorKind::TimedOut, "does not answer"),
        ] {
            assert_eq!(FolderFault::of(&kind.into(), folder).what(), word);
        }
        let other = FolderFault::of(&Error::other("stale file handle"), folder);
        assert_eq!(other.what(), "can't be used: stale file handle");
    }
}
