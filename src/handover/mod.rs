//! Hands a link to the window that is open already: one window for each data folder.
//!
//! The open window listens where only its owner can reach it; another start of the program connects,
//! sends the link as one line, and ends once it is answered. What comes is a wish like a click, no
//! more: whether anything is sent is for the engine to decide.
//!
//! `place` is where the two meet: a socket, or on Windows a named pipe. It offers
//! `connect(data)`, the open window or nothing, and `Listener::bind(data)` with `accept()`.

use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as place;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as place;

/// Longer than any link that is taken.
const LONGEST: usize = 4096;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);
const TAKEN: &str = "taken\n";

/// Gives the link to the open window. The answer is whether there was one that took it.
///
/// # Errors
/// When there was one that did not answer in time, or did not take the link.
pub(crate) fn give(data: &Path, link: &str) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { tokio::time::timeout(PATIENCE, ask(data, link)).await? })
}

async fn ask(data: &Path, link: &str) -> io::Result<bool> {
    let Some(mut window) = place::connect(data).await? else { return Ok(false) };
    let line: String = link.chars().filter(|c| !c.is_control()).collect();
    window.write_all(format!("{line}\n").as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(window.take(64)).read_line(&mut answer).await?;
    match answer == TAKEN {
        true => Ok(true),
        false => Err(io::Error::other("the open window did not take the link")),
    }
}

/// Takes links until the runtime ends. `take` answers whether somebody is there to act on one.
pub(crate) async fn listen(data: &Path, take: impl Fn(String) -> bool + Send + Sync + 'static) {
    let listener = match place::Listener::bind(data).await {
        Ok(Some(listener)) => listener,
        Ok(None) => {
            tracing::info!("another window of this data folder takes the links");
            return;
        }
        Err(error) => {
            tracing::warn!(%error, "links can't be taken over");
            return;
        }
    };
    tracing::info!("links are taken over");
    let take = std::sync::Arc::new(take);
    loop {
        let Ok(stream) = listener.accept().await else { continue };
        let take = std::sync::Arc::clone(&take);
        tokio::spawn(async move {
            match tokio::time::timeout(PATIENCE, hear(stream, &*take)).await {
                Ok(Ok(())) => tracing::info!("a link was taken over"),
                Ok(Err(_)) | Err(_) => tracing::info!("a link could not be taken over"),
            }
        });
    }
}

async fn hear(
    stream: impl AsyncRead + AsyncWrite,
    take: &(impl Fn(String) -> bool + Sync),
) -> io::Result<()> {
    let (read, mut write) = tokio::io::split(stream);
    let mut read = BufReader::new(read.take(LONGEST as u64));
    let mut line = String::new();
    read.read_line(&mut line).await?;
    let Some(link) = line.strip_suffix('\n') else {
        return Err(io::Error::other("no whole line"));
    };
    let is_taken = take(link.to_owned());
    write.write_all(if is_taken { TAKEN } else { "nobody\n" }.as_bytes()).await?;
    // A pipe that is closed at once may lose the answer: the other side closes first.
    read.read_line(&mut line).await?;
    if is_taken { Ok(()) } else { Err(io::Error::other("nobody is there")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_link_reaches_the_window_that_is_open_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let give = |text: &'static str| {
            let data = data.clone();
            tokio::task::spawn_blocking(move || super::give(&data, text))
        };
        assert!(!give("keydesk://verify?ticket=1").await.unwrap().unwrap(), "no window is open");
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
        while place::connect(&data).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        assert!(
            place::Listener::bind(&data).await.unwrap().is_none(),
            "one window takes the links"
        );
        assert!(give("keydesk://verify?ticket=1\nsecond").await.unwrap().unwrap());
        assert!(give("unwanted").await.unwrap().is_err(), "what nobody took is told");
        let long = Box::leak("a".repeat(LONGEST + 1).into_boxed_str());
        assert!(give(long).await.unwrap().is_err());
        assert_eq!(*heard.lock().unwrap(), ["keydesk://verify?ticket=1second", "unwanted"]);
        listens.abort();
        assert!(listens.await.is_err());
        // What is left behind is nobody's.
        assert!(!give("keydesk://verify?ticket=1").await.unwrap().unwrap());
        let next = place::Listener::bind(&data).await.unwrap();
        assert!(next.is_some(), "the next window takes it over");
    }
}
