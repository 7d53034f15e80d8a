//! A plan that is or was carried out: how far it is, and what became of each row.

use super::plan::{ListState, NUMBERS, chip_line};
use super::table::{self, Deed, RowShown, Table};
use super::{PhonesView, confirm, tabs};
use crate::access::Act;
use crate::app::State;
use crate::app::state::{
    JobTable, PhoneResult, PhoneResults, clean, clock_time, count_in_words, day_time, local_time,
    span_in_words, thousands,
};
use crate::engine::{
    Command, JobFigures, JobRow, JobShown, JobState, PhonesCommand, PhonesFile, RowState,
};
use crate::phones::PhoneNumber;
use crate::problem::Problem;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, size, space};
use crate::ui::widgets::{
    Button, CountChip, paint_card, problem_box, progress_bar, search_field, tone_chip, truncated,
    wake_at_next_second,
};
use crate::ui::{Pass, keyboard};
use egui::{Align, Key, Layout, Modifiers, Rect, ScrollArea, Stroke, Ui, vec2};
use std::time::Duration;

/// What is shown of the job.
#[derive(Default)]
pub struct JobView {
    kinds: PhoneResults,
    query: String,
    list: ListState,
    of: Option<(u64, String, PhoneResults)>,
    job: Option<crate::journal::PhoneJobId>,
    focus_search: bool,
    /// "Cancel…" was pressed.
    cancelling: bool,
}

impl JobView {
    pub fn follow(&mut self, state: &State) {
        let Some(job) = &state.phones.job else {
            *self = Self::default();
            return;
        };
        if self.job != Some(job.shown.id) {
            *self = Self { job: Some(job.shown.id), ..Self::default() };
        }
        if is_over(&job.shown.state) {
            self.cancelling = false;
        }
        let now = (job.version, self.query.clone(), self.kinds.clone());
        if self.of.as_ref() != Some(&now) {
            let before = self.list.place();
            let scrolls = self.of.as_ref().is_none_or(|of| (&of.1, &of.2) != (&now.1, &now.2));
            self.list.found = job.filter(&self.query, &self.kinds);
            self.list.keep(before);
            // Rows that come to an end do not scroll the table away under the operator.
            self.list.moved = scrolls;
            self.of = Some(now);
        }
    }

    /// A question is open.
    pub fn asks(&self) -> bool {
        self.cancelling
    }
}

/// Nothing more is done by itself.
pub fn is_over(state: &JobState) -> bool {
    matches!(state, JobState::Ended | JobState::Cancelled)
}

const FOOT: f32 = 80.0;
const LEAST_HEIGHT: f32 = 480.0;

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, job: &JobTable) {
    keys(ui, pass, view, job);
    let room = ui.available_rect_before_wrap();
    ui.spacing_mut().item_spacing.y = 0.0;
    let roomy = room.height() >= LEAST_HEIGHT;
    let foot_height = if roomy { FOOT } else { 64.0 };
    let gap = if roomy { space::L } else { space::S };
    let body = room.with_max_y(room.max.y - foot_height - gap);
    crate::ui::within(ui, body, |ui| {
        if roomy {
            above(ui, pass, view, job);
            list(ui, pass, view, job);
            return;
        }
        ScrollArea::vertical().id_salt("job page").show(ui, |ui| {
            above(ui, pass, view, job);
            let size = vec2(ui.available_width(), body.height().max(220.0));
            let drawn = ui.allocate_ui(size, |ui| list(ui, pass, view, job)).response;
            view.job.list.follow_key(ui, drawn.rect);
        });
    });
    foot(ui, pass, view, (job, room.with_min_y(room.max.y - foot_height)));
}

fn keys(ui: &Ui, pass: &mut Pass<'_>, view: &mut PhonesView, job: &JobTable) {
    if keyboard::pressed_with(ui.ctx(), Modifiers::COMMAND, Key::F) {
        view.job.focus_search = true;
    }
    if keyboard::pressed_with(ui.ctx(), Modifiers::COMMAND, Key::E) {
        pass.send(Command::Phones(PhonesCommand::WriteResults));
    }
    for (n, key) in NUMBERS.into_iter().enumerate() {
        if keyboard::pressed_with(ui.ctx(), Modifiers::ALT, key) {
            filter(&mut view.job, offered(job).get(n).copied());
        }
    }
    if view.job.cancelling && keyboard::back(ui) {
        view.job.cancelling = false;
    }
    if is_over(&job.shown.state) && keyboard::back(ui) {
        close(pass, view);
    }
    if let Some(deed) = view.job.list.keys(ui) {
        act(pass, view, job, deed);
    }
}

fn offered(job: &JobTable) -> Vec<Option<PhoneResult>> {
    let some = |kind: &PhoneResult| job.count(*kind) > 0;
    let always = |kind: &PhoneResult| matches!(kind, PhoneResult::Done | PhoneResult::Failed);
    let kinds = PhoneResult::ALL.into_iter().filter(|kind| always(kind) || some(kind));
    std::iter::once(None).chain(kinds.map(Some)).collect()
}

fn filter(view: &mut JobView, wanted: Option<Option<PhoneResult>>) {
    match wanted {
        Some(Some(kind)) => view.kinds.toggle(kind),
        Some(None) => view.kinds.clear(),
        None => {}
    }
}

fn act(pass: &mut Pass<'_>, view: &mut PhonesView, job: &JobTable, deed: Deed) {
    match deed {
        Deed::Select(n) | Deed::Toggle(n) => view.job.list.select(n),
        Deed::ToggleAll => {}
        Deed::Open(n) => {
            view.job.list.select(n);
            if let Some(row) = view.job.list.place().and_then(|place| job.row(place)) {
                view.open_person(pass, &row.upn);
            }
        }
    }
}

fn above(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, job: &JobTable) {
    let look = pass.look;
    head(ui, pass, view, &job.shown);
    ui.add_space(space::XS);
    let shown = &job.shown;
    let what = if shown.undo_of.is_some() { "Undo of the changes" } else { "Changes" };
    let words = format!(
        "{what} to the {} of {}, begun {} by {}",
        shown.kind.word(),
        clean(&shown.source),
        day_time(shown.begun_at).chars().take(16).collect::<String>(),
        clean(&shown.operator),
    );
    truncated(ui, look.quiet(words));
    ui.add_space(space::M);
    if !is_over(&shown.state) {
        progress(ui, pass, shown);
        ui.add_space(space::M);
    }
    if let Some(planning) = pass.state.phones.planning {
        super::source::planning(ui, pass, planning);
        ui.add_space(space::M);
    }
    if let Some(problem) = &pass.state.phones.not_planned {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        ui.add_space(space::S);
    }
    if let JobState::Stopped(problem) = &shown.state {
        problem_box(ui, look, (Tone::Bad, Icon::Failed), problem, |_| {});
        ui.add_space(space::S);
    }
    if view.job.cancelling {
        cancel(ui, pass, view, &shown.figures);
        ui.add_space(space::S);
    }
    filters(ui, look, &mut view.job, job);
    ui.add_space(space::L);
}

/// Colour, shape and word of the job's state.
fn state_mark(job: &JobShown) -> (Tone, Icon, String) {
    match &job.state {
        JobState::Running => (Tone::Accent, Icon::Running, "Being written".to_owned()),
        JobState::Pausing => (Tone::Accent, Icon::Running, "Pausing".to_owned()),
        JobState::Paused { needs_proof: true } => {
            (Tone::Warn, Icon::Hourglass, "Interrupted".to_owned())
        }
        JobState::Paused { needs_proof: false } => {
            (Tone::Warn, Icon::Hourglass, "Paused".to_owned())
        }
        JobState::Waiting { until } => {
            (Tone::Idle, Icon::Waiting, format!("Waits for the quota until {}", clock_time(*until)))
        }
        JobState::Ended if job.figures.failed > 0 => {
            (Tone::Warn, Icon::Warning, "Ended, some failed".to_owned())
        }
        JobState::Ended => (Tone::Ok, Icon::Done, "Ended".to_owned()),
        JobState::Cancelled => (Tone::Idle, Icon::Blank, "Cancelled".to_owned()),
        JobState::Stopped(_) => (Tone::Bad, Icon::Failed, "Stopped".to_owned()),
    }
}

fn head(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, job: &JobShown) {
    let look = pass.look;
    let wide = ui.available_width() >= 860.0;
    let title = match (is_over(&job.state), job.undo_of) {
        (true, None) => "Results",
        (true, Some(_)) => "Results of the undo",
        (false, None) => "Applying changes",
        (false, Some(_)) => "Undoing changes",
    };
    let (tone, icon, word) = state_mark(job);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON_SMALL);
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(look.title(title));
        if wide {
            tone_chip(ui, look, tone, icon, &word);
            ui.add_space(space::S);
        }
        tabs(ui, pass, view);
        if wide {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| written(ui, pass));
        }
    });
    if !wide {
        ui.add_space(space::XS);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            tone_chip(ui, look, tone, icon, &word);
            written(ui, pass);
        });
    }
}

fn written(ui: &mut Ui, pass: &mut Pass<'_>) {
    let look = pass.look;
    if Button::secondary("Write results").cap("Ctrl+E").small().show(ui, look).clicked() {
        pass.send(Command::Phones(PhonesCommand::WriteResults));
    }
    if let Some(file) = pass.state.phones.written(PhonesFile::Results)
        && Button::quiet("Open results").icon(Icon::Folder).show(ui, look).clicked()
    {
        pass.send(Command::Open(file.path.clone()));
    }
}

fn progress(ui: &mut Ui, pass: &Pass<'_>, job: &JobShown) {
    let look = pass.look;
    let figures = &job.figures;
    let done = figures.all.saturating_sub(figures.waiting);
    let words = far(job);
    if let JobState::Waiting { until } = &job.state {
        wake_at_next_second(ui, left_until(*until));
    }
    let share = done as f32 / figures.all.max(1) as f32;
    progress_bar(ui, look, ui.available_width(), Some(share), &words);
    ui.add_space(space::XS);
    truncated(ui, look.rich(words, Size::Body, Face::Regular, look.text_2));
}

fn left_until(until: jiff::Timestamp) -> Duration {
    Duration::try_from(until.duration_since(jiff::Timestamp::now())).unwrap_or_default()
}

/// `124 of 299, 18.4 a second, 10 s left`.
fn far(job: &JobShown) -> String {
    let figures = &job.figures;
    let count = |n: usize| thousands(&n.to_string());
    let done = figures.all.saturating_sub(figures.waiting);
    let mut words = format!("{} of {}", count(done), count(figures.all));
    match &job.state {
        JobState::Waiting { until } => {
            let left = left_until(*until);
            words = format!(
                "{words}. The directory lets no more be written now: it goes on by itself in {}",
                span_in_words(left)
            );
        }
        JobState::Paused { needs_proof: true } => {
            words = format!("{words}. It was interrupted; what was begun is looked at first");
        }
        JobState::Pausing => {
            words = format!("{words}. Pausing: rows on their way come to their end first");
        }
        JobState::Running => {
            if let Some(rate) = figures.rows_per_second {
                words = format!("{words}, {rate:.1} a second");
            }
            if let Some(seconds) = figures.seconds_left {
                words = format!("{words}, {} left", span_in_words(Duration::from_secs(seconds)));
            }
        }
        _ => {}
    }
    words
}

fn cancel(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, figures: &JobFigures) {
    let left = count_in_words(figures.waiting, "change", "changes");
    let question = Problem {
        what: format!("Leave {left} undone?"),
        next: "What is written stays; it can be undone afterwards".into(),
        details: Vec::new(),
    };
    let mut done = false;
    problem_box(ui, pass.look, (Tone::Warn, Icon::Warning), &question, |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if Button::secondary("Cancel the rest").small().show(ui, pass.look).clicked() {
            pass.wishes.push(Command::Phones(PhonesCommand::Cancel).into());
            done = true;
        }
        done |= Button::secondary("Go on writing").cap("Esc").small().show(ui, pass.look).clicked();
    });
    if done {
        view.job.cancelling = false;
    }
}

fn filters(ui: &mut Ui, look: &Look, view: &mut JobView, job: &JobTable) {
    let offered = offered(job);
    let counts: Vec<String> = offered
        .iter()
        .map(|kind| kind.map_or(job.len(), |kind| job.count(kind)))
        .map(|count| thousands(&count.to_string()))
        .collect();
    let chips: Vec<(CountChip<'_>, bool)> = offered
        .iter()
        .zip(&counts)
        .map(|(kind, count)| {
            let chip = CountChip {
                mark: kind.map(mark),
                word: kind.map_or("All", PhoneResult::word),
                count,
            };
            (chip, kind.map_or(view.kinds.is_all(), |kind| view.kinds.has(kind)))
        })
        .collect();
    let (pressed, rest) = chip_line(ui, look, &chips);
    let field = crate::ui::frame::row(ui, rest, Layout::left_to_right(Align::Center), |ui| {
        search_field(ui, look, "Find in results", &mut view.query, ("Find in results", "Ctrl+F"))
    });
    if std::mem::take(&mut view.focus_search) {
        field.request_focus();
    }
    filter(view, pressed.and_then(|n| offered.get(n).copied()));
}

fn mark(kind: PhoneResult) -> (Tone, Icon) {
    match kind {
        PhoneResult::Waiting => (Tone::Idle, Icon::Waiting),
        PhoneResult::Begun => (Tone::Accent, Icon::Running),
        PhoneResult::Done => (Tone::Ok, Icon::Done),
        PhoneResult::AlreadySo => (Tone::Idle, Icon::Same),
        PhoneResult::ChangedMeanwhile => (Tone::Warn, Icon::Warning),
        PhoneResult::Failed => (Tone::Bad, Icon::Failed),
        PhoneResult::Cancelled => (Tone::Idle, Icon::Blank),
    }
}

fn list(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, job: &JobTable) {
    let found = &view.job.list.found;
    let row = |n: usize| job.row(*found.get(n)?).map(shown);
    let table = Table {
        name: "job",
        rows: found.len(),
        selected: view.job.list.selected,
        all: None,
        row: &row,
        moved: view.job.list.moved,
        state_word: "State",
    };
    let (deed, focused) = table::draw(ui, pass.look, &table);
    view.job.list.moved = false;
    view.job.list.focused = focused;
    if let Some(deed) = deed {
        act(pass, view, job, deed);
    }
}

fn shown(row: &JobRow) -> RowShown {
    let kind = PhoneResult::of(&row.state);
    let (tone, icon) = mark(kind);
    let reason = match &row.state {
        RowState::Waiting => row.change.word().to_owned(),
        RowState::Begun => "Sent, not confirmed yet".to_owned(),
        RowState::Done => "Written and read again".to_owned(),
        RowState::AlreadySo => "It was so before".to_owned(),
        RowState::ChangedMeanwhile => "Changed by somebody else: left as it is".to_owned(),
        RowState::Failed(problem) => clean(&problem.what),
        RowState::Cancelled => "Not begun".to_owned(),
    };
    let reason_tone = match kind {
        PhoneResult::Failed => Some(Tone::Bad),
        PhoneResult::ChangedMeanwhile => Some(Tone::Warn),
        _ => None,
    };
    let grouped = |number: Option<&PhoneNumber>| number.map(PhoneNumber::grouped);
    let name = clean(&row.name);
    RowShown {
        chosen: None,
        tone,
        icon,
        word: kind.word().to_owned(),
        name: if name.is_empty() { clean(&row.upn) } else { name },
        upn: clean(&row.upn),
        now: grouped(row.change.before()).unwrap_or_default(),
        new: grouped(row.change.after()).unwrap_or_default(),
        new_is_wrong: false,
        moves: true,
        new_counts: matches!(kind, PhoneResult::Done | PhoneResult::AlreadySo),
        reason,
        reason_tone,
    }
}

fn foot(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, (job, rect): (&JobTable, Rect)) {
    let look = pass.look;
    paint_card(ui, look, rect, Stroke::new(1.0, look.stroke));
    let inner = rect.shrink2(vec2(space::L, 0.0));
    crate::ui::frame::row(ui, inner, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        match &job.shown.state {
            JobState::Ended | JobState::Cancelled => after(ui, pass, view, job),
            state => during(ui, pass, view, state),
        }
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.add_space(if rect.height() >= FOOT { 16.0 } else { 8.0 });
            let (first, second) = summary(&job.shown);
            truncated(ui, look.rich(first, Size::Lead, Face::SemiBold, look.text));
            truncated(ui, look.rich(second, Size::Hint, Face::Regular, look.text_2));
        });
    });
}

fn during(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, state: &JobState) {
    let look = pass.look;
    let stands =
        matches!(state, JobState::Pausing | JobState::Paused { .. } | JobState::Stopped(_));
    if stands {
        let needs_proof =
            matches!(state, JobState::Paused { needs_proof: true } | JobState::Stopped(_));
        let button = Button::primary("Go on").cap("P");
        let button = if needs_proof { button.icon(Icon::Lock) } else { button };
        if button.show(ui, look).clicked() || keyboard::answer(ui, "P") {
            pass.send(Command::Phones(PhonesCommand::GoOn));
        }
    } else {
        let button = Button::secondary("Pause").cap("P");
        if button.show(ui, look).clicked() || keyboard::answer(ui, "P") {
            pass.send(Command::Phones(PhonesCommand::Pause));
        }
    }
    let button = Button::secondary("Cancel…").named("Cancel the job").enabled(!view.job.cancelling);
    if button.show(ui, look).clicked() {
        view.job.cancelling = true;
    }
    if stands && ui.available_width() > 420.0 {
        confirm::line(ui, pass, Act::ChangePhone);
    }
}

fn after(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PhonesView, job: &JobTable) {
    let look = pass.look;
    let figures = &job.shown.figures;
    if Button::primary("Close").cap("Esc").show(ui, look).clicked() {
        close(pass, view);
    }
    let undo = Button::secondary("Undo as plan…").named("Undo as plan").enabled(figures.done > 0);
    if undo.show(ui, look).clicked() {
        view.plan.is_left = false;
        pass.send(Command::Phones(PhonesCommand::PlanUndo(job.shown.id)));
    }
    if figures.failed > 0 {
        let button = Button::secondary("Retry failed").icon(Icon::Lock);
        if button.show(ui, look).clicked() {
            pass.send(Command::Phones(PhonesCommand::RetryFailed));
        }
    }
}

/// Back to the sources; the list of jobs is asked for anew there.
fn close(pass: &mut Pass<'_>, view: &mut PhonesView) {
    view.source = Default::default();
    pass.send(Command::Phones(PhonesCommand::CloseJob));
}

/// What was done, and what was not.
fn summary(job: &JobShown) -> (String, String) {
    let figures = &job.figures;
    let written = count_in_words(figures.done, "number", "numbers");
    let first = format!("{written} written and read again");
    let parts = [
        (figures.waiting, "waiting"),
        (figures.already_so, "already so"),
        (figures.changed_meanwhile, "changed since and left alone"),
        (figures.failed, "failed"),
        (figures.cancelled, "cancelled"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", thousands(&count.to_string())))
        .collect();
    let kept = "The old numbers are kept for an undo";
    let ended = job.ended_at.map(|at| format!(", ended {}", local_time(at))).unwrap_or_default();
    match parts.as_slice() {
        [] => (first, format!("{kept}{ended}")),
        parts => (first, format!("{}. {kept}{ended}", parts.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::PhoneJobId;
    use crate::phones::PhoneKind;
    use std::sync::Arc;

    fn job(state: JobState, figures: JobFigures) -> JobShown {
        JobShown {
            id: PhoneJobId(uuid::Uuid::from_u128(1)),
            source: "people.csv".into(),
            kind: PhoneKind::Mobile,
            undo_of: None,
            operator: "Mira Holm".into(),
            begun_at: jiff::Timestamp::UNIX_EPOCH,
            ended_at: None,
            state,
            rows: Arc::default(),
            figures,
        }
    }

    #[test]
    fn progress_tells_count_rate_and_what_is_left() {
        let figures = JobFigures {
            all: 299,
            waiting: 175,
            done: 124,
            rows_per_second: Some(18.44),
            seconds_left: Some(70),
            ..JobFigures::default()
        };
        let words = far(&job(JobState::Running, figures));
        assert_eq!(words, "124 of 299, 18.4 a second, 1 min 10 s left");
        let words = far(&job(JobState::Paused { needs_proof: false }, figures));
        assert_eq!(words, "124 of 299");
        let words = far(&job(JobState::Pausing, figures));
        assert_eq!(words, "124 of 299. Pausing: rows on their way come to their end first");
    }

    #[test]
    fn the_summary_leaves_nothing_out() {
        let figures = JobFigures {
            all: 10,
            done: 6,
            already_so: 1,
            changed_meanwhile: 2,
            failed: 1,
            ..JobFigures::default()
        };
        let (first, second) = summary(&job(JobState::Ended, figures));
        assert_eq!(first, "6 numbers written and read again");
        assert!(second.starts_with("1 already so, 2 changed since and left alone, 1 failed."));
        let figures = JobFigures { all: 10, done: 6, cancelled: 4, ..JobFigures::default() };
        let (_, second) = summary(&job(JobState::Cancelled, figures));
        assert!(second.starts_with("4 cancelled."));
    }
}
