//! The Desk as an operator uses it, with a scripted engine and without a display.
#![cfg(test)]

mod key;
mod person;
mod run;
#[path = "../scenes/mod.rs"]
mod scenes;
mod screen;
mod settings;
mod tenants;
#[path = "../ui_common/mod.rs"]
mod ui_common;

use egui::accesskit::Role;
use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use keydesk::directory::PersonId;
use keydesk::engine::{
    Command, Event, KeyringMode, NewPin, PinChoice, StepChange, StoredSecret, VaultMode, VaultWord,
};
use keydesk::enrolment::{Answer, EnrolmentId, PinNeeded, SerialFrom, Step, WhichPin};
use keydesk::key::{KeyEvent, KeyId};
use keydesk::pin::Pin;
use keydesk::settings::{Accent, DirectoryKind, PurgePins, Settings, ThemeChoice};
use scenes::*;
use ui_common::Window;

impl Window {
    fn practising() -> Self {
        let mut desk = Window::open(Vec2::new(1280.0, 800.0));
        desk.tell(station(ThemeChoice::Light, 100));
        desk
    }

    /// The one command of a kind among those sent.
    fn take<T>(&mut self, wanted: impl Fn(Command) -> Option<T>) -> Option<T> {
        self.sent().into_iter().find_map(wanted)
    }

    fn field(&self, name: &str) -> String {
        self.harness.get_by_role_and_label(Role::TextInput, name).value().unwrap_or_default()
    }

    fn find_elin(&mut self) {
        self.type_text("elin");
        let query = self.take(|command| match command {
            Command::Search { query } => Some(query),
            _ => None,
        });
        assert_eq!(query.as_deref(), Some("elin"));
        self.tell(vec![Event::Found { query: "elin".into(), people: Ok(people()) }]);
    }

    /// Elin is chosen and read, her key is in.
    fn prepare(&mut self) {
        self.find_elin();
        self.press(Key::Enter);
        let chosen = self.take(|command| match command {
            Command::ChoosePerson(person) => Some(person.id),
            _ => None,
        });
        assert_eq!(chosen, Some(PersonId("person-0".into())));
        self.tell(vec![person_read(), challenge()]);
        self.tell(insert(our_key()));
    }
}

fn registration(command: Command) -> Option<keydesk::engine::RegisterRequest> {
    match command {
        Command::Register(request) => Some(*request),
        _ => None,
    }
}

fn saved(command: Command) -> Option<Settings> {
    match command {
        Command::SaveSettings(settings) => Some(*settings),
        _ => None,
    }
}
