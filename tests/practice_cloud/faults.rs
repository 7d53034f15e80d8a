//! Faults on demand, and what the control tells.

use crate::authenticator::Making;
use crate::client::{Client, ELIN, read};
use keydesk::practice::cloud::{Effect, Fault, Observed, Order};
use reqwest::Method;
use serde_json::json;

fn fail(method: &str, path: &str, times: u32, effect: Effect) -> Order {
    Order::FailNext(Fault { method: Some(method.into()), path: path.into(), times, effect })
}

#[tokio::test]
async fn throttling_comes_with_or_without_its_wait_and_ends() {
    let client = Client::start().await;
    client.order(fail("GET", "/users", 1, Effect::Status { status: 429, retry_after_s: Some(7) }));
    client.order(fail("GET", "/users", 1, Effect::Status { status: 429, retry_after_s: None }));
    let with = client.get("/v1.0/users").await;
    assert_eq!((with.status.as_u16(), with.code()), (429, "TooManyRequests"));
    assert_eq!(with.headers["retry-after"], "7");
    let without = client.get("/v1.0/users").await;
    assert_eq!(without.status, 429);
    assert!(!without.headers.contains_key("retry-after"));
    assert_eq!(client.get("/v1.0/users").await.status, 200);
}

#[tokio::test]
async fn a_fault_meets_only_the_calls_it_names() {
    let client = Client::start().await;
    client.order(fail(
        "POST",
        "fido2Methods",
        1,
        Effect::Status { status: 503, retry_after_s: None },
    ));
    assert_eq!(client.passkeys(ELIN).await.status, 200);
    let options = client.creation_options(ELIN).await;
    let body = Making::default().body(&options);
    assert_eq!(client.register(ELIN, &body).await.code(), "serviceNotAvailable");
    assert_eq!(client.register(ELIN, &body).await.status, 201, "nothing was done the first time");
}

#[tokio::test]
async fn a_connection_cut_before_does_nothing_and_one_cut_after_has_committed() {
    let client = Client::start().await;
    let path = format!("/v1.0/users/{ELIN}/authentication/fido2Methods");
    for (effect, kept) in [(Effect::CutBefore, 0), (Effect::CutAfter, 1)] {
        client.order(fail("POST", "fido2Methods", 1, effect));
        let options = client.creation_options(ELIN).await;
        let request = client.request(Method::POST, &path).json(&Making::default().body(&options));
        let lost = request.send().await;
        assert!(lost.is_err(), "{effect:?}: {lost:?}");
        assert_eq!(client.passkeys(ELIN).await.values().len(), kept, "{effect:?}");
    }
    let posts = client.control().observed().counts[&format!("POST {path}")];
    assert_eq!(posts, 2);
}

#[tokio::test]
async fn a_garbled_answer_is_not_json_though_the_call_was_done() {
    let client = Client::start().await;
    client.order(fail("POST", "fido2Methods", 1, Effect::Garbage));
    let options = client.creation_options(ELIN).await;
    let path = client.url(&format!("/v1.0/users/{ELIN}/authentication/fido2Methods"));
    let request =
        client.http.post(path).bearer_auth(&client.token).json(&Making::default().body(&options));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201);
    assert!(serde_json::from_slice::<serde_json::Value>(&response.bytes().await.unwrap()).is_err());
    assert_eq!(client.passkeys(ELIN).await.values().len(), 1);
}

#[tokio::test]
async fn a_delayed_answer_outlasts_an_impatient_client_and_all_faults_can_be_ended() {
    let client = Client::start().await;
    client.order(fail("GET", "", 1, Effect::Delay { ms: 600_000 }));
    let impatient =
        client.request(Method::GET, "/v1.0/users").timeout(std::time::Duration::from_millis(100));
    assert!(impatient.send().await.unwrap_err().is_timeout());
    client.order(Order::Latency { ms: 600_000 });
    client.order(fail("GET", "", 5, Effect::Status { status: 500, retry_after_s: None }));
    client.order(Order::EndFaults);
    assert_eq!(client.get("/v1.0/users").await.status, 200);
}

#[tokio::test]
async fn another_process_gives_orders_and_reads_what_was_received() {
    let client = Client::start().await;
    let orders = json!([
        {"order": "fail_next", "method": "GET", "path": "/users", "times": 1,
            "effect": {"kind": "status", "status": 429, "retry_after_s": 1}},
        {"order": "remove_permission", "permission": "Policy.Read.All"},
        {"order": "policy", "self_service": false},
    ]);
    let post = |body: serde_json::Value| client.http.post(client.url("/_control")).json(&body);
    assert_eq!(read(post(orders)).await.status, 204);
    assert_eq!(client.get("/v1.0/users").await.status, 429);
    let request =
        client.request(Method::GET, "/v1.0/users?$top=2").header("client-request-id", "abc");
    let answer = read(request).await;
    assert_eq!(answer.headers["client-request-id"], "abc");
    assert!(answer.headers.contains_key("request-id"));

    assert_eq!(read(post(json!({"order": "make_coffee"}))).await.status, 400);
    let told = read(client.http.get(client.url("/_control"))).await;
    let told: Observed = serde_json::from_value(told.body).unwrap();
    let last = told.received.last().unwrap();
    assert_eq!(
        (last.method.as_str(), last.path.as_str(), last.status),
        ("GET", "/v1.0/users", 200)
    );
    assert_eq!(last.query, [("$top".to_owned(), "2".to_owned())]);
    assert_eq!(last.client_request_id.as_deref(), Some("abc"));
    assert_eq!((told.counts["GET /v1.0/users"], told.tokens_issued), (2, 1));
    assert!(!told.permissions.contains(&"Policy.Read.All".to_owned()));
}

#[tokio::test]
async fn a_web_page_can_not_give_orders() {
    let client = Client::start().await;
    let request =
        client.http.post(client.url("/_control")).header("origin", "https://evil.example");
    assert_eq!(read(request.json(&json!({"order": "expire_tokens"}))).await.status, 403);
    assert_eq!(client.get("/v1.0/users").await.status, 200);
}

#[tokio::test]
async fn neither_secret_nor_token_is_told() {
    let client = Client::start().await;
    client.get("/v1.0/users").await;
    let told = serde_json::to_string(&client.control().observed()).unwrap();
    assert!(!told.contains(client.connection().secret.expose()));
    assert!(!told.contains(&client.token));
}

#[tokio::test]
async fn an_ended_cloud_answers_no_more() {
    let client = Client::start().await;
    let url = client.url("/v1.0/users");
    client.cloud.shutdown().await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(http.get(url).send().await.unwrap_err().is_connect());
}
