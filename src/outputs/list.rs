//! Lists that grow by a row at a time: added durably, never twice, never cut.

use super::{NUMBERED_FILES, OutputError, lock};
use crate::files;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

pub(super) const LINE_END: &str = "\r\n";
/// What is in it tells one row from another: the directory's id of the key.
const NAME_COLUMN: usize = 1;

/// A list of this name and header. A file of its name with another header is somebody else's: it
/// is left alone and the next number is used.
pub(super) struct List {
    /// Without its ending.
    pub name: &'static str,
    pub header: &'static str,
}

/// Where the row is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub path: PathBuf,
    pub how: How,
    /// Files of this name that are somebody else's and were left alone.
    pub foreign: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Added,
    /// An earlier try wrote it before it was killed.
    WasThere,
    /// The row of its name has other cells: written otherwise, or changed by somebody since.
    Differs,
}

/// What a row means for a file.
#[doc(hidden)]
pub enum Change {
    /// It is somebody else's.
    Foreign,
    WasThere,
    Differs,
    /// To be written behind what is there.
    Add(Zeroizing<Vec<u8>>),
}

impl List {
    /// Adds the row unless one with its name is there. When this returns, it is on the disk; when
    /// it fails, the file is as it was. Cells are as they are written.
    pub fn append(&self, folder: &Path, cells: &[Zeroizing<String>]) -> Result<Kept, OutputError> {
        let first = self.numbered(folder, 1);
        files::make_private_folder(folder).map_err(|error| OutputError::of_io(&first, &error))?;
        let mut foreign = Vec::new();
        for number in 1..=NUMBERED_FILES {
            let path = self.numbered(folder, number);
            match self.append_to(&path, cells)? {
                Some(how) => return Ok(Kept { path, how, foreign }),
                None => foreign.push(path),
            }
        }
        Err(OutputError::OnlyForeign { path: first })
    }

    /// What has to be written into a file that holds `old`; touches no file.
    pub(super) fn change(
        &self,
        old: &[u8],
        cells: &[Zeroizing<String>],
        path: &Path,
    ) -> Result<Change, OutputError> {
        if self.is_foreign(old) {
            return Ok(Change::Foreign);
        }
        if let Some(change) = found(old, cells, path)? {
            return Ok(change);
        }
        let line = line(cells)
            .map_err(|error| OutputError::Io { path: path.into(), reason: error.to_string() })?;
        // A quotation mark that somebody, or a kill, left open would swallow the row.
        for closing in ["", "\""] {
            let new = self.addition(old, closing, &line);
            let whole = Zeroizing::new([old, new.as_slice()].concat());
            if is_last(&whole, cells) {
                return Ok(Change::Add(new));
            }
        }
        Err(OutputError::Damaged { path: path.into(), reason: "the row can't be read back".into() })
    }

    fn numbered(&self, folder: &Path, number: u32) -> PathBuf {
        match number {
            1 => folder.join(format!("{}.csv", self.name)),
            _ => folder.join(format!("{}-{number}.csv", self.name)),
        }
    }

    /// Nothing when the file is a foreign one.
    fn append_to(
        &self,
        path: &Path,
        cells: &[Zeroizing<String>],
    ) -> Result<Option<How>, OutputError> {
        let fail = |error: io::Error| OutputError::of_io(path, &error);
        let mut file = files::open_private(path).map_err(fail)?;
        lock(&file, path)?;
        let mut old = Zeroizing::new(Vec::new());
        file.read_to_end(&mut old).map_err(fail)?;
        match self.change(&old, cells, path)? {
            Change::Foreign => Ok(None),
            // What an earlier try wrote may still be in memory only.
            Change::WasThere => file.sync_all().map(|()| Some(How::WasThere)).map_err(fail),
            Change::Differs => file.sync_all().map(|()| Some(How::Differs)).map_err(fail),
            Change::Add(new) => {
                if let Err(error) = files::shut_out_others(&file) {
                    // Somebody else's, in a folder that both may write to.
                    tracing::warn!(%error, "a list's rights could not be narrowed");
                }
                add(&mut file, &new).map_err(fail)?;
                files::flush_folder(path.parent().unwrap_or(Path::new(""))).map_err(fail)?;
                Ok(Some(How::Added))
            }
        }
    }

    /// A file that was only begun is ours, as far as it goes.
    fn is_foreign(&self, old: &[u8]) -> bool {
        let text = without_mark(old);
        match text.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                let first = &text[..end];
                first.strip_suffix(b"\r").unwrap_or(first) != self.header.as_bytes()
            }
            None => ![self.header, LINE_END].concat().as_bytes().starts_with(text),
        }
    }

    /// What comes behind what is there, completing a line that a kill cut short.
    fn addition(&self, old: &[u8], closing: &str, line: &[u8]) -> Zeroizing<Vec<u8>> {
        let header = [self.header, LINE_END].concat();
        let text = without_mark(old);
        let mut new = Zeroizing::new(Vec::with_capacity(header.len() + line.len() + 3));
        if !text.contains(&b'\n') {
            new.extend_from_slice(header.as_bytes().get(text.len()..).unwrap_or_default());
            new.extend_from_slice(line);
            return new;
        }
        let last = text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        match line.strip_prefix(last) {
            Some(rest) if closing.is_empty() => new.extend_from_slice(rest),
            _ => {
                new.extend_from_slice(closing.as_bytes());
                new.extend_from_slice(LINE_END.as_bytes());
                new.extend_from_slice(line);
            }
        }
        new
    }
}

/// The byte order mark that spreadsheet programs put in front.
fn without_mark(old: &[u8]) -> &[u8] {
    old.strip_prefix(b"\xef\xbb\xbf").unwrap_or(old)
}

/// This very row, or else one of its name, if there is one. Only whole lines count: a row that a
/// kill cut short is not there.
fn found(
    old: &[u8],
    cells: &[Zeroizing<String>],
    path: &Path,
) -> Result<Option<Change>, OutputError> {
    let whole = old.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let name = cells.get(NAME_COLUMN).map(|cell| cell.as_bytes());
    let mut found = None;
    for row in reader(&old[..whole]).byte_records() {
        let row = row.map_err(|error| OutputError::Damaged {
            path: path.into(),
            reason: error.to_string(),
        })?;
        if row.get(NAME_COLUMN) == name {
            if row.iter().eq(cells.iter().map(|cell| cell.as_bytes())) {
                return Ok(Some(Change::WasThere));
            }
            found = Some(Change::Differs);
        }
    }
    Ok(found)
}

fn reader(file: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file)
}

/// Whether the row can be read back as the last one.
fn is_last(file: &[u8], cells: &[Zeroizing<String>]) -> bool {
    let last = reader(file).into_byte_records().last().and_then(Result::ok);
    last.is_some_and(|last| last.iter().eq(cells.iter().map(|cell| cell.as_bytes())))
}

/// Writes behind what is there.
fn add(file: &mut File, new: &[u8]) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    if let Err(error) = file.write_all(new).and_then(|()| file.sync_all()) {
        // Take back our own part of a row, so that the next try finds the file as it was.
        if let Err(left) = file.set_len(length) {
            tracing::warn!(%left, "a part of a row may be left at the end of the list of keys");
        }
        return Err(error);
    }
    Ok(())
}

pub(super) fn line(cells: &[Zeroizing<String>]) -> csv::Result<Zeroizing<Vec<u8>>> {
    // Large enough that it never grows: a grown buffer would leave a PIN in freed memory.
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut *line);
    writer.write_record(cells.iter().map(|cell| cell.as_bytes()))?;
    writer.flush()?;
    drop(writer);
    Ok(line)
}
