//! Many letters or labels in one PDF, for one walk to the printer.

use super::label::{self, Label};
use super::letter::{self, Letter};
use super::pages::Pages;
use super::{OutputError, keep_new_bytes};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// PIN letters, one page each, in the order in which they are added. A PIN is needed only while
/// its letter is added.
pub struct LetterRun(Pages);

/// Key labels, one page each, in the order in which they are added.
pub struct LabelRun(Pages);

impl LetterRun {
    pub fn new() -> Result<Self, OutputError> {
        Pages::new(letter::TITLE).map(Self)
    }

    pub fn add(&mut self, letter: &Letter<'_>) -> Result<(), OutputError> {
        letter.draw(&mut self.0)
    }

    /// How many letters there are.
    pub fn count(&self) -> usize {
        self.0.count()
    }

    pub fn pdf(self) -> Result<Zeroizing<Vec<u8>>, OutputError> {
        self.0.pdf()
    }

    /// Keeps them as `pin-letters.pdf`, or under the next free number.
    pub fn write(self, folder: &Path) -> Result<PathBuf, OutputError> {
        write(folder, "pin-letters", self.0)
    }
}

impl LabelRun {
    pub fn new() -> Result<Self, OutputError> {
        Pages::new(label::TITLE).map(Self)
    }

    pub fn add(&mut self, label: &Label<'_>) -> Result<(), OutputError> {
        label.draw(&mut self.0)
    }

    /// How many labels there are.
    pub fn count(&self) -> usize {
        self.0.count()
    }

    pub fn pdf(self) -> Result<Zeroizing<Vec<u8>>, OutputError> {
        self.0.pdf()
    }

    /// Keeps them as `labels.pdf`, or under the next free number.
    pub fn write(self, folder: &Path) -> Result<PathBuf, OutputError> {
        write(folder, "labels", self.0)
    }
}

fn write(folder: &Path, name: &str, pages: Pages) -> Result<PathBuf, OutputError> {
    keep_new_bytes(folder, (name, "pdf"), &pages.pdf()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrolment::{EnrolmentId, FirstUse};
    use crate::pin::Pin;

    fn id(number: u128) -> EnrolmentId {
        EnrolmentId(uuid::Uuid::from_u128(number))
    }

    /// Page objects of a PDF.
    fn pages(pdf: &[u8]) -> usize {
        let text = String::from_utf8_lossy(pdf);
        text.matches("/Type/Page/").count() + text.matches("/Type /Page\n").count()
    }

    #[test]
    fn a_print_run_has_a_page_for_each_letter_and_no_pin_in_the_clear() {
        let mut run = LetterRun::new().unwrap();
        for number in 0..20 {
            let pin = Pin::restored(Zeroizing::new(format!("90417{number:03}")));
            run.add(&Letter {
                enrolment: id(number),
                name: &format!("Åsa {number}"),
                upn: "asa@contoso.example",
                organisation: "Contoso",
                serial: None,
                pin: &pin,
                first_use: FirstUse::KeepPin,
                date: jiff::civil::date(2026, 11, 2),
            })
            .unwrap();
        }
        assert_eq!(run.count(), 20);
        let pdf = run.pdf().unwrap();
        assert_eq!(pages(&pdf), 20);
        assert!(!String::from_utf8_lossy(&pdf).contains("90417003"));
        // One set of fonts for all.
        assert!(pdf.len() < 20 * 30_000, "{} bytes", pdf.len());
    }

    #[test]
    fn a_run_of_labels_is_kept_beside_an_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["labels.pdf", "labels-2.pdf"] {
            let mut run = LabelRun::new().unwrap();
            for number in 0..3 {
                let serial = number.to_string();
                let serial = Some(serial.as_str());
                let label = Label { enrolment: id(number), name: "Åsa", organisation: "", serial };
                run.add(&label).unwrap();
            }
            let path = run.write(folder.path()).unwrap();
            assert_eq!(path.file_name().unwrap(), name);
            assert_eq!(pages(&std::fs::read(&path).unwrap()), 3);
        }
    }
}
