//! Virtual smart cards: a YubiKey's PIV side, right and wrong.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use vpicc::{Connection, VSmartCard};

use crate::daemon::PATIENCE;

const OK: [u8; 2] = [0x90, 0x00];
const NOT_FOUND: [u8; 2] = [0x6A, 0x82];
const NO_SUCH_COMMAND: [u8; 2] = [0x6D, 0x00];

const SELECT: u8 = 0xA4;
const GET_VERSION: u8 = 0xFD;
const GET_SERIAL: u8 = 0xF8;
const PIV: [u8; 5] = [0xA0, 0x00, 0x00, 0x03, 0x08];

/// What a card answers.
#[derive(Clone, Debug)]
pub enum Manner {
    Yubikey(u32),
    /// A YubiKey up to these bytes of the serial's answer, status word excluded.
    Serial(Vec<u8>),
    /// Answers these bytes, status word excluded, for its version.
    Version(Vec<u8>),
    /// Knows the command for the serial not.
    NoSerialCommand,
    /// Has no PIV applet.
    Foreign,
    /// Is pulled out when asked for its serial.
    PulledOut,
}

/// How often what happened to a card.
#[derive(Debug, Default)]
pub struct Fate {
    pub power_ons: AtomicU32,
    pub power_offs: AtomicU32,
    pub resets: AtomicU32,
    pub commands: AtomicU32,
}

impl Fate {
    /// Power cycles and resets: what would end another program's session.
    pub fn disturbances(&self) -> u32 {
        [&self.power_ons, &self.power_offs, &self.resets]
            .iter()
            .map(|count| count.load(Ordering::SeqCst))
            .sum()
    }

    pub fn commands(&self) -> u32 {
        self.commands.load(Ordering::SeqCst)
    }
}

/// A card in a reader, until it is dropped.
pub struct Inserted {
    pub fate: Arc<Fate>,
    line: TcpStream,
    work: Option<JoinHandle<()>>,
}

impl Inserted {
    /// Puts a card into the reader that listens on this port.
    pub fn new(manner: Manner, port: u16) -> Self {
        let line = connect(port);
        let fate = Arc::new(Fate::default());
        let mut card = Card { manner, fate: Arc::clone(&fate), line: line.try_clone().unwrap() };
        let mut connection = Connection::from(line.try_clone().unwrap());
        // The line breaks when the card is pulled out or the reader goes.
        let work = thread::spawn(move || while connection.poll(&mut card).is_ok() {});
        Self { fate, line, work: Some(work) }
    }
}

impl Drop for Inserted {
    fn drop(&mut self) {
        // Fails when the line was broken already.
        self.line.shutdown(Shutdown::Both).ok();
        if let Some(work) = self.work.take() {
            work.join().ok();
        }
    }
}

fn connect(port: u16) -> TcpStream {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let began = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(line) => return line,
            Err(error) => assert!(began.elapsed() < PATIENCE, "no reader on {address}: {error}"),
        }
        thread::sleep(Duration::from_millis(20));
    }
}

struct Card {
    manner: Manner,
    fate: Arc<Fate>,
    line: TcpStream,
}

impl Card {
    fn serial(&self) -> Vec<u8> {
        match &self.manner {
            Manner::Yubikey(serial) => answer(&serial.to_be_bytes()),
            Manner::Serial(bytes) => answer(bytes),
            Manner::PulledOut => {
                self.line.shutdown(Shutdown::Both).unwrap();
                Vec::new()
            }
            Manner::NoSerialCommand | Manner::Version(_) | Manner::Foreign => {
                NO_SUCH_COMMAND.to_vec()
            }
        }
    }

    fn version(&self) -> Vec<u8> {
        match &self.manner {
            Manner::Version(bytes) => answer(bytes),
            _ => answer(&[5, 4, 3]),
        }
    }

    fn select(&self, command: &[u8]) -> Vec<u8> {
        let is_piv = command.get(5..).is_some_and(|data| data.starts_with(&PIV));
        match self.manner {
            Manner::Foreign => NOT_FOUND.to_vec(),
            _ if is_piv => OK.to_vec(),
            _ => NOT_FOUND.to_vec(),
        }
    }
}

impl VSmartCard for Card {
    fn power_on(&mut self) {
        self.fate.power_ons.fetch_add(1, Ordering::SeqCst);
    }

    fn power_off(&mut self) {
        self.fate.power_offs.fetch_add(1, Ordering::SeqCst);
    }

    fn reset(&mut self) {
        self.fate.resets.fetch_add(1, Ordering::SeqCst);
    }

    fn execute(&mut self, command: &[u8]) -> Vec<u8> {
        self.fate.commands.fetch_add(1, Ordering::SeqCst);
        match command.get(1) {
            Some(&SELECT) => self.select(command),
            Some(&GET_VERSION) => self.version(),
            Some(&GET_SERIAL) => self.serial(),
            _ => NO_SUCH_COMMAND.to_vec(),
        }
    }
}

fn answer(data: &[u8]) -> Vec<u8> {
    [data, &OK].concat()
}
