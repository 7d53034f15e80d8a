//! All sign-in methods of a person.

use super::call::{Refusal, Reply};
use super::world::World;
use super::{passes, phones};
use crate::practice::company::{Employee, Kind};
use serde_json::{Value, json};

const READ: &[&str] =
    &["UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"];
const PASSWORD_ID: &str = "28c10230-6103-485e-b985-444c60001490";

/// `GET /users/{id}/authentication/methods`
pub(super) fn list(world: &World, name: &str) -> Result<Reply, Refusal> {
    if !world.may(READ) {
        return Err(Refusal::access());
    }
    let person = world.person(name)?;
    let mut methods = Vec::new();
    if person.kind == Kind::Member {
        methods.push(typed("password", json!({"id": PASSWORD_ID, "password": null})));
    }
    methods.extend(phones::shown(world, &person).into_iter().map(|phone| typed("phone", phone)));
    let now = world.now();
    let passkeys =
        world.passkeys.iter().filter(|key| key.person == person.id && key.is_listed(now));
    methods.extend(passkeys.map(|passkey| typed("fido2", passkey.shown())));
    methods.extend(passes::shown(world, &person).map(|pass| typed("temporaryAccessPass", pass)));
    methods.extend(person.methods.iter().filter_map(|method| other(&person, method)));
    Ok(Reply::ok(&json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users('')/authentication/methods",
        "value": methods,
    })))
}

/// A method of the table's `methods` column.
fn other(person: &Employee, method: &str) -> Option<Value> {
    let id = uuid::Uuid::from_u128(person.id.as_u128() ^ method.len() as u128).to_string();
    let device = format!("{}'s device", person.given_name.as_deref().unwrap_or("Someone"));
    Some(match method {
        "authenticator" => typed(
            "microsoftAuthenticator",
            json!({"id": id, "displayName": device, "deviceTag": "SoftwareTokenActivated", "phoneAppVersion": "6.8.9"}),
        ),
        "hello" => typed(
            "windowsHelloForBusiness",
            json!({"id": id, "displayName": device, "keyStrength": "normal"}),
        ),
        "platform" => typed(
            "platformCredential",
            json!({"id": id, "displayName": device, "keyStrength": "normal"}),
        ),
        "oath" => typed("softwareOath", json!({"id": id, "secretKey": null})),
        "email" => {
            typed("email", json!({"id": id, "emailAddress": format!("private.{}", person.upn)}))
        }
        _ => return None,
    })
}

fn typed(kind: &str, mut method: Value) -> Value {
    method["@odata.type"] = json!(format!("#microsoft.graph.{kind}AuthenticationMethod"));
    method
}
