//! How the keys of the session are made: one sentence, and below it everything that is in it.

use super::challenges::lives;
use crate::app::State;
use crate::app::state::{clean, count_in_words};
use crate::bulk::{
    Activation, Challenges, OldKeys, ScriptOptions, SessionOptions, SessionPin, UsedKeys,
};
use crate::engine::{Command, Pick};
use crate::enrolment::text::PASSKEY_NAME_UNITS;
use crate::enrolment::{AlwaysUv, FirstUse};
use crate::problem::Problem;
use crate::settings::Settings;
use crate::ui::Pass;
use crate::ui::frame::row;
use crate::ui::settings::stepper;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{
    Button, card, check_box, choice_row, field, heading, label, paint_card, problem_box,
};
use egui::{Align, CornerRadius, Frame, Layout, Margin, ScrollArea, Stroke, Ui, vec2};

/// The options being chosen.
#[derive(Default)]
pub struct OptionsView {
    options: SessionOptions,
    /// What they began with: the settings, and what a script was told.
    of: Option<(SessionOptions, Option<ScriptOptions>)>,
    /// A life that none of the proposals has.
    minutes: String,
    use_stock: bool,
    stock: usize,
    /// How many are chosen.
    people: usize,
}

impl OptionsView {
    /// Begins with what the settings say of keys, and with what is taken over from a script.
    pub fn follow(&mut self, state: &State, script: Option<&ScriptOptions>) {
        let now = (from_settings(&state.settings), script.cloned());
        if self.of.as_ref() != Some(&now) {
            let options = now.0.clone();
            self.options = match script {
                Some(script) => options.like(script),
                None => options,
            };
            self.of = Some(now);
        }
        if self.stock != state.bulk.stock.len() {
            self.stock = state.bulk.stock.len();
            self.use_stock = self.stock > 0;
        }
    }

    pub fn of_people(&mut self, count: usize) {
        self.people = count;
    }

    /// The options as they are sent.
    pub fn chosen(&self, state: &State) -> SessionOptions {
        let stock = if self.use_stock { state.bulk.stock.clone() } else { Vec::new() };
        SessionOptions { stock, ..self.options.clone() }
    }
}

fn from_settings(settings: &Settings) -> SessionOptions {
    let tenant = settings.tenant_in_use();
    let (pin, enrolment) = (settings.pin_in(tenant), settings.enrolment_in(tenant));
    SessionOptions {
        pin: SessionPin::Random { length: pin.length },
        first_use: if enrolment.must_change_pin {
            FirstUse::MustChangePin
        } else {
            FirstUse::KeepPin
        },
        min_pin_length: enrolment.min_pin_length,
        always_uv: if enrolment.always_uv { AlwaysUv::TurnOn } else { AlwaysUv::Leave },
        old_keys: if enrolment.remove_old_keys { OldKeys::Remove } else { OldKeys::Keep },
        ..SessionOptions::default()
    }
}

const FOOT: f32 = 64.0;

pub fn draw(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut OptionsView,
    foot: impl FnOnce(&mut Ui, &mut Pass<'_>, Option<&Problem>),
) {
    let look = pass.look;
    let chosen = view.chosen(pass.state);
    let problem = chosen.check().err();
    let room = ui.available_rect_before_wrap();
    let body = room.with_max_y(room.max.y - FOOT);
    crate::ui::within(ui, body, |ui| {
        let scrolls = body.height() < 320.0;
        if !scrolls {
            above(ui, look, &chosen, problem.as_ref());
        }
        ScrollArea::vertical().id_salt("options").auto_shrink([false, false]).show(ui, |ui| {
            if scrolls {
                above(ui, look, &chosen, problem.as_ref());
            }
            editor(ui, pass, view);
        });
    });
    let bottom = room.with_min_y(body.max.y + space::S);
    paint_card(ui, look, bottom, Stroke::new(1.0, look.stroke));
    let inner = bottom.shrink2(vec2(space::L, 0.0));
    row(ui, inner, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        foot(ui, pass, problem.as_ref());
    });
}

/// The options as they are now, and what is wrong with them.
fn above(ui: &mut Ui, look: &Look, chosen: &SessionOptions, problem: Option<&Problem>) {
    sentence(ui, look, chosen);
    if let Some(problem) = problem {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
    }
    ui.add_space(space::S);
}

fn sentence(ui: &mut Ui, look: &Look, options: &SessionOptions) {
    let pair = look.tone(Tone::Accent);
    let edge = if look.needs_edges() { Stroke::new(1.0, pair.ink) } else { Stroke::NONE };
    Frame::new()
        .fill(pair.fill)
        .stroke(edge)
        .corner_radius(CornerRadius::same(radius::CARD))
        .inner_margin(Margin::symmetric(space::L as i8, space::M as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            label(ui, look.rich(options.sentence(), Size::Lead, Face::SemiBold, pair.ink));
        });
}

fn editor(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OptionsView) {
    let two = ui.available_width() >= 740.0 && ui.ctx().zoom_factor() < 1.25;
    if !two {
        first(ui, pass.look, view);
        ui.add_space(space::L);
        second(ui, pass, view);
        return;
    }
    let width = (ui.available_width() - space::L - space::S) / 2.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        ui.vertical(|ui| {
            ui.set_width(width);
            first(ui, pass.look, view);
        });
        ui.vertical(|ui| {
            ui.set_width(width);
            second(ui, pass, view);
        });
    });
}

fn first(ui: &mut Ui, look: &Look, view: &mut OptionsView) {
    section(ui, look, "PIN", |ui| pin(ui, look, &mut view.options));
    ui.add_space(space::L);
    section(ui, look, "Keys", |ui| keys(ui, look, &mut view.options));
}

fn second(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OptionsView) {
    let look = pass.look;
    section(ui, look, "Challenges", |ui| challenges(ui, look, view));
    ui.add_space(space::L);
    section(ui, look, "Stock", |ui| stock(ui, pass, view));
    ui.add_space(space::L);
    section(ui, look, "Name and label", |ui| names(ui, look, &mut view.options));
}

fn section(ui: &mut Ui, look: &Look, title: &str, add: impl FnOnce(&mut Ui)) {
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, look, title, "");
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        add(ui);
    });
}

fn pin(ui: &mut Ui, look: &Look, options: &mut SessionOptions) {
    let random = matches!(options.pin, SessionPin::Random { .. });
    if choice_row(ui, look, random, "Random, drawn for each key and sealed").clicked() && !random {
        options.pin = SessionPin::Random { length: 6 };
    }
    if choice_row(ui, look, !random, "Typed at the slot by each person").clicked() {
        options.pin = SessionPin::Typed;
    }
    if let SessionPin::Random { length } = &mut options.pin {
        let mut chosen = u16::from(*length);
        stepper(ui, look, "Length", "characters", &mut chosen, (4..=63, 1));
        *length = u8::try_from(chosen).unwrap_or(u8::MAX);
    }
    let mut on = options.first_use == FirstUse::MustChangePin;
    if check_box(ui, look, &mut on, "Must be changed at first use").changed() {
        options.first_use = if on { FirstUse::MustChangePin } else { FirstUse::KeepPin };
    }
    let mut on = options.min_pin_length.is_some();
    if check_box(ui, look, &mut on, "Keys keep a minimum PIN length").changed() {
        options.min_pin_length = on.then_some(6);
    }
    if let Some(least) = &mut options.min_pin_length {
        let mut length = u16::from(*least);
        stepper(ui, look, "Minimum", "characters", &mut length, (4..=63, 1));
        *least = u8::try_from(length).unwrap_or(u8::MAX);
    }
    let mut on = options.always_uv == AlwaysUv::TurnOn;
    if check_box(ui, look, &mut on, "Keys always ask for their PIN").changed() {
        options.always_uv = if on { AlwaysUv::TurnOn } else { AlwaysUv::Leave };
    }
}

fn keys(ui: &mut Ui, look: &Look, options: &mut SessionOptions) {
    let resets = options.used_keys == UsedKeys::Reset;
    if choice_row(ui, look, !resets, "A used key stops its slot and asks").clicked() {
        options.used_keys = UsedKeys::Ask;
    }
    if choice_row(ui, look, resets, "Used keys are reset without asking at each").clicked() {
        options.used_keys = UsedKeys::Reset;
    }
    if resets {
        let text = "Whatever is on them is gone. Beginning asks you to confirm that.";
        label(ui, look.rich(text, Size::Hint, Face::Regular, look.warn.ink));
    }
    ui.add_space(space::S);
    let mut on = options.old_keys == OldKeys::Remove;
    let words = "Remove the person's old keys after the new one works";
    if check_box(ui, look, &mut on, words).changed() {
        options.old_keys = if on { OldKeys::Remove } else { OldKeys::Keep };
    }
    let mut two = options.keys_each > 1;
    if check_box(ui, look, &mut two, "Two keys for each person").changed() {
        options.keys_each = if two { 2 } else { 1 };
    }
    let mut later = options.activation == Activation::Later;
    let words = "Activate later, when the person confirms receipt";
    if check_box(ui, look, &mut later, words).changed() {
        options.activation = if later { Activation::Later } else { Activation::Now };
    }
    if later {
        let text = "Its challenge lives as long as chosen under Challenges, from its making on.";
        label(ui, look.hint(text));
    }
}

fn challenges(ui: &mut Ui, look: &Look, view: &mut OptionsView) {
    let options = &mut view.options;
    let now = options.challenges == Challenges::JustInTime;
    if choice_row(ui, look, now, "Fetched when the key is in").clicked() {
        options.challenges = Challenges::JustInTime;
    }
    if choice_row(ui, look, !now, "Fetched for everybody before the first key").clicked() && now {
        options.challenges = Challenges::Prefetched { minutes: 1440 };
    }
    if let Challenges::Prefetched { minutes } = &mut options.challenges {
        label(ui, look.hint("Good for (Microsoft Graph beta):"));
        lives(ui, look, minutes, &mut view.minutes);
    }
}

fn stock(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OptionsView) {
    let look = pass.look;
    let count = pass.state.bulk.stock.len();
    if count > 0 {
        let serials = count_in_words(count, "key", "keys");
        check_box(ui, look, &mut view.use_stock, &format!("Only the {serials} of the stock list"));
        let needed = view.people * usize::from(view.options.keys_each);
        if view.use_stock && needed > count {
            let text = format!("{} are needed.", count_in_words(needed, "key", "keys"));
            label(ui, look.rich(text, Size::Hint, Face::Regular, look.warn.ink));
        }
    } else {
        label(ui, look.quiet("Any key may be given out."));
    }
    if Button::secondary("Choose stock list…").small().show(ui, look).clicked() {
        pass.send(Command::Pick(Pick::Stock));
    }
}

fn names(ui: &mut Ui, look: &Look, options: &mut SessionOptions) {
    ui.label(look.hint("Name of the passkey in the directory"));
    field(ui, look, "Name of the passkey", &mut options.passkey_name, "Key {serial} {date}");
    let day = jiff::Zoned::now().date();
    let shown = options.name_of(Some("31884207"), "Security Key", day, 1);
    let units = shown.encode_utf16().count();
    let shown = clean(&shown);
    label(ui, look.hint(format!("Such as {shown}: {units} of {PASSKEY_NAME_UNITS} characters")));
    label(ui, look.hint("Filled in: {serial}, {model}, {date}, {n}"));
    ui.add_space(space::XS);
    check_box(ui, look, &mut options.labels, "Write a label as each key is done");
}
