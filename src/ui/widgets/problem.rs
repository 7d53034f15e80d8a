//! A failure: what went wrong, what to do next, and the facts for a support case in a fold.

use super::button::Button;
use super::text::label;
use crate::problem::Problem;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use egui::{CornerRadius, Frame, Margin, Response, Sense, Stroke, Ui, Vec2};

/// Shows a problem; `extra` adds buttons beside "Details".
pub fn problem_box(
    ui: &mut Ui,
    look: &Look,
    (tone, icon): (Tone, Icon),
    problem: &Problem,
    extra: impl FnOnce(&mut Ui),
) {
    let pair = look.tone(tone);
    Frame::new()
        .fill(pair.fill)
        .stroke(Stroke::new(1.0, pair.ink))
        .corner_radius(CornerRadius::same(radius::CONTROL))
        .inner_margin(Margin::symmetric(space::L as i8, space::M as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing = Vec2::new(space::M, space::XS);
            ui.push_id(&problem.what, |ui| {
                ui.horizontal_top(|ui| {
                    let (square, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
                    icon.paint(ui.painter(), square, pair.ink, pair.fill);
                    ui.vertical(|ui| {
                        label(ui, look.rich(&problem.what, Size::Body, Face::SemiBold, pair.ink));
                        if !problem.next.is_empty() {
                            label(
                                ui,
                                look.rich(&problem.next, Size::Body, Face::Regular, look.text),
                            );
                        }
                        details(ui, look, problem, extra);
                    });
                })
            });
        });
}

fn details(ui: &mut Ui, look: &Look, problem: &Problem, extra: impl FnOnce(&mut Ui)) {
    let id = ui.make_persistent_id(("details", &problem.what));
    let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    ui.spacing_mut().interact_size.y = 0.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        extra(ui);
        if problem.details.is_empty() {
            return;
        }
        let word = if open { "Hide details" } else { "Details" };
        if fold_button(ui, look, word).clicked() {
            open = !open;
            ui.data_mut(|data| data.insert_temp(id, open));
        }
        if open && fold_button(ui, look, "Copy details").clicked() {
            ui.ctx().copy_text(as_text(problem));
        }
    });
    if open {
        for detail in &problem.details {
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(Vec2::new(132.0, 20.0), Sense::hover());
                let style = (Size::Hint, Face::Regular, look.text_2);
                super::paint_text(
                    ui.painter(),
                    rect.left_center(),
                    egui::Align2::LEFT_CENTER,
                    &detail.name,
                    style,
                );
                label(ui, look.rich(&detail.value, Size::Hint, Face::Mono, look.text));
            });
        }
    }
}

fn fold_button(ui: &mut Ui, look: &Look, text: &str) -> Response {
    Button::quiet(text).show(ui, look)
}

fn as_text(problem: &Problem) -> String {
    let mut text = format!("{problem}\n");
    for detail in &problem.details {
        text.push_str(&format!("{}: {}\n", detail.name, detail.value));
    }
    text
}
