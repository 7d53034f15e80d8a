//! eframe glue: drains events, applies them to the state, hands wishes on; and the state itself.

pub mod state;
mod system_fonts;

pub use state::State;

use crate::engine::{Command, Event, Handle, Wake};
use crate::problem::Problem;
use crate::settings::{AppearanceSettings, ThemeChoice};
use crate::ui::{self, View, Wish, theme};
use state::NoticeKind;
use std::sync::Arc;
use std::sync::mpsc::TryRecvError;
use std::time::Instant;
use tokio::sync::mpsc::error::TrySendError;

const TITLE: &str = "Keydesk";
/// A burst of events must not hold a frame up; the rest is drained in the next one.
const EVENTS_PER_FRAME: usize = 256;

/// The window's content.
pub struct App {
    state: State,
    view: View,
    engine: Handle,
    engine_ended: bool,
    drawn_look: Option<(theme::Look, u16)>,
}

/// Opens the window and runs until it is closed.
///
/// `start_engine` gets the call that wakes the window after an event.
pub fn run(start_engine: impl FnOnce(Wake) -> Handle + 'static) -> Result<(), eframe::Error> {
    let options = eframe::NativeOptions {
        renderer: eframe::Renderer::Glow,
        // The program has its own, which finds one font per script when a text needs it.
        system_font_fallback: false,
        viewport: egui::ViewportBuilder::default()
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
            drawn_look: None,
        }
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    fn receive(&mut self, event: Event) {
        match event {
            // A PIN lives in the view that shows it, never in the state.
            Event::PinRevealed { id, pin } => self.view.reveal(id, pin),
            Event::Picked { pick, path } => self.view.picked(pick, path),
            event => {
                self.view.before(&event);
                self.state.apply(event, Instant::now());
            }
        }
    }

    fn fulfil(&mut self, wish: Wish) {
        match wish {
            Wish::Send(command) => self.send(*command),
            Wish::Dismiss(number) => self.state.dismiss(number),
            Wish::UseKey(key) => self.state.desk.chosen_key = Some(key),
            Wish::ForgetDiscovered => self.state.setup.discovered = None,
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
        let AppearanceSettings { theme: choice, text_percent } =
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
