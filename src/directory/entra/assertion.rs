//! The client assertion: a JWT signed with the certificate's key (PS256, `x5t#S256`).

use super::super::DirectoryError;
use super::credential::key_pair;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RSA_PSS_SHA256;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

/// Long enough for a slow line, short enough to be worthless when found.
const LIFETIME_S: i64 = 300;

/// What an assertion says, besides who signed it.
pub(super) struct Claims<'a> {
    /// The token endpoint, exactly as it will be called.
    pub(super) audience: &'a str,
    pub(super) client_id: &'a str,
    /// Unix time.
    pub(super) now_s: i64,
    /// Never used before.
    pub(super) id: &'a str,
}

/// The signed JWT in compact form (RFC 7515; Microsoft identity platform, "Certificate
/// credentials").
///
/// # Errors
/// [`DirectoryError::Settings`] when certificate and key can't be used.
pub(super) fn sign(
    claims: &Claims<'_>,
    certificate: &[u8],
    key: &[u8],
) -> Result<String, DirectoryError> {
    let pair = key_pair(certificate, key)?;
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, certificate));
    let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint});
    let body = json!({
        "aud": claims.audience,
        "iss": claims.client_id,
        "sub": claims.client_id,
        "jti": claims.id,
        "nbf": claims.now_s,
        "iat": claims.now_s,
        "exp": claims.now_s + LIFETIME_S,
    });
    let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&body));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| DirectoryError::Settings("the certificate's key can't sign".into()))?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
