//! `POST /{tenant}/oauth2/v2.0/token`: which grant it is, and the tokens it gives.

use super::super::call::{Call, Reply};
use super::super::caller::{AccessToken, Challenges, Holder};
use super::super::orders::SignInStage;
use super::super::world::{World, base64url, random};
use super::claims::{Claims, GRAPH, Scopes};
use super::codes::Redeemed;
use super::refusal::SignInRefusal;
use super::session::SignIn;
use super::{client, codes, device, id_token, password, refresh, take_fault};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The members of a token request.
pub(super) struct Form(HashMap<String, String>);

impl Form {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &str) -> Result<&str, SignInRefusal> {
        self.field(name).ok_or_else(|| SignInRefusal::missing(name))
    }

    fn scopes(&self, call: &Call) -> Result<Option<Scopes>, SignInRefusal> {
        self.field("scope").map(|text| Scopes::read(call, Some(text))).transpose()
    }

    fn claims(&self) -> Result<Claims, SignInRefusal> {
        Claims::read(self.field("claims"))
    }
}

pub(super) fn answer(world: &mut World, call: &Call, place: usize) -> Result<Reply, SignInRefusal> {
    let form = Form(call.form());
    let grant = form.required("grant_type")?;
    if let Some(refusal) = ordered(world, grant) {
        return Err(refusal);
    }
    match grant {
        "client_credentials" => {
            client::check(world, call, place, &form)?;
            of_application(world, place)
        }
        "authorization_code" => code(world, call, place, &form),
        "refresh_token" => renewed(world, call, place, &form),
        DEVICE_GRANT | "device_code" => {
            client::check_public(world, &form)?;
            let sign_in = device::poll(world, form.required("device_code")?, place)?;
            of_operator(world, call, sign_in).map(|(reply, _)| reply)
        }
        "password" => by_password(world, call, place, &form),
        other => {
            let text = format!("The app requested an unsupported grant type '{other}'.");
            Err(SignInRefusal::new("unsupported_grant_type", 70003, text))
        }
    }
}

/// The fault that was ordered; a device that waits does not use it up.
fn ordered(world: &mut World, grant: &str) -> Option<SignInRefusal> {
    if grant == DEVICE_GRANT || grant == "device_code" {
        return None;
    }
    take_fault(world, SignInStage::Token, |_| true)
}

fn code(world: &mut World, call: &Call, place: usize, form: &Form) -> Result<Reply, SignInRefusal> {
    client::check_public(world, form)?;
    form.scopes(call)?;
    let shown = Redeemed {
        code: form.required("code")?,
        redirect_uri: form.required("redirect_uri")?,
        verifier: form.required("code_verifier")?,
        place,
    };
    let mut sign_in = codes::redeem(world, &shown)?;
    declare(&mut sign_in, &form.claims()?);
    let (reply, family) = of_operator(world, call, sign_in)?;
    codes::note(world, shown.code, family);
    Ok(reply)
}

fn renewed(
    world: &mut World,
    call: &Call,
    place: usize,
    form: &Form,
) -> Result<Reply, SignInRefusal> {
    client::check_public(world, form)?;
    let (scopes, claims) = (form.scopes(call)?, form.claims()?);
    let token = form.required("refresh_token")?;
    let (mut sign_in, next) = refresh::renew(world, token, place, scopes, &claims)?;
    declare(&mut sign_in, &claims);
    let mut body = operators_tokens(world, call, &sign_in)?;
    body["refresh_token"] = json!(next);
    Ok(answered(&body))
}

fn by_password(
    world: &mut World,
    call: &Call,
    place: usize,
    form: &Form,
) -> Result<Reply, SignInRefusal> {
    client::check_either(world, call, form)?;
    let scopes = Scopes::read(call, form.field("scope"))?;
    let shown = password::Shown {
        user: form.required("username")?,
        password: form.required("password")?,
        place,
    };
    let sign_in = password::check(world, &shown, scopes, form.claims()?)?;
    of_operator(world, call, sign_in).map(|(reply, _)| reply)
}

/// A client may declare what it understands with each request.
fn declare(sign_in: &mut SignIn, claims: &Claims) {
    if claims.challenges == Challenges::Understood {
        sign_in.claims.challenges = Challenges::Understood;
    }
}

/// All tokens of a new sign-in, and the number of its family of refresh tokens.
fn of_operator(
    world: &mut World,
    call: &Call,
    sign_in: SignIn,
) -> Result<(Reply, Option<u64>), SignInRefusal> {
    let sign_in = swapped(world, sign_in);
    let mut body = operators_tokens(world, call, &sign_in)?;
    let mut family = None;
    if sign_in.scopes.refresh_token {
        let (token, number) = refresh::issue(world, &sign_in)?;
        body["refresh_token"] = json!(token);
        family = Some(number);
    }
    Ok((answered(&body), family))
}

/// Another operator, when that was ordered.
fn swapped(world: &mut World, sign_in: SignIn) -> SignIn {
    let other = world.login.ordered.wrong_person.take();
    match other.and_then(|upn| world.places[sign_in.place].operator(&upn)) {
        Some(operator) => SignIn { operator, ..sign_in },
        None => sign_in,
    }
}

fn operators_tokens(
    world: &mut World,
    call: &Call,
    sign_in: &SignIn,
) -> Result<Value, SignInRefusal> {
    let holder = Holder::Operator {
        operator: Arc::clone(&sign_in.operator),
        contexts: sign_in.claims.contexts(),
        challenges: sign_in.claims.challenges,
    };
    let mut body = access_token(world, sign_in.place, holder)?;
    body["scope"] = json!(given(world, sign_in));
    if sign_in.scopes.id_token
        && let Some(token) = id_token::write(world, call, sign_in)?
    {
        body["id_token"] = json!(token);
    }
    Ok(body)
}

/// As asked for, with what `.default` gave.
fn given(world: &World, sign_in: &SignIn) -> String {
    let asked = sign_in.scopes.text.clone();
    match asked.contains("/.default") {
        true => world.granted().fold(asked, |all, name| format!("{all} {GRAPH}/{name}")),
        false => asked,
    }
}

fn of_application(world: &mut World, place: usize) -> Result<Reply, SignInRefusal> {
    access_token(world, place, Holder::Application).map(|body| answered(&body))
}

fn access_token(world: &mut World, place: usize, holder: Holder) -> Result<Value, SignInRefusal> {
    // No client may look inside a token, so there is nothing inside; the prefix lets a search of
    // logs find one that leaked.
    let token = format!("practice-token.{}", base64url(random::<48>()?));
    let now = world.now();
    let lifetime = SignedDuration::try_from(world.token_lifetime).unwrap_or(SignedDuration::MAX);
    let ends = world.later(lifetime, now);
    world.tokens.retain(|_, token| token.ends > now);
    world.tokens.insert(token.clone(), AccessToken { ends, place, holder });
    world.tokens_issued += 1;
    let seconds = world.token_lifetime.as_secs();
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": token,
    }))
}

/// Tokens are kept by nobody on the way (RFC 6749, 5.1).
fn answered(body: &Value) -> Reply {
    Reply::ok(body).with("cache-control", "no-store").with("pragma", "no-cache")
}
