//! Who waits, and what becomes of a person when a key comes to its end.

use super::{Deed, Over, RunEnd, Session};
use crate::bulk::{EntryNo, SessionNote};
use crate::enrolment::{EnrolmentId, Then};

impl Session {
    pub(super) fn count_end(
        &mut self,
        enrolment: EnrolmentId,
        entry: EntryNo,
        serial: Option<&str>,
        end: &RunEnd,
    ) {
        match end {
            RunEnd::HandedOver => {
                if let Some(progress) = self.progress_mut(entry) {
                    progress.done += 1;
                }
                self.handed_over.insert(enrolment, entry);
                if let Some(serial) = serial {
                    self.given.insert(serial.to_owned(), entry);
                }
            }
            RunEnd::TakenBack { then: Then::NewKey, .. } => self.goes_first(entry),
            RunEnd::TakenBack { then: Then::SkipPerson, summary } => {
                self.set_over(entry, Over::Skipped(summary.clone()));
            }
            RunEnd::TakenBack { then: Then::Nothing, summary } | RunEnd::GivenUp { summary } => {
                self.set_over(entry, Over::Failed(summary.clone()));
            }
            RunEnd::Interrupted => {}
        }
    }

    pub(super) fn retry_failed(&mut self, deeds: &mut Vec<Deed>) {
        let failed: Vec<EntryNo> = self
            .numbered()
            .filter(|(_, progress)| matches!(progress.over, Some(Over::Failed(_))))
            .map(|(entry, _)| entry)
            .collect();
        for entry in failed {
            self.wait_again(entry);
            deeds.push(Deed::Note(SessionNote::PutBack { entry }));
        }
    }

    pub(super) fn wait_again(&mut self, entry: EntryNo) {
        if let Some(progress) = self.progress_mut(entry) {
            progress.over = None;
        }
        self.goes_first(entry);
    }

    pub(super) fn undone(&mut self, entry: EntryNo, enrolment: EnrolmentId, serial: Option<&str>) {
        self.handed_over.remove(&enrolment);
        // It can be another's by now.
        if let Some(serial) = serial.filter(|serial| self.given.get(*serial) == Some(&entry)) {
            self.given.remove(serial);
        }
        if let Some(progress) = self.progress_mut(entry) {
            progress.done = progress.done.saturating_sub(1);
        }
        self.wait_again(entry);
    }

    pub(super) fn set_over(&mut self, entry: EntryNo, over: Over) {
        if let Some(progress) = self.progress_mut(entry) {
            progress.over = Some(over);
        }
    }

    pub(super) fn goes_before_all(&mut self, entry: EntryNo) {
        self.front.retain(|other| *other != entry);
        self.front.insert(0, entry);
    }

    /// Behind those of whom this was said before.
    pub(super) fn goes_first(&mut self, entry: EntryNo) {
        self.front.retain(|other| *other != entry);
        self.front.push(entry);
    }
}
