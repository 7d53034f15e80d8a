//! Two programs on one key at the same time, as processes over the kernel: everyone gets its own
//! answers, whole and right. And a program that may not open the key says so.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use keydesk_rig::{Identity, Kind, TouchPolicy, UhidKey};

/// The programs take the only key there is, so there is one at a time.
static ALONE: Mutex<()> = Mutex::new(());

const PIN: &str = "314159";
const CREDENTIALS: usize = 8;
/// A user without rights on devices.
const NOBODY: u32 = 1000;

/// Runs each scene with a key of each kind.
macro_rules! on_both {
    ($($scene:ident),* $(,)?) => {
        mod trussed {
            $(#[test] fn $scene() { super::$scene(keydesk_rig::Kind::Trussed); })*
        }
        mod opensk {
            $(#[test] fn $scene() { super::$scene(keydesk_rig::Kind::OpenSk); })*
        }
    };
}

on_both!(
    libfido2_asks_while_we_make_credentials,
    libfido2_lists_with_the_pin_while_we_make_credentials,
    two_of_ours_make_credentials,
    a_user_without_rights_is_told_of_the_device_rule,
);

fn libfido2_asks_while_we_make_credentials(kind: Kind) {
    let key = with_pin(kind);
    let calm = succeeded(&token(&["-I"], key.node()));
    let (us, asked) = key.while_we_make(|node| token(&["-I"], node));
    for output in asked.iter().filter(|output| output.status.success()) {
        let told = text(&output.stdout);
        assert!(unchanging(&told).all(|line| calm.contains(line)), "{told}");
    }
    key.served(&[us], &asked);
}

fn libfido2_lists_with_the_pin_while_we_make_credentials(kind: Kind) {
    let key = with_pin(kind);
    let (us, listed) = key.while_we_make(|node| token(&["-L", "-r"], node));
    for output in listed.iter().filter(|output| output.status.success()) {
        let list = text(&output.stdout);
        assert!(list.is_empty() || list.contains("login.microsoft.com"), "{list}");
    }
    key.served(&[us], &listed);
}

fn two_of_ours_make_credentials(kind: Kind) {
    let key = with_pin(kind);
    let both = thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(make));
        both.map(|one| one.join().unwrap())
    });
    key.served(&both, &[]);
}

fn a_user_without_rights_is_told_of_the_device_rule(kind: Kind) {
    let _key = with_pin(kind);
    let denied = Command::new(env!("CARGO_BIN_EXE_once"))
        .arg("info")
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    let told = text(&denied.stderr);
    assert!(!denied.status.success());
    assert!(told.starts_with("Denied: "), "{told}");
    assert!(told.contains("device rule"), "{told}");
    // The key is well: who has the rights is served.
    succeeded(&once(&["info"]));
}

/// The one key, with its PIN set, touching itself.
struct Alone {
    key: UhidKey,
    kind: Kind,
    _alone: MutexGuard<'static, ()>,
}

impl Alone {
    fn node(&self) -> &Path {
        self.key.node()
    }

    /// Makes credentials and runs the other program meanwhile, again and again.
    fn while_we_make(&self, other: impl Fn(&Path) -> Output) -> (Output, Vec<Output>) {
        let us = thread::spawn(make);
        let mut others = Vec::new();
        while !us.is_finished() {
            others.push(other(self.node()));
        }
        (us.join().unwrap(), others)
    }

    /// Everybody was served, and what we were told is on the key.
    fn served(&self, ours: &[Output], others: &[Output]) {
        let held = held();
        let made: Vec<String> = ours.iter().flat_map(|our| lines(&text(&our.stdout))).collect();
        assert!(made.iter().all(|id| held.contains(id)), "{made:?} of {held:?}");
        for our in ours {
            match self.kind {
                Kind::OpenSk => drop(succeeded(our)),
                Kind::Trussed => was_served_or_told(our),
            }
        }
        if self.kind == Kind::OpenSk {
            // On a slow computer a few turns may all be lost to libfido2's own impatience.
            let shut_out = others.len() > 3 && others.iter().all(|other| !other.status.success());
            assert!(!shut_out, "the other was shut out: {others:?}");
            assert_eq!(made.len(), ours.len() * CREDENTIALS);
            assert_eq!(held.len(), made.len());
        }
        // Whatever happened, the key works on.
        succeeded(&once(&["info"]));
    }
}

/// Trussed's CTAPHID (usbd-ctaphid 0.5) drops one program's request when another opens a channel,
/// and says error 0 where busy is meant: nobody can be sure of an answer, but of a cause.
fn was_served_or_told(our: &Output) {
    const CAUSES: [&str; 4] = ["Silent: ", "Busy: ", "Cancelled: ", "Malformed("];
    let told = text(&our.stderr);
    assert!(
        our.status.success()
            || told.lines().any(|line| CAUSES.iter().any(|cause| line.starts_with(cause))),
        "{told}"
    );
}

fn with_pin(kind: Kind) -> Alone {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    note_secret();
    let (engine, finger) = kind.factory_new().unwrap();
    finger.set_touch(TouchPolicy::Automatic);
    let key = UhidKey::plug(engine, Identity::new(kind.name(), "two-programs")).unwrap();
    succeeded(&once(&["set-pin"]));
    Alone { key, kind, _alone: alone }
}

/// Whoever looks for secrets in the output must know the PIN.
fn note_secret() {
    let Some(list) = std::env::var_os("KEYDESK_TEST_SECRETS") else { return };
    let mut list = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
    writeln!(list, "{PIN}").unwrap();
}

/// What `once list` finds on the key.
fn held() -> BTreeSet<String> {
    lines(&succeeded(&once(&["list"])))
        .iter()
        // The CTAP2 client prints what it does not know of a Trussed key's answer.
        .filter(|line| !line.starts_with("Unknown member: "))
        .map(|line| {
            assert!(line.contains(" login.microsoft.com "), "{line}");
            line.split(' ').next().unwrap().to_owned()
        })
        .collect()
}

fn once(arguments: &[&str]) -> Output {
    with_typed(Command::new(env!("CARGO_BIN_EXE_once")).args(arguments))
}

fn make() -> Output {
    once(&["make", &CREDENTIALS.to_string()])
}

/// libfido2 waits for a lost answer for ever.
fn token(options: &[&str], node: &Path) -> Output {
    with_typed(Command::new("timeout").args(["5", "fido2-token"]).args(options).arg(node))
}

/// Runs it with the PIN on its standard input.
fn with_typed(command: &mut Command) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that ended without reading its PIN tells why by itself.
    if let Err(error) = child.stdin.take().unwrap().write_all(format!("{PIN}\n").as_bytes()) {
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    }
    child.wait_with_output().unwrap()
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// What a key tells of itself that stays as credentials are made; and not what libfido2 made of a
/// key that did not answer it (`caps: … nocbor`).
fn unchanging(info: &str) -> impl Iterator<Item = &str> {
    info.lines().filter(|line| !line.starts_with("remaining rk") && !line.starts_with("caps"))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
