//! Begins one key for one person, or takes an unfinished one up with its key.

use super::fate::numbered;
use super::live::Live;
use super::view::RunView;
use crate::bulk::{EntryNo, Given, Happening, OldKeys, SessionPin, SlotNo};
use crate::engine::ports::Ports;
use crate::engine::register::{Begun, Pins, journal_intent, load};
use crate::engine::run::Hands;
use crate::engine::station::Station;
use crate::engine::{NewPin, PinChoice, vault};
use crate::enrolment::{
    Ceremony, Custody, EnrolmentId, Intent, KeyIdentity, PinPlan, Plan, Reset, Seat,
};
use crate::key::{KeyFacts, KeyId};
use crate::problem::{Explain, Problem};
use crate::settings::PinSettings;
use jiff::Timestamp;

/// Why a key was not begun.
enum NotBegun {
    /// This station gave it to somebody.
    HeldBy(String),
    Problem(Problem),
}

impl From<Problem> for NotBegun {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Station {
    /// Journals the intent and starts the run.
    pub(super) async fn begin_seat(&mut self, given: Given) -> Happening {
        let slot = given.slot;
        match self.try_to_begin(&given).await {
            Ok((enrolment, key)) => Happening::Begun { slot, enrolment, key },
            Err(NotBegun::HeldBy(holder)) => Happening::NotBegun { slot, holder: Some(holder) },
            Err(NotBegun::Problem(problem)) => {
                if let Some(live) = &mut self.bulk.live {
                    live.problems.insert(slot, problem);
                }
                Happening::NotBegun { slot, holder: None }
            }
        }
    }

    async fn try_to_begin(
        &mut self,
        given: &Given,
    ) -> Result<(EnrolmentId, KeyIdentity), NotBegun> {
        let facts = self.table.get(&given.key).ok_or_else(key_is_gone)?;
        if self.runs.values().any(|run| !run.is_over() && run.holds(&given.key)) {
            return Err(key_is_busy().into());
        }
        self.refuse_held(given.slot, &facts).await?;
        let Some(live) = &mut self.bulk.live else { return Err(key_is_gone().into()) };
        let ports = live.ports.clone();
        let pins = pins_of(live, &facts)?;
        if pins.as_ref().is_some_and(|pins| pins.custody == Custody::Sealed) {
            vault::may_seal(&ports).await?;
        }
        let intent = intent_of(live, given, &facts, pins.as_ref()).ok_or_else(key_is_gone)?;
        let options = live.take_options(&intent.person);
        let key = intent.key.clone();
        let passkeys_before = passkeys_before(live, given.entry);
        let id = journal_intent(&ports, &intent, pins.as_ref()).await.map_err(|e| e.problem())?;
        let slot = Some(given.slot);
        live.views.insert(id, RunView { slot, ..RunView::new(Timestamp::now()) });
        let hands = Hands {
            pin: pins.map(|pins| pins.pin),
            options,
            passkeys_before,
            to_reset: Some(facts),
            taken_from: live.session.taken_from(given.slot).map(str::to_owned),
            pin_follows: true,
            ..Hands::default()
        };
        let begun = Begun { id, ceremony: Ceremony::begin(intent), key: Some(given.key.clone()) };
        self.start_run(ports, begun, hands);
        Ok((id, key))
    }

    /// A key that waited in its slot may have been given to somebody at the Desk since it told whose
    /// it is, or since the operator said that it is used all the same.
    async fn refuse_held(&self, slot: SlotNo, facts: &KeyFacts) -> Result<(), NotBegun> {
        let Some(holder) = self.holder_of(facts).await else { return Ok(()) };
        let live = self.bulk.live.as_ref();
        match live.and_then(|live| live.session.taken_from(slot)) {
            Some(known) if known == holder => Ok(()),
            _ => Err(NotBegun::HeldBy(holder)),
        }
    }

    /// An enrolment of the session is taken up by an answer: its news are heard again.
    pub(in crate::engine) fn watch_again(&mut self, id: EnrolmentId) {
        if let Some(live) = &mut self.bulk.live
            && live.session.away().any(|(away, ..)| away == id)
        {
            let mut view = RunView::new(Timestamp::now());
            view.lapses_at = live.unfinished.get(&id).and_then(|away| away.lapses_at);
            live.views.insert(id, view);
            live.session.let_go(id);
        }
    }

    /// The key of an enrolment without a run is in again: it goes on where it was. One that had
    /// stopped stops again, and is answered, unless it had stopped only until its key is in.
    pub(super) async fn take_up_with_key(&mut self, id: EnrolmentId, key: &KeyId) {
        self.take_up_in_session(id, Some(key.clone())).await;
    }

    /// Goes on with an enrolment whose key is not needed any more.
    pub(super) async fn take_up_without_key(&mut self, id: EnrolmentId) {
        self.take_up_in_session(id, None).await;
    }

    async fn take_up_in_session(&mut self, id: EnrolmentId, key: Option<KeyId>) {
        let Some(live) = &self.bulk.live else { return };
        let ports = live.ports.clone();
        match load(&ports, id).await {
            // It came to its end as its key was put in, which is still to be told.
            Ok((stored, _)) if stored.finished_at.is_some() => {
                tracing::info!(enrolment = %id.0, "a key of an enrolment that is over");
            }
            Ok((_, ceremony)) => {
                let passkeys_before = self.had_before(&ports, &ceremony).await;
                let hands = Hands { pin_follows: true, passkeys_before, ..Hands::default() };
                if let Some(live) = &mut self.bulk.live {
                    let lapses_at = live.unfinished.get(&id).and_then(|away| away.lapses_at);
                    let view = RunView::new(Timestamp::now());
                    live.views.insert(id, RunView { back: key.clone(), lapses_at, ..view });
                }
                self.start_run(ports, Begun { id, ceremony, key }, hands);
            }
            Err(problem) => self.tell(crate::engine::Event::Problem(problem)).await,
        }
    }
}

impl Station {
    /// The same for a key that is taken up, also one of a session that has ended.
    pub(in crate::engine) async fn had_before(
        &self,
        ports: &Ports,
        ceremony: &Ceremony,
    ) -> Option<Vec<String>> {
        let seat = ceremony.intent().seat?;
        if let Some(live) = self.bulk.live.as_ref().filter(|_| self.bulk.has(seat.session)) {
            return passkeys_before(live, seat.entry);
        }
        let stored = ports.journal.call(move |journal| journal.session(seat.session)).await;
        match stored {
            Ok(stored) => numbered(&stored)
                .find(|(no, _)| *no == seat.entry)
                .map(|(_, entry)| entry.old_keys.clone()),
            Err(error) => {
                tracing::warn!(%error, "a key's session can't be read");
                None
            }
        }
    }
}

/// What the person had as the session's list was read.
fn passkeys_before(live: &Live, entry: EntryNo) -> Option<Vec<String>> {
    live.session.entry(entry).map(|entry| entry.old_keys.clone())
}

/// Nothing where each person types their own at the slot.
fn pins_of(live: &Live, facts: &KeyFacts) -> Result<Option<Pins>, Problem> {
    match live.session.options().pin {
        SessionPin::Typed => Ok(None),
        SessionPin::Random { length } => {
            let rules = &live.ports.rules;
            let policy = PinSettings { length, ..rules.pin.clone() };
            let planned = live.session.options().min_pin_length;
            let choice = PinChoice::New(NewPin::Random);
            Pins::choose(choice, &policy, planned, facts).map(Some)
        }
    }
}

fn intent_of(live: &Live, given: &Given, facts: &KeyFacts, pins: Option<&Pins>) -> Option<Intent> {
    let options = live.session.options();
    let entry = live.session.entry(given.entry)?;
    let key = KeyIdentity::of(facts, None);
    let today = jiff::Zoned::now().date();
    let removes = options.old_keys == OldKeys::Remove && given.n >= options.keys_each;
    let plan = Plan {
        reset: if given.reset { Reset::ResetFirst } else { Reset::Keep },
        pin: PinPlan::SetNew,
        custody: pins.map_or(Custody::PersonsOwn, |pins| pins.custody),
        min_pin_length: options.min_pin_length,
        always_uv: options.always_uv,
        first_use: options.first_use,
        remove_old: if removes { entry.old_keys.clone() } else { Vec::new() },
    };
    Some(Intent {
        tenant: live.ports.tenant.name.clone(),
        person: entry.person.clone(),
        passkey_name: options.name_of(key.serial.as_deref(), &key.model, today, given.n),
        key,
        plan,
        operator: live.ports.tenant.operator.clone(),
        seat: Some(Seat {
            session: live.session.id(),
            entry: given.entry,
            activation: options.activation,
            challenge_minutes: options.receipt_minutes(),
            was_made_in: live.session.made_in(given.slot),
        }),
    })
}

fn key_is_gone() -> Problem {
    Problem {
        what: "The key was pulled out before its work began".into(),
        next: "Put it in again".into(),
        details: Vec::new(),
    }
}

fn key_is_busy() -> Problem {
    Problem {
        what: "This key is being registered at the Desk".into(),
        next: "Finish it there, or put in another key".into(),
        details: Vec::new(),
    }
}
