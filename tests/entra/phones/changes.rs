//! Changes, each read before and after; rules of the service; who may change whom.

use super::{
    AMINA, ELIN, GUEST, Place, ROWAN, SEAN, ZOFIA, change, fresh, in_places, mobile, number,
};
use keydesk::directory::{ChangeOutcome, DirectoryError, PersonId, PhoneChange, PhoneDirectory};
use keydesk::phones::{NumberText, PhoneKind, SmsSignIn};
use keydesk::practice::cloud::{HeldNumber, Order};
use keydesk::practice::company::people;

fn known(upn: &str) -> Option<keydesk::phones::PhoneNumber> {
    let person = people().into_iter().find(|one| one.upn == upn).unwrap();
    number(&person.mobile.unwrap())
}

#[tokio::test]
async fn numbers_are_added_changed_and_removed_and_each_is_written_once() {
    let place = Place::start().await;
    let changes = in_places([
        mobile(ZOFIA, None, fresh(1)),
        mobile(SEAN, known(SEAN), fresh(2)),
        mobile(AMINA, known(AMINA), None),
        mobile(GUEST, None, fresh(3)),
        PhoneChange { kind: PhoneKind::Office, ..mobile(ELIN, None, number("+46 184601299")) },
    ]);
    let outcomes = place.change(changes.clone()).await;
    assert_eq!(outcomes, vec![ChangeOutcome::Written; 5]);
    for PhoneChange { person, kind, after, .. } in &changes {
        assert!(place.is(&person.0, *kind, after.as_ref()), "{} {kind:?}", person.0);
    }
    assert!(place.writes().values().all(|writes| *writes == 1));
    assert_eq!(place.change(changes).await, vec![ChangeOutcome::AlreadySo; 5]);
    assert!(place.writes().values().all(|writes| *writes == 1), "nothing is written again");
}

#[tokio::test]
async fn a_number_that_another_changed_after_the_plan_is_left_and_shown() {
    let place = Place::start().await;
    let theirs = |person: &str, number: Option<&str>| Order::SetPhone {
        person: person.into(),
        kind: PhoneKind::Mobile,
        number: number.map(HeldNumber::new),
    };
    place.order(theirs(ELIN, Some("+46 701740699")));
    place.order(theirs(ZOFIA, Some("+46 701740698")));
    place.order(theirs(AMINA, None));
    place.order(theirs(SEAN, Some("XXXXXXXX13")));
    let outcomes = place
        .change(in_places([
            mobile(ELIN, known(ELIN), fresh(1)),
            mobile(ZOFIA, None, fresh(2)),
            mobile(AMINA, known(AMINA), fresh(3)),
            mobile(SEAN, known(SEAN), fresh(4)),
        ]))
        .await;
    let now = [Some("+46 701740699"), Some("+46 701740698"), None, Some("XXXXXXXX13")];
    for ((outcome, now), upn) in outcomes.into_iter().zip(now).zip([ELIN, ZOFIA, AMINA, SEAN]) {
        let now = now.map(NumberText::new);
        assert!(outcome == ChangeOutcome::ChangedMeanwhile { now }, "{upn}: {outcome:?}");
    }
    assert!(place.writes().values().all(|writes| *writes == 0));
}

#[tokio::test]
async fn changes_of_one_person_go_one_after_the_other_in_their_order() {
    let place = Place::start().await;
    let alternate = |before, after| PhoneChange {
        kind: PhoneKind::AlternateMobile,
        ..mobile(ZOFIA, before, after)
    };
    let up = in_places([
        mobile(ZOFIA, None, fresh(1)),
        alternate(None, fresh(2)),
        mobile(ZOFIA, fresh(1), fresh(3)),
    ]);
    assert_eq!(place.change(up).await, vec![ChangeOutcome::Written; 3]);
    let down = in_places([alternate(fresh(2), None), mobile(ZOFIA, fresh(3), None)]);
    assert_eq!(place.change(down).await, vec![ChangeOutcome::Written; 2]);
}

#[tokio::test]
async fn what_the_service_refuses_has_failed_for_that_person_alone() {
    let place = Place::start().await;
    let outcomes = place
        .change(in_places([
            mobile(ZOFIA, None, number("+1 2065550100x12")),
            PhoneChange {
                kind: PhoneKind::AlternateMobile,
                ..mobile("freja.holm@larkfield.example", None, fresh(1))
            },
            mobile("nobody@larkfield.example", None, fresh(2)),
            mobile("..", None, fresh(3)),
            mobile(ELIN, known(ELIN), fresh(4)),
        ]))
        .await;
    let refused = |outcome: &ChangeOutcome| match outcome {
        ChangeOutcome::Failed(DirectoryError::Refused(facts)) => facts.status,
        _ => None,
    };
    assert_eq!((refused(&outcomes[0]), refused(&outcomes[1])), (Some(400), Some(400)));
    let gone = ChangeOutcome::Failed(DirectoryError::NotFound(Default::default()));
    assert_eq!(std::mem::discriminant(&outcomes[2]), std::mem::discriminant(&gone));
    assert!(matches!(&outcomes[2], ChangeOutcome::Failed(DirectoryError::NotFound(_))));
    assert!(matches!(&outcomes[3], ChangeOutcome::Failed(DirectoryError::Refused(_))));
    assert_eq!(outcomes[4], ChangeOutcome::Written);
}

#[tokio::test]
async fn an_administrators_phone_is_not_a_helpers_to_change() {
    let place = Place::start().await;
    let changes = in_places([mobile(ROWAN, known(ROWAN), fresh(1)), mobile(ZOFIA, None, fresh(2))]);
    let outcomes = change(&place.by_a_helper(), changes).await;
    let ChangeOutcome::Failed(DirectoryError::Forbidden(facts)) = &outcomes[0] else {
        panic!("{:?}", outcomes[0])
    };
    assert_eq!(facts.permission, Some("UserAuthMethod-Phone.ReadWrite.All"));
    assert_eq!(outcomes[1], ChangeOutcome::Written);
    assert!(place.is(ROWAN, PhoneKind::Mobile, known(ROWAN).as_ref()));
}

#[tokio::test]
async fn a_permission_that_goes_in_between_fails_what_was_not_written() {
    let place = Place::start().await;
    place
        .order(Order::RemovePermission { permission: "UserAuthMethod-Phone.ReadWrite.All".into() });
    let outcomes = place.change(vec![mobile(ZOFIA, None, fresh(1))]).await;
    let ChangeOutcome::Failed(DirectoryError::Forbidden(facts)) = &outcomes[0] else {
        panic!("{:?}", outcomes[0])
    };
    assert_eq!(facts.permission, Some("UserAuthMethod-Phone.ReadWrite.All"));
}

#[tokio::test]
async fn two_people_can_have_one_number_but_only_one_signs_in_with_it() {
    let place = Place::start().await;
    let one = vec![mobile(ZOFIA, None, fresh(1))];
    let other = vec![mobile(ELIN, known(ELIN), fresh(1))];
    assert_eq!(place.change(one).await, [ChangeOutcome::Written]);
    assert_eq!(place.change(other).await, [ChangeOutcome::Written]);
    let sms = async |person: &str| {
        let phones = place.entra.phones(&PersonId(person.into())).await.unwrap();
        phones.into_iter().find(|phone| phone.kind == PhoneKind::Mobile).unwrap().sms
    };
    assert_eq!(sms(ZOFIA).await, SmsSignIn::Ready);
    assert_eq!(sms(ELIN).await, SmsSignIn::NumberNotUnique);
}

#[tokio::test]
async fn a_refusal_that_repeats_the_number_is_told_without_it() {
    let place = Place::start().await;
    let outcomes = place.change(vec![mobile(ZOFIA, None, number("+1 2065550100x12"))]).await;
    let [ChangeOutcome::Failed(DirectoryError::Refused(facts))] = &outcomes[..] else {
        panic!("it was not refused")
    };
    let message = facts.message.as_deref().unwrap();
    assert!(message.starts_with("FAKE_Extension"), "another refusal");
    assert!(!message.contains("2065550100") && !message.contains("0100"), "a number is told");
    assert!(message.contains("It was: +•••"), "hidden");
}
