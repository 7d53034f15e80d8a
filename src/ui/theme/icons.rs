//! Icons, drawn on a grid of 16 with a stroke of 1.4, so that they are sharp at every size.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2};
use std::f32::consts::{PI, TAU};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Person,
    /// Two persons, one behind the other.
    People,
    Search,
    /// Magnifier with a cross.
    NotFound,
    Key,
    /// A USB security key, lying.
    Device,
    Clock,
    Sliders,
    Lock,
    Document,
    Folder,
    Plus,
    /// Four squares.
    Board,
    /// Filled circle with a tick.
    Done,
    /// Filled octagon with a cross.
    Failed,
    /// Filled triangle with a mark.
    Warning,
    /// Empty ring: not begun.
    Pending,
    /// Dashed ring: waits.
    Waiting,
    /// Ring with a quarter arc: under way.
    Running,
    /// Pill with three dots.
    Pin,
    Hourglass,
    /// Disc in a ring.
    Touch,
    /// Arrow up over a bar.
    Registering,
    /// Triangle over a bar.
    Eject,
    /// A window of a web browser.
    Browser,
    /// Opens something below.
    Chevron,
    /// A mobile.
    Phone,
    /// Plus in a ring: something is added.
    Add,
    /// From one to another.
    Arrow,
    /// Two bars: the same.
    Same,
    /// Dashed square: nothing is there.
    Blank,
    /// Minus in a ring: something is taken away.
    Remove,
    /// Shield with a tick.
    Shield,
}

impl Icon {
    /// Draws into a square; `hole` is the colour behind, for what is cut out of filled shapes.
    pub fn paint(self, painter: &Painter, square: Rect, ink: Color32, hole: Color32) {
        let weight = if self == Self::Device { FINE } else { WEIGHT };
        let pen = Pen { painter, origin: square.min, unit: square.width() / 16.0, weight, ink };
        match self {
            Self::Person => person(&pen),
            Self::People => people(&pen),
            Self::Search => search(&pen),
            Self::NotFound => not_found(&pen),
            Self::Key => key(&pen),
            Self::Device => device(&pen),
            Self::Clock => clock(&pen),
            Self::Sliders => sliders(&pen),
            Self::Lock => lock(&pen),
            Self::Document => document(&pen),
            Self::Folder => folder(&pen),
            Self::Plus => plus(&pen),
            Self::Board => board(&pen),
            Self::Done => done(&pen, hole),
            Self::Failed => failed(&pen, hole),
            Self::Warning => warning(&pen, hole),
            Self::Pending => pen.ring(8.0, 8.0, 6.6),
            Self::Waiting => dashed(&pen),
            Self::Running => running(&pen),
            Self::Pin => pin(&pen),
            Self::Hourglass => hourglass(&pen),
            Self::Touch => touch(&pen),
            Self::Registering => registering(&pen),
            Self::Eject => eject(&pen),
            Self::Browser => browser(&pen),
            Self::Phone => phone(&pen),
            Self::Add => add(&pen),
            Self::Arrow => arrow(&pen),
            Self::Same => same(&pen),
            Self::Blank => blank(&pen),
            Self::Remove => remove(&pen),
            Self::Shield => shield(&pen),
            Self::Chevron => pen.line(&[(4.0, 6.4), (8.0, 10.2), (12.0, 6.4)]),
        }
    }
}

/// Draws in the units of the grid.
struct Pen<'a> {
    painter: &'a Painter,
    origin: Pos2,
    unit: f32,
    weight: f32,
    ink: Color32,
}

const WEIGHT: f32 = 1.4;
/// For the picture of a key, which is three times as large as an icon.
const FINE: f32 = 0.5;

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Pos2 {
        pos2(self.origin.x + x * self.unit, self.origin.y + y * self.unit)
    }

    fn stroke(&self, weight: f32, ink: Color32) -> Stroke {
        Stroke::new(weight * self.unit, ink)
    }

    fn points(&self, points: &[(f32, f32)]) -> Vec<Pos2> {
        points.iter().map(|&(x, y)| self.at(x, y)).collect()
    }

    fn line(&self, points: &[(f32, f32)]) {
        self.line_in(points, self.weight, self.ink);
    }

    fn line_in(&self, points: &[(f32, f32)], weight: f32, ink: Color32) {
        self.painter.add(Shape::line(self.points(points), self.stroke(weight, ink)));
    }

    fn outline(&self, points: &[(f32, f32)]) {
        let stroke = self.stroke(self.weight, self.ink);
        self.painter.add(Shape::closed_line(self.points(points), stroke));
    }

    fn filled(&self, points: &[(f32, f32)]) {
        self.painter.add(Shape::convex_polygon(self.points(points), self.ink, Stroke::NONE));
    }

    fn ring(&self, x: f32, y: f32, radius: f32) {
        let stroke = self.stroke(self.weight, self.ink);
        self.painter.circle_stroke(self.at(x, y), radius * self.unit, stroke);
    }

    fn disc(&self, x: f32, y: f32, radius: f32, ink: Color32) {
        self.painter.circle_filled(self.at(x, y), radius * self.unit, ink);
    }

    /// From and to in radians, clockwise from the right.
    fn arc(&self, x: f32, y: f32, radius: f32, from: f32, to: f32) {
        let steps = 12;
        let points: Vec<(f32, f32)> = (0..=steps)
            .map(|n| from + (to - from) * n as f32 / steps as f32)
            .map(|angle| (x + radius * angle.cos(), y + radius * angle.sin()))
            .collect();
        self.line(&points);
    }

    fn frame(&self, left: f32, top: f32, right: f32, bottom: f32, radius: f32) {
        let rect = Rect::from_min_max(self.at(left, top), self.at(right, bottom));
        let stroke = self.stroke(self.weight, self.ink);
        self.painter.rect_stroke(rect, radius * self.unit, stroke, egui::StrokeKind::Middle);
    }
}

fn person(pen: &Pen<'_>) {
    pen.ring(8.0, 5.2, 3.1);
    pen.line(&[
        (2.2, 14.0),
        (2.5, 12.0),
        (3.6, 10.6),
        (5.2, 10.0),
        (10.8, 10.0),
        (12.4, 10.6),
        (13.5, 12.0),
        (13.8, 14.0),
        (2.2, 14.0),
    ]);
}

fn people(pen: &Pen<'_>) {
    pen.ring(5.8, 5.4, 2.7);
    pen.line(&[
        (0.9, 13.6),
        (1.2, 11.6),
        (2.6, 10.2),
        (9.0, 10.2),
        (10.4, 11.6),
        (10.7, 13.6),
        (0.9, 13.6),
    ]);
    pen.arc(10.4, 5.4, 2.7, -PI / 2.0, PI / 2.0);
    pen.line(&[(12.0, 10.2), (13.4, 10.2), (14.8, 11.6), (15.1, 13.6), (13.0, 13.6)]);
}

fn browser(pen: &Pen<'_>) {
    pen.frame(1.4, 2.6, 14.6, 13.4, 1.2);
    pen.line(&[(1.4, 6.0), (14.6, 6.0)]);
    pen.disc(3.8, 4.3, 0.7, pen.ink);
    pen.disc(6.0, 4.3, 0.7, pen.ink);
}

fn search(pen: &Pen<'_>) {
    pen.ring(6.8, 6.8, 4.4);
    pen.line(&[(10.1, 10.1), (14.0, 14.0)]);
}

fn not_found(pen: &Pen<'_>) {
    search(pen);
    pen.line(&[(5.2, 5.2), (8.4, 8.4)]);
    pen.line(&[(8.4, 5.2), (5.2, 8.4)]);
}

fn key(pen: &Pen<'_>) {
    pen.ring(4.4, 8.0, 2.9);
    pen.line(&[(7.3, 8.0), (14.6, 8.0), (14.6, 10.8)]);
    pen.line(&[(11.6, 8.0), (11.6, 10.2)]);
}

fn device(pen: &Pen<'_>) {
    pen.frame(0.6, 5.2, 11.0, 10.8, 1.0);
    pen.ring(7.0, 8.0, 1.6);
    pen.ring(2.6, 8.0, 0.5);
    pen.frame(11.0, 5.8, 15.4, 10.2, 0.2);
    pen.line(&[(13.0, 7.3), (14.2, 7.3)]);
    pen.line(&[(13.0, 8.7), (14.2, 8.7)]);
}

fn clock(pen: &Pen<'_>) {
    pen.ring(8.0, 8.0, 6.4);
    pen.line(&[(8.0, 4.4), (8.0, 8.2), (10.6, 9.8)]);
}

fn sliders(pen: &Pen<'_>) {
    pen.line(&[(1.4, 5.0), (8.8, 5.0)]);
    pen.line(&[(12.4, 5.0), (14.6, 5.0)]);
    pen.ring(10.6, 5.0, 1.8);
    pen.line(&[(1.4, 11.0), (3.6, 11.0)]);
    pen.line(&[(7.2, 11.0), (14.6, 11.0)]);
    pen.ring(5.4, 11.0, 1.8);
}

fn lock(pen: &Pen<'_>) {
    pen.frame(3.4, 7.2, 12.6, 14.0, 1.2);
    pen.line(&[(5.4, 7.2), (5.4, 4.8)]);
    pen.line(&[(10.6, 7.2), (10.6, 4.8)]);
    pen.arc(8.0, 4.8, 2.6, PI, TAU);
}

fn document(pen: &Pen<'_>) {
    pen.outline(&[(3.4, 1.8), (9.6, 1.8), (12.6, 4.8), (12.6, 14.2), (3.4, 14.2)]);
    pen.line(&[(5.8, 8.0), (10.2, 8.0)]);
    pen.line(&[(5.8, 11.0), (10.2, 11.0)]);
}

fn folder(pen: &Pen<'_>) {
    pen.outline(&[(1.8, 3.4), (6.2, 3.4), (7.6, 5.2), (14.2, 5.2), (14.2, 12.8), (1.8, 12.8)]);
}

fn plus(pen: &Pen<'_>) {
    pen.line(&[(8.0, 2.8), (8.0, 13.2)]);
    pen.line(&[(2.8, 8.0), (13.2, 8.0)]);
}

fn board(pen: &Pen<'_>) {
    for (x, y) in [(1.8, 1.8), (9.2, 1.8), (1.8, 9.2), (9.2, 9.2)] {
        pen.frame(x, y, x + 5.0, y + 5.0, 1.0);
    }
}

fn done(pen: &Pen<'_>, hole: Color32) {
    pen.disc(8.0, 8.0, 7.6, pen.ink);
    pen.line_in(&[(4.6, 8.3), (7.0, 10.6), (11.4, 5.8)], 1.8, hole);
}

fn failed(pen: &Pen<'_>, hole: Color32) {
    let points: Vec<(f32, f32)> = (0..8)
        .map(|n| PI / 8.0 + n as f32 * PI / 4.0)
        .map(|angle| (8.0 + 7.8 * angle.cos(), 8.0 + 7.8 * angle.sin()))
        .collect();
    pen.filled(&points);
    pen.line_in(&[(5.4, 5.4), (10.6, 10.6)], 1.8, hole);
    pen.line_in(&[(10.6, 5.4), (5.4, 10.6)], 1.8, hole);
}

fn warning(pen: &Pen<'_>, hole: Color32) {
    pen.filled(&[(8.0, 1.2), (15.4, 14.4), (0.6, 14.4)]);
    pen.line_in(&[(8.0, 6.0), (8.0, 10.0)], 1.7, hole);
    pen.disc(8.0, 12.2, 1.0, hole);
}

fn dashed(pen: &Pen<'_>) {
    let dashes = 8;
    for n in 0..dashes {
        let from = TAU * n as f32 / dashes as f32;
        pen.arc(8.0, 8.0, 6.4, from, from + TAU / dashes as f32 * 0.6);
    }
}

fn running(pen: &Pen<'_>) {
    let faint = Pen { ink: pen.ink.gamma_multiply(0.3), ..*pen };
    faint.ring(8.0, 8.0, 6.4);
    pen.arc(8.0, 8.0, 6.4, -PI / 2.0, 0.0);
}

fn pin(pen: &Pen<'_>) {
    pen.frame(0.9, 3.8, 15.1, 12.2, 3.0);
    for x in [4.6, 8.0, 11.4] {
        pen.disc(x, 8.0, 1.1, pen.ink);
    }
}

fn hourglass(pen: &Pen<'_>) {
    pen.line(&[(3.4, 1.8), (12.6, 1.8)]);
    pen.line(&[(3.4, 14.2), (12.6, 14.2)]);
    pen.line(&[(4.6, 1.8), (4.6, 4.4), (11.4, 11.6), (11.4, 14.2)]);
    pen.line(&[(11.4, 1.8), (11.4, 4.4), (4.6, 11.6), (4.6, 14.2)]);
}

fn touch(pen: &Pen<'_>) {
    pen.ring(8.0, 8.0, 6.9);
    pen.disc(8.0, 8.0, 3.6, pen.ink);
}

fn registering(pen: &Pen<'_>) {
    pen.line(&[(8.0, 2.0), (8.0, 10.8)]);
    pen.line(&[(4.4, 5.6), (8.0, 2.0), (11.6, 5.6)]);
    pen.line(&[(2.6, 13.8), (13.4, 13.8)]);
}

fn eject(pen: &Pen<'_>) {
    pen.filled(&[(8.0, 2.4), (14.0, 9.6), (2.0, 9.6)]);
    pen.line_in(&[(1.8, 12.6), (14.2, 12.6)], 2.4, pen.ink);
}

fn phone(pen: &Pen<'_>) {
    pen.frame(4.0, 1.2, 12.0, 14.8, 1.6);
    pen.line(&[(6.8, 12.4), (9.2, 12.4)]);
}

fn add(pen: &Pen<'_>) {
    pen.ring(8.0, 8.0, 6.6);
    pen.line(&[(8.0, 4.8), (8.0, 11.2)]);
    pen.line(&[(4.8, 8.0), (11.2, 8.0)]);
}

fn remove(pen: &Pen<'_>) {
    pen.ring(8.0, 8.0, 6.6);
    pen.line(&[(4.8, 8.0), (11.2, 8.0)]);
}

fn shield(pen: &Pen<'_>) {
    pen.outline(&[
        (8.0, 1.4),
        (13.8, 3.4),
        (13.8, 8.0),
        (12.6, 11.0),
        (10.6, 13.2),
        (8.0, 14.8),
        (5.4, 13.2),
        (3.4, 11.0),
        (2.2, 8.0),
        (2.2, 3.4),
    ]);
    pen.line(&[(5.2, 8.0), (7.2, 10.0), (10.8, 6.0)]);
}

fn arrow(pen: &Pen<'_>) {
    pen.line(&[(1.8, 8.0), (14.0, 8.0)]);
    pen.line(&[(9.8, 4.0), (14.0, 8.0), (9.8, 12.0)]);
}

fn same(pen: &Pen<'_>) {
    pen.line(&[(2.6, 5.6), (13.4, 5.6)]);
    pen.line(&[(2.6, 10.4), (13.4, 10.4)]);
}

/// Corners and the middles of the sides.
fn blank(pen: &Pen<'_>) {
    let (low, high) = (2.2, 13.8);
    for (from, to) in [(low, 4.6), (6.8, 9.2), (11.4, high)] {
        pen.line(&[(from, low), (to, low)]);
        pen.line(&[(from, high), (to, high)]);
        pen.line(&[(low, from), (low, to)]);
        pen.line(&[(high, from), (high, to)]);
    }
}
