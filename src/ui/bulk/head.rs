//! The head of the board: how many are done, how fast it goes, when it will be over.

use super::board::BoardView;
use crate::app::state::{local_time, span_in_words};
use crate::bulk::Figures;
use crate::engine::{BulkCommand, Command};
use crate::ui::Pass;
use crate::ui::frame::row;
use crate::ui::theme::{Face, Icon, Look, Size, size, space};
use crate::ui::widgets::{
    Button, paint_card, paint_cut, paint_text, text_width, wake_at_next_second,
};
use egui::{
    Align, Align2, Color32, Layout, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use egui_plot::{HLine, Line, Plot, PlotPoints, Points};
use std::time::Duration;

/// A pace worth reaching, as a line in the plot.
const GOAL_PER_HOUR: f32 = 60.0;
/// The controls at the right end.
const CONTROLS: f32 = 184.0;

/// From the plot to the controls.
const GAP: f32 = 24.0;
/// A narrower plot says nothing.
const PLOT_LEAST: f32 = 140.0;
/// Radius of the point that stands for now.
const POINT: f32 = 4.0;
/// Height of the plot where it has a row of its own.
const PLOT_ROW: f32 = 72.0;
/// Height of the head where there is no room for everything side by side.
const CLOSE: f32 = 160.0 + PLOT_ROW;

/// Height of the head in so much room.
pub fn height(ui: &Ui, pass: &Pass<'_>, width: f32) -> f32 {
    let figures = &pass.state.bulk.board.figures;
    if is_wide(ui, pass.look, figures, width) { size::BOARD_HEAD } else { CLOSE }
}

/// Whether there is room for everything side by side.
fn is_wide(ui: &Ui, look: &Look, figures: &Figures, width: f32) -> bool {
    let counters = counters(look, figures);
    let counters: f32 = counters.iter().map(|one| one.wide(ui) + space::L).sum();
    let pace: f32 = pace(figures).iter().map(|(.., width)| width + space::L).sum();
    let before = 2.0 * space::XL + counters + space::S + pace;
    before + PLOT_LEAST + GAP + CONTROLS + space::L <= width
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView, rect: Rect) {
    let look = pass.look;
    paint_card(ui, look, rect, Stroke::new(1.0, look.stroke));
    let figures = &pass.state.bulk.board.figures;
    if is_wide(ui, look, figures, rect.width()) {
        wide(ui, pass, view, rect, figures);
    } else {
        close(ui, pass, view, rect, figures);
    }
}

fn wide(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView, rect: Rect, figures: &Figures) {
    let look = pass.look;
    let mut x = rect.min.x + space::XL;
    for counter in counters(look, figures) {
        let width = counter.wide(ui);
        counter.paint(ui, Rect::from_min_max(pos2(x, rect.min.y), pos2(x + width, rect.max.y)));
        x += width + space::L;
    }
    x += space::S;
    let line = rect.y_range().shrink(16.0);
    ui.painter().vline(x, line, Stroke::new(1.0, look.stroke));
    x += space::XL;
    for (number, words, width) in pace(figures) {
        let area = Rect::from_min_max(pos2(x, rect.min.y), pos2(x + width, rect.max.y));
        figure(ui, look, area, &number, &words);
        x += width + space::L;
    }
    let controls_at = rect.max.x - CONTROLS - space::L;
    let area = Rect::from_min_max(pos2(x, rect.min.y + 8.0), pos2(controls_at - GAP, rect.max.y));
    plot(ui, look, area, figures);
    controls(ui, pass, view, rect.with_min_x(controls_at).with_max_x(rect.max.x - space::L));
}

fn close(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView, rect: Rect, figures: &Figures) {
    let look = pass.look;
    let top = rect.with_max_y(rect.min.y + size::BOARD_HEAD);
    let mut x = rect.min.x + space::L;
    for counter in counters(look, figures) {
        let width = counter.width(ui).max(72.0);
        counter.paint(ui, Rect::from_min_max(pos2(x, top.min.y), pos2(x + width, top.max.y)));
        x += width + space::S;
    }
    for (number, words, width) in pace(figures) {
        if x + width < rect.max.x {
            let area = Rect::from_min_max(pos2(x, top.min.y), pos2(x + width, top.max.y));
            figure(ui, look, area, &number, &words);
            x += width + space::S;
        }
    }
    let area = Rect::from_min_max(
        pos2(rect.min.x + space::L, top.max.y),
        pos2(rect.max.x - space::L, top.max.y + PLOT_ROW),
    );
    plot(ui, look, area, figures);
    let foot = Rect::from_min_max(
        pos2(rect.min.x + space::L, area.max.y + space::S),
        pos2(rect.max.x - space::L, rect.max.y - space::M),
    );
    row(ui, foot, Layout::right_to_left(Align::Center), |ui| {
        buttons(ui, pass, view);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| next_expiry(ui, pass));
    });
}

/// A number with its word and its shape.
struct Counter {
    number: String,
    word: &'static str,
    icon: Icon,
    number_ink: Color32,
    icon_ink: Color32,
    ink: Color32,
    hole: Color32,
}

fn counters(look: &Look, figures: &Figures) -> [Counter; 3] {
    let counter = |number: usize, word, icon, number_ink, icon_ink| Counter {
        number: number.to_string(),
        word,
        icon,
        number_ink,
        icon_ink,
        ink: look.text_2,
        hole: look.surface,
    };
    let failed_ink = if figures.failed == 0 { look.text } else { look.bad.ink };
    let failed_icon = if figures.failed == 0 { look.text_2 } else { look.bad.ink };
    [
        counter(figures.done, "Done", Icon::Done, look.ok.ink, look.ok.ink),
        counter(figures.left, "Left", Icon::Pending, look.text, look.text_2),
        counter(figures.failed, "Failed", Icon::Failed, failed_ink, failed_icon),
    ]
}

impl Counter {
    /// Its room where everything is side by side.
    fn wide(&self, ui: &Ui) -> f32 {
        self.width(ui).max(88.0)
    }

    fn width(&self, ui: &Ui) -> f32 {
        text_width(ui, &self.number, Size::HeadFigure, Face::SemiBold)
    }

    fn paint(&self, ui: &mut Ui, area: Rect) {
        named(ui, area, &format!("{} {}", self.number, self.word));
        let painter = ui.painter();
        let at = pos2(area.min.x, area.min.y + 38.0);
        let style = (Size::HeadFigure, Face::SemiBold, self.number_ink);
        paint_text(painter, at, Align2::LEFT_CENTER, &self.number, style);
        let y = area.min.y + 70.0;
        let square = Rect::from_center_size(pos2(area.min.x + 7.0, y), Vec2::splat(14.0));
        self.icon.paint(painter, square, self.icon_ink, self.hole);
        let style = (Size::Hint, Face::Regular, self.ink);
        paint_text(painter, pos2(area.min.x + 20.0, y), Align2::LEFT_CENTER, self.word, style);
    }
}

/// Keys per hour, and time left: number, words, room.
fn pace(figures: &Figures) -> [(String, String, f32); 2] {
    match &figures.pace {
        Some(pace) => [
            (format!("{:.0}", pace.keys_per_hour), "keys per hour".to_owned(), 96.0),
            (
                span_in_words(Duration::try_from(pace.left).unwrap_or_default()),
                format!("left, about {}", local_time(pace.over_at)),
                132.0,
            ),
        ],
        None => [
            ("–".to_owned(), "keys per hour".to_owned(), 96.0),
            ("–".to_owned(), "left, told from 3 keys on".to_owned(), 160.0),
        ],
    }
}

fn figure(ui: &mut Ui, look: &Look, area: Rect, number: &str, words: &str) {
    named(ui, area, &format!("{number} {words}"));
    let painter = ui.painter();
    let at = pos2(area.min.x, area.min.y + 38.0);
    let style = (Size::Figure, Face::SemiBold, look.text);
    paint_text(painter, at, Align2::LEFT_CENTER, number, style);
    let style = (Size::Hint, Face::Regular, look.text_2);
    paint_cut(painter, pos2(area.min.x, area.min.y + 66.0), area.max.x + 8.0, words, style);
}

fn named(ui: &mut Ui, area: Rect, name: &str) {
    let response = ui.interact(area, ui.make_persistent_id(("figure", name)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
}

/// Keys per hour over the last hour, with the goal as a line.
fn plot(ui: &mut Ui, look: &Look, area: Rect, figures: &Figures) {
    let style = (Size::Hint, Face::Regular, look.text_2);
    let painter = ui.painter();
    let y = area.min.y + 8.0;
    paint_text(painter, pos2(area.min.x, y), Align2::LEFT_CENTER, "Last hour", style);
    let goal = "60 per hour line";
    paint_text(painter, pos2(area.max.x, y), Align2::RIGHT_CENTER, goal, style);
    let room = Rect::from_min_max(pos2(area.min.x, y + 10.0), pos2(area.max.x, area.max.y - 12.0));
    ui.painter().hline(room.x_range(), room.max.y, Stroke::new(1.0, look.stroke));
    let points = &figures.last_hour;
    let most = points.iter().map(|(_, rate)| *rate).fold(GOAL_PER_HOUR * 1.25, f32::max);
    // The point at the end of the line is seen whole at the top, too.
    let most = most * (1.0 + 1.5 * POINT / room.height().max(POINT));
    let line: Vec<[f64; 2]> =
        points.iter().map(|(ago, rate)| [f64::from(-ago), f64::from(*rate)]).collect();
    let name = match points.last() {
        Some((_, rate)) => format!("Keys per hour in the last hour, now {rate:.0}"),
        None => "Keys per hour in the last hour, none yet".to_owned(),
    };
    let last = line.last().copied();
    row(ui, room, Layout::top_down(Align::Min), |ui| {
        let plot = Plot::new("last hour")
            .show_axes(false)
            .show_grid(false)
            .show_background(false)
            .show_x(false)
            .show_y(false)
            .show_crosshair(false)
            .sense(Sense::hover())
            .allow_zoom(false)
            .allow_drag(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_axis_zoom_drag(false)
            .allow_double_click_reset(false)
            .set_margin_fraction(Vec2::ZERO)
            .width(room.width())
            .height(room.height())
            .default_x_bounds(-60.0, 1.0)
            .default_y_bounds(0.0, f64::from(most));
        let shown = plot.show(ui, |plot| {
            plot.set_plot_bounds_x(-60.0..=1.0);
            plot.set_plot_bounds_y(0.0..=f64::from(most));
            let goal = HLine::new("60 per hour", f64::from(GOAL_PER_HOUR));
            plot.hline(goal.color(look.stroke_strong).width(1.0).allow_hover(false));
            let line = Line::new("keys per hour", PlotPoints::from(line));
            plot.line(line.color(look.accent_text).width(2.0).allow_hover(false));
            if let Some(last) = last {
                let point = Points::new("now", vec![last]).color(look.accent_text).radius(POINT);
                plot.points(point.allow_hover(false));
            }
        });
        shown.response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    });
}

fn controls(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView, area: Rect) {
    let top = Rect::from_min_max(pos2(area.min.x, area.min.y + 10.0), area.max);
    row(ui, top, Layout::top_down(Align::Min), |ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, 2.0);
        next_expiry(ui, pass);
    });
    let foot = Rect::from_min_max(pos2(area.min.x, area.max.y - 42.0), area.max - vec2(0.0, 10.0));
    row(ui, foot, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        buttons(ui, pass, view);
    });
}

/// The next challenge to lapse, or what is more urgent to know.
fn next_expiry(ui: &mut Ui, pass: &Pass<'_>) {
    let look = pass.look;
    let board = &pass.state.bulk.board;
    if let Some(session) = pass.state.bulk.session.as_ref().filter(|session| session.paused) {
        label_with_clock(ui, look, "The session is paused");
        let words = match session.to_confirm.is_empty() {
            true => "No key is begun",
            false => "Going on asks who you are",
        };
        ui.label(look.rich(words, Size::Hint, Face::SemiBold, look.text));
        return;
    }
    if let Some((done, of)) = board.fetched.filter(|(done, of)| done < of) {
        label_with_clock(ui, look, "Challenges are fetched");
        let words = format!("{done} of {of}");
        ui.label(look.rich(words, Size::Body, Face::SemiBold, look.text));
        return;
    }
    let Some(at) = board.next_expiry else {
        label_with_clock(ui, look, "Challenges");
        ui.label(look.rich("fetched with each key", Size::Hint, Face::SemiBold, look.text));
        return;
    };
    let left = at.duration_since(jiff::Timestamp::now());
    let left = Duration::try_from(left).unwrap_or_default();
    wake_at_next_second(ui, left);
    label_with_clock(ui, look, "Next challenge ends");
    let words = format!("in {}", span_in_words(left));
    ui.label(look.rich(words, Size::Body, Face::SemiBold, look.text));
}

fn label_with_clock(ui: &mut Ui, look: &Look, text: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().interact_size.y = 16.0;
        let (icon, _) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
        Icon::Clock.paint(ui.painter(), icon, look.text_2, look.surface);
        ui.label(look.rich(text, Size::Hint, Face::Regular, look.text_2));
    });
}

fn buttons(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BoardView) {
    let look = pass.look;
    let paused = pass.state.bulk.session.as_ref().is_some_and(|session| session.paused);
    let button = match paused {
        true => Button::primary("Go on"),
        false => Button::secondary("Pause"),
    };
    if button.cap("P").small().show(ui, look).clicked() {
        pause(pass);
    }
    if Button::secondary("End…").named("End session").small().show(ui, look).clicked() {
        view.ending = true;
    }
}

/// Pauses, or goes on.
pub fn pause(pass: &mut Pass<'_>) {
    let Some(session) = &pass.state.bulk.session else { return };
    let wish = match session.paused {
        true => BulkCommand::GoOn { acts: session.to_confirm.clone() },
        false => BulkCommand::Pause,
    };
    pass.send(Command::Bulk(wish));
}
