//! A menu below a button of the band, over everything else.

use super::card_frame;
use crate::ui::keyboard;
use crate::ui::theme::{Look, space};
use egui::{Area, Margin, Order, Pos2, Response, Stroke, Ui, vec2};

/// Where a menu is, and how wide its contents are.
pub struct DropDown {
    /// Names it among all that is drawn.
    pub name: &'static str,
    pub at: Pos2,
    pub width: f32,
    pub margin: f32,
}

impl DropDown {
    /// Draws it; says whether Esc or a press elsewhere closes it. After Esc the button is in focus
    /// again.
    pub fn show(
        self,
        ui: &mut Ui,
        look: &Look,
        button: &Response,
        add: impl FnOnce(&mut Ui),
    ) -> bool {
        let area =
            Area::new(egui::Id::unique(self.name)).order(Order::Foreground).fixed_pos(self.at);
        let drawn = area.show(ui.ctx(), |ui| {
            card_frame(look)
                .stroke(Stroke::new(1.0, look.stroke_strong))
                .inner_margin(Margin::same(self.margin as i8))
                .show(ui, |ui| {
                    ui.set_width(self.width);
                    ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
                    add(ui);
                });
        });
        let rect = drawn.response.rect;
        if keyboard::escape(ui) {
            button.request_focus();
            return true;
        }
        ui.input(|input| {
            let at = input.pointer.interact_pos();
            let is_out = at.is_some_and(|at| !rect.contains(at) && !button.rect.contains(at));
            input.pointer.any_pressed() && is_out
        })
    }
}
