//! The table of a plan or a job: rows of one height, painted, only those in sight.

use crate::app::state::Share;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, space};
use crate::ui::widgets::{card_frame, hinted, paint_cut, paint_text};
use egui::{
    Align2, CornerRadius, Id, Margin, Painter, Rect, Response, Role, ScrollArea, Sense, Shape,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

/// Of a row with its hair line.
pub const ROW: f32 = 33.0;
const TALL_ROW: f32 = 57.0;
const BOX: f32 = 16.0;

/// What a row shows.
pub struct RowShown {
    /// Whether it is carried out; nothing where that can't be chosen.
    pub chosen: Option<bool>,
    pub tone: Tone,
    pub icon: Icon,
    pub word: String,
    pub name: String,
    pub upn: String,
    pub now: String,
    pub new: String,
    /// What stands in `new` is no number that can be written.
    pub new_is_wrong: bool,
    /// From old to new something is done.
    pub moves: bool,
    /// The number that counts afterwards.
    pub new_counts: bool,
    pub reason: String,
    /// The reason is why nothing is done.
    pub reason_tone: Option<Tone>,
}

impl RowShown {
    /// All of it, as it is drawn.
    pub fn spoken(&self) -> String {
        let now = if self.now.is_empty() { "none" } else { &self.now };
        let new = if self.new.is_empty() { "none" } else { &self.new };
        format!("{}, {}, {}, now {now}, new {new}, {}", self.word, self.name, self.upn, self.reason)
    }
}

/// What the operator did to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Of the rows that are shown.
    Select(usize),
    Toggle(usize),
    Open(usize),
    ToggleAll,
}

/// How the columns stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columned {
    /// All of them.
    Wide,
    /// Without user names.
    Middle,
    /// Two lines a row.
    Tall,
}

/// Where the columns begin, from the table's left edge.
struct Columns {
    action: f32,
    person: f32,
    upn: Option<f32>,
    now: f32,
    arrow: f32,
    new: f32,
    reason: f32,
}

impl Columns {
    /// As drawn for 1151 points; what there is more or less goes to names and reasons. Without
    /// boxes the rows begin where these would stand.
    fn of(width: f32, boxes: bool) -> Self {
        let all = Self::with_boxes(width);
        if boxes { all } else { Self { action: 17.0, ..all } }
    }

    fn with_boxes(width: f32) -> Self {
        if width < 1000.0 {
            let more = (width - 760.0).max(0.0);
            let now = 305.0 + more * 0.4;
            return Self {
                action: 49.0,
                person: 161.0,
                upn: None,
                now,
                arrow: now + 150.0,
                new: now + 178.0,
                reason: now + 326.0,
            };
        }
        let more = width - 1151.0;
        let upn = 329.0 + more * 0.2;
        let now = 593.0 + more * 0.6;
        Self {
            action: 49.0,
            person: 161.0,
            upn: Some(upn),
            now,
            arrow: now + 153.0,
            new: now + 184.0,
            reason: now + 336.0,
        }
    }
}

pub fn shape(width: f32) -> Columned {
    match width {
        wide if wide >= 1000.0 => Columned::Wide,
        middle if middle >= 720.0 => Columned::Middle,
        _ => Columned::Tall,
    }
}

/// What the table is drawn of.
pub struct Table<'a> {
    pub name: &'static str,
    pub rows: usize,
    pub selected: Option<usize>,
    /// Whether all of the rows shown are carried out; nothing where that can't be chosen.
    pub all: Option<Share>,
    pub row: &'a dyn Fn(usize) -> Option<RowShown>,
    /// The selected row was moved by the keyboard.
    pub moved: bool,
    pub state_word: &'static str,
}

/// Draws it into all the room there is; says what was done, and whether a row has the focus.
pub fn draw(ui: &mut Ui, look: &Look, table: &Table<'_>) -> (Option<Deed>, bool) {
    let mut deed = None;
    let mut focused = false;
    card_frame(look).inner_margin(Margin::ZERO).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        // Over the rows, so that they are as wide as the head.
        ui.spacing_mut().scroll.floating_allocated_width = 0.0;
        ui.spacing_mut().scroll.fade.strength = 0.0;
        ui.spacing_mut().scroll.dormant_background_opacity = 0.0;
        ui.spacing_mut().scroll.active_background_opacity = 0.0;
        let shape = shape(ui.available_width());
        if head(ui, look, table, shape) {
            deed = Some(Deed::ToggleAll);
        }
        if table.rows == 0 {
            ui.add_space(space::XL);
            ui.vertical_centered(|ui| ui.label(look.quiet("No row like this")));
            return;
        }
        let height = if shape == Columned::Tall { TALL_ROW } else { ROW };
        let area = ScrollArea::vertical().id_salt(table.name).auto_shrink([false, false]);
        let area = in_sight(ui, area, table, height);
        let shown = area.show_rows(ui, height, table.rows, |ui, range| {
            for n in range {
                let Some(row) = (table.row)(n) else { continue };
                let (done, has_focus) = one(ui, look, table, (n, shape, height), &row);
                deed = done.or(deed);
                focused |= has_focus;
            }
        });
        ui.data_mut(|data| data.insert_temp(offset_id(table), shown.state.clamped_offset().y));
    });
    (deed, focused)
}

/// Scrolls only when the selected row is out of sight, and no further than it must.
fn in_sight(ui: &Ui, area: ScrollArea, table: &Table<'_>, height: f32) -> ScrollArea {
    let (Some(selected), true) = (table.selected, table.moved) else { return area };
    let id = offset_id(table);
    let room = ui.available_height();
    let offset = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(0.0);
    let (top, bottom) = (selected as f32 * height, (selected + 1) as f32 * height);
    if top < offset {
        return area.vertical_scroll_offset(top);
    }
    if bottom > offset + room {
        return area.vertical_scroll_offset(bottom - room);
    }
    area
}

fn offset_id(table: &Table<'_>) -> Id {
    Id::unique((table.name, "offset"))
}

/// The titles; says whether the box before them was pressed.
fn head(ui: &mut Ui, look: &Look, table: &Table<'_>, shape: Columned) -> bool {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let corner = CornerRadius { nw: radius::CARD - 1, ne: radius::CARD - 1, sw: 0, se: 0 };
    let painter = ui.painter().clone();
    painter.rect_filled(rect, corner, look.sunken);
    painter.hline(rect.x_range(), rect.max.y - 0.5, Stroke::new(1.0, look.stroke));
    let mut pressed = false;
    if let Some(share) = table.all {
        let square = box_of(rect, ROW);
        let hit = square.expand(8.0);
        let response = ui.interact(hit, ui.make_persistent_id("all rows"), Sense::click());
        let all = share == Share::All;
        response.widget_info(|| {
            WidgetInfo::selected(Role::CheckBox, true, all, "Rows in sight of the filters")
        });
        if share == Share::Some {
            response.ctx.accesskit_node_builder(response.id, |node| {
                node.set_toggled(egui::accesskit::Toggled::Mixed);
            });
        }
        paint_box(&painter, look, square, Some(share));
        if response.has_focus() {
            crate::ui::widgets::focus_ring(&painter, look, square);
        }
        pressed = response.clicked();
    }
    let style = (Size::Hint, Face::SemiBold, look.text_2);
    let title = |x: f32, text: &str| {
        let at = pos2(rect.min.x + x, rect.center().y);
        paint_text(&painter, at, Align2::LEFT_CENTER, text, style);
    };
    let columns = Columns::of(rect.width(), table.all.is_some());
    title(columns.action, table.state_word);
    if shape == Columned::Tall {
        title(columns.person, "Person, number now and new");
        return pressed;
    }
    title(columns.person, "Person");
    if let Some(x) = columns.upn {
        title(x, "User name");
    }
    title(columns.now, "Now");
    title(columns.new, "New");
    title(columns.reason, "Reason");
    pressed
}

fn one(
    ui: &mut Ui,
    look: &Look,
    table: &Table<'_>,
    (n, shape, height): (usize, Columned, f32),
    row: &RowShown,
) -> (Option<Deed>, bool) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
    let selected = table.selected == Some(n);
    // The selected one is the stop of the Tab key, and stays so while the selection moves.
    let (id, sense) = match selected {
        true => (Id::unique((table.name, "selected")), Sense::click()),
        false => (Id::unique((table.name, n)), Sense::CLICK),
    };
    let response = ui.interact(rect, id, sense);
    let spoken = row.spoken();
    match row.chosen {
        Some(chosen) => {
            response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, chosen, &spoken))
        }
        None => response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken)),
    }
    let focused = response.has_focus();
    if focused {
        let filter = egui::EventFilter { vertical_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    }
    let deed = deed(&response, rect, n, row);
    if ui.is_rect_visible(rect) {
        back(ui, look, rect, (selected, focused, response.hovered()));
        let cut = match shape {
            Columned::Tall => tall(ui, look, rect, (row, table.all.is_some())),
            Columned::Wide | Columned::Middle => flat(ui, look, rect, (row, table.all.is_some())),
        };
        if cut {
            hinted(ui, response, &spoken);
        }
    }
    (deed, focused)
}

fn deed(response: &Response, rect: Rect, n: usize, row: &RowShown) -> Option<Deed> {
    if response.double_clicked() {
        return Some(Deed::Open(n));
    }
    if !response.clicked() {
        return None;
    }
    let at_box = response.interact_pointer_pos().is_none_or(|at| at.x < rect.min.x + 41.0);
    Some(if row.chosen.is_some() && at_box { Deed::Toggle(n) } else { Deed::Select(n) })
}

fn back(ui: &Ui, look: &Look, rect: Rect, (selected, focused, hovered): (bool, bool, bool)) {
    let painter = ui.painter();
    if selected {
        painter.rect_filled(rect, 0.0, look.accent_bg);
    } else if hovered {
        painter.rect_filled(rect, 0.0, look.bg);
    }
    painter.hline(rect.x_range(), rect.max.y - 0.5, Stroke::new(1.0, look.stroke));
    if selected {
        let edge = Stroke::new(if focused { 3.0 } else { 2.0 }, look.accent_text);
        painter.rect_stroke(rect, 0.0, edge, StrokeKind::Inside);
    }
}

fn box_of(rect: Rect, height: f32) -> Rect {
    Rect::from_center_size(
        pos2(rect.min.x + 25.0, rect.min.y + (height - 1.0) / 2.0),
        Vec2::splat(BOX),
    )
}

/// Ticked, empty, in part, or not to be chosen.
fn paint_box(painter: &Painter, look: &Look, square: Rect, share: Option<Share>) {
    let corner = CornerRadius::same(radius::CHIP);
    let (fill, edge) = match share {
        None => (look.sunken, look.stroke),
        Some(Share::None) => (look.surface, look.stroke_strong),
        Some(Share::Some | Share::All) => (look.accent, look.accent),
    };
    painter.rect(square, corner, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    let at = |x: f32, y: f32| square.min + vec2(x, y);
    let line = match share {
        Some(Share::All) => vec![at(4.2, 8.2), at(7.0, 11.0), at(12.0, 5.2)],
        Some(Share::Some) => vec![at(4.0, 8.0), at(12.0, 8.0)],
        _ => return,
    };
    painter.add(Shape::line(line, Stroke::new(2.0, look.on_accent)));
}

fn row_share(row: &RowShown) -> Option<Share> {
    row.chosen.map(|on| if on { Share::All } else { Share::None })
}

/// One line; says whether anything was cut.
fn flat(ui: &Ui, look: &Look, rect: Rect, (row, boxes): (&RowShown, bool)) -> bool {
    let painter = ui.painter();
    let columns = Columns::of(rect.width(), boxes);
    let y = rect.min.y + (rect.height() - 1.0) / 2.0;
    let at = |x: f32| pos2(rect.min.x + x, y);
    if boxes {
        paint_box(painter, look, box_of(rect, ROW), row_share(row));
    }
    let ink = look.tone(row.tone).ink;
    mark(painter, look, at(columns.action), row);
    let style = (Size::Body, Face::SemiBold, ink);
    let end = |x: f32| rect.min.x + x - 10.0;
    paint_cut(painter, at(columns.action + 24.0), end(columns.person), &row.word, style);
    let style = (Size::Body, Face::SemiBold, look.text);
    let person_end = end(columns.upn.unwrap_or(columns.now));
    let mut cut = is_cut(paint_cut(painter, at(columns.person), person_end, &row.name, style));
    if let Some(x) = columns.upn {
        let style = (Size::Body, Face::Regular, look.text_2);
        cut |= is_cut(paint_cut(painter, at(x), end(columns.now), &row.upn, style));
    }
    number(painter, at(columns.now), (&row.now, look.text_2, false), look);
    arrow(painter, look, at(columns.arrow), row);
    number(painter, at(columns.new), new_style(look, row), look);
    let ink = row.reason_tone.map_or(look.text_2, |tone| look.tone(tone).ink);
    let style = (Size::Body, Face::Regular, ink);
    cut | is_cut(paint_cut(painter, at(columns.reason), rect.max.x - 14.0, &row.reason, style))
}

/// Two lines, for large text and small windows.
fn tall(ui: &Ui, look: &Look, rect: Rect, (row, boxes): (&RowShown, bool)) -> bool {
    let painter = ui.painter();
    let at = |x: f32, y: f32| pos2(rect.min.x + x, rect.min.y + y);
    if boxes {
        paint_box(painter, look, box_of(rect, 40.0), row_share(row));
    }
    mark(painter, look, at(49.0, 19.0), row);
    let style = (Size::Body, Face::SemiBold, look.tone(row.tone).ink);
    paint_cut(painter, at(73.0, 19.0), rect.min.x + 155.0, &row.word, style);
    let style = (Size::Body, Face::SemiBold, look.text);
    let mut cut = is_cut(paint_cut(painter, at(161.0, 19.0), rect.max.x - 12.0, &row.name, style));
    number(painter, at(49.0, 40.0), (&row.now, look.text_2, false), look);
    arrow(painter, look, at(192.0, 40.0), row);
    number(painter, at(214.0, 40.0), new_style(look, row), look);
    let ink = row.reason_tone.map_or(look.text_2, |tone| look.tone(tone).ink);
    let style = (Size::Hint, Face::Regular, ink);
    let room = rect.max.x - 12.0;
    if room > rect.min.x + 420.0 {
        cut |= is_cut(paint_cut(painter, at(366.0, 40.0), room, &row.reason, style));
    } else {
        cut = true;
    }
    cut
}

fn is_cut(shown: crate::ui::widgets::Shown) -> bool {
    shown == crate::ui::widgets::Shown::Cut
}

fn mark(painter: &Painter, look: &Look, left: egui::Pos2, row: &RowShown) {
    let square = Rect::from_center_size(pos2(left.x + 8.0, left.y), Vec2::splat(BOX));
    row.icon.paint(painter, square, look.tone(row.tone).ink, look.surface);
}

fn arrow(painter: &Painter, look: &Look, left: egui::Pos2, row: &RowShown) {
    if !row.moves {
        return;
    }
    let ink = if row.now.is_empty() { look.text_2 } else { look.accent_text };
    let square = Rect::from_center_size(pos2(left.x + 8.0, left.y), Vec2::splat(BOX));
    Icon::Arrow.paint(painter, square, ink, look.surface);
}

fn new_style<'r>(look: &Look, row: &'r RowShown) -> (&'r str, egui::Color32, bool) {
    match (row.new_is_wrong, row.new_counts) {
        (true, _) => (&row.new, look.bad.ink, false),
        (false, true) => (&row.new, look.text, true),
        (false, false) => (&row.new, look.text_2, false),
    }
}

/// In the face whose digits are all of one width; the one that counts stands out.
fn number(
    painter: &Painter,
    at: egui::Pos2,
    (text, ink, strong): (&str, egui::Color32, bool),
    look: &Look,
) {
    if text.is_empty() {
        let style = (Size::Body, Face::Mono, look.text_3);
        paint_text(painter, at, Align2::LEFT_CENTER, "none", style);
        return;
    }
    let style = (Size::Body, Face::Mono, ink);
    let end = at.x + 148.0;
    paint_cut(painter, at, end, text, style);
    if strong {
        // There is one weight of this face: a second stroke beside the first makes it heavier.
        paint_cut(painter, at + vec2(0.5, 0.0), end + 0.5, text, style);
    }
}
