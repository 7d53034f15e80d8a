//! The box on top: a person, a ticket's number, or a ticket's link.

use super::VerifyView;
use crate::app::state::{clean, ticket_number};
use crate::directory::Person;
use crate::engine::{Command, VerifyCommand};
use crate::services::tickets::Ticket;
use crate::ui::find_person;
use crate::ui::theme::{Face, Icon, Size, Tone, radius, size, space};
use crate::ui::widgets::{
    Button, card_frame, focus_ring, paint_chip, paint_cut, pause_in_words, problem_box,
    search_field,
};
use crate::ui::{Pass, keyboard};
use egui::{
    CornerRadius, Key, Margin, Modifiers, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

const HINT: &str = "Name, user name, employee id or ticket number";
pub const NAME: &str = "Find a caller";
/// A link is longer than a name.
const LONGEST_QUERY: usize = 120;
const LINK: &str = "keydesk://";

/// What was typed, and which of what was found is marked.
pub struct FindCaller {
    query: String,
    /// The ticket is the first row where one was found, then the people.
    marked: usize,
    /// Enter came before the answer.
    choose_when_found: bool,
    /// In this frame: what is known was found for what stood here before.
    just_asked: bool,
    focus: bool,
    /// What was found stands in the place of the caller.
    open: bool,
    field: Option<egui::Id>,
}

impl Default for FindCaller {
    fn default() -> Self {
        Self {
            query: String::new(),
            marked: 0,
            choose_when_found: false,
            just_asked: false,
            focus: true,
            open: false,
            field: None,
        }
    }
}

impl FindCaller {
    pub fn take_focus(&mut self) {
        self.focus = true;
    }

    /// The caller is there: the keyboard is for the next step.
    pub fn leave_focus(&mut self) {
        self.focus = false;
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    pub fn is_typed(&self) -> bool {
        !self.query.is_empty()
    }

    /// As if this had been typed.
    pub fn look_for(&mut self, pass: &mut Pass<'_>, name: String) {
        *self = Self { query: name, open: true, field: self.field, ..Self::default() };
        pass.send(Command::Verify(VerifyCommand::Find { query: query_of(&self.query) }));
    }

    pub fn has_focus(&self, ui: &Ui) -> bool {
        self.field.is_some() && ui.memory(|memory| memory.focused()) == self.field
    }

    /// Empties the box and puts what was found away.
    pub fn close(&mut self, ui: &Ui) {
        *self = Self { focus: false, field: self.field, ..Self::default() };
        if let Some(field) = self.field {
            ui.memory_mut(|memory| memory.surrender_focus(field));
        }
    }
}

/// Draws the box and hears its keys.
pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut VerifyView) {
    let find = &mut view.find;
    let pressed = keyboard::pressed_with(ui.ctx(), Modifiers::COMMAND, Key::F);
    let mut entered = false;
    if find.has_focus(ui) {
        let has_ticket = matches!(pass.state.verify.found_ticket, Some(Ok(_)));
        let found = usize::from(has_ticket) + pass.state.verify.search.people.len();
        if keyboard::pressed(ui, Key::ArrowDown) {
            find.marked = (find.marked + 1).min(found.saturating_sub(1));
        }
        if keyboard::pressed(ui, Key::ArrowUp) {
            find.marked = find.marked.saturating_sub(1);
        }
        entered = !find.query.trim().is_empty() && keyboard::pressed(ui, Key::Enter);
    }
    let was_pasted =
        ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Paste(_))));
    let response = search_field(ui, pass.look, NAME, &mut find.query, (HINT, "Ctrl+F"));
    find.field = Some(response.id);
    if std::mem::take(&mut find.focus) || pressed {
        response.request_focus();
    }
    let is_link = find.query.trim_start().starts_with(LINK);
    if is_link && (entered || (was_pasted && response.changed())) {
        open_link(ui, pass, view);
        return;
    }
    find.just_asked = response.changed() && !is_link;
    if entered {
        find.choose_when_found = true;
        find.open = true;
    }
    if find.just_asked {
        find.marked = 0;
        find.choose_when_found = entered;
        find.open = !find.query.trim().is_empty();
        let query = query_of(&find.query);
        pass.send(Command::Verify(VerifyCommand::Find { query }));
    }
}

fn open_link(ui: &Ui, pass: &mut Pass<'_>, view: &mut VerifyView) {
    let link = view.find.query.trim().to_owned();
    view.find.close(ui);
    pass.send(Command::Verify(VerifyCommand::OpenLink(link)));
}

/// A page's address of the ticket system means the ticket in it.
fn query_of(typed: &str) -> String {
    let typed = typed.trim();
    let of_page = typed.strip_prefix("https://").and_then(|page| {
        let (_, rest) = page.split_once("id=")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    });
    of_page.unwrap_or_else(|| typed.chars().take(LONGEST_QUERY).collect())
}

/// What was found, in place of the caller.
pub fn results(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut VerifyView) {
    let look = pass.look;
    card_frame(look).inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_min_height((ui.available_height() - space::XXL).max(160.0));
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        let chosen = found(ui, pass, view);
        if let Some(person) = chosen {
            choose(ui, pass, view, person);
        }
    });
}

fn choose(ui: &Ui, pass: &mut Pass<'_>, view: &mut VerifyView, person: Box<Person>) {
    view.find.close(ui);
    pass.send(Command::Verify(VerifyCommand::Choose(person)));
}

fn found(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut VerifyView) -> Option<Box<Person>> {
    let (state, look) = (pass.state, pass.look);
    let verify = &state.verify;
    let late = view.find.just_asked || verify.search.awaited.is_some();
    let ticket = verify.found_ticket.as_ref().filter(|_| !view.find.just_asked);
    let before_people = usize::from(matches!(ticket, Some(Ok(_))));
    let found = before_people + verify.search.people.len();
    view.find.marked = view.find.marked.min(found.saturating_sub(1));
    let marked = view.find.marked.checked_sub(before_people);
    let entered = !late && std::mem::take(&mut view.find.choose_when_found);
    match ticket {
        Some(Ok(_)) if entered && marked.is_none() => {
            use_ticket(ui, pass, view);
            return None;
        }
        Some(Ok(ticket)) => ticket_found(ui, pass, view, (ticket, marked.is_none())),
        Some(Err(problem)) => {
            problem_box(ui, look, (Tone::Warn, Icon::Document), problem, |_| {});
        }
        None => {}
    }
    if let Some(problem) = &verify.search.problem {
        let mut again = false;
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |ui| {
            again = Button::quiet("Search again").show(ui, look).clicked();
        });
        if again {
            let query = query_of(&view.find.query);
            pass.send(Command::Verify(VerifyCommand::Find { query }));
        }
        return None;
    }
    let people = &verify.search.people;
    if people.is_empty() {
        nobody(ui, pass, late);
        return None;
    }
    if entered {
        return people.get(marked?).cloned().map(Box::new);
    }
    find_person::list(ui, look, people, marked).cloned().map(Box::new)
}

fn nobody(ui: &mut Ui, pass: &Pass<'_>, late: bool) {
    let state = pass.state;
    let has_ticket = matches!(state.verify.found_ticket, Some(Ok(_)));
    let pause = pause_in_words(ui, state).filter(|_| late);
    let is_elsewhere = state.verify.other_tenant.is_some();
    let words = match (&pause, late, has_ticket) {
        (_, true, _) if is_elsewhere => "Not searched here",
        (Some(words), ..) => words,
        (None, true, _) => "Searching",
        (None, false, true) => "Press Enter to use the ticket: its requester is looked for",
        (None, false, false) => "Nobody found",
    };
    ui.add_space(space::XL);
    ui.vertical_centered(|ui| ui.label(pass.look.quiet(words)));
}

fn use_ticket(ui: &Ui, pass: &mut Pass<'_>, view: &mut VerifyView) {
    let Some(Ok(ticket)) = &pass.state.verify.found_ticket else { return };
    view.find.close(ui);
    view.find.take_focus();
    pass.send(Command::Verify(VerifyCommand::UseTicket(Some(ticket.number))));
}

fn ticket_found(
    ui: &mut Ui,
    pass: &mut Pass<'_>,
    view: &mut VerifyView,
    (ticket, marked): (&Ticket, bool),
) {
    let response = ticket_row(ui, pass, ticket, marked);
    if response.clicked() {
        use_ticket(ui, pass, view);
    }
    ui.add_space(space::XS);
    if !pass.state.verify.search.people.is_empty() {
        ui.label(pass.look.hint("Or somebody who has this number:"));
    }
}

fn ticket_row(ui: &mut Ui, pass: &Pass<'_>, ticket: &Ticket, marked: bool) -> Response {
    let look = pass.look;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::click());
    let summary = clean(&ticket.summary);
    let number = ticket_number(ticket.number);
    let whose = format!("{}, {}", clean(&ticket.company), clean(&ticket.requester_name));
    let spoken = format!("Use ticket {number}: {summary}, {whose}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, marked, &spoken));
    let painter = ui.painter();
    let fill = match (marked, response.hovered()) {
        (true, _) => look.accent_bg,
        (false, true) => look.stroke,
        (false, false) => look.sunken,
    };
    let corner = CornerRadius::same(radius::CONTROL);
    painter.rect_filled(rect, corner, fill);
    if marked {
        let stroke = Stroke::new(2.0, look.accent_text);
        painter.rect_stroke(rect, corner, stroke, StrokeKind::Inside);
    }
    if response.has_focus() {
        focus_ring(painter, look, rect);
    }
    let y = rect.center().y;
    let square = Rect::from_center_size(pos2(rect.min.x + 28.0, y), Vec2::splat(20.0));
    Icon::Document.paint(painter, square, look.accent_text, fill);
    let right = pos2(rect.max.x - space::M, y);
    let mark = if ticket.is_closed { Icon::Done } else { Icon::Running };
    let chip = paint_chip(painter, look, right, (Tone::Accent, mark), &clean(&ticket.status));
    let x = rect.min.x + 56.0;
    let end = chip.min.x - space::M;
    let top = format!("{number}  {summary}");
    let style = (Size::Body, Face::SemiBold, look.text);
    paint_cut(painter, pos2(x, y - 10.0), end, &top, style);
    let style = (Size::Hint, Face::Regular, look.text_2);
    paint_cut(painter, pos2(x, y + 10.0), end, &whose, style);
    response
}

/// Height of the line with the box.
pub const HEIGHT: f32 = size::BUTTON;

#[cfg(test)]
mod tests {
    use super::query_of;

    #[test]
    fn the_address_of_a_tickets_page_means_the_ticket() {
        assert_eq!(query_of(" https://acme.halopsa.com/ticket?id=2818&showmenu=false"), "2818");
        assert_eq!(
            query_of("https://acme.halopsa.com/tickets"),
            "https://acme.halopsa.com/tickets"
        );
        assert_eq!(query_of("  #2818 "), "#2818");
        assert_eq!(query_of(&"x".repeat(400)).len(), 120);
    }
}
