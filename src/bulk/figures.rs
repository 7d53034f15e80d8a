//! How fast a session goes and when it will be over.

use jiff::{SignedDuration, Timestamp};

/// What the plot shows.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Points of the plot: one for each minute.
const POINTS: i64 = 60;
/// A rate is told from so many keys on.
const LEAST_KEYS: usize = 3;
/// Work that stands still for longer does not count into the rate (a break, a night).
const LONGEST_GAP: SignedDuration = SignedDuration::from_mins(10);

/// The head of the board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Keys.
    pub done: usize,
    /// Keys, those in work among them.
    pub left: usize,
    /// People.
    pub failed: usize,
    pub skipped: usize,
    pub pace: Option<Pace>,
    /// Keys per hour over the last hour: minutes before now (0 to 60), keys in the ten minutes
    /// before that moment, scaled to an hour. Oldest first; empty before the third key.
    pub last_hour: Vec<(f32, f32)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    pub keys_per_hour: f32,
    pub left: SignedDuration,
    pub over_at: Timestamp,
}

impl Figures {
    /// From the times at which keys were done, oldest first.
    pub fn of(
        done_at: &[Timestamp],
        (left, failed, skipped): (usize, usize, usize),
        now: Timestamp,
    ) -> Self {
        Self {
            done: done_at.len(),
            left,
            failed,
            skipped,
            pace: pace(done_at, left, now),
            last_hour: last_hour(done_at, now),
        }
    }
}

/// Over the last hour of work: breaks are left out.
fn pace(done_at: &[Timestamp], left: usize, now: Timestamp) -> Option<Pace> {
    if done_at.len() < LEAST_KEYS {
        return None;
    }
    let mut worked = SignedDuration::ZERO;
    let mut keys = 0_u32;
    let mut later = now;
    for at in done_at.iter().rev() {
        let gap = later.duration_since(*at).max(SignedDuration::ZERO);
        worked += gap.min(LONGEST_GAP);
        if worked > HOUR && keys > 0 {
            break;
        }
        keys += 1;
        later = *at;
    }
    let seconds = worked.as_secs_f32().max(1.0);
    let keys_per_hour = keys as f32 * 3600.0 / seconds;
    let left = SignedDuration::try_from_secs_f32(left as f32 * 3600.0 / keys_per_hour).ok()?;
    let over_at = now.checked_add(left).ok()?;
    Some(Pace { keys_per_hour, left, over_at })
}

fn last_hour(done_at: &[Timestamp], now: Timestamp) -> Vec<(f32, f32)> {
    if done_at.len() < LEAST_KEYS {
        return Vec::new();
    }
    let minutes_ago = |at: &Timestamp| now.duration_since(*at).as_secs_f32() / 60.0;
    let ages: Vec<f32> = done_at.iter().map(minutes_ago).filter(|age| *age < 71.0).collect();
    let begun = done_at.first().map_or(0.0, minutes_ago);
    (0..=POINTS)
        .rev()
        .map(|minute| minute as f32)
        .filter(|minute| *minute <= begun)
        .map(|minute| {
            let window = ages.iter().filter(|age| **age >= minute && **age < minute + 10.0);
            // At the beginning the window is shorter than ten minutes; the first key took its time too.
            let length = (begun - minute + 1.0).min(10.0);
            (minute, window.count() as f32 * 60.0 / length)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    #[test]
    fn one_key_a_minute_is_sixty_an_hour() {
        let done: Vec<_> = (0..30).map(at).collect();
        let figures = Figures::of(&done, (120, 2, 1), at(30));
        let pace = figures.pace.unwrap();
        assert!((pace.keys_per_hour - 60.0).abs() < 0.5, "{pace:?}");
        assert_eq!(pace.left.as_secs() / 60, 120);
        assert_eq!(pace.over_at.duration_since(at(150)).as_secs().abs() / 60, 0);
        assert_eq!((figures.done, figures.left, figures.failed, figures.skipped), (30, 120, 2, 1));
    }

    #[test]
    fn a_night_between_does_not_count() {
        let mut done: Vec<_> = (0..30).map(at).collect();
        done.extend((0..15).map(|minute| at(900 + minute)));
        let pace = Figures::of(&done, (60, 0, 0), at(915)).pace.unwrap();
        assert!((45.0..=61.0).contains(&pace.keys_per_hour), "{pace:?}");
    }

    #[test]
    fn nothing_is_guessed_from_two_keys() {
        let figures = Figures::of(&[at(0), at(1)], (5, 0, 0), at(2));
        assert_eq!((figures.pace, figures.last_hour.len()), (None, 0));
    }

    #[test]
    fn the_plot_ends_now_and_reaches_back_to_the_first_key() {
        let done: Vec<_> = (0..20).map(at).collect();
        let plot = Figures::of(&done, (5, 0, 0), at(20)).last_hour;
        assert_eq!(plot.first().unwrap().0, 20.0);
        assert_eq!(plot.last().unwrap().0, 0.0);
        assert!(plot.iter().all(|(_, rate)| (50.0..=61.0).contains(rate)), "{plot:?}");
    }
}
