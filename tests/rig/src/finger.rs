//! Touches: whose finger is on a key, and when.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Who touches the key when it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TouchPolicy {
    /// Nobody but [`Finger::touch`].
    Hold,
    /// It feels a touch as soon as it asks.
    Automatic,
}

/// What a finger does to a key.
pub trait Touched: Send + Sync {
    /// Sets who touches; also for a touch the key is asking for.
    fn set_touch(&self, policy: TouchPolicy);
    /// Touches once. Tells whether the key was asking; otherwise nothing happens.
    fn touch(&self) -> bool;
    /// Whether the key is asking for a touch right now.
    fn wants_touch(&self) -> bool;

    /// Waits until the key asks; tells whether it did within `patience`.
    fn wait_until_wanted(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while !self.wants_touch() {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        true
    }
}

/// The finger of one Trussed key; clones touch the same key.
#[derive(Clone)]
pub struct Finger {
    state: Arc<(Mutex<State>, Condvar)>,
}

struct State {
    policy: TouchPolicy,
    asking: bool,
    touched: bool,
}

impl Finger {
    pub fn new(policy: TouchPolicy) -> Self {
        let state = State { policy, asking: false, touched: false };
        Self { state: Arc::new((Mutex::new(state), Condvar::new())) }
    }

    /// The key begins to ask, or goes on asking.
    pub(crate) fn ask(&self) {
        let mut state = self.lock();
        if !state.asking {
            state.asking = true;
            state.touched = false;
            self.state.1.notify_all();
        }
    }

    /// The key no longer asks.
    pub(crate) fn stop_asking(&self) {
        let mut state = self.lock();
        state.asking = false;
        state.touched = false;
        self.state.1.notify_all();
    }

    /// Whether the key feels a touch, waiting a little for one so that asking in a loop is cheap.
    pub(crate) fn is_felt(&self) -> bool {
        const A_LITTLE: Duration = Duration::from_millis(2);
        let (_, changed) = &*self.state;
        let mut state = self.lock();
        if !state.touched && state.policy == TouchPolicy::Hold {
            state = changed.wait_timeout(state, A_LITTLE).unwrap_or_else(PoisonError::into_inner).0;
        }
        let felt = state.touched || state.policy == TouchPolicy::Automatic;
        state.touched = false;
        felt
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Touched for Finger {
    fn set_touch(&self, policy: TouchPolicy) {
        self.lock().policy = policy;
        self.state.1.notify_all();
    }

    fn touch(&self) -> bool {
        let mut state = self.lock();
        state.touched |= state.asking;
        self.state.1.notify_all();
        state.asking
    }

    fn wants_touch(&self) -> bool {
        self.lock().asking
    }
}
