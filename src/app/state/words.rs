//! Text for the screen: names made harmless, times and numbers as people read them.

use crate::enrolment::Answer;
use crate::problem::Problem;
use std::time::Duration;

/// A foreign text as the screen may show it.
pub fn clean(text: &str) -> String {
    crate::enrolment::text::for_display(text)
}

/// First letters of the first and the last name, for people without a photo.
pub fn initials(name: &str) -> String {
    let name = clean(name);
    let words: Vec<char> = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .collect();
    match words.as_slice() {
        [] => "?".to_owned(),
        [only] => only.to_uppercase().collect(),
        [first, .., last] => first.to_uppercase().chain(last.to_uppercase()).collect(),
    }
}

/// `10:36` in the computer's time zone.
pub fn local_time(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string()
}

/// `2026-11-22 10:36:05` in the computer's time zone.
pub fn day_time(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `10:45` of the same day, `11-28 10:45` of another, in the computer's time zone.
pub fn short_minute(at: jiff::Timestamp, now: jiff::Timestamp) -> String {
    let here = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::system());
    let form = if here(at).date() == here(now).date() { "%H:%M" } else { "%m-%d %H:%M" };
    here(at).strftime(form).to_string()
}

/// `10:45:52` in the computer's time zone.
pub fn clock_time(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// `4 h 26 m`, `3 min 40 s` or `40 s`: no more than two units.
pub fn span_in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, s) => format!("{s} s"),
        (0, 0, m, s) => format!("{m} min {s} s"),
        (0, h, m, _) => format!("{h} h {m} m"),
        (d, h, ..) => format!("{d} d {h} h"),
    }
}

/// `1 person`, `12 people`.
pub fn count_in_words(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        n => format!("{} {many}", thousands(&n.to_string())),
    }
}

/// `0.4 s`, or `12 ms` when it was faster than a tenth of a second.
pub fn seconds(took: Duration) -> String {
    if took < Duration::from_millis(95) {
        format!("{} ms", took.as_millis())
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

/// `4:32` left, in whole seconds.
pub fn minutes(left: Duration) -> String {
    let seconds = left.as_millis().div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// `The directory asks to wait: resuming in 8 s`, counting down to 1.
pub fn asks_to_wait(left: Duration) -> String {
    let seconds = left.as_millis().div_ceil(1000);
    format!("The directory asks to wait: resuming in {seconds} s")
}

/// A number in groups of three with narrow gaps: `31 884 207`; other texts stay as they are.
pub fn thousands(digits: &str) -> String {
    if digits.len() < 5 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return clean(digits);
    }
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// What a new sealing key has cost.
pub(super) fn given_up(lost: u64) -> Problem {
    let (what, next) = match lost {
        0 => ("The change of phones was given up".to_owned(), "Random PINs work again"),
        1 => ("1 sealed PIN was given up".to_owned(), "Reset its key and register it anew"),
        n => (format!("{n} sealed PINs were given up"), "Reset their keys and register them anew"),
    };
    Problem { what, next: next.to_owned(), details: Vec::new() }
}

/// Key and words of an answer to a failure.
pub fn failure_names(answer: Answer) -> (&'static str, &'static str) {
    match answer {
        Answer::Retry => ("R", "Retry"),
        Answer::NewKey => ("N", "New key"),
        Answer::ResetKey => ("Z", "Reset key"),
        Answer::Skip => ("S", "Skip"),
        Answer::RollBack => ("B", "Roll back"),
        Answer::LeaveIt => ("G", "Go on without"),
    }
}
