//! The CTAP2 client may panic on what a key sends, and the program contains that. Here such a
//! panic passes, and one of any other code does not.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static OURS: Cell<bool> = const { Cell::new(false) };
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs what contains the client's panics by itself.
///
/// # Panics
/// When something else than the client panicked in it.
pub fn pass_the_clients<T>(work: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(install);
    OURS.set(false);
    CONTAINED.set(true);
    let result = work();
    CONTAINED.set(false);
    assert!(!OURS.get(), "a panic outside of the client was contained");
    result
}

fn install() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |told| {
        let clients =
            told.location().is_some_and(|at| at.file().contains("ctap-hid-fido2"));
        if CONTAINED.get() && clients {
            return;
        }
        OURS.set(CONTAINED.get());
        before(told);
    }));
}
