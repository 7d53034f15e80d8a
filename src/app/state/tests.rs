//! The state follows the events, and nothing else.

use super::*;
use crate::directory::{AccountState, OtherMethods, PersonCard, PersonId, PersonKind};
use crate::engine::{FinishedKey, PersonRead, StepChange, VaultWord};
use crate::enrolment::{
    AlwaysUv, Answer, Custody, EnrolmentId, FirstUse, Intent, KeyIdentity, PinNeeded, PinPlan,
    Plan, Reset, SerialFrom, Step, Stopped, Subject, WhichPin,
};
use crate::key::{KeyEvent, KeyFacts, KeyId, PinState, Supports};
use crate::webauthn::Aaguid;
use std::time::Duration;

fn person(name: &str) -> Person {
    Person {
        id: PersonId(name.into()),
        display_name: name.into(),
        upn: format!("{name}@larkfield.example"),
        mail: None,
        employee_id: None,
        department: None,
        job_title: None,
        account: AccountState::Enabled,
        kind: PersonKind::Member,
    }
}

fn facts(id: &str, port: &str) -> KeyFacts {
    KeyFacts {
        id: KeyId(id.into()),
        port: Some(port.into()),
        model: "Security Key".into(),
        aaguid: Aaguid([1; 16]),
        firmware: None,
        serial: None,
        no_serial: None,
        pin: PinState::NotSet,
        min_pin_length: 4,
        always_uv: None,
        free_slots: Some(10),
        credentials: Some(0),
        known_model: true,
        supports: Supports { resident_keys: true, ..Supports::default() },
    }
}

fn insert(state: &mut State, id: &str, port: &str) {
    let inserted = KeyEvent::Inserted {
        id: KeyId(id.into()),
        port: Some(port.into()),
        product: "USB key".into(),
    };
    state.apply(Event::Key(inserted), Instant::now());
}

fn identify(state: &mut State, id: &str, port: &str) {
    state.apply(Event::Key(KeyEvent::Identified(facts(id, port))), Instant::now());
}

fn id() -> EnrolmentId {
    EnrolmentId(uuid::Uuid::from_u128(1))
}

fn intent(pin: PinPlan, custody: Custody) -> Intent {
    Intent {
        tenant: "t".into(),
        person: Subject { id: "Elin".into(), display_name: "Elin".into(), upn: "e@x".into() },
        key: KeyIdentity {
            aaguid: String::new(),
            model: "m".into(),
            serial: None,
            serial_from: SerialFrom::Key,
            port: None,
        },
        plan: Plan {
            reset: Reset::Keep,
            pin,
            custody,
            min_pin_length: None,
            always_uv: AlwaysUv::Leave,
            first_use: FirstUse::KeepPin,
            remove_old: Vec::new(),
        },
        passkey_name: "Key".into(),
        operator: "o".into(),
        seat: None,
    }
}

fn begin(state: &mut State) {
    let steps = vec![
        Step::Preflight,
        Step::Pin,
        Step::CreationOptions,
        Step::MakeCredential,
        Step::Verify,
        Step::Register,
        Step::Confirm,
    ];
    let intent = Box::new(intent(PinPlan::SetNew, Custody::Sealed));
    let key = Some(KeyId("k".into()));
    state.apply(Event::EnrolmentBegun { id: id(), intent, key, steps }, Instant::now());
}

fn step(state: &mut State, step: Step, change: StepChange) {
    state.apply(Event::Step { id: id(), step, change }, Instant::now());
}

fn done(note: &str) -> StepChange {
    StepChange::Done { note: note.into(), took: Duration::from_millis(400) }
}

fn marks(state: &State) -> Vec<(Stage, Mark)> {
    let run = state.desk.run.as_ref().unwrap();
    state.checklist(run).iter().map(|l| (l.stage, l.mark)).collect()
}

fn word(state: &State) -> &'static str {
    state.key_state(state.desk_key().unwrap()).word()
}

#[test]
fn a_late_answer_to_an_older_search_is_not_shown() {
    let mut state = State::default();
    state.sent(&Command::Search { query: "el".into() });
    state.sent(&Command::Search { query: "elin".into() });
    let late = Event::Found { query: "el".into(), people: Ok(vec![person("Elias")]) };
    state.apply(late, Instant::now());
    assert!(state.search.people.is_empty());
    let newest = Event::Found { query: "elin".into(), people: Ok(vec![person("Elin")]) };
    state.apply(newest, Instant::now());
    assert_eq!(state.search.people[0].display_name, "Elin");
}

#[test]
fn a_card_of_another_person_is_not_taken() {
    let mut state = State::default();
    state.sent(&Command::ChoosePerson(Box::new(person("Elin"))));
    let card = |name: &str| PersonCard {
        person: person(name),
        photo: None,
        methods: Vec::new(),
        other_methods: OtherMethods::Listed,
        passkeys: Vec::new(),
        groups: Vec::new(),
    };
    for (name, read) in [("Elias", false), ("Elin", true)] {
        let event = PersonRead { person: PersonId(name.into()), card: Ok(card(name)) };
        state.apply(Event::PersonRead(Box::new(event)), Instant::now());
        assert_eq!(state.desk.person.as_ref().unwrap().read().is_some(), read);
    }
}

#[test]
fn the_keys_word_follows_the_enrolment() {
    let mut state = State::default();
    insert(&mut state, "k", "1");
    assert_eq!(word(&state), "Identifying");
    identify(&mut state, "k", "1");
    assert_eq!(word(&state), "Ready");
    begin(&mut state);
    step(&mut state, Step::Pin, StepChange::Started);
    assert_eq!(word(&state), "Setting PIN");
    step(&mut state, Step::Pin, done(""));
    step(&mut state, Step::MakeCredential, StepChange::Started);
    let within = Duration::from_secs(60);
    state.apply(Event::TouchNeeded { id: id(), within }, Instant::now());
    assert_eq!(word(&state), "Touch now");
    state.apply(Event::TouchDone { id: id() }, Instant::now());
    assert_eq!(word(&state), "Registering");
    let finished = FinishedKey {
        id: id(),
        method_id: String::new(),
        vault: VaultWord::Sealed,
        csv: Ok("x".into()),
        foreign: Vec::new(),
        took: Duration::ZERO,
    };
    state.apply(Event::Finished(Box::new(finished)), Instant::now());
    assert_eq!(word(&state), "Remove and label");
}

#[test]
fn a_port_keeps_its_slot_and_a_new_port_gets_another() {
    let mut state = State::default();
    insert(&mut state, "a", "usb-1");
    insert(&mut state, "b", "usb-2");
    state.apply(Event::Key(KeyEvent::Removed { id: KeyId("a".into()) }), Instant::now());
    insert(&mut state, "c", "usb-3");
    insert(&mut state, "d", "usb-1");
    let slots: Vec<u8> = state.keys.seen.iter().map(|key| key.slot).collect();
    assert_eq!(slots, [2, 3, 1]);
}

#[test]
fn the_checklist_ticks_as_steps_are_done() {
    let mut state = State::default();
    begin(&mut state);
    use Stage::*;
    let stages: Vec<Stage> = marks(&state).iter().map(|(stage, _)| *stage).collect();
    assert_eq!(stages, [Challenge, Pin, Touch, Registered, Confirmed]);
    step(&mut state, Step::Pin, done("6 digits, set on the key"));
    step(&mut state, Step::CreationOptions, StepChange::Started);
    assert_eq!(marks(&state)[..2], [(Challenge, Mark::Running), (Pin, Mark::Done)]);
    step(&mut state, Step::MakeCredential, done(""));
    assert_eq!(marks(&state)[2], (Touch, Mark::Running), "the touch is verified too");
    step(&mut state, Step::Verify, done(""));
    assert_eq!(marks(&state)[2], (Touch, Mark::Done));
}

#[test]
fn a_throttled_step_says_how_long_it_waits() {
    let mut state = State::default();
    begin(&mut state);
    let note = "throttled, resuming in 8 s".to_owned();
    step(&mut state, Step::Register, StepChange::Waiting { note: note.clone() });
    let run = state.desk.run.as_ref().unwrap();
    let lines = state.checklist(run);
    assert!(lines.iter().any(|line| line.note == note && line.mark == Mark::Running));
}

#[test]
fn a_skipped_person_is_done_with_and_a_new_key_keeps_the_person() {
    for (answer, stays) in [(Answer::Skip, false), (Answer::NewKey, true)] {
        let mut state = State::default();
        state.sent(&Command::ChoosePerson(Box::new(person("Elin"))));
        begin(&mut state);
        let reason = String::new();
        state.sent(&Command::Answer { enrolment: id(), answer, pin: None, reason });
        state.apply(Event::Ended { id: id(), summary: "Rolled back".into() }, Instant::now());
        assert!(state.desk.run.is_none());
        assert_eq!(state.desk.person.is_some(), stays, "{answer:?}");
    }
}

fn stop(state: &mut State, at: Step) {
    let problem = Problem { what: "w".into(), next: "n".into(), details: Vec::new() };
    let stopped = Stopped { step: at, problem, answers: vec![Answer::Retry] };
    state.apply(Event::Stopped { id: id(), stopped }, Instant::now());
}

#[test]
fn an_enrolment_put_aside_waits_with_its_last_sure_state() {
    let mut state = State::default();
    begin(&mut state);
    step(&mut state, Step::Pin, done(""));
    stop(&mut state, Step::MakeCredential);
    state.put_aside(jiff::Timestamp::UNIX_EPOCH);
    assert!(state.desk.run.is_none());
    assert_eq!(state.unfinished.len(), 1);
    assert_eq!(state.unfinished[0].last_sure, "PIN set, no credential yet");
    let answer = Answer::Retry;
    state.sent(&Command::Answer { enrolment: id(), answer, pin: None, reason: String::new() });
    assert!(state.unfinished.is_empty());
    step(&mut state, Step::MakeCredential, StepChange::Started);
    assert_eq!(marks(&state)[2], (Stage::Touch, Mark::Running), "it is on the desk again");
}

#[test]
fn a_pin_is_asked_for_only_while_the_enrolment_needs_one() {
    for (which, asked) in [
        (WhichPin::ChooseNew, AskedPin::New),
        (WhichPin::OnKey, AskedPin::Current),
        (WhichPin::BeforeChange, AskedPin::Current),
    ] {
        let mut state = State::default();
        begin(&mut state);
        let problem = Problem { what: "w".into(), next: "n".into(), details: Vec::new() };
        let stopped = Stopped { step: Step::Pin, problem, answers: vec![Answer::Retry] };
        let needed = PinNeeded { which, stopped, refused: false };
        state.apply(Event::PinNeeded { id: id(), needed }, Instant::now());
        assert_eq!(state.desk.run.as_ref().unwrap().asked_pin(), Some(asked));
        stop(&mut state, Step::Register);
        assert_eq!(state.desk.run.as_ref().unwrap().asked_pin(), None);
    }
}

#[test]
fn a_message_stays_until_it_is_dismissed_and_is_shown_once() {
    let mut state = State::default();
    let problem = Problem { what: "w".into(), next: "n".into(), details: Vec::new() };
    state.apply(Event::Problem(problem.clone()), Instant::now());
    state.apply(Event::Problem(problem), Instant::now());
    assert_eq!(state.notices.len(), 1);
    state.dismiss(state.notices[0].number);
    assert!(state.notices.is_empty());
}

#[test]
fn register_waits_for_person_key_and_policy() {
    let mut state = State::default();
    let choices = Choices::from_settings(&Settings::default());
    assert_eq!(choices.obstacle(&state, &[]), None, "nobody is chosen");
    state.sent(&Command::ChoosePerson(Box::new(person("Elin"))));
    assert!(matches!(choices.obstacle(&state, &[]), Some(Obstacle::Wait(_))));
    let card = PersonCard {
        person: person("Elin"),
        photo: None,
        methods: Vec::new(),
        other_methods: OtherMethods::Listed,
        passkeys: Vec::new(),
        groups: Vec::new(),
    };
    let read = PersonRead { person: PersonId("Elin".into()), card: Ok(card) };
    state.apply(Event::PersonRead(Box::new(read)), Instant::now());
    assert_eq!(choices.obstacle(&state, &[]), Some(Obstacle::InsertKey));
    insert(&mut state, "k", "1");
    identify(&mut state, "k", "1");
    assert!(matches!(choices.obstacle(&state, &[]), Some(Obstacle::Wait(_))), "policy is missing");
    let problem = Problem { what: "w".into(), next: "n".into(), details: Vec::new() };
    state.apply(Event::Policy(Err(problem)), Instant::now());
    assert_eq!(choices.obstacle(&state, &[]), None, "the directory itself decides at the end");
    state.desk.registering = true;
    assert!(matches!(choices.obstacle(&state, &[]), Some(Obstacle::Wait(_))), "never twice");
}

#[test]
fn a_used_keys_pin_is_kept_changed_or_reset_away() {
    let card = PersonCard {
        person: person("Elin"),
        photo: None,
        methods: Vec::new(),
        other_methods: OtherMethods::Listed,
        passkeys: Vec::new(),
        groups: Vec::new(),
    };
    let used = KeyFacts { pin: PinState::Set { retries_left: Some(8) }, ..facts("k", "1") };
    let mut choices = Choices::from_settings(&Settings::default());
    assert_eq!(choices.plan(&used, &card).pin, PinPlan::Change);
    choices.keep_pin = true;
    assert_eq!(choices.plan(&used, &card).pin, PinPlan::KeepExisting);
    assert_eq!(choices.plan(&used, &card).custody, Custody::PersonsOwn);
    choices.reset = Reset::ResetFirst;
    assert_eq!(choices.plan(&used, &card).pin, PinPlan::SetNew);
    let must_change = KeyFacts { pin: PinState::MustChange, ..facts("k", "1") };
    choices.reset = Reset::Keep;
    assert_eq!(choices.plan(&must_change, &card).pin, PinPlan::Change, "it can't be kept");
}

#[test]
fn another_operator_begins_with_an_empty_desk() {
    use crate::engine::{OperatorShown, PersonShown, WhoEvent};
    let operator = |name: &str, upn: &str| {
        Event::Who(WhoEvent::Operator(OperatorShown::Person(PersonShown {
            name: name.into(),
            upn: upn.into(),
            roles: Vec::new(),
            signed_in_at: jiff::Timestamp::UNIX_EPOCH,
            stepped_up: None,
        })))
    };
    let now = Instant::now();
    let mut state = State::default();
    state.apply(operator("Omar", "omar@x"), now);
    state.sent(&Command::ChoosePerson(Box::new(person("Elin"))));
    state.history.loaded = true;
    state.apply(operator("Omar H.", "omar@x"), now);
    assert!(state.desk.person.is_some(), "the same operator");
    state.apply(operator("Omar", "omar@y"), now);
    assert!(state.desk.person.is_none() && !state.history.loaded);

    state.sent(&Command::ChoosePerson(Box::new(person("Elin"))));
    begin(&mut state);
    assert_eq!(state.running(), 1);
    state.apply(Event::Who(WhoEvent::Operator(OperatorShown::Nobody)), now);
    assert_eq!(state.running(), 1, "work that runs goes on");
}

#[test]
fn numbers_names_and_times_are_as_people_read_them() {
    assert_eq!(minutes(Duration::from_millis(271_200)), "4:32");
    assert_eq!(minutes(Duration::ZERO), "0:00");
    assert_eq!(thousands("31884207"), "31 884 207");
    assert_eq!(thousands("104882"), "104 882");
    assert_eq!(thousands("A-7"), "A-7");
    assert_eq!(initials("Elin Bergström"), "EB");
    assert_eq!(initials("  \u{202e}o'Brien"), "O");
    assert_eq!(initials(""), "?");
    assert_eq!(clean("Eve\u{202e}nimdA\u{7}"), "EvenimdA");
    assert_eq!(seconds(Duration::from_millis(400)), "0.4 s");
    assert_eq!(seconds(Duration::from_millis(12)), "12 ms");
}
