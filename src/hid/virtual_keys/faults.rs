//! How a virtual key can misbehave, and when.

use std::time::Duration;

use opensk::ctap::cbor_read;

/// A misbehaviour. Those at a moment happen once; the others last until cleared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It hears nothing and says nothing.
    Silent,
    /// It stops answering at this moment, and says nothing until it is plugged in again.
    SilentAt(At),
    /// It is pulled out at this moment.
    PullOutAt(At),
    /// It works this long on each CTAP2 command, sending keepalives.
    Slow(Duration),
    /// It answers this CTAP2 command with this status and does nothing.
    Refuses {
        /// Such as 0x02 for getAssertion.
        command: u8,
        /// Such as 0x36 when it does nothing without its PIN.
        status: u8,
    },
    /// It answers with this status at this moment, and does nothing; such as 0x06 while another
    /// program has it.
    RefusesAt(At, u8),
    /// Its CTAP2 answers break the protocol.
    Malformed(Malformation),
    /// Frames of another program's conversation come before each answer.
    ForeignFrames,
    /// It tells everything but its serial number.
    HidesSerial,
}

/// A moment in a key's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    command: u8,
    subcommand: Option<u8>,
    nth: u32,
    stage: Stage,
}

/// Before or after the command has its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The request arrived; nothing was done yet.
    Received,
    /// Everything was done and written; the answer was not sent yet.
    Done,
}

/// How an answer is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformation {
    /// The second frame has the wrong number (long answers only).
    Sequence,
    /// The first frame announces more bytes than any message can have.
    Length,
    /// The answer is to another command.
    Command,
    /// No byte at all, not even a status.
    Empty,
    /// A CTAPHID error frame without its code.
    ErrorWithoutCode,
    /// Well-formed frames with this payload instead of the answer; the first byte is the status.
    Payload(Vec<u8>),
}

impl At {
    /// The first time this CTAP2 command arrives, such as 0x01 for makeCredential; 0xC2 is READ
    /// CONFIG.
    pub const fn first(command: u8) -> Self {
        Self { command, subcommand: None, nth: 1, stage: Stage::Received }
    }

    /// Only with this subcommand, such as 0x03 of clientPIN (0x06) for setting the PIN.
    #[must_use]
    pub const fn subcommand(self, subcommand: u8) -> Self {
        Self { subcommand: Some(subcommand), ..self }
    }

    /// The `nth` time, counted from 1.
    #[must_use]
    pub const fn nth(self, nth: u32) -> Self {
        Self { nth, ..self }
    }

    /// After the command had its effect, before it is answered.
    #[must_use]
    pub const fn done(self) -> Self {
        Self { stage: Stage::Done, ..self }
    }

    fn is_about(&self, request: &[u8]) -> bool {
        request.first() == Some(&self.command)
            && self
                .subcommand
                .is_none_or(|wanted| subcommand_of(request) == Some(u64::from(wanted)))
    }
}

/// The fault set, and how far its moment is.
pub(super) struct Faults {
    fault: Option<Fault>,
    seen: u32,
}

/// What to do at a stage of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    GoOn,
    FallSilent,
    PullOut,
    /// Answers with this status only.
    Refuse(u8),
}

impl Faults {
    pub(super) fn new(fault: Option<Fault>) -> Self {
        Self { fault, seen: 0 }
    }

    pub(super) fn current(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Called once at each stage of each CTAP2 request, and for READ CONFIG.
    pub(super) fn judge(&mut self, request: &[u8], stage: Stage) -> Verdict {
        let (at, verdict) = match &self.fault {
            Some(Fault::SilentAt(at)) => (at, Verdict::FallSilent),
            Some(Fault::PullOutAt(at)) => (at, Verdict::PullOut),
            Some(Fault::RefusesAt(at, status)) => (at, Verdict::Refuse(*status)),
            _ => return Verdict::GoOn,
        };
        if at.stage != stage || !at.is_about(request) {
            return Verdict::GoOn;
        }
        self.seen += 1;
        if self.seen < at.nth {
            return Verdict::GoOn;
        }
        self.fault = None;
        verdict
    }
}

/// The subcommand of a request: member 2 of clientPIN, member 1 of the others that have one.
pub(super) fn subcommand_of(request: &[u8]) -> Option<u64> {
    const CLIENT_PIN: u8 = 0x06;
    let (command, parameters) = request.split_first()?;
    let member = if *command == CLIENT_PIN { 2 } else { 1 };
    let map = cbor_read(parameters).ok()?.extract_map()?;
    map.into_iter()
        .find(|(name, _)| name.clone().extract_unsigned() == Some(member))
        .and_then(|(_, value)| value.extract_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// clientPIN, protocol 1, getRetries.
    const GET_RETRIES: &[u8] = &[0x06, 0xA2, 0x01, 0x01, 0x02, 0x01];

    #[test]
    fn a_moment_is_counted_and_happens_once() {
        let at = At::first(0x06).subcommand(1).nth(2);
        let mut faults = Faults::new(Some(Fault::PullOutAt(at)));
        assert_eq!(faults.judge(&[0x04], Stage::Received), Verdict::GoOn);
        assert_eq!(faults.judge(GET_RETRIES, Stage::Received), Verdict::GoOn);
        assert_eq!(faults.judge(GET_RETRIES, Stage::Done), Verdict::GoOn);
        assert_eq!(faults.judge(GET_RETRIES, Stage::Received), Verdict::PullOut);
        assert_eq!(faults.judge(GET_RETRIES, Stage::Received), Verdict::GoOn);
    }

    #[test]
    fn a_refusal_at_a_moment_is_over_at_the_next() {
        let mut faults = Faults::new(Some(Fault::RefusesAt(At::first(0x04), 0x06)));
        assert_eq!(faults.judge(&[0x04], Stage::Received), Verdict::Refuse(0x06));
        assert_eq!(faults.judge(&[0x04], Stage::Received), Verdict::GoOn);
    }

    #[test]
    fn another_subcommand_is_another_moment() {
        let at = At::first(0x06).subcommand(3).done();
        let mut faults = Faults::new(Some(Fault::SilentAt(at)));
        assert_eq!(faults.judge(GET_RETRIES, Stage::Done), Verdict::GoOn);
    }
}
