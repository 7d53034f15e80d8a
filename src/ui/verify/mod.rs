//! Verify: who is calling. A box on top; person and ticket, the check, and what is written of it.

mod band;
mod check;
mod delivery;
mod digits;
mod find;
mod note;
mod over;
mod person;
mod push;
mod start;
mod ticket;
mod verified;

use super::theme::{size, space};
use super::widgets::Button;
use super::{Pass, Place, View, keyboard};
use crate::app::State;
use crate::engine::{CheckState, Command, VerifyCommand};
use digits::DigitsField;
use egui::{Align, Layout, ScrollArea, Ui, vec2};
use find::FindCaller;

pub use band::chosen_tenant;

const LEFT: f32 = 336.0;
const RIGHT: f32 = 320.0;
/// Room (points) for three columns, and for two.
const THREE: f32 = 1060.0;
const TWO: f32 = 740.0;

/// What was typed and opened on the Verify page.
#[derive(Default)]
pub struct VerifyView {
    find: FindCaller,
    digits: DigitsField,
    /// All warnings are shown.
    details: bool,
    /// The question whether to end the open check is open.
    leaving: bool,
    /// This caller of this domain stays here: the domain, and how many callers were there before.
    stays_with: Option<(String, u64)>,
    /// For this offer another tenant is gone to.
    goes_for: Option<u64>,
    /// This offer would have lost something, or nobody saw it: it waits for a click.
    only_offered: Option<u64>,
    /// The check that the field of digits was last for.
    of: Option<crate::directory::PersonId>,
}

impl VerifyView {
    pub fn follow(&mut self, state: &State) {
        let check = state.verify.check_shown();
        let attempt = check
            .filter(|check| check.channel.is_sms() && check.state == CheckState::Waiting)
            .map(|check| (check.id, check.wrong));
        let is_checked = check.is_some_and(|check| check.state == CheckState::Checking);
        if !is_checked {
            self.digits.follow(attempt);
        }
        if state.verify.open_check().is_none() {
            self.leaving = false;
        }
        let person = state.verify.person().map(|person| person.id.clone());
        if self.of != person {
            match person {
                Some(_) => self.find.leave_focus(),
                None => self.find.take_focus(),
            }
            self.details = false;
            self.of = person;
        }
    }

    /// Another tenant that is told of now is not gone to without a click, however long it is told.
    pub fn only_offer(&mut self, state: &State) {
        self.only_offered = state.verify.other_tenant.as_ref().map(|other| other.no);
    }

    /// The station is locked, or another operator comes.
    pub fn drop_secrets(&mut self) {
        self.digits.wipe();
    }

    /// A link was opened: the page shows what it is about.
    pub fn link_came(&mut self) {
        self.find = FindCaller::default();
        self.find.leave_focus();
    }

    /// Digits that were typed, or a question that is open.
    pub fn has_unsent(&self) -> bool {
        !self.digits.is_empty() || self.leaving
    }

    /// Esc leads to somewhere else on this page, not away from it.
    pub fn holds_escape(&self, state: &State) -> bool {
        let verify = &state.verify;
        let has_something = verify.person().is_some() || verify.ticket.is_some();
        has_something || self.find.is_typed() || verify.open_check().is_some()
    }
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    escape(ui, pass, &mut view.verify);
    head(ui, pass, &mut view.verify);
    ui.add_space(space::S);
    if view.verify.find.is_open() {
        ui.spacing_mut().item_spacing.y = space::L;
        band::chosen_tenant(ui, pass);
        band::other_tenant(ui, pass, view);
        find::results(ui, pass, &mut view.verify);
        return;
    }
    if pass.state.verify.person().is_none() {
        band::draw(ui, pass, view);
        start::draw(ui, pass, view);
    } else if wide(ui) < TWO {
        one_column(ui, pass, view);
    } else {
        band::draw(ui, pass, view);
        columns(ui, pass, view);
    }
}

/// Room for columns (points); large letters have none.
fn wide(ui: &Ui) -> f32 {
    if ui.ctx().zoom_factor() < 1.25 { ui.available_width() } else { 0.0 }
}

/// Everything scrolls, and what is under way comes first.
fn one_column(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    ScrollArea::vertical().id_salt("caller").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::L;
        // Room for the bar that scrolls.
        ui.set_width(ui.available_width() - space::S);
        let begun = pass.state.verify.check_shown().is_some();
        if begun {
            check::card(ui, pass, view);
        }
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            band::boxes(ui, pass, view);
        });
        person::draw(ui, pass);
        if !begun {
            check::card(ui, pass, view);
        }
        ticket::draw(ui, pass, &mut view.verify);
        note::draw(ui, pass);
        verified::draw(ui, pass);
    });
}

/// The innermost thing first: what is being looked for, a question, digits, details, the caller.
fn escape(ui: &Ui, pass: &mut Pass<'_>, view: &mut VerifyView) {
    if view.find.has_focus(ui) && !view.find.is_typed() && pass.state.verify.person().is_none() {
        return;
    }
    if !view.holds_escape(pass.state) || !keyboard::escape(ui) {
        return;
    }
    if view.find.is_typed() || view.find.is_open() || view.find.has_focus(ui) {
        view.find.close(ui);
        pass.send(Command::Verify(VerifyCommand::Find { query: String::new() }));
        match pass.state.verify.open_check() {
            Some(_) => view.digits.take_focus(),
            None if pass.state.verify.person().is_none() => view.find.take_focus(),
            None => {}
        }
    } else if view.leaving {
        view.leaving = false;
        view.digits.take_focus();
    } else if !view.digits.is_empty() {
        view.digits.wipe();
    } else if view.details {
        view.details = false;
    } else {
        new_caller(pass, view);
    }
}

/// An open check is not ended by one press of a key.
fn new_caller(pass: &mut Pass<'_>, view: &mut VerifyView) {
    if pass.state.verify.open_check().is_some() {
        view.leaving = true;
        return;
    }
    close(pass, view);
}

fn close(pass: &mut Pass<'_>, view: &mut VerifyView) {
    view.find = FindCaller::default();
    view.digits.wipe();
    view.leaving = false;
    pass.send(Command::Verify(VerifyCommand::Close));
}

/// Title, box, and the way to the next caller.
fn head(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut VerifyView) {
    let look = pass.look;
    let has_something = view.holds_escape(pass.state);
    if ui.available_width() < TWO {
        ui.horizontal(|ui| {
            ui.set_height(size::BUTTON);
            ui.label(look.title("Verify caller"));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = Button::secondary("New caller").cap("Esc").enabled(has_something);
                if button.show(ui, look).clicked() {
                    new_caller(pass, view);
                }
            });
        });
        find::draw(ui, pass, view);
        return;
    }
    ui.horizontal(|ui| {
        ui.set_height(find::HEIGHT);
        ui.spacing_mut().item_spacing.x = space::L;
        ui.label(look.title("Verify caller"));
        ui.add_space(space::M);
        let button = Button::secondary("New caller").cap("Esc").enabled(has_something);
        let room = ui.available_width() - button.width(ui) - space::L;
        ui.allocate_ui(vec2(room, find::HEIGHT), |ui| find::draw(ui, pass, view));
        if button.show(ui, look).clicked() {
            new_caller(pass, view);
        }
    });
}

fn columns(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let room = ui.available_rect_before_wrap();
    let left = room.with_max_x(room.min.x + LEFT.min(room.width() * 0.4));
    let three = room.width() >= THREE;
    let middle = room.with_min_x(left.max.x + space::L);
    let middle = if three { middle.with_max_x(room.max.x - RIGHT - space::L) } else { middle };
    column(ui, left, "left", |ui| {
        person::draw(ui, pass);
        ticket::draw(ui, pass, &mut view.verify);
        if !three {
            note::draw(ui, pass);
            verified::draw(ui, pass);
        }
    });
    super::within(ui, middle, |ui| check::column(ui, pass, view, middle));
    if three {
        let right = room.with_min_x(middle.max.x + space::L);
        column(ui, right, "right", |ui| {
            note::draw(ui, pass);
            verified::draw(ui, pass);
        });
    }
}

fn column(ui: &mut Ui, rect: egui::Rect, name: &str, add: impl FnOnce(&mut Ui)) {
    super::within(ui, rect, |ui| {
        ScrollArea::vertical().id_salt(name).auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::L;
            add(ui);
        });
    });
}

/// A wish about callers.
fn wish(pass: &mut Pass<'_>, wish: VerifyCommand) {
    pass.send(Command::Verify(wish));
}

/// The verified person's phones and passes.
fn to_phones(pass: &mut Pass<'_>, view: &mut View, upn: &str) {
    view.place = Place::Phones;
    view.phones.come_for(pass, upn);
}
