//! A file or a page that no program of this computer opens: the operator is told, with the way out.
//!
//! Programs are found through this process's environment, which is everybody's: so the test runs
//! again in a process of its own.

use crate::clerk::Station;
use hid::virtual_keys::{Model, VirtualKey};
use keydesk::engine::{Command, Event, Pages, SignInShown, WhoCommand, WhoEvent};
use keydesk::problem::Problem;
use std::path::PathBuf;
use std::process::Command as Program;
use std::time::Duration;

/// In that process: whether what is opened has a program.
const IS_OPENED: &str = "KEYDESK_TEST_IS_OPENED";
/// A launcher has ended by then.
const LAUNCHED: Duration = Duration::from_secs(1);

#[test]
fn what_no_program_opens_is_told_with_the_way_to_open_it() {
    match std::env::var(IS_OPENED).as_deref() {
        Ok("yes") => nothing_is_told(),
        Ok(_) => everything_is_told(),
        // The launcher is not there; finds no program; finds one.
        Err(_) => [(None, "no"), (Some("/bin/false"), "no"), (Some("/bin/true"), "yes")]
            .into_iter()
            .for_each(|(launcher, is_opened)| run_where_pages_open_with(launcher, is_opened)),
    }
}

fn run_where_pages_open_with(launcher: Option<&str>, is_opened: &str) {
    let programs = tempfile::tempdir().unwrap();
    if let Some(launcher) = launcher {
        std::os::unix::fs::symlink(launcher, programs.path().join("xdg-open")).unwrap();
    }
    let output = Program::new(std::env::current_exe().unwrap())
        .args(["--exact", "opening::what_no_program_opens_is_told_with_the_way_to_open_it"])
        .env("PATH", programs.path())
        .env(IS_OPENED, is_opened)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{launcher:?}: {told}");
    assert!(told.contains("1 passed"), "{launcher:?}: {told}");
}

fn everything_is_told() {
    let mut station = Station::open(Model::Yubikey5Nfc);
    let letter = PathBuf::from("/nowhere/pin-letter.pdf");
    station.say(Command::Open(letter.clone()));
    let problem = told(&mut station);
    assert_eq!(problem.what, "No program of this computer opens the file");
    assert!(problem.next.ends_with(letter.to_str().unwrap()), "{problem}");

    station.say(Command::OpenPage("http://127.0.0.1:9/consent".into()));
    assert_eq!(told(&mut station).what, "No browser can be opened here");

    let (mut station, url) = signs_in_with_a_browser();
    let problem = told(&mut station);
    assert_eq!(problem.what, "No browser can be opened here");
    assert!(problem.next.starts_with("Copy the link"), "{problem}");
    assert!(url.starts_with(&station.cloud.connection().base_url), "the link stays: {url}");
}

fn nothing_is_told() {
    let mut station = Station::configured(Model::Yubikey5Nfc, None);
    station.say(Command::Open(PathBuf::from("/nowhere/pin-letter.pdf")));
    station.say(Command::OpenPage("http://127.0.0.1:9/consent".into()));
    std::thread::sleep(LAUNCHED);
    station.store_secret();
    connects_without_a_problem(&mut station);
}

fn told(station: &mut Station) -> Problem {
    station.wait(|event| match event {
        Event::Problem(problem) => Some(problem),
        _ => None,
    })
}

fn connects_without_a_problem(station: &mut Station) {
    station.wait(|event| match event {
        Event::Connected(_) => Some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
}

/// A tenant whose operators sign in in the system's browser, and the page for it.
fn signs_in_with_a_browser() -> (Station, String) {
    let key = VirtualKey::new(Model::Yubikey5Nfc).unwrap();
    let mut station = Station::with(key, None, |options| {
        options.pages = Pages::SystemBrowser;
        let file = options.paths.config_file();
        let text = std::fs::read_to_string(&file).unwrap();
        let operators = text.replace("sign_in = \"secret\"", "sign_in = \"operator\"");
        std::fs::write(&file, operators).unwrap();
    });
    station.wait(|event| match event {
        Event::Who(WhoEvent::SignIn(SignInShown::Needed)) => Some(()),
        _ => None,
    });
    station.say(Command::Who(WhoCommand::SignIn));
    let url = station.wait(|event| match event {
        Event::Who(WhoEvent::SignIn(SignInShown::InBrowser { url, .. })) => Some(url),
        _ => None,
    });
    (station, url)
}
