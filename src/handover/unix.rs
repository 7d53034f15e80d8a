//! A Unix socket in the data folder, which is its owner's.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// What an address of such a socket can hold, less a little.
const MOST: usize = 100;

pub(super) struct Listener(UnixListener);

impl Listener {
    /// The socket, or nothing if another window answers on it; one that an earlier run left is
    /// replaced.
    pub(super) async fn bind(data: &Path) -> io::Result<Option<Self>> {
        let Some(path) = socket(data) else {
            return Err(io::Error::other("the data folder's name is too long"));
        };
        crate::files::make_private_folder(data)?;
        if UnixStream::connect(&path).await.is_ok() {
            return Ok(None);
        }
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Some(Self(listener)))
    }

    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.0.accept().await?.0)
    }
}

/// The open window, if there is one.
pub(super) async fn connect(data: &Path) -> io::Result<Option<UnixStream>> {
    let Some(socket) = socket(data) else { return Ok(None) };
    match UnixStream::connect(socket).await {
        Ok(window) => Ok(Some(window)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(None),
            _ => Err(error),
        },
    }
}

/// Where another start of the program finds the open window; nothing where the system has no
/// such place.
fn socket(data: &Path) -> Option<PathBuf> {
    let beside = data.join("keydesk.sock");
    if beside.as_os_str().len() <= MOST {
        return Some(beside);
    }
    // A long folder's name stands for it, in the folder of the session.
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(data.as_os_str().as_bytes());
    let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let runtime = PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?);
    let path = runtime.join(format!("keydesk-{name}.sock"));
    (path.as_os_str().len() <= MOST).then_some(path)
}
