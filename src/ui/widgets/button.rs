//! Buttons with their key inside, and key caps.

use super::text::paint_text;
use crate::ui::theme::{Face, Icon, Look, Size, radius, size, space};
use egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

/// A button. Its accessible name is its text, without the key.
pub struct Button<'a> {
    text: &'a str,
    name: Option<&'a str>,
    cap: Option<&'a str>,
    icon: Option<Icon>,
    kind: Kind,
    height: f32,
    at_least: f32,
    enabled: bool,
    shown: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Primary,
    Secondary,
    /// Text in the accent, without an edge.
    Quiet,
}

impl<'a> Button<'a> {
    /// The one obvious next step.
    pub fn primary(text: &'a str) -> Self {
        Self::new(text, Kind::Primary)
    }

    pub fn secondary(text: &'a str) -> Self {
        Self::new(text, Kind::Secondary)
    }

    pub fn quiet(text: &'a str) -> Self {
        Self::new(text, Kind::Quiet).small()
    }

    fn new(text: &'a str, kind: Kind) -> Self {
        Self {
            text,
            name: None,
            cap: None,
            icon: None,
            kind,
            height: size::BUTTON,
            at_least: 0.0,
            enabled: true,
            shown: true,
        }
    }

    /// The key that presses the button.
    pub fn cap(mut self, key: &'a str) -> Self {
        self.cap = Some(key);
        self
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// An accessible name other than the text, for signs.
    pub fn named(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    pub fn small(mut self) -> Self {
        self.height = size::BUTTON_SMALL;
        self
    }

    /// Low enough for a row of a list, where it is seen when it is `shown` or has the focus;
    /// assistive technologies and the Tab key find it always.
    pub fn in_row(mut self, shown: bool) -> Self {
        self.height = size::RESULT_ROW - 4.0;
        self.shown = shown;
        self
    }

    /// As wide as this (points), its words in the middle.
    pub fn at_least(mut self, width: f32) -> Self {
        self.at_least = width;
        self
    }

    /// Taller, for the only button of a screen.
    pub fn big(mut self) -> Self {
        self.height = size::BUTTON_BIG;
        self
    }

    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Where there is no room for all of it, the key inside goes first.
    pub fn fitting(self, ui: &Ui) -> Self {
        self.fitting_beside(ui, 0.0)
    }

    /// The same where so much of the room is for something else.
    pub fn fitting_beside(mut self, ui: &Ui, taken: f32) -> Self {
        if self.width(ui) + taken > ui.available_width() {
            self.cap = None;
        }
        self
    }

    pub fn width(&self, ui: &Ui) -> f32 {
        let pad = if self.height < size::BUTTON { space::M } else { space::L };
        (pad * 2.0 + self.content(ui)).ceil().max(self.at_least)
    }

    fn content(&self, ui: &Ui) -> f32 {
        let text = ui
            .painter()
            .layout_no_wrap(
                self.text.to_owned(),
                Face::SemiBold.font(Size::Body),
                Color32::PLACEHOLDER,
            )
            .size()
            .x;
        let cap = self.cap.map_or(0.0, |cap| space::S + key_cap_width(ui.painter(), cap));
        let icon = self.icon.map_or(0.0, |_| 16.0 + space::S);
        text + cap + icon
    }

    pub fn show(self, ui: &mut Ui, look: &Look) -> Response {
        let size = vec2(self.width(ui), self.height);
        let (_, rect) = ui.allocate_space(size);
        // Known by its name, so that the focus stays when a message appears above.
        let response = ui.interact(
            rect,
            ui.make_persistent_id(("button", self.name.unwrap_or(self.text))),
            self.sense(),
        );
        self.finish(ui, look, rect, response)
    }

    fn sense(&self) -> Sense {
        if self.enabled { Sense::click() } else { Sense::hover() }
    }

    fn finish(self, ui: &Ui, look: &Look, rect: Rect, response: Response) -> Response {
        let (text, enabled) = (self.name.unwrap_or(self.text), self.enabled);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
        let shown = self.shown || response.has_focus() || response.hovered();
        if shown && ui.is_rect_visible(rect) {
            self.paint(ui, look, rect, &response);
        }
        response
    }

    fn paint(&self, ui: &Ui, look: &Look, rect: Rect, response: &Response) {
        let painter = ui.painter();
        let (fill, ink, stroke) = self.colours(look, response);
        let corner = CornerRadius::same(radius::CONTROL);
        painter.rect(rect, corner, fill, stroke, StrokeKind::Inside);
        if response.has_focus() {
            focus_ring(painter, look, rect);
        }
        let mut x = rect.center().x - self.content(ui) / 2.0;
        if let Some(icon) = self.icon {
            let square = Rect::from_center_size(pos2(x + 8.0, rect.center().y), Vec2::splat(16.0));
            icon.paint(painter, square, ink, fill);
            x += 16.0 + space::S;
        }
        let at = pos2(x, rect.center().y);
        let text = paint_text(
            painter,
            at,
            Align2::LEFT_CENTER,
            self.text,
            (Size::Body, Face::SemiBold, ink),
        );
        if let Some(cap) = self.cap {
            let edge = if self.kind == Kind::Primary { ink } else { look.stroke_strong };
            let edge = if self.enabled { edge } else { look.stroke };
            key_cap(painter, pos2(text.max.x + space::S, rect.center().y), cap, ink, edge);
        }
    }

    fn colours(&self, look: &Look, response: &Response) -> (Color32, Color32, Stroke) {
        let hovered = response.hovered() && self.enabled;
        match self.kind {
            _ if !self.enabled => (look.sunken, look.text_3, Stroke::new(1.0, look.stroke)),
            Kind::Primary => {
                let fill = if hovered { look.accent.gamma_multiply(0.9) } else { look.accent };
                (fill, look.on_accent, Stroke::NONE)
            }
            Kind::Secondary => {
                let fill = if hovered { look.sunken } else { look.surface };
                (fill, look.text, Stroke::new(1.0, look.stroke_strong))
            }
            Kind::Quiet => {
                let fill = if hovered { look.accent_bg } else { Color32::TRANSPARENT };
                (fill, look.accent_text, Stroke::NONE)
            }
        }
    }
}

/// The edge that says which control the keyboard goes to.
pub fn focus_ring(painter: &Painter, look: &Look, rect: Rect) {
    let corner = CornerRadius::same(radius::CONTROL + 2);
    let stroke = Stroke::new(2.0, look.text);
    painter.rect_stroke(rect.expand(3.0), corner, stroke, StrokeKind::Inside);
}

const CAP_HEIGHT: f32 = 20.0;

/// Width of a key cap in points.
pub fn key_cap_width(painter: &Painter, key: &str) -> f32 {
    let text = painter.layout_no_wrap(
        key.to_owned(),
        Face::SemiBold.font(Size::Hint),
        Color32::PLACEHOLDER,
    );
    (text.size().x + space::L).ceil().max(24.0)
}

/// A key of the keyboard, its left edge's middle at `at`.
pub fn key_cap(painter: &Painter, at: Pos2, key: &str, ink: Color32, edge: Color32) -> Rect {
    let rect = Rect::from_min_size(
        pos2(at.x, at.y - CAP_HEIGHT / 2.0),
        vec2(key_cap_width(painter, key), CAP_HEIGHT),
    );
    let corner = CornerRadius::same(radius::CHIP);
    painter.rect_stroke(rect, corner, Stroke::new(1.0, edge), StrokeKind::Inside);
    paint_text(
        painter,
        rect.center(),
        Align2::CENTER_CENTER,
        key,
        (Size::Hint, Face::SemiBold, ink),
    );
    rect
}
