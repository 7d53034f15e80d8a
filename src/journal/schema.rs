//! The file itself: its lock, its settings, its tables and their versions.

use super::JournalError;
use crate::files;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

pub(super) const FILE: &str = "keydesk.db";
const BUSY_WITHIN: Duration = Duration::from_secs(5);
const LOCK_FILE: &str = "keydesk.lock";

/// Each brings the schema from its place in the list to the next version.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE station (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        journal TEXT NOT NULL,
        key_check BLOB,
        sealed_head BLOB
    );
    CREATE TABLE enrolment (
        id TEXT PRIMARY KEY,
        intent TEXT NOT NULL,
        begun_at_us INTEGER NOT NULL,
        finished_at_us INTEGER
    );
    CREATE INDEX enrolment_unfinished ON enrolment (begun_at_us) WHERE finished_at_us IS NULL;
    CREATE TABLE record (
        enrolment TEXT NOT NULL REFERENCES enrolment (id),
        seq INTEGER NOT NULL,
        at_us INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (enrolment, seq)
    );
    CREATE TABLE pin (
        enrolment TEXT PRIMARY KEY REFERENCES enrolment (id),
        state TEXT NOT NULL CHECK (state IN ('sealed', 'purged', 'lost')),
        sealed BLOB,
        CHECK ((state = 'sealed') = (sealed IS NOT NULL))
    );
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at_us INTEGER NOT NULL,
        tenant TEXT NOT NULL,
        operator TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        key_serial TEXT,
        detail TEXT NOT NULL,
        prev_hash BLOB NOT NULL,
        hash BLOB NOT NULL,
        search TEXT NOT NULL
    );
",
    "
    CREATE TABLE session (
        id TEXT PRIMARY KEY,
        tenant TEXT NOT NULL,
        operator TEXT NOT NULL,
        options TEXT NOT NULL,
        begun_at_us INTEGER NOT NULL,
        ended_at_us INTEGER
    );
    CREATE TABLE session_entry (
        session TEXT NOT NULL REFERENCES session (id),
        no INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (session, no)
    ) WITHOUT ROWID;
    CREATE TABLE session_note (
        session TEXT NOT NULL REFERENCES session (id),
        seq INTEGER NOT NULL,
        at_us INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (session, seq)
    ) WITHOUT ROWID;
    ALTER TABLE enrolment ADD COLUMN session TEXT REFERENCES session (id);
    CREATE INDEX enrolment_session ON enrolment (session, begun_at_us) WHERE session IS NOT NULL;
    CREATE INDEX audit_key_serial ON audit (key_serial) WHERE key_serial IS NOT NULL;
",
    "
    CREATE TABLE phone_job (
        id TEXT PRIMARY KEY,
        tenant TEXT NOT NULL,
        operator TEXT NOT NULL,
        body TEXT NOT NULL,
        begun_at_us INTEGER NOT NULL,
        ended_at_us INTEGER
    );
    CREATE TABLE phone_row (
        job TEXT NOT NULL REFERENCES phone_job (id),
        no INTEGER NOT NULL,
        person TEXT NOT NULL,
        sealed BLOB NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        at_us INTEGER,
        notice TEXT,
        PRIMARY KEY (job, no)
    ) WITHOUT ROWID;
    CREATE TABLE used_request (
        hash BLOB PRIMARY KEY,
        at_us INTEGER NOT NULL
    ) WITHOUT ROWID;
",
    "
    CREATE TABLE caller_check (
        id TEXT PRIMARY KEY,
        tenant TEXT NOT NULL,
        agent TEXT NOT NULL,
        person TEXT NOT NULL,
        body TEXT NOT NULL,
        begun_at_us INTEGER NOT NULL,
        ended_at_us INTEGER,
        outcome TEXT,
        CHECK ((outcome IS NULL) = (ended_at_us IS NULL))
    );
    CREATE INDEX caller_check_person ON caller_check (tenant, person, outcome);
    CREATE INDEX caller_check_open ON caller_check (tenant) WHERE ended_at_us IS NULL;
    CREATE TABLE caller_send (
        tenant TEXT NOT NULL,
        person TEXT NOT NULL,
        agent TEXT NOT NULL,
        at_us INTEGER NOT NULL,
        check_id TEXT NOT NULL REFERENCES caller_check (id)
    );
    CREATE INDEX caller_send_at ON caller_send (tenant, at_us);
    CREATE TABLE caller_outbox (
        no INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant TEXT NOT NULL,
        check_id TEXT NOT NULL REFERENCES caller_check (id),
        kind TEXT NOT NULL CHECK (kind IN ('note', 'row')),
        body TEXT NOT NULL,
        due_at_us INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        alarm INTEGER NOT NULL,
        why TEXT
    );
",
    "
    CREATE TABLE caller_left (
        check_id TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('claim', 'lock', 'service')),
        tenant TEXT NOT NULL,
        person TEXT NOT NULL,
        body TEXT,
        until_us INTEGER NOT NULL,
        due_at_us INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        why TEXT,
        PRIMARY KEY (check_id, kind)
    ) WITHOUT ROWID;
    CREATE INDEX caller_left_person ON caller_left (tenant, person);
",
    "
    CREATE INDEX enrolment_model
        ON enrolment (json_extract(intent, '$.tenant'), json_extract(intent, '$.key.aaguid'));
",
    "
    ALTER TABLE pin ADD COLUMN given_at_us INTEGER;
",
    "
    CREATE TABLE caller_wrong (
        tenant TEXT NOT NULL,
        person TEXT NOT NULL,
        at_us INTEGER NOT NULL,
        check_id TEXT NOT NULL REFERENCES caller_check (id)
    );
    CREATE INDEX caller_wrong_person ON caller_wrong (tenant, person);
    DROP INDEX caller_send_at;
    CREATE INDEX caller_send_at ON caller_send (at_us);
",
    "
    CREATE TABLE undo_unlisted (
        enrolment TEXT NOT NULL PRIMARY KEY REFERENCES enrolment (id),
        tenant TEXT NOT NULL,
        operator TEXT NOT NULL,
        reason TEXT NOT NULL,
        at_us INTEGER NOT NULL
    ) WITHOUT ROWID;
",
    "
    ALTER TABLE enrolment ADD COLUMN notes_before INTEGER;
",
    "
    CREATE INDEX enrolment_untold
        ON enrolment (json_extract(intent, '$.tenant'), json_extract(intent, '$.key.aaguid'))
        WHERE json_extract(intent, '$.key.serial') IS NULL
            OR json_extract(intent, '$.key.serial_from') = 'Operator';
    CREATE INDEX enrolment_serial
        ON enrolment (json_extract(intent, '$.tenant'), json_extract(intent, '$.key.serial'))
        WHERE json_extract(intent, '$.key.serial') IS NOT NULL;
    CREATE INDEX session_undone ON session_note (json_extract(body, '$.Undone.enrolment'))
        WHERE json_extract(body, '$.Undone.enrolment') IS NOT NULL;
",
];

/// Makes the data folder, for its owner only, and takes it for this process.
pub(super) fn take_folder(folder: &Path) -> Result<File, JournalError> {
    let fail = |error: std::io::Error| folder_error(folder, &error);
    files::make_private_folder(folder).map_err(fail)?;
    let lock = files::open_private(&folder.join(LOCK_FILE)).map_err(fail)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse { folder: folder.into() }),
        Err(TryLockError::Error(error)) => Err(fail(error)),
    }
}

/// Opens the file and brings its schema up to date.
pub(super) fn connect(folder: &Path) -> Result<Connection, JournalError> {
    let path = folder.join(FILE);
    // Made by us first, so that SQLite's own files inherit its narrow mode.
    drop(files::open_private(&path).map_err(|error| folder_error(folder, &error))?);
    let mut db = Connection::open(&path)?;
    configure(&db)?;
    migrate(&mut db)?;
    Ok(db)
}

/// Opens an existing journal for reading only.
pub(super) fn connect_to_look(folder: &Path) -> Result<Connection, JournalError> {
    let path = folder.join(FILE);
    if !path.exists() {
        let reason = "there is no journal in it".into();
        return Err(JournalError::Folder { folder: folder.into(), reason });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_WITHIN)?;
    Ok(db)
}

/// Whether the tables are those of this version.
pub(super) fn require_current(db: &Connection) -> Result<(), JournalError> {
    let (found, known) = (version(db)?, known_version());
    match found.cmp(&known) {
        std::cmp::Ordering::Less => Err(JournalError::Older { found, known }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(JournalError::Newer { found, known }),
    }
}

fn configure(db: &Connection) -> Result<(), JournalError> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // A reader beside us (`keydesk history verify`) may be in the way for a moment.
    db.busy_timeout(BUSY_WITHIN)?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    Ok(())
}

fn migrate(db: &mut Connection) -> Result<(), JournalError> {
    let tx = db.transaction()?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_version
            (version INTEGER NOT NULL PRIMARY KEY, at_us INTEGER NOT NULL)",
    )?;
    let found = version(&tx)?;
    let known = known_version();
    if found > known {
        return Err(JournalError::Newer { found, known });
    }
    for (version, statements) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        tx.execute_batch(statements)?;
        tx.execute(
            "INSERT INTO schema_version VALUES (?1, ?2)",
            params![version, Timestamp::now().as_microsecond()],
        )?;
    }
    name_journal(&tx)?;
    Ok(tx.commit()?)
}

fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn version(db: &Connection) -> Result<i64, JournalError> {
    let version = db.query_row("SELECT max(version) FROM schema_version", [], |row| {
        row.get::<_, Option<i64>>(0)
    })?;
    Ok(version.unwrap_or(0))
}

/// The journal's own id names its vault key in the keyring.
fn name_journal(tx: &Transaction<'_>) -> Result<(), JournalError> {
    let named = tx.query_row("SELECT 1 FROM station", [], |_| Ok(())).optional()?;
    if named.is_none() {
        tx.execute(
            "INSERT INTO station (one, journal) VALUES (1, ?1)",
            [uuid::Uuid::new_v4().to_string()],
        )?;
    }
    Ok(())
}

fn folder_error(folder: &Path, error: &std::io::Error) -> JournalError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => JournalError::DiskFull,
        _ => JournalError::Folder { folder: folder.into(), reason: error.to_string() },
    }
}
