//! The check: what can be sent, what was sent, the digits, and how it came out.

use super::digits::DigitsField;
use super::{close, delivery, over, push, wish};
use crate::app::state::{AskedOfCheck, Verify, clean, minutes};
use crate::engine::{CallerShown, CheckShown, CheckState, TextShown, VerifiedShown, VerifyCommand};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, size, space};
use crate::ui::widgets::{
    Button, card_frame, label, paint_card, problem_box, progress_bar, separator, tone_chip,
    wake_at_next_second,
};
use crate::ui::{Pass, View, keyboard};
use crate::verify::Outcome;
use egui::{
    Align, CornerRadius, Frame, Key, Layout, Margin, Rect, Role, ScrollArea, Sense, Stroke, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};
use jiff::Timestamp;
use std::time::Duration;

const FOOT: f32 = 72.0;
/// A foot with all its buttons in one line.
const WIDE_FOOT: f32 = 400.0;

/// Where the person on the page is.
pub enum Stage<'a> {
    Reading,
    Ready(&'a CallerShown),
    Open(&'a CheckShown),
    Verified(&'a VerifiedShown),
    Over(&'a CheckShown, Outcome),
}

impl<'a> Stage<'a> {
    pub fn of(verify: &'a Verify, now: Timestamp) -> Self {
        let Some(caller) = verify.caller.as_deref() else { return Self::Reading };
        let check = verify.check_shown();
        if let Some(check) = check
            && verify.outcome().is_none()
        {
            return Self::Open(check);
        }
        let last = verify.outcome();
        if matches!(last, None | Some(Outcome::Verified))
            && let Some(verified) = verify.verified_person(&caller.person.id, now)
        {
            return Self::Verified(verified);
        }
        match (check, last) {
            (Some(check), Some(outcome)) => Self::Over(check, outcome),
            _ => Self::Ready(caller),
        }
    }

    fn edge(&self, look: &Look) -> Stroke {
        match self {
            Self::Verified(_) => Stroke::new(2.0, look.ok.ink),
            Self::Over(_, Outcome::NotMe) => Stroke::new(4.0, look.bad.ink),
            Self::Over(_, outcome) if over::tone(*outcome) == Tone::Bad => {
                Stroke::new(2.0, look.bad.ink)
            }
            _ => Stroke::new(1.0, look.stroke),
        }
    }
}

/// The card as a column: its foot stays at the bottom.
pub fn column(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View, rect: Rect) {
    let look = pass.look;
    paint_card(ui, look, rect, Stage::of(&pass.state.verify, Timestamp::now()).edge(look));
    ask_to_leave(ui, pass, view);
    let foot_at = Rect::from_min_max(pos2(rect.min.x, rect.max.y - FOOT), rect.max);
    let body_at = rect.with_max_y(foot_at.min.y).shrink2(vec2(4.0, 4.0));
    crate::ui::within(ui, body_at, |ui| {
        ScrollArea::vertical().id_salt("check").auto_shrink([false, false]).show(ui, |ui| {
            let margin = Margin::symmetric(space::XL as i8 - 4, space::M as i8);
            Frame::new().inner_margin(margin).show(ui, |ui| body(ui, pass, view));
        });
    });
    let inside = rect.shrink(2.0).x_range();
    ui.painter().hline(inside, foot_at.min.y, Stroke::new(1.0, look.stroke));
    crate::ui::within(ui, foot_at.shrink2(vec2(space::XL, space::L)), |ui| foot(ui, pass, view));
}

/// The card among others in one column.
pub fn card(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let look = pass.look;
    let edge = Stage::of(&pass.state.verify, Timestamp::now()).edge(look);
    ask_to_leave(ui, pass, view);
    card_frame(look).stroke(edge).inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if let Some(check) = pass.state.verify.check_shown() {
            label(ui, look.strong(clean(&check.name)));
        }
        body(ui, pass, view);
        ui.add_space(space::S);
        separator(ui, look, space::L);
        ui.add_space(space::S);
        foot(ui, pass, view);
    });
}

/// Enter says yes, whatever has the focus.
fn ask_to_leave(ui: &Ui, pass: &mut Pass<'_>, view: &mut View) {
    if view.verify.leaving && keyboard::pressed(ui, Key::Enter) {
        close(pass, &mut view.verify);
    }
}

fn body(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let look = pass.look;
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    let verify = &pass.state.verify;
    if let Some(problem) = &verify.refused {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
    }
    match Stage::of(verify, Timestamp::now()) {
        Stage::Reading if verify.is_unread() => {
            title(ui, look, "Check who is calling", (Tone::Bad, Icon::Failed, "Not read"));
        }
        Stage::Reading => {
            title(ui, look, "Check who is calling", (Tone::Idle, Icon::Waiting, "Being read"));
            label(ui, look.quiet("The registered mobile is being read."));
        }
        Stage::Ready(caller) => ready(ui, pass, caller),
        Stage::Open(check) if check.channel.is_sms() => by_text(ui, pass, view, check),
        Stage::Open(check) => push::draw(ui, pass, check),
        Stage::Verified(verified) => over::verified(ui, pass, verified),
        Stage::Over(check, outcome) => over::draw(ui, pass, check, outcome),
    }
}

/// The card's title with its state at the right.
pub fn title(ui: &mut Ui, look: &Look, text: &str, (tone, icon, word): (Tone, Icon, &str)) {
    ui.horizontal(|ui| {
        ui.set_min_height(28.0);
        ui.label(look.title(text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            tone_chip(ui, look, tone, icon, word);
        });
    });
}

/// Where a text goes.
fn where_to(ui: &mut Ui, look: &Look, masked: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        ui.label(look.quiet("Text message to "));
        ui.label(look.mono(clean(masked)));
        ui.label(look.quiet(". You never see the code."));
    });
}

fn ready(ui: &mut Ui, pass: &mut Pass<'_>, caller: &CallerShown) {
    let (look, verify) = (pass.look, &pass.state.verify);
    let offer = verify.offer.clone().unwrap_or_default();
    let is_asked = matches!(verify.asked, Some(AskedOfCheck::Send | AskedOfCheck::Push));
    let chip = match is_asked {
        true => (Tone::Accent, Icon::Running, "Sending"),
        false => (Tone::Idle, Icon::Pending, "Not checked"),
    };
    title(ui, look, "Check who is calling", chip);
    if let Some(verified) = verify.verified_otherwise(&caller.person.id, Timestamp::now()) {
        over::for_another_ticket(ui, pass, verified);
    }
    let by_text = offer.sms.is_some() && caller.no_sms.is_none();
    match (caller.phones.first(), by_text) {
        (Some(phone), true) => where_to(ui, look, &phone.masked),
        _ if offer.push.is_some() && caller.no_push.is_none() => {
            label(ui, look.quiet("They approve it on their phone."));
        }
        _ => {}
    }
    if let Some(problem) = caller.no_sms.as_ref().filter(|_| offer.sms.is_some()) {
        problem_box(ui, look, (Tone::Warn, Icon::Phone), problem, |_| {});
    }
    match caller.text.as_ref().filter(|_| by_text) {
        Some(TextShown::Ours { text, messages }) => preview(ui, look, text, *messages),
        Some(TextShown::Service { service, name }) => {
            let name = name.as_deref().map(|name| format!(", in the name of {}", clean(name)));
            let name = name.unwrap_or_default();
            let words = format!("The text is {service}'s own{name}. It names no agent, no ticket.");
            label(ui, look.hint(words));
        }
        None => {}
    }
    if let Some(problem) = caller.no_push.as_ref().filter(|_| offer.push.is_some()) {
        if by_text {
            label(ui, look.hint(format!("Push approval: {}", problem.what)));
        } else {
            problem_box(ui, look, (Tone::Warn, Icon::Phone), problem, |_| {});
        }
    }
}

/// The text as it will stand on the phone, with its length.
fn preview(ui: &mut Ui, look: &Look, text: &str, messages: usize) {
    ui.add_space(space::S);
    let edge = if look.needs_edges() { Stroke::new(1.0, look.stroke) } else { Stroke::NONE };
    Frame::new()
        .fill(look.sunken)
        .stroke(edge)
        .corner_radius(CornerRadius::same(radius::CONTROL))
        .inner_margin(Margin::same(space::M as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            label(ui, look.body(clean(text)));
        });
    let messages = match messages {
        1 => "1 message".to_owned(),
        more => format!("{more} messages"),
    };
    label(ui, look.hint(format!("{messages}, {} characters", text.chars().count())));
}

fn by_text(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View, check: &CheckShown) {
    let look = pass.look;
    let heading = match check.state {
        CheckState::Sending => "Sending the code",
        CheckState::Checking => "Checking the code",
        CheckState::Waiting | CheckState::Over { .. } => "Code sent",
    };
    title(ui, look, heading, delivery::chip(check));
    if let Some(masked) = &check.masked {
        where_to(ui, look, masked);
    }
    delivery::steps(ui, look, check);
    remark(ui, look, check);
    if check.state == CheckState::Sending {
        return;
    }
    ui.add_space(space::XS);
    separator(ui, look, space::XL);
    ui.add_space(space::S);
    typed(ui, pass, view, check);
}

/// What went wrong beside the check; in one line where there are no details.
pub fn remark(ui: &mut Ui, look: &Look, check: &CheckShown) {
    let Some(problem) = &check.remark else { return };
    if !problem.details.is_empty() {
        problem_box(ui, look, (Tone::Warn, Icon::Warning), problem, |_| {});
        return;
    }
    let words = format!("{}. {}.", problem.what, problem.next);
    ui.horizontal_top(|ui| {
        let (square, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
        Icon::Warning.paint(ui.painter(), square.shrink(1.0), look.warn.ink, look.surface);
        let text = label(ui, look.rich(&words, Size::Hint, Face::SemiBold, look.warn.ink));
        text.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &words));
    });
}

fn typed(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View, check: &CheckShown) {
    let look = pass.look;
    let text = "Type the digits the caller reads out";
    label(ui, look.rich(text, Size::Lead, Face::SemiBold, look.text));
    ui.add_space(space::XS);
    let is_asked = pass.state.verify.asked == Some(AskedOfCheck::Try);
    let enabled = check.state == CheckState::Waiting && !is_asked && !view.verify.leaving;
    let field: &mut DigitsField = &mut view.verify.digits;
    let digits = field.draw(ui, look, enabled, check.wrong > 0);
    ui.add_space(space::XS);
    countdown(ui, look, check, &format!("Try {} of {}", check.wrong + 1, check.tries));
    let cancel = ui.horizontal(|ui| {
        ui.set_height(size::BUTTON_SMALL);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = Button::quiet("Cancel").named("Cancel the check");
            let cancel = button.show(ui, look).clicked();
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                below(ui, look, check, field);
            });
            cancel
        })
        .inner
    });
    if let Some(digits) = digits {
        wish(pass, VerifyCommand::Try(digits));
    } else if cancel.inner {
        wish(pass, VerifyCommand::Cancel);
    }
}

/// What was wrong, or how it goes on.
fn below(ui: &mut Ui, look: &Look, check: &CheckShown, field: &DigitsField) {
    let bad = |text: String| look.rich(text, Size::Hint, Face::SemiBold, look.bad.ink);
    if field.has_too_many() {
        label(ui, bad("A code has 6 digits: that had more.".into()));
        return;
    }
    let left = check.tries.saturating_sub(check.wrong);
    if check.wrong == 0 || !field.is_empty() {
        let tries = match check.tries {
            1 => "one try is left",
            2 => "two tries are left",
            _ => "three tries in all",
        };
        label(ui, look.hint(format!("Checked at the sixth digit, {tries}.")));
        return;
    }
    let tries = if left == 1 { "1 try is left" } else { "2 tries are left" };
    let (square, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
    Icon::Failed.paint(ui.painter(), square.shrink(1.0), look.bad.ink, look.surface);
    label(ui, bad(format!("Wrong code, {tries}. Ask for it again.")));
}

/// What is left of the time, as words and as a bar.
pub fn countdown(ui: &mut Ui, look: &Look, check: &CheckShown, at_left: &str) {
    let now = Timestamp::now();
    let left = span(check.ends_at, now);
    let whole = span(check.ends_at, check.begun_at);
    wake_at_next_second(ui, left);
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        ui.label(look.hint(at_left));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(look.hint("left to answer"));
            ui.label(look.rich(minutes(left), Size::Lead, Face::Mono, look.text).strong());
            let (square, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
            Icon::Clock.paint(ui.painter(), square, look.text, look.surface);
        });
    });
    let share = left.as_secs_f32() / whole.as_secs_f32().max(1.0);
    progress_bar(ui, look, ui.available_width(), Some(share), "Time left to answer");
}

/// Nothing where it is over.
pub fn span(until: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now)).unwrap_or_default()
}

/// What can be pressed now; the one obvious next step at the right.
fn foot(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    if view.verify.leaving {
        question(ui, pass, view);
        return;
    }
    let ways = Ways::of(&pass.state.verify);
    match Stage::of(&pass.state.verify, Timestamp::now()) {
        Stage::Reading => {}
        Stage::Ready(_) => foot_ready(ui, pass, &ways),
        Stage::Open(check) if check.channel.is_sms() => foot_by_text(ui, pass, check, &ways),
        Stage::Open(_) => foot_push(ui, pass, &ways),
        Stage::Verified(verified) => foot_verified(ui, pass, view, verified),
        Stage::Over(_, outcome) => foot_over(ui, pass, outcome, &ways),
    }
}

/// What may be sent to the person on the page.
struct Ways {
    text: bool,
    push: bool,
    person: Option<crate::directory::PersonId>,
}

impl Ways {
    fn of(verify: &Verify) -> Self {
        let (Some(caller), Some(offer)) = (&verify.caller, &verify.offer) else {
            return Self { text: false, push: false, person: None };
        };
        let locked = verify.locked_until(Timestamp::now()).is_some();
        Self {
            text: offer.sms.is_some() && caller.no_sms.is_none() && !locked,
            push: offer.push.is_some() && caller.no_push.is_none() && !locked,
            person: Some(caller.person.id.clone()),
        }
    }

    fn send(&self, pass: &mut Pass<'_>) {
        if let Some(person) = self.person.clone() {
            wish(pass, VerifyCommand::SendCode { person });
        }
    }

    fn push(&self, pass: &mut Pass<'_>) {
        if let Some(person) = self.person.clone() {
            wish(pass, VerifyCommand::AskByPush { person });
        }
    }
}

/// Something at the left, something at the right; below each other where there is no room.
fn sides<L, R>(
    ui: &mut Ui,
    left: impl FnOnce(&mut Ui) -> L,
    right: impl FnOnce(&mut Ui) -> R,
) -> (L, R) {
    if ui.available_width() < WIDE_FOOT {
        // The obvious step first.
        let right = right(ui);
        return (left(ui), right);
    }
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        ui.spacing_mut().item_spacing.x = space::S;
        let left = left(ui);
        let right = ui.with_layout(Layout::right_to_left(Align::Center), right).inner;
        (left, right)
    })
    .inner
}

fn foot_ready(ui: &mut Ui, pass: &mut Pass<'_>, ways: &Ways) {
    let look = pass.look;
    let idle = pass.state.verify.asked.is_none();
    let key = idle && ways.push && keyboard::pressed(ui, Key::F4);
    if !ways.text && !ways.push {
        let locked = pass.state.verify.locked_until(Timestamp::now()).is_some();
        let words = match locked {
            true => "Nothing can be sent while the caller is locked",
            false => "Nothing can be sent to this person",
        };
        ui.label(look.quiet(words));
        return;
    }
    let (push, send) = sides(
        ui,
        |ui| {
            let button = Button::secondary("Push approval instead").cap("F4").enabled(idle);
            ways.text && ways.push && button.show(ui, look).clicked()
        },
        |ui| {
            let word = if ways.text { "Send code" } else { "Ask by push approval" };
            let button = Button::primary(word).cap("Enter").enabled(idle);
            button.show(ui, look).clicked() || (idle && keyboard::enter(ui))
        },
    );
    if send && ways.text {
        ways.send(pass);
    } else if send || push || key {
        ways.push(pass);
    }
}

fn foot_by_text(ui: &mut Ui, pass: &mut Pass<'_>, check: &CheckShown, ways: &Ways) {
    let look = pass.look;
    let idle = pass.state.verify.asked.is_none() && check.state == CheckState::Waiting;
    let key = idle && ways.push && keyboard::pressed(ui, Key::F4);
    let left = check.again_from.map(|from| span(from, Timestamp::now()));
    if let Some(left) = left {
        wake_at_next_second(ui, left);
    }
    let (again, push) = sides(
        ui,
        |ui| {
            left.is_some_and(|left| {
                let word = match left.is_zero() {
                    true => "Send again".to_owned(),
                    false => format!("Send again in {}", minutes(left)),
                };
                let button = Button::secondary(&word).named("Send again");
                button.enabled(idle && left.is_zero()).show(ui, look).clicked()
            })
        },
        |ui| {
            let button = Button::secondary("Push approval instead").cap("F4").enabled(idle);
            ways.push && button.fitting(ui).show(ui, look).clicked()
        },
    );
    if again {
        wish(pass, VerifyCommand::SendAgain);
    } else if push || key {
        ways.push(pass);
    }
}

fn foot_push(ui: &mut Ui, pass: &mut Pass<'_>, ways: &Ways) {
    let look = pass.look;
    let idle = pass.state.verify.asked.is_none();
    let (cancel, send) = sides(
        ui,
        |ui| Button::secondary("Cancel").enabled(idle).show(ui, look).clicked(),
        |ui| {
            let button = Button::secondary("Code by text instead").enabled(idle);
            ways.text && button.show(ui, look).clicked()
        },
    );
    if cancel {
        wish(pass, VerifyCommand::Cancel);
    } else if send {
        ways.send(pass);
    }
}

fn foot_verified(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View, verified: &VerifiedShown) {
    let look = pass.look;
    let offers_phones = pass.state.phones.offered != Some(false);
    let (revoke, open) = sides(
        ui,
        |ui| Button::secondary("Revoke").show(ui, look).clicked(),
        |ui| {
            // Not by Enter: it may follow the last digit by habit.
            let button = Button::primary("Open in Phones").icon(Icon::Phone);
            offers_phones && button.show(ui, look).clicked()
        },
    );
    if revoke {
        wish(pass, VerifyCommand::Revoke(verified.check));
    } else if open {
        super::to_phones(pass, view, &verified.upn.clone());
    }
}

fn foot_over(ui: &mut Ui, pass: &mut Pass<'_>, outcome: Outcome, ways: &Ways) {
    let look = pass.look;
    // An alarm is not asked away.
    if matches!(outcome, Outcome::NotMe | Outcome::Denied) {
        ui.label(look.quiet("Press Esc for the next caller."));
        return;
    }
    // What was read before says nothing of the lock yet.
    if outcome == Outcome::WrongCode {
        ui.label(look.quiet("Nothing can be sent while the caller is locked"));
        return;
    }
    let idle = pass.state.verify.asked.is_none();
    let key = idle && ways.push && keyboard::pressed(ui, Key::F4);
    if !ways.text && !ways.push {
        ui.label(look.quiet("Nothing can be sent to this caller now."));
        return;
    }
    let by_enter = matches!(
        outcome,
        Outcome::Expired | Outcome::NotDelivered | Outcome::Cancelled | Outcome::Interrupted
    );
    let anew = Button::primary("Send a new code").enabled(idle);
    let anew = if by_enter { anew.cap("Enter") } else { anew };
    let taken = if ways.text { anew.width(ui) + space::S } else { 0.0 };
    let (push, send) = sides(
        ui,
        |ui| {
            let button = Button::secondary("Push approval instead").cap("F4").enabled(idle);
            ways.push && button.fitting_beside(ui, taken).show(ui, look).clicked()
        },
        |ui| {
            let anew = anew.fitting(ui);
            ways.text
                && (anew.show(ui, look).clicked() || (idle && by_enter && keyboard::enter(ui)))
        },
    );
    if send {
        ways.send(pass);
    } else if push || key {
        ways.push(pass);
    }
}

/// Whether the open check is to be ended for the next caller.
fn question(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let look = pass.look;
    let (stay, end) = sides(
        ui,
        |ui| {
            ui.label(look.strong("End this check?"));
            Button::secondary("Go on").cap("Esc").show(ui, look).clicked()
        },
        |ui| Button::primary("End it").cap("Enter").show(ui, look).clicked(),
    );
    if stay {
        view.verify.leaving = false;
        view.verify.digits.take_focus();
    } else if end {
        close(pass, &mut view.verify);
    }
}
