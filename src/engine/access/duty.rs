//! What each command needs: a role, fresh proofs, an open station. A table without side effects.

use crate::access::{Act, Role};
use crate::engine::{BulkCommand, Command, PhonesCommand, Pick, VerifyCommand, WhoCommand};
use crate::enrolment::{Answer, Reset};
use crate::settings::{Cloud, DirectorySettings, Settings, TenantSettings};

pub(in crate::engine) const DESK: &[Role] = &[Role::Clerk, Role::Provisioner];
/// Who works at a session, and who takes its PINs out.
pub(in crate::engine) const SESSIONS: &[Role] = &[Role::Provisioner, Role::PinOfficer];
pub(in crate::engine) const BULK: &[Role] = &[Role::Provisioner];
pub(in crate::engine) const HELPDESK: &[Role] = &[Role::Helpdesk];
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
        Command::Who(WhoCommand::SetPassphrase { .. }) => {
            with(Who::SetsUp(ADMINISTRATION), Act::ChangeSecrets)
        }
        Command::Who(wish) => plain(of_wish(wish)),
        Command::Bench(_) => plain(Who::Anybody),
        Command::Bulk(wish) => of_bulk(wish),
        Command::Phones(wish) => of_phones(wish),
        Command::Verify(wish) => of_verify(wish, now),
        Command::Open(_)
        | Command::SwitchTenant(_)
        | Command::SwitchForCaller(_)
        | Command::StayInTenant => plain(Who::AtOpenStation),
        Command::Discover { login_url, draft, .. } => {
            let draft = draft.as_deref();
            asks(draft.is_some_and(|draft| is_sent_elsewhere(now, draft, (login_url, None))))
        }
        Command::TestConnection { tenant } => asks_with(now, tenant),
        Command::FindGroups { tenant, .. } | Command::CheckConsent(tenant) => {
            asks_with(now, tenant)
        }
        Command::Pick(pick) | Command::PickTyped { pick, .. } => plain(of_pick(*pick)),
        Command::Practise
        | Command::OpenPage(_)
        | Command::ReopenVault
        | Command::DropWaitingSecrets { .. }
        | Command::RenameWaitingSecrets { .. } => plain(Who::SetsUp(ADMINISTRATION)),
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

fn of_pick(pick: Pick) -> Who {
    match pick {
        Pick::Roster | Pick::Stock => Who::OneOf(BULK),
        Pick::PhoneList => Who::OneOf(HELPDESK),
        Pick::OutputFolder
        | Pick::StationsFolder
        | Pick::Certificate
        | Pick::CertificateKey
        | Pick::CertificatePfx
        | Pick::Configs => Who::SetsUp(ADMINISTRATION),
    }
}

fn of_bulk(wish: &BulkCommand) -> Duty {
    let with = |who, act| Duty { who, acts: vec![act] };
    match wish {
        BulkCommand::ReadFile(_)
        | BulkCommand::FindGroups { .. }
        | BulkCommand::ReadGroup { .. }
        | BulkCommand::ReadStock(_)
        | BulkCommand::DropPeople
        | BulkCommand::CheckAgain
        | BulkCommand::WriteChallenges { .. }
        | BulkCommand::Pause
        | BulkCommand::Scan(_)
        | BulkCommand::Assign { .. }
        | BulkCommand::Skip { .. }
        | BulkCommand::PutBack(_)
        | BulkCommand::RetryFailed
        | BulkCommand::Activate(_)
        | BulkCommand::End
        | BulkCommand::Audit(_)
        | BulkCommand::ShowEnded(_)
        | BulkCommand::PrintLabels(_)
        | BulkCommand::WriteReport(_) => Duty { who: Who::OneOf(BULK), acts: Vec::new() },
        BulkCommand::Begin { options, .. } => Duty { who: Who::OneOf(BULK), acts: options.acts() },
        // Which acts they must be, the session itself knows.
        BulkCommand::GoOn { acts } => Duty { who: Who::OneOf(BULK), acts: acts.clone() },
        BulkCommand::Undo { .. } => with(Who::OneOf(BULK), Act::RemoveKeys),
        BulkCommand::UseAnyway { reset, .. } => {
            let acts = reset.then_some(Act::ResetUsedKey).into_iter().collect();
            Duty { who: Who::OneOf(BULK), acts }
        }
        BulkCommand::PrintLetters(_) => with(Who::OneOf(Act::RevealPin.roles()), Act::RevealPin),
        BulkCommand::ExportPins(_) | BulkCommand::ExportPinsInClear(_) => {
            with(Who::OneOf(Act::ExportPins.roles()), Act::ExportPins)
        }
        // Its secret goes to the keyring, as with `StoreSecret`.
        BulkCommand::ImportConfigs(_) => with(Who::SetsUp(ADMINISTRATION), Act::ChangeSecrets),
        BulkCommand::ShredConfigs => Duty { who: Who::SetsUp(ADMINISTRATION), acts: Vec::new() },
    }
}

fn of_phones(wish: &PhonesCommand) -> Duty {
    let plain = || Duty { who: Who::OneOf(HELPDESK), acts: Vec::new() };
    let with = |act: Act| Duty { who: Who::OneOf(act.roles()), acts: vec![act] };
    match wish {
        PhonesCommand::SetNumber { .. }
        | PhonesCommand::RemoveNumber { .. }
        | PhonesCommand::SetSmsSignIn { .. }
        | PhonesCommand::Apply { .. }
        | PhonesCommand::GoOn
        | PhonesCommand::RetryFailed => with(Act::ChangePhone),
        PhonesCommand::IssuePass { .. } | PhonesCommand::RevokeSessions { .. } => {
            with(Act::IssuePass)
        }
        PhonesCommand::Find { .. }
        | PhonesCommand::Open(_)
        | PhonesCommand::Refresh
        | PhonesCommand::Close
        | PhonesCommand::PrintPass
        | PhonesCommand::HidePass
        | PhonesCommand::ReadFile(_)
        | PhonesCommand::ReadText(_)
        | PhonesCommand::FindGroups { .. }
        | PhonesCommand::ReadGroup { .. }
        | PhonesCommand::DropPeople
        | PhonesCommand::Plan(_)
        | PhonesCommand::StopPlanning
        | PhonesCommand::Correct { .. }
        | PhonesCommand::ExportPlan
        | PhonesCommand::Pause
        | PhonesCommand::Cancel
        | PhonesCommand::WriteResults
        | PhonesCommand::CloseJob
        | PhonesCommand::PlanUndo(_)
        | PhonesCommand::ListJobs
        | PhonesCommand::OpenJob(_) => plain(),
    }
}

fn of_verify(wish: &VerifyCommand, now: &Settings) -> Duty {
    match wish {
        VerifyCommand::Find { .. }
        | VerifyCommand::OpenLink(_)
        | VerifyCommand::Choose(_)
        | VerifyCommand::UseTicket(_)
        | VerifyCommand::Close
        | VerifyCommand::Refresh
        | VerifyCommand::SendCode { .. }
        | VerifyCommand::SendAgain
        | VerifyCommand::AskByPush { .. }
        | VerifyCommand::Try(_)
        | VerifyCommand::Cancel
        | VerifyCommand::Revoke(_)
        | VerifyCommand::SendPending
        | VerifyCommand::SettleAlarms
        | VerifyCommand::Stay => Duty { who: Who::OneOf(HELPDESK), acts: Vec::new() },
        VerifyCommand::RegisterPush { .. } => {
            Duty { who: Who::OneOf(HELPDESK), acts: vec![Act::ChangePhone] }
        }
        VerifyCommand::Test { tenant, .. } | VerifyCommand::FindOutcomes { tenant } => {
            asks(services_go_elsewhere(now, tenant))
        }
        VerifyCommand::MakeLinkKey => {
            Duty { who: Who::SetsUp(ADMINISTRATION), acts: vec![Act::ChangeSecrets] }
        }
    }
}

/// Whether a kept secret of a service would go to another address than the kept settings name.
fn services_go_elsewhere(now: &Settings, draft: &TenantSettings) -> bool {
    // Of a name that is not known something may be left in the keyring.
    let Some(kept) = now.tenant_named(&draft.name) else { return true };
    let log = |tenant: &TenantSettings| tenant.verify.log.clone();
    if log(draft).is_some() && log(draft) != log(kept) {
        return true;
    }
    let addresses = |tenant: &TenantSettings| {
        let verify = &tenant.verify;
        [
            Some(verify.twilio.api_url.clone()),
            Some(verify.twilio.verify_url.clone()),
            Some(verify.authy.url.clone()),
            Some(verify.duo.url.clone()),
            verify.halo.as_ref().map(|halo| halo.url.clone()),
        ]
    };
    let usual = addresses(&TenantSettings::new("", draft.accent, draft.directory.clone()));
    let (old, new) = (addresses(kept), addresses(draft));
    (0..new.len()).any(|at| new[at] != old[at] && new[at].is_some() && new[at] != usual[at])
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
        | Command::CheckConsent(_)
        | Command::Bulk(BulkCommand::ImportConfigs(_)) => true,
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
    let acts = [(guards(old, new), Act::ChangeSecrets), (exports_pins(old, new), Act::ExportPins)];
    let acts = acts.into_iter().filter(|(needed, _)| *needed).map(|(_, act)| act);
    Duty { who: Who::SetsUp(ADMINISTRATION), acts: acts.collect() }
}

/// Whether it changes what guards the station.
pub(in crate::engine) fn guards(old: &Settings, new: &Settings) -> bool {
    old.security != new.security || old.tenants != new.tenants
}

/// Whether PINs are written in clear text from now on, or to another place, or can be opened by
/// somebody more.
pub(in crate::engine) fn exports_pins(old: &Settings, new: &Settings) -> bool {
    let (old, new) = (&old.outputs, &new.outputs);
    let in_clear = new.pin_in_csv && (!old.pin_in_csv || new.folder != old.folder);
    let is_known = |recipient: &String| old.age_recipients.contains(recipient);
    in_clear || !new.age_recipients.iter().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::{EntryNo, OldKeys, SessionId, SessionOptions, SlotNo, UsedKeys};
    use crate::directory::{Group, GroupKind};
    use crate::enrolment::EnrolmentId;
    use crate::key::KeyId;

    const REVEALERS: &[Role] = &[Role::Clerk, Role::Provisioner, Role::PinOfficer];

    fn begin(used_keys: UsedKeys, old_keys: OldKeys) -> BulkCommand {
        let options = SessionOptions { used_keys, old_keys, ..SessionOptions::default() };
        BulkCommand::Begin { options: Box::new(options), rows: vec![0] }
    }

    fn of(wish: BulkCommand) -> Duty {
        duty(&Command::Bulk(wish), &Settings::default())
    }

    fn one_of(roles: &'static [Role], acts: &[Act]) -> Duty {
        Duty { who: Who::OneOf(roles), acts: acts.to_vec() }
    }

    #[test]
    fn the_work_of_a_session_is_the_provisioners_and_asks_for_nothing() {
        let group = Group {
            id: "g".into(),
            name: "Crew".into(),
            description: None,
            mail: None,
            kind: GroupKind::Security,
            synced: false,
        };
        for wish in [
            BulkCommand::ReadFile("people.csv".into()),
            BulkCommand::FindGroups { query: "crew".into() },
            BulkCommand::ReadGroup { group: Box::new(group), nested: true },
            BulkCommand::ReadStock("stock.csv".into()),
            BulkCommand::DropPeople,
            BulkCommand::CheckAgain,
            BulkCommand::WriteChallenges { minutes: 60, rows: vec![0] },
            begin(UsedKeys::Ask, OldKeys::Keep),
            BulkCommand::Pause,
            BulkCommand::GoOn { acts: Vec::new() },
            BulkCommand::Scan("4711".into()),
            BulkCommand::Assign { slot: SlotNo(1), entry: EntryNo(1) },
            BulkCommand::Skip { entry: EntryNo(1), reason: "ill".into() },
            BulkCommand::PutBack(EntryNo(1)),
            BulkCommand::RetryFailed,
            BulkCommand::Activate(EnrolmentId(uuid::Uuid::nil())),
            BulkCommand::End,
            BulkCommand::ShowEnded(SESSION),
            BulkCommand::PrintLabels(SESSION),
            BulkCommand::WriteReport(SESSION),
        ] {
            assert_eq!(of(wish.clone()), one_of(&[Role::Provisioner], &[]), "{wish:?}");
        }
    }

    #[test]
    fn a_session_is_begun_with_a_proof_for_each_thing_that_hurts() {
        let both = [Act::ResetUsedKey, Act::RemoveKeys];
        for (used_keys, old_keys, acts) in [
            (UsedKeys::Reset, OldKeys::Keep, &both[..1]),
            (UsedKeys::Ask, OldKeys::Remove, &both[1..]),
            (UsedKeys::Reset, OldKeys::Remove, &both[..]),
        ] {
            assert_eq!(of(begin(used_keys, old_keys)), one_of(BULK, acts));
            let go_on = BulkCommand::GoOn { acts: acts.to_vec() };
            assert_eq!(of(go_on), one_of(BULK, acts), "after a restart they are confirmed anew");
        }
        let undo =
            BulkCommand::Undo { enrolment: EnrolmentId(uuid::Uuid::nil()), reason: "lost".into() };
        assert_eq!(of(undo), one_of(BULK, &[Act::RemoveKeys]));
        for (reset, acts) in [(true, &[Act::ResetUsedKey][..]), (false, &[])] {
            let anyway = BulkCommand::UseAnyway { slot: SlotNo(1), key: KeyId("k".into()), reset };
            assert_eq!(of(anyway), one_of(BULK, acts));
        }
    }

    const SESSION: SessionId = SessionId(uuid::Uuid::nil());

    #[test]
    fn pins_of_a_session_leave_with_their_own_proof_and_role() {
        assert_eq!(of(BulkCommand::PrintLetters(SESSION)), one_of(REVEALERS, &[Act::RevealPin]));
        for wish in [BulkCommand::ExportPins(SESSION), BulkCommand::ExportPinsInClear(SESSION)] {
            assert_eq!(of(wish), one_of(&[Role::PinOfficer], &[Act::ExportPins]));
        }
    }

    #[test]
    fn secrets_of_older_scripts_are_the_administrators_as_all_secrets() {
        let import = Command::Bulk(BulkCommand::ImportConfigs("configs.json".into()));
        let acts = vec![Act::ChangeSecrets];
        let who = Who::SetsUp(&[Role::Administrator]);
        assert_eq!(duty(&import, &Settings::default()), Duty { who, acts });
        assert!(is_of_the_station(&import, &Settings::default()));
        for command in [Command::Bulk(BulkCommand::ShredConfigs), Command::Pick(Pick::Configs)] {
            assert_eq!(duty(&command, &Settings::default()), Duty { who, acts: Vec::new() });
        }
    }

    #[test]
    fn whoever_adds_a_recipient_of_pins_proves_that_they_may_export_them() {
        let with = |recipients: &[&str]| {
            let mut settings = Settings::default();
            settings.outputs.age_recipients = recipients.iter().map(|&one| one.into()).collect();
            settings
        };
        let (none, one, other) = (with(&[]), with(&["age1a"]), with(&["age1b"]));
        for (old, new, asks) in [
            (&none, &one, true),
            (&one, &other, true),
            (&one, &with(&["age1a", "age1b"]), true),
            (&with(&["age1a", "age1b"]), &one, false),
            (&one, &none, false),
        ] {
            let acts = if asks { vec![Act::ExportPins] } else { Vec::new() };
            let command = Command::SaveSettings(Box::new(new.clone()));
            assert_eq!(duty(&command, old).acts, acts, "{old:?} {new:?}");
        }
    }
}
