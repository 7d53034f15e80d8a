//! Over the content: the path of a file is typed, on a desktop that has no file dialogs.

use super::operator::{dialog_heading, dialog_name, foot};
use super::theme::{Icon, Tone, space};
use super::widgets::{Button, centred, field, problem_box};
use super::{Pass, Wish, keyboard};
use crate::app::State;
use crate::engine::{Command, PathRefused, Pick};
use crate::problem::Problem;
use egui::{Key, Rect, Ui};

const CARD: f32 = 520.0;
/// Longer than any path.
const LONGEST: usize = 4096;

/// What is typed.
#[derive(Default)]
pub struct PathView {
    text: String,
    of: Option<Pick>,
    /// The dialog is new: its field takes the focus.
    is_new: bool,
}

impl PathView {
    pub fn follow(&mut self, state: &State) {
        let of = state.path_wanted.map(|(pick, _)| pick);
        if self.of != of {
            *self = Self { of, is_new: true, ..Self::default() };
        }
    }
}

/// Whether the dialog lies over the content.
pub fn covers(state: &State) -> bool {
    state.path_wanted.is_some()
}

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut PathView, room: Rect) {
    let Some((pick, refused)) = pass.state.path_wanted else { return };
    let look = pass.look;
    centred(ui, look, (room, CARD), "path", |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        dialog_name(ui, pick.title());
        let below = "This desktop has no file dialog. Type the path, or paste it.";
        dialog_heading(ui, look, (Tone::Accent, Icon::Document), pick.title(), below);
        if let Some(refused) = refused {
            problem_box(ui, look, (Tone::Bad, Icon::Failed), &why(refused), |_| {});
        }
        let typed = field(ui, look, "Path", &mut view.text, "/media/usb/… or ~/…");
        if std::mem::take(&mut view.is_new) {
            typed.request_focus();
        }
        let entered = typed.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let ready = !view.text.trim().is_empty() && view.text.len() <= LONGEST;
        foot(ui, |ui| {
            let open = Button::primary("Open").cap("Enter").enabled(ready);
            if open.show(ui, look).clicked() || (ready && entered) {
                let path = view.text.clone();
                pass.send(Command::PickTyped { pick, path });
                view.is_new = true;
            }
            let cancel = Button::secondary("Cancel").cap("Esc").show(ui, look).clicked();
            if cancel || keyboard::escape(ui) {
                pass.wishes.push(Wish::NoPath);
            }
        });
    });
}

fn why(refused: PathRefused) -> Problem {
    let (what, next) = match refused {
        PathRefused::NoPath => ("This is no whole path", "Begin with / or with ~/"),
        PathRefused::NotThere => (
            "There is nothing like that, or you may not see it",
            "Check the path for typing errors",
        ),
        PathRefused::NoFolder => ("This is a file", "Type the folder that it is in"),
        PathRefused::IsFolder => ("This is a folder", "Add the file's name"),
    };
    Problem { what: what.into(), next: next.into(), details: Vec::new() }
}
