//! What the call is about.

use super::person::is_requester;
use super::{VerifyView, wish};
use crate::app::state::{clean, local_time, ticket_number};
use crate::engine::{TicketShown, VerifyCommand};
use crate::services::tickets::Ticket;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, card, fact_row, label, paint_text, problem_box, separator, text_width, tone_chip,
    truncated,
};
use egui::{Align, Align2, Layout, Rect, Sense, Ui, Vec2, pos2, vec2};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut VerifyView) {
    let look = pass.look;
    let Some(offer) = &pass.state.verify.offer else { return };
    let shown = pass.state.verify.ticket.as_deref();
    if offer.tickets.is_none() && shown.is_none() {
        return;
    }
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        match shown {
            None => none(ui, pass, view),
            Some(TicketShown::Reading(number)) => {
                head(ui, look, *number, (Tone::Idle, Icon::Waiting, "Being read"));
            }
            Some(TicketShown::NotRead { number, problem }) => {
                head(ui, look, *number, (Tone::Bad, Icon::Failed, "Not read"));
                problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
                label(ui, look.hint("The caller can be checked without it."));
                let_go(ui, pass, true);
            }
            Some(TicketShown::Read { ticket, same_company }) => {
                read(ui, pass, ticket, *same_company);
            }
        }
    });
}

fn none(ui: &mut Ui, pass: &Pass<'_>, view: &mut VerifyView) {
    let look = pass.look;
    ui.horizontal(|ui| {
        icon(ui, look, Icon::Document);
        ui.label(look.strong("No ticket"));
    });
    label(ui, look.quiet("The outcome is kept in the history only."));
    if Button::secondary("Find a ticket").small().show(ui, look).clicked() {
        view.find.take_focus();
    }
}

fn icon(ui: &mut Ui, look: &Look, icon: Icon) {
    let (square, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
    icon.paint(ui.painter(), square, look.accent_text, look.surface);
}

fn head(ui: &mut Ui, look: &Look, number: u64, (tone, mark, word): (Tone, Icon, &str)) {
    ui.horizontal(|ui| {
        ui.set_height(size::CHIP);
        icon(ui, look, Icon::Document);
        ui.label(look.mono(ticket_number(number)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            tone_chip(ui, look, tone, mark, word);
        });
    });
}

fn read(ui: &mut Ui, pass: &mut Pass<'_>, ticket: &Ticket, same_company: Option<bool>) {
    let look = pass.look;
    let status = clean(&ticket.status);
    let mark = match ticket.is_closed {
        true => (Tone::Idle, Icon::Done, status.as_str()),
        false => (Tone::Accent, Icon::Running, status.as_str()),
    };
    head(ui, look, ticket.number, mark);
    let summary = clean(&ticket.summary);
    label(ui, look.rich(summary, Size::Lead, Face::SemiBold, look.text));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if let Some(opened) = ticket.opened {
            fact_row(ui, look, "Opened", look.body(opened_words(opened)));
        }
        company(ui, look, &clean(&ticket.company), same_company);
        let person = pass.state.verify.person();
        if !person.is_some_and(|person| is_requester(ticket, person)) {
            fact_row(ui, look, "Requester", look.body(clean(&ticket.requester_name)));
        }
        if let Some(agent) = &ticket.assigned_to {
            fact_row(ui, look, "Assigned to", look.body(clean(agent)));
        }
    });
    let details = clean(&ticket.details);
    if !details.trim().is_empty() {
        separator(ui, look, space::L);
        let short: String = details.chars().take(280).collect();
        label(ui, look.quiet(short));
    }
    let_go(ui, pass, pass.state.verify.open_check().is_none());
}

fn let_go(ui: &mut Ui, pass: &mut Pass<'_>, enabled: bool) {
    let button = Button::quiet("Without this ticket");
    if enabled && button.show(ui, pass.look).clicked() {
        wish(pass, VerifyCommand::UseTicket(None));
    }
}

fn opened_words(opened: jiff::Timestamp) -> String {
    let zone = jiff::tz::TimeZone::system();
    let day = |at: jiff::Timestamp| at.to_zoned(zone.clone()).date();
    match day(opened) == day(jiff::Timestamp::now()) {
        true => format!("Today {}", local_time(opened)),
        false => format!("{} {}", day(opened), local_time(opened)),
    }
}

/// The name, and whether it is the person's company.
fn company(ui: &mut Ui, look: &Look, name: &str, same: Option<bool>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.set_height(24.0);
        let (rect, _) = ui.allocate_exact_size(vec2(112.0 - space::S, 24.0), Sense::hover());
        let style = (Size::Body, Face::Regular, look.text_3);
        paint_text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, "Company", style);
        let words = match same {
            Some(true) => Some((Icon::Done, look.ok.ink, "matches")),
            Some(false) => Some((Icon::Warning, look.warn.ink, "another one")),
            None => None,
        };
        let width = |word| text_width(ui, word, Size::Hint, Face::SemiBold);
        let taken = words.map_or(0.0, |(_, _, word)| 14.0 + 2.0 * space::S + 2.0 + width(word));
        let room = (ui.available_width() - taken).max(40.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            truncated(ui, look.body(name));
        });
        let Some((icon, ink, word)) = words else { return };
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 24.0), Sense::hover());
        let middle = pos2(rect.center().x, rect.center().y);
        icon.paint(
            ui.painter(),
            Rect::from_center_size(middle, Vec2::splat(14.0)),
            ink,
            look.surface,
        );
        ui.label(look.rich(word, Size::Hint, Face::SemiBold, ink));
    });
}
