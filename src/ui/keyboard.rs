//! Keys of the keyboard: Enter, Esc and the single-key answers.

use egui::{Context, Event, Key, Modifiers, Ui};

/// Whether the key was pressed by itself now. A key that is held down counts once, so that one
/// long Enter can't walk through several steps.
pub fn pressed(ui: &Ui, wanted: Key) -> bool {
    pressed_with(ui.ctx(), Modifiers::NONE, wanted)
}

pub fn pressed_with(ctx: &Context, modifiers: Modifiers, wanted: Key) -> bool {
    ctx.input_mut(|input| {
        let mut hit = false;
        input.events.retain(|event| {
            let matches = matches!(event, Event::Key { key, pressed: true, modifiers: with, repeat, .. }
                if *key == wanted && with.matches_exact(modifiers) && !*repeat);
            hit |= matches;
            !matches
        });
        hit
    })
}

/// Enter as "the one obvious next step": not while a button or another control has the focus,
/// which Enter presses then.
pub fn enter(ui: &Ui) -> bool {
    nothing_focused(ui) && pressed(ui, Key::Enter)
}

/// A single letter as an answer: never while a text is being typed.
pub fn answer(ui: &Ui, letter: &str) -> bool {
    if ui.ctx().text_edit_focused() {
        return false;
    }
    Key::from_name(letter).is_some_and(|key| pressed(ui, key))
}

pub fn escape(ui: &Ui) -> bool {
    pressed(ui, Key::Escape)
}

/// Esc as the way back from a screen; a text field takes its own Esc first.
pub fn back(ui: &Ui) -> bool {
    !ui.ctx().text_edit_focused() && escape(ui)
}

fn nothing_focused(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none())
}
