//! Puts security keys on `/dev/uhid`, for a developer's own computer. Needs root.
//!
//! `vkey [--engine trussed|opensk] [--keys N] [--touch auto|enter]`: N keys until standard input
//! ends or Ctrl+C; with `--touch enter`, Enter touches each key that asks.

use std::io::{BufRead, stdin};
use std::process::ExitCode;

use keydesk_rig::{Identity, Kind, TouchPolicy, Touched, UhidKey};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = Wish::from(&arguments).and_then(|wish| hold(&wish));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("vkey: {problem}");
            ExitCode::FAILURE
        }
    }
}

struct Wish {
    kind: Kind,
    keys: usize,
    touch: TouchPolicy,
}

const USAGE: &str = "usage: vkey [--engine trussed|opensk] [--keys 1..16] [--touch auto|enter]";

impl Wish {
    fn from(arguments: &[String]) -> Result<Self, String> {
        let mut wish = Self { kind: Kind::Trussed, keys: 1, touch: TouchPolicy::Hold };
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match (word, words.next()) {
                ("--engine", Some("trussed")) => wish.kind = Kind::Trussed,
                ("--engine", Some("opensk")) => wish.kind = Kind::OpenSk,
                ("--touch", Some("auto")) => wish.touch = TouchPolicy::Automatic,
                ("--touch", Some("enter")) => wish.touch = TouchPolicy::Hold,
                ("--keys", Some(number)) => wish.keys = number_of_keys(number)?,
                _ => return Err(USAGE.into()),
            }
        }
        Ok(wish)
    }
}

fn number_of_keys(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|keys| (1..=16).contains(keys)).ok_or_else(|| USAGE.to_owned())
}

fn hold(wish: &Wish) -> Result<(), String> {
    let mut keys: Vec<(UhidKey, Box<dyn Touched>)> = Vec::new();
    for number in 1..=wish.keys {
        let (engine, finger) = wish.kind.factory_new().map_err(|error| error.to_string())?;
        finger.set_touch(wish.touch);
        let identity = Identity::new(&format!("Virtual key {number}"), &format!("vkey-{number}"));
        let key = UhidKey::plug(engine, identity).map_err(|error| error.to_string())?;
        println!("{} {}", key.node().display(), wish.kind.name());
        keys.push((key, finger));
    }
    for line in stdin().lock().lines() {
        line.map_err(|error| format!("standard input: {error}"))?;
        let touched = keys.iter().filter(|(_, finger)| finger.touch()).count();
        println!("touched {touched}");
    }
    Ok(())
}
