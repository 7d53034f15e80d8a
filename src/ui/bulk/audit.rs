//! Whether a session, the directory and the keys that are in agree.

use crate::app::state::{Audit, clean, count_in_words};
use crate::bulk::SessionId;
use crate::engine::{AuditReport, BulkCommand, Command, Finding};
use crate::problem::Problem;
use crate::ui::Pass;
use crate::ui::theme::{Icon, Look, Tone, size, space};
use crate::ui::widgets::{Button, label, problem_box, tone_chip, truncated};
use egui::Ui;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, session: SessionId) {
    let look = pass.look;
    let running = matches!(pass.state.bulk.audit, Audit::Running);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        ui.spacing_mut().item_spacing.x = space::M;
        let word = if running { "Comparing…" } else { "Check the session" };
        let button = Button::secondary(word).icon(Icon::Shield).at_least(184.0);
        if button.enabled(!running).show(ui, look).clicked() {
            pass.send(Command::Bulk(BulkCommand::Audit(session)));
        }
        let about = "Journal, directory and the keys that are in: whether they agree";
        truncated(ui, look.quiet(about));
    });
    let shown = ui.scope(|ui| answer(ui, look, &pass.state.bulk.audit, session)).response;
    // It comes below the button, where it may not be seen.
    let key = ui.scope_id().with("audit was running");
    let was_running =
        ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or(key, false), running));
    if was_running && !running {
        shown.scroll_to_me(None);
    }
}

fn answer(ui: &mut Ui, look: &Look, audit: &Audit, session: SessionId) {
    match audit {
        Audit::Done(found) => match found.as_ref() {
            Ok(report) if report.session == session => outcome(ui, look, report),
            Ok(_) => {}
            Err(problem) => fault(ui, look, Tone::Bad, problem),
        },
        Audit::NotAsked | Audit::Running => {}
    }
}

fn outcome(ui: &mut Ui, look: &Look, report: &AuditReport) {
    let (tone, icon, word) = match (report.findings.len(), report.unchecked.is_empty()) {
        (0, true) => (Tone::Ok, Icon::Done, "All agrees".to_owned()),
        (0, false) => (Tone::Warn, Icon::Warning, "What was compared agrees".to_owned()),
        (count, _) => (Tone::Bad, Icon::Failed, count_in_words(count, "finding", "findings")),
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        tone_chip(ui, look, tone, icon, &word);
        let people = count_in_words(report.people, "person", "people");
        let keys = count_in_words(report.keys, "key", "keys");
        label(ui, look.quiet(format!("{people}, {keys}, {} of them plugged in", report.keys_in)));
    });
    for (n, finding) in report.findings.iter().enumerate() {
        ui.push_id(("finding", n), |ui| row(ui, look, finding));
    }
    for (n, problem) in report.unchecked.iter().enumerate() {
        ui.push_id(("unchecked", n), |ui| fault(ui, look, Tone::Warn, problem));
    }
}

fn row(ui: &mut Ui, look: &Look, finding: &Finding) {
    let whose = match &finding.serial {
        Some(serial) => format!("{}, key {}", clean(&finding.who), clean(serial)),
        None => clean(&finding.who),
    };
    label(ui, look.strong(whose));
    label(ui, look.body(clean(&finding.text)));
}

fn fault(ui: &mut Ui, look: &Look, tone: Tone, problem: &Problem) {
    problem_box(ui, look, (tone, Icon::Warning), problem, |_| {});
}
