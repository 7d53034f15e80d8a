//! The board: head, one card per slot, and the list below.

use super::keys::moment;
use super::panel::{self, Act, Asking, PanelView, Tab};
use super::scan::{Pace, Scanner};
use super::{card, head};
use crate::app::State;
use crate::app::state::Offer;
use crate::bulk::{MOST_SLOTS, SessionId, SlotNo};
use crate::engine::{BulkCommand, Command, SlotPhase, SlotShown};
use crate::enrolment::{Answer, EnrolmentId};
use crate::problem::Problem;
use crate::ui::secret_text::SecretBuffer;
use crate::ui::theme::{Icon, Tone, size, space};
use crate::ui::widgets::{Button, problem_box};
use crate::ui::{Pass, within};
use egui::{Event, Rect, Response, ScrollArea, Sense, Ui, Vec2, pos2, vec2};
use std::collections::HashMap;
use std::time::Duration;

/// What was chosen and typed on the board.
#[derive(Default)]
pub struct BoardView {
    /// Whose board this is.
    session: Option<SessionId>,
    /// The waiting slot that single keys answer.
    pub selected: Option<SlotNo>,
    /// The chosen slot got its answer, and another one took its place.
    pub moved: bool,
    /// Until when letters answer nothing, in the window's time.
    pub deaf_until: Duration,
    pub scan: Scanner,
    pub panel: PanelView,
    /// PINs that people type at their slots.
    pub pins: HashMap<EnrolmentId, TypedPin>,
    /// "End…" was pressed.
    pub ending: bool,
    /// The slot that was touched last: the board scrolls to it once.
    touching: Option<SlotNo>,
}

#[derive(Default)]
pub struct TypedPin {
    pub pin: SecretBuffer,
    pub repeat: SecretBuffer,
    pub complaint: Option<Problem>,
    /// Who is told at once to type it again goes on typing: the field takes the focus.
    to_focus: bool,
    /// The same once nobody types elsewhere: the engine has refused it.
    when_free: bool,
    /// The engine's refusal was noticed.
    refused: bool,
    pace: Pace,
}

impl TypedPin {
    pub fn to_type_again(complaint: Problem) -> Self {
        Self { complaint: Some(complaint), to_focus: true, ..Self::default() }
    }

    /// Heeds how what is typed into one of its fields comes.
    pub fn pace(&mut self, ui: &Ui, field: &Response) {
        if !field.has_focus() && !field.lost_focus() {
            return;
        }
        let (letters, now) = ui.input(|input| {
            let letters = input.events.iter().filter(|event| is_letter(event)).count();
            (u32::try_from(letters).unwrap_or(u32::MAX), moment(input))
        });
        if letters > 0 {
            self.pace.letters(letters, now);
        }
    }

    /// Whether the Enter now is a scanner's: then its text is forgotten, and told to be no PIN.
    pub fn is_scanned(&mut self, ui: &Ui) -> bool {
        let is_scanned = self.pace.is_scan(ui.input(moment).frame);
        if is_scanned {
            *self = Self::to_type_again(Problem {
                what: "From a scanner: type or paste the PIN".into(),
                next: "Scan once no PIN field has the focus".into(),
                details: Vec::new(),
            });
        }
        is_scanned
    }

    /// What was typed is forgotten; a refusal that was noticed stays so.
    pub fn give_up(&mut self) {
        *self = Self { refused: self.refused, ..Self::default() };
    }

    /// Whether what is typed without a focus may be the rest of it.
    fn is_begun(&self) -> bool {
        !self.pin.is_empty() || !self.repeat.is_empty() || self.to_focus || self.when_free
    }

    /// Whether the field takes the focus now, once for each time that it is to be typed again.
    pub fn wants_focus(&mut self, ui: &Ui, refused: bool) -> bool {
        self.when_free |= refused && !self.refused;
        self.refused = refused;
        let is_free = !ui.ctx().text_edit_focused();
        std::mem::take(&mut self.to_focus) || is_free && std::mem::take(&mut self.when_free)
    }
}

fn is_letter(event: &Event) -> bool {
    matches!(event, Event::Text(text) if text.chars().count() == 1)
}

impl BoardView {
    /// Keeps up with the state; the chosen slot stays while it waits for its answer, so that no
    /// other one slips under the operator's finger.
    pub fn follow(&mut self, state: &State) {
        self.begin_anew_for_another(state);
        let waiting: Vec<SlotNo> = state.bulk.waiting_slots().map(|slot| slot.no).collect();
        if self.selected.is_none_or(|chosen| !waiting.contains(&chosen)) {
            self.moved |= self.selected.is_some();
            self.selected = waiting.first().copied();
        }
        let asks = |id: &EnrolmentId| {
            state.bulk.board.slots.iter().any(|slot| {
                // Whoever took their key along does not go on typing.
                slot.enrolment == Some(*id)
                    && slot.key.is_some()
                    && matches!(slot.phase, SlotPhase::PinNeeded(_))
            })
        };
        self.pins.retain(|id, _| asks(id));
        self.panel.follow(state);
    }

    /// What was chosen and asked in one session is about others in the next: people have the numbers
    /// of those before.
    fn begin_anew_for_another(&mut self, state: &State) {
        let Some(now) = state.bulk.session.as_ref().map(|session| session.id) else { return };
        if self.session.replace(now).is_some_and(|before| before != now) {
            *self = Self { session: Some(now), ..Self::default() };
        }
    }

    /// The slot at which somebody is typing a PIN, with or without the focus in its field.
    pub fn pin_begun_at(&self, state: &State) -> Option<SlotNo> {
        let begun = |slot: &&SlotShown| {
            let typed = slot.enrolment.and_then(|enrolment| self.pins.get(&enrolment));
            typed.is_some_and(TypedPin::is_begun)
        };
        state.bulk.board.slots.iter().find(begun).map(|slot| slot.no)
    }

    /// What was typed may be a PIN.
    pub fn drop_secrets(&mut self) {
        self.pins.clear();
        self.scan.clear();
    }
}

const GAP: f32 = space::L;
/// In less room the whole board scrolls.
const ROOM: Vec2 = vec2(760.0, 440.0);
/// The panel always shows its head and some rows.
const PANEL_LEAST: f32 = 120.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView) {
    let area = ui.available_rect_before_wrap();
    let area = ending(ui, pass, view, area);
    let is_close = area.width() < ROOM.x || area.height() < ROOM.y;
    if is_close || ui.ctx().zoom_factor() >= 1.25 {
        stacked(ui, pass, view, area);
        return;
    }
    let top = area.with_max_y(area.min.y + head::height(ui, pass, area.width()));
    head::draw(ui, pass, view, top);
    let rest = area.with_min_y(top.max.y + GAP);
    let wanted = grid_height(pass, rest.width());
    let most = match view.panel.tab {
        Tab::People | Tab::Away | Tab::Papers | Tab::Failure => size::SLOT_CARD,
        Tab::Results => rest.height() - GAP - PANEL_LEAST,
    };
    let cards = rest.with_max_y(rest.min.y + wanted.min(most).max(size::SLOT_CARD));
    within(ui, cards, |ui| {
        ScrollArea::vertical().id_salt("slots").auto_shrink([false, false]).show(ui, |ui| {
            grid(ui, pass, view);
        });
    });
    let below = rest.with_min_y(cards.max.y + GAP);
    within(ui, below, |ui| panel::draw(ui, pass, view, below));
}

/// Large text or a narrow window: everything scrolls, the call to touch is scrolled to.
fn stacked(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView, area: Rect) {
    within(ui, area, |ui| {
        ScrollArea::vertical().id_salt("board").auto_shrink([false, false]).show(ui, |ui| {
            let width = ui.available_width();
            let height = head::height(ui, pass, width);
            let (top, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
            head::draw(ui, pass, view, top);
            ui.add_space(space::S);
            grid(ui, pass, view);
            ui.add_space(space::S);
            let height = area.height().clamp(200.0, 400.0);
            let (below, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
            within(ui, below, |ui| panel::draw(ui, pass, view, below));
        });
    });
}

/// Asks once more before the session ends; returns what is left of the room.
fn ending(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView, area: Rect) -> Rect {
    if !view.ending {
        return area;
    }
    let look = pass.look;
    let bulk = &pass.state.bulk;
    let has_two = bulk.session.as_ref().is_some_and(|session| session.options.keys_each > 1);
    let lacking = if has_two { "not both keys yet" } else { "no key yet" };
    let what = match bulk.entries.still_wait() {
        0 => "End the session?".to_owned(),
        1 => format!("1 person has {lacking}. End the session?"),
        n => format!("{n} people have {lacking}. End the session?"),
    };
    let away = match pass.state.bulk.board.away.len() {
        0 => String::new(),
        1 => "1 key away is then found at the Desk. ".to_owned(),
        n => format!("{n} keys away are then found at the Desk. "),
    };
    let next = format!(
        "{away}Whoever has no key is in the report. A session that has ended is not taken up again"
    );
    let question = Problem { what, next, details: Vec::new() };
    let mut done = crate::ui::keyboard::escape(ui);
    let shown = ui.scope(|ui| {
        problem_box(ui, look, (Tone::Warn, Icon::Warning), &question, |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            if Button::secondary("End the session").small().show(ui, look).clicked() {
                pass.wishes.push(Command::Bulk(BulkCommand::End).into());
                done = true;
            }
            let on = Button::secondary("Keep going").cap("Esc").small().show(ui, look);
            done |= on.clicked();
        });
    });
    if done {
        view.ending = false;
    }
    area.with_min_y(shown.response.rect.max.y + GAP)
}

fn columns(width: f32) -> usize {
    let fit = ((width + GAP) / (size::SLOT_CARD_LEAST + GAP)).floor() as usize;
    fit.clamp(1, 4)
}

fn grid_height(pass: &Pass<'_>, width: f32) -> f32 {
    let columns = columns(width);
    let rows = count(pass, columns).div_ceil(columns) as f32;
    rows * (size::SLOT_CARD + GAP) - GAP
}

/// One more where every port that is known is taken, since there may be another one; but never
/// in a row of its own, which would come and go under the operator's eyes.
fn has_more(pass: &Pass<'_>, columns: usize) -> bool {
    let slots = &pass.state.bulk.board.slots;
    let is_free = |slot: &SlotShown| slot.phase == SlotPhase::Free;
    let has_room = slots.is_empty() || !slots.len().is_multiple_of(columns);
    has_room && !slots.iter().any(is_free) && slots.len() < usize::from(MOST_SLOTS)
}

fn count(pass: &Pass<'_>, columns: usize) -> usize {
    pass.state.bulk.board.slots.len() + usize::from(has_more(pass, columns))
}

fn grid(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView) {
    let state = pass.state;
    let bar = ui.spacing().scroll.bar_width;
    let room = ui.available_width();
    let scrolls = grid_height(pass, room) > ui.clip_rect().height() + 1.0;
    let room = if scrolls { room - bar - 2.0 } else { room };
    let columns = columns(room);
    let width = ((room - GAP * (columns as f32 - 1.0)) / columns as f32).floor();
    let rows = count(pass, columns).div_ceil(columns);
    let height = rows as f32 * (size::SLOT_CARD + GAP) - GAP;
    let (area, _) = ui.allocate_exact_size(vec2(room, height.max(size::SLOT_CARD)), Sense::hover());
    let place = |n: usize| {
        let (column, row) = ((n % columns) as f32, (n / columns) as f32);
        let at = vec2(column * (width + GAP), row * (size::SLOT_CARD + GAP));
        Rect::from_min_size(area.min + at, vec2(width, size::SLOT_CARD))
    };
    for (n, slot) in state.bulk.board.slots.iter().enumerate() {
        let rect = place(n);
        card::draw(ui, pass, view, slot, rect);
        let touches = matches!(slot.phase, SlotPhase::TouchNow { .. });
        // What is being typed must not scroll away.
        if touches && view.touching != Some(slot.no) && !ui.ctx().text_edit_focused() {
            view.touching = Some(slot.no);
            ui.scroll_to_rect(rect.expand(4.0), None);
        }
    }
    let touches = |slot: &SlotShown| matches!(slot.phase, SlotPhase::TouchNow { .. });
    if !state.bulk.board.slots.iter().any(touches) {
        view.touching = None;
    }
    if has_more(pass, columns) {
        let next = state.bulk.board.slots.iter().map(|slot| slot.no.0).max().unwrap_or(0) + 1;
        card::free(ui, pass, next, place(state.bulk.board.slots.len()));
    }
}

/// Answers a slot that waits; whoever leaves its person out is asked for the reason first.
pub fn answer(pass: &mut Pass<'_>, panel: &mut PanelView, slot: &SlotShown, offer: Offer) {
    let command = match (offer, slot.enrolment) {
        (Offer::UseAnyway { reset }, _) => {
            let Some(key) = slot.key.as_ref().map(|key| key.id.clone()) else { return };
            Command::Bulk(BulkCommand::UseAnyway { slot: slot.no, key, reset })
        }
        (Offer::Answer(Answer::Skip), Some(enrolment)) => {
            let who = slot.person.as_ref().map(|person| person.name.as_str());
            panel.asking = Some(Asking::new(Act::SkipKey(enrolment), who.unwrap_or_default()));
            return;
        }
        (Offer::Answer(answer), Some(enrolment)) => {
            Command::Answer { enrolment, answer, pin: None, reason: String::new() }
        }
        (Offer::Answer(_), None) => return,
    };
    pass.send(command);
}

/// Left edge's middle of a line in a card, and where it ends.
pub fn line(rect: Rect, below: f32) -> (egui::Pos2, f32) {
    (pos2(rect.min.x + card::PAD, rect.min.y + below), rect.max.x - card::PAD)
}
