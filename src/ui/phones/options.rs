//! What a plan is to do: one sentence, and below it everything that is in it.

use super::PhonesView;
use crate::app::State;
use crate::app::state::{clean, count_in_words};
use crate::engine::{Command, ListShown, PhonesCommand};
use crate::phones::{Attribute, Blank, Country, NumberSource, Others, PhoneKind, PlanOptions};
use crate::ui::frame::row;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, radius, size, space};
use crate::ui::widgets::{
    Button, card, check_box, choice_row, filter_chip, heading, label, paint_card, problem_box,
    small_field,
};
use crate::ui::{Pass, keyboard};
use egui::{Align, CornerRadius, Frame, Layout, Margin, ScrollArea, Stroke, Ui, vec2};
use std::sync::Arc;

/// The options being chosen.
pub struct OptionsView {
    options: PlanOptions,
    /// As it is typed, codes and commas.
    only: String,
    /// The list they began with.
    of: Option<Arc<ListShown>>,
    country: String,
}

impl Default for OptionsView {
    fn default() -> Self {
        let options = PlanOptions {
            kind: PhoneKind::Mobile,
            source: NumberSource::Attribute(Attribute::MobilePhone),
            others: Others::default(),
            blank: Blank::default(),
            default_country: String::new(),
            only_countries: Vec::new(),
            unassigned_too: false,
            disabled_too: false,
            guests_too: false,
        };
        Self { options, only: String::new(), of: None, country: String::new() }
    }
}

impl OptionsView {
    /// A list with numbers is used for them; the tenant's country is the first proposal.
    pub fn follow(&mut self, state: &State) {
        let phones = &state.phones;
        if self.country != phones.default_country {
            self.country.clone_from(&phones.default_country);
            self.options.default_country.clone_from(&phones.default_country);
        }
        let is_new = match (&self.of, &phones.list) {
            (Some(old), Some(new)) => !Arc::ptr_eq(old, new),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if is_new {
            let columns = phones.list.as_ref().map(|list| list.columns.as_slice());
            self.options.source = match columns.unwrap_or_default() {
                [first, ..] => NumberSource::Column(first.clone()),
                [] if matches!(self.options.source, NumberSource::Column(_)) => {
                    NumberSource::Attribute(Attribute::MobilePhone)
                }
                [] => self.options.source.clone(),
            };
        }
        self.of.clone_from(&phones.list);
    }

    fn chosen(&self) -> PlanOptions {
        let only = self.only.split([',', ' ', ';']).map(str::trim).filter(|code| !code.is_empty());
        PlanOptions {
            only_countries: only.map(str::to_uppercase).collect(),
            default_country: self.options.default_country.trim().to_uppercase(),
            ..self.options.clone()
        }
    }
}

/// Everything in one sentence.
pub fn sentence(options: &PlanOptions) -> String {
    let mut parts = vec![format!("{} numbers from {}", options.kind.name(), options.source.name())];
    parts.push(match options.others {
        Others::Change => "people with another number get the new one".to_owned(),
        Others::LeaveAlone => "people with another number keep it".to_owned(),
    });
    parts.push(match options.blank {
        Blank::LeaveAlone => "blank ones are left alone".to_owned(),
        Blank::Remove => "where it is blank, the registered number is removed".to_owned(),
    });
    parts.push(match options.default_country.as_str() {
        "" => "numbers need a country's code".to_owned(),
        country => format!("numbers without a code are read as {country}"),
    });
    if !options.only_countries.is_empty() {
        parts.push(format!("only numbers of {}", options.only_countries.join(" or ")));
    }
    parts.push(
        match (options.disabled_too, options.guests_too) {
            (false, false) => "disabled accounts and guests are left out",
            (true, false) => "disabled accounts too, guests are left out",
            (false, true) => "guests too, disabled accounts are left out",
            (true, true) => "disabled accounts and guests too",
        }
        .to_owned(),
    );
    parts.join(", ")
}

/// Why there can be no plan like this.
fn wrong(options: &PlanOptions) -> Option<String> {
    let unknown = |code: &&String| Country::from_code(code).is_none();
    let codes = Some(&options.default_country).filter(|code| !code.is_empty());
    let code = codes.into_iter().chain(&options.only_countries).find(unknown)?;
    Some(format!("No country has the code {}", clean(code)))
}

const FOOT: f32 = 64.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, list: &ListShown) {
    let look = pass.look;
    let phones = &pass.state.phones;
    if let Some(planning) = phones.planning {
        super::source::planning(ui, pass, planning);
        ui.add_space(space::S);
    }
    let chosen = view.options.chosen();
    let room = ui.available_rect_before_wrap();
    let body = room.with_max_y(room.max.y - FOOT);
    crate::ui::within(ui, body, |ui| {
        ScrollArea::vertical().id_salt("options").auto_shrink([false, false]).show(ui, |ui| {
            above(ui, pass, list, &chosen);
            editor(ui, look, &mut view.options, list);
        });
    });
    let bottom = room.with_min_y(body.max.y + space::S);
    paint_card(ui, look, bottom, Stroke::new(1.0, look.stroke));
    row(ui, bottom.shrink2(vec2(space::L, 0.0)), Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        foot(ui, pass, view, (list, chosen));
    });
}

fn foot(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut PhonesView,
    (list, chosen): (&ListShown, PlanOptions),
) {
    let look = pass.look;
    let idle = pass.state.phones.planning.is_none();
    let ready = idle && list.people > 0 && wrong(&chosen).is_none();
    let people = count_in_words(list.people, "person", "people");
    let word = format!("Make plan for {people}");
    let button = Button::primary(&word).cap("Enter").enabled(ready).fitting(ui);
    let pressed = button.show(ui, look).clicked() || (ready && keyboard::enter_alone(ui));
    let back = Button::secondary("Other people").cap("Esc").show(ui, look).clicked();
    if ui.available_width() > 280.0 {
        ui.label(look.hint("Nothing is written before you have seen the plan"));
    }
    if pressed {
        view.plan.is_left = false;
        pass.send(Command::Phones(PhonesCommand::Plan(Box::new(chosen))));
    } else if back || keyboard::back(ui) {
        pass.send(Command::Phones(PhonesCommand::DropPeople));
    }
}

fn above(ui: &mut Ui, pass: &Pass<'_>, list: &ListShown, chosen: &PlanOptions) {
    let look = pass.look;
    let pair = look.tone(Tone::Accent);
    let edge = if look.needs_edges() { Stroke::new(1.0, pair.ink) } else { Stroke::NONE };
    Frame::new()
        .fill(pair.fill)
        .stroke(edge)
        .corner_radius(CornerRadius::same(radius::CARD))
        .inner_margin(Margin::symmetric(space::L as i8, space::M as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            label(ui, look.rich(sentence(chosen), Size::Lead, Face::SemiBold, pair.ink));
            let wrong = match list.wrong {
                0 => String::new(),
                n => format!(", {} can't be used", count_in_words(n, "row", "rows")),
            };
            let people = count_in_words(list.people, "person", "people");
            let facts = if list.facts.is_empty() {
                String::new()
            } else {
                format!(". {}", clean(&list.facts))
            };
            let from = format!("{}: {people}{wrong}{facts}", clean(&list.source));
            label(ui, look.rich(from, Size::Hint, Face::Regular, look.text_2));
        });
    ui.add_space(space::XS);
    if let Some(problem) = &pass.state.phones.not_planned {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
    }
    for remark in list.remarks.iter().take(3) {
        problem_box(ui, look, (Tone::Warn, Icon::Warning), remark, |_| {});
    }
    if let Some(wrong) = wrong(chosen) {
        let problem = crate::problem::Problem {
            what: wrong,
            next: "Two letters each, such as SE".into(),
            details: Vec::new(),
        };
        problem_box(ui, look, (Tone::Bad, Icon::Failed), &problem, |_| {});
    }
    ui.add_space(space::S);
}

fn editor(ui: &mut Ui, look: &Look, view: &mut OptionsView, list: &ListShown) {
    let two = ui.available_width() >= 740.0 && ui.ctx().zoom_factor() < 1.25;
    if !two {
        first(ui, look, view, list);
        ui.add_space(space::L);
        second(ui, look, view);
        return;
    }
    let width = (ui.available_width() - space::L - space::S) / 2.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        ui.vertical(|ui| {
            ui.set_width(width);
            first(ui, look, view, list);
        });
        ui.vertical(|ui| {
            ui.set_width(width);
            second(ui, look, view);
        });
    });
}

fn section(ui: &mut Ui, look: &Look, title: &str, add: impl FnOnce(&mut Ui)) {
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, look, title, "");
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        add(ui);
    });
}

fn first(ui: &mut Ui, look: &Look, view: &mut OptionsView, list: &ListShown) {
    ui.spacing_mut().item_spacing.y = 0.0;
    section(ui, look, "Which phone", |ui| {
        for kind in PhoneKind::ALL {
            if choice_row(ui, look, view.options.kind == kind, kind.name()).clicked() {
                view.options.kind = kind;
            }
        }
    });
    ui.add_space(space::L);
    section(ui, look, "New numbers from", |ui| {
        numbers_from(ui, look, &mut view.options.source, list);
    });
}

fn numbers_from(ui: &mut Ui, look: &Look, source: &mut NumberSource, list: &ListShown) {
    for column in &list.columns {
        let chosen = matches!(source, NumberSource::Column(name) if name == column);
        let words = format!("Column {} of the list", clean(column));
        if choice_row(ui, look, chosen, &words).clicked() {
            *source = NumberSource::Column(column.clone());
        }
    }
    for attribute in [Attribute::MobilePhone, Attribute::BusinessPhones] {
        let chosen = *source == NumberSource::Attribute(attribute);
        if choice_row(ui, look, chosen, &attribute.name()).clicked() {
            *source = NumberSource::Attribute(attribute);
        }
    }
    let extension = match source {
        NumberSource::Attribute(Attribute::Extension(n)) => Some(*n),
        _ => None,
    };
    if choice_row(ui, look, extension.is_some(), "extensionAttribute").clicked()
        && extension.is_none()
    {
        *source = NumberSource::Attribute(Attribute::Extension(1));
    }
    let Some(now) = extension else { return };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::XS, space::XS);
        for n in 1..=15 {
            let name = n.to_string();
            if ui.push_id(n, |ui| filter_chip(ui, look, now == n, (None, &name))).inner.clicked() {
                *source = NumberSource::Attribute(Attribute::Extension(n));
            }
        }
    });
}

fn second(ui: &mut Ui, look: &Look, view: &mut OptionsView) {
    ui.spacing_mut().item_spacing.y = 0.0;
    section(ui, look, "People", |ui| people(ui, look, &mut view.options));
    ui.add_space(space::L);
    section(ui, look, "Countries", |ui| countries(ui, look, view));
}

fn people(ui: &mut Ui, look: &Look, options: &mut PlanOptions) {
    let change = options.others == Others::Change;
    if choice_row(ui, look, change, "Who has another number gets the new one").clicked() {
        options.others = Others::Change;
    }
    if choice_row(ui, look, !change, "Who has another number keeps it").clicked() {
        options.others = Others::LeaveAlone;
    }
    ui.add_space(space::S);
    let mut remove = options.blank == Blank::Remove;
    let words = "Remove the number where the source is blank";
    if check_box(ui, look, &mut remove, words).changed() {
        options.blank = if remove { Blank::Remove } else { Blank::LeaveAlone };
    }
    if remove {
        let text = "Who has no number there loses the registered one, and perhaps the only way \
                    to sign in.";
        label(ui, look.rich(text, Size::Body, Face::Regular, look.warn.ink));
    }
    let words = "Numbers outside their country's plan too";
    check_box(ui, look, &mut options.unassigned_too, words);
    check_box(ui, look, &mut options.disabled_too, "Disabled accounts too");
    check_box(ui, look, &mut options.guests_too, "Guests too");
}

fn countries(ui: &mut Ui, look: &Look, view: &mut OptionsView) {
    ui.horizontal(|ui| {
        ui.allocate_ui(vec2(64.0, size::BUTTON_SMALL), |ui| {
            let hint = ("SE", look.text_3);
            let name = "Country of numbers without a code";
            small_field(ui, look, name, &mut view.options.default_country, hint);
        });
        label(ui, look.body("for numbers without a code"));
    });
    ui.horizontal(|ui| {
        ui.allocate_ui(vec2(128.0, size::BUTTON_SMALL), |ui| {
            let hint = ("SE, NO, DK", look.text_3);
            small_field(ui, look, "Only numbers of these countries", &mut view.only, hint);
        });
        label(ui, look.body("only; empty takes all"));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_everything_that_is_chosen() {
        let mut view = OptionsView::default();
        view.options.source = NumberSource::Attribute(Attribute::Extension(7));
        view.options.default_country = "se".into();
        let plain = sentence(&view.chosen());
        assert_eq!(
            plain,
            "Mobile numbers from extensionAttribute7, people with another number get the new one, \
             blank ones are left alone, numbers without a code are read as SE, disabled accounts \
             and guests are left out"
        );
        view.only = "se, no".into();
        view.options.blank = Blank::Remove;
        view.options.others = Others::LeaveAlone;
        view.options.guests_too = true;
        let other = sentence(&view.chosen());
        for part in ["keep it", "is removed", "only numbers of SE or NO", "guests too"] {
            assert!(other.contains(part), "{part}");
        }
        assert_eq!(wrong(&view.chosen()), None);
    }

    #[test]
    fn a_code_that_is_no_country_is_said() {
        let view = OptionsView { only: "SE, XX".into(), ..OptionsView::default() };
        assert_eq!(wrong(&view.chosen()).as_deref(), Some("No country has the code XX"));
    }
}
