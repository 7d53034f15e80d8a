//! The attestation object: rebuilt byte for byte from what a key made, and taken apart again.

use super::auth_data::{self, AuthDataError};
use super::cbor::Writer;
use super::{CredentialId, MadeCredential};
use ciborium::Value;

/// Why bytes are no attestation object that can be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    #[error("not the CBOR of an attestation object")]
    Cbor,
    #[error("no {0}")]
    Missing(&'static str),
    #[error("statement with members that are not known")]
    UnknownMembers,
    /// Only `packed` and `none` are accepted by the directory.
    #[error("attestation format {0}")]
    Format(String),
    #[error("authenticator data: {0}")]
    AuthData(#[from] AuthDataError),
}

/// The attestation object as a WebAuthn client makes it (WebAuthn level 3, 6.5): canonical CBOR
/// of `{fmt, attStmt{alg, sig, x5c}, authData}`; the statement is empty for `none`.
pub fn object(made: &MadeCredential) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(3).text("fmt").text(&made.format).text("attStmt");
    match made.algorithm {
        None => writer.map(0),
        Some(algorithm) => {
            writer.map(if made.x5c.is_empty() { 2 } else { 3 });
            writer.text("alg").integer(algorithm).text("sig").bytes(&made.signature);
            certificates(&mut writer, &made.x5c)
        }
    };
    writer.text("authData").bytes(&made.auth_data);
    writer.finish()
}

fn certificates<'a>(writer: &'a mut Writer, x5c: &[Vec<u8>]) -> &'a mut Writer {
    if x5c.is_empty() {
        return writer;
    }
    writer.text("x5c").array(x5c.len());
    for certificate in x5c {
        writer.bytes(certificate);
    }
    writer
}

/// Takes an attestation object apart; [`object`] of the result is the same bytes when they were
/// canonical.
///
/// # Errors
/// What is wrong, or a format other than `packed` and `none`.
pub fn parse(bytes: &[u8]) -> Result<MadeCredential, AttestationError> {
    let mut rest = bytes;
    let object: Value = ciborium::from_reader(&mut rest).map_err(|_| AttestationError::Cbor)?;
    if !rest.is_empty() || !object.is_map() {
        return Err(AttestationError::Cbor);
    }
    let text = |value: &Value| value.as_text().map(str::to_owned);
    let format = member(&object, "fmt").and_then(text).ok_or(AttestationError::Missing("fmt"))?;
    let auth_data = bytes_of(&object, "authData").ok_or(AttestationError::Missing("authData"))?;
    let statement = member(&object, "attStmt").ok_or(AttestationError::Missing("attStmt"))?;
    match format.as_str() {
        "none" => none(format, auth_data, statement),
        "packed" => packed(format, auth_data, statement),
        _ => Err(AttestationError::Format(format.chars().take(32).collect())),
    }
}

/// The id of what a key made, when its authenticator data can be read.
pub fn credential_id(made: &MadeCredential) -> Option<CredentialId> {
    let data = auth_data::parse(&made.auth_data).ok()?;
    data.credential.map(|credential| credential.id)
}

fn none(
    format: String,
    auth_data: Vec<u8>,
    statement: &Value,
) -> Result<MadeCredential, AttestationError> {
    match statement.as_map() {
        Some(members) if members.is_empty() => Ok(MadeCredential {
            format,
            auth_data,
            algorithm: None,
            signature: Vec::new(),
            x5c: Vec::new(),
        }),
        _ => Err(AttestationError::UnknownMembers),
    }
}

fn packed(
    format: String,
    auth_data: Vec<u8>,
    statement: &Value,
) -> Result<MadeCredential, AttestationError> {
    let known = ["alg", "sig", "x5c"];
    let members = statement.as_map().ok_or(AttestationError::Missing("attStmt"))?;
    if !members.iter().all(|(key, _)| key.as_text().is_some_and(|key| known.contains(&key))) {
        return Err(AttestationError::UnknownMembers);
    }
    let algorithm = member(statement, "alg")
        .and_then(Value::as_integer)
        .and_then(|number| i64::try_from(number).ok())
        .ok_or(AttestationError::Missing("alg"))?;
    let signature = bytes_of(statement, "sig").ok_or(AttestationError::Missing("sig"))?;
    let x5c = match member(statement, "x5c") {
        None => Vec::new(),
        Some(list) => x5c(list).ok_or(AttestationError::Missing("x5c"))?,
    };
    Ok(MadeCredential { format, auth_data, algorithm: Some(algorithm), signature, x5c })
}

fn x5c(list: &Value) -> Option<Vec<Vec<u8>>> {
    let items = list.as_array().filter(|items| !items.is_empty())?;
    items.iter().map(|item| item.as_bytes().cloned()).collect()
}

fn member<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    let members = map.as_map()?;
    members.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}

fn bytes_of(map: &Value, name: &str) -> Option<Vec<u8>> {
    member(map, name)?.as_bytes().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> MadeCredential {
        MadeCredential {
            format: "packed".into(),
            auth_data: vec![0xad; 180],
            algorithm: Some(-7),
            signature: vec![0x51; 71],
            x5c: vec![vec![0xce; 700], vec![0xca; 30]],
        }
    }

    #[test]
    fn members_stand_in_canonical_order_with_shortest_heads() {
        let bytes = object(&MadeCredential { x5c: Vec::new(), ..made() });
        let mut expected =
            b"\xa3\x63fmt\x66packed\x67attStmt\xa2\x63alg\x26\x63sig\x58\x47".to_vec();
        expected.extend([0x51; 71]);
        expected.extend(b"\x68authData\x58\xb4");
        expected.extend([0xad; 180]);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn an_object_taken_apart_and_rebuilt_has_the_same_bytes() {
        let none = MadeCredential {
            format: "none".into(),
            algorithm: None,
            signature: Vec::new(),
            x5c: Vec::new(),
            ..made()
        };
        for made in [made(), none] {
            let bytes = object(&made);
            assert_eq!(parse(&bytes).unwrap(), made);
            assert_eq!(object(&parse(&bytes).unwrap()), bytes);
        }
    }

    #[test]
    fn an_object_cut_at_any_byte_or_too_long_is_refused() {
        let bytes = object(&made());
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(parse(&[bytes, vec![0]].concat()), Err(AttestationError::Cbor));
    }

    #[test]
    fn formats_the_directory_refuses_are_refused_here() {
        for format in ["fido-u2f", "tpm", "apple", "android-key", ""] {
            let bytes = object(&MadeCredential { format: format.into(), ..made() });
            assert_eq!(parse(&bytes), Err(AttestationError::Format(format.into())));
        }
    }

    #[test]
    fn a_statement_of_format_none_must_be_empty() {
        let bytes = object(&MadeCredential { format: "none".into(), ..made() });
        assert_eq!(parse(&bytes), Err(AttestationError::UnknownMembers));
    }
}
