//! What the practice company's phones and its ticket system show, and what its callers are checked
//! by.

use super::event::{
    PracticeDesk, PracticeNote, PracticePhone, PracticePush, PracticeText, PracticeTicket,
    VerifyEvent,
};
use crate::directory::PersonId;
use crate::engine::PracticeWays;
use crate::engine::station::Station;
use crate::practice::cloud::Control;
use crate::practice::company;
use std::sync::Arc;
use uuid::Uuid;

impl Station {
    /// The services are taken into use at once; whoever is on the page is left.
    pub(in crate::engine) async fn check_callers_by(&mut self, ways: PracticeWays) {
        let Some(practice) = &mut self.practice else { return };
        practice.ways = ways;
        let verify = practice.services().0;
        let Some(ports) = self.ports.as_ref().filter(|ports| ports.tenant.key.practice) else {
            return;
        };
        let mut ports = (**ports).clone();
        ports.rules.verify = verify;
        self.ports = Some(Arc::new(ports));
        self.take_up_verify().await;
    }

    /// Tells it anew when a note came or went, or the services are others.
    pub(super) async fn tell_practice_desk(&mut self) {
        let is_practice = self.ports.as_ref().is_some_and(|ports| ports.tenant.key.practice);
        let Some(practice) = self.practice.as_ref().filter(|_| is_practice) else { return };
        let tickets = tickets(&practice.cloud.control());
        let desk = PracticeDesk { ways: practice.ways, tickets };
        if self.callers.desk_shown.as_ref() != Some(&desk) {
            self.callers.desk_shown = Some(desk.clone());
            self.tell_verify(VerifyEvent::PracticeDesk(Box::new(desk))).await;
        }
    }

    /// Tells it anew when something came or went.
    pub(super) async fn tell_practice_phones(&mut self) {
        let is_practice = self.ports.as_ref().is_some_and(|ports| ports.tenant.key.practice);
        let Some(practice) = self.practice.as_ref().filter(|_| is_practice) else { return };
        let phones = phones(&practice.cloud.control());
        let texts = phones.iter().map(|phone| phone.texts.len()).sum();
        let pushes = phones.iter().map(|phone| phone.pushes.len()).sum();
        if self.callers.phones_shown != (texts, pushes) {
            self.callers.phones_shown = (texts, pushes);
            self.tell_verify(VerifyEvent::PracticePhones(phones)).await;
        }
    }
}

fn tickets(control: &Control) -> Vec<PracticeTicket> {
    let notes = |number| {
        let noted = control.notes(number).into_iter();
        noted.map(|note| PracticeNote { text: note.text, private: note.private }).collect()
    };
    let shown = |ticket: company::HelpdeskTicket| PracticeTicket {
        notes: notes(ticket.number),
        number: ticket.number,
        summary: ticket.summary.to_owned(),
        requester: ticket.requester.to_owned(),
    };
    company::tickets().into_iter().map(shown).collect()
}

fn phones(control: &Control) -> Vec<PracticePhone> {
    let (texts, pushes) = (control.texts(), control.pushes());
    let mut people: Vec<Uuid> = texts.iter().map(|(person, _)| *person).collect();
    people.extend(pushes.iter().map(|push| push.person));
    people.sort_unstable();
    people.dedup();
    let names = company::people();
    let mut texts: std::collections::HashMap<_, _> = texts.into_iter().collect();
    let phone = |person: Uuid| PracticePhone {
        name: names
            .iter()
            .find(|known| known.id == person)
            .map_or_else(|| "Somebody".to_owned(), |known| known.display_name.clone()),
        texts: texts
            .remove(&person)
            .unwrap_or_default()
            .into_iter()
            .rev()
            .map(|(at, text)| PracticeText { at, text })
            .collect(),
        pushes: pushes
            .iter()
            .filter(|push| push.person == person)
            .map(|push| PracticePush {
                id: push.id.clone(),
                at: push.at,
                lines: push.lines.clone(),
            })
            .collect(),
        person: PersonId(person.to_string()),
    };
    let mut phones: Vec<PracticePhone> = people.into_iter().map(phone).collect();
    phones.sort_by_key(|phone| std::cmp::Reverse(newest(phone)));
    phones
}

fn newest(phone: &PracticePhone) -> Option<jiff::Timestamp> {
    let text = phone.texts.first().map(|text| text.at);
    let push = phone.pushes.first().map(|push| push.at);
    text.max(push)
}
