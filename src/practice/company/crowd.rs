//! As many people as a load test wants, the same at every start.

use super::people::{Employee, plain};
use super::{DOMAIN, Group, stable_id};
use uuid::Uuid;

/// Name of the group they are in; also their department.
pub const CROWD: &str = "Crowd";

const GIVEN: &[&str] =
    &["Ada", "Björn", "Chloé", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jun", "Kaia"];
const SURNAMES: &[&str] =
    &["Aalto", "Brandt", "Castro", "Dahl", "Ekman", "Ferri", "Grau", "Holm", "Ito", "Janda"];

/// Id of the group.
pub fn crowd_group() -> Uuid {
    stable_id("group", CROWD)
}

pub(super) fn group() -> Group {
    Group {
        id: crowd_group(),
        name: CROWD,
        description: "People made up for load",
        holds: Vec::new(),
    }
}

/// `crowd000000@...`, `crowd000001@...` and so on.
pub(super) fn people(count: usize) -> impl Iterator<Item = Employee> {
    (0..count).map(|number| {
        let given = GIVEN[number % GIVEN.len()];
        let surname = SURNAMES[number / GIVEN.len() % SURNAMES.len()];
        let user = format!("crowd{number:06}");
        let mut person = plain(&user, DOMAIN, &format!("{given} {surname}"), CROWD, "Extra");
        person.employee_id = Some(format!("C{number:06}"));
        person
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn everybody_in_a_crowd_is_somebody() {
        let people: Vec<_> = people(2500).collect();
        let ids: HashSet<_> = people.iter().map(|person| person.id).collect();
        assert_eq!(ids.len(), 2500);
        assert_eq!(people[2499].upn, "crowd002499@larkfield.example");
        assert_eq!(people[0].id, super::people(1).next().unwrap().id);
    }
}
