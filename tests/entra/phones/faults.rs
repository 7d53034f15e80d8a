//! Changes while the service is busy, slow, or loses answers: none is lost, none is written twice,
//! and none overwrites what another program wrote.

use super::{ELIN, Place, ZOFIA, change, changed, fresh, hasty, in_places, mobile, number};
use crate::limits;
use keydesk::directory::entra::Limits;
use keydesk::directory::{ChangeOutcome, DirectoryError, PhoneChange};
use keydesk::phones::{NumberText, PhoneKind};
use keydesk::practice::cloud::{Effect, HeldNumber, Order, Share};
use keydesk::practice::company::people;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;

fn share(path: &str, throttled_percent: u8, failed_percent: u8, seed: u64) -> Share {
    let (path, retry_after_s) = (path.into(), Some(0));
    Share { path, throttled_percent, failed_percent, retry_after_s, seed }
}

/// For everybody of the crowd another number, the first or not.
fn for_all(count: usize) -> Vec<PhoneChange> {
    in_places((0..count).map(|n| {
        let before = number(&format!("+46 70{}", 7_000_000 + n));
        let before = before.filter(|_| n % 10 < 6);
        mobile(&format!("crowd{n:06}@larkfield.example"), before, fresh(n))
    }))
}

fn all_are_written(place: &Place, changes: &[PhoneChange], outcomes: &[ChangeOutcome]) {
    for (change, outcome) in changes.iter().zip(outcomes) {
        assert_eq!(*outcome, ChangeOutcome::Written, "{}", change.person.0);
        assert!(place.is(&change.person.0, PhoneKind::Mobile, change.after.as_ref()));
    }
    let writes = place.writes();
    assert_eq!(writes.len(), changes.len());
    let twice: Vec<_> = writes.iter().filter(|(_, writes)| **writes != 1).collect();
    assert!(twice.is_empty(), "written more than once: {twice:?}");
}

#[tokio::test]
async fn five_hundred_are_written_once_each_though_requests_fail_before_and_after_their_effect() {
    let place = Place::with(500).await;
    place.order(Order::FailShare(share("/users", 5, 5, 3)));
    place.order(Order::LoseShare(share("/users", 0, 5, 4)));
    let changes = for_all(500);
    let outcomes = place.change(changes.clone()).await;
    all_are_written(&place, &changes, &outcomes);
    let statuses = place.control().observed().statuses;
    let met: u64 = statuses.iter().filter(|(status, _)| **status >= 429).map(|(_, n)| n).sum();
    assert!(met > 150, "{met}");
}

#[tokio::test]
async fn whole_batches_that_are_cut_before_or_after_their_effect_write_once() {
    for effect in [
        Effect::CutAfter,
        Effect::CutBefore,
        Effect::Garbage,
        Effect::Status { status: 502, retry_after_s: None },
        Effect::Status { status: 429, retry_after_s: Some(0) },
        Effect::Status { status: 503, retry_after_s: Some(0) },
    ] {
        let place = Place::with(200).await;
        let changes = for_all(200);
        // The first ten batches only look.
        let (first, rest) = changes.split_at(20);
        all_are_written(&place, first, &place.change(first.to_vec()).await);
        place.fail("POST", "$batch", 6, effect);
        let outcomes = change(&place.entra, in_places(rest.to_vec())).await;
        assert!(outcomes.iter().all(|outcome| *outcome == ChangeOutcome::Written), "{effect:?}");
        let twice = place.writes().into_values().filter(|writes| *writes != 1).count();
        assert_eq!(twice, 0, "{effect:?}");
    }
}

#[tokio::test]
async fn a_share_of_whole_batches_is_lost_after_its_effect_and_nothing_is_written_twice() {
    for order in
        [Order::LoseShare(share("$batch", 0, 30, 9)), Order::FailShare(share("$batch", 15, 15, 9))]
    {
        let place = Place::with(200).await;
        place.order(order);
        let changes = for_all(200);
        let outcomes = place.change(changes.clone()).await;
        all_are_written(&place, &changes, &outcomes);
    }
}

/// Three batches are one change: a look, a write, a look.
#[tokio::test]
async fn a_write_whose_answer_is_lost_is_looked_for_and_not_sent_again() {
    let place = Place::start().await;
    place.fail("POST", "/authentication/phoneMethods", 1, Effect::CutAfter);
    assert_eq!(place.change(vec![mobile(ZOFIA, None, fresh(1))]).await, [ChangeOutcome::Written]);
    let counts = place.control().observed().counts;
    let sent = |method: &str| {
        let path = format!("{method} /v1.0/users/zofia.krol%40larkfield.example/authentication");
        counts.iter().filter(|(name, _)| name.starts_with(&path)).map(|(_, n)| n).sum::<u64>()
    };
    assert_eq!((sent("POST"), sent("GET")), (1, 2));

    let place = Place::start().await;
    place.fail("POST", "/authentication/phoneMethods", 1, Effect::CutBefore);
    assert_eq!(place.change(vec![mobile(ZOFIA, None, fresh(1))]).await, [ChangeOutcome::Written]);
    assert_eq!(place.writes()[ZOFIA], 1);
}

#[tokio::test]
async fn what_another_writes_while_a_write_waits_is_not_overwritten() {
    let place = Place::start().await;
    let elin = people().into_iter().find(|one| one.upn == ELIN).unwrap();
    let before = number(&elin.mobile.unwrap());
    let wait = Effect::Status { status: 429, retry_after_s: Some(1) };
    place.fail("PATCH", "phoneMethods", 1, wait);
    let theirs = "+46 701740677";
    let control = place.control();
    let meddle = async {
        while !control.observed().received.iter().any(|call| call.status == 429) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (person, kind) = (ELIN.into(), PhoneKind::Mobile);
        control.order(Order::SetPhone { person, kind, number: Some(HeldNumber::new(theirs)) });
    };
    let changes = vec![mobile(ELIN, before, fresh(1))];
    let (outcomes, ()) = tokio::join!(place.change(changes), meddle);
    let now = Some(NumberText::new(theirs));
    assert_eq!(outcomes, [ChangeOutcome::ChangedMeanwhile { now }]);
    assert_eq!(place.writes()[ELIN], 0);
}

#[tokio::test]
async fn a_list_that_lags_is_waited_for_and_one_that_never_follows_is_told() {
    let place = Place::start().await;
    let patient = Limits { backoff_base: Duration::from_millis(800), ..limits() };
    place.order(Order::ListingDelay { ms: 400 });
    let changes = vec![mobile(ZOFIA, None, fresh(1))];
    assert_eq!(change(&place.within(patient), changes).await, [ChangeOutcome::Written]);
    place.order(Order::ListingDelay { ms: 3_600_000 });
    let freja = "freja.holm@larkfield.example";
    let changes = vec![mobile(freja, None, fresh(2))];
    let outcomes = change(&place.within(hasty()), changes).await;
    assert_eq!(outcomes, [ChangeOutcome::NotTaken { now: None }]);
    assert_eq!(place.writes()[freja], 1);
}

#[tokio::test]
async fn what_was_perhaps_written_and_never_shows_is_unsure() {
    let place = Place::start().await;
    place.order(Order::ListingDelay { ms: 3_600_000 });
    place.fail("POST", "/authentication/phoneMethods", 1, Effect::CutAfter);
    // The look before the write succeeds.
    place.fail("GET", "/authentication/phoneMethods", 1, Effect::Delay { ms: 0 });
    place.fail(
        "GET",
        "/authentication/phoneMethods",
        u32::MAX,
        Effect::Status { status: 403, retry_after_s: None },
    );
    let outcomes = change(&place.within(hasty()), vec![mobile(ZOFIA, None, fresh(1))]).await;
    assert!(
        matches!(outcomes[..], [ChangeOutcome::Unsure(DirectoryError::Forbidden(_))]),
        "{outcomes:?}"
    );
    assert!(place.is(ZOFIA, PhoneKind::Mobile, fresh(1).as_ref()));
}

#[tokio::test]
async fn a_service_that_stays_busy_leaves_nothing_written() {
    let place = Place::start().await;
    place.order(Order::WriteQuota { writes: 1, per_s: 100_000 });
    let changes = in_places([
        mobile(ZOFIA, None, fresh(1)),
        mobile("freja.holm@larkfield.example", None, fresh(2)),
    ]);
    let outcomes = place.change(changes).await;
    let written = outcomes.iter().filter(|one| **one == ChangeOutcome::Written).count();
    let busy = |one: &&ChangeOutcome| {
        matches!(one, ChangeOutcome::Failed(DirectoryError::Throttled { .. }))
    };
    assert_eq!((written, outcomes.iter().filter(busy).count()), (1, 1), "{outcomes:?}");
    assert_eq!(place.writes().values().sum::<u32>(), 1);
}

#[tokio::test]
async fn all_are_written_as_fast_as_the_quota_lets_them() {
    let place = Place::with(150).await;
    place.order(Order::WriteQuota { writes: 60, per_s: 1 });
    let changes = for_all(150);
    let outcomes = place.change(changes.clone()).await;
    all_are_written(&place, &changes, &outcomes);
}

#[tokio::test]
async fn a_token_that_ends_in_mid_run_is_replaced_and_nothing_is_written_twice() {
    let place = Place::with(100).await;
    place.fail("PATCH", "", 3, Effect::Status { status: 401, retry_after_s: None });
    place.fail("POST", "/users", 3, Effect::Status { status: 401, retry_after_s: None });
    let changes = for_all(100);
    let outcomes = place.change(changes.clone()).await;
    all_are_written(&place, &changes, &outcomes);
}

#[tokio::test]
async fn what_was_left_in_the_middle_is_taken_up_by_the_same_changes() {
    let place = Place::with(300).await;
    let changes = for_all(300);
    let (to, mut from) = mpsc::channel(1);
    let phones: &dyn keydesk::directory::PhoneDirectory = &place.entra;
    let leave = async {
        for _ in 0..40 {
            assert!(from.recv().await.is_some());
        }
        drop(from);
    };
    let (ended, ()) = tokio::join!(phones.change_phones(changes.clone(), to), leave);
    ended.unwrap();
    let (came, ended) = changed(&place.entra, changes.clone()).await;
    ended.unwrap();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for one in &came {
        let kind = match one.outcome {
            ChangeOutcome::Written => "written",
            ChangeOutcome::AlreadySo => "already",
            _ => "other",
        };
        *seen.entry(kind).or_default() += 1;
    }
    assert_eq!((came.len(), seen.get("other")), (300, None));
    assert!(seen["already"] >= 40, "{seen:?}");
    assert!(place.writes().values().all(|writes| *writes == 1));
}
