//! What an authenticator must offer to be plugged into the kernel.

use std::sync::mpsc::Receiver;

/// One HID report of a FIDO device (CTAP 2.1, 11.2.2).
pub type Report = [u8; 64];

/// An authenticator behind CTAPHID reports. What it keeps over a replug is in `self`.
pub trait Engine: Send + 'static {
    /// Power is on until `from_host` is closed, which is the key being pulled out: serves the
    /// reports of the host.
    fn run(&mut self, from_host: &Receiver<Report>, to_host: &(dyn Fn(&Report) + Sync));
}

impl Engine for Box<dyn Engine> {
    fn run(&mut self, from_host: &Receiver<Report>, to_host: &(dyn Fn(&Report) + Sync)) {
        self.as_mut().run(from_host, to_host);
    }
}
