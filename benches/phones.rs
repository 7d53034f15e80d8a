//! Phones of many people planned and changed, next to a client that does one person after the
//! other: `cargo bench --bench phones`.
//!
//! All figures of one table are of one run against one server: 120 ms a call, 5 % of the calls
//! inside batches or alone are answered with 429, and of writes it takes 3,000 at once and
//! 3,000 in 150 s from then on. Compare the figures with each other, not with another machine's.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it prints its table

use keydesk::directory::entra::{Credential, Entra, EntraConfig};
use keydesk::directory::{
    ChangeOutcome, PersonId, PhoneChange, PhoneChanged, PhoneDirectory, PhonesLookedUp, Sought,
    SoughtBy,
};
use keydesk::phones::{Attribute, NumberText, PhoneKind, PhoneNumber};
use keydesk::practice::cloud::{Cloud, CloudOptions, Order, Share};
use keydesk::secrets::SecretText;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const LATENCY: Duration = Duration::from_millis(120);
/// People of the sequential client; its pace does not depend on how many there are.
const SAMPLE: usize = 100;
const WRITES: u32 = 3000;
const PER_S: u32 = 150;
const MOBILE: &str = "3179e48a-750b-4051-897c-87b9720928f7";

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
    println!("{people} people, {} ms a call, 5 % 429 (Retry-After: 1)", LATENCY.as_millis());
    let options = CloudOptions { latency: LATENCY, crowd: people, ..CloudOptions::default() };
    let cloud = Cloud::start(options).await.expect("no cloud");
    let entra = entra(&cloud);
    let quota = Order::WriteQuota { writes: WRITES, per_s: PER_S };
    cloud.control().order(Order::FailShare(Share {
        path: "/users".into(),
        throttled_percent: 5,
        failed_percent: 0,
        retry_after_s: Some(1),
        seed: 5,
    }));

    let single = Single::new(&cloud).await;
    let alone = single.plan(sample).await;
    told("plan, one at a time: person, then phones", alone);
    let start = Instant::now();
    let found = look_up(&entra, people).await;
    let plan = rate(people, start);
    told("plan, Keydesk, $batch of 20, 4 in flight", plan);
    println!("  {:54} {:8.0} times", "ratio", plan / alone);

    println!("  writes: {WRITES} at once, {WRITES} in {PER_S} s from then on");
    cloud.control().order(quota.clone());
    let alone = single.apply(&found[..sample]).await;
    told("apply, one at a time: phones, then the write", alone);
    cloud.control().order(quota);
    let start = Instant::now();
    apply(&entra, changes(&found[sample..])).await;
    let (rows, took) = (people - sample, start.elapsed().as_secs_f64());
    let applied = rate(rows, start);
    told("apply, Keydesk: look, write, look again", applied);
    let beyond = rows.saturating_sub(WRITES as usize) as f64;
    let least = beyond * f64::from(PER_S) / f64::from(WRITES);
    println!("  {:54} {took:8.1} s; the quota alone takes {least:.1} s", "");
    println!("  {:54} {:8.0} times", "ratio", applied / alone);
    let writes: Vec<u32> =
        cloud.control().observed().phones.into_iter().map(|one| one.writes).collect();
    assert!(writes.iter().all(|writes| *writes == 1), "somebody was written more than once");

    cloud.control().order(Order::WriteQuota { writes: 0, per_s: 0 });
    let away: Vec<Found> =
        found[sample..].iter().map(|(id, _, number)| (id.clone(), number.clone(), None)).collect();
    let start = Instant::now();
    apply(&entra, changes(&away)).await;
    told("apply without a quota, a removal each", rate(rows, start));
    println!();
}

/// Id, the mobile that is registered, the one it is to be.
type Found = (PersonId, Option<PhoneNumber>, Option<PhoneNumber>);

fn entra(cloud: &Cloud) -> Entra {
    let there = cloud.connection();
    let secret = Credential::Secret(SecretText::new(there.secret.expose()));
    let base = there.base_url;
    let config = EntraConfig::new(base.clone(), base, there.domain, there.client_id, secret);
    Entra::new(config).expect("no client")
}

fn rate(rows: usize, start: Instant) -> f64 {
    rows as f64 / start.elapsed().as_secs_f64()
}

fn told(what: &str, rate: f64) {
    println!("  {what:54} {rate:8.1} rows/s");
}

fn upn(n: usize) -> String {
    format!("crowd{n:06}@larkfield.example")
}

fn new_number(n: usize) -> PhoneNumber {
    let text = NumberText::new(format!("+46 72{:07}", 1_000_000 + n));
    PhoneNumber::from_international(&text).expect("no number")
}

/// Everybody, in their order.
async fn look_up(entra: &Entra, people: usize) -> Vec<Found> {
    let sought = |place| Sought { place, by: SoughtBy::Upn(upn(place)) };
    let (to, mut from) = mpsc::channel::<PhonesLookedUp>(16);
    let attribute = Some(Attribute::Extension(7));
    let receive = async {
        let mut found: Vec<Option<Found>> = vec![None; people];
        while let Some(one) = from.recv().await {
            let person = one.found.expect("somebody was lost");
            let mobile = person.phones.iter().find(|phone| phone.kind == PhoneKind::Mobile);
            let now = mobile.and_then(|one| PhoneNumber::from_international(&one.number).ok());
            found[one.place] = Some((person.person.id, now, Some(new_number(one.place))));
        }
        found
    };
    let people = (0..people).map(sought).collect();
    let (ended, found) = tokio::join!(entra.look_up_phones(people, attribute, to), receive);
    ended.expect("the plan failed");
    found.into_iter().map(|one| one.expect("somebody was lost")).collect()
}

fn changes(found: &[Found]) -> Vec<PhoneChange> {
    let change = |(place, (person, before, after)): (usize, &Found)| PhoneChange {
        place,
        person: person.clone(),
        kind: PhoneKind::Mobile,
        before: before.clone(),
        after: after.clone(),
        perhaps: false,
    };
    found.iter().enumerate().map(change).collect()
}

async fn apply(entra: &Entra, changes: Vec<PhoneChange>) {
    let count = changes.len();
    let (to, mut from) = mpsc::channel::<PhoneChanged>(16);
    let receive = async {
        let mut written = 0;
        while let Some(one) = from.recv().await {
            assert_eq!(one.outcome, ChangeOutcome::Written, "row {}", one.place);
            written += 1;
        }
        written
    };
    let (ended, written) = tokio::join!(entra.change_phones(changes, to), receive);
    ended.expect("the run failed");
    assert_eq!(written, count, "somebody was lost");
}

/// The pattern of an old runbook: one call after the other, a new connection for each, and a call
/// that is throttled is made again after its wait, for else the rows would not be the same.
struct Single {
    http: Client,
    base: String,
    token: String,
}

impl Single {
    async fn new(cloud: &Cloud) -> Self {
        let http =
            Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("no client");
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
        let token = answer["access_token"].as_str().expect("no token").to_owned();
        Self { http, base: there.base_url, token }
    }

    fn call(&self, method: Method, person: &str, below: &str) -> RequestBuilder {
        let url = format!("{}/v1.0/users/{person}{below}", self.base);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    async fn done(&self, call: RequestBuilder) {
        loop {
            let call = call.try_clone().expect("no call");
            let answer = call.send().await.expect("no answer");
            if answer.status().is_success() {
                answer.bytes().await.expect("no answer");
                return;
            }
            assert_eq!(answer.status(), 429);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn plan(&self, people: usize) -> f64 {
        let start = Instant::now();
        for n in 0..people {
            let select = "?$select=id,userPrincipalName,onPremisesExtensionAttributes";
            self.done(self.call(Method::GET, &upn(n), select)).await;
            let phones = "/authentication/phoneMethods";
            self.done(self.call(Method::GET, &upn(n), phones)).await;
        }
        rate(people, start)
    }

    async fn apply(&self, people: &[Found]) -> f64 {
        let start = Instant::now();
        for (person, before, after) in people {
            let list = "/authentication/phoneMethods".to_owned();
            self.done(self.call(Method::GET, &person.0, &list)).await;
            let number = after.as_ref().map(PhoneNumber::entra);
            let body = json!({"phoneNumber": number, "phoneType": "mobile"});
            let call = match before {
                None => self.call(Method::POST, &person.0, &list),
                Some(_) => self.call(Method::PATCH, &person.0, &format!("{list}/{MOBILE}")),
            };
            self.done(call.json(&body)).await;
        }
        rate(people.len(), start)
    }
}
