//! What else is done about a person: the end of their sessions, and a mail to them.

use super::super::super::http::patience::Repeat;
use super::super::super::http::{Call, Payload};
use super::super::super::phones::Mail;
use super::super::super::{DirectoryError, PersonId};
use super::super::graph::Graph;
use super::super::permission;
use reqwest::Method;
use serde_json::json;

/// Ending them twice ends them once, so it may be repeated.
pub(super) async fn revoke_sessions(
    graph: &Graph,
    person: &PersonId,
) -> Result<(), DirectoryError> {
    let url = graph.url(&["users", &person.0, "revokeSignInSessions"])?;
    let call = Call {
        method: Method::POST,
        payload: Payload::Json(b"{}".to_vec()),
        ..Call::get("people.revoke_sessions", url)
    };
    graph.send(&call, permission::SESSIONS).await.map(drop)
}

/// Never twice: after [`DirectoryError::AnswerLost`] it may have gone out.
pub(super) async fn send_mail(
    graph: &Graph,
    from: &str,
    to: &str,
    mail: &Mail,
) -> Result<(), DirectoryError> {
    let body = json!({
        "message": {
            "subject": mail.subject,
            "body": {"contentType": "Text", "content": mail.body},
            "toRecipients": [{"emailAddress": {"address": to}}],
        },
        "saveToSentItems": false,
    });
    let call = Call {
        method: Method::POST,
        payload: Payload::Json(body.to_string().into_bytes()),
        repeat: Repeat::OnlyAfterRefusal,
        ..Call::get("people.send_mail", graph.url(&["users", from, "sendMail"])?)
    };
    graph.send(&call, permission::MAIL).await.map(drop)
}
