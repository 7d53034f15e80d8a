//! Fields, check boxes and choices, each with its accessible name.

use super::button::{focus_ring, key_cap, key_cap_width};
use super::text::paint_text;
use crate::ui::secret_text::SecretBuffer;
use crate::ui::theme::{Face, Icon, Look, Size, radius, size, space};
use egui::{
    Align2, Color32, CornerRadius, Galley, Margin, Rect, Response, Role, Sense, Stroke, StrokeKind,
    TextEdit, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

/// A line to type in, named for assistive technologies.
pub fn field(ui: &mut Ui, look: &Look, name: &str, text: &mut String, hint: &str) -> Response {
    let edit = styled(TextEdit::singleline(text), look, ui.available_width()).hint_text(look.rich(
        hint,
        Size::Body,
        Face::Regular,
        look.text_3,
    ));
    named(ui, look, name, edit)
}

/// A lower one, with the colour of its hint.
pub fn small_field(
    ui: &mut Ui,
    look: &Look,
    name: &str,
    text: &mut String,
    hint: (&str, egui::Color32),
) -> Response {
    field_of(ui, look, name, text, hint, size::BUTTON_SMALL)
}

fn field_of(
    ui: &mut Ui,
    look: &Look,
    name: &str,
    text: &mut String,
    (hint, ink): (&str, egui::Color32),
    height: f32,
) -> Response {
    let hint = look.rich(hint, Size::Hint, Face::Regular, ink);
    let edit = styled(TextEdit::singleline(text), look, ui.available_width())
        .min_size(vec2(0.0, height))
        .margin(Margin::symmetric(space::S as i8, 0))
        .hint_text(hint);
    named(ui, look, name, edit)
}

/// A field that finds something below it, with the key that leads into it.
pub fn search_field(
    ui: &mut Ui,
    look: &Look,
    name: &str,
    text: &mut String,
    (hint, key): (&str, &str),
) -> Response {
    let empty = text.is_empty();
    let hint = look.rich(hint, Size::Body, Face::Regular, look.text_3);
    let margin = Margin { left: 36, right: space::M as i8, top: 0, bottom: 0 };
    let edit = styled(TextEdit::singleline(text), look, ui.available_width());
    let response = named(ui, look, name, edit.margin(margin).hint_text(hint));
    let rect = response.rect;
    let square =
        Rect::from_center_size(pos2(rect.min.x + 21.0, rect.center().y), Vec2::splat(16.0));
    Icon::Search.paint(ui.painter(), square, look.text_2, look.surface);
    if empty && !response.has_focus() && rect.width() >= 200.0 {
        let width = key_cap_width(ui.painter(), key);
        let at = pos2(rect.max.x - space::M - width, rect.center().y);
        key_cap(ui.painter(), at, key, look.text_2, look.stroke_strong);
    }
    response
}

/// Several lines to type or paste in.
pub fn text_area(
    ui: &mut Ui,
    look: &Look,
    name: &str,
    text: &mut String,
    (hint, rows): (&str, usize),
) -> Response {
    let hint = look.rich(hint, Size::Body, Face::Regular, look.text_3);
    let edit = TextEdit::multiline(text)
        .font(Face::Mono.font(Size::Hint))
        .text_color(look.text)
        .margin(Margin::same(space::S as i8))
        .desired_width(ui.available_width())
        .desired_rows(rows)
        .hint_text(hint);
    named(ui, look, name, edit)
}

/// Something that is on or off at once, with its words.
pub fn switch(
    ui: &mut Ui,
    look: &Look,
    (on, enabled): (bool, bool),
    (text, name): (&str, &str),
) -> Response {
    const WIDTH: f32 = 36.0;
    let words = super::text::text_width(ui, text, Size::Body, Face::Regular);
    let size = vec2((WIDTH + space::S + words + 2.0).ceil(), size::BUTTON_SMALL - 4.0);
    let (_, rect) = ui.allocate_space(size);
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.make_persistent_id(("switch", name)), sense);
    response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, on, name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let painter = ui.painter();
    let track = Rect::from_min_size(pos2(rect.min.x, rect.center().y - 10.0), vec2(WIDTH, 20.0));
    let (fill, edge, knob) = match (on, enabled) {
        (true, true) => (look.accent, look.accent, look.on_accent),
        (true, false) => (look.stroke_strong, look.stroke_strong, look.surface),
        (false, true) => (look.surface, look.stroke_strong, look.stroke_strong),
        (false, false) => (look.sunken, look.stroke, look.stroke_strong),
    };
    painter.rect(track, 10.0, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    let x = if on { track.max.x - 10.0 } else { track.min.x + 10.0 };
    painter.circle_filled(pos2(x, track.center().y), 6.0, knob);
    let at = pos2(track.max.x + space::S, rect.center().y);
    let ink = if enabled { look.text } else { look.text_2 };
    paint_text(painter, at, Align2::LEFT_CENTER, text, (Size::Body, Face::Regular, ink));
    if response.has_focus() {
        focus_ring(painter, look, rect);
    }
    response
}

/// As `small_field`, within a line of text.
pub fn low_field(
    ui: &mut Ui,
    look: &Look,
    name: &str,
    text: &mut String,
    hint: (&str, egui::Color32),
) -> Response {
    field_of(ui, look, name, text, hint, size::CHIP + 2.0)
}

/// A line whose text nobody sees, egui included.
pub fn password_field(
    ui: &mut Ui,
    look: &Look,
    name: &str,
    text: &mut SecretBuffer,
    limit: usize,
) -> Response {
    let edit = styled(TextEdit::singleline(text), look, ui.available_width())
        .password(true)
        .char_limit(limit);
    named(ui, look, name, edit)
}

/// The same with a word in it while it is empty.
pub fn hinted_password_field(
    ui: &mut Ui,
    look: &Look,
    (name, hint): (&str, &str),
    text: &mut SecretBuffer,
    limit: usize,
) -> Response {
    let hint = look.rich(hint, Size::Body, Face::Regular, look.text_3);
    let edit = styled(TextEdit::singleline(text), look, ui.available_width())
        .password(true)
        .char_limit(limit)
        .hint_text(hint);
    named(ui, look, name, edit)
}

fn styled<'t>(edit: TextEdit<'t>, look: &Look, width: f32) -> TextEdit<'t> {
    edit.font(Face::Regular.font(Size::Body))
        .text_color(look.text)
        .margin(Margin::symmetric(space::M as i8, 0))
        .align(Align2::LEFT_CENTER)
        .min_size(vec2(0.0, size::BUTTON))
        .desired_width(width)
}

fn named(ui: &mut Ui, look: &Look, name: &str, edit: TextEdit<'_>) -> Response {
    // Named, so that the focus stays when a message appears above.
    let response = ui.add(edit.id_salt(("field", name)));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name));
    if response.has_focus() {
        let corner = CornerRadius::same(radius::CONTROL);
        let stroke = Stroke::new(3.0, look.accent_text);
        ui.painter().rect_stroke(response.rect, corner, stroke, StrokeKind::Inside);
    }
    response
}

const BOX: f32 = 18.0;

/// A check box with its text; the whole line is the target.
pub fn check_box(ui: &mut Ui, look: &Look, checked: &mut bool, text: &str) -> Response {
    named_check_box(ui, look, checked, text, text)
}

/// The same where the text alone does not say what it is for, as in a table.
pub fn named_check_box(
    ui: &mut Ui,
    look: &Look,
    checked: &mut bool,
    text: &str,
    name: &str,
) -> Response {
    let (rect, mut response, galley) = line(ui, text, name);
    if response.clicked() {
        *checked = !*checked;
        response.mark_changed();
    }
    let on = *checked;
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, name));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let square = mark(rect);
        let corner = CornerRadius::same(radius::CHIP);
        let fill = if on { look.accent } else { look.surface };
        let edge = Stroke::new(1.0, if on { look.accent } else { look.stroke_strong });
        painter.rect(square, corner, fill, edge, StrokeKind::Inside);
        if on {
            let at = |x: f32, y: f32| square.min + vec2(x, y);
            let tick = vec![at(4.5, 9.2), at(7.8, 12.4), at(13.5, 5.8)];
            painter.add(egui::Shape::line(tick, Stroke::new(2.0, look.on_accent)));
        }
        words(ui, look, rect, &response, galley);
    }
    response
}

/// One of several choices.
pub fn choice_row(ui: &mut Ui, look: &Look, chosen: bool, text: &str) -> Response {
    let (rect, response, galley) = line(ui, text, text);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, text));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let middle = mark(rect).center();
        let edge = if chosen { look.accent } else { look.stroke_strong };
        let width = if chosen { 2.0 } else { 1.0 };
        painter.circle(middle, BOX / 2.0 - width / 2.0, look.surface, Stroke::new(width, edge));
        if chosen {
            painter.circle_filled(middle, 5.0, look.accent);
        }
        words(ui, look, rect, &response, galley);
    }
    response
}

/// A choice's height, when its text is one line.
const CHOICE: f32 = size::BUTTON_SMALL - 4.0;
/// Narrower text is not broken into more lines.
const LEAST_TEXT: f32 = 160.0;

/// Known by its name: two of them can have one text. Text that is too long goes on below.
fn line(ui: &mut Ui, text: &str, name: &str) -> (Rect, Response, Arc<Galley>) {
    let font = Face::Regular.font(Size::Body);
    let room = (ui.available_width() - BOX - space::S - 2.0).max(LEAST_TEXT);
    let galley = ui.painter().layout(text.to_owned(), font, Color32::PLACEHOLDER, room);
    let width = (BOX + space::S + galley.size().x + 2.0).ceil();
    let (_, rect) = ui.allocate_space(vec2(width, CHOICE + galley.size().y - first_line(&galley)));
    let response = ui.interact(rect, ui.make_persistent_id(("choice", name)), Sense::click());
    (rect, response, galley)
}

fn first_line(galley: &Galley) -> f32 {
    galley.rows.first().map_or(0.0, |row| row.height())
}

/// Beside the first line.
fn mark(line: Rect) -> Rect {
    let middle = pos2(line.min.x + BOX / 2.0, line.min.y + CHOICE / 2.0);
    Rect::from_center_size(middle, Vec2::splat(BOX))
}

fn words(ui: &Ui, look: &Look, rect: Rect, response: &Response, galley: Arc<Galley>) {
    let top = rect.min.y + (CHOICE - first_line(&galley)) / 2.0;
    let at = pos2(rect.min.x + BOX + space::S, top);
    ui.painter().galley(at, galley, look.text);
    if response.has_focus() {
        focus_ring(ui.painter(), look, rect);
    }
}
