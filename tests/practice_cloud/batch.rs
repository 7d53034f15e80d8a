//! Several requests in one, challenges that live longer, a share of calls that fails, and a crowd.

use crate::client::{Answer, Client, ELIN, ROWAN};
use keydesk::practice::cloud::{CloudOptions, Effect, Fault, Order, Share};
use keydesk::practice::company::crowd_group;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashSet;

const OPTIONS: &str = "authentication/fido2Methods/creationOptions";

fn get(id: usize, url: &str) -> Value {
    json!({"id": id.to_string(), "method": "GET", "url": url})
}

async fn batch(client: &Client, version: &str, requests: Vec<Value>) -> Answer {
    client.post(&format!("/{version}/$batch"), &json!({ "requests": requests })).await
}

/// The answer with this id.
fn inner<'a>(answer: &'a Answer, id: &str) -> &'a Value {
    let responses = answer.body["responses"].as_array().unwrap();
    responses.iter().find(|response| response["id"] == id).unwrap()
}

fn order_of(answer: &Answer) -> Vec<String> {
    let responses = answer.body["responses"].as_array().unwrap();
    responses.iter().map(|response| response["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_request_has_its_own_answer_in_no_order() {
    let client = Client::start().await;
    let requests = || {
        let mut requests: Vec<Value> =
            (0..17).map(|id| get(id, &format!("/users/{ELIN}?$select=displayName"))).collect();
        requests.push(get(17, "users/nobody@larkfield.example"));
        requests.push(get(18, &format!("/users/{ELIN}/photo/$value")));
        requests.push(get(19, "/groups?$filter=displayName eq 'x"));
        requests
    };
    let mut orders = HashSet::new();
    for _ in 0..5 {
        let answer = batch(&client, "v1.0", requests()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(inner(&answer, "3")["body"]["displayName"], "Elin Bergström");
        assert_eq!(inner(&answer, "17")["status"], 404);
        assert_eq!(inner(&answer, "17")["body"]["error"]["code"], "Request_ResourceNotFound");
        assert_eq!(inner(&answer, "18")["headers"]["Content-Type"], "image/jpeg");
        assert!(inner(&answer, "18")["body"].as_str().unwrap().starts_with("/9j/"));
        assert_eq!(inner(&answer, "19")["status"], 400);
        let order = order_of(&answer);
        assert_eq!(order.iter().collect::<HashSet<_>>().len(), 20);
        orders.insert(order);
    }
    assert!(orders.len() > 1, "the order is shuffled");
}

#[tokio::test]
async fn a_batch_that_is_none_is_refused_as_a_whole() {
    let client = Client::start().await;
    let users = |count: usize| (0..count).map(|id| get(id, "/organization")).collect();
    assert_eq!(batch(&client, "beta", users(20)).await.status, 200);
    for bad in [users(21), users(0), vec![get(1, "/organization"), get(1, "/organization")]] {
        assert_eq!(batch(&client, "v1.0", bad).await.status, 400);
    }
    assert_eq!(client.post("/v1.0/$batch", &json!({"requests": "all"})).await.status, 400);
    assert_eq!(client.get("/v1.0/$batch").await.status, 405);
    let bare = client.http.post(client.url("/v1.0/$batch")).json(&json!({"requests": []}));
    assert_eq!(bare.send().await.unwrap().status(), 401);
    let nested = batch(&client, "v1.0", vec![get(0, "/$batch")]).await;
    assert_eq!(inner(&nested, "0")["status"], 400);
}

#[tokio::test]
async fn a_request_waits_for_those_it_depends_on_and_a_body_needs_its_type() {
    let client = Client::start().await;
    let after = |id: &str, on: &str| json!({"id": id, "method": "GET", "url": "/organization", "dependsOn": [on]});
    let untyped = json!({"id": "5", "method": "POST", "body": {}, "url": format!("/users/{ELIN}/authentication/fido2Methods")});
    let mut typed = untyped.clone();
    typed["id"] = json!("6");
    typed["headers"] = json!({"Content-Type": "application/json"});
    let requests = vec![
        get(1, "/organization"),
        after("2", "1"),
        get(3, "/users/nobody"),
        after("4", "3"),
        untyped,
        typed,
    ];
    let answer = batch(&client, "v1.0", requests).await;
    let status = |id: &str| inner(&answer, id)["status"].as_u64().unwrap();
    assert_eq!([status("1"), status("2"), status("3"), status("4")], [200, 200, 404, 424]);
    let text = |id: &str| inner(&answer, id)["body"]["error"]["message"].to_string();
    assert!(text("5").contains("Content-Type"), "{}", text("5"));
    assert!(status("6") == 400 && !text("6").contains("Content-Type"), "{}", text("6"));
}

#[tokio::test]
async fn a_fault_meets_one_inside_and_each_is_counted_by_itself() {
    let client = Client::start().await;
    let path = format!("{ROWAN}/{OPTIONS}");
    client.order(Order::FailNext(Fault {
        method: None,
        path,
        times: 1,
        effect: Effect::Status { status: 429, retry_after_s: Some(7) },
    }));
    let both = || vec![ELIN, ROWAN].into_iter().enumerate();
    let both = || both().map(|(at, who)| get(at, &format!("/users/{who}/{OPTIONS}"))).collect();
    let first = batch(&client, "v1.0", both()).await;
    assert_eq!(first.status, 200, "the outer answer says nothing");
    assert_eq!(inner(&first, "0")["status"], 200);
    assert_eq!(inner(&first, "1")["status"], 429);
    assert_eq!(inner(&first, "1")["headers"]["Retry-After"], "7");
    assert!(!first.headers.contains_key("retry-after"));
    assert_eq!(inner(&batch(&client, "v1.0", both()).await, "1")["status"], 200);
    let seen = client.control().observed();
    assert_eq!(seen.counts[&format!("GET /v1.0/users/{ROWAN}/{OPTIONS}")], 2);
    assert_eq!(seen.counts["POST /v1.0/$batch"], 2);
    assert_eq!(seen.statuses[&429], 1);
}

#[tokio::test]
async fn beta_takes_the_lifetime_in_three_forms_within_its_range() {
    let client = Client::start().await;
    let now = client.get("/v1.0/organization").await.headers["date"].to_str().unwrap().to_owned();
    let now = jiff::fmt::rfc2822::parse(&now).unwrap().timestamp();
    for (form, minutes) in [
        ("", 5),
        ("(challengeTimeoutInMinutes=60)", 60),
        ("?challengeTimeoutInMinutes=60", 60),
        ("()", 5),
        ("(challengeTimeoutInMinutes=5)", 5),
        ("(challengeTimeoutInMinutes=43200)", 43_200),
    ] {
        let alone = client.get(&format!("/beta/users/{ELIN}/{OPTIONS}{form}")).await;
        let inside = get(0, &format!("/users/{ELIN}/{OPTIONS}{form}"));
        let inside = batch(&client, "beta", vec![inside]).await;
        for body in [&alone.body, &inner(&inside, "0")["body"]] {
            let ends = body["challengeTimeoutDateTime"].as_str().unwrap_or_default();
            let ends: jiff::Timestamp = ends.parse().unwrap_or_else(|_| panic!("{form}: {body}"));
            let lives = ends.as_second() - now.as_second();
            assert!((minutes * 60..minutes * 60 + 60).contains(&lives), "{form}: {lives} s");
        }
    }
    for bad in ["4", "43201", "0", "-5", "soon", "99999999999"] {
        for form in [
            format!("(challengeTimeoutInMinutes={bad})"),
            format!("?challengeTimeoutInMinutes={bad}"),
        ] {
            let refused = client.get(&format!("/beta/users/{ELIN}/{OPTIONS}{form}")).await;
            assert_eq!(refused.status, 400, "{form}");
        }
    }
    let older =
        client.get(&format!("/v1.0/users/{ELIN}/{OPTIONS}(challengeTimeoutInMinutes=60)")).await;
    assert_eq!(older.status, 400, "v1.0 knows no lifetime");
}

#[tokio::test]
async fn a_share_of_calls_fails_the_same_ones_in_every_run() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let client = Client::with(CloudOptions { crowd: 40, ..CloudOptions::default() }).await;
        client.order(Order::FailShare(Share {
            path: OPTIONS.into(),
            throttled_percent: 20,
            failed_percent: 20,
            retry_after_s: Some(3),
            seed: 11,
        }));
        let mut statuses = Vec::new();
        for person in 0..40 {
            let path = format!("/v1.0/users/crowd{person:06}@larkfield.example/{OPTIONS}");
            let answer = client.get(&path).await;
            if answer.status == 429 {
                assert_eq!(answer.headers["retry-after"], "3");
            }
            statuses.push(answer.status.as_u16());
        }
        client.order(Order::EndFaults);
        assert_eq!(client.get(&format!("/v1.0/users/{ELIN}/{OPTIONS}")).await.status, 200);
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].contains(&200) && runs[0].contains(&429));
    assert!(runs[0].iter().any(|status| *status >= 500));
}

#[tokio::test]
async fn a_crowd_is_in_one_group_and_is_read_page_by_page() {
    let client = Client::with(CloudOptions { crowd: 2100, ..CloudOptions::default() }).await;
    let group = crowd_group();
    let path = format!(
        "/v1.0/groups/{group}/members/microsoft.graph.user?$select=id,userPrincipalName&$top=999&$count=true"
    );
    let (mut next, mut sizes, mut people) = (Some(client.url(&path)), Vec::new(), HashSet::new());
    while let Some(url) = next {
        let request = client.http.request(Method::GET, &url).bearer_auth(&client.token);
        let page = crate::client::read(request.header("ConsistencyLevel", "eventual")).await;
        sizes.push(page.values().len());
        people.extend(page.texts("userPrincipalName").into_iter().map(str::to_owned));
        next = page.body["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!((sizes.as_slice(), people.len()), (&[999, 999, 102][..], 2100));
    let default = client.get(&format!("/v1.0/groups/{group}/members?$select=id")).await;
    assert_eq!(default.values().len(), 100, "the usual page");
    let none = Client::start().await;
    assert_eq!(none.get(&format!("/v1.0/groups/{group}")).await.status, 404);
}

#[tokio::test]
async fn people_are_filtered_by_mail_and_employee_id_as_far_as_those_may_be_read() {
    let client = Client::start().await;
    let find = |filter: &str| {
        get(0, &format!("/users?$filter={}&$select=userPrincipalName", filter.replace(' ', "%20")))
    };
    let found = async |filter: &str| {
        let answer = batch(&client, "v1.0", vec![find(filter)]).await;
        let found = inner(&answer, "0")["body"]["value"].as_array().unwrap().clone();
        let name = |one: &Value| one["userPrincipalName"].as_str().unwrap().to_owned();
        found.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(found("mail eq 'Elin.BERGSTROM@larkfield.example'").await, [ELIN]);
    assert_eq!(found("employeeId eq '104882'").await, [ELIN]);
    let guest = found("mail eq 'hanna.vester@partner.example'").await;
    assert!(guest[0].contains("%23EXT%23") || guest[0].contains("#EXT#"), "{guest:?}");
    assert!(found("mail eq 'elin'").await.is_empty());
    let both = "mail eq 'elin.bergstrom@larkfield.example' and employeeId eq '104883'";
    assert!(found(both).await.is_empty());
    client.order(Order::RemovePermission { permission: "User.Read.All".into() });
    client.order(Order::GrantPermission { permission: "User.ReadBasic.All".into() });
    assert_eq!(found("mail eq 'elin.bergstrom@larkfield.example'").await, [ELIN]);
    assert!(found("employeeId eq '104882'").await.is_empty(), "it is hidden, so nobody has it");
}
