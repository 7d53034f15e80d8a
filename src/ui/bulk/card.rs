//! One slot: who, how far, and what is to be done. Every card has the same size.

use super::board::{self, BoardView, line};
use super::panel::PanelView;
use super::pin_card;
use crate::app::state::{Offer, SlotMark, clean, ordinal, thousands};
use crate::engine::{PersonOnBoard, SlotPhase, SlotShown};
use crate::problem::Problem;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{
    countdown_ring, hinted, key_cap, paint_chip, paint_cut, paint_text, paint_wrapped, text_width,
    tight, wake_at_next_second, whole_seconds,
};
use egui::{
    Align2, Color32, CornerRadius, FontId, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};
use std::time::{Duration, Instant};

/// From the edge to what is in the card.
pub const PAD: f32 = 13.0;
/// The parts of the work that are shown.
const PARTS: u8 = 5;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView, slot: &SlotShown, rect: Rect) {
    let look = pass.look;
    let waits = !Offer::of(slot).is_empty() || matches!(slot.phase, SlotPhase::PinNeeded(_));
    let chosen = waits && view.selected == Some(slot.no);
    let typed = slot.enrolment.and_then(|enrolment| view.pins.get(&enrolment));
    let name = spoken(slot, typed.and_then(|typed| typed.complaint.as_ref()));
    let response = whole(ui, slot, &name, (waits, chosen), rect);
    if response.clicked() {
        view.selected = Some(slot.no);
    }
    // A field that is not drawn loses the focus, in the middle of a PIN.
    if !ui.is_rect_visible(rect) && !matches!(slot.phase, SlotPhase::PinNeeded(_)) {
        return;
    }
    if let SlotPhase::TouchNow { until } = slot.phase {
        touch_now(ui, look, slot, until, rect);
        return;
    }
    surface(ui, look, slot, chosen, &response, rect);
    top_line(ui, look, slot, chosen, rect);
    let board = &pass.state.bulk.board;
    match &slot.phase {
        SlotPhase::Free => {
            insert_a_key(ui, pass, rect);
        }
        SlotPhase::Done { .. } => {
            person(ui, look, slot.person.as_ref(), "", rect);
            call(ui, look, (Icon::Eject, look.ok.ink), "Remove and label", rect);
            let serial = slot.key.as_ref().and_then(|key| key.serial.as_deref());
            foot(ui, look, &clean(&slot.note), &serial.map(thousands).unwrap_or_default(), rect);
        }
        SlotPhase::Replug => {
            person(ui, look, slot.person.as_ref(), "", rect);
            let call_ink = (Icon::Eject, look.accent_text);
            call(ui, look, call_ink, "Pull out, put back", rect);
            foot(ui, look, &clean(&slot.note), "", rect);
        }
        SlotPhase::PulledOut => {
            person(ui, look, slot.person.as_ref(), "", rect);
            call(ui, look, (Icon::Key, look.warn.ink), "Put the key back", rect);
            let serial = slot.key.as_ref().and_then(|key| key.serial.as_deref());
            foot(ui, look, &clean(&slot.note), &serial.map(thousands).unwrap_or_default(), rect);
        }
        SlotPhase::Stopped(stopped) => {
            failure(ui, look, slot, &stopped.problem, rect);
            offers(ui, pass, &mut view.panel, slot, rect);
        }
        SlotPhase::Refused(problem) => {
            failure(ui, look, slot, problem, rect);
            offers(ui, pass, &mut view.panel, slot, rect);
        }
        SlotPhase::Barred(problem) => {
            failure(ui, look, slot, problem, rect);
            let below = rect.translate(vec2(0.0, 14.0));
            call(ui, look, (Icon::Eject, look.warn.ink), "Take it out", below);
        }
        SlotPhase::PinNeeded(needed) => pin_card::draw(ui, pass, view, (slot, needed), rect),
        SlotPhase::TouchQueued { before } => {
            person(ui, look, slot.person.as_ref(), "", rect);
            parts(ui, look, slot.done, rect);
            let place = format!("{} in the queue", ordinal(*before));
            foot(ui, look, &place, "Do not touch yet", rect);
        }
        SlotPhase::Identifying => {
            let next = board.scanned.as_ref().or(board.next.as_ref());
            match (&slot.person, next) {
                (Some(_), _) => person(ui, look, slot.person.as_ref(), "", rect),
                (None, next) => person(ui, look, next, "Next: ", rect),
            }
            parts(ui, look, slot.done.max(1), rect);
            foot(ui, look, &clean(&slot.note), "", rect);
        }
        SlotPhase::Working(_) => {
            person(ui, look, slot.person.as_ref(), "", rect);
            parts(ui, look, slot.done, rect);
            let since = Instant::now().saturating_duration_since(slot.since);
            wake_at_next_second(ui, Duration::from_secs(1));
            let took =
                if since.as_secs() > 0 { format!("{} s", since.as_secs()) } else { String::new() };
            foot(ui, look, &clean(&slot.note), &took, rect);
        }
        SlotPhase::Paused => {
            match &slot.person {
                Some(_) => person(ui, look, slot.person.as_ref(), "", rect),
                None => key_in(ui, look, slot, rect),
            }
            foot(ui, look, "Waits until the session goes on", "", rect);
        }
        SlotPhase::TouchNow { .. } => {}
    }
}

/// The card as assistive technologies know it; one that waits can be chosen.
fn whole(
    ui: &mut Ui,
    slot: &SlotShown,
    name: &str,
    (waits, chosen): (bool, bool),
    rect: Rect,
) -> Response {
    let sense = if waits { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.make_persistent_id(("slot", slot.no.0)), sense);
    let role = match slot.phase {
        _ if waits => Role::Button,
        SlotPhase::TouchNow { .. } => Role::Alert,
        _ => Role::Label,
    };
    response.widget_info(|| match waits {
        true => WidgetInfo::selected(role, true, chosen, name),
        false => WidgetInfo::labeled(role, true, name),
    });
    match &slot.phase {
        SlotPhase::Stopped(stopped) => hinted(ui, response, &stopped.problem.to_string()),
        SlotPhase::Refused(problem) | SlotPhase::Barred(problem) => {
            hinted(ui, response, &problem.to_string())
        }
        _ => response,
    }
}

/// `Slot 4, Oskar Lindqvist: Touch now`; `complaint` is about the PIN that was typed there.
fn spoken(slot: &SlotShown, complaint: Option<&Problem>) -> String {
    let word = SlotMark::of(&slot.phase).word();
    let who = slot.person.as_ref().map(|person| format!(", {}", clean(&person.name)));
    let more = match &slot.phase {
        SlotPhase::Stopped(stopped) => format!(". {}", stopped.problem),
        SlotPhase::PinNeeded(needed) => {
            format!(". {}", complaint.unwrap_or(&needed.stopped.problem))
        }
        SlotPhase::Refused(problem) | SlotPhase::Barred(problem) => format!(". {problem}"),
        SlotPhase::Done { .. } => ". Remove and label".to_owned(),
        _ => String::new(),
    };
    format!("Slot {}{}: {word}{more}", slot.no.0, who.unwrap_or_default())
}

fn surface(ui: &Ui, look: &Look, slot: &SlotShown, chosen: bool, response: &Response, rect: Rect) {
    let edge = match slot.phase {
        SlotPhase::Done { .. } => Stroke::new(2.0, look.ok.ink),
        SlotPhase::Stopped(_) => Stroke::new(2.0, look.bad.ink),
        SlotPhase::Refused(_) | SlotPhase::Barred(_) | SlotPhase::PulledOut => {
            Stroke::new(2.0, look.warn.ink)
        }
        SlotPhase::PinNeeded(_) | SlotPhase::Replug => Stroke::new(2.0, look.accent_text),
        _ => Stroke::new(1.0, look.stroke),
    };
    crate::ui::widgets::paint_card(ui, look, rect, edge);
    if response.has_focus() {
        let corner = CornerRadius::same(radius::CARD);
        let ring = Stroke::new(3.0, look.text);
        ui.painter().rect_stroke(rect, corner, ring, StrokeKind::Inside);
    } else if chosen && look.needs_edges() {
        let corner = CornerRadius::same(radius::CARD);
        ui.painter().rect_stroke(rect.shrink(4.0), corner, edge, StrokeKind::Inside);
    }
}

/// Colour and shape of what goes on in a slot.
pub fn mark(mark: SlotMark) -> (Tone, Icon) {
    match mark {
        SlotMark::Waiting => (Tone::Idle, Icon::Waiting),
        SlotMark::Identifying | SlotMark::Checking => (Tone::Accent, Icon::Search),
        SlotMark::SettingPin => (Tone::Accent, Icon::Pin),
        SlotMark::TouchNext => (Tone::Idle, Icon::Hourglass),
        SlotMark::Touch => (Tone::Touch, Icon::Touch),
        SlotMark::Registering => (Tone::Accent, Icon::Registering),
        SlotMark::Replug => (Tone::Accent, Icon::Eject),
        SlotMark::Done => (Tone::Ok, Icon::Done),
        SlotMark::Failed => (Tone::Bad, Icon::Failed),
        SlotMark::PinNeeded => (Tone::Accent, Icon::Pin),
        SlotMark::NotUsed | SlotMark::PulledOut => (Tone::Warn, Icon::Warning),
        SlotMark::Paused => (Tone::Idle, Icon::Hourglass),
    }
}

/// The slot's number, who the keys answer, and the state as a chip.
fn top_line(ui: &Ui, look: &Look, slot: &SlotShown, chosen: bool, rect: Rect) {
    let painter = ui.painter();
    let square = Rect::from_min_size(rect.min + vec2(PAD, PAD), Vec2::splat(24.0));
    let state = SlotMark::of(&slot.phase);
    let (tone, icon) = mark(state);
    let corner = CornerRadius::same(radius::CHIP);
    let (fill, edge, ink) = match chosen {
        true => (look.tone(tone).ink, Stroke::NONE, look.surface),
        false => (Color32::TRANSPARENT, Stroke::new(1.0, look.text_2), look.text),
    };
    painter.rect(square, corner, fill, edge, StrokeKind::Inside);
    let number = slot.no.0.to_string();
    let style = (Size::Hint, Face::SemiBold, ink);
    paint_text(painter, square.center(), Align2::CENTER_CENTER, &number, style);
    let right = pos2(rect.max.x - PAD, square.center().y);
    let chip = paint_chip(painter, look, right, (tone, icon), state.word());
    if chosen {
        let at = pos2(square.max.x + space::S, square.center().y);
        let (words, style) = ("Letters answer here", (Size::Hint, Face::Regular, look.text_2));
        if at.x + text_width(ui, words, style.0, style.1) <= chip.min.x - 4.0 {
            paint_text(painter, at, Align2::LEFT_CENTER, words, style);
        }
    }
}

/// Name and user name, or a line in its place.
fn person(ui: &Ui, look: &Look, who: Option<&PersonOnBoard>, before: &str, rect: Rect) {
    let Some(who) = who else { return };
    two_lines(ui, look, &format!("{before}{}", clean(&who.name)), &clean(&who.upn), rect);
}

fn key_in(ui: &Ui, look: &Look, slot: &SlotShown, rect: Rect) {
    let Some(key) = &slot.key else { return };
    let serial = key.serial.as_deref().map(|serial| format!("serial {}", thousands(serial)));
    two_lines(ui, look, &clean(&key.model), &serial.unwrap_or_default(), rect);
}

pub fn two_lines(ui: &Ui, look: &Look, name: &str, below: &str, rect: Rect) {
    let (at, right) = line(rect, 62.0);
    paint_cut(ui.painter(), at, right, name, (Size::Lead, Face::SemiBold, look.text));
    let (at, right) = line(rect, 81.0);
    paint_cut(ui.painter(), at, right, below, (Size::Hint, Face::Regular, look.text_2));
}

/// How much of the work is done, as bars.
fn parts(ui: &Ui, look: &Look, done: u8, rect: Rect) {
    let (from, right) = line(rect, 136.0);
    let gap = 4.0;
    let count = f32::from(PARTS);
    let width = (right - from.x - gap * (count - 1.0)) / count;
    for n in 0..PARTS {
        let left = from.x + f32::from(n) * (width + gap);
        let bar = Rect::from_min_size(pos2(left, from.y - 3.0), vec2(width, 6.0));
        let painter = ui.painter();
        match n < done {
            true => painter.rect_filled(bar, CornerRadius::same(3), look.accent_text),
            false if look.needs_edges() => {
                let edge = Stroke::new(1.0, look.stroke);
                painter.rect_stroke(bar, CornerRadius::same(3), edge, StrokeKind::Inside)
            }
            false => painter.rect_filled(bar, CornerRadius::same(3), look.stroke),
        };
    }
}

/// A note at the left, a figure or a word at the right.
fn foot(ui: &Ui, look: &Look, left: &str, right: &str, rect: Rect) {
    let (at, end) = line(rect, 161.0);
    let is_figure = right.starts_with(|c: char| c.is_ascii_digit());
    let face = if is_figure { Face::Mono } else { Face::Regular };
    let style = (Size::Hint, face, look.text_2);
    let shown = paint_text(ui.painter(), pos2(end, at.y), Align2::RIGHT_CENTER, right, style);
    let end = if right.is_empty() { end } else { shown.min.x - space::S };
    paint_cut(ui.painter(), at, end, left, (Size::Hint, Face::Regular, look.text_2));
}

/// What the hands do now, in large type.
fn call(ui: &Ui, look: &Look, (icon, ink): (Icon, Color32), words: &str, rect: Rect) {
    let (at, right) = line(rect, 127.0);
    let square = Rect::from_center_size(pos2(at.x + 16.0, at.y), Vec2::splat(32.0));
    icon.paint(ui.painter(), square, ink, look.surface);
    let at = pos2(at.x + 44.0, at.y);
    paint_cut(ui.painter(), at, right, words, (Size::Title, Face::SemiBold, look.text));
}

/// What went wrong, and what to do next.
fn failure(ui: &Ui, look: &Look, slot: &SlotShown, problem: &Problem, rect: Rect) {
    let serial = || slot.key.as_ref().and_then(|key| key.serial.as_deref()).map(thousands);
    let name = match &slot.person {
        Some(person) => clean(&person.name),
        None => serial().map_or_else(|| "This key".to_owned(), |serial| format!("Key {serial}")),
    };
    let (what, next) = (clean(&problem.what), clean(&problem.next));
    let (at, right) = line(rect, 81.0);
    if text_width(ui, &what, Size::Hint, Face::Regular) <= right - at.x {
        two_lines(ui, look, &name, &what, rect);
        let (at, right) = line(rect, 97.0);
        paint_cut(ui.painter(), at, right, &next, (Size::Hint, Face::Regular, look.text_3));
    } else {
        // What to do next is on hover and in the details.
        two_lines(ui, look, &name, "", rect);
        let style = (Size::Hint, Face::Regular, look.text_2);
        paint_wrapped(ui.painter(), pos2(at.x, at.y - 8.0), (right - at.x, 2), &what, style);
    }
    let (at, right) = line(rect, 112.0);
    ui.painter().hline(at.x..=right, at.y, Stroke::new(1.0, look.stroke));
}

/// The answers with their letters, two in a row, three where there are more than four.
fn offers(ui: &mut Ui, pass: &mut Pass<'_>, panel: &mut PanelView, slot: &SlotShown, rect: Rect) {
    let offers = Offer::of(slot);
    let across = if offers.len() > 4 { 3 } else { 2 };
    let area = Rect::from_min_max(
        pos2(rect.min.x + PAD - 4.0, rect.min.y + 119.0),
        pos2(rect.max.x - PAD + 4.0, rect.max.y - 8.0),
    );
    let width = area.width() / across as f32;
    for (n, offer) in offers.into_iter().enumerate() {
        let at = vec2((n % across) as f32 * width, (n / across) as f32 * 28.0);
        let place = Rect::from_min_size(area.min + at, vec2(width, 28.0));
        if offer_button(ui, pass.look, slot, offer, place).clicked() {
            board::answer(pass, panel, slot, offer);
        }
    }
}

/// Room that an answer takes.
pub fn offer_width(ui: &Ui, offer: Offer) -> f32 {
    let (_, word) = offer.names();
    // Before the key, the key, between, after.
    4.0 + 24.0 + space::S + text_width(ui, word, Size::Hint, Face::SemiBold) + space::S
}

/// Room of an answer that is told by its key alone; its word is shown on hover.
pub const KEY_ALONE: f32 = 34.0;

/// A small answer: its key, its word.
pub fn offer_button(
    ui: &mut Ui,
    look: &Look,
    slot: &SlotShown,
    offer: Offer,
    place: Rect,
) -> Response {
    let (key, word) = offer.names();
    let id = ui.make_persistent_id(("offer", slot.no.0, word));
    let response = ui.interact(place, id, Sense::click());
    let name = format!("{}, slot {}", word.trim_end_matches('…'), slot.no.0);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(place, CornerRadius::same(radius::CONTROL), look.sunken);
    }
    if response.has_focus() {
        let corner = CornerRadius::same(radius::CONTROL);
        painter.rect_stroke(place, corner, Stroke::new(2.0, look.text), StrokeKind::Inside);
    }
    let at = pos2(place.min.x + 4.0, place.center().y);
    let cap = key_cap(painter, at, key, look.text, look.stroke_strong);
    if place.width() <= KEY_ALONE {
        return response.on_hover_text(offer.words());
    }
    let at = pos2(cap.max.x + space::S, place.center().y);
    let room = place.max.x - 2.0 - at.x;
    let fits = text_width(ui, offer.words(), Size::Hint, Face::SemiBold) <= room;
    let word = if fits { offer.words() } else { word };
    paint_cut(painter, at, place.max.x - 2.0, word, (Size::Hint, Face::SemiBold, look.text));
    response
}

/// A slot that is known and empty.
fn insert_a_key(ui: &Ui, pass: &Pass<'_>, rect: Rect) {
    let (look, board) = (pass.look, &pass.state.bulk.board);
    let paused = pass.state.bulk.session.as_ref().is_some_and(|session| session.paused);
    let below = match (&board.scanned, &board.next) {
        _ if paused => "waits until the session goes on".to_owned(),
        (Some(who), _) => format!("for {}, who was scanned", clean(&who.name)),
        (None, Some(who)) if board.next_own.is_some() => {
            let serial = board.next_own.as_deref().map(thousands).unwrap_or_default();
            format!("for {}: key {serial}", clean(&who.name))
        }
        (None, Some(who)) => format!("takes {}, or scan a badge", clean(&who.name)),
        (None, None) => "nobody is left".to_owned(),
    };
    two_lines(ui, look, "Insert a key", &below, rect);
    let (at, right) = line(rect, 0.0);
    let dashed = Rect::from_min_max(pos2(at.x, rect.min.y + 123.0), pos2(right, rect.max.y - PAD));
    dashed_edge(ui, dashed, Stroke::new(1.0, look.stroke_strong));
    let words = "Slot is free";
    let width = 20.0 + space::S + text_width(ui, words, Size::Body, Face::Regular);
    let left = dashed.center().x - width / 2.0;
    let square = Rect::from_center_size(pos2(left + 10.0, dashed.center().y), Vec2::splat(20.0));
    Icon::Key.paint(ui.painter(), square, look.text_2, look.surface);
    let at = pos2(left + 28.0, dashed.center().y);
    let style = (Size::Body, Face::Regular, look.text_2);
    paint_text(ui.painter(), at, Align2::LEFT_CENTER, words, style);
}

/// A port nobody has used yet.
pub fn free(ui: &mut Ui, pass: &Pass<'_>, number: u8, rect: Rect) {
    let slot = SlotShown {
        no: crate::bulk::SlotNo(number),
        key: None,
        person: None,
        enrolment: None,
        phase: SlotPhase::Free,
        done: 0,
        note: String::new(),
        since: Instant::now(),
    };
    let response = whole(ui, &slot, &spoken(&slot, None), (false, false), rect);
    surface(ui, pass.look, &slot, false, &response, rect);
    top_line(ui, pass.look, &slot, false, rect);
    insert_a_key(ui, pass, rect);
}

fn dashed_edge(ui: &Ui, rect: Rect, stroke: Stroke) {
    let r = rect.shrink(0.5);
    let corners = [r.left_top(), r.right_top(), r.right_bottom(), r.left_bottom(), r.left_top()];
    ui.painter().extend(Shape::dashed_line(&corners, stroke, 3.0, 3.0));
}

/// The one card that calls: all of it yellow.
fn touch_now(ui: &Ui, look: &Look, slot: &SlotShown, until: Instant, rect: Rect) {
    let pair = look.touch;
    let painter = ui.painter();
    let edge = if look.dark { look.text } else { pair.ink };
    let corner = CornerRadius::same(radius::CARD);
    painter.rect(rect, corner, pair.fill, Stroke::new(4.0, edge), StrokeKind::Inside);
    let square = Rect::from_min_size(rect.min + vec2(16.0, 12.0), Vec2::splat(32.0));
    painter.rect_filled(square, CornerRadius::same(radius::CHIP), pair.ink);
    let number = slot.no.0.to_string();
    let style = (Size::Title, Face::SemiBold, pair.fill);
    paint_text(painter, square.center(), Align2::CENTER_CENTER, &number, style);
    let name = slot.person.as_ref().map(|person| clean(&person.name)).unwrap_or_default();
    let at = pos2(square.max.x + space::M, square.center().y);
    let style = (Size::Lead, Face::SemiBold, pair.ink);
    paint_cut(painter, at, rect.max.x - space::L, &name, style);
    fitted(ui, pos2(rect.min.x + 16.0, rect.min.y + 81.0), rect.width() - 32.0, pair.ink);
    let now = Instant::now();
    let left = until.saturating_duration_since(now);
    let within = until.saturating_duration_since(slot.since);
    wake_at_next_second(ui, left);
    let share = left.as_secs_f32() / within.as_secs_f32().max(0.001);
    let middle = pos2(rect.min.x + 40.0, rect.min.y + 140.0);
    countdown_ring(painter, middle, (21.0, 4.0), share, pair.ink);
    painter.circle_filled(middle, 11.0, pair.ink);
    let (from, to) = (rect.min.x + 76.0, rect.max.x - 16.0);
    let style = (Size::Body, Face::SemiBold, pair.ink);
    let at = pos2(from, rect.min.y + 134.0);
    paint_text(painter, at, Align2::LEFT_CENTER, "Seconds left", style);
    let seconds = whole_seconds(left).to_string();
    let style = (Size::Figure, Face::SemiBold, pair.ink);
    paint_text(painter, pos2(to, rect.min.y + 134.0), Align2::RIGHT_CENTER, &seconds, style);
    let bar = Rect::from_min_max(pos2(from, rect.min.y + 154.0), pos2(to, rect.min.y + 162.0));
    painter.rect_filled(bar, CornerRadius::same(4), pair.ink.gamma_multiply(0.3));
    let filled = bar.with_max_x(bar.min.x + bar.width() * share.clamp(0.0, 1.0));
    painter.rect_filled(filled, CornerRadius::same(4), pair.ink);
}

/// "Touch now" in the largest size that fits.
fn fitted(ui: &Ui, at: egui::Pos2, room: f32, ink: Color32) {
    let painter = ui.painter();
    let font = Face::SemiBold.font(Size::SlotTouch);
    let words = SlotMark::Touch.word();
    let natural = tight(painter, font.clone(), words, ink).size().x;
    let size = (font.size * (room / natural).min(1.0)).floor();
    let galley = tight(painter, FontId { size, ..font }, words, ink);
    painter.galley(pos2(at.x, at.y - galley.size().y / 2.0), galley, ink);
}
