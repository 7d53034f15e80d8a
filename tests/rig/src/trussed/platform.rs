//! The board: real entropy, a real clock, and a button that a [`Finger`] presses. (The stock
//! virtual platform seeds its generator with a constant, so its keys would all be the same.)

use std::time::{Duration, Instant};

use rand_core::OsRng;
use trussed::platform::{Platform, UserInterface};
use trussed::types::ui::Status;
use trussed::virt::Store;
use trussed_core::types::consent::Level;
use trussed_core::types::reboot::To;

use crate::finger::Finger;

pub struct Board<'a> {
    entropy: OsRng,
    store: Store<'a>,
    button: Button,
}

impl<'a> Board<'a> {
    pub fn new(store: Store<'a>, finger: Finger) -> Self {
        let button = Button { powered_up: Instant::now(), status: Status::Idle, finger };
        Self { entropy: OsRng, store, button }
    }
}

impl<'a> Platform for Board<'a> {
    type R = OsRng;
    type S = Store<'a>;
    type UI = Button;

    fn rng(&mut self) -> &mut OsRng {
        &mut self.entropy
    }

    fn store(&self) -> Store<'a> {
        self.store
    }

    fn user_interface(&mut self) -> &mut Button {
        &mut self.button
    }
}

pub struct Button {
    powered_up: Instant,
    status: Status,
    finger: Finger,
}

impl UserInterface for Button {
    fn check_user_presence(&mut self) -> Level {
        if self.finger.is_felt() { Level::Normal } else { Level::None }
    }

    fn set_status(&mut self, status: Status) {
        match status {
            Status::WaitingForUserPresence => self.finger.ask(),
            _ => self.finger.stop_asking(),
        }
        self.status = status;
    }

    fn status(&self) -> Status {
        self.status
    }

    fn uptime(&mut self) -> Duration {
        self.powered_up.elapsed()
    }

    fn reboot(&mut self, _to: To) -> ! {
        unreachable!("the authenticator never asks for a reboot")
    }
}
