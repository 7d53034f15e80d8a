//! A question on the person's phone waits for its answer.

use super::{check, delivery};
use crate::app::state::clean;
use crate::engine::{CheckShown, CheckState};
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Size, Tone, radius, space};
use crate::ui::widgets::{label, paint_text, separator};
use crate::verify::Channel;
use egui::{
    Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

pub fn draw(ui: &mut Ui, pass: &Pass<'_>, shown: &CheckShown) {
    let look = pass.look;
    let (heading, chip) = match shown.state {
        CheckState::Sending => ("Asking on the phone", (Tone::Accent, Icon::Running, "Sending")),
        _ => ("Asked on the phone", (Tone::Accent, Icon::Running, "Waits for the answer")),
    };
    check::title(ui, look, heading, chip);
    let app = match shown.channel {
        Channel::Push(kind) => kind.name(),
        Channel::VerifySms | Channel::MessageSms => "The phone",
    };
    let name = clean(&shown.name);
    label(ui, look.quiet(format!("{app} asks {name} whether they are calling you.")));
    delivery::steps(ui, look, shown);
    check::remark(ui, look, shown);
    ui.add_space(space::XS);
    separator(ui, look, space::XL);
    ui.add_space(space::S);
    if let Some(word) = &shown.word {
        compare(ui, pass, &clean(word));
    }
    check::countdown(ui, look, shown, "One answer");
    label(ui, look.hint("Only the person can answer, in the app that is registered for them."));
}

/// Two digits that both see: the question on the phone is of this call.
fn compare(ui: &mut Ui, pass: &Pass<'_>, word: &str) {
    let look = pass.look;
    let text = "Ask which number the phone shows. It must be this one:";
    label(ui, look.rich(text, Size::Lead, Face::SemiBold, look.text));
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 80.0), Sense::hover());
    let spoken = format!("Number to compare aloud: {word}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let painter = ui.painter();
    for (n, digit) in word.chars().take(6).enumerate() {
        let at = pos2(rect.min.x + n as f32 * 73.0, rect.min.y);
        let place = Rect::from_min_size(at, vec2(64.0, 80.0));
        let stroke = Stroke::new(2.0, look.accent_text);
        let corner = CornerRadius::same(radius::CONTROL);
        painter.rect(place, corner, look.accent_bg, stroke, StrokeKind::Inside);
        let style = (Size::Digit, Face::Mono, look.accent_text);
        paint_text(painter, place.center(), Align2::CENTER_CENTER, &digit.to_string(), style);
    }
    ui.add_space(space::XS);
}
