//! A small HTTP service on loopback: answers as a test's closure says and keeps what it saw.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const TENANT: &str = "larkfield.example";
pub const SECRET: &str = "s3cret-value~of.the-app";

/// One request as received.
#[derive(Clone)]
pub struct Seen {
    pub method: String,
    /// As sent, still percent-encoded.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Requests before this one with the same method and path.
    pub earlier: usize,
}

impl Seen {
    pub fn is_token(&self) -> bool {
        self.path.ends_with("/oauth2/v2.0/token")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn form(&self, name: &str) -> Option<String> {
        pairs(&self.body).find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A query option, decoded as OData does: a plus is a plus.
    pub fn option(&self, name: &str) -> Option<String> {
        assert!(!self.query.contains('+'), "a plus isn't a space: {}", self.query);
        pairs(self.query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn pairs(text: &[u8]) -> impl Iterator<Item = (String, String)> + '_ {
    url::form_urlencoded::parse(text).map(|(key, value)| (key.into_owned(), value.into_owned()))
}

pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub delay: Duration,
}

pub fn reply(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply { status, headers: Vec::new(), body: body.into(), delay: Duration::ZERO }
}

pub fn ok(body: Value) -> Reply {
    reply(200, body.to_string())
}

pub fn error(status: u16, code: &str) -> Reply {
    let body =
        json!({"error": {"code": code, "message": "No.", "innerError": {"request-id": "inner-1"}}});
    reply(status, body.to_string()).with("request-id", "req-1")
}

impl Reply {
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// The running service; ends with the test's runtime.
pub struct Service {
    pub base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Service {
    /// Token requests get `token-0`, `token-1`, ...; all others what the closure says.
    pub async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_whole(
            move |seen| if seen.is_token() { grant(seen, 3599) } else { answer(seen) },
        )
        .await
    }

    /// Every request gets what the closure says.
    pub async fn start_whole(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let record = Arc::clone(&seen);
        let router = Router::new().fallback(move |request: Request<Body>| {
            let (record, answer) = (Arc::clone(&record), Arc::clone(&answer));
            async move {
                let seen = note(request, &record).await;
                let reply = answer(&seen);
                tokio::time::sleep(reply.delay).await;
                let response = reply
                    .headers
                    .iter()
                    .fold(Response::builder().status(reply.status), |b, (name, value)| {
                        b.header(*name, value)
                    });
                response.body(Body::from(reply.body)).unwrap()
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn tokens(&self) -> usize {
        self.seen().iter().filter(|seen| seen.is_token()).count()
    }

    /// What went to Graph.
    pub fn calls(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !seen.is_token()).collect()
    }
}

pub fn grant(seen: &Seen, expires_in: u64) -> Reply {
    let token = format!("token-{}", seen.earlier);
    ok(json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": token}))
}

async fn note(request: Request<Body>, record: &Mutex<Vec<Seen>>) -> Seen {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let mut record = record.lock().unwrap();
    let earlier = record.iter().filter(|seen| seen.method == method && seen.path == path).count();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let seen = Seen { method, path, query, headers: parts.headers, body, earlier };
    record.push(seen.clone());
    seen
}

/// A service that takes a registration whole and then breaks the line; gives tokens as usual.
/// Counts the registrations.
pub async fn start_breaking(answer_start: &'static str) -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let posts = Arc::new(Mutex::new(0));
    let count = Arc::clone(&posts);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(break_off(stream, Arc::clone(&count), answer_start));
        }
    });
    (base, posts)
}

async fn break_off(mut stream: TcpStream, posts: Arc<Mutex<usize>>, answer_start: &'static str) {
    loop {
        let Some(head) = read_request(&mut stream).await else { return };
        if head.contains("/oauth2/v2.0/token") {
            let body = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"token-0"}"#;
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        } else {
            *posts.lock().unwrap() += usize::from(head.starts_with("POST"));
            stream.write_all(answer_start.as_bytes()).await.unwrap();
            return;
        }
    }
}

/// Reads one request with its body; returns the head.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
                })
                .unwrap_or(0_usize);
            if bytes.len() >= end + 4 + length {
                return Some(head);
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}
