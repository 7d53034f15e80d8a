//! An open device: one system handle shared by all channels, one thread that reads it.
//!
//! Reports are drained the moment they come, keepalives are swallowed, frames of channels that are
//! not ours are dropped. Lock order: sink, then a channel; routes are never held together with
//! another lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::backend::{Link, ReportSink, ReportSource};
use crate::channel::{Channel, Heard, Request, init_answer, refusal};
use crate::description::DeviceId;
use crate::frames::{BROADCAST, ChannelId, Frame, Report, command, split};
use crate::notes::{Activity, Notes};
use crate::reason::{Malformed, Reason};
use crate::registry;
use crate::sync::lock;

/// How long a key that is busy with another program is asked again, and how often.
const BUSY_PATIENCE: Duration = Duration::from_millis(500);
const BUSY_PAUSE: Duration = Duration::from_millis(25);

/// An open device.
pub(crate) struct Device {
    id: DeviceId,
    notes: Arc<Notes>,
    sink: Mutex<Box<dyn ReportSink>>,
    routes: Mutex<Routes>,
    control: Mutex<Option<Arc<Channel>>>,
}

#[derive(Default)]
struct Routes {
    by_id: HashMap<ChannelId, Arc<Channel>>,
    opening: HashMap<[u8; 8], Arc<Channel>>,
    ended: Option<Reason>,
}

impl Device {
    /// Takes over a link and starts reading it.
    ///
    /// # Errors
    /// [`Reason::Io`] if the system gives no thread.
    pub(crate) fn start(id: DeviceId, link: Link, notes: Arc<Notes>) -> Result<Arc<Self>, Reason> {
        let device = Arc::new(Self::new(id, link.sink, notes));
        let reader = Arc::clone(&device);
        let mut source = link.source;
        thread::Builder::new()
            .name(format!("hid {}", device.id))
            .spawn(move || reader.read_until_it_ends(source.as_mut()))
            .map_err(|error| Reason::Io(error.to_string()))?;
        Ok(device)
    }

    /// A device that nobody reads yet.
    pub(crate) fn new(id: DeviceId, sink: Box<dyn ReportSink>, notes: Arc<Notes>) -> Self {
        Self {
            id,
            notes,
            sink: Mutex::new(sink),
            routes: Mutex::default(),
            control: Mutex::default(),
        }
    }

    /// Sends one message on the device's own channel and waits for the answer.
    pub(crate) fn transact(&self, command: u8, payload: &[u8]) -> Result<Vec<u8>, Reason> {
        let mut control = lock(&self.control);
        let channel = match control.take() {
            Some(channel) => channel,
            None => self.open_channel()?,
        };
        let answer = self.exchange(&channel, command, payload);
        match answer {
            // The key itself said no: the channel is as good as before.
            Ok(_) | Err(Reason::Refused(_)) => *control = Some(channel),
            Err(_) => self.close(&channel),
        }
        answer
    }

    fn exchange(
        &self,
        channel: &Arc<Channel>,
        command: u8,
        payload: &[u8],
    ) -> Result<Vec<u8>, Reason> {
        let request = Request {
            channel: channel.id().ok_or(Malformed::Channel)?,
            command,
            payload: payload.to_vec(),
        };
        self.send(channel, request)?;
        self.receive(channel)
    }

    fn open_channel(&self) -> Result<Arc<Channel>, Reason> {
        let channel = Arc::new(Channel::new());
        let request =
            Request { channel: BROADCAST, command: command::INIT, payload: nonce()?.to_vec() };
        let opened = self.send(&channel, request).and_then(|()| self.receive(&channel));
        match opened {
            Ok(_) => Ok(channel),
            Err(reason) => {
                self.close(&channel);
                Err(reason)
            }
        }
    }

    /// Writes a request. An INIT makes the channel known under its nonce first.
    pub(crate) fn send(&self, channel: &Arc<Channel>, request: Request) -> Result<(), Reason> {
        let sent = self.try_send(channel, request);
        if sent.is_err() {
            self.notes.record(&sent);
        }
        sent
    }

    fn try_send(&self, channel: &Arc<Channel>, request: Request) -> Result<(), Reason> {
        self.expect_channel(channel, &request)?;
        let reports = split(request.channel, request.command, &request.payload)?;
        let mut sink = lock(&self.sink);
        channel.begin(request)?;
        let written = write_all(sink.as_mut(), &reports);
        drop(sink);
        if let Err(reason) = &written {
            self.end(reason.clone());
        }
        written
    }

    fn expect_channel(&self, channel: &Arc<Channel>, request: &Request) -> Result<(), Reason> {
        let mut routes = lock(&self.routes);
        if let Some(reason) = &routes.ended {
            return Err(reason.clone());
        }
        if request.channel == BROADCAST {
            let nonce = *request
                .payload
                .first_chunk::<8>()
                .ok_or(Malformed::Request { length: request.payload.len() })?;
            routes.opening.insert(nonce, Arc::clone(channel));
        }
        Ok(())
    }

    /// Waits for the answer to the request last sent on this channel. A key that is busy with
    /// another program is asked again for half a second: the request had no effect yet.
    ///
    /// # Errors
    /// After a missed deadline or a broken answer the channel is finished and the key is told to
    /// cancel.
    pub(crate) fn receive(&self, channel: &Arc<Channel>) -> Result<Vec<u8>, Reason> {
        let mut answer = channel.wait(|| self.notes.limits());
        if answer == Err(Reason::Busy) {
            answer = self.ask_again(channel);
        }
        self.announce_end(channel);
        self.notes.record(&answer);
        if let Err(Reason::Silent | Reason::NoTouch | Reason::Malformed(_)) = answer {
            self.abandon(channel);
        }
        answer
    }

    /// Repeats a request that the key refused as busy. A key may refuse each frame of it by itself,
    /// so a late refusal could be taken for one of the repeated request, which would then be sent
    /// twice. A short message whose answer tells which one it belongs to goes ahead: once it is
    /// answered, the key has said all it had to say before.
    fn ask_again(&self, channel: &Arc<Channel>) -> Result<Vec<u8>, Reason> {
        let Some(request) = channel.refused() else {
            return Err(Reason::Busy);
        };
        let first_refusal = Instant::now();
        let mut answer = Err(Reason::Busy);
        while answer == Err(Reason::Busy) && first_refusal.elapsed() < BUSY_PATIENCE {
            thread::sleep(BUSY_PAUSE);
            if channel.refused().is_none() {
                break; // cancelled
            }
            if request.is_long() {
                let ping = Request {
                    channel: request.channel,
                    command: command::PING,
                    payload: nonce()?.to_vec(),
                };
                self.try_send(channel, ping)?;
                match channel.wait(|| self.notes.limits()) {
                    Ok(_) => {}
                    Err(Reason::Busy) => continue,
                    Err(reason) => return Err(reason),
                }
            }
            self.try_send(channel, request.clone())?;
            answer = channel.wait(|| self.notes.limits());
        }
        if answer == Err(Reason::Busy) {
            channel.give_up();
        }
        answer
    }

    /// Tells the key to stop, and forgets the channel so that a late answer falls out.
    fn abandon(&self, channel: &Arc<Channel>) {
        self.close(channel);
        if let Some(id) = channel.id() {
            self.write_cancel(id);
        }
    }

    /// Forgets a channel.
    pub(crate) fn close(&self, channel: &Arc<Channel>) {
        let mut routes = lock(&self.routes);
        routes.by_id.retain(|_, known| !Arc::ptr_eq(known, channel));
        routes.opening.retain(|_, known| !Arc::ptr_eq(known, channel));
    }

    /// Cancels whatever request is under way on any channel of ours.
    pub(crate) fn cancel(&self) {
        let channels: Vec<_> = lock(&self.routes).by_id.values().cloned().collect();
        let mut failed = None;
        for channel in channels {
            // With the sink held no new request can slip in between and be cancelled instead.
            let mut sink = lock(&self.sink);
            if let Some(id) = channel.cancel()
                && let Err(reason) = cancel_on(sink.as_mut(), id)
            {
                failed = Some(reason);
                break;
            }
        }
        if let Some(reason) = failed {
            self.end(reason);
        }
    }

    fn write_cancel(&self, id: ChannelId) {
        let written = cancel_on(lock(&self.sink).as_mut(), id);
        if let Err(reason) = written {
            self.end(reason);
        }
    }

    fn read_until_it_ends(&self, source: &mut dyn ReportSource) {
        loop {
            match source.read() {
                Ok(report) => self.route(&report),
                Err(reason) => return self.end(reason),
            }
        }
    }

    /// Takes a report that came from the key.
    pub(crate) fn route(&self, report: &Report) {
        let frame = Frame::parse(report);
        if frame.channel() == BROADCAST {
            return self.route_broadcast(&frame);
        }
        let channel = lock(&self.routes).by_id.get(&frame.channel()).cloned();
        let Some(channel) = channel else { return };
        match channel.hear(&frame) {
            Heard::Nothing => {}
            Heard::Status(activity) => self.notes.publish(activity),
            Heard::Ended => self.announce_end(&channel),
        }
    }

    /// Another channel's request may still wait for its touch, so only a request that was heard of
    /// is said to be over.
    fn announce_end(&self, channel: &Channel) {
        if channel.take_announced() {
            self.notes.publish(Activity::Answered);
        }
    }

    /// An INIT answer is ours only if the nonce is. An error names nobody, so every channel being
    /// opened takes it; at worst one of them asks again.
    fn route_broadcast(&self, frame: &Frame<'_>) {
        if let Some((nonce, given)) = init_answer(frame) {
            return self.route_init(frame, nonce, given);
        }
        if let &Frame::Start { command: command::ERROR, length, data, .. } = frame {
            let opening: Vec<_> = lock(&self.routes).opening.values().cloned().collect();
            for channel in opening {
                channel.open(Err(refusal(length, data)));
            }
        }
    }

    fn route_init(&self, frame: &Frame<'_>, nonce: [u8; 8], given: Result<ChannelId, Malformed>) {
        let mut routes = lock(&self.routes);
        let Some(channel) = routes.opening.remove(&nonce) else {
            return;
        };
        let answer = match given {
            Ok(id) if routes.by_id.contains_key(&id) => Err(Malformed::Channel.into()),
            Ok(id) => {
                routes.by_id.insert(id, Arc::clone(&channel));
                Ok((id, init_payload(frame)))
            }
            Err(malformed) => Err(malformed.into()),
        };
        drop(routes);
        channel.open(answer);
    }

    /// The device is over: nothing is read or written any more, and every waiter is told.
    fn end(&self, reason: Reason) {
        let mut routes = lock(&self.routes);
        if routes.ended.is_some() {
            return;
        }
        routes.ended = Some(reason.clone());
        let mut channels: Vec<_> = routes.by_id.drain().map(|(_, channel)| channel).collect();
        channels.extend(routes.opening.drain().map(|(_, channel)| channel));
        drop(routes);
        registry::forget(&self.id);
        self.notes.record::<()>(&Err(reason.clone()));
        for channel in channels {
            channel.finish(reason.clone());
        }
        self.notes.publish(Activity::Answered);
        if reason == Reason::Gone {
            registry::retire(&self.id);
        }
    }
}

fn nonce() -> Result<[u8; 8], Reason> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(|error| Reason::Io(error.to_string()))?;
    Ok(nonce)
}

fn init_payload(frame: &Frame<'_>) -> Vec<u8> {
    match *frame {
        Frame::Start { length, data, .. } => data[..length.min(data.len())].to_vec(),
        Frame::Next { .. } => Vec::new(),
    }
}

fn write_all(sink: &mut dyn ReportSink, reports: &[Report]) -> Result<(), Reason> {
    reports.iter().try_for_each(|report| sink.write(report))
}

fn cancel_on(sink: &mut dyn ReportSink, id: ChannelId) -> Result<(), Reason> {
    write_all(sink, &split(id, command::CANCEL, &[])?)
}
