//! What a page of the sign-in service is for, and what happens when its form comes back.

use super::super::call::{Call, Reply};
use super::super::world::{World, base64url, random};
use super::authorize::{self, Request};
use super::consent::{self, Asked};
use super::device;
use super::page::{Asks, Form, Page, PageAccount};
use super::refusal::SignInRefusal;
use super::session;
use crate::practice::company::{Account, Operator, Proof};
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// A page that is left open longer starts anew.
const LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// One page that waits for its form.
#[derive(Clone)]
pub(super) struct Flow {
    pub place: usize,
    pub purpose: Purpose,
    ends: Timestamp,
}

#[derive(Clone)]
pub(super) enum Purpose {
    /// A program waits for a code.
    Code(Box<Request>),
    /// A device waits under this user code.
    Device(String),
    /// A program waits for an administrator's consent.
    Consent(Asked),
}

impl Flow {
    pub fn new(world: &World, place: usize, purpose: Purpose) -> Self {
        Self { place, purpose, ends: world.later(LIFETIME, world.now()) }
    }
}

/// Shows a page that lists the tenant's accounts.
pub(super) fn show(
    world: &mut World,
    call: &Call,
    flow: Flow,
    asks: Asks,
    hint: Option<&str>,
    problem: Option<String>,
) -> Result<Reply, SignInRefusal> {
    let place = &world.places[flow.place];
    let mut accounts: Vec<PageAccount> = place
        .operators
        .iter()
        .filter(|operator| operator.proof == Proof::MultiFactor)
        .map(|operator| shown(operator))
        .collect();
    if let Some(hint) = hint {
        accounts.sort_by_key(|account| !account.upn.eq_ignore_ascii_case(hint));
    }
    let token = base64url(random::<32>()?);
    let action = format!("/{}/login", place.id);
    let page = Page {
        title: asks.title().into(),
        tenant: place.name.into(),
        asks,
        text: None,
        problem,
        accounts,
        form: Some(Form { action, flow: token.clone() }),
        status: StatusCode::OK.as_u16(),
    };
    let now = world.now();
    world.login.flows.retain(|_, flow| flow.ends > now);
    world.login.flows.insert(token, flow);
    Ok(page.reply(call))
}

fn shown(operator: &Operator) -> PageAccount {
    PageAccount {
        id: operator.account.id.to_string(),
        name: operator.account.display_name.clone(),
        upn: operator.account.upn.clone(),
        detail: operator.account.title.clone(),
    }
}

/// `POST /{tenant}/login`
pub(super) fn answer(world: &mut World, call: &Call, place: usize) -> Reply {
    let form = call.form();
    let now = world.now();
    let flow = form.get("flow").and_then(|token| world.login.flows.remove(token));
    let Some(flow) = flow.filter(|flow| flow.place == place && flow.ends > now) else {
        let text = "The page is no longer valid. Start the sign-in again.";
        let refusal = SignInRefusal::new("invalid_request", 90014, text);
        return Page::refused(call, now, &refusal).reply(call);
    };
    let chosen = form.get("account").and_then(|id| world.places[place].operator(id));
    let outcome = match chosen {
        None => return decline(world, call, &flow),
        Some(operator) if operator.account.account == Account::Disabled => {
            let refusal = SignInRefusal::ordered(50057);
            let problem = Some(refusal.description(call, now));
            show(world, call, flow.clone(), Asks::Account, None, problem)
        }
        Some(operator) => choose(world, call, &flow, operator),
    };
    outcome.unwrap_or_else(|refusal| refuse(world, call, &flow, &refusal))
}

fn choose(
    world: &mut World,
    call: &Call,
    flow: &Flow,
    operator: Arc<Operator>,
) -> Result<Reply, SignInRefusal> {
    let cookie = session::remember(world, call, operator.account.id)?;
    let now = world.now();
    let reply = match &flow.purpose {
        Purpose::Code(request) => {
            authorize::finish(world, call, flow.place, request, operator, now)
                .unwrap_or_else(|refusal| refuse(world, call, flow, &refusal))
        }
        Purpose::Device(user_code) => device::approve(world, call, user_code, operator)?,
        Purpose::Consent(asked) => consent::give(world, call, flow.place, asked, &operator)?,
    };
    Ok(reply.with("set-cookie", cookie))
}

fn decline(world: &mut World, call: &Call, flow: &Flow) -> Reply {
    if let Purpose::Device(user_code) = &flow.purpose {
        return device::decline(world, call, user_code);
    }
    refuse(world, call, flow, &SignInRefusal::ordered(65004))
}

fn refuse(world: &mut World, call: &Call, flow: &Flow, refusal: &SignInRefusal) -> Reply {
    match &flow.purpose {
        Purpose::Code(request) => authorize::go_back_refused(world, call, &request.to, refusal),
        Purpose::Consent(asked) => authorize::go_back_refused(world, call, &asked.to, refusal),
        Purpose::Device(_) => Page::refused(call, world.now(), refusal).reply(call),
    }
}
