//! Who is plugged in, told to everyone who watches.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{LazyLock, Mutex};

use crate::description::{Description, DeviceId};
use crate::sync::lock;
use crate::{direct, registry};

/// How many events a watcher may leave unread before it is dropped.
const UNREAD: usize = 1024;

/// A device came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HotPlug {
    /// Plugged in, or present when watching began. It may need a moment before it can be opened;
    /// opening waits for that.
    Arrived(Description),
    /// Pulled out.
    Left(DeviceId),
}

#[derive(Default)]
struct Hub {
    present: BTreeMap<DeviceId, Description>,
    watchers: Vec<SyncSender<HotPlug>>,
}

static HUB: LazyLock<Mutex<Hub>> = LazyLock::new(Mutex::default);

/// Hot-plug events, beginning with an [`HotPlug::Arrived`] for each device present now.
///
/// A watcher that leaves 1024 events unread is dropped and sees its channel close.
pub fn watch() -> Receiver<HotPlug> {
    direct::keep_watching();
    let (sender, receiver) = sync_channel(UNREAD);
    let mut hub = lock(&HUB);
    let present: Vec<_> = hub.present.values().cloned().map(HotPlug::Arrived).collect();
    if present.into_iter().all(|event| tell(&sender, event)) {
        hub.watchers.push(sender);
    }
    receiver
}

pub(crate) fn arrived(description: Description) {
    let mut hub = lock(&HUB);
    let known = hub.present.insert(description.id.clone(), description.clone());
    if known.is_none() {
        hub.tell_all(&HotPlug::Arrived(description));
    }
}

pub(crate) fn left(id: &DeviceId) {
    let mut hub = lock(&HUB);
    if hub.present.remove(id).is_some() {
        hub.tell_all(&HotPlug::Left(id.clone()));
    }
    drop(hub);
    registry::retire(id);
}

impl Hub {
    fn tell_all(&mut self, event: &HotPlug) {
        self.watchers.retain(|watcher| tell(watcher, event.clone()));
    }
}

fn tell(watcher: &SyncSender<HotPlug>, event: HotPlug) -> bool {
    match watcher.try_send(event) {
        Ok(()) => true,
        Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
    }
}
