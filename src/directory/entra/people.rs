//! People: the search box, and everything the desk shows of one person.

use super::super::http::Call;
use super::super::http::endpoint::with_query;
use super::super::http::patience::Repeat;
use super::super::{
    AccountState, CallFacts, DirectoryError, Method, OtherMethods, Person, PersonCard, PersonId,
    PersonKind,
};
use super::graph::Graph;
use super::odata::{filter_literal, search_clause};
use super::{methods, passkeys, permission};
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;

pub(super) const PROPERTIES: &str =
    "id,displayName,userPrincipalName,mail,accountEnabled,employeeId,department,jobTitle,userType";
const CONSISTENCY_LEVEL: HeaderName = HeaderName::from_static("consistencylevel");
/// Graph's largest page.
pub(super) const PAGE: usize = 999;
/// Graph's longest employee id.
const EMPLOYEE_ID_CHARS: usize = 16;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUser {
    id: String,
    /// Absent or null when `User.Read.All` is missing, as are all others but the id.
    user_principal_name: Option<String>,
    display_name: Option<String>,
    mail: Option<String>,
    employee_id: Option<String>,
    department: Option<String>,
    job_title: Option<String>,
    account_enabled: Option<bool>,
    user_type: Option<String>,
}

/// Something a person is in.
#[derive(Deserialize)]
pub(super) struct WireObject {
    pub(super) id: String,
    #[serde(rename = "@odata.type")]
    kind: Option<String>,
}

/// People whose display name, mail or user name holds the text, or whose employee id it is;
/// those of the employee id first.
pub(super) async fn find(
    graph: &Graph,
    query: &str,
    limit: usize,
) -> Result<Vec<Person>, DirectoryError> {
    let query = query.trim();
    if query.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let by_name = graph.list(search(graph, query, limit)?, permission::USERS, limit);
    let (by_id, by_name): (Vec<WireUser>, Vec<WireUser>) = if may_be_employee_id(query) {
        let by_id = graph.list(by_employee_id(graph, query)?, permission::USERS, limit);
        tokio::try_join!(by_id, by_name)?
    } else {
        (Vec::new(), by_name.await?)
    };
    let mut found = Vec::new();
    for user in by_id.into_iter().chain(by_name) {
        if !found.iter().any(|known: &WireUser| known.id == user.id) {
            found.push(user);
        }
    }
    found.truncate(limit);
    people(found)
}

/// A few people, for the connection test.
pub(super) async fn some(graph: &Graph, limit: usize) -> Result<Vec<Person>, DirectoryError> {
    let options = [("$select", PROPERTIES), ("$top", &limit.to_string())];
    let url = with_query(graph.url(&["users"])?, &options);
    people(graph.list(Call::get("people.some", url), permission::USERS, limit).await?)
}

/// One person with photo, methods, passkeys and groups, fetched at the same time.
pub(super) async fn person(graph: &Graph, id: &PersonId) -> Result<PersonCard, DirectoryError> {
    let (person, passkeys, groups, methods, photo) = tokio::try_join!(
        one(graph, id),
        passkeys::list(graph, id),
        groups(graph, id),
        methods::list(graph, id),
        async { Ok(photo(graph, id).await) },
    )?;
    // Reading the other methods takes a permission that registering keys does not.
    let (methods, other_methods) = match methods {
        Some(methods) => (methods, OtherMethods::Listed),
        None => (
            vec![Method::Passkey; passkeys.len()],
            OtherMethods::Hidden { permission: permission::METHODS },
        ),
    };
    Ok(PersonCard { person, photo, methods, other_methods, passkeys, groups })
}

fn search(graph: &Graph, query: &str, limit: usize) -> Result<Call, DirectoryError> {
    let properties = ["displayName", "mail", "userPrincipalName"];
    let clauses = properties.map(|property| search_clause(property, query)).join(" OR ");
    let top = limit.min(PAGE).to_string();
    let options = [
        ("$search", clauses.as_str()),
        ("$select", PROPERTIES),
        ("$count", "true"),
        ("$top", &top),
    ];
    Ok(eventual(Call::get("people.search", with_query(graph.url(&["users"])?, &options))))
}

fn by_employee_id(graph: &Graph, query: &str) -> Result<Call, DirectoryError> {
    let filter = format!("employeeId eq {}", filter_literal(query));
    let options = [("$filter", filter.as_str()), ("$select", PROPERTIES), ("$count", "true")];
    Ok(eventual(Call::get("people.employee", with_query(graph.url(&["users"])?, &options))))
}

/// Advanced queries (`$search`, `$count`, a cast of members) are answered from an index that lags a little.
pub(super) fn eventual(call: Call) -> Call {
    call.with(CONSISTENCY_LEVEL, HeaderValue::from_static("eventual"))
}

/// Spares a request per letter typed of a name.
fn may_be_employee_id(query: &str) -> bool {
    query.chars().count() <= EMPLOYEE_ID_CHARS
        && query.chars().any(|c| c.is_ascii_digit())
        && !query.contains(|c: char| c == '@' || c.is_whitespace())
}

async fn one(graph: &Graph, id: &PersonId) -> Result<Person, DirectoryError> {
    let url = with_query(graph.url(&["users", &id.0])?, &[("$select", PROPERTIES)]);
    let user: WireUser = graph.read(&Call::get("people.one", url), permission::USERS).await?;
    to_person(user).ok_or_else(names_missing)
}

async fn groups(graph: &Graph, id: &PersonId) -> Result<Vec<String>, DirectoryError> {
    let options = [("$select", "id"), ("$top", "999")];
    let url = with_query(graph.url(&["users", &id.0, "transitiveMemberOf"])?, &options);
    let call = Call::get("people.groups", url);
    let objects: Vec<WireObject> = graph.list(call, permission::GROUPS, usize::MAX).await?;
    Ok(objects.into_iter().filter(is_group).map(|object| object.id).collect())
}

/// Directory roles and administrative units are in the list as well.
pub(super) fn is_group(object: &WireObject) -> bool {
    object.kind.as_deref().is_none_or(|kind| kind.ends_with(".group"))
}

/// A missing photo is normal, and none is worth a delay or an error.
async fn photo(graph: &Graph, id: &PersonId) -> Option<Vec<u8>> {
    let url = graph.url(&["users", &id.0, "photo", "$value"]).ok()?;
    let call = Call { repeat: Repeat::Never, ..Call::get("people.photo", url) };
    let answer = graph.send(&call, permission::USERS).await.ok()?;
    let known =
        answer.body.starts_with(b"\xff\xd8\xff") || answer.body.starts_with(b"\x89PNG\r\n\x1a\n");
    known.then(|| answer.body.to_vec())
}

fn people(users: Vec<WireUser>) -> Result<Vec<Person>, DirectoryError> {
    let asked = users.len();
    let people: Vec<Person> = users.into_iter().filter_map(to_person).collect();
    if people.is_empty() && asked > 0 { Err(names_missing()) } else { Ok(people) }
}

/// `None` when the directory kept the names back.
pub(super) fn to_person(user: WireUser) -> Option<Person> {
    let upn = user.user_principal_name?;
    let guest = user.user_type.as_deref() == Some("Guest") || upn.contains("#EXT#");
    Some(Person {
        id: PersonId(user.id),
        display_name: user.display_name.unwrap_or_else(|| upn.clone()),
        mail: user.mail,
        employee_id: user.employee_id,
        department: user.department,
        job_title: user.job_title,
        account: match user.account_enabled {
            Some(true) => AccountState::Enabled,
            Some(false) => AccountState::Disabled,
            None => AccountState::Unknown,
        },
        kind: if guest { PersonKind::Guest } else { PersonKind::Member },
        upn,
    })
}

/// With `GroupMember.Read.All` alone Graph answers 200 and leaves all but the ids empty.
pub(super) fn names_missing() -> DirectoryError {
    DirectoryError::Forbidden(CallFacts {
        message: Some("people came without their names".into()),
        permission: Some(permission::USERS),
        ..CallFacts::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(json: &str) -> WireUser {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_person_without_names_means_a_missing_permission() {
        let empty = || user(r#"{"id":"1","userPrincipalName":null,"displayName":null}"#);
        let error = people(vec![empty(), empty()]).unwrap_err();
        assert!(
            matches!(error, DirectoryError::Forbidden(facts) if facts.permission == Some("User.Read.All"))
        );
        assert_eq!(people(vec![]), Ok(vec![]));
        let mixed =
            people(vec![empty(), user(r#"{"id":"2","userPrincipalName":"a@b.example"}"#)]).unwrap();
        assert_eq!(mixed.len(), 1);
        assert_eq!(mixed[0].display_name, "a@b.example");
        assert_eq!(mixed[0].account, AccountState::Unknown);
    }

    #[test]
    fn guests_are_known_by_type_or_by_name() {
        let by_type = user(r#"{"id":"1","userPrincipalName":"a@b.example","userType":"Guest"}"#);
        let by_name = user(r#"{"id":"1","userPrincipalName":"a_c.example#EXT#@b.example"}"#);
        let member = user(r#"{"id":"1","userPrincipalName":"a@b.example","userType":"Member"}"#);
        assert_eq!(to_person(by_type).unwrap().kind, PersonKind::Guest);
        assert_eq!(to_person(by_name).unwrap().kind, PersonKind::Guest);
        assert_eq!(to_person(member).unwrap().kind, PersonKind::Member);
    }

    #[test]
    fn only_what_looks_like_an_employee_id_is_asked_for_as_one() {
        for id in ["104882", "E-1042", "a1"] {
            assert!(may_be_employee_id(id), "{id}");
        }
        for other in ["elin", "Elin Bergström 2", "e1@larkfield.example", "12345678901234567"] {
            assert!(!may_be_employee_id(other), "{other}");
        }
    }
}
