//! Waiting for somebody on the sign-in service's page, in this computer's browser or elsewhere.

use super::OperatorView;
use crate::app::state::minutes;
use crate::engine::{Command, SignInShown, WhoCommand};
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, radius, space};
use crate::ui::widgets::{Button, label, truncated, wake_at_next_second};
use egui::{CornerRadius, Frame, Margin, Role, Sense, Ui, Vec2, WidgetInfo};
use std::time::Instant;

/// Whether a code for another device may be asked for instead.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Offered,
    NotOffered,
}

/// Draws what is waited for, with the ways to help it along.
pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OperatorView, code: Code) {
    let state = pass.state;
    // If it fails, what can be tried next takes the focus again.
    view.is_new = true;
    ui.spacing_mut().item_spacing.y = space::S;
    match &state.who.sign_in {
        SignInShown::InBrowser { url, until } => in_browser(ui, pass, view, (url, *until), code),
        SignInShown::ByCode { code, address, until } => {
            by_code(ui, pass, view, (code, address, *until));
        }
        SignInShown::Checking
        | SignInShown::NotNeeded
        | SignInShown::Needed
        | SignInShown::Failed(_) => {
            under_way(ui, pass.look, "Just a moment", None);
        }
    }
}

fn in_browser(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut OperatorView,
    (url, until): (&str, Instant),
    code: Code,
) {
    let look = pass.look;
    let on_bench = pass.state.who.practice_page.is_some();
    let words = match on_bench {
        true => "Waiting for an account on the practice page",
        false => "Waiting for the page in your browser",
    };
    under_way(ui, look, words, Some(until));
    if on_bench {
        label(ui, look.hint("The page is at the right, where a browser would be."));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let again = Button::secondary("Open the page again").icon(Icon::Browser).small();
        if again.show(ui, look).clicked() {
            pass.send(Command::Who(WhoCommand::OpenPage));
        }
        copy_button(ui, look, view, ("Copy link", "Link copied"), url);
        if code == Code::Offered && Button::quiet("Use a code instead").show(ui, look).clicked() {
            pass.send(Command::Who(WhoCommand::SignInByCode));
        }
    });
}

fn by_code(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut OperatorView,
    (code, address, until): (&str, &str, Instant),
) {
    let look = pass.look;
    label(ui, look.body("On another device, open this address"));
    well(ui, look, |ui| {
        truncated(ui, look.rich(address, Size::Lead, Face::Mono, look.text));
    });
    label(ui, look.body("and type this code"));
    well(ui, look, |ui| {
        let text = look.rich(code, Size::Digit, Face::Mono, look.text);
        let drawn = ui.vertical_centered(|ui| ui.label(text)).inner;
        drawn.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Code {code}")));
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        copy_button(ui, look, view, ("Copy code", "Code copied"), code);
        copy_button(ui, look, view, ("Copy address", "Address copied"), address);
    });
    under_way(ui, look, "Waiting for the other device", Some(until));
}

fn well(ui: &mut Ui, look: &Look, add: impl FnOnce(&mut Ui)) {
    let edge = if look.needs_edges() { 1.0 } else { 0.0 };
    Frame::new()
        .fill(look.sunken)
        .stroke(egui::Stroke::new(edge, look.stroke))
        .corner_radius(CornerRadius::same(radius::CONTROL))
        .inner_margin(Margin::symmetric(space::L as i8, space::S as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            add(ui);
        });
}

/// The word changes once it is done; the accessible name stays, and with it the focus.
fn copy_button(
    ui: &mut Ui,
    look: &Look,
    view: &mut OperatorView,
    (name, done): (&'static str, &str),
    text: &str,
) {
    let is_copied = view.copied == Some(name);
    let icon = if is_copied { Icon::Done } else { Icon::Document };
    let button = Button::secondary(if is_copied { done } else { name }).named(name);
    if button.icon(icon).small().show(ui, look).clicked() {
        ui.ctx().copy_text(text.to_owned());
        view.copied = Some(name);
    }
}

/// A line that says what is waited for, and how long still.
fn under_way(ui: &mut Ui, look: &Look, words: &str, until: Option<Instant>) {
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    let shown = match left {
        Some(left) if left.is_zero() => "The time is up".to_owned(),
        Some(left) => format!("{} left", minutes(left)),
        None => String::new(),
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let (square, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
        Icon::Running.paint(ui.painter(), square.shrink(2.0), look.accent_text, look.surface);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            label(ui, look.strong(words));
            if let Some(left) = left {
                wake_at_next_second(ui, left);
                ui.label(look.rich(shown, Size::Hint, Face::Mono, look.text_2));
            }
        });
    });
}
