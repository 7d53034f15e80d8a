//! A hostile key: a whole authenticator whose every word may be falsified on its way to the host.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::engine::{Engine, Report};

/// CTAPHID commands, as the first frame of a message has them (CTAP 2.1, 11.2.9).
pub mod command {
    pub const INIT: u8 = 0x86;
    pub const CBOR: u8 = 0x90;
    pub const KEEPALIVE: u8 = 0xBB;
    pub const ERROR: u8 = 0xBF;
}

const CLIENT_PIN: u8 = 0x06;
/// The bytes of a message that its first frame carries, and each further one.
const FIRST_FRAME: usize = 57;
const NEXT_FRAME: usize = 59;

/// A message that the authenticator wants to send, and to which request.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub channel: [u8; 4],
    /// One of [`command`].
    pub command: u8,
    pub payload: Vec<u8>,
    /// The CTAP2 command last asked for, such as 0x01 for makeCredential.
    pub asked: u8,
    /// Its subcommand; 0 when it has none.
    pub subcommand: u8,
}

impl Said {
    /// The message as it should be.
    pub fn frames(&self) -> Vec<Report> {
        frames(self.channel, self.command, &self.payload)
    }

    /// The same message with another payload.
    pub fn with(&self, payload: Vec<u8>) -> Vec<Report> {
        frames(self.channel, self.command, &payload)
    }
}

/// What is sent instead of a message; `None` is the truth.
pub type Lie = Arc<dyn Fn(&Said) -> Option<Vec<Report>> + Send + Sync>;

/// What the key lies about now; clones speak for the same key.
#[derive(Clone, Default)]
pub struct Lies(Arc<Mutex<Option<Lie>>>);

impl Lies {
    pub fn tell(&self, lie: Lie) {
        *lock(&self.0) = Some(lie);
    }

    pub fn stop(&self) {
        *lock(&self.0) = None;
    }

    fn about(&self, said: &Said) -> Vec<Report> {
        let lie = lock(&self.0).clone();
        lie.and_then(|lie| lie(said)).unwrap_or_else(|| said.frames())
    }
}

/// One hostile key.
pub struct Liar {
    inner: Box<dyn Engine>,
    lies: Lies,
}

impl Liar {
    /// It tells the truth of `inner` until `lies` says otherwise.
    pub fn new(inner: impl Engine, lies: Lies) -> Self {
        Self { inner: Box::new(inner), lies }
    }
}

impl Engine for Liar {
    fn run(&mut self, from_host: &Receiver<Report>, to_host: &(dyn Fn(&Report) + Sync)) {
        let Self { inner, lies } = self;
        let asked = Mutex::new((0, 0));
        let begun = Mutex::new(None);
        let say = |report: &Report| {
            let Some(mut said) = put_together(&mut lock(&begun), report) else { return };
            (said.asked, said.subcommand) = *lock(&asked);
            for report in lies.about(&said) {
                to_host(&report);
            }
        };
        let (to_inner, inner_gets) = channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                // It ends with the thread, which closes the way to it.
                let inner_gets = inner_gets;
                inner.run(&inner_gets, &say);
            });
            while let Ok(report) = from_host.recv() {
                if let Some(request) = request(&report) {
                    *lock(&asked) = request;
                }
                if to_inner.send(report).is_err() {
                    break;
                }
            }
            drop(to_inner);
        });
    }
}

/// Adds a frame; gives the message once it is whole.
fn put_together(begun: &mut Option<(Said, usize)>, report: &Report) -> Option<Said> {
    let [c0, c1, c2, c3, kind, high, low, ..] = *report;
    if kind & 0x80 == 0 {
        begun.as_mut()?.0.payload.extend(&report[5..]);
    } else {
        let channel = [c0, c1, c2, c3];
        let payload = report[7..].to_vec();
        let length = usize::from(u16::from_be_bytes([high, low]));
        *begun = Some((Said { channel, command: kind, payload, ..Said::default() }, length));
    }
    let (said, length) = begun.as_mut()?;
    if said.payload.len() < *length {
        return None;
    }
    said.payload.truncate(*length);
    begun.take().map(|(said, _)| said)
}

/// The command and subcommand of a CTAP2 request, from its first frame: subcommands are member 2 of
/// clientPIN, after the protocol, and member 1 of all others; canonical CBOR fixes the place.
fn request(report: &Report) -> Option<(u8, u8)> {
    if report[4] != command::CBOR {
        return None;
    }
    let request = &report[7..];
    let at = if request[0] == CLIENT_PIN { 4 } else { 2 };
    let member = if request[0] == CLIENT_PIN { 2 } else { 1 };
    let subcommand = if request[at] == member { request[at + 1] } else { 0 };
    Some((request[0], subcommand))
}

/// A message as CTAPHID frames (CTAP 2.1, 11.2.4).
pub fn frames(channel: [u8; 4], command: u8, payload: &[u8]) -> Vec<Report> {
    let (first, rest) = payload.split_at(payload.len().min(FIRST_FRAME));
    let length = (payload.len() as u16).to_be_bytes();
    let mut frames = vec![frame(channel, &[command, length[0], length[1]], first)];
    for (sequence, part) in rest.chunks(NEXT_FRAME).enumerate() {
        frames.push(frame(channel, &[(sequence & 0x7F) as u8], part));
    }
    frames
}

/// One frame with this head.
pub fn frame(channel: [u8; 4], head: &[u8], data: &[u8]) -> Report {
    let mut report = [0; 64];
    let bytes = channel.iter().chain(head).chain(data);
    for (place, byte) in report.iter_mut().zip(bytes) {
        *place = *byte;
    }
    report
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
