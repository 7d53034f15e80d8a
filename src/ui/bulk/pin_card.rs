//! A slot whose person types a PIN, or whose key has one.

use super::board::{BoardView, TypedPin, line};
use super::card::{KEY_ALONE, offer_button, offer_width, two_lines};
use crate::app::State;
use crate::app::state::{Offer, clean};
use crate::engine::{Command, SlotShown};
use crate::enrolment::{Answer, EnrolmentId, PinNeeded, WhichPin};
use crate::pin::{Pin, PinPolicy};
use crate::problem::{Explain, Problem};
use crate::ui::frame::row;
use crate::ui::theme::{Face, Look, Size, space};
use crate::ui::widgets::{Button, hinted_password_field, paint_cut};
use crate::ui::{Pass, keyboard};
use egui::{Align, Key, Layout, Rect, Ui, pos2, vec2};

/// CTAP takes PINs of at most 63 bytes (CTAP 2.1, 6.5.1).
const LONGEST_PIN: usize = 63;

pub fn draw(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut BoardView,
    (slot, needed): (&SlotShown, &PinNeeded),
    rect: Rect,
) {
    let look = pass.look;
    let Some(enrolment) = slot.enrolment else { return };
    let (typed, panel) = (view.pins.entry(enrolment).or_default(), &mut view.panel);
    let name = slot.person.as_ref().map(|person| clean(&person.name)).unwrap_or_default();
    let new = needed.which == WhichPin::ChooseNew;
    let chosen = view.selected == Some(slot.no) && panel.marked.is_none();
    let focus = chosen && keyboard::enter_alone(ui);
    let wish = wish(needed, typed, policy(pass.state).length());
    two_lines(ui, look, &name, &wish, rect);
    if typed.complaint.is_some() || needed.refused {
        // In the failure's colour, over the same line.
        let (at, right) = line(rect, 81.0);
        let over = Rect::from_min_max(pos2(at.x, at.y - 9.0), pos2(right, at.y + 9.0));
        ui.painter().rect_filled(over, 0.0, look.surface);
        let style = (Size::Hint, Face::Regular, look.bad.ink);
        paint_cut(ui.painter(), at, right, &wish, style);
    }
    let (from, right) = line(rect, 94.0);
    let fields = Rect::from_min_max(from, pos2(right, rect.min.y + 134.0));
    let focus = focus || slot.key.is_some() && typed.wants_focus(ui, needed.refused);
    let mut entered = false;
    row(ui, fields, Layout::left_to_right(Align::Center), |ui| {
        ui.push_id(("pin", slot.no.0), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let width = if new { (fields.width() - space::S) / 2.0 } else { fields.width() };
            entered = pin_fields(ui, look, slot, (new, width, focus), typed);
        });
    });
    let foot = Rect::from_min_max(
        pos2(rect.min.x + 9.0, rect.max.y - 44.0),
        pos2(rect.max.x - 9.0, rect.max.y - 10.0),
    );
    let mut pressed = false;
    row(ui, foot, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let word = if new { "Set PIN" } else { "Use PIN" };
        let name = format!("{word}, slot {}", slot.no.0);
        pressed = Button::primary(word).named(&name).small().show(ui, look).clicked();
        let rest = ui.available_rect_before_wrap();
        let offers = Offer::of(slot);
        let in_words: f32 = offers.iter().map(|offer| offer_width(ui, *offer)).sum();
        let mut x = rest.min.x;
        for offer in offers {
            let width = if in_words > rest.width() { KEY_ALONE } else { offer_width(ui, offer) };
            let place = Rect::from_min_size(pos2(x, rest.center().y - 14.0), vec2(width, 28.0));
            x += width;
            if offer_button(ui, look, slot, offer, place).clicked() {
                super::board::answer(pass, panel, slot, offer);
            }
        }
    });
    if entered || pressed {
        answer(pass, typed, (enrolment, needed.which));
    }
}

/// As the settings and the session want it; a key that wants a longer one says so.
fn policy(state: &State) -> PinPolicy {
    let session = state.bulk.session.as_ref();
    let least = session.and_then(|session| session.options.min_pin_length).unwrap_or_default();
    PinPolicy::in_use(&state.settings, least)
}

/// What is to be typed, or what is wrong with what was.
fn wish(needed: &PinNeeded, typed: &TypedPin, least: u8) -> String {
    match (&typed.complaint, needed.which) {
        (Some(complaint), _) => complaint.what.clone(),
        (None, WhichPin::ChooseNew) if !needed.refused => {
            format!("types a new PIN twice, {least} or longer")
        }
        (None, _) => clean(&needed.stopped.problem.what),
    }
}

/// Whether Enter ended the typing.
fn pin_fields(
    ui: &mut Ui,
    look: &Look,
    slot: &SlotShown,
    (new, width, focus): (bool, f32, bool),
    typed: &mut TypedPin,
) -> bool {
    let no = slot.no.0;
    let (mut entered, mut next) = (false, false);
    // Consumed: it is no answer to anything else.
    let enter = |ui: &Ui| keyboard::pressed(ui, Key::Enter);
    ui.allocate_ui(vec2(width, 40.0), |ui| {
        let word = if new { "New PIN" } else { "PIN of the key" };
        let name = format!("{word}, slot {no}");
        let field = hinted_password_field(ui, look, (&name, word), &mut typed.pin, LONGEST_PIN);
        if focus {
            field.request_focus();
        }
        typed.pace(ui, &field);
        if field.lost_focus() && enter(ui) && !typed.is_scanned(ui) {
            (entered, next) = (!new, new);
        }
    });
    if new {
        ui.allocate_ui(vec2(width, 40.0), |ui| {
            let name = format!("Repeat PIN, slot {no}");
            let names = (name.as_str(), "Repeat PIN");
            let field = hinted_password_field(ui, look, names, &mut typed.repeat, LONGEST_PIN);
            if next {
                field.request_focus();
            }
            typed.pace(ui, &field);
            entered |= field.lost_focus() && enter(ui) && !typed.is_scanned(ui);
        });
    }
    entered
}

fn answer(pass: &mut Pass<'_>, typed: &mut TypedPin, (enrolment, which): (EnrolmentId, WhichPin)) {
    match checked(typed, which) {
        Ok(pin) => {
            *typed = TypedPin::default();
            let answer = Answer::Retry;
            let pin = Some(pin);
            pass.send(Command::Answer { enrolment, answer, pin, reason: String::new() });
        }
        // Nobody sees which of the two was mistyped.
        Err(complaint) => {
            *typed = TypedPin::to_type_again(complaint);
        }
    }
}

/// The key and the policy have the last word; here only what both fields say.
fn checked(typed: &TypedPin, which: WhichPin) -> Result<Pin, Problem> {
    let plain = |what: &str, next: &str| Problem {
        what: what.into(),
        next: next.into(),
        details: Vec::new(),
    };
    if typed.pin.is_empty() {
        return Err(plain("No PIN typed yet", "Type it into the field"));
    }
    if which == WhichPin::ChooseNew && typed.pin.expose() != typed.repeat.expose() {
        return Err(plain("The two PINs differ", "Type the same PIN in both fields"));
    }
    Pin::new(typed.pin.expose()).map_err(|refused| refused.problem())
}
