//! Many people at once: who they are, their passkeys, and which groups they are in of those that
//! the passkey policy names.
//!
//! Three small requests for each person, two where the policy names no group. Memberships are
//! listed, not checked against the policy's groups: both know groups inside groups, and in Graph's
//! count `transitiveMemberOf` with `$select` is 1 and `checkMemberGroups` 4.

use super::super::http::answer::Answer;
use super::super::http::endpoint::{query, segment};
use super::super::lookup::{LookedUp, Sought, SoughtBy};
use super::super::{
    CallFacts, DirectoryError, Method, OtherMethods, Passkey, PasskeyPolicy, Person, PersonCard,
};
use super::answer::facts_of;
use super::graph::{Graph, PAGES, Page, garbled};
use super::many::{self, Errand, Settled};
use super::odata::filter_literal;
use super::passkeys::{WirePasskey, to_passkey};
use super::people::{PROPERTIES, WireObject, WireUser, is_group, names_missing, to_person};
use super::policy::EVERYONE;
use super::{permission, policy};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use tokio::sync::mpsc;
use url::Url;

/// One more than there may be.
const SEVERAL: &str = "2";
const LARGEST_PAGE: &str = "999";

pub(super) async fn look_up(
    graph: &Graph,
    people: Vec<Sought>,
    to: mpsc::Sender<LookedUp>,
) -> Result<(), DirectoryError> {
    if people.is_empty() {
        return Ok(());
    }
    let policy = policy::read(graph).await?;
    let wanted = wanted(people);
    let asks = (0..wanted.len()).map(|who| Ask { who, part: Part::Person, page: None }).collect();
    let errand = LookUp { graph, groups: named_groups(&policy), wanted };
    many::run(graph, errand, asks, to).await.map(drop)
}

/// One request: a part of somebody's card, or a later page of it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Ask {
    who: usize,
    part: Part,
    /// Its address, where it is not the first.
    page: Option<Box<str>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Person,
    Passkeys,
    Groups,
}

struct LookUp<'a> {
    graph: &'a Graph,
    /// Those that the policy names, in lower case.
    groups: Vec<String>,
    /// By [`Ask::who`]; nothing once there was a result.
    wanted: Vec<Option<Wanted>>,
}

/// Somebody whose card is being put together.
struct Wanted {
    by: SoughtBy,
    places: Vec<usize>,
    /// Fitting what is sought, of the pages so far.
    people: Vec<Person>,
    passkeys: Vec<Passkey>,
    groups: Vec<String>,
    /// Parts that are not known in whole.
    missing: Vec<Part>,
    pages: usize,
}

/// Whoever is in the list twice is asked for once.
fn wanted(people: Vec<Sought>) -> Vec<Option<Wanted>> {
    let mut known: HashMap<SoughtBy, usize> = HashMap::new();
    let mut wanted: Vec<Option<Wanted>> = Vec::new();
    for Sought { place, by } in people {
        let who = *known.entry(by.clone()).or_insert(wanted.len());
        match wanted.get_mut(who).and_then(Option::as_mut) {
            Some(same) => same.places.push(place),
            None => wanted.push(Some(Wanted::new(by, place))),
        }
    }
    wanted
}

fn named_groups(policy: &PasskeyPolicy) -> Vec<String> {
    let included = policy.include.iter().map(|target| &target.group);
    let groups = included.chain(&policy.exclude).map(|group| group.to_lowercase());
    groups.filter(|group| group != EVERYONE).collect()
}

impl Errand for LookUp<'_> {
    type Ask = Ask;
    type Result = LookedUp;
    const NAME: &'static str = "people.look_up";

    fn batch(&self) -> Result<Url, DirectoryError> {
        self.graph.url(&["$batch"])
    }

    fn address(&self, ask: &Ask) -> Result<String, DirectoryError> {
        match (&ask.page, self.wanted.get(ask.who).and_then(Option::as_ref)) {
            (Some(page), _) => Ok(page.to_string()),
            (None, Some(wanted)) => wanted.address(ask.part),
            (None, None) => Err(garbled("nobody is asked for")),
        }
    }

    fn permission(&self, ask: &Ask) -> &'static str {
        match ask.part {
            Part::Person => permission::USERS,
            Part::Passkeys => permission::PASSKEYS,
            Part::Groups => permission::GROUPS,
        }
    }

    fn is_wanted(&self, ask: &Ask) -> bool {
        self.wanted.get(ask.who).is_some_and(Option::is_some)
    }

    fn settle(
        &mut self,
        ask: Ask,
        answer: Result<Answer, DirectoryError>,
    ) -> Settled<Ask, LookedUp> {
        let Some(entry) = self.wanted.get_mut(ask.who) else { return Settled::nothing() };
        let Some(wanted) = entry else { return Settled::nothing() };
        match answer.and_then(|answer| wanted.learn(self.graph, &self.groups, &ask, &answer)) {
            Ok(next) if !next.is_empty() => Settled { results: Vec::new(), next },
            Ok(_) if !wanted.missing.is_empty() => Settled::nothing(),
            Ok(_) => Settled {
                results: entry.take().map(Wanted::results).unwrap_or_default(),
                next: Vec::new(),
            },
            Err(error) => {
                let places = entry.take().map(|wanted| wanted.places).unwrap_or_default();
                let failed = |place| LookedUp { place, card: Err(error.clone()) };
                Settled { results: places.into_iter().map(failed).collect(), next: Vec::new() }
            }
        }
    }
}

impl Wanted {
    fn new(by: SoughtBy, place: usize) -> Self {
        Self {
            by,
            places: vec![place],
            people: Vec::new(),
            passkeys: Vec::new(),
            groups: Vec::new(),
            missing: vec![Part::Person],
            pages: 0,
        }
    }

    fn address(&self, part: Part) -> Result<String, DirectoryError> {
        let selected = [("$select", PROPERTIES)];
        let below = |path: &str| match self.people.first() {
            Some(person) => Ok(format!("/users/{}/{path}", segment(&person.id.0)?)),
            None => Err(garbled("nobody was found")),
        };
        Ok(match (part, &self.by) {
            (Part::Person, SoughtBy::Id(id)) => {
                format!("/users/{}?{}", segment(&id.0)?, query(&selected))
            }
            // Graph takes a name that begins so for one of its own.
            (Part::Person, SoughtBy::Upn(upn)) if upn.trim().starts_with('$') => {
                filtered("userPrincipalName", upn)
            }
            (Part::Person, SoughtBy::Upn(upn)) => {
                format!("/users/{}?{}", segment(upn.trim())?, query(&selected))
            }
            (Part::Person, SoughtBy::Mail(mail)) => filtered("mail", mail),
            (Part::Person, SoughtBy::EmployeeId(id)) => filtered("employeeId", id),
            (Part::Passkeys, _) => below("authentication/fido2Methods")?,
            (Part::Groups, _) => {
                let options = [("$select", "id"), ("$top", LARGEST_PAGE)];
                format!("{}?{}", below("transitiveMemberOf")?, query(&options))
            }
        })
    }

    /// Whether its first answer is a list of people instead of one.
    fn is_filtered(&self) -> bool {
        match &self.by {
            SoughtBy::Id(_) => false,
            SoughtBy::Upn(upn) => upn.trim().starts_with('$'),
            SoughtBy::Mail(_) | SoughtBy::EmployeeId(_) => true,
        }
    }

    /// What is to be asked next.
    fn learn(
        &mut self,
        graph: &Graph,
        groups: &[String],
        ask: &Ask,
        answer: &Answer,
    ) -> Result<Vec<Ask>, DirectoryError> {
        let next = match ask.part {
            Part::Person if !self.is_filtered() => {
                self.people.push(to_person(read(answer)?).ok_or_else(names_missing)?);
                None
            }
            Part::Person => {
                let page: Page<WireUser> = read(answer)?;
                for user in page.value {
                    self.people.push(to_person(user).ok_or_else(names_missing)?);
                }
                page.next
            }
            Part::Passkeys => {
                let page: Page<WirePasskey> = read(answer)?;
                self.passkeys.extend(page.value.into_iter().map(to_passkey));
                page.next
            }
            Part::Groups => {
                let page: Page<WireObject> = read(answer)?;
                let ids = page.value.into_iter().filter(is_group).map(|object| object.id);
                self.groups.extend(ids.filter(|id| groups.contains(&id.to_lowercase())));
                page.next
            }
        };
        if self.people.len() > 1 {
            return Err(self.by.ambiguous());
        }
        if let Some(next) = next {
            return self.next_page(graph, ask, &next);
        }
        self.missing.retain(|part| *part != ask.part);
        match ask.part {
            Part::Person if self.people.is_empty() => Err(nobody()),
            Part::Person => Ok(self.parts_of_the_card(ask.who, groups)),
            Part::Passkeys | Part::Groups => Ok(Vec::new()),
        }
    }

    fn next_page(
        &mut self,
        graph: &Graph,
        ask: &Ask,
        next: &str,
    ) -> Result<Vec<Ask>, DirectoryError> {
        self.pages += 1;
        if self.pages > PAGES {
            return Err(garbled("the list does not end"));
        }
        let page = Some(graph.follow_inside(next)?.into());
        Ok(vec![Ask { who: ask.who, part: ask.part, page }])
    }

    fn parts_of_the_card(&mut self, who: usize, groups: &[String]) -> Vec<Ask> {
        self.missing.push(Part::Passkeys);
        if !groups.is_empty() {
            self.missing.push(Part::Groups);
        }
        self.missing.iter().map(|part| Ask { who, part: *part, page: None }).collect()
    }

    fn results(self) -> Vec<LookedUp> {
        let Some(person) = self.people.into_iter().next() else { return Vec::new() };
        let card = PersonCard {
            person,
            photo: None,
            methods: vec![Method::Passkey; self.passkeys.len()],
            other_methods: OtherMethods::NotRead,
            passkeys: self.passkeys,
            groups: self.groups,
        };
        let of = |place| LookedUp { place, card: Ok(card.clone()) };
        self.places.into_iter().map(of).collect()
    }
}

/// People whose property is just so.
fn filtered(property: &str, text: &str) -> String {
    let filter = format!("{property} eq {}", filter_literal(text.trim()));
    let options = [("$filter", filter.as_str()), ("$select", PROPERTIES), ("$top", SEVERAL)];
    format!("/users?{}", query(&options))
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, DirectoryError> {
    answer.json().map_err(|reason| DirectoryError::Garbled { reason, facts: facts_of(answer) })
}

fn nobody() -> DirectoryError {
    let message = Some("nobody has it".into());
    DirectoryError::NotFound(CallFacts { message, ..CallFacts::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::PersonId;

    fn address(by: SoughtBy) -> Result<String, DirectoryError> {
        Wanted::new(by, 0).address(Part::Person)
    }

    #[test]
    fn names_and_texts_stay_in_their_place_of_the_address() {
        let start =
            |by| address(by).map(|url| url.split("%2C").next().unwrap_or_default().to_owned());
        assert_eq!(
            start(SoughtBy::Upn("o'brien_x.y#EXT#@ö.example".into())).unwrap(),
            "/users/o%27brien_x.y%23EXT%23%40%C3%B6.example?$select=id"
        );
        assert_eq!(
            start(SoughtBy::Mail("d'a&b+c@l.example".into())).unwrap(),
            "/users?$filter=mail%20eq%20%27d%27%27a%26b%2Bc%40l.example%27&$select=id"
        );
        assert_eq!(
            start(SoughtBy::EmployeeId("' or 1 eq 1".into())).unwrap(),
            "/users?$filter=employeeId%20eq%20%27%27%27%20or%201%20eq%201%27&$select=id"
        );
        assert_eq!(
            start(SoughtBy::Upn("$x@l.example".into())).unwrap(),
            "/users?$filter=userPrincipalName%20eq%20%27$x%40l.example%27&$select=id"
        );
        for none in ["", " ", "..", "."] {
            assert!(address(SoughtBy::Upn(none.into())).is_err(), "{none}");
            assert!(address(SoughtBy::Id(PersonId(none.trim().into()))).is_err(), "{none}");
        }
    }

    #[test]
    fn whoever_is_in_the_list_twice_is_asked_for_once() {
        let sought = |place, upn: &str| Sought { place, by: SoughtBy::Upn(upn.into()) };
        let wanted = wanted(vec![sought(7, "a"), sought(8, "b"), sought(9, "a")]);
        let places: Vec<_> = wanted.iter().flatten().map(|one| one.places.clone()).collect();
        assert_eq!(places, [vec![7, 9], vec![8]]);
    }
}
