//! Who counts as verified, and which screens ask for it.

use super::check::{Stage, span};
use super::wish;
use crate::app::state::{act_name, clean, local_time, minutes, ticket_number};
use crate::engine::{VerifiedShown, VerifyCommand};
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Size, Tone, size, space};
use crate::ui::widgets::{Button, card, label, tone_chip, truncated, wake_at_next_second};
use egui::{Align, Layout, Sense, Ui, Vec2, vec2};
use jiff::Timestamp;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>) {
    after(ui, pass);
    list(ui, pass);
}

/// What a right code is good for.
fn after(ui: &mut Ui, pass: &Pass<'_>) {
    let (look, verify) = (pass.look, &pass.state.verify);
    let Some(offer) = &verify.offer else { return };
    if matches!(Stage::of(verify, Timestamp::now()), Stage::Verified(_)) {
        return;
    }
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        ui.label(look.strong("After a right code"));
        ui.horizontal(|ui| {
            let (square, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
            Icon::Shield.paint(ui.painter(), square, look.text_2, look.surface);
            let words = match offer.minutes {
                1 => "Verified for 1 minute".to_owned(),
                minutes => format!("Verified for {minutes} minutes"),
            };
            label(ui, look.quiet(words));
        });
        honoured(ui, pass, false);
    });
}

/// The acts that ask for a verified person; open ones once somebody is.
pub fn honoured(ui: &mut Ui, pass: &Pass<'_>, open: bool) {
    let look = pass.look;
    let acts = pass.state.verify.offer.as_ref().map(|offer| offer.required_for.as_slice());
    let acts = acts.unwrap_or_default();
    if acts.is_empty() {
        label(ui, look.hint("No screen asks for it; Settings, Verify says which do."));
        return;
    }
    label(ui, look.hint("These screens honour it:"));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        for act in acts {
            let (tone, icon) = if open { (Tone::Ok, Icon::Done) } else { (Tone::Idle, Icon::Lock) };
            tone_chip(ui, look, tone, icon, act_name(*act));
        }
    });
}

/// Everybody who counts as verified now, of this agent.
pub fn list(ui: &mut Ui, pass: &mut Pass<'_>) {
    let look = pass.look;
    let verify = &pass.state.verify;
    let now = Timestamp::now();
    let mut revoked = None;
    if verify.verified_now(now).next().is_none() {
        return;
    }
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        ui.label(look.strong("Verified now"));
        for one in verify.verified_now(now) {
            ui.push_id(one.check, |ui| {
                if row(ui, pass, one, now) {
                    revoked = Some(one.check);
                }
            });
        }
    });
    if let Some(check) = revoked {
        wish(pass, VerifyCommand::Revoke(check));
    }
}

fn row(ui: &mut Ui, pass: &Pass<'_>, one: &VerifiedShown, now: Timestamp) -> bool {
    let look = pass.look;
    let left = span(one.until, now);
    wake_at_next_second(ui, left);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        let (square, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
        let otherwise = one.not_for.map(|_| match one.ticket {
            Some(ticket) => format!("for {} only", ticket_number(ticket)),
            None => "without a ticket only".to_owned(),
        });
        let (icon, ink) = match otherwise {
            Some(_) => (Icon::Warning, look.warn.ink),
            None => (Icon::Done, look.ok.ink),
        };
        icon.paint(ui.painter(), square, ink, look.surface);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = clean(&one.name);
            let button = format!("Revoke {name}");
            let pressed = Button::quiet("Revoke").named(&button).show(ui, look).clicked();
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.add_space(1.0);
                truncated(ui, look.strong(name));
                let until = || format!("until {}, {} left", local_time(one.until), minutes(left));
                let text = otherwise.unwrap_or_else(until);
                truncated(ui, look.rich(text, Size::Hint, Face::Regular, look.text_3));
            });
            pressed
        })
        .inner
    })
    .inner
}
