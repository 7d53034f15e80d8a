//! Words on a PDF page: fonts that are found for every script, shaping, measuring, wrapping.
//!
//! Latin, Greek and Cyrillic are set in the fonts that come with the program; for other scripts
//! the system's fonts are searched, once and only when a character needs it. Right-to-left runs
//! are shaped as such; a line that begins right-to-left has its runs in that order. Control and
//! direction marks are not drawn: a hostile name can't turn a line round.

use super::OutputError;
use krilla::geom::Point;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Feature, UnicodeBuffer};
use std::cell::OnceCell;
use std::sync::Arc;

/// What makes one sign of several characters.
const NO_LIGATURES: [[u8; 4]; 3] = [*b"calt", *b"clig", *b"liga"];

/// The program's own fonts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Regular,
    SemiBold,
    /// For serials and PINs: every character has one look.
    Mono,
}

/// Font and size of a text; the size in points.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub style: Style,
    pub size: f32,
}

/// The fonts of one document.
pub(super) struct Typesetter {
    own: [Face; 3],
    /// Faces of the system that were needed so far.
    found: Vec<Face>,
    system: OnceCell<System>,
}

/// One line, ready to be drawn.
pub(super) struct Line {
    runs: Vec<Run>,
    size: f32,
    /// In points.
    pub width: f32,
}

struct Run {
    text: String,
    font: Font,
    glyphs: Vec<KrillaGlyph>,
    width: f32,
}

struct Face {
    data: Arc<Vec<u8>>,
    index: u32,
    font: Font,
}

/// The system's faces, the plain ones first.
struct System {
    database: fontdb::Database,
    order: Vec<fontdb::ID>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    LeftToRight,
    RightToLeft,
}

/// A stretch of text with one face and one direction.
struct Stretch {
    text: String,
    face: usize,
    direction: Direction,
}

impl Typesetter {
    pub(super) fn new() -> Result<Self, OutputError> {
        let own = |bytes: &[u8]| {
            Face::read(bytes.to_vec(), 0).ok_or(OutputError::Pdf("own font unreadable".into()))
        };
        Ok(Self {
            own: [
                own(include_bytes!("../../assets/fonts/Inter-Regular.otf"))?,
                own(include_bytes!("../../assets/fonts/Inter-SemiBold.otf"))?,
                own(include_bytes!("../../assets/fonts/JetBrainsMono-Medium.ttf"))?,
            ],
            found: Vec::new(),
            system: OnceCell::new(),
        })
    }

    /// One line, however wide.
    pub(super) fn line(&mut self, text: &str, set: Type) -> Line {
        let stretches = self.stretches(text, set.style);
        let runs: Vec<Run> =
            stretches.into_iter().filter_map(|stretch| self.shape(stretch, set.size)).collect();
        let width = runs.iter().map(|run| run.width).sum();
        Line { runs, size: set.size, width }
    }

    /// Lines no wider than `width` points, broken at spaces, and inside words that are too long.
    pub(super) fn wrap(&mut self, text: &str, set: Type, width: f32) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut kept = String::new();
        for word in text.split_whitespace() {
            let longer = if kept.is_empty() { word.into() } else { format!("{kept} {word}") };
            if self.line(&longer, set).width <= width {
                kept = longer;
                continue;
            }
            if !kept.is_empty() {
                lines.push(self.line(&kept, set));
            }
            kept = self.break_word(word, set, width, &mut lines);
        }
        if !kept.is_empty() {
            lines.push(self.line(&kept, set));
        }
        lines
    }

    /// Pushes the full lines of a long word; the answer is the rest.
    fn break_word(&mut self, word: &str, set: Type, width: f32, lines: &mut Vec<Line>) -> String {
        let mut kept = String::new();
        for character in word.chars() {
            kept.push(character);
            if kept.chars().count() > 1 && self.line(&kept, set).width > width {
                kept.pop();
                lines.push(self.line(&kept, set));
                kept = character.to_string();
            }
        }
        kept
    }

    fn stretches(&mut self, text: &str, style: Style) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        let characters: Vec<char> = text.chars().filter(|c| is_drawn(*c)).collect();
        let base = characters.iter().find_map(|c| own_direction(*c));
        let base = base.unwrap_or(Direction::LeftToRight);
        for (at, &character) in characters.iter().enumerate() {
            let last = stretches.last().map(|stretch| (stretch.face, stretch.direction));
            let before = last.map(|(_, direction)| direction);
            let direction = direction_at(&characters, at, before, base);
            let face = match last {
                Some((face, _)) if !character.is_alphanumeric() && self.has(face, character) => {
                    face
                }
                _ => self.face_for(character, style),
            };
            match stretches.last_mut() {
                Some(stretch) if (stretch.face, stretch.direction) == (face, direction) => {
                    stretch.text.push(character);
                }
                _ => stretches.push(Stretch { text: character.into(), face, direction }),
            }
        }
        if base == Direction::RightToLeft {
            stretches.reverse();
        }
        stretches
    }

    fn shape(&self, stretch: Stretch, size: f32) -> Option<Run> {
        let face = self.face(stretch.face)?;
        let shaper = rustybuzz::Face::from_slice(&face.data, face.index)?;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&stretch.text);
        buffer.guess_segment_properties();
        buffer.set_direction(match stretch.direction {
            Direction::LeftToRight => rustybuzz::Direction::LeftToRight,
            Direction::RightToLeft => rustybuzz::Direction::RightToLeft,
        });
        // `!=` is two characters that somebody types, not one sign.
        let features = match stretch.face == Style::Mono as usize {
            true => NO_LIGATURES.map(|tag| Feature::new(Tag::from_bytes(&tag), 0, ..)).to_vec(),
            false => Vec::new(),
        };
        let shaped = rustybuzz::shape(&shaper, &features, buffer);
        let units = face.font.units_per_em();
        let clusters: Vec<usize> =
            shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let glyphs: Vec<KrillaGlyph> = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, place)| {
                KrillaGlyph::new(
                    GlyphId::new(info.glyph_id),
                    place.x_advance as f32 / units,
                    place.x_offset as f32 / units,
                    place.y_offset as f32 / units,
                    place.y_advance as f32 / units,
                    cluster_range(info.cluster as usize, &clusters, stretch.text.len()),
                    None,
                )
            })
            .collect();
        let advance: i32 = shaped.glyph_positions().iter().map(|place| place.x_advance).sum();
        let width = advance as f32 / units * size;
        Some(Run { text: stretch.text, font: face.font.clone(), glyphs, width })
    }

    /// The program's own face if it has the character, else one of the system, else the own one,
    /// which draws its box for a missing character.
    fn face_for(&mut self, character: char, style: Style) -> usize {
        let own = style as usize;
        if character.is_whitespace() || self.own[own].has(character) {
            return own;
        }
        let known = (0..self.found.len()).find(|at| self.found[*at].has(character));
        if let Some(at) = known {
            return self.own.len() + at;
        }
        match self.system.get_or_init(System::load).face_with(character) {
            Some(face) => {
                self.found.push(face);
                self.own.len() + self.found.len() - 1
            }
            None => own,
        }
    }

    fn face(&self, at: usize) -> Option<&Face> {
        self.own.iter().chain(&self.found).nth(at)
    }

    fn has(&self, at: usize, character: char) -> bool {
        self.face(at).is_some_and(|face| face.has(character))
    }
}

impl Line {
    /// Draws the line with its baseline beginning at `x`, `y` points from the upper left corner.
    pub(super) fn draw(&self, surface: &mut Surface<'_>, mut x: f32, y: f32) {
        for run in &self.runs {
            let start = Point::from_xy(x, y);
            surface.draw_glyphs(start, &run.glyphs, run.font.clone(), &run.text, self.size, false);
            x += run.width;
        }
    }
}

impl Face {
    /// Nothing when one of the two readers can't read it: the other would panic on it later.
    fn read(bytes: Vec<u8>, index: u32) -> Option<Self> {
        let data = Arc::new(bytes);
        rustybuzz::Face::from_slice(&data, index)?;
        let font = Font::new(Arc::clone(&data).into(), index)?;
        Some(Self { data, index, font })
    }

    fn has(&self, character: char) -> bool {
        has_glyph(&self.data, self.index, character)
    }
}

impl System {
    fn load() -> Self {
        let mut database = fontdb::Database::new();
        database.load_system_fonts();
        let mut faces: Vec<_> = database.faces().map(|face| (rank(face), face.id)).collect();
        faces.sort_by_key(|(rank, _)| *rank);
        let order = faces.into_iter().map(|(_, id)| id).collect();
        Self { database, order }
    }

    fn face_with(&self, character: char) -> Option<Face> {
        self.order.iter().find_map(|id| {
            self.database
                .with_face_data(*id, |data, index| {
                    has_glyph(data, index, character).then(|| Face::read(data.to_vec(), index))?
                })
                .flatten()
        })
    }
}

/// Lower is better: upright, regular, sans-serif, no pictures.
fn rank(face: &fontdb::FaceInfo) -> (bool, bool, u16, bool) {
    let family = face.families.first().map(|(name, _)| name.as_str()).unwrap_or_default();
    (
        family.contains("Emoji"),
        face.style != fontdb::Style::Normal,
        face.weight.0.abs_diff(fontdb::Weight::NORMAL.0),
        !family.contains("Sans") || family.contains("Mono"),
    )
}

fn has_glyph(data: &[u8], index: u32, character: char) -> bool {
    rustybuzz::ttf_parser::Face::parse(data, index)
        .is_ok_and(|face| face.glyph_index(character).is_some_and(|glyph| glyph.0 != 0))
}

/// The bytes of the text that the glyph at `start` stands for.
fn cluster_range(start: usize, clusters: &[usize], length: usize) -> std::ops::Range<usize> {
    let end = clusters.iter().copied().filter(|other| *other > start).min().unwrap_or(length);
    start..end
}

/// A letter has its own direction; what stands between takes that of its neighbours if both
/// agree, else the line's (Unicode bidirectional algorithm, N1 and N2).
fn direction_at(text: &[char], at: usize, before: Option<Direction>, base: Direction) -> Direction {
    let after = || text[at..].iter().find_map(|character| own_direction(*character));
    own_direction(text[at]).unwrap_or_else(|| match (before, after()) {
        (Some(before), Some(after)) if before == after => before,
        _ => base,
    })
}

/// Strong directions by block (Unicode 16, Bidi_Class R and AL; digits stay left-to-right).
fn own_direction(character: char) -> Option<Direction> {
    match character {
        '\u{0660}'..='\u{0669}' | '\u{06f0}'..='\u{06f9}' => Some(Direction::LeftToRight),
        '\u{0590}'..='\u{08ff}'
        | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}' => Some(Direction::RightToLeft),
        other if other.is_alphanumeric() => Some(Direction::LeftToRight),
        _ => None,
    }
}

fn is_drawn(character: char) -> bool {
    let mark = matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    // Joiners shape Indic and Persian names, and can't turn a line round.
    let joiner = matches!(character, '\u{200c}' | '\u{200d}');
    joiner || (!mark && !character.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: Type = Type { style: Style::Regular, size: 10.0 };

    fn texts(setter: &mut Typesetter, text: &str) -> Vec<String> {
        let stretches = setter.stretches(text, Style::Regular);
        stretches.into_iter().map(|stretch| stretch.text).collect()
    }

    #[test]
    fn lines_are_no_wider_than_asked_and_lose_no_word() {
        let mut setter = Typesetter::new().unwrap();
        let long = "W".repeat(80);
        let text = format!("Insert the key, then touch it. {long} Åsa O'Brien");
        let lines = setter.wrap(&text, TEXT, 120.0);
        assert!(lines.iter().all(|line| line.width <= 120.0 && line.width > 0.0));
        let kept: String =
            lines.iter().flat_map(|line| &line.runs).map(|run| run.text.as_str()).collect();
        let without_spaces = |text: &str| text.replace(' ', "");
        assert_eq!(without_spaces(&kept), without_spaces(&text));
        assert!(setter.wrap(" ", TEXT, 120.0).is_empty());
    }

    #[test]
    fn what_is_typed_is_drawn_sign_by_sign() {
        let mut setter = Typesetter::new().unwrap();
        let mono = Type { style: Style::Mono, size: 10.0 };
        let mut glyphs = |text: &str| -> Vec<u32> {
            let line = setter.line(text, mono);
            line.runs.iter().flat_map(|run| &run.glyphs).map(|one| one.glyph_id.to_u32()).collect()
        };
        for pair in ["!=", "->", "<=", "==", "&&", "++"] {
            let (first, second) = pair.split_at(1);
            assert_eq!(glyphs(pair), [glyphs(first), glyphs(second)].concat(), "{pair}");
        }
    }

    #[test]
    fn width_grows_with_size() {
        let mut setter = Typesetter::new().unwrap();
        let small = setter.line("482915", TEXT).width;
        let large = setter.line("482915", Type { size: 20.0, ..TEXT }).width;
        assert!((large - 2.0 * small).abs() < 0.01);
    }

    #[test]
    fn control_and_direction_marks_are_not_drawn() {
        let mut setter = Typesetter::new().unwrap();
        assert_eq!(texts(&mut setter, "Bo\u{202e}gnal\u{7}\n\u{2066}x\u{feff}"), ["Bognalx"]);
    }

    #[test]
    fn words_of_a_right_to_left_name_stay_together_and_latin_goes_to_its_left() {
        let mut setter = Typesetter::new().unwrap();
        let name = texts(&mut setter, "נועה לוי (Noa)");
        assert_eq!(name, [")", "Noa", "נועה לוי ("], "from left to right; brackets are mirrored");
    }

    #[test]
    fn glyphs_of_one_cluster_share_its_bytes() {
        assert_eq!(cluster_range(0, &[0, 0, 3], 5), 0..3);
        assert_eq!(cluster_range(3, &[3, 0, 0], 5), 3..5);
    }
}
