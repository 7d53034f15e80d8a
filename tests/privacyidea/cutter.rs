//! A line to the server that can be cut at the worst moment.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to the next request it fits.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// The server gets the request in which this text stands, and answers; the answer is lost.
    AnswerTo(&'static str),
    /// The server gets another access token than was sent.
    SpoilToken,
}

pub struct Cutter {
    port: u16,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    next: Option<Cut>,
    cuts: usize,
}

impl Cutter {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let shared = Arc::clone(&plan);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, Arc::clone(&shared)));
            }
        });
        Self { port, plan }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn cut_next(&self, cut: Cut) {
        self.plan.lock().unwrap().next = Some(cut);
    }

    pub fn cuts(&self) -> usize {
        self.plan.lock().unwrap().cuts
    }
}

/// One connection, request by request: each is read whole, sent, and its answer carried back.
async fn carry(mut client: TcpStream, plan: Arc<Mutex<Plan>>) {
    let server = crate::server::url();
    let server = server.trim_start_matches("http://");
    while let Some(mut request) = message(&mut client).await {
        let cut = due(&plan, &request);
        if let Some(Cut::SpoilToken) = cut {
            request = spoilt(request);
        }
        // The server's own connections end with each answer.
        let mut line = TcpStream::connect(server).await.unwrap();
        line.write_all(&request).await.unwrap();
        let answer = message(&mut line).await.expect("the server answers");
        if let Some(Cut::AnswerTo(_)) = cut {
            return;
        }
        if client.write_all(&answer).await.is_err() {
            return;
        }
    }
}

fn due(plan: &Mutex<Plan>, request: &[u8]) -> Option<Cut> {
    let mut plan = plan.lock().unwrap();
    let fits = match plan.next? {
        Cut::AnswerTo(text) => holds(request, text.as_bytes()),
        Cut::SpoilToken => holds(request, b"authorization: "),
    };
    if !fits {
        return None;
    }
    plan.cuts += 1;
    plan.next.take()
}

fn spoilt(request: Vec<u8>) -> Vec<u8> {
    let at = request.windows(15).position(|part| part == b"authorization: ").unwrap() + 15;
    let mut request = request;
    request[at + 40] ^= 1;
    request
}

/// A request or an answer: head, and as much body as `content-length` says. `None` at the end.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        if let Some(end) = whole.windows(4).position(|part| part == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&whole[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |text| text.trim().parse().unwrap());
            if whole.len() >= end + 4 + length {
                return Some(whole);
            }
        }
        let mut part = [0; 8192];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => whole.extend_from_slice(&part[..count]),
        }
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
