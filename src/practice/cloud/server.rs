//! The HTTP side: reads a request, lets the world answer it, and has the faults that were ordered.

use super::call::{Call, Refusal, Reply};
use super::control::{self, Control};
use super::line::{Cut, Lines};
use super::orders::Effect;
use super::world::World;
use super::{authy, duo, graph, halo, login, twilio};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Response, StatusCode};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// More than any request of this program by far.
const BODY_LIMIT_BYTES: usize = 1 << 20;

/// Serves until the sender of `stopped` is dropped.
pub(super) async fn serve(
    listener: TcpListener,
    control: Control,
    stopped: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let router = Router::new().fallback(answer).with_state(control);
    axum::serve(Lines(listener), router.into_make_service_with_connect_info::<Cut>())
        .with_graceful_shutdown(async move {
            // Nothing is ever sent: the end of the sender is the signal.
            stopped.await.unwrap_or_default();
        })
        .await
}

async fn answer(
    State(control): State<Control>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT_BYTES).await else {
        return response(Reply::empty(StatusCode::PAYLOAD_TOO_LARGE), None);
    };
    let call = Call::new(head.method, &head.uri, head.headers, body);
    if !call.is_addressed_to_loopback() {
        return response(Reply::empty(StatusCode::MISDIRECTED_REQUEST), Some(&call));
    }
    if call.segments.first().is_some_and(|first| first == control::SEGMENT) {
        return response(control::answer(&control, &call), Some(&call));
    }
    let (latency, effect) = control.with(|world| world.expect(&call));
    tokio::time::sleep(latency).await;
    let reply = act(&control, &call, effect, &cut).await;
    let date = control.with(|world| {
        world.record(&call, reply.status.as_u16());
        world.is_clock_wrong().then(|| world.now())
    });
    // Whoever's clock is wrong says the wrong time everywhere.
    let reply = match date {
        Some(now) => reply.with("date", now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        None => reply,
    };
    response(reply, Some(&call))
}

/// Answers the call, or does to it what was ordered.
async fn act(control: &Control, call: &Call, effect: Option<Effect>, cut: &Cut) -> Reply {
    match effect {
        None => control.with(|world| respond(world, call)),
        Some(Effect::Status { status, retry_after_s }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            control.with(|world| trouble(world, call, status, retry_after_s))
        }
        Some(Effect::CutBefore) => {
            cut.cut();
            Reply::empty(StatusCode::SERVICE_UNAVAILABLE)
        }
        Some(Effect::CutAfter) => {
            let reply = control.with(|world| respond(world, call));
            cut.cut();
            reply
        }
        Some(Effect::Garbage) => {
            let mut reply = control.with(|world| respond(world, call));
            reply.body = b"{\"value\": [{\"id\": \"\xf0\x28\x8c".to_vec();
            reply
        }
        Some(Effect::Delay { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            control.with(|world| respond(world, call))
        }
    }
}

/// What a failing or throttling service answers.
pub(super) fn trouble(
    world: &World,
    call: &Call,
    status: StatusCode,
    retry_after_s: Option<u64>,
) -> Reply {
    let reply = match call.segments.first().map(String::as_str) {
        Some(twilio::SEGMENT) => twilio::trouble(status),
        _ => Refusal::trouble(status).reply(call, world.now()),
    };
    match retry_after_s {
        Some(seconds) => reply.with("retry-after", seconds.to_string()),
        None => reply,
    }
}

fn respond(world: &mut World, call: &Call) -> Reply {
    match call.segments.first().map(String::as_str) {
        Some("v1.0" | "beta") => graph::answer(world, call),
        Some(halo::SEGMENT) => halo::answer(world, call),
        Some(authy::SEGMENT) => authy::answer(world.at_home(), call),
        Some(duo::SEGMENT) => duo::answer(world.at_home(), call),
        Some(twilio::SEGMENT) => twilio::answer(world.at_home(), call),
        _ => login::answer(world, call),
    }
}

fn response(reply: Reply, call: Option<&Call>) -> Response<Body> {
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        builder = builder.header(name, value);
    }
    if let Some(call) = call {
        builder = builder.header("request-id", call.request_id.to_string());
        if let Some(id) = call.header("client-request-id") {
            builder = builder.header("client-request-id", id);
        }
    }
    builder.body(Body::from(reply.body)).unwrap_or_else(|_| {
        let mut failed = Response::new(Body::empty());
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}
