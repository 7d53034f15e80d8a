//! A journal with a session whose keys are made by a few lines of an authenticator and registered
//! in the practice cloud.

use crate::authenticator::{Making, NFC};
use keydesk::bulk::{Activation, Entry, EntryNo, OldKeys, SessionId, SessionNote, SessionOptions};
use keydesk::directory::entra::{Credential, Entra, EntraConfig};
use keydesk::directory::{Directory, Person};
use keydesk::engine::{AuditPlace, AuditReport, FindingKind, audit};
use keydesk::enrolment::{
    Action as Next, AlwaysUv, Answer, AtHand, Ceremony, Custody, EnrolmentId, Fact, FailureClass,
    FirstUse, Held, Intent, KeyIdentity, MadeFact, Outcome, PinPlan, Plan, Record, Reset, Seat,
    SerialFrom, Step, Subject, UndoResult, UndoStep,
};
use keydesk::journal::{Action, Journal, Milestone, NewSession, PinAfter};
use keydesk::key::{KeyFacts, KeyId, PinState, Supports};
use keydesk::pin::Pin;
use keydesk::practice::cloud::{Cloud, CloudOptions};
use keydesk::problem::Problem;
use keydesk::secrets::{SecretText, Secrets};
use keydesk::webauthn::{Aaguid, ClientData, CreationOptions, CredentialId};
use std::path::Path;
use std::sync::Arc;

pub const TENANT: &str = "Contoso";

pub struct Desk {
    pub cloud: Cloud,
    pub session: SessionId,
    pub pin_after: PinAfter,
    /// Keys that are made now are activated once their people have them, until then.
    pub to_activate_until: Option<jiff::Timestamp>,
    directory: Arc<dyn Directory>,
    folder: tempfile::TempDir,
    secrets: Secrets,
    journal: Journal,
    people: Vec<Person>,
    old_keys: Vec<Option<String>>,
}

/// What became of a registration that the journal takes for removed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    Removed,
    LeftThere,
}

impl Desk {
    pub async fn of(people: usize) -> Self {
        Self::new(people, false, Secrets::session_only("test")).await
    }

    /// The vault's key is where another process finds it.
    pub async fn in_the_keyring(people: usize) -> Self {
        Self::new(people, false, Secrets::probe()).await
    }

    /// Each person has a passkey from before, which the session removes.
    pub async fn with_old_keys(people: usize) -> Self {
        Self::new(people, true, Secrets::session_only("test")).await
    }

    /// Keys are activated once their people have them.
    pub async fn activating_later(people: usize) -> Self {
        let mut desk = Self::of(people).await;
        desk.to_activate_until = Some(jiff::Timestamp::MAX);
        desk.session = desk.begin(jiff::Timestamp::now());
        desk
    }

    /// So many that not everybody is asked about at the same time.
    pub async fn of_crowd(people: usize) -> Self {
        let cloud = CloudOptions { crowd: people, ..CloudOptions::default() };
        Self::at(cloud, "crowd", people, false, Secrets::session_only("test")).await
    }

    async fn new(people: usize, with_old: bool, secrets: Secrets) -> Self {
        Self::at(CloudOptions::default(), "e", people, with_old, secrets).await
    }

    async fn at(
        cloud: CloudOptions,
        whose_names_begin: &str,
        people: usize,
        with_old: bool,
        secrets: Secrets,
    ) -> Self {
        let cloud = Cloud::start(cloud).await.unwrap();
        let directory = entra(&cloud, cloud.connection().secret.expose());
        let found = directory.find(whose_names_begin, 100).await.unwrap();
        let mut people_with_keys = Vec::new();
        for person in found {
            // Some people of the company have passkeys already.
            if people_with_keys.len() < people
                && directory.passkeys(&person.id).await.unwrap().is_empty()
                && directory.begin(&person.id).await.is_ok()
            {
                people_with_keys.push(person);
            }
        }
        assert_eq!(people_with_keys.len(), people);
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("data"), &secrets).unwrap();
        let mut desk = Self {
            session: SessionId(uuid::Uuid::nil()),
            pin_after: PinAfter::Keep,
            to_activate_until: None,
            old_keys: vec![None; people],
            people: people_with_keys,
            cloud,
            directory,
            folder,
            secrets,
            journal,
        };
        if with_old {
            for no in 0..people {
                let made = desk.make(no, "Old key").await;
                desk.old_keys[no] = Some(made);
            }
        }
        desk.session = desk.begin(jiff::Timestamp::now());
        desk
    }

    fn begin(&self, at: jiff::Timestamp) -> SessionId {
        let has_old = self.old_keys.iter().any(Option::is_some);
        let old_keys = if has_old { OldKeys::Remove } else { OldKeys::Keep };
        let activation = self.activation();
        let options = SessionOptions { old_keys, activation, ..SessionOptions::default() };
        let entries: Vec<Entry> = (0..self.people.len()).map(|place| self.entry(place)).collect();
        let new =
            NewSession { tenant: TENANT, operator: "Petra", options: &options, entries: &entries };
        self.journal.begin_session(&new, at).unwrap()
    }

    fn activation(&self) -> Activation {
        self.to_activate_until.map_or(Activation::Now, |_| Activation::Later)
    }

    fn entry(&self, place: usize) -> Entry {
        Entry {
            person: self.subject(place),
            serial: None,
            badge: None,
            employee_id: None,
            old_keys: self.old_keys[place].iter().cloned().collect(),
            brought: None,
        }
    }

    fn subject(&self, place: usize) -> Subject {
        let person = &self.people[place];
        Subject {
            id: person.id.0.clone(),
            display_name: person.display_name.clone(),
            upn: person.upn.clone(),
        }
    }

    /// Another session, some time after what was done so far.
    pub fn begin_another(&self) {
        self.begin(jiff::Timestamp::now() + jiff::SignedDuration::from_mins(1));
    }

    /// The same, and what is done from now on is done in that one.
    pub fn begin_and_use_another(&mut self) {
        self.session = self.begin(jiff::Timestamp::now());
    }

    pub fn begin_after_the_clock_was_set_back(&mut self) {
        self.session = self.begin(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1));
    }

    pub fn end(&self) {
        self.journal.end_session(self.session, "Petra", "", jiff::Timestamp::now()).unwrap();
    }

    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn upn(&self, no: u32) -> &str {
        &self.people[place(no)].upn
    }

    /// Findings as the audit sorts them.
    pub fn sorted(&self, findings: &[(FindingKind, u32)]) -> Vec<(FindingKind, &str)> {
        let mut sorted: Vec<_> = findings.iter().map(|(kind, no)| (*kind, self.upn(*no))).collect();
        sorted.sort();
        sorted
    }

    pub async fn handed_over(&self, no: u32) -> EnrolmentId {
        self.key(no, Step::HandOver).await
    }

    /// A key for this person up to and with the step; it is over where that is the last one.
    pub async fn key(&self, no: u32, until: Step) -> EnrolmentId {
        self.enrol(no, until, self.intent(no, self.seat(no))).await
    }

    /// The same with a key that is another person's.
    pub async fn handed_over_the_key_of(&self, other: u32, no: u32) -> EnrolmentId {
        self.handed_over_with_serial(no, &serial_of(other)).await
    }

    pub async fn handed_over_with_serial(&self, no: u32, serial: &str) -> EnrolmentId {
        let mut intent = self.intent(no, self.seat(no));
        intent.key.serial = Some(serial.to_owned());
        self.enrol(no, Step::HandOver, intent).await
    }

    fn seat(&self, no: u32) -> Option<Seat> {
        Some(Seat {
            session: self.session,
            entry: EntryNo(no),
            activation: self.activation(),
            challenge_minutes: None,
            was_made_in: None,
        })
    }

    /// One person, one key, outside of the session.
    pub async fn at_the_desk(&self, no: u32) -> EnrolmentId {
        self.enrol(no, Step::HandOver, self.intent(no, None)).await
    }

    /// The directory takes the first credential and says that it refused it; another one is made.
    pub async fn handed_over_at_the_second_try(&self, no: u32) -> EnrolmentId {
        let intent = self.intent(no, self.seat(no));
        let problem = Problem { what: "Refused".into(), next: String::new(), details: Vec::new() };
        let (step, class) = (Step::Register, FailureClass::Refused);
        let refused = [
            Record::Failed { step, class, problem },
            Record::Answered { answer: Answer::Retry, reason: None },
        ];
        self.enrol_with(no, Step::HandOver, intent, refused.into()).await
    }

    async fn enrol(&self, no: u32, until: Step, intent: Intent) -> EnrolmentId {
        self.enrol_with(no, until, intent, Vec::new()).await
    }

    /// What comes of the first registration may be written down in place of its fact.
    async fn enrol_with(
        &self,
        no: u32,
        until: Step,
        intent: Intent,
        mut in_place_of_registered: Vec<Record>,
    ) -> EnrolmentId {
        let pin = Pin::new(&format!("6204{:04}", 1700 + no)).unwrap();
        keep(&pin);
        let id = self.journal.begin(&intent, Some(&pin), jiff::Timestamp::now()).unwrap();
        let mut ceremony = Ceremony::begin(intent);
        let mut options = None;
        loop {
            let step = match ceremony.next(&all_at_hand()) {
                Next::Do(step) => step,
                Next::Undo(step) => {
                    let result = UndoResult::Removed;
                    self.record(id, &mut ceremony, Record::Undone { step, result });
                    continue;
                }
                _ => return id,
            };
            self.record(id, &mut ceremony, Record::Intended { step });
            let fact = self.fact(step, no, &ceremony, &mut options).await;
            let came = match step {
                Step::Register => std::mem::take(&mut in_place_of_registered),
                _ => Vec::new(),
            };
            if came.is_empty() {
                self.record(id, &mut ceremony, Record::Done { step, fact });
            }
            came.into_iter().for_each(|record| self.record(id, &mut ceremony, record));
            if step == until {
                return id;
            }
        }
    }

    async fn fact(
        &self,
        step: Step,
        no: u32,
        ceremony: &Ceremony,
        options: &mut Option<CreationOptions>,
    ) -> Fact {
        let person = &self.people[place(no)].id;
        match step {
            Step::CreationOptions => {
                let fetched = self.directory.begin(person).await.unwrap();
                let fact = Fact::options(&fetched);
                *options = Some(fetched);
                fact
            }
            Step::MakeCredential => {
                let made = made(options.as_ref().unwrap());
                let expires_at = self.to_activate_until.or(made.expires_at);
                Fact::Made(Box::new(MadeFact { expires_at, ..made }))
            }
            Step::Register => {
                let credential = ceremony.verified().unwrap();
                let name = &ceremony.intent().passkey_name;
                let passkey = self.directory.finish(person, name, &credential).await.unwrap();
                Fact::Registered { method_id: passkey.method_id }
            }
            _ => Fact::Nothing,
        }
    }

    fn intent(&self, no: u32, seat: Option<Seat>) -> Intent {
        Intent {
            tenant: TENANT.into(),
            person: self.subject(place(no)),
            key: KeyIdentity {
                aaguid: NFC.into(),
                model: "YubiKey 5 NFC".into(),
                serial: Some(serial_of(no)),
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
                remove_old: self.old_keys[place(no)].iter().cloned().collect(),
            },
            passkey_name: format!("Key {no}"),
            operator: "Petra".into(),
            seat,
        }
    }

    fn record(&self, id: EnrolmentId, ceremony: &mut Ceremony, record: Record) {
        ceremony.apply(&record).unwrap();
        let now = jiff::Timestamp::now();
        match ceremony.outcome() {
            None => self.journal.append(id, &record, None, now).unwrap(),
            Some(outcome) => {
                let milestone = match outcome {
                    Outcome::HandedOver { method_id, .. } => {
                        Milestone::new(Action::HandedOver, method_id)
                    }
                    _ => Milestone::new(Action::RolledBack, ""),
                };
                self.journal.finish(id, Some(&record), &milestone, self.pin_after, now).unwrap();
            }
        }
    }

    /// Refused after it was registered, and taken back everywhere.
    pub async fn taken_back(&self, no: u32) {
        let id = self.key(no, Step::Confirm).await;
        self.take_back(no, id, Foreign::Removed).await;
    }

    /// Takes back what an enrolment made, as far as the journal knows.
    pub async fn take_back(&self, no: u32, id: EnrolmentId, foreign: Foreign) {
        let stored = self.journal.load(id).unwrap();
        let mut ceremony = Ceremony::replay(stored.intent, &stored.records).unwrap();
        let Next::Do(step) = ceremony.next(&all_at_hand()) else { panic!("nothing to do") };
        self.record(id, &mut ceremony, Record::Intended { step });
        let problem = keydesk::problem::Problem {
            what: "It was pulled out".into(),
            next: "Insert it".into(),
            details: Vec::new(),
        };
        let class = keydesk::enrolment::FailureClass::KeyRemoved;
        self.record(id, &mut ceremony, Record::Failed { step, class, problem });
        let answer = Record::Answered { answer: Answer::Skip, reason: None };
        self.record(id, &mut ceremony, answer);
        while let Next::Undo(step) = ceremony.next(&all_at_hand()) {
            if let UndoStep::DirectoryMethod { method_id: Some(method_id) } = &step
                && foreign == Foreign::Removed
            {
                let person = &self.people[place(no)].id;
                self.directory.delete(person, method_id).await.map(drop).unwrap();
            }
            self.record(id, &mut ceremony, Record::Undone { step, result: UndoResult::Removed });
        }
        assert!(ceremony.outcome().is_some(), "{:?}", ceremony.next(&all_at_hand()));
    }

    pub fn skip(&self, no: u32) {
        self.note(&SessionNote::Skipped { entry: EntryNo(no), reason: "On leave".into() });
    }

    pub async fn undo(&self, no: u32, enrolment: EnrolmentId) {
        self.remove_passkeys_of(no).await;
        let entry = EntryNo(no);
        self.note(&SessionNote::Undone {
            entry,
            enrolment,
            serial: None,
            reason: "Wrong person".into(),
        });
    }

    pub fn note(&self, note: &SessionNote) {
        self.journal.note_session(self.session, note, "Petra", jiff::Timestamp::now()).unwrap();
    }

    pub async fn remove_passkeys_of(&self, no: u32) {
        let person = &self.people[place(no)].id;
        for passkey in self.directory.passkeys(person).await.unwrap() {
            self.directory.delete(person, &passkey.method_id).await.map(drop).unwrap();
        }
    }

    pub async fn remove_newest_passkey_of(&self, no: u32) {
        let person = &self.people[place(no)].id;
        let listed = self.directory.passkeys(person).await.unwrap();
        let newest = listed.iter().max_by_key(|passkey| passkey.created).unwrap();
        self.directory.delete(person, &newest.method_id).await.map(drop).unwrap();
    }

    pub async fn remove_old_key_of(&self, no: u32) {
        let old = self.old_keys[place(no)].as_ref().unwrap();
        self.directory.delete(&self.people[place(no)].id, old).await.map(drop).unwrap();
    }

    pub async fn register_by_somebody_else(&self, no: u32) {
        self.make(place(no), "Somebody's own").await;
    }

    /// A passkey that no journal knows of; its method's id.
    async fn make(&self, place: usize, name: &str) -> String {
        let person = &self.people[place].id;
        let options = self.directory.begin(person).await.unwrap();
        let intent = Intent { ..self.intent(u32::try_from(place).unwrap() + 1, None) };
        let records = [
            Record::Intended { step: Step::Preflight },
            Record::Done { step: Step::Preflight, fact: Fact::Nothing },
            Record::Intended { step: Step::Pin },
            Record::Done { step: Step::Pin, fact: Fact::Nothing },
            Record::Intended { step: Step::CreationOptions },
            Record::Done { step: Step::CreationOptions, fact: Fact::options(&options) },
            Record::Intended { step: Step::MakeCredential },
            Record::Done { step: Step::MakeCredential, fact: Fact::Made(Box::new(made(&options))) },
        ];
        let credential = Ceremony::replay(intent, &records).unwrap().verified().unwrap();
        self.directory.finish(person, name, &credential).await.unwrap().method_id
    }

    /// What somebody does to the journal behind the program's back.
    pub fn tamper(&self, statement: &str) {
        let file = self.folder.path().join("data/keydesk.db");
        let db = rusqlite::Connection::open(file).unwrap();
        db.execute_batch(statement).unwrap();
    }

    pub async fn audit(&self) -> AuditReport {
        self.audit_with(Vec::new()).await
    }

    pub async fn audit_with(&self, keys: Vec<KeyFacts>) -> AuditReport {
        let place = AuditPlace { keys, ..self.place() };
        audit(place, Some(Arc::clone(&self.directory))).await.unwrap()
    }

    pub async fn audit_of(&self, session: SessionId) -> AuditReport {
        let place = AuditPlace { session: Some(session), ..self.place() };
        audit(place, Some(Arc::clone(&self.directory))).await.unwrap()
    }

    pub async fn audit_as(&self, secrets: Secrets) -> AuditReport {
        let place = AuditPlace { secrets, ..self.place() };
        audit(place, Some(Arc::clone(&self.directory))).await.unwrap()
    }

    pub async fn audit_without_directory_answer(&self) -> AuditReport {
        audit(self.place(), Some(entra(&self.cloud, "not the secret"))).await.unwrap()
    }

    fn place(&self) -> AuditPlace {
        AuditPlace {
            folder: self.folder.path().join("data"),
            secrets: self.secrets.clone(),
            tenant: TENANT.into(),
            session: None,
            keys: Vec::new(),
            mute_keys: 0,
        }
    }
}

fn entra(cloud: &Cloud, secret: &str) -> Arc<dyn Directory> {
    let there = cloud.connection();
    let credential = Credential::Secret(SecretText::new(secret));
    let (base, client) = (there.base_url.as_str(), there.client_id);
    Arc::new(Entra::new(EntraConfig::new(base, base, there.domain, client, credential)).unwrap())
}

fn made(options: &CreationOptions) -> MadeFact {
    let client_data = ClientData::create(&options.challenge, &options.relying_party.id);
    let making = Making::default();
    MadeFact {
        credential_id: Some(CredentialId(making.credential_id.clone())),
        attestation_object: making.attestation_object(&client_data.0),
        client_data,
        expires_at: options.expires_at,
    }
}

fn place(no: u32) -> usize {
    usize::try_from(no).unwrap() - 1
}

pub fn serial_of(no: u32) -> String {
    format!("2041{no:04}")
}

/// What a key that is in tells of itself.
pub fn facts(serial: &str, pin: PinState) -> KeyFacts {
    KeyFacts {
        id: KeyId(format!("virtual:{serial}")),
        port: None,
        model: "YubiKey 5 NFC".into(),
        aaguid: Aaguid(uuid::Uuid::parse_str(NFC).unwrap().into_bytes()),
        known_model: true,
        firmware: None,
        serial: Some(serial.into()),
        no_serial: None,
        pin,
        min_pin_length: 4,
        always_uv: None,
        free_slots: None,
        credentials: None,
        supports: Supports::default(),
    }
}

fn all_at_hand() -> AtHand {
    let now = jiff::Timestamp::now();
    AtHand { now, pin: Held::Yes, old_pin: Held::Yes, options: Held::Yes }
}

/// For `tests/no-secrets`, which looks for it everywhere.
fn keep(pin: &Pin) {
    use std::io::Write;
    let Some(list) = std::env::var_os("KEYDESK_TEST_SECRETS") else { return };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
    file.write_all(format!("{}\n", pin.expose()).as_bytes()).unwrap();
}
