//! The server: each request gets the next answer of the script. Sign-in succeeds unless the script
//! answers that as well. `%TOKEN%` and `%SECRET%` in a script stand for what was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A JWT that expires at second 4600 of its server's clock.
pub const TOKEN: &str =
    "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQ2MDB9.5MwQ0RfVG9rZW5PZkZ1enpUZXN0c09ubHk7Zm9yTG9vcGJhY2s";
pub const SECRET: &str = "cL8~fuzz.Secret_of-TestsOnly0123456789xy";

const STATUSES: [u16; 14] = [200, 201, 204, 200, 400, 401, 403, 404, 408, 410, 429, 500, 502, 503];

pub struct Server {
    port: u16,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Vec<u8>>,
    answers_sign_in: bool,
    /// Paths with their queries.
    requests: Vec<String>,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
        let port = listener.local_addr().expect("an address").port();
        let script = Arc::new(Mutex::new(Script::default()));
        let serving = Arc::clone(&script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&serving)));
            }
        });
        Self { port, script }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Begins anew. An answer is a byte that chooses the status, the length of `Retry-After` in a
    /// byte, that, and the body.
    pub fn answer_with(&self, answers: VecDeque<Vec<u8>>, answers_sign_in: bool) {
        *self.script.lock().unwrap() = Script { answers, answers_sign_in, requests: Vec::new() };
    }

    /// What was asked since then.
    pub fn requests(&self) -> Vec<String> {
        self.script.lock().unwrap().requests.clone()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut read = Vec::new();
    loop {
        let path = request(&mut stream, &mut read).await?;
        let answer = script.lock().unwrap().answer(path);
        stream.write_all(&answer).await.ok()?;
    }
}

/// Reads one request and its body; nothing at the end of the connection.
async fn request(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let whole = end + 4 + body_length(&head);
            if read.len() >= whole {
                read.drain(..whole);
                return head.split(' ').nth(1).map(str::to_owned);
            }
        }
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    }
}

fn body_length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse().ok())
        .unwrap_or(0)
}

impl Script {
    fn answer(&mut self, path: String) -> Vec<u8> {
        let signs_in = path.ends_with("/oauth2/v2.0/token") || path == "/auth";
        self.requests.push(path);
        if signs_in && !self.answers_sign_in {
            return http(200, b"", granted().as_bytes());
        }
        let Some(answer) = self.answers.pop_front() else { return http(404, b"", b"{}") };
        let (status, rest) = answer.split_first().unwrap_or((&0, &[]));
        let (length, rest) = rest.split_first().unwrap_or((&0, &[]));
        let (retry_after, body) = rest.split_at(usize::from(*length).min(rest.len()));
        let body = replaced(replaced(body.to_vec(), b"%TOKEN%", TOKEN), b"%SECRET%", SECRET);
        http(STATUSES[usize::from(*status) % STATUSES.len()], retry_after, &body)
    }
}

/// Both directories find what they look for. The token serves one call, so that the next run signs
/// in again.
fn granted() -> String {
    format!(
        r#"{{"access_token":"{TOKEN}","expires_in":0,"time":4600.0,
        "result":{{"status":true,"value":{{"token":"{TOKEN}","role":"admin","rights":[]}}}}}}"#
    )
}

fn http(status: u16, retry_after: &[u8], body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {status} Scripted\r\n").into_bytes();
    if !retry_after.is_empty() {
        answer.extend_from_slice(b"Retry-After: ");
        answer.extend(
            retry_after.iter().map(|byte| if (32..127).contains(byte) { *byte } else { b'?' }),
        );
        answer.extend_from_slice(b"\r\n");
    }
    if status == 204 {
        answer.extend_from_slice(b"\r\n");
        return answer;
    }
    answer.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    answer.extend_from_slice(body);
    answer
}

fn replaced(body: Vec<u8>, what: &[u8], with: &str) -> Vec<u8> {
    if !body.windows(what.len()).any(|part| part == what) {
        return body;
    }
    let mut whole = Vec::new();
    let mut rest = body.as_slice();
    while let Some(at) = rest.windows(what.len()).position(|part| part == what) {
        whole.extend_from_slice(&rest[..at]);
        whole.extend_from_slice(with.as_bytes());
        rest = &rest[at + what.len()..];
    }
    whole.extend_from_slice(rest);
    whole
}
