//! The pages a browser shows after its part of the sign-in. Nothing that was sent is in them.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

/// What happened, as far as the browser is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Done,
    Refused,
    /// Not an answer to the sign-in that waits.
    Foreign,
    /// A second redirect.
    Over,
    NotHere,
    OnlyGet,
}

impl Page {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Done | Self::Refused => StatusCode::OK,
            Self::Foreign => StatusCode::BAD_REQUEST,
            Self::Over => StatusCode::GONE,
            Self::NotHere => StatusCode::NOT_FOUND,
            Self::OnlyGet => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Done => ("Keydesk goes on from here", "You can close this page."),
            Self::Refused => {
                ("The sign-in did not work", "Keydesk says why. You can close this page.")
            }
            Self::Foreign => (
                "This page does not belong to the sign-in that Keydesk waits for",
                "Nothing has happened. Close this page and sign in from Keydesk.",
            ),
            Self::Over => ("This sign-in is over", "You can close this page."),
            Self::NotHere | Self::OnlyGet => ("There is nothing here", "You can close this page."),
        }
    }
}

/// The address of this page held the code: it is neither kept nor passed on.
const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (CACHE_CONTROL, "no-store"),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
];

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let (title, text) = self.words();
        let html = format!(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Keydesk</title>\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <body style=\"font-family: system-ui, sans-serif; margin: 15vh auto; max-width: 32em; padding: 0 1em\">\n\
             <h1 style=\"font-size: 1.4em\">{title}</h1>\n<p>{text}</p>\n</body></html>\n"
        );
        (self.status(), HEADERS, html).into_response()
    }
}
