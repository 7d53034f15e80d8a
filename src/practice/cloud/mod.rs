//! The practice cloud: Larkfield Ltd's sign-in service and directory, served over real HTTP on
//! this computer, with the checks the real services make.
//!
//! Both hosts of a real tenant are one address here: `{base}/{tenant}/oauth2/v2.0/token`,
//! `{base}/{domain}/v2.0/.well-known/openid-configuration`, `{base}/v1.0/...`, `{base}/beta/...`.
//! Operators sign in at `{base}/{tenant}/oauth2/v2.0/authorize`, devices at `{base}/devicelogin`,
//! and a customer's administrator consents at `{base}/{tenant}/adminconsent`; `login` has it all.
//! The services that callers are checked with are below `{base}` too: the ticket system at
//! `{base}/halo`, Authy at `{base}/authy` and Duo at `{base}/duo`.
//! `{base}/_control` tells what was received and takes [`Order`]s: faults on demand.
//!
//! Each request becomes a plain `call::Call`, each answer a plain `call::Reply`; what is
//! between is synchronous over one `world::World`, and only `server` knows sockets.

use crate::problem::{Detail, Explain};
use crate::secrets::SecretText;
use crate::settings::VerifySettings;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

mod attestation;
mod auth_data;
mod authy;
mod batch;
mod call;
mod caller;
mod challenge;
mod control;
mod duo;
mod fido2;
mod filter;
mod graph;
mod groups;
mod halo;
mod line;
mod login;
mod method_policies;
mod methods;
mod model;
mod odata;
mod orders;
mod passes;
mod passkey;
mod person_actions;
mod phones;
mod place;
mod policy;
mod pushes;
mod quota;
mod registration;
mod search;
mod server;
mod service_principals;
mod services;
mod share;
mod tenant;
mod twilio;
mod users;
mod world;

pub use control::{
    ChangedPhones, Control, IssuedPass, Observed, ReceivedCall, ReceivedMail, RegisteredPasskey,
    ShownPhone, TicketNote, WaitingPush,
};
pub(super) use login::AS_DATA;
pub use login::{Asks, Form, Page, PageAccount};
pub use orders::{
    DuoOrder, Effect, Fault, GroupClaims, HaloOrder, IdEncoding, Order, PolicyChange, SignInOrder,
    SignInStage, Spoilt, TwilioOrder,
};
pub use phones::HeldNumber;
pub use policy::{PolicyForm, Restriction};
pub use share::Share;
pub use twilio::TextFate;

/// How the practice cloud starts.
pub struct CloudOptions {
    /// A loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The client secret to accept; drawn at random when absent.
    pub secret: Option<SecretText>,
    /// The password of every operator; drawn at random when absent.
    pub password: Option<SecretText>,
    /// A DER certificate to accept client assertions of, beside the secret.
    pub certificate: Option<Vec<u8>>,
    /// Every call takes at least this long.
    pub latency: Duration,
    /// How long an access token lives.
    pub token_lifetime: Duration,
    /// How long a new passkey or phone is missing from lists, and a deleted one lingers in them.
    pub listing_delay: Duration,
    /// So many people more, all in the group [`CROWD`](super::company::CROWD), for load.
    pub crowd: usize,
}

impl Default for CloudOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            secret: None,
            password: None,
            certificate: None,
            latency: Duration::ZERO,
            token_lifetime: Duration::from_secs(3599),
            listing_delay: Duration::ZERO,
            crowd: 0,
        }
    }
}

/// What another program needs to use the practice cloud as its tenant.
pub struct Connection {
    /// Address of sign-in service and directory, without a slash at the end.
    pub base_url: String,
    pub domain: &'static str,
    pub tenant_id: String,
    pub client_id: String,
    pub secret: Arc<SecretText>,
    /// Of every operator; only the service account may sign in with it alone.
    pub password: Arc<SecretText>,
}

/// A running practice cloud; it ends when this is dropped.
pub struct Cloud {
    base_url: Url,
    control: Control,
    secret: Arc<SecretText>,
    password: Arc<SecretText>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Cloud {
    /// Starts serving on the runtime this is called in.
    ///
    /// # Errors
    /// [`CloudError`]: an address that is not loopback, a port that is taken.
    pub async fn start(options: CloudOptions) -> Result<Self, CloudError> {
        let address = options.listen;
        if !address.ip().is_loopback() {
            return Err(CloudError::NotLoopback(address));
        }
        let failed =
            |error: std::io::Error| CloudError::Listen { address, reason: error.to_string() };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let base_url = Url::parse(&format!("http://{bound}/"))
            .map_err(|error| CloudError::Listen { address, reason: error.to_string() })?;
        let secret = Arc::new(match options.secret {
            Some(secret) => secret,
            None => draw_secret()?,
        });
        let password = Arc::new(match options.password {
            Some(password) => password,
            None => draw_secret()?,
        });
        let world = world::World::new(world::Start {
            secret: Arc::clone(&secret),
            password: Arc::clone(&password),
            certificate: options.certificate,
            latency: options.latency,
            token_lifetime: options.token_lifetime,
            listing_delay: options.listing_delay,
            crowd: options.crowd,
        });
        let control = Control::new(world);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server::serve(listener, control.clone(), stopped));
        Ok(Self { base_url, control, secret, password, stop, task })
    }

    /// Address of sign-in service and directory.
    pub fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// A handle that looks at what was received and gives orders.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// What a client needs to sign in.
    pub fn connection(&self) -> Connection {
        Connection {
            base_url: self.base_url.as_str().trim_end_matches('/').to_owned(),
            domain: super::company::DOMAIN,
            tenant_id: super::company::tenant_id().to_string(),
            client_id: super::company::client_id().to_string(),
            secret: Arc::clone(&self.secret),
            password: Arc::clone(&self.password),
        }
    }

    /// Stops serving; returns when every open call is answered.
    pub async fn shutdown(self) -> Result<(), CloudError> {
        drop(self.stop);
        match self.task.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(CloudError::Stopped(error.to_string())),
            Err(error) => Err(CloudError::Stopped(error.to_string())),
        }
    }
}

/// Serves the practice cloud alone until the process is interrupted. `announce` is told, once the
/// cloud answers, what a client needs.
///
/// # Errors
/// As [`Cloud::start`].
pub fn serve_alone(
    options: CloudOptions,
    announce: impl FnOnce(&Connection, VerifySettings),
) -> Result<(), CloudError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CloudError::Stopped(error.to_string()))?;
    runtime.block_on(async {
        let cloud = Cloud::start(options).await?;
        announce(&cloud.connection(), cloud.verify_settings().0);
        tokio::signal::ctrl_c().await.map_err(|error| CloudError::Stopped(error.to_string()))?;
        cloud.shutdown().await
    })
}

/// Why the practice cloud does not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudError {
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    #[error("can't listen on {address}: {reason}")]
    Listen { address: SocketAddr, reason: String },
    #[error("no random numbers: {0}")]
    Random(String),
    #[error("the practice cloud stopped: {0}")]
    Stopped(String),
}

impl Explain for CloudError {
    fn what(&self) -> String {
        match self {
            Self::NotLoopback(address) => {
                format!(
                    "The practice cloud can't listen on {address}: other computers could reach it"
                )
            }
            Self::Listen { address, .. } => format!("The practice cloud can't listen on {address}"),
            Self::Random(_) => "The system gave no random numbers".into(),
            Self::Stopped(_) => "The practice cloud stopped".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::NotLoopback(_) => "Use an address such as 127.0.0.1:8443".into(),
            Self::Listen { .. } => {
                "Choose another port, or end the program that uses this one".into()
            }
            Self::Random(_) | Self::Stopped(_) => "Start it again".into(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::NotLoopback(_) => Vec::new(),
            Self::Listen { reason, .. } | Self::Random(reason) | Self::Stopped(reason) => {
                vec![Detail::new("reason", reason.clone())]
            }
        }
    }
}

/// 32 random bytes as text. A client secret of a tenant that exists only on this computer.
fn draw_secret() -> Result<SecretText, CloudError> {
    use base64::Engine;
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|error| CloudError::Random(error.to_string()))?;
    Ok(SecretText::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(*bytes)))
}
