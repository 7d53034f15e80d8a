//! PINs that are typed while a run waits for one, and those that are taken out of the vault.

use super::{Flow, Message, News, Run};
use crate::engine::Event;
use crate::enrolment::{Answer, Custody, FailureClass, PinNeeded, PinPlan, Record, Step, WhichPin};
use crate::pin::{Pin, PinPolicy};
use crate::problem::{Explain, Problem};

impl Run {
    pub(super) async fn ask_pin(&mut self, mut needed: PinNeeded) -> Flow {
        if needed.which != WhichPin::BeforeChange && self.unseal().await {
            return Flow::On;
        }
        let offered = needed.stopped.answers.clone();
        let which = needed.which;
        self.give_turn_back().await;
        self.inbox.forget_answers();
        self.tell(Event::PinNeeded { id: self.id, needed: needed.clone() }).await;
        loop {
            match self.inbox.next().await {
                Some(Message::Answer { pin: Some(pin), .. }) => match self.refused(which, &pin) {
                    None => {
                        self.shown.tell_session(News::GoesOn).await;
                        return self.take_typed(which, pin).await;
                    }
                    Some(problem) => {
                        (needed.refused, needed.stopped.problem) = (true, problem);
                        self.tell(Event::PinNeeded { id: self.id, needed: needed.clone() }).await;
                    }
                },
                Some(Message::VaultIsOpen)
                    if which != WhichPin::BeforeChange && self.unseal().await =>
                {
                    self.shown.tell_session(News::GoesOn).await;
                    return Flow::On;
                }
                // Whoever had put it aside sees what is asked for.
                Some(
                    Message::VaultIsOpen | Message::Answer { answer: Answer::Retry, pin: None, .. },
                ) => {
                    self.tell(Event::PinNeeded { id: self.id, needed: needed.clone() }).await;
                }
                Some(Message::Answer { answer, reason, .. })
                    if offered.contains(&answer) && answer != Answer::Retry =>
                {
                    return self.answered(answer, reason).await;
                }
                Some(Message::Abandon { reason }) => {
                    return self.record(Record::Abandoned { reason }).await;
                }
                Some(Message::Delivered) => self.hands.delivered = true,
                Some(_) => {}
                None => return Flow::Over,
            }
        }
    }

    /// Why a new PIN is not taken: the policy rules, wherever it was typed.
    fn refused(&self, which: WhichPin, pin: &Pin) -> Option<Problem> {
        if which != WhichPin::ChooseNew {
            return None;
        }
        let facts = self.key.as_ref().and_then(|key| self.ports.table.get(key.id()));
        let least = facts.map(|facts| facts.min_pin_length);
        let least = least.max(self.ceremony.intent().plan.min_pin_length).unwrap_or_default();
        let policy = PinPolicy::new(&self.ports.rules.pin, least);
        policy.check(pin).err().map(|refused| refused.problem())
    }

    /// A new PIN that is to be kept is sealed before it is used, in place of the one that can't
    /// be opened any more. Where that fails, it is asked again.
    async fn take_typed(&mut self, which: WhichPin, pin: Pin) -> Flow {
        let sealed = self.ceremony.intent().plan.custody == Custody::Sealed;
        if sealed && which == WhichPin::ChooseNew {
            let (id, copy) = (self.id, pin.duplicate());
            let kept = self.ports.journal.call(move |journal| journal.replace_pin(id, &copy)).await;
            if let Err(error) = kept {
                self.tell(Event::Problem(error.problem())).await;
                return Flow::On;
            }
        }
        self.keep_pin(which, pin);
        Flow::On
    }

    fn keep_pin(&mut self, which: WhichPin, pin: Pin) {
        match which {
            WhichPin::BeforeChange => self.hands.old_pin = Some(pin),
            WhichPin::ChooseNew | WhichPin::OnKey => {
                self.hands.pin = Some(pin);
                self.hands.pin_was_typed = which == WhichPin::OnKey;
            }
        }
    }

    /// Before a PIN is set: one that was typed as the key's was guessed, or is of before a reset. It
    /// was checked by no policy, and nobody has sealed it.
    pub(super) fn forgets_typed_pin(&mut self) -> bool {
        let is_set = self.ceremony.pin_plan() != PinPlan::KeepExisting;
        let forgets = is_set && std::mem::take(&mut self.hands.pin_was_typed);
        if forgets {
            self.hands.pin = None;
        }
        forgets
    }

    pub(super) fn take_pin(&mut self, pin: Option<Pin>) {
        if let Some(pin) = pin {
            let which = match self.ceremony.pin_plan() {
                PinPlan::Change => WhichPin::BeforeChange,
                _ => WhichPin::OnKey,
            };
            self.keep_pin(which, pin);
        }
    }

    /// A typed PIN that the key does not take is typed anew: it is not tried once more.
    pub(super) fn forget_refused_pin(&mut self, step: Step, class: FailureClass) {
        let custody = self.ceremony.intent().plan.custody;
        let is_typed = self.hands.pin_was_typed || custody == Custody::PersonsOwn;
        let is_refused = match class {
            FailureClass::PinPolicy => true,
            // There the one before the change is wrong.
            FailureClass::WrongPin { .. } => {
                step != Step::Pin || self.ceremony.pin_plan() != PinPlan::Change
            }
            _ => false,
        };
        if is_typed && is_refused {
            self.hands.pin = None;
        }
    }

    /// Takes the sealed PIN from the vault, where it can be opened.
    pub(super) async fn unseal(&mut self) -> bool {
        if self.hands.pin.is_some() || self.ceremony.intent().plan.custody != Custody::Sealed {
            return false;
        }
        let id = self.id;
        match self.ports.journal.call(move |journal| journal.pin_for_key(id)).await {
            Ok(pin) => {
                self.hands.pin = Some(pin);
                self.hands.pin_was_typed = false;
                true
            }
            Err(error) => {
                tracing::warn!(enrolment = %id.0, %error, "sealed PIN not opened");
                false
            }
        }
    }
}
