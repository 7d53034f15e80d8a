//! A named pipe that only its owner can open. Its name is drawn anew by each window and stands in
//! a file of the data folder: whoever can't read that folder can't take the name beforehand.

use interprocess::os::windows::named_pipe::{
    PipeListenerOptions, pipe_mode::Bytes, tokio::DuplexPipeStream, tokio::PipeListener,
};
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient};
use widestring::{U16CStr, u16cstr};

/// Protected from what is inherited; all rights for the owner, none for anybody else.
const OWNER_ONLY: &U16CStr = u16cstr!("D:P(A;;GA;;;OW)");
/// Every instance of the pipe is in use (winerror.h, ERROR_PIPE_BUSY).
const PIPE_BUSY: i32 = 231;
const UNTIL_ANOTHER_TRY: Duration = Duration::from_millis(20);

pub(super) struct Listener(PipeListener<Bytes, Bytes>);

impl Listener {
    /// The pipe, or nothing if another window answers on its own.
    pub(super) async fn bind(data: &Path) -> io::Result<Option<Self>> {
        if connect(data).await.is_ok_and(|window| window.is_some()) {
            return Ok(None);
        }
        let name = format!(r"\\.\pipe\keydesk-{}", uuid::Uuid::new_v4().simple());
        // The first instance of its name, and for this computer only: both are the defaults.
        let listener = PipeListenerOptions::new()
            .path(name.as_str())
            .security_descriptor(Some(SecurityDescriptor::deserialize(OWNER_ONLY)?))
            .create_tokio_duplex::<Bytes>()?;
        crate::files::replace_private(&named(data), name.as_bytes())?;
        Ok(Some(Self(listener)))
    }

    pub(super) async fn accept(&self) -> io::Result<DuplexPipeStream<Bytes>> {
        self.0.accept().await
    }
}

/// The open window, if there is one. It may learn who asks, not act as them: tokio's default.
pub(super) async fn connect(data: &Path) -> io::Result<Option<NamedPipeClient>> {
    let name = match std::fs::read_to_string(named(data)) {
        Ok(name) => name,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    loop {
        match ClientOptions::new().open(&name) {
            Ok(window) => return Ok(Some(window)),
            // It is between two callers. Whoever calls sets an end to the waiting.
            Err(error) if error.raw_os_error() == Some(PIPE_BUSY) => {
                tokio::time::sleep(UNTIL_ANOTHER_TRY).await;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

fn named(data: &Path) -> PathBuf {
    data.join("keydesk.pipe")
}
