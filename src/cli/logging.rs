//! The log file: what happened, with request ids; never a PIN, token or secret.

use crate::settings::Paths;
use std::fs::OpenOptions;
use std::io;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// A log larger than this, in bytes, is set aside as `keydesk.log.1` at the next start.
const ROTATE_AT_BYTES: u64 = 5 * 1024 * 1024;

/// Begins to write `keydesk.log` in the data folder; `KEYDESK_LOG` sets the filter.
pub(super) fn start(paths: &Paths) -> io::Result<()> {
    std::fs::create_dir_all(&paths.data)?;
    let path = paths.data.join("keydesk.log");
    if std::fs::metadata(&path).is_ok_and(|file| file.len() > ROTATE_AT_BYTES) {
        std::fs::rename(&path, paths.data.join("keydesk.log.1"))?;
    }
    let file = OpenOptions::new().create(true).append(true).open(&path)?;
    let filter = EnvFilter::try_from_env("KEYDESK_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,keydesk=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init()
        .map_err(io::Error::other)
}
