//! From the click to "sent", next to what the older script did: `cargo bench --bench verify`.
//!
//! Each round fails unless it is one call to the directory and one to the texts' service.
//!
//! All figures are of one run against one server that takes 120 ms a call. The script's way is five
//! calls, one after the other: token, methods, text, note, row of the log.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // it prints its table

#[path = "../tests/engine/clerk.rs"]
#[allow(dead_code)] // the keys' helpers
mod clerk;
#[path = "../tests/verify/steps.rs"]
#[allow(dead_code)] // what the tests alone look at
mod steps;

use keydesk::engine::{CheckState, VerifyCommand};
use keydesk::practice::cloud::Order;
use keydesk::settings::SmsWay;
use std::time::{Duration, Instant};

const LATENCY_MS: u64 = 120;
/// Calls of the script, in a row.
const SCRIPT_CALLS: usize = 5;

fn main() {
    // `cargo test --all-targets` runs benches too: then one round proves that it works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let rounds = if is_bench { 15 } else { 1 };
    println!("{LATENCY_MS} ms a call, median of {rounds}");
    let script = script(rounds);
    told("the script's way: five calls in a row", script);
    for (name, way) in [("Twilio Verify", SmsWay::Verify), ("Twilio Messaging", SmsWay::Messages)] {
        let ours = click_to_sent(way, rounds);
        told(&format!("Keydesk, {name}: from the click to \"sent\""), ours);
        println!(
            "  {:54} {:8.2} of the script's",
            "ratio",
            ours.as_secs_f64() / script.as_secs_f64()
        );
    }
}

fn told(what: &str, took: Duration) {
    println!("  {what:54} {:8.1} ms", took.as_secs_f64() * 1000.0);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn script(rounds: usize) -> Duration {
    let agent = steps::agent();
    agent.cloud.control().order(Order::Latency { ms: LATENCY_MS });
    let base = agent.cloud.connection().base_url;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let round = || {
        let start = Instant::now();
        runtime.block_on(async {
            for _ in 0..SCRIPT_CALLS {
                client.get(format!("{base}/v1.0/users")).send().await.unwrap();
            }
        });
        start.elapsed()
    };
    median((0..rounds).map(|_| round()).collect())
}

/// The person is looked at before, as an agent does while the caller says their name.
fn click_to_sent(way: SmsWay, rounds: usize) -> Duration {
    let mut agent = steps::agent_with(
        |verify| {
            verify.sms = Some(way);
            verify.limits.per_person = 100;
        },
        |options| options.patience.poll = Duration::from_secs(2),
    );
    let caller = agent.caller("Oskar Lindqvist");
    agent.cloud.control().order(Order::Latency { ms: LATENCY_MS });
    let mut round = || {
        agent.verify(VerifyCommand::Refresh);
        agent.caller_shown();
        let (all, texts) = agent.calls_made();
        let start = Instant::now();
        agent.verify(VerifyCommand::SendCode { person: caller.person.id.clone() });
        agent.check(|check| check.state == CheckState::Waiting);
        let took = start.elapsed();
        let (all_after, texts_after) = agent.calls_made();
        assert_eq!((all_after - all, texts_after - texts), (2, 1), "calls from the click to sent");
        agent.verify(VerifyCommand::Cancel);
        agent.over();
        took
    };
    median((0..rounds).map(|_| round()).collect())
}
