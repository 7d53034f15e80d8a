//! The log: a row of each check in a database.

use super::{secret, test};
use crate::engine::ServiceKind;
use crate::secrets::ServiceSecret;
use crate::settings::LogServer;
use crate::ui::Pass;
use crate::ui::settings::SettingsView;
use crate::ui::settings::tenant::named_field;
use crate::ui::theme::space;
use crate::ui::widgets::choice_row;
use egui::Ui;

const SERVERS: [(Option<LogServer>, &str); 3] = [
    (None, "No log"),
    (Some(LogServer::Postgresql), "PostgreSQL"),
    (Some(LogServer::SqlServer), "SQL Server or Azure SQL"),
];

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (server, word) in SERVERS {
            let verify = &mut view.tenant_mut().verify;
            if choice_row(ui, look, verify.log == server, word).clicked() {
                verify.log = server;
            }
        }
    });
    let verify = &mut view.tenant_mut().verify;
    let Some(server) = verify.log else { return };
    let port = if server == LogServer::Postgresql { "5432" } else { "1433" };
    named_field(ui, look, "Log server", &mut verify.log_host, "sql.nordvik.example");
    named_field(ui, look, "Port", &mut verify.log_port, port);
    named_field(ui, look, "Database", &mut verify.log_database, "audit");
    named_field(ui, look, "Table, or schema.table", &mut verify.log_table, "keydesk_checks");
    named_field(ui, look, "Database user", &mut verify.log_user, "keydesk");
    let name = "PEM file of the server's authority";
    named_field(ui, look, name, &mut verify.log_authority, "The system's authorities");
    secret(ui, pass, view, (ServiceSecret::Log, "Password of the database user"));
    ui.add_space(space::XS);
    test(ui, pass, view, (ServiceKind::Log, "Test log"));
}
