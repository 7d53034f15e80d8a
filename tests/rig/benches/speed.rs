//! How long we take beside libfido2's tools and python-fido2: same key, same run, in turns. Each figure
//! is a whole process from its start to its end, with the key's own work in it; the key is touched by
//! itself at once. Prints a table, asserts on no clock.
//!
//! Runs where there is a `/dev/uhid`; python-fido2 only where `KEYDESK_FOREIGN_PYTHON` names the Python
//! of a virtual environment that has it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a program for developers

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use keydesk_rig::{Identity, Kind, TouchPolicy, UhidKey};

const ROUNDS: usize = 15;
const PIN: &str = "271828";
const PYTHON_PROGRAM: &str = include_str!("../foreign/once.py");
/// Client data hash, relying party, user name, user id: what `fido2-cred -M` reads.
const CREDENTIAL: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\nlogin.microsoft.com\n\
                          somebody@larkfield.example\nMTIzNDU2Nzg5MDEyMzQ1Ng==\n";

#[derive(Clone, Copy)]
enum Task {
    Info,
    SetPin,
    Make,
}

#[derive(Clone, Copy)]
enum Program {
    Ours,
    Libfido2,
    PythonFido2,
}

fn main() {
    note_secret();
    let bench = Bench::new();
    println!("\nmedian of {ROUNDS} whole processes each, in ms");
    println!(
        "{:<30}{:>8}{:>10}{:>14}{:>16}{:>14}",
        "", "ours", "libfido2", "python-fido2", "ours/libfido2", "ours/python"
    );
    for (task, name) in [
        (Task::Info, "who the key is"),
        (Task::SetPin, "first PIN"),
        (Task::Make, "credential with PIN and touch"),
    ] {
        println!("{}", bench.row(task, name));
    }
    println!("aims: at most 1.2 of libfido2, at most 0.5 of python-fido2");
}

struct Bench {
    folder: PathBuf,
    python: Option<OsString>,
}

impl Bench {
    fn new() -> Self {
        let folder = env::temp_dir().join("keydesk-speed");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("once.py"), PYTHON_PROGRAM).unwrap();
        fs::write(folder.join("credential"), CREDENTIAL).unwrap();
        let python = env::var_os("KEYDESK_FOREIGN_PYTHON");
        if python.is_none() {
            println!("NOT RUN: python-fido2: KEYDESK_FOREIGN_PYTHON is not set");
        }
        Self { folder, python }
    }

    fn programs(&self) -> Vec<Program> {
        let mut programs = vec![Program::Ours, Program::Libfido2];
        if self.python.is_some() {
            programs.push(Program::PythonFido2);
        }
        programs
    }

    fn row(&self, task: Task, name: &str) -> String {
        let medians: Vec<Duration> = self.times(task).into_iter().map(median).collect();
        let ms =
            |at: usize| medians.get(at).map_or("-".into(), |t| format!("{:.1}", milliseconds(*t)));
        let ratio = |at: usize| {
            medians.get(at).map_or("-".into(), |other| {
                format!("{:.2}", milliseconds(medians[0]) / milliseconds(*other))
            })
        };
        format!("{name:<30}{:>8}{:>10}{:>14}{:>16}{:>14}", ms(0), ms(1), ms(2), ratio(1), ratio(2))
    }

    /// The times of each program, which take turns; the first round warms up and does not count.
    fn times(&self, task: Task) -> Vec<Vec<Duration>> {
        let programs = self.programs();
        let mut times = vec![Vec::new(); programs.len()];
        let mut key = plugged(task);
        for round in 0..=ROUNDS {
            for (program, times) in programs.iter().zip(&mut times) {
                // A key without a PIN yet, and one with room for a credential.
                if !matches!(task, Task::Info) {
                    drop(key);
                    key = plugged(task);
                }
                let time = self.time(*program, task, key.node());
                if round > 0 {
                    times.push(time);
                }
            }
        }
        times
    }

    fn time(&self, program: Program, task: Task, node: &Path) -> Duration {
        let mut command = self.command(program, task, node);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        // libfido2 asks for a new PIN twice.
        let typed =
            if matches!(task, Task::Info) { String::new() } else { format!("{PIN}\n{PIN}\n") };
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let time = started.elapsed();
        assert!(
            output.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        time
    }

    fn command(&self, program: Program, task: Task, node: &Path) -> Command {
        match program {
            Program::Ours => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_once"));
                command.arg(task.word());
                command
            }
            Program::Libfido2 => {
                let mut command =
                    Command::new(if let Task::Make = task { "fido2-cred" } else { "fido2-token" });
                match task {
                    Task::Info => command.arg("-I"),
                    Task::SetPin => command.arg("-S"),
                    Task::Make => command
                        .args(["-M", "-r", "-h", "-c", "3", "-i"])
                        .arg(self.folder.join("credential")),
                };
                command.arg(node);
                command
            }
            Program::PythonFido2 => {
                let mut command = Command::new(self.python.as_ref().unwrap());
                command.arg(self.folder.join("once.py")).arg(task.word());
                command
            }
        }
    }
}

/// A new Trussed key that touches itself, with its PIN set unless that is the task.
fn plugged(task: Task) -> UhidKey {
    let (engine, finger) = Kind::Trussed.factory_new().unwrap();
    finger.set_touch(TouchPolicy::Automatic);
    let key = UhidKey::plug(engine, Identity::new("Trussed", "speed")).unwrap();
    if !matches!(task, Task::SetPin) {
        let mut setting = Command::new(env!("CARGO_BIN_EXE_once"))
            .arg("set-pin")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(setting.stdin.take().unwrap(), "{PIN}").unwrap();
        assert!(setting.wait().unwrap().success());
    }
    key
}

/// Whoever looks for secrets in the output must know the PIN.
fn note_secret() {
    let Some(list) = env::var_os("KEYDESK_TEST_SECRETS") else { return };
    let mut list = fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
    writeln!(list, "{PIN}").unwrap();
}

impl Task {
    fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::SetPin => "set-pin",
            Self::Make => "make",
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
