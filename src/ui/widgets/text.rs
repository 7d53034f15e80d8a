//! Text in its place.

use crate::ui::theme::{Face, Look, Size};
use egui::{Align2, Color32, Label, Painter, Pos2, Rect, Response, RichText, Ui};

/// A line of text that is cut with an ellipsis; the whole of it is shown on hover.
pub fn truncated(ui: &mut Ui, text: RichText) -> Response {
    ui.add(Label::new(text).truncate())
}

/// A text that may wrap.
pub fn label(ui: &mut Ui, text: RichText) -> Response {
    ui.add(Label::new(text).wrap())
}

/// Paints text that belongs to a widget with an accessible name of its own.
pub fn paint_text(
    painter: &Painter,
    at: Pos2,
    anchor: Align2,
    text: &str,
    (size, face, ink): (Size, Face, Color32),
) -> Rect {
    painter.text(at, anchor, text, face.font(size), ink)
}

/// Width of a line in points.
pub fn text_width(ui: &Ui, _look: &Look, text: &str, size: Size, face: Face) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), face.font(size), Color32::PLACEHOLDER).size().x
}
