//! The practice company's phones: texts that came, and questions to answer.
//!
//! Texts hold codes. The person at the phone reads them by eye: they are drawn, and assistive
//! technologies hear only that there is one.

use crate::app::state::{clean, clock_time};
use crate::engine::{BenchCommand, Command, PracticePhone, PracticePush, PracticeText};
use crate::services::messaging::PushAnswer;
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, radius, space};
use crate::ui::widgets::{Button, card, label, separator, truncated};
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{CornerRadius, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

/// Older ones are on the phone too, but of no use here.
const TEXTS_SHOWN: usize = 3;

const ANSWERS: [(PushAnswer, &str); 3] = [
    (PushAnswer::Approved, "Approve"),
    (PushAnswer::Denied, "Deny"),
    (PushAnswer::NotMe, "It wasn't me"),
];

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>) {
    let state = pass.state;
    let phones = &state.verify.practice_phones;
    let busy = |phone: &&PracticePhone| !phone.texts.is_empty() || !phone.pushes.is_empty();
    if phones.is_empty() {
        return;
    }
    let look = pass.look;
    ui.label(look.rich("Phones", Size::Body, Face::SemiBold, look.text));
    let mut shown = phones.iter().filter(busy).peekable();
    if shown.peek().is_none() {
        label(ui, look.hint("Texts and questions for the company's people appear here."));
    }
    for phone in shown {
        ui.push_id(&phone.person.0, |ui| one(ui, pass, phone));
    }
    ui.add_space(space::S);
    separator(ui, look, space::L);
}

fn one(ui: &mut Ui, pass: &mut Pass<'_>, phone: &PracticePhone) {
    let look = pass.look;
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        ui.horizontal(|ui| {
            let (square, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
            Icon::Phone.paint(ui.painter(), square, look.accent_text, look.surface);
            truncated(ui, look.strong(clean(&phone.name)));
        });
        for push in &phone.pushes {
            ui.push_id(&push.id, |ui| question(ui, pass, push));
        }
        for text in phone.texts.iter().take(TEXTS_SHOWN) {
            message(ui, look, text);
        }
    });
}

fn question(ui: &mut Ui, pass: &mut Pass<'_>, push: &PracticePush) {
    let look = pass.look;
    for (n, line) in push.lines.iter().enumerate() {
        let line = clean(line);
        label(ui, if n == 0 { look.strong(line) } else { look.quiet(line) });
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        for (answer, word) in ANSWERS {
            if Button::secondary(word).small().show(ui, look).clicked() {
                let id = push.id.clone();
                pass.send(Command::Bench(BenchCommand::AnswerPush { id, answer }));
            }
        }
    });
}

/// Painted only: no node of the accessibility tree has the words.
fn message(ui: &mut Ui, look: &Look, message: &PracticeText) {
    let width = ui.available_width();
    let format = |size: Size, ink| TextFormat {
        line_height: Some(size.line()),
        ..TextFormat::simple(Face::Regular.font(size), ink)
    };
    let mut job =
        LayoutJob::single_section(clean(message.text.expose()), format(Size::Body, look.text));
    job.wrap = TextWrapping { max_width: width - space::M * 2.0, ..TextWrapping::default() };
    let galley = ui.painter().layout_job(job);
    let at = clock_time(message.at);
    let height = galley.size().y + Size::Hint.line() + space::M * 2.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let spoken = format!("Text message, {at}, on the screen only");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let painter = ui.painter();
    let edge = if look.needs_edges() { Stroke::new(1.0, look.stroke) } else { Stroke::NONE };
    let corner = CornerRadius::same(radius::CONTROL);
    painter.rect(rect, corner, look.sunken, edge, StrokeKind::Inside);
    let inner = rect.shrink(space::M);
    let top = galley.size().y;
    painter.galley(inner.min, galley, look.text);
    let time = painter.layout_job(LayoutJob::single_section(at, format(Size::Hint, look.text_3)));
    painter.galley(inner.min + vec2(0.0, top), time, look.text_3);
}
