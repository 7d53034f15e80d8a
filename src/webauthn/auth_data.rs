//! Authenticator data (WebAuthn level 3, 6.1), parsed without trust: any bytes may come.

use super::{Aaguid, CredentialId, algorithm, base64url};
use ciborium::Value;

/// Authenticator data taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthData {
    /// SHA-256 of the relying party's id.
    pub rp_id_hash: [u8; 32],
    pub flags: Flags,
    pub counter: u32,
    /// Present in a registration.
    pub credential: Option<AttestedCredential>,
    /// Extension outputs as a JSON object; byte strings are base64url.
    pub extensions: Option<serde_json::Value>,
}

/// The flags byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    pub const USER_PRESENT: u8 = 0x01;
    pub const USER_VERIFIED: u8 = 0x04;
    pub const ATTESTED: u8 = 0x40;
    pub const EXTENSIONS: u8 = 0x80;

    pub fn has(self, flag: u8) -> bool {
        self.0 & flag == flag
    }
}

/// Attested credential data (WebAuthn level 3, 6.5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestedCredential {
    pub aaguid: Aaguid,
    pub id: CredentialId,
    pub public_key: PublicKey,
}

/// A credential's public key (COSE_Key).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// P-256 coordinates.
    Es256 {
        x: [u8; 32],
        y: [u8; 32],
    },
    Ed25519 {
        x: [u8; 32],
    },
    /// A kind that can't be checked here.
    Other {
        algorithm: i64,
    },
}

impl PublicKey {
    /// COSE algorithm number.
    pub fn algorithm(&self) -> i64 {
        match self {
            Self::Es256 { .. } => algorithm::ES256,
            Self::Ed25519 { .. } => algorithm::EDDSA,
            Self::Other { algorithm } => *algorithm,
        }
    }
}

/// Why bytes are no authenticator data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthDataError {
    #[error("ends too early")]
    Truncated,
    #[error("{0} bytes too many")]
    Trailing(usize),
    #[error("credential id of {0} bytes; 1 to 1023 are allowed")]
    IdLength(usize),
    #[error("public key can't be read")]
    PublicKey,
    #[error("extensions can't be read")]
    Extensions,
}

/// The longest credential id (WebAuthn level 3, 5.8.3).
const MAX_ID_BYTES: usize = 1023;

/// Takes authenticator data apart. Never panics, whatever the bytes.
///
/// # Errors
/// What is wrong with them.
pub fn parse(bytes: &[u8]) -> Result<AuthData, AuthDataError> {
    let mut rest = bytes;
    let rp_id_hash = take_array::<32>(&mut rest)?;
    let flags = Flags(take_array::<1>(&mut rest)?[0]);
    let counter = u32::from_be_bytes(take_array::<4>(&mut rest)?);
    let credential =
        if flags.has(Flags::ATTESTED) { Some(attested_credential(&mut rest)?) } else { None };
    let extensions =
        if flags.has(Flags::EXTENSIONS) { Some(extension_outputs(&mut rest)?) } else { None };
    if !rest.is_empty() {
        return Err(AuthDataError::Trailing(rest.len()));
    }
    Ok(AuthData { rp_id_hash, flags, counter, credential, extensions })
}

fn attested_credential(rest: &mut &[u8]) -> Result<AttestedCredential, AuthDataError> {
    let aaguid = Aaguid(take_array::<16>(rest)?);
    let length = usize::from(u16::from_be_bytes(take_array::<2>(rest)?));
    if !(1..=MAX_ID_BYTES).contains(&length) {
        return Err(AuthDataError::IdLength(length));
    }
    let id = CredentialId(take(rest, length)?.to_vec());
    if rest.is_empty() {
        return Err(AuthDataError::Truncated);
    }
    let key: Value = ciborium::from_reader(&mut *rest).map_err(|_| AuthDataError::PublicKey)?;
    let public_key = public_key(&key).ok_or(AuthDataError::PublicKey)?;
    Ok(AttestedCredential { aaguid, id, public_key })
}

/// COSE_Key labels: 1 kty, 3 alg, -1 crv, -2 x, -3 y (RFC 9052, 7; RFC 9053, 7).
fn public_key(key: &Value) -> Option<PublicKey> {
    let kind = integer(key, 1)?;
    let alg = integer(key, 3)?;
    match (alg, kind) {
        (algorithm::ES256, 2) if integer(key, -1) == Some(1) => {
            Some(PublicKey::Es256 { x: coordinate(key, -2)?, y: coordinate(key, -3)? })
        }
        (algorithm::EDDSA, 1) if integer(key, -1) == Some(6) => {
            Some(PublicKey::Ed25519 { x: coordinate(key, -2)? })
        }
        (algorithm::ES256 | algorithm::EDDSA, _) => None,
        (algorithm, _) => Some(PublicKey::Other { algorithm }),
    }
}

fn member(map: &Value, label: i64) -> Option<&Value> {
    let members = map.as_map()?;
    let found = members.iter().find(|(key, _)| *key == Value::Integer(label.into()));
    found.map(|(_, value)| value)
}

fn integer(map: &Value, label: i64) -> Option<i64> {
    member(map, label)?.as_integer().and_then(|number| i64::try_from(number).ok())
}

fn coordinate(map: &Value, label: i64) -> Option<[u8; 32]> {
    member(map, label)?.as_bytes()?.as_slice().try_into().ok()
}

fn extension_outputs(rest: &mut &[u8]) -> Result<serde_json::Value, AuthDataError> {
    if rest.is_empty() {
        return Err(AuthDataError::Truncated);
    }
    let outputs: Value =
        ciborium::from_reader(&mut *rest).map_err(|_| AuthDataError::Extensions)?;
    if !outputs.is_map() {
        return Err(AuthDataError::Extensions);
    }
    to_json(&outputs).ok_or(AuthDataError::Extensions)
}

fn to_json(value: &Value) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    Some(match value {
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Integer(number) => Json::from(i64::try_from(*number).ok()?),
        Value::Text(text) => Json::String(text.clone()),
        Value::Bytes(bytes) => Json::String(base64url::encode(bytes)),
        Value::Null => Json::Null,
        Value::Array(items) => Json::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        Value::Map(members) => {
            let pair =
                |(key, value): &(Value, Value)| Some((key.as_text()?.to_owned(), to_json(value)?));
            Json::Object(members.iter().map(pair).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], AuthDataError> {
    let (head, tail) = rest.split_at_checked(length).ok_or(AuthDataError::Truncated)?;
    *rest = tail;
    Ok(head)
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], AuthDataError> {
    take(rest, N)?.try_into().map_err(|_| AuthDataError::Truncated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut key = super::super::cbor::Writer::default();
        key.map(5).integer(1).integer(2).integer(3).integer(-7).integer(-1).integer(1);
        key.integer(-2).bytes(&[3; 32]).integer(-3).bytes(&[4; 32]);
        let mut outputs = Vec::new();
        let map = vec![
            (Value::Text("credProtect".into()), Value::Integer(1.into())),
            (Value::Text("hmac-secret".into()), Value::Bool(true)),
        ];
        ciborium::into_writer(&Value::Map(map), &mut outputs).unwrap();
        [
            &[7; 32][..],
            &[0xc5],
            &5_u32.to_be_bytes(),
            &[0x2f; 16],
            &[0, 20],
            &[9; 20],
            &key.finish(),
            &outputs,
        ]
        .concat()
    }

    #[test]
    fn every_part_is_found() {
        let data = parse(&sample()).unwrap();
        let credential = data.credential.unwrap();
        assert_eq!((data.rp_id_hash, data.counter), ([7; 32], 5));
        assert_eq!(credential.id.0, [9; 20]);
        assert_eq!(credential.aaguid, Aaguid([0x2f; 16]));
        assert_eq!(credential.public_key, PublicKey::Es256 { x: [3; 32], y: [4; 32] });
        assert_eq!(data.extensions.unwrap().to_string(), r#"{"credProtect":1,"hmac-secret":true}"#);
    }

    #[test]
    fn data_cut_at_any_byte_is_refused() {
        let whole = sample();
        for end in 0..whole.len() {
            assert!(parse(&whole[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn more_bytes_than_the_flags_tell_are_refused() {
        let mut long = sample();
        long.push(0);
        assert_eq!(parse(&long), Err(AuthDataError::Trailing(1)));
        let mut unflagged = sample();
        unflagged[32] = 0x45;
        assert!(matches!(parse(&unflagged), Err(AuthDataError::Trailing(_))));
    }

    #[test]
    fn a_wrong_bit_anywhere_does_not_panic() {
        let whole = sample();
        for bit in 0..whole.len() * 8 {
            let mut bent = whole.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            // Only that it comes back; many bits, such as those of the counter, may be anything.
            drop(parse(&bent));
        }
    }

    #[test]
    fn id_lengths_beyond_the_specification_are_refused() {
        for length in [0_u16, 1024, 65535] {
            let mut data = sample();
            data[53..55].copy_from_slice(&length.to_be_bytes());
            assert_eq!(parse(&data), Err(AuthDataError::IdLength(usize::from(length))));
        }
    }

    #[test]
    fn endless_nesting_is_refused() {
        let mut data = sample();
        data.truncate(75);
        data.extend([0x81; 100_000]);
        assert_eq!(parse(&data), Err(AuthDataError::PublicKey));
    }

    #[test]
    fn a_short_coordinate_is_refused() {
        let mut key = super::super::cbor::Writer::default();
        key.map(5).integer(1).integer(2).integer(3).integer(-7).integer(-1).integer(1);
        key.integer(-2).bytes(&[3; 31]).integer(-3).bytes(&[4; 32]);
        let mut data = sample();
        data[32] = 0x45;
        data.truncate(75);
        data.extend(key.finish());
        assert_eq!(parse(&data), Err(AuthDataError::PublicKey));
    }
}
