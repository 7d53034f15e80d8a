//! What stations share, in each of its ways: a real PostgreSQL, a real folder.

#[cfg(unix)]
use crate::log::Log;
use crate::steps::{Agent, agent_with};
use jiff::{SignedDuration, Timestamp};
use keydesk::settings::{StationsShare, VerifySettings};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// As if the time of everything that stands in the second table were over.
#[cfg(unix)]
const PAST: &str = "UPDATE keydesk_checks_open SET open_until = now() - interval '1 second', \
                    locked_until = now() - interval '1 second'";

pub enum Place {
    #[cfg(unix)]
    Database(Log),
    Folder(Share),
}

type Ready = fn() -> Place;

/// A folder that all stations reach.
#[derive(Clone)]
pub struct Share {
    around: Arc<tempfile::TempDir>,
}

/// A folder that nobody writes into, until this is dropped.
#[cfg(unix)]
pub struct Closed(PathBuf);

impl Place {
    /// One after the other; the output says which one a test failed in.
    #[allow(clippy::print_stdout)]
    pub fn all() -> impl Iterator<Item = Self> {
        let ways: [(&str, Ready); _] = [
            #[cfg(unix)]
            ("the log's database", || Self::Database(Log::ready())),
            ("a folder", Self::folder),
        ];
        ways.into_iter().map(|(name, ready)| {
            println!("stations share {name}");
            ready()
        })
    }

    pub fn folder() -> Self {
        let share = Share { around: Arc::new(tempfile::tempdir().unwrap()) };
        std::fs::create_dir(share.folder()).unwrap();
        Self::Folder(share)
    }

    pub fn agent_with(&self, settings: impl FnOnce(&mut VerifySettings)) -> Agent {
        match self {
            #[cfg(unix)]
            Self::Database(log) => log.agent_with(settings, |_| {}),
            Self::Folder(share) => agent_with(|verify| share.set(verify, settings), |_| {}),
        }
    }

    pub fn colleague(&self, agent: &Agent, settings: impl FnOnce(&mut VerifySettings)) -> Agent {
        match self {
            #[cfg(unix)]
            Self::Database(log) => log.colleague(agent, settings),
            Self::Folder(share) => agent.colleague(|verify| share.set(verify, settings)),
        }
    }

    /// The station on its files as they are now, as after a kill.
    pub fn killed(&self, agent: &Agent) -> Agent {
        self.killed_at(agent, agent.files_now())
    }

    /// The same on its files as they were.
    pub fn killed_at(&self, agent: &Agent, files: tempfile::TempDir) -> Agent {
        match self {
            #[cfg(unix)]
            Self::Database(log) => log.killed_at(agent, files),
            Self::Folder(_) => agent.killed_at(files, |_| {}),
        }
    }

    pub fn let_time_pass(&self) {
        match self {
            #[cfg(unix)]
            Self::Database(log) => log.run(PAST),
            Self::Folder(share) => share.let_time_pass(),
        }
    }

    /// Nobody reaches it.
    pub fn take_away(&self) {
        match self {
            #[cfg(unix)]
            Self::Database(log) => log.server.stop(),
            Self::Folder(share) => std::fs::rename(share.folder(), share.elsewhere()).unwrap(),
        }
    }

    pub fn bring_back(&self) {
        match self {
            #[cfg(unix)]
            Self::Database(log) => log.resume(),
            Self::Folder(share) => std::fs::rename(share.elsewhere(), share.folder()).unwrap(),
        }
    }

    /// Whether any station has a caller open, or did not let go of one whose time is over.
    pub fn is_open(&self) -> bool {
        match self {
            #[cfg(unix)]
            Self::Database(log) => log.is_open(),
            Self::Folder(share) => share.is_open(),
        }
    }

    /// Rows that wait besides the rest of a check: there is a log, or there is none.
    pub fn rows(&self) -> usize {
        match self {
            #[cfg(unix)]
            Self::Database(_) => 1,
            Self::Folder(_) => 0,
        }
    }
}

impl Share {
    pub fn folder(&self) -> PathBuf {
        self.around.path().join("share")
    }

    fn elsewhere(&self) -> PathBuf {
        self.around.path().join("away")
    }

    pub fn set(&self, verify: &mut VerifySettings, more: impl FnOnce(&mut VerifySettings)) {
        verify.stations = StationsShare::Folder;
        verify.stations_folder = Some(self.folder());
        more(verify);
    }

    /// Name and content of every file.
    pub fn files(&self) -> Vec<(PathBuf, String)> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        // A file may be on its way out.
        paths.filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?))).collect()
    }

    fn is_open(&self) -> bool {
        self.files().iter().any(|(path, _)| has_end(path, "open"))
    }

    fn let_time_pass(&self) {
        let past = Timestamp::now() - SignedDuration::from_secs(1);
        for (path, text) in self.files() {
            if let Ok(mut entry) = serde_json::from_str::<Value>(&text) {
                entry["until"] = past.to_string().into();
                std::fs::write(path, entry.to_string()).unwrap();
            }
        }
    }
}

#[cfg(unix)]
impl Closed {
    /// Nothing where that can't be: rights are no hindrance to root, and not every file system
    /// knows what is (`chattr +i`).
    pub fn close(folder: &Path) -> Option<Self> {
        let closed = Self(folder.to_owned());
        closed.set(0o555, "+i");
        let probe = folder.join("probe");
        if std::fs::write(&probe, "").is_err() {
            return Some(closed);
        }
        std::fs::remove_file(probe).unwrap();
        None
    }

    fn set(&self, mode: u32, flag: &str) {
        use std::os::unix::fs::PermissionsExt;
        // Who is not root has the rights, and root has the flag.
        let changed = std::process::Command::new("chattr").arg(flag).arg(&self.0).output();
        drop(changed);
        drop(std::fs::set_permissions(&self.0, std::fs::Permissions::from_mode(mode)));
    }
}

#[cfg(unix)]
impl Drop for Closed {
    fn drop(&mut self) {
        self.set(0o755, "-i");
    }
}

pub fn has_end(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|own| own == end)
}
