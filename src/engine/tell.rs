//! The way back to the window: a bounded channel that wakes a sleeping window.

use super::audience::Gate;
use super::{Event, Wake};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

/// How long a full channel is left alone before the next try.
const RETRY: Duration = Duration::from_millis(5);

/// Sends events; cheap to clone.
#[derive(Clone)]
pub(super) struct Teller {
    events: SyncSender<Event>,
    wake: Wake,
    /// Absent for what belongs to the station itself.
    gate: Option<Gate>,
}

impl Teller {
    pub(super) fn new(events: SyncSender<Event>, wake: Wake) -> Self {
        Self { events, wake, gate: None }
    }

    /// Tells only what its tenant may show.
    pub(super) fn behind(&self, gate: Gate) -> Self {
        Self { gate: Some(gate), ..self.clone() }
    }

    /// Tells the window from a place that can't wait, before anything else was told.
    pub(super) fn tell_now(&self, event: Event) {
        if self.events.try_send(event).is_err() {
            tracing::error!("the window is not listening");
        }
        (self.wake)();
    }

    /// Tells the window; waits while it is behind. A closed window is told nothing.
    pub(super) async fn tell(&self, event: Event) {
        let mut next = Some(event);
        while let Some(event) = next {
            next = self.left_over(event);
            (self.wake)();
            if next.is_some() {
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    /// The event, when the window is behind. What may not be shown, or finds the window closed,
    /// counts as told.
    fn left_over(&self, event: Event) -> Option<Event> {
        let send = || match self.events.try_send(event) {
            Err(TrySendError::Full(event)) => Some(event),
            Ok(()) | Err(TrySendError::Disconnected(_)) => None,
        };
        match &self.gate {
            Some(gate) => gate.pass(send).flatten(),
            None => send(),
        }
    }
}
