//! Panics that somebody contained: of the CTAP2 client they are expected, for the program lives
//! with them; of any other code they break a promise.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static SEEN: Cell<bool> = const { Cell::new(false) };
    static CLIENT_MAY: Cell<bool> = const { Cell::new(false) };
}

/// Runs a target.
///
/// # Panics
/// As the target does, and when a panic in it was contained.
pub fn watched(work: impl FnOnce()) {
    static HOOK: Once = Once::new();
    HOOK.call_once(install);
    SEEN.set(false);
    work();
    assert!(!SEEN.get(), "a panic was contained that is not the client's");
}

/// Lets the client panic.
pub fn passing_the_clients<T>(work: impl FnOnce() -> T) -> T {
    CLIENT_MAY.set(true);
    let result = work();
    CLIENT_MAY.set(false);
    result
}

fn install() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |told| {
        let clients = told.location().is_some_and(|at| at.file().contains("ctap-hid-fido2"));
        if CLIENT_MAY.get() && clients {
            return;
        }
        SEEN.set(true);
        before(told);
    }));
}
