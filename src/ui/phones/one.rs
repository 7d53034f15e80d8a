//! One person: search, card, every registered method, passes and sessions.

use super::{PhonesView, confirm, pass_card, phone_row};
use crate::access::Act;
use crate::app::State;
use crate::app::state::{clean, day_time, local_time, thousands};
use crate::directory::{AccountState, MethodKind, Person, PersonId, PersonKind, RegisteredMethod};
use crate::engine::{Command, MethodsShown, OneDeed, PhonesCommand};
use crate::phones::PhoneKind;
use crate::problem::Problem;
use crate::ui::find_person::{self, Sought};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, address_lines, avatar, card, card_frame, fact_row, heading, label, paint_cut,
    paint_text, problem_box, tone_chip, two_lines,
};
use crate::ui::{Pass, keyboard};
use egui::{
    Align2, Margin, Rect, Role, ScrollArea, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

/// What is open about the person.
#[derive(Default)]
pub struct OneView {
    pub editing: Option<phone_row::Editing>,
    pub removing: Option<PhoneKind>,
    pub revoking: bool,
    pub pass: pass_card::PassForm,
    of: Option<PersonId>,
    was_open: bool,
}

impl OneView {
    pub fn has_unsent(&self) -> bool {
        self.editing.is_some() || self.removing.is_some() || self.revoking || self.pass.is_typed()
    }

    /// Another person's forms are empty; what was done closes its form.
    pub fn follow(&mut self, state: &State) {
        let one = &state.phones.one;
        let open = one.person().map(|person| person.id.clone());
        if self.of != open {
            *self = Self { of: open, was_open: self.of.is_some(), ..Self::default() };
        } else {
            self.was_open = false;
        }
        match one.done.or(one.already_so) {
            Some(OneDeed::SetNumber(kind)) => {
                self.editing.take_if(|editing| editing.kind == kind && editing.sent);
            }
            Some(OneDeed::RemoveNumber(_)) => self.removing = None,
            Some(OneDeed::IssuePass) if self.pass.sent => self.pass = Default::default(),
            Some(OneDeed::RevokeSessions) => self.revoking = false,
            _ => {}
        }
    }

    /// The person was left in this frame.
    pub fn was_open(&self) -> bool {
        self.was_open
    }

    pub fn drop_secrets(&mut self) {
        self.editing = None;
        self.pass = Default::default();
    }

    fn close_forms(&mut self) -> bool {
        let open = self.editing.is_some() || self.removing.is_some() || self.revoking;
        self.editing = None;
        self.removing = None;
        self.revoking = false;
        open
    }
}

const NEXT: &str = "Type a name, or scan a badge. The person's sign-in methods come next.";

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView) {
    if pass.state.phones.one.person().is_none() {
        find(ui, pass, view);
        return;
    }
    if keyboard::back(ui) {
        step_back(pass, view);
        return;
    }
    let room = ui.available_rect_before_wrap();
    let two = room.width() >= 740.0 && ui.ctx().zoom_factor() < 1.25;
    if !two {
        ScrollArea::vertical().id_salt("one person").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            person(ui, pass, view);
            ui.add_space(space::L);
            methods(ui, pass, view);
            ui.add_space(space::L);
            acts(ui, pass, view);
        });
        return;
    }
    let left = room.with_max_x(room.min.x + size::LEFT_COLUMN);
    let right = room.with_min_x(left.max.x + space::L);
    crate::ui::within(ui, left, |ui| {
        ScrollArea::vertical().id_salt("person").show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            person(ui, pass, view);
            ui.add_space(space::L);
            acts(ui, pass, view);
        });
    });
    crate::ui::within(ui, right, |ui| {
        ScrollArea::vertical().id_salt("methods").auto_shrink([false, false]).show(ui, |ui| {
            methods(ui, pass, view);
        });
    });
}

/// The innermost thing first: a pass, a form, then the person.
fn step_back(pass: &mut Pass<'_>, view: &mut PhonesView) {
    if pass.state.phones.one.pass(std::time::Instant::now()).is_some() {
        pass.send(Command::Phones(PhonesCommand::HidePass));
    } else if !view.one.close_forms() {
        view.leave_person(pass);
    }
}

fn find(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView) {
    let look = pass.look;
    if view.from_plan && keyboard::back(ui) {
        view.leave_person(pass);
        return;
    }
    card_frame(look).inner_margin(Margin::same(space::XL as i8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height(ui.available_height().max(240.0));
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        ui.label(look.title("Whose sign-in methods?"));
        ui.add_space(space::M);
        let search = &pass.state.phones.search;
        let command = match find_person::draw(ui, pass, &mut view.find, (search, NEXT)) {
            Some(Sought::Query(query)) => PhonesCommand::Find { query },
            Some(Sought::Person(person)) => PhonesCommand::Open(person),
            None => return,
        };
        pass.send(Command::Phones(command));
    });
}

fn person(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView) {
    let look = pass.look;
    let one = &pass.state.phones.one;
    let Some(person) = one.person() else { return };
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::L, space::XS);
            let (tile, _) = ui.allocate_exact_size(Vec2::splat(56.0), Sense::hover());
            avatar(ui, look, tile, &person.display_name, Size::Title);
            ui.vertical(|ui| {
                ui.add_space(space::XS);
                two_lines(ui, look, &clean(&person.display_name));
                address_lines(ui, look.quiet(clean(&person.upn)));
            });
        });
        ui.add_space(space::M);
        facts(ui, look, person, one.shown.as_deref());
        ui.horizontal(|ui| {
            let word = if view.from_plan { "Back to the table" } else { "Another person" };
            if Button::secondary(word).cap("Esc").small().show(ui, look).clicked() {
                view.leave_person(pass);
            }
            let idle = pass.state.phones.one.working.is_none();
            if Button::secondary("Read again").small().enabled(idle).show(ui, look).clicked() {
                pass.send(Command::Phones(PhonesCommand::Refresh));
            }
        });
        if let Some(shown) = &pass.state.phones.one.shown {
            ui.add_space(space::S);
            sessions(ui, pass, &mut view.one, shown);
        }
    });
}

fn facts(ui: &mut Ui, look: &Look, person: &Person, shown: Option<&MethodsShown>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let employee = person.employee_id.as_deref().map_or_else(|| "none".to_owned(), thousands);
    fact_row(ui, look, "Employee id", look.mono(employee));
    let department = person.department.as_deref().or(person.job_title.as_deref());
    fact_row(ui, look, "Department", look.body(clean(department.unwrap_or("none"))));
    if let Some(shown) = shown {
        fact_row(ui, look, "Read at", look.mono(local_time(shown.read_at)));
    }
    let (tone, icon, word) = match (person.account, person.kind) {
        (AccountState::Disabled, _) => (Tone::Bad, Icon::Failed, "Account disabled"),
        (_, PersonKind::Guest) => (Tone::Warn, Icon::Warning, "Guest"),
        (AccountState::Enabled, _) => (Tone::Ok, Icon::Done, "Account enabled"),
        (AccountState::Unknown, _) => (Tone::Idle, Icon::Pending, "Account state unknown"),
        (AccountState::NotKept, _) => return,
    };
    ui.add_space(space::S);
    tone_chip(ui, look, tone, icon, word);
    ui.add_space(space::S);
}

/// Everything that is registered, and what became of the last wish.
fn methods(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView) {
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    answer(ui, pass);
    if pass_card::shown(ui, pass) {
        ui.add_space(space::S);
    }
    let Some(shown) = &pass.state.phones.one.shown else {
        let one = &pass.state.phones.one;
        if one.refused.is_none() && one.unsure.is_none() {
            card(ui, pass.look, |ui| {
                ui.set_width(ui.available_width());
                let pause = crate::ui::widgets::pause_in_words(ui, pass.state);
                super::empty(ui, pass, &pause.unwrap_or_else(|| "Being read".to_owned()));
                ui.add_space(space::XL);
            });
        }
        return;
    };
    card(ui, pass.look, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, pass.look, "Phones", "One number of each kind");
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        for kind in PhoneKind::ALL {
            ui.push_id(kind.name(), |ui| phone_row::draw(ui, pass, &mut view.one, (shown, kind)));
        }
    });
    ui.add_space(space::S);
    others(ui, pass, shown);
}

/// What was done or refused last; what is under way.
fn answer(ui: &mut Ui, pass: &Pass<'_>) {
    let (look, one) = (pass.look, &pass.state.phones.one);
    if let Some((deed, problem)) = &one.refused {
        let problem = Problem {
            what: format!("{}: {}", refused_word(*deed), problem.what),
            ..problem.clone()
        };
        problem_box(ui, look, (Tone::Bad, Icon::Failed), &problem, |_| {});
        return;
    }
    if let Some((deed, problem)) = &one.unsure {
        let problem = Problem {
            what: format!("{}: {}", unsure_word(*deed), problem.what),
            ..problem.clone()
        };
        problem_box(ui, look, (Tone::Warn, Icon::Warning), &problem, |_| {});
        return;
    }
    if let Some(words) = one.already_so.and_then(already_word) {
        tone_chip(ui, look, Tone::Idle, Icon::Same, &words);
    }
    if let Some(words) = one.done.and_then(done_word) {
        tone_chip(ui, look, Tone::Ok, Icon::Done, &words);
    }
}

fn refused_word(deed: OneDeed) -> String {
    match deed {
        OneDeed::Read => "The methods could not be read".to_owned(),
        OneDeed::SetNumber(kind) => format!("The {} was not written", kind.word()),
        OneDeed::RemoveNumber(kind) => format!("The {} was not removed", kind.word()),
        OneDeed::SmsSignIn { on: true } => "SMS sign-in was not switched on".to_owned(),
        OneDeed::SmsSignIn { on: false } => "SMS sign-in was not switched off".to_owned(),
        OneDeed::IssuePass => "No pass was issued".to_owned(),
        OneDeed::RevokeSessions => "The sessions were not ended".to_owned(),
    }
}

fn unsure_word(deed: OneDeed) -> String {
    match deed {
        OneDeed::Read => refused_word(deed),
        OneDeed::SetNumber(kind) => format!("The {} may have been written", kind.word()),
        OneDeed::RemoveNumber(kind) => format!("The {} may have been removed", kind.word()),
        OneDeed::SmsSignIn { on: true } => "SMS sign-in may have been switched on".to_owned(),
        OneDeed::SmsSignIn { on: false } => "SMS sign-in may have been switched off".to_owned(),
        OneDeed::IssuePass => "A pass may have been issued".to_owned(),
        OneDeed::RevokeSessions => "The sessions may have been ended".to_owned(),
    }
}

fn already_word(deed: OneDeed) -> Option<String> {
    let so = match deed {
        OneDeed::Read | OneDeed::IssuePass | OneDeed::RevokeSessions => return None,
        OneDeed::SetNumber(kind) => format!("This {} is registered already", kind.word()),
        OneDeed::RemoveNumber(kind) => format!("No {} is registered", kind.word()),
        OneDeed::SmsSignIn { on: true } => "SMS sign-in is on already".to_owned(),
        OneDeed::SmsSignIn { on: false } => "SMS sign-in is off already".to_owned(),
    };
    Some(format!("{so}, nothing was written"))
}

fn done_word(deed: OneDeed) -> Option<String> {
    Some(match deed {
        OneDeed::Read | OneDeed::IssuePass => return None,
        OneDeed::SetNumber(kind) => format!("{} written and read again", kind.name()),
        OneDeed::RemoveNumber(kind) => format!("{} removed", kind.name()),
        OneDeed::SmsSignIn { on: true } => "SMS sign-in is on".to_owned(),
        OneDeed::SmsSignIn { on: false } => "SMS sign-in is off".to_owned(),
        OneDeed::RevokeSessions => "Sessions end within minutes".to_owned(),
    })
}

/// Methods other than phones.
fn others(ui: &mut Ui, pass: &Pass<'_>, shown: &MethodsShown) {
    let look = pass.look;
    let others: Vec<&RegisteredMethod> =
        shown.methods.iter().filter(|m| !matches!(m.kind, MethodKind::Phone(_))).collect();
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, look, "Other sign-in methods", "");
        ui.spacing_mut().item_spacing.y = 0.0;
        if others.is_empty() {
            label(ui, look.quiet("None"));
        }
        for method in others {
            other(ui, look, method);
        }
    });
}

fn other(ui: &mut Ui, look: &Look, method: &RegisteredMethod) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    let (icon, kind) = kind_words(&method.kind);
    let name = match (&method.kind, method.name.as_deref()) {
        (_, Some(name)) => clean(name),
        (MethodKind::Other(own), None) => clean(own),
        (_, None) => String::new(),
    };
    let since = method.created.map(|at| day_time(at).chars().take(10).collect::<String>());
    let since = since.map(|day| format!("since {day}")).unwrap_or_default();
    let spoken = [kind, &name, &since];
    let spoken: Vec<&str> = spoken.into_iter().filter(|part| !part.is_empty()).collect();
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.join(", ")));
    let painter = ui.painter();
    painter.hline(rect.x_range(), rect.min.y, Stroke::new(1.0, look.stroke));
    let y = rect.center().y;
    let square = Rect::from_center_size(pos2(rect.min.x + 10.0, y), Vec2::splat(16.0));
    icon.paint(painter, square, look.text_2, look.surface);
    let x = rect.min.x + 32.0;
    let narrow = rect.width() < 480.0;
    let middle = if narrow { rect.min.x + 176.0 } else { rect.min.x + 224.0 };
    let right = if narrow || since.is_empty() { rect.max.x } else { rect.max.x - 120.0 };
    let style = (Size::Body, Face::SemiBold, look.text);
    paint_cut(painter, pos2(x, y), middle - space::M, kind, style);
    let style = (Size::Body, Face::Regular, look.text_2);
    paint_cut(painter, pos2(middle, y), right, &name, style);
    if !narrow {
        let style = (Size::Hint, Face::Regular, look.text_3);
        paint_text(painter, pos2(rect.max.x, y), Align2::RIGHT_CENTER, &since, style);
    }
}

fn kind_words(kind: &MethodKind) -> (Icon, &'static str) {
    match kind {
        MethodKind::Password => (Icon::Pin, "Password"),
        MethodKind::Phone(kind) => (Icon::Phone, kind.name()),
        MethodKind::Passkey => (Icon::Key, "Passkey"),
        MethodKind::Authenticator => (Icon::Phone, "Authenticator"),
        MethodKind::SoftwareOath => (Icon::Clock, "Code app (OATH)"),
        MethodKind::HardwareOath => (Icon::Device, "Code token (OATH)"),
        MethodKind::Email => (Icon::Document, "E-mail"),
        MethodKind::TemporaryAccessPass => (Icon::Hourglass, "Temporary Access Pass"),
        MethodKind::WindowsHello => (Icon::Browser, "Windows Hello"),
        MethodKind::PlatformCredential => (Icon::Browser, "Platform credential"),
        MethodKind::External => (Icon::Browser, "External method"),
        MethodKind::Other(_) => (Icon::Blank, "Other"),
    }
}

/// The form for a pass.
fn acts(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView) {
    if let Some(shown) = &pass.state.phones.one.shown {
        pass_card::form(ui, pass, &mut view.one.pass, shown);
    }
}

/// After a lost device, for example.
fn sessions(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OneView, shown: &MethodsShown) {
    let look = pass.look;
    let idle = pass.state.phones.one.working.is_none();
    if !view.revoking {
        let button = Button::secondary("Revoke sessions…").named("Revoke sessions");
        if button.icon(Icon::Lock).small().enabled(idle).show(ui, look).clicked() {
            view.revoking = true;
        }
        return;
    }
    let name = clean(&shown.person.display_name);
    let question = Problem {
        what: format!("End all sessions of {name}?"),
        next: "They must sign in again on every device; it takes minutes to bite".into(),
        details: Vec::new(),
    };
    problem_box(ui, look, (Tone::Warn, Icon::Warning), &question, |_| {});
    ui.add_space(space::S);
    ui.horizontal(|ui| confirm::line(ui, pass, Act::IssuePass));
    ui.add_space(space::XS);
    let mut revoke = false;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        let button = Button::primary("End all sessions").icon(Icon::Lock).small().enabled(idle);
        revoke = button.show(ui, look).clicked();
        if Button::secondary("Leave them").cap("Esc").small().show(ui, look).clicked() {
            view.revoking = false;
        }
    });
    if revoke {
        let person = shown.person.id.clone();
        pass.send(Command::Phones(PhonesCommand::RevokeSessions { person }));
    }
}
