//! Colours, sizes, type and icons: the only place that has them.

mod colours;
mod icons;
mod text;

pub use colours::{Look, Pair, Tone};
pub use icons::Icon;
pub use text::{Face, MONO, SEMIBOLD, Size, font_definitions};

use egui::{CornerRadius, Stroke, Vec2};

/// Lengths in points, on the grid of 8.
pub mod space {
    pub const XS: f32 = 4.0;
    pub const S: f32 = 8.0;
    pub const M: f32 = 12.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 24.0;
    pub const XXL: f32 = 32.0;
}

/// Heights and widths of the frame and of controls, in points.
pub mod size {
    pub const TENANT_BAND: f32 = 40.0;
    pub const PRACTICE_BAND: f32 = 24.0;
    pub const RAIL: f32 = 80.0;
    pub const RAIL_NARROW: f32 = 56.0;
    pub const KEY_STRIP: f32 = 72.0;
    pub const BUTTON: f32 = 40.0;
    pub const BUTTON_SMALL: f32 = 32.0;
    pub const BUTTON_BIG: f32 = 48.0;
    pub const CHIP: f32 = 24.0;
    pub const ROW: f32 = 32.0;
    pub const CHECK_ROW: f32 = 48.0;
    pub const TOUCH_CARD: f32 = 224.0;
    pub const BOARD_HEAD: f32 = 96.0;
    pub const SLOT_CARD: f32 = 184.0;
    pub const SLOT_CARD_LEAST: f32 = 256.0;
    pub const RESULT_ROW: f32 = 28.0;
    pub const LEFT_COLUMN: f32 = 352.0;
    pub const BENCH: f32 = 344.0;
    /// A card with a question has no use for less.
    pub const CARD_LEAST: f32 = 360.0;
}

pub mod radius {
    pub const CHIP: u8 = 4;
    pub const CONTROL: u8 = 6;
    pub const CARD: u8 = 8;
}

/// Narrower content than this (points) is one column; the rail shows icons only.
pub const STACK_BELOW: f32 = 1000.0;

/// Gives egui's own widgets (text fields, scroll bars, tooltips) the look.
pub fn apply(ctx: &egui::Context, look: &Look) {
    ctx.set_theme(if look.dark { egui::Theme::Dark } else { egui::Theme::Light });
    ctx.all_styles_mut(|style| {
        style.visuals = visuals(look);
        style.spacing.item_spacing = Vec2::new(space::S, space::S);
        style.spacing.interact_size = Vec2::new(size::BUTTON, space::L);
        style.spacing.scroll = egui::style::ScrollStyle::thin();
        style.interaction.selectable_labels = false;
        style.animation_time = 0.0; // an idle window draws nothing
        style.text_styles = text::styles();
    });
}

fn visuals(look: &Look) -> egui::Visuals {
    let mut v = if look.dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    v.override_text_color = Some(look.text);
    v.weak_text_color = Some(look.text_3);
    v.panel_fill = look.bg;
    v.window_fill = look.surface;
    v.window_stroke = Stroke::new(1.0, look.stroke);
    v.window_corner_radius = CornerRadius::same(radius::CARD);
    v.extreme_bg_color = look.surface;
    v.text_edit_bg_color = Some(look.surface);
    v.faint_bg_color = look.sunken;
    v.hyperlink_color = look.accent_text;
    v.selection.bg_fill = look.accent_bg;
    v.selection.stroke = Stroke::new(2.0, look.accent_text);
    v.text_cursor.stroke = Stroke::new(2.0, look.accent_text);
    v.text_cursor.blink = false; // blinking would wake an idle window twice a second
    let widgets = &mut v.widgets;
    for state in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        state.bg_fill = look.surface;
        state.weak_bg_fill = look.surface;
        state.bg_stroke = Stroke::new(1.0, look.stroke_strong);
        state.fg_stroke = Stroke::new(1.5, look.text);
        state.corner_radius = CornerRadius::same(radius::CONTROL);
        state.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, look.stroke);
    widgets.inactive.bg_fill = look.stroke_strong;
    widgets.hovered.bg_fill = look.text_3;
    widgets.hovered.bg_stroke = Stroke::new(1.0, look.text_2);
    widgets.active.bg_fill = look.text_2;
    widgets.active.bg_stroke = Stroke::new(2.0, look.accent_text);
    v
}
