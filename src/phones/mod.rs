//! Registered phone methods: numbers, the rules of the service, and plans that change many.
//! Pure: texts and facts in, decisions out.
//!
//! ```text
//! attribute or cell ─► number ─┐
//! registered phones ───────────┼─► rules ─► plan (what is to be done, or why nothing) ─► changes
//! options ─────────────────────┘                                  undo = a plan of old values ◄┘
//! ```

mod list;
mod method;
mod number;
mod options;
mod plan;
mod request;
mod rules;
mod source;

pub use list::{ListRow, PhoneList};
pub use method::{PhoneKind, PhoneMethod, SmsSignIn};
pub use number::{Country, Line, NumberFault, NumberText, PhoneNumber};
pub use options::{Blank, Others, PlanOptions, PlanWish};
pub use plan::{Change, Counts, LeftOut, PhoneFacts, Planned, plan, plan_corrected, plan_undo};
pub use request::{Request, RequestFault, RequestKey, sign_request};
pub use rules::{RuleBroken, check};
pub use source::{Attribute, NumberSource};
