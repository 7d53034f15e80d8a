//! Challenges: as large as the real ones, with their state kept here.

use super::call::Refusal;
use super::world::{base64url, random};
use jiff::Timestamp;
use uuid::Uuid;

/// Bytes of the protected header, so that the whole is as long as a real one.
const HEADER_BYTES: usize = 1266;

/// What the server remembers of a challenge it gave.
#[derive(Clone, Debug)]
pub(super) struct Challenge {
    pub person: Uuid,
    pub expires_at: Timestamp,
    pub used: Used,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Used {
    Not,
    Already,
}

/// A challenge's text: base64url of 5198 bytes that look like a compact JWE, 6931 characters.
pub(super) fn draw() -> Result<String, Refusal> {
    let parts = [
        base64url(header()?),
        base64url(random::<256>()?),
        base64url(random::<16>()?),
        base64url(random::<2340>()?),
        base64url(random::<16>()?),
    ];
    Ok(base64url(parts.join(".")))
}

fn header() -> Result<String, Refusal> {
    let thumbprint = base64url(random::<20>()?);
    let start = format!(r#"{{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t":"{thumbprint}","x5c":[""#);
    let end = r#""]}"#;
    let fill = base64url(random::<HEADER_BYTES>()?);
    let room = HEADER_BYTES.saturating_sub(start.len() + end.len());
    Ok(format!("{start}{}{end}", &fill[..room]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_as_long_as_a_real_one() {
        let challenge = draw().unwrap();
        assert_eq!(challenge.len(), 6931);
        assert!(challenge.starts_with("ZXlKaGJHY2lPaUpTVTBF"));
        assert_ne!(challenge, draw().unwrap());
    }
}
