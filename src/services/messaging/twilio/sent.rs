//! What this program has sent itself, so that it is told from what others have sent. In memory
//! only.

use crate::phones::PhoneNumber;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A verification is over after ten minutes at the service.
const OVER_AFTER: Duration = Duration::from_secs(600);

/// Ids of texts.
#[derive(Default)]
pub(super) struct Remembered(Mutex<HashSet<String>>);

impl Remembered {
    pub fn add(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    pub fn has(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

/// How often codes were sent to each number in the verification that is open.
#[derive(Default)]
pub(super) struct Sends(Mutex<HashMap<PhoneNumber, Open>>);

struct Open {
    /// Unknown where the answer was lost.
    id: Option<String>,
    sends: usize,
    since: Instant,
}

impl Sends {
    /// A code was sent, or may have been.
    pub fn count(&self, to: &PhoneNumber) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, open| open.since.elapsed() < OVER_AFTER);
        let fresh = || Open { id: None, sends: 0, since: Instant::now() };
        open.entry(to.clone()).or_insert_with(fresh).sends += 1;
    }

    /// How many codes were sent to this number, or may have been.
    pub fn of(&self, to: &PhoneNumber) -> usize {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(to).map_or(0, |open| open.sends)
    }

    /// Nothing was sent after all.
    pub fn uncount(&self, to: &PhoneNumber) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = open.get_mut(to) {
            open.sends = open.sends.saturating_sub(1);
        }
    }

    /// Whether the service has sent more codes in this verification than are ours.
    pub fn is_shared(&self, to: &PhoneNumber, id: &str, told: usize) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = open.get_mut(to) else { return told > 0 };
        if open.id.as_deref().is_some_and(|known| known != id) {
            // Another verification than the one before: what was sent in that is over.
            *open = Open { id: None, sends: 1, since: Instant::now() };
        }
        open.id = Some(id.to_owned());
        told > open.sends
    }

    pub fn has(&self, id: &str) -> bool {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().any(|open| open.id.as_deref() == Some(id))
    }

    /// The verification is over.
    pub fn forget(&self, id: &str) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, open| open.id.as_deref() != Some(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phones::{Country, NumberText};

    #[test]
    fn what_others_sent_in_the_same_verification_is_told_and_a_lost_send_is_ours() {
        let read = |text| {
            let sweden = Country::from_code("SE").unwrap();
            PhoneNumber::read(&NumberText::new(text), sweden).unwrap()
        };
        let (to, sends) = (read("+46701740605"), Sends::default());
        sends.count(&to);
        assert!(!sends.is_shared(&to, "VE1", 1));
        sends.count(&to);
        assert!(!sends.is_shared(&to, "VE1", 2), "sent again");
        sends.count(&to);
        assert!(sends.is_shared(&to, "VE1", 4));
        sends.forget("VE1");
        sends.count(&to);
        sends.count(&to);
        assert!(!sends.is_shared(&to, "VE2", 2), "one of them was lost");
        sends.count(&to);
        assert!(!sends.is_shared(&to, "VE3", 1), "a new one");
        assert!(sends.is_shared(&to, "VE3", 2));
    }
}
