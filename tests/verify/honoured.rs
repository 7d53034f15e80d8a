//! Acts that ask for a verified person, and what ends that.

use crate::steps::{Agent, agent_with};
use keydesk::access::Act;
use keydesk::directory::{Person, PersonId};
use keydesk::engine::{
    Command, Event, Identified, OneDeed, PhonesCommand, PhonesEvent, VerifyCommand,
};
use keydesk::phones::{Blank, NumberSource, NumberText, Others, PhoneKind, PlanOptions};
use keydesk::verify::Warning;

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

/// What the engine says to a wish that concerns a person who is not verified.
fn refusal(agent: &mut Agent, wish: PhonesCommand) -> String {
    agent.say(Command::Phones(wish));
    agent.wait(|event| match event {
        Event::Problem(problem) => Some(problem.to_string()),
        Event::Phones(PhonesEvent::Done(_) | PhonesEvent::Job(Some(_))) => {
            panic!("done without a verified person")
        }
        _ => None,
    })
}

#[test]
fn a_phone_is_changed_for_a_verified_person_only_by_a_plan_of_one_row_too() {
    let mut agent = strict();
    let oskar = agent.look_for("Oskar Lindqvist");
    agent.open_on_phones(&oskar);
    let change = PhonesCommand::SetNumber {
        person: oskar.id.clone(),
        kind: PhoneKind::Mobile,
        number: NumberText::new("+46 70-174 06 29"),
    };
    let refused = refusal(&mut agent, change.clone());
    assert!(refused.contains("must be verified first"), "{refused}");
    let list = "userPrincipalName,mobile\noskar.lindqvist@larkfield.example,0701740629\n";
    agent.say(Command::Phones(PhonesCommand::ReadText(list.into())));
    agent.wait(|event| matches!(event, Event::Phones(PhonesEvent::People(Some(_)))).then_some(()));
    let options = PlanOptions {
        kind: PhoneKind::Mobile,
        source: NumberSource::Column("mobile".into()),
        others: Others::Change,
        blank: Blank::LeaveAlone,
        default_country: "SE".into(),
        only_countries: Vec::new(),
        unassigned_too: true,
        disabled_too: false,
        guests_too: false,
    };
    agent.say(Command::Phones(PhonesCommand::Plan(Box::new(options))));
    let edition = agent.wait(|event| match event {
        Event::Phones(PhonesEvent::Plan(Some(plan))) => Some(plan.edition),
        _ => None,
    });
    let refused = refusal(&mut agent, PhonesCommand::Apply { edition, rows: vec![0, 0] });
    assert!(refused.contains("must be verified first"), "{refused}");
    agent.verify_person("Oskar Lindqvist");
    agent.say(Command::Phones(change));
    agent.wait(|event| match event {
        Event::Phones(PhonesEvent::Done(OneDeed::SetNumber(_))) => Some(()),
        Event::Problem(problem) => panic!("refused for a verified person: {problem}"),
        _ => None,
    });
    // Who changed it stands before the next agent.
    let caller = agent.caller("Oskar Lindqvist");
    let told = caller.warnings.iter().any(
        |warning| matches!(warning, Warning::MobileChanged { by: Some(by), .. } if !by.is_empty()),
    );
    assert!(told, "{:?}", caller.warnings);
}
