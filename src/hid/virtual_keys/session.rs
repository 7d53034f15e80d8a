//! One insertion of a virtual key: the cable between the host and the authenticator's thread.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::bench;
use crate::backend::{Link, ReportSink, ReportSource};
use crate::description::{Description, DeviceId};
use crate::frames::Report;
use crate::reason::Reason;
use crate::sync::lock;

/// Reports on their way to the host, as many as a Linux kernel keeps.
const ON_THE_WAY: usize = 64;

/// Where the other end of the cable is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Socket {
    /// On the bench, where this process finds it.
    Bench,
    /// In somebody else's hands.
    Elsewhere,
}

/// The cable.
pub(crate) struct Session {
    description: Description,
    socket: Socket,
    inbox: Mutex<Inbox>,
    changed: Condvar,
    outbox: Mutex<Option<SyncSender<Report>>>,
}

#[derive(Default)]
struct Inbox {
    reports: VecDeque<Report>,
    wants_touch: bool,
    touched: bool,
    gone: bool,
}

/// What ended a wait.
pub(super) enum Event {
    Report(Report),
    Touched,
    Gone,
    Timeout,
}

impl Session {
    pub(super) fn new(description: Description, socket: Socket) -> Self {
        Self {
            description,
            socket,
            inbox: Mutex::default(),
            changed: Condvar::new(),
            outbox: Mutex::new(None),
        }
    }

    pub(super) fn description(&self) -> &Description {
        &self.description
    }

    pub(super) fn id(&self) -> &DeviceId {
        &self.description.id
    }

    /// The host opens the device.
    pub(super) fn connect(self: &Arc<Self>) -> Result<Link, Reason> {
        if self.is_gone() {
            return Err(Reason::NotFound);
        }
        let (sender, receiver) = sync_channel(ON_THE_WAY);
        *lock(&self.outbox) = Some(sender);
        if self.is_gone() {
            lock(&self.outbox).take();
        }
        Ok(Link { source: Box::new(Source(receiver)), sink: Box::new(Sink(Arc::clone(self))) })
    }

    /// Sends a report to the host. With no host listening it is lost, as with a real key.
    pub(super) fn emit(&self, report: &Report) {
        let sender = lock(&self.outbox).clone();
        if let Some(sender) = sender
            && sender.send(*report).is_err()
        {
            lock(&self.outbox).take();
        }
    }

    /// Waits for a report from the host; `None` once pulled out.
    pub(super) fn next_report(&self) -> Option<Report> {
        let mut inbox = lock(&self.inbox);
        loop {
            if inbox.gone {
                return None;
            }
            if let Some(report) = inbox.reports.pop_front() {
                return Some(report);
            }
            inbox = self.changed.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits at most until `deadline` for anything to happen. `touch_due` is asked for the time
    /// of an automatic touch each time the wait is woken.
    pub(super) fn wait(&self, deadline: Instant, touch_due: impl Fn() -> Option<Instant>) -> Event {
        let mut inbox = lock(&self.inbox);
        loop {
            let now = Instant::now();
            let due = touch_due();
            if inbox.gone {
                return Event::Gone;
            }
            if inbox.touched || due.is_some_and(|due| due <= now) {
                inbox.touched = false;
                return Event::Touched;
            }
            if let Some(report) = inbox.reports.pop_front() {
                return Event::Report(report);
            }
            if deadline <= now {
                return Event::Timeout;
            }
            let until = due.map_or(deadline, |due| due.min(deadline));
            inbox = self.sleep(inbox, until - now);
        }
    }

    fn sleep<'a>(&self, inbox: MutexGuard<'a, Inbox>, time: Duration) -> MutexGuard<'a, Inbox> {
        let (inbox, _timed_out) =
            self.changed.wait_timeout(inbox, time).unwrap_or_else(PoisonError::into_inner);
        inbox
    }

    /// The authenticator begins or ends to ask for a touch.
    pub(super) fn ask_for_touch(&self, asking: Asking) {
        let mut inbox = lock(&self.inbox);
        inbox.wants_touch = asking == Asking::Begins;
        inbox.touched = false;
    }

    pub(super) fn wants_touch(&self) -> bool {
        lock(&self.inbox).wants_touch
    }

    pub(super) fn touch(&self) -> bool {
        let mut inbox = lock(&self.inbox);
        let felt = inbox.wants_touch && !inbox.touched;
        inbox.touched |= inbox.wants_touch;
        drop(inbox);
        self.changed.notify_all();
        felt
    }

    pub(super) fn wake(&self) {
        // The lock orders this after a waiter that is about to sleep.
        drop(lock(&self.inbox));
        self.changed.notify_all();
    }

    pub(super) fn is_gone(&self) -> bool {
        lock(&self.inbox).gone
    }

    pub(super) fn pull_out(&self) {
        let mut inbox = lock(&self.inbox);
        if inbox.gone {
            return;
        }
        inbox.gone = true;
        inbox.wants_touch = false;
        drop(inbox);
        self.changed.notify_all();
        lock(&self.outbox).take();
        if self.socket == Socket::Bench {
            bench::unplug(self.id());
        }
    }

    fn accept(&self, report: Report) -> Result<(), Reason> {
        let mut inbox = lock(&self.inbox);
        if inbox.gone {
            return Err(Reason::Gone);
        }
        inbox.reports.push_back(report);
        drop(inbox);
        self.changed.notify_all();
        Ok(())
    }
}

/// Whether a touch is being asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    Begins,
    Ends,
}

struct Source(Receiver<Report>);

impl ReportSource for Source {
    fn read(&mut self) -> Result<Report, Reason> {
        self.0.recv().map_err(|_| Reason::Gone)
    }
}

struct Sink(Arc<Session>);

impl ReportSink for Sink {
    fn write(&mut self, report: &Report) -> Result<(), Reason> {
        self.0.accept(*report)
    }
}
