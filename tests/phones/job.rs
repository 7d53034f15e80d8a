//! Plans and jobs.

use crate::steps::{agent, from_list, list, options, tally, text};
use keydesk::engine::{JobState, PhonesCommand, PhonesEvent, RowState};
use keydesk::phones::{Change, LeftOut, NumberSource, PhoneKind};
use keydesk::practice::cloud::{Effect, Fault, HeldNumber, Order};

const ELIN: &str = "elin.bergstrom";
const OSKAR: &str = "oskar.lindqvist";
const MAJA: &str = "maja.akesson";
const AINO: &str = "aino.virtanen";
const SEAN: &str = "sean.obrien";

#[test]
fn a_plan_says_what_is_to_be_done_and_writes_nothing() {
    let mut agent = agent();
    let rows = list(&[
        (ELIN, "070-174 06 12"),
        (OSKAR, "070-174 06 58"),
        (AINO, "0701740629"),
        (MAJA, "0701-74 06"),
        (SEAN, ""),
        ("nobody.here", "0701740600"),
        (ELIN, "070-174 06 99"),
    ]);
    let plan = agent.plan(rows, from_list());
    let decided: Vec<&str> = plan
        .rows
        .iter()
        .map(|row| row.planned.decision.as_ref().map_or_else(LeftOut::word, Change::word))
        .collect();
    assert_eq!(decided, ["Same", "Change", "Add", "Invalid", "Blank", "Not found", "Twice"]);
    let counts = plan.counts;
    assert_eq!((counts.all, counts.writes(), counts.not_found), (7, 2, 1));
    assert_eq!(agent.writes(), 0, "nothing is written before it is applied");
}

#[test]
fn a_plan_is_applied_confirmed_and_taken_back() {
    let mut agent = agent();
    let plan = agent.plan(list(&[(OSKAR, "070-174 06 58"), (AINO, "0701740629")]), from_list());
    agent.apply(&plan);
    let job = agent.job_ended();
    assert_eq!(tally(&job), [2, 0, 0, 0, 0]);
    assert!(agent.mobile_is(OSKAR, "+46 701740658") && agent.mobile_is(AINO, "+46 701740629"));
    assert_eq!(agent.writes(), 2);

    agent.phones(PhonesCommand::PlanUndo(job.id));
    let undo = agent.planned();
    assert_eq!(undo.undo_of, Some(job.id));
    assert_eq!((undo.counts.change, undo.counts.remove), (1, 1));
    agent.phones(PhonesCommand::CloseJob);
    agent.apply(&undo);
    assert_eq!(tally(&agent.job_ended()), [2, 0, 0, 0, 0]);
    assert!(agent.mobile_is(OSKAR, "+46 701740613"));
    assert!(agent.holds(AINO, PhoneKind::Mobile, None));
}

#[test]
fn a_row_is_corrected_in_the_plan() {
    let mut agent = agent();
    let plan = agent.plan(list(&[(MAJA, "0701-74 06"), (OSKAR, "0701740658")]), from_list());
    assert_eq!(plan.counts.invalid, 1);
    let (edition, number) = (plan.edition, text("0701-74 06 41"));
    agent.phones(PhonesCommand::Correct { edition, row: 0, number });
    let counts = agent.heard(|event| match event {
        PhonesEvent::Corrected { row: 0, shown, counts } => {
            assert!(shown.planned.decision.is_ok());
            Some(counts)
        }
        _ => None,
    });
    assert_eq!((counts.invalid, counts.change), (0, 2));
    agent.phones(PhonesCommand::Apply { edition, rows: vec![0, 1] });
    assert_eq!(tally(&agent.job_ended()), [2, 0, 0, 0, 0]);
    assert!(agent.mobile_is(MAJA, "+46 701740641"));
}

#[test]
fn what_another_changed_between_plan_and_apply_is_left_alone() {
    let mut agent = agent();
    let plan = agent.plan(list(&[(OSKAR, "0701740658"), (AINO, "0701740629")]), from_list());
    agent.cloud.control().order(Order::SetPhone {
        person: format!("{OSKAR}@larkfield.example"),
        kind: PhoneKind::Mobile,
        number: Some(HeldNumber::new("+46 701111111")),
    });
    agent.apply(&plan);
    let job = agent.job_ended();
    assert_eq!(tally(&job), [1, 0, 1, 0, 0]);
    assert!(agent.mobile_is(OSKAR, "+46 701111111"));

    agent.cloud.control().order(Order::SetPhone {
        person: format!("{AINO}@larkfield.example"),
        kind: PhoneKind::Mobile,
        number: Some(HeldNumber::new("+46 702222222")),
    });
    agent.phones(PhonesCommand::PlanUndo(job.id));
    let undo = agent.planned();
    assert_eq!(undo.rows.len(), 1, "what was not changed is not taken back");
    assert_eq!(undo.rows[0].planned.decision, Err(LeftOut::ChangedSince));
}

#[test]
fn a_lost_answer_is_looked_up_not_written_again() {
    let mut agent = agent();
    let plan = agent.plan(list(&[(OSKAR, "0701740658"), (AINO, "0701740629")]), from_list());
    // Batches: the first reads, the second writes.
    agent.cloud.control().order(Order::FailNext(Fault {
        method: Some("PATCH".into()),
        path: "phoneMethods".into(),
        times: 1,
        effect: Effect::Status { status: 503, retry_after_s: None },
    }));
    agent.apply(&plan);
    assert_eq!(tally(&agent.job_ended()), [2, 0, 0, 0, 0]);
    assert!(agent.mobile_is(OSKAR, "+46 701740658") && agent.mobile_is(AINO, "+46 701740629"));
}

#[test]
fn a_number_somebody_else_signs_in_with_and_a_lost_permission_are_told_by_row() {
    let mut agent = agent();
    let plan = agent.plan(list(&[(OSKAR, "0701740658"), (AINO, "0701740629")]), from_list());
    agent.cloud.control().order(Order::FailNext(Fault {
        method: Some("PATCH".into()),
        path: "phoneMethods".into(),
        times: 1,
        effect: Effect::Status { status: 400, retry_after_s: None },
    }));
    agent.apply(&plan);
    let job = agent.job_ended();
    assert_eq!(tally(&job), [1, 0, 0, 1, 0]);
    let failed = job.rows.iter().find_map(|row| match &row.state {
        RowState::Failed(problem) => Some(problem.clone()),
        _ => None,
    });
    let failed = failed.unwrap();
    assert!(!failed.what.is_empty() && !failed.next.is_empty());

    agent.phones(PhonesCommand::RetryFailed);
    assert_eq!(tally(&agent.job_ended()), [2, 0, 0, 0, 0]);
}

#[test]
fn a_job_that_is_paused_goes_on_and_one_that_is_cancelled_does_not() {
    let mut agent = agent();
    agent.cloud.control().order(Order::Latency { ms: 50 });
    let plan = agent.plan(list(&[(OSKAR, "0701740658"), (AINO, "0701740629")]), from_list());
    agent.apply(&plan);
    agent.phones(PhonesCommand::Pause);
    // What is on its way comes to its end first; with two rows that may be all of it.
    let job = agent.job(|state| matches!(state, JobState::Paused { .. } | JobState::Ended));
    if job.state != JobState::Ended {
        agent.phones(PhonesCommand::GoOn);
        agent.job_ended();
    }
    assert_eq!(agent.writes(), 2);

    agent.phones(PhonesCommand::PlanUndo(job.id));
    let undo = agent.planned();
    agent.apply(&undo);
    agent.phones(PhonesCommand::Cancel);
    let job = agent.job(|state| matches!(state, JobState::Cancelled | JobState::Ended));
    let cancelled = job.rows.iter().filter(|row| row.state == RowState::Cancelled).count();
    assert_eq!(tally(&job)[0] + cancelled, 2);
    assert_eq!(agent.writes(), 2 + tally(&job)[0], "what was not begun is not done");
}

#[test]
fn a_job_that_runs_while_the_station_connects_anew_goes_on_and_is_run_once() {
    let mut agent = agent();
    let plan = agent.plan(list(&[(OSKAR, "0701740658"), (AINO, "0701740629")]), from_list());
    agent.cloud.control().order(Order::FailNext(Fault {
        method: Some("POST".into()),
        path: "$batch".into(),
        times: 2,
        effect: Effect::Status { status: 503, retry_after_s: Some(1) },
    }));
    agent.apply(&plan);
    agent.job(|state| *state == JobState::Running);
    agent.connect_anew();
    assert_eq!(agent.job(|_| true).state, JobState::Running);
    agent.phones(PhonesCommand::GoOn);
    assert_eq!(tally(&agent.job_ended()), [2, 0, 0, 0, 0]);
    assert_eq!(agent.writes(), 2);
}

#[test]
fn people_of_a_group_get_the_numbers_of_an_attribute() {
    let mut agent = agent();
    agent.phones(PhonesCommand::FindGroups { query: "Key users".into() });
    let group = agent.heard(|event| match event {
        PhonesEvent::Groups { groups, .. } => groups.unwrap().into_iter().next(),
        _ => None,
    });
    agent.phones(PhonesCommand::ReadGroup { group: Box::new(group), nested: true });
    let listed = agent.heard(|event| match event {
        PhonesEvent::People(listed) => listed,
        _ => None,
    });
    assert!(listed.people > 3);
    agent.phones(PhonesCommand::Plan(Box::new(options())));
    let plan = agent.planned();
    assert_eq!(plan.rows.len(), listed.people);
    let same = plan.rows.iter().find(|row| row.upn.starts_with(OSKAR)).unwrap();
    assert_eq!(same.planned.decision, Err(LeftOut::Same), "two writings of one number");
}

#[test]
fn a_column_that_is_not_there_is_told() {
    let mut agent = agent();
    agent.phones(PhonesCommand::ReadText(list(&[(OSKAR, "0701740658")])));
    agent.heard(|event| matches!(event, PhonesEvent::People(Some(_))).then_some(()));
    let source = NumberSource::Column("telefon".into());
    let options = keydesk::phones::PlanOptions { source, ..options() };
    agent.phones(PhonesCommand::Plan(Box::new(options)));
    let problem = agent.heard(|event| match event {
        PhonesEvent::NotPlanned(problem) => Some(problem.to_string()),
        _ => None,
    });
    assert!(problem.contains("telefon"), "{problem}");
}
