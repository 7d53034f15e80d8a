//! One key of a session at a time asks for its touch: a run waits for its turn.

use super::{News, Run};
use crate::enrolment::{Step, StepError};
use crate::key::KeyError;

/// Where the run stands with its turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Turn {
    #[default]
    None,
    Has,
    /// The operator cancelled while it waited.
    Cancelled,
}

/// Whether time passed since the ceremony was asked.
pub(super) enum Waited {
    Yes,
    No,
}

impl Run {
    /// Waits until the key may ask for its touch; at once where nobody else can.
    pub(super) async fn take_turn(&mut self, step: Step) -> Waited {
        if !needs_touch(step) || !self.shown.is_to_session() || self.turn != Turn::None {
            return Waited::No;
        }
        // A turn that came too late for an earlier wait is not this one's.
        self.inbox.forget_turns();
        let until = self.ceremony.options().and_then(|options| options.expires_at);
        self.shown.tell_session(News::TouchWanted { until }).await;
        let cancelled = self.inbox.cancelled();
        let turn = self.inbox.turn();
        let let_go = self.inbox.let_go();
        tokio::select! {
            () = turn => self.turn = Turn::Has,
            () = cancelled => self.turn = Turn::Cancelled,
            // The step finds the key gone and says so.
            () = self.key_pulled_out() => self.turn = Turn::Has,
            () = let_go => {}
        }
        if self.turn == Turn::Has {
            self.shown.note_turn().await;
        }
        Waited::Yes
    }

    /// The next key may ask for its touch.
    pub(super) async fn end_turn(&mut self, step: Step) {
        if needs_touch(step) {
            self.give_turn_back().await;
        }
    }

    /// Nobody waits for a run that stops, whatever it stops at.
    pub(super) async fn give_turn_back(&mut self) {
        if self.turn != Turn::None {
            self.turn = Turn::None;
            self.shown.tell_session(News::TouchOver).await;
        }
    }

    /// # Errors
    /// [`KeyError::Cancelled`] when the operator cancelled before the key was asked.
    pub(super) fn not_cancelled_in_queue(&self) -> Result<(), StepError> {
        match self.turn {
            Turn::Cancelled => Err(StepError::Key(KeyError::Cancelled)),
            Turn::None | Turn::Has => Ok(()),
        }
    }

    async fn key_pulled_out(&self) {
        let Some(key) = self.key.as_ref().map(|key| key.id().clone()) else {
            return std::future::pending().await;
        };
        let mut changes = self.ports.table.changes();
        loop {
            if !changes.borrow_and_update().contains_key(&key) {
                return;
            }
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }
}

fn needs_touch(step: Step) -> bool {
    matches!(step, Step::Reset | Step::MakeCredential)
}
