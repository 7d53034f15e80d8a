//! The plan: what would be written, and what would not and why. Nothing has been written yet.

use super::correct::{self, Correcting};
use super::table::{self, Deed, RowShown, Table};
use super::{PhonesView, confirm, numbers, tabs};
use crate::access::Act;
use crate::app::State;
use crate::app::state::{
    ChosenRows, PlanKind, PlanKinds, PlanTable, clean, count_in_words, day_time, local_time,
    thousands,
};
use crate::engine::{Command, PhonesCommand, PhonesFile, PlanRow, PlanShown};
use crate::phones::{Change, LeftOut, PhoneNumber};
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, CountChip, label, paint_card, problem_box, search_field, tone_chip, truncated,
};
use crate::ui::{Pass, keyboard};
use egui::{Align, Key, Layout, Modifiers, Rect, ScrollArea, Stroke, Ui, pos2, vec2};

/// What is shown of the plan, and what of it is chosen.
#[derive(Default)]
pub struct PlanView {
    kinds: PlanKinds,
    query: String,
    chosen: ChosenRows,
    pub list: ListState,
    of: Option<(u64, usize, String, PlanKinds)>,
    pub correcting: Option<Correcting>,
    focus_search: bool,
    /// The options are looked at again.
    pub is_left: bool,
}

/// Rows that are shown, and the selected one of them.
#[derive(Default)]
pub struct ListState {
    pub found: Vec<usize>,
    pub selected: Option<usize>,
    pub moved: bool,
    /// A row had the focus in the last frame.
    pub focused: bool,
    /// The keyboard moved it in this frame.
    by_key: bool,
}

impl PlanView {
    /// Another plan begins with every change chosen and nothing searched for.
    pub fn follow(&mut self, state: &State) {
        let Some(plan) = &state.phones.plan else {
            *self = Self::default();
            return;
        };
        if self.of.as_ref().is_some_and(|(version, ..)| *version != plan.version) {
            *self = Self::default();
        }
        self.chosen.follow(plan);
        let corrections = plan.corrections();
        let now = (plan.version, corrections, self.query.clone(), self.kinds.clone());
        if self.of.as_ref() != Some(&now) {
            let before = self.list.selected.and_then(|n| self.list.found.get(n)).copied();
            self.list.found = plan.filter(&self.query, &self.kinds);
            self.list.keep(before);
            self.of = Some(now);
        }
    }
}

impl ListState {
    /// The row that was selected stays so while it is shown.
    pub fn keep(&mut self, before: Option<usize>) {
        let still = before.and_then(|place| self.found.iter().position(|found| *found == place));
        self.selected = still.or((!self.found.is_empty()).then_some(0));
        self.moved = true;
    }

    pub fn place(&self) -> Option<usize> {
        self.selected.and_then(|n| self.found.get(n)).copied()
    }

    /// Arrows, page and end keys; nothing while a text is typed or another control has the focus.
    pub fn keys(&mut self, ui: &Ui) -> Option<Deed> {
        self.by_key = false;
        let last = self.found.len().checked_sub(1)?;
        let free = self.focused || ui.memory(|memory| memory.focused().is_none());
        if !free || ui.ctx().text_edit_focused() {
            return None;
        }
        let now = self.selected.unwrap_or(0).min(last);
        let page = ((ui.available_height() / table::ROW) as usize).saturating_sub(4).max(1);
        let moves = [
            (Key::ArrowDown, now.saturating_add(1)),
            (Key::ArrowUp, now.saturating_sub(1)),
            (Key::PageDown, now.saturating_add(page)),
            (Key::PageUp, now.saturating_sub(page)),
            (Key::Home, 0),
            (Key::End, last),
        ];
        for (key, to) in moves {
            if held(ui, key) {
                self.select(to.min(last));
                self.by_key = true;
                return None;
            }
        }
        if keyboard::pressed(ui, Key::Space) {
            return Some(Deed::Toggle(now));
        }
        keyboard::pressed(ui, Key::Enter).then_some(Deed::Open(now))
    }

    /// In a page that scrolls, the table is brought into sight with its selected row.
    pub fn follow_key(&self, ui: &Ui, table: Rect) {
        if self.by_key {
            ui.scroll_to_rect(table, None);
        }
    }

    pub fn select(&mut self, n: usize) {
        self.selected = Some(n);
        self.moved = true;
    }
}

/// An arrow that is held down goes on.
fn held(ui: &Ui, wanted: Key) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, wanted))
}

const FOOT: f32 = 80.0;
/// In less room the page scrolls, not the table alone.
const LEAST_HEIGHT: f32 = 480.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, plan: &PlanTable) {
    keys(ui, pass, view, plan);
    let room = ui.available_rect_before_wrap();
    ui.spacing_mut().item_spacing.y = 0.0;
    if room.height() >= LEAST_HEIGHT {
        let body = room.with_max_y(room.max.y - FOOT - space::L);
        crate::ui::within(ui, body, |ui| {
            above(ui, pass, view, plan);
            list(ui, pass, view, plan);
        });
        below(ui, pass, view, (plan, room.with_min_y(room.max.y - FOOT)));
        return;
    }
    let foot_height = 64.0;
    let body = room.with_max_y(room.max.y - foot_height - space::S);
    crate::ui::within(ui, body, |ui| {
        ScrollArea::vertical().id_salt("plan page").show(ui, |ui| {
            above(ui, pass, view, plan);
            let size = vec2(ui.available_width(), body.height().max(220.0));
            let drawn = ui.allocate_ui(size, |ui| list(ui, pass, view, plan)).response;
            view.plan.list.follow_key(ui, drawn.rect);
        });
    });
    below(ui, pass, view, (plan, room.with_min_y(room.max.y - foot_height)));
}

/// The call to apply, or the row that is being corrected.
fn below(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut PhonesView,
    (plan, rect): (&PlanTable, Rect),
) {
    if !correct::draw(ui, pass, &mut view.plan, (plan, rect)) {
        foot(ui, pass, view, (plan, rect));
    }
}

/// Whether another number can be typed for the row.
pub fn correctable(plan: &PlanTable, row: &PlanRow) -> bool {
    let open = match &row.planned.decision {
        Ok(_) => true,
        Err(why) => {
            matches!(why, LeftOut::Invalid(_) | LeftOut::Blank | LeftOut::Same | LeftOut::Rule(_))
        }
    };
    open && plan.shown().undo_of.is_none()
}

fn keys(ui: &Ui, pass: &mut Pass<'_>, view: &mut PhonesView, plan: &PlanTable) {
    if view.plan.correcting.is_some() {
        return;
    }
    if keyboard::pressed(ui, Key::F2) {
        correct::begin(&mut view.plan, plan);
    }
    let command = |key| keyboard::pressed_with(ui.ctx(), Modifiers::COMMAND, key);
    if command(Key::F) {
        view.plan.focus_search = true;
    }
    if command(Key::O) {
        change_source(pass, view);
    }
    if command(Key::E) {
        pass.send(Command::Phones(PhonesCommand::ExportPlan));
    }
    if command(Key::Enter) {
        apply(pass, view);
    }
    for (n, key) in NUMBERS.into_iter().enumerate() {
        if keyboard::pressed_with(ui.ctx(), Modifiers::ALT, key) {
            filter(&mut view.plan, offered(plan).get(n).copied());
        }
    }
    if let Some(deed) = view.plan.list.keys(ui) {
        act(pass, view, plan, deed);
    }
    if keyboard::back(ui) {
        leave(pass, view);
    }
}

pub const NUMBERS: [Key; 9] = [
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
];

/// All first; those that are rare come last, and only where there are any.
fn offered(plan: &PlanTable) -> Vec<Option<PlanKind>> {
    let mut offered = vec![None];
    offered.extend(
        [
            PlanKind::Add,
            PlanKind::Change,
            PlanKind::Same,
            PlanKind::Invalid,
            PlanKind::Blank,
            PlanKind::NotFound,
        ]
        .map(Some),
    );
    let rare = [PlanKind::Remove, PlanKind::Other];
    offered.extend(rare.into_iter().filter(|kind| plan.count(*kind) > 0).map(Some));
    offered
}

fn filter(view: &mut PlanView, wanted: Option<Option<PlanKind>>) {
    match wanted {
        Some(Some(kind)) => view.kinds.toggle(kind),
        Some(None) => view.kinds = PlanKinds::all(),
        None => {}
    }
}

/// Other people, from the beginning.
fn change_source(pass: &mut Pass<'_>, view: &mut PhonesView) {
    view.plan.is_left = false;
    pass.send(Command::Phones(PhonesCommand::DropPeople));
}

/// Back to the options; an undo, or a plan whose list is gone, has none.
fn leave(pass: &mut Pass<'_>, view: &mut PhonesView) {
    if pass.state.phones.list.is_some() {
        view.plan.is_left = true;
    } else {
        change_source(pass, view);
    }
}

fn act(pass: &mut Pass<'_>, view: &mut PhonesView, plan: &PlanTable, deed: Deed) {
    match deed {
        Deed::Select(n) => view.plan.list.select(n),
        Deed::Toggle(n) => {
            view.plan.list.select(n);
            if let Some(place) = view.plan.list.place() {
                let on = !view.plan.chosen.has(place);
                view.plan.chosen.set(plan, place, on);
            }
        }
        Deed::ToggleAll => {
            let found = &view.plan.list.found;
            let on = !view.plan.chosen.has_all(plan, found);
            view.plan.chosen.set_all(plan, found, on);
        }
        Deed::Open(n) => {
            view.plan.list.select(n);
            let row = view.plan.list.place().and_then(|place| plan.row(place));
            if let Some(row) = row {
                view.open_person(pass, &row.upn);
            }
        }
    }
}

fn apply(pass: &mut Pass<'_>, view: &PhonesView) {
    let rows = view.plan.chosen.places();
    let Some(plan) = &pass.state.phones.plan else { return };
    let edition = plan.shown().edition;
    if !rows.is_empty() && !pass.state.phones.beginning {
        pass.send(Command::Phones(PhonesCommand::Apply { edition, rows }));
    }
}

fn above(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, plan: &PlanTable) {
    head(ui, pass, view, plan);
    ui.add_space(space::XS);
    source(ui, pass, view, plan);
    ui.add_space(space::L);
    if let Some(problem) = &pass.state.phones.not_planned {
        problem_box(ui, pass.look, (Tone::Bad, Icon::Failed), problem, |_| {});
        ui.add_space(space::S);
    }
    filters(ui, pass.look, &mut view.plan, plan);
    ui.add_space(space::L);
}

fn head(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, plan: &PlanTable) {
    let look = pass.look;
    let wide = ui.available_width() >= 860.0;
    let title = if plan.shown().undo_of.is_some() { "Undo plan" } else { "Bulk phone plan" };
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON_SMALL);
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(look.title(title));
        if wide {
            tone_chip(ui, look, Tone::Idle, Icon::Lock, "Nothing written yet");
            ui.add_space(space::S);
        }
        tabs(ui, pass, view);
        if wide {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                head_buttons(ui, pass, view);
            });
        }
    });
    if !wide {
        ui.add_space(space::XS);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            tone_chip(ui, look, Tone::Idle, Icon::Lock, "Nothing written yet");
            head_buttons(ui, pass, view);
        });
    }
}

fn head_buttons(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView) {
    let look = pass.look;
    if Button::secondary("Export plan").cap("Ctrl+E").small().show(ui, look).clicked() {
        pass.send(Command::Phones(PhonesCommand::ExportPlan));
    }
    if Button::secondary("Change source").cap("Ctrl+O").small().show(ui, look).clicked() {
        change_source(pass, view);
    }
    if let Some(file) = pass.state.phones.written(PhonesFile::Plan)
        && Button::quiet("Open export").icon(Icon::Folder).show(ui, look).clicked()
    {
        pass.send(Command::Open(file.path.clone()));
    }
}

/// What the plan is of, in one line.
fn source(ui: &mut Ui, pass: &Pass<'_>, view: &PhonesView, plan: &PlanTable) {
    let look = pass.look;
    let shown = plan.shown();
    let body = |text: &str| look.rich(text, Size::Body, Face::Regular, look.text_2);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        if shown.undo_of.is_some() {
            ui.label(body(&format!(
                "{} numbers as they were before the changes for ",
                shown.options.kind.name()
            )));
        } else {
            ui.label(body(&format!("{} numbers from ", shown.options.kind.name())));
            let source = clean(&shown.options.source.name());
            ui.label(look.rich(source, Size::Body, Face::Mono, look.text_2));
            ui.label(body(" for "));
        }
        let name = clean(&shown.source);
        let width = crate::ui::widgets::text_width(ui, &name, Size::Body, Face::SemiBold) + 1.0;
        let most = ui.available_width().max(120.0);
        ui.allocate_ui(vec2(width.min(most), Size::Body.line()), |ui| {
            truncated(ui, look.strong(name));
        });
        let people = count_in_words(plan.len(), "person", "people");
        ui.label(body(&format!(", {people}, read {}. Showing ", when(shown))));
        ui.label(look.strong(thousands(&view.plan.list.found.len().to_string())));
        ui.label(body("."));
    });
}

/// `today 10:12`, or the day too.
fn when(shown: &PlanShown) -> String {
    let zone = jiff::tz::TimeZone::system();
    let today = jiff::Timestamp::now().to_zoned(zone.clone()).date();
    match shown.read_at.to_zoned(zone).date() == today {
        true => format!("today {}", local_time(shown.read_at)),
        false => day_time(shown.read_at).chars().take(16).collect(),
    }
}

/// Counts that are filters, and the search beside them.
fn filters(ui: &mut Ui, look: &Look, view: &mut PlanView, plan: &PlanTable) {
    let offered = offered(plan);
    let counts: Vec<String> = offered
        .iter()
        .map(|kind| kind.map_or(plan.len(), |kind| plan.count(kind)))
        .map(|count| thousands(&count.to_string()))
        .collect();
    let chips = offered.iter().zip(&counts).map(|(kind, count)| CountChip {
        mark: kind.map(mark),
        word: kind.map_or("All", PlanKind::word),
        count,
    });
    let is_on = |n: usize| match offered.get(n).copied().flatten() {
        Some(kind) => view.kinds.has(kind),
        None => view.kinds.is_all(),
    };
    let chips: Vec<(CountChip<'_>, bool)> =
        chips.enumerate().map(|(n, chip)| (chip, is_on(n))).collect();
    let (pressed, rest) = chip_line(ui, look, &chips);
    let field = crate::ui::frame::row(ui, rest, Layout::left_to_right(Align::Center), |ui| {
        search_field(ui, look, "Find in plan", &mut view.query, ("Find in plan", "Ctrl+F"))
    });
    if std::mem::take(&mut view.focus_search) {
        field.request_focus();
    }
    filter(view, pressed.and_then(|n| offered.get(n).copied()));
}

/// Chips in as many lines as they need; says which was pressed, and where there is room for the
/// search.
pub fn chip_line(
    ui: &mut Ui,
    look: &Look,
    chips: &[(CountChip<'_>, bool)],
) -> (Option<usize>, Rect) {
    const SEARCH: f32 = 280.0;
    const SEARCH_LEAST: f32 = 180.0;
    let room = ui.available_rect_before_wrap();
    let mut at = room.min;
    let mut pressed = None;
    let all: f32 = chips.iter().map(|(chip, _)| chip.width(ui) + space::S).sum();
    // Closer together, where that leaves the search on the same line.
    let tighter = if all + space::S + SEARCH_LEAST > room.width() { 8.0 } else { 0.0 };
    for (n, (chip, on)) in chips.iter().enumerate() {
        let width = chip.width(ui) - tighter;
        if n > 0 && at.x + width > room.max.x {
            at = pos2(room.min.x, at.y + size::BUTTON + space::S);
        }
        let rect = Rect::from_min_size(at, vec2(width, size::BUTTON));
        if chip.show(ui, look, rect, *on).clicked() {
            pressed = Some(n);
        }
        at.x += width + space::S;
    }
    at.x += space::S;
    if at.x + SEARCH_LEAST > room.max.x {
        at = pos2(room.min.x, at.y + size::BUTTON + space::S);
    }
    let left = at.x.max(room.max.x - SEARCH);
    let left = if at.x == room.min.x { room.min.x } else { left };
    let search = Rect::from_min_max(pos2(left, at.y), pos2(room.max.x, at.y + size::BUTTON));
    ui.advance_cursor_after_rect(Rect::from_min_max(room.min, search.max));
    (pressed, search)
}

fn mark(kind: PlanKind) -> (Tone, Icon) {
    match kind {
        PlanKind::Add => (Tone::Accent, Icon::Add),
        PlanKind::Change => (Tone::Accent, Icon::Arrow),
        PlanKind::Remove => (Tone::Bad, Icon::Remove),
        PlanKind::Same => (Tone::Idle, Icon::Same),
        PlanKind::Invalid => (Tone::Bad, Icon::Failed),
        PlanKind::Blank => (Tone::Idle, Icon::Blank),
        PlanKind::NotFound => (Tone::Warn, Icon::NotFound),
        PlanKind::Other => (Tone::Warn, Icon::Warning),
    }
}

fn list(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, plan: &PlanTable) {
    let (found, chosen) = (&view.plan.list.found, &view.plan.chosen);
    let kind_word = plan.shown().options.kind.word();
    let row = |n: usize| {
        let place = *found.get(n)?;
        let row = plan.row(place)?;
        Some(shown(row, plan.kind(place), (chosen.has(place), kind_word)))
    };
    let table = Table {
        name: "plan",
        rows: found.len(),
        selected: view.plan.list.selected,
        all: Some(chosen.share(found)),
        row: &row,
        moved: view.plan.list.moved,
        state_word: "Action",
    };
    let (deed, focused) = table::draw(ui, pass.look, &table);
    view.plan.list.moved = false;
    view.plan.list.focused = focused;
    if let Some(deed) = deed {
        act(pass, view, plan, deed);
    }
}

fn shown(row: &PlanRow, kind: PlanKind, (chosen, kind_word): (bool, &str)) -> RowShown {
    let (tone, icon) = mark(kind);
    let planned = &row.planned;
    let now = planned.now.as_ref().map(numbers::shown).unwrap_or_default();
    let name = clean(&row.name);
    let (word, reason) = match &planned.decision {
        Ok(change) => (change.word(), reason(change, planned.remark.as_deref(), kind_word)),
        Err(left_out) => (left_out.word(), clean(&left_out.reason())),
    };
    let new = match &planned.decision {
        Ok(change) => change.after().map(PhoneNumber::grouped).unwrap_or_default(),
        Err(crate::phones::LeftOut::Same) => now.clone(),
        Err(_) => clean(row.given.expose()),
    };
    let reason_tone = match kind {
        PlanKind::Invalid => Some(Tone::Bad),
        PlanKind::NotFound | PlanKind::Other => Some(Tone::Warn),
        _ => None,
    };
    RowShown {
        chosen: kind.is_write().then_some(chosen),
        tone,
        icon,
        word: word.to_owned(),
        name: if name.is_empty() { clean(&row.upn) } else { name },
        upn: clean(&row.upn),
        now,
        new,
        new_is_wrong: kind == PlanKind::Invalid,
        moves: kind.is_write(),
        new_counts: kind.is_write(),
        reason,
        reason_tone,
    }
}

fn reason(change: &Change, remark: Option<&str>, kind: &str) -> String {
    if let Some(remark) = remark {
        return clean(remark);
    }
    match change {
        Change::Add { .. } => format!("No {kind} registered"),
        Change::Change { .. } => "Differs from the source".to_owned(),
        Change::Remove { .. } => "The source holds none".to_owned(),
    }
}

/// How much would be written, and the way to do it.
fn foot(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, (plan, rect): (&PlanTable, Rect)) {
    let look = pass.look;
    paint_card(ui, look, rect, Stroke::new(1.0, look.stroke));
    let inner = rect.shrink2(vec2(space::L, 0.0));
    let counts = view.plan.chosen.counts();
    let total = view.plan.chosen.total();
    let beginning = pass.state.phones.beginning;
    let word = match beginning {
        true => "Beginning…".to_owned(),
        false => format!("Apply {}", count_in_words(total, "change", "changes")),
    };
    let (mut pressed, mut correct) = (false, false);
    crate::ui::frame::row(ui, inner, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        let ready = total > 0 && !beginning;
        let button = Button::primary(&word).icon(Icon::Lock).cap("Ctrl+Enter").enabled(ready);
        pressed = button.fitting(ui).show(ui, look).clicked();
        if ui.available_width() >= 560.0 {
            asks(ui, pass);
        }
        let selected = view.plan.list.place().and_then(|place| plan.row(place));
        if selected.is_some_and(|row| correctable(plan, row)) && ui.available_width() >= 420.0 {
            let button = Button::secondary("Correct…").named("Correct the selected row");
            correct |= button.cap("F2").small().show(ui, look).clicked();
        }
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            let tall = rect.height() >= FOOT;
            ui.add_space(if tall { 16.0 } else { 8.0 });
            truncated(ui, look.rich(writes(counts), Size::Lead, Face::SemiBold, look.text));
            let left = "Other rows are left alone. The old numbers are kept for an undo.";
            truncated(ui, look.rich(left, Size::Hint, Face::Regular, look.text_2));
        });
    });
    if correct {
        correct::begin(&mut view.plan, plan);
    }
    if pressed {
        apply(pass, view);
    }
}

/// `299 writes: 212 add, 87 change`.
fn writes([add, change, remove]: [usize; 3]) -> String {
    let total = add + change + remove;
    let parts = [(add, "add"), (change, "change"), (remove, "remove")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", thousands(&count.to_string())))
        .collect();
    match total {
        0 => "Nothing to write".to_owned(),
        total => format!("{}: {}", count_in_words(total, "write", "writes"), parts.join(", ")),
    }
}

/// Right-aligned, before the button.
fn asks(ui: &mut Ui, pass: &Pass<'_>) {
    let look = pass.look;
    let confirm = confirm::of(pass.state, Act::ChangePhone);
    let Some((tone, icon, words)) = confirm.words() else { return };
    let more = confirm.more();
    ui.allocate_ui_with_layout(vec2(208.0, FOOT), Layout::top_down(Align::Max), |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.add_space(if more.is_some() { 20.0 } else { 30.0 });
        ui.allocate_ui_with_layout(vec2(208.0, 16.0), Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let ink = look.tone(tone).ink;
            ui.label(look.rich(words, Size::Hint, Face::SemiBold, ink));
            super::line_icon(ui, pass, (icon, tone));
        });
        if let Some(more) = more {
            label(ui, look.rich(more, Size::Hint, Face::Regular, look.text_2));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_foot_says_what_is_written_and_nothing_of_what_is_not() {
        assert_eq!(writes([212, 87, 0]), "299 writes: 212 add, 87 change");
        assert_eq!(writes([0, 0, 1]), "1 write: 1 remove");
        assert_eq!(writes([0, 0, 0]), "Nothing to write");
    }
}
