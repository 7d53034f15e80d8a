//! Nobody is on the page yet: what to do, the ticket that was chosen, and who counts as verified.

use super::{LEFT, ticket, verified};
use crate::ui::theme::{Icon, space};
use crate::ui::widgets::{card_frame, label};
use crate::ui::{Pass, View};
use egui::{Margin, ScrollArea, Sense, Ui, Vec2, vec2};

const STEPS: [(&str, &str); 3] = [
    ("Find the caller", "Type a name or a ticket number, or paste a ticket link."),
    ("Send a code", "To the registered mobile, never to a number that the caller tells."),
    ("Type what they read out", "You never see the code; a right one counts for a while."),
];

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let room = ui.available_rect_before_wrap();
    let has_side = pass.state.verify.ticket.is_some()
        || pass.state.verify.verified_now(jiff::Timestamp::now()).next().is_some();
    let two = room.width() >= 800.0 && ui.ctx().zoom_factor() < 1.25 && has_side;
    if !two {
        ScrollArea::vertical().id_salt("start").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::L;
            if has_side {
                ticket::draw(ui, pass, &mut view.verify);
            }
            steps(ui, pass, 0.0);
            verified::list(ui, pass);
        });
        return;
    }
    let right = room.with_min_x(room.max.x - LEFT);
    let left = room.with_max_x(right.min.x - space::L);
    crate::ui::within(ui, left, |ui| steps(ui, pass, left.height()));
    super::column(ui, right, "start side", |ui| {
        if pass.state.verify.ticket.is_some() {
            ticket::draw(ui, pass, &mut view.verify);
        }
        verified::list(ui, pass);
    });
}

fn steps(ui: &mut Ui, pass: &Pass<'_>, height: f32) {
    let look = pass.look;
    let margin = Margin::same(space::XL as i8);
    card_frame(look).inner_margin(margin).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height((height - space::XL * 2.0 - 2.0).max(0.0));
        ui.spacing_mut().item_spacing = vec2(space::L, space::L);
        ui.label(look.title("Who is calling?"));
        let icons = [Icon::Search, Icon::Phone, Icon::Shield];
        for ((title, more), icon) in STEPS.into_iter().zip(icons) {
            ui.horizontal_top(|ui| {
                let (square, _) = ui.allocate_exact_size(Vec2::splat(24.0), Sense::hover());
                icon.paint(ui.painter(), square.shrink(2.0), look.accent_text, look.surface);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    label(ui, look.strong(title));
                    label(ui, look.quiet(more));
                });
            });
        }
    });
}
