//! Twilio: codes that Verify makes and checks, codes of ours by Messaging, and Verify's push.
//!
//! ```text
//! TwilioVerify · TwilioMessages · TwilioPush    what is asked, and what it means
//!   └ Api                                       basic authentication, errors by code group
//!       └ Http                                  one request path (`directory::http`)
//! ```
//! Nothing is waited for or sent again here: a person waits at the screen, and decides.

use crate::directory::http::Limits;
use std::time::Duration;

mod api;
mod body;
mod code_group;
mod locale;
mod messages;
mod push;
mod sent;
mod state;
mod verify;

pub use messages::TwilioMessages;
pub use push::TwilioPush;
pub use verify::TwilioVerify;

/// How long a code counts, in seconds; what is not delivered by then is not delivered at all.
const CODE_SECONDS: i64 = 600;

/// How long an agent waits at most.
pub fn usual_limits() -> Limits {
    Limits {
        answer: Duration::from_secs(20),
        backoff_base: Duration::from_millis(500),
        patience: Duration::from_secs(5),
        tries: 1,
        ..Limits::default()
    }
}
