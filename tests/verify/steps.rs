//! What an agent does at a caller's check, and what they see.

use crate::clerk::Station;
use keydesk::directory::{Person, PersonId};
use keydesk::engine::{
    CallerShown, CheckShown, CheckState, Command, Event, NoteState, PendingShown, StartOptions,
    StoredSecret, TicketShown, VerifiedShown, VerifyCommand, VerifyEvent,
};
use keydesk::problem::Problem;
use keydesk::secrets::{SecretText, ServiceSecret};
use keydesk::services::ServiceSecrets;
use keydesk::settings::{Settings, VerifySettings};
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
        options.patience.poll = Duration::from_millis(30);
        options.patience.push_poll = Duration::from_millis(30);
        options.patience.again = Duration::ZERO;
        adjust(options);
    });
    station.set_up(settings);
    station
}

impl Agent {
    fn set_up(&mut self, change: impl FnOnce(&mut VerifySettings)) {
        let (mut verify, secrets) = self.cloud.verify_settings();
        change(&mut verify);
        let file = self.data().join("config/config.toml");
        let mut settings = Settings::load(&file).unwrap().unwrap();
        settings.tenants[0].verify = verify;
        self.say(Command::SaveSettings(Box::new(settings)));
        let ServiceSecrets { twilio, authy, duo, halo, log } = secrets;
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
        self.connect();
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
