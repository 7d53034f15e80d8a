//! Takes passkeys out of a directory whose parts lag behind one another: what one part does not have
//! yet, or shows still, another one may tell otherwise.

use crate::directory::{Directory, DirectoryError, Passkey, PersonId, Removal};
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
    let until = Instant::now() + patience;
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(seen) = seen(directory.passkeys(person).await?) {
            return Ok(Some(seen));
        }
        if Instant::now() + pause > until {
            return Ok(None);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Removes a passkey. One that is not found may be on its way to where it was looked for: as soon as
/// the list has it, it is removed there.
///
/// # Errors
/// Besides the directory's own, [`DirectoryError::AnswerLost`] where it is not found, and the list has
/// it all the same.
pub(super) async fn remove(
    directory: &dyn Directory,
    person: &PersonId,
    method_id: &str,
    patience: Duration,
) -> Result<Removal, DirectoryError> {
    if directory.delete(person, method_id).await? == Removal::Removed {
        return Ok(Removal::Removed);
    }
    let came = look(directory, person, patience, |listed| has(&listed, method_id).then_some(()));
    if came.await?.is_none() {
        return Ok(Removal::NotFound);
    }
    if directory.delete(person, method_id).await? == Removal::Removed
        || is_gone(directory, person, method_id, patience).await?
    {
        return Ok(Removal::Removed);
    }
    Err(DirectoryError::AnswerLost(Default::default()))
}

/// Whether the person's list is without a passkey, or is so within the patience.
pub(super) async fn is_gone(
    directory: &dyn Directory,
    person: &PersonId,
    method_id: &str,
    patience: Duration,
) -> Result<bool, DirectoryError> {
    let gone = |listed: Vec<Passkey>| (!has(&listed, method_id)).then_some(());
    Ok(look(directory, person, patience, gone).await?.is_some())
}

fn has(listed: &[Passkey], method_id: &str) -> bool {
    listed.iter().any(|passkey| passkey.method_id == method_id)
}
