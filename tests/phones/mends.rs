//! What must not happen between two clicks, two people and two starts.

use crate::steps::{Agent, agent, from_list, list, tally};
use keydesk::engine::{Command, Event, Identified, JobState, OneDeed, PhonesCommand, PhonesEvent};
use keydesk::phones::{Blank, LeftOut, NumberFault, PhoneKind, PlanOptions};
use keydesk::practice::cloud::{Effect, Fault, HeldNumber, Order};
use keydesk::settings::Settings;

const OSKAR: &str = "oskar.lindqvist";
const AINO: &str = "aino.virtanen";

impl Agent {
    /// With other settings of the tenant's phones, taken up as from the settings page.
    fn with_countries(&mut self, countries: &[&str]) {
        let file = self.data().join("config/config.toml");
        let mut settings = Settings::load(&file).unwrap().unwrap();
        settings.tenants[0].phones.default_country = Some("SE".into());
        settings.tenants[0].phones.only_countries =
            countries.iter().map(|one| (*one).to_owned()).collect();
        self.say(Command::SaveSettings(Box::new(settings)));
        self.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    }

    fn fail(&mut self, method: &str, path: &str, status: u16) {
        self.cloud.control().order(Order::FailNext(Fault {
            method: Some(method.into()),
            path: path.into(),
            times: 1000,
            effect: Effect::Status { status, retry_after_s: None },
        }));
    }
}

#[test]
fn a_plan_that_was_not_seen_is_not_applied() {
    let mut agent = agent();
    let rows = list(&[(OSKAR, ""), (AINO, "0701740629")]);
    let seen = agent.plan(rows.clone(), from_list());
    let remove = PlanOptions { blank: Blank::Remove, ..from_list() };
    let other = agent.plan(rows, remove);
    assert_ne!(seen.edition, other.edition);
    agent.phones(PhonesCommand::Apply { edition: seen.edition, rows: vec![0, 1] });
    let problem = agent.problem();
    assert!(problem.contains("not the plan that you confirmed"), "{problem}");
    assert_eq!(agent.writes(), 0);
}

#[test]
fn the_tenants_countries_bound_plans_and_single_numbers() {
    let mut agent = agent();
    agent.with_countries(&["SE"]);
    let plan = agent.plan(list(&[(OSKAR, "+47 40000102"), (AINO, "0701740629")]), from_list());
    let refused = LeftOut::Invalid(NumberFault::OtherCountry { allowed: "SE".into() });
    assert_eq!(plan.rows[0].planned.decision, Err(refused));
    assert!(plan.rows[1].planned.decision.is_ok());
    let wished = PlanOptions { only_countries: vec!["NO".into()], ..from_list() };
    let plan = agent.plan(list(&[(OSKAR, "+47 40000102")]), wished);
    assert!(plan.rows[0].planned.decision.is_err(), "a wish does not widen the tenant's rule");

    let person = agent.open("Aino").id;
    let number = crate::steps::text("+47 40000102");
    agent.phones(PhonesCommand::SetNumber { person, kind: PhoneKind::Mobile, number });
    let problem = agent.heard(|event| match event {
        PhonesEvent::Refused { problem, .. } => Some(problem.to_string()),
        PhonesEvent::Done(_) => panic!("a number of another country was registered"),
        _ => None,
    });
    assert!(problem.contains("not of SE"), "{problem}");
    assert_eq!(agent.writes(), 0);
}

#[test]
fn a_pass_whose_person_was_left_meanwhile_is_taken_back() {
    let mut agent = agent();
    let oskar = agent.open("Oskar Lindqvist").id;
    agent.cloud.control().order(Order::Latency { ms: 300 });
    agent.phones(PhonesCommand::IssuePass {
        person: oskar,
        minutes: 60,
        once: true,
        because: Identified::InPerson { reason: "passport seen".into() },
    });
    agent.phones(PhonesCommand::Close);
    let problem = agent.problem();
    assert!(problem.contains("was taken back"), "{problem}");
    assert!(agent.cloud.control().observed().passes.is_empty(), "a pass is good nobody has seen");
}

#[test]
fn a_change_that_could_not_be_sent_is_not_sent_later() {
    let mut agent = agent();
    let person = agent.open("Oskar Lindqvist").id;
    agent.fail("POST", "$batch", 403);
    let number = crate::steps::text("+46 70-174 06 58");
    agent.phones(PhonesCommand::SetNumber { person, kind: PhoneKind::Mobile, number });
    agent.heard(|event| match event {
        PhonesEvent::Refused { deed: OneDeed::SetNumber(_), .. }
        | PhonesEvent::Unsure { deed: OneDeed::SetNumber(_), .. } => Some(()),
        PhonesEvent::Done(_) => panic!("it was not done"),
        _ => None,
    });
    agent.cloud.control().order(Order::EndFaults);
    agent.phones(PhonesCommand::ListJobs);
    let jobs = agent.heard(|event| match event {
        PhonesEvent::Jobs(jobs) => Some(jobs),
        _ => None,
    });
    assert!(jobs.iter().all(|job| job.ended), "somebody could go on with it");
    assert_eq!(agent.writes(), 0);
}

#[test]
fn cancelling_looks_at_what_was_begun_and_writes_nothing() {
    let mut agent = agent();
    let plan = agent.plan(list(&[(OSKAR, "0701740658"), (AINO, "0701740629")]), from_list());
    agent.fail("POST", "$batch", 403);
    agent.phones(PhonesCommand::Apply { edition: plan.edition, rows: vec![0, 1] });
    agent.job(|state| matches!(state, JobState::Stopped(_)));
    agent.cloud.control().order(Order::EndFaults);
    // As if one of them had been taken after all.
    agent.cloud.control().order(Order::SetPhone {
        person: format!("{OSKAR}@larkfield.example"),
        kind: PhoneKind::Mobile,
        number: Some(HeldNumber::new("+46 701740658")),
    });
    agent.phones(PhonesCommand::Cancel);
    let job = agent.job(|state| *state == JobState::Cancelled);
    assert_eq!(tally(&job), [1, 0, 0, 0, 1], "one is as wanted, one was never sent");
    assert_eq!(agent.writes(), 0, "a cancelled job wrote");
    assert!(agent.holds(AINO, PhoneKind::Mobile, None));
}

#[test]
fn a_job_stops_where_the_directory_refuses_everybody_and_fails_no_row() {
    let mut agent = agent();
    let plan = agent.plan(list(&[(OSKAR, "0701740658"), (AINO, "0701740629")]), from_list());
    agent.fail("POST", "$batch", 403);
    agent.phones(PhonesCommand::Apply { edition: plan.edition, rows: vec![0, 1] });
    let job = agent.job(|state| matches!(state, JobState::Stopped(_)));
    assert_eq!(tally(&job)[3], 0, "a row failed though nothing is known of it");
    agent.cloud.control().order(Order::EndFaults);
    agent.phones(PhonesCommand::GoOn);
    assert_eq!(tally(&agent.job_ended()), [2, 0, 0, 0, 0]);
}
