//! Bulk for a PIN officer who is no provisioner: the session's PINs, and nothing of its keys.

use super::outputs::{self, OutputsView};
use crate::access::Role;
use crate::app::State;
use crate::ui::Pass;
use crate::ui::theme::space;
use crate::ui::widgets::{card, heading};
use egui::Ui;

/// Whoever works on sessions.
const WORKS: &[Role] = &[Role::Provisioner];
const MOST_WIDTH: f32 = 880.0;

pub fn is_at(state: &State) -> bool {
    state.who.refusal(WORKS).is_some()
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OutputsView) {
    let look = pass.look;
    let bulk = &pass.state.bulk;
    ui.set_max_width(MOST_WIDTH.min(ui.available_width()));
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        let running = bulk.session.as_ref().map(|session| session.id);
        let shown = running.or_else(|| bulk.past.first().map(|newest| newest.id));
        match (&bulk.session, bulk.past.first()) {
            (Some(session), _) => {
                heading(ui, look, "PINs of the session", &session.sentence);
            }
            (None, Some(newest)) => {
                heading(ui, look, "PINs of the session that ended", "");
                outputs::sealed(ui, look, newest.sealed);
            }
            (None, None) => {
                heading(ui, look, "No session", "A provisioner begins one; its PINs are here then");
                return;
            }
        }
        ui.add_space(space::XS);
        let word = if running.is_some() { "This session" } else { "The last session" };
        outputs::draw(ui, pass, view, (shown, word));
    });
}
