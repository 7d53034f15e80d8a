//! A Temporary Access Pass: the form that asks for one, and the pass while it may be seen.

use super::confirm;
use crate::access::Act;
use crate::app::state::{PASS_SHOWN, clean, clock_time, local_time, minutes, not_for_words};
use crate::directory::{PassPolicy, PersonId};
use crate::engine::{
    Command, Identified, MethodsShown, OneDeed, PassShown, PhonesCommand, PhonesFile, VerifiedShown,
};
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{
    Button, card, card_frame, check_box, choice_row, countdown_ring, field, filter_chip, heading,
    label, low_field, problem_box, tone_chip, wake_at_next_second,
};
use egui::{CornerRadius, Frame, Margin, Sense, Stroke, Ui, Vec2, vec2};
use jiff::Timestamp;
use std::time::{Duration, Instant};

/// What was chosen for a pass.
#[derive(Default)]
pub struct PassForm {
    minutes: Option<u32>,
    typed: String,
    several_times: bool,
    in_person: bool,
    reason: String,
    pub sent: bool,
}

impl PassForm {
    /// Something was typed, or a pass is on its way.
    pub fn is_typed(&self) -> bool {
        !self.typed.is_empty() || !self.reason.is_empty() || self.sent
    }
}

const LIVES: [(u32, &str); 6] = [
    (10, "10 min"),
    (30, "30 min"),
    (60, "1 hour"),
    (240, "4 hours"),
    (480, "8 hours"),
    (1440, "1 day"),
];

impl PassForm {
    /// Minutes the pass lives, within the policy; nothing where the typed ones are not.
    fn minutes(&self, policy: &PassPolicy) -> Option<u32> {
        let chosen = match self.typed.trim() {
            "" => self.minutes.unwrap_or(policy.default_minutes),
            typed => typed.parse().ok()?,
        };
        (policy.least_minutes..=policy.most_minutes).contains(&chosen).then_some(chosen)
    }

    fn once(&self, policy: &PassPolicy) -> bool {
        policy.once_only || !self.several_times
    }

    /// What is still missing, said before the button.
    fn missing(&self, policy: &PassPolicy, is_verified: bool) -> Option<String> {
        if self.minutes(policy).is_none() {
            let (least, most) = (policy.least_minutes, policy.most_minutes);
            return Some(format!("The policy allows {least} to {most} minutes"));
        }
        if is_verified {
            return None;
        }
        if !self.in_person {
            return Some("Tick how you know who it is".to_owned());
        }
        let unsaid = self.reason.trim().is_empty();
        unsaid.then(|| "Write how you made sure, such as the badge you saw".to_owned())
    }
}

pub fn form(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PassForm, shown: &MethodsShown) {
    let look = pass.look;
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, look, "Temporary Access Pass", "It replaces the one before");
        let policy = match &shown.pass {
            Err(problem) => {
                problem_box(ui, look, (Tone::Warn, Icon::Warning), problem, |_| {});
                return;
            }
            Ok(policy) if !policy.enabled => {
                label(ui, look.quiet("Passes are switched off in this tenant"));
                return;
            }
            Ok(policy) => policy,
        };
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        lifetime(ui, look, view, policy);
        uses(ui, look, view, policy);
        ui.add_space(space::XS);
        let verified = pass.state.verify.verified_person(&shown.person.id, Timestamp::now());
        match verified {
            Some(verified) => known_caller(ui, look, verified),
            None => {
                otherwise(ui, pass, &shown.person.id);
                in_person(ui, look, view);
            }
        }
        issue(ui, pass, view, (shown, policy), verified.is_some());
    });
}

/// The caller was verified: that is how the operator knows.
fn known_caller(ui: &mut Ui, look: &Look, verified: &VerifiedShown) {
    let until = format!("Verified until {}", clock_time(verified.until));
    tone_chip(ui, look, Tone::Ok, Icon::Done, &until);
    let ticket = verified.ticket.map(|ticket| format!(", ticket {ticket}")).unwrap_or_default();
    label(ui, look.hint(format!("{}{ticket}", verified.channel.words())));
    // When its time is up the question comes back.
    let left = verified.until.duration_since(Timestamp::now());
    wake_at_next_second(ui, Duration::try_from(left).unwrap_or_default());
}

/// The caller is verified, and not for the ticket at hand.
fn otherwise(ui: &mut Ui, pass: &Pass<'_>, person: &PersonId) {
    let look = pass.look;
    let verified = pass.state.verify.verified_otherwise(person, Timestamp::now());
    let Some(verified) = verified else { return };
    if let Some(words) = not_for_words(verified) {
        tone_chip(ui, look, Tone::Warn, Icon::Warning, &words);
        let left = verified.until.duration_since(Timestamp::now());
        wake_at_next_second(ui, Duration::try_from(left).unwrap_or_default());
    }
}

fn in_person(ui: &mut Ui, look: &Look, view: &mut PassForm) {
    check_box(ui, look, &mut view.in_person, "They stand here, and I identified them");
    if view.in_person {
        field(ui, look, "How they were identified", &mut view.reason, "Such as: passport seen");
    }
}

fn lifetime(ui: &mut Ui, look: &Look, view: &mut PassForm, policy: &PassPolicy) {
    let now = view.minutes(policy);
    ui.horizontal(|ui| {
        ui.label(look.rich("Good for", Size::Hint, Face::SemiBold, look.text_2));
        ui.allocate_ui(vec2(64.0, 26.0), |ui| {
            let hint = now.map(|now| now.to_string()).unwrap_or_default();
            let hint = (hint.as_str(), look.text_2);
            low_field(ui, look, "Minutes the pass is good for", &mut view.typed, hint);
        });
        ui.label(look.hint("minutes"));
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::XS, space::XS);
        let typed = !view.typed.trim().is_empty();
        for (life, word) in LIVES {
            if !(policy.least_minutes..=policy.most_minutes).contains(&life) {
                continue;
            }
            let chosen = !typed && now == Some(life);
            if filter_chip(ui, look, chosen, (None, word)).clicked() {
                view.minutes = Some(life);
                view.typed.clear();
            }
        }
    });
}

fn uses(ui: &mut Ui, look: &Look, view: &mut PassForm, policy: &PassPolicy) {
    if policy.once_only {
        label(ui, look.hint("It can be used once, as the policy says"));
        return;
    }
    ui.horizontal_wrapped(|ui| {
        if choice_row(ui, look, !view.several_times, "Used once").clicked() {
            view.several_times = false;
        }
        if choice_row(ui, look, view.several_times, "Several times").clicked() {
            view.several_times = true;
        }
    });
}

fn issue(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut PassForm,
    (shown, policy): (&MethodsShown, &PassPolicy),
    is_verified: bool,
) {
    let look = pass.look;
    let missing = view.missing(policy, is_verified);
    let working = pass.state.phones.one.working;
    let word = if working == Some(OneDeed::IssuePass) { "Being issued…" } else { "Issue pass" };
    let ready = missing.is_none() && working.is_none();
    match missing {
        Some(missing) => {
            label(ui, look.hint(missing));
        }
        None => {
            ui.horizontal(|ui| confirm::line(ui, pass, Act::IssuePass));
        }
    }
    let button = Button::primary(word).named("Issue pass").icon(Icon::Lock).enabled(ready);
    let clicked = button.small().show(ui, look).clicked();
    let (Some(minutes), true) = (view.minutes(policy), clicked) else { return };
    view.sent = true;
    pass.send(Command::Phones(PhonesCommand::IssuePass {
        person: shown.person.id.clone(),
        minutes,
        once: view.once(policy),
        because: match is_verified {
            true => Identified::Verified,
            false => Identified::InPerson { reason: view.reason.trim().to_owned() },
        },
    }));
}

/// The pass, large, until its time on the screen is over; says whether there is one.
pub fn shown(ui: &mut Ui, pass: &mut Pass<'_>) -> bool {
    let now = Instant::now();
    let Some((issued, left)) = pass.state.phones.one.pass(now) else { return false };
    wake_at_next_second(ui, left);
    let look = pass.look;
    card_frame(look)
        .stroke(Stroke::new(2.0, look.accent_text))
        .inner_margin(Margin::same(space::L as i8 - 1))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            heading(ui, look, &format!("Pass for {}", clean(&issued.name)), &clean(&issued.upn));
            large(ui, look, issued.pass.expose());
            ui.add_space(space::S);
            label(ui, look.body(terms(issued)));
            ui.add_space(space::S);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(space::M, space::S);
                let (square, _) = ui.allocate_exact_size(Vec2::splat(32.0), Sense::hover());
                let share = left.as_secs_f32() / PASS_SHOWN.as_secs_f32();
                let ink = look.accent_text;
                countdown_ring(ui.painter(), square.center(), (13.0, 4.0), share, ink);
                ui.label(look.quiet("Hidden in"));
                ui.label(look.mono(minutes(left)));
                if Button::primary("Hide").cap("Esc").small().show(ui, look).clicked() {
                    pass.send(Command::Phones(PhonesCommand::HidePass));
                }
                let slip = Button::secondary("Print slip").icon(Icon::Document).small();
                if slip.show(ui, look).clicked() {
                    pass.send(Command::Phones(PhonesCommand::PrintPass));
                }
                if let Some(file) = pass.state.phones.written(PhonesFile::PassSlip)
                    && Button::quiet("Open slip").icon(Icon::Folder).show(ui, look).clicked()
                {
                    pass.send(Command::Open(file.path.clone()));
                }
            });
        });
    true
}

fn large(ui: &mut Ui, look: &Look, text: &str) {
    Frame::new()
        .fill(look.sunken)
        .stroke(Stroke::new(if look.needs_edges() { 1.0 } else { 0.0 }, look.stroke))
        .corner_radius(CornerRadius::same(radius::CONTROL))
        .inner_margin(Margin::symmetric(space::L as i8, space::M as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            // Passes have up to 48 characters.
            let size = match text.chars().count() {
                0..=16 => Size::Digit,
                17..=24 => Size::Figure,
                _ => Size::Title,
            };
            label(ui, look.rich(text, size, Face::Mono, look.text));
        });
}

fn terms(issued: &PassShown) -> String {
    let uses = if issued.once { "once" } else { "several times" };
    format!(
        "Can be used {uses}, from {} to {}. It can't be shown again.",
        local_time(issued.starts),
        local_time(issued.ends)
    )
}
