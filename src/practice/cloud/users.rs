//! People, their photos and the groups they are in.

use super::call::{Call, Refusal, Reply};
use super::filter::Filter;
use super::odata::{self, Kind, Path};
use super::phones::HeldNumber;
use super::world::World;
use crate::practice::company::{self, Account, Employee};
use serde_json::{Value, json};

pub(super) const READ_PEOPLE: &[&str] =
    &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"];
const READ_BASICS: &[&str] = &["User.ReadBasic.All"];
const READ_PHOTOS: &[&str] = &["User.Read.All", "User.ReadWrite.All", "ProfilePhoto.Read.All"];
const READ_GROUPS: &[&str] =
    &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "User.Read.All"];

/// What User.ReadBasic.All shows.
const BASICS: &[&str] = &["id", "displayName", "givenName", "surname", "mail", "userPrincipalName"];

const PHOTO_SIDES: &[u32] = &[48, 64, 96, 120, 240, 360, 432, 504, 648];
/// Side of the photo when no size is asked for.
const PHOTO_SIDE: u32 = 96;

pub(super) const USERS: Kind = Kind {
    context: "users",
    type_name: "user",
    properties: &[
        "id",
        "displayName",
        "givenName",
        "surname",
        "userPrincipalName",
        "mail",
        "mobilePhone",
        "businessPhones",
        "accountEnabled",
        "employeeId",
        "department",
        "jobTitle",
        "officeLocation",
        "city",
        "country",
        "userType",
        "companyName",
        "preferredLanguage",
        "usageLocation",
        "onPremisesSyncEnabled",
        "onPremisesExtensionAttributes",
    ],
    default: &[
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
        "id",
    ],
    searchable: &["displayName", "givenName", "surname", "mail", "userPrincipalName"],
};

/// `GET /users`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let rows = candidates(world, call).map(|person| record(world, person)).collect::<Vec<_>>();
    let rows = rows.into_iter().map(|row| permitted(world, row)).collect::<Result<_, _>>()?;
    odata::list(world, call, &USERS, Path::Plain, rows)
}

/// Everybody, or those at most whom a filter by a unique-looking property can mean.
fn candidates<'a>(world: &'a World, call: &Call) -> impl Iterator<Item = &'a Employee> {
    let filter = call.query("$filter").and_then(|text| Filter::parse(text).ok());
    let place = world.place();
    let found = filter.as_ref().and_then(Filter::equality).and_then(|(path, text)| match path {
        "mail" => Some(place.with_mail(text)),
        "employeeId" => Some(place.with_employee_id(text)),
        _ => None,
    });
    found.unwrap_or(&place.people).iter().map(|person| &**person)
}

/// `GET /users/{id}`
pub(super) fn one(world: &World, call: &Call, name: &str) -> Result<Reply, Refusal> {
    if !world.may(READ_PEOPLE) && !world.may(READ_BASICS) {
        return Err(Refusal::directory_permission());
    }
    let row = permitted(world, record(world, &*world.person(name)?))?;
    odata::single(call, &USERS, &row)
}

/// `GET /me`: needs no more than to be signed in.
pub(super) fn me(world: &World, call: &Call, account: &Employee) -> Result<Reply, Refusal> {
    odata::single(call, &USERS, &record(world, account))
}

/// `POST /me/checkMemberGroups`: which of these groups the operator is in, through others too.
pub(super) fn check_member_groups(
    world: &World,
    call: &Call,
    account: &Employee,
) -> Result<Reply, Refusal> {
    const MOST: usize = 20;
    let asked: serde_json::Value = serde_json::from_slice(&call.body)
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    let ids = asked["groupIds"]
        .as_array()
        .filter(|ids| !ids.is_empty() && ids.len() <= MOST)
        .ok_or_else(|| {
            Refusal::bad_query("Invalid value specified for property 'groupIds' of resource.")
        })?;
    let groups = world.groups_of(account);
    let found: Vec<_> = ids
        .iter()
        .filter_map(serde_json::Value::as_str)
        .filter(|id| groups.iter().any(|group| group.id.to_string().eq_ignore_ascii_case(id)))
        .collect();
    Ok(Reply::ok(&json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection(Edm.String)",
        "value": found,
    })))
}

/// `GET /users/{id}/photo/$value`, `GET /users/{id}/photos/{side}x{side}/$value`
pub(super) fn photo(world: &World, name: &str, size: Option<&str>) -> Result<Reply, Refusal> {
    if !world.may(READ_PHOTOS) {
        return Err(Refusal::access());
    }
    let person = world.person(name)?;
    let side = match size {
        None => PHOTO_SIDE,
        Some(size) => side(size)
            .ok_or_else(|| Refusal::bad_request("The requested photo size is not supported."))?,
    };
    if !person.has_photo {
        return Err(Refusal::no_photo());
    }
    let jpeg =
        company::portrait(person.id, side).map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(Reply::jpeg(jpeg))
}

/// `GET /users/{id}/memberOf` and `/transitiveMemberOf`
pub(super) fn member_of(
    world: &mut World,
    call: &Call,
    name: &str,
    reach: super::groups::Reach,
    path: Path,
) -> Result<Reply, Refusal> {
    if !world.may(READ_GROUPS) {
        return Err(Refusal::directory_permission());
    }
    let person = world.person(name)?;
    let rows = world
        .groups_of(&person)
        .into_iter()
        .filter(|group| reach.takes(&person, group))
        .map(super::groups::record)
        .collect();
    odata::list(world, call, &super::groups::GROUPS, path, rows)
}

/// Every property of a person, with the type mark of lists that mix types left out.
pub(super) fn record(world: &World, person: &Employee) -> Value {
    let country = &person.country;
    json!({
        "id": person.id.to_string(),
        "displayName": person.display_name,
        "givenName": person.given_name,
        "surname": person.surname,
        "userPrincipalName": person.upn,
        "mail": person.mail,
        "mobilePhone": person.mobile,
        "businessPhones": person.office.iter().collect::<Vec<_>>(),
        "accountEnabled": person.account == Account::Enabled,
        "employeeId": person.employee_id,
        "department": person.department,
        "jobTitle": person.title,
        "officeLocation": person.city,
        "city": person.city,
        "country": country,
        "userType": match person.kind { company::Kind::Member => "Member", company::Kind::Guest => "Guest" },
        "companyName": world.place().name,
        "preferredLanguage": null,
        "usageLocation": country,
        "onPremisesSyncEnabled": null,
        "onPremisesExtensionAttributes": attributes(world, person),
    })
}

fn attributes(world: &World, person: &Employee) -> Value {
    let attribute = |number: u8| {
        let held = match world.attributes.get(&(person.id, number)) {
            Some(ordered) => ordered.as_ref().map(HeldNumber::expose),
            None => person.attributes.get(&number).map(String::as_str),
        };
        (format!("extensionAttribute{number}"), json!(held))
    };
    Value::Object((1..=15).map(attribute).collect())
}

/// The record as the application's permissions show it: what is hidden is null.
fn permitted(world: &World, mut row: Value) -> Result<Value, Refusal> {
    if world.may(READ_PEOPLE) {
        return Ok(row);
    }
    if !world.may(READ_BASICS) {
        return Err(Refusal::directory_permission());
    }
    if let Some(members) = row.as_object_mut() {
        for (name, value) in members.iter_mut().filter(|(name, _)| !BASICS.contains(&name.as_str()))
        {
            *value = if name == "businessPhones" { json!([]) } else { Value::Null };
        }
    }
    Ok(row)
}

fn side(size: &str) -> Option<u32> {
    let (width, height) = size.split_once('x')?;
    let side = width.parse().ok()?;
    (width == height && PHOTO_SIDES.contains(&side)).then_some(side)
}
