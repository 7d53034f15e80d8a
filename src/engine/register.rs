//! Begins enrolments, takes unfinished ones up again, and carries answers to running ones.

use super::access::Permits;
use super::desk::Ahead;
use super::ports::Ports;
use super::run::{
    Hands, Line, Message, News, Run, Shown, out_of_order, pair, release_options, summary,
};
use super::station::Station;
use super::unfinished::{nothing_at_hand, pin_wanted};
use super::{Event, NewPin, PinChoice, RegisterRequest, vault};
use crate::access::Act;
use crate::enrolment::{
    Action, AlwaysUv, Answer, Ceremony, Custody, EnrolmentId, Intent, KeyIdentity, PinPlan, Plan,
    Record, Reset, Subject, WhichPin, text,
};
use crate::journal::{JournalError, PinAfter, StoredEnrolment};
use crate::key::{KeyFacts, KeyId};
use crate::pin::{self, DrawError, Pin, PinPolicy};
use crate::problem::{Explain, Problem};
use crate::settings::PinSettings;
use std::sync::Arc;

impl Station {
    pub(super) async fn register(&mut self, request: RegisterRequest, permits: &Permits) {
        let Some(ports) = self.connected().await else { return };
        if let Err(problem) = self.begin_enrolment(ports, request, permits).await {
            self.tell(Event::Problem(problem)).await;
        }
    }

    async fn begin_enrolment(
        &mut self,
        ports: Arc<Ports>,
        request: RegisterRequest,
        permits: &Permits,
    ) -> Result<(), Problem> {
        if request.reset == Reset::ResetFirst {
            permits.demand(Act::ResetUsedKey)?;
        }
        if !request.remove_old.is_empty() {
            permits.demand(Act::RemoveKeys)?;
        }
        let facts = self.table.get(&request.key).ok_or_else(key_is_gone)?;
        if self.runs.values().any(|run| !run.is_over() && run.holds(&request.key)) {
            return Err(key_is_busy());
        }
        let ahead = self.desk.take_ahead(&request.person);
        let person = subject(&ahead, &request)?;
        let rules = &ports.rules;
        let pins = Pins::choose(request.pin, &rules.pin, rules.enrolment.min_pin_length, &facts)?;
        if pins.custody == Custody::Sealed {
            vault::may_seal(&ports).await?;
        }
        let plan = Plan {
            reset: request.reset,
            pin: pins.plan,
            custody: pins.custody,
            min_pin_length: ports.rules.enrolment.min_pin_length,
            always_uv: match ports.rules.enrolment.always_uv {
                true => AlwaysUv::TurnOn,
                false => AlwaysUv::Leave,
            },
            first_use: request.first_use,
            remove_old: request.remove_old,
        };
        let key = KeyIdentity::of(&facts, request.serial.as_ref());
        let today = jiff::Zoned::now().date();
        let intent = Intent {
            tenant: ports.tenant.name.clone(),
            person,
            passkey_name: text::passkey_name(key.serial.as_deref(), &key.model, today),
            key,
            plan,
            operator: ports.tenant.operator.clone(),
            seat: None,
        };
        let id =
            journal_intent(&ports, &intent, Some(&pins)).await.map_err(|error| error.problem())?;
        let hands = Hands {
            pin: Some(pins.pin),
            pin_was_typed: pins.plan == PinPlan::KeepExisting,
            old_pin: pins.old,
            options: ahead.options,
            card: ahead.card,
            policy: ahead.policy,
            to_reset: Some(facts),
            ..Hands::default()
        };
        self.table.forget_told(&request.key);
        let begun = Begun { id, ceremony: Ceremony::begin(intent), key: Some(request.key) };
        self.start_run(ports, begun, hands);
        Ok(())
    }

    pub(super) fn start_run(&mut self, ports: Arc<Ports>, begun: Begun, hands: Hands) {
        let Begun { id, ceremony, key } = begun;
        // A run of the session on the board tells the session.
        let seat = ceremony.intent().seat.filter(|seat| self.bulk.has(seat.session));
        let shown = match seat {
            Some(_) => Shown::to_session(id, self.news.clone()),
            None => Shown::new(ports.teller.clone()),
        };
        let gone = shown.clone();
        let (handle, inbox) = pair(ports.tenant.key.clone(), shown.clone());
        let key = key.and_then(|key| ports.key(&key));
        if let Some(key) = &key {
            inbox.hold(key);
        }
        self.runs.insert(id, handle);
        let run = Run::new(ports, id, ceremony, key, hands, (inbox, shown));
        let over = self.over.clone();
        tokio::spawn(async move {
            run.drive().await;
            gone.tell_session(News::Gone).await;
            if over.send(id).await.is_err() {
                tracing::debug!(enrolment = %id.0, "the station ended before the run");
            }
        });
    }

    pub(super) fn cancel(&mut self, id: EnrolmentId) {
        if let Some(run) = self.runs.get(&id) {
            run.cancel();
        }
    }

    /// An answer to a running enrolment, or to one that an earlier run left.
    pub(super) async fn answer(
        &mut self,
        id: EnrolmentId,
        (answer, pin): (Answer, Option<Pin>),
        reason: String,
        permits: &Permits,
    ) {
        if answer == Answer::ResetKey
            && let Err(problem) = permits.demand(Act::ResetUsedKey)
        {
            return self.tell(Event::Problem(problem)).await;
        }
        let reason = Some(reason).filter(|text| !text.is_empty());
        if let Some(run) = self.runs.get(&id) {
            if !run.send(Message::Answer { answer, pin, reason }) {
                tracing::warn!(enrolment = %id.0, "answer to a run that has ended");
            }
            if let Some(view) = self.view_mut(id) {
                view.is_answered_with(answer);
            }
            return;
        }
        if matches!(answer, Answer::Retry | Answer::LeaveIt | Answer::ResetKey)
            && let Some(problem) = self.not_before_its_session(id)
        {
            return self.tell(Event::Problem(problem)).await;
        }
        let Some(ports) = self.connected().await else { return };
        match load(&ports, id).await {
            // Pressed again while its run came to its end, which is still to be told.
            Ok((stored, _)) if stored.finished_at.is_some() => {
                tracing::info!(enrolment = %id.0, "answer to an enrolment that is over");
            }
            Ok((stored, ceremony)) => {
                self.take_up(ports, stored, ceremony, answer, pin, reason).await;
            }
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    /// Ends a running enrolment, or one that an earlier run left, as it stands.
    pub(super) async fn abandon(&mut self, id: EnrolmentId, reason: String) {
        if let Some(run) = self.runs.get(&id)
            && run.send(Message::Abandon { reason: reason.clone() })
        {
            if let Some(view) = self.view_mut(id) {
                view.is_answered = true;
            }
            return;
        }
        let Some(ports) = self.connected().await else { return };
        let (stored, mut ceremony) = match load(&ports, id).await {
            Ok(found) => found,
            Err(problem) => return self.tell(Event::Problem(problem)).await,
        };
        match keep(&ports, stored.id, &mut ceremony, Record::Abandoned { reason }).await {
            Ok(()) => {
                release_options(&ports, stored.id, &ceremony).await;
                if let Some(outcome) = ceremony.outcome() {
                    let summary = summary(outcome);
                    self.tell(Event::Ended { id, summary }).await;
                }
                self.show_unfinished().await;
            }
            Err(problem) => self.tell(Event::Problem(problem)).await,
        }
    }

    async fn take_up(
        &mut self,
        ports: Arc<Ports>,
        stored: StoredEnrolment,
        ceremony: Ceremony,
        answer: Answer,
        pin: Option<Pin>,
        reason: Option<String>,
    ) {
        let hands = hands_with(pin, pin_wanted(&ceremony));
        let stopped = matches!(ceremony.next(&nothing_at_hand()), Action::Ask(_));
        let mut ceremony = ceremony;
        // Where nothing asked, a retry means: simply go on.
        if stopped || answer != Answer::Retry {
            let record = Record::Answered { answer, reason };
            if let Err(problem) = keep(&ports, stored.id, &mut ceremony, record).await {
                return self.tell(Event::Problem(problem)).await;
            }
        }
        let session = ceremony.intent().seat.map(|seat| seat.session);
        // Whoever answers for a key that is to be activated has its person's word; for one that is not
        // made to its end nobody has.
        let activate = answer == Answer::Retry && ceremony.is_for_activation();
        let passkeys_before = self.had_before(&ports, &ceremony).await;
        let pin_follows = session.is_some();
        let hands = Hands { pin_follows, activate, passkeys_before, ..hands };
        self.watch_again(stored.id);
        self.start_run(ports, Begun { id: stored.id, ceremony, key: None }, hands);
    }

    pub(super) fn handed_over(&mut self, id: EnrolmentId) {
        if let Some(run) = self.runs.get(&id)
            && !run.hand_over()
        {
            tracing::warn!(enrolment = %id.0, "hand-over of a run that has ended");
        }
    }
}

/// A new PIN is typed twice where the run asks for it, and checked there.
fn hands_with(pin: Option<Pin>, wanted: Option<WhichPin>) -> Hands {
    match wanted {
        Some(WhichPin::ChooseNew) => Hands::default(),
        Some(WhichPin::BeforeChange) => Hands { old_pin: pin, ..Hands::default() },
        Some(WhichPin::OnKey) | None => {
            Hands { pin_was_typed: pin.is_some(), pin, ..Hands::default() }
        }
    }
}

/// An enrolment about to be driven.
pub(super) struct Begun {
    pub id: EnrolmentId,
    pub ceremony: Ceremony,
    pub key: Option<KeyId>,
}

/// The PINs of a request: the one the key gets, and the one it has.
pub(super) struct Pins {
    pub plan: PinPlan,
    pub custody: Custody,
    pub pin: Pin,
    pub old: Option<Pin>,
}

impl Pins {
    /// `planned` is the minimum length that the key is to get, in characters.
    pub(super) fn choose(
        choice: PinChoice,
        settings: &PinSettings,
        planned: Option<u8>,
        facts: &KeyFacts,
    ) -> Result<Self, Problem> {
        let least = facts.min_pin_length.max(planned.unwrap_or_default());
        let policy = PinPolicy::new(settings, least);
        match choice {
            PinChoice::Existing(pin) => Ok(Self {
                plan: PinPlan::KeepExisting,
                custody: Custody::PersonsOwn,
                pin,
                old: None,
            }),
            PinChoice::New(new) => Self::new_one(new, &policy, PinPlan::SetNew, None),
            PinChoice::Change { current, new } => {
                Self::new_one(new, &policy, PinPlan::Change, Some(current))
            }
        }
    }

    fn new_one(
        new: NewPin,
        policy: &PinPolicy,
        plan: PinPlan,
        old: Option<Pin>,
    ) -> Result<Self, Problem> {
        match new {
            NewPin::Random => {
                let pin = pin::draw(policy, &mut random).map_err(|error| no_random_pin(&error))?;
                Ok(Self { plan, custody: Custody::Sealed, pin, old })
            }
            NewPin::Typed(pin) => {
                policy.check(&pin).map_err(|refused| refused.problem())?;
                Ok(Self { plan, custody: Custody::PersonsOwn, pin, old })
            }
        }
    }
}

/// The operating system's random generator.
fn random(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    getrandom::fill(bytes)
}

pub(super) async fn journal_intent(
    ports: &Ports,
    intent: &Intent,
    pins: Option<&Pins>,
) -> Result<EnrolmentId, JournalError> {
    let sealed = pins.filter(|pins| pins.custody == Custody::Sealed).map(|p| p.pin.duplicate());
    let intent = intent.clone();
    let now = jiff::Timestamp::now();
    ports.journal.call(move |journal| journal.begin(&intent, sealed.as_ref(), now)).await
}

fn subject(ahead: &Ahead, request: &RegisterRequest) -> Result<Subject, Problem> {
    let card = ahead.card.as_ref().ok_or_else(|| Problem {
        what: "The person's card has not been read yet".into(),
        next: "Wait until it shows, then register the key".into(),
        details: Vec::new(),
    })?;
    Ok(Subject {
        id: request.person.0.clone(),
        display_name: card.person.display_name.clone(),
        upn: card.person.upn.clone(),
    })
}

/// Applies a record to an enrolment that is not running, and journals it.
async fn keep(
    ports: &Ports,
    id: EnrolmentId,
    ceremony: &mut Ceremony,
    record: Record,
) -> Result<(), Problem> {
    ceremony.apply(&record).map_err(|error| out_of_order(&error))?;
    let line = Line::new(record, ceremony.outcome(), PinAfter::Keep);
    let now = jiff::Timestamp::now();
    let kept = ports.journal.call(move |journal| line.write(journal, id, now)).await;
    kept.map_err(|error| error.problem())
}

pub(super) async fn load(
    ports: &Ports,
    id: EnrolmentId,
) -> Result<(StoredEnrolment, Ceremony), Problem> {
    let stored = ports.journal.call(move |journal| journal.load(id)).await;
    let stored = stored.map_err(|error| error.problem())?;
    let ceremony = Ceremony::replay(stored.intent.clone(), &stored.records);
    match ceremony {
        Ok(ceremony) => Ok((stored, ceremony)),
        Err(error) => Err(out_of_order(&error)),
    }
}

fn no_random_pin(error: &DrawError<getrandom::Error>) -> Problem {
    Problem {
        what: format!("No random PIN could be drawn: {error}"),
        next: "Start Keydesk again; if it stays so, let the person choose the PIN".into(),
        details: Vec::new(),
    }
}

fn key_is_gone() -> Problem {
    Problem {
        what: "The key is not in any more".into(),
        next: "Insert it again, then register it".into(),
        details: Vec::new(),
    }
}

fn key_is_busy() -> Problem {
    Problem {
        what: "This key is being registered already".into(),
        next: "Wait until it is done, or insert another key".into(),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_pin_is_the_one_that_is_wanted_and_never_an_unchecked_new_one() {
        let hands = |wanted| {
            let hands = hands_with(Some(Pin::new("2468").unwrap()), wanted);
            (hands.pin.is_some(), hands.pin_was_typed, hands.old_pin.is_some())
        };
        assert_eq!(hands(Some(WhichPin::OnKey)), (true, true, false));
        assert_eq!(hands(None), (true, true, false));
        assert_eq!(hands(Some(WhichPin::BeforeChange)), (false, false, true));
        assert_eq!(hands(Some(WhichPin::ChooseNew)), (false, false, false));
    }
}
