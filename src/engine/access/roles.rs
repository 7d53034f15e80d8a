//! Which roles somebody has: the tenant's rules against what the directory says of them.

use crate::access::{Role, Roles};
use crate::settings::{RoleRule, RoleSource};

/// What the directory says of somebody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    /// App roles, as in the `roles` of the id_token.
    pub app_roles: &'a [String],
    /// Ids of the groups they are in, nested ones included.
    pub groups: &'a [String],
}

/// Without rules everybody who can sign in has every role.
pub(super) fn roles(rules: &[RoleRule], standing: Standing<'_>) -> Roles {
    if rules.is_empty() {
        return Roles::all();
    }
    let given = |rule: &&RoleRule| match &rule.from {
        RoleSource::AppRole(value) => standing.app_roles.contains(value),
        RoleSource::Group(id) => standing.groups.iter().any(|group| group.eq_ignore_ascii_case(id)),
    };
    rules.iter().filter(given).map(|rule| rule.role).collect()
}

/// Whether somebody's groups must be asked for.
pub(super) fn name_groups(rules: &[RoleRule]) -> bool {
    rules.iter().any(|rule| matches!(rule.from, RoleSource::Group(_)))
}

/// As a sentence ends with them: `clerk and helpdesk`.
pub(super) fn in_words(roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    match names.split_last() {
        None => "no role".into(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(role: Role, from: RoleSource) -> RoleRule {
        RoleRule { role, from, name: None }
    }

    #[test]
    fn rules_give_roles_by_group_and_app_role_and_nothing_else() {
        let rules = [
            rule(Role::Clerk, RoleSource::Group("G-1".into())),
            rule(Role::Helpdesk, RoleSource::AppRole("Keydesk.Helpdesk".into())),
            rule(Role::Administrator, RoleSource::AppRole("Keydesk.Admin".into())),
        ];
        let (groups, app_roles) = (["g-1".to_owned()], ["Keydesk.Helpdesk".to_owned()]);
        let given = roles(&rules, Standing { app_roles: &app_roles, groups: &groups });
        assert_eq!(given, [Role::Clerk, Role::Helpdesk].into_iter().collect());
        let nobody = roles(&rules, Standing { app_roles: &[], groups: &[] });
        assert!(nobody.is_empty());
    }

    #[test]
    fn without_rules_everybody_has_every_role() {
        assert_eq!(roles(&[], Standing { app_roles: &[], groups: &[] }), Roles::all());
    }

    #[test]
    fn roles_are_read_as_a_choice() {
        assert_eq!(in_words(&[Role::Clerk]), "Clerk");
        assert_eq!(in_words(&[Role::Clerk, Role::Helpdesk]), "Clerk or Helpdesk");
        assert_eq!(
            in_words(&[Role::Clerk, Role::Helpdesk, Role::PinOfficer]),
            "Clerk, Helpdesk or PIN officer"
        );
    }
}
