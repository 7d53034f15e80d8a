//! What the phones of the company's people show.

use super::super::world::World;
use crate::phones::{NumberText, PhoneKind, PhoneNumber};
use crate::secrets::SecretText;
use jiff::Timestamp;
use uuid::Uuid;

/// A text on a phone. It may hold a code: it has no Debug.
pub(super) struct Text {
    pub person: Uuid,
    pub text: SecretText,
    /// When it arrives; never where it is lost on the way.
    pub arrives: Option<Timestamp>,
}

/// Texts that have arrived, the oldest first, with when.
pub(in crate::practice::cloud) fn texts_of(
    world: &World,
    person: Uuid,
) -> Vec<(Timestamp, SecretText)> {
    let now = world.now();
    let arrived = |text: &&Text| text.arrives.is_some_and(|at| at <= now);
    let texts = world.twilio.texts.iter().filter(|text| text.person == person).filter(arrived);
    texts.map(|text| (text.arrives.unwrap_or(now), text.text.duplicate())).collect()
}

/// Whoever got a text, each once.
pub(in crate::practice::cloud) fn people_with_texts(world: &World) -> Vec<Uuid> {
    let mut people: Vec<Uuid> = world.twilio.texts.iter().map(|text| text.person).collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// The registered mobile, as services write it.
pub(in crate::practice::cloud) fn mobile_of(world: &World, person: Uuid) -> Option<PhoneNumber> {
    let number = world.phones.number(person, PhoneKind::Mobile)?;
    PhoneNumber::from_international(&NumberText::new(number.expose())).ok()
}

impl World {
    /// A text arrives on the phones of whoever has the number now.
    pub(super) fn text(&mut self, number: &str, text: &str, arrives: Option<Timestamp>) {
        for (person, _) in super::owners(self, number) {
            let text = SecretText::new(text);
            self.twilio.texts.push(Text { person, text, arrives });
        }
    }
}
