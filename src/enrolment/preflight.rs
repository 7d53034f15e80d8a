//! The verdict before the first write: may this person get this key?

use super::failure::FailureClass;
use super::intent::{AlwaysUv, FirstUse, PinPlan, Plan, Reset};
use crate::directory::{
    AccountState, KeyRestriction, PasskeyPolicy, PersonCard, PersonKind, PolicyProfile,
};
use crate::key::{KeyFacts, PinState};
use crate::webauthn::Aaguid;

/// One thing that was looked at, for a chip or a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub severity: Severity,
    pub subject: Subject,
    /// What was found, one sentence without a full stop.
    pub text: String,
    /// What to do about it; empty when nothing is to be done.
    pub next: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Ok,
    /// Worth a look; it does not stop.
    Look,
    Stop,
}

/// What a remark is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Account,
    Policy,
    /// The person's passkeys.
    Passkeys,
    Model,
    /// What is on the key.
    KeyState,
    /// What the key's firmware can do.
    Firmware,
}

impl Subject {
    pub(super) fn class(self) -> FailureClass {
        match self {
            Self::Account | Self::Policy | Self::Passkeys => FailureClass::PersonNotReady,
            Self::Model => FailureClass::ModelForbidden,
            Self::KeyState => FailureClass::KeyInUse,
            Self::Firmware => FailureClass::KeyUnsupported,
        }
    }
}

impl Remark {
    pub fn ok(subject: Subject, text: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, subject, text: text.into(), next: String::new() }
    }

    pub fn look(subject: Subject, text: impl Into<String>, next: impl Into<String>) -> Self {
        Self { severity: Severity::Look, subject, text: text.into(), next: next.into() }
    }

    pub fn stop(subject: Subject, text: impl Into<String>, next: impl Into<String>) -> Self {
        Self { severity: Severity::Stop, subject, text: text.into(), next: next.into() }
    }
}

/// The default minimum of a key (CTAP 2.1, 6.5.1).
const SHORTEST_PIN: u8 = 4;

/// Everything: person, policy, key. It stops when any remark does ([`stops`]).
pub fn verdict(
    card: &PersonCard,
    policy: &PasskeyPolicy,
    key: &KeyFacts,
    plan: &Plan,
) -> Vec<Remark> {
    let mut remarks = policy_verdict(card, policy);
    remarks.extend(model_verdict(card, policy, key));
    remarks.extend(key_verdict(key, plan));
    remarks
}

/// Whether anything stops.
pub fn stops(remarks: &[Remark]) -> bool {
    remarks.iter().any(|remark| remark.severity == Severity::Stop)
}

/// What can be said of the person before a key is in.
pub fn policy_verdict(card: &PersonCard, policy: &PasskeyPolicy) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = account(card, policy).into_iter().collect();
    if card.person.kind == PersonKind::Guest {
        remarks.push(Remark::stop(
            Subject::Account,
            "Guests can't register passkeys in this tenant",
            "Register the key in the guest's home tenant",
        ));
    }
    remarks.push(may_register(card, policy));
    if policy.enabled && !policy.self_service_allowed {
        remarks.push(Remark::stop(
            Subject::Policy,
            "\"Allow self-service setup\" is off in the passkey policy, so registration on behalf fails",
            "Turn it on in the tenant's Passkey (FIDO2) settings",
        ));
    }
    remarks.push(passkeys(card, policy));
    remarks
}

/// Whether the tenant's policy lets this person register this model.
pub fn model_verdict(card: &PersonCard, policy: &PasskeyPolicy, key: &KeyFacts) -> Vec<Remark> {
    let profiles = profiles_for(card, policy);
    if profiles.is_empty() {
        return Vec::new();
    }
    let allowing: Vec<_> =
        profiles.iter().filter(|p| p.device_bound && allows(&p.restriction, key.aaguid)).collect();
    if allowing.is_empty() {
        return vec![forbidden_model(&profiles, key)];
    }
    let mut remarks = vec![Remark::ok(Subject::Model, format!("{} is allowed", key.model))];
    if allowing.iter().all(|profile| profile.attestation_enforced) {
        remarks.push(attestation(key));
    }
    remarks
}

/// Whether the plan fits the key.
pub fn key_verdict(key: &KeyFacts, plan: &Plan) -> Vec<Remark> {
    let mut remarks = vec![pin_state(key, plan)];
    remarks.extend(contents(key, plan));
    remarks.extend(firmware(key, plan));
    remarks
}

fn account(card: &PersonCard, policy: &PasskeyPolicy) -> Option<Remark> {
    match card.person.account {
        AccountState::Enabled => Some(Remark::ok(Subject::Account, "Account enabled")),
        AccountState::Disabled => Some(Remark::stop(
            Subject::Account,
            "The account is disabled",
            "Enable the account, or choose another person",
        )),
        AccountState::Unknown => Some(Remark::look(
            Subject::Account,
            "The directory does not say whether the account is enabled",
            policy.advice.account_unknown,
        )),
        AccountState::NotKept => None,
    }
}

fn may_register(card: &PersonCard, policy: &PasskeyPolicy) -> Remark {
    if !policy.enabled {
        return Remark::stop(Subject::Policy, policy.advice.turned_off, policy.advice.turn_on);
    }
    if policy.exclude.iter().any(|group| is_member(card, group)) {
        return Remark::stop(
            Subject::Policy,
            "The passkey policy excludes a group this person is in",
            "Take the person out of the excluded group",
        );
    }
    if !policy.include.iter().any(|target| is_member(card, &target.group)) {
        return Remark::stop(
            Subject::Policy,
            "The passkey policy does not include this person",
            "Add the person to a group the policy includes",
        );
    }
    Remark::ok(Subject::Policy, "May register a passkey")
}

fn passkeys(card: &PersonCard, policy: &PasskeyPolicy) -> Remark {
    match card.passkeys.len() {
        0 => Remark::ok(Subject::Passkeys, "No passkey yet"),
        full if policy.most_passkeys.is_some_and(|most| full >= most) => Remark::stop(
            Subject::Passkeys,
            format!("Already has {full} passkeys, and more are not possible"),
            "Remove one that is no longer used",
        ),
        1 => Remark::look(
            Subject::Passkeys,
            "Already has a passkey",
            "Keep it, or remove it afterwards",
        ),
        some => Remark::look(
            Subject::Passkeys,
            format!("Already has {some} passkeys"),
            "Keep them, or remove them afterwards",
        ),
    }
}

/// What stops a session's key for a person who got others meanwhile, by name; whoever tries again
/// wants this one too.
pub fn got_since(names: &[String]) -> Remark {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    Remark::stop(
        Subject::Passkeys,
        format!("Got another passkey since the list was read: {}", names.join(", ")),
        "Skip the person, or retry to give them this key too",
    )
}

fn is_member(card: &PersonCard, group: &str) -> bool {
    group.eq_ignore_ascii_case("all_users")
        || card.groups.iter().any(|of| of.eq_ignore_ascii_case(group))
}

/// The profiles that hold for the person: the union over the targets they are in.
fn profiles_for<'a>(card: &PersonCard, policy: &'a PasskeyPolicy) -> Vec<&'a PolicyProfile> {
    let targets = policy.include.iter().filter(|target| is_member(card, &target.group));
    let mut ids: Vec<&str> = Vec::new();
    for target in targets {
        if target.profiles.is_empty() {
            ids.extend(policy.default_profile.as_deref());
        }
        ids.extend(target.profiles.iter().map(String::as_str));
    }
    if ids.is_empty() && policy.include.iter().any(|target| is_member(card, &target.group)) {
        return policy.profiles.iter().collect();
    }
    policy.profiles.iter().filter(|p| ids.iter().any(|id| p.id.eq_ignore_ascii_case(id))).collect()
}

fn allows(restriction: &KeyRestriction, aaguid: Aaguid) -> bool {
    match restriction {
        KeyRestriction::None => true,
        KeyRestriction::AllowOnly(models) => models.contains(&aaguid),
        KeyRestriction::Block(models) => !models.contains(&aaguid),
    }
}

fn forbidden_model(profiles: &[&PolicyProfile], key: &KeyFacts) -> Remark {
    let model = &key.model;
    if !profiles.iter().any(|profile| profile.device_bound) {
        return Remark::stop(
            Subject::Model,
            "The passkey policy lets this person register synced passkeys only, no security keys",
            "Allow device-bound passkeys in the policy's profile",
        );
    }
    let blocked = profiles.iter().any(
        |p| matches!(&p.restriction, KeyRestriction::Block(models) if models.contains(&key.aaguid)),
    );
    let text = if blocked {
        format!("{model} is blocked by your tenant")
    } else {
        format!("{model} is not allowed by your tenant")
    };
    Remark::stop(
        Subject::Model,
        text,
        format!("Take an allowed model, or change the policy for AAGUID {}", key.aaguid),
    )
}

fn attestation(key: &KeyFacts) -> Remark {
    if key.aaguid == Aaguid([0; 16]) {
        return Remark::stop(
            Subject::Model,
            "The policy enforces attestation, and this key does not tell its model",
            "Take a certified model",
        );
    }
    if key.known_model {
        return Remark::ok(Subject::Model, "Certified model, as the policy's attestation asks");
    }
    Remark::look(
        Subject::Model,
        "The policy enforces attestation, and this model is not among the certified ones known here",
        "A refusal at registration means that the directory does not know it either",
    )
}

fn pin_state(key: &KeyFacts, plan: &Plan) -> Remark {
    if plan.reset == Reset::ResetFirst {
        return Remark::look(
            Subject::KeyState,
            "The key is reset first: everything on it is lost",
            "Make sure that it is the right key",
        );
    }
    match (key.pin, plan.pin) {
        (PinState::Blocked, _) => Remark::stop(
            Subject::KeyState,
            "The key's PIN is blocked",
            "Reset the key, or take another one",
        ),
        (PinState::NotSet, PinPlan::SetNew) => Remark::ok(Subject::KeyState, "No PIN set"),
        (PinState::NotSet, _) => {
            Remark::stop(Subject::KeyState, "The key has no PIN yet", "Choose a new PIN for it")
        }
        (_, PinPlan::SetNew) => Remark::stop(
            Subject::KeyState,
            "The key has a PIN already",
            "Type its PIN, or reset the key",
        ),
        (PinState::MustChange, PinPlan::KeepExisting) => Remark::stop(
            Subject::KeyState,
            "The key's PIN must be changed before it does anything",
            "Change the PIN, or reset the key",
        ),
        (PinState::Set { retries_left: Some(left) }, _) if left <= 3 => Remark::look(
            Subject::KeyState,
            format!("The key's PIN is blocked after {left} more wrong tries"),
            "Type the PIN with care, or reset the key",
        ),
        _ => Remark::ok(Subject::KeyState, "PIN set"),
    }
}

fn contents(key: &KeyFacts, plan: &Plan) -> Vec<Remark> {
    if plan.reset == Reset::ResetFirst {
        return Vec::new();
    }
    let mut remarks = Vec::new();
    match key.credentials {
        Some(0) => remarks.push(Remark::ok(Subject::KeyState, "No credentials on the key")),
        Some(count) => remarks.push(Remark::look(
            Subject::KeyState,
            match count {
                1 => "The key already holds a credential".to_owned(),
                more => format!("The key already holds {more} credentials"),
            },
            "If they are another person's, reset the key",
        )),
        None => {}
    }
    if key.free_slots == Some(0) {
        remarks.push(Remark::stop(
            Subject::KeyState,
            "The key is full",
            "Reset the key, or take another one",
        ));
    }
    remarks
}

fn firmware(key: &KeyFacts, plan: &Plan) -> Vec<Remark> {
    let lacks = |text: &str, next: &str| Some(Remark::stop(Subject::Firmware, text, next));
    let resident_keys = (!key.supports.resident_keys).then(|| {
        Remark::stop(
            Subject::Firmware,
            "This key can't hold passkeys",
            "Take a FIDO2 key with discoverable credentials",
        )
    });
    let force = match plan.first_use {
        FirstUse::MustChangePin if !key.supports.force_pin_change => lacks(
            "This key can't force a PIN change at first use",
            "Turn that option off, or take a newer key",
        ),
        _ => None,
    };
    let length = match plan.min_pin_length {
        Some(length) if length > SHORTEST_PIN && !key.supports.min_pin_length => lacks(
            "This key can't keep a minimum PIN length",
            "Turn that setting off, or take a newer key",
        ),
        Some(length) if length < key.min_pin_length && plan.reset == Reset::Keep => {
            Some(Remark::look(
                Subject::Firmware,
                format!("The key already asks for PINs of {} characters", key.min_pin_length),
                "Its minimum can only grow until it is reset",
            ))
        }
        _ => None,
    };
    let always_uv = match plan.always_uv {
        AlwaysUv::TurnOn if !key.supports.always_uv => lacks(
            "This key can't be told to always ask for the PIN",
            "Turn that setting off, or take a newer key",
        ),
        _ => None,
    };
    [resident_keys, force, length, always_uv].into_iter().flatten().collect()
}
