//! A PostgreSQL server of its own for a test, in a folder that vanishes.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use sqlx::postgres::{PgConnectOptions, PgRow, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The ordinary user of a test that root runs: initdb refuses root.
const NOBODY: u32 = 65534;

pub struct Server {
    pub port: u16,
    folder: TempDir,
    process: std::sync::Mutex<Option<Child>>,
    is_root: bool,
}

impl Server {
    /// A new cluster with the database `audit`; nobody but `owner` is in it.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| {
            use std::os::unix::fs::MetadataExt;
            own.uid() == 0
        });
        if is_root {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { port, folder, process: std::sync::Mutex::new(None), is_root };
        let initialised = server
            .command("initdb")
            .args(["-U", "owner", "--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8"])
            .args(["--no-sync", "-D"])
            .arg(server.data())
            .output()
            .unwrap();
        assert!(initialised.status.success(), "{}", String::from_utf8_lossy(&initialised.stderr));
        server.resume().await;
        server.run_in("postgres", "CREATE DATABASE audit").await;
        server
    }

    /// Begins to serve, once it does.
    pub async fn resume(&self) {
        let log = std::fs::File::create(self.log()).unwrap();
        let process = self
            .command("postgres")
            .args(["-c", "fsync=off", "-c", "log_connections=on"])
            .args(["-c", "listen_addresses=127.0.0.1", "-p", &self.port.to_string(), "-k"])
            .arg(self.folder.path())
            .arg("-D")
            .arg(self.data())
            .stderr(log)
            .spawn()
            .unwrap();
        *self.process.lock().unwrap() = Some(process);
        self.until_ready().await;
    }

    /// Runs statements as the owner.
    pub async fn run(&self, statements: &str) {
        self.run_in("audit", statements).await;
    }

    pub async fn rows(&self, statement: &str) -> Vec<PgRow> {
        let mut owner = self.owner("audit").await.unwrap();
        sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut owner).await.unwrap()
    }

    /// From now on with a certificate for this address, by an authority of its own.
    pub async fn switch_tls_on(&self, address: &str) {
        let (authority, certificate, key) = certificate_for(address);
        self.write("authority.pem", &authority);
        self.write("server.crt", &certificate);
        self.write("server.key", &key);
        self.run("ALTER SYSTEM SET ssl = on").await;
        let folder = self.folder.path().display().to_string();
        self.run(&format!("ALTER SYSTEM SET ssl_cert_file = '{folder}/server.crt'")).await;
        self.run(&format!("ALTER SYSTEM SET ssl_key_file = '{folder}/server.key'")).await;
        let before = self.told("reloading configuration files");
        self.run("SELECT pg_reload_conf()").await;
        while self.told("reloading configuration files") == before {
            tokio::task::yield_now().await;
        }
    }

    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Sign-ins over TLS that the server has noted.
    pub fn encrypted_sign_ins(&self) -> usize {
        self.told("SSL enabled")
    }

    pub fn stop(&self) {
        let Some(mut process) = self.process.lock().unwrap().take() else { return };
        let stopped = self
            .command("pg_ctl")
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.data())
            .output();
        if !stopped.is_ok_and(|stopped| stopped.status.success()) {
            process.kill().unwrap();
        }
        process.wait().unwrap();
    }

    async fn run_in(&self, database: &str, statements: &str) {
        let mut owner = self.owner(database).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut owner).await.unwrap();
    }

    async fn owner(&self, database: &str) -> Result<PgConnection, sqlx::Error> {
        PgConnectOptions::new_without_pgpass()
            .socket(self.folder.path())
            .port(self.port)
            .username("owner")
            .database(database)
            .ssl_mode(PgSslMode::Disable)
            .connect()
            .await
    }

    async fn until_ready(&self) {
        while self.owner("postgres").await.is_err() {
            assert!(!self.has_ended(), "the server ended: {}", self.noted());
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    fn has_ended(&self) -> bool {
        let mut process = self.process.lock().unwrap();
        process.as_mut().unwrap().try_wait().unwrap().is_some()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        if self.is_root && name != "authority.pem" {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn noted(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap()
    }

    fn told(&self, words: &str) -> usize {
        self.noted().matches(words).count()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(find(program));
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command.env_clear().env("LC_ALL", "C.UTF-8");
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Debian keeps the server's programs out of everybody's way.
fn find(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let is_there = |folder: PathBuf| Some(folder.join(program)).filter(|path| path.exists());
    debian
        .chain(std::env::split_paths(OsStr::new(&path)))
        .find_map(is_there)
        .unwrap_or_else(|| panic!("{program} is missing; packaging/test installs PostgreSQL"))
}

/// The authority's certificate, the server's, and its key; all PEM.
fn certificate_for(address: &str) -> (String, String, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![SanType::IpAddress(address.parse().unwrap())];
    let certificate = params.signed_by(&key, &authority).unwrap();
    (authority.as_ref().pem(), certificate.pem(), key.serialize_pem())
}
