//! What the page shows of what it was told.

use super::job::{ResultKind, ResultKinds};
use super::plan::Chosen;
use super::*;
use crate::access::LockCause;
use crate::app::State;
use crate::directory::{AccountState, Person, PersonId, PersonKind};
use crate::engine::{
    Command, Event, JobFigures, JobRow, JobShown, JobState, MethodsShown, OneDeed, OperatorShown,
    PassShown, PersonShown, PlanRow, PlanShown, RowState, WhoCommand, WhoEvent,
};
use crate::journal::PhoneJobId;
use crate::phones::{
    Attribute, Blank, Change, Counts, LeftOut, NumberFault, NumberSource, NumberText, Others,
    PhoneKind, PhoneNumber, PlanOptions, Planned,
};
use crate::secrets::SecretText;
use std::time::Duration;

fn now() -> Instant {
    Instant::now()
}

fn number(last: u32) -> PhoneNumber {
    PhoneNumber::from_international(&NumberText::new(format!("+46 70174{last:04}"))).unwrap()
}

fn row(name: &str, decision: Result<Change, LeftOut>) -> PlanRow {
    PlanRow {
        name: name.into(),
        upn: format!("{}@nordvik.example", name.to_lowercase()).into(),
        planned: Planned { decision, now: None, remark: None },
        given: NumberText::default(),
    }
}

fn add(name: &str, last: u32) -> PlanRow {
    row(name, Ok(Change::Add { new: number(last) }))
}

fn plan(rows: Vec<PlanRow>) -> PhonesEvent {
    let counts = Counts::of(rows.iter().map(|row| &row.planned));
    let options = PlanOptions {
        kind: PhoneKind::Mobile,
        source: NumberSource::Attribute(Attribute::Extension(7)),
        others: Others::Change,
        blank: Blank::LeaveAlone,
        default_country: "SE".into(),
        only_countries: Vec::new(),
        disabled_too: false,
        guests_too: false,
        unassigned_too: false,
    };
    PhonesEvent::Plan(Some(Arc::new(PlanShown {
        edition: 1,
        source: "people.csv".into(),
        options,
        undo_of: None,
        read_at: jiff::Timestamp::UNIX_EPOCH,
        rows,
        counts,
    })))
}

fn mixed() -> Vec<PlanRow> {
    vec![
        add("Anna", 612),
        row("Bilal", Ok(Change::Change { old: number(619), new: number(631) })),
        row("Clara", Err(LeftOut::Same)),
        row("David", Err(LeftOut::Invalid(NumberFault::Letter))),
        row("Elsa", Err(LeftOut::Ambiguous)),
        row("Farid", Err(LeftOut::Guest)),
        row("Greta", Ok(Change::Remove { old: number(665) })),
    ]
}

fn with_plan(rows: Vec<PlanRow>) -> Phones {
    let mut phones = Phones::default();
    phones.apply(plan(rows), now());
    phones
}

#[test]
fn a_plan_shows_what_is_written_and_what_must_be_looked_at_first() {
    let phones = with_plan(mixed());
    let table = phones.plan.as_ref().unwrap();
    let mut kinds = PlanKinds::default();
    assert_eq!(table.filter("", &kinds), [0, 1, 3, 4, 6]);
    kinds.toggle(PlanKind::Same);
    kinds.toggle(PlanKind::Invalid);
    assert_eq!(table.filter("", &kinds), [0, 1, 2, 4, 6]);
    assert_eq!(table.filter("", &PlanKinds::all()).len(), 7);
    assert!(PlanKinds::all().is_all() && !kinds.is_all());
}

#[test]
fn a_search_finds_names_and_whole_or_part_numbers() {
    let phones = with_plan(mixed());
    let table = phones.plan.as_ref().unwrap();
    let all = PlanKinds::all();
    assert_eq!(table.filter("BILAL", &all), [1]);
    assert_eq!(table.filter("1740631", &all), [1], "the new number");
    assert_eq!(table.filter("nordvik anna", &all), [0]);
    assert_eq!(table.filter("nobody", &all), [0; 0]);
}

#[test]
fn every_change_is_chosen_at_first_and_nothing_else_can_be() {
    let phones = with_plan(mixed());
    let table = phones.plan.as_ref().unwrap();
    let mut chosen = Chosen::default();
    chosen.follow(table);
    assert_eq!((chosen.places(), chosen.counts()), (vec![0, 1, 6], [1, 1, 1]));
    chosen.set(table, 1, false);
    chosen.set(table, 3, true);
    chosen.follow(table);
    assert_eq!((chosen.places(), chosen.total()), (vec![0, 6], 2));
    assert_eq!(chosen.share(&[0, 1]), Share::Some);
    assert_eq!(chosen.share(&[0, 3]), Share::Some, "an invalid row is not chosen");
    assert!(chosen.has_all(table, &[0, 3]) && !chosen.has_all(table, &[0, 1]));
    assert_eq!((chosen.share(&[0]), chosen.share(&[2, 3])), (Share::All, Share::None));
    chosen.set_all(table, &[0, 1, 2], true);
    assert_eq!(chosen.places(), [0, 1, 6]);
    chosen.set_all(table, &[0, 1], false);
    assert_eq!(chosen.places(), [6]);
}

#[test]
fn another_plan_is_chosen_from_anew() {
    let mut phones = with_plan(mixed());
    let mut chosen = Chosen::default();
    chosen.follow(phones.plan.as_ref().unwrap());
    chosen.set(phones.plan.as_ref().unwrap(), 0, false);
    phones.apply(plan(vec![add("Anna", 612)]), now());
    chosen.follow(phones.plan.as_ref().unwrap());
    assert_eq!(chosen.places(), [0]);
}

fn options() -> Box<PlanOptions> {
    match plan(Vec::new()) {
        PhonesEvent::Plan(Some(plan)) => Box::new(plan.options.clone()),
        _ => unreachable!(),
    }
}

#[test]
fn a_plan_that_is_made_anew_is_not_there_to_be_applied() {
    let anew = [
        PhonesCommand::Plan(options()),
        PhonesCommand::PlanUndo(PhoneJobId(uuid::Uuid::from_u128(1))),
    ];
    for command in anew {
        let mut phones = with_plan(mixed());
        phones.sent(&command);
        assert!(phones.plan.is_none() && phones.planning == Some(Planning::default()));
        phones.apply(PhonesEvent::Planning { done: 3, of: 7 }, now());
        assert_eq!(phones.planning, Some(Planning { done: 3, of: 7 }));
        phones.failed();
        assert!(phones.planning.is_some(), "the directory is asked whatever else failed");
        phones.apply(PhonesEvent::NotPlanned(problem("x")), now());
        assert!(phones.plan.is_none() && phones.planning.is_none());
    }
}

#[test]
fn a_plan_that_could_not_be_made_leaves_none_from_before() {
    let mut phones = with_plan(mixed());
    phones.apply(PhonesEvent::NotPlanned(problem("x")), now());
    assert!(phones.plan.is_none());
}

#[test]
fn progress_that_is_told_late_brings_no_planning_back() {
    let late = || PhonesEvent::Planning { done: 7, of: 7 };
    let mut phones = with_plan(mixed());
    phones.apply(late(), now());
    assert!(phones.planning.is_none() && phones.plan.is_some());
    for over in [PhonesCommand::StopPlanning, PhonesCommand::DropPeople] {
        phones.sent(&PhonesCommand::Plan(options()));
        phones.sent(&over);
        phones.apply(late(), now());
        assert!(phones.planning.is_none());
    }
    phones.sent(&PhonesCommand::Plan(options()));
    phones.apply(PhonesEvent::Plan(None), now());
    phones.apply(late(), now());
    assert!(phones.planning.is_some(), "what was dropped is the plan before");
}

#[test]
fn a_refused_planning_is_not_waited_for() {
    let mut phones = Phones::default();
    phones.sent(&PhonesCommand::Plan(options()));
    phones.failed();
    assert!(phones.planning.is_none());
}

fn person(n: u32) -> Person {
    Person {
        id: PersonId(format!("p-{n}")),
        display_name: "Anna".into(),
        upn: "anna@nordvik.example".into(),
        mail: None,
        employee_id: None,
        department: None,
        job_title: None,
        account: AccountState::Enabled,
        kind: PersonKind::Member,
    }
}

fn methods(n: u32) -> PhonesEvent {
    PhonesEvent::Person(Some(Box::new(MethodsShown {
        person: person(n),
        phones: Vec::new(),
        methods: Vec::new(),
        pass: Err(problem("no policy")),
        read_at: jiff::Timestamp::UNIX_EPOCH,
    })))
}

fn problem(what: &str) -> Problem {
    Problem { what: what.into(), next: String::new(), details: Vec::new() }
}

fn pass() -> PhonesEvent {
    PhonesEvent::Pass(Some(Box::new(PassShown {
        name: "Anna".into(),
        upn: "anna@nordvik.example".into(),
        pass: SecretText::new("pass"),
        starts: jiff::Timestamp::UNIX_EPOCH,
        ends: jiff::Timestamp::UNIX_EPOCH,
        once: true,
    })))
}

#[test]
fn a_pass_is_seen_until_its_time_is_over() {
    let mut phones = Phones::default();
    let begin = now();
    phones.apply(methods(1), begin);
    phones.apply(pass(), begin);
    let (_, left) = phones.one.pass(begin + Duration::from_secs(60)).unwrap();
    assert_eq!(left, PASS_SHOWN - Duration::from_secs(60));
    assert!(!phones.one.pass_is_over(begin + Duration::from_secs(179)));
    assert!(phones.one.pass(begin + PASS_SHOWN).is_none());
    assert!(phones.one.pass_is_over(begin + PASS_SHOWN));
    phones.sent(&PhonesCommand::HidePass);
    assert!(!phones.one.pass_is_over(begin + PASS_SHOWN), "it is not held any more");
}

#[test]
fn a_pass_is_gone_when_it_is_hidden_left_or_the_person_changes() {
    let after: [fn(&mut Phones); 4] = [
        |phones| phones.sent(&PhonesCommand::HidePass),
        |phones| phones.sent(&PhonesCommand::Close),
        |phones| phones.apply(methods(2), Instant::now()),
        |phones| phones.apply(PhonesEvent::Person(None), Instant::now()),
    ];
    for (n, after) in after.into_iter().enumerate() {
        let mut phones = Phones::default();
        phones.apply(methods(1), now());
        phones.apply(pass(), now());
        assert!(phones.one.pass(now()).is_some());
        after(&mut phones);
        assert!(phones.one.pass(now()).is_none(), "way {n}");
    }
}

#[test]
fn a_slip_is_offered_with_the_pass_it_was_written_for_alone() {
    let slip = || {
        let (what, path) = (PhonesFile::PassSlip, PathBuf::from("/out/slip.pdf"));
        PhonesEvent::Written { what, path, count: 1 }
    };
    let after: [fn(&mut Phones); 6] = [
        |phones| phones.apply(pass(), Instant::now()),
        |phones| phones.apply(PhonesEvent::Pass(None), Instant::now()),
        |phones| phones.sent(&PhonesCommand::HidePass),
        |phones| phones.sent(&PhonesCommand::Open(Box::new(person(2)))),
        |phones| phones.apply(methods(2), Instant::now()),
        Phones::drop_secrets,
    ];
    for (n, after) in after.into_iter().enumerate() {
        let mut phones = Phones::default();
        phones.apply(methods(1), now());
        phones.apply(pass(), now());
        phones.apply(slip(), now());
        phones.apply(methods(1), now());
        assert!(phones.written(PhonesFile::PassSlip).is_some(), "way {n}");
        after(&mut phones);
        assert!(phones.written(PhonesFile::PassSlip).is_none(), "way {n}");
    }
    let mut phones = Phones::default();
    phones.apply(slip(), now());
    assert!(phones.written(PhonesFile::PassSlip).is_none(), "written late");
}

#[test]
fn a_locked_station_keeps_no_pass_and_takes_none() {
    let mut state = State::default();
    state.apply(Event::Phones(methods(1)), now());
    state.apply(Event::Phones(pass()), now());
    assert!(state.phones.one.pass(now()).is_some());
    state.apply(Event::Who(WhoEvent::Lock(Some(LockCause::Idle))), now());
    assert!(state.phones.one.pass(now()).is_none());
    state.apply(Event::Phones(pass()), now());
    assert!(state.phones.one.pass(now()).is_none(), "issued while it was locked");
}

#[test]
fn an_answer_replaces_the_one_before_and_a_new_wish_forgets_it() {
    let mut phones = Phones::default();
    phones.apply(methods(1), now());
    let deed = OneDeed::SetNumber(PhoneKind::Mobile);
    phones.apply(PhonesEvent::Working(Some(deed)), now());
    phones.apply(PhonesEvent::Refused { deed, problem: problem("refused") }, now());
    assert!(phones.one.refused.is_some() && phones.one.working.is_none());
    phones.apply(PhonesEvent::Done(deed), now());
    assert!(phones.one.refused.is_none() && phones.one.done == Some(deed));
    phones.sent(&PhonesCommand::Refresh);
    assert_eq!(phones.one.done, None);
}

#[test]
fn what_is_not_sure_is_neither_done_nor_refused() {
    let mut phones = Phones::default();
    phones.apply(methods(1), now());
    let deed = OneDeed::RemoveNumber(PhoneKind::Mobile);
    phones.apply(PhonesEvent::Done(deed), now());
    phones.apply(PhonesEvent::Unsure { deed, problem: problem("no answer") }, now());
    assert!(phones.one.unsure.is_some());
    assert!(phones.one.done.is_none() && phones.one.refused.is_none());
    phones.apply(PhonesEvent::AlreadySo(deed), now());
    assert!(phones.one.unsure.is_none() && phones.one.done.is_none());
    assert_eq!(phones.one.already_so, Some(deed));
    phones.sent(&PhonesCommand::Refresh);
    assert_eq!(phones.one.already_so, None);
}

#[test]
fn the_same_person_read_again_keeps_what_was_answered() {
    let mut phones = Phones::default();
    phones.sent(&PhonesCommand::Open(Box::new(person(1))));
    assert!(phones.one.opening.is_some());
    phones.apply(PhonesEvent::Done(OneDeed::IssuePass), now());
    phones.apply(methods(1), now());
    assert!(phones.one.done.is_some() && phones.one.opening.is_none());
    phones.apply(methods(2), now());
    assert!(phones.one.done.is_none());
}

fn job(id: u128, state: JobState, rows: Vec<RowState>) -> PhonesEvent {
    let row = |state| JobRow {
        name: "Anna".into(),
        upn: "anna@nordvik.example".into(),
        change: Change::Add { new: number(612) },
        state,
    };
    PhonesEvent::Job(Some(Box::new(JobShown {
        id: PhoneJobId(uuid::Uuid::from_u128(id)),
        source: "people.csv".into(),
        kind: PhoneKind::Mobile,
        undo_of: None,
        operator: "Mira".into(),
        begun_at: jiff::Timestamp::UNIX_EPOCH,
        ended_at: None,
        state,
        rows: Arc::new(rows.into_iter().map(row).collect()),
        figures: JobFigures::default(),
    })))
}

#[test]
fn rows_of_a_job_change_one_by_one_and_are_filtered_by_what_became_of_them() {
    let mut phones = with_plan(mixed());
    phones.sent(&PhonesCommand::Apply { edition: 1, rows: vec![0] });
    assert!(phones.beginning);
    let rows = vec![RowState::Waiting, RowState::Begun, RowState::Waiting];
    phones.apply(job(1, JobState::Running, rows), now());
    assert!(!phones.beginning && phones.plan.is_none());
    let figures = JobFigures { all: 3, done: 1, ..JobFigures::default() };
    let ends = vec![(1, RowState::Done), (9, RowState::Done)];
    phones.apply(PhonesEvent::Progress { figures, rows: ends }, now());
    let table = phones.job.as_ref().unwrap();
    assert_eq!((table.count(ResultKind::Waiting), table.count(ResultKind::Done)), (2, 1));
    assert_eq!(table.count(ResultKind::Begun), 0);
    let mut kinds = ResultKinds::default();
    kinds.toggle(ResultKind::Done);
    assert_eq!(table.filter("", &kinds), [1]);
    assert_eq!(table.shown.figures.done, 1);
}

#[test]
fn an_undo_takes_the_place_of_the_results_but_never_of_a_running_job() {
    let mut phones = Phones::default();
    phones.apply(job(1, JobState::Running, Vec::new()), now());
    phones.apply(plan(mixed()), now());
    assert!(phones.job.is_some());
    phones.apply(job(1, JobState::Ended, Vec::new()), now());
    phones.apply(plan(mixed()), now());
    assert!(phones.job.is_none() && phones.plan.is_some());
}

#[test]
fn a_refused_or_given_up_apply_can_be_pressed_again() {
    let mut state = State::default();
    let apply = || Command::Phones(PhonesCommand::Apply { edition: 1, rows: vec![0] });
    state.sent(&apply());
    state.apply(Event::Problem(problem("busy")), now());
    assert!(!state.phones.beginning);
    state.sent(&apply());
    assert!(state.phones.beginning);
    state.sent(&Command::Who(WhoCommand::LeaveAct));
    assert!(!state.phones.beginning);
}

#[test]
fn dropped_people_take_their_plan_along() {
    let mut phones = with_plan(mixed());
    phones.apply(PhonesEvent::NotPlanned(problem("x")), now());
    phones.sent(&PhonesCommand::DropPeople);
    assert!(phones.plan.is_none() && phones.not_planned.is_none());
}

#[test]
fn another_operator_sees_nothing_of_the_one_before() {
    let signed_in = |upn: &str| {
        Event::Who(WhoEvent::Operator(OperatorShown::Person(PersonShown {
            name: "Mira".into(),
            upn: upn.into(),
            roles: Vec::new(),
            signed_in_at: jiff::Timestamp::UNIX_EPOCH,
            stepped_up: None,
        })))
    };
    let told = |state: &mut State, event| state.apply(Event::Phones(event), now());
    let country = "SE".to_owned();
    let mut state = State::default();
    state.apply(signed_in("mira@x"), now());
    told(&mut state, PhonesEvent::Offered { offered: true, default_country: country.clone() });
    told(&mut state, job(1, JobState::Running, vec![RowState::Waiting]));
    told(&mut state, plan(mixed()));
    told(&mut state, methods(1));
    state.apply(signed_in("mira@x"), now());
    assert!(state.phones.plan.is_some() && state.phones.job.is_some(), "the same operator");
    state.apply(signed_in("omar@x"), now());
    assert_eq!((state.phones.offered, &state.phones.default_country), (Some(true), &country));
    assert!(state.phones.one.person().is_none() && state.phones.job.is_none());

    told(&mut state, plan(mixed()));
    told(&mut state, PhonesEvent::Reading { done: 3 });
    assert!(state.phones.plan.is_none() && state.phones.reading.is_none(), "not asked for");
    told(&mut state, job(1, JobState::Running, vec![RowState::Waiting]));
    assert!(state.phones.job.is_some(), "it runs on, whoever looks");
    state.sent(&Command::Phones(PhonesCommand::CloseJob));
    state.sent(&Command::Phones(PhonesCommand::Plan(options())));
    told(&mut state, plan(mixed()));
    assert!(state.phones.plan.is_some());
}

#[test]
fn nothing_of_one_tenant_is_there_under_another() {
    let mut state = State::default();
    state.apply(Event::Phones(plan(mixed())), now());
    state.apply(Event::Phones(methods(1)), now());
    state.apply(Event::TenantLeft, now());
    assert!(state.phones.plan.is_none() && state.phones.one.person().is_none());
}
