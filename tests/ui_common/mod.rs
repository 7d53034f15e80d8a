//! The application without a display, and the other ends of its channels: what the window's tests
//! press, read and are told.
#![allow(dead_code, reason = "each of its users needs another part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use keydesk::app::App;
use keydesk::engine::{Command, Event, Handle};

/// The window, and a scripted engine.
pub struct Window {
    pub harness: Harness<'static, App>,
    pub commands: tokio::sync::mpsc::Receiver<Command>,
    pub events: std::sync::mpsc::Sender<Event>,
}

/// As most operators have it.
pub const USUAL: Vec2 = Vec2::new(1280.0, 800.0);

impl Window {
    pub fn open(size: Vec2) -> Self {
        Self::with_room(size, 256)
    }

    /// With room for so many commands on their way.
    pub fn with_room(size: Vec2, commands: usize) -> Self {
        let (to_engine, commands) = tokio::sync::mpsc::channel(commands);
        let (events, from_engine) = std::sync::mpsc::channel();
        let engine = Handle { commands: to_engine, events: from_engine };
        let harness = Harness::builder()
            .with_size(size)
            .with_max_steps(40)
            .with_step_dt(0.02)
            .build_eframe(move |cc| App::new(cc, engine));
        Self { harness, commands, events }
    }

    pub fn tell(&mut self, events: Vec<Event>) {
        for event in events {
            self.events.send(event).unwrap();
        }
        self.settle();
    }

    /// Frames until nothing moves; a countdown asks for later frames, which is no movement.
    pub fn settle(&mut self) {
        for _ in 0..6 {
            self.harness.step();
        }
        self.harness.check_accessibility();
    }

    pub fn press(&mut self, key: Key) {
        self.press_with(Modifiers::NONE, key);
    }

    pub fn press_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    pub fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.settle();
    }

    pub fn click(&mut self, name: &str) {
        self.click_as(Role::Button, name);
    }

    /// Clicks what copies something: what that is.
    pub fn copied_by(&mut self, name: &str) -> Vec<String> {
        self.harness.get_by_label(name).click();
        let mut copied = Vec::new();
        for _ in 0..6 {
            self.harness.step();
            for command in &self.harness.output().platform_output.commands {
                if let egui::OutputCommand::CopyText(text) = command {
                    copied.push(text.clone());
                }
            }
        }
        copied
    }

    pub fn click_as(&mut self, role: Role, name: &str) {
        self.harness.get_by_role_and_label(role, name).click();
        self.settle();
    }

    /// A page of the settings, or a tab of the board.
    #[allow(dead_code)] // not every screen has some
    pub fn turn_to(&mut self, name: &str) {
        self.click_as(Role::Tab, name);
    }

    pub fn choose(&mut self, name: &str) {
        self.click_as(Role::RadioButton, name);
    }

    pub fn tick(&mut self, name: &str) {
        self.click_as(Role::CheckBox, name);
    }

    pub fn click_part(&mut self, role: Role, part: &str) {
        let found = self
            .harness
            .query_all_by_role(role)
            .find(|node| node.accesskit_node().label().is_some_and(|label| label.contains(part)));
        found.unwrap_or_else(|| panic!("no {role:?} with {part}")).click();
        self.settle();
    }

    /// Puts the focus into a field and types.
    pub fn fill(&mut self, field: &str, text: &str) {
        let field = self.harness.query_all_by_label(field).find(|node| {
            use Role::{MultilineTextInput, PasswordInput, TextInput};
            matches!(node.accesskit_node().role(), TextInput | PasswordInput | MultilineTextInput)
        });
        field.unwrap().focus();
        self.settle();
        self.type_text(text);
    }

    pub fn has(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    pub fn has_part(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    /// A thing of this role whose name has this part is on.
    pub fn is_on(&self, role: Role, part: &str) -> bool {
        let mut nodes = self.harness.query_all_by_role(role);
        nodes.any(|node| {
            let node = node.accesskit_node();
            node.toggled() == Some(Toggled::True)
                && node.label().is_some_and(|label| label.contains(part))
        })
    }

    pub fn is_disabled(&self, name: &str) -> bool {
        self.harness.get_by_role_and_label(Role::Button, name).accesskit_node().is_disabled()
    }

    /// The name of what has the focus.
    pub fn focused(&self) -> Option<String> {
        let nodes = self.harness.root().children_recursive();
        nodes
            .into_iter()
            .find(|node| node.is_focused())
            .and_then(|node| node.accesskit_node().label())
    }

    /// Tab until something of this name has the focus.
    pub fn tab_to(&mut self, name: &str) {
        for _ in 0..80 {
            if self.focused().as_deref() == Some(name) {
                return;
            }
            self.press(Key::Tab);
        }
        panic!("Tab does not lead to {name}");
    }

    /// Names of everything of this role, in the reading order.
    pub fn names(&self, role: Role) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        let nodes = nodes.into_iter().map(|node| node.accesskit_node());
        nodes.filter(|node| node.role() == role).filter_map(|node| node.label()).collect()
    }

    /// Names and values of everything there is.
    pub fn whole_tree(&self) -> String {
        let mut text = String::new();
        for node in self.harness.root().children_recursive() {
            let node = node.accesskit_node();
            text.push_str(&format!("{:?} {:?}\n", node.label(), node.value()));
        }
        text
    }

    pub fn sent(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.commands.try_recv().ok()).collect()
    }
}
