//! The PIN letter: one A4 page for the person who gets the key.

use super::pages::Pages;
use super::sheet::{BOX_INSET, INK, MARGIN, PAGE, SMALL, SOFT, STRONG, Sheet, TEXT, WIDTH, fitted};
use super::typesetting::{Style, Type};
use super::{OutputError, keep_pdf};
use crate::enrolment::{EnrolmentId, FirstUse};
use crate::pin::Pin;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the letter says.
pub struct Letter<'a> {
    pub enrolment: EnrolmentId,
    pub name: &'a str,
    pub upn: &'a str,
    /// Empty if none is set.
    pub organisation: &'a str,
    pub serial: Option<&'a str>,
    pub pin: &'a Pin,
    pub first_use: FirstUse,
    pub date: jiff::civil::Date,
}

/// Shown by viewers and indexed by desktops: no name and no PIN in it.
pub(super) const TITLE: &str = "PIN letter";

impl Letter<'_> {
    /// Makes the letter and keeps it in the folder; the answer is its path.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, OutputError> {
        keep_pdf(folder, "pin-letter", self.serial, self.enrolment, &self.pdf()?)
    }

    /// The letter as PDF.
    pub fn pdf(&self) -> Result<Zeroizing<Vec<u8>>, OutputError> {
        let mut pages = Pages::new(TITLE)?;
        self.draw(&mut pages)?;
        pages.pdf()
    }

    /// The letter as the next page.
    pub(super) fn draw(&self, pages: &mut Pages) -> Result<(), OutputError> {
        pages.page(PAGE, |setter, surface| {
            let mut sheet = Sheet::new(setter, surface);
            self.head(&mut sheet);
            self.facts(&mut sheet);
            self.steps(&mut sheet);
            Ok(())
        })
    }

    fn head(&self, sheet: &mut Sheet<'_, '_>) {
        let date = self.date.strftime("%-d %B %Y").to_string();
        let date = sheet.setter.line(&date, SMALL);
        sheet.ink(SOFT);
        date.draw(sheet.surface, MARGIN + WIDTH - date.width, sheet.y + 11.0);
        sheet.ink(INK);
        sheet.paragraph(self.organisation, STRONG, WIDTH - date.width - 20.0, INK);
        sheet.y += 40.0;
        sheet.paragraph(
            "Your security key",
            Type { style: Style::SemiBold, size: 24.0 },
            WIDTH,
            INK,
        );
        sheet.y += 10.0;
        sheet.paragraph(self.name, Type { style: Style::SemiBold, size: 14.0 }, WIDTH, INK);
        sheet.paragraph(self.upn, TEXT, WIDTH, SOFT);
        sheet.y += 18.0;
    }

    fn facts(&self, sheet: &mut Sheet<'_, '_>) {
        let top = sheet.y;
        let inner = WIDTH - 2.0 * BOX_INSET;
        sheet.y += BOX_INSET;
        if let Some(serial) = self.serial {
            sheet.inset_paragraph("Serial number of the key", SMALL, inner, SOFT);
            let set = Type { style: Style::Mono, size: 14.0 };
            sheet.inset_paragraph(serial, set, inner, INK);
            sheet.y += 10.0;
        }
        sheet.inset_paragraph("PIN", SMALL, inner, SOFT);
        sheet.y += 2.0;
        let set = fitted(sheet.setter, self.pin.expose(), inner);
        sheet.inset_paragraph(self.pin.expose(), set, inner, INK);
        sheet.y += BOX_INSET - 6.0;
        sheet.frame(top);
        sheet.y += 30.0;
    }

    fn steps(&self, sheet: &mut Sheet<'_, '_>) {
        sheet.steps(&self.step_texts());
        let whom = if self.organisation.is_empty() { "your IT desk" } else { self.organisation };
        let lost =
            format!("Is the key lost, or was the PIN refused too often? Tell {whom} at once.");
        sheet.paragraph(&lost, TEXT, WIDTH, INK);
    }

    fn step_texts(&self) -> [String; 4] {
        let pin = match self.first_use {
            FirstUse::KeepPin => {
                "Type the PIN above when you are asked for it, then touch the key."
            }
            FirstUse::MustChangePin => {
                "Type the PIN above when you are asked for it, choose a new PIN that only you know, \
                 then touch the key."
            }
        };
        [
            "Plug the key into your computer.".into(),
            format!("Sign in as {} and choose to sign in with a security key.", self.upn),
            pin.into(),
            "Learn the PIN, then destroy this letter. Never keep it with the key.".into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter<'a>(name: &'a str, pin: &'a Pin) -> Letter<'a> {
        Letter {
            enrolment: EnrolmentId(uuid::Uuid::from_u128(5)),
            name,
            upn: "asa@contoso.example",
            organisation: "Contoso Åland",
            serial: Some("12345678"),
            pin,
            first_use: FirstUse::MustChangePin,
            date: jiff::civil::date(2026, 11, 2),
        }
    }

    fn count(pdf: &[u8], word: &[u8]) -> usize {
        pdf.windows(word.len()).filter(|window| *window == word).count()
    }

    #[test]
    fn a_letter_is_one_a4_page_for_any_name_and_any_pin() {
        let long = "Bartholomew-Ångström ".repeat(15);
        for name in ["Åsa O'Brien", "", "王小明", "محمد علي", "\u{202e}evil\u{2066}", &long]
        {
            for text in ["90417362558146", &"W".repeat(63)] {
                let pin = Pin::restored(Zeroizing::new(text.into()));
                let pdf = letter(name, &pin).pdf().unwrap();
                assert!(pdf.starts_with(b"%PDF-"));
                assert_eq!(count(&pdf, b"/Type/Page/") + count(&pdf, b"/Type /Page\n"), 1);
                assert_eq!(count(&pdf, text.as_bytes()), 0, "the PIN is in the file uncompressed");
            }
        }
    }

    #[test]
    fn a_letter_is_kept_for_its_owner_only_and_replaced_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let pin = Pin::restored(Zeroizing::new("4829".into()));
        let path = letter("Åsa", &pin).write(folder.path()).unwrap();
        assert_eq!(letter("Åsa", &pin).write(folder.path()).unwrap(), path);
        assert_eq!(path.file_name().unwrap(), "pin-letter-12345678-00000000.pdf");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
