//! Groups and their people, and challenges of many people ahead of time.

use crate::service::{Reply, Seen, Service, error, ok};
use crate::{entra, limits};
use keydesk::directory::entra::{Credential, Entra, EntraConfig};
use keydesk::directory::{
    Begun, Directory, DirectoryError, Ended, GroupKind, Lifetime, PersonId, Reach, Tally,
};
use keydesk::practice::cloud::{Cloud, CloudOptions, Effect, Fault, Order, Share};
use keydesk::practice::company::crowd_group;
use keydesk::problem::Explain;
use keydesk::secrets::SecretText;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

pub async fn cloud(crowd: usize) -> (Cloud, Entra) {
    let cloud = Cloud::start(CloudOptions { crowd, ..CloudOptions::default() }).await.unwrap();
    let secret = SecretText::new(cloud.connection().secret.expose());
    let entra = of_cloud(&cloud, secret);
    (cloud, entra)
}

pub fn of_cloud(cloud: &Cloud, secret: SecretText) -> Entra {
    let there = cloud.connection();
    let base = there.base_url;
    let secret = Credential::Secret(secret);
    let config = EntraConfig::new(base.clone(), base, there.domain, there.client_id, secret);
    Entra::new(EntraConfig { limits: limits(), ..config }).unwrap()
}

pub async fn crowd(entra: &Entra) -> Vec<PersonId> {
    let members = entra.members(&crowd_group().to_string(), Reach::Direct).await.unwrap();
    members.people.into_iter().map(|person| person.id).collect()
}

/// Everything that came, and how it ended.
pub async fn begin(
    entra: &Entra,
    people: Vec<PersonId>,
) -> (Vec<Begun>, Result<Tally, DirectoryError>) {
    let (to, mut from) = mpsc::channel(4);
    let lifetime = Lifetime::from_minutes(60).unwrap();
    let receive = async {
        let mut came = Vec::new();
        while let Some(begun) = from.recv().await {
            came.push(begun);
        }
        came
    };
    let (tally, came) = tokio::join!(entra.begin_many(people, lifetime, to), receive);
    (came, tally)
}

pub fn ids(count: usize) -> Vec<PersonId> {
    (0..count).map(|n| PersonId(format!("p{n}"))).collect()
}

/// Creation options that can be used.
fn options(person: &str) -> Value {
    json!({"challengeTimeoutDateTime": "2030-01-01T00:00:00Z", "publicKey": {
        "rp": {"id": "login.microsoft.com", "name": "Microsoft"},
        "user": {"id": "T0Y6", "name": person, "displayName": person},
        "challenge": "ZXlKaGJHY2lPaUpTVTBFdFQwRkZVQzB5TlRZ", "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "timeout": 60000, "excludeCredentials": [], "attestation": "direct",
        "authenticatorSelection": {"requireResidentKey": true, "userVerification": "required"}}})
}

/// Who was asked for in a batch, by the ids of the requests.
fn asked(seen: &Seen) -> Vec<(String, String)> {
    let requests = seen.json()["requests"].as_array().unwrap().clone();
    let person = |url: &str| url.split('/').nth(2).unwrap().to_owned();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    requests.iter().map(|one| (text(&one["id"]), person(&text(&one["url"])))).collect()
}

/// Answers each inside by itself, the last first.
pub fn batch(seen: &Seen, answer: impl Fn(&str) -> Value) -> Reply {
    let responses = asked(seen).into_iter().rev().map(|(id, person)| {
        let mut response = answer(&person);
        response["id"] = json!(id);
        response
    });
    ok(json!({"responses": responses.collect::<Vec<_>>()}))
}

pub fn good(person: &str) -> Value {
    json!({"status": 200, "headers": {}, "body": options(person)})
}

#[tokio::test]
async fn namesakes_come_with_what_tells_them_apart_and_the_exact_name_comes_first() {
    let group = |id: &str, name: &str, text: Value, synced: Value| {
        json!({"id": id, "displayName": name, "description": text, "mail": null, "groupTypes": [],
            "securityEnabled": true, "mailEnabled": false, "onPremisesSyncEnabled": synced})
    };
    let service = Service::start(move |_| {
        ok(json!({"value": [
            group("1", "Key users of Leeds", json!(null), json!(null)),
            group("2", "key users", json!("Old list"), json!(true)),
            group("3", "Key users", json!("This quarter"), json!(null)),
        ]}))
    })
    .await;
    let found = entra(&service.base).groups(" Key users ", 50).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|group| group.id.as_str()).collect();
    assert_eq!(ids, ["2", "3", "1"]);
    assert!(found[0].synced && !found[1].synced);
    assert_eq!(found[1].description.as_deref(), Some("This quarter"));
    assert_eq!(found[0].kind, GroupKind::Security);
    let [call] = &service.calls()[..] else { panic!("one call") };
    assert_eq!(call.option("$search").as_deref(), Some("\"displayName:Key users\""));
    assert_eq!(call.header("consistencylevel"), Some("eventual"));

    let (_cloud, entra) = cloud(0).await;
    let herons = entra.groups("Project Heron", 50).await.unwrap();
    assert_eq!(herons.len(), 2);
    assert_ne!(herons[0].id, herons[1].id);
    assert_eq!(entra.groups("O'Brien's", 50).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_groups_people_are_read_through_all_pages_and_held_groups_when_asked() {
    let (_cloud, entra) = cloud(2100).await;
    assert_eq!(crowd(&entra).await.len(), 2100);
    let staff = &entra.groups("All staff", 5).await.unwrap()[0];
    let direct = entra.members(&staff.id, Reach::Direct).await.unwrap();
    assert_eq!((direct.people.len(), direct.unreadable), (0, 0), "only groups are in it");
    let nested = entra.members(&staff.id, Reach::Nested).await.unwrap();
    assert!(nested.people.len() > 50);
    let first = entra.members_page(&staff.id, Reach::Nested, None).await.unwrap();
    assert_eq!((first.total, first.next), (Some(nested.people.len()), None));
    let unknown = entra.members(&crowd_group().simple().to_string(), Reach::Direct).await;
    assert!(unknown.is_ok(), "{unknown:?}");
    let unknown = entra.members("00000000-0000-0000-0000-000000000001", Reach::Direct).await;
    assert!(matches!(unknown, Err(DirectoryError::NotFound(_))), "{unknown:?}");
}

#[tokio::test]
async fn a_group_whose_last_page_leads_back_to_itself_is_not_read_for_ever() {
    let (cloud, entra) = cloud(2100).await;
    cloud.control().order(Order::EndlessLists { on: true });
    let refused = entra.members(&crowd_group().to_string(), Reach::Direct).await;
    assert!(matches!(&refused, Err(DirectoryError::NotOffered { .. })), "{refused:?}");
    let counts = cloud.control().observed().counts;
    let pages = counts.iter().filter(|(call, _)| call.ends_with("microsoft.graph.user"));
    assert_eq!(pages.map(|(_, count)| count).sum::<u64>(), 3, "a page was read twice");
}

#[tokio::test]
async fn people_without_readable_names_mean_a_permission_that_is_named() {
    let (cloud, entra) = cloud(30).await;
    cloud.control().order(Order::RemovePermission { permission: "User.Read.All".into() });
    let refused = entra.members(&crowd_group().to_string(), Reach::Direct).await.unwrap_err();
    assert!(
        matches!(&refused, DirectoryError::Forbidden(facts) if facts.permission == Some("User.Read.All"))
    );
    assert!(refused.what().contains("User.Read.All"), "{}", refused.what());
}

#[tokio::test]
async fn an_empty_page_is_not_the_end_and_who_cannot_be_read_is_counted() {
    let user = |id: &str, upn: Value| json!({"id": id, "userPrincipalName": upn});
    let service = Service::start(move |seen| {
        let next = format!("http://{}/v1.0/groups/g?page=", seen.header("host").unwrap());
        let seen = seen.query.as_str();
        ok(match seen {
            "page=2" => json!({"value": [], "@odata.nextLink": format!("{next}3")}),
            "page=3" => {
                json!({"value": [user("1", json!("a@l.example")), user("4", json!("d@l.example"))]})
            }
            _ => json!({"@odata.count": 4, "@odata.nextLink": format!("{next}2"), "value": [
                user("1", json!("a@l.example")), user("2", Value::Null), user("3", Value::Null)]}),
        })
    })
    .await;
    let entra = entra(&service.base);
    let members = entra.members("g", Reach::Nested).await.unwrap();
    let ids: Vec<&str> = members.people.iter().map(|person| person.id.0.as_str()).collect();
    assert_eq!((ids.as_slice(), members.unreadable), (&["1", "4"][..], 2));
    let calls = service.calls();
    assert_eq!(calls[0].path, "/v1.0/groups/g/transitiveMembers/microsoft.graph.user");
    assert_eq!(calls[0].option("$top").as_deref(), Some("999"));
    assert!(calls.iter().all(|call| call.header("consistencylevel") == Some("eventual")));
}

#[tokio::test]
async fn the_next_page_at_another_address_gets_no_token() {
    let service = Service::start(|_| {
        ok(json!({"value": [], "@odata.nextLink": "http://127.0.0.1:9/v1.0/groups"}))
    })
    .await;
    let refused = entra(&service.base).members("g", Reach::Direct).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Garbled { .. }), "{refused:?}");
}

#[tokio::test]
async fn everybody_gets_one_challenge_though_many_calls_fail_and_nobody_is_asked_twice_without_need()
 {
    let (cloud, entra) = cloud(210).await;
    let people = crowd(&entra).await;
    cloud.control().order(Order::FailShare(Share {
        path: "creationOptions".into(),
        throttled_percent: 15,
        failed_percent: 15,
        retry_after_s: Some(0),
        seed: 3,
    }));
    let twice = people.iter().chain(&people[..5]).cloned().collect();
    let (came, tally) = begin(&entra, twice).await;
    let tally = tally.unwrap();
    let by_person: HashMap<_, _> = came.iter().map(|begun| (&begun.person, begun)).collect();
    assert_eq!((came.len(), by_person.len()), (210, 210));
    assert!(people.iter().all(|person| by_person[person].options.is_ok()));
    let seen = cloud.control().observed();
    let refused: u64 =
        seen.statuses.iter().filter(|(status, _)| **status >= 429).map(|(_, count)| count).sum();
    assert!(refused > 20, "{refused}");
    assert_eq!(tally.asked as u64, 210 + refused);
    assert_eq!((tally.people, tally.ended), (210, Ended::Complete));
    let posts = &seen.counts["POST /beta/$batch"];
    assert_eq!(tally.batches as u64, *posts);
    let options = came[0].options.as_ref().unwrap();
    let lives = options.expires_at.unwrap().as_second() - jiff::Timestamp::now().as_second();
    assert!((3000..=3600).contains(&lives), "{lives} s");
}

#[tokio::test]
async fn only_who_was_throttled_is_asked_again_and_not_before_the_named_wait() {
    let service = Service::start(|seen| {
        batch(seen, |person| match (person, seen.earlier) {
            ("p3", 0) => json!({"status": 429, "headers": {"Retry-After": "1"}, "body": {}}),
            _ => good(person),
        })
    })
    .await;
    let start = Instant::now();
    let (came, tally) = begin(&entra(&service.base), ids(20)).await;
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!((came.len(), tally.unwrap().asked), (20, 21));
    assert_eq!(came[19].person.0, "p3", "the others did not wait for it");
    let calls = service.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].path, "/beta/$batch");
    assert_eq!(asked(&calls[1]), [("0".to_owned(), "p3".to_owned())]);
    let url = calls[1].json()["requests"][0]["url"].clone();
    assert_eq!(
        url,
        "/users/p3/authentication/fido2Methods/creationOptions(challengeTimeoutInMinutes=60)"
    );
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_garbled_or_incomplete_is_asked_again() {
    for effect in [
        Effect::CutBefore,
        Effect::CutAfter,
        Effect::Garbage,
        Effect::Status { status: 502, retry_after_s: None },
        Effect::Status { status: 429, retry_after_s: Some(0) },
    ] {
        let (cloud, entra) = cloud(25).await;
        let people = crowd(&entra).await;
        let fault = Fault { method: None, path: "$batch".into(), times: 3, effect };
        cloud.control().order(Order::FailNext(fault));
        let (came, tally) = begin(&entra, people).await;
        assert!(tally.is_ok(), "{effect:?}: {tally:?}");
        assert_eq!(came.iter().filter(|begun| begun.options.is_ok()).count(), 25, "{effect:?}");
    }
    let service = Service::start(|seen| match seen.earlier {
        0 => ok(json!({"responses": []})),
        _ => batch(seen, good),
    })
    .await;
    let (came, _) = begin(&entra(&service.base), ids(3)).await;
    assert_eq!(came.len(), 3);
}

#[tokio::test]
async fn what_concerns_one_person_is_told_of_that_person_only() {
    let service = Service::start(|seen| {
        batch(seen, |person| match person {
            "p1" => json!({"status": 404, "body": {"error": {"code": "Request_ResourceNotFound"}}}),
            "p2" => json!({"status": 403, "body": {"error": {"code": "accessDenied"}}}),
            "p3" => json!({"status": 400, "body": {"error": {"code": "badRequest", "message": "A guest."}}}),
            "p4" => json!({"status": 200, "body": {"publicKey": 7}}),
            _ => good(person),
        })
    })
    .await;
    let (came, tally) = begin(&entra(&service.base), ids(6)).await;
    assert_eq!(tally.unwrap().asked, 6, "nothing of this is asked again");
    let of = |id: &str| {
        let begun = came.iter().find(|begun| begun.person.0 == id).unwrap();
        begun.options.as_ref().err()
    };
    assert!(of("p0").is_none() && of("p5").is_none());
    assert!(matches!(of("p1"), Some(DirectoryError::NotFound(_))));
    let Some(DirectoryError::Forbidden(facts)) = of("p2") else { panic!("{:?}", of("p2")) };
    assert_eq!(facts.permission, Some("UserAuthMethod-Passkey.ReadWrite.All"));
    assert!(
        matches!(of("p3"), Some(DirectoryError::Refused(facts)) if facts.message.as_deref() == Some("A guest."))
    );
    assert!(matches!(of("p4"), Some(DirectoryError::Options(_))));
}

#[tokio::test]
async fn a_token_that_runs_out_inside_a_batch_is_renewed_once() {
    let service = Service::start(|seen| {
        let is_old = seen.header("authorization") == Some("Bearer token-0");
        batch(seen, |person| match person {
            "p1" if is_old => json!({"status": 401, "body": {}}),
            "p2" => json!({"status": 401, "body": {}}),
            _ => good(person),
        })
    })
    .await;
    let (came, tally) = begin(&entra(&service.base), ids(4)).await;
    assert_eq!(tally.unwrap().asked, 6);
    let lost = came.iter().filter(|begun| begun.options.is_err()).collect::<Vec<_>>();
    assert_eq!((came.len(), lost.len()), (4, 1));
    assert!(matches!(lost[0].options, Err(DirectoryError::Unauthorized(_))));
}

#[tokio::test]
async fn a_refused_sign_in_ends_it_and_says_so_once() {
    let (cloud, _) = cloud(0).await;
    let (came, refused) = begin(&of_cloud(&cloud, SecretText::new("wrong")), ids(60)).await;
    assert!(came.is_empty());
    assert!(matches!(refused, Err(DirectoryError::SignIn { .. })), "{refused:?}");
    let service = Service::start(|_| error(403, "accessDenied")).await;
    let (came, refused) = begin(&entra(&service.base), ids(60)).await;
    assert!(came.is_empty() && matches!(refused, Err(DirectoryError::Forbidden(_))));
}

#[tokio::test]
async fn a_slow_receiver_holds_the_asking_back_and_one_that_leaves_ends_it() {
    let service = Service::start(|seen| batch(seen, good)).await;
    let entra = entra(&service.base);
    let (to, mut from) = mpsc::channel(1);
    let run = entra.begin_many(ids(400), Lifetime::SHORTEST, to);
    let listen = async {
        let first = from.recv().await.unwrap();
        assert!(first.options.is_ok());
        // However long it is left alone, no more than what was under way has been asked for.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(service.calls().len() <= 6, "{} calls", service.calls().len());
        drop(from);
    };
    let (tally, ()) = tokio::join!(run, listen);
    assert_eq!(tally.unwrap().ended, Ended::Cancelled);
    assert!(service.calls().iter().all(|call| asked(call).len() <= 20));
}
