//! A HID device made through `/dev/uhid` (Linux, Documentation/hid/uhid.rst).

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use crate::engine::{Engine, Report};

const DEVICE: &str = "/dev/uhid";
/// Bytes of `struct uhid_event`, packed: the type and the largest member, CREATE2.
const EVENT_BYTES: usize = 4 + 4372;
/// Offset of `size` in `struct uhid_output_req`, after the type and 4096 bytes of data.
const OUTPUT_SIZE_AT: usize = 4 + 4096;
const BUS_USB: u16 = 3;

/// `enum uhid_event_type`, those that are used.
mod event {
    pub const DESTROY: u32 = 1;
    pub const OUTPUT: u32 = 6;
    pub const CREATE2: u32 = 11;
    pub const INPUT2: u32 = 12;
}

/// The report descriptor of a FIDO device (CTAP 2.1, 11.2.8.2): usage page 0xF1D0, 64 bytes each way.
const DESCRIPTOR: [u8; 34] = [
    0x06, 0xD0, 0xF1, 0x09, 0x01, 0xA1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08,
    0x95, 0x40, 0x81, 0x02, 0x09, 0x21, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91,
    0x02, 0xC0,
];

/// What the system is told of a key.
#[derive(Clone, Debug)]
pub struct Identity {
    pub name: String,
    pub vendor_id: u16,
    pub product_id: u16,
    /// The device's unique text (`HID_UNIQ`); tells keys of one kind apart.
    pub unique: String,
}

impl Identity {
    /// A key of no known vendor.
    pub fn new(name: &str, unique: &str) -> Self {
        Self { name: name.into(), vendor_id: 0x1209, product_id: 0xF1D0, unique: unique.into() }
    }
}

/// Why a key could not be plugged in.
#[derive(Debug, thiserror::Error)]
pub enum UhidError {
    #[error("there is no {DEVICE}: load the kernel's module with `modprobe uhid`")]
    NoUhid,
    #[error("{DEVICE} may only be opened by root")]
    Denied,
    #[error("the kernel made no hidraw node of the key within {0:?}; it needs CONFIG_HIDRAW")]
    NoNode(Duration),
    #[error("{DEVICE}: {0}")]
    Io(#[from] io::Error),
}

/// A key plugged into the kernel. Dropped, it is pulled out.
pub struct UhidKey {
    identity: Identity,
    device: Arc<Mutex<File>>,
    node: PathBuf,
    /// Closed, it ends the thread that reads from the kernel.
    end: Option<OwnedFd>,
    reader: Option<JoinHandle<()>>,
    engine: Option<JoinHandle<Box<dyn Engine>>>,
}

/// A key in one's hand: PIN and credentials are kept.
pub struct Unplugged {
    identity: Identity,
    engine: Box<dyn Engine>,
}

impl Unplugged {
    pub fn new(engine: impl Engine, identity: Identity) -> Self {
        Self { identity, engine: Box::new(engine) }
    }

    /// Plugs the key in and waits until the kernel has made its hidraw node.
    ///
    /// # Errors
    /// [`UhidError`]; the key is lost then.
    pub fn plug(self) -> Result<UhidKey, UhidError> {
        const PATIENCE: Duration = Duration::from_secs(5);
        let Self { identity, mut engine } = self;
        let mut device = open()?;
        let known = nodes_of(&identity.unique)?;
        device.write_all(&create_event(&identity))?;
        let to_kernel = Arc::new(Mutex::new(device.try_clone()?));
        let (end_read, end) = rustix::pipe::pipe().map_err(io::Error::from)?;
        let (reports, from_host) = channel();
        let reader = spawn("uhid reader", move || serve_kernel(device, &end_read, &reports))?;
        let out = Arc::clone(&to_kernel);
        let engine = spawn("uhid key", move || {
            engine.run(&from_host, &|report| send_input(&out, report));
            engine
        })?;
        let mut key = UhidKey {
            identity,
            device: to_kernel,
            node: PathBuf::new(),
            end: Some(end),
            reader: Some(reader),
            engine: Some(engine),
        };
        key.node = key.wait_for_node(&known, PATIENCE)?;
        Ok(key)
    }
}

impl UhidKey {
    /// Plugs a new key in.
    ///
    /// # Errors
    /// [`UhidError`].
    pub fn plug(engine: impl Engine, identity: Identity) -> Result<Self, UhidError> {
        Unplugged::new(engine, identity).plug()
    }

    /// The node that programs open, such as `/dev/hidraw0`.
    pub fn node(&self) -> &std::path::Path {
        &self.node
    }

    /// Pulls the key out, in the middle of whatever it does.
    ///
    /// # Panics
    /// If the engine's thread did.
    pub fn unplug(mut self) -> Unplugged {
        let identity = self.identity.clone();
        match self.pull_out() {
            Some(engine) => Unplugged { identity, engine },
            None => panic!("the engine of {} ended in a panic", identity.name),
        }
    }

    fn pull_out(&mut self) -> Option<Box<dyn Engine>> {
        // The kernel's side first: whoever reads the node then hears that the key is gone.
        let gone = lock(&self.device).write_all(&event::DESTROY.to_ne_bytes());
        self.end.take();
        let read = self.reader.take().map(JoinHandle::join);
        let engine = self.engine.take().map(JoinHandle::join);
        if gone.is_err() || matches!(read, Some(Err(_))) {
            return None;
        }
        engine.and_then(Result::ok)
    }

    fn wait_for_node(&self, known: &[PathBuf], patience: Duration) -> Result<PathBuf, UhidError> {
        let deadline = Instant::now() + patience;
        loop {
            let nodes = nodes_of(&self.identity.unique)?;
            let new = nodes.into_iter().find(|node| !known.contains(node) && node.exists());
            if let Some(node) = new {
                return Ok(node);
            }
            if Instant::now() > deadline {
                return Err(UhidError::NoNode(patience));
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for UhidKey {
    fn drop(&mut self) {
        if self.engine.is_some() {
            self.pull_out();
        }
    }
}

fn open() -> Result<File, UhidError> {
    OpenOptions::new().read(true).write(true).open(DEVICE).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => UhidError::NoUhid,
        io::ErrorKind::PermissionDenied => UhidError::Denied,
        _ => UhidError::Io(error),
    })
}

fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.into()).spawn(work)
}

/// Hands the host's reports to the engine until `end` closes; then `reports` closes.
fn serve_kernel(mut device: File, end: &OwnedFd, reports: &Sender<Report>) {
    let mut event = vec![0; EVENT_BYTES];
    while wait_for_kernel(&device, end) {
        let Ok(length) = device.read(&mut event) else { return };
        let Some(report) = output_report(&event[..length]) else { continue };
        if reports.send(report).is_err() {
            return;
        }
    }
}

/// Whether the kernel has something to say; `false` is the end.
fn wait_for_kernel(device: &File, end: &OwnedFd) -> bool {
    let mut wanted =
        [PollFd::new(device, PollFlags::IN), PollFd::new(end, PollFlags::IN | PollFlags::HUP)];
    loop {
        match poll(&mut wanted, None) {
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
            Ok(_) => return wanted[1].revents().is_empty(),
        }
    }
}

/// The report of an OUTPUT event: the first byte is the report's number, which FIDO devices lack.
fn output_report(event: &[u8]) -> Option<Report> {
    let kind = u32::from_ne_bytes(event.get(..4)?.try_into().ok()?);
    if kind != event::OUTPUT {
        return None;
    }
    let size = event.get(OUTPUT_SIZE_AT..OUTPUT_SIZE_AT + 2)?;
    let size = usize::from(u16::from_ne_bytes(size.try_into().ok()?));
    let data = event.get(4..4 + size)?;
    data.get(1..)?.try_into().ok()
}

fn send_input(device: &Mutex<File>, report: &Report) {
    let mut event = Vec::with_capacity(4 + 2 + report.len());
    event.extend(event::INPUT2.to_ne_bytes());
    event.extend(64_u16.to_ne_bytes());
    event.extend(report);
    // A report to a host that is no longer there is lost, as with a real key.
    lock(device).write_all(&event).ok();
}

fn create_event(identity: &Identity) -> Vec<u8> {
    let mut event = Vec::with_capacity(EVENT_BYTES);
    event.extend(event::CREATE2.to_ne_bytes());
    event.extend(text::<128>(&identity.name));
    event.extend(text::<64>("keydesk-rig"));
    event.extend(text::<64>(&identity.unique));
    event.extend((DESCRIPTOR.len() as u16).to_ne_bytes());
    event.extend(BUS_USB.to_ne_bytes());
    event.extend(u32::from(identity.vendor_id).to_ne_bytes());
    event.extend(u32::from(identity.product_id).to_ne_bytes());
    event.extend([0; 8]); // version, country
    event.extend(DESCRIPTOR);
    event.resize(EVENT_BYTES, 0);
    event
}

/// A text in a field of N bytes, cut where it does not fit, ended by a zero.
fn text<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [0; N];
    let length = text.len().min(N - 1);
    field[..length].copy_from_slice(&text.as_bytes()[..length]);
    field
}

/// The hidraw nodes of the devices with this unique text.
fn nodes_of(unique: &str) -> io::Result<Vec<PathBuf>> {
    let wanted = format!("HID_UNIQ={unique}");
    let entries = match std::fs::read_dir("/sys/class/hidraw") {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut nodes = Vec::new();
    for entry in entries {
        let entry = entry?;
        // A node that vanishes meanwhile is not one of ours.
        let facts = std::fs::read_to_string(entry.path().join("device/uevent")).unwrap_or_default();
        if facts.lines().any(|line| line == wanted) {
            nodes.push(PathBuf::from("/dev").join(entry.file_name()));
        }
    }
    Ok(nodes)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
