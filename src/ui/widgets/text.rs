//! Text in its place.

use super::direction;
use crate::ui::theme::{Face, Look, Size};
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align, Align2, Color32, FontSelection, Label, Painter, Pos2, Rect, Response, RichText, Role,
    Ui, WidgetInfo, WidgetText, pos2,
};

/// A line of text that is cut with an ellipsis; the whole of it is shown on hover.
pub fn truncated(ui: &mut Ui, text: RichText) -> Response {
    if !direction::turns(text.text()) {
        return ui.add(Label::new(text).truncate());
    }
    let (whole, format) = (text.text().to_owned(), format_of(ui, text));
    let line = direction::line(ui.painter(), &whole, &format, ui.available_width());
    let response = named(ui.add(Label::new(line.job).extend()), &whole);
    if line.is_cut {
        return response.on_hover_text(direction::job(&[&whole], &format));
    }
    response
}

/// An address in two lines if it must: before its domain, or anywhere, since it has no words. The
/// whole of it is shown on hover where even that is not enough.
pub fn address_lines(ui: &mut Ui, text: RichText) -> Response {
    let whole = text.text().to_owned();
    let format = format_of(ui, text);
    let wrap = TextWrapping { max_rows: 2, break_anywhere: true, ..TextWrapping::default() };
    match broken_before_domain(ui, &whole, &format) {
        Some(broken) => named(lines(ui, &broken, format, wrap), &whole),
        None => lines(ui, &whole, format, wrap),
    }
}

/// Where it does not fit one line, and each of its parts does.
fn broken_before_domain(ui: &Ui, address: &str, format: &TextFormat) -> Option<String> {
    let fits = |part: &str| {
        let job = LayoutJob::single_section(part.to_owned(), format.clone());
        ui.painter().layout_job(job).size().x <= ui.available_width()
    };
    let (name, domain) = address.split_at(address.rfind('@')?);
    let breaks = !direction::turns(address) && !fits(address) && fits(name) && fits(domain);
    breaks.then(|| format!("{name}\n{domain}"))
}

/// Shows the text on hover.
pub fn hinted(ui: &Ui, response: Response, text: &str) -> Response {
    if !direction::turns(text) {
        return response.on_hover_text(text);
    }
    let format = format_of(ui, RichText::new(text));
    response.on_hover_text(direction::job(&[text], &format))
}

/// A text that may wrap.
pub fn label(ui: &mut Ui, text: RichText) -> Response {
    if !direction::turns(text.text()) {
        return ui.add(Label::new(text).wrap());
    }
    let (whole, format) = (text.text().to_owned(), format_of(ui, text));
    let room = (ui.available_width(), usize::MAX);
    let lines = direction::wrapped(ui.painter(), &whole, &format, room);
    named(ui.add(Label::new(lines.job).extend()), &whole)
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
    lines(ui, name, format, TextWrapping { max_rows: 2, ..TextWrapping::default() })
}

fn lines(ui: &mut Ui, text: &str, format: TextFormat, wrap: TextWrapping) -> Response {
    let room = ui.available_width();
    if direction::turns(text) {
        let lines = direction::wrapped(ui.painter(), text, &format, (room, wrap.max_rows));
        let response = named(ui.add(Label::new(lines.job).extend()), text);
        return if lines.is_cut { hinted(ui, response, text) } else { response };
    }
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap = TextWrapping { max_width: room, ..wrap };
    let galley = ui.painter().layout_job(job);
    let cut = galley.elided;
    let response = ui.add(Label::new(galley));
    if cut { response.on_hover_text(text) } else { response }
}

/// Paints text that belongs to a widget with an accessible name of its own.
pub fn paint_text(
    painter: &Painter,
    at: Pos2,
    anchor: Align2,
    text: &str,
    (size, face, ink): (Size, Face, Color32),
) -> Rect {
    if !direction::turns(text) {
        return painter.text(at, anchor, text, face.font(size), ink);
    }
    let galley = painter.layout_job(direction::job(&[text], &format(size, face, ink)));
    let rect = anchor.anchor_size(at, galley.size());
    painter.galley(rect.min, galley, ink);
    rect
}

/// Whether all of a line was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Whole,
    Cut,
}

/// Paints one line from its left edge's middle, cut with an ellipsis at `right`.
pub fn paint_cut(
    painter: &Painter,
    at: Pos2,
    right: f32,
    text: &str,
    (size, face, ink): (Size, Face, Color32),
) -> Shown {
    let format = format(size, face, ink);
    let width = (right - at.x).max(8.0);
    let (job, is_cut) = if direction::turns(text) {
        let line = direction::line(painter, text, &format, width);
        (line.job, line.is_cut)
    } else {
        let mut job = LayoutJob::single_section(text.to_owned(), format);
        job.wrap = TextWrapping::truncate_at_width(width);
        (job, false)
    };
    let galley = painter.layout_job(job);
    let shown = if is_cut || galley.elided { Shown::Cut } else { Shown::Whole };
    painter.galley(pos2(at.x, at.y - galley.size().y / 2.0), galley, ink);
    shown
}

/// Paints at most so many lines of a width, from their left top; the last is cut.
pub fn paint_wrapped(
    painter: &Painter,
    at: Pos2,
    (width, most): (f32, usize),
    text: &str,
    (size, face, ink): (Size, Face, Color32),
) {
    let format = TextFormat { line_height: Some(size.line()), ..format(size, face, ink) };
    let job = if direction::turns(text) {
        direction::wrapped(painter, text, &format, (width, most)).job
    } else {
        let mut job = LayoutJob::single_section(text.to_owned(), format);
        job.wrap = TextWrapping { max_width: width, max_rows: most, ..TextWrapping::default() };
        job
    };
    painter.galley(at, painter.layout_job(job), ink);
}

/// Width of a line in points.
pub fn text_width(ui: &Ui, text: &str, size: Size, face: Face) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), face.font(size), Color32::PLACEHOLDER).size().x
}

fn format(size: Size, face: Face, ink: Color32) -> TextFormat {
    TextFormat { font_id: face.font(size), color: ink, ..Default::default() }
}

fn format_of(ui: &Ui, text: RichText) -> TextFormat {
    let job =
        WidgetText::from(text).into_layout_job(ui.style(), FontSelection::Default, Align::Min);
    job.sections.first().map(|section| section.format.clone()).unwrap_or_default()
}

/// Assistive technologies read the text in the order it is spoken, not as it is drawn.
fn named(response: Response, text: &str) -> Response {
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}
