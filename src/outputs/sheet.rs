//! An A4 page with a secret on it: the PIN letter's and the pass slip's type, colours and boxes.

use super::pages::A4;
use super::typesetting::{Style, Type, Typesetter};
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Rect};
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;

// All measures in points.
pub(super) const PAGE: (f32, f32) = A4;
pub(super) const MARGIN: f32 = 72.0;
pub(super) const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
pub(super) const BOX_INSET: f32 = 20.0;
pub(super) const PIN_SIZE: f32 = 36.0;
pub(super) const TEXT: Type = Type { style: Style::Regular, size: 11.0 };
pub(super) const STRONG: Type = Type { style: Style::SemiBold, size: 11.0 };
pub(super) const SMALL: Type = Type { style: Style::Regular, size: 9.0 };

pub(super) const INK: (u8, u8, u8) = (0x1a, 0x1d, 0x21);
pub(super) const SOFT: (u8, u8, u8) = (0x5c, 0x64, 0x6e);
pub(super) const RULE: (u8, u8, u8) = (0xc4, 0xca, 0xd1);

/// A PIN or a pass in large type, smaller when it is long, so that it stays on one line if it can.
pub(super) fn fitted(setter: &mut Typesetter, secret: &str, width: f32) -> Type {
    let large = Type { style: Style::Mono, size: PIN_SIZE };
    let wide = setter.line(secret, large).width;
    // Below 12 points it is hard to read: rather two lines.
    Type { size: (PIN_SIZE * width / wide.max(1.0)).clamp(12.0, PIN_SIZE), ..large }
}

/// The page while it is being filled from top to bottom.
pub(super) struct Sheet<'a, 'page> {
    pub setter: &'a mut Typesetter,
    pub surface: &'a mut Surface<'page>,
    /// Top of what comes next, in points from the page's top.
    pub y: f32,
}

impl<'a, 'page> Sheet<'a, 'page> {
    pub fn new(setter: &'a mut Typesetter, surface: &'a mut Surface<'page>) -> Self {
        Self { setter, surface, y: MARGIN }
    }

    pub fn paragraph(&mut self, text: &str, set: Type, width: f32, colour: (u8, u8, u8)) {
        self.indented(text, set, 0.0, width, colour);
    }

    pub fn inset_paragraph(&mut self, text: &str, set: Type, width: f32, colour: (u8, u8, u8)) {
        self.indented(text, set, BOX_INSET, width, colour);
    }

    pub fn indented(&mut self, text: &str, set: Type, by: f32, width: f32, colour: (u8, u8, u8)) {
        self.ink(colour);
        for line in self.setter.wrap(text, set, width) {
            line.draw(self.surface, MARGIN + by, self.y + set.size);
            self.y += set.size * 1.4;
        }
        self.ink(INK);
    }

    pub fn ink(&mut self, (red, green, blue): (u8, u8, u8)) {
        let paint = rgb::Color::new(red, green, blue).into();
        self.surface.set_fill(Some(Fill { paint, ..Fill::default() }));
    }

    /// A frame from `top` down to here.
    pub fn frame(&mut self, top: f32) {
        let mut path = PathBuilder::new();
        if let Some(rect) = Rect::from_xywh(MARGIN, top, WIDTH, self.y - top) {
            path.push_rect(rect);
        }
        let Some(path) = path.finish() else { return };
        let paint = rgb::Color::new(RULE.0, RULE.1, RULE.2).into();
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke { paint, width: 1.0, ..Stroke::default() }));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
        self.ink(INK);
    }

    /// "What to do", numbered.
    pub fn steps(&mut self, steps: &[String]) {
        let set = Type { style: Style::SemiBold, size: 13.0 };
        self.paragraph("What to do", set, WIDTH, INK);
        self.y += 4.0;
        for (number, step) in (1..).zip(steps) {
            let mark = self.setter.line(&format!("{number}."), STRONG);
            mark.draw(self.surface, MARGIN, self.y + TEXT.size);
            self.indented(step, TEXT, 22.0, WIDTH - 22.0, INK);
            self.y += 5.0;
        }
        self.y += 14.0;
    }
}
