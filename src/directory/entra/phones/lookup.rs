//! Many people at once: who they are, what an attribute holds, and their phones. Two small
//! requests for each.

use super::super::super::http::answer::Answer;
use super::super::super::http::endpoint::segment;
use super::super::super::lookup::{Sought, SoughtBy};
use super::super::super::phones::{PersonPhones, PhonesLookedUp};
use super::super::super::{DirectoryError, Person};
use super::super::batch::Request;
use super::super::graph::{Graph, Page, garbled};
use super::super::many::{self, Errand, Settled};
use super::super::people::{PROPERTIES, WireUser, names_missing, to_person};
use super::super::permission;
use super::super::seek::{Found, Seek, read};
use super::hidden::without_numbers;
use super::methods::{WirePhone, to_phone};
use crate::phones::{Attribute, NumberText};
use serde::Deserialize;
use std::collections::HashMap;
use tokio::sync::mpsc;
use url::Url;

/// Somebody with the properties that may hold a number.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireHolder {
    #[serde(flatten)]
    user: WireUser,
    mobile_phone: Option<String>,
    business_phones: Option<Vec<String>>,
    on_premises_extension_attributes: Option<HashMap<String, Option<String>>>,
}

pub(super) async fn look_up(
    graph: &Graph,
    people: Vec<Sought>,
    attribute: Option<Attribute>,
    to: mpsc::Sender<PhonesLookedUp>,
) -> Result<(), DirectoryError> {
    let wanted = wanted(people);
    let asks = (0..wanted.len()).map(|who| Ask { who, part: Part::Person, page: None }).collect();
    let properties = properties(attribute);
    many::run(graph, LookUp { graph, attribute, properties, wanted }, asks, to).await.map(drop)
}

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
    Phones,
}

struct LookUp<'a> {
    graph: &'a Graph,
    attribute: Option<Attribute>,
    /// What is selected of a person.
    properties: String,
    /// By [`Ask::who`]; nothing once there was a result.
    wanted: Vec<Option<Wanted>>,
}

struct Wanted {
    seek: Seek<WireHolder>,
    places: Vec<usize>,
    found: Option<(Person, NumberText)>,
}

/// Whoever is in the list twice is asked for once.
fn wanted(people: Vec<Sought>) -> Vec<Option<Wanted>> {
    let mut known: HashMap<SoughtBy, usize> = HashMap::new();
    let mut wanted: Vec<Option<Wanted>> = Vec::new();
    for Sought { place, by } in people {
        let who = *known.entry(by.clone()).or_insert(wanted.len());
        match wanted.get_mut(who).and_then(Option::as_mut) {
            Some(same) => same.places.push(place),
            None => {
                wanted.push(Some(Wanted { seek: Seek::new(by), places: vec![place], found: None }))
            }
        }
    }
    wanted
}

fn properties(attribute: Option<Attribute>) -> String {
    match attribute {
        None => PROPERTIES.to_owned(),
        Some(Attribute::Extension(_)) => format!("{PROPERTIES},onPremisesExtensionAttributes"),
        Some(other) => format!("{PROPERTIES},{}", other.name()),
    }
}

impl WireHolder {
    fn held(&self, attribute: Option<Attribute>) -> NumberText {
        let held = match attribute {
            None => None,
            Some(Attribute::MobilePhone) => self.mobile_phone.as_ref(),
            Some(Attribute::BusinessPhones) => self.business_phones.iter().flatten().next(),
            Some(extension @ Attribute::Extension(_)) => {
                let all = self.on_premises_extension_attributes.as_ref();
                all.and_then(|all| all.get(&extension.name())).and_then(Option::as_ref)
            }
        };
        held.map(|text| NumberText::new(text.as_str())).unwrap_or_default()
    }
}

impl Errand for LookUp<'_> {
    type Ask = Ask;
    type Result = PhonesLookedUp;
    const NAME: &'static str = "phones.look_up";

    fn batch(&self) -> Result<Url, DirectoryError> {
        self.graph.url(&["$batch"])
    }

    fn request(&self, ask: &Ask) -> Result<Request, DirectoryError> {
        let wanted = self.wanted.get(ask.who).and_then(Option::as_ref);
        let wanted = wanted.ok_or_else(|| garbled("nobody is asked for"))?;
        match (&ask.page, ask.part, &wanted.found) {
            (Some(page), ..) => Ok(page.to_string()),
            (None, Part::Phones, Some((person, _))) => {
                Ok(format!("/users/{}/authentication/phoneMethods", segment(&person.id.0)?))
            }
            (None, ..) => wanted.seek.address(&self.properties),
        }
        .map(Request::get)
    }

    fn permission(&self, ask: &Ask) -> &'static str {
        match ask.part {
            Part::Person => permission::USERS,
            Part::Phones => permission::PHONES,
        }
    }

    fn is_wanted(&self, ask: &Ask) -> bool {
        self.wanted.get(ask.who).is_some_and(Option::is_some)
    }

    fn settle(
        &mut self,
        ask: Ask,
        answer: Result<Answer, DirectoryError>,
    ) -> Settled<Ask, PhonesLookedUp> {
        let who = ask.who;
        let step = answer.and_then(|answer| self.learn(ask, &answer));
        let found = match step {
            Ok(Step::Ask(next)) => return Settled { next: vec![next], ..Settled::nothing() },
            Ok(Step::Over(found)) => Ok(found),
            Err(error) => Err(without_numbers(error)),
        };
        let wanted = self.wanted.get_mut(who).and_then(Option::take);
        let places = wanted.map(|wanted| wanted.places).unwrap_or_default();
        let of = |place| PhonesLookedUp { place, found: found.clone() };
        Settled { results: places.into_iter().map(of).collect(), ..Settled::nothing() }
    }
}

enum Step {
    Ask(Ask),
    Over(PersonPhones),
}

impl LookUp<'_> {
    fn learn(&mut self, ask: Ask, answer: &Answer) -> Result<Step, DirectoryError> {
        let wanted = self.wanted.get_mut(ask.who).and_then(Option::as_mut);
        let wanted = wanted.ok_or_else(|| garbled("nobody is asked for"))?;
        if ask.part == Part::Phones {
            let page: Page<WirePhone> = read(answer)?;
            let (person, attribute) =
                wanted.found.take().ok_or_else(|| garbled("nobody was found"))?;
            let phones = page.value.into_iter().filter_map(to_phone).collect();
            return Ok(Step::Over(PersonPhones { person, attribute, phones }));
        }
        Ok(Step::Ask(match wanted.seek.learn(self.graph, answer)? {
            Found::Page(page) => Ask { page: Some(page), ..ask },
            Found::One(holder) => {
                let held = holder.held(self.attribute);
                let person = to_person(holder.user).ok_or_else(names_missing)?;
                wanted.found = Some((person, held));
                Ask { who: ask.who, part: Part::Phones, page: None }
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_read_where_it_is_and_nothing_is_made_up() {
        let holder: WireHolder = serde_json::from_str(
            r#"{"id":"1","userPrincipalName":"a@l.example","mobilePhone":"m",
                "businessPhones":["b1","b2"],
                "onPremisesExtensionAttributes":{"extensionAttribute7":"seven","extensionAttribute8":null}}"#,
        )
        .unwrap();
        let held = |attribute| holder.held(attribute);
        assert_eq!(held(Some(Attribute::MobilePhone)), NumberText::new("m"));
        assert_eq!(held(Some(Attribute::BusinessPhones)), NumberText::new("b1"));
        assert_eq!(held(Some(Attribute::Extension(7))), NumberText::new("seven"));
        for none in [None, Some(Attribute::Extension(8)), Some(Attribute::Extension(9))] {
            assert!(held(none).is_blank(), "{none:?}");
        }
        let bare: WireHolder = serde_json::from_str(r#"{"id":"1","businessPhones":[]}"#).unwrap();
        for attribute in Attribute::all() {
            assert!(bare.held(Some(attribute)).is_blank());
        }
    }

    #[test]
    fn only_what_is_needed_of_a_person_is_asked_for() {
        assert_eq!(properties(None), PROPERTIES);
        let added = |attribute| properties(Some(attribute)).replacen(PROPERTIES, "", 1);
        assert_eq!(added(Attribute::Extension(3)), ",onPremisesExtensionAttributes");
        assert_eq!(added(Attribute::BusinessPhones), ",businessPhones");
    }
}
