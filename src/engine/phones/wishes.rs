//! What the operator wants, one short function each.

use super::{PhonesCommand, PhonesEvent};
use crate::engine::Event;
use crate::engine::access::Permits;
use crate::engine::station::Station;

impl Station {
    pub(in crate::engine) async fn phones_wish(&mut self, wish: PhonesCommand, _permits: &Permits) {
        match wish {
            PhonesCommand::Close => self.tell_phones(PhonesEvent::Person(None)).await,
            _ => {}
        }
    }

    pub(super) async fn tell_phones(&self, event: PhonesEvent) {
        let Some(ports) = &self.ports else { return };
        ports.teller.tell(Event::Phones(event)).await;
    }
}
