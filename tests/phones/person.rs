//! One person: a phone, a pass, sessions.

use crate::steps::{agent, text};
use keydesk::directory::{MethodKind, PersonId};
use keydesk::engine::{Identified, MethodsShown, OneDeed, PhonesCommand, PhonesEvent};
use keydesk::phones::PhoneKind;

const OSKAR: &str = "oskar.lindqvist";
const AINO: &str = "aino.virtanen";

type Agent = crate::steps::Agent;

impl Agent {
    fn set(&mut self, person: &PersonId, kind: PhoneKind, number: &str) -> Result<(), String> {
        self.phones(PhonesCommand::SetNumber {
            person: person.clone(),
            kind,
            number: text(number),
        });
        self.outcome(OneDeed::SetNumber(kind))
    }

    fn outcome(&mut self, wanted: OneDeed) -> Result<(), String> {
        self.heard(|event| match event {
            PhonesEvent::Done(deed) if deed == wanted => Some(Ok(())),
            PhonesEvent::Refused { deed, problem } if deed == wanted => {
                Some(Err(problem.to_string()))
            }
            _ => None,
        })
    }

    fn shown(&mut self) -> Box<MethodsShown> {
        self.heard(|event| match event {
            PhonesEvent::Person(shown) => shown,
            _ => None,
        })
    }
}

#[test]
fn a_number_is_added_changed_and_removed() {
    let mut agent = agent();
    let aino = agent.open("Aino").id;
    assert_eq!(agent.set(&aino, PhoneKind::Mobile, "+46 70-174 06 29"), Ok(()));
    assert!(agent.mobile_is(AINO, "+46 701740629"));
    assert_eq!(agent.set(&aino, PhoneKind::Mobile, "+46 70-174 06 30"), Ok(()));
    assert!(agent.mobile_is(AINO, "+46 701740630"));
    assert_eq!(agent.set(&aino, PhoneKind::AlternateMobile, "+46 70-174 06 31"), Ok(()));
    let shown = agent.shown();
    assert_eq!(shown.phones.len(), 2);

    agent.phones(PhonesCommand::RemoveNumber { person: aino.clone(), kind: PhoneKind::Mobile });
    let refused = agent.outcome(OneDeed::RemoveNumber(PhoneKind::Mobile)).unwrap_err();
    assert!(refused.contains("alternate"), "{refused}");
    for kind in [PhoneKind::AlternateMobile, PhoneKind::Mobile] {
        agent.phones(PhonesCommand::RemoveNumber { person: aino.clone(), kind });
        assert_eq!(agent.outcome(OneDeed::RemoveNumber(kind)), Ok(()));
    }
    assert!(agent.holds(AINO, PhoneKind::Mobile, None));
    assert_eq!(agent.writes(), 5, "what a rule forbids was never sent");
}

#[test]
fn a_wrong_number_is_refused_before_it_is_sent() {
    let mut agent = agent();
    let oskar = agent.open("Oskar Lindqvist").id;
    for wrong in ["070-174 06 58", "+46 70-174 06", "+46 70 174 06 ab", "XXXXXXXX34", ""] {
        let refused = agent.set(&oskar, PhoneKind::Mobile, wrong).unwrap_err();
        assert!(refused.contains("can't be registered"), "{refused}");
        assert!(!refused.contains("174"), "the problem repeats the number");
    }
    assert_eq!(agent.writes(), 0);
    assert!(agent.mobile_is(OSKAR, "+46 701740613"));
}

#[test]
fn every_method_is_listed_by_its_kind() {
    let mut agent = agent();
    agent.open("Maja");
    agent.phones(PhonesCommand::Refresh);
    let shown = agent.shown();
    let has = |kind: &MethodKind| shown.methods.iter().any(|method| method.kind == *kind);
    for kind in [
        MethodKind::Password,
        MethodKind::Phone(PhoneKind::Mobile),
        MethodKind::Phone(PhoneKind::Office),
        MethodKind::Authenticator,
        MethodKind::WindowsHello,
    ] {
        assert!(has(&kind), "{kind:?}");
    }
    assert!(shown.pass.as_ref().is_ok_and(|policy| policy.least_minutes <= policy.most_minutes));
}

#[test]
fn a_pass_is_shown_once_and_needs_a_reason() {
    let mut agent = agent();
    let oskar = agent.open("Oskar Lindqvist").id;
    let issue = |reason: &str, minutes| PhonesCommand::IssuePass {
        person: oskar.clone(),
        minutes,
        once: true,
        because: Identified::InPerson { reason: reason.into() },
    };
    agent.phones(issue("  ", 60));
    let refused = agent.outcome(OneDeed::IssuePass).unwrap_err();
    assert!(refused.contains("reason"), "{refused}");
    agent.phones(issue("passport seen", 100_000));
    agent.outcome(OneDeed::IssuePass).unwrap_err();
    agent.phones(issue("passport seen", 60));
    let pass = agent.heard(|event| match event {
        PhonesEvent::Pass(pass) => pass,
        _ => None,
    });
    let upn = format!("{OSKAR}@larkfield.example");
    assert!(agent.cloud.control().pass_is(&upn, pass.pass.expose()), "another pass is shown");
    agent.phones(PhonesCommand::HidePass);
    agent.heard(|event| matches!(event, PhonesEvent::Pass(None)).then_some(()));
}

#[test]
fn sessions_are_ended() {
    let mut agent = agent();
    let oskar = agent.open("Oskar Lindqvist").id;
    agent.phones(PhonesCommand::RevokeSessions { person: oskar });
    assert_eq!(agent.outcome(OneDeed::RevokeSessions), Ok(()));
    let revoked = agent.cloud.control().observed().sessions_revoked;
    assert_eq!(revoked, [format!("{OSKAR}@larkfield.example")]);
}

#[test]
fn one_change_is_kept_and_can_be_taken_back_like_any_other() {
    let mut agent = agent();
    let oskar = agent.open("Oskar Lindqvist").id;
    assert_eq!(agent.set(&oskar, PhoneKind::Mobile, "+46 70-174 06 58"), Ok(()));
    agent.phones(PhonesCommand::ListJobs);
    let jobs = agent.heard(|event| match event {
        PhonesEvent::Jobs(jobs) => Some(jobs),
        _ => None,
    });
    assert_eq!((jobs.len(), jobs[0].rows, jobs[0].done), (1, 1, 1));
    agent.phones(PhonesCommand::PlanUndo(jobs[0].id));
    let undo = agent.planned();
    agent.apply(&undo);
    agent.job_ended();
    assert!(agent.mobile_is(OSKAR, "+46 701740613"));
}
