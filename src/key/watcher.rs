//! Keys coming and going.

use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use hid::{Description, DeviceId, HotPlug};
use tokio::sync::{mpsc, watch};

use super::error::KeyError;
use super::handle::{Key, Link};
use super::session::Session;
use super::tickets::Tickets;
use super::worker::{Message, Worker};
use super::{Activity, KeyEvent, KeyId};

/// How many jobs may wait for one key.
const WAITING_JOBS: usize = 32;

/// The keys plugged in now.
#[derive(Default)]
pub struct Table(Mutex<HashMap<KeyId, Key>>);

impl Table {
    pub fn get(&self, id: &KeyId) -> Option<Key> {
        self.lock().get(id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KeyId, Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct Watcher {
    pub table: Arc<Table>,
    pub events: mpsc::Sender<KeyEvent>,
}

impl Watcher {
    /// Works until nobody listens any more.
    pub fn run(&self, changes: &Receiver<HotPlug>) {
        for change in changes {
            let heard = match change {
                HotPlug::Arrived(device) => self.arrived(device),
                HotPlug::Left(id) => self.left(&id),
            };
            if heard.is_err() {
                return;
            }
        }
        tracing::error!("the keys are not watched any more");
    }

    fn arrived(&self, device: Description) -> Result<(), Deaf> {
        let id = KeyId::of(&device.id);
        let (sender, messages) = sync_channel(WAITING_JOBS);
        let (gone, gone_heard) = watch::channel(false);
        let tickets = Arc::new(Tickets::default());
        let late = Some(sender.clone());
        let link = Link { device: device.id.clone(), sender, gone, tickets: Arc::clone(&tickets) };
        self.table.lock().insert(id.clone(), Key::new(id.clone(), link));
        self.tell(KeyEvent::Inserted {
            id: id.clone(),
            port: device.port.clone(),
            product: device.product.clone(),
        })?;
        let worker = Worker {
            session: Session::new(device.clone(), Arc::clone(&tickets)),
            messages,
            late,
            events: self.events.clone(),
            gone: gone_heard,
        };
        // The listener first, or the answer to the first question goes unheard.
        let started = self
            .listen(device.id, id.clone(), tickets)
            .and_then(|()| spawn("key-worker", move || worker.run()));
        match started {
            Ok(()) => Ok(()),
            Err(error) => self.tell(KeyEvent::Unreadable {
                id,
                error: KeyError::Transport(format!("no thread for the key: {error}")),
            }),
        }
    }

    fn left(&self, device: &DeviceId) -> Result<(), Deaf> {
        let id = KeyId::of(device);
        let Some(key) = self.table.lock().remove(&id) else {
            return Ok(());
        };
        key.part();
        self.tell(KeyEvent::Removed { id })
    }

    /// Passes on what the key does. A cancel that came between two of a job's requests is made
    /// good here, when the key then asks for the touch.
    fn listen(&self, device: DeviceId, id: KeyId, tickets: Arc<Tickets>) -> io::Result<()> {
        let events = self.events.clone();
        let heard = hid::activity(&device);
        spawn("key-activity", move || {
            for activity in heard {
                if activity == hid::Activity::TouchNeeded && tickets.running_is_cancelled() {
                    hid::cancel(&device);
                }
                let activity = Activity::from(activity);
                if events.blocking_send(KeyEvent::Activity { id: id.clone(), activity }).is_err() {
                    return;
                }
            }
        })
    }

    fn tell(&self, event: KeyEvent) -> Result<(), Deaf> {
        self.events.blocking_send(event).map_err(|_| Deaf)
    }
}

/// Nobody listens to the events any more.
struct Deaf;

/// Tells the key's worker that there is nothing left to do.
pub fn stop(sender: &std::sync::mpsc::SyncSender<Message>) {
    // A full queue needs no message: the worker sees that the key is gone before the next job.
    if sender.try_send(Message::Stop).is_err() {
        tracing::debug!("the key's worker ends by itself");
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

impl From<hid::Activity> for Activity {
    fn from(activity: hid::Activity) -> Self {
        match activity {
            hid::Activity::Processing => Self::Processing,
            hid::Activity::TouchNeeded => Self::TouchNeeded,
            hid::Activity::Answered => Self::Answered,
        }
    }
}
