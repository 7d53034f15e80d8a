//! The private note in the ticket, as it stands or will stand there.

use crate::app::state::{clean, clock_time, ticket_number};
use crate::engine::{CheckShown, CheckState, NoteState};
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, size, space};
use crate::ui::widgets::{card, label, problem_box, tone_chip, truncated};
use crate::verify::Outcome;
use egui::{Align, CornerRadius, Frame, Layout, Margin, Rect, Sense, Stroke, Ui, Vec2, pos2, vec2};

pub fn draw(ui: &mut Ui, pass: &Pass<'_>) {
    let look = pass.look;
    let verify = &pass.state.verify;
    let Some(name) = verify.offer.as_ref().and_then(|offer| offer.tickets) else { return };
    let check = verify.check_shown();
    let has_ticket = check.map_or(verify.ticket.is_some(), |check| check.ticket.is_some());
    if !has_ticket {
        return;
    }
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        head(ui, look, check);
        let lines = check.map_or_else(|| so_far(pass), |check| check.note.clone());
        lines_box(ui, look, &lines, check);
        state(ui, look, check, name);
    });
}

fn head(ui: &mut Ui, look: &Look, check: Option<&CheckShown>) {
    let written = matches!(check.map(|check| &check.note_state), Some(NoteState::Written { .. }));
    let not_private =
        matches!(check.map(|check| &check.note_state), Some(NoteState::NotPrivate { .. }));
    ui.horizontal(|ui| {
        ui.set_height(size::CHIP);
        let (square, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
        Icon::Document.paint(ui.painter(), square, look.accent_text, look.surface);
        ui.label(look.strong(if written { "Ticket note" } else { "Ticket note preview" }));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| match not_private {
            true => tone_chip(ui, look, Tone::Bad, Icon::Failed, "Not private"),
            false => tone_chip(ui, look, Tone::Idle, Icon::Lock, "Private"),
        });
    });
}

/// What is known before a check has begun.
fn so_far(pass: &Pass<'_>) -> Vec<(String, String)> {
    let verify = &pass.state.verify;
    let mut lines = Vec::new();
    let mut line = |name: &str, value: String| lines.push((name.to_owned(), value));
    if let Some(person) = verify.person() {
        line("Person", person.display_name.clone());
    }
    if let Some(sms) = verify.offer.as_ref().and_then(|offer| offer.sms) {
        line("Method", sms.words().to_owned());
    }
    if let Some(phone) = verify.caller.as_ref().and_then(|caller| caller.phones.first()) {
        line("Sent to", phone.masked.clone());
    }
    if let Some(agent) = pass.state.who.name() {
        line("Agent", agent.to_owned());
    }
    line("Outcome", "Nothing sent yet".to_owned());
    lines
}

fn lines_box(ui: &mut Ui, look: &Look, lines: &[(String, String)], check: Option<&CheckShown>) {
    let edge = if look.needs_edges() { Stroke::new(1.0, look.stroke) } else { Stroke::NONE };
    Frame::new()
        .fill(look.sunken)
        .stroke(edge)
        .corner_radius(CornerRadius::same(radius::CONTROL))
        .inner_margin(Margin::same(space::M as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            ui.label(look.strong("Caller identity check"));
            ui.add_space(space::XS);
            for (name, value) in lines {
                row(ui, look, (name, value), check);
            }
        });
}

fn row(ui: &mut Ui, look: &Look, (name, value): (&str, &str), check: Option<&CheckShown>) {
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        let (rect, _) = ui.allocate_exact_size(vec2(88.0, 24.0), Sense::hover());
        let style = (Size::Body, Face::Regular, look.text_2);
        let name = clean(name);
        crate::ui::widgets::paint_cut(ui.painter(), rect.left_center(), rect.max.x, &name, style);
        let value = clean(value);
        if name == "Outcome" {
            let (icon, ink) = outcome_mark(look, check);
            let (rect, _) = ui.allocate_exact_size(vec2(20.0, 24.0), Sense::hover());
            let square =
                Rect::from_center_size(pos2(rect.min.x + 7.0, rect.center().y), Vec2::splat(14.0));
            icon.paint(ui.painter(), square, ink, look.sunken);
            label(ui, look.rich(value, Size::Body, Face::SemiBold, ink));
            return;
        }
        let is_number = value.contains('•') || value.starts_with('#');
        let face = if is_number { Face::Mono } else { Face::Regular };
        truncated(ui, look.rich(value, Size::Body, face, look.text));
    });
}

fn outcome_mark(look: &Look, check: Option<&CheckShown>) -> (Icon, egui::Color32) {
    match check.map(|check| &check.state) {
        None => (Icon::Pending, look.text_2),
        Some(CheckState::Over { outcome: Outcome::Verified, .. }) => (Icon::Done, look.ok.ink),
        Some(CheckState::Over { outcome: Outcome::Cancelled, .. }) => (Icon::Remove, look.text_2),
        Some(CheckState::Over { .. }) => (Icon::Failed, look.bad.ink),
        Some(_) => (Icon::Running, look.accent_text),
    }
}

/// Where the note is.
fn state(ui: &mut Ui, look: &Look, check: Option<&CheckShown>, name: &str) {
    let Some(check) = check else {
        label(ui, look.hint("Written to the ticket when the outcome is known."));
        return;
    };
    match &check.note_state {
        NoteState::None => {
            label(ui, look.hint("There is no ticket to write it to."));
        }
        NoteState::Later => {
            label(ui, look.hint("Written to the ticket when the outcome is known."));
        }
        NoteState::Queued { problem } => {
            tone_chip(ui, look, Tone::Warn, Icon::Hourglass, &format!("Waits for {name}"));
            let cause = problem.as_ref().map(|problem| format!("{}. ", problem.what));
            let text = format!("{}Kept here and sent by itself.", cause.unwrap_or_default());
            label(ui, look.hint(text));
        }
        NoteState::Written { at } => {
            let ticket = check.ticket.map(ticket_number).unwrap_or_default();
            let text = format!("In ticket {ticket} since {}", clock_time(*at));
            tone_chip(ui, look, Tone::Ok, Icon::Done, &text);
            label(ui, look.hint("Read back: it is private."));
        }
        NoteState::NotPrivate { problem } => {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
    }
}
