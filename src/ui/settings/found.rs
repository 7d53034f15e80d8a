//! What was found for a domain: shown to the operator, who says whether it is the right tenant.

use super::SettingsView;
use crate::app::state::clean;
use crate::engine::DiscoveredTenant;
use crate::ui::theme::{Icon, Look, Tone, space};
use crate::ui::widgets::{Button, fact_row, label, problem_box, tone_chip};
use crate::ui::{Pass, Wish};
use egui::Ui;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    let asked = view.tenant_mut().entra.tenant.trim().to_owned();
    match &pass.state.setup.discovered {
        Some(Ok(found)) if found.tenant_id == asked => {
            tone_chip(ui, look, Tone::Ok, Icon::Done, &format!("Found: {}", found.tenant_id));
        }
        // The answer to something that was typed before is no answer to this.
        Some(Ok(found)) if is_of(found, &asked) => question(ui, pass, view, found),
        Some(Err(problem)) => problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {}),
        _ => {}
    }
}

fn is_of(found: &DiscoveredTenant, asked: &str) -> bool {
    asked.rsplit('@').next().is_some_and(|domain| domain.eq_ignore_ascii_case(&found.asked))
}

fn question(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView, found: &DiscoveredTenant) {
    let look = pass.look;
    ui.add_space(space::XS);
    ui.label(look.strong(format!("Is this the tenant of {}?", clean(&found.asked))));
    facts(ui, look, view, found);
    warning(ui, look, found);
    ui.horizontal_wrapped(|ui| {
        if Button::secondary("Use this tenant").small().show(ui, look).clicked() {
            let entra = &mut view.tenant_mut().entra;
            entra.tenant.clone_from(&found.tenant_id);
            entra.domain = Some(found.asked.clone());
            entra.login_url.clone_from(&found.login_url);
            entra.graph_url.clone_from(&found.graph_url);
        }
        if Button::secondary("It is another one").small().show(ui, look).clicked() {
            pass.wishes.push(Wish::ForgetDiscovered);
        }
    });
}

fn facts(ui: &mut Ui, look: &Look, view: &mut SettingsView, found: &DiscoveredTenant) {
    let mut at = view.tenant_mut().entra.clone();
    at.login_url.clone_from(&found.login_url);
    at.graph_url.clone_from(&found.graph_url);
    fact_row(ui, look, "Tenant id", look.mono(&found.tenant_id));
    fact_row(ui, look, "Cloud", look.body(at.cloud().name()));
    fact_row(ui, look, "Region", look.body(found.region.as_deref().unwrap_or("not told")));
    let organisation = match &found.organisation {
        Some(organisation) => look.strong(clean(&organisation.name)),
        None => look.quiet("told once it has consented"),
    };
    fact_row(ui, look, "Organisation", organisation);
}

fn warning(ui: &mut Ui, look: &Look, found: &DiscoveredTenant) {
    let warn = |ui: &mut Ui, text: &str| {
        tone_chip(ui, look, Tone::Warn, Icon::Warning, text);
    };
    if let Some(name) = &found.known_as {
        warn(ui, &format!("This station has it already, as {}", clean(name)));
    }
    if found.is_foreign() {
        warn(ui, "The domain is not one of this organisation's");
    }
    let text = "A mail domain can lead to another company's tenant. Compare the id with the one \
                in the Entra admin centre, Overview.";
    label(ui, look.hint(text));
}
