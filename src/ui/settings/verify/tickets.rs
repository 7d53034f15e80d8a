//! The ticket system: private notes of each check, and links out of tickets.

use super::{secret, test};
use crate::app::state::clean;
use crate::engine::{Command, ServiceKind, VerifyCommand};
use crate::secrets::ServiceSecret;
use crate::ui::Pass;
use crate::ui::settings::SettingsView;
use crate::ui::settings::tenant::{caption, named_field};
use crate::ui::theme::{Icon, Tone, space};
use crate::ui::widgets::{Button, check_box, choice_row, label, problem_box};
use egui::{Role, Sense, Ui, WidgetInfo, vec2};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let verify = &mut view.tenant_mut().verify;
    check_box(ui, look, &mut verify.has_halo, "Private notes in HaloPSA");
    if verify.has_halo {
        let hint = "https://acme.halopsa.com";
        named_field(ui, look, "HaloPSA address", &mut verify.halo_url, hint);
        let name = "Tenant of a hosted instance";
        named_field(ui, look, name, &mut verify.halo_tenant, "As the instance says");
        named_field(ui, look, "Client id of the API application", &mut verify.halo_client, "");
        let name = "Agent id that writes notes";
        named_field(ui, look, name, &mut verify.halo_agent, "The application's");
        secret(ui, pass, view, (ServiceSecret::Halo, "Client secret of HaloPSA"));
        outcomes(ui, pass, view);
        ui.add_space(space::XS);
        test(ui, pass, view, (ServiceKind::Tickets, "Test tickets"));
    }
    link_key(ui, pass);
}

/// The outcome of notes, out of the instance's own list.
fn outcomes(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let (look, services) = (pass.look, &pass.state.verify.services);
    caption(ui, look, "Outcome of notes");
    let verify = &mut view.tenant_mut().verify;
    let usual = "The instance's usual one";
    if choice_row(ui, look, verify.halo_outcome.is_none(), usual).clicked() {
        verify.halo_outcome = None;
    }
    let listed = match &services.outcomes {
        Some(Ok(outcomes)) => outcomes.as_slice(),
        Some(Err(_)) | None => &[],
    };
    if let Some(id) = verify.halo_outcome
        && !listed.iter().any(|outcome| outcome.id == id)
    {
        choice_row(ui, look, true, &format!("Outcome {id}"));
    }
    for outcome in listed {
        let text = format!("{} ({})", clean(&outcome.name), outcome.id);
        if choice_row(ui, look, verify.halo_outcome == Some(outcome.id), &text).clicked() {
            verify.halo_outcome = Some(outcome.id);
        }
    }
    if let Some(Err(problem)) = &services.outcomes {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
    }
    let tenant = view.tenant_mut().complete();
    let word = if services.finding_outcomes { "Reading…" } else { "Read the list of outcomes" };
    let ready = tenant.is_some() && !services.finding_outcomes;
    let pressed = Button::secondary(word).small().enabled(ready).show(ui, look).clicked();
    if let Some(tenant) = tenant.filter(|_| pressed) {
        let wish = VerifyCommand::FindOutcomes { tenant: Box::new(tenant) };
        pass.send(Command::Verify(wish));
    }
}

/// What signs links that send at once; shown once.
fn link_key(ui: &mut Ui, pass: &mut Pass<'_>) {
    let look = pass.look;
    ui.add_space(space::S);
    ui.label(look.strong("Links out of tickets"));
    let text = "A link that is signed with this key sends at once; any other one fills the form \
                and waits. A new key ends the old one.";
    label(ui, look.hint(text));
    let refusal = pass.state.who.refusal(&[crate::access::Role::Administrator]);
    let button = Button::secondary("Make a new link key").small().enabled(refusal.is_none());
    if button.show(ui, look).clicked() {
        pass.send(Command::Verify(VerifyCommand::MakeLinkKey));
    }
    let Some(key) = &pass.state.verify.services.link_key else { return };
    label(ui, look.hint("Copy it into the ticket system now: it is not shown again."));
    // Painted only: it is a secret.
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let spoken = "The new link key, on the screen only";
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken));
    let style = (crate::ui::theme::Size::Hint, crate::ui::theme::Face::Mono, look.text);
    let at = rect.left_center();
    crate::ui::widgets::paint_cut(ui.painter(), at, rect.max.x, key.expose(), style);
    if Button::secondary("Copy the link key").small().show(ui, look).clicked() {
        ui.ctx().copy_text(key.expose().to_owned());
    }
}
