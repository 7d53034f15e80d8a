//! Test connection: what works, what is missing, and the list for whoever can mend it.

use super::administrator::report;
use super::{SettingsView, consent};
use crate::app::state::clean;
use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::engine::Command;
use crate::settings::DirectoryKind;
use crate::ui::Pass;
use crate::ui::theme::{Icon, Look, Tone};
use crate::ui::widgets::{Button, label, problem_box, tone_chip, truncated};
use egui::Ui;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let (state, look) = (pass.state, pass.look);
    let whole = view.tenant_mut().complete();
    let kind = view.tenant_mut().kind;
    let is_tested = whole.as_ref().is_some_and(|tenant| state.setup.tested_is(tenant));
    let ready = whole.is_some() && !state.setup.testing;
    let word = if state.setup.testing { "Testing…" } else { "Test connection" };
    let mut copied = false;
    let pressed = ui.horizontal_wrapped(|ui| {
        let pressed = Button::secondary(word).enabled(ready).show(ui, look).clicked();
        if is_tested && !state.setup.checks.is_empty() {
            let copy = Button::secondary("Copy for the administrator");
            copied = copy.show(ui, look).clicked();
        }
        pressed
    });
    match &whole {
        Some(tenant) if copied => {
            let link = consent::link(view, tenant);
            ui.ctx().copy_text(report(tenant, link.as_deref(), &state.setup.checks));
        }
        Some(tenant) if pressed.inner => {
            pass.send(Command::TestConnection { tenant: Box::new(tenant.clone()) });
        }
        Some(_) => {}
        None => {
            label(ui, look.hint(needed(kind)));
        }
    }
    if !is_tested {
        return;
    }
    for (n, check) in state.setup.checks.iter().enumerate() {
        ui.push_id(n, |ui| row(ui, look, check));
    }
}

fn needed(kind: DirectoryKind) -> &'static str {
    match kind {
        DirectoryKind::Entra => "Name, domain and client id are needed first.",
        DirectoryKind::PrivacyIdea => "Name, address, realm and administrator are needed first.",
    }
}

pub fn row(ui: &mut Ui, look: &Look, check: &ConnectionCheck) {
    match &check.outcome {
        CheckOutcome::Works(note) => {
            ui.horizontal(|ui| {
                tone_chip(ui, look, Tone::Ok, Icon::Done, &check.name);
                truncated(ui, look.quiet(clean(note)));
            });
        }
        CheckOutcome::Advice(problem) => {
            tone_chip(ui, look, Tone::Warn, Icon::Warning, &check.name);
            problem_box(ui, look, (Tone::Warn, Icon::Warning), problem, |_| {});
        }
        CheckOutcome::MissingPermission { permission, problem } => {
            let text = format!("{}: {permission} is missing", check.name);
            tone_chip(ui, look, Tone::Bad, Icon::Failed, &text);
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
        CheckOutcome::Failed(problem) => {
            tone_chip(ui, look, Tone::Bad, Icon::Failed, &check.name);
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
    }
}
