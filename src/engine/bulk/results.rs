//! Lines of the list of results.

use super::event::{BulkEvent, ResultKind, ResultShown};
use super::live::Live;
use crate::bulk::EntryNo;
use crate::engine::Event;
use crate::engine::papers::write_label;
use crate::engine::run::{News, RunNews, summary};
use crate::engine::station::Station;
use crate::enrolment::{EnrolmentId, Outcome, Then};
use crate::journal::StoredEnrolment;
use jiff::Timestamp;

impl Station {
    /// A run of the session has ended: its line.
    pub(super) async fn result_of(&mut self, enrolment: EnrolmentId) {
        let Some(live) = &mut self.bulk.live else { return };
        let Some(result) = live.result(enrolment) else { return };
        live.push_result(result.clone());
        self.tell_bulk(BulkEvent::Result(Box::new(result))).await;
    }

    /// A key is made: it gets its number and, where the session says so, its label.
    pub(super) async fn label_of(&mut self, enrolment: EnrolmentId) {
        let Some(live) = &mut self.bulk.live else { return };
        let number = live.next_number();
        if let Some(view) = live.views.get_mut(&enrolment) {
            view.number = Some(number);
            view.note = "No label".into();
        }
        if !live.session.options().labels {
            return;
        }
        let ports = live.ports.clone();
        // The slot must not wait for the paper.
        let news = self.news.clone();
        tokio::spawn(async move {
            let note = match write_label(&ports, enrolment).await {
                Ok(()) => format!("Label {number} written"),
                Err(problem) => {
                    ports.teller.tell(Event::Problem(problem)).await;
                    "Label not written".to_owned()
                }
            };
            let news_of = RunNews { enrolment, news: News::Labelled(note) };
            if news.send(news_of).await.is_err() {
                tracing::debug!("the station ended before a label was written");
            }
        });
    }

    /// Something about a person that no run told.
    pub(super) async fn push_result(&mut self, result: ResultShown) {
        if let Some(live) = &mut self.bulk.live {
            live.push_result(result.clone());
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

    /// A line about somebody, without a key.
    pub(super) fn line(&self, entry: EntryNo, kind: ResultKind, detail: &str) -> ResultShown {
        let name = self.person(entry).map(|person| person.name).unwrap_or_default();
        ResultShown {
            at: Timestamp::now(),
            kind,
            name,
            slot: None,
            serial: None,
            took: None,
            detail: detail.to_owned(),
            entry,
            enrolment: None,
        }
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
