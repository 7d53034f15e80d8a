//! Why no token is given, and what each AADSTS number means.

use super::super::call::{Call, Refusal, Reply};
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

/// The OAuth error and the number of the AADSTS text.
#[derive(Debug)]
pub(in super::super) struct SignInRefusal {
    pub status: StatusCode,
    pub error: &'static str,
    pub number: u32,
    pub text: String,
    pub suberror: Option<&'static str>,
    /// JSON of a claims challenge, to be sent along with the next sign-in.
    pub claims: Option<String>,
}

impl SignInRefusal {
    pub fn new(error: &'static str, number: u32, text: impl Into<String>) -> Self {
        let status = if error == "invalid_client" {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        };
        Self { status, error, number, text: text.into(), suberror: None, claims: None }
    }

    /// A parameter that must be there is not.
    pub fn missing(parameter: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{parameter}'.");
        Self::new("invalid_request", 900_144, text)
    }

    pub fn grant(number: u32, text: impl Into<String>) -> Self {
        Self::new("invalid_grant", number, text)
    }

    /// What this number stands for, when it was ordered.
    pub fn ordered(number: u32) -> Self {
        let known = TABLE.iter().find(|row| row.number == number);
        let Some(row) = known else {
            return Self::grant(number, "The request could not be completed.");
        };
        let claims = matches!(number, 50076 | 50079 | 50074 | 50078).then(|| {
            json!({"access_token": {"capolids": {"essential": true, "values": [Uuid::from_u128(1)]}}})
                .to_string()
        });
        Self { suberror: row.suberror, claims, ..Self::new(row.error, number, row.text) }
    }

    /// `AADSTS...: text Trace ID: ...`, as in `error_description`.
    pub fn description(&self, call: &Call, now: jiff::Timestamp) -> String {
        let Self { number, text, .. } = self;
        let correlation = call.header("client-request-id").unwrap_or_default();
        let at = now.strftime("%Y-%m-%d %H:%M:%SZ");
        let trace = call.request_id;
        format!(
            "AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}"
        )
    }

    /// The error body of the token endpoint.
    pub fn reply(&self, call: &Call, now: jiff::Timestamp) -> Reply {
        let number = self.number;
        let mut body = json!({
            "error": self.error,
            "error_description": self.description(call, now),
            "error_codes": [number],
            "timestamp": now.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            "trace_id": call.request_id.to_string(),
            "correlation_id": call.header("client-request-id").unwrap_or_default(),
            "error_uri": format!("{}/error?code={number}", call.origin()),
        });
        if let Some(suberror) = self.suberror {
            body["suberror"] = Value::from(suberror);
        }
        if let Some(claims) = &self.claims {
            body["claims"] = Value::from(claims.as_str());
        }
        Reply::json(self.status, &body)
    }
}

/// The service has no random numbers, or no key.
impl From<Refusal> for SignInRefusal {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            ..Self::new("temporarily_unavailable", 90033, refusal.message)
        }
    }
}

struct Row {
    number: u32,
    error: &'static str,
    suberror: Option<&'static str>,
    text: &'static str,
}

const fn row(number: u32, error: &'static str, text: &'static str) -> Row {
    Row { number, error, suberror: None, text }
}

const fn sub(number: u32, error: &'static str, suberror: &'static str, text: &'static str) -> Row {
    Row { number, error, suberror: Some(suberror), text }
}

const TABLE: &[Row] = &[
    row(50034, "invalid_grant", "The user account does not exist in the directory."),
    row(
        50053,
        "invalid_grant",
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    ),
    row(50055, "invalid_grant", "The password is expired."),
    row(
        50056,
        "invalid_grant",
        "Invalid or null password: password does not exist in the directory for this user.",
    ),
    row(50057, "invalid_grant", "The user account is disabled."),
    row(50058, "login_required", "A silent sign-in request was sent but no user is signed in."),
    row(
        50072,
        "interaction_required",
        "Due to a configuration change made by your administrator, you must enroll in multi-factor authentication to access the resource.",
    ),
    sub(50074, "interaction_required", "basic_action", "Strong Authentication is required."),
    sub(
        50076,
        "interaction_required",
        "basic_action",
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.",
    ),
    sub(
        50078,
        "interaction_required",
        "basic_action",
        "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication.",
    ),
    sub(
        50079,
        "interaction_required",
        "basic_action",
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access the resource.",
    ),
    row(
        50126,
        "invalid_grant",
        "Error validating credentials due to invalid username or password.",
    ),
    row(
        50158,
        "interaction_required",
        "External security challenge not satisfied. User will be redirected to another page or authentication provider to satisfy additional authentication challenges.",
    ),
    sub(
        50173,
        "invalid_grant",
        "bad_token",
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.",
    ),
    row(
        50194,
        "invalid_request",
        "Application is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps.",
    ),
    row(
        50196,
        "invalid_grant",
        "The server terminated an operation because it encountered a client request loop. Please contact your app vendor.",
    ),
    row(53000, "interaction_required", "Device is not in required device state: compliant."),
    row(53001, "interaction_required", "Device is not in required device state: domain_joined."),
    row(
        53002,
        "interaction_required",
        "The app is not approved for use under Conditional Access policies.",
    ),
    sub(
        53003,
        "access_denied",
        "message_only",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    sub(530_032, "access_denied", "message_only", "Blocked by security policy."),
    row(
        530_034,
        "access_denied",
        "A delegated administrator was blocked from accessing the tenant due to account risk in their home tenant.",
    ),
    row(530_035, "access_denied", "Access has been blocked by security defaults."),
    sub(
        530_036,
        "access_denied",
        "message_only",
        "Access has been blocked by Conditional Access policies: device code flow.",
    ),
    row(
        65001,
        "consent_required",
        "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
    ),
    row(65004, "access_denied", "User declined to consent to access the app."),
    row(
        70008,
        "invalid_grant",
        "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
    ),
    sub(
        700_082,
        "invalid_grant",
        "token_expired",
        "The refresh token has expired due to inactivity.",
    ),
    sub(
        70043,
        "invalid_grant",
        "token_expired",
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
    ),
    row(
        700_016,
        "unauthorized_client",
        "Application was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
    ),
    row(
        700_025,
        "invalid_client",
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    ),
    row(
        7_000_215,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
    ),
    row(
        7_000_218,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    row(7_000_222, "invalid_client", "The provided client secret keys are expired."),
    row(
        90002,
        "invalid_request",
        "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
    ),
    row(90033, "temporarily_unavailable", "A transient error has occurred. Please try again."),
    row(90038, "invalid_request", "The tenant belongs to another national cloud."),
    row(90094, "consent_required", "The grant requires administrator permissions."),
    row(
        90095,
        "consent_required",
        "The grant requires administrator permissions; an approval was requested.",
    ),
    row(
        90099,
        "invalid_grant",
        "The application has not been authorized in the tenant. Applications must be authorized to access the customer tenant before partner delegated administrators can use them.",
    ),
    row(
        9_001_023,
        "invalid_grant",
        "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
    ),
];
