//! Files that must be whole or absent: written beside, flushed to the disk, then renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Replaces (or makes) a file that only its owner may read. After a failure the old one is as it
/// was; after a success the new one is on the disk.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_private_by(path, |file| file.write_all(bytes))
}

/// The same for content that is made piece by piece, such as a stream that is encrypted.
pub(crate) fn replace_private_by<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_private_folder(folder)?;
    let beside = beside(path);
    let written =
        write_whole(&beside, write).and_then(|()| fs::rename(&beside, path).map_err(E::from));
    if let Err(error) = written {
        if let Err(left) = fs::remove_file(&beside)
            && left.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%left, path = %beside.display(), "an unfinished file is left");
        }
        return Err(error);
    }
    Ok(flush_folder(folder)?)
}

/// Makes a folder and those above it; what is new only its owner may enter.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file for reading and writing; a new one only its owner may read.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    private().read(true).create(true).truncate(false).open(path)
}

/// Takes from everybody who is neither its owner nor of its group what they may do with a file: a
/// list that is continued with PINs may have been made by another program. A shared folder's group
/// keeps it.
#[cfg(unix)]
pub(crate) fn shut_out_others(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = file.metadata()?.permissions();
    if permissions.mode() & 0o007 == 0 {
        return Ok(());
    }
    permissions.set_mode(permissions.mode() & !0o007);
    file.set_permissions(permissions)
}

/// Windows: a file has its folder's rights, which are its owner's.
#[cfg(not(unix))]
pub(crate) fn shut_out_others(_: &File) -> io::Result<()> {
    Ok(())
}

/// The bytes of a file, wiped when they are dropped; of a file that is longer than `most` one byte
/// more, so that whoever reads them can say so.
pub(crate) fn read_at_most(path: &Path, most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    let wanted = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    // With room for all: a vector that grows leaves what it held behind.
    let room = file.metadata()?.len().min(wanted);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(room).unwrap_or(0) + 1));
    file.take(wanted).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Overwrites a file and removes it. On disks that write elsewhere each time (SSDs, snapshots) the
/// old bytes may still be there: what was secret in it must be changed all the same.
pub(crate) fn shred(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    let zeros = [0_u8; 4096];
    let mut left = length;
    while left > 0 {
        let piece = zeros.len().min(usize::try_from(left).unwrap_or(zeros.len()));
        file.write_all(zeros.get(..piece).unwrap_or_default())?;
        left = left.saturating_sub(u64::try_from(piece).unwrap_or(left));
    }
    file.sync_all()?;
    drop(file);
    fs::remove_file(path)?;
    flush_folder(path.parent().unwrap_or(Path::new("")))
}

/// After a rename or a new file: without this its name may be lost with the power.
pub(crate) fn flush_folder(folder: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

fn write_whole<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    // Left by a kill; its mode may be anything, so it is not written into.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = private().create_new(true).open(path)?;
    write(&mut file)?;
    Ok(file.sync_all()?)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("file.toml");
        replace_private(&path, b"first").unwrap();
        fs::write(beside(&path), "left by a kill").unwrap();
        replace_private(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_failed_replacement_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in-the-way");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("old"), "old").unwrap();
        assert!(replace_private(&path, b"new").is_err());
        assert_eq!(fs::read(path.join("old")).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
