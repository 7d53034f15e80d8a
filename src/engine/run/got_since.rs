//! Passkeys that a person of a session got elsewhere since its list was read: at another station
//! with the same list, at the Desk, or by themselves.

use crate::directory::{Passkey, PersonCard};
use crate::engine::ports::Ports;
use crate::enrolment::{Ceremony, StepError};
use crate::journal::StoredSession;

/// Their names. Those that the session itself made are not among them, undone ones included, which
/// the directory may list for a while yet. One that was taken back before its hand-over is: its
/// enrolment has forgotten it.
pub(super) async fn passkeys(
    ports: &Ports,
    ceremony: &Ceremony,
    (card, had): (&PersonCard, &[String]),
) -> Result<Vec<String>, StepError> {
    let Some(seat) = ceremony.intent().seat else { return Ok(Vec::new()) };
    let mut new: Vec<&Passkey> =
        card.passkeys.iter().filter(|passkey| !had.contains(&passkey.method_id)).collect();
    if new.is_empty() {
        return Ok(Vec::new());
    }
    match ports.journal.call(move |journal| journal.session(seat.session)).await {
        Ok(stored) => {
            let made = made_in(stored);
            new.retain(|passkey| !made.iter().any(|ours| is_of(ours, passkey)));
        }
        // Whoever looks at the list decides.
        Err(error) => tracing::warn!(%error, "the session's own keys are not known"),
    }
    Ok(new.into_iter().map(|passkey| passkey.display_name.clone()).collect())
}

fn made_in(stored: StoredSession) -> Vec<Ceremony> {
    let replayed = stored
        .enrolments
        .into_iter()
        .filter_map(|stored| Ceremony::replay(stored.intent, &stored.records).ok());
    replayed.filter(|ceremony| ceremony.made().is_some()).collect()
}

fn is_of(ceremony: &Ceremony, passkey: &Passkey) -> bool {
    let id = ceremony.made().and_then(|made| made.credential_id.as_ref());
    id.is_some_and(|id| passkey.is_of(id))
        || ceremony.method_id() == Some(passkey.method_id.as_str())
}
