//! Verdicts for people, policies and keys.

use super::preflight::*;
use super::{AlwaysUv, FirstUse, PinPlan, Plan, Reset};
use crate::directory::{
    AccountState, KeyRestriction, OtherMethods, Passkey, PasskeyPolicy, Person, PersonCard,
    PersonId, PersonKind, PolicyAdvice, PolicyProfile, PolicyTarget,
};
use crate::enrolment::Custody;
use crate::key::{KeyFacts, KeyId, PinState, Supports};
use crate::webauthn::Aaguid;

const MODEL: Aaguid = Aaguid([7; 16]);

fn card() -> PersonCard {
    PersonCard {
        person: Person {
            id: PersonId("p1".into()),
            display_name: "Elin Bergström".into(),
            upn: "elin@larkfield.example".into(),
            mail: None,
            employee_id: None,
            department: None,
            job_title: None,
            account: AccountState::Enabled,
            kind: PersonKind::Member,
        },
        photo: None,
        methods: Vec::new(),
        other_methods: OtherMethods::Listed,
        passkeys: Vec::new(),
        groups: vec!["G-STAFF".into()],
    }
}

fn profile(id: &str, restriction: KeyRestriction) -> PolicyProfile {
    PolicyProfile {
        id: id.into(),
        name: id.into(),
        attestation_enforced: false,
        device_bound: true,
        restriction,
    }
}

fn policy(restriction: KeyRestriction) -> PasskeyPolicy {
    PasskeyPolicy {
        enabled: true,
        self_service_allowed: true,
        include: vec![PolicyTarget { group: "all_users".into(), profiles: Vec::new() }],
        exclude: Vec::new(),
        profiles: vec![profile("default", restriction)],
        default_profile: Some("default".into()),
        most_passkeys: Some(10),
        advice: PolicyAdvice {
            turned_off: "Passkeys are off",
            turn_on: "Turn it on",
            account_unknown: "Look by hand",
        },
    }
}

pub fn key() -> KeyFacts {
    KeyFacts {
        id: KeyId("k".into()),
        port: None,
        model: "YubiKey 5 NFC".into(),
        aaguid: MODEL,
        known_model: true,
        firmware: None,
        serial: None,
        no_serial: None,
        pin: PinState::NotSet,
        min_pin_length: 4,
        always_uv: None,
        free_slots: Some(20),
        credentials: Some(0),
        supports: Supports {
            resident_keys: true,
            credential_management: true,
            min_pin_length: true,
            force_pin_change: true,
            always_uv: true,
            pin_protocol_2: true,
            cred_protect: true,
            hmac_secret: true,
        },
    }
}

fn plan() -> Plan {
    Plan {
        reset: Reset::Keep,
        pin: PinPlan::SetNew,
        custody: Custody::Sealed,
        min_pin_length: Some(6),
        always_uv: AlwaysUv::TurnOn,
        first_use: FirstUse::MustChangePin,
        remove_old: Vec::new(),
    }
}

fn stopping(remarks: &[Remark]) -> Vec<Subject> {
    let stop = |remark: &&Remark| remark.severity == Severity::Stop;
    remarks.iter().filter(stop).map(|remark| remark.subject).collect()
}

#[test]
fn a_ready_person_and_a_fresh_allowed_key_pass() {
    let remarks = verdict(&card(), &policy(KeyRestriction::None), &key(), &plan());
    assert!(!stops(&remarks), "{remarks:?}");
    assert!(remarks.iter().all(|remark| remark.severity == Severity::Ok), "{remarks:?}");
}

#[test]
fn a_disabled_account_and_a_guest_are_stopped_by_name() {
    let mut disabled = card();
    disabled.person.account = AccountState::Disabled;
    assert_eq!(
        stopping(&policy_verdict(&disabled, &policy(KeyRestriction::None))),
        [Subject::Account]
    );
    let mut guest = card();
    guest.person.kind = PersonKind::Guest;
    let remarks = policy_verdict(&guest, &policy(KeyRestriction::None));
    assert!(remarks.iter().any(|remark| remark.text.starts_with("Guests")));
}

#[test]
fn a_state_that_is_not_told_is_worth_a_look_and_one_that_is_not_kept_is_no_matter() {
    let accounts = |state| {
        let mut card = card();
        card.person.account = state;
        let remarks = policy_verdict(&card, &policy(KeyRestriction::None));
        let of_account = remarks.iter().filter(|remark| remark.subject == Subject::Account);
        of_account.map(|remark| (remark.severity, remark.next.clone())).collect::<Vec<_>>()
    };
    let look = (Severity::Look, "Look by hand".to_owned());
    assert_eq!(accounts(AccountState::Unknown), [look]);
    assert_eq!(accounts(AccountState::NotKept), []);
}

#[test]
fn the_policy_must_be_on_with_self_service_and_include_the_person() {
    let allowed = policy(KeyRestriction::None);
    let off = PasskeyPolicy { enabled: false, ..allowed.clone() };
    let no_self_service = PasskeyPolicy { self_service_allowed: false, ..allowed.clone() };
    let excluded = PasskeyPolicy { exclude: vec!["g-staff".into()], ..allowed.clone() };
    let other = PolicyTarget { group: "g-other".into(), profiles: Vec::new() };
    let elsewhere = PasskeyPolicy { include: vec![other], ..allowed };
    for policy in [off, no_self_service, excluded, elsewhere] {
        assert_eq!(stopping(&policy_verdict(&card(), &policy)), [Subject::Policy]);
    }
}

#[test]
fn block_and_allow_lists_decide_the_model() {
    for (restriction, stopped) in [
        (KeyRestriction::Block(vec![MODEL]), true),
        (KeyRestriction::Block(vec![Aaguid([8; 16])]), false),
        (KeyRestriction::AllowOnly(vec![MODEL]), false),
        (KeyRestriction::AllowOnly(vec![Aaguid([8; 16])]), true),
        (KeyRestriction::AllowOnly(Vec::new()), true),
    ] {
        let remarks = model_verdict(&card(), &policy(restriction.clone()), &key());
        assert_eq!(stops(&remarks), stopped, "{restriction:?}");
    }
}

#[test]
fn the_profiles_of_all_the_persons_groups_count() {
    let mut policy = policy(KeyRestriction::Block(vec![MODEL]));
    policy.profiles.push(profile("staff", KeyRestriction::None));
    assert!(stops(&model_verdict(&card(), &policy, &key())));
    policy.include.push(PolicyTarget { group: "g-staff".into(), profiles: vec!["STAFF".into()] });
    assert!(!stops(&model_verdict(&card(), &policy, &key())));
}

#[test]
fn a_profile_for_synced_passkeys_does_not_allow_a_key() {
    let mut policy = policy(KeyRestriction::None);
    policy.profiles[0].device_bound = false;
    assert_eq!(stopping(&model_verdict(&card(), &policy, &key())), [Subject::Model]);
}

#[test]
fn enforced_attestation_takes_certified_models_asks_to_look_at_others_and_stops_a_nameless_one() {
    let mut policy = policy(KeyRestriction::None);
    policy.profiles[0].attestation_enforced = true;
    let severities = |key: &KeyFacts| -> Vec<Severity> {
        model_verdict(&card(), &policy, key).iter().map(|remark| remark.severity).collect()
    };
    assert_eq!(severities(&key()), [Severity::Ok, Severity::Ok]);
    let unknown = KeyFacts { known_model: false, ..key() };
    assert_eq!(severities(&unknown), [Severity::Ok, Severity::Look]);
    let nameless = KeyFacts { aaguid: Aaguid([0; 16]), ..key() };
    assert_eq!(stopping(&model_verdict(&card(), &policy, &nameless)), [Subject::Model]);
}

#[test]
fn the_plan_must_fit_the_keys_pin() {
    let set = PinState::Set { retries_left: Some(8) };
    for (pin, wanted, stopped) in [
        (set, PinPlan::SetNew, true),
        (set, PinPlan::KeepExisting, false),
        (set, PinPlan::Change, false),
        (PinState::NotSet, PinPlan::KeepExisting, true),
        (PinState::MustChange, PinPlan::KeepExisting, true),
        (PinState::MustChange, PinPlan::Change, false),
        (PinState::Blocked, PinPlan::Change, true),
    ] {
        let key = KeyFacts { pin, ..key() };
        let kept = Plan { pin: wanted, ..plan() };
        assert_eq!(stops(&key_verdict(&key, &kept)), stopped, "{pin:?} {wanted:?}");
        let reset = Plan { reset: Reset::ResetFirst, pin: PinPlan::SetNew, ..plan() };
        assert!(!stops(&key_verdict(&key, &reset)), "{pin:?} after a reset");
    }
}

#[test]
fn credentials_are_worth_a_look_and_a_full_key_stops() {
    let used = KeyFacts { credentials: Some(2), ..key() };
    let remarks = key_verdict(&used, &plan());
    assert!(!stops(&remarks));
    assert!(remarks.iter().any(|r| r.severity == Severity::Look && r.text.contains('2')));
    let full = KeyFacts { free_slots: Some(0), ..key() };
    assert_eq!(stopping(&key_verdict(&full, &plan())), [Subject::KeyState]);
}

#[test]
fn what_old_firmware_lacks_is_said_before_the_first_write() {
    let mut old = key();
    old.supports.force_pin_change = false;
    old.supports.min_pin_length = false;
    old.supports.always_uv = false;
    assert_eq!(stopping(&key_verdict(&old, &plan())), [Subject::Firmware; 3]);
    let modest = Plan {
        min_pin_length: None,
        always_uv: AlwaysUv::Leave,
        first_use: FirstUse::KeepPin,
        ..plan()
    };
    assert!(!stops(&key_verdict(&old, &modest)));
}

#[test]
fn old_passkeys_are_counted_and_ten_are_the_most() {
    let passkey = Passkey {
        method_id: "m".into(),
        credential_ids: Vec::new(),
        credential_sha256: None,
        display_name: "old".into(),
        created: None,
        aaguid: None,
        model: None,
    };
    let mut holder = card();
    holder.passkeys = vec![passkey.clone()];
    let remarks = policy_verdict(&holder, &policy(KeyRestriction::None));
    assert!(remarks.iter().any(|remark| remark.severity == Severity::Look));
    holder.passkeys = vec![passkey; 10];
    assert_eq!(
        stopping(&policy_verdict(&holder, &policy(KeyRestriction::None))),
        [Subject::Passkeys]
    );
}
