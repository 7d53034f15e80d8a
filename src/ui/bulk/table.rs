//! The preflight table: everybody who was read, with the verdict, and who of them is in.

use super::challenges;
use super::prepare::{not_read, progress};
use crate::app::state::{
    Include, People, ReadyKind, Selection, clean, count_in_words, day_time, short_minute, thousands,
};
use crate::bulk::{OnItsWay, Readiness};
use crate::engine::{BulkCommand, Command, PersonRow};
use crate::ui::Pass;
use crate::ui::frame::row;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, card_frame, check_box, filter_chip, named_check_box, problem_box, small_field,
    text_width, tone_chip, truncated,
};
use egui::{Align, Layout, Margin, Rect, ScrollArea, Sense, Ui, pos2, vec2};
use egui_extras::{Column, TableBuilder, TableRow};
use jiff::Timestamp;

/// The filter, and what it left; computed when the filter, the rows or their verdicts change.
#[derive(Default)]
pub struct TableView {
    query: String,
    kind: Option<ReadyKind>,
    found: Vec<usize>,
    of: Option<Filtered>,
    writing: challenges::Writing,
}

/// What `found` was computed of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Filtered {
    table: u64,
    /// Verdicts matter to a filter by kind only.
    changes: u64,
    query: String,
    kind: Option<ReadyKind>,
}

impl TableView {
    fn refresh(&mut self, people: &People) {
        let (table, changes) = people.version();
        let changes = if self.kind.is_some() { changes } else { 0 };
        let now = Filtered { table, changes, query: self.query.clone(), kind: self.kind };
        if self.of.as_ref() == Some(&now) {
            return;
        }
        if self.of.as_ref().is_some_and(|before| before.table != table) {
            self.query.clear();
            self.kind = None;
        }
        self.found = people.filter(&self.query, self.kind);
        self.of = Some(Filtered { query: self.query.clone(), kind: self.kind, ..now });
    }
}

const FOOT: f32 = 56.0;
/// In less room the page scrolls, not the table alone.
const LEAST_HEIGHT: f32 = 360.0;

pub fn draw(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    (view, selection): (&mut TableView, &mut Selection),
    people: &People,
    next: impl FnOnce(&mut Ui, &mut Pass<'_>),
) {
    let look = pass.look;
    let room = ui.available_rect_before_wrap();
    let body = room.with_max_y(room.max.y - FOOT);
    crate::ui::within(ui, body, |ui| {
        if body.height() >= LEAST_HEIGHT {
            above(ui, pass, (view, selection), people);
            table(ui, look, view, selection, people);
            return;
        }
        // Large text or a small window: all of it scrolls, the next step stays in sight.
        ScrollArea::vertical().id_salt("preflight page").show(ui, |ui| {
            above(ui, pass, (view, selection), people);
            let width = ui.available_width();
            let size = vec2(width, body.height().max(200.0));
            ui.allocate_ui(size, |ui| table(ui, look, view, selection, people));
        });
    });
    let foot = Rect::from_min_max(
        pos2(room.min.x, body.max.y + space::M),
        pos2(room.max.x, body.max.y + FOOT),
    );
    row(ui, foot, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        next(ui, pass);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            below(ui, pass, (view, selection), people);
        });
    });
}

fn above(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    (view, selection): (&mut TableView, &mut Selection),
    people: &People,
) {
    let look = pass.look;
    head(ui, pass, view, people);
    not_read(ui, pass);
    for remark in people.remarks().iter().take(3) {
        problem_box(ui, look, (Tone::Warn, Icon::Warning), remark, |_| {});
    }
    filters(ui, look, view, people);
    if !is_wide(ui.ctx().content_rect().width()) {
        another_one(ui, look, selection, people);
    }
    view.refresh(people);
    ui.add_space(space::XS);
}

fn head(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut TableView, people: &People) {
    let look = pass.look;
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON_SMALL);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Button::secondary("Other people").small().show(ui, look).clicked() {
                pass.wishes.push(Command::Bulk(BulkCommand::DropPeople).into());
            }
            let idle = pass.state.bulk.progress.is_none();
            if Button::secondary("Check again").small().enabled(idle).show(ui, look).clicked() {
                pass.wishes.push(Command::Bulk(BulkCommand::CheckAgain).into());
            }
            if ui.available_width() > 520.0 {
                search(ui, look, view, 220.0);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                source_words(ui, pass, people);
            });
        });
    });
}

/// What the table is of, or how far the directory was asked about it.
fn source_words(ui: &mut Ui, pass: &Pass<'_>, people: &People) {
    let look = pass.look;
    let source = clean(people.source());
    let room = ui.available_width() * 0.5;
    let width = text_width(ui, &source, Size::Title, Face::SemiBold) + 2.0;
    ui.allocate_ui(vec2(width.min(room), 24.0), |ui| truncated(ui, look.title(source)));
    if let Some(running) = pass.state.bulk.progress {
        progress(ui, pass, &running);
        return;
    }
    let facts = clean(people.facts());
    let count = count_in_words(people.len(), "row", "rows");
    truncated(ui, look.hint(format!("{count}. {facts}")));
}

fn search(ui: &mut Ui, look: &Look, view: &mut TableView, width: f32) {
    ui.allocate_ui(vec2(width, size::BUTTON_SMALL), |ui| {
        let hint = ("Name, user name, serial, badge", look.text_3);
        small_field(ui, look, "Find in the table", &mut view.query, hint);
    });
}

pub fn mark(kind: ReadyKind) -> (Tone, Icon) {
    match kind {
        ReadyKind::Ready => (Tone::Ok, Icon::Done),
        ReadyKind::HasKey => (Tone::Accent, Icon::Key),
        ReadyKind::KeyOnItsWay => (Tone::Accent, Icon::Pending),
        ReadyKind::Disabled => (Tone::Bad, Icon::Failed),
        ReadyKind::Guest => (Tone::Warn, Icon::Person),
        ReadyKind::NotInPolicy => (Tone::Warn, Icon::Warning),
        ReadyKind::NotFound => (Tone::Warn, Icon::NotFound),
        ReadyKind::WrongRow => (Tone::Bad, Icon::Document),
        ReadyKind::NotChecked => (Tone::Idle, Icon::Pending),
    }
}

fn filters(ui: &mut Ui, look: &Look, view: &mut TableView, people: &People) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        let all = format!("All {}", people.len());
        if filter_chip(ui, look, view.kind.is_none(), (None, &all)).clicked() {
            view.kind = None;
        }
        for kind in ReadyKind::ALL {
            let count = people.count(kind);
            let chosen = view.kind == Some(kind);
            if count == 0 && !chosen {
                continue;
            }
            let text = format!("{} {count}", kind.word());
            if filter_chip(ui, look, chosen, (Some(mark(kind)), &text)).clicked() {
                view.kind = if chosen { None } else { Some(kind) };
            }
        }
    });
    if ui.available_width() <= 760.0 {
        let width = ui.available_width();
        search(ui, look, view, width);
    }
}

/// Only the rows in sight are laid out.
fn table(ui: &mut Ui, look: &Look, view: &TableView, selection: &mut Selection, people: &People) {
    card_frame(look).inner_margin(Margin::same(1)).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        if view.found.is_empty() {
            ui.add_space(space::XL);
            ui.vertical_centered(|ui| ui.label(look.quiet("No row like this")));
            return;
        }
        ui.spacing_mut().item_spacing = vec2(space::M, 0.0);
        let band = vec2(ui.available_width(), size::ROW);
        let band = Rect::from_min_size(ui.cursor().min, band);
        ui.painter().rect_filled(band, 0.0, look.sunken);
        let shown = Columns::fitting(ui.available_width());
        let columns = shown.all();
        let mut table = TableBuilder::new(ui)
            .id_salt("preflight")
            .sense(Sense::hover())
            .auto_shrink([false, false])
            .cell_layout(Layout::left_to_right(Align::Center));
        for (_, column) in &columns {
            table = table.column(*column);
        }
        table
            .header(size::ROW, |mut row| {
                for (n, (title, _)) in columns.iter().enumerate() {
                    row.col(|ui| {
                        ui.add_space(if n == 0 { space::M } else { 0.0 });
                        ui.label(look.rich(*title, Size::Hint, Face::SemiBold, look.text_2));
                    });
                }
            })
            .body(|body| {
                body.rows(size::ROW, view.found.len(), |mut row| {
                    let Some(place) = view.found.get(row.index()).copied() else { return };
                    if let Some((person, verdict)) = people.row(place) {
                        let included = (&mut *selection, people, place);
                        person_row(&mut row, look, (person, verdict), included, shown);
                    }
                });
            });
    });
}

/// As many as there is room for. Namesakes are told apart by their user names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Columns {
    Name,
    UserName,
    All,
}

impl Columns {
    fn fitting(width: f32) -> Self {
        match width {
            900.0.. => Self::All,
            640.0.. => Self::UserName,
            _ => Self::Name,
        }
    }

    fn all(self) -> Vec<(&'static str, Column)> {
        let of = |least: Self, title, column| (self >= least).then_some((title, column));
        let verdict = if self == Self::All { Column::exact(132.0) } else { Column::remainder() };
        [
            of(Self::Name, "In", Column::exact(44.0)),
            of(Self::All, "Row", Column::exact(56.0)),
            of(Self::Name, "Name", Column::initial(200.0).clip(true)),
            of(Self::UserName, "User name", Column::initial(260.0).clip(true)),
            of(Self::All, "Serial", Column::exact(96.0)),
            of(Self::Name, "Verdict", verdict.clip(true)),
            of(Self::All, "Why", Column::remainder().clip(true)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn person_row(
    row: &mut TableRow<'_, '_>,
    look: &Look,
    (person, verdict): (&PersonRow, &Readiness),
    (selection, people, place): (&mut Selection, &People, usize),
    shown: Columns,
) {
    let name = shown_name(person);
    row.col(|ui| {
        ui.add_space(space::M);
        if Selection::may(people, place) {
            let mut on = selection.has(people, place);
            let spoken = format!("{name} gets a key");
            if named_check_box(ui, look, &mut on, "", &spoken).changed() {
                selection.set(people, place, if on { Include::Yes } else { Include::No });
            }
        }
    });
    if shown == Columns::All {
        row.col(|ui| {
            let line = person.line.unwrap_or(place + 1).to_string();
            ui.label(look.rich(line, Size::Hint, Face::Mono, look.text_3));
        });
    }
    row.col(|ui| {
        truncated(ui, look.strong(name.clone()));
    });
    if shown >= Columns::UserName {
        row.col(|ui| {
            truncated(ui, look.quiet(clean(&person.upn)));
        });
    }
    if shown == Columns::All {
        row.col(|ui| {
            let serial = person.serial.as_deref().map(thousands).unwrap_or_default();
            ui.label(look.rich(serial, Size::Hint, Face::Mono, look.text));
        });
    }
    let kind = ReadyKind::of(verdict);
    row.col(|ui| {
        let (tone, icon) = mark(kind);
        tone_chip(ui, look, tone, icon, kind.word());
        if shown < Columns::All {
            truncated(ui, look.hint(why(verdict)));
        }
    });
    if shown == Columns::All {
        row.col(|ui| {
            truncated(ui, look.quiet(why(verdict)));
        });
    }
}

fn shown_name(person: &PersonRow) -> String {
    let name = clean(&person.name);
    if name.is_empty() { clean(&person.upn) } else { name }
}

/// The verdict's reason, where its word is not all.
fn why(verdict: &Readiness) -> String {
    match verdict {
        Readiness::HasKey { count: 1 } => "1 key is registered".to_owned(),
        Readiness::HasKey { count } => format!("{count} keys are registered"),
        Readiness::KeyOnItsWay(key) => on_its_way(*key),
        Readiness::NotInPolicy(why) | Readiness::WrongRow(why) => clean(why),
        Readiness::NotChecked(problem) => clean(&problem.what),
        Readiness::Unchecked => "The directory was not asked yet".to_owned(),
        Readiness::Disabled => "The account can't sign in".to_owned(),
        Readiness::Guest => "Guests register at home".to_owned(),
        Readiness::NotFound => "The directory has nobody of this name".to_owned(),
        Readiness::Ready => String::new(),
    }
}

fn on_its_way(OnItsWay { since, session }: OnItsWay) -> String {
    let made = short_minute(since, Timestamp::now());
    match session.map(day_time) {
        Some(session) => format!("Made {made}, not registered yet; session of {session}"),
        None => format!("Made {made}, not registered yet; at the desk"),
    }
}

/// Left of "next": who has a key already, and the list for people who still use the script.
fn below(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    (view, selection): (&mut TableView, &mut Selection),
    people: &People,
) {
    let look = pass.look;
    challenges::draw(ui, pass, &mut view.writing, (people, selection));
    if is_wide(ui.ctx().content_rect().width()) {
        another_one(ui, look, selection, people);
    }
}

/// Room for the option beside the buttons.
fn is_wide(window: f32) -> bool {
    window >= 900.0
}

/// Who has a key gets another one only when that is wanted.
fn another_one(ui: &mut Ui, look: &Look, selection: &mut Selection, people: &People) {
    let has_key = people.count(ReadyKind::HasKey);
    if has_key > 0 {
        let mut on = selection.with_key == Include::Yes;
        let words = match has_key {
            1 => "Another one for the person who has a key".to_owned(),
            n => format!("Another one for the {n} who have a key"),
        };
        if check_box(ui, look, &mut on, &words).changed() {
            selection.include_with_key(people, if on { Include::Yes } else { Include::No });
        }
    }
}
