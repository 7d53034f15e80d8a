//! Challenges that lapse, are refused, or must live long.

use super::*;

#[test]
fn a_challenge_with_less_than_a_minute_left_is_fetched_anew_before_the_touch() {
    let ceremony = until(simple_plan(), Step::MakeCredential);
    let late = |second| AtHand { now: at(second), ..all_at_hand() };
    assert_eq!(ceremony.next(&late(240)), Action::Do(Step::MakeCredential));
    assert_eq!(ceremony.next(&late(241)), Action::Do(Step::CreationOptions));
}

/// Activated within an hour of its making.
fn within_an_hour() -> Intent {
    let seat = Seat {
        session: crate::bulk::SessionId(uuid::Uuid::nil()),
        entry: crate::bulk::EntryNo(1),
        activation: crate::bulk::Activation::Later,
        challenge_minutes: Some(60),
        was_made_in: None,
    };
    Intent { seat: Some(seat), ..intent(simple_plan()) }
}

#[test]
fn a_key_that_is_activated_later_is_made_only_with_nine_tenths_of_what_was_promised() {
    let mut ceremony = Ceremony::begin(within_an_hour());
    for step in [Step::Preflight, Step::Pin] {
        apply(&mut ceremony, &do_it(step));
    }
    let options = |minutes: i64| match options_fact() {
        Fact::Options(options) => {
            Fact::Options(OptionsFact { expires_at: Some(at(minutes * 60)), ..options })
        }
        other => other,
    };
    let fetch = |minutes| {
        let fact = options(minutes);
        [intend(Step::CreationOptions), Record::Done { step: Step::CreationOptions, fact }]
    };
    apply(&mut ceremony, &fetch(60));
    let after = |minutes: i64| AtHand { now: at(minutes * 60), ..all_at_hand() };
    assert_eq!(ceremony.next(&after(5)), Action::Do(Step::MakeCredential));
    assert_eq!(ceremony.next(&after(7)), Action::Do(Step::CreationOptions));
    // Tried again at the slot after an hour's lunch.
    apply(&mut ceremony, &[intend(Step::MakeCredential)]);
    apply(&mut ceremony, &[fail(Step::MakeCredential, FailureClass::PinPolicy)]);
    apply(&mut ceremony, &[answer(Answer::Retry)]);
    assert_eq!(ceremony.next(&after(50)), Action::Do(Step::CreationOptions));
    assert!(!ceremony.lives_long_enough(None, at(0)), "nobody could say until when");
    assert!(ceremony.ends_too_soon(Some(at(300)), at(0)));
    assert!(!ceremony.ends_too_soon(Some(at(55 * 60)), at(0)), "clocks differ");
}

#[test]
fn how_long_a_challenge_must_live_is_kept_with_the_intent() {
    let text = serde_json::to_string(&within_an_hour()).unwrap();
    let kept: Intent = serde_json::from_str(&text).unwrap();
    assert_eq!(kept.challenge_lifetime().unwrap().minutes(), 60);
    let mut old = kept;
    old.seat.as_mut().unwrap().challenge_minutes = None;
    assert_eq!(old.challenge_lifetime(), Some(crate::directory::Lifetime::LONGEST));
    assert_eq!(self::intent(simple_plan()).challenge_lifetime(), None);
}

#[test]
fn challenges_that_are_always_short_do_not_spin() {
    let mut ceremony = until(simple_plan(), Step::MakeCredential);
    let late = AtHand { now: at(270), ..all_at_hand() };
    for _ in 0..10 {
        match ceremony.next(&late) {
            Action::Do(Step::CreationOptions) => {
                apply(&mut ceremony, &do_it(Step::CreationOptions));
            }
            other => {
                assert_eq!(other, Action::Do(Step::MakeCredential));
                return;
            }
        }
    }
    panic!("the challenge is fetched for ever");
}

#[test]
fn a_challenge_that_lapsed_after_the_touch_means_another_credential() {
    let mut ceremony = until(simple_plan(), Step::Register);
    let late = AtHand { now: at(299), ..all_at_hand() };
    let undo = UndoStep::KeyCredential { id: Some(ours()) };
    assert_eq!(ceremony.next(&late), Action::Undo(undo.clone()));
    apply(&mut ceremony, &[Record::Undone { step: undo, result: UndoResult::Removed }]);
    assert_eq!(ceremony.next(&late), Action::Do(Step::CreationOptions));
    assert!(ceremony.made().is_none());
}

#[test]
fn a_challenge_refused_as_lapsed_is_fetched_anew_without_asking() {
    let mut ceremony = until(simple_plan(), Step::Register);
    let refused = StepError::Directory(DirectoryError::Refused(CallFacts::default()));
    assert_eq!(ceremony.classify(Step::Register, &refused, at(10)), FailureClass::Refused);
    let class = ceremony.classify(Step::Register, &refused, at(310));
    assert_eq!(class, FailureClass::ChallengeExpired);
    apply(&mut ceremony, &[intend(Step::Register), fail(Step::Register, class)]);
    let step = UndoStep::KeyCredential { id: Some(ours()) };
    assert_eq!(ceremony.next(&all_at_hand()), Action::Undo(step.clone()));
    let result = UndoResult::Left { why: "no credential management".into() };
    apply(&mut ceremony, &[Record::Undone { step, result }]);
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::CreationOptions));
    apply(&mut ceremony, &do_it(Step::CreationOptions));
    apply(&mut ceremony, &do_it(Step::MakeCredential));
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::Verify));
}

#[test]
fn another_try_after_a_refusal_makes_another_credential() {
    let mut ceremony = until(simple_plan(), Step::Register);
    apply(
        &mut ceremony,
        &[
            intend(Step::Register),
            fail(Step::Register, FailureClass::Refused),
            answer(Answer::Retry),
        ],
    );
    let step = UndoStep::KeyCredential { id: Some(ours()) };
    assert_eq!(ceremony.next(&all_at_hand()), Action::Undo(step));
}

/// The directory refuses a challenge that was used: by the try whose answer was lost, perhaps.
#[test]
fn that_a_second_registration_is_refused_says_nothing_of_the_first() {
    let lost = [
        intend(Step::Register),
        fail(Step::Register, FailureClass::AnswerLost),
        Record::Resolved { step: Step::Register, finding: Finding::NotRegistered },
    ];
    let refused = [intend(Step::Register), fail(Step::Register, FailureClass::Refused)];
    for end in [Answer::Retry, Answer::NewKey, Answer::Skip, Answer::RollBack] {
        let mut ceremony = until(simple_plan(), Step::Register);
        apply(&mut ceremony, &lost);
        apply(&mut ceremony, &refused);
        apply(&mut ceremony, &[answer(end)]);
        let step = UndoStep::DirectoryMethod { method_id: None };
        assert_eq!(ceremony.next(&all_at_hand()), Action::Undo(step.clone()), "{end:?}");
        apply(&mut ceremony, &[Record::Undone { step, result: UndoResult::Removed }]);
        let on_key = UndoStep::KeyCredential { id: Some(ours()) };
        assert_eq!(ceremony.next(&all_at_hand()), Action::Undo(on_key), "{end:?}");
    }
    let mut ceremony = until(simple_plan(), Step::Register);
    apply(&mut ceremony, &refused);
    apply(&mut ceremony, &[answer(Answer::Skip)]);
    let on_key = UndoStep::KeyCredential { id: Some(ours()) };
    assert_eq!(ceremony.next(&all_at_hand()), Action::Undo(on_key), "nothing was in doubt");
}

#[test]
fn before_making_anew_a_registration_that_may_lag_is_looked_for_once_more() {
    let mut ceremony = until(simple_plan(), Step::Register);
    let finding = Finding::NotRegistered;
    apply(
        &mut ceremony,
        &[intend(Step::Register), Record::Resolved { step: Step::Register, finding }],
    );
    let late = AtHand { now: at(299), ..all_at_hand() };
    let step = UndoStep::DirectoryMethod { method_id: None };
    assert_eq!(ceremony.next(&late), Action::Undo(step.clone()));
    apply(&mut ceremony, &[Record::Undone { step, result: UndoResult::NothingThere }]);
    assert_eq!(ceremony.next(&late), Action::Undo(UndoStep::KeyCredential { id: Some(ours()) }));
}
