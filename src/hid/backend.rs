//! What a way to reach devices must offer: list them, and open a stream of reports to one.
//!
//! The seam knows nothing else of where a device is. A way over a byte stream (reports carried to
//! a process with more rights) would be one more implementation.

use crate::description::{Description, DeviceId};
use crate::frames::Report;
use crate::reason::Reason;

/// A way to reach FIDO devices.
pub(crate) trait Backend: Send + Sync {
    /// The FIDO devices present now; an insertion keeps its id from list to list.
    fn list(&self) -> Result<Vec<Description>, Reason>;

    /// Opens the system's one handle to a device, or `None` if it is not one of this back end's.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::Denied`], [`Reason::Busy`] or [`Reason::Io`].
    fn open(&self, id: &DeviceId) -> Result<Option<Link>, Reason>;

    /// The device ended under the seam's hands; the back end may want to look again.
    fn ended(&self, id: &DeviceId);
}

/// Both directions of an open device.
pub(crate) struct Link {
    pub(crate) source: Box<dyn ReportSource>,
    pub(crate) sink: Box<dyn ReportSink>,
}

/// Reports from the device. Dropped only after it has failed: on Windows a pending read must not
/// be abandoned.
pub(crate) trait ReportSource: Send {
    /// Blocks until the next report.
    ///
    /// # Errors
    /// [`Reason::Gone`] when the device was pulled out; any error ends the link.
    fn read(&mut self) -> Result<Report, Reason>;
}

/// Reports to the device.
pub(crate) trait ReportSink: Send {
    /// # Errors
    /// Any error ends the link: nothing is written after it.
    fn write(&mut self, report: &Report) -> Result<(), Reason>;
}
