//! Acts that ask for a verified person, and what ends that.

use crate::steps::{Agent, agent_with};
use keydesk::access::Act;
use keydesk::directory::{Person, PersonId};
use keydesk::engine::{
    Command, Event, Identified, OneDeed, PhonesCommand, PhonesEvent, VerifyCommand,
};

fn strict() -> Agent {
    agent_with(|verify| verify.required_for = vec![Act::IssuePass, Act::ChangePhone], |_| {})
}

impl Agent {
    fn open_on_phones(&mut self, person: &Person) {
        self.say(Command::Phones(PhonesCommand::Open(Box::new(person.clone()))));
        self.wait(|event| {
            matches!(event, Event::Phones(PhonesEvent::Person(Some(_)))).then_some(())
        });
    }

    fn issue(&mut self, person: &PersonId, because: Identified) -> Result<(), String> {
        let person = person.clone();
        let wish = PhonesCommand::IssuePass { person, minutes: 60, once: true, because };
        self.say(Command::Phones(wish));
        self.wait(|event| match event {
            Event::Phones(PhonesEvent::Done(OneDeed::IssuePass)) => Some(Ok(())),
            Event::Phones(PhonesEvent::Refused { problem, .. }) | Event::Problem(problem) => {
                Some(Err(problem.to_string()))
            }
            _ => None,
        })
    }
}

fn in_person() -> Identified {
    Identified::InPerson { reason: "passport seen".into() }
}

#[test]
fn a_pass_waits_for_a_verified_person_and_a_revoked_one_gets_none() {
    let mut agent = strict();
    let oskar = agent.look_for("Oskar Lindqvist");
    agent.open_on_phones(&oskar);
    let refused = agent.issue(&oskar.id, in_person()).unwrap_err();
    assert!(refused.contains("must be verified first"), "{refused}");
    assert!(!agent.has_pass(&oskar.upn));
    agent.verify_person("Oskar Lindqvist");
    assert_eq!(agent.issue(&oskar.id, Identified::Verified), Ok(()));
    assert!(agent.has_pass(&oskar.upn));
    let history = agent.history("Pass issued");
    assert!(history.iter().any(|row| row.contains("verified caller, KD-")), "{history:?}");
    // Another person is not verified with it.
    let aino = agent.look_for("Aino");
    agent.open_on_phones(&aino);
    assert!(agent.issue(&aino.id, Identified::Verified).is_err());
    agent.open_on_phones(&oskar);
    let check = agent.verified_now()[0].check;
    agent.verify(VerifyCommand::Revoke(check));
    assert!(agent.verified().is_empty());
    let refused = agent.issue(&oskar.id, Identified::Verified).unwrap_err();
    assert!(refused.contains("must be verified first"), "{refused}");
}

#[test]
fn verified_as_a_reason_needs_a_verified_person_even_where_nothing_is_required() {
    let mut agent = agent_with(|_| {}, |_| {});
    let oskar = agent.look_for("Oskar Lindqvist");
    agent.open_on_phones(&oskar);
    let refused = agent.issue(&oskar.id, Identified::Verified).unwrap_err();
    assert!(refused.contains("does not count as verified"), "{refused}");
    assert_eq!(agent.issue(&oskar.id, in_person()), Ok(()));
}
