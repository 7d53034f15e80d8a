//! Ctrl+C and SIGTERM, from the moment this is made.

use super::refusal::PhonesRefusal;
use crate::problem::Problem;

#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub fn listen() -> Result<Self, PhonesRefusal> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(not_heard)?,
            terminate: signal(SignalKind::terminate()).map_err(not_heard)?,
        })
    }

    /// Somebody wants it to end.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
pub(super) struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    terminate: tokio::signal::windows::CtrlBreak,
}

#[cfg(windows)]
impl Signals {
    pub fn listen() -> Result<Self, PhonesRefusal> {
        use tokio::signal::windows::{ctrl_break, ctrl_c};
        Ok(Self {
            interrupt: ctrl_c().map_err(not_heard)?,
            terminate: ctrl_break().map_err(not_heard)?,
        })
    }

    /// Somebody wants it to end.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

fn not_heard(error: std::io::Error) -> PhonesRefusal {
    PhonesRefusal::settings(Problem {
        what: format!("Keydesk can't hear when it is to stop: {error}"),
        next: "Close other programs and try again".into(),
        details: Vec::new(),
    })
}
