//! An audit from the command line: which session, whose directory, which keys are in.

use super::{AuditPlace, AuditReport, audit, session_there};
use crate::bulk::SessionId;
use crate::directory::Directory;
use crate::engine::access::{BULK, directory_as_operator};
use crate::engine::{TellSignIn, directories};
use crate::journal::Look;
use crate::key::{KeyEvent, KeyFacts, KeyId, Keys};
use crate::practice::company;
use crate::problem::{Explain, Problem};
use crate::secrets::{SecretText, Secrets};
use crate::settings::{Paths, Settings, TenantSettings};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Keys that are in tell who they are within this time.
const KEYS_WITHIN: Duration = Duration::from_secs(5);
/// No key was found for so long: there are no more.
const QUIET: Duration = Duration::from_millis(750);
/// A serial that only the smart card tells comes within this time after the key's other facts.
const SERIAL_WITHIN: Duration = Duration::from_millis(2500);

/// What is to be audited.
pub struct AuditRequest {
    pub paths: Paths,
    /// The journal of the simulated company; its directory ends with its window.
    pub practice: bool,
    /// The one in use when absent.
    pub tenant: Option<String>,
    /// The newest when absent.
    pub session: Option<SessionId>,
    /// The tenant's secret, in place of the one in the keyring.
    pub secret: Option<SecretText>,
    /// Told where an operator is to sign in, where the tenant's do; without it nobody is asked to.
    pub sign_in: Option<TellSignIn>,
}

/// Runs an audit to its end.
///
/// # Errors
/// Where nothing could be compared.
pub fn run_audit(request: AuditRequest) -> Result<AuditReport, Problem> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Problem {
        what: format!("Keydesk can't start its work: {error}"),
        next: "Close other programs and try again".into(),
        details: Vec::new(),
    })?;
    runtime.block_on(of_request(request))
}

async fn of_request(request: AuditRequest) -> Result<AuditReport, Problem> {
    let secrets = Secrets::probe();
    if request.practice {
        let (keys, mute_keys) = keys_in().await.map_err(|error| error.problem())?;
        let place = AuditPlace {
            folder: request.paths.data.join("practice"),
            secrets,
            tenant: company::NAME.into(),
            session: request.session,
            keys,
            mute_keys,
        };
        let mut report = audit(place, None).await?;
        report.unchecked.push(no_simulated_directory());
        return Ok(report);
    }
    let settings = Settings::load(&request.paths.config_file()).map_err(|error| error.problem())?;
    let settings = settings.unwrap_or_default();
    let tenant = tenant_of(&request, &settings, &secrets)?;
    let resolved = settings.resolved(&tenant);
    let mut place = AuditPlace {
        folder: request.paths.data,
        secrets,
        tenant: tenant.name,
        session: request.session,
        keys: Vec::new(),
        mute_keys: 0,
    };
    place.session = Some(session_there(&place).await?);
    let directory = match request.sign_in {
        Some(tell) => directory_as_operator(&resolved, BULK, tell).await?,
        None => None,
    };
    let directory = match directory {
        Some(directory) => directory,
        None => as_application(&resolved, request.secret, &place.secrets).await?,
    };
    // Somebody may just have signed in with one of them.
    (place.keys, place.mute_keys) = keys_in().await.map_err(|error| error.problem())?;
    audit(place, Some(directory)).await
}

/// The named one, the named session's, or the one in use.
fn tenant_of(
    request: &AuditRequest,
    settings: &Settings,
    secrets: &Secrets,
) -> Result<TenantSettings, Problem> {
    let name = match (&request.tenant, request.session) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(id)) => {
            let look = Look::open(&request.paths.data, secrets).map_err(|error| error.problem())?;
            Some(look.session(id).map_err(|error| error.problem())?.tenant)
        }
        (None, None) => settings.tenant().map(|tenant| tenant.name.clone()),
    };
    let Some(name) = name else { return Err(no_tenant("a tenant")) };
    settings.tenant_named(&name).cloned().ok_or_else(|| no_tenant(&name))
}

async fn as_application(
    tenant: &TenantSettings,
    secret: Option<SecretText>,
    secrets: &Secrets,
) -> Result<Arc<dyn Directory>, Problem> {
    let Some(name) = tenant.secret_name() else { return Err(signs_in_by_name(&tenant.name)) };
    let secrets = match secret {
        None => secrets.clone(),
        Some(secret) => {
            let given = Secrets::session_only("the secret came from standard input");
            given.set(&name, &secret).map_err(|error| error.problem())?;
            given
        }
    };
    let made = directories::of_tenant(tenant, &secrets).await.map_err(|error| error.problem())?;
    Ok(made.directory)
}

/// What the keys that are plugged in tell of themselves, and how many don't.
async fn keys_in() -> Result<(Vec<KeyFacts>, usize), crate::key::KeyError> {
    // The table of keys is held for as long as they are asked.
    let (_keys, mut events) = Keys::start()?;
    let mut known: BTreeMap<KeyId, Option<KeyFacts>> = BTreeMap::new();
    let listen = async {
        while let Ok(Some(event)) = tokio::time::timeout(wait(&known), events.recv()).await {
            match event {
                KeyEvent::Inserted { id, .. } | KeyEvent::Unreadable { id, .. } => {
                    known.entry(id).or_default();
                }
                KeyEvent::Identified(facts) => {
                    known.insert(facts.id.clone(), Some(facts));
                }
                KeyEvent::Removed { id } => {
                    known.remove(&id);
                }
                KeyEvent::Activity { .. } => {}
            }
        }
    };
    let in_time = tokio::time::timeout(KEYS_WITHIN, listen).await;
    tracing::debug!(in_time = in_time.is_ok(), "keys that are in");
    let mute = known.values().filter(|facts| facts.is_none()).count();
    Ok((known.into_values().flatten().collect(), mute))
}

/// As long as one has not told who it is, there is more to come.
fn wait(known: &BTreeMap<KeyId, Option<KeyFacts>>) -> Duration {
    let all =
        |tell: fn(&KeyFacts) -> bool| known.values().all(|key| key.as_ref().is_some_and(tell));
    match (all(|_| true), all(|facts| facts.serial.is_some())) {
        (true, true) => QUIET,
        (true, false) => SERIAL_WITHIN,
        (false, _) => KEYS_WITHIN,
    }
}

fn no_tenant(name: &str) -> Problem {
    Problem {
        what: format!("config.toml does not have {name}"),
        next: "Name one of its tenants with --tenant, or its folder with --config".into(),
        details: Vec::new(),
    }
}

fn signs_in_by_name(tenant: &str) -> Problem {
    Problem {
        what: format!(
            "Operators of {tenant} sign in by name, so its directory can't be asked here"
        ),
        next: "Sign in with --sign-in; or, where nobody is there, give --config a folder whose \
               config.toml signs in to the same tenant as the application (sign_in = \"secret\" or \
               \"certificate\")"
            .into(),
        details: Vec::new(),
    }
}

fn no_simulated_directory() -> Problem {
    Problem {
        what: "The simulated company's directory was not compared: it ends with its window".into(),
        next: "To try an audit, use `keydesk practice-cloud` as a tenant".into(),
        details: Vec::new(),
    }
}
