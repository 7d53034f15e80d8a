//! Tries what stations do in the folder, with a file of its own that is gone afterwards.

use super::disk::Disk;
use super::entry::passing_name;
use super::fault::FolderFault;
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::problem::{Explain, Problem};
use crate::services::ServiceError;
use crate::services::wire::line;
use jiff::{SignedDuration, Timestamp};
use std::io::{self, ErrorKind};
use std::path::Path;

const TEXT: &str = "a test of Keydesk\n";
/// Clocks further apart are worth a word.
const APART: SignedDuration = SignedDuration::from_secs(60);

/// One line each, up to the first that fails.
pub(super) fn lines(folder: &Path) -> Vec<ConnectionCheck> {
    let (name, renamed) = (passing_name(), passing_name());
    let test = Test { folder, disk: Disk { folder }, name: &name, renamed: &renamed };
    let mut lines = Vec::new();
    for (what, tried) in Test::steps() {
        let outcome = tried(&test).unwrap_or_else(|error| {
            CheckOutcome::Failed(ServiceError::Folder(FolderFault::of(&error, folder)).problem())
        });
        let has_failed = matches!(outcome, CheckOutcome::Failed(_));
        lines.push(line(what, outcome));
        if has_failed {
            break;
        }
    }
    test.disk.remove(&name);
    test.disk.remove(&renamed);
    lines
}

/// The folder did not answer in time.
pub(super) fn failed(error: ServiceError) -> ConnectionCheck {
    line("Folder", CheckOutcome::Failed(error.problem()))
}

struct Test<'a> {
    folder: &'a Path,
    disk: Disk<'a>,
    name: &'a str,
    renamed: &'a str,
}

type Step<'a> = (&'static str, fn(&Test<'a>) -> io::Result<CheckOutcome>);

impl<'a> Test<'a> {
    fn steps() -> [Step<'a>; 5] {
        [
            ("Folder", Self::is_found),
            ("Write", Self::is_written),
            ("Read back", Self::is_read_back),
            ("One open check on all stations", Self::is_made_once),
            ("Rename and remove", Self::is_removed),
        ]
    }

    fn is_found(&self) -> io::Result<CheckOutcome> {
        self.disk.names()?;
        Ok(CheckOutcome::Works(format!("{} was found", self.folder.display())))
    }

    fn is_written(&self) -> io::Result<CheckOutcome> {
        let at = self.disk.create(self.name, |_| Ok(TEXT.to_owned()))?;
        let apart = at.duration_since(Timestamp::now()).abs();
        Ok(CheckOutcome::Works(match apart > APART {
            false => "A file was written".to_owned(),
            true => format!(
                "A file was written; the file server's clock, which counts, is {} min away from \
                 this computer's",
                apart.as_mins().max(1)
            ),
        }))
    }

    fn is_read_back(&self) -> io::Result<CheckOutcome> {
        let bytes = self.disk.read(self.name)?.map(|found| found.bytes);
        Ok(match bytes.as_deref() == Some(TEXT.as_bytes()) {
            true => CheckOutcome::Works("It was read as it was written".into()),
            false => wrong("What was written can't be read back"),
        })
    }

    fn is_made_once(&self) -> io::Result<CheckOutcome> {
        match self.disk.create(self.name, |_| Ok(TEXT.to_owned())) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Ok(CheckOutcome::Works("A second file of the same name was refused".into()))
            }
            made => made.map(|_| wrong("A second file of the same name was not refused")),
        }
    }

    fn is_removed(&self) -> io::Result<CheckOutcome> {
        self.disk.rename(self.name, self.renamed)?;
        let was_renamed = self.disk.read(self.renamed)?.is_some();
        self.disk.remove(self.renamed);
        let is_gone =
            self.disk.read(self.name)?.is_none() && self.disk.read(self.renamed)?.is_none();
        Ok(match was_renamed && is_gone {
            true => CheckOutcome::Works("The file was renamed and removed".into()),
            false => wrong("The file could not be renamed and removed"),
        })
    }
}

fn wrong(what: &str) -> CheckOutcome {
    CheckOutcome::Failed(Problem {
        what: what.into(),
        next: "Have this user allowed to make, read, rename and delete files there, or choose \
               another folder"
            .into(),
        details: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_failure(lines: &[ConnectionCheck]) -> Option<(&str, String)> {
        lines.iter().find_map(|line| match &line.outcome {
            CheckOutcome::Failed(problem) => Some((line.name.as_str(), problem.to_string())),
            _ => None,
        })
    }

    #[test]
    fn a_good_folder_passes_and_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let lines = lines(folder.path());
        assert_eq!((first_failure(&lines), lines.len()), (None, 5));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_fails_is_told_by_its_step_and_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "no folder").unwrap();
        for (path, words) in [
            (folder.path().join("none"), "The shared folder is not there"),
            (file, "The shared folder is a file, not a folder"),
        ] {
            let lines = lines(&path);
            let (step, told) = first_failure(&lines).unwrap();
            assert!(step == "Folder" && told.starts_with(words), "{told}");
            assert!(told.contains("Settings, Verify"), "{told}");
        }
    }
}
