//! The journal's behaviour on a real file: durability, sealing, the chain, full disks.

use super::*;
use crate::enrolment::{
    AlwaysUv, Custody, EnrolmentId, FirstUse, Intent, KeyIdentity, PinPlan, Plan, Record, Reset,
    SerialFrom, Step, Subject,
};
use crate::pin::Pin;
use crate::problem::Explain;
use crate::secrets::{SecretName, SecretText, SecretsError};
use std::path::PathBuf;
use zeroize::Zeroizing;

struct Station {
    folder: tempfile::TempDir,
    secrets: Secrets,
}

impl Station {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), secrets: Secrets::session_only("test") }
    }

    fn open(&self) -> Journal {
        Journal::open(self.folder.path(), &self.secrets).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(schema::FILE)
    }

    /// What a process that is killed now leaves on the disk.
    fn as_killed(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        Self { folder, secrets: self.secrets.clone() }
    }

    /// What someone does to the file behind the program's back.
    fn tamper(&self, statement: &str) {
        Connection::open(self.file()).unwrap().execute_batch(statement).unwrap();
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_763_800_000 + second).unwrap()
}

fn pin(text: &str) -> Pin {
    Pin::restored(Zeroizing::new(text.into()))
}

fn someone(upn: &str) -> Intent {
    Intent {
        tenant: "Contoso".into(),
        person: Subject { id: "42".into(), display_name: "Åsa O'Brien".into(), upn: upn.into() },
        key: KeyIdentity {
            aaguid: "2fc0579f-8113-47ea-b116-bb5a8db9202a".into(),
            model: "YubiKey 5".into(),
            serial: Some("12345678".into()),
            serial_from: SerialFrom::Key,
            port: None,
        },
        plan: Plan {
            reset: Reset::Keep,
            pin: PinPlan::SetNew,
            custody: Custody::Sealed,
            min_pin_length: None,
            always_uv: AlwaysUv::Leave,
            first_use: FirstUse::MustChangePin,
            remove_old: vec![],
        },
        passkey_name: "Key 12345678".into(),
        operator: "clerk".into(),
        seat: None,
    }
}

fn intended(step: Step) -> Record {
    Record::Intended { step }
}

fn begun(journal: &Journal) -> EnrolmentId {
    journal.begin(&someone("asa@contoso.example"), Some(&pin("482915")), at(0)).unwrap()
}

fn handed_over() -> Milestone {
    Milestone::new(Action::HandedOver, "")
}

fn entry(action: Action, subject: &str) -> Entry {
    Entry {
        tenant: "Contoso".into(),
        operator: "clerk".into(),
        action,
        subject: subject.into(),
        serial: None,
        detail: String::new(),
    }
}

fn rows(journal: &Journal) -> Vec<String> {
    journal.history("", 100, 0).unwrap().into_iter().map(|row| row.action).collect()
}

#[test]
fn an_enrolment_survives_a_kill_with_its_records_in_order_and_its_pin() {
    let station = Station::new();
    let journal = station.open();
    let id = begun(&journal);
    for step in [Step::Preflight, Step::Pin, Step::MakeCredential] {
        journal.append(id, &intended(step), None, at(1)).unwrap();
    }
    let journal = station.as_killed().open();
    let unfinished = journal.unfinished().unwrap();
    assert_eq!(unfinished.len(), 1);
    assert_eq!(unfinished[0].id, id);
    assert_eq!(unfinished[0].intent, someone("asa@contoso.example"));
    assert_eq!(
        unfinished[0].records,
        [intended(Step::Preflight), intended(Step::Pin), intended(Step::MakeCredential)]
    );
    assert_eq!(unfinished[0].begun_at, at(0));
    assert_eq!(unfinished[0].pin, SealedPin::Sealed);
    assert_eq!(journal.pin_for_key(id).unwrap().expose(), "482915");
}

#[test]
fn a_finished_enrolment_is_closed_and_its_pin_purged_if_so_asked() {
    let station = Station::new();
    let journal = station.open();
    let (kept, purged) = (begun(&journal), begun(&journal));
    journal.finish(kept, None, &handed_over(), PinAfter::Keep, at(5)).unwrap();
    let last = intended(Step::HandOver);
    journal.finish(purged, Some(&last), &handed_over(), PinAfter::Purge, at(6)).unwrap();

    assert_eq!(journal.unfinished().unwrap(), []);
    assert_eq!(journal.load(purged).unwrap().records, std::slice::from_ref(&last));
    assert_eq!(journal.load(purged).unwrap().finished_at, Some(at(6)));
    assert_eq!(journal.append(kept, &last, None, at(7)), Err(JournalError::Finished(kept)));
    assert_eq!(journal.reveal_pin(kept, "clerk", at(8)).unwrap().expose(), "482915");
    assert_eq!(
        journal.reveal_pin(purged, "clerk", at(8)).err(),
        Some(JournalError::PinPurged(purged))
    );
    assert_eq!(rows(&journal)[..4], ["PIN revealed", "PIN purged", "Handed over", "Handed over"]);
    assert_eq!(journal.count("Contoso", Action::HandedOver, at(6)).unwrap(), 1);
}

#[test]
fn a_pin_that_was_given_is_purged_when_its_key_needs_it_no_more() {
    let station = Station::new();
    let journal = station.open();
    let (given, other) = (begun(&journal), begun(&journal));
    assert_eq!(journal.pins_given(&[given], at(1)).unwrap(), [], "it is in work");
    assert_eq!(journal.load(given).unwrap().pin, SealedPin::Sealed);
    for id in [given, other] {
        journal.finish(id, None, &handed_over(), PinAfter::PurgeIfGiven, at(2)).unwrap();
    }
    assert_eq!(journal.load(given).unwrap().pin, SealedPin::Purged);
    assert_eq!(journal.load(other).unwrap().pin, SealedPin::Sealed);
    assert_eq!(rows(&journal).iter().filter(|action| *action == "PIN purged").count(), 1);
    assert_eq!(journal.pins_given(&[given, other], at(3)).unwrap(), [given, other]);
}

#[test]
fn a_pin_in_place_of_one_that_was_given_is_given_to_nobody_yet() {
    let station = Station::new();
    let journal = station.open();
    let id = begun(&journal);
    journal.pins_given(&[id], at(1)).unwrap();
    assert!(journal.load(id).unwrap().pin_given);
    journal.replace_pin(id, &Pin::new("583914").unwrap()).unwrap();
    assert!(!journal.load(id).unwrap().pin_given);
    journal.finish(id, None, &handed_over(), PinAfter::PurgeIfGiven, at(2)).unwrap();
    assert_eq!(journal.load(id).unwrap().pin, SealedPin::Sealed);
}

#[test]
fn a_pin_is_purged_once_by_hand_and_leaves_no_sealed_copy() {
    let station = Station::new();
    let journal = station.open();
    let id = begun(&journal);
    let sealed: Vec<u8> =
        journal.lock().db.query_row("SELECT sealed FROM pin", [], |row| row.get(0)).unwrap();
    journal.purge_pin(id, "clerk", at(1)).unwrap();
    journal.purge_pin(id, "clerk", at(2)).unwrap();
    assert_eq!(journal.load(id).unwrap().pin, SealedPin::Purged);
    assert_eq!(rows(&journal).iter().filter(|action| *action == "PIN purged").count(), 1);
    for file in std::fs::read_dir(station.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(sealed.len()).any(|window| window == sealed));
    }
}

#[test]
fn neither_a_pin_nor_its_length_is_in_the_file() {
    let station = Station::new();
    let journal = station.open();
    for text in ["7391", "82734650192837465", &"x".repeat(63)] {
        let id = journal.begin(&someone("a@b.example"), Some(&pin(text)), at(0)).unwrap();
        assert_eq!(journal.reveal_pin(id, "clerk", at(1)).unwrap().expose(), text);
    }
    let lengths: i64 = journal
        .lock()
        .db
        .query_row("SELECT count(DISTINCT length(sealed)) FROM pin", [], |row| row.get(0))
        .unwrap();
    assert_eq!(lengths, 1);
    for file in std::fs::read_dir(station.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(17).any(|window| window == b"82734650192837465"));
    }
}

#[test]
fn a_sealed_pin_moved_to_another_enrolment_does_not_open() {
    let station = Station::new();
    let journal = station.open();
    let (first, second) = (begun(&journal), begun(&journal));
    drop(journal);
    station.tamper("UPDATE pin SET sealed = (SELECT sealed FROM pin ORDER BY rowid DESC LIMIT 1)");
    let journal = station.open();
    let errors = [first, second].map(|id| journal.pin_for_key(id).err());
    assert_eq!(errors, [Some(JournalError::PinAltered(first)), None]);
}

#[test]
fn an_enrolment_without_a_pin_needs_no_vault_and_says_that_none_was_kept() {
    let station = Station::new();
    let journal = station.open();
    let id = journal.begin(&someone("a@b.example"), None, at(0)).unwrap();
    assert_eq!(journal.load(id).unwrap().pin, SealedPin::None);
    assert_eq!(journal.pin_for_key(id).err(), Some(JournalError::NoPin(id)));
    let nobody = EnrolmentId(uuid::Uuid::from_u128(1));
    assert_eq!(journal.pin_for_key(nobody).err(), Some(JournalError::Unknown(nobody)));
    assert_eq!(journal.load(nobody).err(), Some(JournalError::Unknown(nobody)));
}

#[test]
fn a_data_folder_serves_one_process_at_a_time() {
    let station = Station::new();
    let first = station.open();
    let folder = station.folder.path().to_path_buf();
    assert_eq!(
        Journal::open(&folder, &station.secrets).err(),
        Some(JournalError::InUse { folder })
    );
    drop(first);
    station.open();
}

#[test]
fn a_vault_key_that_is_gone_is_told_and_not_silently_made_anew() {
    let mut station = Station::new();
    let id = begun(&station.open());
    station.secrets = Secrets::session_only("another session");

    let journal = station.open();
    assert_eq!(journal.vault(), VaultState::KeyMissing { sealed: 1 });
    let missing = JournalError::VaultKeyMissing { sealed: 1 };
    assert_eq!(journal.pin_for_key(id).err(), Some(missing.clone()));
    let before = rows(&journal).len();
    assert_eq!(journal.begin(&someone("b@c.example"), Some(&pin("1593")), at(9)), Err(missing));
    assert_eq!(rows(&journal).len(), before);
    assert_eq!(journal.unfinished().unwrap().len(), 1);

    assert_eq!(journal.give_up_sealed_pins(&station.secrets, "clerk", at(10)), Ok(1));
    assert_eq!(journal.vault(), VaultState::Ready);
    assert_eq!(journal.load(id).unwrap().pin, SealedPin::Lost);
    assert_eq!(journal.pin_for_key(id).err(), Some(JournalError::PinLost(id)));
    let next = begun(&journal);
    assert_eq!(journal.pin_for_key(next).unwrap().expose(), "482915");
    assert_eq!(rows(&journal)[1], "Sealed PINs given up");
    assert_eq!(journal.give_up_sealed_pins(&station.secrets, "clerk", at(11)), Ok(0));
    assert_eq!(journal.load(next).unwrap().pin, SealedPin::Sealed);
    let tail = Tail::Sealed { unsealed_rows: 0 };
    assert_eq!(journal.verify_chain().unwrap().tail, tail);
}

#[test]
fn another_vault_key_is_told_from_a_missing_one() {
    let station = Station::new();
    begun(&station.open());
    let db = Connection::open(station.file()).unwrap();
    let journal: String =
        db.query_row("SELECT journal FROM station", [], |row| row.get(0)).unwrap();
    drop(db);
    let name = SecretName::VaultKey { journal: journal.parse().unwrap() };
    let right = station.secrets.get(&name).unwrap().unwrap();
    for wrong in ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AAAA", "no base64"] {
        station.secrets.set(&name, &SecretText::new(wrong)).unwrap();
        assert_eq!(station.open().vault(), VaultState::WrongKey { sealed: 1 });
    }
    let open = station.open();
    station.secrets.set(&name, &right).unwrap();
    assert_eq!(open.reopen_vault(&station.secrets), Ok(VaultState::Ready));
}

#[test]
fn a_new_vault_key_is_made_where_nothing_is_sealed() {
    let mut station = Station::new();
    let journal = station.open();
    let id = begun(&journal);
    journal.purge_pin(id, "clerk", at(1)).unwrap();
    drop(journal);
    station.secrets = Secrets::session_only("another session");
    let journal = station.open();
    assert_eq!(journal.vault(), VaultState::Ready);
    assert_eq!(rows(&journal)[0], "Vault key made");
    assert!(journal.verify_chain().is_ok());
}

/// It was not running yet, and comes back with the key it had.
#[test]
fn a_key_that_was_made_while_the_keyring_was_away_gives_way_to_the_one_there() {
    let mut station = Station::new();
    drop(station.open());
    let away = Secrets::in_vain(false).with_vault_in_memory();
    let keyring = std::mem::replace(&mut station.secrets, away);
    assert_eq!(station.open().vault(), VaultState::Ready);
    station.secrets = keyring;
    let id = begun(&station.open());
    let journal = station.open();
    assert_eq!(journal.pin_for_key(id).unwrap().expose(), "482915");
    assert!(journal.verify_chain().is_ok());
}

/// Its numbers could not be read any more.
#[test]
fn no_other_key_is_made_while_a_change_of_phones_goes_on() {
    let mut station = Station::new();
    drop(station.open());
    station.tamper("INSERT INTO phone_job VALUES ('a job', 'Contoso', 'Petra', '{}', 0, NULL)");
    let away = Secrets::in_vain(false).with_vault_in_memory();
    let keyring = std::mem::replace(&mut station.secrets, away);
    let journal = station.open();
    assert_eq!(journal.vault(), VaultState::KeyMissing { sealed: 0 });
    let told = JournalError::VaultKeyMissing { sealed: 0 }.what();
    assert!(told.contains("numbers of a change of phones need it"), "{told}");
    assert_eq!(journal.reopen_vault(&keyring), Ok(VaultState::Ready));
}

/// Its PINs would be lost with the program, and the right key would be the wrong one ever after.
#[test]
fn no_vault_key_is_made_that_ends_with_the_program() {
    for is_locked in [true, false] {
        let mut station = Station::new();
        let in_vain = Secrets::in_vain(is_locked);
        let keyring = std::mem::replace(&mut station.secrets, in_vain.clone());
        let is_closed = |station: &Station| {
            let journal = station.open();
            assert!(matches!(
                journal.begin(&someone("b@c.example"), Some(&pin("1593")), at(9)),
                Err(JournalError::Keyring(_))
            ));
            let VaultState::Unavailable(error) = journal.vault() else { panic!("is open") };
            assert_eq!(matches!(error, SecretsError::Locked(_)), is_locked);
            assert_eq!(journal.reopen_vault(&keyring), Ok(VaultState::Ready));
        };
        is_closed(&station);
        is_closed(&station);
        station.secrets = in_vain.with_vault_in_memory();
        assert_eq!(
            station.open().vault(),
            VaultState::Ready,
            "nothing is sealed, and it is allowed"
        );
    }
}

#[test]
fn a_vault_that_works_keeps_its_key_although_a_keyring_came_that_has_another() {
    let station = Station::new();
    let journal = station.open();
    let id = begun(&journal);
    let came = Secrets::session_only("as if it had come");
    let name = SecretName::VaultKey { journal: journal.id().unwrap() };
    came.set(&name, &SecretText::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")).unwrap();
    assert_eq!(journal.reopen_vault(&came), Ok(VaultState::Ready));
    assert_eq!(journal.pin_for_key(id).unwrap().expose(), "482915");
}

fn five_rows(station: &Station) {
    let journal = station.open();
    for action in [Action::Registered, Action::PinSet, Action::HandedOver, Action::KeyReset] {
        journal.audit(&entry(action, "asa@contoso.example"), at(0)).unwrap();
    }
    let tail = Tail::Sealed { unsealed_rows: 0 };
    assert_eq!(journal.verify_chain(), Ok(Verified { rows: 5, tail }));
}

#[test]
fn the_chain_shows_each_kind_of_tampering_also_after_more_rows() {
    let cases = [
        ("UPDATE audit SET subject = 'eve' WHERE seq = 3", ChainFault::Altered { seq: 3 }),
        ("UPDATE audit SET at_us = at_us + 1 WHERE seq = 5", ChainFault::Altered { seq: 5 }),
        ("UPDATE audit SET key_serial = '' WHERE seq = 2", ChainFault::Altered { seq: 2 }),
        ("UPDATE audit SET hash = zeroblob(3) WHERE seq = 2", ChainFault::Altered { seq: 2 }),
        ("DELETE FROM audit WHERE seq = 3", ChainFault::Missing { seq: 3 }),
        ("DELETE FROM audit WHERE seq = 1", ChainFault::Missing { seq: 1 }),
        ("UPDATE station SET sealed_head = NULL", ChainFault::Seal),
        ("UPDATE station SET sealed_head = zeroblob(80)", ChainFault::Seal),
    ];
    for (statement, fault) in cases {
        let station = Station::new();
        five_rows(&station);
        station.tamper(statement);
        let journal = station.open();
        assert_eq!(journal.verify_chain(), Err(JournalError::Chain(fault)), "{statement}");
        journal.audit(&entry(Action::Failed, "later"), at(9)).unwrap();
        assert_eq!(journal.verify_chain(), Err(JournalError::Chain(fault)), "{statement}");
    }
}

#[test]
fn a_cut_tail_shows_and_new_rows_do_not_heal_it() {
    let station = Station::new();
    five_rows(&station);
    station.tamper("DELETE FROM audit WHERE seq > 3");
    let journal = station.open();
    let cut = ChainFault::Cut { kept: 3, sealed: 5 };
    assert_eq!(journal.verify_chain(), Err(JournalError::Chain(cut)));
    for _ in 0..4 {
        journal.audit(&entry(Action::Failed, "later"), at(9)).unwrap();
    }
    drop(journal);
    let altered = ChainFault::Altered { seq: 5 };
    assert_eq!(station.open().verify_chain(), Err(JournalError::Chain(altered)));
}

#[test]
fn a_chain_computed_anew_from_an_altered_row_contradicts_its_seal() {
    let station = Station::new();
    five_rows(&station);
    let db = Connection::open(station.file()).unwrap();
    db.execute("DELETE FROM audit WHERE seq = 5", []).unwrap();
    let forged = Entry { detail: "forged".into(), ..entry(Action::KeyReset, "eve") };
    audit::add(&db, &Chain::last(&db).unwrap(), None, &forged, at(0)).unwrap();
    drop(db);
    let altered = ChainFault::Altered { seq: 5 };
    let journal = station.open();
    assert_eq!(journal.verify_chain(), Err(JournalError::Chain(altered)));
    assert!(journal.verify_chain().unwrap_err().what().contains("row 5"));
}

#[test]
fn rows_without_the_vault_key_are_chained_and_sealed_later() {
    let mut station = Station::new();
    begun(&station.open());
    let right = station.secrets.clone();
    station.secrets = Secrets::session_only("another session");
    let journal = station.open();
    journal.audit(&entry(Action::Failed, "x"), at(1)).unwrap();
    assert_eq!(journal.verify_chain(), Ok(Verified { rows: 3, tail: Tail::NotChecked }));
    drop(journal);
    station.secrets = right;
    let journal = station.open();
    let tail = Tail::Sealed { unsealed_rows: 1 };
    assert_eq!(journal.verify_chain(), Ok(Verified { rows: 3, tail }));
    journal.audit(&entry(Action::Failed, "y"), at(2)).unwrap();
    let tail = Tail::Sealed { unsealed_rows: 0 };
    assert_eq!(journal.verify_chain(), Ok(Verified { rows: 4, tail }));
}

#[test]
fn the_history_is_verified_beside_an_open_journal_after_a_kill_and_after_a_close() {
    let station = Station::new();
    let nobody = verify(station.folder.path(), &station.secrets).unwrap_err();
    assert!(matches!(nobody, JournalError::Folder { .. }));
    let journal = station.open();
    let id = begun(&journal);
    let whole = Ok(Verified { rows: 2, tail: Tail::Sealed { unsealed_rows: 0 } });
    let look = |station: &Station| verify(station.folder.path(), &station.secrets);
    assert_eq!(look(&station), whole);
    assert_eq!(look(&station.as_killed()), whole);
    journal.purge_pin(id, "clerk", at(1)).unwrap();
    drop(journal);
    assert_eq!(look(&station).unwrap().rows, 3);
    let stranger = Secrets::session_only("another session");
    let unchecked = verify(station.folder.path(), &stranger).unwrap();
    assert_eq!(unchecked.tail, Tail::NotChecked);
    station.tamper("DELETE FROM audit WHERE seq = 3");
    let cut = ChainFault::Cut { kept: 2, sealed: 3 };
    assert_eq!(look(&station), Err(JournalError::Chain(cut)));
}

#[test]
fn history_is_found_by_every_word_in_any_case_newest_first() {
    let station = Station::new();
    let journal = station.open();
    for (action, subject) in
        [(Action::Registered, "Åsa"), (Action::HandedOver, "ÅSA"), (Action::Registered, "Bo 100%")]
    {
        journal.audit(&entry(action, subject), at(0)).unwrap();
    }
    let found = |filter: &str, limit, offset| -> Vec<String> {
        let rows = journal.history(filter, limit, offset).unwrap();
        rows.into_iter().map(|row| row.subject).collect()
    };
    assert_eq!(found("åsa", 10, 0), ["ÅSA", "Åsa"]);
    assert_eq!(found(" regis  åSA ", 10, 0), ["Åsa"]);
    assert_eq!(found("100%", 10, 0), ["Bo 100%"]);
    assert_eq!(found("%", 10, 0), ["Bo 100%"]);
    assert_eq!(found("' OR 1", 10, 0), [""; 0]);
    assert_eq!(found("contoso", 1, 1), ["ÅSA"]);
}

#[test]
fn enrolments_are_found_by_tenant_and_model_newest_first_but_for_those_taken_back() {
    let station = Station::new();
    let journal = station.open();
    let begin = |change: &dyn Fn(&mut Intent)| {
        let mut intent = someone("asa@contoso.example");
        change(&mut intent);
        journal.begin(&intent, None, at(0)).unwrap()
    };
    let first = begin(&|_| {});
    begin(&|intent| intent.tenant = "Fabrikam".into());
    begin(&|intent| intent.key.aaguid = "00000000-0000-0000-0000-000000000000".into());
    let second = begin(&|intent| intent.key.serial = None);
    assert_eq!(journal.tenants().unwrap(), ["Contoso", "Fabrikam"]);
    let aaguid = someone("").key.aaguid;
    let found = |most| journal.of_model(("Contoso", &aaguid), false, most).unwrap();
    let of = |ids: &[EnrolmentId], is_all| OfModel { ids: ids.to_vec(), is_all };
    assert_eq!(found(10), of(&[second, first], true));
    assert_eq!(found(2), of(&[second, first], true));
    assert_eq!(found(1), of(&[second], false));
    let typed = begin(&|intent| intent.key.serial_from = SerialFrom::Operator);
    let untold = |most| journal.of_model(("Contoso", &aaguid), true, most).unwrap();
    assert_eq!(untold(10), of(&[typed, second], true));
    assert_eq!(untold(1), of(&[typed], false));
    let session = session_begun(&journal, at(0));
    let reason = String::new();
    let note = crate::bulk::SessionNote::Undone {
        entry: crate::bulk::EntryNo(1),
        enrolment: second,
        serial: None,
        reason,
    };
    journal.note_session(session, &note, "Petra", at(1)).unwrap();
    assert_eq!(found(10), of(&[typed, first], true));
    assert_eq!(untold(10), of(&[typed], true));
}

/// A session of one person.
fn session_begun(journal: &Journal, at: Timestamp) -> crate::bulk::SessionId {
    let options = crate::bulk::SessionOptions::default();
    let entries = [crate::bulk::Entry {
        person: someone("bo@contoso.example").person,
        serial: None,
        badge: None,
        employee_id: None,
        old_keys: Vec::new(),
        brought: None,
    }];
    let new =
        NewSession { tenant: "Contoso", operator: "Petra", options: &options, entries: &entries };
    journal.begin_session(&new, at).unwrap()
}

/// The papers of the last one are within reach.
#[test]
fn the_session_that_was_ended_last_is_so_though_the_clock_was_set_back() {
    let station = Station::new();
    let journal = station.open();
    for day in [9, 2] {
        let session = session_begun(&journal, at(day));
        journal.end_session(session, "Petra", "", at(day + 1)).unwrap();
        assert_eq!(journal.ended_sessions("Contoso").unwrap(), [session]);
    }
}

#[test]
fn a_full_disk_leaves_nothing_half_done_and_is_overcome() {
    let station = Station::new();
    let journal = station.open();
    let id = begun(&journal);
    let pages: i64 =
        journal.lock().db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let limit = |pages: i64| {
        let open = journal.lock();
        open.db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    };
    limit(pages);
    let wide = Record::Abandoned { reason: "w".repeat(40_000) };
    let milestone = Milestone::new(Action::Failed, "");
    let before = rows(&journal);
    assert_eq!(journal.append(id, &wide, Some(&milestone), at(1)), Err(JournalError::DiskFull));
    let mut intent = someone("b@c.example");
    intent.passkey_name = "k".repeat(40_000);
    assert_eq!(journal.begin(&intent, Some(&pin("1593")), at(1)), Err(JournalError::DiskFull));
    assert_eq!(rows(&journal), before);
    assert_eq!(journal.unfinished().unwrap().len(), 1);
    assert_eq!(journal.load(id).unwrap().records, []);

    limit(1_000_000);
    journal.append(id, &wide, Some(&milestone), at(2)).unwrap();
    assert_eq!(journal.load(id).unwrap().records, [wide]);
    assert_eq!(journal.verify_chain().unwrap().rows, before.len() as u64 + 1);
}

#[test]
fn a_file_that_is_no_journal_is_refused_and_kept() {
    let station = Station::new();
    let garbage = b"not a database, and longer than the header of one: ".repeat(40);
    std::fs::write(station.file(), &garbage).unwrap();
    let error = Journal::open(station.folder.path(), &station.secrets).err().unwrap();
    assert!(matches!(error, JournalError::Corrupt(_)), "{error}");
    assert_eq!(std::fs::read(station.file()).unwrap(), garbage);
}

#[test]
fn the_journal_of_a_newer_program_is_refused() {
    let station = Station::new();
    drop(station.open());
    station.tamper("INSERT INTO schema_version VALUES (99, 0)");
    let error = Journal::open(station.folder.path(), &station.secrets).err();
    assert_eq!(error, Some(JournalError::Newer { found: 99, known: 11 }));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let station = Station::new();
    let file = station.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Journal::open(&file.join("data"), &station.secrets).err().unwrap();
    assert!(matches!(error, JournalError::Folder { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_data_folder() {
    use std::os::unix::fs::PermissionsExt;
    let mut station = Station::new();
    let outer = station.folder;
    station.folder = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    let journal = Journal::open(&folder, &station.secrets).unwrap();
    begun(&journal);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_look_beside_a_station_sees_one_moment_and_writes_nothing() {
    let station = Station::new();
    let journal = station.open();
    let id = begun(&journal);
    let look = Look::open(station.folder.path(), &station.secrets).unwrap();
    assert_eq!(look.enrolments().unwrap().len(), 1);
    begun(&journal);
    assert_eq!(look.enrolments().unwrap().len(), 1, "what came later");
    assert_eq!(look.pin_opens(id), Ok(Some(true)));
    assert!(matches!(look.verify().unwrap().tail, Tail::Sealed { unsealed_rows: 0 }));
    let stranger = Secrets::session_only("another user");
    let look = Look::open(station.folder.path(), &stranger).unwrap();
    assert_eq!(look.pin_opens(id), Ok(None));
    assert_eq!(look.enrolments().unwrap().len(), 2);
}

#[test]
fn a_look_takes_only_tables_of_this_version() {
    let station = Station::new();
    drop(station.open());
    station.tamper("DELETE FROM schema_version WHERE version = 11");
    let looked = || Look::open(station.folder.path(), &station.secrets).err();
    assert_eq!(looked(), Some(JournalError::Older { found: 10, known: 11 }));
    station.tamper("INSERT INTO schema_version VALUES (99, 0)");
    assert_eq!(looked(), Some(JournalError::Newer { found: 99, known: 11 }));
}

#[test]
fn a_key_is_its_last_holders_until_it_was_taken_back_from_them() {
    let station = Station::new();
    let journal = station.open();
    let serial = || Some("12345678".to_owned());
    let mut now = 0;
    let mut note = |action, subject: &str| {
        now += 1;
        journal.audit(&Entry { serial: serial(), ..entry(action, subject) }, at(now)).unwrap();
    };
    let holder = || journal.holder_of("Contoso", "12345678").unwrap();
    assert_eq!(holder(), None);
    note(Action::HandedOver, "asa@contoso.example");
    note(Action::HandedOver, "bo@contoso.example");
    note(Action::KeyTakenBack, "asa@contoso.example");
    assert_eq!(holder().as_deref(), Some("bo@contoso.example"), "an earlier one's undo came late");
    note(Action::KeyTakenBack, "bo@contoso.example");
    assert_eq!(holder(), None);
    note(Action::HandedOver, "bo@contoso.example");
    assert_eq!(holder().as_deref(), Some("bo@contoso.example"));
}
