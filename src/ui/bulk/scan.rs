//! A scanner is a keyboard: what is typed on the board is a scan, an answer, or the start of either.
//!
//! A scanner types its letters within milliseconds, a person does not. So a letter that is an
//! answer waits for a moment: if another one follows, both belong to a scan.

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

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
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
