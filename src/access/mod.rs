//! Who may do what at this station: roles, sensitive acts, fresh proofs and the lock. Pure: the
//! time is passed in, and nothing here talks to anyone.
//!
//! ```text
//! Operator ── Roles            which screens and commands are theirs
//!    └ Grants ── Permit        a fresh proof for one kind of act, as a value the act demands
//! Lock                         idle time and the system's own lock
//! ```

mod act;
mod role;

pub use act::Act;
pub use role::{Role, Roles};
