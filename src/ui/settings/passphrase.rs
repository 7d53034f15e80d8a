//! The station's passphrase: it unlocks, and confirms sensitive acts, where the station signs in
//! as an application and no person does.

use super::section;
use super::tenant::caption;
use crate::access::Role;
use crate::app::state::PassphraseChange;
use crate::engine::{Command, OperatorShown, WhoCommand};
use crate::secrets::SecretText;
use crate::ui::Pass;
use crate::ui::secret_text::SecretBuffer;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, space};
use crate::ui::widgets::{Button, label, password_field, problem_box, tone_chip};
use egui::Ui;

/// In characters.
const SHORTEST: usize = 8;
const LONGEST: usize = 200;

/// What is being typed.
#[derive(Default)]
pub struct PassphraseForm {
    current: SecretBuffer,
    new: SecretBuffer,
    repeat: SecretBuffer,
    /// "Remove…" was pressed; it asks once more.
    removing: bool,
}

impl PassphraseForm {
    pub fn wipe(&mut self) {
        *self = Self::default();
    }
}

/// Draws nothing where no passphrase has a use.
pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, form: &mut PassphraseForm) {
    let (state, look) = (pass.state, pass.look);
    let who = &state.who;
    if !who.has_passphrase && !matches!(who.operator, OperatorShown::Station { .. }) {
        return;
    }
    ui.add_space(space::L);
    section(ui, look, "Station passphrase", |ui| {
        let words = "Unlocks the station and confirms sensitive acts while no person signs in.";
        label(ui, look.quiet(words));
        if who.has_passphrase {
            line(ui, look, "Current passphrase", &mut form.current);
        }
        line(ui, look, "New passphrase", &mut form.new);
        line(ui, look, "Repeat new passphrase", &mut form.repeat);
        advice(ui, look, form);
        buttons(ui, pass, form);
        outcome(ui, look, &who.passphrase_change);
    });
}

fn line(ui: &mut Ui, look: &Look, name: &str, typed: &mut SecretBuffer) {
    caption(ui, look, name);
    password_field(ui, look, name, typed, LONGEST);
}

fn advice(ui: &mut Ui, look: &Look, form: &PassphraseForm) {
    let (text, ink) = match form.fault() {
        Some(fault) if !form.new.is_empty() => (fault, look.warn.ink),
        _ => (strength(form.new.expose()), look.text_2),
    };
    label(ui, look.rich(text, Size::Hint, Face::Regular, ink));
}

impl PassphraseForm {
    /// What stands in the way of the new passphrase.
    fn fault(&self) -> Option<&'static str> {
        if self.new.expose().chars().count() < SHORTEST {
            return Some("At least 8 characters");
        }
        (self.new.expose() != self.repeat.expose()).then_some("Type the same in both fields")
    }
}

/// Length is what counts; a hint, no verdict.
fn strength(typed: &str) -> &'static str {
    let characters = typed.chars().count();
    let words = typed.split_whitespace().count();
    match characters {
        0 => "At least 8 characters. Four unrelated words are strong and easy to keep in mind.",
        1..SHORTEST => "At least 8 characters",
        SHORTEST..12 => "Weak: add a word or two",
        12..16 => "Fair: one more word makes it strong",
        _ if words >= 3 || characters >= 20 => "Strong",
        _ => "Good",
    }
}

fn buttons(ui: &mut Ui, pass: &mut Pass<'_>, form: &mut PassphraseForm) {
    let look = pass.look;
    let is_set = pass.state.who.has_passphrase;
    let refusal = pass.state.who.refusal(&[Role::Administrator]);
    if let Some(refusal) = &refusal {
        label(ui, look.hint(refusal));
    }
    let waits = pass.state.who.passphrase_change == PassphraseChange::Sent || refusal.is_some();
    let has_old = !is_set || !form.current.is_empty();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let word = if is_set { "Change passphrase" } else { "Set passphrase" };
        let ready = !waits && has_old && form.fault().is_none();
        if Button::secondary(word).enabled(ready).show(ui, look).clicked() {
            let new = SecretText::new(form.new.expose());
            send(pass, form, Some(new));
        }
        if !is_set {
            return;
        }
        let ready = !waits && has_old;
        if !form.removing {
            let button = Button::secondary("Remove…").named("Remove passphrase").enabled(ready);
            form.removing = button.show(ui, look).clicked();
        } else if Button::secondary("Remove it now").enabled(ready).show(ui, look).clicked() {
            send(pass, form, None);
        } else if Button::quiet("Keep it").show(ui, look).clicked() {
            form.removing = false;
        }
    });
    if is_set && form.removing {
        let text = "Without it, sensitive acts are refused and the station does not lock.";
        label(ui, look.rich(text, Size::Hint, Face::Regular, look.warn.ink));
    }
}

fn send(pass: &mut Pass<'_>, form: &mut PassphraseForm, new: Option<SecretText>) {
    let old = (!form.current.is_empty()).then(|| SecretText::new(form.current.expose()));
    form.wipe();
    pass.send(Command::Who(WhoCommand::SetPassphrase { old, new }));
}

fn outcome(ui: &mut Ui, look: &Look, change: &PassphraseChange) {
    match change {
        PassphraseChange::None | PassphraseChange::Sent => {}
        PassphraseChange::Done => {
            tone_chip(ui, look, Tone::Ok, Icon::Done, "Done");
        }
        PassphraseChange::Refused(problem) => {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_what_makes_a_passphrase_strong() {
        assert_eq!(strength("kort"), "At least 8 characters");
        assert!(strength("Tr0ub4d!").starts_with("Weak"));
        assert!(strength("twelve chars").starts_with("Fair"));
        assert_eq!(strength("correct horse battery"), "Strong");
    }
}
