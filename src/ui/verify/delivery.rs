//! How far the text is: what happened, when, and what is still to come.

use crate::app::state::{clock_time, delivery_words};
use crate::engine::{CheckShown, CheckState, DeliveryStep, Sent};
use crate::problem::Problem;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, space};
use crate::ui::widgets::{paint_cut, paint_text, problem_box};
use crate::verify::Delivery;
use egui::{Align2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

/// The newest state of the text.
pub fn chip(check: &CheckShown) -> (Tone, Icon, &'static str) {
    match check.state {
        CheckState::Sending => return (Tone::Accent, Icon::Running, "Sending"),
        CheckState::Checking => return (Tone::Accent, Icon::Running, "Checking"),
        CheckState::Waiting | CheckState::Over { .. } => {}
    }
    match check.steps.last().map(|step| step.what) {
        Some(Sent::Text(Delivery::Queued)) => (Tone::Idle, Icon::Hourglass, "Queued"),
        Some(Sent::Text(Delivery::Sent)) => (Tone::Accent, Icon::Running, "On its way"),
        Some(Sent::Text(Delivery::Delivered)) => (Tone::Ok, Icon::Done, "Delivered"),
        Some(Sent::Text(Delivery::Failed(_))) => (Tone::Bad, Icon::Failed, "Not delivered"),
        Some(Sent::Text(Delivery::Untold)) => (Tone::Idle, Icon::Pending, "Not told"),
        Some(Sent::Asked) => (Tone::Accent, Icon::Running, "Asked"),
        None => (Tone::Accent, Icon::Running, "Sending"),
    }
}

pub fn steps(ui: &mut Ui, look: &Look, check: &CheckShown) {
    ui.add_space(space::XS);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for step in &check.steps {
            done(ui, look, step);
        }
        for (n, what) in ahead(check).into_iter().enumerate() {
            let is_next = n == 0;
            row(ui, look, Row { what, at: None, mark: Mark::Ahead { is_next } });
        }
    });
    let last = check.steps.last().map(|step| step.what);
    if let Some(Sent::Text(Delivery::Failed(why))) = last {
        let (what, next) = (why.what().to_owned(), why.next().to_owned());
        let problem = Problem { what, next, details: Vec::new() };
        problem_box(ui, look, (Tone::Bad, Icon::Failed), &problem, |_| {});
    }
}

fn done(ui: &mut Ui, look: &Look, step: &DeliveryStep) {
    let mark = match step.what {
        Sent::Text(Delivery::Failed(_)) => Mark::Failed,
        Sent::Text(Delivery::Untold) => Mark::Untold,
        Sent::Text(_) | Sent::Asked => Mark::Done,
    };
    let at = Some(clock_time(step.at));
    row(ui, look, Row { what: delivery_words(step.what), at, mark });
}

/// What should follow, where the service tells.
fn ahead(check: &CheckShown) -> Vec<&'static str> {
    let is_text = check.channel.is_sms();
    let all = [Delivery::Queued, Delivery::Sent, Delivery::Delivered].map(Sent::Text);
    let all: &[Sent] = if is_text { &all } else { &[Sent::Asked] };
    let from = match check.steps.last().map(|step| step.what) {
        Some(Sent::Text(Delivery::Failed(_) | Delivery::Untold)) => return Vec::new(),
        Some(last) => all.iter().position(|what| *what == last).map_or(all.len(), |at| at + 1),
        None => 0,
    };
    all.iter().skip(from).map(|what| delivery_words(*what)).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Done,
    Failed,
    Untold,
    Ahead { is_next: bool },
}

struct Row {
    what: &'static str,
    at: Option<String>,
    mark: Mark,
}

fn row(ui: &mut Ui, look: &Look, row: Row) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    let spoken = match (&row.at, row.mark) {
        (Some(at), _) => format!("{}, {at}", row.what),
        (None, _) => format!("{}: not yet", row.what),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let painter = ui.painter();
    let (icon, ink, text) = match row.mark {
        Mark::Done => (Icon::Done, look.ok.ink, look.text),
        Mark::Failed => (Icon::Failed, look.bad.ink, look.bad.ink),
        Mark::Untold => (Icon::Pending, look.text_3, look.text_2),
        Mark::Ahead { is_next: true } => (Icon::Running, look.accent_text, look.text_2),
        Mark::Ahead { is_next: false } => (Icon::Waiting, look.text_3, look.text_3),
    };
    let y = rect.center().y;
    let square = Rect::from_center_size(pos2(rect.min.x + 10.0, y), Vec2::splat(20.0));
    icon.paint(painter, square, ink, look.surface);
    let face = if row.at.is_some() { Face::SemiBold } else { Face::Regular };
    let right = rect.max.x - 80.0;
    paint_cut(painter, pos2(rect.min.x + 32.0, y), right, row.what, (Size::Body, face, text));
    if let Some(at) = &row.at {
        let style = (Size::Hint, Face::Mono, look.text_2);
        paint_text(painter, pos2(rect.max.x, y), Align2::RIGHT_CENTER, at, style);
    }
}
