//! How often it is asked how far a text is.

use std::time::Duration;

/// Longest pause, in first ones.
const LONGEST: u32 = 5;

/// Until the next look, after so many: longer each time, up to a limit. Most texts are on the phone
/// within seconds, and of those that are not, every open check of an account is asked about.
pub fn look_pause(looks: u32, first: Duration) -> Duration {
    first * looks.saturating_add(1).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_open_checks_stay_below_a_hundred_looks_a_minute() {
        let first = Duration::from_secs(2);
        let pauses: Vec<u64> = (0..6).map(|looks| look_pause(looks, first).as_secs()).collect();
        assert_eq!(pauses, [2, 4, 6, 8, 10, 10]);
        let mut at = Duration::ZERO;
        let within_a_minute = (0..)
            .take_while(|looks| {
                at += look_pause(*looks, first);
                at <= Duration::from_secs(60)
            })
            .count();
        assert_eq!(within_a_minute, 8);
    }
}
