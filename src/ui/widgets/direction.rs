//! Right-to-left names in a window that is laid out from left to right.
//!
//! egui shapes each stretch of one font in its own direction, so a single Arabic or Hebrew word is
//! right; but it sets the stretches one after the other from left to right, so the words of a name
//! come in the wrong order. Here a line is put into its visual order (Unicode bidirectional
//! algorithm, UAX 9) as pieces that are shaped one by one.

use egui::Painter;
use egui::text::{ByteIndex, LayoutJob, LayoutSection, TextFormat};
use unicode_bidi::{BidiClass, ParagraphBidiInfo, bidi_class};

/// A line as it is drawn.
pub(super) struct VisualLine {
    pub job: LayoutJob,
    /// It ends with an ellipsis because there was no room for all of it.
    pub is_cut: bool,
}

/// Whether any letter is written from right to left; other texts need nothing of this.
pub(super) fn turns(text: &str) -> bool {
    // Nothing below the Hebrew block does.
    text.chars().any(|c| c >= '\u{590}' && is_right_to_left(c))
}

/// One line of at most `width` points, cut at its own end where it is too long.
pub(super) fn line(painter: &Painter, text: &str, format: &TextFormat, width: f32) -> VisualLine {
    let fits = |text: &str| measure(painter, text, format) <= width;
    if fits(text) {
        return VisualLine { job: job(&[text], format), is_cut: false };
    }
    let ends: Vec<usize> = cuts(text).collect();
    let longest = ends.partition_point(|end| fits(&with_ellipsis(&text[..*end])));
    let kept = longest.checked_sub(1).and_then(|at| ends.get(at)).copied().unwrap_or(0);
    VisualLine { job: job(&[&with_ellipsis(&text[..kept])], format), is_cut: true }
}

/// All of the text in as many lines as it needs; it is broken between words.
pub(super) fn wrapped(painter: &Painter, text: &str, format: &TextFormat, width: f32) -> LayoutJob {
    let mut lines: Vec<&str> = Vec::new();
    for paragraph in text.lines() {
        let mut from = 0;
        let mut last_fit = 0;
        for (at, _) in paragraph.match_indices(' ').chain([(paragraph.len(), "")]) {
            if last_fit > from && measure(painter, &paragraph[from..at], format) > width {
                lines.push(&paragraph[from..last_fit]);
                from = last_fit + 1;
            }
            last_fit = at;
        }
        lines.push(&paragraph[from..]);
    }
    job(&lines, format)
}

/// The lines in their visual order, each piece shaped alone.
pub(super) fn job(lines: &[&str], format: &TextFormat) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (n, line) in lines.iter().enumerate() {
        if n > 0 {
            push(&mut job, "\n", format);
        }
        for piece in pieces(line) {
            push(&mut job, &piece, format);
        }
    }
    job
}

/// A section of its own, which `append` would join to the one before: pieces of one font that are
/// shaped together are turned together.
fn push(job: &mut LayoutJob, text: &str, format: &TextFormat) {
    let start = ByteIndex(job.text.len());
    job.text.push_str(text);
    let byte_range = start..ByteIndex(job.text.len());
    job.sections.push(LayoutSection { leading_space: 0.0, byte_range, format: format.clone() });
}

/// The line from left to right: within a piece the shaper knows the order, between them it doesn't.
fn pieces(line: &str) -> Vec<String> {
    let bidi = ParagraphBidiInfo::new(line, None);
    let (levels, runs) = bidi.visual_runs(0..line.len());
    let mut pieces = Vec::new();
    for run in runs {
        if levels.get(run.start).is_some_and(|level| level.is_rtl()) {
            pieces.extend(turned(&line[run]));
        } else {
            pieces.push(line[run].to_owned());
        }
    }
    pieces
}

/// A right-to-left run: words stay as they are for the shaper to turn, what stands between them is
/// turned here.
fn turned(run: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in run.chars() {
        let joins = matches!(bidi_class(c), BidiClass::NSM | BidiClass::BN);
        if is_right_to_left(c) || (in_word && joins) {
            match pieces.last_mut().filter(|_| in_word) {
                Some(word) => word.push(c),
                None => pieces.push(c.to_string()),
            }
            in_word = true;
        } else {
            let c = unicode_bidi_mirroring::get_mirrored(c).unwrap_or(c);
            pieces.push(c.to_string());
            in_word = false;
        }
    }
    pieces.reverse();
    pieces
}

fn is_right_to_left(c: char) -> bool {
    matches!(bidi_class(c), BidiClass::R | BidiClass::AL)
}

/// Where a text may be cut: before characters that stand for themselves.
fn cuts(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices()
        .filter(|(_, c)| !matches!(bidi_class(*c), BidiClass::NSM | BidiClass::BN))
        .map(|(at, _)| at)
}

fn with_ellipsis(text: &str) -> String {
    format!("{}…", text.trim_end())
}

fn measure(painter: &Painter, text: &str, format: &TextFormat) -> f32 {
    painter.layout_job(job(&[text], format)).size().x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_a_right_to_left_name_stands_at_the_right() {
        assert_eq!(pieces("نور الهدى"), ["الهدى", " ", "نور"]);
        assert_eq!(pieces("נועה לוי"), ["לוי", " ", "נועה"]);
    }

    #[test]
    fn brackets_are_mirrored_and_latin_and_digits_keep_their_order() {
        // On the screen both brackets open towards "Noa".
        assert_eq!(pieces("נועה (Noa) 12"), ["12", " ", "(", "Noa", ")", " ", "נועה"]);
        assert_eq!(
            pieces("Register key for نور الهدى"),
            ["Register key for ", "الهدى", " ", "نور"]
        );
    }

    #[test]
    fn marks_and_joiners_stay_in_their_word() {
        assert_eq!(pieces("مُحَمَّد می\u{200c}خواهم"), ["می\u{200c}خواهم", " ", "مُحَمَّد"]);
    }

    #[test]
    fn every_piece_is_a_section_so_that_none_is_shaped_with_its_neighbour() {
        let job = job(&["می‌خواهم، رضا", "x"], &TextFormat::default());
        assert_eq!(job.text, "رضا ،می‌خواهم\nx");
        assert_eq!(job.sections.len(), 6);
    }

    #[test]
    fn texts_without_such_letters_are_left_alone() {
        for text in ["Elin Bergström", "山田 えり", "Елена", "1 2", "", "क्षमा"]
        {
            assert!(!turns(text), "{text}");
        }
        assert!(turns("Hand over to نور"));
        assert_eq!(cuts("abמָc").collect::<Vec<_>>(), [0, 1, 2, 6]);
    }
}
