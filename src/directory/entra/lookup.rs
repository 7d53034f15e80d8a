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
    DirectoryError, Method, OtherMethods, Passkey, PasskeyPolicy, Person, PersonCard,
};
use super::batch::Request;
use super::graph::{Graph, PAGES, Page, garbled};
use super::many::{self, Errand, Settled};
use super::passkeys::{WirePasskey, to_passkey};
use super::people::{PROPERTIES, WireObject, WireUser, is_group, names_missing, to_person};
use super::policy::EVERYONE;
use super::seek::{Found, Seek, read};
use super::{permission, policy};
use std::collections::HashMap;
use tokio::sync::mpsc;
use url::Url;

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
    seek: Seek<WireUser>,
    places: Vec<usize>,
    person: Option<Person>,
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

    fn request(&self, ask: &Ask) -> Result<Request, DirectoryError> {
        let address = match (&ask.page, self.wanted.get(ask.who).and_then(Option::as_ref)) {
            (Some(page), _) => Ok(page.to_string()),
            (None, Some(wanted)) => wanted.address(ask.part),
            (None, None) => Err(garbled("nobody is asked for")),
        };
        address.map(Request::get)
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
            Ok(next) if !next.is_empty() => Settled { next, ..Settled::nothing() },
            Ok(_) if !wanted.missing.is_empty() => Settled::nothing(),
            Ok(_) => Settled {
                results: entry.take().map(Wanted::results).unwrap_or_default(),
                ..Settled::nothing()
            },
            Err(error) => {
                let places = entry.take().map(|wanted| wanted.places).unwrap_or_default();
                let failed = |place| LookedUp { place, card: Err(error.clone()) };
                Settled { results: places.into_iter().map(failed).collect(), ..Settled::nothing() }
            }
        }
    }
}

impl Wanted {
    fn new(by: SoughtBy, place: usize) -> Self {
        Self {
            seek: Seek::new(by),
            places: vec![place],
            person: None,
            passkeys: Vec::new(),
            groups: Vec::new(),
            missing: vec![Part::Person],
            pages: 0,
        }
    }

    fn address(&self, part: Part) -> Result<String, DirectoryError> {
        let below = |path: &str| match &self.person {
            Some(person) => Ok(format!("/users/{}/{path}", segment(&person.id.0)?)),
            None => Err(garbled("nobody was found")),
        };
        match part {
            Part::Person => self.seek.address(PROPERTIES),
            Part::Passkeys => below("authentication/fido2Methods"),
            Part::Groups => {
                let options = [("$select", "id"), ("$top", LARGEST_PAGE)];
                Ok(format!("{}?{}", below("transitiveMemberOf")?, query(&options)))
            }
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
            Part::Person => match self.seek.learn(graph, answer)? {
                Found::Page(page) => {
                    return Ok(vec![Ask { who: ask.who, part: ask.part, page: Some(page) }]);
                }
                Found::One(user) => {
                    self.person = Some(to_person(user).ok_or_else(names_missing)?);
                    None
                }
            },
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
        if let Some(next) = next {
            return self.next_page(graph, ask, &next);
        }
        self.missing.retain(|part| *part != ask.part);
        Ok(match ask.part {
            Part::Person => self.parts_of_the_card(ask.who, groups),
            Part::Passkeys | Part::Groups => Vec::new(),
        })
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
        let Some(person) = self.person else { return Vec::new() };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_in_the_list_twice_is_asked_for_once() {
        let sought = |place, upn: &str| Sought { place, by: SoughtBy::Upn(upn.into()) };
        let wanted = wanted(vec![sought(7, "a"), sought(8, "b"), sought(9, "a")]);
        let places: Vec<_> = wanted.iter().flatten().map(|one| one.places.clone()).collect();
        assert_eq!(places, [vec![7, 9], vec![8]]);
    }
}
