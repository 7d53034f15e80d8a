//! What is taken back, and what of it stays.

use super::*;

#[test]
fn a_reset_answered_late_takes_the_method_back_first_and_starts_the_key_over() {
    let mut ceremony = until(simple_plan(), Step::Confirm);
    apply(&mut ceremony, &[answer(Answer::ResetKey)]);
    let record = undone(&ceremony, UndoResult::Removed);
    assert_eq!(
        record,
        Record::Undone {
            step: UndoStep::DirectoryMethod { method_id: Some("new-method".into()) },
            result: UndoResult::Removed,
        }
    );
    apply(&mut ceremony, &[record]);
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::Reset));
    apply(&mut ceremony, &do_it(Step::Reset));
    assert_eq!(ceremony.pin_plan(), PinPlan::SetNew);
    assert_eq!(ceremony.plan().reset, Reset::ResetFirst);
    for step in [Step::Pin, Step::CreationOptions, Step::MakeCredential, Step::Verify] {
        assert_eq!(ceremony.next(&all_at_hand()), Action::Do(step));
        apply(&mut ceremony, &do_it(step));
    }
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::Register));
}

#[test]
fn a_roll_back_takes_back_the_method_then_the_credential_and_says_what_stays() {
    let mut ceremony = until(plan(), Step::Confirm);
    apply(
        &mut ceremony,
        &[
            intend(Step::Confirm),
            fail(Step::Confirm, FailureClass::NotListed),
            answer(Answer::RollBack),
        ],
    );
    let first = undone(&ceremony, UndoResult::Removed);
    assert!(matches!(
        first,
        Record::Undone { step: UndoStep::DirectoryMethod { method_id: Some(_) }, .. }
    ));
    apply(&mut ceremony, &[first]);
    let second = undone(&ceremony, UndoResult::Removed);
    apply(&mut ceremony, &[second]);
    assert_eq!(
        ceremony.outcome(),
        Some(&Outcome::RolledBack {
            then: Then::Nothing,
            left: vec![Left::PinOnKey, Left::KeySettings],
            reason: None,
        })
    );
}

#[test]
fn what_cannot_be_taken_back_is_in_the_outcome() {
    let mut ceremony = until(simple_plan(), Step::Register);
    apply(
        &mut ceremony,
        &[
            intend(Step::Register),
            fail(Step::Register, FailureClass::Unavailable),
            answer(Answer::Skip),
            Record::UndoFailed {
                step: UndoStep::DirectoryMethod { method_id: None },
                class: FailureClass::Unavailable,
                problem: problem(),
            },
        ],
    );
    let Action::Ask(stopped) = ceremony.next(&all_at_hand()) else { panic!("not asked") };
    assert_eq!(stopped.answers, [Answer::Retry, Answer::LeaveIt]);
    apply(&mut ceremony, &[answer(Answer::LeaveIt)]);
    let record = undone(&ceremony, UndoResult::Left { why: "key gone".into() });
    apply(&mut ceremony, &[record]);
    assert_eq!(
        ceremony.outcome(),
        Some(&Outcome::RolledBack {
            then: Then::SkipPerson,
            left: vec![
                Left::DirectoryMethod { method_id: None },
                Left::CredentialOnKey { id: Some(ours()) },
                Left::PinOnKey,
            ],
            reason: None,
        })
    );
}

#[test]
fn skipping_before_anything_was_written_leaves_nothing() {
    let mut ceremony = until(plan(), Step::Preflight);
    apply(
        &mut ceremony,
        &[
            intend(Step::Preflight),
            fail(Step::Preflight, FailureClass::PersonNotReady),
            answer(Answer::Skip),
        ],
    );
    let outcome = Outcome::RolledBack { then: Then::SkipPerson, left: Vec::new(), reason: None };
    assert_eq!(ceremony.outcome(), Some(&outcome));
}

#[test]
fn why_somebody_was_skipped_is_in_the_outcome_though_taking_back_took_another_answer() {
    let mut ceremony = until(simple_plan(), Step::Register);
    let skip = Record::Answered { answer: Answer::Skip, reason: Some("on leave".into()) };
    let failed = Record::UndoFailed {
        step: UndoStep::DirectoryMethod { method_id: None },
        class: FailureClass::Unavailable,
        problem: problem(),
    };
    let unavailable = fail(Step::Register, FailureClass::Unavailable);
    apply(&mut ceremony, &[intend(Step::Register), unavailable, skip, failed]);
    apply(&mut ceremony, &[answer(Answer::Retry)]);
    while ceremony.outcome().is_none() {
        let record = undone(&ceremony, UndoResult::Removed);
        apply(&mut ceremony, &[record]);
    }
    let Some(Outcome::RolledBack { then: Then::SkipPerson, reason, .. }) = ceremony.outcome()
    else {
        panic!("{:?}", ceremony.outcome())
    };
    assert_eq!(reason.as_deref(), Some("on leave"));
}

#[test]
fn an_abandoned_enrolment_accounts_for_everything_that_may_be_there() {
    let mut ceremony = until(plan(), Step::Register);
    let abandoned = Record::Abandoned { reason: "key lost".into() };
    apply(&mut ceremony, &[intend(Step::Register), abandoned.clone()]);
    let Some(Outcome::Abandoned { reason, left }) = ceremony.outcome() else { panic!() };
    assert_eq!(reason, "key lost");
    assert_eq!(
        left,
        &[
            Left::DirectoryMethod { method_id: None },
            Left::CredentialOnKey { id: Some(ours()) },
            Left::PinOnKey,
            Left::KeySettings,
        ]
    );
    assert_eq!(ceremony.apply(&abandoned), Err(OutOfOrder::Ended));
}

#[test]
fn what_was_made_and_taken_back_is_still_known_by_its_names() {
    let passkey = |method_id: &str, credential: &[u8]| Passkey {
        method_id: method_id.into(),
        credential_ids: vec![CredentialId(credential.to_vec())],
        credential_sha256: None,
        display_name: "Key".into(),
        created: None,
        aaguid: None,
        model: None,
    };
    let mut records = [do_it(Step::MakeCredential), do_it(Step::Register)].concat();
    let step = UndoStep::DirectoryMethod { method_id: Some("new-method".into()) };
    records.push(Record::Undone { step, result: UndoResult::Removed });
    let names = MadeNames::of(&records);
    assert!(names.name(&passkey("new-method", b"not told")));
    assert!(names.name(&passkey("another name", b"ours")));
    assert!(!names.name(&passkey("other-method", b"other")));
}

#[test]
fn rolling_back_is_offered_only_when_there_is_something_to_take_back() {
    assert!(!until(plan(), Step::Pin).answers().contains(&Answer::RollBack));
    assert!(until(plan(), Step::Register).answers().contains(&Answer::RollBack));
}
