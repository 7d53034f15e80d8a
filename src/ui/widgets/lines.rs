//! The steps at the head of the Desk, the checklist's lines, and rows of facts.

use super::text::{paint_cut, paint_text, text_width};
use crate::app::state::{CheckLine, Mark, seconds};
use crate::ui::theme::{Face, Icon, Look, Size, size, space};
use egui::{Align2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

/// How many steps there is room for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    All,
    CurrentOnly,
}

/// The five steps; those before `current` (0 to 4) are done.
pub fn step_header(ui: &mut Ui, look: &Look, steps: &[&str], current: usize, shown: Steps) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::BUTTON_SMALL), Sense::hover());
    let name = format!("Step {} of {}: {}", current + 1, steps.len(), steps[current]);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let mut x = rect.min.x;
    for (n, step) in steps.iter().enumerate() {
        if shown == Steps::CurrentOnly && n != current {
            continue;
        }
        if n > 0 && shown == Steps::All {
            let y = rect.center().y;
            ui.painter().hline(x + space::M..=x + 44.0, y, Stroke::new(1.0, look.stroke_strong));
            x += 56.0;
        }
        x = one_step(ui, look, pos2(x, rect.center().y), (n, current), step);
    }
}

/// Draws one step from its left edge's middle; returns its right edge.
fn one_step(ui: &Ui, look: &Look, at: egui::Pos2, (n, current): (usize, usize), step: &str) -> f32 {
    let painter = ui.painter();
    let number = (n + 1).to_string();
    let text_at = pos2(at.x + 28.0, at.y);
    let circle = pos2(at.x + 10.0, at.y);
    if n < current {
        let square = Rect::from_center_size(circle, Vec2::splat(20.0));
        Icon::Done.paint(painter, square, look.ok.ink, look.bg);
        let style = (Size::Body, Face::SemiBold, look.text);
        return paint_text(painter, text_at, Align2::LEFT_CENTER, step, style).max.x;
    }
    if n == current {
        let width = 34.0 + text_width(ui, step, Size::Body, Face::SemiBold) + space::M;
        let pill = Rect::from_min_size(pos2(at.x, at.y - 16.0), vec2(width, 32.0));
        painter.rect_filled(pill, 16.0, look.accent);
        let circle = pos2(at.x + 16.0, at.y);
        painter.circle_filled(circle, 10.0, look.on_accent);
        let style = (Size::Hint, Face::SemiBold, look.accent);
        paint_text(painter, circle, Align2::CENTER_CENTER, &number, style);
        let style = (Size::Body, Face::SemiBold, look.on_accent);
        paint_text(painter, pos2(at.x + 34.0, at.y), Align2::LEFT_CENTER, step, style);
        return pill.max.x;
    }
    painter.circle_stroke(circle, 9.5, Stroke::new(1.0, look.stroke_strong));
    let style = (Size::Hint, Face::SemiBold, look.text_3);
    paint_text(painter, circle, Align2::CENTER_CENTER, &number, style);
    let style = (Size::Body, Face::Regular, look.text_3);
    paint_text(painter, text_at, Align2::LEFT_CENTER, step, style).max.x
}

/// One line of the checklist: mark, title, note, and how long it took.
pub fn check_line(ui: &mut Ui, look: &Look, line: &CheckLine) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::CHECK_ROW), Sense::hover());
    let title = &line.title;
    let word = match line.mark {
        Mark::Ahead => "not yet",
        Mark::Running => "under way",
        Mark::Done => "done",
        Mark::Failed => "failed",
    };
    let name = format!("{title}: {word}, {}", line.note);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter();
    let (icon, ink) = match line.mark {
        Mark::Ahead => (Icon::Pending, look.text_3),
        Mark::Running => (Icon::Running, look.accent_text),
        Mark::Done => (Icon::Done, look.ok.ink),
        Mark::Failed => (Icon::Failed, look.bad.ink),
    };
    let square =
        Rect::from_center_size(pos2(rect.min.x + 12.0, rect.center().y), Vec2::splat(24.0));
    icon.paint(painter, square, ink, look.surface);
    let (face, ink) = match line.mark {
        Mark::Ahead => (Face::Regular, look.text_3),
        Mark::Failed => (Face::SemiBold, look.bad.ink),
        Mark::Running | Mark::Done => (Face::SemiBold, look.text),
    };
    let at = pos2(rect.min.x + 40.0, rect.center().y);
    let title = paint_text(painter, at, Align2::LEFT_CENTER, title, (Size::Lead, face, ink));
    let ink = if line.mark == Mark::Ahead { look.text_3 } else { look.text_2 };
    let at = pos2(title.max.x + space::L, rect.center().y);
    let right = rect.max.x - if line.took.is_some() { 64.0 } else { 0.0 };
    paint_cut(painter, at, right, &line.note, (Size::Body, Face::Regular, ink));
    if let Some(took) = line.took {
        let at = pos2(rect.max.x, rect.center().y);
        let style = (Size::Hint, Face::Mono, look.text_2);
        paint_text(painter, at, Align2::RIGHT_CENTER, &seconds(took), style);
    }
}

/// A fact's name and its value, as on the cards of person and key.
pub fn fact_row(ui: &mut Ui, look: &Look, name: &str, value: egui::RichText) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.set_height(24.0);
        let (rect, _) = ui.allocate_exact_size(vec2(112.0, 24.0), Sense::hover());
        let style = (Size::Body, Face::Regular, look.text_3);
        paint_text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, name, style);
        super::truncated(ui, value);
    });
}

/// A heading with a line below it.
pub fn heading(ui: &mut Ui, look: &Look, title: &str, below: &str) {
    ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
    ui.label(look.rich(title, Size::Lead, Face::SemiBold, look.text));
    if !below.is_empty() {
        super::label(ui, look.hint(below));
    }
    ui.add_space(space::XS);
}
