//! Google's OpenSK, as the program's own virtual keys have it, outside of the bench.

use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use hid::virtual_keys::{self, BuildError, Spec, VirtualKey};

use crate::engine::{Engine, Report};
use crate::finger::{TouchPolicy, Touched};

/// One key. It is touched through its [`VirtualKey`].
pub struct OpenSk {
    key: VirtualKey,
}

impl OpenSk {
    /// A key of this kind.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn new(spec: impl Into<Spec>) -> Result<Self, BuildError> {
        Ok(Self { key: VirtualKey::new(spec)? })
    }

    /// The key itself: touches, faults, its clock.
    pub fn key(&self) -> &VirtualKey {
        &self.key
    }
}

impl Touched for VirtualKey {
    fn set_touch(&self, policy: TouchPolicy) {
        self.set_touch(match policy {
            TouchPolicy::Hold => virtual_keys::TouchPolicy::Hold,
            TouchPolicy::Automatic => virtual_keys::TouchPolicy::Automatic(Duration::ZERO),
        });
    }

    fn touch(&self) -> bool {
        self.touch()
    }

    fn wants_touch(&self) -> bool {
        self.wants_touch()
    }
}

impl Engine for OpenSk {
    fn run(&mut self, from_host: &Receiver<Report>, to_host: &(dyn Fn(&Report) + Sync)) {
        let Some((mut source, mut sink)) = self.key.insert_elsewhere() else { return };
        thread::scope(|scope| {
            scope.spawn(move || {
                while let Some(report) = source.receive() {
                    to_host(&report);
                }
            });
            while let Ok(report) = from_host.recv() {
                if sink.send(&report).is_err() {
                    break;
                }
            }
            self.key.pull_out();
        });
    }
}
