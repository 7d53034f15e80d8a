//! A signed request: opened, checked, and taken once.

use super::place::Place;
use super::refusal::{PhonesRefusal, RefusalKind};
use crate::engine::ports::{JournalPort, off_the_network};
use crate::journal::{Action, Entry};
use crate::phones::{Request, RequestFault, RequestKey};
use crate::problem::{Explain, Problem};
use crate::secrets::{SecretName, Secrets};
use jiff::Timestamp;

/// The key that signs requests of a tenant.
pub(super) fn key(secrets: &Secrets, tenant: &str) -> Result<RequestKey, PhonesRefusal> {
    let found = secrets.get(&SecretName::RequestKey { tenant: tenant.to_owned() });
    let found = found.map_err(|error| PhonesRefusal::settings(error.problem()))?;
    Ok(RequestKey::new(&found.ok_or(RequestFault::NoKey)?)?)
}

/// Whose HMAC, tenant and time are right, and which was not taken before.
pub(super) async fn open(
    place: &Place,
    journal: &JournalPort,
    bytes: &[u8],
) -> Result<Request, PhonesRefusal> {
    let (secrets, tenant) = (place.secrets.clone(), place.tenant.name.clone());
    let key = off_the_network(move || key(&secrets, &tenant)).await?;
    let request = Request::open(bytes, &key)?;
    let within = place.tenant.phones.request_age();
    request.check(&place.tenant.name, Timestamp::now(), within)?;
    let (tenant, id) = (place.tenant.name.clone(), request.id);
    match journal.call(move |journal| journal.phone_request_is_used(&tenant, id)).await? {
        false => Ok(request),
        true => Err(RequestFault::Used.into()),
    }
}

/// From here on it is used, whatever comes of it.
pub(super) async fn take(
    place: &Place,
    journal: &JournalPort,
    request: uuid::Uuid,
    file: &str,
) -> Result<(), PhonesRefusal> {
    let entry = entry(place, Action::PhoneRequestTaken, file, request.to_string());
    let taken = journal
        .call(move |journal| journal.take_phone_request(request, &entry, Timestamp::now()))
        .await?;
    if taken { Ok(()) } else { Err(RequestFault::Used.into()) }
}

/// A refusal stands in the history with its reason; what is only not possible now does not. The
/// answer is why it could not be written down: the refusal stays what it is.
pub(super) async fn note_refusal(
    place: &Place,
    journal: &JournalPort,
    file: &str,
    refusal: &PhonesRefusal,
) -> Option<Problem> {
    if refusal.kind != RefusalKind::Refused {
        return None;
    }
    let entry = entry(place, Action::PhoneRequestRefused, file, refusal.problem.what.clone());
    let noted = journal.call(move |journal| journal.audit(&entry, Timestamp::now())).await;
    noted.err().map(|error| error.problem())
}

fn entry(place: &Place, action: Action, file: &str, detail: String) -> Entry {
    Entry {
        tenant: place.tenant.name.clone(),
        operator: place.operator.clone(),
        action,
        subject: file.to_owned(),
        serial: None,
        detail,
    }
}
