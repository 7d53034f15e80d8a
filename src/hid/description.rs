//! What is known of a plugged-in device before anything is said to it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One insertion of one device: pulled out and plugged in again, the same key has a new id.
///
/// Its text is what the CTAP2 client opens as a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(Arc<str>);

impl DeviceId {
    /// An id for a new insertion at `place` (a system path or a bench slot).
    pub(crate) fn new_insertion(place: &str) -> Self {
        static INSERTIONS: AtomicU64 = AtomicU64::new(1);
        let insertion = INSERTIONS.fetch_add(1, Ordering::Relaxed);
        Self(format!("{place}#{insertion}").into())
    }

    /// The id whose text this is; it need not belong to a plugged-in device.
    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    /// The text, as used for a path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A plugged-in FIDO device as the system describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// This insertion.
    pub id: DeviceId,
    /// USB vendor id; 0x1050 is Yubico.
    pub vendor_id: u16,
    /// USB product id.
    pub product_id: u16,
    /// The product string of the device.
    pub product: String,
    /// The USB serial string, which most keys leave empty. Not the printed serial number.
    pub serial_text: Option<String>,
    /// Where it is plugged in, such as `1-2.3`: the same socket gives the same text.
    pub port: Option<String>,
}
