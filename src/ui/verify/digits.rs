//! The digits that the caller reads out: one field, drawn as six boxes.
//!
//! egui and assistive technologies see bullets only. The digits are drawn here, wiped when they
//! are handed on, and never more than six.

use crate::ui::secret_text::SecretBuffer;
use crate::ui::theme::{Face, Look, Size, radius};
use crate::ui::widgets::paint_text;
use crate::verify::{CODE_DIGITS, Digits};
use egui::text::{CCursor, CharIndex};
use egui::text_selection::CCursorRange;
use egui::{
    Align2, Color32, CornerRadius, Frame, Rect, Sense, Stroke, StrokeKind, TextBuffer, TextEdit,
    Ui, UiBuilder, pos2, vec2,
};
use std::ops::Range;
use uuid::Uuid;

/// Digits of a code that is read out.
pub const LENGTH: usize = CODE_DIGITS;
pub const NAME: &str = "Code that the caller reads out, 6 digits";
const HEIGHT: f32 = 80.0;
const GAP: f32 = 9.0;
const MIDDLE_GAP: f32 = 18.0;
const BOX_MOST: f32 = 64.0;

/// What was typed of a code, for one try of one check.
#[derive(Default)]
pub struct DigitsField {
    code: CodeBuffer,
    of: Option<(Uuid, u32)>,
    wants_focus: bool,
}

impl DigitsField {
    /// Another check, or the next try, begins empty and with the focus in it.
    pub fn follow(&mut self, attempt: Option<(Uuid, u32)>) {
        if self.of != attempt {
            self.wipe();
            self.of = attempt;
            self.wants_focus = attempt.is_some();
        }
    }

    pub fn take_focus(&mut self) {
        self.wants_focus = true;
    }

    pub fn is_empty(&self) -> bool {
        self.code.typed.is_empty()
    }

    pub fn wipe(&mut self) {
        self.code.typed.wipe();
        self.code.too_many = false;
    }

    /// What was pasted is no code of six digits.
    pub fn has_too_many(&self) -> bool {
        self.code.too_many
    }

    /// Draws the boxes; `wrong` where the last code was. Returns a code once it is whole.
    pub fn draw(&mut self, ui: &mut Ui, look: &Look, enabled: bool, wrong: bool) -> Option<Digits> {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
        let boxes = places(rect);
        let focused = self.edit(ui, rect.with_max_x(boxes[LENGTH - 1].max.x), enabled);
        let drawn = if enabled { self.code.typed.expose() } else { "" };
        paint(ui, look, &boxes, drawn, (enabled, focused, wrong));
        if !enabled || drawn.len() < LENGTH {
            return None;
        }
        let digits = Digits::read(drawn).ok();
        self.wipe();
        digits
    }

    /// The field itself, of which nothing is seen.
    fn edit(&mut self, ui: &mut Ui, rect: Rect, enabled: bool) -> bool {
        let builder = UiBuilder::new().max_rect(rect);
        ui.scope_builder(builder, |ui| {
            let visuals = ui.visuals_mut();
            visuals.text_cursor.stroke = Stroke::NONE;
            visuals.selection.bg_fill = Color32::TRANSPARENT;
            visuals.selection.stroke = Stroke::NONE;
            let edit = TextEdit::singleline(&mut self.code)
                .id_salt("code digits")
                .password(true)
                .frame(Frame::NONE)
                .font(Face::Mono.font(Size::Hint))
                .text_color(Color32::TRANSPARENT)
                .interactive(enabled)
                .min_size(rect.size())
                .desired_width(rect.width());
            let response = ui.add(edit);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(NAME));
            if enabled && std::mem::take(&mut self.wants_focus) {
                response.request_focus();
                ui.scroll_to_rect(rect.expand2(vec2(0.0, 48.0)), None);
            }
            // The next digit goes behind the last one, wherever the field was pressed.
            if let Some(mut state) = TextEdit::load_state(ui.ctx(), response.id) {
                let end = CCursor::new(self.code.typed.expose().len());
                state.cursor.set_char_range(Some(CCursorRange::one(end)));
                state.store(ui.ctx(), response.id);
            }
            response.has_focus()
        })
        .inner
    }
}

/// Six boxes with a wider gap in the middle, as codes are read out.
fn places(rect: Rect) -> [Rect; LENGTH] {
    let gaps = GAP * (LENGTH - 2) as f32 + MIDDLE_GAP;
    let width = ((rect.width() - gaps) / LENGTH as f32).clamp(20.0, BOX_MOST).floor();
    std::array::from_fn(|n| {
        let middle = if n >= LENGTH / 2 { MIDDLE_GAP - GAP } else { 0.0 };
        let x = rect.min.x + n as f32 * (width + GAP) + middle;
        Rect::from_min_size(pos2(x, rect.min.y), vec2(width, rect.height()))
    })
}

fn paint(
    ui: &Ui,
    look: &Look,
    boxes: &[Rect; LENGTH],
    digits: &str,
    (enabled, focused, wrong): (bool, bool, bool),
) {
    let painter = ui.painter();
    let corner = CornerRadius::same(radius::CONTROL);
    for (n, rect) in boxes.iter().enumerate() {
        let digit = digits.get(n..n + 1);
        let is_next = enabled && focused && n == digits.len();
        let edge = match (is_next, enabled) {
            (true, _) => Stroke::new(3.0, look.accent_text),
            (false, false) => Stroke::new(1.0, look.stroke),
            (false, true) if wrong && digits.is_empty() => Stroke::new(1.0, look.bad.ink),
            (false, true) => Stroke::new(1.0, look.stroke_strong),
        };
        let fill = if enabled { look.surface } else { look.sunken };
        painter.rect(*rect, corner, fill, edge, StrokeKind::Inside);
        if is_next {
            let (x, y) = (rect.center().x, rect.center().y);
            painter.vline(x, y - 18.0..=y + 18.0, Stroke::new(2.0, look.accent_text));
        }
        let text = if enabled { digit.unwrap_or_default() } else { "•" };
        let size = if rect.width() < 44.0 { Size::Title } else { Size::Digit };
        let ink = if enabled { look.text } else { look.text_3 };
        let style = (size, Face::Mono, ink);
        paint_text(painter, rect.center(), Align2::CENTER_CENTER, text, style);
    }
}

/// Digits only, and no more than six; the rest of what is typed is left out.
#[derive(Default)]
struct CodeBuffer {
    typed: SecretBuffer,
    too_many: bool,
}

impl TextBuffer for CodeBuffer {
    fn is_mutable(&self) -> bool {
        true
    }

    fn as_str(&self) -> &str {
        self.typed.as_str()
    }

    fn insert_text(&mut self, text: &str, char_index: CharIndex) -> usize {
        let mut digits = zeroize::Zeroizing::new(String::with_capacity(LENGTH + 1));
        let is_digit = |c: &char| c.is_ascii_digit();
        digits.extend(text.chars().filter(is_digit).take(LENGTH + 1));
        let length = self.typed.expose().len();
        if digits.len() > LENGTH {
            self.too_many = true;
            return 0;
        }
        self.too_many = false;
        // A whole code replaces what was begun.
        if length + digits.len() > LENGTH {
            self.typed.wipe();
            return self.typed.insert_text(&digits, CharIndex(0));
        }
        self.typed.insert_text(&digits, CharIndex(char_index.0.min(length)))
    }

    fn delete_char_range(&mut self, char_range: Range<CharIndex>) {
        self.typed.delete_char_range(char_range);
    }

    fn replace_with(&mut self, _text: &str) {
        self.typed.wipe();
    }

    fn type_id(&self) -> std::any::TypeId {
        std::any::TypeId::of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(texts: &[&str]) -> CodeBuffer {
        let mut buffer = CodeBuffer::default();
        for text in texts {
            let end = CharIndex(buffer.typed.expose().len());
            buffer.insert_text(text, end);
        }
        buffer
    }

    #[test]
    fn only_digits_are_taken_and_the_field_shows_bullets() {
        let buffer = typed(&["4", "0-7 ", "x", "\u{a0}1"]);
        assert!(buffer.typed.expose() == "4071");
        assert_eq!(buffer.as_str(), "••••");
    }

    #[test]
    fn a_whole_code_replaces_what_was_begun_and_a_longer_one_is_not_cut() {
        assert!(typed(&["40", "407 192"]).typed.expose() == "407192");
        let longer = typed(&["40", "4071923"]);
        assert!(longer.typed.expose() == "40" && longer.too_many);
        let then = typed(&["4071923", "4"]);
        assert!(then.typed.expose() == "4" && !then.too_many);
    }

    #[test]
    fn six_boxes_stand_within_every_width() {
        for width in [240.0, 416.0, 900.0] {
            let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(width, HEIGHT));
            let boxes = places(rect);
            assert!(boxes[5].max.x <= width, "{width}");
            assert!(boxes[3].min.x - boxes[2].max.x > boxes[2].min.x - boxes[1].max.x);
        }
    }
}
