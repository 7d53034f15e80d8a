//! The few things that are done to files there. Each call may hang as long as the file server does.

use super::entry::{LONGEST, passing_name};
use jiff::Timestamp;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

pub(super) struct Disk<'a> {
    pub folder: &'a Path,
}

/// A file as it was found.
pub(super) struct Found {
    pub bytes: Vec<u8>,
    /// By the file server's clock.
    pub written: Timestamp,
}

impl Disk<'_> {
    /// Names of everything in the folder, as far as they are text.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.folder)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    /// Makes a file of this name where there is none ([`ErrorKind::AlreadyExists`]), which file
    /// servers do in one step (`O_CREAT|O_EXCL`), then writes it. `text` is told the file server's
    /// time. What can't be written whole is taken away again.
    pub fn create(
        &self,
        name: &str,
        text: impl FnOnce(Timestamp) -> io::Result<String>,
    ) -> io::Result<Timestamp> {
        let mut file =
            for_all(OpenOptions::new().write(true).create_new(true)).open(self.path(name))?;
        let written = written(&file).and_then(|at| {
            readable_by_all(&file);
            file.write_all(text(at)?.as_bytes())?;
            // A full disk behind a network may say so only now.
            file.sync_all()?;
            Ok(at)
        });
        drop(file);
        if written.is_err() {
            self.remove(name);
        }
        written
    }

    /// A file; nothing where it is gone by now. What is no plain file, such as a link to another
    /// one, has nothing in it.
    pub fn read(&self, name: &str) -> io::Result<Option<Found>> {
        let path = self.path(name);
        let there = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            there => there?,
        };
        let found_at = Timestamp::try_from(there.modified()?).map_err(io::Error::other)?;
        if !there.is_file() {
            return Ok(Some(Found { bytes: Vec::new(), written: found_at }));
        }
        let file = match no_links(OpenOptions::new().read(true)).open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let written = written(&file)?;
        let mut bytes = Vec::new();
        file.take(LONGEST).read_to_end(&mut bytes)?;
        Ok(Some(Found { bytes, written }))
    }

    /// Where the old name is gone by now, nothing is done.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        match fs::rename(self.path(from), self.path(to)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// What stays where this fails means nothing any more.
    pub fn remove(&self, name: &str) {
        if let Err(error) = fs::remove_file(self.path(name))
            && error.kind() != ErrorKind::NotFound
        {
            tracing::debug!(%error, "a file stays in the shared folder");
        }
    }

    /// The file server's clock, which is the one clock of all stations: those of two computers may
    /// be minutes apart. It is the modification time of a file just made, so it is read at each
    /// question that depends on it.
    pub fn now(&self) -> io::Result<Timestamp> {
        let name = passing_name();
        let at = self.create(&name, |_| Ok(String::new()))?;
        self.remove(&name);
        Ok(at)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn written(file: &File) -> io::Result<Timestamp> {
    Timestamp::try_from(file.metadata()?.modified()?).map_err(io::Error::other)
}

/// Other stations' users read it: the rights of the folder say who they are.
fn for_all(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, READABLE);
    options
}

#[cfg(unix)]
const READABLE: u32 = 0o644;

/// Whatever this user's own mask takes away. Where the file server knows no such rights, its own
/// decide.
#[cfg(unix)]
fn readable_by_all(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    let is_readable =
        file.metadata().is_ok_and(|there| there.permissions().mode() & READABLE == READABLE);
    if !is_readable && let Err(error) = file.set_permissions(fs::Permissions::from_mode(READABLE)) {
        tracing::debug!(%error, "the rights of a shared file stay as they are");
    }
}

#[cfg(not(unix))]
fn readable_by_all(_file: &File) {}

/// Follows no link and waits for no pipe that was put in a file's place meanwhile.
fn no_links(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    // FILE_FLAG_OPEN_REPARSE_POINT
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::custom_flags(options, 0x0020_0000);
    options
}
