//! The board's keyboard, heard before anything is drawn: scans, answers, Tab from failed slot to
//! failed slot.

use super::board::{BoardView, TypedPin};
use super::scan::{GAP, Moment};
use crate::app::state::Offer;
use crate::engine::{BulkCommand, SlotShown};
use crate::ui::Pass;
use egui::{Event, InputState, Key, Modifiers, Ui};
use std::time::Duration;

/// Key of "Pause" and of "Go on".
const PAUSE: char = 'P';
/// When one slot is answered and the next takes its place, a second press of the same key was
/// meant for the first.
const DEAF: Duration = Duration::from_millis(400);

/// What a key led to.
enum Heard {
    Scan(String),
    Answer(char),
}

/// Takes the keys that are the board's out of the frame's events.
pub fn hear(ui: &Ui, pass: &mut Pass<'_>, view: &mut BoardView) {
    if ui.ctx().text_edit_focused() {
        return;
    }
    if view.pin_begun_at(pass.state).is_some() {
        return swallow(ui, view);
    }
    let now = Duration::try_from_secs_f64(ui.input(|input| input.time)).unwrap_or_default();
    if std::mem::take(&mut view.moved) {
        view.deaf_until = now + DEAF;
    }
    tab(ui, pass, view);
    for heard in strokes(ui, pass, view) {
        match heard {
            Heard::Scan(text) => pass.send(crate::engine::Command::Bulk(BulkCommand::Scan(text))),
            Heard::Answer(PAUSE) => super::head::pause(pass),
            Heard::Answer(_) if now < view.deaf_until => {}
            Heard::Answer(letter) => answer(pass, view, letter),
        }
    }
    if view.scan.is_pending() {
        ui.ctx().request_repaint_after(GAP + Duration::from_millis(1));
    }
}

/// The rest of a PIN is no scan, no answer and no Enter for a list, wherever the focus is. Esc gives the
/// PIN up.
fn swallow(ui: &Ui, view: &mut BoardView) {
    if crate::ui::keyboard::escape(ui) {
        view.pins.values_mut().for_each(TypedPin::give_up);
    }
    ui.input_mut(|input| {
        input.events.retain(|event| match event {
            Event::Text(_) | Event::Paste(_) => false,
            Event::Key { key, modifiers, .. } => {
                !is_plain(*modifiers) || *key != Key::Enter && letter_of(*key).is_none()
            }
            _ => true,
        });
    });
}

/// When this frame's letters came.
pub fn moment(input: &InputState) -> Moment {
    let frame = Duration::try_from_secs_f64(input.time).unwrap_or_default();
    let dt = Duration::try_from_secs_f32(input.unstable_dt).unwrap_or_default();
    Moment { frame, frame_before: frame.saturating_sub(dt) }
}

fn strokes(ui: &Ui, pass: &Pass<'_>, view: &mut BoardView) -> Vec<Heard> {
    let offered = letters(pass, view);
    let is_answer = |letter: char| offered.contains(&letter.to_ascii_uppercase());
    let mut heard = Vec::new();
    let scan = &mut view.scan;
    ui.input_mut(|input| {
        let at = moment(input);
        let mut any = false;
        let mut letter = |scan: &mut super::scan::Scanner, c: char| {
            any = true;
            let settled =
                scan.letter(c, at, is_answer).map(|c| Heard::Answer(c.to_ascii_uppercase()));
            heard.extend(settled);
        };
        let events = std::mem::take(&mut input.events);
        let mut is_held = false;
        let mut enters = Vec::new();
        let mut rest = events.into_iter().peekable();
        while let Some(event) = rest.next() {
            match &event {
                Event::Key { key, pressed: true, repeat, modifiers, .. }
                    if is_plain(*modifiers) =>
                {
                    is_held = *repeat;
                    let has_text = matches!(rest.peek(), Some(Event::Text(_)));
                    match (key, scan.is_active()) {
                        (Key::Enter, true) => {
                            enters.extend(scan.enter().map(Heard::Scan));
                            continue;
                        }
                        (Key::Backspace, true) => {
                            scan.backspace();
                            continue;
                        }
                        (Key::Escape, true) => {
                            scan.clear();
                            continue;
                        }
                        // It presses whatever has the focus.
                        (Key::Space, false) => {
                            input.events.push(event);
                            if has_text {
                                rest.next();
                            }
                            continue;
                        }
                        _ if has_text => continue,
                        _ => {}
                    }
                    match letter_of(*key) {
                        Some(c) if !is_held => letter(scan, c),
                        Some(_) => {}
                        None => input.events.push(event),
                    }
                }
                Event::Text(text) | Event::Paste(text) => {
                    if !is_held {
                        text.chars().filter(|c| !c.is_control()).for_each(|c| letter(scan, c));
                    }
                    is_held = false;
                }
                _ => input.events.push(event),
            }
        }
        if !any {
            heard.extend(scan.quiet(at.frame).map(|c| Heard::Answer(c.to_ascii_uppercase())));
        }
        heard.extend(enters);
    });
    heard
}

fn is_plain(modifiers: Modifiers) -> bool {
    !modifiers.ctrl && !modifiers.alt && !modifiers.command
}

/// The letter or digit of a key that came without its text.
fn letter_of(key: Key) -> Option<char> {
    let name = key.name();
    let mut letters = name.chars();
    let first = letters.next().filter(char::is_ascii_alphanumeric)?;
    letters.next().is_none().then_some(first)
}

/// Letters that mean something now; all others begin a scan.
fn letters(pass: &Pass<'_>, view: &BoardView) -> Vec<char> {
    let mut letters = vec![PAUSE];
    if let Some(slot) = selected(pass, view) {
        let offers = Offer::of(slot);
        letters.extend(offers.iter().filter_map(|offer| offer.names().0.chars().next()));
    }
    letters
}

fn answer(pass: &mut Pass<'_>, view: &mut BoardView, letter: char) {
    let Some(slot) = selected(pass, view) else { return };
    let is_meant = |offer: &Offer| offer.names().0.starts_with(letter);
    if let Some(offer) = Offer::of(slot).into_iter().find(is_meant) {
        super::board::answer(pass, &mut view.panel, slot, offer);
    }
}

/// The slot the single keys answer: the chosen one while it waits, else the first that waits.
pub fn selected<'s>(pass: &Pass<'s>, view: &BoardView) -> Option<&'s SlotShown> {
    let state = pass.state;
    let chosen = state.bulk.waiting_slots().find(|slot| Some(slot.no) == view.selected);
    chosen.or_else(|| state.bulk.waiting_slots().next())
}

/// Tab goes through the slots that wait for an answer first, then on to the controls.
fn tab(ui: &Ui, pass: &Pass<'_>, view: &mut BoardView) {
    let is_tab = |event: &Event| {
        matches!(event, Event::Key { key: Key::Tab, pressed: true, modifiers, .. }
            if modifiers.is_none())
    };
    let nothing_focused = ui.memory(|memory| memory.focused().is_none());
    if !nothing_focused || !ui.input(|input| input.events.iter().any(is_tab)) {
        return;
    }
    let now = selected(pass, view).map(|slot| slot.no);
    let next = pass.state.bulk.waiting_slots().map(|slot| slot.no).find(|no| Some(*no) > now);
    view.selected = next;
    view.moved = false;
    if next.is_some() {
        ui.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
        ui.input_mut(|input| input.events.retain(|event| !is_tab(event)));
    }
}
