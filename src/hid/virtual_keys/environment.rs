//! The environment OpenSK runs in: memory, clock, randomness, touch and the cable.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use opensk::api::clock::Clock;
use opensk::api::connection::{HidConnection, RecvStatus, UsbEndpoint};
use opensk::api::crypto::software_crypto::SoftwareCrypto;
use opensk::api::customization::{CustomizationImpl, DEFAULT_CUSTOMIZATION};
use opensk::api::key_store;
use opensk::api::persist::{AAGUID_LENGTH, Attestation, AttestationId, Persist, PersistIter};
use opensk::api::rng::Rng;
use opensk::api::rng::rand_core::{CryptoRng, Error as RngError, RngCore};
use opensk::api::user_presence::{UserPresence, UserPresenceError, UserPresenceWaitResult};
use opensk::ctap::hid::{ChannelID, CtapHid, KeepaliveStatus};
use opensk::ctap::status_code::{Ctap2StatusCode, CtapResult};
use opensk::env::Env;

use super::session::{Asking, Event, Session};
use super::{Core, TouchPolicy};
use crate::sync::lock;

const POWER_LOST: Ctap2StatusCode = Ctap2StatusCode::CTAP2_ERR_VENDOR_HARDWARE_FAILURE;

/// The environment of one power-up.
pub(super) struct KeyEnv {
    core: Arc<Core>,
    /// None at the factory, where every touch is given.
    session: Option<Arc<Session>>,
    customization: CustomizationImpl,
    rng: SystemRng,
    clock: KeyClock,
    /// The channel of the request being worked on.
    channel: ChannelID,
    asking_since: Option<Instant>,
}

impl KeyEnv {
    pub(super) fn new(core: Arc<Core>, session: Option<Arc<Session>>) -> Self {
        let customization = CustomizationImpl {
            default_min_pin_length: core.spec.min_pin_length,
            max_supported_resident_keys: core.spec.capacity,
            use_batch_attestation: true,
            ..DEFAULT_CUSTOMIZATION
        };
        Self {
            clock: KeyClock { core: Arc::clone(&core), powered_up: Instant::now() },
            core,
            session,
            customization,
            rng: SystemRng,
            channel: [0; 4],
            asking_since: None,
        }
    }

    /// Notes whose request is being worked on.
    pub(super) fn work_for(&mut self, channel: ChannelID) {
        self.channel = channel;
    }

    /// Tells the host what the key is doing.
    pub(super) fn keep_alive(&self, status: KeepaliveStatus) {
        if let Some(session) = &self.session {
            for report in CtapHid::<Self>::keepalive(self.channel, status) {
                session.emit(&report);
            }
        }
    }

    fn keepalive_interval(&self) -> Duration {
        *lock(&self.core.keepalive)
    }

    fn expect_power(&self) -> CtapResult<()> {
        match &self.session {
            Some(session) if session.is_gone() => Err(POWER_LOST),
            _ => Ok(()),
        }
    }
}

impl UserPresence for KeyEnv {
    fn check_init(&mut self) {
        self.asking_since = Some(Instant::now());
        if let Some(session) = &self.session {
            session.ask_for_touch(Asking::Begins);
        }
        self.keep_alive(KeepaliveStatus::UpNeeded);
    }

    fn wait_with_timeout(
        &mut self,
        packet: &mut [u8; 64],
        _timeout_ms: usize,
    ) -> UserPresenceWaitResult {
        let Some(session) = &self.session else {
            return Ok((Ok(()), RecvStatus::Timeout));
        };
        let asking_since = self.asking_since;
        let touch_due = || match *lock(&self.core.touch) {
            TouchPolicy::Hold => None,
            TouchPolicy::Automatic(delay) => asking_since.map(|since| since + delay),
        };
        let deadline = Instant::now() + self.keepalive_interval();
        match session.wait(deadline, touch_due) {
            Event::Touched => Ok((Ok(()), RecvStatus::Timeout)),
            Event::Gone => Err(POWER_LOST),
            Event::Timeout => Ok((Err(UserPresenceError::Timeout), RecvStatus::Timeout)),
            Event::Report(report) => {
                *packet = report;
                let received = RecvStatus::Received(UsbEndpoint::MainHid);
                Ok((Err(UserPresenceError::Timeout), received))
            }
        }
    }

    fn check_complete(&mut self) {
        self.asking_since = None;
        if let Some(session) = &self.session {
            session.ask_for_touch(Asking::Ends);
        }
    }
}

impl HidConnection for KeyEnv {
    fn send(&mut self, report: &[u8; 64], _endpoint: UsbEndpoint) -> CtapResult<()> {
        if let Some(session) = &self.session {
            session.emit(report);
        }
        Ok(())
    }

    fn recv(&mut self, report: &mut [u8; 64], timeout_ms: usize) -> CtapResult<RecvStatus> {
        let Some(session) = &self.session else {
            return Ok(RecvStatus::Timeout);
        };
        let timeout = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(u64::MAX));
        match session.wait(Instant::now() + timeout, || None) {
            Event::Report(received) => {
                *report = received;
                Ok(RecvStatus::Received(UsbEndpoint::MainHid))
            }
            Event::Gone => Err(POWER_LOST),
            Event::Touched | Event::Timeout => Ok(RecvStatus::Timeout),
        }
    }
}

impl Persist for KeyEnv {
    fn find(&self, key: usize) -> CtapResult<Option<Vec<u8>>> {
        Ok(lock(&self.core.store).find(key).cloned())
    }

    fn insert(&mut self, key: usize, value: &[u8]) -> CtapResult<()> {
        self.expect_power()?;
        let written = lock(&self.core.store).insert(key, value);
        written.map_err(|_| POWER_LOST)
    }

    fn remove(&mut self, key: usize) -> CtapResult<()> {
        self.expect_power()?;
        let written = lock(&self.core.store).remove(key);
        written.map_err(|_| POWER_LOST)
    }

    fn iter(&self) -> CtapResult<PersistIter<'_>> {
        let keys = lock(&self.core.store).keys();
        Ok(Box::new(keys.into_iter().map(Ok)))
    }

    fn aaguid(&self) -> CtapResult<[u8; AAGUID_LENGTH]> {
        Ok(self.core.spec.aaguid)
    }

    fn get_attestation(&self, id: AttestationId) -> CtapResult<Option<Attestation>> {
        Ok((id == AttestationId::Batch).then(|| Attestation {
            wrapped_private_key: self.core.attestation.private_key.to_vec(),
            certificate: self.core.attestation.certificate.clone(),
        }))
    }
}

impl key_store::Helper for KeyEnv {}

impl Env for KeyEnv {
    type Rng = SystemRng;
    type UserPresence = Self;
    type Persist = Self;
    type KeyStore = Self;
    type Write = Unheard;
    type Customization = CustomizationImpl;
    type HidConnection = Self;
    type Clock = KeyClock;
    type Crypto = SoftwareCrypto;

    fn rng(&mut self) -> &mut SystemRng {
        &mut self.rng
    }

    fn user_presence(&mut self) -> &mut Self {
        self
    }

    fn persist(&mut self) -> &mut Self {
        self
    }

    fn key_store(&mut self) -> &mut Self {
        self
    }

    fn clock(&mut self) -> &mut KeyClock {
        &mut self.clock
    }

    fn write(&mut self) -> Unheard {
        Unheard
    }

    fn customization(&self) -> &CustomizationImpl {
        &self.customization
    }

    fn hid_connection(&mut self) -> &mut Self {
        self
    }

    fn boots_after_soft_reset(&self) -> bool {
        false
    }

    fn firmware_version(&self) -> Option<u64> {
        let (major, minor, patch) = self.core.spec.firmware;
        Some(u64::from(u32::from_be_bytes([0, major, minor, patch])))
    }
}

/// The key's clock: real time since it was powered up, and what it was advanced by.
pub(super) struct KeyClock {
    core: Arc<Core>,
    powered_up: Instant,
}

impl KeyClock {
    fn now(&self) -> Duration {
        let ahead = self.core.clock_ahead_ms.load(Ordering::Relaxed);
        self.powered_up.elapsed() + Duration::from_millis(ahead)
    }
}

impl Clock for KeyClock {
    /// The time at which it expires; a default one is expired.
    type Timer = Duration;

    fn make_timer(&mut self, milliseconds: usize) -> Duration {
        self.now() + Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
    }

    fn is_elapsed(&mut self, timer: &Duration) -> bool {
        self.now() >= *timer
    }
}

/// The operating system's random generator.
pub(super) struct SystemRng;

impl RngCore for SystemRng {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_ne_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_ne_bytes(bytes)
    }

    /// Waits for randomness rather than doing without.
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        while getrandom::fill(bytes).is_err() {
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), RngError> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for SystemRng {}
impl Rng for SystemRng {}

/// Where OpenSK's debug text would go; the feature that writes any is off.
pub(super) struct Unheard;

impl fmt::Write for Unheard {
    fn write_str(&mut self, _text: &str) -> fmt::Result {
        Ok(())
    }
}
