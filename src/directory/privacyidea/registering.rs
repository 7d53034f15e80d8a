//! Registering a passkey: two requests, and a token between them that waits for its credential.
//!
//! Keydesk chooses the token's serial. So the first request may be repeated when its answer is
//! lost (the server takes the same token again, with a fresh challenge), and what it left can be
//! found: a token of ours that waits since long is a half one, and the next registration for the
//! person removes it.

use super::super::http::Call;
use super::super::http::patience::Repeat;
use super::super::{DirectoryError, Passkey, PersonId};
use super::api::{Api, post};
use super::reply::{NoDetail, Reply, missing};
use super::{right, tokens};
use crate::webauthn::{CreationOptions, NewCredential, Reservation, base64url};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderValue, ORIGIN};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Begins the serial of a token that Keydesk made.
const OURS: &str = "KDPK";
/// How long a challenge lives where the server has no setting for it.
const USUAL_VALIDITY: SignedDuration = SignedDuration::from_secs(120);
/// The settings for it, the first that is there rules.
const VALIDITY: [&str; 2] = ["WebauthnChallengeValidityTime", "DefaultChallengeValidityTime"];
/// A token that waits longer is not waited for any more; no challenge lives so long.
const HALF_SINCE: SignedDuration = SignedDuration::from_hours(1);
/// Longest description the server keeps, in characters.
const DESCRIPTION_CHARS: usize = 80;

/// What travels in [`Reservation`].
#[derive(Serialize, Deserialize)]
struct Ticket {
    serial: String,
    transaction_id: String,
    rp_id: String,
}

#[derive(Deserialize)]
struct WireBegun {
    transaction_id: String,
    passkey_registration: Value,
}

/// Creation options. A caller that stops waiting leaves nothing behind: the request runs to its
/// end, and what it made is then released.
pub(super) async fn begin(
    api: &Arc<Api>,
    person: &PersonId,
) -> Result<CreationOptions, DirectoryError> {
    let (tell, told) = oneshot::channel();
    let (api, person) = (Arc::clone(api), person.clone());
    tokio::spawn(async move {
        let begun = begin_whole(&api, &person).await;
        if let Err(Ok(unwanted)) = tell.send(begun)
            && let Some(reservation) = &unwanted.reservation
            && let Err(error) = release(&api, reservation).await
        {
            tracing::warn!(%error, "creation options nobody waits for were not released");
        }
    });
    let ended = |_| DirectoryError::Unreachable { reason: "the program is closing".into() };
    told.await.map_err(ended)?
}

async fn begin_whole(api: &Api, person: &PersonId) -> Result<CreationOptions, DirectoryError> {
    let serial = new_serial()?;
    let asked_at = Timestamp::now();
    let (begun, validity, ()) =
        tokio::join!(make_token(api, person, &serial), validity(api), sweep(api, person));
    match begun {
        Ok(options) => Ok(CreationOptions { expires_at: Some(asked_at + validity), ..options }),
        Err(error) => {
            discard(api, &serial, &error).await;
            Err(error)
        }
    }
}

async fn make_token(
    api: &Api,
    person: &PersonId,
    serial: &str,
) -> Result<CreationOptions, DirectoryError> {
    let form = [
        ("type", "passkey"),
        ("user", &person.0),
        ("realm", &api.realm),
        ("serial", serial),
        ("description", "Keydesk registers this key"),
    ];
    let call = post("passkeys.begin", api.url(&["token", "init"], &[])?, &form, Repeat::Freely);
    let answer = api.send(&call, right::ENROL).await?;
    let reply = Reply::<bool, WireBegun>::of(&answer)?;
    let begun = reply.detail.ok_or_else(|| missing("creation options", &answer))?;
    options(begun, serial)
}

/// Registers. The name is written first, so that a lost answer loses no name.
pub(super) async fn finish(
    api: &Api,
    person: &PersonId,
    display_name: &str,
    credential: &NewCredential,
) -> Result<Passkey, DirectoryError> {
    let ticket = ticket(credential.reservation.as_ref())?;
    let name: String = display_name.chars().take(DESCRIPTION_CHARS).collect();
    describe(api, &ticket.serial, &name).await?;
    let id = base64url::encode(&credential.id.0);
    let form = [
        ("type", "passkey"),
        ("user", &person.0),
        ("realm", &api.realm),
        ("serial", &ticket.serial),
        ("transaction_id", &ticket.transaction_id),
        ("credential_id", &id),
        ("rawId", &id),
        ("authenticatorAttachment", "cross-platform"),
        ("attestationObject", &base64url::encode(&credential.attestation_object)),
        ("clientDataJSON", &base64url::encode(&credential.client_data.0)),
    ];
    let origin = HeaderValue::from_str(&format!("https://{}", ticket.rp_id))
        .map_err(|_| DirectoryError::Options("the relying party id is no host name".into()))?;
    let url = api.url(&["token", "init"], &[])?;
    let call = post("passkeys.finish", url, &form, Repeat::OnlyAfterRefusal).with(ORIGIN, origin);
    let answer = api.send(&call, right::ENROL).await?;
    match Reply::<bool, NoDetail>::of(&answer) {
        Ok(_) => {}
        Err(DirectoryError::Garbled { facts, .. }) => {
            return Err(DirectoryError::AnswerLost(facts));
        }
        Err(refused) => return Err(refused),
    }
    Ok(Passkey {
        method_id: ticket.serial,
        credential_ids: vec![credential.id.clone()],
        credential_sha256: Some(credential.id.sha256()),
        display_name: name,
        created: None,
        aaguid: Some(credential.aaguid),
        model: None,
    })
}

/// Removes the token if it still waits; a registered passkey stays.
pub(super) async fn release(api: &Api, reservation: &Reservation) -> Result<(), DirectoryError> {
    let serial = ticket(Some(reservation))?.serial;
    match tokens::one(api, &serial).await? {
        Some(token) if token.waits() => tokens::delete(api, &serial).await.map(drop),
        _ => Ok(()),
    }
}

/// A name is worth little beside the key: without the right to write it, the key goes on.
async fn describe(api: &Api, serial: &str, name: &str) -> Result<(), DirectoryError> {
    let url = api.url(&["token", "description", serial], &[])?;
    // Nothing is in doubt that matters: a refusal of a second try is one.
    let call = post("passkeys.name", url, &[("description", name)], Repeat::Freely);
    match api.send(&call, right::DESCRIBE).await {
        Ok(_) => Ok(()),
        Err(DirectoryError::Forbidden(_) | DirectoryError::Refused(_)) => {
            tracing::warn!("the passkey's name could not be written");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Reads the options. Client data must repeat base64url of what the client takes for the
/// challenge's bytes, and privacyIDEA takes its challenge's text for them.
fn options(begun: WireBegun, serial: &str) -> Result<CreationOptions, DirectoryError> {
    let unusable = |what: &str| DirectoryError::Options(what.to_owned());
    let mut asked = begun.passkey_registration;
    let text = asked["challenge"].as_str().ok_or_else(|| unusable("no challenge"))?;
    asked["challenge"] = Value::String(base64url::encode(text.as_bytes()));
    let body = json!({"publicKey": asked}).to_string();
    let options = CreationOptions::parse(body.as_bytes())
        .map_err(|error| DirectoryError::Options(error.to_string()))?;
    let ticket = Ticket {
        serial: serial.to_owned(),
        transaction_id: begun.transaction_id,
        rp_id: options.relying_party.id.clone(),
    };
    let ticket = serde_json::to_string(&ticket).map_err(|error| unusable(&error.to_string()))?;
    Ok(CreationOptions { reservation: Some(Reservation(ticket)), ..options })
}

fn ticket(reservation: Option<&Reservation>) -> Result<Ticket, DirectoryError> {
    let unknown = || DirectoryError::Options("they were not made by this directory".into());
    let text = &reservation.ok_or_else(unknown)?.0;
    serde_json::from_str(text).map_err(|_| unknown())
}

/// How long a challenge lives: the server's setting, where it may be read.
async fn validity(api: &Api) -> SignedDuration {
    for name in VALIDITY {
        match setting(api, name).await {
            Ok(Some(seconds)) => {
                return SignedDuration::from_secs(seconds.clamp(1, HALF_SINCE.as_secs()));
            }
            Ok(None) => {}
            Err(error) => {
                tracing::info!(%error, "how long challenges live was not read");
                return USUAL_VALIDITY;
            }
        }
    }
    USUAL_VALIDITY
}

async fn setting(api: &Api, name: &str) -> Result<Option<i64>, DirectoryError> {
    let url = api.url(&["system", name], &[])?;
    let call = Call::get("validity", url);
    let answer = api.send(&call, right::READ_CONFIGURATION).await?;
    let value = Reply::<Option<Value>, NoDetail>::of(&answer)?.value(&answer).unwrap_or_default();
    Ok(value.and_then(|value| match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }))
}

/// Removes half tokens of earlier registrations: ours, and waiting since long.
async fn sweep(api: &Api, person: &PersonId) {
    let swept = async {
        let since = Timestamp::now() - HALF_SINCE;
        for token in tokens::list(api, person).await? {
            let half = token.serial.starts_with(OURS) && token.waits();
            if half && token.made_at().is_some_and(|made_at| made_at < since) {
                let removal = tokens::delete(api, &token.serial).await?;
                tracing::debug!(?removal, "a half token");
            }
        }
        Ok::<(), DirectoryError>(())
    };
    if let Err(error) = swept.await {
        tracing::warn!(%error, "half tokens were not looked for");
    }
}

/// After a first request that failed in doubt, the token may be there.
async fn discard(api: &Api, serial: &str, error: &DirectoryError) {
    let nothing_there = matches!(
        error,
        DirectoryError::Unreachable { .. }
            | DirectoryError::SignIn { .. }
            | DirectoryError::Operator(_)
            | DirectoryError::Forbidden(_)
            | DirectoryError::NotFound(_)
    );
    if !nothing_there && let Err(error) = tokens::delete(api, serial).await {
        tracing::warn!(%error, "a half token was not removed");
    }
}

fn new_serial() -> Result<String, DirectoryError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| {
        DirectoryError::Settings(format!("this computer gives no random numbers: {error}"))
    })?;
    Ok(format!("{OURS}{:016X}", u64::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webauthn::ClientData;

    fn begun() -> WireBegun {
        WireBegun {
            transaction_id: "14601161354884625982".into(),
            passkey_registration: json!({
                "attestation": "direct",
                "authenticatorSelection": {"requireResidentKey": true, "residentKey": "required",
                    "userVerification": "required"},
                "challenge": "4X9_KUde5IRlw7QoM_BjQDPcVCk_17z-rp-GtqixuRE",
                "excludeCredentials": [],
                "pubKeyCredParams": [{"alg": -7, "type": "public-key"}, {"alg": -37, "type": "public-key"}],
                "rp": {"id": "pi.example.test", "name": "Example"},
                "timeout": 12000,
                "user": {"displayName": "elin", "id": "_0mQBWw5O8n1jQ7fjXfALggelKu_8fJ8T0Exczf8hD8", "name": "elin"}
            }),
        }
    }

    #[test]
    fn client_data_repeats_the_text_of_the_challenge_in_base64url() {
        let options = options(begun(), "KDPK1").unwrap();
        let data = ClientData::create(&options.challenge, &options.relying_party.id);
        let data: Value = serde_json::from_slice(&data.0).unwrap();
        let repeated = base64url::decode_any(data["challenge"].as_str().unwrap()).unwrap();
        assert_eq!(repeated, b"4X9_KUde5IRlw7QoM_BjQDPcVCk_17z-rp-GtqixuRE");
        assert_eq!(data["origin"], "https://pi.example.test");
    }

    #[test]
    fn what_the_server_wants_back_travels_through_the_journal() {
        let reservation = options(begun(), "KDPK1").unwrap().reservation;
        let json = serde_json::to_string(&reservation).unwrap();
        let back: Option<Reservation> = serde_json::from_str(&json).unwrap();
        let ticket = ticket(back.as_ref()).unwrap();
        assert_eq!(ticket.serial, "KDPK1");
        assert_eq!(ticket.transaction_id, "14601161354884625982");
        assert_eq!(ticket.rp_id, "pi.example.test");
    }

    #[test]
    fn a_foreign_reservation_is_refused() {
        assert!(ticket(None).is_err());
        assert!(ticket(Some(&Reservation("{}".into()))).is_err());
    }

    #[test]
    fn options_without_a_challenge_are_refused() {
        let mut begun = begun();
        begun.passkey_registration = json!({"rp": {"id": "x"}});
        assert!(matches!(options(begun, "KDPK1"), Err(DirectoryError::Options(_))));
    }
}
