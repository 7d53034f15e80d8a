//! The practice cloud over real HTTP: it accepts what is right and refuses what is wrong.

mod authenticator;
mod client;
mod directory;
mod faults;
mod foreign;
mod passkeys;
mod registration;
mod sign_in;
