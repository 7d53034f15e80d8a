//! The store of challenges against the practice cloud.

use super::*;
use crate::directory::Reach;
use crate::directory::entra::{Credential, Entra, EntraConfig};
use crate::practice::cloud::{Cloud, CloudOptions, Effect, Fault, Order, Share};
use crate::practice::company::crowd_group;
use crate::secrets::SecretText;

const PATIENCE: Duration = Duration::from_secs(20);

async fn cloud(crowd: usize) -> (Cloud, Arc<Entra>, Vec<PersonId>) {
    let cloud = Cloud::start(CloudOptions { crowd, ..CloudOptions::default() }).await.unwrap();
    let there = cloud.connection();
    let secret = Credential::Secret(SecretText::new(there.secret.expose()));
    let base = there.base_url;
    let config = EntraConfig::new(base.clone(), base, there.domain, there.client_id, secret);
    let entra = Entra::new(config).unwrap();
    let members = entra.members(&crowd_group().to_string(), Reach::Direct).await.unwrap();
    (cloud, Arc::new(entra), members.people.into_iter().map(|person| person.id).collect())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn minutes(minutes: u32) -> Lifetime {
    Lifetime::from_minutes(minutes).unwrap()
}

async fn until(mut is: impl FnMut() -> bool) {
    let wait = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("it did not come to that");
}

/// How often the person's creation options were asked for.
fn asked(cloud: &Cloud, person: &PersonId) -> u64 {
    let seen = cloud.control().observed();
    let of = |path: &str| path.contains(&person.0) && path.contains("creationOptions");
    seen.counts.iter().filter(|(path, _)| of(path)).map(|(_, count)| count).sum()
}

#[tokio::test]
async fn everybody_has_a_challenge_that_is_given_out_once() {
    let (cloud, entra, people) = cloud(60).await;
    cloud.control().order(Order::FailShare(Share {
        path: "creationOptions".into(),
        throttled_percent: 20,
        failed_percent: 20,
        retry_after_s: Some(0),
        seed: 1,
    }));
    let twice = people.iter().chain(&people[..3]).cloned().collect();
    let store = ChallengeStore::start(entra, twice, HashMap::new(), minutes(60));
    until(|| store.progress() == (60, 60, 0)).await;
    let next = store.next_expiry().unwrap().duration_since(Timestamp::now());
    assert!((3000..=3600).contains(&next.as_secs()), "{next}");
    let options = store.take(&people[0]).unwrap();
    assert_eq!(options.user.name, "crowd000000@larkfield.example");
    assert_eq!(store.take(&people[0]), None);
    assert_eq!(store.take(&PersonId("stranger".into())), None);
    assert_eq!(store.progress(), (60, 60, 0));
    for person in &people[1..] {
        assert!(store.take(person).is_some());
    }
    assert_eq!(store.next_expiry(), None, "nobody waits for one");
}

#[tokio::test]
async fn what_is_about_to_lapse_is_fetched_again_but_not_for_whoever_took_theirs() {
    let (cloud, entra, people) = cloud(30).await;
    // Five minutes from a clock that is three minutes slow: two are left.
    cloud.control().order(Order::ClockSkew { seconds: -180 });
    let pace = Pace { ahead: SignedDuration::from_mins(3), rest: SignedDuration::from_millis(300) };
    let wanted = (people.clone(), HashMap::new());
    let store = ChallengeStore::with_pace(entra, wanted, Lifetime::SHORTEST, pace);
    until(|| store.progress().0 == 30).await;
    assert!(store.take(&people[7]).is_some());
    let soon = store.next_expiry().unwrap();
    cloud.control().order(Order::ClockSkew { seconds: 0 });
    until(|| store.next_expiry().is_some_and(|at| at.duration_since(soon).as_secs() > 170)).await;
    assert_eq!(asked(&cloud, &people[7]), 1);
    assert_eq!(store.progress(), (30, 30, 0));
    assert!(store.take(&people[8]).is_some());
    let before = asked(&cloud, &people[9]);
    assert!(before >= 2);
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(asked(&cloud, &people[9]), before, "a fresh one is left alone");
}

#[tokio::test]
async fn a_challenge_with_too_little_left_is_not_given_out() {
    let (cloud, entra, people) = cloud(2).await;
    cloud.control().order(Order::ClockSkew { seconds: -220 });
    let store = ChallengeStore::start(entra, people.clone(), HashMap::new(), Lifetime::SHORTEST);
    until(|| store.progress().0 == 2).await;
    assert_eq!(store.take(&people[0]), None);
    // With its time over it is due, and yet the directory is not asked over and over.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(asked(&cloud, &people[1]), 1);
}

#[tokio::test]
async fn whom_the_directory_refuses_is_failed_and_the_others_are_not() {
    let (cloud, entra, mut people) = cloud(40).await;
    cloud.control().order(Order::FailNext(Fault {
        method: None,
        path: format!("{}/authentication", people[3].0),
        times: 9,
        effect: Effect::Status { status: 403, retry_after_s: None },
    }));
    people.push(PersonId("nobody@larkfield.example".into()));
    let store = ChallengeStore::start(entra, people.clone(), HashMap::new(), minutes(60));
    until(|| store.progress() == (39, 41, 2)).await;
    assert_eq!(store.take(&people[3]), None);
    assert_eq!(asked(&cloud, &people[3]), 1, "it would be the same again");
}

#[tokio::test]
async fn nothing_is_fetched_once_it_is_dropped() {
    let (cloud, entra, people) = cloud(400).await;
    cloud.control().order(Order::Latency { ms: 200 });
    let store = ChallengeStore::start(entra, people, HashMap::new(), minutes(60));
    until(|| store.progress().0 > 0).await;
    drop(store);
    let count = || cloud.control().observed().counts["POST /beta/$batch"];
    tokio::time::sleep(Duration::from_millis(500)).await;
    let at_end = count();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(count(), at_end);
    assert!(at_end < 20, "{at_end} batches");
}

fn kept(people: &[&str]) -> Kept {
    let people = people.iter().map(|id| PersonId((*id).into())).collect();
    Kept::new(people, HashMap::new(), Pace::of(minutes(60)))
}

fn put_off(kept: &mut Kept, until: Option<i64>) {
    let due = kept.due(at(0));
    kept.put_off(&due, until.map(at), at(0));
}

#[test]
fn a_directory_that_fails_as_a_whole_is_asked_again_later() {
    let mut kept = kept(&["a", "b"]);
    put_off(&mut kept, Some(60));
    assert_eq!(kept.due(at(59)), []);
    assert_eq!(kept.due(at(60)).len(), 2);
    assert!(kept.people.values().all(|one| matches!(one.state, State::Failed)));
}

#[test]
fn nobody_is_asked_for_again_before_the_directory_wants_to_be_asked() {
    for (asks, due) in [(5, 60), (300, 300)] {
        let mut kept = kept(&["a"]);
        let (resume_in, facts) = (Duration::from_secs(asks), Default::default());
        let error = Err(DirectoryError::Throttled { resume_in, facts });
        let begun = Begun { person: PersonId("a".into()), options: error };
        kept.keep(begun, SignedDuration::from_mins(60), at(0));
        assert_eq!(kept.due(at(due - 1)), []);
        assert_eq!(kept.due(at(due)).len(), 1);
    }
}

#[test]
fn a_directory_that_fetches_nothing_ahead_is_asked_once() {
    let mut kept = kept(&["a"]);
    put_off(&mut kept, None);
    assert_eq!(kept.next_due(), None);
}

#[test]
fn what_comes_after_the_key_is_in_is_not_kept() {
    let mut kept = kept(&["a"]);
    let person = PersonId("a".into());
    assert_eq!(kept.take(&person, at(0)), None);
    let error = Err(DirectoryError::NoSecret);
    kept.keep(Begun { person, options: error }, SignedDuration::from_mins(60), at(0));
    assert_eq!(kept.next_due(), None);
    assert!(kept.people.values().all(|one| matches!(one.state, State::Taken)));
}

#[test]
fn a_challenge_is_replaced_a_quarter_of_its_life_before_its_end_within_bounds() {
    for (life, ahead) in [(5, 2), (60, 15), (43_200, 30)] {
        assert_eq!(Pace::of(minutes(life)).ahead, SignedDuration::from_mins(ahead), "{life}");
    }
}

#[tokio::test]
async fn what_a_list_brought_is_given_out_and_asked_for_only_before_it_lapses() {
    let (cloud, entra, people) = cloud(3).await;
    let options = |at: Timestamp| CreationOptions {
        relying_party: crate::webauthn::RelyingParty { id: "brought".into(), name: None },
        user: crate::webauthn::UserEntity {
            id: vec![1],
            name: String::new(),
            display_name: String::new(),
        },
        challenge: crate::webauthn::Challenge("AAAA".into()),
        algorithms: vec![-7],
        exclude: Vec::new(),
        resident_key: true,
        user_verification_required: true,
        cred_protect: None,
        hmac_secret: false,
        expires_at: Some(at),
        reservation: None,
    };
    let now = Timestamp::now();
    let soon = later(now, SignedDuration::from_mins(3));
    let brought = HashMap::from([
        (people[0].clone(), options(later(now, SignedDuration::from_hours(5)))),
        (people[1].clone(), options(soon)),
    ]);
    let store = ChallengeStore::start(entra, people.clone(), brought, minutes(60));
    until(|| asked(&cloud, &people[1]) == 1 && asked(&cloud, &people[2]) == 1).await;
    until(|| store.progress() == (3, 3, 0)).await;
    assert_eq!(asked(&cloud, &people[0]), 0);
    assert_eq!(store.take(&people[0]).unwrap().relying_party.id, "brought");
    until(|| store.next_expiry().is_some_and(|at| at > soon)).await;
    assert_ne!(store.take(&people[1]).unwrap().relying_party.id, "brought");
}
