//! Keydesk: an enrolment station for FIDO2 security keys in Microsoft Entra ID and privacyIDEA.
//!
//! # Map
//! Data flows one way: operator → `engine::Command` → [`engine`] → `engine::Event` →
//! `app::State` → screen.
//!
//! | room | what it is |
//! |---|---|
//! | [`app`] | eframe glue: drains events, applies them to the state, hands commands on |
//! | [`ui`] | draws the state; one file per screen, one theme room |
//! | [`engine`] | the tokio side: one job per command; owns every port |
//! | [`access`] | pure: operators, roles, fresh proofs, the lock |
//! | [`roster`] | pure: who is to get a key, read from files of any shape |
//! | [`bulk`] | pure: a session of many keys: slots, who gets which key, the touch queue |
//! | [`phones`] | pure: phone numbers, the rules of phone methods, plans that change many |
//! | [`verify`] | pure: who is calling: codes, tries, limits, links, what a note says |
//! | [`enrolment`] | pure: the ceremony that gives one key to one person |
//! | [`webauthn`] | pure: creation options, client data, attestation and its verification |
//! | [`pin`] | pure: PINs, their policy and strength |
//! | [`key`] | security keys over CTAP2 |
//! | [`directory`] | the directory's trait; Microsoft Entra ID and privacyIDEA behind it |
//! | [`services`] | texts, push approval, tickets, the log of checks, what stations share: traits and their services |
//! | [`journal`] | what happened and what is about to; sealed PINs; the audit chain |
//! | [`secrets`] | the operating system's keyring |
//! | [`settings`] | `config.toml` |
//! | [`outputs`] | lists, encrypted PINs, session reports, PIN letters, labels |
//! | [`cli`] | the command line and the subcommands without a window |
//! | `files` | files that are whole or absent |
//! | `handover` | a link goes to the window that is open already |
//! | [`problem`] | what the operator is told: what went wrong, what to do next |
//! | [`practice`] | the simulated company and its virtual keys |
//! | `src/hid` | the one seam to hardware, a package of its own |
//!
//! # Invariants
//! - `ui` imports no tokio, HTTP, files or HID: it gets `&State` and returns commands.
//! - `access`, `bulk`, `enrolment`, `phones`, `pin`, `roster`, `verify` and `webauthn` have no I/O, no clock, no async, no egui.
//! - Only `key` names the CTAP2 client and `yubikey`; only `secrets` names `keyring`; only
//!   `src/hid` names `async_hid` and `opensk`; only `app`, `ui` and `main` name egui.
//! - Wire types are private to their client.
//! - No step of the ceremony has an effect before the journal holds its intent, durably.
//! - A secret cannot be printed, cloned silently or serialised; it is zeroized.
//! - TLS checks cannot be turned off; plain HTTP goes to loopback only; virtual keys are
//!   refused unless every configured endpoint is loopback.
//!
//! `tests/rooms.rs` reads the `use` lines and fails when one of these breaks.

pub mod access;
pub mod app;
pub mod bulk;
pub mod cli;
pub mod directory;
pub mod engine;
pub mod enrolment;
mod files;
mod handover;
pub mod journal;
pub mod key;
pub mod outputs;
pub mod phones;
pub mod pin;
pub mod practice;
pub mod problem;
pub mod roster;
pub mod secrets;
pub mod services;
pub mod settings;
pub mod ui;
pub mod verify;
pub mod webauthn;
