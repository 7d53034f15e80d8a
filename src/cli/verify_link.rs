//! Ticket links: handed to the open window, or signed.

use super::{fail, print, say, show, window};
use crate::handover;
use crate::secrets::{SecretName, Secrets, ServiceSecret};
use crate::settings::{Paths, Settings};
use crate::verify::{LinkKey, VerifyLink};
use clap::Args;
use std::process::ExitCode;

/// What a signed link says.
#[derive(Args)]
pub(super) struct SignWish {
    /// The ticket's number
    #[arg(long, required_unless_present = "user")]
    ticket: Option<u64>,
    /// The caller's user name or mail address
    #[arg(long)]
    user: Option<String>,
    /// A domain of the tenant, for stations with several
    #[arg(long)]
    domain: Option<String>,
    /// The tenant's name, as in config.toml, whose key signs; without it the one in use
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

/// To the window that is open, or into a new one.
pub(super) fn open(
    paths: Paths,
    practice: bool,
    virtual_keys: bool,
    link: Option<String>,
) -> ExitCode {
    let Some(link) = link.filter(|link| !link.trim().is_empty()) else {
        return window(paths, practice, virtual_keys, None);
    };
    match handover::give(&paths.data, &link) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => window(paths, practice, virtual_keys, Some(link)),
        Err(error) => {
            let what = format!("The open window did not take the link: {error}");
            show(&what, "Paste the link into its search box under Verify");
            ExitCode::FAILURE
        }
    }
}

/// Prints a signed link; it counts for five minutes, once.
pub(super) fn sign(paths: &Paths, wish: &SignWish) -> ExitCode {
    let settings = match Settings::load(&paths.config_file()) {
        Ok(settings) => settings.unwrap_or_default(),
        Err(error) => return fail(&error),
    };
    let tenant = match &wish.tenant {
        Some(name) => settings.tenant_named(name),
        None => settings.tenant(),
    };
    let Some(tenant) = tenant else {
        say("There is no such tenant in config.toml");
        return ExitCode::from(2);
    };
    let service = ServiceSecret::Link;
    let name = SecretName::Service { tenant: tenant.name.clone(), service };
    let kept = match Secrets::probe().get(&name) {
        Ok(kept) => kept,
        Err(error) => return fail(&error),
    };
    let Some(key) = kept.and_then(|kept| LinkKey::read(kept.expose())) else {
        say(&format!("The keyring has no key of ticket links for {}", tenant.name));
        say("Make one under Settings, Verify");
        return ExitCode::from(2);
    };
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let parts = (wish.ticket, wish.user.as_deref(), wish.domain.as_deref());
    print(&VerifyLink::sign(parts, &key, &nonce, jiff::Timestamp::now()));
    ExitCode::SUCCESS
}
