//! The process's one table of open devices, and what is remembered of each insertion.
//!
//! The table is never locked while the system opens a device: each device has its own slot.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex};

use crate::backend::{Backend, Link};
use crate::description::{Description, DeviceId};
use crate::device::Device;
use crate::direct::DIRECT;
use crate::notes::Notes;
use crate::reason::Reason;
use crate::sync::lock;
use crate::virtual_keys::BENCH;

/// How many ended insertions can still be asked for their last reason.
const REMEMBERED: usize = 64;

type Slot = Arc<Mutex<Option<Arc<Device>>>>;

#[derive(Default)]
struct Registry {
    open: Mutex<HashMap<DeviceId, Slot>>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    notes: HashMap<DeviceId, Arc<Notes>>,
    ended: VecDeque<DeviceId>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);

fn backends() -> [&'static dyn Backend; 2] {
    [&*BENCH, &*DIRECT]
}

/// The FIDO devices present now.
///
/// # Errors
/// The first back end's failure, if it could list nothing at all.
pub(crate) fn list() -> Result<Vec<Description>, Reason> {
    let mut present = Vec::new();
    let mut failed = None;
    for backend in backends() {
        match backend.list() {
            Ok(devices) => present.extend(devices),
            Err(reason) => failed = Some(reason),
        }
    }
    match failed {
        Some(reason) if present.is_empty() => Err(reason),
        _ => Ok(present),
    }
}

/// The open device, opened now if it was not yet.
///
/// # Errors
/// [`Reason::NotFound`], [`Reason::Denied`], [`Reason::Busy`] or [`Reason::Io`], also remembered
/// for [`crate::last_reason`].
pub(crate) fn open(id: &DeviceId) -> Result<Arc<Device>, Reason> {
    let slot = Arc::clone(lock(&REGISTRY.open).entry(id.clone()).or_default());
    let mut held = lock(&slot);
    if let Some(device) = &*held {
        return Ok(Arc::clone(device));
    }
    let opened = link(id).and_then(|link| Device::start(id.clone(), link, notes(id)));
    match opened {
        Ok(device) => {
            *held = Some(Arc::clone(&device));
            Ok(device)
        }
        Err(reason) => {
            drop(held);
            lock(&REGISTRY.open).remove(id);
            notes(id).record::<()>(&Err(reason.clone()));
            Err(reason)
        }
    }
}

fn link(id: &DeviceId) -> Result<Link, Reason> {
    for backend in backends() {
        if let Some(link) = backend.open(id)? {
            return Ok(link);
        }
    }
    Err(Reason::NotFound)
}

/// The device if it is open.
pub(crate) fn if_open(id: &DeviceId) -> Option<Arc<Device>> {
    let slot = lock(&REGISTRY.open).get(id).cloned()?;
    lock(&slot).clone()
}

/// An open device ended: the next opening starts afresh.
pub(crate) fn forget(id: &DeviceId) {
    lock(&REGISTRY.open).remove(id);
    for backend in backends() {
        backend.ended(id);
    }
}

/// The memory of an insertion, begun now if there was none.
pub(crate) fn notes(id: &DeviceId) -> Arc<Notes> {
    let mut memory = lock(&REGISTRY.memory);
    let notes = memory.notes.entry(id.clone()).or_insert_with(|| Arc::new(Notes::new()));
    Arc::clone(notes)
}

/// The last reason remembered of an insertion.
pub(crate) fn last_reason(id: &DeviceId) -> Option<Reason> {
    let notes = lock(&REGISTRY.memory).notes.get(id).cloned()?;
    notes.last_reason()
}

/// The insertion is over: listeners are closed, the reason stays askable for a while.
pub(crate) fn retire(id: &DeviceId) {
    let mut memory = lock(&REGISTRY.memory);
    let Some(notes) = memory.notes.get(id).cloned() else {
        return;
    };
    if memory.ended.contains(id) {
        return;
    }
    memory.ended.push_back(id.clone());
    if memory.ended.len() > REMEMBERED
        && let Some(oldest) = memory.ended.pop_front()
    {
        memory.notes.remove(&oldest);
    }
    drop(memory);
    notes.close();
}
