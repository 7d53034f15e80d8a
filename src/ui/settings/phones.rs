//! Phones of a tenant's people: how their numbers are read, and who hears of changes.

use super::tenant::named_field;
use super::{SettingsView, section};
use crate::settings::{DirectoryKind, PhoneSettings};
use crate::ui::theme::Look;
use crate::ui::widgets::label;
use egui::Ui;

/// As it is typed.
#[derive(Clone, Default)]
pub(super) struct PhonesDraft {
    country: String,
    only: String,
    tell_from: String,
    request_minutes: Option<u16>,
}

impl PhonesDraft {
    pub fn of(kept: &PhoneSettings) -> Self {
        Self {
            country: kept.default_country.clone().unwrap_or_default(),
            only: kept.only_countries.join(", "),
            tell_from: kept.tell_from.clone().unwrap_or_default(),
            request_minutes: kept.request_minutes,
        }
    }

    pub fn settings(&self) -> PhoneSettings {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let country = |text: &str| filled(text).map(|code| code.to_ascii_uppercase());
        PhoneSettings {
            default_country: country(&self.country),
            only_countries: self.only.split([',', ' ', ';']).filter_map(country).collect(),
            tell_from: filled(&self.tell_from),
            request_minutes: self.request_minutes,
        }
    }
}

pub fn draw(ui: &mut Ui, look: &Look, view: &mut SettingsView) {
    if view.tenant_mut().kind != DirectoryKind::Entra {
        return;
    }
    section(ui, look, "Phones", |ui| {
        let phones = &mut view.tenant_mut().phones;
        let name = "Country of numbers without a code";
        named_field(ui, look, name, &mut phones.country, "SE");
        named_field(ui, look, "Only numbers of these countries", &mut phones.only, "All");
        let name = "Mailbox that tells people of a change of their phones";
        named_field(ui, look, name, &mut phones.tell_from, "Nobody is told");
        label(ui, look.hint("Mails need the permission Mail.Send for this mailbox."));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_kept() {
        let draft = PhonesDraft {
            country: " se ".into(),
            only: "SE, no;DK".into(),
            tell_from: " desk@x.example ".into(),
            request_minutes: None,
        };
        let kept = draft.settings();
        assert_eq!(kept.default_country.as_deref(), Some("SE"));
        assert_eq!(kept.only_countries, ["SE", "NO", "DK"]);
        assert_eq!(kept.tell_from.as_deref(), Some("desk@x.example"));
        assert_eq!(PhonesDraft::of(&kept).settings(), kept);
        assert_eq!(PhonesDraft::default().settings(), PhoneSettings::default());
    }
}
