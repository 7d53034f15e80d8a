//! The slip with a Temporary Access Pass: one A4 page for the person who signs in with it.

use super::pages::Pages;
use super::sheet::{BOX_INSET, INK, MARGIN, PAGE, SMALL, SOFT, STRONG, Sheet, TEXT, WIDTH, fitted};
use super::typesetting::{Style, Type};
use super::{OutputError, keep_new_bytes};
use crate::secrets::SecretText;
use jiff::Zoned;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the slip says.
pub struct PassSlip<'a> {
    pub name: &'a str,
    pub upn: &'a str,
    /// Empty if none is set.
    pub organisation: &'a str,
    pub pass: &'a SecretText,
    /// In the station's zone.
    pub starts: Zoned,
    pub ends: Zoned,
    pub once: bool,
    /// When the slip is made, in the station's zone.
    pub now: Zoned,
}

/// Shown by viewers and indexed by desktops: no name and no pass in it.
const TITLE: &str = "Temporary Access Pass";
/// Where people register how they sign in.
const SECURITY_INFO: &str = "aka.ms/mysecurityinfo";

impl PassSlip<'_> {
    /// Makes the slip and keeps it as `pass-slip-2026-11-27.pdf`, or under the next free number.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, OutputError> {
        let name = format!("pass-slip-{}", self.now.date());
        keep_new_bytes(folder, (&name, "pdf"), &self.pdf()?)
    }

    /// The slip as PDF.
    pub fn pdf(&self) -> Result<Zeroizing<Vec<u8>>, OutputError> {
        let mut pages = Pages::new(TITLE)?;
        pages.page(PAGE, |setter, surface| {
            let mut sheet = Sheet::new(setter, surface);
            self.head(&mut sheet);
            self.facts(&mut sheet);
            self.steps(&mut sheet);
            Ok(())
        })?;
        pages.pdf()
    }

    fn head(&self, sheet: &mut Sheet<'_, '_>) {
        let date = self.now.strftime("%-d %B %Y").to_string();
        let date = sheet.setter.line(&date, SMALL);
        sheet.ink(SOFT);
        date.draw(sheet.surface, MARGIN + WIDTH - date.width, sheet.y + 11.0);
        sheet.ink(INK);
        sheet.paragraph(self.organisation, STRONG, WIDTH - date.width - 20.0, INK);
        sheet.y += 40.0;
        sheet.paragraph(TITLE, Type { style: Style::SemiBold, size: 24.0 }, WIDTH, INK);
        sheet.y += 10.0;
        sheet.paragraph(self.name, Type { style: Style::SemiBold, size: 14.0 }, WIDTH, INK);
        sheet.paragraph(self.upn, TEXT, WIDTH, SOFT);
        sheet.y += 18.0;
    }

    fn facts(&self, sheet: &mut Sheet<'_, '_>) {
        let top = sheet.y;
        let inner = WIDTH - 2.0 * BOX_INSET;
        sheet.y += BOX_INSET;
        sheet.inset_paragraph("Pass", SMALL, inner, SOFT);
        sheet.y += 2.0;
        let set = fitted(sheet.setter, self.pass.expose(), inner);
        sheet.inset_paragraph(self.pass.expose(), set, inner, INK);
        sheet.y += 8.0;
        sheet.inset_paragraph(&self.validity(), STRONG, inner, INK);
        sheet.y += BOX_INSET - 6.0;
        sheet.frame(top);
        sheet.y += 30.0;
    }

    fn steps(&self, sheet: &mut Sheet<'_, '_>) {
        sheet.steps(&self.step_texts());
        let whom = if self.organisation.is_empty() { "your IT desk" } else { self.organisation };
        let lost = format!(
            "Is the slip lost, or did somebody else see it? Tell {whom} at once: the pass is you."
        );
        sheet.paragraph(&lost, TEXT, WIDTH, INK);
    }

    /// `Works once, until 27 November 2026 11:30`; from when, where that is still to come.
    fn validity(&self) -> String {
        let moment = |at: &Zoned| at.strftime("%-d %B %Y %H:%M").to_string();
        let times = if self.once { "Works once" } else { "Works as often as you need it" };
        let until = moment(&self.ends);
        match self.starts > self.now {
            true => format!("{times}, from {} until {until}", moment(&self.starts)),
            false => format!("{times}, until {until}"),
        }
    }

    fn step_texts(&self) -> [String; 4] {
        [
            format!("Open {SECURITY_INFO} in a browser."),
            format!("Sign in as {} and type the pass above when you are asked for it.", self.upn),
            "Add how you sign in from now on, such as a security key or Microsoft Authenticator."
                .into(),
            "Destroy this slip.".into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse::<jiff::Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC)
    }

    fn slip<'a>(name: &'a str, pass: &'a SecretText, starts: &str) -> PassSlip<'a> {
        PassSlip {
            name,
            upn: "asa@contoso.example",
            organisation: "Contoso Åland",
            pass,
            starts: at(starts),
            ends: at("2026-11-27T11:30:00Z"),
            once: true,
            now: at("2026-11-27T10:30:05Z"),
        }
    }

    fn count(pdf: &[u8], word: &[u8]) -> usize {
        pdf.windows(word.len()).filter(|window| *window == word).count()
    }

    #[test]
    fn a_slip_is_one_a4_page_for_any_name_and_any_pass() {
        let long = "Bartholomew-Ångström ".repeat(15);
        for name in ["Åsa O'Brien", "", "王小明", "محمد علي", "\u{202e}evil\u{2066}", &long]
        {
            for text in ["7WqRk2PzXa", &"W".repeat(64)] {
                let pass = SecretText::new(text);
                let pdf = slip(name, &pass, "2026-11-27T10:30:00Z").pdf().unwrap();
                assert_eq!(count(&pdf, b"/Type/Page/") + count(&pdf, b"/Type /Page\n"), 1);
                assert_eq!(count(&pdf, text.as_bytes()), 0, "the pass is in the file uncompressed");
            }
        }
    }

    #[test]
    fn the_slip_says_from_when_only_where_that_is_still_to_come() {
        let pass = SecretText::new("7WqRk2PzXa");
        let validity = |starts| slip("Åsa", &pass, starts).validity();
        assert_eq!(validity("2026-11-27T10:30:00Z"), "Works once, until 27 November 2026 11:30");
        assert_eq!(
            validity("2026-11-27T11:00:00Z"),
            "Works once, from 27 November 2026 11:00 until 27 November 2026 11:30"
        );
    }

    #[test]
    fn a_second_slip_of_a_day_does_not_replace_the_first_and_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let pass = SecretText::new("7WqRk2PzXa");
        let write = || slip("Åsa", &pass, "2026-11-27T10:30:00Z").write(folder.path()).unwrap();
        let first = write();
        assert_eq!(first.file_name().unwrap(), "pass-slip-2026-11-27.pdf");
        assert_eq!(write().file_name().unwrap(), "pass-slip-2026-11-27-2.pdf");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&first).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
