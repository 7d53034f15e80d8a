//! A key whose answers are given beforehand, whatever it is asked: what a hostile key may say.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::bench;
use super::session::{Session, Socket};
use crate::description::{Description, DeviceId};
use crate::frames::{Assembler, BROADCAST, ChannelId, Frame, MAX_PAYLOAD, Report, command, split};

/// The one channel it gives.
const CHANNEL: ChannelId = [0, 0, 0, 1];
/// CTAP1_ERR_OTHER: its answer when the script is over.
const OTHER: u8 = 0x7F;

/// A plugged-in key that reads from its script; pulled out when dropped.
pub struct ScriptedKey {
    session: Arc<Session>,
    thread: Option<JoinHandle<()>>,
}

impl ScriptedKey {
    /// Plugs in a key that answers each message but INIT and CANCEL with the next of these
    /// payloads, in well-formed frames; of CBOR messages the first byte is the status. What is
    /// longer than a message is cut.
    pub fn insert(answers: Vec<Vec<u8>>) -> Self {
        let description = Description {
            id: DeviceId::new_insertion("script"),
            vendor_id: 0x1050,
            product_id: 0x0407,
            product: "Scripted key".into(),
            serial_text: None,
            port: None,
        };
        let session = Arc::new(Session::new(description, Socket::Bench));
        let mut script = Script { answers: answers.into_iter(), request: None };
        let cable = Arc::clone(&session);
        let thread = thread::Builder::new()
            .name("scripted key".into())
            .spawn(move || {
                while let Some(report) = cable.next_report() {
                    script.take(&report).iter().for_each(|report| cable.emit(report));
                }
            })
            .ok();
        bench::plug_in(Arc::clone(&session));
        Self { session, thread }
    }

    /// What the system says of it.
    pub fn description(&self) -> Description {
        self.session.description().clone()
    }
}

impl Drop for ScriptedKey {
    fn drop(&mut self) {
        self.session.pull_out();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            debug_assert!(false, "the script's thread does not panic");
        }
    }
}

struct Script {
    answers: std::vec::IntoIter<Vec<u8>>,
    request: Option<Assembler>,
}

impl Script {
    /// The reports to send back.
    fn take(&mut self, report: &Report) -> Vec<Report> {
        let request = match Frame::parse(report) {
            Frame::Start { channel: BROADCAST, data, .. } => return opened(data),
            Frame::Start { command: command::CANCEL, .. } => return Vec::new(),
            Frame::Start { command, length, data, .. } => Assembler::start(command, length, data),
            Frame::Next { sequence, data, .. } => match self.request.take() {
                Some(mut request) => request.push(sequence, data).map(|()| request),
                None => return Vec::new(),
            },
        };
        match request {
            Ok(request) if request.is_complete() => self.answer(request.command),
            Ok(request) => {
                self.request = Some(request);
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    fn answer(&mut self, command: u8) -> Vec<Report> {
        let mut payload = self.answers.next().unwrap_or_else(|| vec![OTHER]);
        payload.truncate(MAX_PAYLOAD);
        split(CHANNEL, command, &payload).unwrap_or_default()
    }
}

/// Nonce, channel, CTAPHID version 2, device version, CBOR and wink.
fn opened(nonce: &[u8]) -> Vec<Report> {
    let payload = [&nonce[..8], &CHANNEL, &[2, 1, 0, 0, 0x05]].concat();
    split(BROADCAST, command::INIT, &payload).unwrap_or_default()
}
