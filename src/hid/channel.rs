//! One CTAPHID channel: the request under way on it, the answer being put together, the deadline.
//!
//! Pure state behind a lock: the device writes the frames and routes what comes back.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::frames::{Assembler, BROADCAST, ChannelId, FIRST_FRAME, Frame, command};
use crate::notes::{Activity, Limits};
use crate::reason::{Malformed, Reason};
use crate::sync::lock;

const STATUS_UP_NEEDED: u8 = 2;
const ERROR_CHANNEL_BUSY: u8 = 0x06;
/// Nonce, channel id, versions and capabilities (CTAP 2.1, 11.2.9.1.3), in bytes.
const INIT_ANSWER: usize = 17;

/// A message for the key.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) channel: ChannelId,
    pub(crate) command: u8,
    pub(crate) payload: Vec<u8>,
}

impl Request {
    /// Whether it takes more than one frame, each of which a key may refuse by itself.
    pub(crate) fn is_long(&self) -> bool {
        self.payload.len() > FIRST_FRAME
    }
}

/// What a frame brought.
pub(crate) enum Heard {
    /// Nothing a listener cares for.
    Nothing,
    /// The key said what it is doing.
    Status(Activity),
    /// The request is over.
    Ended,
}

/// A channel, shared between the thread that waits on it and the device's reader.
pub(crate) struct Channel {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    id: Option<ChannelId>,
    pending: Option<Pending>,
    outcome: Option<Result<Vec<u8>, Reason>>,
    finished: Option<Reason>,
    /// The key said what it does about the last request, and nobody said yet that it is over.
    announced: bool,
}

struct Pending {
    request: Request,
    answer: Option<Assembler>,
    started: Instant,
    heard: Instant,
    touch_since: Option<Instant>,
    cancelled: Option<Instant>,
}

impl Channel {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::default(), changed: Condvar::new() }
    }

    /// The id the key gave this channel, once it did.
    pub(crate) fn id(&self) -> Option<ChannelId> {
        lock(&self.state).id
    }

    /// Notes that a request is about to be written.
    ///
    /// # Errors
    /// The reason the channel was finished for; it can't be used again.
    pub(crate) fn begin(&self, request: Request) -> Result<(), Reason> {
        let mut state = lock(&self.state);
        if let Some(reason) = &state.finished {
            return Err(reason.clone());
        }
        let now = Instant::now();
        state.outcome = None;
        state.announced = false;
        state.pending = Some(Pending {
            request,
            answer: None,
            started: now,
            heard: now,
            touch_since: None,
            cancelled: None,
        });
        Ok(())
    }

    /// The request that the key refused as busy, unless it was cancelled.
    pub(crate) fn refused(&self) -> Option<Request> {
        let state = lock(&self.state);
        let pending = state.pending.as_ref().filter(|pending| pending.cancelled.is_none())?;
        Some(pending.request.clone())
    }

    /// Forgets a request that stays refused.
    pub(crate) fn give_up(&self) {
        lock(&self.state).pending = None;
    }

    /// Blocks until the request is over or its deadline passes. `limits` is asked anew each time
    /// something was heard.
    ///
    /// # Errors
    /// The reason, which also finishes the channel when it is a missed deadline or a broken
    /// answer.
    pub(crate) fn wait(&self, limits: impl Fn() -> Limits) -> Result<Vec<u8>, Reason> {
        let mut state = lock(&self.state);
        loop {
            if let Some(outcome) = state.outcome.take() {
                return outcome;
            }
            if let Some(reason) = &state.finished {
                return Err(reason.clone());
            }
            let Some(pending) = &state.pending else {
                return Err(Reason::Silent);
            };
            let (deadline, reason) = pending.deadline(limits());
            let now = Instant::now();
            if deadline <= now {
                state.finish(reason.clone());
                return Err(reason);
            }
            state = self.sleep(state, deadline - now);
        }
    }

    fn sleep<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        let (state, _timed_out) =
            self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner);
        state
    }

    /// Takes a frame that came on this channel.
    pub(crate) fn hear(&self, frame: &Frame<'_>) -> Heard {
        let mut state = lock(&self.state);
        let Some(pending) = state.pending.as_mut().filter(|p| !p.is_opening()) else {
            return Heard::Nothing;
        };
        pending.heard = Instant::now();
        let outcome = match pending.take(frame) {
            Ok(None) => return Heard::Nothing,
            Ok(Some(Taken::Status(activity))) => {
                state.announced = true;
                return Heard::Status(activity);
            }
            Ok(Some(Taken::Answer(payload))) => Ok(payload),
            Err(reason) => Err(reason),
        };
        self.settle(state, outcome);
        Heard::Ended
    }

    /// Takes the answer to this channel's INIT: the new channel id, or why there is none.
    pub(crate) fn open(&self, answer: Result<(ChannelId, Vec<u8>), Reason>) {
        let mut state = lock(&self.state);
        let outcome = answer.map(|(id, payload)| {
            state.id = Some(id);
            payload
        });
        self.settle(state, outcome);
    }

    fn settle(&self, mut state: MutexGuard<'_, State>, outcome: Result<Vec<u8>, Reason>) {
        match &outcome {
            // The request may be repeated.
            Err(Reason::Busy) => {}
            // What is left of a broken answer must not be taken for the next one.
            Err(reason @ Reason::Malformed(_)) => state.finish(reason.clone()),
            _ => state.pending = None,
        }
        state.outcome = Some(outcome);
        drop(state);
        self.changed.notify_all();
    }

    /// Whether listeners are still to be told that the request is over; the asker tells them.
    pub(crate) fn take_announced(&self) -> bool {
        std::mem::take(&mut lock(&self.state).announced)
    }

    /// Ends the channel for good.
    pub(crate) fn finish(&self, reason: Reason) {
        lock(&self.state).finish(reason);
        self.changed.notify_all();
    }

    /// Notes that the request under way is being cancelled.
    ///
    /// Returns the channel to send CANCEL on; `None` if there is nothing to cancel.
    pub(crate) fn cancel(&self) -> Option<ChannelId> {
        let mut state = lock(&self.state);
        let id = state.id?;
        let pending = state.pending.as_mut()?;
        if pending.request.command != command::CBOR {
            return None;
        }
        pending.cancelled = Some(Instant::now());
        drop(state);
        self.changed.notify_all();
        Some(id)
    }
}

impl State {
    fn finish(&mut self, reason: Reason) {
        self.pending = None;
        self.finished.get_or_insert(reason);
    }
}

enum Taken {
    Status(Activity),
    Answer(Vec<u8>),
}

impl Pending {
    fn is_opening(&self) -> bool {
        self.request.channel == BROADCAST
    }

    /// When the wait is over, and what it means.
    fn deadline(&self, limits: Limits) -> (Instant, Reason) {
        let silent = (self.heard + limits.silence, Reason::Silent);
        let overall = match (self.cancelled, self.touch_since) {
            (Some(since), _) => (since + limits.silence, Reason::Silent),
            (None, Some(since)) => (since + limits.touch, Reason::NoTouch),
            (None, None) => (self.started + limits.touch, Reason::Silent),
        };
        if overall.0 < silent.0 { overall } else { silent }
    }

    fn take(&mut self, frame: &Frame<'_>) -> Result<Option<Taken>, Reason> {
        match *frame {
            Frame::Start { command, length, data, .. } => match command {
                command::KEEPALIVE => Ok(Some(Taken::Status(self.status(data)))),
                command::ERROR => Err(refusal(length, data)),
                _ => self.start(command, length, data),
            },
            Frame::Next { sequence, data, .. } => {
                let answer = self.answer.as_mut().ok_or(Malformed::NoStart)?;
                answer.push(sequence, data)?;
                Ok(self.complete())
            }
        }
    }

    fn status(&mut self, data: &[u8]) -> Activity {
        if data.first() == Some(&STATUS_UP_NEEDED) {
            self.touch_since.get_or_insert(self.heard);
            return Activity::TouchNeeded;
        }
        Activity::Processing
    }

    fn start(&mut self, command: u8, length: usize, data: &[u8]) -> Result<Option<Taken>, Reason> {
        let expected = self.request.command;
        if command != expected || self.answer.is_some() {
            return Err(Malformed::Command { expected, got: command }.into());
        }
        if length < shortest_answer(command) {
            return Err(Malformed::Length { command, length }.into());
        }
        self.answer = Some(Assembler::start(command, length, data)?);
        Ok(self.complete())
    }

    fn complete(&mut self) -> Option<Taken> {
        let payload = self.answer.take_if(|answer| answer.is_complete())?.into_payload();
        // The echo of an earlier ping says nothing about this one.
        let is_stale = self.request.command == command::PING && payload != self.request.payload;
        (!is_stale).then_some(Taken::Answer(payload))
    }
}

/// The fewest bytes an answer can have: CBOR begins with a status byte, U2F ends with two.
fn shortest_answer(command: u8) -> usize {
    match command {
        command::CBOR => 1,
        command::MSG => 2,
        _ => 0,
    }
}

/// What a CTAPHID error frame that announces `length` bytes means. Firmware made with usbd-ctaphid
/// 0.5 (SoloKeys, Nitrokey) says 0 where it means that it is busy.
pub(crate) fn refusal(length: usize, data: &[u8]) -> Reason {
    match data.first() {
        None => Malformed::ErrorWithoutCode.into(),
        // There is padding in its place, which would read as 0.
        Some(_) if length == 0 => Malformed::ErrorWithoutCode.into(),
        Some(&(0 | ERROR_CHANNEL_BUSY)) => Reason::Busy,
        Some(&code) => Reason::Refused(code),
    }
}

/// The nonce an INIT answer repeats and the channel it gives; `None` for any other frame.
pub(crate) fn init_answer(frame: &Frame<'_>) -> Option<([u8; 8], Result<ChannelId, Malformed>)> {
    let &Frame::Start { command: command::INIT, length, data, .. } = frame else {
        return None;
    };
    let nonce = data.first_chunk::<8>()?;
    let given = data[8..].first_chunk::<4>()?;
    let channel = if length < INIT_ANSWER || length > data.len() {
        Err(Malformed::Length { command: command::INIT, length })
    } else if *given == BROADCAST || *given == [0; 4] {
        Err(Malformed::Channel)
    } else {
        Ok(*given)
    };
    Some((*nonce, channel))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::split;

    const ID: ChannelId = [0, 0, 0, 9];

    fn waiting() -> Channel {
        let channel = Channel::new();
        channel.open(Ok((ID, Vec::new())));
        channel
            .begin(Request { channel: ID, command: command::CBOR, payload: vec![4] })
            .expect("a new channel takes a request");
        channel
    }

    fn hear(channel: &Channel, command: u8, payload: &[u8]) {
        for report in split(ID, command, payload).expect("fits") {
            channel.hear(&Frame::parse(&report));
        }
    }

    fn limits(silence_ms: u64, touch_ms: u64) -> impl Fn() -> Limits {
        move || Limits {
            silence: Duration::from_millis(silence_ms),
            touch: Duration::from_millis(touch_ms),
        }
    }

    #[test]
    fn an_answer_of_several_frames_arrives_whole() {
        let channel = waiting();
        hear(&channel, command::CBOR, &[3; 300]);
        assert_eq!(channel.wait(limits(50, 50)), Ok(vec![3; 300]));
    }

    #[test]
    fn silence_finishes_the_channel() {
        let channel = waiting();
        assert_eq!(channel.wait(limits(10, 1000)), Err(Reason::Silent));
        hear(&channel, command::CBOR, &[0]);
        assert_eq!(channel.wait(limits(10, 1000)), Err(Reason::Silent));
    }

    #[test]
    fn a_touch_that_never_comes_is_told_apart_from_silence() {
        let channel = waiting();
        hear(&channel, command::KEEPALIVE, &[STATUS_UP_NEEDED]);
        assert_eq!(channel.wait(limits(1000, 10)), Err(Reason::NoTouch));
    }

    #[test]
    fn endless_processing_ends_as_silence() {
        let channel = waiting();
        hear(&channel, command::KEEPALIVE, &[1]);
        assert_eq!(channel.wait(limits(1000, 10)), Err(Reason::Silent));
    }

    #[test]
    fn a_key_that_ignores_the_cancel_is_given_up() {
        let channel = waiting();
        hear(&channel, command::KEEPALIVE, &[STATUS_UP_NEEDED]);
        assert_eq!(channel.cancel(), Some(ID));
        assert_eq!(channel.wait(limits(10, 60_000)), Err(Reason::Silent));
    }

    #[test]
    fn frames_that_break_the_protocol_are_told() {
        let cases: [(u8, &[u8], Reason); 6] = [
            (command::CBOR, &[], Malformed::Length { command: command::CBOR, length: 0 }.into()),
            (
                command::MSG,
                &[0x90, 0],
                Malformed::Command { expected: command::CBOR, got: command::MSG }.into(),
            ),
            (command::ERROR, &[], Malformed::ErrorWithoutCode.into()),
            (command::ERROR, &[0], Reason::Busy),
            (command::ERROR, &[1], Reason::Refused(1)),
            (command::ERROR, &[6], Reason::Busy),
        ];
        for (command, payload, reason) in cases {
            let channel = waiting();
            hear(&channel, command, payload);
            assert_eq!(channel.wait(limits(50, 50)), Err(reason));
        }
    }

    #[test]
    fn a_busy_key_leaves_the_request_to_repeat() {
        let channel = waiting();
        hear(&channel, command::ERROR, &[6]);
        assert_eq!(channel.wait(limits(50, 50)), Err(Reason::Busy));
        assert_eq!(channel.refused().map(|request| request.payload), Some(vec![4]));
        channel.give_up();
        assert!(channel.refused().is_none());
    }

    #[test]
    fn the_echo_of_an_earlier_ping_is_not_taken_for_that_of_the_last() {
        let channel = waiting();
        let ping = Request { channel: ID, command: command::PING, payload: vec![2; 8] };
        channel.begin(ping).expect("the channel takes a ping");
        hear(&channel, command::PING, &[1; 8]);
        hear(&channel, command::PING, &[2; 8]);
        assert_eq!(channel.wait(limits(50, 50)), Ok(vec![2; 8]));
    }

    #[test]
    fn an_init_answer_with_an_unusable_channel_is_malformed() {
        let mut payload = [7; 17];
        payload[8..12].copy_from_slice(&BROADCAST);
        let reports = split(BROADCAST, command::INIT, &payload).expect("fits");
        let (nonce, channel) = init_answer(&Frame::parse(&reports[0])).expect("an INIT answer");
        assert_eq!(nonce, [7; 8]);
        assert_eq!(channel, Err(Malformed::Channel));
    }
}
