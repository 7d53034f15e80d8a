//! Throttling, failing and silent services, dead lines, garbage.

use crate::service::{Service, error, ok, reply};
use crate::{entra, entra_with, limits, secret};
use futures_util::future::join_all;
use keydesk::directory::entra::Limits;
use keydesk::directory::{Directory, DirectoryError, PersonId};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

fn ann() -> PersonId {
    PersonId("ann".into())
}

#[tokio::test]
async fn throttling_is_waited_out_as_long_as_the_service_says() {
    let service = Service::start(|seen| match seen.earlier {
        0 => error(429, "TooManyRequests").with("retry-after", "1"),
        _ => ok(json!({"value": []})),
    })
    .await;
    let start = Instant::now();
    entra(&service.base).passkeys(&ann()).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "the service's wait was cut short");
    assert_eq!(service.calls().len(), 2);
}

#[tokio::test]
async fn when_one_call_is_asked_to_wait_all_wait() {
    let service = Service::start(|seen| match seen.earlier {
        0 if seen.path.contains("/ann/") => error(429, "TooManyRequests").with("retry-after", "1"),
        _ => ok(json!({"value": []})),
    })
    .await;
    let entra = Arc::new(entra(&service.base));
    let mut pauses = entra.pauses();
    assert_eq!(*pauses.borrow_and_update(), None);
    let first = tokio::spawn({
        let entra = Arc::clone(&entra);
        async move { entra.passkeys(&ann()).await }
    });
    pauses.changed().await.unwrap();
    let until = pauses.borrow_and_update().expect("the time to resume");
    let other = tokio::spawn({
        let entra = Arc::clone(&entra);
        async move { entra.passkeys(&PersonId("ben".into())).await }
    });
    while Instant::now() < until {
        let sent = service.calls().len();
        // The clock may have passed the end between the two lines.
        assert!(sent == 1 || Instant::now() >= until, "a call did not wait");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    first.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
    assert_eq!(service.calls().len(), 3);
}

#[tokio::test]
async fn throttling_and_failures_without_a_wait_are_backed_off_from() {
    for status in [429, 500, 502, 503, 504] {
        let service = Service::start(move |seen| match seen.earlier {
            0 | 1 => error(status, "x"),
            _ => ok(json!({"value": []})),
        })
        .await;
        entra(&service.base).passkeys(&ann()).await.unwrap();
        assert_eq!(service.calls().len(), 3, "{status}");
    }
}

#[tokio::test]
async fn throttling_beyond_patience_says_when_to_resume() {
    let service =
        Service::start(|_| error(429, "TooManyRequests").with("retry-after", "600")).await;
    let entra = entra(&service.base);
    let throttled = entra.passkeys(&ann()).await.unwrap_err();
    let DirectoryError::Throttled { resume_in, facts } = throttled else { panic!("{throttled:?}") };
    assert_eq!(resume_in, Duration::from_secs(600));
    assert_eq!(facts.code.as_deref(), Some("TooManyRequests"));
    let again = entra.passkeys(&ann()).await.unwrap_err();
    assert!(matches!(again, DirectoryError::Throttled { resume_in, .. } if !resume_in.is_zero()));
    assert_eq!(service.calls().len(), 1, "nothing is sent before the time to resume");
}

#[tokio::test]
async fn a_service_that_keeps_failing_is_given_up_with_its_facts() {
    let service = Service::start(|_| error(500, "generalException")).await;
    let failed = entra(&service.base).passkeys(&ann()).await.unwrap_err();
    let DirectoryError::Unavailable(facts) = failed else { panic!("{failed:?}") };
    assert_eq!((facts.status, facts.request_id.as_deref()), (Some(500), Some("req-1")));
    assert_eq!(service.calls().len(), limits().tries as usize);
}

#[tokio::test]
async fn a_failing_token_endpoint_is_waited_for_as_well() {
    let service = Service::start_whole(|seen| match (seen.is_token(), seen.earlier) {
        (true, 0) => reply(503, ""),
        (true, _) => crate::service::grant(seen, 3599),
        _ => ok(json!({"value": []})),
    })
    .await;
    entra(&service.base).passkeys(&ann()).await.unwrap();
    assert_eq!(service.tokens(), 2);
}

#[tokio::test]
async fn a_silent_service_ends_at_the_deadline() {
    let service = Service::start(|_| ok(json!({})).after(Duration::from_secs(600))).await;
    let limits = Limits { answer: Duration::from_millis(200), ..limits() };
    let entra = entra_with(&service.base, secret(), limits);
    let ann = ann();
    let ended = tokio::time::timeout(Duration::from_secs(20), entra.passkeys(&ann)).await;
    let failed = ended.expect("a deadline ends the call").unwrap_err();
    let DirectoryError::Unavailable(facts) = failed else { panic!("{failed:?}") };
    assert!(facts.message.unwrap().contains("0.2 s"));
    assert_eq!(service.calls().len(), 2);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let failed = entra(&base).passkeys(&ann()).await.unwrap_err();
    assert!(matches!(failed, DirectoryError::Unreachable { .. }), "{failed:?}");
}

#[tokio::test]
async fn localhost_is_this_computer_under_either_address() {
    let service = Service::start(|_| ok(json!({"value": []}))).await;
    let base = service.base.replace("127.0.0.1", "localhost");
    entra(&base).passkeys(&ann()).await.unwrap();
}

#[tokio::test]
async fn garbage_is_told_as_such_and_never_shown() {
    for body in [
        "",
        "<html>hunter2</html>",
        "[]",
        r#"{"value":"hunter2"}"#,
        r#"{"value":[{"id":7}]}"#,
        "{\"value\":[",
    ] {
        let service = Service::start(move |_| reply(200, body)).await;
        let failed = entra(&service.base).passkeys(&ann()).await.unwrap_err();
        assert!(matches!(failed, DirectoryError::Garbled { .. }), "{body}: {failed:?}");
        assert!(!format!("{failed:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let service = Service::start(|_| reply(200, vec![b' '; 17 * 1024 * 1024])).await;
    let failed = entra(&service.base).passkeys(&ann()).await.unwrap_err();
    assert!(matches!(failed, DirectoryError::Unavailable(_)), "{failed:?}");
}

#[tokio::test]
async fn at_most_four_requests_run_at_once() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, peak) = (Arc::clone(&now), Arc::clone(&most));
    let service = Service::start(move |_| {
        peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let running = Arc::clone(&running);
        // Counted down while the client still waits for this very answer.
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            running.fetch_sub(1, Ordering::SeqCst);
        });
        ok(json!({"value": []})).after(Duration::from_millis(100))
    })
    .await;
    let entra = entra(&service.base);
    let ann = ann();
    let results = join_all((0..12).map(|_| entra.passkeys(&ann))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(most.load(Ordering::SeqCst), 4);
}
