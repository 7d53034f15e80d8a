//! CTAPHID framing (CTAP 2.1, 11.2.4): messages to 64-byte frames and back, every frame checked.

use crate::reason::Malformed;

/// One HID report as it travels, without a report id.
pub(crate) type Report = [u8; 64];
/// The channel a frame belongs to.
pub(crate) type ChannelId = [u8; 4];

/// The channel on which channels are allocated.
pub(crate) const BROADCAST: ChannelId = [0xFF; 4];
/// The longest payload one message can carry, in bytes.
pub(crate) const MAX_PAYLOAD: usize = FIRST_FRAME + 128 * NEXT;

/// The bytes of a message that its first frame carries.
pub(crate) const FIRST_FRAME: usize = 57;
const NEXT: usize = 59;
const START_BIT: u8 = 0x80;

/// CTAPHID commands without the start bit (CTAP 2.1, 11.2.9).
pub(crate) mod command {
    pub(crate) const PING: u8 = 0x01;
    pub(crate) const MSG: u8 = 0x03;
    pub(crate) const INIT: u8 = 0x06;
    pub(crate) const CBOR: u8 = 0x10;
    pub(crate) const CANCEL: u8 = 0x11;
    pub(crate) const KEEPALIVE: u8 = 0x3B;
    pub(crate) const ERROR: u8 = 0x3F;
}

/// A frame taken apart.
pub(crate) enum Frame<'a> {
    /// First frame of a message of `length` bytes.
    Start { channel: ChannelId, command: u8, length: usize, data: &'a [u8] },
    /// Continuation frame.
    Next { channel: ChannelId, sequence: u8, data: &'a [u8] },
}

impl<'a> Frame<'a> {
    pub(crate) fn parse(report: &'a Report) -> Self {
        let [c0, c1, c2, c3, kind, high, low, ..] = *report;
        let channel = [c0, c1, c2, c3];
        if kind & START_BIT == 0 {
            return Self::Next { channel, sequence: kind, data: &report[5..] };
        }
        Self::Start {
            channel,
            command: kind & !START_BIT,
            length: usize::from(u16::from_be_bytes([high, low])),
            data: &report[7..],
        }
    }

    pub(crate) fn channel(&self) -> ChannelId {
        match *self {
            Self::Start { channel, .. } | Self::Next { channel, .. } => channel,
        }
    }
}

/// Cuts a message into frames.
///
/// # Errors
/// [`Malformed::Request`] if the payload is longer than [`MAX_PAYLOAD`].
pub(crate) fn split(
    channel: ChannelId,
    command: u8,
    payload: &[u8],
) -> Result<Vec<Report>, Malformed> {
    let length = payload.len();
    let announced = u16::try_from(length)
        .ok()
        .filter(|_| length <= MAX_PAYLOAD)
        .ok_or(Malformed::Request { length })?;
    let (first, rest) = payload.split_at(length.min(FIRST_FRAME));
    let mut report = header(channel, command | START_BIT);
    report[5..7].copy_from_slice(&announced.to_be_bytes());
    report[7..7 + first.len()].copy_from_slice(first);
    let mut reports = vec![report];
    for (sequence, chunk) in (0u8..).zip(rest.chunks(NEXT)) {
        let mut report = header(channel, sequence);
        report[5..5 + chunk.len()].copy_from_slice(chunk);
        reports.push(report);
    }
    Ok(reports)
}

fn header(channel: ChannelId, kind: u8) -> Report {
    let mut report = [0; 64];
    report[..4].copy_from_slice(&channel);
    report[4] = kind;
    report
}

/// Puts one message together from its frames, refusing any frame out of place.
#[derive(Debug)]
pub(crate) struct Assembler {
    pub(crate) command: u8,
    length: usize,
    payload: Vec<u8>,
    next: u8,
}

impl Assembler {
    /// Begins with the contents of a [`Frame::Start`].
    pub(crate) fn start(command: u8, length: usize, data: &[u8]) -> Result<Self, Malformed> {
        if length > MAX_PAYLOAD {
            return Err(Malformed::Length { command, length });
        }
        Ok(Self { command, length, payload: data[..length.min(data.len())].to_vec(), next: 0 })
    }

    /// Adds the contents of a [`Frame::Next`].
    pub(crate) fn push(&mut self, sequence: u8, data: &[u8]) -> Result<(), Malformed> {
        if sequence != self.next || self.is_complete() {
            return Err(Malformed::Sequence { expected: self.next, got: sequence });
        }
        let missing = self.length - self.payload.len();
        self.payload.extend_from_slice(&data[..missing.min(data.len())]);
        self.next += 1;
        Ok(())
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.payload.len() == self.length
    }

    pub(crate) fn into_payload(self) -> Vec<u8> {
        self.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: ChannelId = [1, 2, 3, 4];

    fn joined(reports: &[Report]) -> Result<Vec<u8>, Malformed> {
        let mut assembler = None;
        for report in reports {
            match Frame::parse(report) {
                Frame::Start { command, length, data, .. } => {
                    assembler = Some(Assembler::start(command, length, data)?)
                }
                Frame::Next { sequence, data, .. } => {
                    assembler.as_mut().expect("a start").push(sequence, data)?
                }
            }
        }
        let assembler = assembler.expect("a message");
        assert!(assembler.is_complete());
        Ok(assembler.into_payload())
    }

    #[test]
    fn every_length_survives_splitting_and_joining() {
        for length in [0, 1, 57, 58, 116, 117, 1024, MAX_PAYLOAD] {
            let payload: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let reports = split(CHANNEL, command::CBOR, &payload).expect("fits");
            assert_eq!(joined(&reports), Ok(payload), "{length} bytes");
        }
    }

    #[test]
    fn a_first_frame_has_the_layout_of_the_specification() {
        let reports = split(CHANNEL, command::CBOR, &[0x04]).expect("fits");
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0][..8], [1, 2, 3, 4, 0x90, 0, 1, 0x04]);
        assert!(reports[0][8..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_payload_too_long_for_a_message_is_refused() {
        assert_eq!(
            split(CHANNEL, command::CBOR, &vec![0; MAX_PAYLOAD + 1]),
            Err(Malformed::Request { length: MAX_PAYLOAD + 1 })
        );
    }

    #[test]
    fn a_frame_out_of_order_is_refused() {
        let mut reports = split(CHANNEL, command::CBOR, &[7; 200]).expect("fits");
        reports.swap(1, 2);
        assert_eq!(joined(&reports), Err(Malformed::Sequence { expected: 0, got: 1 }));
    }

    #[test]
    fn an_impossible_length_is_refused() {
        assert!(matches!(
            Assembler::start(command::CBOR, 0xFFFF, &[0; 57]),
            Err(Malformed::Length { length: 0xFFFF, .. })
        ));
    }
}
