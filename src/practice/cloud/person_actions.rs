//! What can be done about a person beside sign-in methods: a mail from them, and the end of their
//! sessions.

use super::call::{Call, Refusal, Reply};
use super::caller::{self, Holder, Touch, check_touch};
use super::control::ReceivedMail;
use super::world::World;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

const REVOKE: &[&str] = &["User.RevokeSessions.All", "User.ReadWrite.All"];
const SEND: &[&str] = &["Mail.Send"];
/// The latest mails that are remembered.
const REMEMBERED_MAILS: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    message: Message,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    subject: String,
    body: Content,
    to_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    content_type: String,
    content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: Address,
}

#[derive(Deserialize)]
struct Address {
    address: String,
}

/// `POST /users/{id}/revokeSignInSessions`
pub(super) fn revoke_sessions(world: &mut World, name: &str) -> Result<Reply, Refusal> {
    if !world.may(REVOKE) {
        return Err(Refusal::directory_permission());
    }
    let person = world.person(name)?;
    check_touch(world, &person, Touch::Write)?;
    world.sessions_revoked.push(person.upn.clone());
    Ok(Reply::ok(&json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Edm.Boolean",
        "value": true,
    })))
}

/// `POST /users/{id}/sendMail`: an application sends from any mailbox, an operator from the own
/// one only.
pub(super) fn send_mail(world: &mut World, call: &Call, name: &str) -> Result<Reply, Refusal> {
    if !world.may(SEND) {
        return Err(Refusal::mail_access());
    }
    let sender = world.person(name)?;
    if let Holder::Operator { .. } = &world.caller
        && caller::me(world)?.account.id != sender.id
    {
        return Err(Refusal::mail_access());
    }
    let sent: Sent = serde_json::from_slice(&call.body)
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    let to = sent.message.to_recipients.into_iter().map(|one| one.email_address.address);
    let to: Vec<String> = to.collect();
    if to.is_empty() || !to.iter().all(|address| address.contains('@')) {
        return Err(Refusal::bad_request("At least one recipient is not valid."));
    }
    if world.mails.len() == REMEMBERED_MAILS {
        world.mails.remove(0);
    }
    world.mails.push(ReceivedMail {
        from: sender.upn.clone(),
        to,
        subject: sent.message.subject,
        content_type: sent.message.body.content_type,
        body: sent.message.body.content,
    });
    Ok(Reply::empty(StatusCode::ACCEPTED))
}
