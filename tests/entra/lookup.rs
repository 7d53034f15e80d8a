//! Many people looked up at once.

use crate::bulk::{cloud, crowd, of_cloud};
use crate::entra;
use crate::service::{Reply, Seen, Service, error, ok};
use async_trait::async_trait;
use keydesk::directory::entra::Entra;
use keydesk::directory::{
    BeginLeaves, ConnectionCheck, Directory, DirectoryError, LookedUp, OtherMethods, Passkey,
    PasskeyPolicy, Person, PersonCard, PersonId, Removal, Sought, SoughtBy,
};
use keydesk::enrolment::preflight::policy_verdict;
use keydesk::practice::cloud::{Order, Share};
use keydesk::practice::company::people;
use keydesk::problem::Explain;
use keydesk::secrets::SecretText;
use keydesk::webauthn::{CreationOptions, NewCredential, Reservation};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

fn sought(by: impl IntoIterator<Item = SoughtBy>) -> Vec<Sought> {
    by.into_iter().enumerate().map(|(place, by)| Sought { place, by }).collect()
}

fn upns(names: &[&str]) -> Vec<Sought> {
    sought(names.iter().map(|name| SoughtBy::Upn((*name).into())))
}

/// Everything that came, in its order, and how it ended.
async fn came(
    directory: &dyn Directory,
    people: Vec<Sought>,
) -> (Vec<LookedUp>, Result<(), DirectoryError>) {
    let (to, mut from) = mpsc::channel(4);
    let receive = async {
        let mut came = Vec::new();
        while let Some(found) = from.recv().await {
            came.push(found);
        }
        came
    };
    let (ended, came) = tokio::join!(directory.look_up(people, to), receive);
    (came, ended)
}

/// The cards by their places; each place has exactly one.
async fn look_up(
    directory: &dyn Directory,
    people: Vec<Sought>,
) -> Vec<Result<PersonCard, DirectoryError>> {
    let count = people.len();
    let (came, ended) = came(directory, people).await;
    ended.unwrap();
    let by_place: BTreeMap<_, _> =
        came.iter().map(|found| (found.place, found.card.clone())).collect();
    assert_eq!((came.len(), by_place.len()), (count, count));
    by_place.into_values().collect()
}

/// Answers the policy, and each request inside a batch by itself, the last first.
fn batch(seen: &Seen, policy: Value, answer: impl Fn(&str) -> Value) -> Reply {
    if seen.path.ends_with("/fido2") {
        return ok(policy);
    }
    let responses = urls(seen).into_iter().enumerate().rev().map(|(id, url)| {
        let mut response = answer(&url);
        response["id"] = json!(id.to_string());
        response
    });
    ok(json!({"responses": responses.collect::<Vec<_>>()}))
}

fn urls(seen: &Seen) -> Vec<String> {
    let requests = seen.json()["requests"].as_array().unwrap().clone();
    requests.iter().map(|one| one["url"].as_str().unwrap().to_owned()).collect()
}

/// All requests inside all batches, without what they select.
fn all_urls(service: &Service) -> Vec<String> {
    let batches = service.calls().into_iter().filter(|call| call.path == "/v1.0/$batch");
    let all = batches.flat_map(|call| urls(&call));
    all.map(|url| url.split("?$select").next().unwrap().to_owned()).collect()
}

fn open() -> Value {
    json!({"state": "enabled", "includeTargets": [{"id": "all_users", "targetType": "group"}]})
}

fn good(body: Value) -> Value {
    json!({"status": 200, "headers": {}, "body": body})
}

fn user(id: &str) -> Value {
    json!({"id": id, "displayName": id, "userPrincipalName": format!("{id}@l.example"),
        "accountEnabled": true, "userType": "Member"})
}

/// Whoever is asked for is there, with no passkey and no group.
fn anybody(url: &str) -> Value {
    let id = url.split(['/', '?']).nth(2).unwrap();
    match url.contains("$select=id%2CdisplayName") {
        true => good(user(id)),
        false => good(json!({"value": []})),
    }
}

#[tokio::test]
async fn everybody_is_judged_as_by_a_look_at_each() {
    let (_cloud, entra) = cloud(0).await;
    let policy = entra.policy().await.unwrap();
    let people = people();
    let cards =
        look_up(&entra, sought(people.iter().map(|one| SoughtBy::Upn(one.upn.clone())))).await;
    for (person, card) in people.iter().zip(cards) {
        let card = card.unwrap();
        let whole = entra.person(&PersonId(person.id.to_string())).await.unwrap();
        assert_eq!(card.person, whole.person);
        assert_eq!(card.passkeys, whole.passkeys, "{}", person.upn);
        assert_eq!(policy_verdict(&card, &policy), policy_verdict(&whole, &policy));
        assert_eq!((card.photo, card.other_methods), (None, OtherMethods::NotRead));
        assert!(card.groups.iter().all(|group| whole.groups.contains(group)));
    }
}

#[tokio::test]
async fn everybody_is_found_by_whatever_is_known_of_them() {
    let (_cloud, entra) = cloud(0).await;
    for person in people() {
        let by = [
            Some(SoughtBy::Id(PersonId(person.id.to_string()))),
            Some(SoughtBy::Upn(person.upn.to_uppercase())),
            person.mail.clone().map(SoughtBy::Mail),
            person.employee_id.clone().map(SoughtBy::EmployeeId),
        ];
        for card in look_up(&entra, sought(by.into_iter().flatten())).await {
            assert_eq!(card.unwrap().person.upn, person.upn);
        }
    }
}

#[tokio::test]
async fn nobody_is_lost_of_a_thousand_though_many_calls_fail_and_nothing_is_asked_without_need() {
    let (cloud, entra) = cloud(1000).await;
    let ids = crowd(&entra).await;
    let before: u64 = cloud.control().observed().counts.values().sum();
    cloud.control().order(Order::FailShare(Share {
        path: "/users".into(),
        throttled_percent: 10,
        failed_percent: 10,
        retry_after_s: Some(0),
        seed: 5,
    }));
    let people = ids.iter().enumerate().map(|(n, id)| match n % 4 {
        0 => SoughtBy::Id(id.clone()),
        1 => SoughtBy::Upn(format!("crowd{n:06}@larkfield.example")),
        2 => SoughtBy::Mail(format!("CROWD{n:06}@larkfield.example")),
        _ => SoughtBy::EmployeeId(format!("C{n:06}")),
    });
    let cards = look_up(&entra, sought(people)).await;
    let found: Vec<PersonId> = cards.into_iter().map(|card| card.unwrap().person.id).collect();
    assert_eq!(found, ids);
    let seen = cloud.control().observed();
    let small = |name: &String| name.starts_with("GET /v1.0/users");
    let asked: u64 = seen.counts.iter().filter(|(name, _)| small(name)).map(|(_, n)| n).sum();
    let refused: u64 =
        seen.statuses.iter().filter(|(status, _)| **status >= 429).map(|(_, n)| n).sum();
    assert!(refused > 400, "{refused}");
    assert_eq!(asked, 3000 + refused);
    let batches = seen.counts["POST /v1.0/$batch"];
    assert_eq!(seen.counts.values().sum::<u64>() - before, asked + batches + 1, "and the policy");
}

#[tokio::test]
async fn each_in_the_list_who_cannot_be_found_has_the_reason() {
    let service = Service::start(|seen| {
        batch(seen, open(), |url| match url.split("&$select").next().unwrap() {
            mail if mail.contains("twins") => good(json!({"value": [user("a"), user("b")]})),
            mail if mail.contains("gone") => good(json!({"value": []})),
            "/users?$filter=employeeId%20eq%20%27O%27%277%27" => {
                good(json!({"value": [user("seven")]}))
            }
            url if url.starts_with("/users/nobody") => json!({"status": 404, "body": {}}),
            url if url.starts_with("/users/hidden") => {
                good(json!({"id": "h", "userPrincipalName": null}))
            }
            url if url.starts_with("/users/garbled?") => good(json!(["\u{fffd}"])),
            "/users/locked/authentication/fido2Methods" => {
                json!({"status": 403, "body": {"error": {"code": "accessDenied"}}})
            }
            _ => anybody(url),
        })
    })
    .await;
    let mail = |text: &str| SoughtBy::Mail(text.into());
    let id = |text: &str| SoughtBy::EmployeeId(text.into());
    let upn = |text: &str| SoughtBy::Upn(text.into());
    let people = [
        mail("twins@l.example"),
        mail("gone@l.example"),
        id("O'7"),
        upn("nobody"),
        upn("hidden"),
        upn("garbled"),
        upn("locked"),
        upn(""),
        upn(".."),
        upn("good"),
    ];
    let cards = look_up(&entra(&service.base), sought(people)).await;
    assert_eq!(cards[0], Err(DirectoryError::Ambiguous { what: "mail address" }));
    assert!(cards[0].as_ref().unwrap_err().what().contains("mail address"));
    assert!(matches!(cards[1], Err(DirectoryError::NotFound(_))));
    assert_eq!(cards[2].as_ref().unwrap().person.id.0, "seven");
    assert!(matches!(cards[3], Err(DirectoryError::NotFound(_))));
    let missing = |card: &Result<PersonCard, _>| match card {
        Err(DirectoryError::Forbidden(facts)) => facts.permission,
        _ => None,
    };
    assert_eq!(missing(&cards[4]), Some("User.Read.All"));
    assert!(matches!(cards[5], Err(DirectoryError::Garbled { .. })));
    assert_eq!(missing(&cards[6]), Some("UserAuthMethod-Passkey.ReadWrite.All"));
    assert!(matches!(cards[7], Err(DirectoryError::Refused(_))));
    assert!(matches!(cards[8], Err(DirectoryError::Refused(_))));
    assert!(cards[9].is_ok());
    let asked = all_urls(&service);
    assert_eq!(asked.iter().collect::<HashSet<_>>().len(), asked.len(), "nothing is asked again");
    assert_eq!(asked.len(), 8 + 3, "whoever is not found has no passkeys to be asked for");
}

#[tokio::test]
async fn names_with_hash_signs_and_apostrophes_go_out_whole() {
    let service = Service::start(|seen| batch(seen, open(), anybody)).await;
    let cards =
        look_up(&entra(&service.base), upns(&["o'brien_x.y#EXT#@l.example", "å/b@ö.example"]))
            .await;
    assert!(cards.iter().all(Result::is_ok));
    let asked = all_urls(&service);
    assert!(asked.contains(&"/users/o%27brien_x.y%23EXT%23%40l.example".to_owned()), "{asked:?}");
    assert!(asked.contains(&"/users/%C3%A5%2Fb%40%C3%B6.example".to_owned()), "{asked:?}");
}

#[tokio::test]
async fn groups_are_read_only_where_the_policy_names_some_and_only_those_are_kept() {
    let named = || {
        json!({"state": "enabled", "excludeTargets": [{"id": "G-OUT", "targetType": "group"}],
            "includeTargets": [{"id": "all_users", "targetType": "group"}, {"id": "g-in", "targetType": "group"}]})
    };
    let group = |id: &str| json!({"@odata.type": "#microsoft.graph.group", "id": id});
    let service = Service::start(move |seen| {
        let next =
            format!("http://{}/v1.0/users/a/transitiveMemberOf", seen.header("host").unwrap());
        batch(seen, named(), move |url| match url {
            url if url.ends_with("more=2") => good(json!({"value": [group("g-out")]})),
            url if url.contains("transitiveMemberOf") => good(json!({
                "value": [group("g-in"), group("g-other"),
                    {"@odata.type": "#microsoft.graph.directoryRole", "id": "G-OUT"}],
                "@odata.nextLink": format!("{next}?$top=999&more=2"),
            })),
            _ => anybody(url),
        })
    })
    .await;
    let cards = look_up(&entra(&service.base), upns(&["a"])).await;
    assert_eq!(cards[0].as_ref().unwrap().groups, ["g-in", "g-out"]);
    assert!(all_urls(&service).contains(&"/users/a/transitiveMemberOf?$top=999&more=2".to_owned()));

    let service = Service::start(|seen| batch(seen, open(), anybody)).await;
    look_up(&entra(&service.base), upns(&["a"])).await[0].as_ref().unwrap();
    assert_eq!(all_urls(&service), ["/users/a", "/users/a/authentication/fido2Methods"]);
}

#[tokio::test]
async fn an_empty_page_of_people_is_not_the_end_and_a_page_elsewhere_is_not_asked() {
    let service = Service::start(|seen| {
        let here = format!("http://{}/v1.0/users?page=2", seen.header("host").unwrap());
        batch(seen, open(), move |url| match url {
            "/users?page=2" => good(json!({"value": [user("late")]})),
            url if url.contains("late") && url.starts_with("/users?") => {
                good(json!({"value": [], "@odata.nextLink": here}))
            }
            url if url.contains("away") => good(
                json!({"value": [], "@odata.nextLink": "http://127.0.0.1:9/v1.0/users?page=2"}),
            ),
            _ => anybody(url),
        })
    })
    .await;
    let people = ["late@l.example", "away@l.example"].map(|mail| SoughtBy::Mail(mail.into()));
    let cards = look_up(&entra(&service.base), sought(people)).await;
    assert_eq!(cards[0].as_ref().unwrap().person.id.0, "late");
    assert!(matches!(cards[1], Err(DirectoryError::Garbled { .. })));
}

#[tokio::test]
async fn only_what_was_throttled_is_asked_again_and_not_before_the_named_wait() {
    let service = Service::start(|seen| {
        let is_first =
            !seen.path.ends_with("$batch") || !urls(seen).iter().all(|url| url.contains("/p3/"));
        batch(seen, open(), move |url| match url {
            url if url.starts_with("/users/p3/") && is_first => {
                json!({"status": 429, "headers": {"Retry-After": "1"}, "body": {}})
            }
            _ => anybody(url),
        })
    })
    .await;
    let start = Instant::now();
    let names: Vec<String> = (0..10).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (came, ended) = came(&entra(&service.base), upns(&names)).await;
    ended.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!((came.len(), came[9].place), (10, 3), "the others did not wait for it");
    let asked = all_urls(&service);
    let again = asked.iter().filter(|url| url.starts_with("/users/p3/")).count();
    assert_eq!((asked.len(), again), (21, 2));
}

#[tokio::test]
async fn a_place_that_names_the_same_person_gets_the_same_card_for_one_question() {
    let service = Service::start(|seen| batch(seen, open(), anybody)).await;
    let cards = look_up(&entra(&service.base), upns(&["a", "b", "a"])).await;
    assert_eq!(cards[0], cards[2]);
    assert_eq!(all_urls(&service).len(), 4);
    look_up(&entra(&service.base), Vec::new()).await;
    assert_eq!(service.calls().len(), 3, "for nobody nothing is asked");
}

#[tokio::test]
async fn what_concerns_everybody_is_told_once() {
    let (cloud, _) = cloud(0).await;
    let (found, refused) =
        came(&of_cloud(&cloud, SecretText::new("wrong")), upns(&["a", "b"])).await;
    assert!(found.is_empty() && matches!(refused, Err(DirectoryError::SignIn { .. })));
    let service = Service::start(|_| error(403, "accessDenied")).await;
    let (found, refused) = came(&entra(&service.base), upns(&["a", "b"])).await;
    let Err(DirectoryError::Forbidden(facts)) = refused else { panic!("{refused:?}") };
    assert_eq!((found.len(), facts.permission), (0, Some("Policy.Read.All")));
}

#[tokio::test]
async fn a_receiver_that_leaves_ends_it() {
    let service = Service::start(|seen| batch(seen, open(), anybody)).await;
    let entra = entra(&service.base);
    let (to, mut from) = mpsc::channel::<LookedUp>(1);
    let names: Vec<String> = (0..400).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let listen = async {
        assert!(from.recv().await.unwrap().card.is_ok());
        drop(from);
    };
    let (ended, ()) = tokio::join!(entra.look_up(upns(&names), to), listen);
    ended.unwrap();
    assert!(service.calls().len() < 40, "{} calls", service.calls().len());
}

/// A directory without requests for many people.
struct Plain(Entra);

#[async_trait]
impl Directory for Plain {
    fn name(&self) -> &'static str {
        "Plain"
    }
    async fn find(&self, query: &str, limit: usize) -> Result<Vec<Person>, DirectoryError> {
        self.0.find(query, limit).await
    }
    async fn person(&self, id: &PersonId) -> Result<PersonCard, DirectoryError> {
        self.0.person(id).await
    }
    async fn policy(&self) -> Result<PasskeyPolicy, DirectoryError> {
        self.0.policy().await
    }
    fn begin_leaves(&self) -> BeginLeaves {
        self.0.begin_leaves()
    }
    async fn begin(&self, person: &PersonId) -> Result<CreationOptions, DirectoryError> {
        self.0.begin(person).await
    }
    async fn finish(
        &self,
        person: &PersonId,
        display_name: &str,
        credential: &NewCredential,
    ) -> Result<Passkey, DirectoryError> {
        self.0.finish(person, display_name, credential).await
    }
    async fn release(&self, person: &PersonId, of: &Reservation) -> Result<(), DirectoryError> {
        self.0.release(person, of).await
    }
    async fn passkeys(&self, person: &PersonId) -> Result<Vec<Passkey>, DirectoryError> {
        self.0.passkeys(person).await
    }
    async fn delete(&self, person: &PersonId, method_id: &str) -> Result<Removal, DirectoryError> {
        self.0.delete(person, method_id).await
    }
    async fn test(&self) -> Vec<ConnectionCheck> {
        self.0.test().await
    }
}

#[tokio::test]
async fn a_directory_without_requests_for_many_is_asked_for_each_and_never_guesses() {
    let (cloud, entra) = cloud(0).await;
    let plain = Plain(entra);
    let people = [
        SoughtBy::Upn("Elin.Bergstrom@larkfield.example".into()),
        SoughtBy::EmployeeId("104882".into()),
        SoughtBy::Mail("sean.obrien@larkfield.example".into()),
        // Begins the names of several people and is nobody's.
        SoughtBy::Upn("elin@larkfield.example".into()),
        SoughtBy::Id(PersonId("nobody@larkfield.example".into())),
        SoughtBy::EmployeeId("000000".into()),
    ];
    let cards = look_up(&plain, sought(people)).await;
    let names: Vec<_> = cards.iter().flatten().map(|card| card.person.upn.as_str()).collect();
    let elin = "elin.bergstrom@larkfield.example";
    assert_eq!(names, [elin, elin, "sean.obrien@larkfield.example"]);
    assert!(cards.iter().flatten().all(|card| card.photo.is_none()));
    for card in &cards[3..] {
        assert!(matches!(card, Err(DirectoryError::NotFound(_))), "{card:?}");
    }
    let many = people_of(&cards, 40);
    assert!(look_up(&plain, many).await.iter().all(Result::is_ok));
    let plain = Plain(of_cloud(&cloud, SecretText::new("wrong")));
    let (found, refused) = came(&plain, upns(&["a", "b"])).await;
    assert!(found.is_empty() && matches!(refused, Err(DirectoryError::SignIn { .. })));
}

fn people_of(cards: &[Result<PersonCard, DirectoryError>], count: usize) -> Vec<Sought> {
    let ids = cards.iter().flatten().map(|card| SoughtBy::Id(card.person.id.clone()));
    sought(ids.cycle().take(count).collect::<Vec<_>>())
}
