//! Below the cards: the recent results, the session's people, keys that are away, and the whole of
//! the failure that is being answered.

use super::board::BoardView;
use super::outputs::{self, OutputsView};
use super::{away, keys, people_list, results};
use crate::app::State;
use crate::app::state::{EntryKind, clean};
use crate::bulk::{EntryNo, EntryState};
use crate::engine::{BulkCommand, Command, ScanInVain, SlotPhase, SlotShown};
use crate::enrolment::{Answer, EnrolmentId};
use crate::problem::Problem;
use crate::ui::frame::row;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{Button, key_cap, low_field, paint_card, problem_box, tab_button};
use crate::ui::{Pass, keyboard, within};
use egui::{Align, Color32, Key, Layout, Rect, ScrollArea, Stroke, Ui, pos2, vec2};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Results,
    People,
    Away,
    Papers,
    /// Of the slot that the keys answer.
    Failure,
}

/// What was chosen and typed in the panel.
#[derive(Default)]
pub struct PanelView {
    pub tab: Tab,
    pub people: people_list::PeopleListView,
    /// The row that Up, Down and Enter are about; the list has the keyboard while there is one.
    pub marked: Option<usize>,
    /// Whose row that is.
    marked_of: Option<Marked>,
    pub asking: Option<Asking>,
    papers: OutputsView,
}

/// A row of the list, wherever it stands: lists grow and shrink while keys are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    Person(EntryNo),
    Result(EntryNo, jiff::Timestamp),
}

/// An act waits for its reason.
pub struct Asking {
    pub act: Act,
    pub who: String,
    reason: String,
    focused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Skip(EntryNo),
    /// Their key is in work: it is taken back.
    SkipKey(EnrolmentId),
    Undo(EnrolmentId),
}

impl Asking {
    pub fn new(act: Act, who: &str) -> Self {
        Self { act, who: clean(who), reason: String::new(), focused: false }
    }
}

/// The history shows a reason in one line.
const LONGEST_REASON: usize = 200;
const HEAD: f32 = 32.0;
/// Height of what is typed into there.
const LOW: f32 = size::CHIP + 2.0;

impl PanelView {
    /// The mark stays on its row, or goes with it. `rows` are those of the list that is shown.
    pub fn keep_mark(&mut self, rows: impl Iterator<Item = Marked> + Clone) {
        let at = |place: Option<usize>| rows.clone().nth(place?);
        if let Some(of) = self.marked_of.filter(|of| at(self.marked) != Some(*of)) {
            self.marked = self.marked.and_then(|_| rows.clone().position(|row| row == of));
        }
        self.marked_of = at(self.marked);
    }

    pub fn follow(&mut self, state: &State) {
        let nothing_away = state.bulk.board.away.is_empty();
        let nothing_waits = state.bulk.waiting_slots().next().is_none();
        if (self.tab == Tab::Away && nothing_away) || (self.tab == Tab::Failure && nothing_waits) {
            self.tab = Tab::Results;
            self.marked = None;
        }
        if let Some(Act::SkipKey(id)) = self.asking.as_ref().map(|asking| asking.act)
            && !may_be_answered(state, id)
        {
            self.asking = None;
        }
    }
}

/// Whether the key still waits for an answer, in its slot or away.
fn may_be_answered(state: &State, id: EnrolmentId) -> bool {
    let bulk = &state.bulk;
    bulk.waiting_slots().any(|slot| slot.enrolment == Some(id))
        || bulk.board.away.iter().any(|away| away.enrolment == id)
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView, rect: Rect) {
    let look = pass.look;
    paint_card(ui, look, rect, Stroke::new(1.0, look.stroke));
    let top = rect.with_max_y(rect.min.y + HEAD);
    ui.painter().hline(rect.x_range(), top.max.y, Stroke::new(1.0, look.stroke));
    let inner = Rect::from_min_max(top.min + vec2(space::S, 0.0), top.max - vec2(space::M, 0.0));
    row(ui, inner, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        match view.panel.asking.take() {
            Some(asking) => view.panel.asking = ask(ui, pass, asking),
            None => head(ui, pass, view),
        }
    });
    take_list_keys(ui, pass, view);
    let body = rect.with_min_y(top.max.y + 1.0).shrink2(vec2(1.0, 1.0));
    let body = warn_of_undo(ui, pass, &view.panel, body);
    within(ui, body, |ui| match view.panel.tab {
        Tab::Results => results::draw(ui, pass, &mut view.panel),
        Tab::People => {
            let is_refused = |slot: &&SlotShown| matches!(slot.phase, SlotPhase::Refused(_));
            let refused = keys::selected(pass, view).filter(is_refused).map(|slot| slot.no);
            people_list::draw(ui, pass, &mut view.panel, refused);
        }
        Tab::Away => away::draw(ui, pass, &mut view.panel),
        Tab::Papers => papers(ui, pass, &mut view.panel.papers),
        Tab::Failure => failure(ui, pass, view),
    });
}

/// F6 gives the list the keyboard and takes it back; Esc takes it back too.
fn take_list_keys(ui: &Ui, pass: &Pass<'_>, view: &mut BoardView) {
    if view.panel.asking.is_some() {
        return;
    }
    if keyboard::pressed(ui, Key::F6) {
        view.panel.marked = match view.panel.marked {
            Some(_) => None,
            None => Some(0),
        };
    }
    let Some(marked) = view.panel.marked else { return };
    if ui.ctx().text_edit_focused() {
        return;
    }
    let count = match view.panel.tab {
        Tab::Results => pass.state.bulk.results.len(),
        Tab::People => view.panel.people.shown(),
        Tab::Away | Tab::Papers | Tab::Failure => 0,
    };
    let last = count.saturating_sub(1);
    let before = marked.min(last);
    let mut marked = before;
    if keyboard::pressed(ui, Key::ArrowDown) {
        marked = (marked + 1).min(last);
    }
    if keyboard::pressed(ui, Key::ArrowUp) {
        marked = marked.saturating_sub(1);
    }
    if marked != before {
        view.panel.marked_of = None;
    }
    view.panel.marked = (!keyboard::escape(ui)).then_some(marked);
}

fn head(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView) {
    let look = pass.look;
    let bulk = &pass.state.bulk;
    let failed = keys::selected(pass, view).map(|slot| slot.no.0);
    let waiting = bulk.entries.count(EntryKind::Waiting);
    let mut tabs = vec![
        (Tab::Results, "Recent results".to_owned()),
        (Tab::People, format!("People, {waiting} waiting")),
    ];
    if !bulk.board.away.is_empty() {
        tabs.push((Tab::Away, format!("Keys away, {}", bulk.board.away.len())));
    }
    tabs.push((Tab::Papers, "Papers".to_owned()));
    if let Some(no) = failed {
        tabs.push((Tab::Failure, format!("Slot {no} details")));
    }
    for (tab, word) in tabs {
        if tab_button(ui, look, view.panel.tab == tab, &word).clicked() {
            view.panel.tab = tab;
            (view.panel.marked, view.panel.marked_of) = (None, None);
        }
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        scan_box(ui, pass, view);
        match heard(pass) {
            Some((text, ink)) => {
                let words = look.rich(text, Size::Hint, Face::SemiBold, ink);
                crate::ui::widgets::truncated(ui, words);
            }
            None => hints(ui, look, failed),
        }
    });
}

/// What single keys do here, as far as there is room.
fn hints(ui: &mut Ui, look: &Look, failed: Option<u8>) {
    let hint = |ui: &mut Ui, text: String| {
        ui.label(look.rich(text, Size::Hint, Face::Regular, look.text_3));
    };
    let cap = |ui: &mut Ui, key: &str| {
        let (rect, _) = ui.allocate_exact_size(vec2(36.0, 20.0), egui::Sense::hover());
        let at = rect.left_center();
        let drawn = key_cap(ui.painter(), at, key, look.text_2, look.stroke_strong);
        debug_assert!(drawn.width() <= 40.0);
    };
    if ui.available_width() > 130.0 {
        hint(ui, "into this list".into());
        cap(ui, "F6");
    }
    if let Some(no) = failed
        && ui.available_width() > 250.0
    {
        hint(ui, "next".into());
        cap(ui, "Tab");
        hint(ui, format!("Answers go to slot {no}"));
    }
}

/// What came of the last scan, and its colour.
fn heard(pass: &Pass<'_>) -> Option<(String, Color32)> {
    let (bulk, look) = (&pass.state.bulk, pass.look);
    if let Some(why) = &bulk.vain_scan {
        return Some((in_vain(why), look.warn.ink));
    }
    let who = bulk.board.scanned.as_ref()?;
    Some((format!("The next key is for {}", clean(&who.name)), look.ok.ink))
}

/// Why a scan chose nobody.
fn in_vain(why: &ScanInVain) -> String {
    let what = |text: &str| if text.is_empty() { "that".to_owned() } else { clean(text) };
    let (name, state) = match why {
        ScanInVain::Unknown(text) => return format!("Nobody has {}", what(text)),
        ScanInVain::Shared(text) => {
            return format!("Several people have {}: choose one under People", what(text));
        }
        ScanInVain::Settled { name, state } => (clean(name), state),
    };
    match state {
        EntryState::Begun(_) => format!("A key for {name} is in work"),
        EntryState::Failed { .. } => format!("{name}'s key failed: put them back under People"),
        EntryState::Skipped { .. } => format!("{name} was left out: put them back under People"),
        EntryState::Done | EntryState::Waiting => format!("{name} has all keys already"),
    }
}

/// What a scanner typed, or a person who clicks into it.
fn scan_box(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView) {
    let look = pass.look;
    let width = ui.available_width().min(208.0);
    let hint = match view.pin_begun_at(pass.state) {
        Some(slot) => format!("Slot {}: PIN half typed (Esc)", slot.0),
        None => "Scan a badge or serial".to_owned(),
    };
    let hint = (hint.as_str(), look.text_3);
    ui.allocate_ui(vec2(width, LOW), |ui| {
        let text = &mut view.scan.text;
        let response = low_field(ui, look, "Scan", text, hint);
        if response.lost_focus()
            && keyboard::pressed(ui, Key::Enter)
            && let Some(scan) = view.scan.enter()
        {
            pass.send(Command::Bulk(BulkCommand::Scan(scan)));
        }
    });
}

/// Whose older keys were removed for the one that is to be undone is left without any; returns
/// what is left of the room.
fn warn_of_undo(ui: &mut Ui, pass: &Pass<'_>, view: &PanelView, room: Rect) -> Rect {
    let Some(Asking { act: Act::Undo(enrolment), who, .. }) = &view.asking else { return room };
    let what = match pass.state.bulk.removed_for(*enrolment) {
        0 => return room,
        1 => format!("{who}'s old key was removed for this one"),
        n => format!("{who}'s {n} old keys were removed for this one"),
    };
    let next = "They have no key at all then: have the new one at hand before you undo this".into();
    let warning = Problem { what, next, details: Vec::new() };
    let drawn = within(ui, room.shrink(space::S), |ui| {
        problem_box(ui, pass.look, (Tone::Warn, Icon::Warning), &warning, |_| {});
        ui.min_rect()
    });
    room.with_min_y(drawn.max.y + space::S)
}

/// The reason, and the act; what is left of the question.
fn ask(ui: &mut Ui, pass: &mut Pass<'_>, mut asking: Asking) -> Option<Asking> {
    let look = pass.look;
    let (question, word) = match asking.act {
        Act::Skip(_) | Act::SkipKey(_) => (format!("Leave {} out, because", asking.who), "Skip"),
        Act::Undo(_) => (format!("Take {}'s key back, because", asking.who), "Undo"),
    };
    ui.spacing_mut().item_spacing.x = space::S;
    ui.add_space(space::S);
    let mut left = Some(());
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let cancelled =
            Button::secondary("Cancel").cap("Esc").in_row(true).show(ui, look).clicked();
        if cancelled || keyboard::escape(ui) {
            left = None;
        }
        let reason: String = asking.reason.trim().chars().take(LONGEST_REASON).collect();
        let button = Button::primary(word).cap("Enter").in_row(true).enabled(!reason.is_empty());
        let mut go = button.show(ui, look).clicked();
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let room = ui.available_width() * 0.6;
            ui.allocate_ui(vec2(room.min(320.0), 20.0), |ui| {
                crate::ui::widgets::truncated(ui, look.strong(question));
            });
            ui.allocate_ui(vec2(ui.available_width(), LOW), |ui| {
                let hint = ("Reason", look.text_3);
                let field = low_field(ui, look, "Reason", &mut asking.reason, hint);
                if !asking.focused {
                    asking.focused = true;
                    field.request_focus();
                }
                go |= field.lost_focus() && keyboard::pressed(ui, Key::Enter);
            });
        });
        if go && !reason.is_empty() {
            pass.send(match asking.act {
                Act::Skip(entry) => Command::Bulk(BulkCommand::Skip { entry, reason }),
                Act::SkipKey(enrolment) => {
                    Command::Answer { enrolment, answer: Answer::Skip, pin: None, reason }
                }
                Act::Undo(enrolment) => Command::Bulk(BulkCommand::Undo { enrolment, reason }),
            });
            left = None;
        }
    });
    left.map(|()| asking)
}

/// Letters, labels, report and PINs of what is finished so far.
fn papers(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut OutputsView) {
    let running = pass.state.bulk.session.as_ref().map(|session| session.id);
    ScrollArea::vertical().id_salt("papers").auto_shrink([false, false]).show(ui, |ui| {
        egui::Frame::new().inner_margin(space::S).show(ui, |ui| {
            outputs::draw(ui, pass, view, (running, "This session"));
        });
    });
}

/// All that is known of the failure, with the facts for a support case.
fn failure(ui: &mut Ui, pass: &mut Pass<'_>, view: &BoardView) {
    let Some(slot) = keys::selected(pass, view) else { return };
    let (problem, tone) = match &slot.phase {
        SlotPhase::Stopped(stopped) => (&stopped.problem, (Tone::Bad, Icon::Failed)),
        SlotPhase::PinNeeded(needed) => (&needed.stopped.problem, (Tone::Accent, Icon::Pin)),
        SlotPhase::Refused(problem) => (problem, (Tone::Warn, Icon::Warning)),
        _ => return,
    };
    ScrollArea::vertical().id_salt("failure").auto_shrink([false, false]).show(ui, |ui| {
        egui::Frame::new().inner_margin(space::S).show(ui, |ui| {
            problem_box(ui, pass.look, tone, problem, |_| {});
        });
    });
}

/// A row of a list in the panel: its place, and whether it is marked.
pub fn paint_row(ui: &Ui, look: &Look, rect: Rect, marked: bool, hovered: bool) {
    if marked {
        ui.painter().rect_filled(rect, 0.0, look.accent_bg);
        let edge = Stroke::new(2.0, look.accent_text);
        ui.painter().rect_stroke(rect, 0.0, edge, egui::StrokeKind::Inside);
    } else if hovered {
        ui.painter().rect_filled(rect, 0.0, look.sunken);
    }
    ui.painter().hline(rect.x_range(), rect.max.y - 0.5, Stroke::new(1.0, look.stroke));
}

/// Scrolls to the marked row when it has moved out of sight.
pub fn keep_in_sight(ui: &Ui, area: ScrollArea, name: &str, marked: Option<usize>) -> ScrollArea {
    let id = ui.make_persistent_id((name, "marked"));
    let moved = ui.data(|data| data.get_temp::<Option<usize>>(id)) != Some(marked);
    ui.data_mut(|data| data.insert_temp(id, marked));
    let Some(marked) = marked.filter(|_| moved) else { return area };
    let bottom = (marked + 1) as f32 * size::RESULT_ROW;
    let height = ui.available_height();
    area.vertical_scroll_offset((bottom - height).max(0.0))
}

/// Where the cells of a row begin, by the room there is.
pub fn cell(rect: Rect, x: f32) -> egui::Pos2 {
    pos2(rect.min.x + x, rect.center().y)
}
