//! Passkeys that a person of a session got elsewhere since its list was read: at another station
//! with the same list, at the Desk, or by themselves.

use crate::directory::{Passkey, PersonCard};
use crate::engine::ports::Ports;
use crate::enrolment::{Ceremony, MadeNames};
use crate::journal::StoredSession;

/// Their names. Those that the session itself made are not among them, also when they were taken
/// back or undone: the directory may list them for a while yet.
pub(super) async fn passkeys(
    ports: &Ports,
    ceremony: &Ceremony,
    (card, before): (&PersonCard, &[String]),
) -> Vec<String> {
    let Some(seat) = ceremony.intent().seat else { return Vec::new() };
    let mut new: Vec<&Passkey> =
        card.passkeys.iter().filter(|passkey| !before.contains(&passkey.method_id)).collect();
    if new.is_empty() {
        return Vec::new();
    }
    match ports.journal.call(move |journal| journal.session(seat.session)).await {
        Ok(stored) => new.retain(|passkey| !made_by(&stored, &card.person.id.0, passkey)),
        // Whoever looks at the list decides.
        Err(error) => tracing::warn!(%error, "the session's own keys are not known"),
    }
    new.into_iter().map(|passkey| passkey.display_name.clone()).collect()
}

fn made_by(session: &StoredSession, person: &str, passkey: &Passkey) -> bool {
    let mut theirs = session.enrolments.iter().filter(|stored| stored.intent.person.id == person);
    theirs.any(|stored| MadeNames::of(&stored.records).name(passkey))
}
