//! A scanner is a keyboard: what is typed on the board is a scan, an answer, or the start of either.
//!
//! A scanner types its letters within milliseconds, a person does not. So a letter that is an
//! answer waits for a moment: if another one follows, both belong to a scan.

use std::collections::VecDeque;
use std::time::Duration;

/// Letters closer than this come from a scanner. Scanners type every 5 to 30 ms.
pub const GAP: Duration = Duration::from_millis(50);
/// What lies in the box for longer is not the beginning of what is typed now.
const STALE: Duration = Duration::from_secs(8);
/// Of a badge's payload; a longer text is none.
const LONGEST: usize = 120;

/// What was typed and not scanned yet. Times are those of the window's clock.
#[derive(Debug, Default)]
pub struct Scanner {
    /// In the box.
    pub text: String,
    /// An answer, unless another letter follows at once.
    pending: Option<(char, Duration)>,
    last: Duration,
}

/// When a letter came: not after the frame that brought it, and not before the one before.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub frame: Duration,
    pub frame_before: Duration,
}

impl Scanner {
    /// One letter. What it settles: an answer that was pending and is no part of a scan.
    pub fn letter(
        &mut self,
        letter: char,
        at: Moment,
        is_answer: impl Fn(char) -> bool,
    ) -> Option<char> {
        if at.frame.saturating_sub(self.last) > STALE {
            self.text.clear();
        }
        self.last = at.frame;
        let mut settled = None;
        if let Some((first, since)) = self.pending.take() {
            // In doubt it is a scan: a text in the box does no harm.
            if at.frame_before.saturating_sub(since) < GAP {
                self.text.push(first);
            } else {
                settled = Some(first);
            }
        }
        if self.text.is_empty() && is_answer(letter) {
            self.pending = Some((letter, at.frame));
        } else if self.text.chars().count() < LONGEST {
            self.text.push(letter);
        }
        settled
    }

    /// A frame without letters: the pending answer, if nothing followed it.
    pub fn quiet(&mut self, now: Duration) -> Option<char> {
        let (_, since) = self.pending?;
        if now.saturating_sub(since) < GAP {
            return None;
        }
        self.pending.take().map(|(letter, _)| letter)
    }

    /// Enter: the scan, if there is one.
    pub fn enter(&mut self) -> Option<String> {
        self.text.extend(self.pending.take().map(|(letter, _)| letter));
        let scan = std::mem::take(&mut self.text).trim().to_owned();
        (!scan.is_empty()).then_some(scan)
    }

    /// Letters wait for Enter, or to be told from an answer.
    pub fn is_active(&self) -> bool {
        !self.text.is_empty() || self.pending.is_some()
    }

    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    pub fn backspace(&mut self) {
        self.pending = None;
        self.text.pop();
    }

    pub fn clear(&mut self) {
        self.pending = None;
        self.text.clear();
    }
}

/// Nobody types so many letters with less than a [`GAP`] for each; fewer are no new PIN, either.
const LEAST_SCANNED: u32 = 6;
/// What a person who types fast needs for a letter.
const PERSON: Duration = Duration::from_millis(60);
/// A scanner's Enter follows its letters so soon, also where frames are slow.
const ENTER: Duration = Duration::from_millis(200);

/// How a field that is no place for scans was filled.
#[derive(Debug, Default)]
pub struct Pace {
    /// The earliest moment of each of the last letters, if a person typed them.
    letters: VecDeque<Duration>,
    last: Duration,
}

impl Pace {
    /// Letters that a frame brought, each by itself: what is pasted is none.
    pub fn letters(&mut self, count: u32, at: Moment) {
        let earliest = at.frame_before.max(at.frame.saturating_sub(PERSON * count));
        for _ in 0..count.min(LEAST_SCANNED) {
            self.letters.push_back(earliest);
        }
        let most = LEAST_SCANNED as usize;
        self.letters.drain(..self.letters.len().saturating_sub(most));
        self.last = at.frame;
    }

    /// Whether an Enter now ends a scan.
    pub fn is_scan(&self, frame: Duration) -> bool {
        let Some(first) = self.letters.front() else { return false };
        self.letters.len() == LEAST_SCANNED as usize
            && self.last.saturating_sub(*first) < GAP * LEAST_SCANNED
            && frame.saturating_sub(self.last) < ENTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Whether letters that come so often, and Enter after them, are taken for a scan. Frames come at
    /// once where nothing else is drawn, or this often.
    fn is_scan(count: u64, every: u64, enter: u64, frames: Option<u64>) -> bool {
        let mut pace = Pace::default();
        let shown = |at: u64| frames.map_or(at, |frame| at.div_ceil(frame) * frame);
        let typed: Vec<u64> = (0..count).map(|n| shown(10_000 + n * every)).collect();
        let mut frame_before = 9_000;
        for came in typed.chunk_by(|one, next| one == next) {
            let at = came[0];
            let before = frames.map_or(frame_before, |frame| at - frame);
            let moment = Moment { frame: ms(at), frame_before: ms(before) };
            pace.letters(u32::try_from(came.len()).unwrap(), moment);
            frame_before = at;
        }
        pace.is_scan(ms(shown(10_000 + (count - 1) * every + enter)))
    }

    #[test]
    fn a_pin_field_filled_by_a_scanner_is_told_from_one_that_a_person_types_into() {
        for frames in [None, Some(16), Some(33), Some(60), Some(150)] {
            // So slow a window does not show a scanner's pace.
            let is_shown = frames != Some(150);
            for every in [5, 10, 20, 30].into_iter().filter(|_| is_shown) {
                assert!(is_scan(12, every, every, frames), "{every} ms, {frames:?}");
            }
            assert!(!is_scan(5, 5, 5, frames), "too short for a new PIN");
            for every in [60, 80, 120, 250] {
                assert!(!is_scan(12, every, every, frames), "{every} ms, {frames:?}");
            }
        }
        assert!(!is_scan(8, 5, 400, None), "who has it typed presses Enter later");
    }

    fn answers(letter: char) -> bool {
        "PRNZS".contains(letter.to_ascii_uppercase())
    }

    /// Letters with their times; the answers they gave, the text in the box.
    fn typed(letters: &str, every: u64, frame: u64) -> (String, Scanner) {
        let mut scanner = Scanner::default();
        let mut given = String::new();
        let mut frame_before = ms(0);
        for (n, letter) in letters.chars().enumerate() {
            let at = (1000 + n as u64 * every).div_ceil(frame) * frame;
            let between = ms(at.saturating_sub(frame));
            if between > frame_before {
                given.extend(scanner.quiet(between));
                frame_before = between;
            }
            given.extend(scanner.letter(letter, Moment { frame: ms(at), frame_before }, answers));
            frame_before = ms(at);
        }
        (given, scanner)
    }

    #[test]
    fn a_scanned_badge_answers_nothing_however_slow_the_frames_are() {
        for every in [1, 5, 20, 30] {
            for frame in [1, 16, 33, 120] {
                let (given, mut scanner) = typed("RSZN-PR884207S", every, frame);
                assert_eq!(given, "", "{every} ms in frames of {frame} ms");
                assert_eq!(scanner.enter().as_deref(), Some("RSZN-PR884207S"));
                assert!(!scanner.is_active());
            }
        }
    }

    #[test]
    fn a_letter_alone_is_an_answer_after_a_moment() {
        let mut scanner = Scanner::default();
        let at = Moment { frame: ms(1000), frame_before: ms(990) };
        assert_eq!(scanner.letter('r', at, answers), None);
        assert_eq!(scanner.quiet(ms(1049)), None);
        assert_eq!(scanner.quiet(ms(1050)), Some('r'));
        assert_eq!(scanner.quiet(ms(2000)), None, "once");
        assert!(!scanner.is_active());
    }

    #[test]
    fn two_answers_one_after_the_other_are_two() {
        let (given, mut scanner) = typed("RS", 400, 16);
        assert_eq!(given, "R");
        assert_eq!(scanner.quiet(ms(5000)), Some('S'));
        let (given, _) = typed("RS", 400, 120);
        assert_eq!(given, "R", "with slow frames too");
    }

    #[test]
    fn what_is_typed_by_hand_goes_into_the_box_to_its_end() {
        // The first letter is no answer, so the others are none either.
        let (given, mut scanner) = typed("karin", 180, 16);
        assert_eq!(given, "");
        assert_eq!(scanner.enter().as_deref(), Some("karin"));
    }

    #[test]
    fn what_was_left_lying_is_forgotten() {
        let (_, mut scanner) = typed("41", 20, 16);
        let later = Moment { frame: ms(20_000), frame_before: ms(19_990) };
        assert_eq!(scanner.letter('r', later, answers), None);
        assert_eq!(scanner.quiet(ms(20_060)), Some('r'));
        assert_eq!(scanner.enter(), None);
    }

    #[test]
    fn nothing_typed_is_no_scan() {
        let mut scanner = Scanner::default();
        assert_eq!(scanner.enter(), None);
        scanner.letter(' ', Moment { frame: ms(1), frame_before: ms(0) }, answers);
        assert_eq!(scanner.enter(), None);
    }
}
