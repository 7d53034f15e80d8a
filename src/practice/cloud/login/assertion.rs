//! Client assertions: JSON web tokens signed with the application's certificate (RFC 7523).

use super::super::call::Call;
use super::super::world::{World, base64url, from_base64url};
use super::refusal::SignInRefusal;
use crate::practice::company::client_id;
use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// How far the client's clock may differ.
const SKEW_S: i64 = 300;

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(rename = "x5t#S256")]
    thumbprint: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    sub: String,
    jti: String,
    /// Seconds since 1970.
    nbf: i64,
    exp: i64,
}

/// Checks algorithm, certificate, signature, audience, times and that it is used once.
pub(super) fn check(world: &mut World, call: &Call, jwt: &str) -> Result<(), SignInRefusal> {
    let (signed, signature) = jwt.rsplit_once('.').ok_or_else(unreadable)?;
    let (header, claims) = signed.split_once('.').ok_or_else(unreadable)?;
    let header: Header = part(header)?;
    let claims: Claims = part(claims)?;
    check_signature(world, &header, signed, &from_base64url(signature).ok_or_else(unreadable)?)?;
    check_claims(world, call, &claims)?;
    if !world.used_assertions.insert(claims.jti) {
        return Err(refused(50012, "The client assertion was used already."));
    }
    Ok(())
}

fn check_signature(
    world: &World,
    header: &Header,
    signed: &str,
    signature: &[u8],
) -> Result<(), SignInRefusal> {
    let failed = || refused(700_027, "Client assertion failed signature validation.");
    if header.alg != "PS256" {
        return Err(failed());
    }
    let certificate = world.certificate.as_deref().ok_or_else(failed)?;
    if header.thumbprint.as_deref() != Some(base64url(Sha256::digest(certificate)).as_str()) {
        return Err(failed());
    }
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).map_err(|_| failed())?;
    let key = &parsed.public_key().subject_public_key.data;
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key)
        .verify(signed.as_bytes(), signature)
        .map_err(|_| failed())
}

fn check_claims(world: &World, call: &Call, claims: &Claims) -> Result<(), SignInRefusal> {
    let now = world.now().as_second();
    let client = client_id().to_string();
    if claims.aud != format!("{}{}", call.origin(), call.path) {
        return Err(refused(
            700_023,
            "Client assertion audience claim does not match the token endpoint.",
        ));
    }
    if claims.iss != client || claims.sub != client {
        return Err(refused(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    if claims.exp <= now || claims.nbf > now + SKEW_S || claims.exp <= claims.nbf {
        return Err(refused(700_024, "Client assertion is not within its valid time range."));
    }
    Ok(())
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, SignInRefusal> {
    let bytes = from_base64url(text).ok_or_else(unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| unreadable())
}

fn unreadable() -> SignInRefusal {
    refused(50027, "JWT token is invalid or malformed.")
}

fn refused(number: u32, text: &str) -> SignInRefusal {
    SignInRefusal::new("invalid_client", number, text)
}
