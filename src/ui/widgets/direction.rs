//! Right-to-left names in a window that is laid out from left to right.
//!
//! egui shapes each stretch of one font in its own direction, so a single Arabic or Hebrew word is
//! right; but it sets the stretches one after the other from left to right, so the words of a name
//! come in the wrong order. Here a line is put into its visual order (Unicode bidirectional
//! algorithm, UAX 9) as pieces that are shaped one by one.

use egui::Painter;
use egui::text::{ByteIndex, LayoutJob, LayoutSection, TextFormat};
use unicode_bidi::{BidiClass, ParagraphBidiInfo, bidi_class};

/// Lines as they are drawn.
pub(super) struct VisualLines {
    pub job: LayoutJob,
    /// The last one ends with an ellipsis because there was no room for all of it.
    pub is_cut: bool,
}

/// Whether any letter is written from right to left; other texts need nothing of this.
pub(super) fn turns(text: &str) -> bool {
    // Nothing below the Hebrew block does.
    text.chars().any(|c| c >= '\u{590}' && is_right_to_left(c))
}

/// One line of at most `width` points, cut at its own end where it is too long.
pub(super) fn line(painter: &Painter, text: &str, format: &TextFormat, width: f32) -> VisualLines {
    let (shown, is_cut) = cut_to(text, |text| measure(painter, text, format) <= width);
    VisualLines { job: job(&[&shown], format), is_cut }
}

/// At most `most` lines of at most `width` points each, broken between words.
pub(super) fn wrapped(
    painter: &Painter,
    text: &str,
    format: &TextFormat,
    (width, most): (f32, usize),
) -> VisualLines {
    let fits = |text: &str| measure(painter, text, format) <= width;
    let lines = broken(text, fits);
    let (whole, rest) = lines.split_at(most.saturating_sub(1).min(lines.len()));
    let (last, is_cut) = match most {
        usize::MAX => (rest.join("\n"), false),
        _ => cut_to(&rest.join(" "), fits),
    };
    let shown: Vec<&str> = whole.iter().copied().chain(last.lines()).collect();
    VisualLines { job: job(&shown, format), is_cut }
}

/// Lines that fit, broken between words; a longer word has a line of its own.
fn broken(text: &str, fits: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut from = 0;
        let mut last_fit = 0;
        for (at, _) in paragraph.match_indices(' ').chain([(paragraph.len(), "")]) {
            if last_fit > from && !fits(&paragraph[from..at]) {
                lines.push(&paragraph[from..last_fit]);
                from = last_fit + 1;
            }
            last_fit = at;
        }
        lines.push(&paragraph[from..]);
    }
    lines
}

/// The text, or the longest beginning of it that fits with an ellipsis; and whether it was cut.
fn cut_to(text: &str, fits: impl Fn(&str) -> bool) -> (String, bool) {
    if fits(text) {
        return (text.to_owned(), false);
    }
    let ends: Vec<usize> = cuts(text).collect();
    let longest = ends.partition_point(|end| fits(&with_ellipsis(&text[..*end])));
    let kept = longest.checked_sub(1).and_then(|at| ends.get(at)).copied().unwrap_or(0);
    (with_ellipsis(&text[..kept]), true)
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
    if line.is_empty() {
        // Which the algorithm's crate does not take.
        return Vec::new();
    }
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
    fn a_long_name_is_broken_between_words_and_cut_at_its_own_end() {
        let ten = |text: &str| text.chars().count() <= 10;
        assert_eq!(
            broken("נועה לוי כהן abcdefghijklm x", ten),
            ["נועה לוי", "כהן", "abcdefghijklm", "x"]
        );
        assert_eq!(cut_to("נועה לוי כהן", ten), ("נועה לוי…".to_owned(), true));
        assert_eq!(cut_to("נועה לוי", ten), ("נועה לוי".to_owned(), false));
        assert_eq!(cut_to("מָמָמָ", |text| text.chars().count() <= 4), ("מָ…".to_owned(), true));
    }

    #[test]
    fn no_text_is_lost_or_makes_it_fail() {
        let parts = ["", " ", "א", "ب", "a", "1", "٣", "(", "]", "\u{5b0}", "\u{202e}", "\u{2067}"]
            .into_iter()
            .chain([
                "\u{2029}",
                "\n",
                "\r",
                "\u{85}",
                "\u{200d}",
                "🏳️‍🌈",
                "\u{1c}",
                "\t",
                "\u{2069}",
            ]);
        let parts: Vec<&str> = parts.collect();
        for first in &parts {
            for second in &parts {
                for third in &parts {
                    let text = format!("{first}{second}{third}א{first}");
                    let drawn: usize =
                        pieces(&text).iter().map(|piece| piece.chars().count()).sum();
                    assert_eq!(drawn, text.chars().count(), "{text:?}");
                    broken(&text, |text| text.is_empty());
                    assert_eq!(cut_to(&text, str::is_empty).0, "…");
                }
            }
        }
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
