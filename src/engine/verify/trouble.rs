//! A journal that can't be read is told, and once: it is looked at every second.

use crate::engine::Event;
use crate::engine::tell::Teller;
use crate::journal::JournalError;
use crate::problem::{Explain, Problem};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What each look met last, until it meets nothing; clones share it.
#[derive(Clone, Default)]
pub(in crate::engine) struct Trouble(Arc<Mutex<HashMap<Look, String>>>);

/// Which looks there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Look {
    /// At what waits in the tenant in use.
    Here,
    /// At what waits in the others.
    Elsewhere,
}

impl Trouble {
    pub(super) async fn hear(&self, look: Look, came: Result<(), JournalError>, teller: &Teller) {
        let problem = came.err().map(|error| {
            tracing::warn!("what waits for services can't be read: {error}");
            error.problem()
        });
        if let Some(problem) = self.to_tell(look, problem) {
            teller.tell(Event::Problem(problem)).await;
        }
    }

    /// The problem, unless a look has met it already.
    fn to_tell(&self, look: Look, problem: Option<Problem>) -> Option<Problem> {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(problem) = problem else {
            met.remove(&look);
            return None;
        };
        let is_new = !met.values().any(|what| *what == problem.what);
        met.insert(look, problem.what.clone());
        is_new.then_some(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_once_by_all_looks_together_and_again_after_it_was_over() {
        let trouble = Trouble::default();
        let told = |look, error: Option<JournalError>| {
            trouble.to_tell(look, error.map(|error| error.problem())).is_some()
        };
        assert!(told(Look::Here, Some(JournalError::Locked)));
        assert!(!told(Look::Elsewhere, Some(JournalError::Locked)));
        assert!(!told(Look::Here, None));
        assert!(!told(Look::Elsewhere, Some(JournalError::Locked)));
        assert!(told(Look::Elsewhere, Some(JournalError::DiskFull)), "another one");
        assert!(!told(Look::Elsewhere, None));
        assert!(told(Look::Elsewhere, Some(JournalError::Locked)));
    }
}
