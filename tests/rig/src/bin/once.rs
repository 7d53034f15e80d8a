//! Does one thing with the one security key plugged in, and ends: what libfido2's tools are to
//! libfido2, this is to our key layer. The rig runs them at once and compares their times.
//!
//! ```text
//! once info                who the key is
//! once set-pin             gives it its first PIN
//! once make [COUNT]        makes credentials, and checks each one's signature
//! once list                the credentials on it
//! ```
//! A PIN is read from standard input. Ends with 1 and one line `<cause>: <what>. <next>` when the key
//! did not do it, with 2 when the command line is wrong.

use std::io::{BufRead, Write, stderr, stdin, stdout};
use std::process::ExitCode;
use std::time::Duration;

use keydesk::key::{Key, KeyError, KeyEvent, KeyFacts, Keys};
use keydesk::pin::Pin;
use keydesk::problem::Explain;
use keydesk::webauthn::{
    Challenge, ClientData, CreationOptions, CredProtect, RelyingParty, UserEntity, base64url,
    verify,
};
use tokio::sync::mpsc::Receiver;

/// How long a key is waited for before there is none.
const PATIENCE: Duration = Duration::from_secs(10);
/// Random bytes of a challenge and of a user id.
const RANDOM: usize = 32;

enum Task {
    Info,
    SetPin,
    Make { count: u32 },
    List,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("NoKey: no security key is plugged in. Put one in")]
    NoKey,
    #[error("{0:?}: {what}. {next}", what = .0.what(), next = .0.next())]
    Key(#[from] KeyError),
    #[error("Pin: standard input holds no PIN")]
    Pin,
    #[error("Unverified: {0}")]
    Unverified(String),
    #[error("System: {0}")]
    System(String),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let task = match arguments[..] {
        ["info"] => Some(Task::Info),
        ["set-pin"] => Some(Task::SetPin),
        ["make"] => Some(Task::Make { count: 1 }),
        ["make", count] => count.parse().ok().map(|count| Task::Make { count }),
        ["list"] => Some(Task::List),
        _ => None,
    };
    let Some(task) = task else {
        return say("usage: once info | set-pin | make [COUNT] | list", 2);
    };
    match perform(&task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => say(&failure.to_string(), 1),
    }
}

fn say(text: &str, code: u8) -> ExitCode {
    match writeln!(stderr(), "{text}") {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(3),
    }
}

fn perform(task: &Task) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| Failure::System(error.to_string()))?
        .block_on(async {
            let (keys, mut events) = Keys::start()?;
            let (facts, key) = tokio::time::timeout(PATIENCE, identified(&keys, &mut events))
                .await
                .map_err(|_| Failure::NoKey)??;
            // Somebody must read the events, or the key's thread waits.
            tokio::spawn(async move { while events.recv().await.is_some() {} });
            match *task {
                Task::Info => print(&format!("{} {} {:?}", facts.aaguid, facts.model, facts.pin)),
                Task::SetPin => Ok(key.set_pin(&pin()?).await?),
                Task::Make { count } => make(&key, count).await,
                Task::List => list(&key).await,
            }
        })
}

async fn identified(
    keys: &Keys,
    events: &mut Receiver<KeyEvent>,
) -> Result<(KeyFacts, Key), Failure> {
    while let Some(event) = events.recv().await {
        match event {
            KeyEvent::Identified(facts) => {
                let key = keys.get(&facts.id).ok_or(KeyError::Removed)?;
                return Ok((facts, key));
            }
            KeyEvent::Unreadable { error, .. } => return Err(error.into()),
            KeyEvent::Inserted { .. } | KeyEvent::Activity { .. } | KeyEvent::Removed { .. } => {}
        }
    }
    Err(Failure::NoKey)
}

async fn make(key: &Key, count: u32) -> Result<(), Failure> {
    let pin = pin()?;
    for _ in 0..count {
        let options = options()?;
        let client_data = ClientData::create(&options.challenge, &options.relying_party.id);
        let made = key.make_credential(&options, &client_data.0, &pin).await?;
        let new = verify(&options.expectation(), &client_data, &made)
            .map_err(|error| Failure::Unverified(error.to_string()))?;
        print(&new.id.to_base64url())?;
    }
    Ok(())
}

async fn list(key: &Key) -> Result<(), Failure> {
    for held in key.credentials(&pin()?).await? {
        print(&format!("{} {} {}", held.id.to_base64url(), held.rp_id, held.user_name))?;
    }
    Ok(())
}

/// As Entra asks, for somebody new.
fn options() -> Result<CreationOptions, Failure> {
    let user = random()?;
    Ok(CreationOptions {
        relying_party: RelyingParty {
            id: "login.microsoft.com".into(),
            name: Some("Microsoft".into()),
        },
        user: UserEntity {
            name: format!("{}@larkfield.example", &base64url::encode(&user)[..8]),
            display_name: "Somebody new".into(),
            id: user.to_vec(),
        },
        challenge: Challenge(base64url::encode(&random()?)),
        algorithms: vec![-7],
        exclude: Vec::new(),
        resident_key: true,
        user_verification_required: true,
        cred_protect: Some(CredProtect::UserVerificationRequired),
        hmac_secret: true,
        expires_at: None,
        reservation: None,
    })
}

fn random() -> Result<[u8; RANDOM], Failure> {
    let mut bytes = [0; RANDOM];
    getrandom::fill(&mut bytes).map_err(|error| Failure::System(error.to_string()))?;
    Ok(bytes)
}

fn pin() -> Result<Pin, Failure> {
    let mut line = zeroize::Zeroizing::new(String::new());
    stdin().lock().read_line(&mut line).map_err(|error| Failure::System(error.to_string()))?;
    Pin::new(line.trim_end_matches('\n')).map_err(|_| Failure::Pin)
}

fn print(line: &str) -> Result<(), Failure> {
    writeln!(stdout(), "{line}").map_err(|error| Failure::System(error.to_string()))
}
