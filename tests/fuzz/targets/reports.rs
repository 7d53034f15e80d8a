//! HID reports into the seam. Promise: an answer is exactly the announced bytes of the frames of
//! our own channel, in their order, whatever else came.

use hid::fuzzing::hear;

const KEEPALIVE: u8 = 0xBB;
const ERROR: u8 = 0xBF;
/// The codes of an error frame that mean busy: CTAP's, and that of usbd-ctaphid 0.5.
const BUSY: [u8; 2] = [0x06, 0x00];
const CBOR: u8 = 0x90;
const MOST_REPORTS: usize = 1024;

pub fn target(data: &[u8]) {
    let reports: Vec<[u8; 64]> = data.chunks(64).take(MOST_REPORTS).map(padded).collect();
    let Ok(heard) = hear(&reports) else { return };
    let Ok(answer) = heard.answer else { return };
    let (channel, after) = heard.channel.expect("an answer came without a channel");
    let ours = reports[after..].iter().filter(|report| report[..4] == channel);
    assert_eq!(Some(answer), joined(ours), "another answer than the frames hold");
}

fn padded(chunk: &[u8]) -> [u8; 64] {
    let mut report = [0; 64];
    report[..chunk.len()].copy_from_slice(chunk);
    report
}

/// CTAP 2.1, 11.2.4, once more and as plainly as can be.
fn joined<'a>(reports: impl Iterator<Item = &'a [u8; 64]>) -> Option<Vec<u8>> {
    // After "busy" the request may be answered yet.
    let mut frames = reports.filter(|report| report[4] != KEEPALIVE && !is_busy(report));
    let first = frames.next()?;
    let length = usize::from(first[5]) << 8 | usize::from(first[6]);
    assert_eq!(first[4], CBOR, "an answer to another command was taken");
    assert!((1..=7609).contains(&length), "an answer of {length} bytes was taken");
    let mut bytes = first[7..].to_vec();
    for (number, frame) in frames.enumerate() {
        if bytes.len() >= length {
            break;
        }
        assert_eq!(usize::from(frame[4]), number, "a frame out of its order was taken");
        bytes.extend_from_slice(&frame[5..]);
    }
    bytes.truncate(length);
    (bytes.len() == length).then_some(bytes)
}

fn is_busy(report: &[u8; 64]) -> bool {
    let announced = report[5..7] != [0, 0];
    report[4] == ERROR && announced && BUSY.contains(&report[7])
}
