//! Challenges for many people ahead of time, next to a client that does one person after the
//! other: `cargo bench --bench challenges`.
//!
//! All figures of one table are of one run against one server, 120 ms a call; of those calls that
//! give a challenge 5 % are answered with 429 and 5 % with a 5xx. Compare the figures with each
//! other, not with another machine's.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it prints its table

use keydesk::directory::entra::{Credential, Entra, EntraConfig};
use keydesk::directory::{Begun, Directory, Lifetime, PersonId, Reach, Tally};
use keydesk::practice::cloud::{Cloud, CloudOptions, Order, Share};
use keydesk::practice::company::crowd_group;
use keydesk::secrets::SecretText;
use reqwest::Client;
use serde_json::Value;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const LATENCY: Duration = Duration::from_millis(120);
/// People of the sequential clients; their pace does not depend on how many there are.
const SAMPLE: usize = 100;
const MINUTES: u32 = 60;

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` runs benches too: then a few people prove that it works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let (sizes, sample): (&[usize], _) =
        if is_bench { (&[1000, 10_000], SAMPLE) } else { (&[60], 2) };
    for size in sizes {
        table(*size, sample).await;
    }
}

async fn table(people: usize, sample: usize) {
    println!(
        "{people} people, {} ms a call, 5 % 429 (Retry-After: 1), 5 % 5xx",
        LATENCY.as_millis()
    );
    let options = CloudOptions { latency: LATENCY, crowd: people, ..CloudOptions::default() };
    let cloud = Cloud::start(options).await.expect("no cloud");
    let entra = entra(&cloud);
    let start = Instant::now();
    let group = crowd_group().to_string();
    let members = entra.members(&group, Reach::Direct).await.expect("no members").people;
    assert_eq!(members.len(), people, "somebody is missing from the group");
    println!("  {:54} {:8.2} s", "reading the group", start.elapsed().as_secs_f64());
    let members: Vec<PersonId> = members.into_iter().map(|person| person.id).collect();

    share(&cloud, "creationOptions");
    let single = one_by_one(&cloud, &members[..sample], &[OPTIONS]).await;
    told("one at a time, one GET each", single);
    let script = one_by_one(&cloud, &members[..sample], &["", OPTIONS]).await;
    told("one at a time as the old script: methods, then options", script);
    let ahead = ahead(&cloud, &entra, members.clone()).await;
    let rate = ahead.told("Keydesk, $batch of 20, 4 in flight", people);
    println!(
        "  {:54} {:8.0} and {:.0} times",
        "ratio to the two",
        rate / single.0,
        rate / script.0
    );

    cloud.control().order(Order::EndFaults);
    share(&cloud, "");
    let everywhere = self::ahead(&cloud, &entra, members).await;
    everywhere.told("the same with whole batches failing as often, too", people);
    println!();
}

const OPTIONS: &str = "/creationOptions?challengeTimeoutInMinutes=60";

fn share(cloud: &Cloud, path: &str) {
    cloud.control().order(Order::FailShare(Share {
        path: path.into(),
        throttled_percent: 5,
        failed_percent: 5,
        retry_after_s: Some(1),
        seed: 5,
    }));
}

fn entra(cloud: &Cloud) -> Entra {
    let there = cloud.connection();
    let secret = Credential::Secret(SecretText::new(there.secret.expose()));
    let base = there.base_url;
    let config = EntraConfig::new(base.clone(), base, there.domain, there.client_id, secret);
    Entra::new(config).expect("no client")
}

/// People per second and how many of a hundred were lost.
type Pace = (f64, f64);

fn told(who: &str, (rate, lost): Pace) {
    println!("  {who:54} {rate:8.1} people/s   {lost:.0} % of the people lost");
}

/// The pattern of the old script: nothing is repeated, a new connection for each call, and who
/// meets a fault is left out.
async fn one_by_one(cloud: &Cloud, people: &[PersonId], calls: &[&str]) -> Pace {
    let http = Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("no client");
    let token = token(cloud, &http).await;
    let (start, mut lost) = (Instant::now(), 0.0);
    for person in people {
        let mut good = true;
        for call in calls {
            let url = format!(
                "{}beta/users/{}/authentication/fido2Methods{call}",
                cloud.base_url(),
                person.0
            );
            let answer = http.get(url).bearer_auth(&token).send().await.expect("no answer");
            good &= answer.status().is_success();
            answer.bytes().await.expect("no answer");
        }
        lost += f64::from(u8::from(!good));
    }
    let count = people.len() as f64;
    (count / start.elapsed().as_secs_f64(), lost / count * 100.0)
}

async fn token(cloud: &Cloud, http: &Client) -> String {
    let there = cloud.connection();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &there.client_id),
        ("client_secret", there.secret.expose()),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let url = format!("{}/{}/oauth2/v2.0/token", there.base_url, there.domain);
    let answer = http.post(url).form(&form).send().await.expect("no sign-in");
    let answer: Value = answer.json().await.expect("no token");
    answer["access_token"].as_str().expect("no token").to_owned()
}

struct Ahead {
    whole: Duration,
    /// Until nineteen of twenty had theirs.
    most: Duration,
    good: usize,
    tally: Tally,
    /// Refusals the cloud gave while it ran.
    refused: u64,
}

async fn ahead(cloud: &Cloud, entra: &Entra, people: Vec<PersonId>) -> Ahead {
    let (to, mut from) = mpsc::channel::<Begun>(16);
    let lifetime = Lifetime::from_minutes(MINUTES).expect("no lifetime");
    let (before, wanted) = (refusals(cloud), people.len() * 19 / 20);
    let start = Instant::now();
    let receive = async {
        let (mut good, mut most) = (HashSet::new(), Duration::ZERO);
        while let Some(begun) = from.recv().await {
            if begun.options.is_ok() {
                assert!(good.insert(begun.person), "a person came twice");
            }
            if good.len() == wanted {
                most = start.elapsed();
            }
        }
        (good.len(), most)
    };
    let (tally, (good, most)) = tokio::join!(entra.begin_many(people, lifetime, to), receive);
    let whole = start.elapsed();
    let tally = tally.expect("the run failed");
    Ahead { whole, most, good, tally, refused: refusals(cloud) - before }
}

/// Calls answered with 429 or a 5xx so far, inside batches and whole ones.
fn refusals(cloud: &Cloud) -> u64 {
    let observed = cloud.control().observed();
    let busy = observed.statuses.iter().filter(|(status, _)| **status >= 429);
    busy.map(|(_, count)| count).sum()
}

impl Ahead {
    fn told(&self, who: &str, people: usize) -> f64 {
        let rate = people as f64 / self.whole.as_secs_f64();
        let (lost, again) = (people - self.good, self.tally.asked - people);
        println!(
            "  {who:54} {rate:8.1} people/s   {lost} lost, {again} asked again for {} refusals",
            self.refused
        );
        println!(
            "  {:54} {:8.2} s; 95 % of the people after {:.2} s ({:.0}/s); {} requests",
            "",
            self.whole.as_secs_f64(),
            self.most.as_secs_f64(),
            people as f64 * 0.95 / self.most.as_secs_f64(),
            self.tally.batches,
        );
        assert_eq!(lost, 0, "somebody was lost");
        rate
    }
}
