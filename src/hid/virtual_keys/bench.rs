//! The back end for virtual keys: which are plugged in.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use super::session::Session;
use crate::backend::{Backend, Link};
use crate::description::{Description, DeviceId};
use crate::hotplug;
use crate::reason::Reason;
use crate::sync::lock;

pub(crate) static BENCH: LazyLock<Bench> = LazyLock::new(Bench::default);

/// The sockets virtual keys are plugged into.
#[derive(Default)]
pub(crate) struct Bench {
    plugged: Mutex<BTreeMap<DeviceId, Arc<Session>>>,
}

pub(super) fn plug_in(session: Arc<Session>) {
    let description = session.description().clone();
    lock(&BENCH.plugged).insert(description.id.clone(), session);
    hotplug::arrived(description);
}

pub(super) fn unplug(id: &DeviceId) {
    lock(&BENCH.plugged).remove(id);
    hotplug::left(id);
}

impl Backend for Bench {
    fn list(&self) -> Result<Vec<Description>, Reason> {
        let plugged = lock(&self.plugged);
        Ok(plugged.values().map(|s| s.description().clone()).collect())
    }

    fn open(&self, id: &DeviceId) -> Result<Option<Link>, Reason> {
        let session = lock(&self.plugged).get(id).cloned();
        session.map(|session| session.connect()).transpose()
    }

    fn ended(&self, _id: &DeviceId) {}
}
