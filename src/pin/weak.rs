//! Patterns that make a PIN easy to guess.

use super::PinRefused;

/// # Errors
/// The first pattern that is found.
pub fn refuse(text: &str) -> Result<(), PinRefused> {
    // A PIN's characters live on the stack only, and no longer than this check.
    let mut folded = zeroize::Zeroizing::new(['\0'; super::MAX_BYTES]);
    let mut length = 0;
    for (place, c) in folded.iter_mut().zip(text.chars()) {
        *place = c.to_lowercase().next().unwrap_or(c);
        length += 1;
    }
    let chars = &folded[..length];
    if chars.iter().all(|c| *c == chars[0]) {
        return Err(PinRefused::AllSame);
    }
    if is_run(chars, 1) || is_run(chars, -1) {
        return Err(PinRefused::Run);
    }
    if repeats(chars) {
        return Err(PinRefused::Repeats);
    }
    if is_date(chars) {
        return Err(PinRefused::Date);
    }
    Ok(())
}

/// Digits go round (7890, 2109); letters do not.
fn is_run(chars: &[char], step: i32) -> bool {
    chars.windows(2).all(|pair| {
        let (a, b) = (code(pair[0]), code(pair[1]));
        match (pair[0].to_digit(10), pair[1].to_digit(10)) {
            (Some(_), Some(_)) => (a + step - b).rem_euclid(10) == 0,
            _ => a + step == b,
        }
    })
}

fn code(c: char) -> i32 {
    u32::from(c) as i32
}

fn repeats(chars: &[char]) -> bool {
    let length = chars.len();
    (1..=length / 2).any(|block| {
        length.is_multiple_of(block) && chars.chunks(block).all(|chunk| chunk == &chars[..block])
    })
}

/// Years 1900-2049, day and month, and full dates in the usual orders, separators ignored.
fn is_date(chars: &[char]) -> bool {
    let mut digits = zeroize::Zeroizing::new([0_u32; 8]);
    let mut length = 0;
    for c in chars.iter().filter(|c| !matches!(c, '.' | '-' | '/' | ' ')) {
        match (c.to_digit(10), digits.get_mut(length)) {
            (Some(digit), Some(place)) => *place = digit,
            _ => return false,
        }
        length += 1;
    }
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    let four = |at: usize| two(at) * 100 + two(at + 2);
    match length {
        4 => is_year(four(0)) || is_day(two(0), two(2)) || is_day(two(2), two(0)),
        6 => {
            is_day(two(0), two(2))
                || is_day(two(2), two(0))
                || is_day(two(4), two(2))
                || (is_year(four(0)) && is_month(two(4)))
                || (is_month(two(0)) && is_year(four(2)))
        }
        8 => {
            (is_year(four(4)) && (is_day(two(0), two(2)) || is_day(two(2), two(0))))
                || (is_year(four(0)) && (is_day(two(6), two(4)) || is_day(two(4), two(6))))
        }
        _ => false,
    }
}

fn is_year(year: u32) -> bool {
    (1900..2050).contains(&year)
}

fn is_month(month: u32) -> bool {
    (1..=12).contains(&month)
}

fn is_day(day: u32, month: u32) -> bool {
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    is_month(month) && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_refused_as(texts: &[&str], expected: PinRefused) {
        for text in texts {
            assert_eq!(refuse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn runs_up_and_down_are_refused_and_digits_go_round() {
        all_refused_as(
            &["1234", "9876", "7890", "890123", "2109", "abcd", "AbCdEf", "zyxw"],
            PinRefused::Run,
        );
    }

    #[test]
    fn repeated_blocks_are_refused() {
        all_refused_as(&["1212", "123123", "abab", "74297429", "5a5a5a"], PinRefused::Repeats);
    }

    #[test]
    fn one_character_throughout_is_refused() {
        all_refused_as(&["0000", "aAaA", "......"], PinRefused::AllSame);
    }

    #[test]
    fn dates_in_the_usual_orders_are_refused() {
        all_refused_as(
            &[
                "1987",
                "2024",
                "2412",
                "1224",
                "240789",
                "072489",
                "890724",
                "198707",
                "071987",
                "24071989",
                "07241989",
                "19890724",
                "24.07.89",
                "1989-07-24",
                "290200",
            ],
            PinRefused::Date,
        );
    }

    #[test]
    fn what_only_resembles_a_pattern_is_taken() {
        for text in ["7391", "739104", "310299", "1235", "90125", "3456a", "99993141", "abce"] {
            assert_eq!(refuse(text), Ok(()), "{text}");
        }
    }
}
