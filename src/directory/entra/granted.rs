//! What the sign-in has been granted, for things that only writing would show.

use super::super::http::Call;
use super::super::http::endpoint::with_query;
use super::super::{CheckOutcome, ConnectionCheck, DirectoryError};
use super::check::line;
use super::graph::Graph;
use super::odata::filter_literal;
use super::permission;
use crate::problem::{Explain, Problem};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Microsoft Graph itself, the same in every tenant and cloud.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
/// More permissions than one application is granted.
const MOST: usize = 1000;
const PLACE: &str = "in the Entra admin centre under App registrations, API permissions";

/// Something that enrolling keys does without.
struct Deed {
    name: &'static str,
    wanted: &'static str,
    /// Or any of these, which give more.
    or: &'static [&'static str],
    /// Follows "without it".
    effect: &'static str,
}

const DEEDS: [Deed; 4] = [
    Deed {
        name: "Change phones",
        wanted: permission::PHONES,
        or: &[permission::ALL_METHODS],
        effect: "no phone can be changed",
    },
    Deed {
        name: "Issue passes",
        wanted: permission::PASSES,
        or: &[permission::ALL_METHODS],
        effect: "no Temporary Access Pass can be issued",
    },
    Deed {
        name: "Revoke sessions",
        wanted: permission::SESSIONS,
        or: &["User.ReadWrite.All", "Directory.ReadWrite.All"],
        effect: "nobody's sessions can be ended",
    },
    Deed {
        name: "Mail people",
        wanted: permission::MAIL,
        or: &[],
        effect: "nobody is told by mail of a changed phone",
    },
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAssignment {
    app_role_id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireService {
    id: String,
    #[serde(default)]
    app_roles: Vec<WireRole>,
}

#[derive(Deserialize)]
struct WireRole {
    id: Uuid,
    value: Option<String>,
}

/// One line for each thing, or one that says why it can't be told.
pub(super) async fn checks(graph: &Graph, client_id: &str) -> Vec<ConnectionCheck> {
    match granted(graph, client_id).await {
        Ok(granted) => DEEDS.iter().map(|deed| deed.check(&granted)).collect(),
        Err(unknown) => vec![line("Phones, passes, sessions and mails", Err(unknown))],
    }
}

/// A person's sign-in says what it gives; an application's is read from the tenant.
async fn granted(graph: &Graph, client_id: &str) -> Result<BTreeSet<String>, CheckOutcome> {
    let not_read = |error| not_read(&error);
    match graph.scope().await.map_err(not_read)? {
        Some(scope) => Some(names(&scope)).filter(|names| !names.is_empty()).ok_or_else(not_said),
        None if graph.is_application() => assigned(graph, client_id).await.map_err(not_read),
        None => Err(not_said()),
    }
}

/// `https://graph.microsoft.com/User.Read` or `User.Read`, between blanks (RFC 6749, 3.3); not what
/// only asks, such as `.default`, nor what is of the sign-in itself, such as `openid`.
fn names(scope: &str) -> BTreeSet<String> {
    let bare = scope.split_whitespace().map(|name| name.rsplit('/').next().unwrap_or(name));
    bare.filter(|name| name.find('.').is_some_and(|at| at > 0)).map(str::to_owned).collect()
}

async fn assigned(graph: &Graph, client_id: &str) -> Result<BTreeSet<String>, DirectoryError> {
    let (all, own) = tokio::try_join!(service(graph, GRAPH), assignments(graph, client_id))?;
    let roles = all.into_iter().flat_map(|service| service.app_roles);
    let names: HashMap<Uuid, String> =
        roles.filter_map(|role| Some((role.id, role.value?))).collect();
    Ok(own.iter().filter_map(|own| names.get(&own.app_role_id).cloned()).collect())
}

async fn assignments(
    graph: &Graph,
    client_id: &str,
) -> Result<Vec<WireAssignment>, DirectoryError> {
    let Some(own) = service(graph, client_id).await? else { return Ok(Vec::new()) };
    let url = graph.url(&["servicePrincipals", &own.id, "appRoleAssignments"])?;
    graph.list(Call::get("check.granted", url), permission::APPLICATIONS, MOST).await
}

/// An application as it is in this tenant.
async fn service(graph: &Graph, app_id: &str) -> Result<Option<WireService>, DirectoryError> {
    let filter = format!("appId eq {}", filter_literal(app_id));
    let options = [("$filter", filter.as_str()), ("$select", "id,appRoles")];
    let url = with_query(graph.url(&["servicePrincipals"])?, &options);
    let call = Call::get("check.service", url);
    let found: Vec<WireService> = graph.list(call, permission::APPLICATIONS, 1).await?;
    Ok(found.into_iter().next())
}

fn not_read(error: &DirectoryError) -> CheckOutcome {
    CheckOutcome::Advice(Problem {
        what: format!("Which permissions the application has can't be read: {error}"),
        next: format!("Grant {} for this test, or look {PLACE}", permission::APPLICATIONS),
        details: error.details(),
    })
}

fn not_said() -> CheckOutcome {
    CheckOutcome::Advice(Problem {
        what: "The sign-in did not say which permissions it gives".into(),
        next: format!("Look {PLACE}"),
        details: Vec::new(),
    })
}

impl Deed {
    fn check(&self, granted: &BTreeSet<String>) -> ConnectionCheck {
        let mut enough = std::iter::once(&self.wanted).chain(self.or);
        let has = enough.find(|name| granted.contains(**name));
        let works = has.map(|name| format!("{name} is granted"));
        line(self.name, works.ok_or_else(|| self.missing()))
    }

    fn missing(&self) -> CheckOutcome {
        CheckOutcome::Advice(Problem {
            what: format!("{} is not granted: without it {}", self.wanted, self.effect),
            next: format!("If it is wanted, add it {PLACE}, and grant admin consent"),
            details: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_names_permissions_with_and_without_the_resource() {
        let granted = names(
            "openid offline_access https://graph.microsoft.com/Mail.Send  User.Read \
             https://graph.microsoft.com/.default",
        );
        assert_eq!(granted.into_iter().collect::<Vec<_>>(), ["Mail.Send", "User.Read"]);
    }

    #[test]
    fn a_wider_permission_is_enough_and_a_reading_one_is_not() {
        let [phones, passes, sessions, mails] = &DEEDS;
        let works = |deed: &Deed, scope: &str| {
            matches!(deed.check(&names(scope)).outcome, CheckOutcome::Works(_))
        };
        assert!(works(phones, "UserAuthMethod-Phone.ReadWrite.All"));
        assert!(works(passes, "UserAuthenticationMethod.ReadWrite.All"));
        assert!(works(sessions, "User.ReadWrite.All"));
        assert!(!works(phones, "UserAuthenticationMethod.Read.All"));
        assert!(!works(mails, "Mail.Send.Shared") && works(mails, "Mail.Send"));
        let CheckOutcome::Advice(problem) = mails.check(&names("")).outcome else {
            panic!("a missing permission passes")
        };
        assert!(problem.what.starts_with("Mail.Send is not granted"), "{problem}");
    }
}
