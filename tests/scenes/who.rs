//! Operators, sign-ins, proofs and locks for the window's tests and the gallery.

use super::*;
use keydesk::access::{Act, LockCause, Role};
use std::time::Instant;

pub const OPERATOR: &str = "Mira Holm";

/// Someone who is signed in at this station.
pub fn operator(roles: &[Role]) -> Event {
    operator_named(OPERATOR, roles)
}

pub fn operator_named(name: &str, roles: &[Role]) -> Event {
    Event::Who(WhoEvent::Operator(OperatorShown::Person(PersonShown {
        name: name.into(),
        upn: format!("{}@larkfield.example", name.to_lowercase().replace(' ', ".")),
        roles: roles.to_vec(),
        signed_in_at: jiff::Timestamp::now(),
        stepped_up: None,
    })))
}

/// The same once an act was confirmed.
pub fn operator_who_confirmed() -> Event {
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(10);
    match operator(&[Role::Clerk, Role::Provisioner, Role::PinOfficer]) {
        Event::Who(WhoEvent::Operator(OperatorShown::Person(person))) => {
            let stepped_up = Some((Act::RevealPin, until));
            let person = PersonShown { stepped_up, ..person };
            Event::Who(WhoEvent::Operator(OperatorShown::Person(person)))
        }
        other => other,
    }
}

/// The station signs in as an application.
pub fn application() -> Vec<Event> {
    let operator =
        OperatorShown::Station { name: "Application 5f3c7a52".into(), roles: Role::ALL.to_vec() };
    vec![
        Event::Who(WhoEvent::Operator(operator)),
        Event::Who(WhoEvent::Passphrase { is_set: true }),
    ]
}

pub fn sign_in(shown: SignInShown) -> Event {
    Event::Who(WhoEvent::SignIn(shown))
}

pub fn in_browser() -> SignInShown {
    SignInShown::InBrowser {
        url: "https://login.example/authorize?client_id=c-1".into(),
        until: Instant::now() + Duration::from_secs(272),
    }
}

pub fn by_code() -> SignInShown {
    SignInShown::ByCode {
        code: "C7QX-9LDM".into(),
        address: "https://login.example/device".into(),
        until: Instant::now() + Duration::from_secs(880),
    }
}

pub fn sign_in_failed() -> SignInShown {
    SignInShown::Failed(Problem {
        what: "The tenant's rules blocked this sign-in".into(),
        next: "Sign in from a network and a device that the rules allow, or ask an administrator"
            .into(),
        details: vec![
            Detail::new("code", "AADSTS53003"),
            Detail::new("trace-id", "8f0c61a1-77cf-4f5e-9b5f-2f1d2a9f7f41"),
        ],
    })
}

pub fn asked(of: AskedOf, ways: AskedWays) -> Asked {
    Asked { act: Act::RevealPin, of, ways, refused: None }
}

pub fn ask(asked: Asked) -> Event {
    Event::Who(WhoEvent::Asked(Some(asked)))
}

pub fn wrong_person() -> Problem {
    Problem {
        what: "Somebody else signed in".into(),
        next: "Confirm with the account that is signed in at this station".into(),
        details: Vec::new(),
    }
}

pub fn lock(cause: LockCause) -> Event {
    Event::Who(WhoEvent::Lock(Some(cause)))
}

pub fn unlocked() -> Event {
    Event::Who(WhoEvent::Lock(None))
}

pub fn practice_page() -> Event {
    let account = |id: &str, name: &str, note: &str| PracticeAccount {
        id: id.into(),
        name: name.into(),
        note: note.into(),
    };
    Event::Who(WhoEvent::PracticePage(Some(PracticePage {
        title: "Sign in to Larkfield Ltd".into(),
        text: None,
        can_deny: true,
        accounts: vec![
            account("petra", "Petra Lindqvist", "All roles"),
            account("omar", "Omar Haddad", "Clerk"),
            account("saga", "Saga Nyberg", "Helpdesk"),
            account("viktor", "Viktor Ek", "PIN officer"),
            account("hanna", "Hanna Brandt", "Administrator"),
            account("disabled", "Nils Åkerman", "Account disabled"),
            account("consent", "Tove Sand", "Consent is missing"),
        ],
    })))
}
