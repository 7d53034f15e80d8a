//! The bench of virtual keys and the faults of the simulated cloud, as far as they are allowed.

use super::station::Station;
use super::{BenchCommand, Event};
use crate::practice::bench::{Bench, Operator};
use crate::problem::Problem;

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
        let Some(bench) = &self.bench.0 else { return };
        match command {
            BenchCommand::Insert { slot } => bench.insert(slot),
            BenchCommand::Touch { slot } => bench.touch(slot),
            BenchCommand::PullOut { slot } => bench.pull_out(slot),
            BenchCommand::OperatorIsFast(true) => bench.set_operator(Operator::Fast),
            BenchCommand::OperatorIsFast(false) => bench.set_operator(Operator::ByHand),
            BenchCommand::Fault(fault) => match &self.practice {
                Some(practice) => practice.cloud.set_fault(fault),
                None => self.tell(Event::Problem(no_practice_cloud())).await,
            },
        }
        self.show_bench().await;
    }
}

fn no_practice_cloud() -> Problem {
    Problem {
        what: "The tenant in use is not the simulated company".into(),
        next: "Give that server its faults through its own control address".into(),
        details: Vec::new(),
    }
}
