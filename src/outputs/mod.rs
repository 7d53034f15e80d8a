//! What leaves the station on paper or as files: registeredKeys.csv, PIN letters, key labels.
//!
//! Every call blocks on the disk; async callers use a blocking thread. Files hold personal data
//! and may hold PINs: only their owner may read them.

mod error;
pub mod label;
pub mod letter;
pub mod registered_keys;
mod typesetting;

pub use error::OutputError;

use crate::enrolment::EnrolmentId;
use crate::files;
use std::path::{Path, PathBuf};

/// Keeps a finished PDF as `<kind>-<serial>-<start of the enrolment's id>.pdf`, replacing an
/// earlier one of the same enrolment.
fn keep_pdf(
    folder: &Path,
    kind: &str,
    serial: Option<&str>,
    id: EnrolmentId,
    pdf: &[u8],
) -> Result<PathBuf, OutputError> {
    let path = folder.join(pdf_name(kind, serial, id));
    files::replace_private(&path, pdf).map_err(|error| OutputError::of_io(&path, &error))?;
    Ok(path)
}

/// A serial comes from the key, so it is not trusted with a path.
fn pdf_name(kind: &str, serial: Option<&str>, id: EnrolmentId) -> String {
    let serial: String =
        serial.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let id = id.0.simple().to_string();
    let id = id.get(..8).unwrap_or(&id);
    if serial.is_empty() { format!("{kind}-{id}.pdf") } else { format!("{kind}-{serial}-{id}.pdf") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_serial_cannot_choose_the_folder() {
        let id = EnrolmentId(uuid::Uuid::from_u128(0x1234_5678 << 96));
        assert_eq!(pdf_name("label", Some("../../etc/12"), id), "label-etc12-12345678.pdf");
        assert_eq!(pdf_name("label", Some("//"), id), "label-12345678.pdf");
        assert_eq!(pdf_name("label", None, id), "label-12345678.pdf");
    }
}
