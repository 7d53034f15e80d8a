//! The exclude list of makeCredential, and what to do when it is too long for the key.
//!
//! A person may have many credentials whose ids can be read in several ways; a key takes only so
//! many ids, and only so long a request. A list that fits goes with the request. A longer one is
//! asked beforehand, batch by batch (`silent`).

use std::collections::HashSet;

use hid::DeviceId;

use super::error::KeyError;
use super::info::Info;
use super::silent::{self, BYTES_AROUND_ID, Token};
use crate::webauthn::CredentialId;

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

/// Asks the key whether one of these credentials is on it, with the PIN's token.
///
/// # Errors
/// [`KeyError::Excluded`] when one is; any other when the key could not be asked.
pub fn ask(
    device: &DeviceId,
    rp_id: &str,
    batch: &[&[u8]],
    token: &Token<'_>,
) -> Result<(), KeyError> {
    match silent::ask(device, rp_id, batch, Some(token))? {
        Some(_) => Err(KeyError::Excluded),
        None => Ok(()),
    }
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
}
