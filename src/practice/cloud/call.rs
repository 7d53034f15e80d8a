//! A request and its answer as plain data, and the refusals of the directory.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// One request, taken apart.
pub(super) struct Call {
    pub method: Method,
    /// As sent, percent-encoded.
    pub path: String,
    /// The path's segments, decoded one by one, so that a `%2F` stays inside its segment.
    pub segments: Vec<String>,
    /// Query members, decoded.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub request_id: Uuid,
}

impl Call {
    pub fn new(method: Method, uri: &axum::http::Uri, headers: HeaderMap, body: Bytes) -> Self {
        let segments = uri
            .path()
            .split('/')
            .skip(1)
            .map(|segment| {
                percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
            })
            .collect();
        let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
        Self {
            method,
            path: uri.path().to_owned(),
            segments,
            query,
            headers,
            body,
            request_id: Uuid::new_v4(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The named cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.get_all(header::COOKIE).into_iter();
        cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// The members of a form, decoded; none when the body is no form.
    pub fn form(&self) -> HashMap<String, String> {
        let is_form = self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        match is_form {
            true => url::form_urlencoded::parse(&self.body).into_owned().collect(),
            false => HashMap::new(),
        }
    }

    /// `http://host:port`, as the client addressed this server.
    pub fn origin(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or_default())
    }

    /// Whether the request's Host is this computer; another one is a web page's trick.
    pub fn is_addressed_to_loopback(&self) -> bool {
        let Ok(url) = url::Url::parse(&self.origin()) else {
            return false;
        };
        match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }
}

/// One answer.
pub(super) struct Reply {
    pub status: StatusCode,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(status: StatusCode, body: &Value) -> Self {
        let kind = "application/json;odata.metadata=minimal;charset=utf-8";
        Self {
            status,
            headers: vec![(header::CONTENT_TYPE.as_str(), kind.into())],
            body: body.to_string().into_bytes(),
        }
    }

    pub fn ok(body: &Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A page for a browser: never kept, never framed, without script.
    pub fn html(status: StatusCode, body: String) -> Self {
        let headers = vec![
            (header::CONTENT_TYPE.as_str(), "text/html; charset=utf-8".into()),
            (header::CACHE_CONTROL.as_str(), "no-store".into()),
            (header::X_FRAME_OPTIONS.as_str(), "DENY".into()),
            (header::REFERRER_POLICY.as_str(), "no-referrer".into()),
            (
                header::CONTENT_SECURITY_POLICY.as_str(),
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'".into(),
            ),
        ];
        Self { status, headers, body: body.into_bytes() }
    }

    /// Sends a browser elsewhere, also after a form.
    pub fn see_other(to: &url::Url) -> Self {
        let headers = vec![
            (header::LOCATION.as_str(), to.to_string()),
            (header::CACHE_CONTROL.as_str(), "no-store".into()),
            (header::REFERRER_POLICY.as_str(), "no-referrer".into()),
        ];
        Self { status: StatusCode::SEE_OTHER, headers, body: Vec::new() }
    }

    pub fn jpeg(body: Vec<u8>) -> Self {
        let headers = vec![(header::CONTENT_TYPE.as_str(), "image/jpeg".into())];
        Self { status: StatusCode::OK, headers, body }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The directory says no (Graph error bodies).
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    /// JSON of the claims that the next token must have.
    pub claims: Option<String>,
    pub retry_after_s: Option<u64>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), claims: None, retry_after_s: None }
    }

    /// The token lacks an authentication context.
    pub fn claims(context: &str) -> Self {
        let text = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedWithoutRequiredClaims.";
        let claims = json!({"access_token": {"acrs": {"essential": true, "value": context}}});
        Self { claims: Some(claims.to_string()), ..Self::token(text) }
    }

    /// No token, or one that is no longer valid.
    pub fn token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    /// A permission for people, groups is missing.
    pub fn directory_permission() -> Self {
        let text = "Insufficient privileges to complete the operation.";
        Self::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", text)
    }

    /// A permission for sign-in methods or policies is missing.
    pub fn access() -> Self {
        Self::new(StatusCode::FORBIDDEN, "accessDenied", "Request Authorization failed")
    }

    /// The permission to send mails, or from this mailbox, is missing.
    pub fn mail_access() -> Self {
        let text = "Access is denied. Check credentials and try again.";
        Self::new(StatusCode::FORBIDDEN, "ErrorAccessDenied", text)
    }

    /// More writes than the service takes.
    pub fn throttled(retry_after_s: u64) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::trouble(StatusCode::TOO_MANY_REQUESTS) }
    }

    pub fn not_found(what: &str) -> Self {
        let text = format!(
            "Resource '{what}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", text)
    }

    pub fn no_photo() -> Self {
        let text = "Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown.";
        Self::new(StatusCode::NOT_FOUND, "ImageNotFound", text)
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "badRequest", message)
    }

    pub fn bad_query(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    /// An advanced query without `ConsistencyLevel: eventual` or `$count`.
    pub fn unsupported_query(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
    }

    pub fn method_not_allowed() -> Self {
        let text = "Specified HTTP method is not allowed for the request target.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", text)
    }

    pub fn conflict(message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "generalException", message)
    }

    /// What a failing or throttling service answers.
    pub fn trouble(status: StatusCode) -> Self {
        match status {
            StatusCode::TOO_MANY_REQUESTS => {
                Self::new(status, "TooManyRequests", "Too many requests")
            }
            StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
            | StatusCode::BAD_GATEWAY => {
                Self::new(status, "serviceNotAvailable", "The service is temporarily unavailable.")
            }
            StatusCode::UNAUTHORIZED => {
                Self::token("Access token has expired or is not yet valid.")
            }
            StatusCode::FORBIDDEN => Self::access(),
            _ => Self::new(status, "generalException", "An unexpected error occurred."),
        }
    }

    /// The error body (`error.innerError` with ids and time).
    pub fn reply(&self, call: &Call, now: jiff::Timestamp) -> Reply {
        let client_request_id = call.header("client-request-id").unwrap_or_default();
        let body = json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": call.request_id.to_string(),
                "client-request-id": client_request_id,
            },
        }});
        let mut reply = Reply::json(self.status, &body);
        if let Some(seconds) = self.retry_after_s {
            reply = reply.with("retry-after", seconds.to_string());
        }
        if let Some(claims) = &self.claims {
            use base64::Engine;
            let claims = base64::engine::general_purpose::STANDARD.encode(claims);
            let origin = call.origin();
            return reply.with("www-authenticate", format!(
                "Bearer realm=\"\", authorization_uri=\"{origin}/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", claims=\"{claims}\""
            ));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            return reply.with("www-authenticate", "Bearer realm=\"\"");
        }
        reply
    }
}
