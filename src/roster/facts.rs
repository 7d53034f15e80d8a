//! What was found out about a file, and why one can't be used at all.

use super::{Column, Delimiter, Encoding};
use crate::problem::{Detail, Explain};

/// A larger file is no roster.
pub const MOST_BYTES: usize = 256 * 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    pub encoding: Encoding,
    /// Some bytes stood for no character of the encoding; `\u{fffd}` stands in their place.
    pub replaced: bool,
    pub delimiter: Delimiter,
    pub header: Header,
    pub kind: FileKind,
    /// The columns that are read, by their name in the file (empty without a header).
    pub columns: Vec<(String, Column)>,
    /// The names of those that are not.
    pub ignored: Vec<String>,
}

/// The line with the columns' names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// There is none: columns were told by what is in them.
    #[default]
    None,
    /// Names that we know; `line` counts from 1. What stands above it is no person.
    Known { line: usize },
    /// Names that we don't know, so it was told by what is below it. The operator should look.
    Guessed { line: usize },
}

impl Header {
    /// 0 where there is none.
    pub(super) fn line(self) -> usize {
        match self {
            Self::None => 0,
            Self::Known { line } | Self::Guessed { line } => line,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileKind {
    #[default]
    People,
    /// The scripts' first generation, `registrationUsers.csv`: challenges, no relying party.
    RegistrationUsers,
    /// Their second one, `usersToRegister.csv`: challenges with the relying party.
    UsersToRegister,
    /// `registeredKeys.csv`: these people have their keys. Its PINs are not read.
    RegisteredKeys,
}

/// Why nobody can be read from a file at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    #[error("nothing in it")]
    Empty,
    #[error("{bytes} bytes")]
    TooLarge { bytes: usize },
    /// A spreadsheet program's own format.
    #[error("a workbook")]
    Workbook,
    #[error("no column of people")]
    NoPersonColumn,
}

/// ZIP (xlsx, ods) and the older compound file (xls).
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", &[0xd0, 0xcf, 0x11, 0xe0]];

impl FileFault {
    /// What the bytes alone tell.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MOST_BYTES {
            return Some(Self::TooLarge { bytes: bytes.len() });
        }
        let is_workbook = WORKBOOKS.iter().any(|start| bytes.starts_with(start));
        is_workbook.then_some(Self::Workbook)
    }
}

impl Explain for FileFault {
    fn what(&self) -> String {
        match self {
            Self::Empty => "There is nobody in this file",
            Self::TooLarge { .. } => "This file is too large for a list",
            Self::Workbook => "This is a spreadsheet program's workbook",
            Self::NoPersonColumn => "No column of this file names people",
        }
        .into()
    }

    fn next(&self) -> String {
        match self {
            Self::Empty | Self::TooLarge { .. } => "Choose another file",
            Self::Workbook => "Save it there as CSV, then choose that file",
            Self::NoPersonColumn => {
                "Name a column userPrincipalName, objectId, mail or employeeId, then choose the \
                 file again"
            }
        }
        .into()
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::new("roster", self.to_string())]
    }
}
