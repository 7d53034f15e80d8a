//! For `tests/fuzz`: what a key's answers run through, and a whole session with a scripted key.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hid::virtual_keys::ScriptedKey;

use super::error::KeyError;
use super::info::Info;
use super::serial::DeviceConfig;
use super::session::Session;
use super::tickets::Tickets;
use super::worker::contained;
use super::{Configure, Supports, exclude, retries, serial, silent};
use crate::pin::Pin;
use crate::webauthn::{Aaguid, CreationOptions, CredentialId, MadeCredential};

/// What is made of a getInfo answer.
pub struct Told {
    pub aaguid: Aaguid,
    pub supports: Supports,
    /// The ids worth sending, and the batches they would be asked in.
    pub excluded: Vec<Vec<u8>>,
    pub batches: Vec<Vec<Vec<u8>>>,
    pub max_message_bytes: usize,
    pub max_credentials_in_list: Option<usize>,
}

/// Reads a getInfo answer, and fits an exclude list to that key.
///
/// # Errors
/// As in the program.
pub fn info(cbor: &[u8], exclude: &[CredentialId]) -> Result<Told, KeyError> {
    let info = Info::parse(cbor)?;
    let worth = exclude::worth_sending(exclude, &info);
    let owned = |ids: &[&[u8]]| ids.iter().map(|id| id.to_vec()).collect::<Vec<_>>();
    Ok(Told {
        aaguid: info.aaguid(),
        supports: info.supports(),
        excluded: owned(&worth),
        batches: silent::batches(&worth, "login.microsoft.com", None, &info)
            .iter()
            .map(|batch| owned(batch))
            .collect(),
        max_message_bytes: info.max_message_bytes(),
        max_credentials_in_list: info.max_credentials_in_list,
    })
}

/// Reads a getPINRetries answer.
pub fn retries(answer: &[u8]) -> Option<u8> {
    retries::parse(answer)
}

/// Reads pages of READ CONFIG until one can't be read: serial and version.
pub fn device_config<'a>(pages: impl Iterator<Item = &'a [u8]>) -> (Option<u32>, Option<[u8; 3]>) {
    let mut config = DeviceConfig::default();
    for page in pages {
        if config.add_page(page) != Some(serial::Page::MoreFollow) {
            break;
        }
    }
    (config.serial, config.version)
}

/// A command to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Facts,
    Retries,
    SetPin,
    ChangePin,
    CheckPin,
    MakeCredential,
    Credentials,
    DeleteCredential,
    Configure(Configure),
    Reset,
    Wink,
}

/// Runs one command against a key that gives these answers, each a status byte and CBOR, in their
/// order. Gives the credential if one was made.
///
/// # Errors
/// As in the program.
pub fn converse(
    work: Work,
    answers: Vec<Vec<u8>>,
    options: &CreationOptions,
    pin: &Pin,
) -> Result<Option<MadeCredential>, KeyError> {
    let key = ScriptedKey::insert(answers);
    let mut session = Session::new(key.description(), Arc::new(Tickets::default()));
    let result = contained(&mut session, |session| run(session, work, options, pin));
    // The client's handle may panic once more while it goes.
    match catch_unwind(AssertUnwindSafe(|| session.forget_client())) {
        Ok(()) => result,
        Err(_) => Err(KeyError::Panicked),
    }
}

fn run(
    session: &mut Session,
    work: Work,
    options: &CreationOptions,
    pin: &Pin,
) -> Result<Option<MadeCredential>, KeyError> {
    match work {
        Work::Facts => session.facts().map(drop),
        Work::Retries => session.retries().map(drop),
        Work::SetPin => session.set_pin(pin),
        Work::ChangePin => session.change_pin(pin, pin),
        Work::CheckPin => session.check_pin(pin),
        Work::MakeCredential => {
            let client_data = b"{\"type\":\"webauthn.create\"}".to_vec();
            return session.make_credential(options, client_data, pin).map(Some);
        }
        Work::Credentials => session.credentials(pin).map(drop),
        Work::DeleteCredential => session.delete_credential(pin, &CredentialId(vec![7; 16])),
        Work::Configure(change) => session.configure(pin, change),
        Work::Reset => session.reset(),
        Work::Wink => session.wink(),
    }
    .map(|()| None)
}
