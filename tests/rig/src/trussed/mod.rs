//! Trussed's FIDO authenticator, the firmware of SoloKeys and Nitrokey, behind its own CTAPHID
//! layer on a software USB bus.
//!
//! Three threads while power is on: the USB side (the caller's), the application, and the Trussed
//! service that owns the flash, the entropy and the button.

mod attestation;
mod platform;
mod service;
mod usb;

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use ctaphid_dispatch::{Channel, DEFAULT_MESSAGE_SIZE, Dispatch};
use fido_authenticator::{Authenticator, Config, Conforming};
use ref_swap::OptionRefSwap;
use tempfile::TempDir;
use trussed_core::InterruptFlag;

use crate::engine::{Engine, Report};
use crate::finger::Finger;

pub use attestation::AAGUID;

/// One key. Its flash is a file that lives as long as this.
pub struct Trussed {
    flash: TempDir,
    finger: Finger,
}

impl Trussed {
    /// A factory-new key with an attestation certificate of its own root.
    ///
    /// # Errors
    /// If no temporary folder can be made.
    pub fn new(finger: Finger) -> std::io::Result<Self> {
        Ok(Self { flash: TempDir::new()?, finger })
    }
}

impl Engine for Trussed {
    fn run(&mut self, from_host: &Receiver<Report>, to_host: &(dyn Fn(&Report) + Sync)) {
        // The application's type wants these for ever: a few bytes each time a key is plugged in.
        let interrupt: &'static InterruptFlag = Box::leak(Box::default());
        let cancelled: &'static _ = Box::leak(Box::new(OptionRefSwap::new(None)));
        let file = self.flash.path().join("internal.bin");
        let finger = &self.finger;
        service::with_client(&file, finger, interrupt, |client| {
            let mut authenticator = Authenticator::new(client, Conforming {}, config());
            let channel = Channel::<DEFAULT_MESSAGE_SIZE>::new();
            let Some((requester, responder)) = channel.split() else { return };
            let mut dispatch = Dispatch::with_interrupt(responder, Some(cancelled));
            let (wake, woken) = sync_channel(1);
            thread::scope(|scope| {
                scope.spawn(move || {
                    while woken.recv().is_ok() {
                        dispatch.poll(&mut [&mut authenticator]);
                    }
                });
                usb::Device { wake, finger, to_host }.serve(from_host, requester, cancelled);
            });
        });
    }
}

fn config() -> Config {
    Config {
        max_resident_credential_count: Some(20),
        fido2_up_timeout: Some(30_000),
        ..Config::new(DEFAULT_MESSAGE_SIZE)
    }
}
