//! What the operator wants of the session, one short function each.

use super::BulkCommand;
use super::event::{BulkEvent, ResultKind};
use super::extras::one_list_at_a_time;
use super::past::{self, summary_of};
use crate::access::Act;
use crate::bulk::{Activation, EntryNo, EntryState, Happening, SessionOptions, SlotNo};
use crate::directory::BeginLeaves;
use crate::engine::Event;
use crate::engine::access::Permits;
use crate::engine::station::Station;
use crate::enrolment::{Answer, EnrolmentId};
use crate::journal::{NewSession, StoredSession};
use crate::key::KeyId;
use crate::problem::{Explain, Problem};
use jiff::Timestamp;

impl Station {
    pub(in crate::engine) async fn bulk_wish(&mut self, wish: BulkCommand, permits: &Permits) {
        match wish {
            BulkCommand::ReadFile(path) => self.read_people_file(path).await,
            BulkCommand::ImportConfigs(path) => self.import_configs(path, permits).await,
            BulkCommand::ShredConfigs => self.shred_configs().await,
            BulkCommand::FindGroups { query } => self.find_roster_groups(query).await,
            BulkCommand::ReadGroup { group, nested } => self.read_group(*group, nested).await,
            BulkCommand::ReadStock(path) => self.read_stock(path).await,
            BulkCommand::DropPeople => self.drop_people().await,
            BulkCommand::CheckAgain => self.check_people().await,
            BulkCommand::WriteChallenges { minutes, rows } => {
                self.write_challenges(minutes, &rows).await;
            }
            BulkCommand::Begin { options, rows } => {
                self.begin_session(*options, rows, permits).await;
            }
            BulkCommand::Pause => {
                self.happens(Happening::Paused).await;
                self.tell_session().await;
            }
            BulkCommand::GoOn { .. } => self.go_on_with(permits).await,
            BulkCommand::Scan(text) => self.happens(Happening::Scanned { text }).await,
            BulkCommand::Assign { slot, entry } => {
                self.happens(Happening::Assigned { slot, entry }).await;
            }
            BulkCommand::UseAnyway { slot, key, reset } => {
                self.use_anyway(slot, (&key, reset), permits).await;
            }
            BulkCommand::Skip { entry, reason } => self.skip(entry, reason).await,
            BulkCommand::PutBack(entry) => self.happens(Happening::PutBack { entry }).await,
            BulkCommand::RetryFailed => self.happens(Happening::RetryFailed).await,
            BulkCommand::Undo { enrolment, reason } => self.undo(enrolment, reason, permits).await,
            BulkCommand::Activate(enrolment) => self.activate(enrolment, permits).await,
            BulkCommand::End => self.end_session().await,
            BulkCommand::Audit(session) => self.audit_session(session).await,
            BulkCommand::ShowEnded(id) => self.show_ended(id).await,
            BulkCommand::PrintLetters(_)
            | BulkCommand::PrintLabels(_)
            | BulkCommand::WriteReport(_)
            | BulkCommand::ExportPins(_)
            | BulkCommand::ExportPinsInClear(_) => self.bulk_output(wish, permits).await,
        }
    }

    async fn begin_session(
        &mut self,
        options: SessionOptions,
        rows: Vec<usize>,
        permits: &Permits,
    ) {
        if let Err(problem) = self.try_to_begin_session(options, &rows, permits).await {
            self.tell(Event::Problem(problem)).await;
        }
    }

    async fn try_to_begin_session(
        &mut self,
        options: SessionOptions,
        rows: &[usize],
        permits: &Permits,
    ) -> Result<(), Problem> {
        options.check()?;
        for act in options.acts() {
            permits.demand(act)?;
        }
        if self.bulk.live.is_some() {
            return Err(one_at_a_time());
        }
        let Some(ports) = self.connected().await else { return Ok(()) };
        let leaves = ports.tenant.directory.begin_leaves();
        if options.activation == Activation::Later && leaves == BeginLeaves::Reservation {
            return Err(never_later());
        }
        let unknown = self.bulk.prepared.being_checked();
        if unknown > 0 {
            return Err(being_checked(unknown));
        }
        if self.bulk.prepared.is_writing() {
            return Err(one_list_at_a_time());
        }
        let entries = self.bulk.prepared.entries(rows);
        if entries.is_empty() {
            return Err(nobody());
        }
        let (tenant, operator) = (ports.tenant.name.clone(), ports.tenant.operator.clone());
        let begun: Result<StoredSession, _> = ports
            .journal
            .call(move |journal| {
                let new = NewSession {
                    tenant: &tenant,
                    operator: &operator,
                    options: &options,
                    entries: &entries,
                };
                let id = journal.begin_session(&new, Timestamp::now())?;
                journal.session(id)
            })
            .await;
        let stored = begun.map_err(|error| error.problem())?;
        self.bulk.prepared.clear();
        self.tell_bulk(BulkEvent::People(None)).await;
        self.use_session(stored, Vec::new()).await;
        Ok(())
    }

    async fn go_on_with(&mut self, permits: &Permits) {
        let wanted = self.bulk.live.as_ref().map(|live| live.to_confirm.clone());
        for act in wanted.unwrap_or_default() {
            if let Err(problem) = permits.demand(act) {
                return self.tell(Event::Problem(problem)).await;
            }
        }
        self.session_goes_on().await;
    }

    /// A key that turns out to be a used one is reset only by whoever was asked for that.
    async fn use_anyway(&mut self, slot: SlotNo, (key, reset): (&KeyId, bool), permits: &Permits) {
        let Some(live) = &self.bulk.live else { return };
        if live.session.key_in_slot(slot) != Some(key) {
            return self.tell(Event::Problem(another_key(slot))).await;
        }
        let resets = reset || live.session.holds_used_key(slot);
        match resets.then(|| permits.demand(Act::ResetUsedKey)).transpose() {
            Ok(_) => self.happens(Happening::UseAnyway { slot, reset: resets }).await,
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    async fn skip(&mut self, entry: EntryNo, reason: String) {
        let Some(live) = &self.bulk.live else { return };
        match live.session.state(entry) {
            EntryState::Begun(_) => return self.tell(Event::Problem(has_key_in_work())).await,
            EntryState::Done => return self.tell(Event::Problem(has_key())).await,
            EntryState::Waiting | EntryState::Failed { .. } | EntryState::Skipped { .. } => {}
        }
        let line = live.line(entry, ResultKind::Skipped, &reason);
        self.happens(Happening::Skipped { entry, reason }).await;
        self.push_result(line).await;
    }

    /// The person has confirmed receipt.
    async fn activate(&mut self, enrolment: EnrolmentId, permits: &Permits) {
        self.answer(enrolment, (Answer::Retry, None), String::new(), permits).await;
    }

    /// Runs that are not over stay as they are and are found at the Desk.
    async fn end_session(&mut self) {
        let Some(live) = &self.bulk.live else { return };
        if live.undos.is_any_asked() || live.views.values().any(|view| view.is_at_work()) {
            return self.tell(Event::Problem(keys_in_work())).await;
        }
        if live.undos.is_any_unsure() {
            self.take_up_undos().await;
            return self.tell(Event::Problem(perhaps_undone())).await;
        }
        self.list_before_the_end().await;
        // What was decided and is not on the disk yet would be lost.
        if let Err(error) = self.write_notes().await {
            return self.tell_problem(&error).await;
        }
        let Some(live) = &self.bulk.live else { return };
        let (id, ports) = (live.session.id(), live.ports.clone());
        let (left, failed, skipped) = live.session.counts();
        let summary = format!(
            "{} done, {failed} failed, {skipped} skipped, {left} without a key",
            live.results.done.len()
        );
        let operator = ports.tenant.operator.clone();
        let ended = ports
            .journal
            .call(move |journal| {
                journal.end_session(id, &operator, &summary, Timestamp::now())?;
                journal.session(id)
            })
            .await;
        match ended {
            Ok(stored) => {
                // Those that wait for an answer end, to be found where it can be given.
                if let Some(live) = self.bulk.live.take() {
                    self.runs.retain(|id, _| !live.views.contains_key(id));
                }
                self.tell_bulk(BulkEvent::Ended(Box::new(summary_of(&stored)))).await;
                self.tell_bulk(BulkEvent::Session(None)).await;
                past::tell(&ports).await;
                self.show_unfinished().await;
            }
            Err(error) => self.tell_problem(&error).await,
        }
    }
}

fn problem(what: &str, next: &str) -> Problem {
    Problem { what: what.into(), next: next.into(), details: Vec::new() }
}

fn another_key(slot: SlotNo) -> Problem {
    Problem {
        what: format!(
            "The key that you allowed is not in slot {} any more: nothing was done",
            slot.0
        ),
        next: "Look at the key that is in, and decide again".into(),
        details: Vec::new(),
    }
}

pub(super) fn one_at_a_time() -> Problem {
    problem("A session is running in this tenant", "End it before you begin another one")
}

fn never_later() -> Problem {
    problem(
        "This directory's challenges end within minutes: no key can be activated later",
        "Choose keys that work at once, under Options",
    )
}

fn being_checked(count: usize) -> Problem {
    problem(
        &format!("{count} of the people are being checked: the session has not begun"),
        "Begin once everybody is checked",
    )
}

fn nobody() -> Problem {
    problem(
        "None of the people chosen can get a key",
        "Choose people who are ready, or check them again",
    )
}

fn has_key_in_work() -> Problem {
    problem("This person's key is in work", "Answer at its slot, or wait until it is done")
}

fn has_key() -> Problem {
    problem("This person has their key by now", "Undo it if they are not to have one")
}

fn perhaps_undone() -> Problem {
    problem(
        "It is not known whether every undone key is out of the directory: an answer was lost",
        "The directory is being asked again; end the session once it has answered",
    )
}

fn keys_in_work() -> Problem {
    problem("Keys are still in work", "Wait until they are done, or answer at their slots")
}
