//! The other end of a SQL Server connection, as MS-TDS 7.4 describes it: pre-login, TLS inside
//! pre-login packets, LOGIN7, and RPC requests whose parameters are read as they came.
//!
//! It runs no SQL: it remembers what it was asked, and answers what the test tells it to.

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const PRE_LOGIN: u8 = 0x12;
const RPC: u8 = 0x03;
const LOGIN7: u8 = 0x10;
const REPLY: u8 = 0x04;
const END_OF_MESSAGE: u8 = 0x01;
const HEADER: usize = 8;

/// Whether the server encrypts (MS-TDS, 2.2.6.5).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// All of it.
    On,
    NotSupported,
    /// The sign-in, and nothing after it.
    LoginOnly,
}

/// Who signed in to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub user: String,
    pub password: String,
    pub database: String,
    pub over_tls: bool,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub text: String,
    /// Their declaration, as `@P1 nvarchar(4000)`.
    pub declared: String,
    pub values: Vec<Option<String>>,
    pub over_tls: bool,
}

/// What the test wants answered.
pub enum Reaction {
    /// Done, with so many rows touched.
    Done(u64),
    Texts(Vec<&'static str>),
    Number(i32),
    /// One row of numbers, or nothing of them.
    Numbers(Vec<Option<i32>>),
    /// The server's number and words.
    Refusal(u32, &'static str),
    /// The line is cut.
    Cut,
}

pub struct Peer {
    pub port: u16,
    state: Arc<State>,
    stop: Arc<Mutex<bool>>,
}

struct State {
    encryption: Encryption,
    tls: Arc<ServerConfig>,
    password: String,
    react: Box<dyn Fn(&Statement) -> Reaction + Send + Sync>,
    sign_ins: Mutex<Vec<SignIn>>,
    statements: Mutex<Vec<Statement>>,
    /// Host and port of the node that does the work.
    node: Mutex<Option<(&'static str, u16)>>,
}

impl Peer {
    /// Listens on every address of this computer, so that it can be called by one that is not
    pub fn start(
        encryption: Encryption,
        password: &str,
        (certificate, key): (CertificateDer<'static>, Vec<u8>),
        react: impl Fn(&Statement) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            // What follows a handshake of version 1.3 would be outside of its packets.
            .with_protocol_versions(&[&rustls::version::TLS12])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key)))
            .unwrap();
        let state = Arc::new(State {
            encryption,
            tls: Arc::new(tls),
            password: password.into(),
            react: Box::new(react),
            sign_ins: Mutex::default(),
            statements: Mutex::default(),
            node: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (served, stop) = (Arc::clone(&state), Arc::new(Mutex::new(false)));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if *stopped.lock().unwrap() {
                    return;
                }
                let state = Arc::clone(&served);
                std::thread::spawn(move || serve(&state, stream.unwrap()));
            }
        });
        Self { port, state, stop }
    }

    /// From now on whoever signs in is sent on to this node.
    pub fn send_on_to(&self, host: &'static str, port: u16) {
        *self.state.node.lock().unwrap() = Some((host, port));
    }

    pub fn sign_ins(&self) -> Vec<SignIn> {
        self.state.sign_ins.lock().unwrap().clone()
    }

    pub fn statements(&self) -> Vec<Statement> {
        self.state.statements.lock().unwrap().clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        *self.stop.lock().unwrap() = true;
        // The listener looks when somebody comes.
        TcpStream::connect(("127.0.0.1", self.port)).map(drop).unwrap_or_default();
    }
}

/// A client may leave whenever it likes.
fn serve(state: &State, stream: TcpStream) {
    match talk(state, stream) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::InvalidInput => panic!("not as MS-TDS: {error}"),
        Err(_) => {}
    }
}

fn talk(state: &State, mut stream: TcpStream) -> io::Result<()> {
    let (kind, _) = read_message(&mut stream)?;
    expect(kind == PRE_LOGIN, "a pre-login")?;
    let level = match state.encryption {
        Encryption::On => 1,
        Encryption::NotSupported => 2,
        Encryption::LoginOnly => 0,
    };
    write_message(&mut stream, REPLY, &pre_login(level))?;
    if state.encryption == Encryption::NotSupported {
        return session(state, stream, false);
    }
    let mut tls = ServerConnection::new(Arc::clone(&state.tls)).map_err(io::Error::other)?;
    let mut inside = Packets { stream: stream.try_clone()?, received: Vec::new() };
    while tls.is_handshaking() {
        tls.complete_io(&mut inside)?;
    }
    let mut encrypted = StreamOwned::new(tls, stream);
    if state.encryption == Encryption::On {
        return session(state, encrypted, true);
    }
    sign_in(state, &mut encrypted, true)?;
    let mut plain = encrypted.sock;
    signed_in(state, &mut plain)?;
    statements(state, plain, false)
}

fn session(state: &State, mut stream: impl Read + Write, over_tls: bool) -> io::Result<()> {
    sign_in(state, &mut stream, over_tls)?;
    signed_in(state, &mut stream)?;
    statements(state, stream, over_tls)
}

fn sign_in(state: &State, stream: &mut (impl Read + Write), over_tls: bool) -> io::Result<()> {
    let (kind, login) = read_message(stream)?;
    expect(kind == LOGIN7, "a LOGIN7")?;
    let sign_in = SignIn {
        user: login_text(&login, 40, false)?,
        password: login_text(&login, 44, true)?,
        database: login_text(&login, 68, false)?,
        over_tls,
    };
    let is_right = sign_in.password == state.password;
    state.sign_ins.lock().unwrap().push(sign_in);
    if is_right {
        return Ok(());
    }
    let mut reply = error(18456, "Login failed for user 'keydesk'.");
    reply.extend(done(2, 0));
    write_message(stream, REPLY, &reply)?;
    Err(ErrorKind::ConnectionRefused.into())
}

fn signed_in(state: &State, stream: &mut impl Write) -> io::Result<()> {
    let mut body = vec![1, 0x74, 0, 0, 4];
    let name = utf16("Microsoft SQL Server");
    body.push(u8::try_from(name.len() / 2).unwrap());
    body.extend(name);
    body.extend([16, 0, 0, 1]);
    let mut reply = vec![0xad];
    reply.extend(u16::try_from(body.len()).unwrap().to_le_bytes());
    reply.extend(body);
    if let Some((host, port)) = *state.node.lock().unwrap() {
        reply.extend(routing(host, port));
    }
    reply.extend(done(0, 0));
    write_message(stream, REPLY, &reply)
}

fn statements(state: &State, mut stream: impl Read + Write, over_tls: bool) -> io::Result<()> {
    loop {
        let (kind, request) = read_message(&mut stream)?;
        expect(kind == RPC, "an RPC request: a batch has no parameters")?;
        let statement = rpc(&request, over_tls)?;
        let reaction = (state.react)(&statement);
        state.statements.lock().unwrap().push(statement);
        let reply = match reaction {
            Reaction::Cut => return Ok(()),
            Reaction::Done(rows) => done(0x10, rows),
            Reaction::Refusal(number, words) => [error(number, words), done(2, 0)].concat(),
            Reaction::Texts(texts) => {
                let rows = texts.into_iter().flat_map(text_row).collect();
                [text_column(), rows, done(0x10, 1)].concat()
            }
            Reaction::Number(number) => numbers(&[Some(number)]),
            Reaction::Numbers(row) => numbers(&row),
        };
        write_message(&mut stream, REPLY, &reply)?;
    }
}

/// `sp_executesql` with the statement, the declaration, and the values.
fn rpc(request: &[u8], over_tls: bool) -> io::Result<Statement> {
    let mut from = Reader(request);
    let headers = from.u32()?;
    from.skip(usize::try_from(headers).unwrap() - 4)?;
    expect(from.u16()? == 0xffff && from.u16()? == 10, "sp_executesql")?;
    from.u16()?;
    let mut values = Vec::new();
    while !from.0.is_empty() {
        let name = from.u8()?;
        from.skip(usize::from(name) * 2)?;
        from.u8()?;
        values.push(from.value()?);
    }
    expect(values.len() >= 2, "a statement and a declaration")?;
    let rest = values.split_off(2);
    let mut told = values.into_iter().map(Option::unwrap_or_default);
    let (text, declared) = (told.next().unwrap_or_default(), told.next().unwrap_or_default());
    Ok(Statement { text, declared, values: rest, over_tls })
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        expect(count <= self.0.len(), "more bytes")?;
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        Ok(taken.to_vec())
    }

    fn skip(&mut self, count: usize) -> io::Result<()> {
        self.take(count).map(drop)
    }

    fn u8(&mut self) -> io::Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> io::Result<u16> {
        Ok(u16::from_le_bytes(self.take(2)?.try_into().unwrap()))
    }

    fn u32(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().unwrap()))
    }

    /// NVARCHAR(n), NVARCHAR(MAX) in parts, or the untyped null.
    fn value(&mut self) -> io::Result<Option<String>> {
        const NULL: u8 = 0x1f;
        const NVARCHAR: u8 = 0xe7;
        match self.u8()? {
            NULL => return Ok(None),
            kind => expect(kind == NVARCHAR, "a text")?,
        }
        let most = self.u16()?;
        self.skip(5)?;
        if most != 0xffff {
            let bytes = self.u16()?;
            return match bytes {
                0xffff => Ok(None),
                bytes => Ok(Some(from_utf16(&self.take(usize::from(bytes))?))),
            };
        }
        self.skip(8)?;
        let mut whole = Vec::new();
        loop {
            match self.u32()? {
                0 => return Ok(Some(from_utf16(&whole))),
                part => whole.extend(self.take(usize::try_from(part).unwrap())?),
            }
        }
    }
}

fn pre_login(level: u8) -> Vec<u8> {
    // Version and encryption, each with place and length, then the end of the list.
    let mut body = vec![0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff];
    body.extend([16, 0, 0, 0, 0, 0, level]);
    body
}

fn login_text(login: &[u8], at: usize, is_scrambled: bool) -> io::Result<String> {
    let mut from = Reader(login.get(at..).unwrap_or_default());
    let (begin, count) = (usize::from(from.u16()?), usize::from(from.u16()?));
    let bytes = login.get(begin..begin + count * 2);
    let mut bytes = bytes.ok_or(ErrorKind::InvalidInput)?.to_vec();
    if is_scrambled {
        bytes.iter_mut().for_each(|byte| *byte = (*byte ^ 0xa5).rotate_left(4));
    }
    Ok(from_utf16(&bytes))
}

/// ENVCHANGE 20 (MS-TDS, 2.2.7.9).
fn routing(host: &str, port: u16) -> Vec<u8> {
    let mut node = vec![0];
    node.extend(port.to_le_bytes());
    node.extend(u16::try_from(host.encode_utf16().count()).unwrap().to_le_bytes());
    node.extend(utf16(host));
    let mut body = vec![20];
    body.extend(u16::try_from(node.len()).unwrap().to_le_bytes());
    body.extend(node);
    body.extend([0, 0]);
    let mut token = vec![0xe3];
    token.extend(u16::try_from(body.len()).unwrap().to_le_bytes());
    token.extend(body);
    token
}

fn error(number: u32, words: &str) -> Vec<u8> {
    let mut body = number.to_le_bytes().to_vec();
    body.extend([1, 14]);
    body.extend(u16::try_from(words.encode_utf16().count()).unwrap().to_le_bytes());
    body.extend(utf16(words));
    body.extend([0, 0, 1, 0, 0, 0]);
    let mut token = vec![0xaa];
    token.extend(u16::try_from(body.len()).unwrap().to_le_bytes());
    token.extend(body);
    token
}

fn done(status: u16, rows: u64) -> Vec<u8> {
    let mut token = vec![0xfd];
    token.extend(status.to_le_bytes());
    token.extend([0, 0]);
    token.extend(rows.to_le_bytes());
    token
}

/// A row of nullable ints, four bytes wide.
fn numbers(row: &[Option<i32>]) -> Vec<u8> {
    let mut reply = vec![0x81];
    reply.extend(u16::try_from(row.len()).unwrap().to_le_bytes());
    for _ in row {
        reply.extend([0, 0, 0, 0, 1, 0, 0x26, 4, 0]);
    }
    reply.push(0xd1);
    for number in row {
        match number {
            Some(number) => {
                reply.push(4);
                reply.extend(number.to_le_bytes());
            }
            None => reply.push(0),
        }
    }
    [reply, done(0x10, 1)].concat()
}

/// One NVARCHAR(128) without a name.
fn text_column() -> Vec<u8> {
    let mut token = vec![0x81, 1, 0, 0, 0, 0, 0, 1, 0, 0xe7];
    token.extend(256_u16.to_le_bytes());
    token.extend([0x09, 0x04, 0xd0, 0x00, 0x34, 0]);
    token
}

fn text_row(text: &str) -> Vec<u8> {
    let text = utf16(text);
    let mut token = vec![0xd1];
    token.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
    token.extend(text);
    token
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn from_utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).unwrap()
}

/// The kind of a message, and its packets put together.
fn read_message(stream: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut message = Vec::new();
    loop {
        let mut header = [0; HEADER];
        stream.read_exact(&mut header)?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        expect(length >= HEADER, "a whole packet")?;
        let mut body = vec![0; length - HEADER];
        stream.read_exact(&mut body)?;
        message.extend(body);
        if header[1] & END_OF_MESSAGE != 0 {
            return Ok((header[0], message));
        }
    }
}

fn write_message(stream: &mut impl Write, kind: u8, body: &[u8]) -> io::Result<()> {
    let length = u16::try_from(body.len() + HEADER).unwrap().to_be_bytes();
    let mut packet = vec![kind, END_OF_MESSAGE, length[0], length[1], 0, 0, 1, 0];
    packet.extend(body);
    stream.write_all(&packet)?;
    stream.flush()
}

/// The handshake's bytes, in pre-login packets.
struct Packets {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Read for Packets {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.received.is_empty() {
            self.received = read_message(&mut self.stream)?.1;
        }
        let count = buffer.len().min(self.received.len());
        buffer[..count].copy_from_slice(&self.received[..count]);
        self.received.drain(..count);
        Ok(count)
    }
}

impl Write for Packets {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        write_message(&mut self.stream, PRE_LOGIN, buffer)?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn expect(is_so: bool, what: &str) -> io::Result<()> {
    match is_so {
        true => Ok(()),
        false => Err(io::Error::new(ErrorKind::InvalidInput, format!("{what} was expected"))),
    }
}
