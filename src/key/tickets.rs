//! Which jobs of a key were cancelled.
//!
//! A key hears a cancel only while it works on a request. A job that is still waiting, or between
//! two requests, would miss it; so each job has a number, and a cancel holds for all numbers
//! given out until then.

use std::sync::atomic::{AtomicU64, Ordering};

/// A job's number on its key; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

#[derive(Debug, Default)]
pub struct Tickets {
    issued: AtomicU64,
    running: AtomicU64,
    cancelled: AtomicU64,
}

impl Tickets {
    pub fn issue(&self) -> Ticket {
        Ticket(self.issued.fetch_add(1, Ordering::SeqCst) + 1)
    }

    pub fn begin(&self, ticket: Ticket) {
        self.running.store(ticket.0, Ordering::SeqCst);
    }

    pub fn cancel_all(&self) {
        let issued = self.issued.load(Ordering::SeqCst);
        self.cancelled.fetch_max(issued, Ordering::SeqCst);
    }

    pub fn is_cancelled(&self, ticket: Ticket) -> bool {
        ticket.0 != 0 && ticket.0 <= self.cancelled.load(Ordering::SeqCst)
    }

    /// Whether the job that began last was cancelled.
    pub fn running_is_cancelled(&self) -> bool {
        self.is_cancelled(Ticket(self.running.load(Ordering::SeqCst)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_holds_for_waiting_jobs_and_not_for_later_ones() {
        let tickets = Tickets::default();
        let (running, waiting) = (tickets.issue(), tickets.issue());
        tickets.begin(running);
        assert!(!tickets.running_is_cancelled());
        tickets.cancel_all();
        let later = tickets.issue();
        assert!(tickets.running_is_cancelled());
        assert!(tickets.is_cancelled(waiting));
        assert!(!tickets.is_cancelled(later));
        tickets.begin(later);
        assert!(!tickets.running_is_cancelled());
    }

    #[test]
    fn a_cancel_before_any_job_cancels_nothing() {
        let tickets = Tickets::default();
        tickets.cancel_all();
        assert!(!tickets.running_is_cancelled());
        assert!(!tickets.is_cancelled(tickets.issue()));
    }
}
