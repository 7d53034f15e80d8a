//! A key that is activated later leaves the desk before it is registered.

use super::{Flow, Message, News, Run};
use crate::enrolment::{Answer, Record};

impl Run {
    /// Whether the key is made and its person has not confirmed receipt yet.
    pub(super) fn waits_for_receipt(&self) -> bool {
        self.ceremony.waits_for_activation() && !self.hands.activate
    }

    /// In a session until the key is pulled out: then the run ends, and the enrolment waits in the journal.
    pub(super) async fn wait_for_receipt(&mut self) -> Flow {
        self.give_turn_back().await;
        self.inbox.forget_answers();
        if !self.shown.is_to_session() {
            // At the Desk: it stands among the unfinished ones, to be activated there.
            return Flow::Over;
        }
        self.shown.tell_session(News::Made).await;
        loop {
            match self.inbox.next().await {
                Some(Message::HandedOver) | None => return Flow::Over,
                Some(Message::Abandon { reason }) => {
                    return self.record(Record::Abandoned { reason }).await;
                }
                Some(Message::Answer { answer: Answer::Retry, .. }) => {
                    self.hands.activate = true;
                    return Flow::On;
                }
                // Given while the key was away: it is not its person's receipt.
                Some(Message::Answer { answer, pin, reason })
                    if self.ceremony.answers().contains(&answer) =>
                {
                    self.take_pin(pin);
                    return self.answered(answer, reason).await;
                }
                Some(Message::Answer { .. }) => {}
                Some(Message::Delivered) => self.hands.delivered = true,
                Some(Message::KeyIsBack | Message::VaultIsOpen) => {}
            }
        }
    }
}
