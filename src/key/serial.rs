//! The vendor message READ CONFIG (CTAPHID 0xC2, YubiKeys only): serial and firmware, without a
//! PIN and without a touch.
//!
//! An answer page is one byte of length and then tags, each with a byte of length; tag 0x10 says
//! that another page follows.

use super::KeyError;
use super::classify::from_reason;
use hid::{DeviceId, Reason};

/// USB vendor id of the only vendor the message is sent to.
pub const YUBICO: u16 = 0x1050;

const READ_CONFIG: u8 = 0xC2;
const TAG_SERIAL: u8 = 0x02;
const TAG_VERSION: u8 = 0x05;
const TAG_MORE: u8 = 0x10;
/// More pages than any key has.
const MAX_PAGES: u8 = 8;

/// What READ CONFIG told; either may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceConfig {
    /// As printed on the key, in decimal. Plain Security Keys have none.
    pub serial: Option<u32>,
    pub version: Option<[u8; 3]>,
}

/// Asks the key. What it does not know, or answers as nobody can read, is absent.
///
/// # Errors
/// When the key was not reached: a key that has a serial must never pass for one that has none.
pub fn read_config(id: &DeviceId) -> Result<DeviceConfig, KeyError> {
    let mut config = DeviceConfig::default();
    for page in 0..MAX_PAGES {
        let answer = match hid::transact(id, READ_CONFIG, &[page]) {
            Ok(answer) => answer,
            Err(reason @ (Reason::Refused(_) | Reason::Malformed(_))) => {
                tracing::debug!(%id, page, %reason, "no READ CONFIG");
                break;
            }
            Err(reason) => return Err(from_reason(reason)),
        };
        match config.add_page(&answer) {
            Some(Page::MoreFollow) => {}
            Some(Page::Last) => break,
            None => {
                tracing::debug!(%id, page, "READ CONFIG can't be read");
                break;
            }
        }
    }
    Ok(config)
}

/// Whether another page has to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Last,
    MoreFollow,
}

impl DeviceConfig {
    /// Takes in one page; `None` when its lengths do not add up, and then nothing is taken.
    pub(super) fn add_page(&mut self, answer: &[u8]) -> Option<Page> {
        let (&length, rest) = answer.split_first()?;
        let mut fields = rest.get(..usize::from(length))?;
        let mut read = *self;
        let mut page = Page::Last;
        while let Some((&tag, rest)) = fields.split_first() {
            let (&length, rest) = rest.split_first()?;
            let (value, rest) = rest.split_at_checked(usize::from(length))?;
            match tag {
                TAG_SERIAL => {
                    let serial = u32::from_be_bytes(value.try_into().ok()?);
                    read.serial = (serial != 0).then_some(serial);
                }
                TAG_VERSION => read.version = Some(value.try_into().ok()?),
                TAG_MORE if value != [0] => page = Page::MoreFollow,
                _ => {}
            }
            fields = rest;
        }
        *self = read;
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_and_version_are_read() {
        let mut config = DeviceConfig::default();
        let page = [13, 0x02, 4, 0x00, 0xBC, 0x61, 0x4E, 0x04, 1, 1, 0x05, 3, 5, 7, 1, 0xEE];
        // Length covers the serial, form factor and the version's first byte only: refused.
        assert_eq!(config.add_page(&page), None);
        assert_eq!(config, DeviceConfig::default());
        let page = [14, 0x02, 4, 0x00, 0xBC, 0x61, 0x4E, 0x04, 1, 1, 0x05, 3, 5, 7, 1];
        assert_eq!(config.add_page(&page), Some(Page::Last));
        assert_eq!(config, DeviceConfig { serial: Some(12_345_678), version: Some([5, 7, 1]) });
    }

    #[test]
    fn a_second_page_adds_to_the_first() {
        let mut config = DeviceConfig::default();
        assert_eq!(config.add_page(&[8, 0x05, 3, 5, 4, 3, 0x10, 1, 1]), Some(Page::MoreFollow));
        assert_eq!(config.add_page(&[6, 0x02, 4, 0, 0, 0, 9]), Some(Page::Last));
        assert_eq!(config, DeviceConfig { serial: Some(9), version: Some([5, 4, 3]) });
    }

    #[test]
    fn a_key_without_a_serial_has_none() {
        let mut config = DeviceConfig::default();
        assert_eq!(config.add_page(&[0]), Some(Page::Last));
        assert_eq!(config.serial, None);
        assert_eq!(config.add_page(&[6, 0x02, 4, 0, 0, 0, 0]), Some(Page::Last));
        assert_eq!(config.serial, None);
    }

    #[test]
    fn cut_pages_are_refused_whole() {
        let page = [14, 0x02, 4, 0x00, 0xBC, 0x61, 0x4E, 0x04, 1, 1, 0x05, 3, 5, 7, 1];
        for end in 0..page.len() {
            let mut config = DeviceConfig::default();
            assert_eq!(config.add_page(&page[..end]), None, "cut at {end}");
            assert_eq!(config, DeviceConfig::default());
        }
        let mut config = DeviceConfig::default();
        assert_eq!(config.add_page(&[4, 0x02, 2, 1, 2]), None, "a serial of two bytes");
    }
}
