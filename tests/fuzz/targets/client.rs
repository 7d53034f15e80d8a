//! A whole session with a key that says what it likes: our seam, the CTAP2 client and our reading
//! of what it gives. Promises: it ends, with a typed error or a credential; only the client
//! panics; no error tells the PIN.

use super::{panics, pieces};
use keydesk::key::Configure;
use keydesk::key::fuzzing::{Work, converse};
use keydesk::pin::Pin;
use keydesk::problem::Explain;
use keydesk::webauthn::CreationOptions;

/// Of no key but the script.
pub const PIN: &str = "7302946158";
const MOST_ANSWERS: usize = 64;

const WORKS: [Work; 11] = [
    Work::Facts,
    Work::MakeCredential,
    Work::Credentials,
    Work::DeleteCredential,
    Work::CheckPin,
    Work::SetPin,
    Work::ChangePin,
    Work::Configure(Configure::MinPinLength(6)),
    Work::Configure(Configure::AlwaysUvOn),
    Work::Retries,
    Work::Reset,
];

pub fn target(data: &[u8]) {
    let (choice, rest) = pieces::choice(data);
    let work = WORKS[usize::from(choice) % WORKS.len()];
    let answers = pieces::all(rest, MOST_ANSWERS).into_iter().map(<[u8]>::to_vec).collect();
    let pin = Pin::new(PIN).expect("a good PIN");
    let options = CreationOptions::parse(include_bytes!("options.json")).expect("good options");
    let result = panics::passing_the_clients(|| converse(work, answers, &options, &pin));
    match result {
        Ok(Some(made)) => assert!(["packed", "none"].contains(&made.format.as_str())),
        Ok(None) => {}
        Err(error) => {
            let told = format!("{error} {error:?} {:?}", error.problem());
            assert!(!told.contains(PIN), "an error tells the PIN");
        }
    }
}
