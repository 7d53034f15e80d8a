//! Enrolments: what is meant, what happened so far, and the sealed PIN.

use super::audit::timestamp;
use super::{Action, Change, Entry, Journal, JournalError};
use crate::enrolment::{EnrolmentId, Intent, Record, SerialFrom};
use crate::pin::Pin;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// Enrolments with keys of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfModel {
    pub ids: Vec<EnrolmentId>,
    /// There are no older ones.
    pub is_all: bool,
}

/// One enrolment as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEnrolment {
    pub id: EnrolmentId,
    pub intent: Intent,
    /// In the order they were appended.
    pub records: Vec<Record>,
    pub begun_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// How many notes its session had when it was finished: a clock that is set back does not tell
    /// what came first. Nothing where an earlier version finished it.
    pub notes_before: Option<usize>,
    pub pin: SealedPin,
    /// It is on a letter or in a file, whether it is sealed here still or not.
    pub pin_given: bool,
}

/// What the vault has of an enrolment's PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedPin {
    /// None was ever sealed: the person's own PIN.
    None,
    Sealed,
    /// Removed after hand-over.
    Purged,
    /// Given up because its sealing key is gone: the key must be reset.
    Lost,
}

/// A change of state that the history shows, beside the record it comes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    pub action: Action,
    /// Never a secret.
    pub detail: String,
}

impl Milestone {
    pub fn new(action: Action, detail: impl Into<String>) -> Self {
        Self { action, detail: detail.into() }
    }
}

/// What becomes of the sealed PIN when an enrolment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinAfter {
    /// It is still on the key and not yet in the person's hand.
    Keep,
    /// As [`Self::Keep`], unless it was noted by [`Journal::pins_given`].
    PurgeIfGiven,
    Purge,
}

impl Journal {
    /// Journals what is about to be done, with the PIN sealed, before anything is done.
    ///
    /// # Errors
    /// With a PIN: the vault's own errors when [`Journal::vault`] is not ready.
    pub fn begin(
        &self,
        intent: &Intent,
        pin: Option<&Pin>,
        at: Timestamp,
    ) -> Result<EnrolmentId, JournalError> {
        let id = EnrolmentId(uuid::Uuid::new_v4());
        let body = to_json(intent)?;
        let session = intent.seat.map(|seat| seat.session.0.to_string());
        self.change(|change| {
            change
                .db
                .prepare_cached(
                    "INSERT INTO enrolment (id, intent, begun_at_us, session)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![name(id), body, at.as_microsecond(), session])?;
            if let Some(pin) = pin {
                let sealed = change.vault.key()?.seal_pin(id, pin)?;
                change.db.execute(
                    "INSERT INTO pin (enrolment, state, sealed) VALUES (?1, 'sealed', ?2)",
                    params![name(id), sealed],
                )?;
            }
            change.mark(intent, &Milestone::new(Action::EnrolmentBegun, begun_detail(intent)), at)
        })?;
        Ok(id)
    }

    /// Adds one record; with a milestone, the history's row is in the same transaction.
    pub fn append(
        &self,
        id: EnrolmentId,
        record: &Record,
        milestone: Option<&Milestone>,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            change.require_unfinished(id)?;
            change.add_record(id, record, at)?;
            match milestone {
                Some(milestone) => change.mark(&intent(change.db, id)?, milestone, at),
                None => Ok(()),
            }
        })
    }

    /// Ends an enrolment: last record, history, and the PIN's fate in one transaction.
    pub fn finish(
        &self,
        id: EnrolmentId,
        last: Option<&Record>,
        milestone: &Milestone,
        pin: PinAfter,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            change.require_unfinished(id)?;
            if let Some(record) = last {
                change.add_record(id, record, at)?;
            }
            change.db.execute(
                "UPDATE enrolment SET finished_at_us = ?2, notes_before =
                     (SELECT count(*) FROM session_note WHERE session = enrolment.session)
                 WHERE id = ?1",
                params![name(id), at.as_microsecond()],
            )?;
            let intent = intent(change.db, id)?;
            change.mark(&intent, milestone, at)?;
            let goes = match pin {
                PinAfter::Keep => false,
                PinAfter::PurgeIfGiven => given(change.db, id)?,
                PinAfter::Purge => true,
            };
            if goes && change.purge(id)? {
                change.mark(&intent, &Milestone::new(Action::PinPurged, ""), at)?;
            }
            Ok(())
        })?;
        self.checkpoint(pin);
        Ok(())
    }

    /// Everything about one enrolment.
    pub fn load(&self, id: EnrolmentId) -> Result<StoredEnrolment, JournalError> {
        load(&self.lock().db, id)
    }

    /// Every enrolment this journal ever held, oldest first.
    pub fn all(&self) -> Result<Vec<StoredEnrolment>, JournalError> {
        all(&self.lock().db)
    }

    /// Enrolments that were begun and not finished, oldest first.
    pub fn unfinished(&self) -> Result<Vec<StoredEnrolment>, JournalError> {
        let open = self.lock();
        let ids = ids(
            &open.db,
            "SELECT id FROM enrolment WHERE finished_at_us IS NULL ORDER BY begun_at_us, id",
        )?;
        ids.into_iter().map(|id| load(&open.db, id)).collect()
    }

    /// Those of one tenant.
    pub fn unfinished_in(&self, tenant: &str) -> Result<Vec<StoredEnrolment>, JournalError> {
        let mut stored = self.unfinished()?;
        stored.retain(|stored| stored.intent.tenant == tenant);
        Ok(stored)
    }

    /// Those of one tenant that were begun with the key of this serial, newest first, at most so many.
    pub fn with_serial(
        &self,
        (tenant, serial): (&str, &str),
        most: u32,
    ) -> Result<Vec<StoredEnrolment>, JournalError> {
        let open = self.lock();
        // The index is on these very expressions.
        let mut select = open.db.prepare_cached(
            "SELECT id FROM enrolment INDEXED BY enrolment_serial
             WHERE json_extract(intent, '$.tenant') = ?1
                 AND json_extract(intent, '$.key.serial') = ?2
             ORDER BY rowid DESC LIMIT ?3",
        )?;
        let texts: Vec<String> = select
            .query_map(params![tenant, serial, most], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        texts.iter().map(|text| load(&open.db, parse_id(text)?)).collect()
    }

    /// Whether the key of this enrolment was taken back from its person.
    pub fn is_taken_back(&self, id: EnrolmentId) -> Result<bool, JournalError> {
        let open = self.lock();
        let mut select = open.db.prepare_cached(
            "SELECT 1 FROM session_note INDEXED BY session_undone
             WHERE json_extract(body, '$.Undone.enrolment') IS NOT NULL
                 AND json_extract(body, '$.Undone.enrolment') = ?1",
        )?;
        Ok(select.exists([id.0.to_string()])?)
    }

    /// How many there are under each other tenant, by name.
    pub fn unfinished_elsewhere(&self, tenant: &str) -> Result<Vec<(String, u64)>, JournalError> {
        let mut counts = BTreeMap::new();
        for stored in self.unfinished()? {
            if stored.intent.tenant != tenant {
                *counts.entry(stored.intent.tenant).or_insert(0) += 1;
            }
        }
        Ok(counts.into_iter().collect())
    }

    /// The newest enrolments of a tenant whose key is of this model and was not taken back, newest
    /// first, at most so many. A key that told its serial then may not tell it now; one that tells it
    /// now is known by it, unless it was `untold` then: absent, or typed, perhaps wrongly.
    pub fn of_model(
        &self,
        (tenant, aaguid): (&str, &str),
        untold: bool,
        most: u32,
    ) -> Result<OfModel, JournalError> {
        let open = self.lock();
        let mut select = open.db.prepare_cached(&of_model_query(untold))?;
        let one_more = most.saturating_add(1);
        let texts: Vec<String> = select
            .query_map(params![tenant, aaguid, one_more], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let ids = texts.iter().take(most).map(|text| parse_id(text)).collect::<Result<_, _>>()?;
        Ok(OfModel { ids, is_all: texts.len() <= most })
    }

    /// Every tenant that ever had an enrolment here, by name.
    pub fn tenants(&self) -> Result<Vec<String>, JournalError> {
        let open = self.lock();
        // From name to name in the index of models: there may be many enrolments of few tenants.
        let mut select = open.db.prepare_cached(
            "WITH RECURSIVE known (tenant) AS (
                 SELECT min(json_extract(intent, '$.tenant')) FROM enrolment
                 UNION ALL
                 SELECT (SELECT min(json_extract(intent, '$.tenant')) FROM enrolment
                     WHERE json_extract(intent, '$.tenant') > known.tenant)
                 FROM known WHERE known.tenant IS NOT NULL
             )
             SELECT tenant FROM known WHERE tenant IS NOT NULL",
        )?;
        let names = select.query_map([], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// The tenant an enrolment belongs to.
    pub fn tenant_of(&self, id: EnrolmentId) -> Result<String, JournalError> {
        Ok(intent(&self.lock().db, id)?.tenant)
    }

    /// The sealed PIN, to be shown or printed: that is in the history.
    pub fn reveal_pin(
        &self,
        id: EnrolmentId,
        operator: &str,
        at: Timestamp,
    ) -> Result<Pin, JournalError> {
        let pin = self.sealed_pin(id)?;
        self.change(|change| change.mark_by(operator, id, Action::PinRevealed, at))?;
        Ok(pin)
    }

    /// The sealed PIN for the key itself, where the ceremony goes on: nobody sees it.
    pub fn pin_for_key(&self, id: EnrolmentId) -> Result<Pin, JournalError> {
        self.sealed_pin(id)
    }

    /// Seals another PIN in place of one that can't be opened any more.
    ///
    /// # Errors
    /// The vault's own errors when [`Journal::vault`] is not ready.
    pub fn replace_pin(&self, id: EnrolmentId, pin: &Pin) -> Result<(), JournalError> {
        self.change(|change| {
            change.require_unfinished(id)?;
            let sealed = change.vault.key()?.seal_pin(id, pin)?;
            change.db.execute(
                "INSERT INTO pin (enrolment, state, sealed) VALUES (?1, 'sealed', ?2)
                 ON CONFLICT (enrolment)
                     DO UPDATE SET state = 'sealed', sealed = ?2, given_at_us = NULL",
                params![name(id), sealed],
            )?;
            Ok(())
        })
    }

    /// Removes the sealed PIN for good; one that is gone already stays so.
    pub fn purge_pin(
        &self,
        id: EnrolmentId,
        operator: &str,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.purge_pins(&[id], operator, at)
    }

    /// The same of several enrolments: all of them or none.
    pub fn purge_pins(
        &self,
        ids: &[EnrolmentId],
        operator: &str,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.change(|change| {
            for id in ids {
                if change.purge(*id)? {
                    change.mark_by(operator, *id, Action::PinPurged, at)?;
                }
            }
            Ok(())
        })?;
        self.checkpoint(PinAfter::Purge);
        Ok(())
    }

    /// Notes that these PINs are on a letter or in a file; those whose enrolment has ended.
    pub fn pins_given(
        &self,
        ids: &[EnrolmentId],
        at: Timestamp,
    ) -> Result<Vec<EnrolmentId>, JournalError> {
        self.change(|change| {
            let mut ended = Vec::new();
            for id in ids {
                change
                    .db
                    .prepare_cached(
                        "UPDATE pin SET given_at_us = ?2
                         WHERE enrolment = ?1 AND given_at_us IS NULL",
                    )?
                    .execute(params![name(*id), at.as_microsecond()])?;
                ended.extend(require(change.db, *id)?.map(|_| *id));
            }
            Ok(ended)
        })
    }

    fn sealed_pin(&self, id: EnrolmentId) -> Result<Pin, JournalError> {
        let open = self.lock();
        let (state, sealed) = pin_row(&open.db, id)?;
        match (state, sealed) {
            (SealedPin::Sealed, Some(sealed)) => {
                Ok(Pin::restored(open.vault.key()?.open_pin(id, &sealed)?))
            }
            (SealedPin::Purged, _) => Err(JournalError::PinPurged(id)),
            (SealedPin::Lost, _) => Err(JournalError::PinLost(id)),
            (SealedPin::None | SealedPin::Sealed, _) => {
                require(&open.db, id)?;
                Err(JournalError::NoPin(id))
            }
        }
    }

    /// A purged PIN is still in the write-ahead log, sealed, until that is emptied.
    fn checkpoint(&self, pin: PinAfter) {
        if pin == PinAfter::Keep {
            return;
        }
        let emptied = self.lock().db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = emptied {
            tracing::warn!(%error, "the write-ahead log could not be emptied after a purge");
        }
    }
}

impl Change<'_> {
    fn require_unfinished(&self, id: EnrolmentId) -> Result<(), JournalError> {
        match require(self.db, id)? {
            None => Ok(()),
            Some(_) => Err(JournalError::Finished(id)),
        }
    }

    fn add_record(
        &self,
        id: EnrolmentId,
        record: &Record,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.db
            .prepare_cached(
                "INSERT INTO record (enrolment, seq, at_us, body) VALUES (?1,
                    (SELECT coalesce(max(seq), 0) + 1 FROM record WHERE enrolment = ?1), ?2, ?3)",
            )?
            .execute(params![name(id), at.as_microsecond(), to_json(record)?])?;
        Ok(())
    }

    fn mark(
        &mut self,
        intent: &Intent,
        milestone: &Milestone,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let entry = Entry {
            tenant: intent.tenant.clone(),
            operator: intent.operator.clone(),
            action: milestone.action,
            subject: intent.person.upn.clone(),
            serial: intent.key.serial.clone(),
            detail: milestone.detail.clone(),
        };
        self.audit(&entry, at)
    }

    fn mark_by(
        &mut self,
        operator: &str,
        id: EnrolmentId,
        action: Action,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let mut intent = intent(self.db, id)?;
        intent.operator = operator.into();
        self.mark(&intent, &Milestone::new(action, ""), at)
    }

    /// Whether there was one.
    fn purge(&self, id: EnrolmentId) -> Result<bool, JournalError> {
        let purged = self.db.execute(
            "UPDATE pin SET state = 'purged', sealed = NULL
             WHERE enrolment = ?1 AND state = 'sealed'",
            [name(id)],
        )?;
        Ok(purged > 0)
    }
}

/// The indices are on these very expressions.
fn of_model_query(untold: bool) -> String {
    let (index, only) = match untold {
        false => ("enrolment_model", ""),
        true => (
            "enrolment_untold",
            "AND (json_extract(intent, '$.key.serial') IS NULL
                 OR json_extract(intent, '$.key.serial_from') = 'Operator')",
        ),
    };
    format!(
        "SELECT id FROM enrolment INDEXED BY {index}
         WHERE json_extract(intent, '$.tenant') = ?1
             AND json_extract(intent, '$.key.aaguid') = ?2
             {only}
             AND id NOT IN (
                 SELECT json_extract(body, '$.Undone.enrolment')
                 FROM session_note INDEXED BY session_undone
                 WHERE json_extract(body, '$.Undone.enrolment') IS NOT NULL)
         ORDER BY rowid DESC LIMIT ?3"
    )
}

/// Whoever reads the history must know which serials a person vouches for.
fn begun_detail(intent: &Intent) -> String {
    match intent.key.serial_from {
        SerialFrom::Key => intent.passkey_name.clone(),
        SerialFrom::Operator => format!("{}, serial typed by hand", intent.passkey_name),
    }
}

/// Those of one session, in the order they were begun.
pub(super) fn enrolments_of(
    db: &Connection,
    session: &str,
) -> Result<Vec<StoredEnrolment>, JournalError> {
    let mut select =
        db.prepare_cached("SELECT id FROM enrolment WHERE session = ?1 ORDER BY rowid")?;
    let texts: Vec<String> =
        select.query_map([session], |row| row.get(0))?.collect::<Result<_, _>>()?;
    texts.iter().map(|text| load(db, parse_id(text)?)).collect()
}

pub(super) fn all(db: &Connection) -> Result<Vec<StoredEnrolment>, JournalError> {
    let ids = ids(db, "SELECT id FROM enrolment ORDER BY begun_at_us, id")?;
    ids.into_iter().map(|id| load(db, id)).collect()
}

/// The sealed PIN as it is kept.
pub(super) fn sealed(db: &Connection, id: EnrolmentId) -> Result<Option<Vec<u8>>, JournalError> {
    Ok(pin_row(db, id)?.1)
}

fn ids(db: &Connection, query: &str) -> Result<Vec<EnrolmentId>, JournalError> {
    let texts: Vec<String> =
        db.prepare(query)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    texts.iter().map(|text| parse_id(text)).collect()
}

fn load(db: &Connection, id: EnrolmentId) -> Result<StoredEnrolment, JournalError> {
    let finished_at = require(db, id)?;
    let (begun_at, notes_before): (i64, Option<i64>) = db.query_row(
        "SELECT begun_at_us, notes_before FROM enrolment WHERE id = ?1",
        [name(id)],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let bodies: Vec<String> = db
        .prepare_cached("SELECT body FROM record WHERE enrolment = ?1 ORDER BY seq")?
        .query_map([name(id)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(StoredEnrolment {
        id,
        intent: intent(db, id)?,
        records: bodies.iter().map(|body| from_json(id, body)).collect::<Result<_, _>>()?,
        begun_at: timestamp(begun_at),
        finished_at: finished_at.map(timestamp),
        notes_before: notes_before.and_then(|count| usize::try_from(count).ok()),
        pin: pin_row(db, id)?.0,
        pin_given: given(db, id)?,
    })
}

/// When it was finished, if it was.
fn require(db: &Connection, id: EnrolmentId) -> Result<Option<i64>, JournalError> {
    db.prepare_cached("SELECT finished_at_us FROM enrolment WHERE id = ?1")?
        .query_row([name(id)], |row| row.get(0))
        .optional()?
        .ok_or(JournalError::Unknown(id))
}

fn intent(db: &Connection, id: EnrolmentId) -> Result<Intent, JournalError> {
    let body: Option<String> = db
        .prepare_cached("SELECT intent FROM enrolment WHERE id = ?1")?
        .query_row([name(id)], |row| row.get(0))
        .optional()?;
    from_json(id, &body.ok_or(JournalError::Unknown(id))?)
}

fn pin_row(db: &Connection, id: EnrolmentId) -> Result<(SealedPin, Option<Vec<u8>>), JournalError> {
    let row: Option<(String, Option<Vec<u8>>)> = db
        .query_row("SELECT state, sealed FROM pin WHERE enrolment = ?1", [name(id)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((state, sealed)) = row else { return Ok((SealedPin::None, None)) };
    match state.as_str() {
        "sealed" => Ok((SealedPin::Sealed, sealed)),
        "purged" => Ok((SealedPin::Purged, None)),
        "lost" => Ok((SealedPin::Lost, None)),
        other => Err(JournalError::Corrupt(format!("state of a PIN: {other}"))),
    }
}

fn given(db: &Connection, id: EnrolmentId) -> Result<bool, JournalError> {
    let given = db
        .prepare_cached("SELECT given_at_us IS NOT NULL FROM pin WHERE enrolment = ?1")?
        .query_row([name(id)], |row| row.get(0))
        .optional()?;
    Ok(given.unwrap_or(false))
}

pub(super) fn name(id: EnrolmentId) -> String {
    id.0.to_string()
}

pub(super) fn parse_id(text: &str) -> Result<EnrolmentId, JournalError> {
    text.parse()
        .map(EnrolmentId)
        .map_err(|error| JournalError::Corrupt(format!("id of an enrolment: {error}")))
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|error| JournalError::Sqlite(error.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(
    id: EnrolmentId,
    body: &str,
) -> Result<T, JournalError> {
    serde_json::from_str(body)
        .map_err(|error| JournalError::Corrupt(format!("enrolment {}: {error}", name(id))))
}
