//! Applications as they are in a tenant: Graph's own permissions, and which of them Keydesk has
//! been granted.

use super::call::{Call, Refusal, Reply};
use super::odata::{self, Kind, Path};
use super::tenant::READ_APPLICATIONS;
use super::world::{World, time};
use crate::practice::company::client_id;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Microsoft Graph's own application.
const GRAPH: Uuid = Uuid::from_u128(0x0000_0003_0000_0000_c000_0000_0000_0000);

const SERVICE: &[&str] = &["id", "appId", "displayName", "appRoles"];
const SERVICES: Kind = Kind {
    context: "servicePrincipals",
    type_name: "servicePrincipal",
    properties: SERVICE,
    default: SERVICE,
    searchable: &["displayName"],
};
const ASSIGNMENT: &[&str] =
    &["id", "appRoleId", "principalId", "resourceId", "resourceDisplayName", "createdDateTime"];
const ASSIGNMENTS: Kind = Kind {
    context: "appRoleAssignments",
    type_name: "appRoleAssignment",
    properties: ASSIGNMENT,
    default: ASSIGNMENT,
    searchable: &[],
};

/// `GET /servicePrincipals` and what is below one.
pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    if !world.may(READ_APPLICATIONS) {
        return Err(Refusal::directory_permission());
    }
    match rest {
        [] => {
            let rows = vec![graph(world), own()];
            odata::list(world, call, &SERVICES, Path::Plain, rows)
        }
        [id, "appRoleAssignments"] if *id == own_id() => {
            let granted = world.granted().map(assignment).collect();
            odata::list(world, call, &ASSIGNMENTS, Path::Plain, granted)
        }
        [id, ..] => Err(Refusal::not_found(id)),
    }
}

fn graph(world: &World) -> Value {
    let roles: Vec<Value> = world.grantable().into_iter().map(role).collect();
    json!({
        "id": GRAPH.to_string(),
        "appId": GRAPH.to_string(),
        "displayName": "Microsoft Graph",
        "appRoles": roles,
    })
}

/// It declares the roles of its operators itself; none of them is a permission of Graph's.
fn own() -> Value {
    json!({
        "id": own_id(),
        "appId": client_id().to_string(),
        "displayName": "Keydesk",
        "appRoles": [],
    })
}

fn own_id() -> String {
    Uuid::from_u128(client_id().as_u128() ^ 2).to_string()
}

fn role(name: &str) -> Value {
    json!({
        "id": role_id(name).to_string(),
        "value": name,
        "displayName": name,
        "allowedMemberTypes": ["Application"],
        "isEnabled": true,
    })
}

fn assignment(name: &str) -> Value {
    json!({
        "id": role_id(name).simple().to_string(),
        "appRoleId": role_id(name).to_string(),
        "principalId": own_id(),
        "resourceId": GRAPH.to_string(),
        "resourceDisplayName": "Microsoft Graph",
        "createdDateTime": time(Timestamp::UNIX_EPOCH),
    })
}

/// Any, as long as it is the same each time.
fn role_id(name: &str) -> Uuid {
    let digest = Sha256::digest(name);
    Uuid::from_u128(digest.iter().take(16).fold(0, |id, byte| id << 8 | u128::from(*byte)))
}
