//! The vault as the operator meets it: said when it is closed, asked again, given up.

use super::access::Permits;
use super::ports::{JournalPort, Ports, off_the_network};
use super::station::Station;
use super::{Event, VaultMode, connect};
use crate::access::Act;
use crate::journal::{JournalError, VaultState};
use crate::problem::{Explain, Problem};
use crate::secrets::{Mode, Secrets};

impl Station {
    /// Where the key is kept that seals PINs. What is practised may be lost with the program.
    pub(super) fn secrets_of_vault(&self, practice: bool) -> Secrets {
        // A keyring that is only locked has the right key: another one would take its place.
        let is_allowed =
            self.settings.security.pins_without_keyring && !self.secrets.found_locked();
        match practice || is_allowed {
            true => self.secrets.clone().with_vault_in_memory(),
            false => self.secrets.clone(),
        }
    }

    /// Says whether random PINs can be sealed; while they can't, typed ones work.
    pub(super) async fn show_vault(&self) {
        let Some(ports) = &self.ports else { return };
        match self.mode_of(&ports.journal).await {
            Ok(mode) => self.tell(Event::Vault(mode)).await,
            Err(error) => self.tell_problem(&error).await,
        }
    }

    async fn mode_of(&self, journal: &JournalPort) -> Result<VaultMode, JournalError> {
        let secrets = self.secrets.clone();
        let told =
            journal.call(move |it| Ok((it.vault(), it.vault_outlives_program(&secrets)))).await;
        told.map(|(state, outlives_program)| mode(state, outlives_program))
    }

    /// Asks the keyring again; one that was absent at the start is looked for first.
    pub(super) async fn reopen_vault(&mut self) {
        let Some(ports) = self.connected().await else { return };
        if let Mode::SessionOnly { .. } = self.secrets.mode() {
            let found = off_the_network(Secrets::probe).await;
            if found.mode() == Mode::Keyring {
                let before = self.secrets.clone();
                self.secrets = off_the_network(move || found.taking_over(&before)).await;
                self.tell(Event::Keyring(connect::keyring_mode(&self.secrets))).await;
            }
        }
        let secrets = self.secrets_of_vault(ports.tenant.key.practice);
        match ports.journal.call(move |journal| journal.reopen_vault(&secrets)).await {
            Ok(state) => {
                if state == VaultState::Ready {
                    self.runs.values().for_each(|run| run.vault_is_open());
                    self.session_may_have_its_pins();
                }
                self.show_vault().await;
            }
            Err(error) => self.tell_problem(&error).await,
        }
        self.show_unfinished().await;
    }

    /// A new sealing key; what the old one sealed can't be opened ever after.
    pub(super) async fn give_up_sealed_pins(&mut self, permits: &Permits) {
        if let Err(problem) = permits.demand(Act::ChangeSecrets) {
            return self.tell(Event::Problem(problem)).await;
        }
        let Some(ports) = self.connected().await else { return };
        let secrets = self.secrets_of_vault(ports.tenant.key.practice);
        let operator = ports.tenant.operator.clone();
        let now = jiff::Timestamp::now();
        let given_up = ports
            .journal
            .call(move |journal| journal.give_up_sealed_pins(&secrets, &operator, now))
            .await;
        match given_up {
            Ok(lost) => self.tell(Event::SealedPinsGivenUp { lost }).await,
            Err(error) => self.tell_problem(&error).await,
        }
        self.show_vault().await;
        self.show_unfinished().await;
    }
}

/// Refuses what needs a sealed PIN before anything is begun.
pub(super) async fn may_seal(ports: &Ports) -> Result<(), Problem> {
    let state = state(&ports.journal).await.map_err(|error| error.problem())?;
    match cause(state) {
        None => Ok(()),
        Some(cause) => Err(Problem {
            what: format!("A random PIN can't be sealed: {}", cause.what()),
            next: "Let the person type a PIN, or try the keyring again".into(),
            details: cause.details(),
        }),
    }
}

async fn state(journal: &JournalPort) -> Result<VaultState, JournalError> {
    journal.call(|journal| Ok(journal.vault())).await
}

fn mode(state: VaultState, outlives_program: bool) -> VaultMode {
    let given_up = match &state {
        VaultState::KeyMissing { sealed } | VaultState::WrongKey { sealed } => Some(*sealed),
        VaultState::Ready | VaultState::Unavailable(_) => None,
    };
    match cause(state) {
        None if outlives_program => VaultMode::Open,
        None => VaultMode::InMemory,
        Some(cause) => VaultMode::Closed { problem: closed(&cause), given_up },
    }
}

fn cause(state: VaultState) -> Option<JournalError> {
    match state {
        VaultState::Ready => None,
        VaultState::KeyMissing { sealed } => Some(JournalError::VaultKeyMissing { sealed }),
        VaultState::WrongKey { sealed } => Some(JournalError::VaultKeyWrong { sealed }),
        VaultState::Unavailable(error) => Some(JournalError::Keyring(error)),
    }
}

fn closed(cause: &JournalError) -> Problem {
    Problem {
        what: format!("Random PINs and changes of phones are refused: {}", cause.what()),
        next: format!("{}; until then persons type their PINs", cause.next()),
        details: cause.details(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::SecretsError;

    #[test]
    fn a_vault_whose_key_ends_with_the_program_is_not_merely_open() {
        assert_eq!(mode(VaultState::Ready, true), VaultMode::Open);
        assert_eq!(mode(VaultState::Ready, false), VaultMode::InMemory);
    }

    #[test]
    fn a_missing_or_wrong_key_can_be_given_up_with_the_pins_it_sealed() {
        for state in [VaultState::KeyMissing { sealed: 3 }, VaultState::WrongKey { sealed: 3 }] {
            let VaultMode::Closed { problem, given_up } = mode(state, true) else { panic!("open") };
            assert_eq!(given_up, Some(3));
            assert!(problem.what.contains('3'), "{problem}");
            assert!(problem.next.contains("type their PINs"), "{problem}");
        }
    }

    #[test]
    fn a_locked_keyring_is_no_reason_to_give_pins_up() {
        let state = VaultState::Unavailable(SecretsError::Locked("asked".into()));
        let VaultMode::Closed { given_up, .. } = mode(state, true) else { panic!("open") };
        assert_eq!(given_up, None);
    }
}
