//! A short sound as a key is done or its slot asks, for whoever looks at the keys and not at the
//! screen: while the key is in, when there is something to do.
//!
//! The sound device belongs to a thread of its own: it may be slow, or absent, and then it is
//! silent with one line in the log.

use super::state::SlotMark;
use crate::engine::Board;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sound {
    /// Two short tones, rising: a key is to be taken out.
    Done,
    /// Two longer ones, falling: a slot asks, or does not take its key.
    Asks,
}

impl Sound {
    /// That of what changed from one board to the next, if it has one: what asks comes first. A
    /// slot that was not on the board before stood so when the session was taken up.
    pub fn of(before: &Board, now: &Board) -> Option<Self> {
        let changed = now.slots.iter().filter_map(|slot| {
            let was = before.slots.iter().find(|was| was.no == slot.no)?;
            let (was, is) = (SlotMark::of(&was.phase), SlotMark::of(&slot.phase));
            (was != is).then(|| Self::of_mark(is))?
        });
        changed.max()
    }

    fn of_mark(mark: SlotMark) -> Option<Self> {
        match mark {
            SlotMark::Done => Some(Self::Done),
            SlotMark::Failed | SlotMark::PinNeeded | SlotMark::NotUsed | SlotMark::Replug => {
                Some(Self::Asks)
            }
            SlotMark::Waiting
            | SlotMark::Identifying
            | SlotMark::Checking
            | SlotMark::SettingPin
            | SlotMark::TouchNext
            | SlotMark::Touch
            | SlotMark::Registering
            | SlotMark::PulledOut
            | SlotMark::Paused => None,
        }
    }

    /// Tones one after the other: hertz, seconds.
    fn tones(self) -> [(f32, f32); 2] {
        match self {
            Self::Done => [(660.0, 0.07), (990.0, 0.11)],
            Self::Asks => [(330.0, 0.16), (220.0, 0.24)],
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
    use crate::bulk::SlotNo;
    use crate::engine::{SlotPhase, SlotShown};
    use crate::enrolment::{PinNeeded, Step, Stopped, WhichPin};
    use crate::problem::Problem;
    use std::time::Instant;

    fn board(phases: &[SlotPhase]) -> Board {
        let slot = |(no, phase): (u8, &SlotPhase)| SlotShown {
            no: SlotNo(no),
            key: None,
            person: None,
            enrolment: None,
            phase: phase.clone(),
            done: 0,
            note: String::new(),
            since: Instant::now(),
        };
        Board { slots: (1..).zip(phases).map(slot).collect(), ..Board::default() }
    }

    fn problem() -> Problem {
        Problem { what: String::new(), next: String::new(), details: Vec::new() }
    }

    fn stopped() -> Stopped {
        Stopped { step: Step::Register, problem: problem(), answers: Vec::new() }
    }

    const AT_WORK: SlotPhase = SlotPhase::Working(Step::Confirm);
    const DONE: SlotPhase = SlotPhase::Done { number: 1 };

    #[test]
    fn a_key_is_heard_as_it_is_done_and_not_as_it_is_out() {
        let heard = |from: SlotPhase, to: SlotPhase| Sound::of(&board(&[from]), &board(&[to]));
        assert_eq!(heard(AT_WORK, DONE), Some(Sound::Done));
        assert_eq!(heard(DONE, SlotPhase::Done { number: 2 }), None, "once");
        assert_eq!(heard(DONE, SlotPhase::Free), None);
    }

    #[test]
    fn a_slot_that_asks_is_heard_as_it_begins_to() {
        let needed = PinNeeded { stopped: stopped(), which: WhichPin::ChooseNew, refused: false };
        let stops = SlotPhase::Stopped(stopped());
        for asks in [
            stops.clone(),
            SlotPhase::PinNeeded(needed),
            SlotPhase::Refused(problem()),
            SlotPhase::Barred(problem()),
            SlotPhase::Replug,
        ] {
            let before = board(&[AT_WORK, AT_WORK]);
            let now = board(&[asks.clone(), DONE]);
            assert_eq!(Sound::of(&before, &now), Some(Sound::Asks), "{asks:?}");
            assert_eq!(Sound::of(&now, &now), None, "{asks:?}, once");
        }
        assert_eq!(Sound::of(&board(&[stops]), &board(&[SlotPhase::PulledOut])), None);
    }

    #[test]
    fn what_stood_so_when_the_session_was_taken_up_is_not_heard() {
        assert_eq!(Sound::of(&Board::default(), &board(&[DONE, SlotPhase::Replug])), None);
    }

    #[test]
    fn sounds_are_short_soft_and_begin_and_end_in_silence() {
        let rate = SAMPLES_PER_SECOND.get() as usize;
        for sound in [Sound::Done, Sound::Asks] {
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
