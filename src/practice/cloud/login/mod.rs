//! The sign-in service: which tenant it is, what it publishes, and who goes on with a request.
//!
//! ```text
//! authorize ─► flow (page, form) ─► codes ─► tokens ─► id_token
//! devicecode ─► device ─► flow ──────────────┤
//! password, refresh, client ─────────────────┘
//! ```

use super::call::{Call, Reply};
use super::orders::{GroupClaims, SignInOrder, SignInStage, Spoilt};
use super::world::World;
use crate::access::Role;
use crate::secrets::SecretText;
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use refusal::SignInRefusal;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use uuid::Uuid;

mod assertion;
mod authorize;
mod claims;
mod client;
mod codes;
mod consent;
mod device;
mod flow;
mod id_token;
mod keys;
mod page;
mod password;
mod refresh;
mod refusal;
mod session;
mod tokens;

pub(in super::super) use page::AS_DATA;
pub use page::{Asks, Form, Page, PageAccount};

/// How long the application's secret is good for at the start.
const SECRET_LIFETIME: SignedDuration = SignedDuration::from_hours(180 * 24);

/// Everything the sign-in service keeps.
pub(super) struct Login {
    /// Of every operator.
    password: Arc<SecretText>,
    sessions: session::Sessions,
    /// Pages that wait for their form, by the token in it.
    flows: HashMap<String, flow::Flow>,
    codes: HashMap<String, codes::Code>,
    refresh: refresh::RefreshTokens,
    /// By device code.
    devices: HashMap<String, device::Device>,
    /// By account.
    wrong_passwords: HashMap<Uuid, u32>,
    /// Number of the key that signs.
    signing_key: usize,
    is_public: bool,
    pub secret_ends_in: SignedDuration,
    pub ordered: Ordered,
}

/// What was ordered and [`super::Order::EndFaults`] ends.
#[derive(Default)]
pub(super) struct Ordered {
    faults: Vec<(SignInStage, u32, u32)>,
    spoilt: VecDeque<Spoilt>,
    wrong_person: Option<String>,
    group_claims: GroupClaims,
    app_roles: Option<Vec<Role>>,
    /// The authentication context that the directory demands.
    pub context: Option<String>,
    /// Whose tokens of other login services are.
    pub foreign: Option<String>,
}

impl Login {
    pub fn new(password: Arc<SecretText>) -> Self {
        Self {
            password,
            sessions: session::Sessions::default(),
            flows: HashMap::new(),
            codes: HashMap::new(),
            refresh: refresh::RefreshTokens::default(),
            devices: HashMap::new(),
            wrong_passwords: HashMap::new(),
            signing_key: 0,
            is_public: true,
            secret_ends_in: SECRET_LIFETIME,
            ordered: Ordered::default(),
        }
    }

    /// Whether the application may be used without a secret.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    pub fn obey(&mut self, order: SignInOrder) {
        match order {
            SignInOrder::Fail { at, number, times } => {
                self.ordered.faults.push((at, number, times));
            }
            SignInOrder::SpoilIdToken { how } => self.ordered.spoilt.push_back(how),
            SignInOrder::WrongPerson { upn } => self.ordered.wrong_person = Some(upn),
            SignInOrder::RevokeRefreshTokens => self.refresh.revoke_all(),
            SignInOrder::ClaimsChallenge { context } => self.ordered.context = Some(context),
            SignInOrder::RotateSigningKey => self.signing_key += 1,
            SignInOrder::GroupClaims { form } => self.ordered.group_claims = form,
            SignInOrder::AppRoles { roles } => self.ordered.app_roles = Some(roles),
            SignInOrder::PublicClient { allowed } => self.is_public = allowed,
            SignInOrder::TrustForeignTokens { upn } => self.ordered.foreign = Some(upn),
            SignInOrder::SecretEnds { days } => {
                self.secret_ends_in = SignedDuration::from_hours(i64::from(days) * 24);
            }
        }
    }

    pub fn calm_down(&mut self) {
        self.ordered = Ordered::default();
        self.is_public = true;
        self.secret_ends_in = SECRET_LIFETIME;
        self.wrong_passwords.clear();
    }
}

/// Answers everything outside the directory.
pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let (tenant, rest) = match segments.as_slice() {
        ["devicelogin"] => return device::page(world, call),
        [tenant, rest @ ..] => (*tenant, rest),
        [] => return Reply::empty(StatusCode::NOT_FOUND),
    };
    let place = match find(world, tenant) {
        Ok(place) => place,
        Err(refusal) => return unknown_tenant(world, call, rest, &refusal),
    };
    let reply = match (&call.method, rest) {
        (&Method::GET, ["v2.0", ".well-known", "openid-configuration"]) => {
            Ok(Reply::ok(&configuration(world, call, place)))
        }
        (&Method::GET, ["discovery", "v2.0", "keys"]) => published_keys(world, call, place),
        (&Method::GET, ["oauth2", "v2.0", "authorize"]) => {
            Ok(authorize::answer(world, call, place))
        }
        (&Method::POST, ["login"]) => Ok(flow::answer(world, call, place)),
        (&Method::GET, ["oauth2", "v2.0", "logout"]) => Ok(session::forget(world, call)),
        (&Method::GET, ["adminconsent"] | ["v2.0", "adminconsent"]) => {
            Ok(consent::answer(world, call, place))
        }
        (&Method::POST, ["oauth2", "v2.0", "devicecode"]) => device_code(world, call, place),
        (&Method::POST, ["oauth2", "v2.0", "token"]) => tokens::answer(world, call, place),
        _ => Ok(Reply::empty(StatusCode::NOT_FOUND)),
    };
    reply.unwrap_or_else(|refusal| refusal.reply(call, world.now()))
}

/// The next fault ordered for this stage, if its number fits.
fn take_fault(
    world: &mut World,
    at: SignInStage,
    fits: impl Fn(u32) -> bool,
) -> Option<SignInRefusal> {
    let faults = &mut world.login.ordered.faults;
    let met = faults
        .iter_mut()
        .find(|(stage, number, times)| *stage == at && *times > 0 && fits(*number))?;
    met.2 -= 1;
    let number = met.1;
    faults.retain(|(_, _, times)| *times > 0);
    Some(SignInRefusal::ordered(number))
}

/// Number of the tenant that is called so.
fn find(world: &World, name: &str) -> Result<usize, SignInRefusal> {
    if matches!(name, "common" | "consumers") {
        return Err(SignInRefusal::ordered(9_001_023));
    }
    let found = world.places.iter().position(|place| place.is_called(name));
    found.ok_or_else(|| {
        let text = format!(
            "Tenant '{name}' not found. Check to make sure you have the correct tenant ID."
        );
        SignInRefusal {
            status: StatusCode::BAD_REQUEST,
            ..SignInRefusal::new("invalid_tenant", 90002, text)
        }
    })
}

fn unknown_tenant(world: &World, call: &Call, rest: &[&str], refusal: &SignInRefusal) -> Reply {
    match rest {
        ["v2.0", ".well-known", "openid-configuration"]
        | ["oauth2", "v2.0", "token" | "devicecode"]
        | ["discovery", "v2.0", "keys"] => refusal.reply(call, world.now()),
        ["oauth2", "v2.0", "authorize"] | ["adminconsent"] | ["v2.0", "adminconsent"] => {
            Page::refused(call, world.now(), refusal).reply(call)
        }
        _ => Reply::empty(StatusCode::NOT_FOUND),
    }
}

fn configuration(world: &World, call: &Call, place: usize) -> Value {
    let base = base(world, call, place);
    json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{base}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "nonce",
            "preferred_username", "name", "tid", "ver"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": call.header("host"),
    })
}

fn published_keys(world: &World, call: &Call, place: usize) -> Result<Reply, SignInRefusal> {
    let issuer = format!("{}/v2.0", base(world, call, place));
    let newest = world.login.signing_key;
    let keys = (newest.saturating_sub(1)..=newest)
        .map(|number| keys::key(number).map(|key| key.published(&issuer)))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Reply::ok(&json!({"keys": keys})))
}

fn device_code(world: &mut World, call: &Call, place: usize) -> Result<Reply, SignInRefusal> {
    let form = call.form();
    let client = form.get("client_id").map(|id| Uuid::try_parse(id));
    if client != Some(Ok(crate::practice::company::client_id())) {
        return Err(SignInRefusal::ordered(700_016));
    }
    if !world.login.is_public {
        return Err(SignInRefusal::ordered(7_000_218));
    }
    device::begin(world, call, place, &form)
}

fn base(world: &World, call: &Call, place: usize) -> String {
    format!("{}/{}", call.origin(), world.places[place].id)
}
