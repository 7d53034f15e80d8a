//! A hostile key in the kernel, and what is asked of it.

use std::time::Duration;

use keydesk::key::{KeyError, KeyFacts};
use keydesk::webauthn::{MadeCredential, NewCredential, VerifyError, verify};
use keydesk_rig::liar::{Lie, Said};
use keydesk_rig::{Kind, Liar, Lies, TouchPolicy};

use crate::bench::{PIN, Plugged, client_data, facts_told_with, make, options, pin, run};
use crate::panics;

/// Far more than the limits of any one call.
const NO_HANG: Duration = Duration::from_secs(30);

pub struct Hostile {
    plugged: Plugged,
    lies: Lies,
}

/// What is asked of a key.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    Facts,
    Retries,
    CheckPin,
    Credentials,
    Make,
}

/// Who did not believe a registration.
#[derive(Debug)]
pub enum Refused {
    ByTheKeyRoom(#[allow(dead_code)] KeyError), // for the tests' messages
    ByTheVerifier(#[allow(dead_code)] VerifyError), // same
}

impl Hostile {
    /// A key with [`PIN`] and one credential, honest so far.
    pub fn new(kind: Kind) -> Self {
        panics::watch();
        let (engine, finger) = kind.factory_new().unwrap();
        finger.set_touch(TouchPolicy::Automatic);
        let lies = Lies::default();
        let plugged = Plugged::of(Liar::new(engine, lies.clone()), finger);
        facts_told_with(plugged.key.id(), |_| true);
        run(plugged.key.set_pin(&pin(PIN))).unwrap();
        let hostile = Self { plugged, lies };
        hostile.make().unwrap();
        hostile
    }

    /// Asks while it lies. The call must end by itself, and nothing of ours may panic.
    pub fn asked(&self, work: Work, name: &str, lie: Lie) -> Result<(), KeyError> {
        self.lying(name, lie, || self.work(work))
    }

    /// What the key told of itself while it lied.
    pub fn facts(&self, name: &str, lie: Lie) -> Result<KeyFacts, KeyError> {
        self.lying(name, lie, || in_time(self.plugged.key.facts()))
    }

    /// What became of a registration while it lied.
    pub fn registered(&self, name: &str, lie: Lie) -> Result<NewCredential, Refused> {
        self.lying(name, lie, || {
            let made = self.make().map_err(Refused::ByTheKeyRoom)?;
            let options = options("asa");
            let client_data = client_data(&options);
            verify(&options.expectation(), &client_data, &made).map_err(Refused::ByTheVerifier)
        })
    }

    /// Honest again, the key must be served; a right PIN also gives it back its tries.
    pub fn must_work(&self, after: &str) {
        // A busy computer may make a key busy for longer than the seam waits for it.
        let mut checked = (0..5).map(|_| self.work(Work::CheckPin));
        let checked = checked.find(|checked| *checked != Err(KeyError::Busy));
        assert_eq!(checked, Some(Ok(())), "after {after}");
    }

    /// The seam gives up the channel it has, so that the next call asks for a new one.
    pub fn lose_its_channel(&self) {
        let broken = lie_about(0x04, 0, |said| Some(said.with(Vec::new())));
        let lost = self.facts("an empty answer", broken);
        assert!(matches!(lost, Err(KeyError::Malformed(_))), "{lost:?}");
    }

    fn lying<T>(&self, name: &str, lie: Lie, ask: impl FnOnce() -> T) -> T {
        self.plugged.hurry(1_500, 3_000);
        self.lies.tell(lie);
        let result = ask();
        self.lies.stop();
        self.plugged.hurry(10_000, 60_000);
        panics::must_be_none(name);
        result
    }

    fn work(&self, work: Work) -> Result<(), KeyError> {
        let (key, pin) = (&self.plugged.key, pin(PIN));
        match work {
            Work::Facts => in_time(key.facts()).map(drop),
            Work::Retries => in_time(key.pin_retries()).map(drop),
            Work::CheckPin => in_time(key.check_pin(&pin)),
            Work::Credentials => in_time(key.credentials(&pin)).map(drop),
            Work::Make => self.make().map(drop),
        }
    }

    /// Always for the same user, whose earlier credential it takes the place of.
    fn make(&self) -> Result<MadeCredential, KeyError> {
        in_time(make(&self.plugged.key, &options("asa"), &pin(PIN)))
    }
}

fn in_time<T>(call: impl Future<Output = T>) -> T {
    run(async { tokio::time::timeout(NO_HANG, call).await.expect("the call hangs") })
}

/// A lie about the answers to one command, with 0 for whatever subcommand.
pub fn lie_about(
    asked: u8,
    subcommand: u8,
    lie: impl Fn(&Said) -> Option<Vec<keydesk_rig::Report>> + Send + Sync + 'static,
) -> Lie {
    std::sync::Arc::new(move |said| {
        let is_answer = said.command == keydesk_rig::liar::command::CBOR;
        let meant = said.asked == asked && (subcommand == 0 || said.subcommand == subcommand);
        if is_answer && meant { lie(said) } else { None }
    })
}
