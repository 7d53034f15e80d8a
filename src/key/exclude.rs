//! The exclude list of makeCredential, and what to do when it is too long for the key.
//!
//! A person may have many credentials whose ids can be read in several ways; a key takes only so
//! many ids, and only so long a request. A list that fits goes with the request. A longer one is
//! asked beforehand, batch by batch, with getAssertion without user presence (CTAP 2.1, 6.1.3).

use std::collections::HashSet;

use ciborium::Value;
use hid::DeviceId;

use super::classify::{from_seam, from_status};
use super::config::{authenticate, encode};
use super::error::KeyError;
use super::info::Info;
use crate::webauthn::CredentialId;

/// The command byte of authenticatorGetAssertion.
const GET_ASSERTION: u8 = 0x02;
const NO_CREDENTIALS: u8 = 0x2E;
/// What one id costs beside its own bytes: map, labels, the text `public-key`, lengths.
const BYTES_AROUND_ID: usize = 24;
/// getAssertion without its list: command, relying party, hash, options, PIN parameter.
const ASSERTION_BYTES: usize = 420;

/// The ids worth sending: each once, and none longer than any id of this key.
pub fn worth_sending<'a>(exclude: &'a [CredentialId], info: &Info) -> Vec<&'a [u8]> {
    let longest = info.max_credential_id_bytes.unwrap_or(usize::MAX);
    let mut seen = HashSet::new();
    exclude
        .iter()
        .map(|id| id.0.as_slice())
        .filter(|id| !id.is_empty() && id.len() <= longest && seen.insert(*id))
        .collect()
}

/// Whether the list fits into one makeCredential that is `message_bytes` long without it.
pub fn fits(ids: &[&[u8]], message_bytes: usize, info: &Info) -> bool {
    let list: usize = ids.iter().map(|id| id.len() + BYTES_AROUND_ID).sum();
    ids.len() <= info.max_credentials_in_list.unwrap_or(usize::MAX)
        && message_bytes + list <= info.max_message_bytes()
}

/// The list in batches, each small enough for one getAssertion.
pub fn batches<'a>(ids: &[&'a [u8]], info: &Info) -> Vec<Vec<&'a [u8]>> {
    let room = info.max_message_bytes().saturating_sub(ASSERTION_BYTES);
    let most = info.max_credentials_in_list.unwrap_or(usize::MAX).max(1);
    let mut batches: Vec<Vec<&[u8]>> = Vec::new();
    let mut left = 0;
    for &id in ids {
        let cost = id.len() + BYTES_AROUND_ID;
        match batches.last_mut() {
            Some(batch) if batch.len() < most && cost <= left => batch.push(id),
            _ => {
                batches.push(vec![id]);
                left = room;
            }
        }
        left = left.saturating_sub(cost);
    }
    batches
}

/// Asks the key, silently, whether one of these credentials is on it.
///
/// # Errors
/// [`KeyError::Excluded`] when one is; any other when the key could not be asked.
pub fn ask(
    device: &DeviceId,
    rp_id: &str,
    batch: &[&[u8]],
    token: &[u8],
    protocol: u8,
) -> Result<(), KeyError> {
    let request = assertion(rp_id, batch, token, protocol)?;
    match hid::ctap2(device, GET_ASSERTION, &request) {
        Ok(_) => Err(KeyError::Excluded),
        Err(hid::Ctap2Error::Status(NO_CREDENTIALS)) => Ok(()),
        Err(hid::Ctap2Error::Status(status)) => Err(from_status(status)),
        Err(error) => Err(from_seam(error)),
    }
}

fn assertion(
    rp_id: &str,
    batch: &[&[u8]],
    token: &[u8],
    protocol: u8,
) -> Result<Vec<u8>, KeyError> {
    // No assertion is used, so any hash will do.
    let hash = [0; 32];
    let list = batch.iter().map(|id| {
        Value::Map(vec![
            ("id".into(), Value::Bytes(id.to_vec())),
            ("type".into(), "public-key".into()),
        ])
    });
    encode(&Value::Map(vec![
        (0x01.into(), rp_id.into()),
        (0x02.into(), Value::Bytes(hash.to_vec())),
        (0x03.into(), Value::Array(list.collect())),
        (0x05.into(), Value::Map(vec![("up".into(), false.into())])),
        (0x06.into(), Value::Bytes(authenticate(token, &hash, protocol))),
        (0x07.into(), protocol.into()),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: u8, bytes: usize) -> Vec<CredentialId> {
        (0..count).map(|number| CredentialId(vec![number; bytes])).collect()
    }

    fn info(message: usize, in_list: Option<usize>) -> Info {
        Info {
            max_message_bytes: Some(message),
            max_credentials_in_list: in_list,
            max_credential_id_bytes: Some(128),
            ..Info::default()
        }
    }

    #[test]
    fn doubles_empty_ids_and_ids_too_long_for_the_key_are_left_out() {
        let mut list = ids(2, 64);
        list.push(CredentialId(vec![0; 64]));
        list.push(CredentialId(Vec::new()));
        list.push(CredentialId(vec![9; 129]));
        assert_eq!(worth_sending(&list, &info(1200, None)), [&[0; 64][..], &[1; 64][..]]);
    }

    #[test]
    fn a_short_list_fits_and_a_long_one_does_not() {
        let list = ids(8, 64);
        let list = worth_sending(&list, &Info::default());
        assert!(fits(&list, 400, &info(1200, Some(8))));
        assert!(!fits(&list, 400, &info(1024, Some(8))), "too many bytes");
        assert!(!fits(&list, 400, &info(1200, Some(7))), "too many ids");
    }

    #[test]
    fn batches_hold_every_id_once_and_obey_both_limits() {
        let list = ids(30, 64);
        let list = worth_sending(&list, &Info::default());
        for info in [info(1024, Some(8)), info(1024, Some(3)), info(7609, None), info(100, None)] {
            let batches = batches(&list, &info);
            assert_eq!(batches.concat(), list);
            for batch in batches {
                assert!(batch.len() <= info.max_credentials_in_list.unwrap_or(usize::MAX));
                let bytes: usize = batch.iter().map(|id| id.len() + BYTES_AROUND_ID).sum();
                let whole = bytes + ASSERTION_BYTES <= info.max_message_bytes();
                assert!(whole || batch.len() == 1, "one id alone is tried even if it is too long");
            }
        }
    }
}
