//! The pages of the settings, and the list of them beside the one that is open.

use super::SettingsView;
use crate::app::state::clean;
use crate::settings::DirectoryKind;
use crate::ui::theme::{Face, Look, Size, radius, size, space};
use crate::ui::widgets::{Button, focus_ring, paint_text, tab_button, truncated};
use egui::{Align2, CornerRadius, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Of the list beside a page.
const WIDTH: f32 = 192.0;
/// With less room for both, the list is a line of tabs above the page.
const LEAST: f32 = 680.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Page {
    #[default]
    Directory,
    Roles,
    Phones,
    Verify,
    Keys,
    Outputs,
    Security,
    Appearance,
}

/// The pages about the tenant that is shown, then those about the station.
const OF_TENANT: [Page; 4] = [Page::Directory, Page::Roles, Page::Phones, Page::Verify];
const OF_STATION: [Page; 4] = [Page::Keys, Page::Outputs, Page::Security, Page::Appearance];

impl Page {
    fn name(self) -> &'static str {
        match self {
            Self::Directory => "Directory",
            Self::Roles => "Roles",
            Self::Phones => "Phones",
            Self::Verify => "Verify",
            Self::Keys => "PINs and keys",
            Self::Outputs => "Outputs",
            Self::Security => "Security",
            Self::Appearance => "Appearance",
        }
    }

    /// Only where operators sign in with accounts of the directory is there somebody to give roles
    /// to; phones are Entra's.
    fn is_there(self, kind: DirectoryKind) -> bool {
        kind == DirectoryKind::Entra || !matches!(self, Self::Roles | Self::Phones)
    }
}

impl SettingsView {
    /// The page that is open; the first where the tenant has not that one.
    pub(super) fn page(&self) -> Page {
        match self.page.is_there(self.tenants.shown().kind) {
            true => self.page,
            false => Page::default(),
        }
    }
}

/// The list, and the page beside or below it.
pub fn draw(
    ui: &mut Ui,
    look: &Look,
    view: &mut SettingsView,
    page: impl FnOnce(&mut Ui, &mut SettingsView),
) {
    if ui.available_width() < LEAST {
        ui.horizontal_wrapped(|ui| tabs(ui, look, view));
        ui.add_space(space::M);
        return page(ui, view);
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XL;
        ui.vertical(|ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
            list(ui, look, view);
        });
        ui.vertical(|ui| page(ui, view));
    });
}

fn tabs(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    let kind = view.tenants.shown().kind;
    for page in OF_TENANT.into_iter().chain(OF_STATION).filter(|page| page.is_there(kind)) {
        let tab = ui.allocate_ui(vec2(0.0, size::BUTTON), |ui| {
            tab_button(ui, look, view.page() == page, page.name())
        });
        if tab.inner.clicked() {
            view.page = page;
        }
    }
}

fn list(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    of_which_tenant(ui, look, view);
    rows(ui, look, view, &OF_TENANT);
    ui.add_space(space::L);
    ui.label(look.hint("This station"));
    rows(ui, look, view, &OF_STATION);
}

/// With several tenants the first page is where another one is chosen.
fn of_which_tenant(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    truncated(ui, look.hint(clean(&view.tenants.shown().shown_name())));
    let is_elsewhere = view.page() != Page::Directory;
    if view.tenants.all().len() > 1
        && is_elsewhere
        && Button::quiet("Another tenant…").show(ui, look).clicked()
    {
        view.page = Page::Directory;
    }
}

fn rows(ui: &mut Ui, look: &Look, view: &mut SettingsView, pages: &[Page]) {
    let kind = view.tenants.shown().kind;
    for page in pages.iter().filter(|page| page.is_there(kind)) {
        if row(ui, look, view.page() == *page, page.name()).clicked() {
            view.page = *page;
        }
    }
}

fn row(ui: &mut Ui, look: &Look, chosen: bool, name: &str) -> Response {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), size::BUTTON_SMALL + 4.0));
    let response = ui.interact(rect, ui.make_persistent_id(("page", name)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, name));
    let painter = ui.painter();
    let corner = CornerRadius::same(radius::CONTROL);
    let (fill, ink, face) = match (chosen, response.hovered()) {
        (true, _) => (Some(look.accent_bg), look.accent_text, Face::SemiBold),
        (false, true) => (Some(look.sunken), look.text, Face::Regular),
        (false, false) => (None, look.text, Face::Regular),
    };
    if let Some(fill) = fill {
        painter.rect_filled(rect, corner, fill);
    }
    if chosen {
        // Not by colour alone.
        let bar = Rect::from_min_size(rect.min + vec2(0.0, 8.0), vec2(3.0, rect.height() - 16.0));
        painter.rect_filled(bar, CornerRadius::ZERO, look.accent);
    }
    if response.has_focus() {
        focus_ring(painter, look, rect);
    }
    let at = pos2(rect.min.x + space::M, rect.center().y);
    paint_text(painter, at, Align2::LEFT_CENTER, name, (Size::Body, face, ink));
    response
}
