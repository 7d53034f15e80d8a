//! The first start: two big choices.

use super::theme::{Face, Icon, Look, Size, radius, space};
use super::widgets::paint_text;
use super::{Pass, Place, View};
use crate::engine::Command;
use egui::{
    Align2, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

const CHOICE: Vec2 = vec2(420.0, 216.0);

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let look = pass.look;
    let area = ui.max_rect();
    let stacked = area.width() < CHOICE.x * 2.0 + space::XL * 3.0;
    let width = if stacked { (area.width() - 48.0).min(CHOICE.x) } else { CHOICE.x };
    let height = if stacked { 132.0 } else { CHOICE.y };
    let total = if stacked { height * 2.0 + space::L } else { height };
    let top = (area.center().y - total / 2.0).max(area.min.y + 104.0);
    let style = (Size::Figure, Face::SemiBold, look.text);
    let at = pos2(area.center().x, top - 72.0);
    ui.painter().text(
        at,
        Align2::CENTER_CENTER,
        "Welcome to Keydesk",
        style.1.font(style.0),
        style.2,
    );
    let at = pos2(area.center().x, top - 36.0);
    let style = (Size::Lead, Face::Regular, look.text_2);
    let text = "One person gets one security key. How do you want to begin?";
    if area.width() > 480.0 {
        paint_text(ui.painter(), at, Align2::CENTER_CENTER, text, style);
    }
    let (first, second) = places(area, (width, height), top, stacked);
    let practise = choice(
        ui,
        look,
        first,
        (Icon::Device, "Practise with a simulated company"),
        "People, a directory and security keys, all inside this computer. Nothing leaves it.",
    );
    let connect = choice(
        ui,
        look,
        second,
        (Icon::Key, "Connect your directory…"),
        "Microsoft Entra ID, by an app registration, or a privacyIDEA server of your own.",
    );
    if practise.clicked() {
        pass.send(Command::Practise);
    }
    if connect.clicked() {
        view.place = Place::Settings;
    }
}

fn places(area: Rect, (w, h): (f32, f32), top: f32, stacked: bool) -> (Rect, Rect) {
    let size = vec2(w, h);
    if stacked {
        let x = area.center().x - w / 2.0;
        let first = Rect::from_min_size(pos2(x, top), size);
        (first, first.translate(vec2(0.0, h + space::L)))
    } else {
        let left = pos2(area.center().x - w - space::XL / 2.0, top);
        let right = pos2(area.center().x + space::XL / 2.0, top);
        (Rect::from_min_size(left, size), Rect::from_min_size(right, size))
    }
}

fn choice(
    ui: &mut Ui,
    look: &Look,
    rect: Rect,
    (icon, name): (Icon, &str),
    text: &str,
) -> Response {
    let response = ui.allocate_rect(rect, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let painter = ui.painter().with_clip_rect(rect.expand(4.0));
    let stroke = if response.hovered() || response.has_focus() {
        Stroke::new(2.0, look.accent_text)
    } else {
        Stroke::new(1.0, look.stroke_strong)
    };
    let corner = CornerRadius::same(radius::CARD);
    painter.rect(rect, corner, look.surface, stroke, StrokeKind::Inside);
    let x = rect.min.x + space::XL;
    let compact = rect.height() < 180.0;
    let mut y = rect.min.y + space::XL;
    if !compact {
        let tile = Rect::from_min_size(pos2(x, y), Vec2::splat(64.0));
        painter.rect_filled(tile, CornerRadius::same(radius::CONTROL), look.accent_bg);
        icon.paint(&painter, tile.shrink(12.0), look.accent_text, look.accent_bg);
        y += 64.0 + space::L;
    }
    let mut job = egui::text::LayoutJob::simple(
        name.to_owned(),
        Face::SemiBold.font(Size::Title),
        look.text,
        rect.width() - space::XL * 2.0,
    );
    job.break_on_newline = false;
    let title = painter.layout_job(job);
    let below = y + title.size().y + space::S;
    painter.galley(pos2(x, y), title, look.text);
    let text = painter.layout(
        text.to_owned(),
        Face::Regular.font(Size::Body),
        look.text_2,
        rect.width() - space::XL * 2.0,
    );
    painter.galley(pos2(x, below), text, look.text_2);
    response
}
