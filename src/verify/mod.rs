//! Verify: who is calling. The rules: codes, tries, limits, warnings, links, what a note says,
//! and how long somebody counts as verified. No I/O, no clock, no chance.

mod caller;
mod channel;
mod digits;
mod limits;
mod link;
mod message;
pub mod note;
mod outcome;
mod pace;
mod seek;
mod verified;
mod warning;

pub use caller::CallerKey;
pub use channel::{Channel, PushKind};
pub use digits::{CODE_DIGITS, CodeHash, Digits, DigitsFault};
pub use limits::{Limits, Sends, TRIES, TooMuch, locked_by, may_send};
pub use link::{LinkFault, LinkKey, Trust, VerifyLink, key_text};
pub use message::{CODE, Segments, TextFacts, segments, text};
pub use outcome::{Delivery, NotDelivered, Outcome};
pub use pace::look_pause;
pub use seek::{TenantDomains, domain_of, tenant_of, ticket_number};
pub use verified::{AtHand, VerifiedPeople, VerifiedPerson};
pub use warning::{MethodChange, Mobile, Warning, WarningFacts, same_company, warnings};
