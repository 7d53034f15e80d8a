//! `GET /{tenant}/oauth2/v2.0/authorize`: what Entra checks before it shows a page, and how the
//! browser goes back to the program (RFC 6749, 4.1; RFC 7636; RFC 8252, 7.3).

use super::super::call::{Call, Reply};
use super::super::orders::SignInStage;
use super::super::world::World;
use super::claims::{Claims, Scopes};
use super::flow::{self, Flow, Purpose};
use super::page::{Asks, Page};
use super::refusal::SignInRefusal;
use super::session::SignIn;
use super::{codes, take_fault};
use crate::practice::company::{Account, Consent, Operator, Proof, client_id};
use jiff::Timestamp;
use std::sync::Arc;
use url::Url;
use uuid::Uuid;

/// Numbers that Entra shows in the browser only: the program hears nothing.
const BROWSER_ONLY: &[u32] = &[50011, 700_016, 90002, 90038, 50194];

/// Where and how the browser goes back.
#[derive(Clone)]
pub(super) struct Return {
    pub redirect_uri: Url,
    pub state: Option<String>,
}

/// A checked request for a code.
#[derive(Clone)]
pub(super) struct Request {
    pub to: Return,
    /// As sent; the token request must repeat it.
    pub redirect_uri: String,
    pub nonce: Option<String>,
    /// Base64url of SHA-256 of the verifier.
    pub challenge: String,
    pub scopes: Scopes,
    pub claims: Claims,
    prompt: Option<Prompt>,
    hint: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Prompt {
    None,
    Login,
    SelectAccount,
    Consent,
}

pub(super) fn answer(world: &mut World, call: &Call, place: usize) -> Reply {
    let to = match check_return(call) {
        Ok(to) => to,
        Err(refusal) => return Page::refused(call, world.now(), &refusal).reply(call),
    };
    if let Some(refusal) =
        take_fault(world, SignInStage::Authorize, |number| BROWSER_ONLY.contains(&number))
    {
        return Page::refused(call, world.now(), &refusal).reply(call);
    }
    match check(call, &to).and_then(|request| begin(world, call, place, request)) {
        Ok(reply) => reply,
        Err(refusal) => go_back_refused(world, call, &to, &refusal),
    }
}

/// Lets a signed-in browser through, or shows a page.
fn begin(
    world: &mut World,
    call: &Call,
    place: usize,
    request: Request,
) -> Result<Reply, SignInRefusal> {
    let known = signed_in(world, call, place, request.hint.as_deref());
    let must_ask = request.prompt.is_some_and(|prompt| prompt != Prompt::None);
    // Who has signed in with more than a password satisfies a context already.
    let satisfied = |operator: &Operator| {
        request.claims.contexts().is_empty() || operator.proof == Proof::MultiFactor
    };
    if let ([(operator, at)], false) = (known.as_slice(), must_ask)
        && satisfied(operator)
    {
        let (operator, at) = (Arc::clone(operator), *at);
        return finish(world, call, place, &request, operator, at);
    }
    if request.prompt == Some(Prompt::None) {
        return Err(match known.is_empty() {
            true => SignInRefusal::ordered(50058),
            false => SignInRefusal::new(
                "interaction_required",
                16000,
                "Either multiple user identities are available for the current request or selected account is not supported for the scenario.",
            ),
        });
    }
    let asks = match (request.claims.contexts().first(), request.prompt) {
        (Some(context), _) => Asks::Context { context: context.clone() },
        (None, Some(Prompt::Login)) => Asks::FreshSignIn,
        _ => Asks::Account,
    };
    let hint = request.hint.clone();
    let flow = Flow::new(world, place, Purpose::Code(Box::new(request)));
    flow::show(world, call, flow, asks, hint.as_deref(), None)
}

/// Operators of the tenant that the browser is signed in with.
fn signed_in(
    world: &World,
    call: &Call,
    place: usize,
    hint: Option<&str>,
) -> Vec<(Arc<Operator>, Timestamp)> {
    let accounts = world.login.sessions.of(call).iter();
    accounts
        .filter_map(|(id, at)| Some((world.places[place].operator(&id.to_string())?, *at)))
        .filter(|(operator, _)| {
            hint.is_none_or(|hint| operator.account.upn.eq_ignore_ascii_case(hint))
        })
        .collect()
}

/// The operator is known: the browser takes a code back.
pub(super) fn finish(
    world: &mut World,
    call: &Call,
    place: usize,
    request: &Request,
    operator: Arc<Operator>,
    signed_in_at: Timestamp,
) -> Result<Reply, SignInRefusal> {
    check_operator(world, place, &operator)?;
    let sign_in = SignIn {
        place,
        operator,
        signed_in_at,
        scopes: request.scopes.clone(),
        claims: request.claims.clone(),
        nonce: request.nonce.clone(),
    };
    let code = codes::issue(world, sign_in, &request.redirect_uri, &request.challenge)?;
    let session = call.request_id.to_string();
    Ok(go_back(&request.to, &[("code", &code), ("session_state", &session)]))
}

/// What a policy or a missing consent says once the operator is known.
pub(super) fn check_operator(
    world: &mut World,
    place: usize,
    operator: &Operator,
) -> Result<(), SignInRefusal> {
    if let Some(refusal) = take_fault(world, SignInStage::Authorize, |_| true) {
        return Err(refusal);
    }
    if operator.account.account == Account::Disabled {
        return Err(SignInRefusal::ordered(50057));
    }
    if world.places[place].consent == Consent::Missing || operator.consent == Consent::Missing {
        return Err(SignInRefusal::ordered(65001));
    }
    Ok(())
}

/// The browser goes back with an error.
pub(super) fn go_back_refused(
    world: &World,
    call: &Call,
    to: &Return,
    refusal: &SignInRefusal,
) -> Reply {
    let description = refusal.description(call, world.now());
    let uri = format!("{}/error?code={}", call.origin(), refusal.number);
    let mut members =
        vec![("error", refusal.error), ("error_description", &description), ("error_uri", &uri)];
    if let Some(suberror) = refusal.suberror {
        members.push(("error_subcode", suberror));
    }
    if let Some(claims) = &refusal.claims {
        members.push(("claims", claims));
    }
    go_back(to, &members)
}

pub(super) fn go_back(to: &Return, members: &[(&str, &str)]) -> Reply {
    let mut url = to.redirect_uri.clone();
    {
        let mut query = url.query_pairs_mut();
        for (name, value) in members {
            query.append_pair(name, value);
        }
        if let Some(state) = &to.state {
            query.append_pair("state", state);
        }
    }
    Reply::see_other(&url)
}

/// Client and redirect address. Before these are right nothing may be sent anywhere.
pub(super) fn check_return(call: &Call) -> Result<Return, SignInRefusal> {
    let client = required(call, "client_id")?;
    if Uuid::try_parse(client) != Ok(client_id()) {
        let text =
            format!("Application with identifier '{client}' was not found in the directory.");
        return Err(SignInRefusal::new("unauthorized_client", 700_016, text));
    }
    let given = required(call, "redirect_uri")?;
    let redirect_uri = Url::parse(given).ok().filter(is_registered).ok_or_else(|| {
        let text = format!("The redirect URI '{given}' specified in the request does not match the redirect URIs configured for the application '{client}'.");
        SignInRefusal::new("invalid_request", 50011, text)
    })?;
    Ok(Return { redirect_uri, state: call.query("state").map(str::to_owned) })
}

/// Registered are `http://localhost`, `http://127.0.0.1` and `http://[::1]`; any port does.
fn is_registered(url: &Url) -> bool {
    url.scheme() == "http"
        && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
}

fn check(call: &Call, to: &Return) -> Result<Request, SignInRefusal> {
    let invalid = |number, text: &str| SignInRefusal::new("invalid_request", number, text);
    if required(call, "response_type")? != "code" {
        let text = "The response type is not enabled for the application.";
        return Err(SignInRefusal::new("unsupported_response_type", 700_054, text));
    }
    if !matches!(call.query("response_mode"), None | Some("query")) {
        return Err(invalid(70007, "The value of 'response_mode' is not supported here."));
    }
    let prompt = match call.query("prompt") {
        None | Some("") => None,
        Some("none") => Some(Prompt::None),
        Some("login") => Some(Prompt::Login),
        Some("select_account") => Some(Prompt::SelectAccount),
        Some("consent") => Some(Prompt::Consent),
        Some(_) => return Err(invalid(90023, "Unsupported 'prompt' value.")),
    };
    Ok(Request {
        redirect_uri: required(call, "redirect_uri")?.to_owned(),
        to: to.clone(),
        nonce: call.query("nonce").map(str::to_owned),
        challenge: challenge(call)?,
        scopes: Scopes::read(call, call.query("scope"))?,
        claims: Claims::read(call.query("claims"))?,
        prompt,
        hint: call.query("login_hint").filter(|hint| !hint.is_empty()).map(str::to_owned),
    })
}

/// A public client proves with the verifier that it was the one who asked.
fn challenge(call: &Call) -> Result<String, SignInRefusal> {
    let invalid = |number, text: &str| SignInRefusal::new("invalid_request", number, text);
    let challenge = call.query("code_challenge").ok_or_else(|| {
        invalid(9_002_325, "Proof Key for Code Exchange is required for this client.")
    })?;
    if call.query("code_challenge_method") != Some("S256") {
        return Err(invalid(501_491, "The value of 'code_challenge_method' must be 'S256'."));
    }
    let is_hash = super::super::world::from_base64url(challenge).is_some_and(|it| it.len() == 32);
    match is_hash {
        true => Ok(challenge.to_owned()),
        false => Err(invalid(50147, "The size of the code_challenge parameter is not valid.")),
    }
}

fn required<'a>(call: &'a Call, name: &str) -> Result<&'a str, SignInRefusal> {
    call.query(name).filter(|value| !value.is_empty()).ok_or_else(|| SignInRefusal::missing(name))
}
