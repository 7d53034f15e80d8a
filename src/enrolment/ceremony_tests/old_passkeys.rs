//! Passkeys that the person had before.

use super::*;

#[test]
fn old_passkeys_go_only_after_the_new_one_is_confirmed_and_never_the_new_one() {
    let ceremony = until(plan(), Step::RemoveOld);
    assert!(ceremony.is_done(Step::Confirm));
    assert_eq!(ceremony.old_to_remove(), ["old"]);
}

#[test]
fn once_old_passkeys_are_going_there_is_no_way_back() {
    let mut ceremony = until(plan(), Step::RemoveOld);
    apply(
        &mut ceremony,
        &[intend(Step::RemoveOld), fail(Step::RemoveOld, FailureClass::Forbidden)],
    );
    let Action::Ask(stopped) = ceremony.next(&all_at_hand()) else { panic!("not asked") };
    assert_eq!(stopped.answers, [Answer::Retry, Answer::LeaveIt]);
    assert_eq!(
        ceremony.apply(&answer(Answer::RollBack)),
        Err(OutOfOrder::NotOffered(Answer::RollBack))
    );
    apply(&mut ceremony, &[answer(Answer::LeaveIt)]);
    apply(&mut ceremony, &do_it(Step::HandOver));
    assert_eq!(
        ceremony.outcome(),
        Some(&Outcome::HandedOver {
            method_id: "new-method".into(),
            left: vec![Left::OldPasskeys { method_ids: vec!["old".into()] }],
        })
    );
}

#[test]
fn of_old_passkeys_only_those_are_left_that_were_not_removed() {
    let remove_old = vec!["old".into(), "older".into()];
    let mut ceremony = until(Plan { remove_old, ..plan() }, Step::RemoveOld);
    let removed = Record::OldRemoved { method_id: "old".into() };
    assert_eq!(ceremony.apply(&removed), Err(OutOfOrder::NotBegun(Step::RemoveOld)));
    apply(&mut ceremony, &[intend(Step::RemoveOld), removed]);
    assert_eq!(ceremony.old_to_remove(), ["older"], "what a retry has left to do");
    assert_eq!(ceremony.next(&all_at_hand()), Action::Do(Step::RemoveOld), "for the next one");
    apply(&mut ceremony, &[intend(Step::RemoveOld)]);
    apply(&mut ceremony, &[fail(Step::RemoveOld, FailureClass::Forbidden)]);
    apply(&mut ceremony, &[answer(Answer::LeaveIt)]);
    assert_eq!(ceremony.answers(), [Answer::Retry], "one is gone: there is no way back");
    apply(&mut ceremony, &do_it(Step::HandOver));
    let Some(Outcome::HandedOver { left, .. }) = ceremony.outcome() else { panic!() };
    assert_eq!(left, &[Left::OldPasskeys { method_ids: vec!["older".into()] }]);
}
