//! What was sent and can't be read is unsure, in this call and in the next; a service that is not
//! there fails nobody.

use super::{Place, ZOFIA, change, changed, fresh, hasty, in_places, mobile};
use keydesk::directory::{ChangeOutcome, PhoneChange};
use keydesk::phones::PhoneKind;
use keydesk::practice::cloud::{Effect, Order};

const FREJA: &str = "freja.holm@larkfield.example";
const PHONES: &str = "/authentication/phoneMethods";

fn status(status: u16) -> Effect {
    Effect::Status { status, retry_after_s: None }
}

fn kind(outcome: &ChangeOutcome) -> &'static str {
    match outcome {
        ChangeOutcome::Written => "written",
        ChangeOutcome::AlreadySo => "already so",
        ChangeOutcome::Failed(_) => "failed",
        ChangeOutcome::Unsure(_) => "unsure",
        _ => "other",
    }
}

#[tokio::test]
async fn what_was_taken_stays_unsure_until_a_look_tells_it() {
    for blind in [403, 404, 503] {
        let place = Place::start().await;
        let entra = place.within(hasty());
        // The look before the write succeeds.
        place.fail("GET", PHONES, 1, Effect::Delay { ms: 0 });
        place.fail("GET", PHONES, u32::MAX, status(blind));
        let first = mobile(ZOFIA, None, fresh(1));
        let again = PhoneChange { perhaps: true, ..first.clone() };
        let kinds = async |one: &PhoneChange| {
            change(&entra, vec![one.clone()]).await.iter().map(kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&first).await, ["unsure"], "{blind}");
        assert!(place.is(ZOFIA, PhoneKind::Mobile, fresh(1).as_ref()));
        assert_eq!(kinds(&again).await, ["unsure"], "{blind}");
        place.order(Order::EndFaults);
        assert_eq!(kinds(&again).await, ["already so"], "{blind}");
        assert_eq!(place.writes()[ZOFIA], 1);
    }
}

#[tokio::test]
async fn what_was_perhaps_sent_and_is_not_there_is_written_once() {
    let place = Place::start().await;
    let again = PhoneChange { perhaps: true, ..mobile(ZOFIA, None, fresh(1)) };
    assert_eq!(place.change(vec![again]).await, [ChangeOutcome::Written]);
    assert_eq!(place.writes()[ZOFIA], 1);
}

#[tokio::test]
async fn a_service_that_is_down_ends_the_call_and_fails_nobody() {
    for (path, method, effect) in [
        ("$batch", "POST", Effect::CutBefore),
        ("$batch", "POST", Effect::Garbage),
        ("$batch", "POST", status(503)),
        (PHONES, "GET", status(503)),
    ] {
        let place = Place::start().await;
        place.fail(method, path, u32::MAX, effect);
        let changes = in_places([mobile(ZOFIA, None, fresh(1)), mobile(FREJA, None, fresh(2))]);
        let (came, ended) = changed(&place.within(hasty()), changes).await;
        assert!(ended.is_err(), "{path} {effect:?}");
        assert!(came.is_empty(), "{path} {effect:?}: {came:?}");
        assert_eq!(place.writes().values().sum::<u32>(), 0);
    }
}

#[tokio::test]
async fn what_was_sent_before_is_unsure_while_the_service_is_down() {
    let place = Place::start().await;
    place.fail("POST", "$batch", u32::MAX, Effect::CutBefore);
    let again = PhoneChange { perhaps: true, ..mobile(ZOFIA, None, fresh(1)) };
    let outcomes = change(&place.within(hasty()), vec![again]).await;
    assert_eq!(kind(&outcomes[0]), "unsure");
}
