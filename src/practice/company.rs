//! Larkfield Ltd, the company that exists only on this computer: its names, ids, people, groups,
//! portraits and operators, and two customers it serves. All of it is the same at every start.

use crate::settings::Accent;
use uuid::Uuid;

mod crowd;
mod groups;
mod operators;
mod people;
mod portrait;
mod push;
mod tenants;
mod tickets;

pub use crowd::{CROWD, crowd_group};
pub use groups::{Group, groups, operator_group};
pub use operators::{DirectoryRole, Operator, Proof, app_role, operators};
pub use people::{Account, Employee, Kind, people};
pub use portrait::portrait;
pub use push::{AUTHY_ATTRIBUTE, authy_id, duo_integration_key, has_authy, twilio_sid};
pub use tenants::{Consent, HARBOUR_DOMAIN, PINEWOOD_DOMAIN, Tenant, tenant_id_of, tenants};
pub use tickets::{AGENTS, HelpdeskTicket, OUTCOMES, STATES, TICKET_TENANT, UNASSIGNED, tickets};

/// Shown in the tenant band.
pub const NAME: &str = "Larkfield Ltd";
/// Shown beside the name.
pub const DETAIL: &str = "Simulated company";
/// The company's verified domain.
pub const DOMAIN: &str = "larkfield.example";
/// Colour of the tenant band.
pub const ACCENT: Accent = Accent::Teal;
/// The one model the company's policy forbids to everybody outside IT (Feitian ePass FIDO2 NFC).
pub const FORBIDDEN_AAGUID: &str = "833b721a-ff5f-4d00-bb2e-bdda3ec01e29";

/// Most of its people have numbers of one country.
pub fn phone_settings() -> crate::settings::PhoneSettings {
    crate::settings::PhoneSettings {
        default_country: Some("SE".into()),
        ..crate::settings::PhoneSettings::default()
    }
}

/// The company's tenant id.
pub fn tenant_id() -> Uuid {
    tenant_id_of(DOMAIN)
}

/// Application (client) id of the enrolment station in the company's tenant.
pub fn client_id() -> Uuid {
    stable_id("application", "enrolment station")
}

/// An id that is the same at every start: a UUID of version 8 (RFC 9562, 5.8) from SHA-256.
fn stable_id(kind: &str, name: &str) -> Uuid {
    uuid::Builder::from_custom_bytes(first_16(&stable_bytes(kind, name))).into_uuid()
}

/// 32 bytes that depend on the name only.
fn stable_bytes(kind: &str, name: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in ["practice", kind, name] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}

fn first_16(bytes: &[u8; 32]) -> [u8; 16] {
    let mut first = [0; 16];
    first.copy_from_slice(&bytes[..16]);
    first
}
