//! Takes passkeys out of a directory whose parts lag behind one another: what one part does not have
//! yet, or shows still, another one may tell otherwise.

use crate::directory::{CallFacts, Directory, DirectoryError, Passkey, PersonId, Removal};
use std::time::{Duration, Instant};

/// The first pause between two looks; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Reads the person's list until something is seen in it; nothing where the patience ends before.
pub(super) async fn look<T>(
    directory: &dyn Directory,
    person: &PersonId,
    patience: Duration,
    seen: impl Fn(Vec<Passkey>) -> Option<T>,
) -> Result<Option<T>, DirectoryError> {
    let mut pauses = Pauses::within(patience);
    let mut goes_on = true;
    loop {
        match seen(directory.passkeys(person).await?) {
            None if goes_on => goes_on = pauses.pause().await,
            seen => return Ok(seen),
        }
    }
}

/// Removes a passkey. One that is not found may be on its way to where it was looked for: as long as
/// the patience lasts it is removed as soon as the list has it.
///
/// # Errors
/// Besides the directory's own, [`DirectoryError::Unavailable`] where it is not found, and the list has
/// it all the same at the end.
pub(super) async fn remove(
    directory: &dyn Directory,
    person: &PersonId,
    method_id: &str,
    patience: Duration,
) -> Result<Removal, DirectoryError> {
    let mut pauses = Pauses::within(patience);
    loop {
        if directory.delete(person, method_id).await? == Removal::Removed {
            return Ok(Removal::Removed);
        }
        loop {
            let is_last = !pauses.pause().await;
            let is_there = match directory.passkeys(person).await {
                Ok(listed) => has(&listed, method_id),
                // Who may not look takes what was said.
                Err(DirectoryError::Forbidden(_)) => return Ok(Removal::NotFound),
                // Who is not there, either, has no passkey there.
                Err(DirectoryError::NotFound(_)) => false,
                Err(error) => return Err(error),
            };
            match (is_there, is_last) {
                (true, false) => break,
                (true, true) => return Err(DirectoryError::Unavailable(CallFacts::default())),
                (false, true) => return Ok(Removal::NotFound),
                (false, false) => {}
            }
        }
    }
}

/// Whether the person's list is without a passkey when the patience ends.
pub(super) async fn is_gone(
    directory: &dyn Directory,
    person: &PersonId,
    method_id: &str,
    patience: Duration,
) -> Result<bool, DirectoryError> {
    let mut pauses = Pauses::within(patience);
    while pauses.pause().await {}
    Ok(!has(&directory.passkeys(person).await?, method_id))
}

fn has(listed: &[Passkey], method_id: &str) -> bool {
    listed.iter().any(|passkey| passkey.method_id == method_id)
}

/// Longer and longer pauses, until the patience ends.
struct Pauses {
    until: Instant,
    next: Duration,
}

impl Pauses {
    fn within(patience: Duration) -> Self {
        Self { until: Instant::now() + patience, next: FIRST_PAUSE }
    }

    /// Waits; tells whether there is patience for another pause after it.
    async fn pause(&mut self) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        tokio::time::sleep(self.next.min(left)).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        Instant::now() < self.until
    }
}
