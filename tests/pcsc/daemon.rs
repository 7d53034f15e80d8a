//! A pcscd of our own, and readers for virtual cards.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What anything is waited for before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

const SOCKET: &str = "/run/pcscd/pcscd.comm";
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// What a YubiKey's reader is called.
pub const YUBIKEY: &str = "Yubico YubiKey OTP+FIDO+CCID";
/// A card reader that is no YubiKey.
pub const OTHER: &str = "Smartcard Reader";

/// The ports on which the reader's two slots wait for cards; PC/SC calls each slot a reader.
pub const FIRST: u16 = 0x8C7B;
pub const SECOND: u16 = FIRST + 1;

/// Runs until dropped.
pub struct Pcscd {
    process: Child,
    folder: TempDir,
}

impl Pcscd {
    /// Starts it with a reader of this name.
    pub fn start(reader: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "FRIENDLYNAME \"{reader}\"\nDEVICENAME /dev/null:{FIRST:#X}\n\
             LIBPATH {DRIVER}\nCHANNELID {FIRST:#X}\n"
        );
        let readers_folder = folder.path().join("readers");
        fs::create_dir(&readers_folder).unwrap();
        fs::write(readers_folder.join("virtual"), config).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let process = Command::new("/usr/sbin/pcscd")
            .args(["--foreground", "--config"])
            .arg(&readers_folder)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("pcscd can be started");
        let daemon = Self { process, folder };
        daemon.wait("pcscd", || Path::new(SOCKET).exists() && context().is_some());
        daemon
    }

    /// Waits until that many readers have a card that answers.
    pub fn wait_for_cards(&self, count: usize) {
        let context = context().unwrap();
        self.wait("the cards", || cards(&context) == count);
    }

    /// From here on it answers nobody.
    pub fn hang(&self) {
        self.signal("STOP");
    }

    pub fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
    }

    fn wait(&self, what: &str, is_there: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_there() {
            if began.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
                panic!("{what}: not there in time; pcscd says:\n{log}");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        // Killed, it leaves its socket and number behind.
        fs::remove_dir_all("/run/pcscd").unwrap();
    }
}

pub fn context() -> Option<pcsc::Context> {
    pcsc::Context::establish(pcsc::Scope::System).ok()
}

fn cards(context: &pcsc::Context) -> usize {
    let readers = context.list_readers_owned().unwrap_or_default();
    let mut states: Vec<_> = readers
        .into_iter()
        .map(|name| pcsc::ReaderState::new(name, pcsc::State::UNAWARE))
        .collect();
    if states.is_empty() || context.get_status_change(Duration::ZERO, &mut states).is_err() {
        return 0;
    }
    let answers = |state: &pcsc::ReaderState| {
        let state = state.event_state();
        state.contains(pcsc::State::PRESENT) && !state.contains(pcsc::State::MUTE)
    };
    states.iter().filter(|state| answers(state)).count()
}
