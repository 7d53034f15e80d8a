//! Jobs that were done here before, newest first.

use super::PhonesView;
use crate::app::state::{clean, count_in_words, day_time};
use crate::engine::{Command, JobLine, PhonesCommand};
use crate::ui::Pass;
use crate::ui::theme::{Face, Icon, Look, Size, Tone, space};
use crate::ui::widgets::{Button, card, heading, paint_cut, separator};
use egui::{Align, Layout, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, _view: &mut PhonesView) {
    let look = pass.look;
    let Some(jobs) = pass.state.phones.jobs.as_ref().filter(|jobs| !jobs.is_empty()) else {
        return;
    };
    card(ui, look, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, look, "Earlier jobs", "");
        ui.spacing_mut().item_spacing.y = 0.0;
        for job in jobs {
            separator(ui, look, 0.0);
            ui.push_id(job.id.0, |ui| line(ui, pass, job));
        }
    });
}

fn line(ui: &mut Ui, pass: &mut Pass<'_>, job: &JobLine) {
    let look = pass.look;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 52.0), Sense::hover());
    let mut left = rect.max.x;
    let source = clean(&job.source);
    crate::ui::frame::row(ui, rect, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let word = if job.ended { "Results" } else { "Open" };
        let name = format!("{word} of {source}");
        if Button::secondary(word).named(&name).small().show(ui, look).clicked() {
            pass.send(Command::Phones(PhonesCommand::OpenJob(job.id)));
        }
        if job.ended && job.done > 0 {
            let name = format!("Undo {source}");
            if Button::secondary("Undo…").named(&name).small().show(ui, look).clicked() {
                pass.send(Command::Phones(PhonesCommand::PlanUndo(job.id)));
            }
        }
        left = ui.min_rect().min.x;
    });
    let words = rect.with_max_x(left - space::M);
    let title = match job.undo_of {
        Some(_) => format!("Undo: {source}"),
        None => source,
    };
    let done = count_in_words(job.done, "change", "changes");
    let of = if job.done == job.rows { String::new() } else { format!(" of {}", job.rows) };
    let open = if job.ended { "" } else { ", not ended" };
    let more = format!(
        "{}, {done}{of} to {}{open}, {}",
        day_time(job.begun_at).chars().take(16).collect::<String>(),
        job.kind.word(),
        clean(&job.operator)
    );
    let response = ui.interact(words, ui.make_persistent_id("job"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{title}, {more}")));
    paint(ui, look, words, (job, &title, &more));
}

fn paint(ui: &Ui, look: &Look, rect: Rect, (job, title, more): (&JobLine, &str, &str)) {
    let painter = ui.painter();
    let y = rect.center().y;
    let (icon, tone) = match (job.ended, job.done == job.rows) {
        (false, _) => (Icon::Running, Tone::Accent),
        (true, true) => (Icon::Done, Tone::Ok),
        (true, false) => (Icon::Warning, Tone::Warn),
    };
    let square = Rect::from_center_size(pos2(rect.min.x + 10.0, y), Vec2::splat(16.0));
    icon.paint(painter, square, look.tone(tone).ink, look.surface);
    let x = rect.min.x + 32.0;
    let style = (Size::Body, Face::SemiBold, look.text);
    paint_cut(painter, pos2(x, y - 10.0), rect.max.x, title, style);
    let style = (Size::Hint, Face::Regular, look.text_2);
    paint_cut(painter, pos2(x, y + 10.0), rect.max.x, more, style);
}
