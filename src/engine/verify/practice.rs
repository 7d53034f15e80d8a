//! What the practice company's phones show.

use super::event::{PracticePhone, PracticePush, PracticeText, VerifyEvent};
use crate::directory::PersonId;
use crate::engine::station::Station;
use crate::practice::cloud::PracticePhoneShown;

impl Station {
    /// Tells it anew when something came or went.
    pub(super) async fn tell_practice_phones(&mut self) {
        let is_practice = self.ports.as_ref().is_some_and(|ports| ports.tenant.key.practice);
        let Some(practice) = self.practice.as_ref().filter(|_| is_practice) else { return };
        let phones = practice.cloud.control().phones_shown();
        let texts = phones.iter().map(|phone| phone.texts.len()).sum();
        let pushes = phones.iter().map(|phone| phone.pushes.len()).sum();
        if self.callers.phones_shown != (texts, pushes) {
            self.callers.phones_shown = (texts, pushes);
            let phones = phones.into_iter().map(shown).collect();
            self.tell_verify(VerifyEvent::PracticePhones(phones)).await;
        }
    }
}

fn shown(phone: PracticePhoneShown) -> PracticePhone {
    let texts = phone.texts.into_iter();
    let pushes = phone.pushes.into_iter();
    PracticePhone {
        person: PersonId(phone.person.to_string()),
        name: phone.name,
        texts: texts.map(|text| PracticeText { at: text.at, text: text.text }).collect(),
        pushes: pushes
            .map(|push| PracticePush { id: push.id, at: push.at, lines: push.lines })
            .collect(),
    }
}
