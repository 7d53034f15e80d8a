//! A person with a real browser of their own, sent on errands.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use url::Url;

/// What to do on the pages that ask for something.
#[derive(Clone, Default)]
pub struct Errand {
    pub login: Option<&'static str>,
    pub code: Option<String>,
    pub decline: bool,
}

impl Errand {
    pub fn login(login: &'static str) -> Self {
        Self { login: Some(login), ..Self::default() }
    }
}

/// Where an errand ended.
#[derive(Debug)]
pub struct Seen {
    pub text: String,
    /// The kinds of pages that asked for something, in their order.
    pub asked: Vec<String>,
}

/// Ends with its browser when dropped.
pub struct Person(Arc<Mutex<Driver>>);

struct Driver {
    /// Taken at the end: the driver ends with it.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    process: Child,
    _profile: TempDir,
}

impl Person {
    pub fn new() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut process = Command::new("node")
            .arg(super::promised("KEYDESK_OPENID_BROWSER"))
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is there");
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self(Arc::new(Mutex::new(Driver { input, output, process, _profile: profile })))
    }

    /// Opens the address and answers the pages, up to one that asks for nothing.
    pub async fn go(&mut self, url: &Url, errand: &Errand) -> Seen {
        let order = json!({"open": url.as_str(), "login": errand.login, "code": errand.code,
            "decline": errand.decline});
        let driver = Arc::clone(&self.0);
        let run = tokio::task::spawn_blocking(move || driver.lock().unwrap().run(&order));
        let seen = run.await.unwrap();
        assert_eq!(seen["error"], Value::Null, "{seen}");
        let asked = seen["asked"].as_array().unwrap().iter();
        Seen {
            text: seen["text"].as_str().unwrap().to_owned(),
            asked: asked.map(|page| page.as_str().unwrap().to_owned()).collect(),
        }
    }
}

impl Driver {
    fn run(&mut self, order: &Value) -> Value {
        let mut line = format!("{order}\n");
        self.input.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
        line.clear();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the browser's driver ended")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.input.take());
        if let Err(error) = self.process.wait() {
            eprintln!("the browser's driver: {error}");
        }
    }
}
