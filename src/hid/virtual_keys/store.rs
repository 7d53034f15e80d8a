//! A virtual key's memory: what survives being pulled out, in a file what survives a kill.
//!
//! OpenSK asks for a map from small numbers to bytes. The file holds the whole map and is replaced
//! durably at every change, so at any kill it is one consistent state of the key:
//! eight bytes of mark, then per entry the key (u32), the length (u32), both little-endian, and
//! the bytes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::BuildError;

const MARK: &[u8; 8] = b"KDVKEY\x00\x01";

type Entries = BTreeMap<usize, Vec<u8>>;

/// The memory.
pub(super) struct Store {
    entries: Entries,
    path: Option<PathBuf>,
}

/// Where a memory came from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is a new key.
    New,
    /// The key of an earlier process.
    File,
}

impl Store {
    pub(super) fn open(path: Option<PathBuf>) -> Result<(Self, Origin), BuildError> {
        let found = match &path {
            None => None,
            Some(path) => match fs::read(path) {
                Ok(bytes) => Some(decode(&bytes).ok_or(BuildError::StoreDamaged)?),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error.into()),
            },
        };
        let origin = match found {
            Some(_) => Origin::File,
            None => Origin::New,
        };
        let entries = found.unwrap_or_default();
        Ok((Self { entries, path }, origin))
    }

    pub(super) fn find(&self, key: usize) -> Option<&Vec<u8>> {
        self.entries.get(&key)
    }

    pub(super) fn keys(&self) -> Vec<usize> {
        self.entries.keys().copied().collect()
    }

    pub(super) fn insert(&mut self, key: usize, value: &[u8]) -> io::Result<()> {
        self.entries.insert(key, value.to_vec());
        self.save()
    }

    pub(super) fn remove(&mut self, key: usize) -> io::Result<()> {
        match self.entries.remove(&key) {
            Some(_) => self.save(),
            None => Ok(()),
        }
    }

    /// Writes the file; a key without one keeps its state in this process only.
    pub(super) fn save(&self) -> io::Result<()> {
        match &self.path {
            Some(path) => replace(path, &encode(&self.entries)?),
            None => Ok(()),
        }
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = path.with_extension("next");
    let mut file = File::create(&next)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&next, path)?;
    sync_folder(path)
}

/// A rename is only durable once the folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn encode(entries: &Entries) -> io::Result<Vec<u8>> {
    let small =
        |number: usize| u32::try_from(number).map_err(|_| io::Error::from(ErrorKind::InvalidInput));
    let mut bytes = MARK.to_vec();
    for (key, value) in entries {
        bytes.extend(small(*key)?.to_le_bytes());
        bytes.extend(small(value.len())?.to_le_bytes());
        bytes.extend(value);
    }
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Option<Entries> {
    let mut rest = bytes.strip_prefix(MARK)?;
    let mut entries = Entries::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (value, after) = after.split_at_checked(length)?;
        let key = usize::try_from(u32::from_le_bytes(*key)).ok()?;
        entries.insert(key, value.to_vec());
        rest = after;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let entries = Entries::from([(2045, vec![4; 17]), (1700, Vec::new()), (20, vec![1])]);
        let bytes = encode(&entries).expect("small numbers");
        assert_eq!(decode(&bytes), Some(entries));
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let bytes = encode(&Entries::from([(1, vec![9; 30])])).expect("small numbers");
        assert_eq!(decode(&bytes[..bytes.len() - 1]), None);
        assert_eq!(decode(b"something else"), None);
    }
}
