//! Security keys in this process: a whole authenticator behind the same reports as a real key.
//!
//! The authenticator is Google's OpenSK with an environment of ours: touches by hand or by
//! themselves, the real clock, keepalives, cancelling, batch attestation, the serial number of
//! Yubico keys. A [`VirtualKey`] is the thing in one's hand: it keeps its PIN and credentials
//! while pulled out, and with [`Spec::store`] even when the process is killed. Each
//! [`VirtualKey::insert`] is a new insertion with a new [`DeviceId`].
//!
//! Virtual keys are for practice and tests. Their attestation keys are derived from published
//! constants, so a directory that trusts [`attestation_root`] trusts anybody.

mod attestation;
mod bench;
mod engine;
mod environment;
mod factory;
mod faults;
mod generation;
mod model;
mod read_config;
mod scripted;
mod session;
mod store;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::backend::{ReportSink, ReportSource};
use crate::description::{Description, DeviceId};
use crate::reason::Reason;
use crate::sync::lock;

pub use attestation::root as attestation_root;
pub(crate) use bench::BENCH;
pub use faults::{At, Fault, Malformation, Stage};
pub use model::{Generation, Model, ResetRule, Resident, Spec};
#[doc(hidden)]
pub use scripted::ScriptedKey;

use attestation::Attestation;
use faults::Faults;
use session::{Session, Socket};
use store::Store;

/// Why a virtual key could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The store file could not be read or written.
    #[error("the virtual key's store: {0}")]
    Store(#[from] std::io::Error),
    /// The store file is not one.
    #[error("the virtual key's store is damaged")]
    StoreDamaged,
    /// The attestation certificate could not be made.
    #[error("the virtual key's attestation: {0}")]
    Attestation(String),
    /// The authenticator refused to begin with the PIN or credentials of the [`Spec`].
    #[error("the authenticator refused its first state with status 0x{0:02x}")]
    FirstState(u8),
}

/// Who touches the key when it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TouchPolicy {
    /// Nobody but [`VirtualKey::touch`].
    Hold,
    /// The key feels a touch this long after it began to ask.
    Automatic(Duration),
}

/// A security key that exists only in this process. Clones are the same key.
#[derive(Clone)]
pub struct VirtualKey {
    core: Arc<Core>,
}

/// The key itself, plugged in or not.
pub(crate) struct Core {
    spec: Spec,
    place: String,
    /// The socket it was plugged into last; [`Core::place`] where none was chosen.
    port: Mutex<String>,
    attestation: Arc<Attestation>,
    store: Mutex<Store>,
    touch: Mutex<TouchPolicy>,
    faults: Mutex<Faults>,
    keepalive: Mutex<Duration>,
    clock_ahead_ms: AtomicU64,
    plugged: Mutex<Option<Plugged>>,
}

struct Plugged {
    session: Arc<Session>,
    thread: Option<JoinHandle<()>>,
}

impl VirtualKey {
    /// Makes a key, not yet plugged in. With a store file that exists, the key is the one of that
    /// file and the PIN and credentials of the spec are ignored.
    ///
    /// # Errors
    /// [`BuildError`], never for the unchanged spec of a [`Model`].
    pub fn new(spec: impl Into<Spec>) -> Result<Self, BuildError> {
        static PLACES: AtomicU64 = AtomicU64::new(1);
        let spec = spec.into();
        let attestation = attestation::of_model(spec.aaguid)?;
        let (store, origin) = Store::open(spec.store.clone())?;
        let place = format!("bench-{}", PLACES.fetch_add(1, Ordering::Relaxed));
        let core = Arc::new(Core {
            port: Mutex::new(place.clone()),
            place,
            attestation,
            store: Mutex::new(store),
            touch: Mutex::new(TouchPolicy::Hold),
            faults: Mutex::new(Faults::new(spec.fault.clone())),
            keepalive: Mutex::new(Duration::from_millis(100)),
            clock_ahead_ms: AtomicU64::new(0),
            plugged: Mutex::new(None),
            spec,
        });
        if origin == store::Origin::New {
            factory::fill(&core)?;
        }
        Ok(Self { core })
    }

    /// What this key is.
    pub fn spec(&self) -> &Spec {
        &self.core.spec
    }

    /// Plugs the key in and gives the insertion; plugged in already, it stays as it is.
    pub fn insert(&self) -> DeviceId {
        let mut plugged = lock(&self.core.plugged);
        if let Some(session) = still_in(&mut plugged) {
            return session.id().clone();
        }
        let session = self.power_up(&mut plugged, Socket::Bench);
        // Under the lock, so that nobody pulls it out before it is in.
        bench::plug_in(Arc::clone(&session));
        drop(plugged);
        session.id().clone()
    }

    /// As [`VirtualKey::insert`], into this socket: a key that follows another one there has its
    /// [`Description::port`]. Later insertions are there too.
    pub fn insert_into(&self, port: &str) -> DeviceId {
        port.clone_into(&mut lock(&self.core.port));
        self.insert()
    }

    /// Plugs the key in where this process does not look for devices, and gives both directions of
    /// its cable; `None` if it is plugged in already.
    pub fn insert_elsewhere(&self) -> Option<(FromKey, ToKey)> {
        let mut plugged = lock(&self.core.plugged);
        if still_in(&mut plugged).is_some() {
            return None;
        }
        let link = self.power_up(&mut plugged, Socket::Elsewhere).connect().ok()?;
        Some((FromKey(link.source), ToKey(link.sink)))
    }

    fn power_up(&self, plugged: &mut Option<Plugged>, socket: Socket) -> Arc<Session> {
        let session = Arc::new(Session::new(self.describe(), socket));
        let thread = engine::power_up(Arc::clone(&self.core), Arc::clone(&session));
        *plugged = Some(Plugged { session: Arc::clone(&session), thread });
        session
    }

    fn describe(&self) -> Description {
        let Core { spec, place, port, .. } = &*self.core;
        Description {
            id: DeviceId::new_insertion(place),
            vendor_id: spec.vendor_id,
            product_id: spec.product_id,
            product: spec.name.clone(),
            serial_text: None,
            port: Some(lock(port).clone()),
        }
    }

    /// Pulls the key out, in the middle of whatever it does.
    pub fn pull_out(&self) {
        if let Some(session) = self.core.session() {
            session.pull_out();
        }
    }

    /// The insertion, while plugged in.
    pub fn id(&self) -> Option<DeviceId> {
        self.core.session().map(|session| session.id().clone())
    }

    /// Touches the key once. Tells whether it was waiting for a touch; otherwise nothing happens,
    /// as with a real key.
    pub fn touch(&self) -> bool {
        self.core.session().is_some_and(|session| session.touch())
    }

    /// Whether the key is waiting for a touch right now.
    pub fn wants_touch(&self) -> bool {
        self.core.session().is_some_and(|session| session.wants_touch())
    }

    /// Sets who touches the key; also for a touch it is waiting for.
    pub fn set_touch(&self, policy: TouchPolicy) {
        *lock(&self.core.touch) = policy;
        if let Some(session) = self.core.session() {
            session.wake();
        }
    }

    /// Makes the key misbehave, instead of any earlier fault. Counting begins anew.
    pub fn set_fault(&self, fault: Fault) {
        *lock(&self.core.faults) = Faults::new(Some(fault));
    }

    /// Makes the key behave again.
    pub fn clear_fault(&self) {
        *lock(&self.core.faults) = Faults::new(None);
    }

    /// Sets the time between keepalives; 100 ms to begin with.
    pub fn set_keepalive(&self, interval: Duration) {
        *lock(&self.core.keepalive) = interval;
    }

    /// Lets time pass for the key at once, such as the ten seconds in which it may be reset.
    pub fn advance_clock(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.core.clock_ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

/// Reports of a key that is plugged in elsewhere.
pub struct FromKey(Box<dyn ReportSource>);

impl FromKey {
    /// Waits for the next report; `None` once the key was pulled out.
    pub fn receive(&mut self) -> Option<[u8; 64]> {
        self.0.read().ok()
    }
}

/// Reports to a key that is plugged in elsewhere.
pub struct ToKey(Box<dyn ReportSink>);

impl ToKey {
    /// # Errors
    /// [`Reason::Gone`] once the key was pulled out.
    pub fn send(&mut self, report: &[u8; 64]) -> Result<(), Reason> {
        self.0.write(report)
    }
}

/// The insertion that lasts; one that ended is waited for, so that a new one may begin.
fn still_in(plugged: &mut Option<Plugged>) -> Option<Arc<Session>> {
    let plugged = plugged.as_mut()?;
    if !plugged.session.is_gone() {
        return Some(Arc::clone(&plugged.session));
    }
    plugged.wait_for_power_down();
    None
}

impl fmt::Debug for VirtualKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VirtualKey({} at {})", self.core.spec.name, self.core.place)
    }
}

impl Core {
    fn session(&self) -> Option<Arc<Session>> {
        let plugged = lock(&self.plugged);
        let session = &plugged.as_ref()?.session;
        (!session.is_gone()).then(|| Arc::clone(session))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        let plugged = self.plugged.get_mut().unwrap_or_else(|e| e.into_inner());
        if let Some(plugged) = plugged {
            plugged.session.pull_out();
        }
    }
}

impl Plugged {
    /// The old power-up must be over before the next begins, or both would write the store.
    fn wait_for_power_down(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            // It panicked, which powered it down too.
            self.session.pull_out();
        }
    }
}
