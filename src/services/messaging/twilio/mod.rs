//! Twilio: Verify (the service makes and checks codes), Messaging (codes of ours), Verify Push.
//!
//! ```text
//! TwilioVerify · TwilioMessages · TwilioPush     what is asked, and what it means
//!   └ Api                                        one account: basic authentication, forms, errors
//!       └ Http                                   one request path (`directory::http`)
//! ```
//! Deliberately absent: a text that is sent again because its answer is missing.

mod api;
mod codes;
mod messages;
mod push;
mod verify;

pub use messages::TwilioMessages;
pub use push::TwilioPush;
pub use verify::TwilioVerify;
