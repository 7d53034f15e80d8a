//! The palette in its three themes and three tenant accents.
//!
//! Every pair of text and background has a contrast of at least 4.5 (WCAG 2.x).

use crate::settings::{Accent, ThemeChoice};
use egui::Color32;

/// Every colour on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub dark: bool,
    pub bg: Color32,
    pub surface: Color32,
    pub sunken: Color32,
    pub stroke: Color32,
    pub stroke_strong: Color32,
    pub text: Color32,
    pub text_2: Color32,
    pub text_3: Color32,
    pub ok: Pair,
    pub warn: Pair,
    pub bad: Pair,
    pub idle: Pair,
    pub touch: Pair,
    pub practice: Pair,
    /// The tenant's colour as a fill, and the text on it.
    pub accent: Color32,
    pub on_accent: Color32,
    /// The tenant's colour as text, on a surface or on `accent_bg`.
    pub accent_text: Color32,
    pub accent_bg: Color32,
}

/// Text or symbol, and what it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub ink: Color32,
    pub fill: Color32,
}

/// What a chip or a symbol says by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Warn,
    Bad,
    Idle,
    Accent,
    Touch,
}

impl Look {
    /// `system_is_dark` decides only where the operator chose to follow the system.
    pub fn new(theme: ThemeChoice, accent: Accent, system_is_dark: bool) -> Self {
        let base = match theme {
            ThemeChoice::HighContrast => high_contrast(),
            ThemeChoice::Dark => dark(),
            ThemeChoice::System if system_is_dark => dark(),
            ThemeChoice::Light | ThemeChoice::System => light(),
        };
        let colours = match theme {
            ThemeChoice::HighContrast => accent_high_contrast(accent),
            _ if base.dark => accent_dark(accent),
            _ => accent_light(accent),
        };
        let [fill, on, bg] = colours.map(hex);
        Self { accent: fill, on_accent: on, accent_text: fill, accent_bg: bg, ..base }
    }

    /// Another tenant's colour in the same theme.
    pub fn of_accent(&self, accent: Accent) -> Color32 {
        let colours = match (self.needs_edges(), self.dark) {
            (true, _) => accent_high_contrast(accent),
            (false, true) => accent_dark(accent),
            (false, false) => accent_light(accent),
        };
        hex(colours[0])
    }

    pub fn tone(&self, tone: Tone) -> Pair {
        match tone {
            Tone::Ok => self.ok,
            Tone::Warn => self.warn,
            Tone::Bad => self.bad,
            Tone::Idle => self.idle,
            Tone::Accent => Pair { ink: self.accent_text, fill: self.accent_bg },
            Tone::Touch => self.touch,
        }
    }

    /// High contrast marks areas by edges, not by fills.
    pub fn needs_edges(&self) -> bool {
        self.bg == self.surface
    }
}

const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

const fn pair(ink: u32, fill: u32) -> Pair {
    Pair { ink: hex(ink), fill: hex(fill) }
}

fn light() -> Look {
    Look {
        dark: false,
        bg: hex(0xF3F5F8),
        surface: hex(0xFFFFFF),
        sunken: hex(0xE9ECF1),
        stroke: hex(0xD3D8E0),
        stroke_strong: hex(0x7C8696),
        text: hex(0x161A21),
        text_2: hex(0x454E5C),
        text_3: hex(0x5A6473),
        ok: pair(0x17703A, 0xE2F3E8),
        warn: pair(0x874A00, 0xFDEFD8),
        bad: pair(0xB0241C, 0xFCE7E5),
        idle: pair(0x454E5C, 0xE9ECF1),
        touch: pair(0x161A21, 0xFFCC00),
        practice: pair(0xFFFFFF, 0x2A2F38),
        ..BLANK
    }
}

fn dark() -> Look {
    Look {
        dark: true,
        bg: hex(0x14171C),
        surface: hex(0x1D2229),
        sunken: hex(0x0F1216),
        stroke: hex(0x363E4A),
        stroke_strong: hex(0x76818F),
        text: hex(0xEEF1F5),
        text_2: hex(0xBAC2CE),
        text_3: hex(0x9CA6B4),
        ok: pair(0x62D48C, 0x17301F),
        warn: pair(0xF5A868, 0x38240F),
        bad: pair(0xFF9A92, 0x3B1A18),
        idle: pair(0xBAC2CE, 0x272D36),
        touch: pair(0x161A21, 0xFFCC00),
        practice: pair(0xFFFFFF, 0x2A2F38),
        ..BLANK
    }
}

fn high_contrast() -> Look {
    Look {
        dark: true,
        bg: hex(0x000000),
        surface: hex(0x000000),
        sunken: hex(0x000000),
        stroke: hex(0xFFFFFF),
        stroke_strong: hex(0xFFFFFF),
        text: hex(0xFFFFFF),
        text_2: hex(0xFFFFFF),
        text_3: hex(0xE0E0E0),
        ok: pair(0x4DFF7C, 0x000000),
        warn: pair(0xFFB366, 0x000000),
        bad: pair(0xFF9E96, 0x000000),
        idle: pair(0xFFFFFF, 0x000000),
        touch: pair(0x000000, 0xFFFF00),
        practice: pair(0xFFFFFF, 0x000000),
        ..BLANK
    }
}

/// Fill, text on the fill, background behind text of the accent.
fn accent_light(accent: Accent) -> [u32; 3] {
    match accent {
        Accent::Blue => [0x1D5BB8, 0xFFFFFF, 0xE4EDFA],
        Accent::Teal => [0x0B6767, 0xFFFFFF, 0xDFF1F0],
        Accent::Violet => [0x5B3FC4, 0xFFFFFF, 0xECE8FB],
    }
}

fn accent_dark(accent: Accent) -> [u32; 3] {
    match accent {
        Accent::Blue => [0x8AB4F8, 0x0B1A33, 0x1B2A44],
        Accent::Teal => [0x5CC8C2, 0x04201E, 0x12312F],
        Accent::Violet => [0xB9A5FF, 0x17102E, 0x2B2545],
    }
}

fn accent_high_contrast(accent: Accent) -> [u32; 3] {
    match accent {
        Accent::Blue => [0x7AB8FF, 0x000000, 0x000000],
        Accent::Teal => [0x4DF0E0, 0x000000, 0x000000],
        Accent::Violet => [0xD0B8FF, 0x000000, 0x000000],
    }
}

const NONE: Color32 = Color32::BLACK;
const NO_PAIR: Pair = Pair { ink: NONE, fill: NONE };
/// What the three themes fill in.
const BLANK: Look = Look {
    dark: false,
    bg: NONE,
    surface: NONE,
    sunken: NONE,
    stroke: NONE,
    stroke_strong: NONE,
    text: NONE,
    text_2: NONE,
    text_3: NONE,
    ok: NO_PAIR,
    warn: NO_PAIR,
    bad: NO_PAIR,
    idle: NO_PAIR,
    touch: NO_PAIR,
    practice: NO_PAIR,
    accent: NONE,
    on_accent: NONE,
    accent_text: NONE,
    accent_bg: NONE,
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio (WCAG 2.x).
    fn contrast(a: Color32, b: Color32) -> f64 {
        let channel = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |c: Color32| {
            0.2126 * channel(c.r()) + 0.7152 * channel(c.g()) + 0.0722 * channel(c.b())
        };
        let (x, y) = (luminance(a) + 0.05, luminance(b) + 0.05);
        if x > y { x / y } else { y / x }
    }

    #[test]
    fn every_text_can_be_read_on_its_background() {
        for theme in [ThemeChoice::Light, ThemeChoice::Dark, ThemeChoice::HighContrast] {
            for accent in [Accent::Blue, Accent::Teal, Accent::Violet] {
                let l = Look::new(theme, accent, false);
                let pairs = [
                    (l.text, l.bg),
                    (l.text, l.surface),
                    (l.text_2, l.bg),
                    (l.text_2, l.sunken),
                    (l.text_3, l.bg),
                    (l.text_3, l.sunken),
                    (l.ok.ink, l.ok.fill),
                    (l.warn.ink, l.warn.fill),
                    (l.bad.ink, l.bad.fill),
                    (l.idle.ink, l.idle.fill),
                    (l.touch.ink, l.touch.fill),
                    (l.practice.ink, l.practice.fill),
                    (l.on_accent, l.accent),
                    (l.accent_text, l.accent_bg),
                    (l.accent_text, l.surface),
                ];
                for (n, (ink, fill)) in pairs.into_iter().enumerate() {
                    assert!(contrast(ink, fill) >= 4.5, "{theme:?} {accent:?} pair {n}");
                }
            }
        }
    }

    #[test]
    fn the_system_decides_only_when_asked() {
        assert!(Look::new(ThemeChoice::System, Accent::Blue, true).dark);
        assert!(!Look::new(ThemeChoice::System, Accent::Blue, false).dark);
        assert!(!Look::new(ThemeChoice::Light, Accent::Blue, true).dark);
    }
}
