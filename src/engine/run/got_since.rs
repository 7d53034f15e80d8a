//! Passkeys that a person of a session got elsewhere since its list was read: at another station
//! with the same list, at the Desk, or by themselves.

use super::Run;
use crate::directory::{DirectoryError, Passkey};
use crate::enrolment::preflight::{self, Remark};
use crate::enrolment::{MadeNames, Seat, StepError};
use crate::journal::StoredSession;
use crate::key::KeyError;
use std::time::{Duration, Instant};

/// A key that was put aside for longer is looked for others once more.
const LONG: Duration = Duration::from_secs(300);

impl Run {
    /// Stops for them where nobody has looked for long: the key was put aside, or the program ended
    /// in between.
    pub(super) async fn look_for_others_again(&mut self) -> Result<(), StepError> {
        let looked_lately = self.looked_for_others.is_some_and(|at| at.elapsed() < LONG);
        if looked_lately || self.hands.passkeys_before.is_none() {
            return Ok(());
        }
        let person = self.ceremony.intent().person.person_id();
        let cancelled = self.inbox.cancelled();
        let passkeys = tokio::select! {
            passkeys = self.ports.tenant.directory.passkeys(&person) => passkeys.map_err(not_asked)?,
            () = cancelled => return Err(StepError::Key(KeyError::Cancelled)),
        };
        match self.others_among(&passkeys).await {
            Some(remark) => Err(StepError::Preflight(vec![remark])),
            None => Ok(()),
        }
    }

    /// What stops the key for them. They are asked about once: who tries again wants this key too.
    pub(super) async fn others_among(&mut self, passkeys: &[Passkey]) -> Option<Remark> {
        let (before, seat) = (self.hands.passkeys_before.as_ref()?, self.ceremony.intent().seat?);
        self.looked_for_others = Some(Instant::now());
        let mut new: Vec<&Passkey> =
            passkeys.iter().filter(|passkey| !before.contains(&passkey.method_id)).collect();
        self.leave_out_own(seat, &mut new).await;
        let names: Vec<String> = new.iter().map(|passkey| passkey.display_name.clone()).collect();
        if names.is_empty() {
            return None;
        }
        self.hands.passkeys_before = None;
        Some(preflight::got_since(&names))
    }

    /// Those that the session itself made are not meant, also when they were taken back or undone:
    /// the directory may list them for a while yet.
    async fn leave_out_own(&self, seat: Seat, new: &mut Vec<&Passkey>) {
        if new.is_empty() {
            return;
        }
        let person = &self.ceremony.intent().person.id;
        match self.ports.journal.call(move |journal| journal.session(seat.session)).await {
            Ok(stored) => new.retain(|passkey| !made_by(&stored, person, passkey)),
            // Whoever looks at the list decides.
            Err(error) => tracing::warn!(%error, "the session's own keys are not known"),
        }
    }
}

/// Nothing was sent but a question: the step itself has no effect that would be in doubt.
fn not_asked(error: DirectoryError) -> DirectoryError {
    match error {
        DirectoryError::Unavailable(_)
        | DirectoryError::Garbled { .. }
        | DirectoryError::AnswerLost(_) => {
            DirectoryError::Unreachable { reason: error.to_string() }
        }
        error => error,
    }
}

fn made_by(session: &StoredSession, person: &str, passkey: &Passkey) -> bool {
    let mut theirs = session.enrolments.iter().filter(|stored| stored.intent.person.id == person);
    theirs.any(|stored| MadeNames::of(&stored.records).name(passkey))
}
