//! What stations share, so that a caller has one open check on all of them.

use super::test;
use crate::engine::{Command, Pick, ServiceKind};
use crate::settings::StationsShare;
use crate::ui::Pass;
use crate::ui::settings::SettingsView;
use crate::ui::settings::tenant::named_field;
use crate::ui::theme::{Icon, space};
use crate::ui::widgets::{Button, choice_row, label};
use egui::Ui;

const WAYS: [(StationsShare, &str); 3] = [
    (StationsShare::Log, "The log's database"),
    (StationsShare::Folder, "A folder"),
    (StationsShare::Nothing, "Nothing, this is the only station"),
];

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (way, word) in WAYS {
            let verify = &mut view.tenant_mut().verify;
            if choice_row(ui, look, verify.stations == way, word).clicked() {
                verify.stations = way;
            }
        }
    });
    let verify = &view.tenant_mut().verify;
    match verify.stations {
        StationsShare::Log if verify.log.is_none() => {
            let text = "No log is set up, so nothing is shared: two stations can check one caller \
                        at once.";
            label(ui, look.hint(text).color(look.warn.ink));
        }
        StationsShare::Log => {
            let text = "Open checks and locks of callers stand in a second table of the log.";
            label(ui, look.hint(text));
        }
        StationsShare::Folder => folder(ui, pass, view),
        StationsShare::Nothing => {}
    }
}

fn folder(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let text = "A share that every station's user may write in. A file there has the agent, the \
                station and a time, and nothing of the caller.";
    label(ui, look.hint(text));
    let typed = &mut view.tenant_mut().verify.stations_folder;
    named_field(ui, look, "Shared folder", typed, r"\\files.nordvik.example\keydesk");
    ui.add_space(space::XS);
    if Button::secondary("Choose shared folder…")
        .icon(Icon::Folder)
        .small()
        .show(ui, look)
        .clicked()
    {
        pass.send(Command::Pick(Pick::StationsFolder));
    }
    ui.add_space(space::XS);
    test(ui, pass, view, (ServiceKind::Stations, "Test shared folder"));
}
