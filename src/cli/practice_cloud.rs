//! `keydesk practice-cloud`: the simulated company alone.

use super::secret::read_secret;
use super::{fail, print, say};
use crate::practice::cloud::{CloudOptions, Connection, serve_alone};
use crate::settings::VerifySettings;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;

/// Serves until interrupted. The first line on standard output is JSON with what a client needs;
/// a secret that came from standard input is not repeated in it.
pub(super) fn run(listen: SocketAddr, secret_from_stdin: bool, crowd: usize) -> ExitCode {
    let secret = match secret_from_stdin.then(read_secret).transpose() {
        Ok(secret) => secret,
        Err(reason) => {
            say(&reason);
            return ExitCode::FAILURE;
        }
    };
    let options = CloudOptions { listen, secret, crowd, ..CloudOptions::default() };
    match serve_alone(options, |there, verify| {
        announce(there, &verify, secret_from_stdin);
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn announce(there: &Connection, verify: &VerifySettings, secret_is_known: bool) {
    let mut told = serde_json::json!({
        "login_url": there.base_url,
        "graph_url": there.base_url,
        "tenant": there.domain,
        "client_id": there.client_id,
    });
    // What callers are checked with, as it stands below a tenant in config.toml; the secret of each
    // service is the client secret.
    if let Ok(text) = toml::to_string(&Tenants::of(verify)) {
        told["verify"] = text.into();
    }
    if !secret_is_known {
        told["client_secret"] = there.secret.expose().into();
    }
    print(&told.to_string());
}

/// `[tenants.verify]` by itself.
#[derive(Serialize)]
struct Tenants<'a> {
    tenants: BTreeMap<&'static str, &'a VerifySettings>,
}

impl<'a> Tenants<'a> {
    fn of(verify: &'a VerifySettings) -> Self {
        Self { tenants: BTreeMap::from([("verify", verify)]) }
    }
}
