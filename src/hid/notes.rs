//! What the seam remembers of each insertion beside its open handle: limits, the last failure,
//! who listens for touches.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use crate::reason::Reason;
use crate::sync::lock;

/// How many changes a listener may leave unread before it is dropped.
const UNREAD: usize = 64;

/// What a key is doing about the request it was given; published on change only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It works on the request.
    Processing,
    /// It blinks and waits for a touch.
    TouchNeeded,
    /// The request is over: answered, cancelled or given up.
    Answered,
}

/// How long a call may wait for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest time without any frame from the key.
    pub silence: Duration,
    /// The longest wait for a touch, and the longest a key may stay "processing".
    pub touch: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { silence: Duration::from_secs(5), touch: Duration::from_secs(60) }
    }
}

/// The memory of one insertion.
pub(crate) struct Notes {
    limits: Mutex<Limits>,
    last_reason: Mutex<Option<Reason>>,
    listeners: Mutex<Listeners>,
}

struct Listeners {
    current: Activity,
    senders: Vec<SyncSender<Activity>>,
    closed: bool,
}

impl Notes {
    pub(crate) fn new() -> Self {
        Self {
            limits: Mutex::new(Limits::default()),
            last_reason: Mutex::new(None),
            listeners: Mutex::new(Listeners {
                current: Activity::Answered,
                senders: Vec::new(),
                closed: false,
            }),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        *lock(&self.limits)
    }

    pub(crate) fn set_limits(&self, limits: Limits) {
        *lock(&self.limits) = limits;
    }

    pub(crate) fn last_reason(&self) -> Option<Reason> {
        lock(&self.last_reason).clone()
    }

    /// Remembers how the last transport call ended.
    pub(crate) fn record<T>(&self, outcome: &Result<T, Reason>) {
        *lock(&self.last_reason) = outcome.as_ref().err().cloned();
    }

    pub(crate) fn listen(&self) -> Receiver<Activity> {
        let (sender, receiver) = sync_channel(UNREAD);
        let mut listeners = lock(&self.listeners);
        if !listeners.closed {
            listeners.senders.push(sender);
        }
        receiver
    }

    /// Tells the listeners, if this is a change. A listener that reads nothing is dropped, which
    /// it sees as a closed channel.
    pub(crate) fn publish(&self, activity: Activity) {
        let mut listeners = lock(&self.listeners);
        if listeners.current == activity {
            return;
        }
        listeners.current = activity;
        listeners.senders.retain(|sender| match sender.try_send(activity) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        });
    }

    /// The insertion is over: listeners see their channel close.
    pub(crate) fn close(&self) {
        let mut listeners = lock(&self.listeners);
        listeners.closed = true;
        listeners.senders.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_published() {
        let notes = Notes::new();
        let heard = notes.listen();
        for activity in
            [Activity::Answered, Activity::TouchNeeded, Activity::TouchNeeded, Activity::Answered]
        {
            notes.publish(activity);
        }
        notes.close();
        let heard: Vec<Activity> = heard.iter().collect();
        assert_eq!(heard, [Activity::TouchNeeded, Activity::Answered]);
    }

    #[test]
    fn a_listener_that_never_reads_is_dropped() {
        let notes = Notes::new();
        let heard = notes.listen();
        for _ in 0..UNREAD {
            notes.publish(Activity::TouchNeeded);
            notes.publish(Activity::Answered);
        }
        assert_eq!(heard.iter().count(), UNREAD);
    }

    #[test]
    fn a_success_clears_the_last_reason() {
        let notes = Notes::new();
        notes.record::<()>(&Err(Reason::Silent));
        assert_eq!(notes.last_reason(), Some(Reason::Silent));
        notes.record(&Ok(()));
        assert_eq!(notes.last_reason(), None);
    }
}
