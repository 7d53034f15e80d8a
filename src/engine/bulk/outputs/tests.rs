//! Files of a session from a real journal, and what is left sealed after each way it can go wrong.

use super::*;
use crate::bulk::{
    Activation, Entry as Person, EntryNo, EntryState, SessionId, SessionNote, SessionOptions,
};
use crate::enrolment::Action as Next;
use crate::enrolment::{
    AlwaysUv, Answer, AtHand, Ceremony, Custody, EnrolmentId, Fact, FailureClass, FirstUse, Held,
    Intent, KeyIdentity, MadeFact, OptionsFact, Outcome, PinPlan, Plan, Record, Reset, Seat,
    SerialFrom, Step, Subject, UndoResult,
};
use crate::journal::{Milestone, NewSession, PinAfter, SealedPin};
use crate::outputs::report::ReportResult;
use crate::secrets::Secrets;
use crate::webauthn::{ClientData, CredentialId, Expectation};
use age::secrecy::ExposeSecret;
use std::io::Read;
use zeroize::Zeroizing;

const TENANT: &str = "Contoso";

/// A journal with a session of some people, and an output folder beside it.
struct Desk {
    folder: tempfile::TempDir,
    secrets: Secrets,
    journal: Journal,
    session: SessionId,
    outputs: OutputSettings,
}

impl Desk {
    fn of(people: u32) -> Self {
        Self::with(people, &SessionOptions::default())
    }

    fn with(people: u32, options: &SessionOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::session_only("test");
        let journal = Journal::open(&folder.path().join("data"), &secrets).unwrap();
        let entries: Vec<Person> = (1..=people).map(person).collect();
        let new = NewSession { tenant: TENANT, operator: "Petra", options, entries: &entries };
        let session = journal.begin_session(&new, at(0)).unwrap();
        Self { folder, secrets, journal, session, outputs: OutputSettings::default() }
    }

    /// A key for this person up to the step; it is finished where that is the last one.
    fn key(&self, no: u32, until: Step) -> EnrolmentId {
        let pin = pin(no);
        keep(&pin);
        let intent = intent(self.session, no);
        let id = self.journal.begin(&intent, Some(&pin), at(no.into())).unwrap();
        let mut ceremony = Ceremony::begin(intent);
        while let Next::Do(step) = ceremony.next(&all_at_hand()) {
            self.record(id, &mut ceremony, Record::Intended { step });
            self.record(id, &mut ceremony, Record::Done { step, fact: fact(step, no) });
            if step == until {
                break;
            }
        }
        id
    }

    fn handed_over(&self, no: u32) -> EnrolmentId {
        self.key(no, Step::HandOver)
    }

    /// The key was refused by the directory, and what was made was taken back.
    fn failed(&self, no: u32) -> EnrolmentId {
        let id = self.key(no, Step::Verify);
        let stored = self.journal.load(id).unwrap();
        let mut ceremony = Ceremony::replay(stored.intent, &stored.records).unwrap();
        let problem = Problem {
            what: "The directory refused it".into(),
            next: "Ask".into(),
            details: Vec::new(),
        };
        let step = Step::Register;
        self.record(id, &mut ceremony, Record::Intended { step });
        let class = FailureClass::Refused;
        self.record(id, &mut ceremony, Record::Failed { step, class, problem });
        let answer = Record::Answered { answer: Answer::RollBack, reason: None };
        self.record(id, &mut ceremony, answer);
        while let Next::Undo(step) = ceremony.next(&all_at_hand()) {
            self.record(id, &mut ceremony, Record::Undone { step, result: UndoResult::Removed });
        }
        id
    }

    fn record(&self, id: EnrolmentId, ceremony: &mut Ceremony, record: Record) {
        ceremony.apply(&record).unwrap();
        match ceremony.outcome() {
            None => self.journal.append(id, &record, None, at(100)).unwrap(),
            Some(outcome) => {
                let action = match outcome {
                    Outcome::HandedOver { .. } => Action::HandedOver,
                    _ => Action::RolledBack,
                };
                let milestone = Milestone::new(action, "");
                self.journal
                    .finish(id, Some(&record), &milestone, PinAfter::Keep, at(100))
                    .unwrap();
            }
        }
    }

    fn write(&self, wish: Wish) -> Done {
        carry_out(&self.journal, self.session, wish, &self.order())
    }

    fn order(&self) -> Order {
        Order {
            tenant: TENANT.into(),
            operator: "Petra".into(),
            organisation: "Contoso Ltd".into(),
            folder: self.out(),
            outputs: self.outputs.clone(),
            now: at(1000),
        }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn pins(&self) -> Vec<SealedPin> {
        let session = self.journal.session(self.session).unwrap();
        session.enrolments.into_iter().map(|stored| stored.pin).collect()
    }

    fn history(&self, action: Action) -> Vec<String> {
        let rows = self.journal.history(action.text(), 100, 0).unwrap();
        let mut rows: Vec<_> = rows.into_iter().filter(|row| row.action == action.text()).collect();
        rows.reverse();
        rows.into_iter().map(|row| row.detail).collect()
    }

    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.out()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                match path.is_dir() {
                    true => folders.push(path),
                    // A lock, which stays.
                    false if name.starts_with('.') => {}
                    false => found.push(name),
                }
            }
        }
        found.sort();
        found
    }

    /// What somebody does to the file behind the program's back.
    fn tamper(&self, statement: &str) {
        let file = self.folder.path().join("data/keydesk.db");
        rusqlite::Connection::open(file).unwrap().execute_batch(statement).unwrap();
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn person(no: u32) -> Person {
    Person {
        person: Subject {
            id: format!("p{no}"),
            display_name: format!("Person {no}"),
            upn: format!("p{no}@contoso.example"),
        },
        serial: None,
        badge: None,
        employee_id: None,
        old_keys: Vec::new(),
        brought: None,
    }
}

fn pin(no: u32) -> Pin {
    Pin::restored(Zeroizing::new(format!("8301{no:04}")))
}

/// For `tests/no-secrets`, which looks for it everywhere.
fn keep(pin: &Pin) {
    use std::io::Write;
    let Some(list) = std::env::var_os("KEYDESK_TEST_SECRETS") else { return };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
    file.write_all(format!("{}\n", pin.expose()).as_bytes()).unwrap();
}

fn intent(session: SessionId, no: u32) -> Intent {
    Intent {
        tenant: TENANT.into(),
        person: person(no).person,
        key: KeyIdentity {
            aaguid: "2fc0579f-8113-47ea-b116-bb5a8db9202a".into(),
            model: "YubiKey 5 NFC".into(),
            serial: Some(format!("1234{no:04}")),
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
            remove_old: Vec::new(),
        },
        passkey_name: format!("Key {no}"),
        operator: "Petra".into(),
        seat: Some(Seat {
            session,
            entry: EntryNo(no),
            activation: Activation::Now,
            challenge_minutes: None,
            was_made_in: None,
        }),
    }
}

fn all_at_hand() -> AtHand {
    AtHand { now: at(0), pin: Held::Yes, old_pin: Held::Yes, options: Held::Yes }
}

fn fact(step: Step, no: u32) -> Fact {
    match step {
        Step::CreationOptions => Fact::Options(OptionsFact {
            expectation: Expectation {
                rp_id: "login.microsoft.com".into(),
                algorithms: vec![-7],
                exclude: Vec::new(),
                user_verification_required: true,
                reservation: None,
            },
            user_id: vec![1],
            expires_at: None,
        }),
        Step::MakeCredential => Fact::Made(Box::new(MadeFact {
            credential_id: Some(CredentialId(vec![u8::try_from(no).unwrap()])),
            client_data: ClientData(b"{}".to_vec()),
            attestation_object: Vec::new(),
            expires_at: None,
        })),
        Step::Register => Fact::Registered { method_id: format!("m-{no}") },
        _ => Fact::Nothing,
    }
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem} {:?}\n", problem.details)).collect()
}

#[test]
fn letters_are_written_for_every_finished_key_and_then_their_pins_are_purged() {
    let desk = Desk::of(4);
    desk.handed_over(1);
    desk.key(2, Step::ForcePinChange);
    desk.key(3, Step::Pin);
    desk.failed(4);
    let done = desk.write(Wish::Letters);
    assert_eq!(told(&done.problems), "");
    assert_eq!(done.written.len(), 1);
    let written = &done.written[0];
    assert_eq!((written.what, written.count), (Output::Letters, 2));
    assert_eq!(written.path, desk.out().join("letters/pin-letters.pdf"));
    let sealed = [SealedPin::Purged, SealedPin::Purged, SealedPin::Sealed, SealedPin::Sealed];
    assert_eq!(desk.pins(), sealed, "what is not on paper stays sealed");
    assert_eq!(desk.history(Action::LettersWritten), ["2 letters, pin-letters.pdf"]);
    assert_eq!(desk.history(Action::PinRevealed).len(), 2);
    assert_eq!(desk.history(Action::PinPurged).len(), 2);

    let again = desk.write(Wish::Letters);
    assert!(again.written.is_empty());
    assert!(told(&again.problems).contains("sealed any more"), "{}", told(&again.problems));
    assert_eq!(desk.files(), ["pin-letters.pdf"]);
}

/// Its person would wait for a question that never comes, and keep the PIN that is on paper.
#[test]
fn a_key_that_forces_no_change_of_its_pin_has_a_letter_and_a_row_that_say_so() {
    let desk = Desk::of(2);
    desk.handed_over(1);
    let id = desk.key(2, Step::Confirm);
    let stored = desk.journal.load(id).unwrap();
    let mut ceremony = Ceremony::replay(stored.intent, &stored.records).unwrap();
    let (force, hand_over) = (Step::ForcePinChange, Step::HandOver);
    let problem = Problem { what: "It can't".into(), next: "Go on".into(), details: Vec::new() };
    let class = FailureClass::KeyUnsupported;
    for record in [
        Record::Intended { step: force },
        Record::Failed { step: force, class, problem },
        Record::Answered { answer: Answer::LeaveIt, reason: None },
        Record::Intended { step: hand_over },
        Record::Done { step: hand_over, fact: Fact::Nothing },
    ] {
        desk.record(id, &mut ceremony, record);
    }
    let report = desk.write(Wish::Report);
    let text = std::fs::read_to_string(&report.written[0].path).unwrap();
    let reasons: Vec<&str> =
        text.lines().skip(1).filter_map(|row| row.rsplit(',').next()).collect();
    assert_eq!(reasons, ["", "The PIN need not be changed at first use"]);

    let letters = desk.write(Wish::Letters);
    assert_eq!(letters.written[0].count, 2);
    let Some(pages) = pages(&letters.written[0].path) else { return };
    let asks = pages.iter().map(|page| page.contains("choose a new PIN"));
    assert_eq!(asks.collect::<Vec<_>>(), [true, false]);
}

/// The words of each page; nothing where the tool is not there and not asked for.
fn pages(pdf: &Path) -> Option<Vec<String>> {
    let read = std::process::Command::new("pdftotext").arg(pdf).arg("-").output();
    let asked_for = std::env::var("KEYDESK_PDF_TOOLS").as_deref() == Ok("1");
    let text = match read {
        Ok(output) => String::from_utf8(output.stdout).unwrap(),
        Err(error) => {
            assert!(!asked_for, "pdftotext (poppler-utils) is needed: {error}");
            return None;
        }
    };
    let words = |page: &str| page.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(text.split_terminator('\u{c}').map(words).collect())
}

/// It is sent by post, and registered when the person has it.
#[test]
fn a_key_that_is_activated_later_gets_its_letter_and_keeps_its_sealed_pin() {
    let options = SessionOptions { activation: Activation::Later, ..SessionOptions::default() };
    let desk = Desk::with(2, &options);
    desk.key(1, Step::Verify);
    desk.key(2, Step::MakeCredential);
    let done = desk.write(Wish::Letters);
    assert_eq!(told(&done.problems), "");
    assert_eq!(done.written[0].count, 1);
    assert_eq!(
        desk.pins(),
        [SealedPin::Sealed, SealedPin::Sealed],
        "its key may want it once more"
    );
    let again = desk.write(Wish::Letters);
    assert!(again.written.is_empty() && told(&again.problems).contains("sealed any more"));
    assert_eq!(desk.write(Wish::Labels).written[0].count, 1);
    let today = Desk::of(1);
    today.key(1, Step::Verify);
    assert!(today.write(Wish::Letters).written.is_empty(), "it is in the middle of its work");
}

#[test]
fn pins_that_are_kept_by_policy_can_be_printed_again() {
    let mut desk = Desk::of(1);
    desk.outputs.purge_pins = PurgePins::Keep;
    desk.handed_over(1);
    for _ in 0..2 {
        assert_eq!(desk.write(Wish::Letters).written.len(), 1);
    }
    assert_eq!(desk.pins(), [SealedPin::Sealed]);
    assert_eq!(desk.files(), ["pin-letters-2.pdf", "pin-letters.pdf"]);
}

#[test]
fn a_letter_that_can_not_be_kept_purges_nothing() {
    let desk = Desk::of(1);
    desk.handed_over(1);
    // In the way of the folder.
    std::fs::create_dir_all(desk.out()).unwrap();
    std::fs::write(desk.out().join("letters"), "").unwrap();
    let done = desk.write(Wish::Letters);
    assert!(done.written.is_empty());
    assert_eq!(done.problems.len(), 1);
    assert_eq!(desk.pins(), [SealedPin::Sealed]);
    assert_eq!(desk.history(Action::LettersWritten), Vec::<String>::new());
    std::fs::remove_file(desk.out().join("letters")).unwrap();
    assert_eq!(desk.write(Wish::Letters).written.len(), 1);
}

#[test]
fn one_pin_that_is_altered_keeps_no_other_from_being_written() {
    let mut desk = Desk::of(3);
    let identity = age::x25519::Identity::generate();
    desk.outputs.age_recipients = vec![identity.to_public().to_string()];
    let ids: Vec<EnrolmentId> = (1..=3).map(|no| desk.handed_over(no)).collect();
    desk.tamper(&format!("UPDATE pin SET sealed = zeroblob(104) WHERE enrolment = '{}'", ids[1].0));
    let done = desk.write(Wish::Pins);
    assert_eq!(done.written[0].count, 2);
    let problems = told(&done.problems);
    assert!(problems.contains("1 PIN can't be opened any more: p2@contoso.example"), "{problems}");
    let text = opened(&done.written[0].path, &identity);
    assert!(text.contains("p1@") && text.contains("p3@") && !text.contains("p2@"));
    assert_eq!(desk.pins(), [SealedPin::Purged, SealedPin::Sealed, SealedPin::Purged]);

    let again = desk.write(Wish::Letters);
    assert!(again.written.is_empty(), "a file without any PIN");
    assert!(told(&again.problems).contains("p2@contoso.example"));
    assert_eq!(desk.files(), ["pins.csv.age"]);
}

#[test]
fn a_closed_vault_writes_nothing_and_says_why() {
    let mut desk = Desk::of(2);
    desk.outputs.age_recipients = vec![age::x25519::Identity::generate().to_public().to_string()];
    desk.handed_over(1);
    desk.handed_over(2);
    let Desk { folder, secrets: _, journal, session, outputs } = desk;
    drop(journal);
    let secrets = Secrets::session_only("another session");
    let journal = Journal::open(&folder.path().join("data"), &secrets).unwrap();
    let desk = Desk { folder, secrets, journal, session, outputs };
    for wish in [Wish::Letters, Wish::Pins, Wish::PinsInClear] {
        let done = desk.write(wish);
        assert!(done.written.is_empty(), "{wish:?}");
        let problems = told(&done.problems);
        assert!(problems.contains("gone from the keyring"), "{wish:?}: {problems}");
    }
    assert_eq!(desk.files(), Vec::<String>::new());
    assert_eq!(desk.pins(), [SealedPin::Sealed, SealedPin::Sealed]);
    assert_eq!(desk.write(Wish::Labels).written.len(), 1, "a label needs no vault");
    assert!(desk.secrets.mode() != crate::secrets::Mode::Keyring);
}

#[test]
fn pins_are_exported_for_their_recipients_only() {
    let mut desk = Desk::of(2);
    desk.handed_over(1);
    desk.handed_over(2);
    let nobody = desk.write(Wish::Pins);
    assert!(nobody.written.is_empty());
    assert!(told(&nobody.problems).contains("in Settings"), "{}", told(&nobody.problems));
    assert_eq!(desk.pins(), [SealedPin::Sealed, SealedPin::Sealed]);

    let identity = age::x25519::Identity::generate();
    desk.outputs.age_recipients = vec![identity.to_public().to_string()];
    let done = desk.write(Wish::Pins);
    assert_eq!(told(&done.problems), "");
    assert_eq!((done.written[0].what, done.written[0].count), (Output::Pins, 2));
    let text = opened(&done.written[0].path, &identity);
    assert!(text.contains("p1@contoso.example,m-1,12340001,83010001"));
    assert!(text.contains("p2@contoso.example,m-2,12340002,83010002"));
    assert_eq!(desk.pins(), [SealedPin::Purged, SealedPin::Purged]);
    assert_eq!(desk.history(Action::PinsExported), ["2 PINs to 1 recipient, pins.csv.age"]);
    let other = age::x25519::Identity::generate();
    assert_ne!(identity.to_string().expose_secret(), other.to_string().expose_secret());
    let file = std::fs::File::open(&done.written[0].path).unwrap();
    let others = std::iter::once(&other as &dyn age::Identity);
    assert!(age::Decryptor::new(file).unwrap().decrypt(others).is_err());
}

#[test]
fn pins_in_clear_text_are_said_to_be_so_in_the_history() {
    let desk = Desk::of(1);
    desk.handed_over(1);
    let done = desk.write(Wish::PinsInClear);
    assert_eq!((done.written[0].what, done.written[0].count), (Output::PinsInClear, 1));
    let text = std::fs::read_to_string(desk.out().join("pins.csv")).unwrap();
    assert!(text.contains("p1@contoso.example,m-1,12340001,83010001"));
    assert_eq!(desk.history(Action::PinsExported), ["1 PIN in clear text, pins.csv"]);
    assert_eq!(desk.pins(), [SealedPin::Purged]);
}

#[test]
fn a_journal_that_can_not_be_written_keeps_the_pins_and_leaves_no_file() {
    let desk = Desk::of(1);
    desk.handed_over(1);
    desk.tamper("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'x'); END");
    for wish in [Wish::Letters, Wish::PinsInClear] {
        let done = desk.write(wish);
        assert!(done.written.is_empty(), "{wish:?}: revealed without a row of history");
        assert_eq!(done.problems.len(), 1, "{wish:?}");
    }
    assert_eq!(desk.pins(), [SealedPin::Sealed]);
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[test]
fn labels_are_for_keys_that_people_have() {
    let desk = Desk::of(4);
    let none = desk.write(Wish::Labels);
    assert!(told(&none.problems).contains("No key"), "{}", told(&none.problems));
    desk.handed_over(1);
    desk.key(2, Step::ForcePinChange);
    let undone = desk.handed_over(3);
    desk.failed(4);
    let note = SessionNote::Undone {
        entry: EntryNo(3),
        enrolment: undone,
        serial: None,
        reason: "Wrong person".into(),
    };
    desk.journal.note_session(desk.session, &note, "Petra", at(500)).unwrap();
    let done = desk.write(Wish::Labels);
    assert_eq!((done.written[0].what, done.written[0].count), (Output::Labels, 2));
    assert_eq!(desk.history(Action::LabelsWritten), ["2 labels, labels.pdf"]);
}

#[test]
fn the_report_has_each_key_and_each_person_without_one() {
    let desk = Desk::of(6);
    desk.handed_over(1);
    desk.failed(2);
    let note = SessionNote::Skipped { entry: EntryNo(3), reason: "On leave".into() };
    desk.journal.note_session(desk.session, &note, "Omar", at(400)).unwrap();
    let undone = desk.handed_over(4);
    let note = SessionNote::Undone {
        entry: EntryNo(4),
        enrolment: undone,
        serial: None,
        reason: "Wrong person".into(),
    };
    desk.journal.note_session(desk.session, &note, "Ulla", at(500)).unwrap();
    desk.key(5, Step::Pin);
    let done = desk.write(Wish::Report);
    assert_eq!(told(&done.problems), "");
    let kinds: Vec<Output> = done.written.iter().map(|written| written.what).collect();
    assert_eq!(kinds, [Output::Report, Output::Report]);
    assert!(done.written.iter().all(|written| written.count == 7));
    let text = std::fs::read_to_string(&done.written[0].path).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let told: Vec<[&str; 5]> =
        rows.iter().map(|row| [row[1], row[2], row[3], row[5], row[6]]).collect();
    let refused =
        "The directory refused it. Taken back. Still there: the PIN on the key (kept sealed)";
    assert_eq!(
        told,
        [
            ["p1@contoso.example", "12340001", "Registered", "Petra", ""],
            ["p2@contoso.example", "12340002", "Failed", "Petra", refused],
            ["p3@contoso.example", "", "Skipped", "Omar", "On leave"],
            ["p4@contoso.example", "12340004", "Undone", "Ulla", "Wrong person"],
            ["p4@contoso.example", "", "Open", "", ""],
            ["p5@contoso.example", "12340005", "Open", "Petra", ""],
            ["p6@contoso.example", "", "Open", "", ""],
        ]
    );
    assert_eq!(desk.history(Action::ReportWritten).len(), 2);
    assert!(std::fs::read(&done.written[1].path).unwrap().starts_with(b"%PDF-"));
}

/// Its run has told the history; only the hand-over is left.
#[test]
fn a_key_that_is_still_in_its_slot_was_registered_when_the_history_says() {
    let desk = Desk::of(1);
    let id = desk.key(1, Step::ForcePinChange);
    let entry = Entry {
        tenant: TENANT.into(),
        operator: "Petra".into(),
        action: Action::Registered,
        subject: "p1@contoso.example".into(),
        serial: None,
        detail: "m-1".into(),
    };
    desk.journal.audit(&entry, at(70)).unwrap();
    assert!(desk.journal.load(id).unwrap().finished_at.is_none());
    let session = desk.journal.session(desk.session).unwrap();
    let rows = report::rows(&desk.journal, &session).unwrap();
    assert_eq!(rows[0].at.as_ref().map(jiff::Zoned::timestamp), Some(at(70)));
}

#[test]
fn an_older_session_gives_its_letters_while_a_newer_one_runs() {
    let desk = Desk::of(1);
    desk.handed_over(1);
    desk.journal.end_session(desk.session, "Petra", "", at(1999)).unwrap();
    let new = NewSession {
        tenant: TENANT,
        operator: "Petra",
        options: &SessionOptions::default(),
        entries: &[person(1)],
    };
    let newer = desk.journal.begin_session(&new, at(2000)).unwrap();
    let none = carry_out(&desk.journal, newer, Wish::Letters, &desk.order());
    assert!(none.written.is_empty(), "the newer one has no key");
    assert_eq!(desk.write(Wish::Letters).written[0].count, 1);
    let elsewhere = Order { tenant: "Fabrikam".into(), ..desk.order() };
    let done = carry_out(&desk.journal, desk.session, Wish::Labels, &elsewhere);
    assert!(told(&done.problems).contains("no such session"), "{}", told(&done.problems));
}

fn opened(path: &Path, identity: &age::x25519::Identity) -> String {
    let file = std::fs::File::open(path).unwrap();
    let identities = std::iter::once(identity as &dyn age::Identity);
    let mut text = String::new();
    let mut reader = age::Decryptor::new(file).unwrap().decrypt(identities).unwrap();
    reader.read_to_string(&mut text).unwrap();
    text
}

/// The clock went back by seven minutes after the first note.
#[test]
fn what_was_decided_last_counts_although_the_clock_was_set_back() {
    let desk = Desk::of(2);
    let note = |note: SessionNote, seconds: i64| {
        desk.journal.note_session(desk.session, &note, "Petra", at(seconds)).unwrap();
    };
    note(SessionNote::PutBack { entry: EntryNo(1) }, 500);
    note(SessionNote::Skipped { entry: EntryNo(1), reason: "Left".into() }, 80);
    note(SessionNote::PutBack { entry: EntryNo(2) }, 501);
    desk.failed(2);
    let session = desk.journal.session(desk.session).unwrap();
    let rows = report::rows(&desk.journal, &session).unwrap();
    let results: Vec<_> = rows.into_iter().map(|row| row.result).collect();
    assert_eq!(results.len(), 2, "nobody waits: {results:?}");
    assert_eq!(results[0], ReportResult::Skipped { reason: "Left".into() });
    assert!(matches!(results[1], ReportResult::Failed { .. }), "{results:?}");
    let rebuilt = super::super::rebuild::Rebuilt::of(session, |_| false);
    assert!(matches!(rebuilt.session.state(EntryNo(1)), EntryState::Skipped { .. }));
    assert!(matches!(rebuilt.session.state(EntryNo(2)), EntryState::Failed { .. }));
}
