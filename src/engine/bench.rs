//! The bench of virtual keys and the faults of the simulated cloud, as far as they are allowed.

use super::station::Station;
use super::{BenchCommand, CloudFault, Event, SignInFault};
use crate::practice::bench::{Bench, BenchKey, Operator};
use crate::practice::cloud::{
    Effect, Fault, Order, SignInOrder, SignInStage, Spoilt, TextFate, TwilioOrder,
};
use crate::practice::company;
use crate::problem::{Detail, Problem};
use hid::virtual_keys::BuildError;

/// The bench, once it is opened; virtual keys exist only beside loopback addresses.
#[derive(Default)]
pub(super) struct BenchPort(Option<Bench>);

impl BenchPort {
    pub(super) fn open(&mut self, bench: Bench) {
        self.0 = Some(bench);
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Pulls the keys out and puts them away: practice is over.
    pub(super) fn close(&mut self) {
        self.pull_all_out();
        self.0 = None;
    }

    /// The key at hand at each box of new ones.
    pub(super) fn boxes(&self) -> Vec<BenchKey> {
        let keys = self.0.as_ref().map(Bench::keys).unwrap_or_default();
        keys.into_iter().filter(|key| key.of_box).collect()
    }

    pub(super) fn put_in(&self, slot: u8) {
        if let Some(bench) = &self.0 {
            bench.insert(slot);
        }
    }

    /// Puts a key in that nobody has had yet.
    pub(super) fn put_new_in(&mut self, slot: u8) {
        let Some(bench) = &mut self.0 else { return };
        match bench.take_new(slot) {
            Ok(()) => bench.insert(slot),
            Err(error) => tracing::warn!(%error, slot, "no new key out of the box"),
        }
    }

    pub(super) fn pull_out(&self, slot: u8) {
        if let Some(bench) = &self.0 {
            bench.pull_out(slot);
        }
    }

    pub(super) fn pull_all_out(&self) {
        if let Some(bench) = &self.0 {
            bench.pull_all_out();
        }
    }
}

impl Station {
    pub(super) async fn show_bench(&self) {
        if let Some(bench) = &self.bench.0 {
            self.tell(Event::Bench(bench.keys())).await;
        }
    }

    pub(super) async fn use_bench(&mut self, command: BenchCommand) {
        let Some(bench) = &mut self.bench.0 else { return };
        match command {
            BenchCommand::Insert { slot } => bench.insert(slot),
            BenchCommand::Touch { slot } => bench.touch(slot),
            BenchCommand::PullOut { slot } => bench.pull_out(slot),
            BenchCommand::TakeNew { slot } => {
                if let Err(error) = bench.take_new(slot) {
                    self.tell(Event::Problem(no_new_key(&error))).await;
                }
            }
            BenchCommand::ColleagueWorks(works) => {
                self.colleague.set(works);
                bench.set_operator(if works { Operator::Fast } else { Operator::ByHand });
            }
            BenchCommand::OperatorIsFast(true) => bench.set_operator(Operator::Fast),
            BenchCommand::OperatorIsFast(false) => bench.set_operator(Operator::ByHand),
            BenchCommand::ChooseAccount { id } => self.pages.choose(id),
            BenchCommand::DenySignIn => self.pages.deny(),
            BenchCommand::CheckBy(ways) => self.check_callers_by(ways).await,
            BenchCommand::AnswerPush { id, answer } => {
                if let Some(practice) = &self.practice {
                    practice.cloud.control().order(Order::AnswerPush { id, answer });
                }
            }
            BenchCommand::Fault(fault) => match &self.practice {
                Some(practice) => {
                    let control = practice.cloud.control();
                    orders(fault).into_iter().for_each(|order| control.order(order));
                }
                None => self.tell(Event::Problem(no_practice_cloud())).await,
            },
        }
        self.show_bench().await;
    }
}

/// Twilio's number for a phone that is off or out of reach.
const UNREACHABLE: u32 = 30003;

/// What a button of the bench means to the cloud.
fn orders(fault: CloudFault) -> Vec<Order> {
    let status = |status, retry_after_s| Effect::Status { status, retry_after_s };
    let next = |method: &str, path: &str, times, effect| {
        let method = Some(method.to_owned()).filter(|method| !method.is_empty());
        vec![Order::FailNext(Fault { method, path: path.to_owned(), times, effect })]
    };
    match fault {
        CloudFault::Throttle => next("", "", 3, status(429, Some(5))),
        CloudFault::ServerError => next("", "", 3, status(503, None)),
        CloudFault::LoseAnswer => next("POST", "fido2Methods", 1, Effect::CutAfter),
        CloudFault::Garbage => next("", "", 1, Effect::Garbage),
        CloudFault::ExpireTokens => vec![Order::ExpireTokens],
        CloudFault::ExpireChallenges => vec![Order::ExpireChallenges],
        CloudFault::SlowListing => vec![Order::ListingDelay { ms: 5_000 }],
        CloudFault::SlowCalls => vec![Order::Latency { ms: 1_500 }],
        CloudFault::LoseText => vec![Order::Twilio(TwilioOrder::NextTexts {
            fate: TextFate::Fails { code: UNREACHABLE },
            times: 1,
        })],
        CloudFault::TicketsAway => next("", "/halo/", u32::MAX, Effect::CutBefore),
        CloudFault::SignIn(fault) => sign_in_orders(fault),
        CloudFault::None => vec![Order::EndFaults],
    }
}

fn sign_in_orders(fault: SignInFault) -> Vec<Order> {
    let fails = |number| SignInOrder::Fail { at: SignInStage::Token, number, times: 1 };
    let orders = match fault {
        SignInFault::MoreProof => vec![fails(50076)],
        SignInFault::NoConsent => vec![fails(65001)],
        SignInFault::Blocked => vec![fails(53003)],
        SignInFault::WrongPerson => match company::operators().get(1) {
            Some(other) => vec![SignInOrder::WrongPerson { upn: other.account.upn.clone() }],
            None => Vec::new(),
        },
        SignInFault::Expired => vec![SignInOrder::SpoilIdToken { how: Spoilt::Expired }],
        SignInFault::Revoked => vec![SignInOrder::RevokeRefreshTokens],
        SignInFault::Challenge => vec![SignInOrder::ClaimsChallenge { context: "c1".into() }],
    };
    let mut orders: Vec<Order> = orders.into_iter().map(Order::SignIn).collect();
    if fault == SignInFault::Revoked {
        // What was signed in before lives on in its access token otherwise.
        orders.push(Order::ExpireTokens);
    }
    orders
}

fn no_new_key(error: &BuildError) -> Problem {
    Problem {
        what: "No new virtual key could be made".into(),
        next: "Check the data folder and its free space, then try again".into(),
        details: vec![Detail::new("reason", error.to_string())],
    }
}

fn no_practice_cloud() -> Problem {
    Problem {
        what: "The tenant in use is not the simulated company".into(),
        next: "Give that server its faults through its own control address".into(),
        details: Vec::new(),
    }
}
