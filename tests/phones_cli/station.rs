//! A station with a tenant of its own in the keyring, beside a practice company with a crowd.

use keydesk::journal::{HistoryRow, Journal};
use keydesk::phones::PhoneKind;
use keydesk::practice::cloud::{Cloud, CloudOptions, Order};
use keydesk::secrets::{Mode, SecretName, SecretText, Secrets};
use serde_json::Value;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

/// Everybody in the crowd, from their attribute.
pub const CROWD: [&str; 4] = ["--group", "Crowd", "--from", "extensionAttribute7"];

pub struct Station {
    pub cloud: Cloud,
    pub secrets: Secrets,
    pub tenant: String,
    folder: tempfile::TempDir,
}

/// A process that goes on.
pub struct Running {
    pub child: Child,
    out: JoinHandle<Vec<u8>>,
    err: JoinHandle<Vec<u8>>,
}

/// What a process came to.
pub struct Ran {
    pub code: i32,
    /// Of standard output; without the summary.
    pub rows: Vec<Value>,
    /// Null where there is none.
    pub summary: Value,
    pub printed: String,
    /// Standard error.
    pub said: String,
}

impl Station {
    /// Nothing where there is no keyring to try it with.
    pub async fn with_crowd(crowd: usize) -> Option<Self> {
        if std::env::var("KEYDESK_REAL_KEYRING").as_deref() != Ok("1") {
            return None;
        }
        let secrets = Secrets::probe();
        assert_eq!(secrets.mode(), Mode::Keyring, "the Secret Service was asked for");
        let cloud = Cloud::start(CloudOptions { crowd, ..CloudOptions::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tenant = format!("Phones {}", uuid::Uuid::new_v4().simple());
        let station = Self { cloud, secrets, tenant, folder };
        let there = station.cloud.connection();
        looked_for(there.secret.expose());
        let name = SecretName::ClientSecret { tenant: station.tenant.clone() };
        station.secrets.set(&name, &there.secret).unwrap();
        station.configure("sign_in = \"secret\"", "");
        Some(station)
    }

    /// A second tenant of the settings, which has no secret.
    pub fn neighbour(&self) -> String {
        format!("{} next door", self.tenant)
    }

    pub fn configure(&self, sign_in: &str, more: &str) {
        self.write_settings(&self.cloud.connection().base_url, sign_in, more);
    }

    pub fn configure_at(&self, base_url: &str) {
        self.write_settings(base_url, "sign_in = \"secret\"", "");
    }

    fn write_settings(&self, base: &str, sign_in: &str, more: &str) {
        let there = self.cloud.connection();
        let tenant = |name: &str| {
            format!(
                "[[tenants]]\nname = \"{name}\"\ntenant = \"{}\"\nclient_id = \"{}\"\n{sign_in}\n\
                 login_url = \"{base}\"\ngraph_url = \"{base}\"\n\
                 [tenants.phones]\ndefault_country = \"SE\"\n\n",
                there.domain, there.client_id,
            )
        };
        let text = format!("{}{}{more}", tenant(&self.tenant), tenant(&self.neighbour()));
        let config = self.folder.path().join("config");
        std::fs::create_dir_all(&config).unwrap();
        std::fs::write(config.join("config.toml"), text).unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Keeps a key for signed requests of this tenant.
    pub fn keep_request_key(&self, key: &str) {
        looked_for(key);
        let name = SecretName::RequestKey { tenant: self.tenant.clone() };
        self.secrets.set(&name, &SecretText::new(key)).unwrap();
    }

    pub fn command(&self, what: &[&str], more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keydesk"));
        command
            .arg("--config")
            .arg(self.folder.path().join("config"))
            .arg("--data")
            .arg(self.data())
            .arg("phones")
            .args(what)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn phones(&self, what: &[&str], more: &[&str]) -> Ran {
        Ran::of(self.command(what, more).output().unwrap())
    }

    /// Runs on, and is read meanwhile: a full pipe would hold it up.
    pub fn begin(&self, what: &[&str], more: &[&str]) -> Running {
        let mut child = self.command(what, more).spawn().unwrap();
        let out = read_on(child.stdout.take().unwrap());
        let err = read_on(child.stderr.take().unwrap());
        Running { child, out, err }
    }

    pub fn order(&self, order: Order) {
        self.cloud.control().order(order);
    }

    /// Calls that changed somebody's phones.
    pub fn writes(&self) -> u32 {
        self.writes_each().into_iter().sum()
    }

    pub fn writes_each(&self) -> Vec<u32> {
        let phones = self.cloud.control().observed().phones;
        phones.iter().map(|person| person.writes).filter(|writes| *writes > 0).collect()
    }

    pub fn has(&self, upn: &str, number: Option<&str>) -> bool {
        self.cloud.control().phone_is(upn, PhoneKind::Mobile, number)
    }

    pub fn history(&self, filter: &str) -> Vec<HistoryRow> {
        let journal = Journal::open(&self.data(), &self.secrets).unwrap();
        journal.history_in(&self.tenant, filter, 1000, 0).unwrap()
    }

    pub fn history_is_whole(&self) {
        let journal = Journal::open(&self.data(), &self.secrets).unwrap();
        journal.verify_chain().unwrap();
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        for name in SecretName::of_tenant(&self.tenant) {
            self.secrets.delete(&name).unwrap();
        }
    }
}

impl Running {
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn ended(mut self) -> Ran {
        let status = self.child.wait().unwrap();
        let (stdout, stderr) = (self.out.join().unwrap(), self.err.join().unwrap());
        Ran::of(Output { status, stdout, stderr })
    }
}

fn read_on(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut read = Vec::new();
        from.read_to_end(&mut read).unwrap();
        read
    })
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines = printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let (mut summaries, rows): (Vec<_>, Vec<_>) =
            lines.partition(|line| line["type"] == "summary");
        assert!(summaries.len() <= 1, "one summary");
        Self {
            code: output.status.code().unwrap_or(-1),
            rows,
            summary: summaries.pop().unwrap_or_default(),
            said: String::from_utf8(output.stderr).unwrap(),
            printed,
        }
    }
}

/// Tells the search for secrets in logs and files what to look for.
fn looked_for(secret: &str) {
    if let Ok(list) = std::env::var("KEYDESK_TEST_SECRETS") {
        let mut list = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
        writeln!(list, "{secret}").unwrap();
    }
}
