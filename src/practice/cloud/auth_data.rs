//! Authenticator data as the server takes it apart (Web Authentication Level 2, 6.1).

use ciborium::Value;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const ATTESTED_CREDENTIAL: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

pub(super) struct AuthData {
    pub rp_id_hash: [u8; 32],
    pub flags: Flags,
    pub aaguid: [u8; 16],
    pub credential_id: Vec<u8>,
    pub public_key: PublicKey,
}

pub(super) struct Flags {
    pub user_present: bool,
    pub user_verified: bool,
}

/// A credential's public key (COSE, RFC 9053).
pub(super) enum PublicKey {
    /// ES256: the uncompressed point, 65 bytes.
    P256(Vec<u8>),
    /// RS256.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// A key this server can't use, by its COSE algorithm.
    Other(i64),
}

impl PublicKey {
    /// COSE algorithm number.
    pub fn algorithm(&self) -> i64 {
        match self {
            Self::P256(_) => -7,
            Self::Rsa { .. } => -257,
            Self::Other(algorithm) => *algorithm,
        }
    }
}

/// # Errors
/// What is wrong, for the refusal's message.
pub(super) fn parse(bytes: &[u8]) -> Result<AuthData, String> {
    let mut rest = bytes;
    let rp_id_hash = take::<32>(&mut rest)?;
    let [flags] = take::<1>(&mut rest)?;
    take::<4>(&mut rest)?; // signature counter: nothing to compare with yet
    if flags & ATTESTED_CREDENTIAL == 0 {
        return Err("no attested credential data".into());
    }
    let aaguid = take::<16>(&mut rest)?;
    let length = usize::from(u16::from_be_bytes(take::<2>(&mut rest)?));
    let (credential_id, mut rest) = rest.split_at_checked(length).ok_or("too short")?;
    let public_key = public_key(&cbor(&mut rest)?)?;
    if flags & EXTENSIONS != 0 && !cbor(&mut rest)?.is_map() {
        return Err("extension data is not a map".into());
    }
    if !rest.is_empty() {
        return Err("bytes left over".into());
    }
    Ok(AuthData {
        rp_id_hash,
        flags: Flags {
            user_present: flags & USER_PRESENT != 0,
            user_verified: flags & USER_VERIFIED != 0,
        },
        aaguid,
        credential_id: credential_id.to_vec(),
        public_key,
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], String> {
    let (first, after) = rest.split_first_chunk::<N>().ok_or("too short")?;
    *rest = after;
    Ok(*first)
}

fn cbor(rest: &mut &[u8]) -> Result<Value, String> {
    ciborium::from_reader(rest).map_err(|_| "not CBOR".into())
}

fn public_key(key: &Value) -> Result<PublicKey, String> {
    let entries = key.as_map().ok_or("the public key is not a map")?;
    let entry = |label: i64| {
        entries
            .iter()
            .find(|(name, _)| name.as_integer() == Some(label.into()))
            .map(|(_, value)| value)
    };
    let number =
        |label| entry(label).and_then(Value::as_integer).and_then(|n| i64::try_from(n).ok());
    let text = |label| entry(label).and_then(Value::as_bytes).cloned();
    match (number(1), number(3).ok_or("the public key has no algorithm")?) {
        (Some(2), -7) => {
            let (Some(1), Some(x), Some(y)) = (number(-1), text(-2), text(-3)) else {
                return Err("the public key is not on P-256".into());
            };
            if (x.len(), y.len()) != (32, 32) {
                return Err("the public key's coordinates are not 32 bytes".into());
            }
            Ok(PublicKey::P256([&[4], x.as_slice(), &y].concat()))
        }
        (Some(3), -257) => match (text(-1), text(-2)) {
            (Some(modulus), Some(exponent)) => Ok(PublicKey::Rsa { modulus, exponent }),
            _ => Err("the public key has no modulus or exponent".into()),
        },
        (Some(2 | 3), -7 | -257) => Err("the public key's type and algorithm do not agree".into()),
        (_, other) => Ok(PublicKey::Other(other)),
    }
}
