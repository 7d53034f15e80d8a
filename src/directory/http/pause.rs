//! One pause for all calls of a directory: when the service asks one of them to wait, all wait.

use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A service that asks for more has made a mistake; it is asked again after this.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// Until when nothing is sent.
pub(super) struct Pause {
    until: watch::Sender<Option<Instant>>,
}

impl Pause {
    pub(super) fn new() -> Self {
        Self { until: watch::Sender::new(None) }
    }

    /// The service asked to wait; a longer pause that was asked for before stays.
    pub(super) fn ask(&self, wait: Duration) {
        let Some(asked) = Instant::now().checked_add(wait.min(LONGEST)) else { return };
        self.until.send_if_modified(|until| {
            let later = until.is_none_or(|until| until < asked);
            if later {
                *until = Some(asked);
            }
            later
        });
    }

    /// What is left of it; zero when nothing is in the way.
    pub(super) fn left(&self) -> Duration {
        let until = *self.until.borrow();
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    pub(super) fn heard(&self) -> watch::Receiver<Option<Instant>> {
        self.until.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_pause_stays_and_none_is_endless() {
        let pause = Pause::new();
        assert_eq!(pause.left(), Duration::ZERO);
        pause.ask(Duration::from_secs(60));
        pause.ask(Duration::from_secs(1));
        assert!(pause.left() > Duration::from_secs(30));
        pause.ask(Duration::MAX);
        assert!(pause.left() <= LONGEST);
        assert!(pause.left() > Duration::from_secs(60));
    }

    #[test]
    fn each_longer_pause_is_heard_and_a_shorter_one_is_not() {
        let pause = Pause::new();
        let mut heard = pause.heard();
        pause.ask(Duration::from_secs(60));
        assert!(heard.has_changed().unwrap());
        heard.mark_unchanged();
        pause.ask(Duration::from_secs(1));
        assert!(!heard.has_changed().unwrap());
    }
}
