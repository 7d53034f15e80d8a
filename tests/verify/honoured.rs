//! Acts that ask for a verified person, and what ends that.

use crate::clerk::{Station, random};
use crate::steps::{Agent, agent_with, confess, patient};
use hid::virtual_keys::{Model, Spec, TouchPolicy, VirtualKey};
use keydesk::access::Act;
use keydesk::bulk::{SessionOptions, UsedKeys};
use keydesk::directory::{Person, PersonId};
use keydesk::engine::{
    BulkCommand, BulkEvent, Command, Event, Identified, OneDeed, PhonesCommand, PhonesEvent,
    RegisterRequest, VerifiedShown, VerifyCommand, VerifyEvent,
};
use keydesk::enrolment::{Answer, FirstUse, Reset};
use keydesk::journal::PhoneJobId;
use keydesk::phones::{Blank, NumberSource, NumberText, Others, PhoneKind, PlanOptions};
use keydesk::practice::cloud::{Effect, Fault, Order};
use keydesk::verify::{Outcome, Warning};
use std::time::Duration;

fn strict() -> Agent {
    agent_with(|verify| verify.required_for = vec![Act::IssuePass, Act::ChangePhone], |_| {})
}

/// A station with a key, where these acts ask for a verified person.
fn with_a_key(spec: impl Into<Spec>, required: Vec<Act>) -> Station {
    let key = VirtualKey::new(spec).unwrap();
    key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    let mut station = Station::with(key, None, patient);
    station.set_up(|verify| verify.required_for = required);
    station
}

impl<K> Station<K> {
    /// What is said to a command that is not carried out.
    fn problem(&mut self) -> String {
        self.wait(|event| match event {
            Event::Problem(problem) => Some(problem.to_string()),
            Event::PinRevealed { .. } | Event::EnrolmentBegun { .. } => {
                panic!("done without a verified person")
            }
            _ => None,
        })
    }

    fn relied(&mut self) -> Vec<String> {
        self.history("Verified caller relied on")
    }
}

#[test]
fn a_pin_is_revealed_for_a_verified_person_only() {
    let mut desk = with_a_key(Model::Yubikey5Nfc, vec![Act::RevealPin]);
    let oskar = desk.choose("Oskar Lindqvist");
    let key = desk.insert();
    let id = desk.register(&oskar, &key, random());
    desk.finished(id);
    for wish in [Command::RevealPin(id), Command::WriteLetter(id)] {
        desk.say(wish);
        let refused = desk.problem();
        assert!(refused.contains("must be verified first, to reveal PINs"), "{refused}");
    }
    // Somebody else is no help.
    desk.verify_person("Maja");
    desk.say(Command::RevealPin(id));
    assert!(desk.problem().contains("must be verified first"));
    assert_eq!(desk.relied(), Vec::<String>::new());
    desk.verify_person("Oskar Lindqvist");
    confess(desk.reveal(id).expose());
    let relied = desk.relied();
    assert!(relied.len() == 1 && relied[0].starts_with("to reveal PINs: KD-"), "{relied:?}");
    let check = desk.verified_now().into_iter().find(|one| one.upn == oskar.upn).unwrap().check;
    desk.verify(VerifyCommand::Revoke(check));
    desk.verified();
    desk.say(Command::RevealPin(id));
    assert!(desk.problem().contains("must be verified first"), "revoked");
}

#[test]
fn a_used_key_is_reset_for_a_verified_person_only() {
    let mut desk = with_a_key(Model::WithCredentials, vec![Act::ResetUsedKey]);
    let oskar = desk.choose("Oskar Lindqvist");
    let key = desk.insert();
    let request = || RegisterRequest {
        person: oskar.id.clone(),
        key: key.id.clone(),
        serial: None,
        reset: Reset::ResetFirst,
        pin: random(),
        first_use: FirstUse::KeepPin,
        remove_old: Vec::new(),
    };
    desk.say(Command::Register(Box::new(request())));
    let refused = desk.problem();
    assert!(refused.contains("must be verified first, to reset a used key"), "{refused}");
    // The same asked for on the way.
    let id = desk.register(&oskar, &key, random());
    assert!(desk.stopped(id).answers.contains(&Answer::ResetKey));
    desk.answer(id, Answer::ResetKey, None);
    let refused = desk.problem();
    assert!(refused.contains("must be verified first, to reset a used key"), "{refused}");
    desk.answer(id, Answer::Skip, None);
    desk.ended(id);
    desk.verify_person("Oskar Lindqvist");
    let id = desk.register_as(request());
    let relied = desk.relied();
    assert!(relied.len() == 1 && relied[0].starts_with("to reset a used key: KD-"), "{relied:?}");
    desk.say(Command::Cancel(id));
}

#[test]
fn an_act_names_the_ticket_of_the_newest_check_and_the_older_one_counts_no_more() {
    let mut agent = strict();
    let mut checks = Vec::new();
    for ticket in [2819, 2818] {
        let caller = agent.caller("Oskar Lindqvist");
        agent.use_ticket(ticket);
        agent.caller_shown();
        agent.send_code(&caller.person.id);
        let code = agent.code_of(&caller.person.upn);
        agent.try_code(&code);
        assert_eq!(agent.over().0, Outcome::Verified);
        let verified = agent.verified();
        assert_eq!(verified.len(), 1, "the check before counts still");
        assert_eq!(verified[0].ticket, Some(ticket));
        checks.push(verified[0].check);
        agent.verify(VerifyCommand::Close);
    }
    let oskar = agent.look_for("Oskar Lindqvist");
    agent.open_on_phones(&oskar);
    assert_eq!(agent.issue(&oskar.id, Identified::Verified), Ok(()));
    let reference = |check: uuid::Uuid| keydesk::verify::note::reference(check);
    let expected = format!("to issue a pass: {}, ticket 2818", reference(checks[1]));
    assert_eq!(agent.relied(), [expected]);
    let issued = agent.history("Pass issued");
    assert!(issued[0].contains(&format!("{}, ticket 2818", reference(checks[1]))), "{issued:?}");
    // The older one has nothing left to revoke: the newer one stays.
    agent.verify(VerifyCommand::Revoke(checks[0]));
    assert_eq!(agent.verified_now().len(), 1);
}

#[test]
fn who_is_verified_for_one_ticket_is_not_for_the_next_until_it_is_their_own_again() {
    let mut agent = strict();
    let caller = agent.caller("Oskar Lindqvist");
    let oskar = caller.person.clone();
    agent.use_ticket(2819);
    agent.caller_shown();
    agent.send_code(&oskar.id);
    let code = agent.code_of(&oskar.upn);
    agent.try_code(&code);
    assert_eq!(agent.over().0, Outcome::Verified);
    assert_eq!(agent.verified()[0].not_for, None);
    agent.open_on_phones(&oskar);

    let link = |ticket: u64| {
        let user = "oskar.lindqvist@larkfield.example";
        VerifyCommand::OpenLink(format!("keydesk://verify?ticket={ticket}&user={user}"))
    };
    agent.verify(link(2818));
    let shown = agent.verified_shown(|people| people[0].not_for.is_some());
    assert_eq!(agent.caller_shown().person.id, oskar.id);
    assert_eq!((shown.ticket, shown.not_for), (Some(2819), Some(2818)));
    for because in [Identified::Verified, in_person()] {
        let refused = agent.issue(&oskar.id, because).unwrap_err();
        assert!(refused.contains("verified for ticket 2819, not for 2818"), "{refused}");
    }
    // The next caller is on; it is not their ticket for that.
    agent.verify(VerifyCommand::Close);
    agent.caller("Aino");
    let refused = agent.issue(&oskar.id, Identified::Verified).unwrap_err();
    assert!(refused.contains("not for 2818"), "{refused}");
    assert!(!agent.has_pass(&oskar.upn));

    agent.verify(VerifyCommand::Close);
    agent.verify(link(2819));
    agent.verified_shown(|people| people[0].not_for.is_none());
    assert_eq!(agent.issue(&oskar.id, Identified::Verified), Ok(()));
    assert!(agent.relied().iter().all(|row| row.ends_with("ticket 2819")));
}

#[test]
fn a_ticket_whose_caller_is_not_chosen_yet_stands_in_the_way_of_who_was_verified_without_one() {
    let mut agent = strict();
    let oskar = agent.verify_person("Oskar Lindqvist");
    agent.open_on_phones(&oskar);
    agent.verify(VerifyCommand::Close);
    agent.verify(VerifyCommand::UseTicket(Some(2818)));
    let shown = agent.verified_shown(|people| people[0].not_for.is_some());
    assert_eq!((shown.ticket, shown.not_for), (None, Some(2818)));
    agent.verify(VerifyCommand::Close);
    agent.verified_shown(|people| people[0].not_for.is_none());
    assert_eq!(agent.issue(&oskar.id, Identified::Verified), Ok(()));
}

impl Agent {
    /// The first of those who are verified, once they are as wanted.
    fn verified_shown(&mut self, wanted: impl Fn(&[VerifiedShown]) -> bool) -> VerifiedShown {
        self.hear(|event| match event {
            VerifyEvent::Verified(mut people) if wanted(&people) => Some(people.remove(0)),
            _ => None,
        })
    }

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

impl Agent {
    /// A plan that changes Oskar's mobile, by its edition.
    fn plan_of_one(&mut self) -> u64 {
        let list = "userPrincipalName,mobile\noskar.lindqvist@larkfield.example,0701740629\n";
        self.say(Command::Phones(PhonesCommand::ReadText(list.into())));
        self.wait(|event| {
            matches!(event, Event::Phones(PhonesEvent::People(Some(_)))).then_some(())
        });
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
        self.say(Command::Phones(PhonesCommand::Plan(Box::new(options))));
        self.wait(|event| match event {
            Event::Phones(PhonesEvent::Plan(Some(plan))) => Some(plan.edition),
            _ => None,
        })
    }

    fn last_job(&mut self) -> PhoneJobId {
        self.say(Command::Phones(PhonesCommand::ListJobs));
        self.wait(|event| match event {
            Event::Phones(PhonesEvent::Jobs(jobs)) => Some(jobs[0].id),
            _ => None,
        })
    }

    /// Nobody is verified any more.
    fn revoke(&mut self) {
        let check = self.verified_now()[0].check;
        self.verify(VerifyCommand::Revoke(check));
        assert!(self.verified().is_empty());
    }
}

#[test]
fn what_failed_of_a_plan_of_one_row_is_not_tried_again_once_nobody_is_verified() {
    let mut agent = strict();
    agent.verify_person("Oskar Lindqvist");
    let edition = agent.plan_of_one();
    agent.cloud.control().order(Order::FailNext(Fault {
        method: Some("PATCH".into()),
        path: "phoneMethods".into(),
        times: 1,
        effect: Effect::Status { status: 400, retry_after_s: None },
    }));
    agent.say(Command::Phones(PhonesCommand::Apply { edition, rows: vec![0] }));
    let failed = |agent: &mut Agent| {
        agent.wait(|event| match event {
            Event::Phones(PhonesEvent::Job(Some(job))) => job.ended_at.map(|_| job.figures.failed),
            _ => None,
        })
    };
    assert_eq!(failed(&mut agent), 1);
    agent.revoke();
    // The job is on the screen again.
    let id = agent.last_job();
    agent.say(Command::Phones(PhonesCommand::OpenJob(id)));
    failed(&mut agent);
    for again in [PhonesCommand::RetryFailed, PhonesCommand::GoOn] {
        let refused = refusal(&mut agent, again);
        assert!(refused.contains("must be verified first"), "{refused}");
    }
}

#[test]
fn a_session_of_one_person_is_begun_and_tried_again_for_a_verified_person_only() {
    let mut agent = agent_with(|verify| verify.required_for = vec![Act::ResetUsedKey], |_| {});
    let path = agent.data().join("people.csv");
    let people = "oskar.lindqvist@larkfield.example\naino.virtanen@larkfield.example\n";
    std::fs::write(&path, format!("userPrincipalName\n{people}")).unwrap();
    agent.say(Command::Bulk(BulkCommand::ReadFile(path)));
    agent.wait(|event| match event {
        Event::Bulk(BulkEvent::Checked { done, of, .. }) => (done == of).then_some(()),
        _ => None,
    });
    let options = SessionOptions { used_keys: UsedKeys::Reset, ..SessionOptions::default() };
    let begin = BulkCommand::Begin { options: Box::new(options), rows: vec![0] };
    agent.say(Command::Bulk(begin.clone()));
    let refused = agent.problem();
    assert!(refused.contains("must be verified first, to reset a used key"), "{refused}");
    agent.verify_person("Oskar Lindqvist");
    agent.say(Command::Bulk(begin));
    agent.wait(|event| matches!(event, Event::Bulk(BulkEvent::Session(Some(_)))).then_some(()));
    agent.revoke();
    agent.say(Command::Bulk(BulkCommand::RetryFailed));
    let refused = agent.problem();
    assert!(refused.contains("must be verified first, to reset a used key"), "{refused}");
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
    let edition = agent.plan_of_one();
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
