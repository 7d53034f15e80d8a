//! A short sound per result of a session, for whoever looks at the keys and not at the screen.
//!
//! The sound device belongs to a thread of its own: it may be slow, or absent, and then it is
//! silent with one line in the log.

use crate::engine::{BulkEvent, ResultKind};
use rodio::buffer::SamplesBuffer;
use rodio::{DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink, Player};
use std::f32::consts::TAU;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// Sounds that wait; more would be behind the keys.
const MOST_WAITING: usize = 4;
const SAMPLES_PER_SECOND: NonZero<u32> = NonZero::<u32>::MIN.saturating_add(44_099);
const MONO: NonZero<u16> = NonZero::<u16>::MIN;
const LOUDNESS: f32 = 0.25;

/// What is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// Two short tones, rising.
    Done,
    /// Two longer ones, falling.
    Failed,
}

impl Sound {
    /// That of an event, if it has one.
    pub fn of(event: &BulkEvent) -> Option<Self> {
        match event {
            BulkEvent::Result(result) => match result.kind {
                ResultKind::Done => Some(Self::Done),
                ResultKind::Failed => Some(Self::Failed),
                ResultKind::Skipped | ResultKind::Undone => None,
            },
            _ => None,
        }
    }

    /// Tones one after the other: hertz, seconds.
    fn tones(self) -> [(f32, f32); 2] {
        match self {
            Self::Done => [(660.0, 0.07), (990.0, 0.11)],
            Self::Failed => [(330.0, 0.16), (220.0, 0.24)],
        }
    }

    /// Samples from -1 to 1.
    fn samples(self) -> Vec<f32> {
        let rate = SAMPLES_PER_SECOND.get() as f32;
        let tone = |(hertz, seconds): (f32, f32)| {
            let count = (seconds * rate) as usize;
            (0..count).map(move |n| {
                let at = n as f32 / rate;
                LOUDNESS * swell(n, count) * (TAU * hertz * at).sin()
            })
        };
        self.tones().into_iter().flat_map(tone).collect()
    }
}

/// In and out within an eighth of the tone's length each, or it clicks.
fn swell(n: usize, count: usize) -> f32 {
    let edge = (count / 8).max(1) as f32;
    let from_start = n as f32 / edge;
    let from_end = (count - 1 - n) as f32 / edge;
    from_start.min(from_end).min(1.0)
}

/// Plays sounds, once there is one to play.
#[derive(Default)]
pub struct Sounds {
    speaker: Option<SyncSender<Sound>>,
}

impl Sounds {
    pub fn play(&mut self, sound: Sound) {
        if self.speaker.is_none() {
            self.speaker = speaker();
        }
        let Some(speaker) = &self.speaker else { return };
        match speaker.try_send(sound) {
            Ok(()) => {}
            Err(TrySendError::Full(late)) => tracing::debug!(?late, "sound left out"),
            // It has said why; nothing is tried again before the next start.
            Err(TrySendError::Disconnected(_)) => {}
        }
    }
}

fn speaker() -> Option<SyncSender<Sound>> {
    let (sounds, inbox) = sync_channel(MOST_WAITING);
    let thread = std::thread::Builder::new().name("sounds".into()).spawn(move || speak(&inbox));
    match thread {
        Ok(_) => Some(sounds),
        Err(error) => {
            tracing::warn!(%error, "no sounds: no thread for them");
            None
        }
    }
}

fn speak(inbox: &Receiver<Sound>) {
    let device = match open() {
        Ok(device) => device,
        Err(error) => {
            tracing::warn!(%error, "no sounds: no sound device");
            return;
        }
    };
    let player = Player::connect_new(device.mixer());
    while let Ok(sound) = inbox.recv() {
        player.append(SamplesBuffer::new(MONO, SAMPLES_PER_SECOND, sound.samples()));
    }
}

fn open() -> Result<MixerDeviceSink, DeviceSinkError> {
    let log = |error| tracing::debug!(%error, "sound device");
    let builder = DeviceSinkBuilder::from_default_device()?.with_error_callback(log);
    let mut device = builder.open_stream()?;
    device.log_on_drop(false);
    Ok(device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::EntryNo;
    use crate::engine::ResultShown;

    fn result(kind: ResultKind) -> BulkEvent {
        BulkEvent::Result(Box::new(ResultShown {
            at: jiff::Timestamp::UNIX_EPOCH,
            kind,
            name: String::new(),
            slot: None,
            serial: None,
            took: None,
            detail: String::new(),
            entry: EntryNo(1),
            enrolment: None,
        }))
    }

    #[test]
    fn each_result_has_its_sound_and_what_was_before_has_none() {
        assert_eq!(Sound::of(&result(ResultKind::Done)), Some(Sound::Done));
        assert_eq!(Sound::of(&result(ResultKind::Failed)), Some(Sound::Failed));
        assert_eq!(Sound::of(&result(ResultKind::Skipped)), None);
        let BulkEvent::Result(done) = result(ResultKind::Done) else { panic!() };
        assert_eq!(Sound::of(&BulkEvent::Results(vec![*done])), None);
    }

    #[test]
    fn sounds_are_short_soft_and_begin_and_end_in_silence() {
        let rate = SAMPLES_PER_SECOND.get() as usize;
        for sound in [Sound::Done, Sound::Failed] {
            let samples = sound.samples();
            assert!((rate / 10..rate / 2).contains(&samples.len()), "{sound:?}");
            assert!(samples.iter().all(|sample| sample.abs() <= LOUDNESS));
            assert!(samples.iter().any(|sample| sample.abs() > LOUDNESS / 2.0));
            let (first, last) = (samples.first().unwrap(), samples.last().unwrap());
            assert!(first.abs() < 0.001 && last.abs() < 0.001, "{sound:?} clicks");
            let steps = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs());
            assert!(steps.fold(0.0, f32::max) < 0.05, "{sound:?} clicks between its tones");
        }
    }
}
