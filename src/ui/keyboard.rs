//! Keys of the keyboard: Enter, Esc and the single-key answers.

use egui::{Context, Event, Id, Key, Modifiers, Ui};

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

/// At the beginning of each frame, for [`enter_alone`].
pub fn note_focus(ctx: &Context) {
    let focused = ctx.memory(|memory| memory.focused().is_some());
    ctx.data_mut(|data| data.insert_temp(focused_id(), focused));
}

/// Enter as "the one obvious next step": not while a button or another control has the focus,
/// which Enter presses then. In a form of few fields it may end the last one, too.
pub fn enter(ui: &Ui) -> bool {
    nothing_focused(ui) && pressed(ui, Key::Enter)
}

/// The same where the step is not that of the text that Enter just ended: a text field lets go of the
/// focus in that very frame.
pub fn enter_alone(ui: &Ui) -> bool {
    let had_focus = ui.data(|data| data.get_temp(focused_id()).unwrap_or(false));
    !had_focus && enter(ui)
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

fn focused_id() -> Id {
    Id::unique("had the focus as the frame began")
}

fn nothing_focused(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none())
}
