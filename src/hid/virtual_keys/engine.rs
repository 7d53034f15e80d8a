//! The authenticator of one power-up: frames in, frames out, faults in between.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use opensk::api::clock::Clock;
use opensk::ctap::hid::{
    ChannelID, CtapHid, CtapHidCommand, HidPacketIterator, KeepaliveStatus, Message,
    ProcessedPacket,
};
use opensk::ctap::main_hid::MainHid;
use opensk::ctap::status_code::Ctap2StatusCode;
use opensk::ctap::{Channel, CtapState};
use opensk::env::Env;

use super::environment::KeyEnv;
use super::faults::{Fault, Malformation, Stage, Verdict};
use super::model::ResetRule;
use super::session::{Event, Session};
use super::{Core, generation, read_config};
use crate::frames::{BROADCAST, Report};
use crate::sync::lock;

/// What the host is told of (CTAP 2.1, 11.2.9.1.3): wink, CBOR, and U2F messages too.
const CAPABILITIES: u8 = CtapHid::<KeyEnv>::CAPABILITY_WINK | CtapHid::<KeyEnv>::CAPABILITY_CBOR;

const RESET: u8 = 0x07;
const RESET_WITHIN_MS: usize = 10_000;

/// Starts the authenticator's thread. Without a thread the key is plugged in but says nothing.
pub(super) fn power_up(core: Arc<Core>, session: Arc<Session>) -> Option<JoinHandle<()>> {
    let name = format!("virtual key {}", core.place);
    // The key's clock starts before this returns.
    let mut engine = Engine::new(core, Arc::clone(&session));
    thread::Builder::new()
        .name(name)
        .spawn(move || {
            while let Some(report) = session.next_report() {
                engine.take(&report);
            }
        })
        .ok()
}

struct Engine {
    core: Arc<Core>,
    session: Arc<Session>,
    env: KeyEnv,
    hid: CtapHid<KeyEnv>,
    main: MainHid<KeyEnv>,
    state: CtapState<KeyEnv>,
    fell_silent: bool,
    /// On the key's clock.
    reset_until: Duration,
}

impl Engine {
    fn new(core: Arc<Core>, session: Arc<Session>) -> Self {
        let mut env = KeyEnv::new(Arc::clone(&core), Some(Arc::clone(&session)));
        let reset_until = env.clock().make_timer(RESET_WITHIN_MS);
        Self {
            state: CtapState::new(&mut env),
            hid: CtapHid::new(CAPABILITIES),
            main: MainHid::default(),
            env,
            core,
            session,
            fell_silent: false,
            reset_until,
        }
    }

    fn take(&mut self, report: &Report) {
        if self.fell_silent || self.fault() == Some(Fault::Silent) {
            return;
        }
        if let Some(reports) = self.vendor_answer(report) {
            return self.emit(reports.into_iter());
        }
        let Some(message) = self.hid.parse_packet(&mut self.env, report, false) else {
            return;
        };
        if message.cmd == CtapHidCommand::Cbor {
            return self.cbor(message);
        }
        let answer = self.main.process_message(&mut self.env, message, &mut self.state);
        self.emit_message(answer);
    }

    fn fault(&self) -> Option<Fault> {
        lock(&self.core.faults).current().cloned()
    }

    /// OpenSK knows no vendor commands, so READ CONFIG is answered before it sees the frame.
    fn vendor_answer(&mut self, report: &Report) -> Option<Vec<Report>> {
        let (channel, packet) = CtapHid::<KeyEnv>::process_single_packet(report);
        let ProcessedPacket::InitPacket { cmd, len, data } = packet else {
            return None;
        };
        if cmd | 0x80 != read_config::COMMAND || len != 1 || channel == BROADCAST {
            return None;
        }
        let spec = &self.core.spec;
        let serial = spec.serial.filter(|_| self.fault() != Some(Fault::HidesSerial));
        let payload = read_config::answer(spec, serial, data[0])?;
        if !self.go_on(&[read_config::COMMAND, data[0]], Stage::Received) {
            return Some(Vec::new());
        }
        crate::frames::split(channel, cmd, &payload).ok()
    }

    fn cbor(&mut self, message: Message) {
        let Message { cid, payload, .. } = message;
        self.env.work_for(cid);
        let answer = match (self.judged(&payload, Stage::Received), self.fault()) {
            (Verdict::FallSilent | Verdict::PullOut, _) => return,
            (Verdict::Refuse(status), _) => vec![status],
            (_, Some(Fault::Slow(time))) => match self.work_slowly(cid, time) {
                Some(status) => vec![status],
                None => self.process(&payload, cid),
            },
            (_, Some(Fault::Refuses { command, status })) if payload.first() == Some(&command) => {
                vec![status]
            }
            _ => self.process(&payload, cid),
        };
        if self.session.is_gone() || !self.go_on(&payload, Stage::Done) {
            return;
        }
        self.answer(cid, answer);
    }

    fn process(&mut self, request: &[u8], cid: ChannelID) -> Vec<u8> {
        let generation = self.core.spec.generation;
        if let Some(status) = generation::refusal(generation, request) {
            return vec![status];
        }
        if request.first() == Some(&RESET) {
            self.allow_reset();
        }
        let answer = self.state.process_command(&mut self.env, request, Channel::MainHid(cid));
        generation::adapt(generation, request, answer)
    }

    /// OpenSK takes a reset only as the first command of a power-up: a firmware that is not so
    /// strict forgets what came before.
    fn allow_reset(&mut self) {
        let in_time = !self.env.clock().is_elapsed(&self.reset_until);
        if self.core.spec.reset == ResetRule::InTime && in_time {
            self.state = CtapState::new(&mut self.env);
        }
    }

    fn go_on(&mut self, request: &[u8], stage: Stage) -> bool {
        matches!(self.judged(request, stage), Verdict::GoOn | Verdict::Refuse(_))
    }

    /// What happens at this stage; falling silent and being pulled out are done.
    fn judged(&mut self, request: &[u8], stage: Stage) -> Verdict {
        let verdict = lock(&self.core.faults).judge(request, stage);
        match verdict {
            Verdict::GoOn | Verdict::Refuse(_) => {}
            Verdict::FallSilent => self.fell_silent = true,
            Verdict::PullOut => self.session.pull_out(),
        }
        verdict
    }

    /// Keeps the host waiting. Gives the status to answer with if the request was cancelled.
    fn work_slowly(&mut self, cid: ChannelID, time: Duration) -> Option<u8> {
        let end = Instant::now() + time;
        let interval = *lock(&self.core.keepalive);
        while Instant::now() < end {
            self.env.keep_alive(KeepaliveStatus::Processing);
            match self.session.wait(end.min(Instant::now() + interval), || None) {
                Event::Gone => return Some(Ctap2StatusCode::CTAP1_ERR_OTHER as u8),
                Event::Report(report) if is_cancel(&report, cid) => {
                    return Some(Ctap2StatusCode::CTAP2_ERR_KEEPALIVE_CANCEL as u8);
                }
                Event::Report(report) => self.refuse_as_busy(&report, cid),
                Event::Touched | Event::Timeout => {}
            }
        }
        None
    }

    fn refuse_as_busy(&self, report: &Report, working_for: ChannelID) {
        let (channel, _) = CtapHid::<KeyEnv>::process_single_packet(report);
        if channel != working_for {
            self.emit(CtapHid::<KeyEnv>::busy_error(channel));
        }
    }

    fn answer(&mut self, cid: ChannelID, payload: Vec<u8>) {
        let fault = self.fault();
        if fault == Some(Fault::ForeignFrames) {
            self.emit(foreign_frames(cid).into_iter());
        }
        let message = Message { cid, cmd: CtapHidCommand::Cbor, payload };
        match fault {
            Some(Fault::Malformed(malformation)) => self.emit_malformed(message, &malformation),
            _ => self.emit_message(message),
        }
    }

    fn emit_malformed(&self, mut message: Message, malformation: &Malformation) {
        match malformation {
            Malformation::Command => message.cmd = CtapHidCommand::Ping,
            Malformation::Empty => message.payload.clear(),
            Malformation::Payload(payload) => message.payload.clone_from(payload),
            Malformation::ErrorWithoutCode => {
                message.cmd = CtapHidCommand::Error;
                message.payload.clear();
            }
            Malformation::Sequence | Malformation::Length => {}
        }
        let mut reports: Vec<Report> = split(message).collect();
        match malformation {
            Malformation::Length => {
                if let Some(first) = reports.first_mut() {
                    first[5..7].copy_from_slice(&[0xFF, 0xFF]);
                }
            }
            Malformation::Sequence => {
                if let Some(second) = reports.get_mut(1) {
                    second[4] += 1;
                }
            }
            _ => {}
        }
        self.emit(reports.into_iter());
    }

    fn emit_message(&self, message: Message) {
        self.emit(split(message));
    }

    fn emit(&self, reports: impl Iterator<Item = Report>) {
        for report in reports {
            self.session.emit(&report);
        }
    }
}

fn split(message: Message) -> HidPacketIterator {
    CtapHid::<KeyEnv>::split_message(message)
}

fn is_cancel(report: &Report, cid: ChannelID) -> bool {
    let (channel, packet) = CtapHid::<KeyEnv>::process_single_packet(report);
    let ProcessedPacket::InitPacket { cmd, .. } = packet else {
        return false;
    };
    channel == cid && CtapHidCommand::from(cmd) == CtapHidCommand::Cancel
}

/// What a second program's conversation leaves on the wire: its keepalive, the start of its
/// answer and a continuation, the INIT answer to its nonce.
fn foreign_frames(ours: ChannelID) -> Vec<Report> {
    let theirs = [ours[0] ^ 0x5A, ours[1], ours[2], ours[3]];
    let mut frames: Vec<Report> =
        CtapHid::<KeyEnv>::keepalive(theirs, KeepaliveStatus::UpNeeded).collect();
    let answer = |cid, cmd, payload| split(Message { cid, cmd, payload });
    frames.extend(answer(theirs, CtapHidCommand::Cbor, vec![0x31; 100]));
    frames.extend(answer(BROADCAST, CtapHidCommand::Init, vec![0x77; 17]));
    frames
}
