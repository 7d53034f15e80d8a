//! What the operator says to a running enrolment.

use super::shown::Shown;
use crate::engine::audience::TenantKey;
use crate::enrolment::Answer;
use crate::key::{Key, KeyId};
use crate::pin::Pin;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, mpsc, watch};

pub(in crate::engine) enum Message {
    Answer {
        answer: Answer,
        pin: Option<Pin>,
        reason: Option<String>,
    },
    Abandon {
        reason: String,
    },
    /// The key that the run stopped for is back.
    KeyIsBack,
    /// PINs can be taken out of the vault again.
    VaultIsOpen,
    /// The PIN was shown or printed.
    Delivered,
    HandedOver,
}

/// The run's end.
pub(in crate::engine) struct Inbox {
    messages: mpsc::UnboundedReceiver<Message>,
    /// What [`Self::forget_answers`] left, oldest first.
    kept: VecDeque<Message>,
    cancels: watch::Receiver<u64>,
    key: Arc<Mutex<Option<Key>>>,
    came_back: watch::Receiver<Option<KeyId>>,
    turns: Arc<Semaphore>,
}

/// The station's end.
pub(in crate::engine) struct RunHandle {
    messages: mpsc::UnboundedSender<Message>,
    cancels: watch::Sender<u64>,
    key: Arc<Mutex<Option<Key>>>,
    came_back: watch::Sender<Option<KeyId>>,
    turns: Arc<Semaphore>,
    papers: Arc<Mutex<Papers>>,
    pub tenant: TenantKey,
    pub shown: Shown,
}

/// What is written for a run's key now.
#[derive(Default)]
struct Papers {
    letters: u32,
    /// Was said meanwhile.
    handed_over: bool,
}

/// A letter with the PIN that is being written: its run hears of the hand-over behind it, or once it is
/// waited for no more. It keeps no run going: that ends when the station lets it go.
pub(in crate::engine) struct LetterOfRun {
    run: WeakRun,
    papers: Arc<Mutex<Papers>>,
}

/// A way to a run as long as there is one.
#[derive(Clone)]
pub(in crate::engine) struct WeakRun(mpsc::WeakUnboundedSender<Message>);

impl LetterOfRun {
    /// The run that is to hear that the PIN is delivered, however late.
    pub fn run(&self) -> WeakRun {
        self.run.clone()
    }
}

impl WeakRun {
    /// Whether the run is there to hear it.
    pub fn send(&self, message: Message) -> bool {
        self.0.upgrade().is_some_and(|run| run.send(message).is_ok())
    }
}

impl Drop for LetterOfRun {
    fn drop(&mut self) {
        let mut papers = self.papers.lock().unwrap_or_else(PoisonError::into_inner);
        papers.letters -= 1;
        if papers.letters == 0 && std::mem::take(&mut papers.handed_over) {
            drop(papers);
            if !self.run.send(Message::HandedOver) {
                tracing::warn!("hand-over of a run that has ended");
            }
        }
    }
}

/// Both ends of a run's inbox.
pub(in crate::engine) fn pair(tenant: TenantKey, shown: Shown) -> (RunHandle, Inbox) {
    let (messages_in, messages_out) = mpsc::unbounded_channel();
    let (cancels_in, cancels_out) = watch::channel(0);
    let key = Arc::new(Mutex::new(None));
    let (came_back_in, came_back) = watch::channel(None);
    let turns = Arc::new(Semaphore::new(0));
    let handle = RunHandle {
        messages: messages_in,
        cancels: cancels_in,
        key: Arc::clone(&key),
        came_back: came_back_in,
        turns: Arc::clone(&turns),
        papers: Arc::default(),
        tenant,
        shown,
    };
    let inbox = Inbox {
        messages: messages_out,
        kept: VecDeque::new(),
        cancels: cancels_out,
        key,
        came_back,
        turns,
    };
    (handle, inbox)
}

impl Inbox {
    /// The next message; `None` when the station has let the run go.
    pub(super) async fn next(&mut self) -> Option<Message> {
        match self.kept.pop_front() {
            Some(message) => Some(message),
            None => self.messages.recv().await,
        }
    }

    /// The station listens no more: what goes on now goes on without anybody, beside whoever takes the
    /// enrolment up.
    pub(super) fn is_let_go(&self) -> bool {
        self.messages.is_closed()
    }

    /// Resolves when that is so.
    pub(super) fn let_go(&self) -> impl Future<Output = ()> + use<> {
        let mut came_back = self.came_back.clone();
        async move { while came_back.changed().await.is_ok() {} }
    }

    /// Drops the answers that came before the question: they were meant for an earlier one, such
    /// as the second of a double click.
    pub(super) fn forget_answers(&mut self) {
        while let Ok(message) = self.messages.try_recv() {
            self.kept.push_back(message);
        }
        self.kept.retain(|message| !matches!(message, Message::Answer { .. }));
    }

    /// What came while something else was asked is heard next, in this order.
    pub(super) fn keep(&mut self, messages: Vec<Message>) {
        for message in messages.into_iter().rev() {
            self.kept.push_front(message);
        }
    }

    /// Resolves when the operator cancels after this call.
    pub(super) fn cancelled(&self) -> impl Future<Output = ()> + use<> {
        let mut cancels = self.cancels.clone();
        cancels.mark_unchanged();
        async move {
            if cancels.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Turns that were given and not taken.
    pub(super) fn forget_turns(&self) {
        self.turns.forget_permits(self.turns.available_permits());
    }

    /// Resolves when it is this run's turn to be touched.
    pub(super) fn turn(&self) -> impl Future<Output = ()> + use<> {
        let turns = Arc::clone(&self.turns);
        async move {
            match turns.acquire().await {
                Ok(turn) => turn.forget(),
                // Never closed; were it, waiting would be for nothing.
                Err(_) => std::future::pending::<()>().await,
            }
        }
    }

    /// The key that was put back into its slot last.
    pub(super) fn came_back(&self) -> Option<KeyId> {
        self.came_back.borrow().clone()
    }

    /// Tells of each such key.
    pub(super) fn coming_back(&self) -> watch::Receiver<Option<KeyId>> {
        self.came_back.clone()
    }

    /// The key whose touches and cancels belong to this run.
    pub(in crate::engine) fn hold(&self, key: &Key) {
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
    }
}

impl RunHandle {
    /// A letter is about to be written.
    pub(in crate::engine) fn letter(&self) -> LetterOfRun {
        self.papers.lock().unwrap_or_else(PoisonError::into_inner).letters += 1;
        let run = WeakRun(self.messages.downgrade());
        LetterOfRun { run, papers: Arc::clone(&self.papers) }
    }

    /// The key is in its person's hand, or, where a letter is being written, once that is there.
    pub(in crate::engine) fn hand_over(&self) -> bool {
        let mut papers = self.papers.lock().unwrap_or_else(PoisonError::into_inner);
        papers.handed_over = papers.letters > 0;
        papers.handed_over || self.send(Message::HandedOver)
    }

    pub(in crate::engine) fn vault_is_open(&self) {
        if !self.send(Message::VaultIsOpen) {
            tracing::debug!("the vault is open for a run that has ended");
        }
    }

    /// A key that may be this run's was put back into its slot.
    pub(in crate::engine) fn key_is_back(&self, id: &KeyId) {
        self.came_back.send_replace(Some(id.clone()));
    }

    /// Whether the message was taken; not when the run has ended.
    pub(in crate::engine) fn send(&self, message: Message) -> bool {
        self.messages.send(message).is_ok()
    }

    /// Ends what the run waits for: a touch, a directory call, a delay.
    pub(in crate::engine) fn cancel(&self) {
        self.cancels.send_modify(|count| *count = count.wrapping_add(1));
        if let Some(key) = &*self.key.lock().unwrap_or_else(PoisonError::into_inner) {
            key.cancel();
        }
    }

    /// It is this run's turn to be touched.
    pub(in crate::engine) fn give_turn(&self) {
        self.turns.add_permits(1);
    }

    pub(in crate::engine) fn holds(&self, id: &KeyId) -> bool {
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        key.as_ref().is_some_and(|key| key.id() == id)
    }

    pub(in crate::engine) fn is_over(&self) -> bool {
        self.messages.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrolment::EnrolmentId;

    #[tokio::test]
    async fn answers_to_an_earlier_question_are_dropped_and_nothing_else() {
        let (news, _heard) = mpsc::unbounded_channel();
        let shown = Shown::to_session(EnrolmentId(uuid::Uuid::nil()), news);
        let (run, mut inbox) = pair(TenantKey::practice("any"), shown);
        let answer = || Message::Answer { answer: Answer::Retry, pin: None, reason: None };
        for message in [answer(), Message::Delivered, answer(), Message::HandedOver] {
            assert!(run.send(message));
        }
        inbox.forget_answers();
        assert!(run.send(answer()));
        let first = inbox.next().await.unwrap();
        inbox.keep(vec![first]);
        assert!(matches!(inbox.next().await, Some(Message::Delivered)));
        assert!(matches!(inbox.next().await, Some(Message::HandedOver)));
        assert!(matches!(inbox.next().await, Some(Message::Answer { .. })));
    }
}
