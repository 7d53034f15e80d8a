//! Hostile keys: every malformed frame, CBOR and authenticator data we can think of, through the
//! kernel, around each engine. Whatever a key says, the call ends in time with a typed error (or
//! with the truth), nothing of ours panics, and the key is served again once it is honest.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test
#![allow(clippy::print_stdout)] // says how many lies were told

#[allow(dead_code)] // the key room's own tests use the rest
#[path = "../keys/bench.rs"]
mod bench;
mod cbor;
mod frames;
mod key;
mod lies;
mod made;
mod panics;
#[allow(dead_code)] // same
#[path = "../../../keys/station.rs"]
mod station;
