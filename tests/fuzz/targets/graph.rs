//! What directories answer, through real HTTP on loopback: both directories against a server that
//! says what it likes. Promises: each call ends with a typed result; no error tells a token or the
//! secret, though the server repeats them; an id stays one segment of its address.

mod server;

use super::pieces;
use keydesk::directory::entra::{Credential, Entra, EntraConfig, Limits};
use keydesk::directory::privacyidea::{PrivacyIdea, PrivacyIdeaConfig};
use keydesk::directory::{CheckOutcome, Directory, DirectoryError, Passkey, PersonId};
use keydesk::problem::Explain;
use keydesk::secrets::SecretText;
use keydesk::webauthn::{Aaguid, ClientData, CredentialId, NewCredential, Reservation, base64url};
use server::Server;
pub use server::{SECRET, TOKEN};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

const MOST_ANSWERS: usize = 24;
const NOBODY: &str = "a-person";
/// So much of a secret in an error is a leak.
const TELLING: usize = 12;

thread_local! {
    static WORLD: World = World::new();
    /// The ids of the last calls: a call that ended early leaves requests behind.
    static IDS: RefCell<VecDeque<String>> = const { RefCell::new(VecDeque::new()) };
}

struct World {
    runtime: tokio::runtime::Runtime,
    server: Server,
    directories: [Box<dyn Directory>; 2],
}

pub fn target(data: &[u8]) {
    let (choice, rest) = pieces::choice(data);
    let (also, mut rest) = pieces::choice(rest);
    let id = String::from_utf8_lossy(pieces::next(&mut rest)).into_owned();
    let answers = pieces::all(rest, MOST_ANSWERS).into_iter().map(<[u8]>::to_vec).collect();
    // The next page of a list may have any address of the same server.
    let leads_on = rest.windows(8).any(|part| part == b"nextLink");
    IDS.with_borrow_mut(|ids| {
        ids.push_back(id.clone());
        if ids.len() > 32 {
            ids.pop_front();
        }
    });
    WORLD.with(|world| {
        world.server.answer_with(answers, also & 1 == 1);
        let directory = world.directories[usize::from(choice >> 7)].as_ref();
        world.runtime.block_on(call(directory, choice & 0x7F, &id));
        if !leads_on {
            assert_one_segment(&world.server.requests());
        }
    });
}

async fn call(directory: &dyn Directory, choice: u8, id: &str) {
    let person = PersonId(if id.is_empty() { NOBODY } else { id }.to_owned());
    match choice % 8 {
        0 => drop(checked(directory.find(&person.0, 50).await)),
        1 => {
            if let Some(card) = checked(directory.person(&person).await) {
                card.passkeys.iter().for_each(assert_passkey);
            }
        }
        2 => drop(checked(directory.policy().await)),
        3 => drop(checked(directory.begin(&person).await)),
        4 => {
            let made = directory.finish(&person, "A key for Elin", &new_credential()).await;
            if let Some(passkey) = checked(made) {
                assert_passkey(&passkey);
            }
        }
        5 => {
            if let Some(passkeys) = checked(directory.passkeys(&person).await) {
                passkeys.iter().for_each(assert_passkey);
            }
        }
        6 => drop(checked(directory.delete(&person, id).await)),
        _ => {
            for check in directory.test().await {
                if let CheckOutcome::Failed(problem)
                | CheckOutcome::MissingPermission { problem, .. } = check.outcome
                {
                    assert_silent(&format!("{problem:?}"));
                }
            }
        }
    }
}

fn checked<T>(result: Result<T, DirectoryError>) -> Option<T> {
    result.map_err(|error| assert_silent(&format!("{error} {error:?} {:?}", error.problem()))).ok()
}

fn assert_silent(told: &str) {
    for secret in [TOKEN, SECRET] {
        let mut parts = (0..=secret.len() - TELLING).map(|at| &secret[at..at + TELLING]);
        assert!(!parts.any(|part| told.contains(part)), "an error tells a secret");
    }
}

fn assert_passkey(passkey: &Passkey) {
    for id in &passkey.credential_ids {
        assert!(!id.0.is_empty());
        assert_eq!(base64url::decode_canonical(&id.to_base64url()).as_ref(), Some(&id.0));
    }
}

/// Every address that names the id names it as one whole segment.
fn assert_one_segment(paths: &[String]) {
    for path in paths.iter().filter(|path| path.starts_with("/v1.0/users/")) {
        let segments: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').collect();
        let named = percent_encoding::percent_decode_str(segments[3]).decode_utf8_lossy();
        let known = named == NOBODY || IDS.with_borrow(|ids| ids.iter().any(|id| *id == named));
        // The connection test asks for the options of a person that the server named.
        let tested = segments.last() == Some(&"creationOptions");
        assert!(known || tested, "{path} names somebody else");
        assert!(segments.len() <= 8, "{path} has a segment too many");
    }
}

fn new_credential() -> NewCredential {
    let ticket = r#"{"serial":"KDPK1","transaction_id":"1","rp_id":"login.microsoft.com"}"#;
    NewCredential {
        id: CredentialId(b"a credential id!".to_vec()),
        client_data: ClientData(b"{}".to_vec()),
        attestation_object: vec![0xA0],
        aaguid: Aaguid([0x2F; 16]),
        extension_results: "{}".into(),
        reservation: Some(Reservation(ticket.into())),
    }
}

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let server = runtime.block_on(Server::start());
        let url = server.url();
        let limits = Limits {
            answer: Duration::from_secs(5),
            backoff_base: Duration::ZERO,
            backoff_cap: Duration::ZERO,
            patience: Duration::ZERO,
            tries: 1,
            ..Default::default()
        };
        let secret = || SecretText::new(SECRET);
        let credential = Credential::Secret(secret());
        let entra = EntraConfig {
            limits: limits.clone(),
            ..EntraConfig::new(&url, &url, "contoso.example", "an-app", credential)
        };
        let privacyidea = PrivacyIdeaConfig {
            limits,
            ..PrivacyIdeaConfig::new(&url, "contoso", "admin", secret())
        };
        Self {
            directories: [
                Box::new(Entra::new(entra).expect("good settings")),
                Box::new(PrivacyIdea::new(privacyidea).expect("good settings")),
            ],
            runtime,
            server,
        }
    }
}
