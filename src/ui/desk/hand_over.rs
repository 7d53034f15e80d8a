//! The key works: it is handed to the person.

use super::{DeskView, FOOT, panel, serial};
use crate::access::Act;
use crate::app::state::{Phase, Run, clean, seconds};
use crate::engine::{Command, FinishedKey, VaultWord};
use crate::enrolment::FirstUse;
use crate::problem::{Detail, Problem};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{Button, fact_row, label, problem_box, truncated};
use crate::ui::{Pass, keyboard};
use egui::{Align, CornerRadius, Frame, Layout, Margin, Rect, Sense, Ui, Vec2, vec2};
use std::path::PathBuf;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, rect: Rect) {
    let (state, look) = (pass.state, pass.look);
    let Some(run) = &state.desk.run else { return };
    let Phase::HandOver(finished) = &run.phase else { return };
    let name = clean(&run.intent.person.display_name);
    let mut shared = (pass, view);
    panel(
        ui,
        look,
        (rect, FOOT),
        &mut shared,
        |ui, _| {
            truncated(ui, look.title(format!("Hand over to {name}")));
        },
        |ui, (pass, view)| body(ui, pass, view, run, finished),
        |ui, (pass, _)| foot(ui, pass, run),
    );
}

fn body(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, run: &Run, finished: &FinishedKey) {
    let look = pass.look;
    Frame::new().inner_margin(Margin::same(space::S as i8)).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(space::M, space::S);
        ui.add_space(space::S);
        done(ui, look, run, finished);
        ui.add_space(space::S);
        facts(ui, look, run);
        ui.add_space(space::M);
        pin(ui, pass, view, run, finished);
        ui.add_space(space::M);
        papers(ui, pass, run, finished);
    });
}

fn done(ui: &mut Ui, look: &Look, run: &Run, finished: &FinishedKey) {
    ui.horizontal(|ui| {
        let (square, _) = ui.allocate_exact_size(Vec2::splat(48.0), Sense::hover());
        Icon::Done.paint(ui.painter(), square, look.ok.ink, look.surface);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let name = clean(&run.intent.person.display_name);
            truncated(ui, look.rich(name, Size::Figure, Face::SemiBold, look.text));
            let took = seconds(finished.took);
            label(
                ui,
                look.quiet(format!("The key is registered and confirmed, {took} after the touch")),
            );
        });
    });
}

fn facts(ui: &mut Ui, look: &Look, run: &Run) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let key = &run.intent.key;
    fact_row(ui, look, "Key", look.body(clean(&key.model)));
    fact_row(ui, look, "Serial", look.mono(serial::in_words(key)));
    fact_row(ui, look, "Passkey", look.body(clean(&run.intent.passkey_name)));
    let first_use = match run.intent.plan.first_use {
        FirstUse::MustChangePin => "The PIN must be changed",
        FirstUse::KeepPin => "The PIN stays as it is",
    };
    fact_row(ui, look, "At first use", look.body(first_use));
}

fn pin(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, run: &Run, finished: &FinishedKey) {
    let look = pass.look;
    match finished.vault {
        VaultWord::NotKept => {
            ui.label(look.quiet("The person's own PIN is kept nowhere"));
        }
        VaultWord::Purged => {
            ui.label(look.quiet("The sealed PIN has been purged"));
        }
        VaultWord::Sealed => sealed(ui, pass, view, run),
    }
}

fn sealed(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut DeskView, run: &Run) {
    let look = pass.look;
    if let Some((_, pin)) = &view.revealed {
        Frame::new()
            .fill(look.sunken)
            .corner_radius(CornerRadius::same(radius::CONTROL))
            .inner_margin(Margin::symmetric(space::L as i8, space::S as i8))
            .show(ui, |ui| {
                ui.label(look.rich(pin.expose(), Size::HeadFigure, Face::Mono, look.text));
            });
        if Button::secondary("Hide PIN").cap("V").show(ui, look).clicked()
            || keyboard::answer(ui, "V")
        {
            view.revealed = None;
        }
        return;
    }
    if view.shown_once == Some(run.id) {
        ui.label(look.quiet("The PIN was shown once; it is on the PIN letter"));
        return;
    }
    let refusal = pass.state.who.refusal_of(Act::RevealPin);
    let button = Button::secondary("Reveal PIN").cap("V").icon(Icon::Lock);
    let clicked = button.enabled(refusal.is_none()).show(ui, look).clicked();
    match refusal {
        Some(refusal) => {
            label(ui, look.hint(refusal));
        }
        None if clicked || keyboard::answer(ui, "V") => pass.send(Command::RevealPin(run.id)),
        None => {}
    }
}

fn papers(ui: &mut Ui, pass: &mut Pass<'_>, run: &Run, finished: &FinishedKey) {
    let look = pass.look;
    let may = pass.state.who.refusal_of(Act::RevealPin).is_none();
    ui.horizontal_wrapped(|ui| {
        let letter = Button::secondary("PIN letter").cap("L").icon(Icon::Document).enabled(may);
        if letter.show(ui, look).clicked() || (may && keyboard::answer(ui, "L")) {
            pass.send(Command::WriteLetter(run.id));
        }
        let label = Button::secondary("Label").cap("B").icon(Icon::Document);
        if label.show(ui, look).clicked() || keyboard::answer(ui, "B") {
            pass.send(Command::WriteLabel(run.id));
        }
    });
    for path in &run.files {
        let shown = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        if Button::quiet(&format!("Open {shown}")).icon(Icon::Folder).show(ui, look).clicked() {
            pass.send(Command::Open(path.clone()));
        }
    }
    ui.add_space(space::S);
    match &finished.csv {
        Ok(path) => {
            let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            label_with_path(ui, look, &format!("Row written to {name}"), &path.to_string_lossy());
            if let Some(problem) = foreign(&finished.foreign, &name) {
                problem_box(ui, look, (Tone::Warn, Icon::Warning), &problem, |_| {});
            }
        }
        Err(problem) => problem_box(ui, look, (Tone::Warn, Icon::Warning), problem, |_| {}),
    }
}

/// The file the operator expects is another program's: its rows are elsewhere.
fn foreign(left_alone: &[PathBuf], written: &str) -> Option<Problem> {
    let first = left_alone.first()?;
    let name = first.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    Some(Problem {
        what: format!("{name} is not Keydesk's and was left alone"),
        next: format!("Take the rows from {written}, or move the other file away"),
        details: left_alone.iter().map(|p| Detail::new("file", p.display().to_string())).collect(),
    })
}

fn label_with_path(ui: &mut Ui, look: &Look, text: &str, path: &str) {
    truncated(ui, look.hint(text)).on_hover_text(path);
}

fn foot(ui: &mut Ui, pass: &mut Pass<'_>, run: &Run) {
    let look = pass.look;
    let mut next = false;
    if ui.available_width() > 420.0 {
        ui.label(look.hint("Remove the key and hand it over"));
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        next = Button::primary("Next person").cap("Enter").show(ui, look).clicked();
    });
    if next || keyboard::enter(ui) {
        pass.send(Command::HandedOver(run.id));
    }
}
