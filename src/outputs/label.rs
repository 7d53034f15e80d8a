//! The key's label, 62 × 29 mm: name, serial, and a QR code of the serial. Never a PIN.

use super::pages::Pages;
use super::typesetting::{Line, Style, Type, Typesetter};
use super::{OutputError, keep_pdf};
use crate::enrolment::EnrolmentId;
use krilla::geom::{Path as Shape, PathBuilder, Rect};
use krilla::paint::Fill;
use krilla::surface::Surface;
use qrcode::{Color, QrCode};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the label says.
pub struct Label<'a> {
    /// In the QR code where the key has no serial.
    pub enrolment: EnrolmentId,
    pub name: &'a str,
    /// Empty if none is set.
    pub organisation: &'a str,
    pub serial: Option<&'a str>,
}

pub(super) const TITLE: &str = "Key label";

const POINTS_PER_MM: f32 = 72.0 / 25.4;
// All measures in points.
const PAGE: (f32, f32) = (62.0 * POINTS_PER_MM, 29.0 * POINTS_PER_MM);
const MARGIN: f32 = 2.5 * POINTS_PER_MM;
/// The code's side, its quiet zone included.
const CODE: f32 = 25.0 * POINTS_PER_MM;
/// Light modules around a code (ISO/IEC 18004, 9.1).
const QUIET_MODULES: usize = 4;
const TEXT_LEFT: f32 = CODE + 2.0 * POINTS_PER_MM;
const TEXT_WIDTH: f32 = PAGE.0 - TEXT_LEFT - MARGIN;
const NAME_LINES: usize = 2;
const SMALL: Type = Type { style: Style::Regular, size: 7.0 };

impl Label<'_> {
    /// Makes the label and keeps it in the folder; the answer is its path.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, OutputError> {
        keep_pdf(folder, "label", self.serial, self.enrolment, &self.pdf()?)
    }

    /// The label as PDF.
    pub fn pdf(&self) -> Result<Zeroizing<Vec<u8>>, OutputError> {
        let mut pages = Pages::new(TITLE)?;
        self.draw(&mut pages)?;
        pages.pdf()
    }

    /// The label as the next page.
    pub(super) fn draw(&self, pages: &mut Pages) -> Result<(), OutputError> {
        pages.page(PAGE, |setter, surface| {
            surface.set_fill(Some(Fill::default()));
            self.draw_code(surface)?;
            self.draw_text(setter, surface);
            Ok(())
        })
    }

    /// What a scanner reads.
    pub fn code_text(&self) -> String {
        match self.serial {
            Some(serial) => serial.to_owned(),
            None => self.enrolment.0.to_string(),
        }
    }

    fn draw_code(&self, surface: &mut Surface<'_>) -> Result<(), OutputError> {
        let code = QrCode::new(self.code_text().as_bytes())
            .map_err(|error| OutputError::Pdf(format!("QR code: {error}")))?;
        if let Some(shape) = code_shape(&code, (PAGE.1 - CODE) / 2.0) {
            surface.draw_path(&shape);
        }
        Ok(())
    }

    fn draw_text(&self, setter: &mut Typesetter, surface: &mut Surface<'_>) {
        let (name, set) = name_lines(setter, self.name);
        let mut y = MARGIN + 2.0;
        for line in name {
            y += set.size * 1.2;
            line.draw(surface, TEXT_LEFT, y);
        }
        if let Some(serial) = self.serial {
            let line = fitted(setter, serial, Type { style: Style::Mono, size: 10.0 });
            y += 16.0;
            line.draw(surface, TEXT_LEFT, y);
        }
        if !self.organisation.is_empty() {
            let line = fitted(setter, self.organisation, SMALL);
            line.draw(surface, TEXT_LEFT, PAGE.1 - MARGIN - 2.0);
        }
    }
}

/// The name in the largest type that needs two lines at most; a longer one is cut.
fn name_lines(setter: &mut Typesetter, name: &str) -> (Vec<Line>, Type) {
    let mut set = Type { style: Style::SemiBold, size: 12.0 };
    loop {
        let mut lines = setter.wrap(name, set, TEXT_WIDTH);
        if lines.len() <= NAME_LINES || set.size <= SMALL.size {
            lines.truncate(NAME_LINES);
            return (lines, set);
        }
        set.size -= 1.0;
    }
}

/// One line, in smaller type where it is too wide.
fn fitted(setter: &mut Typesetter, text: &str, set: Type) -> Line {
    let wide = setter.line(text, set).width;
    let size = set.size * (TEXT_WIDTH / wide.max(1.0)).min(1.0);
    setter.line(text, Type { size, ..set })
}

/// The dark modules as one shape, so that no hairlines show between them.
fn code_shape(code: &QrCode, top: f32) -> Option<Shape> {
    let side = code.width();
    let module = CODE / (side + 2 * QUIET_MODULES) as f32;
    let mut path = PathBuilder::new();
    for (row, colours) in code.to_colors().chunks(side).enumerate() {
        let mut column = 0;
        for same in colours.chunk_by(|a, b| a == b) {
            if same.first() == Some(&Color::Dark) {
                let x = (QUIET_MODULES + column) as f32 * module;
                let y = top + (QUIET_MODULES + row) as f32 * module;
                // A trifle taller: neighbouring rows must touch.
                path.push_rect(Rect::from_xywh(x, y, same.len() as f32 * module, module * 1.02)?);
            }
            column += same.len();
        }
    }
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label<'a>(name: &'a str, serial: Option<&'a str>) -> Label<'a> {
        let enrolment = EnrolmentId(uuid::Uuid::from_u128(5));
        Label { enrolment, name, organisation: "Contoso", serial }
    }

    #[test]
    fn a_label_is_one_page_for_any_name_and_serial() {
        let long = "Bartholomew-Ångström ".repeat(15);
        let wide = "9".repeat(300);
        for name in ["Åsa O'Brien", "", "王小明", &long] {
            for serial in [Some("12345678"), None, Some(""), Some(wide.as_str())] {
                let pdf = label(name, serial).pdf().unwrap();
                assert!(pdf.starts_with(b"%PDF-"));
            }
        }
    }

    #[test]
    fn the_code_holds_the_serial_or_the_enrolment() {
        assert_eq!(label("Åsa", Some("12345678")).code_text(), "12345678");
        assert_eq!(label("Åsa", None).code_text(), uuid::Uuid::from_u128(5).to_string());
    }

    #[test]
    fn the_code_keeps_its_quiet_zone() {
        let code = QrCode::new(b"12345678").unwrap();
        let modules = code.width() + 2 * QUIET_MODULES;
        let module = CODE / modules as f32;
        // A module must be wide enough for a 203 dpi label printer: two dots, 0.25 mm.
        assert!(module > 0.25 * POINTS_PER_MM, "{module}");
        assert!(code_shape(&code, 0.0).is_some());
    }

    #[test]
    fn a_label_is_kept_by_serial() {
        let folder = tempfile::tempdir().unwrap();
        let path = label("Åsa", Some("12345678")).write(folder.path()).unwrap();
        assert_eq!(path.file_name().unwrap(), "label-12345678-00000000.pdf");
    }
}
