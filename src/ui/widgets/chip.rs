//! Chips: a verdict or a state by colour, shape and word together.

use super::text::paint_text;
use crate::app::state::{Chip, KeyState, Verdict};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, size, space};
use egui::{
    Align2, Color32, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
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
        let pair = look.tone(tone);
        let edge = if look.needs_edges() { Stroke::new(1.0, pair.ink) } else { Stroke::NONE };
        let corner = CornerRadius::same(radius::CHIP);
        let painter = ui.painter();
        painter.rect(rect, corner, pair.fill, edge, StrokeKind::Inside);
        let middle = pos2(rect.min.x + space::S + ICON / 2.0, rect.center().y);
        icon.paint(painter, Rect::from_center_size(middle, Vec2::splat(ICON)), pair.ink, pair.fill);
        let at = pos2(rect.min.x + space::S + ICON + 6.0, rect.center().y);
        paint_text(painter, at, Align2::LEFT_CENTER, text, (Size::Hint, Face::SemiBold, pair.ink));
    }
    response
}
