//! Sign-in on another device, for a station without a browser (RFC 8628).

use super::super::DirectoryError;
use super::super::http::patience::Repeat;
use super::grant::{self, Shown};
use super::metadata;
use super::request;
use super::{LoginService, Proof, SignInError, SignedIn, Wish};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;
use zeroize::Zeroizing;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628, 3.5.
const SLOWER_BY: Duration = Duration::from_secs(5);
/// A service that asks for more has made a mistake.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// The longest time that a code is believed to live.
const LONGEST_LIFE: Duration = Duration::from_secs(60 * 60);
/// A dead line is told after so many times without an answer, one after the other.
const SILENT_TIMES: u32 = 3;

/// A sign-in that waits for a code to be typed elsewhere. Dropping it cancels.
pub struct DeviceSignIn {
    service: Arc<LoginService>,
    device_code: Zeroizing<String>,
    user_code: String,
    verification_url: Url,
    claims: String,
    context: Option<String>,
    /// Unix time after which credentials are to be shown.
    fresh_since_s: Option<i64>,
    interval: Duration,
    ends: Instant,
}

#[derive(Deserialize)]
struct WireDevice {
    device_code: String,
    user_code: String,
    /// Some services still say `verification_url`.
    #[serde(alias = "verification_url")]
    verification_uri: String,
    expires_in: u64,
    #[serde(default = "usual_interval_s")]
    interval: u64,
}

/// RFC 8628, 3.2.
fn usual_interval_s() -> u64 {
    5
}

pub(super) async fn begin(
    service: Arc<LoginService>,
    wish: &Wish,
) -> Result<DeviceSignIn, SignInError> {
    let there = metadata::metadata(&service).await?;
    let url = there.device_authorization.clone().ok_or(SignInError::NoDeviceCode)?;
    let claims = request::claims(&wish.proof)?;
    let scope = request::scopes(&service.scope);
    let fields = [("scope", scope.as_str()), ("claims", claims.as_str())];
    let answer = grant::post_to(&service, "device-code", url, &fields, Repeat::Freely).await?;
    let wire: WireDevice = answer.expect()?;
    let unusable =
        || DirectoryError::Garbled { reason: "no usable address".into(), facts: answer.facts() };
    Ok(DeviceSignIn {
        device_code: Zeroizing::new(wire.device_code),
        user_code: wire.user_code,
        verification_url: shown_address(&wire.verification_uri).ok_or_else(unusable)?,
        claims,
        context: match &wish.proof {
            Proof::Context(context) => Some(context.clone()),
            _ => None,
        },
        fresh_since_s: (wish.proof == Proof::Fresh).then(|| Timestamp::now().as_second()),
        interval: Duration::from_secs(wire.interval).min(LONGEST_INTERVAL),
        ends: Instant::now() + Duration::from_secs(wire.expires_in).min(LONGEST_LIFE),
        service,
    })
}

/// People type their password there.
fn shown_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let here = super::super::http::endpoint::is_loopback(&url);
    (url.scheme() == "https" || (url.scheme() == "http" && here)).then_some(url)
}

/// What one question brought.
enum Asked {
    NotYet,
    Slower,
    Silent(SignInError),
    Settled(Box<Result<SignedIn, SignInError>>),
}

impl DeviceSignIn {
    /// What the person types.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Where.
    pub fn verification_url(&self) -> &Url {
        &self.verification_url
    }

    /// When the code dies.
    pub fn ends(&self) -> Instant {
        self.ends
    }

    /// Asks until the person is done.
    ///
    /// # Errors
    /// [`SignInError`]; [`SignInError::TimedOut`] when the code died.
    pub async fn finish(self) -> Result<SignedIn, SignInError> {
        let mut interval = self.interval;
        let mut silent = 0;
        loop {
            let now = Instant::now();
            if now >= self.ends {
                return Err(SignInError::TimedOut);
            }
            tokio::time::sleep(interval.min(self.ends - now)).await;
            match self.ask().await {
                Asked::NotYet => silent = 0,
                Asked::Slower => interval += SLOWER_BY,
                Asked::Silent(error) => {
                    silent += 1;
                    if silent == SILENT_TIMES {
                        return Err(error);
                    }
                }
                Asked::Settled(outcome) => return *outcome,
            }
        }
    }

    async fn ask(&self) -> Asked {
        let fields = [
            ("grant_type", GRANT_TYPE),
            ("device_code", self.device_code.as_str()),
            ("claims", self.claims.as_str()),
        ];
        let answer = grant::post(&self.service, "device-poll", &fields, Repeat::Never).await;
        let refusal = match answer {
            Ok(answer) => {
                let shown = Shown {
                    nonce: None,
                    context: self.context.as_deref(),
                    fresh_since_s: self.fresh_since_s,
                };
                let outcome = grant::signed_in(&self.service, &answer, &shown).await;
                return Asked::Settled(Box::new(outcome));
            }
            Err(SignInError::Refused(refusal)) => refusal,
            Err(error) => return Asked::Silent(error),
        };
        match refusal.error.as_str() {
            "authorization_pending" => Asked::NotYet,
            "slow_down" => Asked::Slower,
            "expired_token" | "code_expired" => {
                Asked::Settled(Box::new(Err(SignInError::TimedOut)))
            }
            _ => Asked::Settled(Box::new(Err(SignInError::Refused(refusal)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_shown_is_https_except_on_this_computer() {
        assert!(shown_address("https://microsoft.com/devicelogin").is_some());
        assert!(shown_address("http://127.0.0.1:8080/devicelogin").is_some());
        for bad in ["http://microsoft.com/devicelogin", "javascript:alert(1)", "file:///x", ""] {
            assert!(shown_address(bad).is_none(), "{bad}");
        }
    }
}
