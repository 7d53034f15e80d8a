//! Waits at a loopback address for the browser to come back (RFC 8252, 7.3).
//!
//! Any page in any browser on this computer can call here and guess the port. What it can't guess
//! is the state: without it nothing is completed and nothing is ended.

use super::SignInError;
use super::page::Page;
use super::redirect::{Awaited, Redirect};
use axum::Router;
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, Method, Uri};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use zeroize::Zeroizing;

/// Ports that are tried until one is free in both families.
const PORTS: usize = 16;
/// The browser gets its page within this.
const FAREWELL: Duration = Duration::from_secs(2);

/// What came back.
pub(super) type Came = Result<Zeroizing<String>, SignInError>;

/// Listens until it is dropped.
pub(super) struct Loopback {
    port: u16,
    came: oneshot::Receiver<Came>,
    servers: Vec<tokio::task::JoinHandle<()>>,
    stop: watch::Sender<()>,
}

struct Waiting {
    port: u16,
    awaited: Awaited,
    tell: Mutex<Option<oneshot::Sender<Came>>>,
}

impl Loopback {
    /// Listens on a random port of both loopback addresses, for `localhost` may be either; on one
    /// of them where the system has only one.
    ///
    /// # Errors
    /// [`SignInError::NoListener`].
    pub(super) async fn open(awaited: Awaited) -> Result<Self, SignInError> {
        let (listeners, port) = listen()
            .await
            .map_err(|error| SignInError::NoListener { reason: error.to_string() })?;
        let (tell, came) = oneshot::channel();
        let waiting = Arc::new(Waiting { port, awaited, tell: Mutex::new(Some(tell)) });
        let (stop, _) = watch::channel(());
        let servers = listeners.into_iter().map(|listener| {
            let router = Router::new().fallback(answer).with_state(Arc::clone(&waiting));
            let mut stopped = stop.subscribe();
            tokio::spawn(async move {
                let until = async move {
                    // An error is the end of the sender: the same.
                    drop(stopped.changed().await);
                };
                if let Err(error) =
                    axum::serve(listener, router).with_graceful_shutdown(until).await
                {
                    tracing::warn!(%error, "the loopback listener failed");
                }
            })
        });
        Ok(Self { port, came, servers: servers.collect(), stop })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The first redirect that belongs to the sign-in. The listener stays, to refuse a second one.
    pub(super) async fn came(&mut self) -> Came {
        match (&mut self.came).await {
            Ok(came) => came,
            Err(_) => Err(SignInError::NoListener { reason: "the listener ended".into() }),
        }
    }

    /// Ends once the browser has its page.
    pub(super) async fn close(self) {
        drop(self.stop);
        for server in self.servers {
            if tokio::time::timeout(FAREWELL, server).await.is_err() {
                tracing::debug!("a browser kept its connection open");
            }
        }
    }
}

async fn listen() -> std::io::Result<(Vec<TcpListener>, u16)> {
    let mut tries = PORTS;
    loop {
        let first = match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await {
            Ok(first) => first,
            Err(_) => {
                let only = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, 0))).await?;
                let port = only.local_addr()?.port();
                return Ok((vec![only], port));
            }
        };
        let port = first.local_addr()?.port();
        tries -= 1;
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(second) => return Ok((vec![first, second], port)),
            // Another program has it, and might get the redirect.
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && tries > 0 => {}
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => return Err(error),
            // No IPv6 here.
            Err(_) => return Ok((vec![first], port)),
        }
    }
}

async fn answer(
    State(waiting): State<Arc<Waiting>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Page {
    if !waiting.is_addressed(&headers) || uri.path() != "/" {
        return Page::NotHere;
    }
    if method != Method::GET {
        return Page::OnlyGet;
    }
    match waiting.awaited.judge(uri.query().unwrap_or_default()) {
        Redirect::Foreign => Page::Foreign,
        Redirect::Code(code) => waiting.tell(Ok(code), Page::Done),
        Redirect::Refused(error) => waiting.tell(Err(error), Page::Refused),
    }
}

impl Waiting {
    /// A foreign name that leads here (DNS rebinding) is not us.
    fn is_addressed(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
            return false;
        };
        ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|name| host.eq_ignore_ascii_case(&format!("{name}:{}", self.port)))
    }

    fn tell(&self, came: Came, page: Page) -> Page {
        let tell = self.tell.lock().unwrap_or_else(PoisonError::into_inner).take();
        match tell.map(|tell| tell.send(came)) {
            Some(Ok(())) => page,
            Some(Err(_)) | None => Page::Over,
        }
    }
}
