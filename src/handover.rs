//! Hands a link to the window that is open already: one window for each data folder.
//!
//! The open window listens on a socket that only its owner can reach; another start of the program
//! connects, sends the link as one line, and ends once it is answered. What comes is a wish like a
//! click, no more: whether anything is sent is for the engine to decide.

use std::io;
use std::path::Path;
use std::time::Duration;

/// Longer than any link that is taken.
const LONGEST: usize = 4096;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);
const TAKEN: &str = "taken\n";

/// Where another start of the program finds the open window; nothing where the system has no
/// such place.
#[cfg(unix)]
fn socket(data: &Path) -> Option<std::path::PathBuf> {
    /// What an address of such a socket can hold, less a little.
    const MOST: usize = 100;
    let beside = data.join("keydesk.sock");
    if beside.as_os_str().len() <= MOST {
        return Some(beside);
    }
    // A long folder's name stands for it, in the folder of the session.
    use sha2::{Digest, Sha256};
    use std::os::unix::ffi::OsStrExt;
    let hash = Sha256::digest(data.as_os_str().as_bytes());
    let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let runtime = std::path::PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?);
    let path = runtime.join(format!("keydesk-{name}.sock"));
    (path.as_os_str().len() <= MOST).then_some(path)
}

/// Gives the link to the open window. The answer is whether there was one that took it.
#[cfg(unix)]
pub(crate) fn give(data: &Path, link: &str) -> io::Result<bool> {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    let Some(socket) = socket(data) else { return Ok(false) };
    let mut window = match UnixStream::connect(socket) {
        Ok(window) => window,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    window.set_read_timeout(Some(PATIENCE))?;
    window.set_write_timeout(Some(PATIENCE))?;
    let line: String = link.chars().filter(|c| !c.is_control()).collect();
    window.write_all(format!("{line}\n").as_bytes())?;
    let mut answer = String::new();
    window.take(64).read_to_string(&mut answer)?;
    match answer == TAKEN {
        true => Ok(true),
        false => Err(io::Error::other("the open window did not take the link")),
    }
}

/// Other systems hand nothing over yet: a link opens a window of its own.
#[cfg(not(unix))]
pub(crate) fn give(_data: &Path, _link: &str) -> io::Result<bool> {
    Ok(false)
}

/// Takes links until the runtime ends. `take` answers whether somebody is there to act on one.
#[cfg(unix)]
pub(crate) async fn listen(data: &Path, take: impl Fn(String) -> bool + Send + Sync + 'static) {
    let Some(listener) = bind(data) else { return };
    let take = std::sync::Arc::new(take);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let take = std::sync::Arc::clone(&take);
        tokio::spawn(async move {
            let heard = tokio::time::timeout(PATIENCE, hear(stream, &*take)).await;
            if !matches!(heard, Ok(Ok(()))) {
                tracing::info!("a link could not be taken over");
            }
        });
    }
}

/// Other systems hand nothing over yet.
#[cfg(not(unix))]
pub(crate) async fn listen(_data: &Path, _take: impl Fn(String) -> bool + Send + Sync + 'static) {}

/// The socket; one that an earlier run left is replaced, one that somebody answers on is not.
#[cfg(unix)]
fn bind(data: &Path) -> Option<tokio::net::UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    let path = socket(data)?;
    if let Err(error) = crate::files::make_private_folder(data) {
        tracing::warn!(%error, "links can't be taken over");
        return None;
    }
    if std::os::unix::net::UnixStream::connect(&path).is_ok() {
        tracing::info!("another window of this data folder takes the links");
        return None;
    }
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "links can't be taken over");
        return None;
    }
    let bound = tokio::net::UnixListener::bind(&path).and_then(|listener| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    });
    bound.map_err(|error| tracing::warn!(%error, "links can't be taken over")).ok()
}

#[cfg(unix)]
async fn hear(
    stream: tokio::net::UnixStream,
    take: &(impl Fn(String) -> bool + Sync),
) -> io::Result<()> {
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(LONGEST as u64)).read_line(&mut line).await?;
    let Some(link) = line.strip_suffix('\n') else {
        return Err(io::Error::other("no whole line"));
    };
    let answer = if take(link.to_owned()) { TAKEN } else { "nobody\n" };
    write.write_all(answer.as_bytes()).await
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_link_reaches_the_window_that_is_open_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        assert!(!give(&data, "keydesk://verify?ticket=1").unwrap(), "no window is open");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (keeps, place) = (Arc::clone(&heard), data.clone());
        let listens = tokio::spawn(async move {
            let take = move |link: String| {
                let is_wanted = !link.contains("unwanted");
                keeps.lock().unwrap().push(link);
                is_wanted
            };
            listen(&place, take).await;
        });
        while !socket(&data).unwrap().exists() {
            tokio::task::yield_now().await;
        }
        let give = |text: &'static str| {
            let data = data.clone();
            tokio::task::spawn_blocking(move || super::give(&data, text))
        };
        assert!(give("keydesk://verify?ticket=1\nsecond").await.unwrap().unwrap());
        assert!(give("unwanted").await.unwrap().is_err(), "what nobody took is told");
        let long = Box::leak("a".repeat(LONGEST + 1).into_boxed_str());
        assert!(give(long).await.unwrap().is_err());
        assert_eq!(*heard.lock().unwrap(), ["keydesk://verify?ticket=1second", "unwanted"]);
        listens.abort();
        assert!(listens.await.is_err());
        // The socket that is left behind is nobody's.
        assert!(!give("keydesk://verify?ticket=1").await.unwrap().unwrap());
        assert!(bind(&data).is_some(), "the next window takes it over");
    }
}
