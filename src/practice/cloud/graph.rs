//! The directory: who may call, and which call is which.

use super::call::{Call, Refusal, Reply};
use super::caller::{self, Touch, check_touch};
use super::groups::Reach;
use super::odata::{self, Path};
use super::world::World;
use super::{
    batch, fido2, groups, methods, passes, person_actions, phones, service_principals, tenant,
    users,
};
use serde_json::{Value, json};

const READ_POLICY: &[&str] = &["Policy.Read.All", "Policy.Read.AuthenticationMethod"];

/// The two versions of the service; they differ in creation options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    Beta,
}

impl Version {
    /// As it stands in an address.
    pub fn segment(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

/// Answers `/v1.0/...` and `/beta/...`.
pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    match route(world, call) {
        Ok(reply) => reply,
        Err(refusal) => refusal.reply(call, world.now()),
    }
}

fn route(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    check_token(world, call)?;
    if let Some(page) = odata::next_page(world, call) {
        return page;
    }
    let Some((version, path)) = call.segments.split_first() else {
        return Err(unknown_segment(""));
    };
    let version = if version == "beta" { Version::Beta } else { Version::V1 };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if call.method != "GET" && path.first() == Some(&"users") {
        world.take_write()?;
    }
    match path.as_slice() {
        ["$batch"] => batch::answer(world, call, version),
        ["me", rest @ ..] => me(world, call, rest),
        ["users", person, "authentication", rest @ ..] => {
            authentication(world, call, version, person, rest)
        }
        ["users", person, "revokeSignInSessions"] if call.method == "POST" => {
            person_actions::revoke_sessions(world, person)
        }
        ["users", person, "sendMail"] if call.method == "POST" => {
            person_actions::send_mail(world, call, person)
        }
        _ if call.method != "GET" => Err(Refusal::method_not_allowed()),
        ["users", rest @ ..] => people(world, call, rest),
        ["groups", rest @ ..] => group(world, call, rest),
        ["policies", "authenticationMethodsPolicy", rest @ ..] => policy(world, rest),
        ["organization"] => tenant::organisation(world),
        ["applications"] => tenant::applications(world, call),
        ["servicePrincipals", rest @ ..] => service_principals::answer(world, call, rest),
        other => Err(unknown_segment(other.first().unwrap_or(&""))),
    }
}

fn authentication(
    world: &mut World,
    call: &Call,
    version: Version,
    person: &str,
    rest: &[&str],
) -> Result<Reply, Refusal> {
    let touch = match (call.method.as_str(), rest) {
        ("GET", ["fido2Methods", name]) if name.starts_with("creationOptions") => Touch::Write,
        ("GET", _) => Touch::Read,
        _ => Touch::Write,
    };
    if let Ok(person) = world.person(person) {
        check_touch(world, &person, touch)?;
    }
    match (call.method.as_str(), rest) {
        ("GET", ["methods"]) => methods::list(world, person),
        (_, ["phoneMethods", rest @ ..]) => phones::answer(world, call, person, rest),
        (_, ["temporaryAccessPassMethods", rest @ ..]) => passes::answer(world, call, person, rest),
        ("GET", ["fido2Methods"]) => fido2::list(world, person),
        ("POST", ["fido2Methods"]) => fido2::register(world, call, person),
        ("GET", ["fido2Methods", name]) if name.starts_with("creationOptions") => {
            fido2::creation_options(world, call, version, person, name)
        }
        ("GET", ["fido2Methods", id]) => fido2::one(world, person, id),
        ("DELETE", ["fido2Methods", id]) => fido2::delete(world, person, id),
        (_, ["methods" | "fido2Methods", ..]) => Err(Refusal::method_not_allowed()),
        (_, other) => Err(unknown_segment(other.first().unwrap_or(&"authentication"))),
    }
}

fn people(world: &mut World, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    match rest {
        [] => users::list(world, call),
        [person] => users::one(world, call, person),
        [person, "photo", "$value"] => users::photo(world, person, None),
        [person, "photos", size, "$value"] => users::photo(world, person, Some(size)),
        [person, "memberOf"] => users::member_of(world, call, person, Reach::Direct, Path::Plain),
        [person, "memberOf", "microsoft.graph.group"] => {
            users::member_of(world, call, person, Reach::Direct, Path::Cast)
        }
        [person, "transitiveMemberOf"] => {
            users::member_of(world, call, person, Reach::Transitive, Path::Plain)
        }
        [person, "transitiveMemberOf", "microsoft.graph.group"] => {
            users::member_of(world, call, person, Reach::Transitive, Path::Cast)
        }
        [_, other, ..] => Err(unknown_segment(other)),
    }
}

/// The operator himself; an application has no self.
fn me(world: &mut World, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    let me = caller::me(world)?;
    let id = me.account.id.to_string();
    match (call.method.as_str(), rest) {
        ("POST", ["checkMemberGroups"]) => users::check_member_groups(world, call, &me.account),
        ("GET", []) => users::me(world, call, &me.account),
        ("GET", ["photo" | "photos" | "memberOf" | "transitiveMemberOf", ..]) => {
            people(world, call, &[&[id.as_str()], rest].concat())
        }
        ("GET" | "POST", [other, ..]) => Err(unknown_segment(other)),
        _ => Err(Refusal::method_not_allowed()),
    }
}

fn group(world: &mut World, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    match rest {
        [] => groups::list(world, call),
        [id] => groups::one(world, call, id),
        [id, "members"] => groups::members(world, call, id, Reach::Direct, Path::Plain),
        [id, "members", "microsoft.graph.user"] => {
            groups::members(world, call, id, Reach::Direct, Path::Cast)
        }
        [id, "transitiveMembers"] => {
            groups::members(world, call, id, Reach::Transitive, Path::Plain)
        }
        [id, "transitiveMembers", "microsoft.graph.user"] => {
            groups::members(world, call, id, Reach::Transitive, Path::Cast)
        }
        [_, other, ..] => Err(unknown_segment(other)),
    }
}

fn policy(world: &World, rest: &[&str]) -> Result<Reply, Refusal> {
    let name = match rest {
        [] => None,
        ["authenticationMethodConfigurations", name] => Some(*name),
        [call] => call
            .strip_prefix("authenticationMethodConfigurations('")
            .and_then(|name| name.strip_suffix("')"))
            .map(Some)
            .ok_or_else(|| unknown_segment(call))?,
        [other, ..] => return Err(unknown_segment(other)),
    };
    if !world.may(READ_POLICY) {
        return Err(Refusal::access());
    }
    caller::check_policies(world)?;
    let Some(name) = name else {
        return Ok(Reply::ok(&all_policies(world)));
    };
    if name.eq_ignore_ascii_case("fido2") {
        return Ok(Reply::ok(&world.place().policy.shown()));
    }
    let mut shown =
        world.place().method_policies.shown(name).ok_or_else(|| Refusal::not_found(name))?;
    shown["@odata.context"] = json!(
        "https://graph.microsoft.com/v1.0/$metadata#authenticationMethodConfigurations/$entity"
    );
    Ok(Reply::ok(&shown))
}

fn all_policies(world: &World) -> Value {
    let mut configurations = vec![world.place().policy.shown()];
    if let Some(members) = configurations[0].as_object_mut() {
        members.remove("@odata.context");
    }
    configurations.extend(world.place().method_policies.all());
    json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#authenticationMethodsPolicy",
        "id": "authenticationMethodsPolicy",
        "displayName": "Authentication Methods Policy",
        "policyVersion": "1.5",
        "policyMigrationState": "migrationComplete",
        "authenticationMethodConfigurations": configurations,
    })
}

/// Whose token it is; that is who calls, and in which tenant.
fn check_token(world: &mut World, call: &Call) -> Result<(), Refusal> {
    let token = call
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| Refusal::token("Access token is empty."))?;
    let known = world.tokens.get(token).cloned().or_else(|| caller::foreign(world));
    let known = known.ok_or_else(|| Refusal::token("CompactToken validation failed."))?;
    if known.ends <= world.now() {
        return Err(Refusal::token("Lifetime validation failed, the token is expired."));
    }
    (world.at, world.caller) = (known.place, known.holder);
    caller::check_context(world, world.login.ordered.context.as_deref())
}

fn unknown_segment(segment: &str) -> Refusal {
    Refusal::bad_request(format!("Resource not found for the segment '{segment}'."))
}
