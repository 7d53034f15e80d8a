//! The operator in the window: signing in, the menu in the band, confirming an act, the lock.
//!
//! ```text
//! lock     covers everything but the bands
//! dialog   over the content: confirm an act, or sign in again in mid-session
//! sign_in  in the content's place: nobody is signed in
//! menu     at the right end of the tenant's band
//! ```

mod dialog;
mod lock;
mod menu;
mod sign_in;
mod waiting;

pub use dialog::draw as dialog;
pub(super) use dialog::named as dialog_name;
pub use lock::draw as lock;
pub use menu::{band, lock_key};
pub use sign_in::draw as sign_in;

use super::Pass;
use super::secret_text::SecretBuffer;
use super::theme::{Face, Icon, Look, Size, Tone, radius, space};
use super::widgets::{Button, centred, label, password_field, text_width, truncated};
use crate::access::{Act, LockCause};
use crate::app::State;
use crate::engine::AskedOf;
use crate::secrets::SecretText;
use egui::{
    Align, CornerRadius, Frame, Key, Layout, Margin, Rect, Response, Sense, Ui, Vec2, vec2,
};

/// Longer than anybody types.
const LONGEST_PASSPHRASE: usize = 200;
/// Width of the cards of this room, in points.
const CARD: f32 = 520.0;

/// What is typed and opened of all that.
#[derive(Default)]
pub struct OperatorView {
    menu_open: bool,
    /// The menu has just been opened: its first control takes the focus.
    menu_is_new: bool,
    /// Typed to confirm an act, or to unlock.
    passphrase: SecretBuffer,
    stage: Option<Stage>,
    /// The stage is new: its first control takes the focus.
    is_new: bool,
    /// What was copied last, so that the button says so.
    copied: Option<&'static str>,
    operator: Option<String>,
}

/// What is asked of somebody; what was typed for one is not carried over to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    SignIn,
    SignInAgain,
    Asked(Act, AskedOf),
    Locked(LockCause),
}

impl Stage {
    fn of(state: &State) -> Option<Self> {
        let who = &state.who;
        if let Some(cause) = who.locked {
            return Some(Self::Locked(cause));
        }
        if let Some(asked) = &who.asked {
            return Some(Self::Asked(asked.act, asked.of));
        }
        if who.must_sign_in_again() {
            return Some(Self::SignInAgain);
        }
        who.must_sign_in().then_some(Self::SignIn)
    }
}

/// Whether a dialog lies over the content.
pub fn covers(state: &State) -> bool {
    matches!(Stage::of(state), Some(Stage::SignInAgain | Stage::Asked(..)))
}

/// Whether somebody is asked anything.
pub fn asks(state: &State) -> bool {
    Stage::of(state).is_some()
}

/// In the place of a screen that the operator's roles don't open.
pub fn closed(ui: &mut Ui, pass: &mut Pass<'_>, refusal: &str, room: Rect) {
    let look = pass.look;
    centred(ui, look, (room, CARD), "closed", |ui| {
        let has: Vec<&str> = pass.state.who.roles().iter().map(|role| role.name()).collect();
        let below = match has.is_empty() {
            true => "You have no role at this station".to_owned(),
            false => format!("You are: {}", has.join(", ")),
        };
        dialog_heading(ui, look, (Tone::Idle, Icon::Lock), refusal, &below);
        ui.add_space(space::S);
        label(ui, look.quiet("An administrator gives roles in the settings, or in the directory."));
    });
}

impl OperatorView {
    /// Keeps up with the state; says whether another operator has come, or none is there any more.
    pub fn follow(&mut self, state: &State) -> bool {
        let stage = Stage::of(state);
        if self.stage != stage {
            self.stage = stage;
            self.is_new = true;
            self.menu_open = false;
            self.copied = None;
            self.passphrase.wipe();
        }
        let operator = state.who.identity().map(str::to_owned);
        let is_another = self.operator.is_some() && self.operator != operator;
        self.operator = operator;
        is_another
    }

    pub fn drop_secrets(&mut self) {
        self.passphrase.wipe();
    }

    /// The first control of a new stage takes the focus, so that it is read out.
    fn focus_first(&mut self, response: &Response) {
        if std::mem::take(&mut self.is_new) {
            response.request_focus();
        }
    }
}

/// The field for the station's passphrase; what was typed once it is sent off with Enter or with
/// the button, whose word is `button`.
fn passphrase_row(
    ui: &mut Ui,
    pass: &Pass<'_>,
    view: &mut OperatorView,
    button: &str,
) -> Option<SecretText> {
    let look = pass.look;
    label(ui, look.rich("Station passphrase", Size::Hint, Face::Regular, look.text_2));
    let ready = !pass.state.who.answering;
    let mut sent = false;
    let wide = ui.available_width() > 320.0;
    let confirm = |ui: &mut Ui, filled: bool| {
        let width = if wide { 0.0 } else { ui.available_width() };
        let button = Button::primary(button).cap("Enter").at_least(width);
        button.enabled(ready && filled).show(ui, look).clicked()
    };
    if wide {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let room = ui.available_width() - Button::primary(button).cap("Enter").width(ui);
            ui.allocate_ui(vec2(room - space::S, 40.0), |ui| passphrase_field(ui, look, view));
            sent = confirm(ui, !view.passphrase.is_empty());
        });
    } else {
        passphrase_field(ui, look, view);
        sent = confirm(ui, !view.passphrase.is_empty());
    }
    let enter = super::keyboard::enter(ui)
        || (ui.ctx().text_edit_focused() && super::keyboard::pressed(ui, Key::Enter));
    if !(sent || enter) || !ready || view.passphrase.is_empty() {
        return None;
    }
    let typed = SecretText::new(view.passphrase.expose());
    view.passphrase.wipe();
    view.is_new = true; // a refused one is typed again at once
    Some(typed)
}

fn passphrase_field(ui: &mut Ui, look: &Look, view: &mut OperatorView) {
    let name = "Station passphrase";
    let field = password_field(ui, look, name, &mut view.passphrase, LONGEST_PASSPHRASE);
    view.focus_first(&field);
}

/// A symbol on its tile, beside a title and a line below it.
pub(super) fn dialog_heading(
    ui: &mut Ui,
    look: &Look,
    (tone, icon): (Tone, Icon),
    title: &str,
    below: &str,
) {
    let pair = look.tone(tone);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::L, 2.0);
        let (tile, _) = ui.allocate_exact_size(Vec2::splat(48.0), Sense::hover());
        let corner = CornerRadius::same(radius::CONTROL);
        ui.painter().rect_filled(tile, corner, pair.fill);
        if look.needs_edges() {
            let stroke = egui::Stroke::new(1.0, pair.ink);
            ui.painter().rect_stroke(tile, corner, stroke, egui::StrokeKind::Inside);
        }
        icon.paint(ui.painter(), tile.shrink(10.0), pair.ink, pair.fill);
        ui.vertical(|ui| {
            label(ui, look.title(title));
            if !below.is_empty() {
                label(ui, look.quiet(below));
            }
        });
    });
}

/// A line in a colour of its own: a symbol and words.
fn banner(ui: &mut Ui, look: &Look, (tone, icon): (Tone, Icon), words: &str) {
    let pair = look.tone(tone);
    let edge = if look.needs_edges() { 1.0 } else { 0.0 };
    Frame::new()
        .fill(pair.fill)
        .stroke(egui::Stroke::new(edge, pair.ink))
        .corner_radius(CornerRadius::same(radius::CONTROL))
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                line_icon(ui, icon, pair.ink, pair.fill);
                let text = look.rich(words, Size::Body, Face::SemiBold, pair.ink);
                match text_width(ui, words, Size::Body, Face::SemiBold) > ui.available_width() {
                    true => label(ui, text),
                    false => truncated(ui, text),
                }
            });
        });
}

/// An icon in the middle of a line of body text.
fn line_icon(ui: &mut Ui, icon: Icon, ink: egui::Color32, hole: egui::Color32) {
    let (place, _) = ui.allocate_exact_size(vec2(16.0, 20.0), Sense::hover());
    let square = Rect::from_center_size(place.center(), Vec2::splat(16.0));
    icon.paint(ui.painter(), square, ink, hole);
}

/// The ways out of a card, at its lower right.
pub(super) fn foot(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.add_space(space::S);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        add(ui);
    });
}
