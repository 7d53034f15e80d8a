//! The Bulk screen as an operator uses it, with a scripted engine and without a display.
#![cfg(test)]

mod board;
mod end;
mod lists;
mod options;
mod papers;
mod people;
mod place;
#[path = "../scenes/mod.rs"]
mod scenes;
#[path = "../ui_common/mod.rs"]
mod ui_common;

use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use keydesk::bulk::{
    Challenges, EntryNo, EntryState, OldKeys, SessionOptions, SessionPin, SlotNo, UsedKeys,
};
use keydesk::engine::*;
use keydesk::enrolment::{Answer, EnrolmentId, FirstUse};
use keydesk::settings::{DirectorySettings, Settings, ThemeChoice};
use scenes::bulk::*;
use ui_common::Window;

impl Window {
    /// Nobody has pressed anything yet.
    fn untouched(size: Vec2, text_percent: u16) -> Self {
        let mut station = Window::open(size);
        station.tell(hospital(ThemeChoice::Dark, text_percent));
        station
    }

    fn opened(size: Vec2, text_percent: u16) -> Self {
        let mut station = Self::untouched(size, text_percent);
        station.press_with(Modifiers::COMMAND, Key::Num2);
        station
    }

    fn at_bulk() -> Self {
        Self::opened(Vec2::new(1280.0, 800.0), 100)
    }

    /// A session with these slots.
    fn running(slots: Vec<SlotShown>) -> Self {
        let mut station = Self::at_bulk();
        station.tell(running(slots));
        station
    }

    /// As a scanner does: all within one moment.
    fn scan(&mut self, text: &str) {
        for letter in text.chars() {
            self.harness.event(egui::Event::Text(letter.to_string()));
        }
        self.harness.key_press(Key::Enter);
        self.settle();
    }

    fn field(&self, name: &str) -> String {
        self.harness.get_by_role_and_label(Role::TextInput, name).value().unwrap_or_default()
    }

    fn is_selected(&self, part: &str) -> bool {
        let mut nodes = self.harness.query_all_by_label_contains(part);
        nodes.any(|node| node.accesskit_node().toggled() == Some(Toggled::True))
    }

    fn bulk(&mut self) -> Vec<BulkCommand> {
        let bulk = |command| match command {
            Command::Bulk(command) => Some(command),
            _ => None,
        };
        self.sent().into_iter().filter_map(bulk).collect()
    }

    /// Slot and answer of the answers that were sent.
    fn answers(&mut self) -> Vec<(EnrolmentId, Answer)> {
        let answer = |command| match command {
            Command::Answer { enrolment, answer, .. } => Some((enrolment, answer)),
            _ => None,
        };
        self.sent().into_iter().filter_map(answer).collect()
    }
}

fn slot_enrolment(no: u8) -> EnrolmentId {
    enrolment(u128::from(no))
}

fn running_only() -> Vec<SlotShown> {
    vec![slots().remove(1), free_slot(3)]
}
