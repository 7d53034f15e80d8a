//! Which of some credentials are on a key, asked without a touch: getAssertion with an allow list
//! and without user presence (CTAP 2.1, 6.2).
//!
//! No PIN is needed either, but a credential that was made to want user verification each time
//! (credProtect 3) is then not told of.

use ciborium::Value;
use hid::DeviceId;

use super::classify::{from_seam, from_status};
use super::config::{authenticate, encode};
use super::credentials::{NO_CREDENTIALS, not_there};
use super::error::KeyError;
use super::info::Info;
use crate::webauthn::CredentialId;

/// The command byte of authenticatorGetAssertion.
const GET_ASSERTION: u8 = 0x02;
/// What one id costs beside its own bytes: map, labels, the text `public-key`, lengths.
pub const BYTES_AROUND_ID: usize = 24;
/// getAssertion without what varies: command, labels, heads, hash, options.
const ASSERTION_BYTES: usize = 52;
/// The PIN parameter and the number of its protocol.
const TOKEN_BYTES: usize = 40;

/// A pinUvAuthToken with the number of its protocol.
pub struct Token<'a> {
    pub bytes: &'a [u8],
    pub protocol: u8,
}

/// The list in batches, each small enough for one [`ask`] with the same token.
pub fn batches<'a>(
    ids: &[&'a [u8]],
    rp_id: &str,
    token: Option<&Token<'_>>,
    info: &Info,
) -> Vec<Vec<&'a [u8]>> {
    let without_list = ASSERTION_BYTES + rp_id.len() + token.map_or(0, |_| TOKEN_BYTES);
    let room = info.max_message_bytes().saturating_sub(without_list);
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

/// The credential of the batch that is on the key; one of them, where there are several.
///
/// # Errors
/// [`KeyError::PinRequired`] from a key that does nothing without its PIN;
/// [`KeyError::Malformed`] when it does not say which one it is; any other when it could not be
/// asked.
pub fn ask(
    device: &DeviceId,
    rp_id: &str,
    batch: &[&[u8]],
    token: Option<&Token<'_>>,
) -> Result<Option<CredentialId>, KeyError> {
    let request = assertion(rp_id, batch, token)?;
    let error = match hid::ctap2(device, GET_ASSERTION, &request) {
        Ok(answer) => return which(&answer, batch).map(Some),
        Err(hid::Ctap2Error::Status(status)) => not_there(from_status(status)),
        Err(error) => from_seam(error),
    };
    match error {
        KeyError::Status(NO_CREDENTIALS) => Ok(None),
        error => Err(error),
    }
}

/// The id is member 1; it may be left out where only one was asked for.
fn which(answer: &[u8], batch: &[&[u8]]) -> Result<CredentialId, KeyError> {
    let unreadable = || KeyError::Malformed("getAssertion: no credential of the list".into());
    let answer: Value = ciborium::from_reader(answer).map_err(|_| unreadable())?;
    let id = member(&answer, &0x01.into()).and_then(|of| member(of, &"id".into()));
    let told = match (id, batch) {
        (Some(id), _) => id.as_bytes().map(Vec::as_slice),
        (None, [only]) => Some(*only),
        (None, _) => None,
    };
    let told = told.filter(|told| batch.contains(told)).ok_or_else(unreadable)?;
    Ok(CredentialId(told.to_vec()))
}

fn member<'a>(map: &'a Value, name: &Value) -> Option<&'a Value> {
    map.as_map()?.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn assertion(rp_id: &str, batch: &[&[u8]], token: Option<&Token<'_>>) -> Result<Vec<u8>, KeyError> {
    // No assertion is used, so any hash will do.
    let hash = [0; 32];
    let list = batch.iter().map(|id| {
        Value::Map(vec![
            ("id".into(), Value::Bytes(id.to_vec())),
            ("type".into(), "public-key".into()),
        ])
    });
    let mut members = vec![
        (0x01.into(), rp_id.into()),
        (0x02.into(), Value::Bytes(hash.to_vec())),
        (0x03.into(), Value::Array(list.collect())),
        (0x05.into(), Value::Map(vec![("up".into(), false.into())])),
    ];
    if let Some(Token { bytes, protocol }) = token {
        let parameter = authenticate(bytes, &hash, *protocol);
        members.push((0x06.into(), Value::Bytes(parameter)));
        members.push((0x07.into(), (*protocol).into()));
    }
    encode(&Value::Map(members))
}

#[cfg(test)]
mod tests {
    use super::super::exclude::worth_sending;
    use super::*;

    #[test]
    fn batches_hold_every_id_once_and_obey_both_limits() {
        let list = list(30, 64);
        let list = worth_sending(&list, &Info::default());
        for (message, in_list) in [(1024, Some(8)), (1024, Some(3)), (7609, None), (100, None)] {
            let info = info(message, in_list);
            let batches = batches(&list, RP, None, &info);
            assert_eq!(batches.concat(), list);
            for batch in batches {
                assert!(batch.len() <= info.max_credentials_in_list.unwrap_or(usize::MAX));
                let whole = bytes(RP, &batch, None) <= info.max_message_bytes();
                assert!(whole || batch.len() == 1, "one id alone is tried even if it is too long");
            }
        }
    }

    #[test]
    fn the_largest_request_fits_the_key_and_one_more_id_would_not() {
        let token = Token { bytes: &[7; 32], protocol: 2 };
        let long = "a-relying-party-with-a-long-name.of-a-department.practice.example";
        for (rp_id, token) in [(RP, None), (RP, Some(&token)), (long, None), (long, Some(&token))] {
            for length in [16, 23, 24, 64, 128, 255, 256] {
                for message in 1024..1400 {
                    let list = list(100, length);
                    let list = worth_sending(&list, &Info::default());
                    let batches = batches(&list, rp_id, token, &info(message, None));
                    let largest = bytes(rp_id, &batches[0], token);
                    assert!(largest <= message, "{largest} of {message}, ids of {length}");
                    let one_more = largest + length + BYTES_AROUND_ID;
                    let slack = 12 + 3 * batches[0].len();
                    assert!(one_more + slack > message, "{largest} of {message}, ids of {length}");
                }
            }
        }
    }

    #[test]
    fn many_credentials_are_asked_for_in_few_requests() {
        let list = list(250, 64);
        let list = worth_sending(&list, &Info::default());
        let requests = |message, in_list| batches(&list, RP, None, &info(message, in_list)).len();
        assert_eq!(requests(1024, None), 25);
        assert_eq!(requests(1200, Some(8)), 32);
    }

    const RP: &str = "login.microsoft.com";

    fn list(count: u8, length: usize) -> Vec<CredentialId> {
        (0..count).map(|number| CredentialId(vec![number; length])).collect()
    }

    fn info(message: usize, in_list: Option<usize>) -> Info {
        Info {
            max_message_bytes: Some(message),
            max_credentials_in_list: in_list,
            ..Info::default()
        }
    }

    /// Of the request as it is sent, with its command.
    fn bytes(rp_id: &str, batch: &[&[u8]], token: Option<&Token<'_>>) -> usize {
        1 + assertion(rp_id, batch, token).unwrap().len()
    }

    fn answer(id: Option<Value>) -> Vec<u8> {
        let credential = id.map(|id| (0x01.into(), Value::Map(vec![("id".into(), id)])));
        let members = credential.into_iter().chain([(0x02.into(), Value::Bytes(vec![0; 37]))]);
        encode(&Value::Map(members.collect())).unwrap()
    }

    #[test]
    fn the_credential_is_the_one_the_key_names() {
        let told = answer(Some(Value::Bytes(vec![2; 16])));
        assert_eq!(which(&told, &[&[1; 16], &[2; 16]]), Ok(CredentialId(vec![2; 16])));
        assert_eq!(which(&answer(None), &[&[1; 16]]), Ok(CredentialId(vec![1; 16])));
    }

    #[test]
    fn a_credential_nobody_asked_for_or_none_among_several_is_no_answer() {
        for told in [
            answer(Some(Value::Bytes(vec![3; 16]))),
            answer(Some("id".into())),
            answer(None),
            vec![0xFF],
            Vec::new(),
        ] {
            let found = which(&told, &[&[1; 16], &[2; 16]]);
            assert!(matches!(found, Err(KeyError::Malformed(_))), "{found:?}");
        }
    }
}
