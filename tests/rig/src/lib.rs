//! Foreign security keys on the Linux HID stack, for tests that run as root where `/dev/uhid` is.
//!
//! An [`Engine`] is an authenticator behind 64-byte CTAPHID reports; [`UhidKey`] plugs one into the
//! kernel, which makes a hidraw node of it like of any key on a port. Two engines nobody here
//! wrote: [`Trussed`], the firmware of SoloKeys and Nitrokey with its own CTAPHID layer, and
//! [`OpenSk`], Google's. A [`Finger`] touches them, and a [`Liar`] falsifies what either of them says.

mod engine;
mod finger;
mod kind;
pub mod liar;
mod opensk;
mod trussed;
mod uhid;

pub use engine::{Engine, Report};
pub use finger::{Finger, TouchPolicy, Touched};
pub use kind::{FactoryError, Kind, NewKey};
pub use liar::{Liar, Lies};
pub use opensk::OpenSk;
pub use trussed::{AAGUID as TRUSSED_AAGUID, Trussed};
pub use uhid::{Identity, UhidError, UhidKey, Unplugged};
