//! Lines of the list of results.

use super::event::{BulkEvent, ResultKind, ResultShown, UndoableKey};
use super::live::Live;
use crate::bulk::EntryNo;
use crate::engine::Event;
use crate::engine::papers::write_label;
use crate::engine::run::{News, RunNews, summary};
use crate::engine::station::Station;
use crate::enrolment::{EnrolmentId, Intent, Left, Outcome, Then};
use crate::journal::StoredEnrolment;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet, VecDeque};

/// Lines of the list.
const MOST_RESULTS: usize = 200;

/// What came of the session's keys so far.
#[derive(Debug, Default)]
pub(in crate::engine) struct Results {
    /// The newest, newest first.
    pub lines: VecDeque<ResultShown>,
    /// All keys that are done and not undone, oldest first.
    pub done: Vec<(EnrolmentId, Timestamp)>,
    pub numbers: Numbers,
}

/// Which key of the session each is, by the order in which they were made.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Numbers {
    last: u32,
    of: HashMap<EnrolmentId, u32>,
    /// Keys whose label is written, or about to be.
    labelled: HashSet<EnrolmentId>,
}

impl Numbers {
    /// The same each time: a key that is to be activated, or whose row could not be written, is made
    /// once and comes again.
    pub fn of(&mut self, enrolment: EnrolmentId) -> u32 {
        let next = self.last + 1;
        let number = *self.of.entry(enrolment).or_insert(next);
        self.last = self.last.max(number);
        number
    }

    /// Whether the key's label is to be written now.
    fn is_label_due(&mut self, enrolment: EnrolmentId) -> bool {
        self.labelled.insert(enrolment)
    }

    /// It is tried again when the key comes again.
    fn label_failed(&mut self, enrolment: EnrolmentId) {
        self.labelled.remove(&enrolment);
    }
}

impl Results {
    /// Of a session that is taken up again: the numbers that were given while the program was there,
    /// and after a start those of all keys that were made.
    pub fn restore(&mut self, numbers: Numbers, made: &[EnrolmentId]) {
        self.numbers = numbers;
        for id in made {
            self.numbers.of(*id);
        }
    }

    pub fn push(&mut self, line: ResultShown) {
        // One that was taken back names no enrolment any more.
        if let (ResultKind::Done, Some(enrolment)) = (line.kind, line.enrolment) {
            self.done.push((enrolment, line.at));
            let done = u32::try_from(self.done.len()).unwrap_or(u32::MAX);
            self.numbers.last = self.numbers.last.max(done);
        }
        self.lines.push_front(line);
        self.lines.truncate(MOST_RESULTS);
    }

    /// A key that was taken back does not count as done, however long ago it was made.
    pub fn forget(&mut self, enrolment: EnrolmentId) {
        self.done.retain(|(id, _)| *id != enrolment);
        let line = self.lines.iter_mut().find(|line| line.enrolment == Some(enrolment));
        if let Some(line) = line {
            line.enrolment = None;
        }
    }
}

impl Station {
    /// A run of the session has ended: its line.
    pub(super) async fn result_of(&mut self, enrolment: EnrolmentId) {
        let Some(live) = &mut self.bulk.live else { return };
        let Some(result) = live.result(enrolment) else { return };
        live.results.push(result.clone());
        let finished = live.finished(enrolment);
        self.tell_bulk(BulkEvent::Result(Box::new(result))).await;
        self.tell_bulk(BulkEvent::Finished(finished.into_iter().collect())).await;
    }

    /// A key is made: it gets its number and, where the session says so, its label.
    pub(super) async fn label_of(&mut self, enrolment: EnrolmentId) {
        let Some(live) = &mut self.bulk.live else { return };
        let number = live.results.numbers.of(enrolment);
        let is_labelled = live.session.options().labels;
        if let Some(view) = live.views.get_mut(&enrolment) {
            view.number = Some(number);
            view.note = if is_labelled { format!("Key {number}") } else { "No label".into() };
        }
        if !is_labelled || !live.results.numbers.is_label_due(enrolment) {
            return;
        }
        let ports = live.ports.clone();
        // The slot must not wait for the paper.
        let news = self.news.clone();
        tokio::spawn(async move {
            let written = write_label(&ports, enrolment).await;
            let number = written.is_ok().then_some(number);
            if let Err(problem) = written {
                ports.teller.tell(Event::Problem(problem)).await;
            }
            let news_of = RunNews { enrolment, news: News::Labelled { number } };
            if news.send(news_of).is_err() {
                tracing::debug!("the station ended before a label was written");
            }
        });
    }

    pub(super) fn label_failed(&mut self, enrolment: EnrolmentId) {
        let live = self.bulk.live.as_mut().map(|live| &mut live.results.numbers);
        let left = self.bulk.left.values_mut().map(|left| &mut left.numbers);
        live.into_iter().chain(left).for_each(|numbers| numbers.label_failed(enrolment));
    }

    /// Something about a person that no run told.
    pub(super) async fn push_result(&mut self, result: ResultShown) {
        if let Some(live) = &mut self.bulk.live {
            live.results.push(result.clone());
        }
        self.tell_bulk(BulkEvent::Result(Box::new(result))).await;
    }
}

impl Live {
    fn result(&self, enrolment: EnrolmentId) -> Option<ResultShown> {
        let view = self.views.get(&enrolment)?;
        let intent = view.intent.as_ref()?;
        let outcome = view.outcome.as_ref()?;
        let now = Timestamp::now();
        let directory = self.ports.tenant.directory.name();
        let took = now.duration_since(view.begun_at).as_secs();
        Some(ResultShown {
            at: now,
            kind: kind(outcome),
            name: intent.person.display_name.clone(),
            slot: view.slot,
            serial: intent.key.serial.clone(),
            took: u64::try_from(took).ok(),
            detail: match is_done(outcome) {
                true => format!("Confirmed in {directory}, {}", lower_first(&view.note)),
                false => summary(outcome),
            },
            entry: intent.seat?.entry,
            enrolment: is_done(outcome).then_some(enrolment),
        })
    }

    fn finished(&self, enrolment: EnrolmentId) -> Option<UndoableKey> {
        let view = self.views.get(&enrolment)?;
        finished(enrolment, view.intent.as_ref()?, view.outcome.as_ref()?)
    }

    /// A line about somebody, without a key.
    pub(super) fn line(&self, entry: EntryNo, kind: ResultKind, detail: &str) -> ResultShown {
        let name = self.person(entry).map(|person| person.name).unwrap_or_default();
        ResultShown { name, ..line_without_key(entry, kind, detail, Timestamp::now()) }
    }
}

/// The same, without their name.
pub(super) fn line_without_key(
    entry: EntryNo,
    kind: ResultKind,
    detail: &str,
    at: Timestamp,
) -> ResultShown {
    ResultShown {
        at,
        kind,
        name: String::new(),
        slot: None,
        serial: None,
        took: None,
        detail: detail.to_owned(),
        entry,
        enrolment: None,
    }
}

/// The line of an enrolment of before.
pub(super) fn of_stored(stored: &StoredEnrolment, outcome: &Outcome) -> ResultShown {
    let at = stored.finished_at.unwrap_or(stored.begun_at);
    ResultShown {
        at,
        kind: kind(outcome),
        name: stored.intent.person.display_name.clone(),
        slot: None,
        serial: stored.intent.key.serial.clone(),
        took: u64::try_from(at.duration_since(stored.begun_at).as_secs()).ok(),
        detail: summary(outcome),
        entry: stored.intent.seat.map_or(EntryNo(0), |seat| seat.entry),
        enrolment: is_done(outcome).then_some(stored.id),
    }
}

/// What can be undone of an enrolment that ended so.
pub(super) fn finished(
    enrolment: EnrolmentId,
    intent: &Intent,
    outcome: &Outcome,
) -> Option<UndoableKey> {
    let Outcome::HandedOver { left, .. } = outcome else { return None };
    let kept = left.iter().map(|left| match left {
        Left::OldPasskeys { method_ids } => method_ids.len(),
        _ => 0,
    });
    let removed = intent.plan.remove_old.len().saturating_sub(kept.sum());
    Some(UndoableKey { entry: intent.seat?.entry, enrolment, removed })
}

/// As it stands in the middle of a sentence.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn kind(outcome: &Outcome) -> ResultKind {
    match outcome {
        Outcome::HandedOver { .. } => ResultKind::Done,
        Outcome::RolledBack { then: Then::SkipPerson, .. } => ResultKind::Skipped,
        Outcome::RolledBack { .. } | Outcome::Abandoned { .. } => ResultKind::Failed,
    }
}

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::HandedOver { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: u32, kind: ResultKind) -> ResultShown {
        ResultShown {
            at: Timestamp::from_second(n.into()).unwrap(),
            kind,
            name: String::new(),
            slot: None,
            serial: None,
            took: None,
            detail: String::new(),
            entry: EntryNo(n),
            enrolment: Some(id(n)),
        }
    }

    fn id(n: u32) -> EnrolmentId {
        EnrolmentId(uuid::Uuid::from_u128(n.into()))
    }

    #[test]
    fn a_key_that_is_listed_no_more_is_taken_back_and_does_not_count() {
        let mut results = Results::default();
        (1..=500).for_each(|n| results.push(line(n, ResultKind::Done)));
        assert_eq!((results.lines.len(), results.done.len()), (MOST_RESULTS, 500));
        results.forget(id(3));
        results.forget(id(499));
        results.push(line(3, ResultKind::Undone));
        assert_eq!(results.done.len(), 498);
        assert!(!results.done.iter().any(|(done, _)| [id(3), id(499)].contains(done)));
        assert_eq!(results.numbers.of(id(900)), 501, "a number is given once");
        assert_eq!(results.numbers.of(id(901)), 502);
        assert_eq!(results.numbers.of(id(900)), 501, "it comes again");
    }

    #[test]
    fn numbers_stay_when_a_session_is_taken_up_again() {
        let mut before = Results::default();
        assert_eq!([1, 2, 3].map(|n| before.numbers.of(id(n))), [1, 2, 3]);
        let mut after = Results::default();
        after.restore(before.numbers, &[id(3), id(1)]);
        after.push(line(1, ResultKind::Done));
        assert_eq!([4, 3, 2].map(|n| after.numbers.of(id(n))), [4, 3, 2]);
    }

    #[test]
    fn keys_that_were_made_before_a_start_have_their_numbers() {
        let mut after = Results::default();
        after.restore(Numbers::default(), &[id(7), id(8), id(9)]);
        after.push(line(8, ResultKind::Done));
        assert_eq!([10, 9, 8, 7].map(|n| after.numbers.of(id(n))), [4, 3, 2, 1]);
    }

    #[test]
    fn a_label_is_written_once_and_tried_again_if_that_failed() {
        let mut numbers = Numbers::default();
        assert!(numbers.is_label_due(id(1)));
        assert!(!numbers.is_label_due(id(1)));
        numbers.label_failed(id(1));
        assert!(numbers.is_label_due(id(1)));
    }
}
