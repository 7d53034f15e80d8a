//! The session's people while it runs: found, left out, put back, taken back.

use super::panel::{Act, Asking, Marked, PanelView, cell, keep_in_sight, paint_row};
use super::results::row_button;
use crate::app::state::{EntryKind, clean, thousands};
use crate::bulk::{EntryState, SlotNo};
use crate::engine::{BulkCommand, Command, EntryShown};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{Button, filter_chip, paint_cut, paint_text, small_field};
use crate::ui::{Pass, keyboard};
use egui::{
    Align, Align2, Layout, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

/// The filter, and what it left; computed when either changes.
#[derive(Default)]
pub struct PeopleListView {
    query: String,
    kind: Option<EntryKind>,
    found: Vec<usize>,
    of: Option<(u64, String, Option<EntryKind>)>,
}

impl PeopleListView {
    pub fn shown(&self) -> usize {
        self.found.len()
    }

    fn refresh(&mut self, state: &crate::app::State) {
        let entries = &state.bulk.entries;
        let now = (entries.version(), self.query.clone(), self.kind);
        if self.of.as_ref() != Some(&now) {
            self.found = entries.filter(&self.query, self.kind);
            self.of = Some(now);
        }
    }
}

/// Room of one button in a row.
const DEED: f32 = 78.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PanelView, refused: Option<SlotNo>) {
    let (state, look) = (pass.state, pass.look);
    filters(ui, pass, view);
    view.people.refresh(state);
    ui.spacing_mut().item_spacing.y = 0.0;
    if view.people.found.is_empty() {
        ui.add_space(space::L);
        ui.vertical_centered(|ui| ui.label(look.quiet("Nobody found")));
        return;
    }
    let entry_at = |place: &usize| state.bulk.entries.at(*place);
    let rows = std::mem::take(&mut view.people.found);
    view.keep_mark(rows.iter().filter_map(entry_at).map(|entry| Marked::Person(entry.no)));
    view.people.found = rows;
    let marked = view.marked;
    let area = ScrollArea::vertical().id_salt("people").auto_shrink([false, false]);
    let area = keep_in_sight(ui, area, "people", marked);
    let mut wanted = None;
    let found = &view.people.found;
    let offered =
        |entry: &EntryShown| Offered { undo: state.bulk.finished_key(entry.no).is_some(), refused };
    area.show_rows(ui, size::RESULT_ROW, found.len(), |ui, range| {
        for n in range {
            let entry = found.get(n).and_then(|place| state.bulk.entries.at(*place));
            let Some(entry) = entry else { continue };
            let offered = offered(entry);
            let marked = marked == Some(n);
            let deed = ui.push_id(entry.no.0, |ui| row(ui, look, entry, (marked, offered))).inner;
            if let Some(deed) = deed {
                wanted = Some((entry, deed));
            }
        }
    });
    if let Some(n) = marked
        && keyboard::enter_alone(ui)
        && let Some(entry) = found.get(n).and_then(|place| state.bulk.entries.at(*place))
    {
        wanted = deeds(entry, offered(entry)).first().map(|deed| (entry, *deed));
    }
    if let Some((entry, deed)) = wanted {
        act(pass, view, entry, deed);
    }
}

fn filters(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PanelView) {
    let (state, look) = (pass.state, pass.look);
    egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 6)).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.allocate_ui(vec2(ui.available_width().min(220.0), 32.0), |ui| {
                let hint = ("Name, user name, serial", look.text_3);
                small_field(ui, look, "Find in the session", &mut view.people.query, hint);
            });
            let entries = &state.bulk.entries;
            let all = format!("All {}", entries.len());
            if filter_chip(ui, look, view.people.kind.is_none(), (None, &all)).clicked() {
                view.people.kind = None;
            }
            for kind in EntryKind::ALL {
                let count = entries.count(kind);
                let chosen = view.people.kind == Some(kind);
                if count == 0 && !chosen {
                    continue;
                }
                let (tone, icon) = mark(kind);
                let text = format!("{} {count}", kind.word());
                if filter_chip(ui, look, chosen, (Some((tone, icon)), &text)).clicked() {
                    view.people.kind = if chosen { None } else { Some(kind) };
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let failed = entries.count(EntryKind::Failed);
                let retry = Button::secondary("Retry failed").small().enabled(failed > 0);
                if retry.show(ui, look).clicked() {
                    pass.wishes.push(Command::Bulk(BulkCommand::RetryFailed).into());
                }
            });
        });
    });
}

pub fn mark(kind: EntryKind) -> (Tone, Icon) {
    match kind {
        EntryKind::Waiting => (Tone::Idle, Icon::Pending),
        EntryKind::Begun => (Tone::Accent, Icon::Running),
        EntryKind::Done => (Tone::Ok, Icon::Done),
        EntryKind::Failed => (Tone::Bad, Icon::Failed),
        EntryKind::Skipped => (Tone::Warn, Icon::Warning),
    }
}

/// What can be done about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// The key that was refused in this slot is for them.
    ForSlot(SlotNo),
    NextKey,
    Skip,
    PutBack,
    Undo,
}

impl Deed {
    fn word(self) -> String {
        match self {
            Self::ForSlot(slot) => return format!("For slot {}", slot.0),
            Self::NextKey => "Next key",
            Self::Skip => "Skip…",
            Self::PutBack => "Put back",
            Self::Undo => "Undo…",
        }
        .to_owned()
    }
}

/// What there is to be done something about.
#[derive(Clone, Copy)]
struct Offered {
    /// Their finished key is known.
    undo: bool,
    /// The slot that the keys answer holds a refused key.
    refused: Option<SlotNo>,
}

/// The one that Enter does comes first.
fn deeds(entry: &EntryShown, offered: Offered) -> Vec<Deed> {
    let mut deeds = match &entry.state {
        EntryState::Waiting => {
            vec![offered.refused.map_or(Deed::NextKey, Deed::ForSlot), Deed::Skip]
        }
        EntryState::Failed { .. } => vec![Deed::PutBack, Deed::Skip],
        EntryState::Skipped { .. } => vec![Deed::PutBack],
        EntryState::Done | EntryState::Begun(_) => Vec::new(),
    };
    // Of two keys for one person the first may be finished while the second is waited for.
    if offered.undo {
        deeds.push(Deed::Undo);
    }
    deeds
}

fn act(pass: &mut Pass<'_>, view: &mut PanelView, entry: &EntryShown, deed: Deed) {
    match deed {
        Deed::ForSlot(slot) => {
            pass.send(Command::Bulk(BulkCommand::Assign { slot, entry: entry.no }));
        }
        // As if their badge were scanned.
        Deed::NextKey => pass.send(Command::Bulk(BulkCommand::Scan(entry.upn.clone()))),
        Deed::Skip => view.asking = Some(Asking::new(Act::Skip(entry.no), &entry.name)),
        Deed::PutBack => pass.send(Command::Bulk(BulkCommand::PutBack(entry.no))),
        Deed::Undo => {
            let finished = pass.state.bulk.finished_key(entry.no);
            view.asking = finished.map(|key| Asking::new(Act::Undo(key), &entry.name));
        }
    }
}

fn row(
    ui: &mut Ui,
    look: &Look,
    entry: &EntryShown,
    (marked, offered): (bool, Offered),
) -> Option<Deed> {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::RESULT_ROW), Sense::hover());
    let kind = EntryKind::of(&entry.state);
    let (tone, icon) = mark(kind);
    let (name, upn) = (clean(&entry.name), clean(&entry.upn));
    let why = match &entry.state {
        EntryState::Failed { summary } => clean(summary),
        EntryState::Skipped { reason } => clean(reason),
        _ => String::new(),
    };
    let spoken = format!("{name}, {upn}, {}, {why}", kind.word());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let hovered = ui.rect_contains_pointer(rect);
    paint_row(ui, look, rect, marked, hovered);
    let painter = ui.painter();
    let at = |x: f32| cell(rect, x);
    let quiet = (Size::Hint, Face::Mono, look.text_3);
    paint_text(painter, at(52.0), Align2::RIGHT_CENTER, &entry.no.0.to_string(), quiet);
    let ink = look.tone(tone).ink;
    let square = Rect::from_center_size(at(76.0), Vec2::splat(16.0));
    icon.paint(painter, square, ink, look.surface);
    let style = (Size::Body, Face::SemiBold, ink);
    paint_text(painter, at(92.0), Align2::LEFT_CENTER, kind.word(), style);
    let style = (Size::Body, Face::SemiBold, look.text);
    let name_end = if rect.width() >= 640.0 { 392.0 } else { rect.width() - 150.0 };
    paint_cut(painter, at(180.0), rect.min.x + name_end - 12.0, &name, style);
    let deeds = deeds(entry, offered);
    let shown = marked || hovered;
    let buttons = match deeds.len() {
        0 => space::L,
        _ if !shown => space::L,
        n => 4.0 + DEED * n as f32,
    };
    if rect.width() >= 640.0 {
        let body = (Size::Body, Face::Regular, look.text_2);
        let upn_end = (rect.max.x - buttons).min(rect.min.x + 660.0);
        paint_cut(painter, at(392.0), upn_end, &upn, body);
        if rect.width() >= 900.0 {
            let mono = (Size::Hint, Face::Mono, look.text_2);
            let serial = entry.serial.as_deref().map(thousands).unwrap_or_default();
            paint_text(painter, at(672.0), Align2::LEFT_CENTER, &serial, mono);
            paint_cut(painter, at(772.0), rect.max.x - buttons, &why, body);
        }
    }
    let mut wanted = None;
    let mut left = rect.max.x - 4.0 - DEED * deeds.len() as f32;
    for deed in deeds {
        let place = Rect::from_min_size(pos2(left, rect.min.y), vec2(DEED - 2.0, rect.height()));
        let name = format!("{} {name}", deed.word().trim_end_matches('…'));
        if row_button(ui, look, place, (&deed.word(), &name), shown) {
            wanted = Some(deed);
        }
        left += DEED;
    }
    wanted
}
