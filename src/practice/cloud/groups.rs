//! Groups and their members.

use super::call::{Call, Refusal, Reply};
use super::odata::{self, Kind, Path};
use super::place::is_direct_member;
use super::users;
use super::world::World;
use crate::practice::company::{Employee, Group};
use serde_json::{Value, json};
use uuid::Uuid;

const READ_GROUPS: &[&str] = &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"];

pub(super) const GROUPS: Kind = Kind {
    context: "groups",
    type_name: "group",
    properties: &[
        "id",
        "displayName",
        "description",
        "securityEnabled",
        "mailEnabled",
        "groupTypes",
        "onPremisesSyncEnabled",
    ],
    default: &["id", "displayName", "description", "securityEnabled", "mailEnabled", "groupTypes"],
    searchable: &["displayName", "description"],
};

const MEMBERS: Kind = Kind {
    context: "directoryObjects",
    type_name: "directoryObject",
    properties: users::USERS.properties,
    default: users::USERS.default,
    searchable: users::USERS.searchable,
};

/// Direct members, or those of held groups too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Direct,
    Transitive,
}

impl Reach {
    pub fn takes(self, person: &Employee, group: &Group) -> bool {
        self == Self::Transitive || is_direct_member(person, group)
    }
}

/// `GET /groups`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    check(world)?;
    let rows = world.place().groups.iter().map(plain_record).collect();
    odata::list(world, call, &GROUPS, Path::Plain, rows)
}

/// `GET /groups/{id}`
pub(super) fn one(world: &World, call: &Call, id: &str) -> Result<Reply, Refusal> {
    check(world)?;
    odata::single(call, &GROUPS, &plain_record(group(world, id)?))
}

/// `GET /groups/{id}/members` and `/transitiveMembers`, with or without a cast to users
pub(super) fn members(
    world: &mut World,
    call: &Call,
    id: &str,
    reach: Reach,
    path: Path,
) -> Result<Reply, Refusal> {
    check(world)?;
    let group = group(world, id)?.clone();
    let place = world.place();
    let everyone = place.people.iter().map(|person| &**person).chain(place.own_operators());
    let people = everyone.filter(|person| match reach {
        Reach::Direct => is_direct_member(person, &group),
        Reach::Transitive => world.groups_of(person).iter().any(|g| g.id == group.id),
    });
    let mut rows: Vec<Value> = people.map(|person| member(world, person)).collect();
    if path == Path::Plain {
        let held = world.place().groups.iter().filter(|g| group.holds.contains(&g.id)).map(record);
        rows.extend(held);
    }
    odata::list(world, call, &MEMBERS, path, rows)
}

/// A group in a list that mixes types.
pub(super) fn record(group: &Group) -> Value {
    let mut record = plain_record(group);
    record["@odata.type"] = json!("#microsoft.graph.group");
    record
}

fn plain_record(group: &Group) -> Value {
    json!({
        "id": group.id.to_string(),
        "displayName": group.name,
        "description": group.description,
        "securityEnabled": true,
        "mailEnabled": false,
        "groupTypes": [],
        "onPremisesSyncEnabled": null,
    })
}

/// A person in a group's list; without a permission for people only the id is shown.
fn member(world: &World, person: &Employee) -> Value {
    let mut record = users::record(world, person);
    if !world.may(users::READ_PEOPLE)
        && let Some(members) = record.as_object_mut()
    {
        members
            .iter_mut()
            .filter(|(name, _)| *name != "id")
            .for_each(|(_, value)| *value = Value::Null);
    }
    record["@odata.type"] = json!("#microsoft.graph.user");
    record
}

fn group<'a>(world: &'a World, id: &str) -> Result<&'a Group, Refusal> {
    let wanted = Uuid::try_parse(id)
        .map_err(|_| Refusal::bad_query(format!("Invalid object identifier '{id}'.")))?;
    world
        .place()
        .groups
        .iter()
        .find(|group| group.id == wanted)
        .ok_or_else(|| Refusal::not_found(id))
}

fn check(world: &World) -> Result<(), Refusal> {
    if world.may(READ_GROUPS) { Ok(()) } else { Err(Refusal::directory_permission()) }
}
