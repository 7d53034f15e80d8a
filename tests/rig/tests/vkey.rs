//! `vkey`, the program that puts keys on a developer's computer: what it says is there, other
//! programs find there, touched as it was told; with its end the keys are gone.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// `once` takes the only key there is, so there is one `vkey` at a time.
static ALONE: Mutex<()> = Mutex::new(());

const PIN: &str = "605137";
/// A user without rights on devices.
const NOBODY: u32 = 1000;
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn its_keys_are_there_until_its_standard_input_ends() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for engine in ["trussed", "opensk"] {
        let mut vkey = Vkey::start(&["--engine", engine, "--keys", "3", "--touch", "auto"]);
        let nodes: Vec<PathBuf> = (0..3).map(|_| vkey.node()).collect();
        let listed = text(&Command::new("fido2-token").arg("-L").output().unwrap().stdout);
        for node in &nodes {
            let named = |line: &str| line.starts_with(&format!("{}:", node.display()));
            assert!(listed.lines().any(named), "{listed}");
        }
        drop(vkey);
        assert!(nodes.iter().all(|node| !node.exists()), "{engine}: {nodes:?}");
    }
}

#[test]
fn a_key_waits_for_the_line_that_touches_it_or_touches_itself() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    note_secret();
    for engine in ["trussed", "opensk"] {
        let mut vkey = Vkey::start(&["--engine", engine, "--touch", "enter"]);
        vkey.node();
        finished(once("set-pin"));
        let mut making = once("make");
        // Lines before the key asks touch nothing.
        let until = Instant::now() + PATIENCE;
        while vkey.touch() != "touched 1" {
            assert!(Instant::now() < until, "{engine}: it never asked for a touch");
            assert!(making.try_wait().unwrap().is_none(), "{engine}: made without a touch");
            thread::sleep(Duration::from_millis(20));
        }
        finished(making);
        drop(vkey);

        let mut vkey = Vkey::start(&["--engine", engine, "--touch", "auto"]);
        vkey.node();
        finished(once("set-pin")); // a new key each time
        finished(once("make"));
    }
}

#[test]
fn what_it_does_not_know_is_refused_with_its_usage() {
    for arguments in [&["--keys", "0"][..], &["--keys", "17"], &["--engine", "other"], &["--keys"]]
    {
        let refused = ended(&mut Vkey::command(arguments));
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        assert!(text(&refused.stderr).contains("usage: vkey "), "{arguments:?}");
    }
}

#[test]
fn without_dev_uhid_or_rights_to_it_the_program_says_so() {
    let denied = ended(Vkey::command(&[]).uid(NOBODY).gid(NOBODY));
    assert_eq!(denied.status.code(), Some(1));
    assert_eq!(text(&denied.stderr), "vkey: /dev/uhid may only be opened by root\n");
    // A mount namespace of its own, where /dev is empty.
    let script = format!("mount -t tmpfs tmpfs /dev && exec {}", env!("CARGO_BIN_EXE_vkey"));
    let lacking = ended(Command::new("unshare").args(["-m", "sh", "-c", &script]));
    assert_eq!(lacking.status.code(), Some(1));
    let told = "vkey: there is no /dev/uhid: load the kernel's module with `modprobe uhid`\n";
    assert_eq!(text(&lacking.stderr), told);
}

struct Vkey {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Vkey {
    fn command(arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vkey"));
        command.args(arguments);
        command
    }

    fn start(arguments: &[&str]) -> Self {
        let mut child =
            Self::command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { input: child.stdin.take(), output, child }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Of a key that was just plugged in.
    fn node(&mut self) -> PathBuf {
        let line = self.line();
        let node = Path::new(line.split(' ').next().unwrap()).to_owned();
        assert!(node.starts_with("/dev") && node.exists(), "{line}");
        node
    }

    /// Presses Enter; what it says to that.
    fn touch(&mut self) -> String {
        self.input.as_mut().unwrap().write_all(b"\n").unwrap();
        self.line()
    }
}

impl Drop for Vkey {
    fn drop(&mut self) {
        drop(self.input.take());
        let ended = self.child.wait().unwrap();
        assert!(ended.success() || thread::panicking(), "{ended}");
    }
}

/// Our client at the one key.
fn once(task: &str) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_once"))
        .arg(task)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{PIN}\n").as_bytes()).unwrap();
    child
}

fn finished(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn ended(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Whoever looks for secrets in the output must know the PIN.
fn note_secret() {
    let Some(list) = std::env::var_os("KEYDESK_TEST_SECRETS") else { return };
    let mut list = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
    writeln!(list, "{PIN}").unwrap();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
