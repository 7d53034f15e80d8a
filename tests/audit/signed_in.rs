//! The command with `--sign-in`: where somebody is to sign in is told, and what comes of it.

use crate::command_line::{command, text};
use crate::desk::Desk;
use keydesk::practice::browser::{Browser, Shown};
use keydesk::practice::cloud::{Order, SignInOrder};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use url::Url;

/// May do everything.
const PETRA: &str = "petra.lindqvist@larkfield.example";
/// Helpdesk only.
const SAGA: &str = "saga.nyberg@larkfield.example";

/// A bound on waiting, never a measurement.
const PATIENCE: Duration = Duration::from_secs(40);

/// The command while it runs, and what it says to whoever sits there.
struct Running {
    child: Child,
    said: Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing to kill where it has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Running {
    /// No program to open a page with: the address is told all the same.
    fn begin(desk: &Desk, sign_in: &str) -> Self {
        Self::of(command(desk, sign_in).env("PATH", "/nonexistent"))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.arg("--sign-in").stdin(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (say, said) = std::sync::mpsc::channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| say.send(line)));
        Self { child, said }
    }

    /// The next line of this kind; others before it are not waited for any more.
    fn line(&mut self, beginning: &str) -> String {
        let mut others = String::new();
        loop {
            match self.said.recv_timeout(PATIENCE) {
                Ok(line) if line.starts_with(beginning) => return line,
                Ok(line) => others += &line,
                Err(_) => panic!("no {beginning:?}: {others}"),
            }
        }
    }

    /// The page where somebody is to choose who they are, once the address is told.
    async fn page(&mut self) -> Browser {
        let line = self.line("Sign in");
        let address = line.split_whitespace().find(|word| word.starts_with("http"));
        let mut browser = Browser::new().unwrap();
        browser.open(&Url::parse(address.expect("no address")).unwrap()).await.unwrap();
        if let Some((_, code)) = line.trim().split_once("the code ") {
            browser.enter_code(code).await.unwrap();
        }
        browser
    }

    async fn sign_in(&mut self, upn: &str) {
        self.page().await.choose(upn).await.unwrap();
    }

    /// Its exit code, its result, and what it said since it was last listened to.
    async fn end(mut self) -> Output {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            let said = || self.said.try_iter().collect::<String>();
            assert!(Instant::now() < until, "it does not end: {}", said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let mut stdout = Vec::new();
        self.child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        let stderr = self.said.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
        Output { status, stdout, stderr }
    }

    /// It ends without a result; what it says of it.
    async fn ends_in_vain(self) -> String {
        let output = self.end().await;
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout), (Some(2), Vec::new()), "{told}");
        told
    }
}

/// Has somebody sign in for it, at the page that it names.
async fn audit_as(desk: &Desk, sign_in: &str, upn: &str) -> Output {
    let mut running = Running::begin(desk, sign_in);
    running.sign_in(upn).await;
    running.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_signs_in_for_it_in_the_browser_or_with_a_code() {
    let desk = Desk::of(2).await;
    desk.handed_over(1).await;
    desk.handed_over(2).await;
    desk.remove_passkeys_of(2).await;
    for way in ["operator", "device-code"] {
        let output = audit_as(&desk, way, PETRA).await;
        let text = text(&output);
        assert_eq!(output.status.code(), Some(1), "{way}: {output:?}");
        assert!(text.ends_with("1 finding\n"), "{way}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_the_role_who_signs_in_for_it_is_refused() {
    let desk = Desk::of(1).await;
    let output = audit_as(&desk, "device-code", SAGA).await;
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(2), Vec::new()), "{told}");
    assert!(told.contains("Saga Nyberg may not do this here"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_nobody_enters_ends_and_it_is_said() {
    let desk = Desk::of(1).await;
    let mut running = Running::begin(&desk, "device-code");
    running.line("Sign in: open ");
    // A code lives for a quarter of an hour.
    desk.cloud.control().order(Order::AdvanceClock { seconds: 16 * 60 });
    let told = running.ends_in_vain().await;
    assert!(told.starts_with("Nobody signed in in time\nSign in again"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_declined_ends_it_and_it_is_said() {
    let desk = Desk::of(1).await;
    for (way, words) in [
        ("device-code", "The sign-in was declined in the browser\n"),
        ("operator", "The consent was declined in the browser\n"),
    ] {
        let mut running = Running::begin(&desk, way);
        running.page().await.deny().await.unwrap();
        let told = running.ends_in_vain().await;
        assert!(told.contains(words) && told.contains("Sign in again"), "{way}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn for_a_session_that_is_not_there_nobody_is_asked_to_sign_in() {
    let desk = Desk::of(1).await;
    desk.tamper("DELETE FROM session_entry; DELETE FROM session_note; DELETE FROM session");
    let id = "00000000-0000-4000-8000-000000000000";
    let unknown = ["--tenant", crate::desk::TENANT, "--session", id];
    for (way, more, words) in [
        ("operator", &unknown[..], "session"),
        ("device-code", &[], "The journal has no session of "),
    ] {
        let mut command = command(&desk, way);
        let running = Running::of(command.args(more).env("PATH", "/nonexistent"));
        let told = running.ends_in_vain().await;
        assert!(told.contains(words) && !told.contains("Sign in"), "{way}: {told}");
    }
    let asked = desk.cloud.control().observed().counts;
    let at_login =
        asked.keys().find(|call| call.contains("devicecode") || call.contains("authorize"));
    assert_eq!(at_login, None, "it began a sign-in");
}

/// More than are asked about at the same time.
const PEOPLE: usize = 40;

impl Desk {
    /// Waits until the directory has answered about some people.
    async fn some_are_compared(&self, before: usize) {
        let until = Instant::now() + PATIENCE;
        while self.lists_answered(200) == before {
            assert!(Instant::now() < until, "nobody is asked about");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// How often somebody's keys were asked for and this was the answer.
    fn lists_answered(&self, status: u16) -> usize {
        let received = self.cloud.control().observed().received;
        let lists = received.iter().filter(|call| {
            call.method == "GET" && call.path.ends_with("fido2Methods") && call.status == status
        });
        lists.count()
    }

    /// A session of which one key is missing from the directory, whose comparison is under way as
    /// the directory wants its operator anew.
    async fn wants_its_operator_in_the_middle(&self, sign_in: &str) -> Running {
        // Each round of questions takes so long that the next one is refused.
        self.cloud.control().order(Order::Latency { ms: 400 });
        let before = self.lists_answered(200);
        let mut running = Running::begin(self, sign_in);
        running.sign_in(PETRA).await;
        self.some_are_compared(before).await;
        let context = SignInOrder::ClaimsChallenge { context: "c1".into() };
        self.cloud.control().order(Order::SignIn(context));
        running
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_is_wanted_again_in_the_middle_signs_in_again_and_all_is_compared() {
    let desk = Desk::of_crowd(PEOPLE).await;
    desk.handed_over(1).await;
    desk.remove_passkeys_of(1).await;
    for way in ["operator", "device-code"] {
        let refused = desk.lists_answered(401);
        let mut running = desk.wants_its_operator_in_the_middle(way).await;
        running.sign_in(PETRA).await;
        let output = running.end().await;
        let text = text(&output);
        assert_eq!(output.status.code(), Some(1), "{way}: {output:?}");
        assert!(desk.lists_answered(401) > refused, "{way}: nothing was refused in the middle");
        assert!(text.contains(&format!("{PEOPLE} people, 1 keys")), "{way}: {text}");
        let unchecked = text.lines().filter(|line| line.starts_with("Not compared: ")).count();
        assert_eq!(unchecked, 1, "{way}: the sealed PINs only: {text}");
        assert!(text.ends_with("1 finding\n"), "{way}: {text}");
        desk.cloud.control().order(Order::EndFaults);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_compared_as_the_operator_declines_in_the_middle_is_said() {
    let desk = Desk::of_crowd(PEOPLE).await;
    for (way, who) in [("device-code", None), ("operator", Some(SAGA))] {
        let mut running = desk.wants_its_operator_in_the_middle(way).await;
        let mut browser = running.page().await;
        let shown = match who {
            None => browser.deny().await,
            Some(another) => browser.choose(another).await,
        };
        assert!(matches!(shown.unwrap(), Shown::Page(_) | Shown::Arrived(_)));
        let output = running.end().await;
        let (text, told) = (text(&output), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(2), "{way}: {text}{told}");
        assert!(!told.contains("Sign in"), "{way}: asked once more: {told}");
        let words = match who {
            None => "The sign-in was declined in the browser",
            Some(_) => "signed in, but petra.lindqvist@larkfield.example is the operator here",
        };
        let named = text.lines().filter(|line| line.contains(words)).count();
        let is_named = |line: &&str| line.contains(words) && line.contains("Not compared: crowd0");
        assert_eq!((text.lines().filter(is_named).count(), named > 0), (named, true), "{text}");
        let row = text.lines().find(|line| line.contains(" not asked about"));
        let others = row.and_then(|row| row.split_whitespace().nth(2)?.parse::<usize>().ok());
        // The rest was compared.
        assert!(others.is_some_and(|others| (1..PEOPLE - named).contains(&others)), "{text}");
        assert!(text.ends_with("What was compared agrees\n"), "{way}: {text}");
        desk.cloud.control().order(Order::EndFaults);
    }
}

/// Runs where the only program that opens pages is this one.
#[cfg(all(unix, not(target_os = "macos")))]
async fn said_where_pages_open_with(desk: &Desk, program: &str) -> String {
    let programs = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(program, programs.path().join("xdg-open")).unwrap();
    let mut running = Running::of(command(desk, "operator").env("PATH", programs.path()));
    let mut browser = running.page().await;
    // The launcher has ended by then.
    tokio::time::sleep(Duration::from_secs(1)).await;
    browser.deny().await.unwrap();
    running.ends_in_vain().await
}

#[cfg(all(unix, not(target_os = "macos")))]
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_cannot_be_opened_is_said_and_the_sign_in_goes_on() {
    let desk = Desk::of(1).await;
    let words = "No browser can be opened here";
    let mut running = Running::begin(&desk, "operator");
    running.line(words);
    drop(running);
    for (program, is_said) in [("/bin/false", true), ("/bin/true", false)] {
        let told = said_where_pages_open_with(&desk, program).await;
        assert_eq!(told.contains(words), is_said, "{program}: {told}");
        assert!(told.contains("declined"), "{program}: {told}");
    }
}
