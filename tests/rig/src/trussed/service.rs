//! The Trussed service on a thread of its own. Unlike the stock runner for tests it sleeps until
//! it is called, and hands the flag on that cancels a wait for a touch.

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use trussed::ClientImplementation;
use trussed::backend::BackendId;
use trussed::pipe::{ServiceEndpoint, TrussedChannel};
use trussed::service::Service;
use trussed::types::CoreContext;
use trussed::virt::{StorageConfig, StoreConfig};
use trussed_core::InterruptFlag;
use trussed_staging::virt::{BackendIds, Dispatcher};

use super::{attestation, platform::Board};
use crate::finger::Finger;

pub type Client<'a> = ClientImplementation<'a, Syscall, Dispatcher>;

const BACKENDS: &[BackendId<BackendIds>] =
    &[BackendId::Custom(BackendIds::StagingBackend), BackendId::Core];

pub struct Syscall(Sender<()>);

impl trussed::platform::Syscall for Syscall {
    fn syscall(&mut self) {
        // Without a service the call is never answered; that only happens while ending.
        self.0.send(()).ok();
    }
}

/// Runs `work` with a client of a service whose flash is in `file`.
pub fn with_client(
    file: &Path,
    finger: &Finger,
    interrupt: &'static InterruptFlag,
    work: impl FnOnce(Client<'_>),
) {
    let mut flash = StoreConfig {
        internal: StorageConfig::filesystem(file.to_owned()),
        external: StorageConfig::ram(),
        volatile: StorageConfig::ram(),
    };
    flash.with_store(|store| {
        attestation::provision(&store);
        let pipe = TrussedChannel::new();
        let Some((requester, responder)) = pipe.split() else { return };
        let board = Board::new(store, finger.clone());
        let mut service = Service::with_dispatch(board, Dispatcher::default());
        let context = CoreContext::with_interrupt(fido_path(), Some(interrupt));
        let (call, calls) = channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut endpoints = [ServiceEndpoint::new(responder, context, BACKENDS)];
                while calls.recv().is_ok() {
                    service.process(&mut endpoints);
                }
            });
            work(Client::new(requester, Syscall(call), Some(interrupt)));
        });
    });
}

fn fido_path() -> littlefs2_core::PathBuf {
    littlefs2_core::path!("fido").into()
}
