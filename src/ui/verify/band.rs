//! Above the columns: what is wrong with services, links and notes, and what to look at first.

use super::wish;
use crate::app::state::{OtherTenant, WarningWords, caller_warnings, clean, count_in_words};
use crate::engine::{Command, TicketShown, VerifyCommand};
use crate::problem::Problem;
use crate::ui::settings::Page;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{Button, label, problem_box};
use crate::ui::{Pass, Place, View, keyboard};
use egui::{
    Align, CornerRadius, Frame, Key, Layout, Margin, Role, ScrollArea, Sense, Stroke, Ui, Vec2,
    WidgetInfo, vec2,
};

/// Most of the page stays for the caller.
const TALLEST: f32 = 224.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let before = ui.cursor().min.y;
    ScrollArea::vertical().id_salt("bands").max_height(TALLEST).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        boxes(ui, pass, view);
    });
    if ui.cursor().min.y - before > space::L {
        ui.add_space(space::S);
    }
}

/// The same without a place of its own.
pub fn boxes(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    alarms(ui, pass);
    link(ui, pass);
    refused(ui, pass, view);
    chosen_tenant(ui, pass);
    other_tenant(ui, pass, view);
    services(ui, pass, view);
    warnings(ui, pass, view);
    pending(ui, pass);
    elsewhere(ui, pass);
}

/// Notes that others can read or that can't be written: somebody must see to them. Under the last
/// one, what can be done about them all.
fn alarms(ui: &mut Ui, pass: &mut Pass<'_>) {
    let alarms = &pass.state.verify.pending.alarms;
    let last = alarms.len().saturating_sub(1);
    let (mut again, mut settled) = (false, false);
    for (n, problem) in alarms.iter().enumerate() {
        ui.push_id(("alarm", n), |ui| {
            problem_box(ui, pass.look, (Tone::Bad, Icon::Failed), problem, |ui| {
                if n == last {
                    again = Button::quiet("Send now").show(ui, pass.look).clicked();
                    settled = Button::quiet("Settled by hand").show(ui, pass.look).clicked();
                }
            });
        });
    }
    if again {
        wish(pass, VerifyCommand::SendPending);
    } else if settled {
        wish(pass, VerifyCommand::SettleAlarms);
    }
}

fn link(ui: &mut Ui, pass: &Pass<'_>) {
    if let Some(Err(problem)) = &pass.state.verify.link {
        problem_box(ui, pass.look, (Tone::Warn, Icon::Document), problem, |_| {});
    }
}

/// Why a ticket or a link brought nobody; who is on the page has it in the check's card.
fn refused(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let verify = &pass.state.verify;
    let Some(problem) = verify.refused.as_ref().filter(|_| verify.person().is_none()) else {
        return;
    };
    let requester = match verify.ticket.as_deref() {
        Some(TicketShown::Read { ticket, .. }) => ticket.requester_name.trim(),
        _ => "",
    };
    let search = format!("Search for {}", clean(requester));
    let mut by_name = false;
    problem_box(ui, pass.look, (Tone::Warn, Icon::People), problem, |ui| {
        by_name = !requester.is_empty() && Button::quiet(&search).show(ui, pass.look).clicked();
    });
    if by_name {
        view.verify.find.look_for(pass, requester.to_owned());
    }
}

/// The caller's company is another tenant of this station: it is gone to, or offered where
/// something would be lost.
pub fn other_tenant(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let state = pass.state;
    let Some(other) = &state.verify.other_tenant else { return };
    let OtherTenant { no, domain, tenant, chosen } = other;
    let here_and_now = (domain.clone(), state.verify.callers_gone);
    if view.verify.stays_with.as_ref() == Some(&here_and_now) {
        return;
    }
    if *chosen && view.verify.only_offered != Some(*no) {
        if view.verify.goes_for != Some(*no) {
            view.verify.goes_for = Some(*no);
            pass.wishes.push(Command::SwitchForCaller(tenant.clone()).into());
        }
        return;
    }
    let here = state.tenant_name().map_or("this tenant".to_owned(), clean);
    let (domain_shown, tenant_shown) = (clean(domain), clean(tenant));
    let problem = Problem {
        what: format!("{domain_shown} belongs to {tenant_shown}"),
        next: "Switch there to check this caller".into(),
        details: Vec::new(),
    };
    let (switch, stay) = (format!("Switch to {tenant_shown}"), format!("Stay in {here}"));
    let mut stays = false;
    problem_box(ui, pass.look, (Tone::Warn, Icon::People), &problem, |ui| {
        if Button::quiet(&switch).show(ui, pass.look).clicked() {
            pass.wishes.push(Command::SwitchTenant(tenant.clone()).into());
        }
        stays = Button::quiet(&stay).show(ui, pass.look).clicked();
    });
    if stays {
        view.verify.stays_with = Some(here_and_now);
        wish(pass, VerifyCommand::Stay);
    }
}

/// Why this tenant is in use, where it was chosen for the caller, and the way back.
pub fn chosen_tenant(ui: &mut Ui, pass: &mut Pass<'_>) {
    let look = pass.look;
    let Some(chosen) = &pass.state.verify.chosen_tenant else { return };
    let words = format!("{}, by the domain {}", clean(&chosen.tenant), clean(&chosen.domain));
    let stay = format!("Stay in {}", clean(&chosen.from));
    let pair = look.tone(Tone::Accent);
    let frame = Frame::new()
        .fill(pair.fill)
        .stroke(Stroke::new(1.0, pair.ink))
        .corner_radius(CornerRadius::same(radius::CONTROL))
        .inner_margin(Margin::symmetric(space::L as i8, space::XS as i8));
    let drawn = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.set_min_height(30.0);
            ui.spacing_mut().item_spacing.x = space::M;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Button::quiet(&stay).show(ui, look).clicked() {
                    pass.wishes.push(Command::StayInTenant.into());
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let (square, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
                    Icon::People.paint(ui.painter(), square, pair.ink, pair.fill);
                    label(ui, look.rich(&words, Size::Body, Face::SemiBold, pair.ink));
                });
            });
        });
    });
    drawn.response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &words));
}

fn services(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let Some(offer) = &pass.state.verify.offer else { return };
    let none = offer.sms.is_none() && offer.push.is_none();
    let missing = Problem {
        what: "This tenant has no service to check callers with".into(),
        next: "Set up texts or push approval under Settings, Verify".into(),
        details: Vec::new(),
    };
    let problems =
        offer.problems.iter().chain((none && offer.problems.is_empty()).then_some(&missing));
    for (n, problem) in problems.enumerate() {
        ui.push_id(("service", n), |ui| {
            problem_box(ui, pass.look, (Tone::Warn, Icon::Sliders), problem, |ui| {
                let button = Button::quiet("Open settings");
                if button.show(ui, pass.look).clicked() {
                    view.place = Place::Settings;
                    view.settings.open(Page::Verify);
                }
            });
        });
    }
}

/// What waits for services that are away.
fn pending(ui: &mut Ui, pass: &mut Pass<'_>) {
    let pending = &pass.state.verify.pending;
    if pending.notes + pending.rows + pending.locks == 0 {
        return;
    }
    let offer = pass.state.verify.offer.as_ref();
    let name = |name: Option<&'static str>, other| name.unwrap_or(other);
    let tickets = name(offer.and_then(|offer| offer.tickets), "the ticket system");
    let log = name(offer.and_then(|offer| offer.log), "the log");
    let shared = name(offer.and_then(|offer| offer.shared), "what stations share");
    let waits = |count, (one, many), service| {
        let verb = if count == 1 { "waits" } else { "wait" };
        (count > 0).then(|| format!("{} {verb} for {service}", count_in_words(count, one, many)))
    };
    let parts = [
        waits(pending.notes, ("note", "notes"), tickets),
        waits(pending.rows, ("row", "rows"), log),
        waits(pending.locks, ("lock of a caller", "locks of callers"), shared),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let cause = pending.problem.as_ref();
    let problem = Problem {
        what: parts.join(", "),
        next: match cause {
            Some(cause) => format!("{}. They are sent by themselves later", cause.what),
            None => "They are kept here and sent by themselves".into(),
        },
        details: cause.map(|cause| cause.details.clone()).unwrap_or_default(),
    };
    let mut now = false;
    problem_box(ui, pass.look, (Tone::Idle, Icon::Hourglass), &problem, |ui| {
        now = Button::quiet("Send now").show(ui, pass.look).clicked();
    });
    if now {
        wish(pass, VerifyCommand::SendPending);
    }
}

/// What waits in tenants that are not in use; it is sent from here, and seen to there.
fn elsewhere(ui: &mut Ui, pass: &mut Pass<'_>) {
    for waits in &pass.state.verify.pending.elsewhere {
        let tenant = clean(&waits.tenant);
        let part = |count, one, many| (count > 0).then(|| count_in_words(count, one, many));
        let waiting = [part(waits.notes, "note", "notes"), part(waits.rows, "row", "rows")];
        let waiting: Vec<String> = waiting.into_iter().flatten().collect();
        let (tone, what, next) = match part(waits.alarms, "note or row", "notes or rows") {
            Some(alarms) => (
                Tone::Bad,
                format!("{tenant}: {alarms} can't be sent"),
                "Switch there and see to it".to_owned(),
            ),
            None => (
                Tone::Idle,
                format!("{tenant}: unsent {}", waiting.join(" and ")),
                "They are kept here and sent by themselves".to_owned(),
            ),
        };
        let problem = Problem { what, next, details: Vec::new() };
        let mut switches = false;
        ui.push_id(("elsewhere", &waits.tenant), |ui| {
            problem_box(ui, pass.look, (tone, Icon::Hourglass), &problem, |ui| {
                let button = format!("Switch to {tenant}");
                switches = waits.alarms > 0 && Button::quiet(&button).show(ui, pass.look).clicked();
            });
        });
        if switches {
            pass.wishes.push(Command::SwitchTenant(waits.tenant.clone()).into());
        }
    }
}

/// The most serious one in one line; F1 shows them all.
fn warnings(ui: &mut Ui, pass: &Pass<'_>, view: &mut View) {
    let Some(caller) = &pass.state.verify.caller else { return };
    if view.verify.find.is_open() {
        return;
    }
    let now = jiff::Timestamp::now();
    let words = caller_warnings(caller, now);
    let Some(first) = words.first() else { return };
    let open = &mut view.verify.details;
    if keyboard::pressed(ui, Key::F1) {
        *open = !*open;
    }
    let look = pass.look;
    let tone = if first.stops { Tone::Bad } else { Tone::Warn };
    let pair = look.tone(tone);
    let frame = Frame::new()
        .fill(pair.fill)
        .stroke(Stroke::new(1.0, pair.ink))
        .corner_radius(CornerRadius::same(radius::CONTROL))
        .inner_margin(Margin::symmetric(space::L as i8, space::S as i8));
    let drawn = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::M, space::XS);
        first_line(ui, look, (&words, tone), open);
        for words in words.iter().skip(1).filter(|_| *open) {
            line(ui, look, words, pair.ink);
        }
        if *open {
            label(ui, look.rich(&first.next, Size::Body, Face::Regular, look.text));
        }
    });
    let spoken: Vec<&str> = words.iter().map(|words| words.what.as_str()).collect();
    let spoken = format!("Look first: {}", spoken.join(", "));
    drawn.response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &spoken));
}

fn first_line(ui: &mut Ui, look: &Look, (words, tone): (&[WarningWords], Tone), open: &mut bool) {
    let Some(first) = words.first() else { return };
    let pair = look.tone(tone);
    let narrow = ui.available_width() < 720.0 || ui.ctx().zoom_factor() >= 1.25;
    ui.horizontal(|ui| {
        ui.set_min_height(30.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let more = words.len() - 1;
            let word = match (*open, more) {
                (true, _) => "Hide details".to_owned(),
                (false, 0) => "Details".to_owned(),
                (false, more) => format!("Details, {more} more"),
            };
            let button = Button::quiet(&word).cap("F1").named("Details");
            if button.show(ui, look).clicked() {
                *open = !*open;
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                mark(ui, tone, look);
                if narrow {
                    label(ui, look.rich(&first.what, Size::Body, Face::SemiBold, pair.ink));
                    return;
                }
                ui.label(look.rich(&first.what, Size::Body, Face::SemiBold, pair.ink));
                let next = if *open { "" } else { &first.next };
                let text = format!("{} {next}", clean(&first.more));
                crate::ui::widgets::truncated(ui, look.body(text.trim()));
            });
        });
    });
    if narrow && *open {
        label(ui, look.body(clean(&first.more)));
    }
}

fn mark(ui: &mut Ui, tone: Tone, look: &Look) {
    let pair = look.tone(tone);
    let (square, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
    let icon = if tone == Tone::Bad { Icon::Failed } else { Icon::Warning };
    icon.paint(ui.painter(), square, pair.ink, pair.fill);
}

fn line(ui: &mut Ui, look: &Look, words: &WarningWords, ink: egui::Color32) {
    ui.horizontal_wrapped(|ui| {
        ui.label(look.rich(&words.what, Size::Body, Face::SemiBold, ink));
        let text = format!("{} {}", clean(&words.more), words.next);
        ui.label(look.body(text.trim()));
    });
}
