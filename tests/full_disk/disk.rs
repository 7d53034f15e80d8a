//! The small disk: somebody else's file on it takes all the room there is.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

pub struct Disk {
    others_file: PathBuf,
    full: bool,
}

impl Disk {
    pub fn new() -> Self {
        Self { others_file: std::env::temp_dir().join("somebody-elses-file"), full: false }
    }

    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Not a byte is left.
    pub fn fill(&mut self) {
        let mut file =
            OpenOptions::new().create(true).append(true).open(&self.others_file).unwrap();
        for bytes in [64 * 1024, 1024, 1] {
            let block = vec![0; bytes];
            let error = loop {
                if let Err(error) = file.write_all(&block) {
                    break error;
                }
            };
            assert_eq!(error.kind(), ErrorKind::StorageFull);
        }
        self.full = true;
    }

    pub fn make_room(&mut self) {
        if std::mem::take(&mut self.full) {
            std::fs::remove_file(&self.others_file).unwrap();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.make_room();
    }
}
