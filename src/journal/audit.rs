//! The history: who did what to whom, each row chained to the one before.
//!
//! A row's hash is SHA-256 over the JSON array
//! `[seq, at_us, tenant, operator, action, subject, key_serial, detail, prev_hash]` without
//! spaces, `prev_hash` in lower-case hex (64 zeros for the first row), `at_us` in microseconds
//! since 1970 UTC. Changing, inserting or removing a row in the middle breaks the chain. So that
//! a cut tail shows too, the number and the hash of the last row are sealed with the vault's key
//! at each row. Rows written while that key is missing are sealed with the next one that is
//! written with it. What can't be seen: the whole folder put back to an older copy.

use super::JournalError;
use super::vault::{Purpose, SealingKey};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

/// What was done. Its text is part of the chain and must never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    EnrolmentBegun,
    Resumed,
    KeyReset,
    PinSet,
    Registered,
    OldKeyRemoved,
    RolledBack,
    Abandoned,
    Failed,
    HandedOver,
    PinRevealed,
    PinPurged,
    LetterWritten,
    LabelWritten,
    SecretStored,
    SettingsChanged,
    TenantSwitched,
    VaultKeyMade,
    SealedPinsGivenUp,
    SignedIn,
    SignedOut,
    SignInRefused,
    /// An operator proved that it is them, for a kind of act.
    Confirmed,
    ConfirmationRefused,
    /// A second operator approved a kind of act.
    Approved,
    Locked,
    Unlocked,
    UnlockRefused,
    SessionBegun,
    SessionEnded,
    PersonSkipped,
    /// Waits for a key again.
    PersonPutBack,
    /// A finished key is out of the directory again.
    KeyTakenBack,
    LettersWritten,
    LabelsWritten,
    ReportWritten,
    PinsExported,
    /// A plan for phones is carried out from here on.
    PhonesBegun,
    PhonesUndoBegun,
    PhonesEnded,
    /// One person's number, old and new masked.
    PhoneChanged,
    SmsSignInChanged,
    /// Something of a person is about to be done; whether it was, the next row says.
    ChangeAsked,
    PassIssued,
    /// Nobody saw it.
    PassTakenBack,
    PassSlipWritten,
    SessionsRevoked,
    /// The person was told of a change by mail.
    PersonTold,
    PersonNotTold,
    /// A signed request to change phones.
    PhoneRequestTaken,
    PhoneRequestRefused,
    /// A caller is being checked.
    CheckBegun,
    /// With the outcome.
    CheckEnded,
    /// A private note is in its ticket.
    NoteWritten,
    /// It was not private.
    NoteNotPrivate,
    /// Somebody saw to notes and rows that could not be sent.
    AlarmsSettled,
    /// Somebody counts as verified no more.
    VerifiedRevoked,
    /// An act was done because its person counted as verified.
    VerifiedRelied,
    /// A signed link opened a caller.
    LinkTaken,
    LinkRefused,
    /// A person's phone was made known to a push service.
    PushRegistered,
}

impl Action {
    pub fn text(self) -> &'static str {
        match self {
            Self::EnrolmentBegun => "Enrolment begun",
            Self::Resumed => "Enrolment resumed",
            Self::KeyReset => "Key reset",
            Self::PinSet => "PIN set",
            Self::Registered => "Registered",
            Self::OldKeyRemoved => "Old key removed",
            Self::RolledBack => "Rolled back",
            Self::Abandoned => "Abandoned",
            Self::Failed => "Failed",
            Self::HandedOver => "Handed over",
            Self::PinRevealed => "PIN revealed",
            Self::PinPurged => "PIN purged",
            Self::LetterWritten => "PIN letter written",
            Self::LabelWritten => "Label written",
            Self::SecretStored => "Secret stored",
            Self::SettingsChanged => "Settings changed",
            Self::TenantSwitched => "Tenant switched",
            Self::VaultKeyMade => "Vault key made",
            Self::SealedPinsGivenUp => "Sealed PINs given up",
            Self::SignedIn => "Signed in",
            Self::SignedOut => "Signed out",
            Self::SignInRefused => "Sign-in refused",
            Self::Confirmed => "Confirmed",
            Self::ConfirmationRefused => "Confirmation refused",
            Self::Approved => "Approved",
            Self::Locked => "Locked",
            Self::Unlocked => "Unlocked",
            Self::UnlockRefused => "Unlock refused",
            Self::SessionBegun => "Session begun",
            Self::SessionEnded => "Session ended",
            Self::PersonSkipped => "Person skipped",
            Self::PersonPutBack => "Person put back",
            Self::KeyTakenBack => "Key taken back",
            Self::LettersWritten => "PIN letters written",
            Self::LabelsWritten => "Labels written",
            Self::ReportWritten => "Report written",
            Self::PinsExported => "PINs exported",
            Self::PhonesBegun => "Phone changes begun",
            Self::PhonesUndoBegun => "Phone undo begun",
            Self::PhonesEnded => "Phone changes ended",
            Self::PhoneChanged => "Phone changed",
            Self::SmsSignInChanged => "SMS sign-in changed",
            Self::ChangeAsked => "Change asked for",
            Self::PassIssued => "Pass issued",
            Self::PassTakenBack => "Pass taken back",
            Self::PassSlipWritten => "Pass slip written",
            Self::SessionsRevoked => "Sessions revoked",
            Self::PersonTold => "Person told",
            Self::PersonNotTold => "Person not told",
            Self::PhoneRequestTaken => "Phone request taken",
            Self::PhoneRequestRefused => "Phone request refused",
            Self::CheckBegun => "Caller check begun",
            Self::CheckEnded => "Caller check ended",
            Self::NoteWritten => "Ticket note written",
            Self::NoteNotPrivate => "Ticket note was not private",
            Self::AlarmsSettled => "Ticket alarms settled",
            Self::VerifiedRevoked => "Verification revoked",
            Self::VerifiedRelied => "Verified caller relied on",
            Self::LinkTaken => "Ticket link taken",
            Self::LinkRefused => "Ticket link refused",
            Self::PushRegistered => "Phone registered for push",
        }
    }
}

/// One row to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub tenant: String,
    pub operator: String,
    pub action: Action,
    /// Person (UPN) or thing.
    pub subject: String,
    /// Of the key.
    pub serial: Option<String>,
    /// Never a secret.
    pub detail: String,
}

/// One row as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    pub at: Timestamp,
    pub operator: String,
    /// Such as `Registered`.
    pub action: String,
    /// Person or thing.
    pub subject: String,
    pub serial: Option<String>,
    pub detail: String,
}

/// What a whole chain was checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    pub rows: u64,
    pub tail: Tail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The sealed number and hash of the last row agree; these newest rows came after it.
    Sealed { unsealed_rows: u64 },
    /// The vault's key is not there: a cut tail would not show.
    NotChecked,
}

/// How the history was altered.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ChainFault {
    #[error("row {seq} is not what was written")]
    Altered { seq: i64 },
    #[error("row {seq} is missing")]
    Missing { seq: i64 },
    #[error("the newest rows are missing: {kept} of {sealed} are left")]
    Cut { kept: i64, sealed: i64 },
    #[error("the seal on the newest row is missing or was altered")]
    Seal,
}

/// The newest row's number (0 before the first) and hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Chain {
    seq: i64,
    hash: Hash,
    sealing: Sealing,
}

/// Whether the seal follows new rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sealing {
    Follows,
    /// It contradicts the rows: it stays as it is, as the evidence.
    Kept,
}

type Hash = [u8; 32];

impl Chain {
    /// The newest row, whatever the seal says.
    pub(super) fn last(db: &Connection) -> Result<Self, JournalError> {
        let last = db
            .query_row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (seq, hash) = last.unwrap_or((0, [0; 32]));
        Ok(Self { seq, hash, sealing: Sealing::Follows })
    }

    /// The newest row; a seal that contradicts the rows is not written over any more.
    pub(super) fn open(db: &Connection, key: Option<&SealingKey>) -> Result<Self, JournalError> {
        let mut chain = Self::last(db)?;
        if let Some(key) = key
            && !seal_agrees(db, key)?
        {
            tracing::error!("the history does not agree with its seal");
            chain.sealing = Sealing::Kept;
        }
        Ok(chain)
    }
}

/// Adds a row inside the caller's transaction. The answer is the chain once that is committed.
pub(super) fn add(
    db: &Connection,
    chain: &Chain,
    key: Option<&SealingKey>,
    entry: &Entry,
    at: Timestamp,
) -> Result<Chain, JournalError> {
    let row = Stored {
        seq: chain.seq + 1,
        at_us: at.as_microsecond(),
        tenant: entry.tenant.clone(),
        operator: entry.operator.clone(),
        action: entry.action.text().to_owned(),
        subject: entry.subject.clone(),
        key_serial: entry.serial.clone(),
        detail: entry.detail.clone(),
        prev_hash: chain.hash,
    };
    let hash = row.hash()?;
    db.prepare_cached("INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?
        .execute(params![
        row.seq,
        row.at_us,
        row.tenant,
        row.operator,
        row.action,
        row.subject,
        row.key_serial,
        row.detail,
        row.prev_hash,
        hash,
        row.search_text(),
    ])?;
    let next = Chain { seq: row.seq, hash, sealing: chain.sealing };
    if let (Some(key), Sealing::Follows) = (key, next.sealing) {
        seal(db, &next, key)?;
    }
    Ok(next)
}

/// Walks the whole chain.
pub(super) fn verify(db: &Connection, key: Option<&SealingKey>) -> Result<Verified, JournalError> {
    let mut last = Chain { seq: 0, hash: [0; 32], sealing: Sealing::Follows };
    let mut statement = db.prepare(
        "SELECT seq, at_us, tenant, operator, action, subject, key_serial, detail, prev_hash, hash
         FROM audit ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        last = follow(&last, row)?;
    }
    let rows = last.seq.unsigned_abs();
    let Some(key) = key else { return Ok(Verified { rows, tail: Tail::NotChecked }) };
    let sealed = read_seal(db, key)?.ok_or(JournalError::Chain(ChainFault::Seal))?;
    if sealed.seq > last.seq {
        return Err(JournalError::Chain(ChainFault::Cut { kept: last.seq, sealed: sealed.seq }));
    }
    if hash_of_row(db, sealed.seq)? != Some(sealed.hash) {
        return Err(JournalError::Chain(ChainFault::Altered { seq: sealed.seq }));
    }
    let unsealed_rows = (last.seq - sealed.seq).unsigned_abs();
    Ok(Verified { rows, tail: Tail::Sealed { unsealed_rows } })
}

/// Rows that hold every word of the filter, newest first.
pub(super) fn history(
    db: &Connection,
    tenant: Option<&str>,
    filter: &str,
    limit: u32,
    offset: u32,
) -> Result<Vec<HistoryRow>, JournalError> {
    let mut words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let mut matches = "AND instr(search, ?) > 0 ".repeat(words.len());
    if let Some(tenant) = tenant {
        // Rows without a tenant are the station's own, such as that of a new sealing key.
        matches += "AND tenant IN (?, '') ";
        words.push(tenant.to_owned());
    }
    let mut statement = db.prepare(&format!(
        "SELECT at_us, operator, action, subject, key_serial, detail FROM audit
         WHERE 1 {matches} ORDER BY seq DESC LIMIT {limit} OFFSET {offset}"
    ))?;
    let rows = statement.query_map(rusqlite::params_from_iter(words), history_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Rows of one kind in a tenant since a moment, oldest first.
pub(super) fn of_action(
    db: &Connection,
    tenant: &str,
    action: Action,
    since: Timestamp,
) -> Result<Vec<HistoryRow>, JournalError> {
    let mut statement = db.prepare(
        "SELECT at_us, operator, action, subject, key_serial, detail FROM audit
         WHERE tenant = ?1 AND action = ?2 AND at_us >= ?3 ORDER BY seq",
    )?;
    let bound = params![tenant, action.text(), since.as_microsecond()];
    let rows = statement.query_map(bound, history_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The row of this kind of that very moment, and its place. Rows are ordered by their places: their
/// times don't tell, where the clock was set back.
pub(super) fn row_of_moment(
    db: &Connection,
    tenant: &str,
    (action, at): (Action, Timestamp),
) -> Result<Option<(i64, HistoryRow)>, JournalError> {
    let mut statement = db.prepare(
        "SELECT at_us, operator, action, subject, key_serial, detail, seq FROM audit
         WHERE tenant = ?1 AND action = ?2 AND at_us = ?3 ORDER BY seq LIMIT 1",
    )?;
    let bound = params![tenant, action.text(), at.as_microsecond()];
    let found = statement.query_row(bound, |row| Ok((row.get(6)?, history_row(row)?)));
    Ok(found.optional()?)
}

/// Rows of one kind in a tenant behind a place, oldest first.
pub(super) fn of_action_behind(
    db: &Connection,
    tenant: &str,
    place: i64,
    action: Action,
) -> Result<Vec<HistoryRow>, JournalError> {
    let mut statement = db.prepare(
        "SELECT at_us, operator, action, subject, key_serial, detail FROM audit
         WHERE tenant = ?1 AND action = ?2 AND seq > ?3 ORDER BY seq",
    )?;
    let rows = statement.query_map(params![tenant, action.text(), place], history_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn history_row(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    Ok(HistoryRow {
        at: timestamp(row.get(0)?),
        operator: row.get(1)?,
        action: row.get(2)?,
        subject: row.get(3)?,
        serial: row.get(4)?,
        detail: row.get(5)?,
    })
}

/// How often something was done in a tenant since a moment.
pub(super) fn count(
    db: &Connection,
    tenant: &str,
    action: Action,
    since: Timestamp,
) -> Result<u64, JournalError> {
    let count: i64 = db.query_row(
        "SELECT count(*) FROM audit WHERE tenant = ?1 AND action = ?2 AND at_us >= ?3",
        params![tenant, action.text(), since.as_microsecond()],
        |row| row.get(0),
    )?;
    Ok(count.unsigned_abs())
}

/// Whether something was ever done, in whichever tenant.
pub(super) fn has_ever(db: &Connection, action: Action) -> Result<bool, JournalError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM audit WHERE action = ?1)";
    Ok(db.query_row(sql, [action.text()], |row| row.get(0))?)
}

/// A time out of jiff's range can only come from an altered row, which `verify` reports.
pub(super) fn timestamp(at_us: i64) -> Timestamp {
    Timestamp::from_microsecond(at_us).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A row without its own hash.
struct Stored {
    seq: i64,
    at_us: i64,
    tenant: String,
    operator: String,
    action: String,
    subject: String,
    key_serial: Option<String>,
    detail: String,
    prev_hash: Hash,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            at_us: row.get(1)?,
            tenant: row.get(2)?,
            operator: row.get(3)?,
            action: row.get(4)?,
            subject: row.get(5)?,
            key_serial: row.get(6)?,
            detail: row.get(7)?,
            prev_hash: row.get(8)?,
        })
    }

    fn hash(&self) -> Result<Hash, JournalError> {
        let canonical = serde_json::to_vec(&(
            self.seq,
            self.at_us,
            &self.tenant,
            &self.operator,
            &self.action,
            &self.subject,
            &self.key_serial,
            &self.detail,
            hex(&self.prev_hash),
        ))
        .map_err(|error| JournalError::Sqlite(error.to_string()))?;
        Ok(Sha256::digest(canonical).into())
    }

    fn search_text(&self) -> String {
        let serial = self.key_serial.as_deref().unwrap_or_default();
        [&self.operator, &self.action, &self.subject, serial, &self.detail, &self.tenant]
            .join("\n")
            .to_lowercase()
    }
}

fn follow(last: &Chain, row: &Row<'_>) -> Result<Chain, JournalError> {
    let expected = last.seq + 1;
    let seq: i64 = row.get(0)?;
    if seq != expected {
        return Err(JournalError::Chain(ChainFault::Missing { seq: expected }));
    }
    let altered = JournalError::Chain(ChainFault::Altered { seq });
    let (Ok(stored), Ok(hash)) = (Stored::read(row), row.get::<_, Hash>(9)) else {
        return Err(altered);
    };
    if stored.prev_hash != last.hash || stored.hash()? != hash {
        return Err(altered);
    }
    Ok(Chain { seq, hash, sealing: last.sealing })
}

fn seal(db: &Connection, chain: &Chain, key: &SealingKey) -> Result<(), JournalError> {
    let plain = [&chain.seq.to_be_bytes()[..], &chain.hash].concat();
    let sealed = key.seal(Purpose::ChainHead, &plain)?;
    db.prepare_cached("UPDATE station SET sealed_head = ?1")?.execute([sealed])?;
    Ok(())
}

fn read_seal(db: &Connection, key: &SealingKey) -> Result<Option<Chain>, JournalError> {
    let sealed: Option<Vec<u8>> =
        db.query_row("SELECT sealed_head FROM station", [], |row| row.get(0))?;
    let plain = sealed.and_then(|sealed| key.open(Purpose::ChainHead, &sealed));
    Ok(plain.and_then(|plain| {
        let (seq, hash) = plain.split_first_chunk::<8>()?;
        Some(Chain {
            seq: i64::from_be_bytes(*seq),
            hash: hash.try_into().ok()?,
            sealing: Sealing::Follows,
        })
    }))
}

fn seal_agrees(db: &Connection, key: &SealingKey) -> Result<bool, JournalError> {
    match read_seal(db, key)? {
        Some(sealed) => Ok(hash_of_row(db, sealed.seq)? == Some(sealed.hash)),
        None => Ok(false),
    }
}

fn hash_of_row(db: &Connection, seq: i64) -> Result<Option<Hash>, JournalError> {
    Ok(db.query_row("SELECT hash FROM audit WHERE seq = ?1", [seq], |row| row.get(0)).optional()?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
