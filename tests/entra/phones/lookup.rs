//! Many people with their phones and what an attribute holds.

use super::{AMINA, ELIN, GUEST, Place, ROWAN, SEAN, ZOFIA};
use crate::service::{Service, ok};
use keydesk::directory::entra::Entra;
use keydesk::directory::{
    DirectoryError, PersonId, PersonKind, PersonPhones, PhoneDirectory, PhonesLookedUp, Sought,
    SoughtBy,
};
use keydesk::phones::{Attribute, NumberText, PhoneKind};
use keydesk::practice::cloud::{HeldNumber, Order, Share};
use keydesk::practice::company::people;
use serde_json::json;
use std::collections::BTreeMap;
use tokio::sync::mpsc;

const SEVEN: Option<Attribute> = Some(Attribute::Extension(7));

type Found = Result<PersonPhones, DirectoryError>;

fn upns<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Sought> {
    let sought = |(place, name): (usize, &str)| Sought { place, by: SoughtBy::Upn(name.into()) };
    names.into_iter().enumerate().map(sought).collect()
}

async fn came(
    entra: &Entra,
    people: Vec<Sought>,
    attribute: Option<Attribute>,
) -> (Vec<PhonesLookedUp>, Result<(), DirectoryError>) {
    let (to, mut from) = mpsc::channel(4);
    let receive = async {
        let mut came = Vec::new();
        while let Some(found) = from.recv().await {
            came.push(found);
        }
        came
    };
    let (ended, came) = tokio::join!(entra.look_up_phones(people, attribute, to), receive);
    (came, ended)
}

/// By their places; each has exactly one.
async fn look_up(entra: &Entra, people: Vec<Sought>, attribute: Option<Attribute>) -> Vec<Found> {
    let count = people.len();
    let (came, ended) = came(entra, people, attribute).await;
    ended.unwrap();
    let by_place: BTreeMap<_, _> =
        came.iter().map(|found| (found.place, found.found.clone())).collect();
    assert_eq!((came.len(), by_place.len()), (count, count));
    by_place.into_values().collect()
}

fn number_of(found: &PersonPhones, kind: PhoneKind) -> Option<&str> {
    let phone = found.phones.iter().find(|phone| phone.kind == kind);
    phone.map(|phone| phone.number.expose())
}

#[tokio::test]
async fn everybody_comes_with_phones_and_attribute_by_any_name() {
    let place = Place::start().await;
    let people = people();
    let all = look_up(&place.entra, upns(people.iter().map(|one| one.upn.as_str())), SEVEN).await;
    for (person, found) in people.iter().zip(&all) {
        let found = found.as_ref().unwrap();
        assert_eq!(found.person.upn, person.upn);
        for (kind, known) in [
            (PhoneKind::Mobile, &person.mobile),
            (PhoneKind::AlternateMobile, &person.alternate),
            (PhoneKind::Office, &person.office),
        ] {
            let same = number_of(found, kind) == known.as_deref();
            assert!(same, "{} {kind:?}", person.upn);
        }
        let held = person.attributes.get(&7).map_or("", String::as_str);
        assert!(found.attribute.expose() == held, "{}", person.upn);
    }
    let guest = all.iter().flatten().find(|one| one.person.kind == PersonKind::Guest).unwrap();
    assert_eq!(guest.person.upn, GUEST);
    assert!(all.iter().flatten().any(|one| one.person.upn == SEAN));

    let by = [
        SoughtBy::Mail("sean.obrien@larkfield.example".into()),
        SoughtBy::EmployeeId("104882".into()),
        SoughtBy::Mail("hanna.vester@partner.example".into()),
    ];
    let sought = by.into_iter().enumerate().map(|(place, by)| Sought { place, by }).collect();
    let found = look_up(&place.entra, sought, None).await;
    let upns: Vec<_> = found.iter().flatten().map(|one| one.person.upn.as_str()).collect();
    assert_eq!(upns, [SEAN, ELIN, GUEST]);
    assert!(found.iter().flatten().all(|one| one.attribute.is_blank()));
}

#[tokio::test]
async fn the_attribute_is_the_one_that_is_asked_for() {
    let place = Place::start().await;
    let held = async |attribute| {
        let found = look_up(&place.entra, upns([AMINA]), Some(attribute)).await.remove(0);
        found.unwrap().attribute
    };
    let amina = people().into_iter().find(|one| one.upn == AMINA).unwrap();
    assert!(held(Attribute::MobilePhone).await == NumberText::new(amina.mobile.unwrap()));
    assert!(held(Attribute::BusinessPhones).await == NumberText::new(amina.office.unwrap()));
    assert!(held(Attribute::Extension(2)).await.is_blank());
}

#[tokio::test]
async fn an_empty_and_an_endless_attribute_come_as_they_are() {
    let place = Place::start().await;
    let set = |person: &str, text: String| {
        let value = Some(HeldNumber::new(text));
        place.order(Order::SetAttribute { person: person.into(), number: 7, value });
    };
    set(ELIN, String::new());
    set(AMINA, "7".repeat(300));
    let found = look_up(&place.entra, upns([ELIN, AMINA]), SEVEN).await;
    assert!(found[0].as_ref().unwrap().attribute.is_blank());
    assert_eq!(found[1].as_ref().unwrap().attribute.expose().len(), 300);
}

#[tokio::test]
async fn a_hidden_number_comes_as_it_is() {
    let place = Place::start().await;
    let number = Some(HeldNumber::new("XXXXXXXX34"));
    let order = Order::SetPhone { person: ELIN.into(), kind: PhoneKind::Mobile, number };
    place.order(order);
    let found = look_up(&place.entra, upns([ELIN]), None).await.remove(0).unwrap();
    assert_eq!(number_of(&found, PhoneKind::Mobile), Some("XXXXXXXX34"));
}

#[tokio::test]
async fn whoever_may_not_be_seen_or_is_nobody_does_not_stop_the_others() {
    let place = Place::start().await;
    let names = [ELIN, ROWAN, "nobody@larkfield.example", "..", ZOFIA];
    let found = look_up(&place.by_a_helper(), upns(names), SEVEN).await;
    assert!(found[0].is_ok() && found[4].is_ok());
    let Err(DirectoryError::Forbidden(facts)) = &found[1] else { panic!("an administrator") };
    assert_eq!(facts.permission, Some("UserAuthMethod-Phone.ReadWrite.All"));
    assert!(matches!(found[2], Err(DirectoryError::NotFound(_))));
    assert!(matches!(found[3], Err(DirectoryError::Refused(_))));
}

#[tokio::test]
async fn nobody_is_guessed_where_several_fit() {
    let user =
        |id: &str| json!({"id": id, "displayName": id, "userPrincipalName": format!("{id}@x.y")});
    let service = Service::start(move |_| {
        ok(json!({"responses": [{"id": "0", "status": 200,
            "body": {"value": [user("a"), user("b")]}}]}))
    })
    .await;
    let by = SoughtBy::Mail("twins@l.example".into());
    let sought = vec![Sought { place: 0, by }];
    let found = look_up(&crate::entra(&service.base), sought, None).await;
    assert_eq!(found[0], Err(DirectoryError::Ambiguous { what: "mail address" }));
}

#[tokio::test]
async fn five_hundred_come_through_a_busy_service_with_two_questions_each() {
    let place = Place::with(500).await;
    place.order(Order::FailShare(Share {
        path: "/users".into(),
        throttled_percent: 5,
        failed_percent: 5,
        retry_after_s: Some(0),
        seed: 11,
    }));
    let names: Vec<String> = (0..500).map(|n| format!("crowd{n:06}@larkfield.example")).collect();
    let twice = names.iter().chain(&names[..20]).map(String::as_str);
    let found = look_up(&place.entra, upns(twice), SEVEN).await;
    let came: Vec<&str> =
        found.iter().map(|one| one.as_ref().unwrap().person.upn.as_str()).collect();
    assert!(came.iter().zip(names.iter().chain(&names[..20])).all(|(came, name)| came == name));
    let seen = place.control().observed();
    let small = |name: &String| name.starts_with("GET /v1.0/users");
    let asked: u64 = seen.counts.iter().filter(|(name, _)| small(name)).map(|(_, n)| n).sum();
    let refused: u64 =
        seen.statuses.iter().filter(|(status, _)| **status >= 429).map(|(_, n)| n).sum();
    assert!(refused > 50, "{refused}");
    assert_eq!(asked, 1000 + refused);
}

#[tokio::test]
async fn a_sign_in_that_is_refused_is_told_once() {
    let place = Place::start().await;
    place.order(Order::Consent { domain: "larkfield.example".into(), given: false });
    let (found, ended) = came(&place.entra, upns([ELIN, AMINA]), SEVEN).await;
    assert!(found.is_empty() && matches!(ended, Err(DirectoryError::SignIn { .. })));
    let ended = came(&place.entra, Vec::new(), SEVEN).await.1;
    ended.unwrap();
}

#[tokio::test]
async fn one_persons_phones_and_methods_are_read_whole() {
    let place = Place::start().await;
    let harriet = PersonId("harriet.whitlock@larkfield.example".into());
    let phones = place.entra.phones(&harriet).await.unwrap();
    let kinds: Vec<_> = phones.iter().map(|phone| phone.kind).collect();
    assert_eq!(kinds, PhoneKind::ALL);
}
