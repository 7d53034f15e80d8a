//! The company's groups; some hold other groups.

use super::stable_id;
use crate::access::Role;
use uuid::Uuid;

/// One security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: Uuid,
    pub name: &'static str,
    pub description: &'static str,
    /// Groups that are members of this one.
    pub holds: Vec<Uuid>,
}

/// Name, description, what tells two of one name apart, names of the groups it holds.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

const TABLE: &[Row] = &[
    ("All staff", "Everybody on the payroll", "", &["Office", "Works"]),
    ("Office", "People with a desk", "", &["Finance", "IT", "Management", "Sales"]),
    (
        "Works",
        "People on the move or at a machine",
        "",
        &["Field service", "Production", "Research"],
    ),
    ("Field service", "Department", "", &[]),
    ("Finance", "Department", "", &[]),
    ("IT", "Department", "", &[]),
    ("Management", "Department", "", &[]),
    ("Production", "Department", "", &[]),
    ("Research", "Department", "", &[]),
    ("Sales", "Department", "", &[]),
    ("Contractors", "People of other firms", "", &[]),
    ("Key users", "Get a security key this quarter", "", &[]),
    ("Tier 0 administrators", "May use key models under test", "", &[]),
    ("Kiosk accounts", "Shared screens; no passkeys", "", &[]),
    ("O'Brien's crew", "A quotation mark in a group's name", "", &["Field service"]),
    ("Project Heron", "Two groups have this name", "1", &["Research"]),
    ("Project Heron", "Two groups have this name", "2", &["Sales"]),
    (
        "Keydesk operators",
        "Everybody who works at an enrolment station",
        "",
        &[
            "Keydesk clerks",
            "Keydesk provisioners",
            "Keydesk helpdesk",
            "Keydesk PIN officers",
            "Keydesk administrators",
        ],
    ),
    ("Keydesk clerks", "Give one person one key", "", &[]),
    ("Keydesk provisioners", "Give many people keys", "", &[]),
    ("Keydesk helpdesk", "Check callers, change phone methods, issue passes", "", &[]),
    ("Keydesk PIN officers", "See and export PINs", "", &[]),
    ("Keydesk administrators", "Change the station's settings", "", &[]),
];

/// All groups, in the table's order.
pub fn groups() -> Vec<Group> {
    TABLE
        .iter()
        .map(|(name, description, mark, holds)| Group {
            id: id(name, mark),
            name,
            description,
            holds: holds.iter().map(|held| id(held, "")).collect(),
        })
        .collect()
}

/// Id of the group whose members have this role at an enrolment station.
pub fn operator_group(role: Role) -> Uuid {
    id(operator_group_name(role), "")
}

pub(super) fn operator_group_name(role: Role) -> &'static str {
    match role {
        Role::Clerk => "Keydesk clerks",
        Role::Provisioner => "Keydesk provisioners",
        Role::Helpdesk => "Keydesk helpdesk",
        Role::PinOfficer => "Keydesk PIN officers",
        Role::Administrator => "Keydesk administrators",
    }
}

fn id(name: &str, mark: &str) -> Uuid {
    stable_id("group", &format!("{name}/{mark}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_groups_exist() {
        let groups = groups();
        for group in &groups {
            for held in &group.holds {
                assert!(groups.iter().any(|g| g.id == *held), "in {}", group.name);
            }
        }
    }

    #[test]
    fn every_role_has_a_group() {
        for role in Role::ALL {
            assert!(groups().iter().any(|group| group.id == operator_group(role)), "{role:?}");
        }
    }

    #[test]
    fn two_groups_share_a_name_but_not_an_id() {
        let ids: Vec<_> =
            groups().into_iter().filter(|g| g.name == "Project Heron").map(|g| g.id).collect();
        assert_eq!(ids.len(), 2);
        assert_ne!(ids[0], ids[1]);
    }
}
