//! eframe glue: drains events, applies them to the state, hands wishes on; and the state itself.

mod sounds;
pub mod state;
mod system_fonts;

pub use state::State;

use crate::engine::{
    BulkEvent, Command, Event, Handle, OperatorShown, VerifyEvent, Wake, WhoCommand,
};
use crate::key::KeyEvent;
use crate::problem::Problem;
use crate::settings::{AppearanceSettings, ThemeChoice};
use crate::ui::{self, View, Wish, theme};
use sounds::{Sound, Sounds};
use state::NoticeKind;
use std::sync::Arc;
use std::sync::mpsc::TryRecvError;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::error::TrySendError;

const TITLE: &str = "Keydesk";
const ICON: &[u8] = include_bytes!("../../assets/icon/keydesk-256.png");
/// How often the engine hears at most that somebody is at the station.
const ACTIVITY_EVERY: Duration = Duration::from_secs(5);
/// A burst of events must not hold a frame up; the rest is drained in the next one.
const EVENTS_PER_FRAME: usize = 256;

/// The window's content.
pub struct App {
    state: State,
    view: View,
    engine: Handle,
    engine_ended: bool,
    sounds: Sounds,
    drawn_look: Option<(theme::Look, u16)>,
    /// When the engine was last told that somebody is at the station.
    activity_told: Option<Instant>,
    /// A key came or went in a session: somebody works here, without mouse or keyboard.
    hands_seen: bool,
    /// A link came from elsewhere: the window comes to the front.
    comes_forward: bool,
}

/// Opens the window and runs until it is closed.
///
/// `start_engine` gets the call that wakes the window after an event.
pub fn run(start_engine: impl FnOnce(Wake) -> Handle + 'static) -> Result<(), eframe::Error> {
    let options = eframe::NativeOptions {
        renderer: eframe::Renderer::Glow,
        // The program has its own, which finds one font per script when a text needs it.
        system_font_fallback: false,
        viewport: with_icon(egui::ViewportBuilder::default())
            .with_title(TITLE)
            .with_app_id("keydesk")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([640.0, 480.0]),
        ..Default::default()
    };
    eframe::run_native(
        "keydesk",
        options,
        Box::new(|cc| {
            let ctx = cc.egui_ctx.clone();
            let engine = start_engine(Arc::new(move || ctx.request_repaint()));
            Ok(Box::new(App::new(cc, engine)))
        }),
    )
}

fn with_icon(window: egui::ViewportBuilder) -> egui::ViewportBuilder {
    match eframe::icon_data::from_png_bytes(ICON) {
        Ok(icon) => window.with_icon(icon),
        Err(error) => {
            tracing::warn!(%error, "the window has no icon");
            window
        }
    }
}

impl App {
    pub fn new(cc: &eframe::CreationContext<'_>, engine: Handle) -> Self {
        let ctx = &cc.egui_ctx;
        ctx.set_fonts(theme::font_definitions());
        ctx.add_font_provider(Arc::new(system_fonts::SystemFonts::default()));
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        Self {
            state: State::default(),
            view: View::default(),
            engine,
            engine_ended: false,
            sounds: Sounds::default(),
            drawn_look: None,
            activity_told: None,
            hands_seen: false,
            comes_forward: false,
        }
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    fn receive(&mut self, event: Event) {
        match event {
            // A PIN lives in the view that shows it, never in the state.
            Event::PinRevealed { id, pin } => {
                if self.state.who.locked.is_none() {
                    self.view.reveal(id, pin);
                }
            }
            Event::Picked { pick, path } => self.view.picked(pick, path),
            // Nothing comes of it where that was cancelled.
            Event::PathFound { pick, path } if self.state.wants_path(pick) => {
                self.state.path_wanted = None;
                self.view.picked(pick, path);
            }
            event => {
                self.comes_forward |= matches!(event, Event::Verify(VerifyEvent::Link(_)));
                self.see_hands(&event);
                self.sound(&event);
                self.view.before(&event);
                self.state.apply(event, Instant::now());
            }
        }
    }

    fn see_hands(&mut self, event: &Event) {
        let moves =
            matches!(event, Event::Key(KeyEvent::Inserted { .. } | KeyEvent::Removed { .. }));
        self.hands_seen |= moves && self.state.bulk.session.is_some();
    }

    fn sound(&mut self, event: &Event) {
        if !self.state.settings.appearance.sounds {
            return;
        }
        if let Event::Bulk(BulkEvent::Board(now)) = event
            && let Some(sound) = Sound::of(&self.state.bulk.board, now)
        {
            self.sounds.play(sound);
        }
    }

    fn fulfil(&mut self, wish: Wish) {
        match wish {
            Wish::Send(command) => self.send(*command),
            Wish::Dismiss(number) => self.state.dismiss(number),
            Wish::UseKey(key) => self.state.desk.chosen_key = Some(key),
            Wish::ForgetDiscovered => self.state.setup.discovered = None,
            Wish::NoPath => self.state.path_wanted = None,
            Wish::PutAside => self.state.put_aside(jiff::Timestamp::now()),
        }
    }

    fn send(&mut self, command: Command) {
        let refused = match self.engine.commands.try_reserve() {
            Ok(place) => {
                self.state.sent(&command);
                place.send(command);
                return;
            }
            Err(refused) => refused,
        };
        match refused {
            TrySendError::Full(()) => self.tell(
                "The station is busy and did not take the last action",
                "Wait a moment, then do it again",
            ),
            TrySendError::Closed(()) => self.engine_is_gone(),
        }
    }

    /// Puts the lock off while somebody moves the mouse or types. The engine counts the time.
    fn tell_activity(&mut self, ctx: &egui::Context, now: Instant) {
        let who = &self.state.who;
        if who.operator == OperatorShown::Nobody || who.locked.is_some() {
            return;
        }
        let is_due = self.activity_told.is_none_or(|told| now - told >= ACTIVITY_EVERY);
        let is_active = self.hands_seen || ctx.input(|input| input.events.iter().any(is_activity));
        if !is_due || !is_active {
            return;
        }
        self.hands_seen = false;
        // A full channel means that commands are on their way: they are activity enough.
        if let Ok(place) = self.engine.commands.try_reserve() {
            place.send(Command::Who(WhoCommand::Activity));
            self.activity_told = Some(now);
        }
    }

    fn engine_is_gone(&mut self) {
        self.engine_ended = true;
        self.tell(
            "The part of the program that talks to keys and directory has ended",
            "Close the window and start Keydesk again; unfinished enrolments are kept",
        );
    }

    fn tell(&mut self, what: &str, next: &str) {
        let problem = Problem { what: what.into(), next: next.into(), details: Vec::new() };
        self.state.notice(NoticeKind::Failure, problem);
    }

    fn wear(&mut self, ctx: &egui::Context) -> theme::Look {
        let AppearanceSettings { theme: choice, text_percent, .. } =
            self.view.appearance(&self.state.settings);
        let system_is_dark = choice == ThemeChoice::System
            && ctx.system_theme().is_some_and(|theme| theme == egui::Theme::Dark);
        let accent = self.view.accent(&self.state);
        let look = theme::Look::new(choice, accent, system_is_dark);
        let wanted = (look, text_percent.clamp(80, 200));
        if self.drawn_look != Some(wanted) {
            theme::apply(ctx, &look);
            ctx.set_zoom_factor(f32::from(wanted.1) / 100.0);
            self.drawn_look = Some(wanted);
        }
        look
    }
}

/// What only a person does; a window that comes to the front by itself is none of it.
fn is_activity(event: &egui::Event) -> bool {
    use egui::Event as Input;
    matches!(
        event,
        Input::Key { .. }
            | Input::Text(_)
            | Input::Paste(_)
            | Input::Copy
            | Input::Cut
            | Input::Ime(_)
            | Input::PointerMoved(_)
            | Input::PointerButton { .. }
            | Input::MouseWheel { .. }
            | Input::Touch { .. }
            | Input::AccessKitActionRequest(_)
    )
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        for _ in 0..EVENTS_PER_FRAME {
            match self.engine.events.try_recv() {
                Ok(event) => self.receive(event),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    if !self.engine_ended {
                        self.engine_is_gone();
                    }
                    return;
                }
            }
        }
        ctx.request_repaint();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        // egui leaves its root without a name, and that is the window's for assistive technologies.
        ui.ctx().accesskit_node_builder(egui::accesskit_root_id(), |root| root.set_label(TITLE));
        self.tell_activity(ui.ctx(), Instant::now());
        if std::mem::take(&mut self.comes_forward) {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Minimized(false));
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Focus);
        }
        let look = self.wear(ui.ctx());
        let wishes = ui::draw(ui, &self.state, &mut self.view, &look);
        let any = !wishes.is_empty();
        for wish in wishes {
            self.fulfil(wish);
        }
        if any {
            ui.ctx().request_repaint();
        }
    }
}
