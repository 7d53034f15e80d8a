//! `/v2/Attempts/{text}`: how far one text of Verify's is.

use super::Refusal;
use crate::practice::cloud::call::Reply;
use crate::practice::cloud::world::{World, time};
use crate::practice::company;
use serde_json::json;

pub(super) fn answer(world: &World, attempt: &str) -> Result<Reply, Refusal> {
    let now = world.now();
    let text = world.twilio.texts.attempt(attempt).ok_or_else(Refusal::missing)?;
    let of = world.twilio.verifications.iter().find(|one| one.has(attempt));
    let of = of.ok_or_else(Refusal::missing)?;
    let (status, error) = text.state(now);
    let (conversion, confirmed) = match of.is_approved() {
        true => ("converted", "confirmed"),
        false => ("unconverted", "unconfirmed"),
    };
    Ok(Reply::ok(&json!({
        "sid": text.sid,
        "account_sid": company::twilio_sid("AC"),
        "service_sid": company::twilio_sid("VA"),
        "verification_sid": of.sid,
        "date_created": time(text.at),
        "date_updated": time(now),
        "conversion_status": conversion,
        "channel": "sms",
        "price": null,
        "channel_data": {
            "verification_sid": of.sid,
            "to": text.to,
            "status": confirmed,
            "message_status": status,
            "error_code": error.map(|code| code.to_string()),
            "code_length": of.digits(),
            "country": null,
            "locale": null,
            "carrier": null,
            "mcc": null,
            "mnc": null,
        },
    })))
}
