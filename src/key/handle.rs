//! What the rest of the program holds of the keys: [`Keys`] and [`Key`].

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread;

use hid::DeviceId;
use tokio::sync::{mpsc, oneshot, watch};

use super::error::KeyError;
use super::session::Session;
use super::tickets::Tickets;
use super::watcher::{Table, Watcher, stop};
use super::worker::{Message, contained};
use super::{Configure, KeyEvent, KeyFacts, KeyId, StoredCredential};
use crate::pin::Pin;
use crate::webauthn::{CreationOptions, CredentialId, MadeCredential};

/// Events that may be left unread before the watcher waits for the reader.
const UNREAD_EVENTS: usize = 1024;

/// The keys plugged in; cheap to clone.
#[derive(Clone)]
pub struct Keys {
    table: Arc<Table>,
}

impl Keys {
    /// Begins to watch, on a thread of its own, and gives the events: first an
    /// [`KeyEvent::Inserted`] for each key present. Watching ends when the receiver is dropped.
    ///
    /// The events must be read by somebody who does not wait for a [`Key`]: a worker with a full
    /// channel before it waits too.
    ///
    /// # Errors
    /// [`KeyError::Transport`] when the system gives no thread.
    pub fn start() -> Result<(Self, mpsc::Receiver<KeyEvent>), KeyError> {
        let (events, receiver) = mpsc::channel(UNREAD_EVENTS);
        let table = Arc::new(Table::default());
        let watcher = Watcher { table: Arc::clone(&table), events };
        thread::Builder::new()
            .name("key-watcher".into())
            .spawn(move || watcher.run(&hid::watch()))
            .map_err(|error| KeyError::Transport(format!("no thread for the keys: {error}")))?;
        Ok((Self { table }, receiver))
    }

    /// The key of this insertion, while it is plugged in.
    pub fn get(&self, id: &KeyId) -> Option<Key> {
        self.table.get(id)
    }
}

/// One inserted key; cheap to clone.
///
/// Each method runs on the key's own thread, in the order of the calls. All of them fail with
/// [`KeyError::Removed`] as soon as the key is pulled out, with [`KeyError::Silent`] when it does
/// not answer, with [`KeyError::Panicked`] when it sends what can't be read, and with
/// [`KeyError::Busy`] when too many calls wait. A future that is dropped leaves its work to go on:
/// to stop the key, [`Key::cancel`] it.
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    link: Arc<Link>,
}

/// The way to a key's worker.
pub struct Link {
    pub device: DeviceId,
    pub sender: SyncSender<Message>,
    pub gone: watch::Sender<bool>,
    pub tickets: Arc<Tickets>,
}

impl Key {
    pub(super) fn new(id: KeyId, link: Link) -> Self {
        Self { id, link: Arc::new(link) }
    }

    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// What the key tells of itself now. The PIN's retries are only asked for once the key's ten
    /// seconds for a reset are over, because on some keys the question ends them.
    pub async fn facts(&self) -> Result<KeyFacts, KeyError> {
        self.run(Session::facts).await
    }

    /// How many PIN tries are left; unlike [`Key::facts`] it always asks, which ends the time for
    /// a reset on some keys. To be used before a PIN is tried.
    ///
    /// # Errors
    /// [`KeyError::PinNotSet`] when there is no PIN to try.
    pub async fn pin_retries(&self) -> Result<u8, KeyError> {
        self.run(Session::retries).await
    }

    /// Gives a key its first PIN (CTAP 2.1, 6.5.5.5).
    ///
    /// # Errors
    /// [`KeyError::PinRequired`] when it has one, [`KeyError::PinPolicy`] when the key wants a
    /// longer one.
    pub async fn set_pin(&self, pin: &Pin) -> Result<(), KeyError> {
        let pin = pin.duplicate();
        self.run(move |session| session.set_pin(&pin)).await
    }

    /// Changes the PIN (CTAP 2.1, 6.5.5.6); also the way out of [`KeyError::PinMustChange`].
    ///
    /// # Errors
    /// The PIN errors with the retries left; [`KeyError::PinPolicy`] for the new one.
    pub async fn change_pin(&self, old: &Pin, new: &Pin) -> Result<(), KeyError> {
        let (old, new) = (old.duplicate(), new.duplicate());
        self.run(move |session| session.change_pin(&old, &new)).await
    }

    /// Whether this is the key's PIN. A right one costs no retry and needs no touch.
    ///
    /// # Errors
    /// [`KeyError::PinInvalid`], [`KeyError::PinAuthBlocked`], [`KeyError::PinBlocked`],
    /// [`KeyError::PinNotSet`], [`KeyError::PinMustChange`].
    pub async fn check_pin(&self, pin: &Pin) -> Result<(), KeyError> {
        let pin = pin.duplicate();
        self.run(move |session| session.check_pin(&pin)).await
    }

    /// Makes a credential (CTAP 2.1, 6.1); the key asks for a touch. `client_data_json` are the
    /// bytes whose SHA-256 the key signs.
    ///
    /// # Errors
    /// The PIN errors before any touch; [`KeyError::Excluded`], [`KeyError::Full`],
    /// [`KeyError::NoTouch`], [`KeyError::Cancelled`], [`KeyError::Unsupported`].
    pub async fn make_credential(
        &self,
        options: &CreationOptions,
        client_data_json: &[u8],
        pin: &Pin,
    ) -> Result<MadeCredential, KeyError> {
        let (options, pin) = (options.clone(), pin.duplicate());
        let client_data_json = client_data_json.to_vec();
        self.run(move |session| session.make_credential(&options, client_data_json, &pin)).await
    }

    /// Which of these credentials of a relying party is on the key, the first that is found; asked
    /// without PIN and touch, in as many requests as the key needs for the list. A credential that
    /// wants user verification each time (credProtect 3) is not told of.
    ///
    /// On some keys the question ends the time for a reset.
    ///
    /// # Errors
    /// [`KeyError::PinRequired`] from a key that does nothing without its PIN,
    /// [`KeyError::Unsupported`] from one that always wants a touch.
    pub async fn holds(
        &self,
        rp_id: &str,
        ids: Vec<CredentialId>,
    ) -> Result<Option<CredentialId>, KeyError> {
        let rp_id = rp_id.to_owned();
        self.run(move |session| session.holds(&rp_id, &ids)).await
    }

    /// Every discoverable credential, of every relying party and user.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for firmware without credential management; the PIN errors.
    pub async fn credentials(&self, pin: &Pin) -> Result<Vec<StoredCredential>, KeyError> {
        let pin = pin.duplicate();
        self.run(move |session| session.credentials(&pin)).await
    }

    /// Removes a credential for good.
    ///
    /// # Errors
    /// [`KeyError::Status`] 0x2E when it is not on the key; the PIN errors.
    pub async fn delete_credential(&self, pin: &Pin, id: &CredentialId) -> Result<(), KeyError> {
        let (pin, id) = (pin.duplicate(), id.clone());
        self.run(move |session| session.delete_credential(&pin, &id)).await
    }

    /// Writes a setting (CTAP 2.1, 6.11). What is so already is left alone.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for older firmware; [`KeyError::PinPolicy`] with the present
    /// length when a minimum PIN length would shrink; the PIN errors.
    pub async fn configure(&self, pin: &Pin, change: Configure) -> Result<(), KeyError> {
        let pin = pin.duplicate();
        self.run(move |session| session.configure(&pin, change)).await
    }

    /// Erases PIN and credentials (CTAP 2.1, 6.6); the key asks for a touch.
    ///
    /// # Errors
    /// [`KeyError::NotAllowed`] later than ten seconds after insertion, and on some keys after
    /// any other use; [`KeyError::ResetNotFirst`] when [`Self::holds`] was such a use;
    /// [`KeyError::NoTouch`], [`KeyError::Cancelled`].
    pub async fn reset(&self) -> Result<(), KeyError> {
        self.run(Session::reset).await
    }

    /// Makes the key blink, so that it is found among others.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] when it can't.
    pub async fn wink(&self) -> Result<(), KeyError> {
        self.run(Session::wink).await
    }

    /// Ends what this key is doing and what waits for it: those calls fail with
    /// [`KeyError::Cancelled`], unless they were done already. From any thread; never waits.
    pub fn cancel(&self) {
        self.link.tickets.cancel_all();
        hid::cancel(&self.link.device);
    }

    /// The key is gone: every call that waits fails now.
    pub(super) fn part(&self) {
        self.link.gone.send_replace(true);
        stop(&self.link.sender);
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, KeyError> + Send + 'static,
    ) -> Result<T, KeyError> {
        let (reply, answer) = oneshot::channel();
        let ticket = self.link.tickets.issue();
        let job = move |session: &mut Session| {
            let result = session.begin(ticket).and_then(|()| contained(session, work));
            if reply.send(result).is_err() {
                tracing::debug!("nobody waits for the key's answer any more");
            }
        };
        match self.link.sender.try_send(Message::Run(Box::new(job))) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(KeyError::Busy),
            Err(TrySendError::Disconnected(_)) => return Err(KeyError::Removed),
        }
        let mut gone = self.link.gone.subscribe();
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or(Err(KeyError::Removed)),
            _ = gone.wait_for(|gone| *gone) => Err(KeyError::Removed),
        }
    }
}
