//! Who works at the company's enrolment stations, and what each may do in the directory.

use super::groups::operator_group_name;
use super::people::plain;
use super::tenants::Consent;
use super::{Account, DOMAIN, Employee};
use crate::access::Role;

/// An account that signs in at a station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    pub account: Employee,
    /// Roles at the station; the account is in their groups and has their app roles.
    pub roles: Vec<Role>,
    pub directory_role: DirectoryRole,
    pub proof: Proof,
    /// Whether the application may act for this account.
    pub consent: Consent,
}

/// A role of the directory's own, which limits what a delegated token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryRole {
    None,
    GlobalReader,
    /// Methods of people without administrative roles.
    AuthenticationAdministrator,
    /// Methods of everybody.
    PrivilegedAuthenticationAdministrator,
    GlobalAdministrator,
}

/// What the account proves itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A second factor is required, so a password alone is refused.
    MultiFactor,
    /// A service account that policy lets in with its password.
    PasswordOnly,
}

/// The value of the app role, as tokens carry it in `roles`.
pub fn app_role(role: Role) -> &'static str {
    match role {
        Role::Clerk => "Keydesk.Clerk",
        Role::Provisioner => "Keydesk.Provisioner",
        Role::Helpdesk => "Keydesk.Helpdesk",
        Role::PinOfficer => "Keydesk.PinOfficer",
        Role::Administrator => "Keydesk.Administrator",
    }
}

/// Larkfield's operators. The first one may do everything; the last one is the service account of
/// an older tool.
pub fn operators() -> Vec<Operator> {
    use DirectoryRole as Directory;
    let lovisa = operator("lovisa.berg", "Lovisa Berg", &[Role::Clerk], Directory::None);
    let nils =
        operator("nils.dahl", "Nils Dahl", &[Role::Clerk], Directory::AuthenticationAdministrator);
    let service = operator(
        "svc.enrolment",
        "Enrolment service",
        &[Role::Clerk, Role::Provisioner],
        Directory::AuthenticationAdministrator,
    );
    vec![
        operator(
            "petra.lindqvist",
            "Petra Lindqvist",
            &Role::ALL,
            Directory::PrivilegedAuthenticationAdministrator,
        ),
        operator(
            "omar.haddad",
            "Omar Haddad",
            &[Role::Clerk],
            Directory::AuthenticationAdministrator,
        ),
        operator(
            "saga.nyberg",
            "Saga Nyberg",
            &[Role::Helpdesk],
            Directory::AuthenticationAdministrator,
        ),
        operator("viktor.ek", "Viktor Ek", &[Role::PinOfficer], Directory::GlobalReader),
        operator(
            "hanna.brandt",
            "Hanna Brandt",
            &[Role::Administrator],
            Directory::GlobalAdministrator,
        ),
        disabled(lovisa),
        Operator { consent: Consent::Missing, ..nils },
        Operator { proof: Proof::PasswordOnly, ..service },
    ]
}

fn operator(user: &str, name: &str, roles: &[Role], directory_role: DirectoryRole) -> Operator {
    let account = plain(user, DOMAIN, name, "Enrolment desk", title(roles));
    let groups = roles.iter().map(|role| operator_group_name(*role).to_owned()).collect();
    Operator {
        account: Employee { groups, ..account },
        roles: roles.to_vec(),
        directory_role,
        proof: Proof::MultiFactor,
        consent: Consent::Given,
    }
}

fn disabled(mut operator: Operator) -> Operator {
    operator.account.account = Account::Disabled;
    operator
}

fn title(roles: &[Role]) -> &'static str {
    match roles {
        [role] => role.name(),
        _ => "All roles",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_somebodys_alone_or_petras() {
        let operators = operators();
        assert_eq!(operators[0].roles, Role::ALL);
        for role in [Role::Clerk, Role::Helpdesk, Role::PinOfficer, Role::Administrator] {
            assert!(operators.iter().any(|operator| operator.roles == [role]), "{role:?}");
        }
    }

    #[test]
    fn no_operator_is_one_of_the_sixty_people() {
        let people = super::super::people();
        for operator in operators() {
            assert!(people.iter().all(|person| person.id != operator.account.id));
        }
    }
}
