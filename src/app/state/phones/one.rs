//! The open person: methods, what is being done, and a pass while it may be seen.

use crate::directory::Person;
use crate::engine::{MethodsShown, OneDeed, PassShown};
use crate::problem::Problem;
use std::time::{Duration, Instant};

/// How long a pass stays on the screen.
pub const PASS_SHOWN: Duration = Duration::from_secs(180);

/// One person at a time.
#[derive(Default)]
pub struct OnePerson {
    /// Asked for, and not read yet.
    pub opening: Option<Box<Person>>,
    pub shown: Option<Box<MethodsShown>>,
    pub working: Option<OneDeed>,
    pub refused: Option<(OneDeed, Problem)>,
    /// It may have been done.
    pub unsure: Option<(OneDeed, Problem)>,
    /// What was done last.
    pub done: Option<OneDeed>,
    /// What was so before it was asked for.
    pub already_so: Option<OneDeed>,
    pass: Option<(Box<PassShown>, Instant)>,
}

impl OnePerson {
    /// The person on the page, read or not.
    pub fn person(&self) -> Option<&Person> {
        let shown = self.shown.as_ref().map(|shown| &shown.person);
        shown.or(self.opening.as_deref())
    }

    /// The pass that may be seen now, and how long it still may.
    pub fn pass(&self, now: Instant) -> Option<(&PassShown, Duration)> {
        let (pass, until) = self.pass.as_ref()?;
        let left = until.saturating_duration_since(now);
        (!left.is_zero()).then_some((pass, left))
    }

    /// Seen or not any more.
    pub fn holds_pass(&self) -> bool {
        self.pass.is_some()
    }

    /// Its time on the screen is over and it is still held.
    pub fn pass_is_over(&self, now: Instant) -> bool {
        self.pass.as_ref().is_some_and(|(_, until)| *until <= now)
    }

    pub(super) fn open(&mut self, person: &Person) {
        *self = Self { opening: Some(Box::new(person.clone())), ..Self::default() };
    }

    pub(super) fn person_is(&mut self, person: Option<Box<MethodsShown>>) {
        let Some(person) = person else {
            *self = Self::default();
            return;
        };
        let id = &person.person.id;
        if self.person().is_some_and(|before| before.id != *id) {
            *self = Self::default();
        }
        self.opening = None;
        self.shown = Some(person);
    }

    pub(super) fn works(&mut self, deed: Option<OneDeed>) {
        self.working = deed;
        if deed.is_some() {
            self.forget_answers();
        }
    }

    pub(super) fn refused(&mut self, deed: OneDeed, problem: Problem) {
        self.answered();
        self.refused = Some((deed, problem));
    }

    pub(super) fn unsure(&mut self, deed: OneDeed, problem: Problem) {
        self.answered();
        self.unsure = Some((deed, problem));
    }

    pub(super) fn done(&mut self, deed: OneDeed) {
        self.answered();
        self.done = Some(deed);
    }

    pub(super) fn already_so(&mut self, deed: OneDeed) {
        self.answered();
        self.already_so = Some(deed);
    }

    fn answered(&mut self) {
        self.working = None;
        self.forget_answers();
    }

    pub(super) fn pass_is(&mut self, pass: Option<Box<PassShown>>, now: Instant) {
        self.pass = pass.map(|pass| (pass, now + PASS_SHOWN));
    }

    pub(super) fn forget_answers(&mut self) {
        self.refused = None;
        self.unsure = None;
        self.done = None;
        self.already_so = None;
    }

    pub(super) fn drop_pass(&mut self) {
        self.pass = None;
    }
}
