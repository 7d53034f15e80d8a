//! The vault: PINs sealed with a key from the keyring until they are handed over.
//!
//! XChaCha20-Poly1305 with a random 24-byte nonce in front. The associated data names the
//! journal, the use and the enrolment, so a sealed PIN can't be moved to another one. A PIN is
//! padded to 64 bytes first: its length does not show.

use super::JournalError;
use super::audit::{self, Action, Chain, Entry};
use crate::enrolment::EnrolmentId;
use crate::pin::Pin;
use crate::secrets::{SecretName, SecretText, Secrets, SecretsError};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// A length byte and the longest PIN.
const PADDED_PIN_BYTES: usize = 64;

/// Whether PINs can be sealed and revealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultState {
    Ready,
    /// The keyring has no key, though PINs are sealed: after a session without a keyring, for
    /// another user, or when someone removed it.
    KeyMissing {
        sealed: u64,
    },
    /// The keyring has a key that is not the one this journal was sealed with.
    WrongKey {
        sealed: u64,
    },
    /// The keyring can't be asked now.
    Unavailable(SecretsError),
}

/// What something is sealed for; part of its associated data.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    KeyCheck,
    ChainHead,
    Pin(EnrolmentId),
    /// Old and new number of one row of a job.
    Phone {
        job: Uuid,
        row: usize,
    },
}

/// The sealing key, or why there is none.
pub(super) struct Vault {
    journal: Uuid,
    key: Result<SealingKey, VaultState>,
}

pub(super) struct SealingKey {
    journal: Uuid,
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl Vault {
    /// Gets the key from the keyring and tries it; makes one, or takes the one that is there, where
    /// nothing depends on another. None is made that would end with the program: it would replace the
    /// one in a keyring that is locked.
    pub(super) fn open(db: &mut Connection, secrets: &Secrets) -> Result<Self, JournalError> {
        let (journal, check) = station(db)?;
        if let Some(error) = secrets.lacks_vault() {
            return Ok(Self { journal, key: Err(VaultState::Unavailable(error)) });
        }
        let (sealed, is_needed) = depending(db)?;
        let found = match secrets.get(&SecretName::VaultKey { journal }) {
            Ok(found) => found,
            Err(error) => return Ok(Self { journal, key: Err(VaultState::Unavailable(error)) }),
        };
        let key = match (found, check) {
            (Some(text), Some(check)) => match SealingKey::read(journal, &text) {
                Some(key) if key.open(Purpose::KeyCheck, &check).is_some() => Ok(key),
                _ if is_needed => Err(VaultState::WrongKey { sealed }),
                // What the other one sealed while the keyring was away is gone with it.
                Some(key) => adopt(db, key)?,
                None => make_key(db, journal, secrets)?,
            },
            // A kill between keyring and journal: the key is there, nothing is sealed with it.
            (Some(text), None) => match SealingKey::read(journal, &text) {
                Some(key) => adopt(db, key),
                None => make_key(db, journal, secrets),
            }?,
            (None, Some(_)) if is_needed => Err(VaultState::KeyMissing { sealed }),
            (None, _) => make_key(db, journal, secrets)?,
        };
        Ok(Self { journal, key })
    }

    /// The key, where the keyring has the right one; nothing is written anywhere.
    pub(super) fn look(
        db: &Connection,
        secrets: &Secrets,
    ) -> Result<Option<SealingKey>, JournalError> {
        let (journal, check) = station(db)?;
        let text = secrets.get(&SecretName::VaultKey { journal })?;
        let key = text.and_then(|text| SealingKey::read(journal, &text));
        let opens = |key: &SealingKey| {
            check.as_ref().is_some_and(|check| key.open(Purpose::KeyCheck, check).is_some())
        };
        Ok(key.filter(opens))
    }

    /// A new key where the right one is gone; what was sealed with that is lost and marked so.
    pub(super) fn replace_key(
        &mut self,
        db: &mut Connection,
        chain: &Chain,
        secrets: &Secrets,
        operator: &str,
        at: Timestamp,
    ) -> Result<(Chain, u64), JournalError> {
        match &self.key {
            Err(VaultState::KeyMissing { .. } | VaultState::WrongKey { .. }) => {}
            Err(VaultState::Unavailable(error)) => return Err(error.clone().into()),
            Ok(_) | Err(VaultState::Ready) => return Ok((*chain, 0)),
        }
        let key = keep_new_key(self.journal, secrets)?;
        let tx = db.transaction()?;
        let lost =
            tx.execute("UPDATE pin SET state = 'lost', sealed = NULL WHERE state = 'sealed'", [])?;
        // Their numbers can't be read any more, so nobody can go on with them.
        tx.execute("UPDATE phone_row SET state = 'cancelled' WHERE state = 'waiting'", [])?;
        let jobs = tx.execute(
            "UPDATE phone_job SET ended_at_us = ?1 WHERE ended_at_us IS NULL",
            [at.as_microsecond()],
        )?;
        write_check(&tx, &key)?;
        let entry = Entry {
            tenant: String::new(),
            operator: operator.into(),
            action: Action::SealedPinsGivenUp,
            subject: "vault".into(),
            serial: None,
            detail: format!("{lost} PINs, {jobs} changes of phones"),
        };
        let chain = audit::add(&tx, chain, Some(&key), &entry, at)?;
        tx.commit()?;
        self.key = Ok(key);
        Ok((chain, lost as u64))
    }

    /// Whether there is this key at the next start of the program.
    pub(super) fn is_kept_in(&self, secrets: &Secrets) -> bool {
        let Ok(key) = &self.key else { return false };
        let name = SecretName::VaultKey { journal: self.journal };
        let is_this = |text: SecretText| {
            SealingKey::read(self.journal, &text).is_some_and(|kept| kept.bytes == key.bytes)
        };
        secrets.outlives_program(&name) && secrets.get(&name).ok().flatten().is_some_and(is_this)
    }

    pub(super) fn state(&self) -> VaultState {
        match &self.key {
            Ok(_) => VaultState::Ready,
            Err(state) => state.clone(),
        }
    }

    pub(super) fn key(&self) -> Result<&SealingKey, JournalError> {
        self.key.as_ref().map_err(|state| match state {
            VaultState::KeyMissing { sealed } => JournalError::VaultKeyMissing { sealed: *sealed },
            VaultState::WrongKey { sealed } => JournalError::VaultKeyWrong { sealed: *sealed },
            VaultState::Unavailable(error) => JournalError::Keyring(error.clone()),
            VaultState::Ready => JournalError::VaultKeyMissing { sealed: 0 },
        })
    }
}

impl SealingKey {
    fn read(journal: Uuid, text: &SecretText) -> Option<Self> {
        let decoded = Zeroizing::new(STANDARD.decode(text.expose()).ok()?);
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        if decoded.len() != KEY_BYTES {
            return None;
        }
        bytes.copy_from_slice(&decoded);
        Some(Self { journal, bytes })
    }

    pub(super) fn seal(&self, purpose: Purpose, plain: &[u8]) -> Result<Vec<u8>, JournalError> {
        let mut sealed = vec![0; NONCE_BYTES];
        random(&mut sealed)?;
        let aad = self.associated_data(purpose);
        let text = self
            .cipher()
            .encrypt(XNonce::from_slice(&sealed), Payload { msg: plain, aad: &aad })
            .map_err(|_| JournalError::Sealing)?;
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Nothing when it was sealed with another key or for another purpose, or altered.
    pub(super) fn open(&self, purpose: Purpose, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_BYTES)?;
        let aad = self.associated_data(purpose);
        let plain = self
            .cipher()
            .decrypt(XNonce::from_slice(nonce), Payload { msg: text, aad: &aad })
            .ok()?;
        Some(Zeroizing::new(plain))
    }

    pub(super) fn seal_pin(&self, id: EnrolmentId, pin: &Pin) -> Result<Vec<u8>, JournalError> {
        self.seal(Purpose::Pin(id), &pad(pin.expose())[..])
    }

    pub(super) fn open_pin(
        &self,
        id: EnrolmentId,
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, JournalError> {
        let plain = self.open(Purpose::Pin(id), sealed).ok_or(JournalError::PinAltered(id))?;
        unpad(&plain).ok_or(JournalError::PinAltered(id))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.bytes).into())
    }

    fn associated_data(&self, purpose: Purpose) -> Vec<u8> {
        let (word, id) = match purpose {
            Purpose::KeyCheck => ("keydesk key check 1", Uuid::nil()),
            Purpose::ChainHead => ("keydesk chain head 1", Uuid::nil()),
            Purpose::Pin(id) => ("keydesk PIN 1", id.0),
            Purpose::Phone { job, .. } => ("keydesk phone 1", job),
        };
        let row = match purpose {
            Purpose::Phone { row, .. } => (row as u64).to_be_bytes().to_vec(),
            _ => Vec::new(),
        };
        [word.as_bytes(), self.journal.as_bytes(), id.as_bytes(), &row].concat()
    }
}

fn pad(pin: &str) -> Zeroizing<[u8; PADDED_PIN_BYTES]> {
    let mut padded = Zeroizing::new([0; PADDED_PIN_BYTES]);
    // A PIN is at most 63 bytes by its type, so this cuts nothing.
    let length = pin.len().min(PADDED_PIN_BYTES - 1);
    padded[0] = length as u8;
    padded[1..=length].copy_from_slice(&pin.as_bytes()[..length]);
    padded
}

fn unpad(padded: &[u8]) -> Option<Zeroizing<String>> {
    let (length, rest) = padded.split_first()?;
    let text = std::str::from_utf8(rest.get(..usize::from(*length))?).ok()?;
    Some(Zeroizing::new(text.to_owned()))
}

pub(super) fn journal_id(db: &Connection) -> Result<Uuid, JournalError> {
    station(db).map(|(journal, _)| journal)
}

fn station(db: &Connection) -> Result<(Uuid, Option<Vec<u8>>), JournalError> {
    let (journal, check) = db.query_row("SELECT journal, key_check FROM station", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?))
    })?;
    let journal = journal
        .parse()
        .map_err(|error| JournalError::Corrupt(format!("id of the journal: {error}")))?;
    Ok((journal, check))
}

/// How many PINs are sealed, and whether anything that is sealed is still needed: the numbers of phones
/// are by jobs that have not ended.
fn depending(db: &Connection) -> Result<(u64, bool), JournalError> {
    let (pins, jobs): (i64, i64) = db.query_row(
        "SELECT (SELECT count(*) FROM pin WHERE state = 'sealed'),
                (SELECT count(*) FROM phone_job WHERE ended_at_us IS NULL)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok((pins.unsigned_abs(), pins > 0 || jobs > 0))
}

type Opened = Result<SealingKey, VaultState>;

fn make_key(db: &mut Connection, journal: Uuid, secrets: &Secrets) -> Result<Opened, JournalError> {
    match keep_new_key(journal, secrets) {
        Ok(key) => adopt(db, key),
        Err(JournalError::Keyring(error)) => Ok(Err(VaultState::Unavailable(error))),
        Err(other) => Err(other),
    }
}

/// A random key that the keyring has confirmed to hold.
fn keep_new_key(journal: Uuid, secrets: &Secrets) -> Result<SealingKey, JournalError> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    random(&mut bytes[..])?;
    let text = SecretText::new(STANDARD.encode(&bytes[..]));
    let name = SecretName::VaultKey { journal };
    secrets.set(&name, &text)?;
    match secrets.get(&name)? {
        Some(kept) if kept.expose() == text.expose() => Ok(SealingKey { journal, bytes }),
        _ => Err(SecretsError::Unavailable("it did not keep the vault's key".into()).into()),
    }
}

/// Makes this key the journal's. That is in the history, because a new key also vouches anew for
/// the rows before it.
fn adopt(db: &mut Connection, key: SealingKey) -> Result<Opened, JournalError> {
    let chain = Chain::last(db)?;
    let tx = db.transaction()?;
    write_check(&tx, &key)?;
    let entry = Entry {
        tenant: String::new(),
        operator: "Keydesk".into(),
        action: Action::VaultKeyMade,
        subject: "vault".into(),
        serial: None,
        detail: String::new(),
    };
    audit::add(&tx, &chain, Some(&key), &entry, Timestamp::now())?;
    tx.commit()?;
    Ok(Ok(key))
}

fn write_check(db: &Connection, key: &SealingKey) -> Result<(), JournalError> {
    let check = key.seal(Purpose::KeyCheck, b"")?;
    db.execute("UPDATE station SET key_check = ?1", params![check])?;
    Ok(())
}

fn random(bytes: &mut [u8]) -> Result<(), JournalError> {
    getrandom::fill(bytes).map_err(|error| JournalError::Random(error.to_string()))
}
