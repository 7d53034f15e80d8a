//! Hands a file or a page to the system's program for it.

use super::ports::off_the_network;
use std::ffi::OsString;
use std::io;

/// Launchers that find no program have failed by then; one that still runs has found one.
#[cfg(all(unix, not(target_os = "macos")))]
const FAILS_WITHIN: std::time::Duration = std::time::Duration::from_secs(4);

/// Takes seconds where the system's launcher does: nothing should wait for it.
///
/// # Errors
/// Where no program opens it, or the launcher can't be run.
pub(crate) async fn system_open(target: impl Into<OsString>) -> io::Result<()> {
    let target = target.into();
    off_the_network(move || launch(target)).await
}

#[cfg(all(unix, not(target_os = "macos")))]
fn launch(target: OsString) -> io::Result<()> {
    open::that_detached_with_timeout(target, FAILS_WITHIN)
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn launch(target: OsString) -> io::Result<()> {
    open::that_detached(target)
}
