//! What each command needs: a role, fresh proofs, an open station. A table without side effects.

use crate::access::{Act, Role};
use crate::engine::{Command, WhoCommand};
use crate::enrolment::{Answer, Reset};
use crate::settings::Settings;

const DESK: &[Role] = &[Role::Clerk, Role::Provisioner];
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
        Command::Open(_) | Command::SwitchTenant(_) => plain(Who::AtOpenStation),
        Command::Practise
        | Command::Discover { .. }
        | Command::TestConnection { .. }
        | Command::FindGroups { .. }
        | Command::CheckConsent(_)
        | Command::OpenPage(_)
        | Command::ReopenVault
        | Command::Pick(_) => plain(Who::SetsUp(ADMINISTRATION)),
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

/// What is looked at and how large it is drawn is everybody's own matter.
fn save(old: &Settings, new: &Settings) -> Duty {
    let looks_only = Settings { appearance: new.appearance.clone(), ..old.clone() } == *new;
    if looks_only {
        return Duty { who: Who::AtOpenStation, acts: Vec::new() };
    }
    let acts = if guards_change(old, new) { vec![Act::ChangeSecrets] } else { Vec::new() };
    Duty { who: Who::SetsUp(ADMINISTRATION), acts }
}

/// Where PINs go, who may do what, and whom the station trusts.
fn guards_change(old: &Settings, new: &Settings) -> bool {
    let pins_in_clear = !old.outputs.pin_in_csv && new.outputs.pin_in_csv;
    pins_in_clear || old.security != new.security || old.tenants != new.tenants
}
