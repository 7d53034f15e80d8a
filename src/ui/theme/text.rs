//! Type: Inter in two weights, JetBrains Mono for what is compared digit by digit.

use super::Look;
use egui::{Color32, FontData, FontDefinitions, FontFamily, FontId, RichText, TextStyle};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Name of the family of Inter 600; egui has no synthetic bold.
pub const SEMIBOLD: &str = "semibold";
/// Name of JetBrains Mono's font data.
pub const MONO: &str = "mono";
const REGULAR: &str = "regular";

/// Size and line height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Rail,
    Hint,
    Body,
    Lead,
    Title,
    Figure,
    HeadFigure,
    Digit,
    /// "Touch now" on a slot's card.
    SlotTouch,
    Touch,
}

impl Size {
    /// Font size in points.
    pub fn points(self) -> f32 {
        match self {
            Self::Rail => 11.0,
            Self::Hint => 12.0,
            Self::Body => 14.0,
            Self::Lead => 16.0,
            Self::Title => 20.0,
            Self::Figure => 28.0,
            Self::HeadFigure => 36.0,
            Self::Digit => 40.0,
            Self::SlotTouch => 48.0,
            Self::Touch => 60.0,
        }
    }

    /// Line height in points.
    pub fn line(self) -> f32 {
        match self {
            Self::Rail => 14.0,
            Self::Hint => 16.0,
            Self::Body => 20.0,
            Self::Lead | Self::Title => 24.0,
            Self::Figure => 32.0,
            Self::HeadFigure => 40.0,
            Self::Digit => 48.0,
            Self::SlotTouch => 56.0,
            Self::Touch => 72.0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Regular,
    SemiBold,
    Mono,
}

impl Face {
    pub fn font(self, size: Size) -> FontId {
        FontId::new(size.points(), self.family())
    }

    fn family(self) -> FontFamily {
        match self {
            Self::Regular => FontFamily::Proportional,
            Self::SemiBold => FontFamily::Name(SEMIBOLD.into()),
            Self::Mono => FontFamily::Monospace,
        }
    }
}

impl Look {
    pub fn rich(&self, text: impl Into<String>, size: Size, face: Face, ink: Color32) -> RichText {
        RichText::new(text).font(face.font(size)).line_height(Some(size.line())).color(ink)
    }

    /// Ordinary text.
    pub fn body(&self, text: impl Into<String>) -> RichText {
        self.rich(text, Size::Body, Face::Regular, self.text)
    }

    pub fn strong(&self, text: impl Into<String>) -> RichText {
        self.rich(text, Size::Body, Face::SemiBold, self.text)
    }

    /// Body text that steps back.
    pub fn quiet(&self, text: impl Into<String>) -> RichText {
        self.rich(text, Size::Body, Face::Regular, self.text_2)
    }

    pub fn hint(&self, text: impl Into<String>) -> RichText {
        self.rich(text, Size::Hint, Face::Regular, self.text_3)
    }

    pub fn title(&self, text: impl Into<String>) -> RichText {
        self.rich(text, Size::Title, Face::SemiBold, self.text)
    }

    pub fn mono(&self, text: impl Into<String>) -> RichText {
        self.rich(text, Size::Body, Face::Mono, self.text)
    }
}

/// The fonts that come with the program; other scripts come from the system.
pub fn font_definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let bundled: [(&str, &'static [u8]); 3] = [
        (REGULAR, include_bytes!("../../../assets/fonts/Inter-Regular.otf")),
        (SEMIBOLD, include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")),
        (MONO, include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf")),
    ];
    for (name, bytes) in bundled {
        fonts.font_data.insert(name.into(), Arc::new(FontData::from_static(bytes)));
    }
    fonts.families = BTreeMap::from([
        (FontFamily::Proportional, chain(&[REGULAR])),
        (FontFamily::Name(SEMIBOLD.into()), chain(&[SEMIBOLD, REGULAR])),
        (FontFamily::Monospace, chain(&[MONO, REGULAR])),
    ]);
    fonts.font_data.retain(|name, _| [REGULAR, SEMIBOLD, MONO].contains(&name.as_str()));
    fonts
}

pub(super) fn styles() -> BTreeMap<TextStyle, FontId> {
    BTreeMap::from([
        (TextStyle::Small, Face::Regular.font(Size::Hint)),
        (TextStyle::Body, Face::Regular.font(Size::Body)),
        (TextStyle::Button, Face::SemiBold.font(Size::Body)),
        (TextStyle::Heading, Face::SemiBold.font(Size::Title)),
        (TextStyle::Monospace, Face::Mono.font(Size::Body)),
    ])
}

fn chain(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
