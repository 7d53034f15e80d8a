//! Groups by name, and the people in them.

use super::super::http::Call;
use super::super::http::endpoint::with_query;
use super::super::{DirectoryError, Group, GroupKind, MembersPage, PageMark, Person, Reach};
use super::graph::{Graph, Page};
use super::odata::search_clause;
use super::people::{self, PAGE, WireUser, eventual, names_missing, to_person};
use super::permission;
use serde::Deserialize;

const PROPERTIES: &str =
    "id,displayName,description,mail,securityEnabled,mailEnabled,groupTypes,onPremisesSyncEnabled";
/// As Graph marks a group of Microsoft 365.
const UNIFIED: &str = "Unified";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireGroup {
    id: String,
    display_name: Option<String>,
    description: Option<String>,
    mail: Option<String>,
    security_enabled: Option<bool>,
    mail_enabled: Option<bool>,
    group_types: Option<Vec<String>>,
    on_premises_sync_enabled: Option<bool>,
}

/// Groups whose display name holds the text; those that are called just so come first.
pub(super) async fn named(
    graph: &Graph,
    query: &str,
    limit: usize,
) -> Result<Vec<Group>, DirectoryError> {
    let query = query.trim();
    if query.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let (clause, top) = (search_clause("displayName", query), limit.min(PAGE).to_string());
    let options =
        [("$search", clause.as_str()), ("$select", PROPERTIES), ("$count", "true"), ("$top", &top)];
    let call = Call::get("groups.search", with_query(graph.url(&["groups"])?, &options));
    let found: Vec<WireGroup> = graph.list(eventual(call), permission::GROUPS, limit).await?;
    let mut groups: Vec<Group> = found.into_iter().map(to_group).collect();
    let wanted = query.to_lowercase();
    groups.sort_by_key(|group| group.name.to_lowercase() != wanted);
    Ok(groups)
}

/// A page of the group's people. The cast leaves devices, contacts and the groups themselves out.
pub(super) async fn members_page(
    graph: &Graph,
    group_id: &str,
    reach: Reach,
    after: Option<&PageMark>,
) -> Result<MembersPage, DirectoryError> {
    let url = match after {
        Some(mark) => graph.follow(&mark.0)?,
        None => first_page(graph, group_id, reach)?,
    };
    let call = eventual(Call::get("groups.members", url));
    let page: Page<WireUser> = graph.page(&call, permission::GROUPS).await?;
    let listed = page.value.len();
    let people: Vec<Person> = page.value.into_iter().filter_map(to_person).collect();
    let unreadable = listed - people.len();
    if after.is_none() && people.is_empty() && unreadable > 0 {
        return Err(names_missing());
    }
    Ok(MembersPage { people, unreadable, total: page.total, next: page.next.map(PageMark) })
}

fn first_page(graph: &Graph, group_id: &str, reach: Reach) -> Result<url::Url, DirectoryError> {
    let members = match reach {
        Reach::Direct => "members",
        Reach::Nested => "transitiveMembers",
    };
    let url = graph.url(&["groups", group_id, members, "microsoft.graph.user"])?;
    let top = PAGE.to_string();
    let options = [("$select", people::PROPERTIES), ("$count", "true"), ("$top", &top)];
    Ok(with_query(url, &options))
}

fn to_group(group: WireGroup) -> Group {
    Group {
        kind: kind(&group),
        name: group.display_name.unwrap_or_else(|| group.id.clone()),
        id: group.id,
        description: group.description.filter(|text| !text.trim().is_empty()),
        mail: group.mail,
        synced: group.on_premises_sync_enabled == Some(true),
    }
}

fn kind(group: &WireGroup) -> GroupKind {
    let unified = group.group_types.iter().flatten().any(|kind| kind == UNIFIED);
    match (group.security_enabled, group.mail_enabled) {
        _ if unified => GroupKind::Microsoft365,
        (Some(false), _) => GroupKind::Distribution,
        (_, Some(true)) => GroupKind::MailEnabledSecurity,
        _ => GroupKind::Security,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_told_from_its_namesakes_by_kind_text_and_where_it_comes_from() {
        let read = |json: &str| to_group(serde_json::from_str(json).unwrap());
        let team = read(
            r#"{"id":"1","displayName":"Crew","mail":"crew@l.example","securityEnabled":true,
                "mailEnabled":true,"groupTypes":["Unified"],"onPremisesSyncEnabled":null}"#,
        );
        assert_eq!((team.kind, team.synced), (GroupKind::Microsoft365, false));
        let synced = read(
            r#"{"id":"2","displayName":"Crew","description":" ","securityEnabled":true,
                "mailEnabled":false,"groupTypes":[],"onPremisesSyncEnabled":true}"#,
        );
        assert_eq!((synced.kind, synced.synced), (GroupKind::Security, true));
        assert_eq!(synced.description, None);
        let list = read(r#"{"id":"3","securityEnabled":false,"mailEnabled":true}"#);
        assert_eq!((list.kind, list.name.as_str()), (GroupKind::Distribution, "3"));
    }
}
