//! What an agent does at a caller's check, and what they see.

use crate::clerk::Station;
use keydesk::directory::{Person, PersonId};
use keydesk::engine::{
    CallerShown, CheckShown, CheckState, Command, Event, NoteState, PendingShown, StartOptions,
    StoredSecret, TicketShown, VerifiedShown, VerifyCommand, VerifyEvent,
};
use keydesk::phones::{NumberText, PhoneNumber};
use keydesk::practice::cloud::Order;
use keydesk::problem::Problem;
use keydesk::secrets::{SecretText, ServiceSecret};
use keydesk::services::ServiceSecrets;
use keydesk::settings::{DirectorySettings, Settings, VerifySettings};
use keydesk::verify::{Digits, Outcome};
use std::time::Duration;

pub type Agent = Station<()>;

/// A connected station with every service of the practice company, texts by Twilio Verify.
pub fn agent() -> Agent {
    agent_with(|_| {}, |_| {})
}

/// The same with other settings of services, and other patience.
pub fn agent_with(
    settings: impl FnOnce(&mut VerifySettings),
    adjust: impl FnOnce(&mut StartOptions),
) -> Agent {
    let mut station = Station::with((), None, |options| {
        patient(options);
        adjust(options);
    });
    station.set_up(settings);
    station
}

/// Nobody waits for anything longer than it takes.
pub fn patient(options: &mut StartOptions) {
    options.patience.poll = Duration::from_millis(30);
    options.patience.push_poll = Duration::from_millis(30);
    options.patience.again = Duration::ZERO;
}

impl Agent {
    /// Another agent at another station of the same company; dropped first.
    pub fn colleague(&self, settings: impl FnOnce(&mut VerifySettings)) -> Self {
        let mut station = Self::beside(self, (), patient);
        station.set_up(settings);
        station
    }

    /// The station on the files as they are now, as after a kill.
    pub fn killed(&self) -> Self {
        self.killed_at(self.files_now(), |_| {})
    }

    /// The same on the files as they were, with more in its keyring.
    pub fn killed_at(&self, files: tempfile::TempDir, keep: impl FnOnce(&Self)) -> Self {
        let mut station = self.on_files(files, (), patient);
        keep(&station);
        station.keep_secrets();
        station.connect();
        station
    }
}

impl<K> Station<K> {
    pub fn set_up(&mut self, change: impl FnOnce(&mut VerifySettings)) {
        let (mut verify, _) = self.cloud.verify_settings();
        change(&mut verify);
        let file = self.data().join("config/config.toml");
        let mut settings = Settings::load(&file).unwrap().unwrap();
        settings.tenants[0].verify = verify;
        self.say(Command::SaveSettings(Box::new(settings)));
        self.keep_secrets();
        self.connect();
    }

    fn keep_secrets(&self) {
        let ServiceSecrets { twilio, authy, duo, halo, log } = self.cloud.verify_settings().1;
        for (service, secret) in [
            (ServiceSecret::Twilio, twilio),
            (ServiceSecret::Authy, authy),
            (ServiceSecret::Duo, duo),
            (ServiceSecret::Halo, halo),
            (ServiceSecret::Log, log),
        ] {
            if let Some(secret) = secret {
                self.keep_secret(service, secret);
            }
        }
    }

    pub fn keep_secret(&self, service: ServiceSecret, secret: SecretText) {
        let tenant = self.tenant().to_owned();
        let secret = StoredSecret::Service(service, secret);
        self.say(Command::StoreSecret { tenant, secret });
    }

    pub fn verify(&self, command: VerifyCommand) {
        self.say(Command::Verify(command));
    }

    /// The next event of this page that is wanted; a problem that is told ends the test.
    pub fn hear<T>(&mut self, mut wanted: impl FnMut(VerifyEvent) -> Option<T>) -> T {
        self.wait(|event| match event {
            Event::Verify(event) => wanted(event),
            Event::Problem(problem) => panic!("a problem: {problem}"),
            _ => None,
        })
    }

    pub fn look_for(&mut self, query: &str) -> Person {
        self.verify(VerifyCommand::Find { query: query.into() });
        self.hear(|event| match event {
            VerifyEvent::Found { people, .. } => Some(people.unwrap().remove(0)),
            _ => None,
        })
    }

    /// Chooses the person of this name and waits until everything is read.
    pub fn caller(&mut self, query: &str) -> CallerShown {
        let person = self.look_for(query);
        self.verify(VerifyCommand::Choose(Box::new(person)));
        self.caller_shown()
    }

    pub fn caller_shown(&mut self) -> CallerShown {
        self.hear(|event| match event {
            VerifyEvent::Caller(Some(shown)) => Some(*shown),
            VerifyEvent::Refused(problem) => panic!("refused: {problem}"),
            _ => None,
        })
    }

    pub fn use_ticket(&mut self, number: u64) -> TicketShown {
        self.verify(VerifyCommand::UseTicket(Some(number)));
        self.ticket_shown()
    }

    pub fn ticket_shown(&mut self) -> TicketShown {
        self.hear(|event| match event {
            VerifyEvent::Ticket(Some(shown)) if !matches!(*shown, TicketShown::Reading(_)) => {
                Some(*shown)
            }
            _ => None,
        })
    }

    /// A code is sent and waited for.
    pub fn send_code(&mut self, person: &PersonId) -> CheckShown {
        self.verify(VerifyCommand::SendCode { person: person.clone() });
        self.check(|check| check.state != CheckState::Sending)
    }

    pub fn ask(&mut self, person: &PersonId) -> CheckShown {
        self.verify(VerifyCommand::AskByPush { person: person.clone() });
        self.check(|check| check.state != CheckState::Sending)
    }

    pub fn refused(&mut self) -> Problem {
        self.hear(|event| match event {
            VerifyEvent::Refused(problem) => Some(problem),
            VerifyEvent::Check(Some(check)) if check.state == CheckState::Waiting => {
                panic!("a check began")
            }
            _ => None,
        })
    }

    pub fn check(&mut self, wanted: impl Fn(&CheckShown) -> bool) -> CheckShown {
        self.hear(|event| match event {
            VerifyEvent::Check(Some(check)) if wanted(&check) => Some(*check),
            VerifyEvent::Refused(problem) => panic!("refused: {problem}"),
            _ => None,
        })
    }

    pub fn over(&mut self) -> (Outcome, Option<Problem>) {
        let check = self.check(|check| matches!(check.state, CheckState::Over { .. }));
        match check.state {
            CheckState::Over { outcome, problem, .. } => (outcome, problem),
            _ => unreachable!(),
        }
    }

    pub fn try_code(&self, code: &str) {
        self.verify(VerifyCommand::Try(Digits::read(code).expect("no digits")));
    }

    /// Six digits that are not the code.
    pub fn try_wrong(&self, code: &str) {
        let wrong = if code.starts_with('0') { "1" } else { "0" };
        self.try_code(&format!("{wrong}{}", &code[1..]));
    }

    pub fn verified(&mut self) -> Vec<VerifiedShown> {
        self.hear(|event| match event {
            VerifyEvent::Verified(people) => Some(people),
            _ => None,
        })
    }

    pub fn pending(&mut self, wanted: impl Fn(&PendingShown) -> bool) -> PendingShown {
        self.hear(|event| match event {
            VerifyEvent::Pending(pending) if wanted(&pending) => Some(pending),
            _ => None,
        })
    }

    pub fn note(&mut self, wanted: impl Fn(&NoteState) -> bool) -> NoteState {
        self.hear(|event| match event {
            VerifyEvent::Note { state, .. } if wanted(&state) => Some(state),
            _ => None,
        })
    }

    /// The whole happy way: code sent, read out, typed.
    pub fn verify_person(&mut self, query: &str) -> Person {
        let caller = self.caller(query);
        self.send_code(&caller.person.id);
        let code = self.code_of(&caller.person.upn);
        self.try_code(&code);
        assert_eq!(self.over().0, Outcome::Verified);
        self.verified();
        caller.person
    }
}

/// What the practice company and the files know.
impl<K> Station<K> {
    /// The newest text on the person's phone.
    pub fn text_of(&self, upn: &str) -> String {
        // A text takes a moment of the cloud's own time.
        self.cloud.control().order(Order::AdvanceClock { seconds: 2 });
        let texts = self.cloud.control().texts_of(upn);
        texts.last().expect("no text on the phone").expose().to_owned()
    }

    /// The code in it: six digits by themselves.
    pub fn code_of(&self, upn: &str) -> String {
        let text = self.text_of(upn);
        let digits = |word: &&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let code = words.find(digits).expect("no code in the text").to_owned();
        confess(&code);
        code
    }

    /// Calls with this method and the end of a path, since the start.
    pub fn calls(&self, method: &str, end: &str) -> usize {
        let counts = self.cloud.control().observed().counts;
        let meant = |call: &str| call.starts_with(method) && call.ends_with(end);
        counts.iter().filter(|(call, _)| meant(call)).map(|(_, count)| *count as usize).sum()
    }

    /// Calls of every service so far, and how many of them are of the texts' service. Texts of
    /// checks that are over are deleted when they can be, whatever is done meanwhile.
    pub fn calls_made(&self) -> (u64, u64) {
        let counts = self.cloud.control().observed().counts;
        let sum = |of: &str| {
            let meant = |call: &str| call.contains(of) && !call.starts_with("DELETE");
            counts.iter().filter(|(call, _)| meant(call)).map(|(_, count)| *count).sum()
        };
        (sum(""), sum("/twilio/"))
    }

    /// Texts that a service took.
    pub fn texts_sent(&self) -> usize {
        self.calls("POST", "/Verifications") + self.calls("POST", "/Messages.json")
    }

    /// Whether a text stands in a file of the station, as a word of its own.
    pub fn is_in_a_file(&self, text: &str) -> bool {
        let mut folders = vec![self.data().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() && holds(&std::fs::read(path).unwrap(), text) {
                    return true;
                }
            }
        }
        false
    }

    /// Another program with the same account sends a code to Oskar Lindqvist.
    pub fn another_station_sends(&self) {
        let (mut settings, secrets) = self.cloud.verify_settings();
        settings.sms = self.settings().tenants[0].verify.sms;
        let number = NumberText::new("+46 701740613");
        let number = PhoneNumber::from_international(&number).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let codes = keydesk::services::codes(&settings, &secrets).unwrap().unwrap();
            let text = keydesk::services::messaging::SmsText {
                template: "{code}".into(),
                language: "en".into(),
                company: "Another station".into(),
            };
            codes.send(&number, &text).await.unwrap();
        });
    }

    /// As if the program had been killed while a check was open.
    pub fn leave_a_check_open(&self, ticket: u64) {
        let facts = keydesk::journal::CheckFacts {
            name: "Oskar Lindqvist".into(),
            upn: "oskar.lindqvist@larkfield.example".into(),
            channel: keydesk::verify::Channel::VerifySms,
            masked: Some("+46 ••• ••• 13".into()),
            ticket: Some(ticket),
            warnings: Vec::new(),
            wants_note: true,
            wants_row: false,
            tenant_domain: "larkfield.example".into(),
            service_id: None,
            target: None,
        };
        let db = rusqlite::Connection::open(self.data().join("data/keydesk.db")).unwrap();
        let now = jiff::Timestamp::now().as_microsecond();
        let body = serde_json::to_string(&facts).unwrap();
        let id = uuid::Uuid::new_v4().to_string();
        db.execute(
            "INSERT INTO caller_check (id, tenant, agent, person, body, begun_at_us)
             VALUES (?1, ?2, 'Mira Holm', 'somebody', ?3, ?4)",
            rusqlite::params![id, self.tenant(), body, now],
        )
        .unwrap();
    }

    pub fn settings(&self) -> Settings {
        Settings::load(&self.data().join("config/config.toml")).unwrap().unwrap()
    }

    /// As after a change of the settings: everything is read from the journal.
    pub fn connect_anew(&mut self) {
        let mut settings = self.settings();
        settings.outputs.organisation = format!("{}x", settings.outputs.organisation);
        self.say(Command::SaveSettings(Box::new(settings)));
        self.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    }

    /// Another tenant at this station, not in use.
    pub fn add_tenant(&mut self, name: &str, domain: &str) {
        self.add_tenant_of(name, &[domain]);
    }

    pub fn add_tenant_of(&mut self, name: &str, domains: &[&str]) {
        let mut settings = self.settings();
        settings.current = Some(settings.tenants[0].name.clone());
        let mut tenant = settings.tenants[0].clone();
        tenant.name = name.into();
        tenant.verify.domains = domains.iter().map(|&domain| domain.to_owned()).collect();
        settings.tenants.push(tenant);
        self.say(Command::SaveSettings(Box::new(settings)));
        self.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    }

    /// A customer whose application, sign-in and services are the first tenant's.
    pub fn add_customer(&mut self, name: &str, domain: &str) {
        let mut settings = self.settings();
        let mut customer = settings.tenants[0].clone();
        let DirectorySettings::Entra(entra) = &mut customer.directory else { panic!("Entra") };
        entra.application_of = Some(settings.tenants[0].name.clone());
        entra.tenant = domain.into();
        entra.client_id = String::new();
        customer.name = name.into();
        customer.verify = VerifySettings::default();
        settings.current = Some(settings.tenants[0].name.clone());
        settings.tenants.push(customer);
        self.say(Command::SaveSettings(Box::new(settings)));
        self.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    }

    pub fn keep_application_secret(&mut self, tenant: &str) {
        let secret = SecretText::new(self.cloud.connection().secret.expose());
        let secret = StoredSecret::ClientSecret(secret);
        self.say(Command::StoreSecret { tenant: tenant.into(), secret });
        self.wait(|event| matches!(event, Event::SecretStored).then_some(()));
    }

    pub fn switch_tenant(&mut self, name: &str) {
        self.say(Command::SwitchTenant(name.into()));
        self.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    }

    pub fn first_tenant(&self) -> String {
        self.settings().tenants[0].name.clone()
    }

    pub fn has_pass(&self, upn: &str) -> bool {
        self.cloud.control().observed().passes.iter().any(|pass| pass.upn == upn)
    }

    pub fn verified_now(&mut self) -> Vec<VerifiedShown> {
        // It is told anew at each connection.
        self.connect_anew();
        self.verified()
    }

    /// Details of the history's rows of one kind.
    pub fn history(&mut self, action: &str) -> Vec<String> {
        self.say(Command::LoadHistory { filter: action.into() });
        self.wait(|event| match event {
            Event::History { rows, .. } => Some(rows.unwrap()),
            _ => None,
        })
        .into_iter()
        .map(|row| row.detail)
        .collect()
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    bytes.windows(text.len()).enumerate().any(|(at, window)| {
        let edge = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        window == text && edge(before) && edge(bytes.get(at + text.len()))
    })
}

/// Names a secret to the search that looks for leaked ones.
pub fn confess(secret: &str) {
    use std::io::Write;
    if let Some(path) = std::env::var_os("KEYDESK_TEST_SECRETS") {
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        writeln!(file, "{secret}").unwrap();
    }
}

/// Within a patience that is no measurement.
pub fn comes_true(what: impl Fn() -> bool) -> bool {
    (0..3000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        what()
    })
}
