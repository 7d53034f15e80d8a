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
        give_phones(&mut person, number);
        person
    })
}

/// Of ten people six have a mobile. Attribute 7 holds for four of them the same number, for two
/// another; of those without a mobile it holds a number for two, nothing for one, and for the
/// last one what is none.
fn give_phones(person: &mut Employee, number: usize) {
    let own = 7_000_000 + number % 1_000_000;
    let (mobile, other) = (format!("+46 70{own}"), format!("+46 73{own}"));
    let held = match number % 10 {
        0 | 1 => Some(mobile.clone()),
        2 | 3 => Some(format!("070{own}")),
        4..=6 => Some(other),
        7 => Some(format!("073-{own}")),
        8 => None,
        _ => Some("070-70".into()),
    };
    person.mobile = (number % 10 < 6).then_some(mobile);
    person.attributes.extend(held.map(|held| (7, held)));
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

    #[test]
    fn a_crowd_has_numbers_of_every_sort() {
        use crate::phones::{Country, NumberText, PhoneNumber};
        let read = |text: &String| {
            PhoneNumber::read(&NumberText::new(text.as_str()), Country::from_code("SE").unwrap())
        };
        let sorts: Vec<_> = people(100)
            .map(|person| {
                let now = person.mobile.as_ref().map(|text| read(text).unwrap());
                match (now, person.attributes.get(&7).map(read)) {
                    (_, None) => "blank",
                    (_, Some(Err(_))) => "invalid",
                    (None, Some(Ok(_))) => "add",
                    (Some(now), Some(Ok(held))) if now == held => "same",
                    _ => "change",
                }
            })
            .collect();
        let count = |sort: &str| sorts.iter().filter(|one| **one == sort).count();
        assert_eq!(["same", "change", "add", "blank", "invalid"].map(count), [40, 20, 20, 10, 10]);
    }
}
