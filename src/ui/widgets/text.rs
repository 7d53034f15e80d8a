//! Text in its place.

use crate::ui::theme::{Face, Look, Size};
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Color32, Label, Painter, Pos2, Rect, Response, RichText, Ui, pos2};

/// A line of text that is cut with an ellipsis; the whole of it is shown on hover.
pub fn truncated(ui: &mut Ui, text: RichText) -> Response {
    ui.add(Label::new(text).truncate())
}

/// A text that may wrap.
pub fn label(ui: &mut Ui, text: RichText) -> Response {
    ui.add(Label::new(text).wrap())
}

/// A name as a title; a long one takes two smaller lines, and the whole of it is shown on hover.
pub fn two_lines(ui: &mut Ui, look: &Look, name: &str) -> Response {
    let room = ui.available_width();
    let width = text_width(ui, name, Size::Title, Face::SemiBold);
    let size = match width / room {
        lines if lines <= 1.0 => Size::Title,
        lines if lines <= 2.0 => Size::Lead,
        _ => Size::Body,
    };
    let format = TextFormat {
        line_height: Some(size.line()),
        ..TextFormat::simple(Face::SemiBold.font(size), look.text)
    };
    let mut job = LayoutJob::single_section(name.to_owned(), format);
    job.wrap = TextWrapping { max_width: room, max_rows: 2, ..Default::default() };
    let galley = ui.painter().layout_job(job);
    let cut = galley.elided;
    let response = ui.add(Label::new(galley));
    if cut { response.on_hover_text(name) } else { response }
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

/// Paints one line from its left edge's middle, cut with an ellipsis at `right`.
pub fn paint_cut(
    painter: &Painter,
    at: Pos2,
    right: f32,
    text: &str,
    (size, face, ink): (Size, Face, Color32),
) {
    let format = TextFormat { font_id: face.font(size), color: ink, ..Default::default() };
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap = TextWrapping::truncate_at_width((right - at.x).max(8.0));
    let galley = painter.layout_job(job);
    painter.galley(pos2(at.x, at.y - galley.size().y / 2.0), galley, ink);
}

/// Width of a line in points.
pub fn text_width(ui: &Ui, text: &str, size: Size, face: Face) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), face.font(size), Color32::PLACEHOLDER).size().x
}
