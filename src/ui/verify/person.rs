//! The caller as the directory knows them.

use super::wish;
use crate::app::state::{clean, count_in_words, local_time, phone_kind_line, thousands};
use crate::directory::{AccountState, Person, PersonKind};
use crate::engine::{CallerShown, TicketShown, VerifyCommand};
use crate::services::tickets::Ticket;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, address_lines, avatar, card, fact_row, label, pause_in_words, problem_box, tone_chip,
    two_lines,
};
use crate::verify::Warning;
use egui::{Align, Layout, Sense, Ui, Vec2, vec2};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>) {
    let look = pass.look;
    let Some(person) = pass.state.verify.person() else { return };
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        where_from(ui, pass, person);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::L, space::XS);
            let (tile, _) = ui.allocate_exact_size(Vec2::splat(64.0), Sense::hover());
            avatar(ui, look, tile, &person.display_name, Size::Title);
            ui.vertical(|ui| {
                ui.add_space(space::S);
                two_lines(ui, look, &clean(&person.display_name));
                address_lines(ui, look.quiet(clean(&person.upn)));
            });
        });
        ui.add_space(space::XS);
        let caller = pass.state.verify.caller.as_deref();
        facts(ui, look, person, caller);
        match caller {
            Some(caller) => {
                chips(ui, pass, caller);
                acts(ui, pass, caller);
            }
            None if pass.state.verify.is_unread() => unread(ui, pass),
            None => reading(ui, pass),
        }
    });
}

/// The ticket's requester or somebody else, and when they were read.
fn where_from(ui: &mut Ui, pass: &mut Pass<'_>, person: &Person) {
    let (look, verify) = (pass.look, &pass.state.verify);
    let words = match verify.ticket.as_deref() {
        Some(TicketShown::Read { ticket, .. }) => match is_requester(ticket, person) {
            true => Some((Icon::Done, look.ok.ink, "Person found from ticket")),
            false => Some((Icon::Warning, look.warn.ink, "Not the ticket's requester")),
        },
        _ => None,
    };
    let Some(caller) = &verify.caller else { return };
    let idle = verify.open_check().is_none();
    let again = ui.horizontal(|ui| {
        ui.set_height(size::CHIP);
        match words {
            Some((icon, ink, words)) => {
                let (square, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
                icon.paint(ui.painter(), square.shrink(1.0), ink, look.surface);
                ui.label(look.rich(words, Size::Hint, Face::SemiBold, look.text_3));
            }
            None => {
                ui.label(look.hint(format!("Read at {}", local_time(caller.read_at))));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            idle && Button::quiet("Read again").show(ui, look).clicked()
        })
        .inner
    });
    if again.inner {
        wish(pass, VerifyCommand::Refresh);
    }
}

/// Whether the ticket was written by this person.
pub fn is_requester(ticket: &Ticket, person: &Person) -> bool {
    let mail = ticket.requester_mail.as_deref();
    let is = |known: &str| mail.is_some_and(|mail| mail.eq_ignore_ascii_case(known));
    is(&person.upn) || person.mail.as_deref().is_some_and(is)
}

fn facts(ui: &mut Ui, look: &Look, person: &Person, caller: Option<&CallerShown>) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let employee = person.employee_id.as_deref().map_or_else(|| "none".to_owned(), thousands);
        fact_row(ui, look, "Employee id", look.mono(employee));
        let department = person.department.as_deref().or(person.job_title.as_deref());
        fact_row(ui, look, "Department", look.body(clean(department.unwrap_or("none"))));
        let Some(caller) = caller else { return };
        if caller.phones.is_empty() {
            fact_row(ui, look, "Mobile", look.quiet("none registered"));
        }
        for phone in &caller.phones {
            let number = look.mono(clean(&phone.masked));
            fact_row(ui, look, phone_kind_line(phone.kind), number);
        }
    });
}

fn chips(ui: &mut Ui, pass: &Pass<'_>, caller: &CallerShown) {
    let look = pass.look;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        let now = jiff::Timestamp::now();
        if pass.state.verify.verified_person(&caller.person.id, now).is_some() {
            tone_chip(ui, look, Tone::Ok, Icon::Shield, "Verified");
        }
        if let Some((tone, icon, word)) = account(&caller.person) {
            tone_chip(ui, look, tone, icon, word);
        }
        if let Some(keys) = caller.keys {
            let words = match keys {
                0 => "No key".to_owned(),
                keys => count_in_words(keys, "key", "keys"),
            };
            tone_chip(ui, look, Tone::Idle, Icon::Key, &words);
        }
        let changed = |warning: &Warning| matches!(warning, Warning::MobileChanged { .. });
        if caller.warnings.iter().any(changed) {
            tone_chip(ui, look, Tone::Warn, Icon::Warning, "New number");
        }
    });
}

fn account(person: &Person) -> Option<(Tone, Icon, &'static str)> {
    Some(match (person.account, person.kind) {
        (AccountState::Disabled, _) => (Tone::Bad, Icon::Failed, "Disabled"),
        (_, PersonKind::Guest) => (Tone::Warn, Icon::Warning, "Guest"),
        (AccountState::Enabled, _) => (Tone::Ok, Icon::Done, "Enabled"),
        (AccountState::Unknown, _) => (Tone::Idle, Icon::Pending, "Account state unknown"),
        (AccountState::NotKept, _) => return None,
    })
}

/// Making the phone known to the push service.
fn acts(ui: &mut Ui, pass: &mut Pass<'_>, caller: &CallerShown) {
    let look = pass.look;
    let offer = pass.state.verify.offer.as_ref();
    let can_register = offer.is_some_and(|offer| offer.can_register_push);
    let idle = pass.state.verify.open_check().is_none();
    // An id that is there may be of an old phone.
    let words = match caller.no_push {
        Some(_) => "Register for push",
        None => "Register for push anew",
    };
    let button = Button::secondary(words).small().icon(Icon::Phone).enabled(idle);
    if can_register && button.show(ui, look).clicked() {
        wish(pass, VerifyCommand::RegisterPush { person: caller.person.id.clone() });
    }
    match &pass.state.verify.push_id {
        Some(Ok(id)) => {
            label(ui, look.hint("Registered. Write this id into the person's attribute:"));
            ui.horizontal(|ui| {
                ui.label(look.mono(clean(id)));
                let button = Button::secondary("Copy").named("Copy the id").small();
                if button.show(ui, look).clicked() {
                    ui.ctx().copy_text(id.clone());
                }
            });
        }
        Some(Err(problem)) => problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {}),
        None => {}
    }
}

/// Why stands in the check's card.
fn unread(ui: &mut Ui, pass: &mut Pass<'_>) {
    label(ui, pass.look.quiet("Not read"));
    if Button::secondary("Read again").small().show(ui, pass.look).clicked() {
        wish(pass, VerifyCommand::Refresh);
    }
}

fn reading(ui: &mut Ui, pass: &Pass<'_>) {
    let pause = pause_in_words(ui, pass.state);
    label(ui, pass.look.quiet(pause.unwrap_or_else(|| "Being read".to_owned())));
}
