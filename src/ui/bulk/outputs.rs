//! What is written for a session: letters, labels, the report, the PINs for others.

use crate::access::Act;
use crate::app::State;
use crate::app::state::{Written, count_in_words, day_time};
use crate::bulk::SessionId;
use crate::engine::{BulkCommand, Command, Output, Summary};
use crate::problem::Problem;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{Button, filter_chip, label, problem_box, truncated};
use egui::{Align, Layout, Sense, Ui, Vec2, vec2};

/// Questions that are open.
#[derive(Default)]
pub struct OutputsView {
    /// "PINs in clear text…" was pressed.
    in_clear: Option<SessionId>,
    /// Of another session than the one that is shown.
    chosen: Option<SessionId>,
}

/// A thing to write: what, a line about it, the command.
struct Choice {
    word: &'static str,
    about: &'static str,
    icon: Icon,
    command: fn(SessionId) -> BulkCommand,
    what: Output,
    act: Option<Act>,
}

fn choices() -> [Choice; 4] {
    [
        Choice {
            word: "PIN letters",
            about: "One PDF, a letter for each key whose PIN nobody was given yet",
            icon: Icon::Document,
            command: BulkCommand::PrintLetters,
            what: Output::Letters,
            act: Some(Act::RevealPin),
        },
        Choice {
            word: "Labels",
            about: "One PDF, a label for each key",
            icon: Icon::Document,
            command: BulkCommand::PrintLabels,
            what: Output::Labels,
            act: None,
        },
        Choice {
            word: "Report",
            about: "Who, serial, when, by whom, failures: as PDF and as CSV",
            icon: Icon::Document,
            command: BulkCommand::WriteReport,
            what: Output::Report,
            act: None,
        },
        Choice {
            word: "PINs, encrypted",
            about: "For the recipients chosen in the settings",
            icon: Icon::Lock,
            command: BulkCommand::ExportPins,
            what: Output::Pins,
            act: Some(Act::ExportPins),
        },
    ]
}

/// `shown` is the session on the screen; others are offered where their PINs wait.
pub fn draw(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut OutputsView,
    shown: (Option<SessionId>, &str),
) {
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    let Some(session) = which(ui, pass, view, shown) else { return };
    for choice in choices() {
        row(ui, pass, &choice, session);
    }
    in_clear(ui, pass, view, session);
    super::audit::draw(ui, pass, session);
}

/// Whose papers they are; a choice where there is one.
fn which(
    ui: &mut Ui,
    pass: &Pass<'_>,
    view: &mut OutputsView,
    (shown, word): (Option<SessionId>, &str),
) -> Option<SessionId> {
    let (state, look) = (pass.state, pass.look);
    let others: Vec<&Summary> = state.bulk.past_besides(shown).collect();
    let is_there = |id: &SessionId| others.iter().any(|other| other.id == *id);
    let chosen = view.chosen.filter(is_there).or(shown);
    if others.is_empty() {
        return chosen;
    }
    ui.horizontal_wrapped(|ui| {
        if let Some(shown) = shown
            && filter_chip(ui, look, chosen == Some(shown), (None, word)).clicked()
        {
            (view.chosen, view.in_clear) = (None, None);
        }
        for other in others {
            let (tone, pins) = match other.sealed {
                0 => (Tone::Ok, "no PIN waits".to_owned()),
                n => (Tone::Warn, count_in_words(n, "sealed PIN", "sealed PINs")),
            };
            let text = format!("{}: {pins}", day_time(other.began));
            let mark = Some((tone, Icon::Lock));
            if filter_chip(ui, look, chosen == Some(other.id), (mark, &text)).clicked() {
                view.chosen = Some(other.id);
                view.in_clear = None;
            }
        }
    });
    chosen
}

fn row(ui: &mut Ui, pass: &mut Pass<'_>, choice: &Choice, session: SessionId) {
    let look = pass.look;
    let refusal = choice.act.and_then(|act| pass.state.who.refusal_of(act));
    let refusal = refusal.or_else(|| lacks(choice.what, pass.state).map(str::to_owned));
    let written = pass.state.bulk.file_of(Some(session), choice.what);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        ui.spacing_mut().item_spacing.x = space::M;
        let button = Button::secondary(choice.word).icon(choice.icon).at_least(184.0);
        if button.enabled(refusal.is_none()).show(ui, look).clicked() {
            pass.send(Command::Bulk((choice.command)(session)));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(written) = written {
                file(ui, pass, written);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let about = refusal.unwrap_or_else(|| choice.about.to_owned());
                truncated(ui, look.quiet(about));
            });
        });
    });
}

/// What must be there first.
fn lacks(what: Output, state: &State) -> Option<&'static str> {
    let nobody = what == Output::Pins && state.settings.outputs.age_recipients.is_empty();
    nobody.then_some("Nobody can open them yet: add a recipient under Settings, Outputs")
}

/// A file that was written, with a way to it.
pub fn file(ui: &mut Ui, pass: &mut Pass<'_>, written: &Written) {
    let look = pass.look;
    let name = written.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let open = Button::quiet("Open").named(&format!("Open {name}")).show(ui, look);
    if open.on_hover_text(written.path.display().to_string()).clicked() {
        pass.send(Command::Open(written.path.clone()));
    }
    let count = match written.what {
        Output::Letters => count_in_words(written.count, "letter", "letters"),
        Output::Labels => count_in_words(written.count, "label", "labels"),
        Output::Report => count_in_words(written.count, "row", "rows"),
        Output::Pins | Output::PinsInClear => count_in_words(written.count, "PIN", "PINs"),
        Output::Challenges => count_in_words(written.count, "challenge", "challenges"),
    };
    ui.label(look.rich(format!("Written, {count}"), Size::Hint, Face::SemiBold, look.ok.ink));
    let (square, _) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
    Icon::Done.paint(ui.painter(), square, look.ok.ink, look.surface);
}

/// Clear text is asked for twice, in plain words.
fn in_clear(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OutputsView, session: SessionId) {
    let look = pass.look;
    let refusal = pass.state.who.refusal_of(Act::ExportPins);
    let written = pass.state.bulk.file_of(Some(session), Output::PinsInClear);
    if view.in_clear == Some(session) && refusal.is_none() {
        question(ui, pass, view, session);
        return;
    }
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        ui.spacing_mut().item_spacing.x = space::M;
        let button = Button::secondary("PINs in clear text…").named("PINs in clear text");
        let button = button.icon(Icon::Warning).at_least(184.0).enabled(refusal.is_none());
        if button.show(ui, look).clicked() {
            view.in_clear = Some(session);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(written) = written {
                file(ui, pass, written);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let about = "Whoever reads that file can use the keys";
                truncated(ui, look.quiet(refusal.unwrap_or_else(|| about.to_owned())));
            });
        });
    });
}

fn question(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OutputsView, session: SessionId) {
    let warning = Problem {
        what: "Whoever reads this file can use every key of the session".into(),
        next:
            "Encrypted for chosen recipients is the safe way. If it must be clear text: keep the \
               file off shared folders and mail, and delete it once the PINs are handed over"
                .into(),
        details: Vec::new(),
    };
    let mut done = crate::ui::keyboard::back(ui);
    problem_box(ui, pass.look, (Tone::Warn, Icon::Warning), &warning, |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if Button::secondary("Write them in clear text").small().show(ui, pass.look).clicked() {
            pass.wishes.push(Command::Bulk(BulkCommand::ExportPinsInClear(session)).into());
            done = true;
        }
        done |= Button::secondary("Leave it").cap("Esc").small().show(ui, pass.look).clicked();
    });
    if done {
        view.in_clear = None;
    }
}

/// How many PINs wait to be handed over.
pub fn sealed(ui: &mut Ui, look: &Look, count: usize) {
    let text = match count {
        0 => "No sealed PIN waits to be handed over".to_owned(),
        1 => "1 sealed PIN waits for its letter".to_owned(),
        n => format!("{n} sealed PINs wait for their letters"),
    };
    label(ui, look.hint(text));
}
