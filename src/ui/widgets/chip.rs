//! Chips: a verdict or a state by colour, shape and word together.

use super::button::focus_ring;
use super::text::{paint_text, text_width};
use crate::app::state::{Chip, KeyState, Verdict};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, size, space};
use egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

const ICON: f32 = 14.0;

/// A verdict on a person or a key, with its sentence on hover.
pub fn chip(ui: &mut Ui, look: &Look, chip: &Chip) -> Response {
    let (tone, icon) = match chip.verdict {
        Verdict::Neutral => (Tone::Idle, Icon::Key),
        other => verdict_icon(other),
    };
    tone_chip(ui, look, tone, icon, &chip.text).on_hover_text(&chip.more)
}

fn verdict_icon(verdict: Verdict) -> (Tone, Icon) {
    match verdict {
        Verdict::Ok => (Tone::Ok, Icon::Done),
        Verdict::Look => (Tone::Warn, Icon::Warning),
        Verdict::Stop => (Tone::Bad, Icon::Failed),
        Verdict::Neutral => (Tone::Idle, Icon::Pending),
    }
}

pub fn key_state_chip(ui: &mut Ui, look: &Look, state: KeyState) -> Response {
    let (tone, icon) = key_state_icon(state);
    tone_chip(ui, look, tone, icon, state.word())
}

/// Colour and shape of a key's state.
fn key_state_icon(state: KeyState) -> (Tone, Icon) {
    match state {
        KeyState::Identifying => (Tone::Accent, Icon::Search),
        KeyState::Ready => (Tone::Idle, Icon::Waiting),
        KeyState::SettingPin => (Tone::Accent, Icon::Pin),
        KeyState::Touch => (Tone::Touch, Icon::Touch),
        KeyState::Registering => (Tone::Accent, Icon::Registering),
        KeyState::ToRemove => (Tone::Ok, Icon::Eject),
        KeyState::Failed => (Tone::Bad, Icon::Failed),
        KeyState::NotAllowed => (Tone::Warn, Icon::Warning),
    }
}

pub fn tone_chip(ui: &mut Ui, look: &Look, tone: Tone, icon: Icon, text: &str) -> Response {
    let galley = ui.painter().layout_no_wrap(
        text.to_owned(),
        Face::SemiBold.font(Size::Hint),
        Color32::PLACEHOLDER,
    );
    let width = (space::S * 2.0 + ICON + 6.0 + galley.size().x).ceil();
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::CHIP), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    if ui.is_rect_visible(rect) {
        paint_in(ui.painter(), look, rect, (tone, icon), text);
    }
    response
}

/// Paints a chip whose right edge's middle is at `right`, for what has a name of its own.
pub fn paint_chip(
    painter: &Painter,
    look: &Look,
    right: Pos2,
    mark: (Tone, Icon),
    text: &str,
) -> Rect {
    let galley = painter.layout_no_wrap(
        text.to_owned(),
        Face::SemiBold.font(Size::Hint),
        Color32::PLACEHOLDER,
    );
    let width = (space::S * 2.0 + ICON + 6.0 + galley.size().x).ceil();
    let at = pos2(right.x - width, right.y - size::CHIP / 2.0);
    let rect = Rect::from_min_size(at, vec2(width, size::CHIP));
    paint_in(painter, look, rect, mark, text);
    rect
}

fn paint_in(painter: &Painter, look: &Look, rect: Rect, (tone, icon): (Tone, Icon), text: &str) {
    let pair = look.tone(tone);
    let edge = if look.needs_edges() { Stroke::new(1.0, pair.ink) } else { Stroke::NONE };
    let corner = CornerRadius::same(radius::CHIP);
    painter.rect(rect, corner, pair.fill, edge, StrokeKind::Inside);
    let middle = pos2(rect.min.x + space::S + ICON / 2.0, rect.center().y);
    icon.paint(painter, Rect::from_center_size(middle, Vec2::splat(ICON)), pair.ink, pair.fill);
    let at = pos2(rect.min.x + space::S + ICON + 6.0, rect.center().y);
    paint_text(painter, at, Align2::LEFT_CENTER, text, (Size::Hint, Face::SemiBold, pair.ink));
}

/// A filter that is on or off, with its count in the words.
pub fn filter_chip(
    ui: &mut Ui,
    look: &Look,
    chosen: bool,
    (mark, text): (Option<(Tone, Icon)>, &str),
) -> Response {
    let width = text_width(ui, text, Size::Hint, Face::SemiBold);
    let icon_room = mark.map_or(0.0, |_| ICON + 6.0);
    let (_, rect) =
        ui.allocate_space(vec2((width + icon_room + space::M * 2.0).ceil(), size::BUTTON_SMALL));
    // Known by its word: the count in it changes.
    let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let response = ui.interact(rect, ui.make_persistent_id(("filter", word)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, text));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let painter = ui.painter();
    let corner = CornerRadius::same(size::BUTTON_SMALL as u8 / 2);
    let (fill, edge, ink) = match (chosen, response.hovered()) {
        (true, _) => (look.accent_bg, Stroke::new(2.0, look.accent_text), look.accent_text),
        (false, true) => (look.sunken, Stroke::new(1.0, look.stroke_strong), look.text),
        (false, false) => (look.surface, Stroke::new(1.0, look.stroke), look.text),
    };
    painter.rect(rect, corner, fill, edge, StrokeKind::Inside);
    if response.has_focus() {
        focus_ring(painter, look, rect);
    }
    let mut x = rect.min.x + space::M;
    if let Some((tone, icon)) = mark {
        let square =
            Rect::from_center_size(pos2(x + ICON / 2.0, rect.center().y), Vec2::splat(ICON));
        icon.paint(painter, square, look.tone(tone).ink, fill);
        x += icon_room;
    }
    let style = (Size::Hint, Face::SemiBold, ink);
    paint_text(painter, pos2(x, rect.center().y), Align2::LEFT_CENTER, text, style);
    response
}

/// A large filter that is on or off: its mark, its word, and how many there are.
pub struct CountChip<'a> {
    pub mark: Option<(Tone, Icon)>,
    pub word: &'a str,
    pub count: &'a str,
}

impl CountChip<'_> {
    const PAD: f32 = 13.0;
    const MARK: f32 = 16.0;

    pub fn width(&self, ui: &Ui) -> f32 {
        let word = text_width(ui, self.word, Size::Body, Face::Regular);
        let count = text_width(ui, self.count, Size::Body, Face::SemiBold);
        let mark = self.mark.map_or(0.0, |_| Self::MARK + space::S);
        (Self::PAD * 2.0 + mark + word + space::S + count).ceil()
    }

    /// Draws it in its place.
    pub fn show(&self, ui: &mut Ui, look: &Look, rect: Rect, chosen: bool) -> Response {
        let id = ui.make_persistent_id(("count", self.word));
        let response = ui.interact(rect, id, Sense::click());
        let name = format!("{} {}", self.word, self.count);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
        let painter = ui.painter();
        let corner = CornerRadius::same(radius::CONTROL);
        let (fill, edge) = match (chosen, response.hovered()) {
            (true, _) => (look.accent_bg, Stroke::new(2.0, look.accent_text)),
            (false, true) => (look.sunken, Stroke::new(1.0, look.stroke_strong)),
            (false, false) => (look.surface, Stroke::new(1.0, look.stroke_strong)),
        };
        painter.rect(rect, corner, fill, edge, StrokeKind::Inside);
        if response.has_focus() {
            focus_ring(painter, look, rect);
        }
        // In the middle of a place that may be a little smaller or larger.
        let mut x = rect.min.x + Self::PAD + (rect.width() - self.width(ui)) / 2.0;
        let y = rect.center().y;
        if let Some((tone, icon)) = self.mark {
            let square = Rect::from_center_size(pos2(x + 8.0, y), Vec2::splat(Self::MARK));
            icon.paint(painter, square, look.tone(tone).ink, fill);
            x += Self::MARK + space::S;
        }
        let style = (Size::Body, Face::Regular, look.text);
        let word = paint_text(painter, pos2(x, y), Align2::LEFT_CENTER, self.word, style);
        let style = (Size::Body, Face::SemiBold, look.text);
        let at = pos2(word.max.x + space::S, y);
        paint_text(painter, at, Align2::LEFT_CENTER, self.count, style);
        response
    }
}

/// One of several lists in one place.
pub fn tab_button(ui: &mut Ui, look: &Look, chosen: bool, text: &str) -> Response {
    let width = text_width(ui, text, Size::Body, Face::SemiBold);
    let (_, rect) = ui.allocate_space(vec2((width + space::M * 2.0).ceil(), ui.available_height()));
    let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let response = ui.interact(rect, ui.make_persistent_id(("tab", word)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, text));
    let painter = ui.painter();
    let (face, ink) = match (chosen, response.hovered()) {
        (true, _) => (Face::SemiBold, look.text),
        (false, true) => (Face::Regular, look.text),
        (false, false) => (Face::Regular, look.text_2),
    };
    if chosen {
        let bar =
            Rect::from_min_max(pos2(rect.min.x + 6.0, rect.max.y - 3.0), rect.max - vec2(6.0, 0.0));
        painter.rect_filled(bar, CornerRadius::ZERO, look.accent);
    }
    if response.has_focus() {
        focus_ring(painter, look, rect.shrink2(vec2(2.0, 6.0)));
    }
    paint_text(painter, rect.center(), Align2::CENTER_CENTER, text, (Size::Body, face, ink));
    response
}
