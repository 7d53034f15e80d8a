//! The practice company's helpdesk: what callers are checked by, and its tickets with their notes.

use crate::app::state::{clean, count_in_words, ticket_number};
use crate::engine::{
    BenchCommand, CloudFault, Command, PracticeNote, PracticeTicket, PracticeWays, VerifyCommand,
};
use crate::settings::SmsWay;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, space};
use crate::ui::widgets::{
    Button, card, check_box, choice_row, label, separator, tone_chip, truncated,
};
use crate::verify::{PushKind, VerifyLink};
use egui::{Ui, vec2};

const TEXTS: [(SmsWay, &str); 2] =
    [(SmsWay::Verify, "Twilio Verify"), (SmsWay::Messages, "Twilio Messaging")];
const PUSHES: [(PushKind, &str); 3] = [
    (PushKind::Duo, "Duo"),
    (PushKind::Verify, "Twilio Verify Push"),
    (PushKind::Authy, "Authy OneTouch"),
];
const FAULTS: [(CloudFault, &str); 3] = [
    (CloudFault::LoseText, "Text not delivered"),
    (CloudFault::TicketsAway, "HaloPSA away"),
    (CloudFault::None, "End the faults"),
];
const STRICT: &str = "Passes and phones ask for a verified caller";

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>) {
    let state = pass.state;
    let Some(desk) = &state.verify.practice_desk else { return };
    ways(ui, pass, desk.ways);
    super::some_faults(ui, pass, "Faults of the next checks", &FAULTS);
    ui.add_space(space::S);
    ui.label(pass.look.rich("Tickets", Size::Body, Face::SemiBold, pass.look.text));
    for ticket in &desk.tickets {
        ui.push_id(ticket.number, |ui| one(ui, pass, ticket));
    }
    ui.add_space(space::S);
    separator(ui, pass.look, space::L);
}

fn ways(ui: &mut Ui, pass: &mut Pass<'_>, now: PracticeWays) {
    let look = pass.look;
    let mut wanted = now;
    ui.label(look.rich("Callers are checked by", Size::Body, Face::SemiBold, look.text));
    choices(ui, look, &mut wanted.sms, &TEXTS);
    choices(ui, look, &mut wanted.push, &PUSHES);
    check_box(ui, look, &mut wanted.strict, STRICT);
    ui.add_space(space::S);
    // An open check would be cut off.
    if wanted != now && pass.state.verify.open_check().is_none() {
        pass.send(Command::Bench(BenchCommand::CheckBy(wanted)));
    }
}

fn choices<T: Copy + PartialEq>(ui: &mut Ui, look: &Look, chosen: &mut T, all: &[(T, &str)]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::L, space::XS);
        for (one, word) in all {
            if choice_row(ui, look, chosen == one, word).clicked() {
                *chosen = *one;
            }
        }
    });
}

fn one(ui: &mut Ui, pass: &mut Pass<'_>, ticket: &PracticeTicket) {
    let look = pass.look;
    let number = ticket_number(ticket.number);
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        ui.horizontal(|ui| {
            ui.label(look.mono(&number));
            truncated(ui, look.strong(clean(&ticket.summary)));
        });
        ui.horizontal(|ui| {
            let button = Button::secondary("Check the caller").small();
            let name = format!("Check the caller of {number}");
            if button.named(&name).show(ui, look).clicked() {
                // As the ticket's own button does, without a signature.
                let link = VerifyLink::unsigned(Some(ticket.number), None);
                pass.send(Command::Verify(VerifyCommand::OpenLink(link)));
            }
            truncated(ui, look.hint(clean(&ticket.requester)));
        });
        if !ticket.notes.is_empty() {
            label(ui, look.hint(count_in_words(ticket.notes.len(), "note", "notes")));
        }
        for note in &ticket.notes {
            written(ui, look, note);
        }
    });
}

fn written(ui: &mut Ui, look: &Look, note: &PracticeNote) {
    match note.private {
        true => tone_chip(ui, look, Tone::Idle, Icon::Lock, "Private"),
        false => tone_chip(ui, look, Tone::Bad, Icon::Warning, "Anybody can read it"),
    };
    for line in note.text.lines().filter(|line| !line.trim().is_empty()) {
        label(ui, look.quiet(clean(line)));
    }
}
