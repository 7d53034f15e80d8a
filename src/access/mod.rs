//! Who may do what at this station: roles, sensitive acts, fresh proofs and the lock. Pure: the
//! time is passed in, and nothing here talks to anyone.
//!
//! ```text
//! Operator ── Roles            which screens and commands are theirs
//!    └ Grants ── Permit        a fresh proof for one kind of act, as a value the act demands
//! Lock                         idle time and the system's own lock
//! ```

mod act;
mod grants;
mod lock;
mod operator;
mod role;

pub use act::Act;
pub use grants::{ApprovalRefused, Demands, Grants, Missing, Permit};
pub use lock::{Lock, LockCause};
pub use operator::{Operator, OperatorId};
pub use role::{Role, Roles};
