//! Messages that no screen has a better place for. They stay until they are dismissed.

use super::theme::{Icon, Tone, space};
use super::widgets::{Button, problem_box};
use super::{Pass, Wish};
use crate::app::state::{NoticeKind, State};
use crate::engine::{Command, KeyringMode, VaultMode};
use crate::problem::{Detail, Problem};
use egui::{ScrollArea, Ui};
use std::borrow::Cow;

/// Most of the screen must stay usable however many messages there are.
const TALLEST: f32 = 208.0;

/// Draws the messages; returns the height they took.
pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>) -> f32 {
    let top = ui.cursor().min.y;
    let state = pass.state;
    let connection = state.connection_problem.as_ref();
    let (vault, keyring) = without_keyring(state);
    let reminder = state.reminder.as_ref();
    let standing =
        keyring.is_some() || connection.is_some() || vault.is_some() || reminder.is_some();
    if state.notices.is_empty() && !standing {
        return 0.0;
    }
    let look = pass.look;
    ScrollArea::vertical().id_salt("notices").max_height(TALLEST).show(ui, |ui| {
        if let Some(problem) = connection {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        }
        for notice in state.notices.iter().rev() {
            let marks = match notice.kind {
                NoticeKind::Told => (Tone::Accent, Icon::Done),
                NoticeKind::Failure => (Tone::Bad, Icon::Failed),
            };
            ui.push_id(notice.number, |ui| {
                problem_box(ui, look, marks, &notice.problem, |ui| {
                    if Button::quiet("Dismiss").show(ui, look).clicked() {
                        pass.wishes.push(Wish::Dismiss(notice.number));
                    }
                });
            });
        }
        if let Some(problem) = reminder {
            problem_box(ui, look, (Tone::Warn, Icon::Clock), problem, |_| {});
        }
        if let Some(problem) = vault {
            problem_box(ui, look, (Tone::Warn, Icon::Warning), &problem, |ui| {
                if Button::quiet("Try the keyring again").show(ui, look).clicked() {
                    pass.send(Command::ReopenVault);
                }
            });
        }
        if let Some(problem) = keyring {
            problem_box(ui, look, (Tone::Warn, Icon::Warning), &problem, |_| {});
        }
    });
    ui.add_space(space::S);
    ui.cursor().min.y - top
}

/// What is closed for want of a keyring, and what else that means; the first says both where it can.
fn without_keyring(state: &State) -> (Option<Cow<'_, Problem>>, Option<Problem>) {
    let keyring = state.keyring.as_ref().and_then(|mode| session_only(mode, state.vault.as_ref()));
    match &state.vault {
        Some(VaultMode::Closed { problem, given_up: None }) if keyring.is_some() => {
            let next = format!("{}, and secrets are kept for this session only", problem.next);
            (Some(Cow::Owned(Problem { next, ..problem.clone() })), None)
        }
        Some(VaultMode::Closed { problem, .. }) => (Some(Cow::Borrowed(problem)), keyring),
        Some(VaultMode::Open | VaultMode::InMemory) | None => (None, keyring),
    }
}

/// A keyring that comes later is looked for where a vault waits for it, and at a start. A start is the
/// end of what is kept in memory.
fn session_only(mode: &KeyringMode, vault: Option<&VaultMode>) -> Option<Problem> {
    let (why, mend, reason) = match mode {
        KeyringMode::Keyring => return None,
        KeyringMode::SessionOnly(reason) => {
            ("No OS keyring", "Unlock or install a keyring", reason)
        }
        KeyringMode::Locked(reason) => ("The OS keyring is locked", "Unlock it", reason),
    };
    let (kept, then) = match vault {
        Some(VaultMode::Closed { .. }) => ("secrets", "try it again"),
        Some(VaultMode::InMemory) => (
            "secrets and sealed PINs",
            "start Keydesk again; hand PINs over, or print them, before it ends",
        ),
        Some(VaultMode::Open) | None => ("secrets", "start Keydesk again"),
    };
    Some(Problem {
        what: format!("{why}: {kept} are kept for this session only"),
        next: format!("{mend}, then {then}"),
        details: vec![Detail::new("reason", reason.clone())],
    })
}
