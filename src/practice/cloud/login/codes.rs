//! Authorization codes: single use, ten minutes, bound to redirect address and verifier.

use super::super::world::{World, base64url, random};
use super::refusal::SignInRefusal;
use super::session::SignIn;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

pub(super) struct Code {
    sign_in: SignIn,
    redirect_uri: String,
    challenge: String,
    ends: Timestamp,
    /// Refresh tokens of a code that is used again end.
    used: Option<Family>,
}

/// Number of a family of refresh tokens, when the use of the code made one.
type Family = Option<u64>;

pub(super) fn issue(
    world: &mut World,
    sign_in: SignIn,
    redirect_uri: &str,
    challenge: &str,
) -> Result<String, SignInRefusal> {
    let code = format!("practice-code.{}", base64url(random::<48>()?));
    let (now, ends) = (world.now(), world.later(LIFETIME, world.now()));
    let codes = &mut world.login.codes;
    // Codes are remembered for a while after their end, to tell "used" from "unknown".
    codes.retain(|_, code| code.ends.duration_until(now) < LIFETIME);
    let kept = Code {
        sign_in,
        redirect_uri: redirect_uri.into(),
        challenge: challenge.into(),
        ends,
        used: None,
    };
    codes.insert(code.clone(), kept);
    Ok(code)
}

/// What the program shows with its code.
pub(super) struct Redeemed<'a> {
    pub code: &'a str,
    pub redirect_uri: &'a str,
    pub verifier: &'a str,
    pub place: usize,
}

/// The sign-in behind the code, once.
pub(super) fn redeem(world: &mut World, shown: &Redeemed) -> Result<SignIn, SignInRefusal> {
    let now = world.now();
    let Some(code) = world.login.codes.get_mut(shown.code) else {
        let text = "The provided value for the 'code' parameter is not valid.";
        return Err(SignInRefusal::grant(9_002_313, text));
    };
    if let Some(family) = code.used {
        if let Some(family) = family {
            world.login.refresh.revoke(family);
        }
        let text = "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.";
        return Err(SignInRefusal::grant(54005, text));
    }
    if code.ends <= now {
        return Err(SignInRefusal::ordered(70008));
    }
    if code.sign_in.place != shown.place {
        let text = "The provided authorization code was not issued for this tenant.";
        return Err(SignInRefusal::grant(70000, text));
    }
    if code.redirect_uri != shown.redirect_uri {
        let text = "The reply address specified in the token request is not the one of the authorization request.";
        return Err(SignInRefusal::grant(500_112, text));
    }
    check_verifier(&code.challenge, shown.verifier)?;
    code.used = Some(None);
    Ok(code.sign_in.clone())
}

/// Notes which refresh tokens came of the code.
pub(super) fn note(world: &mut World, code: &str, family: Option<u64>) {
    if let Some(code) = world.login.codes.get_mut(code) {
        code.used = Some(family);
    }
}

fn check_verifier(challenge: &str, verifier: &str) -> Result<(), SignInRefusal> {
    let is_fit = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    if !is_fit {
        let text = "The size of the code_verifier parameter is not valid.";
        return Err(SignInRefusal::grant(501_491, text));
    }
    if base64url(Sha256::digest(verifier)) != challenge {
        let text = "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
        return Err(SignInRefusal::grant(501_481, text));
    }
    Ok(())
}
