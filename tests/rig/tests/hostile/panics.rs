//! Panics. Of the CTAP2 client they are known: the key's thread contains them and tells them as an
//! error. Of any other code there may be none.

use std::panic;
use std::sync::{Mutex, Once, PoisonError};

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From here on panics are seen.
pub fn watch() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |told| {
            let at = told.location().map_or_else(String::new, ToString::to_string);
            if at.contains("ctap-hid-fido2") {
                return;
            }
            // A failed assertion of a test is no finding about the program.
            if !at.contains("tests/rig/tests") && !at.starts_with("tests/") {
                SEEN.lock().unwrap_or_else(PoisonError::into_inner).push(told.to_string());
            }
            before(told);
        }));
    });
}

/// # Panics
/// When something other than the client did.
pub fn must_be_none(about: &str) {
    let seen = std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner));
    assert!(seen.is_empty(), "{about}: {seen:?}");
}
