//! Other people's programs.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// One call of a program.
pub struct Program {
    command: Command,
    name: String,
    input: String,
}

impl Program {
    pub fn new(name: &str) -> Self {
        // Without a terminal libfido2's tools read the PIN from standard input.
        let mut command = Command::new("setsid");
        command.arg(name);
        Self { command, name: name.into(), input: String::new() }
    }

    pub fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        for argument in arguments {
            self.command.arg(argument);
            self.name = format!("{} {argument}", self.name);
        }
        self
    }

    pub fn input(mut self, input: &str) -> Self {
        self.input = input.into();
        self
    }

    pub fn pin(self, pin: &str) -> Self {
        self.input(&format!("{pin}\n"))
    }

    /// A new PIN, which is asked for twice.
    pub fn new_pin(self, pin: &str) -> Self {
        self.input(&format!("{pin}\n{pin}\n"))
    }

    /// What it printed; it must have succeeded.
    pub fn output(self) -> String {
        let name = self.name.clone();
        let done = self.run();
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{name}: {}: {errors}", done.status);
        String::from_utf8(done.stdout).unwrap()
    }

    /// What it printed, whatever came of it.
    pub fn printed(self) -> String {
        String::from_utf8(self.run().stdout).unwrap()
    }

    /// It must have failed.
    pub fn must_be_refused(self) {
        let name = self.name.clone();
        assert!(!self.run().status.success(), "{name} accepted what is wrong");
    }

    fn run(mut self) -> Output {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        child.stdin.take().unwrap().write_all(self.input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

/// python-fido2's server, which reads registrations as JSON.
pub fn python_verifier() -> Program {
    let python = std::env::var("KEYDESK_FOREIGN_PYTHON")
        .expect("KEYDESK_FOREIGN_PYTHON names a Python with fido2; packaging/test-hid makes one");
    let rig = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let verifier = rig.with_file_name("foreign").join("verify.py");
    Program::new(&python).args([verifier.to_str().expect("a path in UTF-8")])
}
