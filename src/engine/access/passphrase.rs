//! The station's passphrase: the fresh proof where nobody signs in by name.
//!
//! Only its hash is kept (argon2id, the crate's own parameters), in the keyring under the id of the
//! journal. Wrong tries in a row cost longer and longer waits.

use crate::problem::{Explain, Problem};
use crate::secrets::{SecretName, SecretText, Secrets};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// The shortest passphrase that is taken, in characters.
pub const SHORTEST: usize = 8;
/// Wrong tries in a row before the first wait.
const FREE_TRIES: u32 = 5;
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// Doubles no further than this often: a quarter of an hour.
const MOST_DOUBLINGS: u32 = 5;

/// Slows guessing down.
#[derive(Default)]
pub(in crate::engine) struct Tries {
    wrong: u32,
    not_before: Option<Timestamp>,
}

impl Tries {
    /// # Errors
    /// While the wait after too many wrong tries lasts.
    pub(super) fn may_try(&self, now: Timestamp) -> Result<(), Problem> {
        match self.not_before.map(|until| until.duration_since(now)) {
            Some(left) if left.is_positive() => Err(Problem {
                what: "Too many wrong passphrases".into(),
                next: format!("Try again in {} s", left.as_secs() + 1),
                details: Vec::new(),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn wrong(&mut self, now: Timestamp) {
        self.wrong = self.wrong.saturating_add(1);
        if let Some(beyond) = self.wrong.checked_sub(FREE_TRIES) {
            let wait = FIRST_WAIT * 2_i32.pow(beyond.min(MOST_DOUBLINGS));
            self.not_before = now.checked_add(wait).ok();
        }
    }

    pub(super) fn right(&mut self) {
        *self = Self::default();
    }
}

/// Whether the station has one. Blocks.
pub(super) fn is_set(secrets: &Secrets, journal: Uuid) -> Result<bool, Problem> {
    let kept = secrets.get(&SecretName::StationPassphrase { journal });
    kept.map(|kept| kept.is_some()).map_err(|error| error.problem())
}

/// Whether it is this one. Blocks, and takes its time on purpose.
///
/// # Errors
/// The keyring's; a station without a passphrase.
pub(super) fn is_right(
    secrets: &Secrets,
    journal: Uuid,
    typed: &SecretText,
) -> Result<bool, Problem> {
    let kept = secrets.get(&SecretName::StationPassphrase { journal });
    let kept = kept.map_err(|error| error.problem())?.ok_or_else(not_set)?;
    let hash = PasswordHash::new(kept.expose()).map_err(|_| unreadable())?;
    Ok(Argon2::default().verify_password(typed.expose().as_bytes(), &hash).is_ok())
}

/// Keeps the hash of a new one, or takes it away. Blocks.
///
/// # Errors
/// The keyring's; a passphrase that is too short.
pub(super) fn keep(
    secrets: &Secrets,
    journal: Uuid,
    new: Option<&SecretText>,
) -> Result<(), Problem> {
    let name = SecretName::StationPassphrase { journal };
    let Some(new) = new else {
        return secrets.delete(&name).map_err(|error| error.problem());
    };
    if new.expose().chars().count() < SHORTEST {
        return Err(too_short());
    }
    let hash = Argon2::default().hash_password(new.expose().as_bytes());
    let hash = hash.map_err(|error| Problem {
        what: format!("The passphrase can't be hashed: {error}"),
        next: "Start Keydesk again, then set it again".into(),
        details: Vec::new(),
    })?;
    secrets.set(&name, &SecretText::new(hash.to_string())).map_err(|error| error.problem())
}

pub(super) fn wrong() -> Problem {
    Problem {
        what: "The passphrase is wrong".into(),
        next: "Type it again; where nobody knows it any more, remove it with the system's keyring \
               program, then set a new one"
            .into(),
        details: Vec::new(),
    }
}

pub(super) fn not_set() -> Problem {
    Problem {
        what: "This station signs in as an application and has no passphrase, so nobody can \
               confirm who they are"
            .into(),
        next: "Set a station passphrase under Settings, Security".into(),
        details: Vec::new(),
    }
}

fn too_short() -> Problem {
    Problem {
        what: format!("The passphrase is shorter than {SHORTEST} characters"),
        next: "Choose a longer one, such as four words".into(),
        details: Vec::new(),
    }
}

fn unreadable() -> Problem {
    Problem {
        what: "The keyring's entry for the station passphrase can't be read".into(),
        next: "Remove that entry with the system's keyring program, then set a new passphrase"
            .into(),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn only_the_right_one_opens_and_only_its_hash_is_kept() {
        let (secrets, journal) = (Secrets::session_only("test"), Uuid::from_u128(1));
        let right = SecretText::new("four words of mine");
        assert!(!is_set(&secrets, journal).unwrap());
        assert_eq!(is_right(&secrets, journal, &right), Err(not_set()));
        keep(&secrets, journal, Some(&right)).unwrap();
        assert!(is_set(&secrets, journal).unwrap());
        assert!(is_right(&secrets, journal, &right).unwrap());
        assert!(!is_right(&secrets, journal, &SecretText::new("four words of yours")).unwrap());
        let kept = secrets.get(&SecretName::StationPassphrase { journal }).unwrap().unwrap();
        assert!(kept.expose().starts_with("$argon2id$") && !kept.expose().contains("four"));
        assert!(!is_set(&secrets, Uuid::from_u128(2)).unwrap(), "another station's");
        keep(&secrets, journal, None).unwrap();
        assert!(!is_set(&secrets, journal).unwrap());
    }

    #[test]
    fn a_short_one_is_not_taken_and_the_old_one_stays() {
        let (secrets, journal) = (Secrets::session_only("test"), Uuid::from_u128(1));
        let right = SecretText::new("long enough");
        keep(&secrets, journal, Some(&right)).unwrap();
        assert_eq!(keep(&secrets, journal, Some(&SecretText::new("seven77"))), Err(too_short()));
        assert!(is_right(&secrets, journal, &right).unwrap());
    }

    #[test]
    fn guessing_becomes_slow_and_a_right_one_ends_that() {
        let mut tries = Tries::default();
        for _ in 0..4 {
            tries.wrong(at(0));
        }
        assert!(tries.may_try(at(0)).is_ok());
        tries.wrong(at(0));
        assert!(tries.may_try(at(29)).is_err() && tries.may_try(at(30)).is_ok());
        tries.wrong(at(30));
        assert!(tries.may_try(at(89)).is_err() && tries.may_try(at(90)).is_ok());
        for _ in 0..100 {
            tries.wrong(at(100));
        }
        assert!(
            tries.may_try(at(100 + 15 * 60)).is_err() && tries.may_try(at(100 + 16 * 60)).is_ok()
        );
        tries.right();
        assert!(tries.may_try(at(100)).is_ok());
    }
}
