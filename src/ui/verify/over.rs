//! How a check came out.

use super::check::span;
use super::verified::honoured;
use super::wish;
use crate::app::state::{
    clean, clock_time, local_time, minutes, not_for_words, outcome_next, ticket_number,
};
use crate::engine::{CheckShown, CheckState, VerifiedShown, VerifyCommand};
use crate::problem::Problem;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{Button, bar, label, problem_box, separator, wake_at_next_second};
use crate::verify::Outcome;
use egui::{CornerRadius, Frame, Margin, Role, Sense, Ui, Vec2, WidgetInfo, vec2};
use jiff::Timestamp;

pub fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Verified => Tone::Ok,
        Outcome::WrongCode
        | Outcome::NotDelivered
        | Outcome::Denied
        | Outcome::NotMe
        | Outcome::Failed => Tone::Bad,
        Outcome::Expired => Tone::Warn,
        Outcome::Cancelled | Outcome::Interrupted => Tone::Idle,
    }
}

fn icon(outcome: Outcome) -> Icon {
    match outcome {
        Outcome::Verified => Icon::Done,
        Outcome::WrongCode | Outcome::NotDelivered | Outcome::Denied | Outcome::Failed => {
            Icon::Failed
        }
        Outcome::NotMe => Icon::Warning,
        Outcome::Expired => Icon::Clock,
        Outcome::Cancelled | Outcome::Interrupted => Icon::Remove,
    }
}

/// The person counts as verified.
pub fn verified(ui: &mut Ui, pass: &Pass<'_>, shown: &VerifiedShown) {
    let look = pass.look;
    let now = Timestamp::now();
    let left = span(shown.until, now);
    wake_at_next_second(ui, left);
    let until = format!("Verified until {}", local_time(shown.until));
    panel(ui, look, Tone::Ok, |ui| {
        sign(ui, look, (Icon::Done, Tone::Ok), &until, Size::Figure);
        let of = pass.state.verify.offer.as_ref().map_or(10, |offer| offer.minutes.max(1));
        let share = left.as_secs_f32() / (60.0 * f32::from(of));
        ui.horizontal(|ui| {
            let ink = look.ok.ink;
            ui.label(look.rich(minutes(left), Size::Figure, Face::Mono, ink));
            ui.label(look.rich("left", Size::Lead, Face::Regular, look.text));
        });
        let width = ui.available_width();
        bar(ui, look, (width, look.ok.ink), Some(share), "Time left as verified");
    });
    ui.add_space(space::S);
    let ticket = shown.ticket.map(|number| format!(", ticket {}", ticket_number(number)));
    let name = clean(&shown.name);
    let text =
        format!("{name}, by {}{}.", lower(shown.channel.words()), ticket.unwrap_or_default());
    label(ui, look.body(text));
    ui.add_space(space::S);
    honoured(ui, pass, true);
}

/// They are verified, and not for the ticket at hand.
pub fn for_another_ticket(ui: &mut Ui, pass: &mut Pass<'_>, shown: &VerifiedShown) {
    let look = pass.look;
    let Some(what) = not_for_words(shown) else { return };
    wake_at_next_second(ui, span(shown.until, Timestamp::now()));
    let next = "Check the caller again for this ticket".into();
    let problem = Problem { what, next, details: Vec::new() };
    let mut back = None;
    problem_box(ui, look, (Tone::Warn, Icon::Warning), &problem, |ui| {
        if let Some(ticket) = shown.ticket {
            let button = format!("Back to {}", ticket_number(ticket));
            back = Button::quiet(&button).show(ui, look).clicked().then_some(ticket);
        }
    });
    ui.add_space(space::XS);
    if back.is_some() {
        wish(pass, VerifyCommand::UseTicket(back));
    }
}

fn lower(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Any other end.
pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, check: &CheckShown, outcome: Outcome) {
    let look = pass.look;
    let CheckState::Over { at, problem, .. } = &check.state else { return };
    let otherwise = pass.state.verify.verified_otherwise(&check.person, Timestamp::now());
    if let Some(verified) = otherwise.filter(|_| outcome == Outcome::Verified) {
        return for_another_ticket(ui, pass, verified);
    }
    if outcome == Outcome::Verified {
        // The time is over, or it was revoked.
        panel(ui, look, Tone::Idle, |ui| {
            sign(ui, look, (Icon::Clock, Tone::Idle), "Not verified any more", Size::Title);
            label(ui, look.body("Check the caller again before you go on."));
        });
        return;
    }
    let (tone, words) = (tone(outcome), outcome.words());
    panel(ui, look, tone, |ui| {
        let size = if outcome == Outcome::NotMe { Size::Figure } else { Size::Title };
        sign(ui, look, (icon(outcome), tone), words, size);
        label(ui, look.rich(outcome_next(outcome), Size::Lead, Face::Regular, look.text));
    });
    if let Some(problem) = problem {
        ui.add_space(space::XS);
        problem_box(ui, look, (tone, icon(outcome)), problem, |_| {});
    }
    ui.add_space(space::XS);
    label(ui, look.hint(format!("{}, {}", check.channel.words(), clock_time(*at))));
    if !check.steps.is_empty() {
        separator(ui, look, space::XL);
        super::delivery::steps(ui, look, check);
    }
}

fn panel(ui: &mut Ui, look: &Look, tone: Tone, add: impl FnOnce(&mut Ui)) {
    let pair = look.tone(tone);
    let edge = egui::Stroke::new(1.0, pair.ink);
    Frame::new()
        .fill(pair.fill)
        .stroke(if look.needs_edges() { edge } else { egui::Stroke::NONE })
        .corner_radius(CornerRadius::same(radius::CONTROL))
        .inner_margin(Margin::same(space::L as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            add(ui);
        });
}

/// The outcome in large letters, said aloud by assistive technologies.
fn sign(ui: &mut Ui, look: &Look, (icon, tone): (Icon, Tone), words: &str, size: Size) {
    let pair = look.tone(tone);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        let (square, _) = ui.allocate_exact_size(Vec2::splat(40.0), Sense::hover());
        icon.paint(ui.painter(), square, pair.ink, pair.fill);
        ui.vertical(|ui| {
            ui.add_space((40.0 - size.line()) / 2.0);
            let response = label(ui, look.rich(words, size, Face::SemiBold, pair.ink));
            response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, words));
        });
    });
}
