//! One ticket, and whom it is about.

use super::NAME;
use super::api::Api;
use super::text::plain;
use crate::services::tickets::Ticket;
use crate::services::{ServiceError, ServiceFacts};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;

/// So much of what was reported is shown.
const DETAILS_CHARS: usize = 600;
const LINE_CHARS: usize = 200;
/// The state that every instance has for what is done.
const CLOSED: i64 = 9;

#[derive(Deserialize)]
struct WireTicket {
    id: u64,
    summary: Option<String>,
    details: Option<String>,
    client_name: Option<String>,
    user_id: Option<i64>,
    user_name: Option<String>,
    user_email: Option<String>,
    status_id: Option<i64>,
    #[serde(alias = "statusname")]
    status_name: Option<String>,
    agent_id: Option<i64>,
    agent_name: Option<String>,
    #[serde(alias = "datecreated")]
    dateoccurred: Option<String>,
    #[serde(default)]
    hasbeenclosed: bool,
    #[serde(default)]
    deleted: bool,
}

#[derive(Deserialize)]
struct WireUser {
    emailaddress: Option<String>,
}

pub(super) async fn read(api: &Api, number: u64) -> Result<Ticket, ServiceError> {
    let url = api.url(&["tickets", &number.to_string()], &[("includedetails", "true")])?;
    let wire: WireTicket = api.read("halo ticket", url).await?;
    if wire.deleted {
        let facts = ServiceFacts { message: Some("it is deleted".into()), ..Default::default() };
        return Err(ServiceError::NotFound { service: NAME, facts });
    }
    if wire.id != number {
        let reason = "another ticket came".into();
        return Err(ServiceError::Garbled {
            service: NAME,
            reason,
            facts: ServiceFacts::default(),
        });
    }
    let (status, assigned_to, requester_mail) =
        tokio::join!(status(api, &wire), assigned_to(api, &wire), mail(api, &wire));
    let short = |text: &Option<String>| plain(text.as_deref().unwrap_or_default(), LINE_CHARS);
    Ok(Ticket {
        number,
        summary: short(&wire.summary),
        details: plain(wire.details.as_deref().unwrap_or_default(), DETAILS_CHARS),
        company: short(&wire.client_name),
        requester_name: short(&wire.user_name),
        requester_mail,
        status,
        is_closed: wire.hasbeenclosed || wire.status_id == Some(CLOSED),
        opened: wire.dateoccurred.as_deref().and_then(time),
        assigned_to,
    })
}

async fn status(api: &Api, wire: &WireTicket) -> String {
    let name = match (&wire.status_name, wire.status_id) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(id)) => api.name_of("status", id).await,
        (None, None) => None,
    };
    match (name, wire.status_id) {
        (Some(name), _) => plain(&name, LINE_CHARS),
        (None, Some(id)) => format!("State {id}"),
        (None, None) => "Unknown".into(),
    }
}

/// Agent 1 of every instance stands for nobody.
async fn assigned_to(api: &Api, wire: &WireTicket) -> Option<String> {
    const NOBODY: i64 = 1;
    let id = wire.agent_id.filter(|id| *id > NOBODY)?;
    let name = match &wire.agent_name {
        Some(name) => Some(name.clone()),
        None => api.name_of("agent", id).await,
    };
    name.map(|name| plain(&name, LINE_CHARS))
}

/// As the ticket has it, or else as the instance has it for the person of the ticket.
async fn mail(api: &Api, wire: &WireTicket) -> Option<String> {
    let told = |mail: Option<String>| mail.map(|mail| plain(&mail, LINE_CHARS));
    let mail = told(wire.user_email.clone()).filter(|mail| !mail.is_empty());
    if mail.is_some() {
        return mail;
    }
    let id = wire.user_id.filter(|id| *id > 0)?.to_string();
    let url = api.url(&["users", &id], &[]).ok()?;
    let user: WireUser = api.read("halo user", url).await.ok()?;
    told(user.emailaddress).filter(|mail| !mail.is_empty())
}

/// Times are written with a zone or without; then they are UTC.
fn time(text: &str) -> Option<Timestamp> {
    let zoned = text.parse::<Timestamp>().ok();
    zoned.or_else(|| {
        text.parse::<DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_utc() {
        let at: Timestamp = "2026-11-22T10:18:00Z".parse().unwrap();
        for text in ["2026-11-22T10:18:00Z", "2026-11-22T10:18:00", "2026-11-22T10:18:00.000"] {
            assert_eq!(time(text), Some(at), "{text}");
        }
        assert_eq!(time("yesterday"), None);
    }
}
