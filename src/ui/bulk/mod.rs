//! Bulk: who gets keys, how they are made, the board, and what is left at the end.

mod audit;
mod away;
mod board;
mod card;
mod challenges;
mod finish;
mod head;
mod keys;
mod officer;
mod options;
mod outputs;
mod panel;
mod past;
mod people_list;
mod pin_card;
mod prepare;
mod results;
mod scan;
mod source;
mod strip;
mod table;

pub use strip::draw as strip;

use super::{Pass, Place, View};
use crate::app::State;
use crate::engine::{BulkCommand, Command, Pick, StoredSecret};
use board::BoardView;
use egui::Ui;
use prepare::PrepareView;
use std::path::PathBuf;

/// What was typed, chosen and opened on the Bulk screen.
#[derive(Default)]
pub struct BulkView {
    board: BoardView,
    prepare: PrepareView,
    outputs: outputs::OutputsView,
    /// A file dialog was answered.
    picked: Vec<BulkCommand>,
}

impl BulkView {
    /// What is not of the tenant that is left.
    pub fn of_next_tenant(self) -> Self {
        Self { prepare: self.prepare.of_next_tenant(), ..Self::default() }
    }

    pub fn picked(&mut self, pick: Pick, path: PathBuf) {
        self.picked.extend(match pick {
            Pick::Roster => Some(BulkCommand::ReadFile(path)),
            Pick::Configs => Some(BulkCommand::ImportConfigs(path)),
            Pick::Stock => Some(BulkCommand::ReadStock(path)),
            Pick::OutputFolder
            | Pick::StationsFolder
            | Pick::Certificate
            | Pick::CertificateKey
            | Pick::CertificatePfx
            | Pick::PhoneList => None,
        });
    }

    pub fn follow(&mut self, state: &State) {
        self.board.follow(state);
        self.prepare.follow(state);
    }

    pub fn drop_secrets(&mut self) {
        self.board.drop_secrets();
    }

    /// Esc leads to somewhere else on this screen, not away from it.
    pub fn holds_escape(&self, state: &State) -> bool {
        state.bulk.session.is_some() || self.prepare.is_past_people()
    }

    /// What the last frame's dialogs led to.
    fn send_picked(&mut self, pass: &mut Pass<'_>) {
        for command in self.picked.drain(..) {
            pass.send(Command::Bulk(command));
        }
    }
}

/// Before anything is drawn: answered dialogs, and the board's keys.
pub fn hear(ui: &Ui, pass: &mut Pass<'_>, view: &mut View, covered: bool) {
    view.bulk.send_picked(pass);
    let shown = view.place == Place::Bulk && !covered && pass.state.who.locked.is_none();
    let open = shown && view.place.refusal(pass.state).is_none();
    if open && pass.state.bulk.session.is_some() && !officer::is_at(pass.state) {
        keys::hear(ui, pass, &mut view.bulk.board);
    }
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    page(ui, pass, &mut view.bulk);
    if view.bulk.prepare.source.take_wish()
        && let Some(Ok(read)) = &pass.state.bulk.configs
    {
        view.settings.make_tenant_of(read);
        let is_new =
            read.holds_secret && read.secret_stored.is_none() && read.secret_waits.is_none();
        if is_new && let Some(tenant) = view.settings.secret_comes() {
            let secret = StoredSecret::ScriptConfigs(read.path.clone());
            pass.send(Command::StoreSecret { tenant, secret });
        }
        view.place = Place::Settings;
    }
}

fn page(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut BulkView) {
    let bulk = &pass.state.bulk;
    if officer::is_at(pass.state) {
        return officer::draw(ui, pass, &mut view.outputs);
    }
    match (&bulk.session, &bulk.summary) {
        (Some(_), _) => board::draw(ui, pass, &mut view.board),
        (None, Some(summary)) => finish::draw(ui, pass, &mut view.outputs, summary),
        (None, None) => prepare::draw(ui, pass, &mut view.prepare),
    }
}

/// The board comes closer to the edges than other screens.
pub fn is_board(state: &State, view: &View) -> bool {
    let open = view.place == Place::Bulk && view.place.refusal(state).is_none();
    let works = open && !officer::is_at(state);
    works && state.bulk.session.is_some() && !state.who.must_sign_in()
}
