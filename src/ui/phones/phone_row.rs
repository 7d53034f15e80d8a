//! One kind of phone: its number, SMS sign-in, and what can be done about it.

use super::one::OneView;
use super::{confirm, numbers};
use crate::access::Act;
use crate::engine::{Command, MethodsShown, OneDeed, PhonesCommand};
use crate::phones::{NumberText, PhoneKind, PhoneMethod, PhoneNumber, SmsSignIn, check};
use crate::problem::Problem;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{Button, field, label, paint_text, problem_box, separator, switch};
use egui::{Align, Align2, Key, Layout, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

/// A number being typed.
pub struct Editing {
    pub kind: PhoneKind,
    pub text: String,
    /// It was handed over and not answered yet.
    pub sent: bool,
    focus: bool,
}

impl Editing {
    fn of(kind: PhoneKind, text: String) -> Self {
        Self { kind, text, sent: false, focus: true }
    }
}

pub fn draw(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut OneView,
    (shown, kind): (&MethodsShown, PhoneKind),
) {
    let look = pass.look;
    separator(ui, look, 0.0);
    let phone = shown.phones.iter().find(|phone| phone.kind == kind);
    line(ui, pass, view, (shown, kind, phone));
    if let Some(phone) = phone.filter(|_| kind == PhoneKind::Mobile) {
        sms(ui, pass, shown, phone);
    }
    if view.editing.as_ref().is_some_and(|editing| editing.kind == kind) {
        editor(ui, pass, view, (shown, kind));
    } else if view.removing == Some(kind)
        && let Some(phone) = phone
    {
        removal(ui, pass, view, (shown, phone));
    }
}

fn line(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut OneView,
    (shown, kind, phone): (&MethodsShown, PhoneKind, Option<&PhoneMethod>),
) {
    let look = pass.look;
    let height = 56.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let idle = pass.state.phones.one.working.is_none();
    let working = is_of(pass.state.phones.one.working, kind);
    let add_refused = phone.is_none().then(|| refused_add(shown, kind)).flatten();
    let mut buttons_left = rect.max.x;
    let closed = view.editing.as_ref().is_none_or(|editing| editing.kind != kind)
        && view.removing != Some(kind);
    crate::ui::frame::row(ui, rect, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if working {
            ui.label(look.hint("Being written"));
        } else if closed {
            match phone {
                Some(_) => existing_buttons(ui, look, view, (kind, idle)),
                None => add_button(ui, look, view, (kind, idle && add_refused.is_none())),
            }
        }
        buttons_left = ui.min_rect().min.x;
    });
    let number = phone.map(|phone| numbers::shown(&phone.number));
    let more = match (&number, &add_refused) {
        (None, Some(why)) => why.clone(),
        _ if kind.gets_texts() => "Texts and calls".to_owned(),
        _ => "Calls only".to_owned(),
    };
    let spoken = format!("{}: {}", kind.name(), number.as_deref().unwrap_or("none"));
    let words = rect.with_max_x(buttons_left - space::M);
    let response = ui.interact(words, ui.make_persistent_id("phone"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    paint(ui, look, words, (kind, number.as_deref(), &more));
}

/// Why a number of this kind can't be added, whatever the number.
fn refused_add(shown: &MethodsShown, kind: PhoneKind) -> Option<String> {
    let has_mobile = shown.phones.iter().any(|phone| phone.kind == PhoneKind::Mobile);
    (kind == PhoneKind::AlternateMobile && !has_mobile).then(|| "Needs a mobile first".to_owned())
}

fn is_of(deed: Option<OneDeed>, kind: PhoneKind) -> bool {
    matches!(deed, Some(OneDeed::SetNumber(of) | OneDeed::RemoveNumber(of)) if of == kind)
}

fn paint(ui: &Ui, look: &Look, rect: Rect, (kind, number, more): (PhoneKind, Option<&str>, &str)) {
    let painter = ui.painter();
    let y = rect.center().y;
    let square = Rect::from_center_size(pos2(rect.min.x + 10.0, y), Vec2::splat(20.0));
    Icon::Phone.paint(painter, square, look.text_2, look.surface);
    let x = rect.min.x + 32.0;
    let wide = rect.width() >= 400.0;
    let style = (Size::Body, Face::SemiBold, look.text);
    paint_text(painter, pos2(x, y - 10.0), Align2::LEFT_CENTER, kind.name(), style);
    let (number, face, ink) = match number {
        Some(number) => (number, Face::Mono, look.text),
        None => ("none", Face::Mono, look.text_3),
    };
    let style = (Size::Hint, Face::Regular, look.text_3);
    if wide {
        paint_text(painter, pos2(x, y + 10.0), Align2::LEFT_CENTER, more, style);
        let at = pos2(rect.min.x + 192.0, y);
        paint_text(painter, at, Align2::LEFT_CENTER, number, (Size::Lead, face, ink));
    } else {
        let style = (Size::Body, face, ink);
        paint_text(painter, pos2(x, y + 10.0), Align2::LEFT_CENTER, number, style);
    }
}

/// From the right: the less wanted one is further out of the way.
fn existing_buttons(ui: &mut Ui, look: &Look, view: &mut OneView, (kind, idle): (PhoneKind, bool)) {
    let name = format!("Remove the {}", kind.word());
    let button = Button::secondary("Remove…").named(&name).small().enabled(idle);
    if button.show(ui, look).clicked() {
        view.removing = Some(kind);
        view.editing = None;
    }
    let name = format!("Change the {}", kind.word());
    let button = Button::secondary("Change…").named(&name).small().enabled(idle);
    if button.show(ui, look).clicked() {
        view.editing = Some(Editing::of(kind, String::new()));
        view.removing = None;
    }
}

fn add_button(ui: &mut Ui, look: &Look, view: &mut OneView, (kind, may): (PhoneKind, bool)) {
    let name = format!("Add the {}", kind.word());
    let button = Button::secondary("Add…").named(&name).icon(Icon::Plus).small().enabled(may);
    if button.show(ui, look).clicked() {
        view.editing = Some(Editing::of(kind, String::new()));
        view.removing = None;
    }
}

/// Sign-in with a text message alone.
fn sms(ui: &mut Ui, pass: &mut Pass<'_>, shown: &MethodsShown, phone: &PhoneMethod) {
    if phone.sms == SmsSignIn::NotSupported {
        return;
    }
    let look = pass.look;
    let on = phone.sms == SmsSignIn::Ready;
    let may =
        matches!(phone.sms, SmsSignIn::Ready | SmsSignIn::NotEnabled | SmsSignIn::NotConfigured);
    let working = pass.state.phones.one.working;
    let written = matches!(working, Some(OneDeed::SmsSignIn { .. }));
    let words = if written { "Being written" } else { phone.sms.words() };
    ui.horizontal(|ui| {
        ui.set_height(36.0);
        ui.spacing_mut().item_spacing.x = space::M;
        ui.add_space(32.0);
        let name = ("Sign in by text message", "Sign in by text message");
        let clicked = switch(ui, look, (on, may && working.is_none()), name).clicked();
        let ink = if phone.sms == SmsSignIn::NumberNotUnique { look.warn.ink } else { look.text_3 };
        ui.label(look.rich(words, Size::Hint, Face::Regular, ink));
        if may && ui.available_width() > 200.0 {
            confirm::line(ui, pass, Act::ChangePhone);
        }
        if clicked {
            let person = shown.person.id.clone();
            pass.send(Command::Phones(PhonesCommand::SetSmsSignIn { person, on: !on }));
        }
    });
    ui.add_space(space::S);
}

/// What the typed text would do.
enum Reading {
    Nothing,
    Fault(String),
    /// It would be registered so; what else is worth knowing.
    Number(String, Option<&'static str>),
}

fn reading(shown: &MethodsShown, kind: PhoneKind, text: &str, country: &str) -> Reading {
    let text = NumberText::new(text);
    if text.is_blank() {
        return Reading::Nothing;
    }
    let number = match numbers::read(&text, country) {
        Ok(number) => number,
        Err(fault) => return Reading::Fault(numbers::first_upper(&fault.to_string())),
    };
    if let Err(rule) = check(&shown.phones, kind, Some(&number)) {
        return Reading::Fault(numbers::first_upper(&rule.to_string()));
    }
    let now = shown.phones.iter().find(|phone| phone.kind == kind);
    let now = now.and_then(|phone| PhoneNumber::from_international(&phone.number).ok());
    if now.as_ref() == Some(&number) {
        return Reading::Fault("This number is registered already".to_owned());
    }
    let landline = number.line() == crate::phones::Line::Landline;
    let more =
        (landline && kind.gets_texts()).then_some("a landline: it is called, it gets no texts");
    Reading::Number(number.entra(), more)
}

fn editor(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut OneView,
    (shown, kind): (&MethodsShown, PhoneKind),
) {
    let look = pass.look;
    let country = pass.state.phones.default_country.clone();
    let Some(editing) = &mut view.editing else { return };
    let idle = pass.state.phones.one.working.is_none();
    let mut leave = false;
    indented(ui, |ui| {
        let hint = if country.is_empty() {
            "With its country code, such as +46".to_owned()
        } else {
            format!("Numbers without a code are read as {country}")
        };
        let mut entered = false;
        ui.allocate_ui(vec2(ui.available_width().min(360.0), size::BUTTON), |ui| {
            let name = format!("New {}", kind.word());
            let response = field(ui, look, &name, &mut editing.text, &hint);
            if std::mem::take(&mut editing.focus) {
                response.request_focus();
            }
            if response.changed() {
                editing.sent = false;
            }
            entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if response.has_focus() && crate::ui::keyboard::escape(ui) {
                leave = true;
            }
        });
        let reading = reading(shown, kind, &editing.text, &country);
        said(ui, look, &reading);
        let ready = idle && matches!(reading, Reading::Number(..));
        // What is no number yet is typed on.
        editing.focus |= entered && !ready;
        ui.horizontal_wrapped(|ui| {
            let save = Button::primary("Save number").icon(Icon::Lock).cap("Enter").small();
            let clicked = save.enabled(ready).show(ui, look).clicked();
            leave |= Button::secondary("Leave it").cap("Esc").small().show(ui, look).clicked();
            confirm::line(ui, pass, Act::ChangePhone);
            if ready && (clicked || entered) {
                let number = NumberText::new(editing.text.trim());
                let person = shown.person.id.clone();
                editing.sent = true;
                pass.send(Command::Phones(PhonesCommand::SetNumber { person, kind, number }));
            }
        });
    });
    if leave {
        view.editing = None;
    }
}

fn said(ui: &mut Ui, look: &Look, reading: &Reading) {
    ui.horizontal(|ui| {
        ui.set_height(Size::Lead.line());
        ui.spacing_mut().item_spacing.x = space::S;
        let (icon, tone) = match reading {
            Reading::Nothing => {
                ui.label(look.hint("It is read as you type"));
                return;
            }
            Reading::Fault(_) => (Icon::Failed, Tone::Bad),
            Reading::Number(_, Some(_)) => (Icon::Warning, Tone::Warn),
            Reading::Number(_, None) => (Icon::Done, Tone::Ok),
        };
        let ink = look.tone(tone).ink;
        let (square, _) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
        icon.paint(ui.painter(), square, ink, look.surface);
        match reading {
            Reading::Nothing => {}
            Reading::Fault(why) => {
                ui.label(look.rich(why, Size::Body, Face::SemiBold, ink));
            }
            Reading::Number(number, more) => {
                ui.label(look.rich("Read as", Size::Body, Face::Regular, look.text_2));
                ui.label(look.rich(number, Size::Body, Face::Mono, look.text));
                if let Some(more) = more {
                    ui.label(look.rich(*more, Size::Body, Face::Regular, ink));
                }
            }
        }
    });
}

fn removal(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut OneView,
    (shown, phone): (&MethodsShown, &PhoneMethod),
) {
    let look = pass.look;
    let idle = pass.state.phones.one.working.is_none();
    indented(ui, |ui| {
        if let Err(rule) = check(&shown.phones, phone.kind, None) {
            let problem = Problem {
                what: numbers::first_upper(&rule.to_string()),
                next: String::new(),
                details: Vec::new(),
            };
            problem_box(ui, look, (Tone::Warn, Icon::Warning), &problem, |ui| {
                if Button::secondary("Keep it").cap("Esc").small().show(ui, look).clicked() {
                    view.removing = None;
                }
            });
            return;
        }
        let question =
            format!("Remove {} from the {}?", numbers::shown(&phone.number), phone.kind.word());
        label(ui, look.strong(question));
        if phone.sms == SmsSignIn::Ready {
            let text = "SMS sign-in ends with it.";
            label(ui, look.rich(text, Size::Body, Face::Regular, look.warn.ink));
        }
        ui.horizontal_wrapped(|ui| {
            let button = Button::primary("Remove number").icon(Icon::Lock).small().enabled(idle);
            if button.show(ui, look).clicked() {
                let (person, kind) = (shown.person.id.clone(), phone.kind);
                pass.send(Command::Phones(PhonesCommand::RemoveNumber { person, kind }));
            }
            if Button::secondary("Keep it").cap("Esc").small().show(ui, look).clicked() {
                view.removing = None;
            }
            confirm::line(ui, pass, Act::ChangePhone);
        });
    });
}

/// Below the words of its row.
fn indented(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.add_space(32.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            ui.set_width(ui.available_width());
            add(ui);
            ui.add_space(space::S);
        });
    });
}
