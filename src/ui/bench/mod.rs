//! The practice bench: virtual keys to insert, touch and pull out; faults of the simulated cloud.

mod helpdesk;
mod phones;

use super::theme::{Face, Icon, Look, Size, Tone, radius, size, space};
use super::widgets::{
    Button, Shown, card, card_frame, check_box, focus_ring, hinted, label, paint_cut, separator,
    tone_chip, truncated,
};
use super::{Pass, Place, View};
use crate::app::state::{KeyState, clean, sentence_case, thousands};
use crate::engine::{BenchCommand, BenchKey, CloudFault, Command, PracticeAccount, SignInFault};
use egui::{
    Align, CornerRadius, Margin, Rect, Response, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut View) {
    let look = pass.look;
    let area = ui.max_rect();
    ui.painter().rect_filled(area, 0.0, look.surface);
    ui.painter().vline(area.min.x + 0.5, area.y_range(), Stroke::new(1.0, look.stroke));
    egui::Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
        ScrollArea::vertical().id_salt("bench").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            // A page that comes is seen, wherever the bench was.
            let has_page = pass.state.who.practice_page.is_some();
            if has_page {
                let shown = ui.scope(|ui| page(ui, pass)).response;
                if !view.page_seen {
                    shown.scroll_to_me(Some(Align::TOP));
                }
            }
            view.page_seen = has_page;
            phones::draw(ui, pass);
            if view.place == Place::Verify {
                helpdesk::draw(ui, pass);
            }
            ui.label(look.title("Practice bench"));
            label(ui, look.hint("Virtual keys: insert one, touch it when it blinks, pull it out."));
            let fast = "Operator is fast: touches by itself";
            if check_box(ui, look, &mut view.operator_is_fast, fast).changed() {
                pass.send(Command::Bench(BenchCommand::OperatorIsFast(view.operator_is_fast)));
            }
            let works = "A colleague works on the session's keys";
            if check_box(ui, look, &mut view.colleague_works, works).changed() {
                view.operator_is_fast = view.colleague_works;
                pass.send(Command::Bench(BenchCommand::ColleagueWorks(view.colleague_works)));
            }
            let state = pass.state;
            for key in &state.bench {
                ui.push_id(key.slot, |ui| bench_key(ui, pass, key));
            }
            ui.add_space(space::S);
            separator(ui, look, space::L);
            faults(ui, pass);
        });
    });
}

/// The page alone, at the right of a room; what is left of the room. In a narrow one the page
/// takes it all.
pub fn beside_page(ui: &mut Ui, pass: &mut Pass<'_>, room: Rect) -> Option<Rect> {
    if pass.state.who.practice_page.is_none() {
        return Some(room);
    }
    let side = room.with_min_x(room.max.x - size::BENCH.min(room.width()));
    let rest = room.with_max_x(side.min.x);
    let look = pass.look;
    ui.painter().rect_filled(side, 0.0, look.surface);
    ui.painter().vline(side.min.x + 0.5, side.y_range(), Stroke::new(1.0, look.stroke));
    super::within(ui, side.shrink(space::L), |ui| {
        ScrollArea::vertical().id_salt("page").auto_shrink([false, false]).show(ui, |ui| {
            page(ui, pass);
        });
    });
    (rest.width() >= size::CARD_LEAST).then_some(rest)
}

/// The practice company's sign-in page, in place of a browser.
fn page(ui: &mut Ui, pass: &mut Pass<'_>) {
    let (state, look) = (pass.state, pass.look);
    let Some(page) = &state.who.practice_page else { return };
    let whose = state.tenant_name().map_or("The company".to_owned(), clean);
    let frame = card_frame(look).stroke(Stroke::new(2.0, look.accent_text));
    frame.inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        ui.horizontal(|ui| {
            let (square, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
            Icon::Browser.paint(ui.painter(), square, look.accent_text, look.surface);
            label(
                ui,
                look.rich(
                    format!("{whose}'s sign-in page"),
                    Size::Hint,
                    Face::Regular,
                    look.text_2,
                ),
            );
        });
        label(ui, look.strong(clean(&page.title)));
        if let Some(text) = &page.text {
            label(ui, look.quiet(clean(text)));
        }
        for account in &page.accounts {
            if account_row(ui, look, account).clicked() {
                let id = account.id.clone();
                pass.send(Command::Bench(BenchCommand::ChooseAccount { id }));
            }
        }
        if page.can_deny && Button::secondary("Deny").small().show(ui, look).clicked() {
            pass.send(Command::Bench(BenchCommand::DenySignIn));
        }
    });
    ui.add_space(space::S);
}

/// An account: its name, and what it may do.
fn account_row(ui: &mut Ui, look: &Look, account: &PracticeAccount) -> Response {
    let size = vec2(ui.available_width(), 48.0);
    let (_, rect) = ui.allocate_space(size);
    let id = ui.make_persistent_id(("account", &account.id));
    let response = ui.interact(rect, id, Sense::click());
    let (name, note) = (clean(&account.name), clean(&account.note));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    ui.ctx().accesskit_node_builder(id, |node| node.set_description(note.as_str()));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let fill = if response.hovered() { look.sunken } else { look.surface };
    let corner = CornerRadius::same(radius::CONTROL);
    let stroke = Stroke::new(1.0, look.stroke_strong);
    ui.painter().rect(rect, corner, fill, stroke, StrokeKind::Inside);
    if response.has_focus() {
        focus_ring(ui.painter(), look, rect);
    }
    let (x, right) = (rect.min.x + space::M, rect.max.x - space::M);
    let style = (Size::Body, Face::SemiBold, look.text);
    let name_shown = paint_cut(ui.painter(), pos2(x, rect.min.y + 16.0), right, &name, style);
    let style = (Size::Hint, Face::Regular, look.text_2);
    let note_shown = paint_cut(ui.painter(), pos2(x, rect.min.y + 34.0), right, &note, style);
    match [name_shown, note_shown].contains(&Shown::Cut) {
        true => hinted(ui, response, &format!("{name}: {note}")),
        false => response,
    }
}

fn bench_key(ui: &mut Ui, pass: &mut Pass<'_>, key: &BenchKey) {
    let look = pass.look;
    let slot = key.slot;
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        ui.horizontal(|ui| {
            ui.label(look.rich(slot.to_string(), Size::Lead, Face::SemiBold, look.text));
            truncated(ui, look.strong(sentence_case(&clean(&key.model))));
        });
        let serial = key.serial.as_deref().map_or("no serial".to_owned(), thousands);
        ui.horizontal(|ui| {
            ui.label(look.rich(serial, Size::Hint, Face::Mono, look.text_2));
            truncated(ui, look.hint(clean(&key.remark)));
        });
        ui.add_space(space::XS);
        match &key.inserted {
            None => insert(ui, pass, key),
            Some(id) => {
                let state = pass.state;
                let seen = state.keys.get(id);
                let blinks = seen.is_some_and(|seen| state.key_state(seen) == KeyState::Touch);
                inserted(ui, pass, slot, blinks);
            }
        }
    });
}

fn insert(ui: &mut Ui, pass: &mut Pass<'_>, key: &BenchKey) {
    let name = format!("Insert {}", key.model);
    ui.horizontal(|ui| {
        if Button::secondary(&name).icon(Icon::Plus).small().show(ui, pass.look).clicked() {
            pass.send(Command::Bench(BenchCommand::Insert { slot: key.slot }));
        }
        let another = format!("Another {}", key.model);
        let button = Button::secondary("Another").named(&another).small();
        if key.of_box && button.show(ui, pass.look).clicked() {
            pass.send(Command::Bench(BenchCommand::TakeNew { slot: key.slot }));
        }
    });
}

fn inserted(ui: &mut Ui, pass: &mut Pass<'_>, slot: u8, blinks: bool) {
    let look = pass.look;
    ui.horizontal(|ui| {
        let touch = if blinks { Button::primary("Touch") } else { Button::secondary("Touch") };
        if touch.small().show(ui, look).clicked() {
            pass.send(Command::Bench(BenchCommand::Touch { slot }));
        }
        if Button::secondary("Pull out").small().show(ui, look).clicked() {
            pass.send(Command::Bench(BenchCommand::PullOut { slot }));
        }
        if blinks {
            tone_chip(ui, look, Tone::Idle, Icon::Touch, "Blinks");
        }
    });
}

const FAULTS: [(CloudFault, &str); 9] = [
    (CloudFault::Throttle, "Throttle the next calls"),
    (CloudFault::ServerError, "Server error"),
    (CloudFault::LoseAnswer, "Lose the next answer"),
    (CloudFault::Garbage, "Answer garbage"),
    (CloudFault::ExpireTokens, "End all tokens"),
    (CloudFault::ExpireChallenges, "End all challenges"),
    (CloudFault::SlowListing, "Show new keys late"),
    (CloudFault::SlowCalls, "Slow calls"),
    (CloudFault::None, "Back to normal"),
];

const SIGN_IN_FAULTS: [(SignInFault, &str); 7] = [
    (SignInFault::MoreProof, "Needs another proof"),
    (SignInFault::NoConsent, "No consent"),
    (SignInFault::Blocked, "Blocked by policy"),
    (SignInFault::WrongPerson, "Another person's token"),
    (SignInFault::Expired, "Expired token"),
    (SignInFault::Revoked, "End the operator's sign-in"),
    (SignInFault::Challenge, "Challenge the next calls"),
];

fn faults(ui: &mut Ui, pass: &mut Pass<'_>) {
    some_faults(ui, pass, "Faults of the simulated cloud", &FAULTS);
    ui.add_space(space::S);
    let of_sign_in = SIGN_IN_FAULTS.map(|(fault, word)| (CloudFault::SignIn(fault), word));
    some_faults(ui, pass, "Faults of the next sign-in", &of_sign_in);
}

fn some_faults(ui: &mut Ui, pass: &mut Pass<'_>, title: &str, faults: &[(CloudFault, &str)]) {
    let look: &Look = pass.look;
    ui.label(look.rich(title, Size::Body, Face::SemiBold, look.text));
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    ui.horizontal_wrapped(|ui| {
        for (fault, word) in faults {
            if Button::secondary(word).small().show(ui, look).clicked() {
                pass.send(Command::Bench(BenchCommand::Fault(*fault)));
            }
        }
    });
}
