//! Where the login service's endpoints are, and the keys it signs with (OpenID Connect
//! Discovery 1.0). Read once; the keys again when an id token names one that is not among them.

use super::super::http::Call;
use super::super::http::answer::Answer;
use super::super::http::endpoint::Base;
use super::answer::refusal;
use super::{LoginService, SignInError};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// What was read of a login service.
pub(super) struct Known {
    metadata: Arc<Metadata>,
    keys: Option<Arc<JwkSet>>,
}

/// The endpoints, all at the login service's own origin.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    /// The GUID in the issuer's address, where it is one of Microsoft's.
    pub(super) tenant_id: Option<String>,
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) device_authorization: Option<Url>,
    pub(super) keys: Url,
    /// A redirect without `iss` is not one of this service (RFC 9207, 2.4).
    pub(super) redirects_name_issuer: bool,
}

#[derive(Deserialize)]
struct WireMetadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    device_authorization_endpoint: Option<String>,
    jwks_uri: String,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct WireKeys {
    /// One by one, so that a key of an unknown kind doesn't spoil the others.
    keys: Vec<Value>,
}

/// The login service's description.
pub(super) async fn metadata(service: &LoginService) -> Result<Arc<Metadata>, SignInError> {
    let mut known = service.known.lock().await;
    if let Some(known) = &*known {
        return Ok(Arc::clone(&known.metadata));
    }
    let segments = [service.tenant.as_str(), "v2.0", ".well-known", "openid-configuration"];
    let answer = get(service, "login-service", service.login.at(&segments)?).await?;
    let metadata = Arc::new(Metadata::read(answer.expect()?, &service.login)?);
    *known = Some(Known { metadata: Arc::clone(&metadata), keys: None });
    Ok(metadata)
}

/// Whether the keys in hand will do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    InHand,
    /// They lack the one that is needed: the service changes its keys from time to time.
    Anew,
}

/// The keys the login service signs with.
pub(super) async fn keys(service: &LoginService, which: Keys) -> Result<Arc<JwkSet>, SignInError> {
    let metadata = metadata(service).await?;
    let mut known = service.known.lock().await;
    let in_hand = known.as_ref().and_then(|known| known.keys.clone());
    if let (Some(keys), Keys::InHand) = (in_hand, which) {
        return Ok(keys);
    }
    let answer = get(service, "login-keys", metadata.keys.clone()).await?;
    let wire: WireKeys = answer.expect()?;
    let keys = wire.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let keys = Arc::new(JwkSet { keys: keys.collect() });
    *known = Some(Known { metadata, keys: Some(Arc::clone(&keys)) });
    Ok(keys)
}

async fn get(service: &LoginService, name: &'static str, url: Url) -> Result<Answer, SignInError> {
    let answer = service.http.send(&Call::get(name, url), None).await?;
    if answer.status.is_success() { Ok(answer) } else { Err(refusal(&answer)) }
}

impl Metadata {
    /// Tokens and codes go to these addresses, so none may lead elsewhere.
    fn read(wire: WireMetadata, login: &Base) -> Result<Self, SignInError> {
        let own = |address: &str| {
            login.follow(address).ok_or_else(|| SignInError::Elsewhere { address: origin(address) })
        };
        own(&wire.issuer)?;
        Ok(Self {
            tenant_id: tenant_id(&wire.issuer),
            authorization: own(&wire.authorization_endpoint)?,
            token: own(&wire.token_endpoint)?,
            device_authorization: wire
                .device_authorization_endpoint
                .as_deref()
                .map(own)
                .transpose()?,
            keys: own(&wire.jwks_uri)?,
            redirects_name_issuer: wire.authorization_response_iss_parameter_supported,
            issuer: wire.issuer,
        })
    }
}

fn origin(address: &str) -> String {
    Url::parse(address)
        .map_or_else(|_| "no address".into(), |url| url.origin().ascii_serialization())
}

/// The GUID that is the first path segment.
fn tenant_id(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let segment = url.path_segments()?.next()?;
    uuid::Uuid::try_parse(segment).ok().map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "0f5b1c2e-1111-4222-8333-944455556666";

    fn wire(base: &str) -> WireMetadata {
        let at = |path: &str| format!("{base}/{TENANT}/{path}");
        WireMetadata {
            issuer: at("v2.0"),
            authorization_endpoint: at("oauth2/v2.0/authorize"),
            token_endpoint: at("oauth2/v2.0/token"),
            device_authorization_endpoint: None,
            jwks_uri: at("discovery/v2.0/keys"),
            authorization_response_iss_parameter_supported: false,
        }
    }

    fn read(wire: WireMetadata) -> Result<Metadata, SignInError> {
        Metadata::read(wire, &Base::parse("https://login.example").unwrap())
    }

    #[test]
    fn the_issuer_tells_the_tenant_where_it_is_a_guid() {
        let metadata = read(wire("https://login.example")).unwrap();
        assert_eq!(metadata.tenant_id.as_deref(), Some(TENANT));
        assert_eq!(tenant_id("https://login.example/staff"), None);
    }

    #[test]
    fn an_endpoint_elsewhere_is_refused_whichever_it_is() {
        let good = "https://login.example";
        let evil = || format!("https://login.example.evil.example/{TENANT}/x");
        let changed: [fn(&mut WireMetadata, String); 5] = [
            |wire, evil| wire.issuer = evil,
            |wire, evil| wire.authorization_endpoint = evil,
            |wire, evil| wire.token_endpoint = evil,
            |wire, evil| wire.device_authorization_endpoint = Some(evil),
            |wire, evil| wire.jwks_uri = evil,
        ];
        for change in changed {
            let mut wire = wire(good);
            change(&mut wire, evil());
            let address = "https://login.example.evil.example".to_owned();
            assert_eq!(read(wire), Err(SignInError::Elsewhere { address }));
        }
        assert!(read(wire("http://login.example")).is_err(), "plain http is another origin");
    }
}
