//! What each command needs: a role, fresh proofs, an open station. A table without side effects.

use crate::access::{Act, Role};
use crate::engine::{Command, Pick, WhoCommand};
use crate::enrolment::{Answer, Reset};
use crate::settings::{Cloud, DirectorySettings, Settings, TenantSettings};

const DESK: &[Role] = &[Role::Clerk, Role::Provisioner];
const BULK: &[Role] = &[Role::Provisioner];
const PEOPLE: &[Role] = &[Role::Clerk, Role::Provisioner, Role::Helpdesk];
const ADMINISTRATION: &[Role] = &[Role::Administrator];
/// Whoever has a role at all.
const ANY_ROLE: &[Role] = &Role::ALL;

/// What a command needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Duty {
    pub who: Who,
    /// Sensitive acts in it; each needs its permit.
    pub acts: Vec<Act>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Anybody, even at a locked station: it shows and changes nothing of people or keys.
    Anybody,
    /// Anybody at an open station.
    AtOpenStation,
    /// An operator with one of these roles.
    OneOf(&'static [Role]),
    /// As `OneOf`; but a station at which nobody is signed in and that has no rules yet is set up
    /// by whoever sits there.
    SetsUp(&'static [Role]),
}

pub(super) fn duty(command: &Command, now: &Settings) -> Duty {
    let plain = |who| Duty { who, acts: Vec::new() };
    let with = |who, act| Duty { who, acts: vec![act] };
    match command {
        Command::Who(wish) => plain(of_wish(wish)),
        Command::Bench(_) => plain(Who::Anybody),
        Command::Bulk(_) => plain(Who::OneOf(BULK)),
        Command::Open(_) | Command::SwitchTenant(_) => plain(Who::AtOpenStation),
        Command::Discover { login_url, draft, .. } => {
            let draft = draft.as_deref();
            asks(draft.is_some_and(|draft| is_sent_elsewhere(now, draft, (login_url, None))))
        }
        Command::TestConnection { tenant } => asks_with(now, tenant),
        Command::FindGroups { tenant, .. } | Command::CheckConsent(tenant) => {
            asks_with(now, tenant)
        }
        Command::Pick(Pick::Roster | Pick::Stock | Pick::Configs) => plain(Who::OneOf(BULK)),
        Command::Practise | Command::OpenPage(_) | Command::ReopenVault | Command::Pick(_) => {
            plain(Who::SetsUp(ADMINISTRATION))
        }
        Command::SaveSettings(new) => save(now, new),
        Command::StoreSecret { .. } | Command::GiveUpSealedPins => {
            with(Who::SetsUp(ADMINISTRATION), Act::ChangeSecrets)
        }
        Command::Search { .. } | Command::ChoosePerson(_) | Command::ClearPerson => {
            plain(Who::OneOf(PEOPLE))
        }
        Command::Wink(_) | Command::Cancel(_) => plain(Who::OneOf(DESK)),
        Command::Register(request) => {
            let resets = request.reset == Reset::ResetFirst;
            let removes = !request.remove_old.is_empty();
            let acts = [(resets, Act::ResetUsedKey), (removes, Act::RemoveKeys)];
            let acts = acts.into_iter().filter(|(needed, _)| *needed).map(|(_, act)| act);
            Duty { who: Who::OneOf(DESK), acts: acts.collect() }
        }
        Command::Answer { answer: Answer::ResetKey, .. } => {
            with(Who::OneOf(DESK), Act::ResetUsedKey)
        }
        Command::Answer { .. }
        | Command::Abandon { .. }
        | Command::WriteLabel(_)
        | Command::HandedOver(_) => plain(Who::OneOf(DESK)),
        Command::RevealPin(_) | Command::WriteLetter(_) => {
            with(Who::OneOf(Act::RevealPin.roles()), Act::RevealPin)
        }
        Command::LoadHistory { .. } | Command::VerifyHistory => plain(Who::OneOf(ANY_ROLE)),
    }
}

fn of_wish(wish: &WhoCommand) -> Who {
    match wish {
        // Each of these asks for its own proof, or gives something up.
        WhoCommand::SignIn
        | WhoCommand::SignInByCode
        | WhoCommand::CancelSignIn
        | WhoCommand::OpenPage
        | WhoCommand::SignOut
        | WhoCommand::Lock
        | WhoCommand::Unlock(_)
        | WhoCommand::Activity => Who::Anybody,
        WhoCommand::Prove(_) | WhoCommand::Approve(_) | WhoCommand::LeaveAct => Who::AtOpenStation,
        WhoCommand::SetPassphrase { .. } => Who::SetsUp(ADMINISTRATION),
    }
}

/// Whether it is about the station's tenants and their secrets.
pub(super) fn is_of_the_station(command: &Command, now: &Settings) -> bool {
    match command {
        Command::SaveSettings(new) => !is_looks_only(now, new),
        Command::StoreSecret { .. }
        | Command::Discover { .. }
        | Command::TestConnection { .. }
        | Command::FindGroups { .. }
        | Command::CheckConsent(_) => true,
        _ => false,
    }
}

/// A draft is tried with the secret that is kept under its name.
fn asks_with(now: &Settings, draft: &TenantSettings) -> Duty {
    let (first, other) = addresses(draft);
    asks(is_sent_elsewhere(now, draft, (first, other)))
}

fn asks(secret_goes_elsewhere: bool) -> Duty {
    let acts = if secret_goes_elsewhere { vec![Act::ChangeSecrets] } else { Vec::new() };
    Duty { who: Who::SetsUp(ADMINISTRATION), acts }
}

/// Whether a secret that is kept for a tenant, or a token got with it, would go to an address that
/// is neither that tenant's nor Microsoft's.
fn is_sent_elsewhere(
    now: &Settings,
    draft: &TenantSettings,
    (first, other): (&str, Option<&str>),
) -> bool {
    let application = draft.entra().and_then(|entra| entra.application_of.as_deref());
    let kept: Vec<_> = [Some(draft.name.as_str()), application]
        .into_iter()
        .flatten()
        .filter_map(|name| now.tenant_named(name))
        .collect();
    let clouds = || Cloud::ALL.into_iter().filter_map(Cloud::addresses);
    let is_known = |address: &str| {
        let address = address.trim().trim_end_matches('/');
        let same = |known: &str| known.trim().trim_end_matches('/') == address;
        let is_kept = |tenant: &&TenantSettings| {
            let (first, other) = addresses(tenant);
            same(first) || other.is_some_and(same)
        };
        kept.iter().any(is_kept) || clouds().any(|(login, graph)| same(login) || same(graph))
    };
    let all_are_known = is_known(first) && other.is_none_or(is_known);
    !kept.is_empty() && !all_are_known
}

fn addresses(tenant: &TenantSettings) -> (&str, Option<&str>) {
    match &tenant.directory {
        DirectorySettings::Entra(entra) => (&entra.login_url, Some(&entra.graph_url)),
        DirectorySettings::PrivacyIdea(there) => (&there.server_url, None),
    }
}

fn is_looks_only(old: &Settings, new: &Settings) -> bool {
    Settings { appearance: new.appearance.clone(), ..old.clone() } == *new
}

/// What is looked at and how large it is drawn is everybody's own matter.
fn save(old: &Settings, new: &Settings) -> Duty {
    if is_looks_only(old, new) {
        return Duty { who: Who::AtOpenStation, acts: Vec::new() };
    }
    let guards = old.security != new.security || old.tenants != new.tenants;
    let acts = [(guards, Act::ChangeSecrets), (exports_pins(old, new), Act::ExportPins)];
    let acts = acts.into_iter().filter(|(needed, _)| *needed).map(|(_, act)| act);
    Duty { who: Who::SetsUp(ADMINISTRATION), acts: acts.collect() }
}

/// Whether PINs are written in clear text from now on, or to another place.
pub(in crate::engine) fn exports_pins(old: &Settings, new: &Settings) -> bool {
    new.outputs.pin_in_csv && (!old.outputs.pin_in_csv || new.outputs.folder != old.outputs.folder)
}
