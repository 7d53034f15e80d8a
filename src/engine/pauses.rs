//! Tells the window when the directory asks to wait.

use super::Event;
use super::tell::Teller;
use std::time::Instant;
use tokio::sync::watch;

/// Passes on until when each pause lasts, as long as the directory is in use.
pub(super) async fn told(mut pauses: watch::Receiver<Option<Instant>>, teller: Teller) {
    while pauses.changed().await.is_ok() {
        let until = *pauses.borrow_and_update();
        if let Some(until) = until {
            teller.tell(Event::DirectoryPause { until }).await;
        }
    }
}
