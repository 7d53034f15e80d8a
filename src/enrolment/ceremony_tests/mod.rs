//! The ceremony under failures, answers and kills.

mod challenges;
mod old_passkeys;
mod random;
mod taken_back;

use super::*;
use crate::directory::{CallFacts, DirectoryError, Passkey};
use crate::key::{KeyError, StoredCredential};
use crate::problem::Problem;
use crate::webauthn::{ClientData, CredentialId, Expectation};
use jiff::Timestamp;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn plan() -> Plan {
    Plan {
        reset: Reset::Keep,
        pin: PinPlan::SetNew,
        custody: Custody::Sealed,
        min_pin_length: Some(6),
        always_uv: AlwaysUv::Leave,
        first_use: FirstUse::MustChangePin,
        remove_old: vec!["old".into(), "new-method".into()],
    }
}

fn intent(plan: Plan) -> Intent {
    Intent {
        tenant: "Larkfield Ltd".into(),
        person: Subject {
            id: "p1".into(),
            display_name: "Elin Bergström".into(),
            upn: "elin@larkfield.example".into(),
        },
        key: KeyIdentity {
            aaguid: "2fc0579f-8113-47ea-b116-bb5a8db9202a".into(),
            model: "YubiKey 5 NFC".into(),
            serial: Some("12345678".into()),
            serial_from: SerialFrom::Key,
            port: None,
        },
        plan,
        passkey_name: "Key 12345678 2026-11-22".into(),
        operator: "clerk".into(),
        seat: None,
    }
}

fn simple_plan() -> Plan {
    Plan { min_pin_length: None, first_use: FirstUse::KeepPin, remove_old: Vec::new(), ..plan() }
}

fn all_at_hand() -> AtHand {
    AtHand { now: at(0), pin: Held::Yes, old_pin: Held::Yes, options: Held::Yes }
}

fn after_restart() -> AtHand {
    AtHand { options: Held::No, ..all_at_hand() }
}

fn no_pin() -> AtHand {
    AtHand { pin: Held::No, old_pin: Held::No, options: Held::No, now: at(0) }
}

fn options_fact() -> Fact {
    Fact::Options(OptionsFact {
        expectation: Expectation {
            rp_id: "login.microsoft.com".into(),
            algorithms: vec![-7],
            exclude: vec![CredentialId(b"excluded".to_vec())],
            user_verification_required: true,
            reservation: None,
        },
        user_id: b"user".to_vec(),
        expires_at: Some(at(300)),
    })
}

fn ours() -> CredentialId {
    CredentialId(b"ours".to_vec())
}

fn fact(step: Step) -> Fact {
    match step {
        Step::CreationOptions => options_fact(),
        Step::MakeCredential => Fact::Made(Box::new(MadeFact {
            credential_id: Some(ours()),
            client_data: ClientData(b"{}".to_vec()),
            attestation_object: b"object".to_vec(),
            expires_at: Some(at(300)),
        })),
        Step::Register => Fact::Registered { method_id: "new-method".into() },
        _ => Fact::Nothing,
    }
}

fn problem() -> Problem {
    Problem { what: "It failed".into(), next: "Try again".into(), details: Vec::new() }
}

fn intend(step: Step) -> Record {
    Record::Intended { step }
}

fn do_it(step: Step) -> [Record; 2] {
    [intend(step), Record::Done { step, fact: fact(step) }]
}

fn fail(step: Step, class: FailureClass) -> Record {
    Record::Failed { step, class, problem: problem() }
}

fn answer(answer: Answer) -> Record {
    Record::Answered { answer, reason: None }
}

fn undone(ceremony: &Ceremony, result: UndoResult) -> Record {
    match ceremony.next(&all_at_hand()) {
        Action::Undo(step) => Record::Undone { step, result },
        other => panic!("expected an undo, got {other:?}"),
    }
}

fn apply(ceremony: &mut Ceremony, records: &[Record]) {
    for record in records {
        ceremony.apply(record).unwrap_or_else(|e| panic!("{record:?}: {e}"));
    }
}

/// Runs the happy course up to, and not including, `step`.
fn until(plan: Plan, step: Step) -> Ceremony {
    let mut ceremony = Ceremony::begin(intent(plan));
    while let Action::Do(next) = ceremony.next(&all_at_hand()) {
        if next == step {
            break;
        }
        apply(&mut ceremony, &do_it(next));
    }
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(step));
    ceremony
}

/// A kill: the records go through the journal's text and the ceremony is built anew.
fn killed(plan: Plan, records: &[Record]) -> Ceremony {
    let text = serde_json::to_string(records).unwrap();
    let read: Vec<Record> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, records);
    Ceremony::replay(intent(plan), &read).unwrap()
}

fn happy_records(plan: Plan) -> Vec<Record> {
    let mut ceremony = Ceremony::begin(intent(plan));
    let mut records = Vec::new();
    while let Action::Do(step) = ceremony.next(&all_at_hand()) {
        apply(&mut ceremony, &do_it(step));
        records.extend(do_it(step));
    }
    records
}

#[test]
fn steps_come_in_order_and_end_with_the_hand_over() {
    let records = happy_records(plan());
    let done: Vec<Step> = records
        .iter()
        .filter_map(|r| if let Record::Done { step, .. } = r { Some(*step) } else { None })
        .collect();
    assert_eq!(
        done,
        [
            Step::Preflight,
            Step::Pin,
            Step::ConfigureKey,
            Step::CreationOptions,
            Step::MakeCredential,
            Step::Verify,
            Step::Register,
            Step::Confirm,
            Step::ForcePinChange,
            Step::RemoveOld,
            Step::HandOver,
        ]
    );
    let ceremony = killed(plan(), &records);
    let outcome = Outcome::HandedOver { method_id: "new-method".into(), left: Vec::new() };
    assert_eq!(ceremony.outcome(), Some(&outcome));
    assert_eq!(ceremony.next(&no_pin()), Action::Finished(outcome));
}

#[test]
fn what_is_not_planned_is_skipped() {
    let steps = Ceremony::begin(intent(simple_plan())).steps();
    for step in [Step::Reset, Step::ConfigureKey, Step::ForcePinChange, Step::RemoveOld] {
        assert!(!steps.contains(&step), "{step:?}");
    }
    let reset = Plan { reset: Reset::ResetFirst, ..simple_plan() };
    assert!(Ceremony::begin(intent(reset)).steps().contains(&Step::Reset));
}

#[test]
fn after_a_kill_in_any_step_an_effect_is_looked_up_and_never_repeated_blindly() {
    let full = Plan { reset: Reset::ResetFirst, ..plan() };
    let records = happy_records(full.clone());
    for (i, record) in records.iter().enumerate() {
        let Record::Intended { step } = record else { continue };
        let ceremony = killed(full.clone(), &records[..=i]);
        let expected = match step {
            Step::Reset
            | Step::Pin
            | Step::MakeCredential
            | Step::Register
            | Step::ForcePinChange => Action::Resolve(*step),
            _ => Action::Do(*step),
        };
        assert_eq!(ceremony.next(&after_restart()), expected, "{step:?}");
        let again = ceremony.clone().apply(&intend(*step));
        assert_eq!(again.is_err(), matches!(expected, Action::Resolve(_)), "{step:?}");
    }
}

#[test]
fn after_a_kill_between_steps_the_next_one_comes_and_the_challenge_is_fetched_anew() {
    let records = happy_records(plan());
    for end in (0..=records.len()).step_by(2) {
        let ceremony = killed(plan(), &records[..end]);
        let expected = match records.get(end) {
            None => continue,
            Some(Record::Intended { step: Step::MakeCredential }) => Step::CreationOptions,
            Some(Record::Intended { step }) => *step,
            Some(other) => panic!("{other:?}"),
        };
        assert_eq!(ceremony.next(&after_restart()), Action::Do(expected));
    }
}

#[test]
fn findings_lead_on_or_back() {
    let id = || Finding::CredentialOnKey { id: ours() };
    let registered = || Finding::Registered { method_id: "new-method".into() };
    for (step, finding, expected) in [
        (Step::Pin, Finding::PinHolds, Action::Do(Step::ConfigureKey)),
        (Step::Pin, Finding::PinNotSet, Action::Do(Step::Pin)),
        (Step::MakeCredential, Finding::NoCredential, Action::Do(Step::MakeCredential)),
        (Step::MakeCredential, Finding::CannotTell, Action::Do(Step::MakeCredential)),
        (Step::MakeCredential, id(), Action::Undo(UndoStep::KeyCredential { id: Some(ours()) })),
        (Step::Register, registered(), Action::Do(Step::Confirm)),
        (Step::Register, Finding::NotRegistered, Action::Do(Step::Register)),
        (Step::ForcePinChange, Finding::ChangeForced, Action::Do(Step::RemoveOld)),
        (Step::ForcePinChange, Finding::ChangeNotForced, Action::Do(Step::ForcePinChange)),
    ] {
        let mut ceremony = until(plan(), step);
        apply(&mut ceremony, &[intend(step), Record::Resolved { step, finding: finding.clone() }]);
        assert_eq!(ceremony.next(&all_at_hand()), expected, "{step:?} {finding:?}");
    }
}

#[test]
fn a_finding_of_another_step_is_refused_and_changes_nothing() {
    let mut ceremony = until(plan(), Step::Register);
    apply(&mut ceremony, &[intend(Step::Register)]);
    let wrong = Record::Resolved { step: Step::Register, finding: Finding::PinHolds };
    assert_eq!(ceremony.apply(&wrong), Err(OutOfOrder::WrongFinding(Step::Register)));
    assert_eq!(ceremony.next(&all_at_hand()), Action::Resolve(Step::Register));
}

#[test]
fn a_reset_cut_short_is_asked_about_and_not_repeated_by_itself() {
    let full = Plan { reset: Reset::ResetFirst, ..simple_plan() };
    let mut ceremony = until(full, Step::Reset);
    apply(
        &mut ceremony,
        &[intend(Step::Reset), Record::Resolved { step: Step::Reset, finding: Finding::NotReset }],
    );
    let Action::Ask(stopped) = ceremony.next(&all_at_hand()) else { panic!("not asked") };
    assert!(stopped.answers.contains(&Answer::NewKey));
    apply(&mut ceremony, &[answer(Answer::Retry)]);
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::Reset));
}

#[test]
fn a_reset_of_an_unchecked_key_is_the_operators_word_and_counts_once() {
    let full = Plan { reset: Reset::ResetFirst, ..simple_plan() };
    let mut ceremony = until(full, Step::Reset);
    assert!(!ceremony.resets_unchecked());
    let unchecked = StepError::Key(KeyError::ResetNotFirst);
    let class = ceremony.classify(Step::Reset, &unchecked, at(0));
    assert_eq!(ceremony.classify(Step::Reset, &StepError::Unchecked, at(0)), class);
    apply(&mut ceremony, &[intend(Step::Reset), fail(Step::Reset, class)]);
    let Action::Ask(stopped) = ceremony.next(&all_at_hand()) else { panic!("not asked") };
    assert_eq!(stopped.answers, [Answer::ResetKey, Answer::NewKey, Answer::Skip]);
    apply(&mut ceremony, &[answer(Answer::ResetKey)]);
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::Reset));
    assert!(ceremony.resets_unchecked());
    apply(&mut ceremony, &[intend(Step::Reset)]);
    assert!(ceremony.resets_unchecked(), "the key is about to be put in");
    apply(&mut ceremony, &[fail(Step::Reset, FailureClass::NoTouch), answer(Answer::Retry)]);
    assert!(!ceremony.resets_unchecked(), "the next key may be another one");
}

#[test]
fn a_reset_the_operator_answers_to_another_failure_leaves_the_check() {
    let mut ceremony = until(simple_plan(), Step::Pin);
    apply(&mut ceremony, &[intend(Step::Pin), fail(Step::Pin, FailureClass::PinMissing)]);
    apply(&mut ceremony, &[answer(Answer::ResetKey)]);
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::Reset));
    assert!(!ceremony.resets_unchecked());
}

#[test]
fn a_lost_answer_is_looked_up_without_asking_but_not_for_ever() {
    let mut ceremony = until(simple_plan(), Step::Register);
    for round in 0..2 {
        apply(
            &mut ceremony,
            &[intend(Step::Register), fail(Step::Register, FailureClass::AnswerLost)],
        );
        assert_eq!(ceremony.next(&all_at_hand()), Action::Resolve(Step::Register), "{round}");
        let finding = Finding::NotRegistered;
        apply(&mut ceremony, &[Record::Resolved { step: Step::Register, finding }]);
        assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::Register), "{round}");
    }
    apply(&mut ceremony, &[intend(Step::Register), fail(Step::Register, FailureClass::AnswerLost)]);
    assert!(matches!(ceremony.next(&all_at_hand()), Action::Ask(_)));
    apply(&mut ceremony, &[answer(Answer::Retry)]);
    assert_eq!(ceremony.next(&all_at_hand()), Action::Resolve(Step::Register));
}

#[test]
fn a_look_up_that_fails_keeps_the_step_unresolved() {
    let mut ceremony = until(simple_plan(), Step::Register);
    let failed = Record::ResolveFailed {
        step: Step::Register,
        class: FailureClass::Forbidden,
        problem: problem(),
    };
    apply(&mut ceremony, &[intend(Step::Register), failed]);
    assert!(matches!(ceremony.next(&all_at_hand()), Action::Ask(_)));
    apply(&mut ceremony, &[answer(Answer::Retry)]);
    assert_eq!(ceremony.next(&all_at_hand()), Action::Resolve(Step::Register));
}

#[test]
fn a_server_error_on_registering_is_asked_about_and_then_looked_up() {
    let mut ceremony = until(simple_plan(), Step::Register);
    apply(
        &mut ceremony,
        &[intend(Step::Register), fail(Step::Register, FailureClass::Unavailable)],
    );
    assert!(matches!(ceremony.next(&all_at_hand()), Action::Ask(_)));
    apply(&mut ceremony, &[answer(Answer::Retry)]);
    assert_eq!(ceremony.next(&all_at_hand()), Action::Resolve(Step::Register));
}

#[test]
fn a_key_pulled_out_while_it_makes_a_credential_is_looked_into_afterwards() {
    for class in [FailureClass::KeyRemoved, FailureClass::KeySilent, FailureClass::NoTouch] {
        let mut ceremony = until(simple_plan(), Step::MakeCredential);
        apply(&mut ceremony, &[intend(Step::MakeCredential), fail(Step::MakeCredential, class)]);
        assert!(matches!(ceremony.next(&all_at_hand()), Action::Ask(_)));
        apply(&mut ceremony, &[answer(Answer::Retry)]);
        assert_eq!(ceremony.next(&all_at_hand()), Action::Resolve(Step::MakeCredential));
    }
}

#[test]
fn the_leftover_is_ours_by_id_or_by_person_and_never_a_registered_one() {
    let stored = |id: &[u8], rp_id: &str, user_id: &[u8]| StoredCredential {
        id: CredentialId(id.to_vec()),
        rp_id: rp_id.into(),
        user_id: user_id.to_vec(),
        user_name: "elin".into(),
    };
    let rp = "login.microsoft.com";
    let others = [
        stored(b"excluded", rp, b"user"),
        stored(b"foreign", rp, b"someone"),
        stored(b"elsewhere", "example.org", b"user"),
    ];
    let unknown = until(simple_plan(), Step::MakeCredential);
    assert_eq!(unknown.leftover(&others), None);
    let lost = [&others[..], &[stored(b"lost", rp, b"user")]].concat();
    assert_eq!(unknown.leftover(&lost), Some(CredentialId(b"lost".to_vec())));
    let made = until(simple_plan(), Step::Register);
    assert_eq!(made.leftover(&lost), None);
    assert_eq!(made.leftover(&[stored(b"ours", rp, b"user")]), Some(ours()));
}

#[test]
fn the_last_three_tries_are_used_only_when_the_operator_says_so() {
    let keep = Plan { pin: PinPlan::KeepExisting, ..simple_plan() };
    let mut ceremony = until(keep, Step::Pin);
    assert_eq!(ceremony.pin_try(Some(8)), PinTry::Go);
    assert_eq!(ceremony.pin_try(Some(4)), PinTry::Go);
    assert_eq!(ceremony.pin_try(None), PinTry::Go);
    assert_eq!(ceremony.pin_try(Some(3)), PinTry::AskFirst { retries_left: 3 });
    let few = StepError::FewTries { retries_left: 3 };
    let class = classify(Step::Pin, &few);
    apply(&mut ceremony, &[intend(Step::Pin), fail(Step::Pin, class), answer(Answer::Retry)]);
    assert_eq!(ceremony.pin_try(Some(3)), PinTry::Go);
    let wrong = FailureClass::WrongPin { retries_left: Some(2) };
    apply(&mut ceremony, &[intend(Step::Pin), fail(Step::Pin, wrong)]);
    assert_eq!(ceremony.pin_try(Some(2)), PinTry::AskFirst { retries_left: 2 });
    apply(&mut ceremony, &[answer(Answer::Retry)]);
    assert_eq!(ceremony.pin_try(Some(2)), PinTry::Go);
    apply(&mut ceremony, &do_it(Step::Pin));
    assert_eq!(ceremony.pin_try(Some(2)), PinTry::AskFirst { retries_left: 2 });
}

#[test]
fn the_persons_own_pin_is_asked_for_again_after_a_restart() {
    let own = Plan { custody: Custody::PersonsOwn, ..simple_plan() };
    let which = |ceremony: &Ceremony| match ceremony.next(&no_pin()) {
        Action::AskPin(needed) => {
            assert!(!needed.stopped.answers.is_empty());
            needed.which
        }
        other => panic!("{other:?}"),
    };
    let records = happy_records(own.clone());
    let begun = killed(own.clone(), &records[..2]);
    assert_eq!(which(&begun), WhichPin::ChooseNew);
    let unsure = killed(own.clone(), &records[..3]);
    assert_eq!(which(&unsure), WhichPin::OnKey);
    assert_eq!(unsure.next(&after_restart()), Action::Resolve(Step::Pin));
    let set = killed(own.clone(), &records[..4]);
    assert_eq!(set.next(&no_pin()), Action::Do(Step::CreationOptions));
    let change = Plan { pin: PinPlan::Change, ..own };
    assert_eq!(which(&until(change, Step::Pin)), WhichPin::BeforeChange);
}

#[test]
fn a_change_that_did_not_happen_is_made_again() {
    let change = Plan { pin: PinPlan::Change, ..simple_plan() };
    let mut ceremony = until(change, Step::Pin);
    let finding = Finding::PinDiffers { retries_left: Some(7) };
    apply(&mut ceremony, &[intend(Step::Pin), Record::Resolved { step: Step::Pin, finding }]);
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::Pin));
}

#[test]
fn a_hand_over_with_left_out_steps_says_so() {
    let mut ceremony = until(Plan { remove_old: Vec::new(), ..plan() }, Step::ForcePinChange);
    assert_eq!(ceremony.first_use(), FirstUse::MustChangePin);
    apply(
        &mut ceremony,
        &[
            intend(Step::ForcePinChange),
            fail(Step::ForcePinChange, FailureClass::KeyUnsupported),
            answer(Answer::LeaveIt),
            intend(Step::HandOver),
            fail(Step::HandOver, FailureClass::Outputs),
            answer(Answer::LeaveIt),
        ],
    );
    let Some(Outcome::HandedOver { left, .. }) = ceremony.outcome() else { panic!() };
    assert_eq!(left, &[Left::PinChangeNotForced, Left::Outputs]);
    assert_eq!(ceremony.first_use(), FirstUse::KeepPin, "what the key does");
}

#[test]
fn steps_out_of_turn_are_refused() {
    let mut ceremony = Ceremony::begin(intent(plan()));
    assert_eq!(
        ceremony.apply(&intend(Step::Register)),
        Err(OutOfOrder::CannotBegin(Step::Register))
    );
    let done = Record::Done { step: Step::Pin, fact: Fact::Nothing };
    assert_eq!(ceremony.apply(&done), Err(OutOfOrder::NotBegun(Step::Pin)));
    let mut at_register = until(plan(), Step::Register);
    apply(&mut at_register, &[intend(Step::Register)]);
    let wrong = Record::Done { step: Step::Register, fact: Fact::Nothing };
    assert_eq!(at_register.apply(&wrong), Err(OutOfOrder::WrongFact(Step::Register)));
    assert_eq!(at_register.next(&all_at_hand()), Action::Resolve(Step::Register));
}

#[test]
fn the_last_sure_state_is_told_in_words() {
    assert_eq!(until(plan(), Step::Preflight).last_sure(), "Nothing written yet");
    assert_eq!(until(plan(), Step::MakeCredential).last_sure(), "PIN set, no credential yet");
    let mut ceremony = until(plan(), Step::Register);
    apply(&mut ceremony, &[intend(Step::Register)]);
    assert_eq!(ceremony.last_sure(), "Credential made, not registered yet, perhaps registered");
}
