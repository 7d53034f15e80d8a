//! People, keys and events that the window's tests and the gallery show.
#![allow(dead_code, reason = "each of its users needs another part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod bulk;
pub mod phones;
pub mod verify;
pub mod who;

use keydesk::access::Role;
use keydesk::directory::*;
use keydesk::engine::*;
use keydesk::enrolment::*;
use keydesk::key::*;
use keydesk::problem::{Detail, Problem};
use keydesk::settings::{
    Accent, DirectorySettings, EntraSettings, PrivacyIdeaSettings, RoleRule, RoleSource, Settings,
    SignIn, TenantSettings, ThemeChoice,
};
use keydesk::webauthn::{Aaguid, CredentialId};
use std::time::Duration;

pub const ALLOWED: Aaguid = Aaguid([7; 16]);
pub const FORBIDDEN: Aaguid = Aaguid([9; 16]);

pub fn person(n: usize, name: &str, upn: &str) -> Person {
    Person {
        id: PersonId(format!("person-{n}")),
        display_name: name.into(),
        upn: upn.into(),
        mail: Some(upn.into()),
        employee_id: Some(format!("{}", 104_882 + n)),
        department: Some("Field service, Uppsala".into()),
        job_title: None,
        account: AccountState::Enabled,
        kind: PersonKind::Member,
    }
}

pub fn elin() -> Person {
    person(0, "Elin Bergström", "elin.bergstrom@larkfield.example")
}

pub fn people() -> Vec<Person> {
    let mut disabled = person(3, "Elias Holm", "elias.holm@larkfield.example");
    disabled.account = AccountState::Disabled;
    let mut guest =
        person(4, "Eliza Marsh (Partner)", "eliza.marsh_partner.example#EXT#@larkfield.example");
    guest.kind = PersonKind::Guest;
    vec![
        elin(),
        person(1, "Elif Yılmaz", "elif.yilmaz@larkfield.example"),
        person(2, "山田 えり", "eri.yamada@larkfield.example"),
        disabled,
        guest,
        person(5, "نور الهدى", "nour.elhouda@larkfield.example"),
        person(6, "Елена Соколова", "elena.sokolova@larkfield.example"),
        person(7, "Séamus O'Brien", "seamus.obrien@larkfield.example"),
    ]
}

/// A name whose words stand from right to left.
pub fn nour() -> Person {
    person(0, "نور الهدى بن علي", "nour.elhouda@larkfield.example")
}

/// Longer than any place on the screen.
pub fn long_name() -> Person {
    let name = "Maximiliane Wolfgangina Freifrau von und zu Hohenschwangau-Schwanstein-Neuburg";
    let upn =
        "maximiliane.wolfgangina.hohenschwangau-schwanstein-neuburg@subsidiary.larkfield.example";
    person(0, name, upn)
}

/// Scripts and lengths that names come in.
pub fn names() -> Vec<Person> {
    let long_rtl =
        "عبد الرحمن بن محمد بن عبد العزيز آل سعود الهاشمي القرشي البغدادي الموصلي الكردي";
    vec![
        nour(),
        person(1, "נועה לוי (Noa) 2", "noa.levi@larkfield.example"),
        person(2, "می\u{200c}خواهم، رضا", "reza@larkfield.example"),
        person(3, long_rtl, "abd@larkfield.example"),
        long_name(),
        person(5, "مُحَمَّد Smith", "m.smith@larkfield.example"),
        person(6, "山田 えり", "eri.yamada@larkfield.example"),
    ]
}

pub fn privacy_idea_tenant() -> TenantSettings {
    let there = PrivacyIdeaSettings {
        server_url: "https://privacyidea.larkfield.example".into(),
        realm: "larkfield".into(),
        administrator: "keydesk".into(),
    };
    let directory = DirectorySettings::PrivacyIdea(there);
    TenantSettings::new("Larkfield Ltd", Accent::Violet, directory)
}

/// A station whose people are in privacyIDEA.
pub fn privacy_idea_station(theme: ThemeChoice, text_percent: u16) -> Vec<Event> {
    let mut settings = Settings::with_tenant(privacy_idea_tenant());
    settings.appearance.theme = theme;
    settings.appearance.text_percent = text_percent;
    vec![
        Event::Settings(Box::new(settings)),
        Event::Keyring(KeyringMode::Keyring),
        Event::Connected(Connected {
            name: "Larkfield Ltd".into(),
            detail: "larkfield".into(),
            directory: "privacyIDEA",
            accent: Accent::Violet,
            practice: false,
            operator: "Administrator keydesk".into(),
            keys_today: 3,
        }),
        Event::Policy(Ok(policy())),
    ]
}

pub fn tested() -> Event {
    let line = |name: &str, note: &str| ConnectionCheck {
        name: name.into(),
        outcome: CheckOutcome::Works(note.into()),
    };
    Event::ConnectionTested(vec![
        line("Sign in", "as keydesk"),
        line("Find people", "200 in the realm"),
    ])
}

pub fn card(person: Person) -> PersonCard {
    PersonCard {
        person,
        photo: None,
        methods: vec![
            Method::Password,
            Method::Authenticator,
            Method::Phone { masked: "+46 ••• ••• 67".into() },
        ],
        other_methods: OtherMethods::Listed,
        passkeys: Vec::new(),
        groups: Vec::new(),
    }
}

pub fn old_passkey() -> Passkey {
    Passkey {
        method_id: "old-1".into(),
        credential_ids: vec![CredentialId(vec![1, 2, 3])],
        credential_sha256: None,
        display_name: "Key 29410663 2024-03-01".into(),
        created: None,
        aaguid: Some(ALLOWED),
        model: Some("Security Key NFC".into()),
    }
}

pub fn policy() -> PasskeyPolicy {
    PasskeyPolicy {
        enabled: true,
        self_service_allowed: true,
        include: vec![PolicyTarget { group: "all_users".into(), profiles: Vec::new() }],
        exclude: Vec::new(),
        profiles: vec![PolicyProfile {
            id: "default".into(),
            name: "Default".into(),
            attestation_enforced: false,
            device_bound: true,
            restriction: KeyRestriction::Block(vec![FORBIDDEN]),
        }],
        default_profile: Some("default".into()),
        most_passkeys: Some(10),
        advice: PolicyAdvice {
            turned_off: "Passkeys are off",
            turn_on: "Turn it on",
            account_unknown: "Look by hand",
        },
    }
}

pub fn facts(id: &str, port: &str, model: &str, serial: Option<&str>) -> KeyFacts {
    KeyFacts {
        id: KeyId(id.into()),
        port: Some(port.into()),
        model: model.into(),
        aaguid: ALLOWED,
        known_model: true,
        firmware: Some("5.7.1".into()),
        serial: serial.map(str::to_owned),
        no_serial: None,
        pin: PinState::NotSet,
        min_pin_length: 4,
        always_uv: Some(false),
        free_slots: Some(100),
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

pub fn insert(facts: KeyFacts) -> Vec<Event> {
    let (id, port, product) = (facts.id.clone(), facts.port.clone(), facts.model.clone());
    vec![
        Event::Key(KeyEvent::Inserted { id, port, product }),
        Event::Key(KeyEvent::Identified(facts)),
    ]
}

/// The key the mock-up uses.
pub fn our_key() -> KeyFacts {
    facts("key-2", "2", "Security Key 5 NFC", Some("31884207"))
}

pub fn forbidden_key() -> KeyFacts {
    KeyFacts { aaguid: FORBIDDEN, ..facts("key-3", "3", "Key Bio USB-A", None) }
}

/// A key with a long name that tells no serial while another one is plugged in.
pub fn key_without_serial() -> KeyFacts {
    KeyFacts {
        no_serial: Some(NoSerial::SeveralKeys),
        ..facts("key-5", "5", "YubiKey 5 FIPS Series with NFC and Lightning (Enterprise)", None)
    }
}

pub fn used_key() -> KeyFacts {
    KeyFacts {
        pin: PinState::Set { retries_left: Some(8) },
        credentials: Some(1),
        free_slots: Some(99),
        ..facts("key-4", "4", "Security Key C NFC", Some("29410663"))
    }
}

pub fn connected(practice: bool) -> Event {
    Event::Connected(Connected {
        name: "Larkfield Ltd".into(),
        detail: "Simulated company".into(),
        directory: "Entra ID",
        accent: Accent::Teal,
        practice,
        operator: "Mira Holm".into(),
        keys_today: 14,
    })
}

pub fn bench() -> Event {
    let key =
        |slot, model: &str, serial: Option<&str>, remark: &str, inserted: Option<&str>| BenchKey {
            slot,
            model: model.into(),
            serial: serial.map(str::to_owned),
            remark: remark.into(),
            inserted: inserted.map(|id| KeyId(id.into())),
            of_box: false,
        };
    Event::Bench(vec![
        key(1, "Security Key C NFC", Some("29410663"), "new", Some("key-1")),
        key(2, "Security Key 5 NFC", Some("31884207"), "new", Some("key-2")),
        key(3, "Key Bio USB-A", None, "model not allowed", Some("key-3")),
        key(4, "Security Key NFC", Some("29410700"), "has a PIN", None),
        key(5, "Security Key 4", None, "old firmware", None),
    ])
}

/// A connected station with a policy; its keys come by themselves.
pub fn station(theme: ThemeChoice, text_percent: u16) -> Vec<Event> {
    let mut settings = Settings { practice: true, ..Settings::default() };
    settings.appearance.theme = theme;
    settings.appearance.text_percent = text_percent;
    settings.enrolment.must_change_pin = true;
    vec![
        Event::Settings(Box::new(settings)),
        Event::Keyring(KeyringMode::Keyring),
        connected(true),
        Event::Policy(Ok(policy())),
    ]
}

pub fn three_keys() -> Vec<Event> {
    let first = facts("key-1", "1", "Security Key C NFC", Some("29410663"));
    [insert(first), insert(forbidden_key()), insert(our_key()), vec![bench()]].concat_events()
}

pub trait Concat {
    fn concat_events(self) -> Vec<Event>;
}

impl<const N: usize> Concat for [Vec<Event>; N] {
    fn concat_events(self) -> Vec<Event> {
        self.into_iter().flatten().collect()
    }
}

pub fn id() -> EnrolmentId {
    EnrolmentId(uuid::Uuid::from_u128(7))
}

pub fn intent() -> Intent {
    Intent {
        tenant: "Larkfield Ltd".into(),
        person: Subject {
            id: "person-0".into(),
            display_name: "Elin Bergström".into(),
            upn: "elin.bergstrom@larkfield.example".into(),
        },
        key: KeyIdentity {
            aaguid: "07070707-0707-0707-0707-070707070707".into(),
            model: "Security Key 5 NFC".into(),
            serial: Some("31884207".into()),
            serial_from: SerialFrom::Key,
            port: Some("2".into()),
        },
        plan: Plan {
            reset: Reset::Keep,
            pin: PinPlan::SetNew,
            custody: Custody::Sealed,
            min_pin_length: None,
            always_uv: AlwaysUv::Leave,
            first_use: FirstUse::MustChangePin,
            remove_old: Vec::new(),
        },
        passkey_name: "Key 31884207 2026-11-22".into(),
        operator: "Mira Holm".into(),
        seat: None,
    }
}

pub fn steps() -> Vec<Step> {
    vec![
        Step::Preflight,
        Step::Pin,
        Step::CreationOptions,
        Step::MakeCredential,
        Step::Verify,
        Step::Register,
        Step::Confirm,
        Step::HandOver,
    ]
}

pub fn person_read() -> Event {
    read_of(elin())
}

/// The same events with another person in the intent.
pub fn for_person(mut events: Vec<Event>, person: &Person) -> Vec<Event> {
    for event in &mut events {
        if let Event::EnrolmentBegun { intent, .. } = event {
            intent.person.display_name.clone_from(&person.display_name);
            intent.person.upn.clone_from(&person.upn);
        }
    }
    events
}

pub fn read_of(person: Person) -> Event {
    Event::PersonRead(Box::new(PersonRead { person: person.id.clone(), card: Ok(card(person)) }))
}

/// The application may read passkeys only.
pub fn person_read_in_part() -> Event {
    let person = elin();
    let permission = "UserAuthenticationMethod.Read.All";
    let card = PersonCard {
        methods: Vec::new(),
        other_methods: OtherMethods::Hidden { permission },
        ..card(person.clone())
    };
    Event::PersonRead(Box::new(PersonRead { person: person.id, card: Ok(card) }))
}

pub fn challenge() -> Event {
    let expires_at = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_mins(12)).ok();
    Event::ChallengeReady { person: elin().id, expires_at, took: Duration::from_millis(400) }
}

pub fn begun() -> Event {
    Event::EnrolmentBegun {
        id: id(),
        intent: Box::new(intent()),
        key: Some(KeyId("key-2".into())),
        steps: steps(),
    }
}

pub fn done(step: Step, note: &str, ms: u64) -> Event {
    let change = StepChange::Done { note: note.into(), took: Duration::from_millis(ms) };
    Event::Step { id: id(), step, change }
}

/// Up to the touch.
pub fn to_touch(seconds: u64) -> Vec<Event> {
    vec![
        begun(),
        done(Step::Preflight, "", 1),
        done(Step::Pin, "6 digits, set on the key", 1100),
        done(Step::CreationOptions, "fetched from the simulated tenant", 400),
        Event::Step { id: id(), step: Step::MakeCredential, change: StepChange::Started },
        Event::TouchNeeded { id: id(), within: Duration::from_secs(seconds) },
    ]
}

pub fn stopped() -> Stopped {
    Stopped {
        step: Step::Register,
        problem: Problem {
            what: "The directory did not accept the key".into(),
            next: "Retry; if it fails again, take another key for this person".into(),
            details: vec![
                Detail::new("status", "400"),
                Detail::new("code", "badRequest"),
                Detail::new("request-id", "8f0c61a1-77cf-4f5e-9b5f-2f1d2a9f7f41"),
            ],
        },
        answers: vec![Answer::Retry, Answer::NewKey, Answer::ResetKey, Answer::Skip],
    }
}

pub fn to_failure() -> Vec<Event> {
    let mut events = to_touch(30);
    events.push(Event::TouchDone { id: id() });
    events.push(done(Step::MakeCredential, "", 2300));
    events.push(done(Step::Verify, "", 4));
    events.push(Event::Step { id: id(), step: Step::Register, change: StepChange::Started });
    events.push(Event::Stopped { id: id(), stopped: stopped() });
    events
}

pub fn finished(vault: VaultWord) -> Event {
    Event::Finished(Box::new(FinishedKey {
        id: id(),
        method_id: "m".into(),
        vault,
        csv: Ok("/tmp/out/registeredKeys.csv".into()),
        foreign: Vec::new(),
        took: Duration::from_millis(640),
    }))
}

pub fn to_hand_over(vault: VaultWord) -> Vec<Event> {
    let mut events = to_touch(30);
    events.push(Event::TouchDone { id: id() });
    for step in [Step::MakeCredential, Step::Verify, Step::Register, Step::Confirm] {
        events.push(done(step, "", 200));
    }
    events.push(finished(vault));
    events
}

pub fn unfinished() -> Event {
    let mut intent = intent();
    intent.person.display_name = "Karim Nasser".into();
    Event::Unfinished(vec![Unfinished {
        id: EnrolmentId(uuid::Uuid::from_u128(99)),
        intent,
        begun_at: jiff::Timestamp::now(),
        last_sure: "PIN set, no credential yet".into(),
        stopped: Stopped {
            step: Step::MakeCredential,
            problem: Problem {
                what: "The program ended before the key was made".into(),
                next: "Insert the key and resume, or roll back".into(),
                details: Vec::new(),
            },
            answers: vec![Answer::Retry, Answer::RollBack, Answer::Skip],
        },
        needs_pin: false,
        to_activate: false,
    }])
}

pub fn history(rows: usize) -> Event {
    let actions = ["Registered", "PIN set", "Handed over", "Failed", "Rolled back"];
    let rows = (0..rows)
        .map(|n| HistoryRow {
            at: jiff::Timestamp::from_second(1_795_000_000 - 37 * n as i64).unwrap(),
            operator: "Mira Holm".into(),
            action: actions[n % actions.len()].into(),
            subject: people()[n % 8].display_name.clone(),
            serial: (n % 4 != 3).then(|| (31_884_207 + n).to_string()),
            detail: "Confirmed in Entra ID, key handed over with a sealed PIN".into(),
        })
        .collect();
    Event::History { filter: String::new(), rows: Ok(rows) }
}

/// A service provider's station: its own tenant and two customers.
pub fn provider_settings() -> Settings {
    let entra = |domain: &str| EntraSettings { tenant: domain.into(), ..EntraSettings::default() };
    let own = EntraSettings {
        client_id: "6a0b1c2d-0000-4000-8000-000000000001".into(),
        sign_in: SignIn::Secret,
        ..entra("larkfield.example")
    };
    let customer = |domain: &str| EntraSettings {
        application_of: Some("Larkfield Ltd".into()),
        ..entra(domain)
    };
    let tenant = |name: &str, accent, entra| {
        TenantSettings::new(name, accent, DirectorySettings::Entra(entra))
    };
    let mut larkfield = tenant("Larkfield Ltd", Accent::Blue, own);
    let clerks = RoleSource::Group("0f5b1c2e-1111-4222-8333-944455556666".into());
    larkfield.roles = vec![
        RoleRule { name: Some("Keydesk clerks".into()), ..RoleRule::new(Role::Clerk, clerks) },
        RoleRule::new(Role::Administrator, RoleSource::AppRole("Keydesk.Administrator".into())),
    ];
    let mut settings = Settings::with_tenant(larkfield);
    settings.tenants.extend([
        tenant("Harbour Foods", Accent::Teal, customer("harbourfoods.example")),
        tenant("Pinewood Furniture", Accent::Violet, customer("pinewood.example")),
    ]);
    settings
}

/// That station with its own tenant in use.
pub fn provider_station(theme: ThemeChoice, text_percent: u16) -> Vec<Event> {
    let mut settings = provider_settings();
    settings.appearance.theme = theme;
    settings.appearance.text_percent = text_percent;
    vec![
        Event::Settings(Box::new(settings)),
        Event::Keyring(KeyringMode::Keyring),
        Event::Connected(Connected {
            name: "Larkfield Ltd".into(),
            detail: "larkfield.example".into(),
            directory: "Entra ID",
            accent: Accent::Blue,
            practice: false,
            operator: "Application 6a0b1c2d".into(),
            keys_today: 3,
        }),
        Event::Policy(Ok(policy())),
        Event::UnfinishedElsewhere(vec![WaitingElsewhere {
            tenant: "Harbour Foods".into(),
            count: 2,
        }]),
        Event::Reminder(Some(Problem {
            what: "The client secret ends in 12 days, on 2026-12-08; nobody can sign in here \
                   afterwards"
                .into(),
            next: "Ask the administrator for a new one and store it under Settings".into(),
            details: Vec::new(),
        })),
    ]
}

/// What a connection test finds where not all is well.
pub fn tested_with_faults() -> Event {
    let line = |name: &str, outcome| ConnectionCheck { name: name.into(), outcome };
    let problem = |what: &str, next: &str| Problem {
        what: what.into(),
        next: next.into(),
        details: Vec::new(),
    };
    Event::ConnectionTested(vec![
        line("Find the tenant", CheckOutcome::Works("Tenant 0f5b1c2e (EU)".into())),
        line(
            "Sign in as the application",
            CheckOutcome::Works("An access token was issued".into()),
        ),
        line(
            "Read groups",
            CheckOutcome::MissingPermission {
                permission: "GroupMember.Read.All",
                problem: problem(
                    "The application lacks the permission GroupMember.Read.All",
                    "Add it as an application permission of the app registration and grant admin consent",
                ),
            },
        ),
        line("Attestation", CheckOutcome::Works("Not enforced: any model is taken".into())),
        line(
            "Temporary Access Pass",
            CheckOutcome::Advice(problem(
                "Temporary Access Pass is switched off in this tenant: passes can't be issued",
                "If it is wanted, enable it in the Entra admin centre",
            )),
        ),
    ])
}

/// What is found for a mail domain that another company has.
pub fn found_foreign(asked: &str) -> Box<DiscoveredTenant> {
    Box::new(DiscoveredTenant {
        asked: asked.into(),
        tenant_id: "0f5b1c2e-1111-4222-8333-944455556666".into(),
        login_url: "https://login.microsoftonline.com".into(),
        graph_url: "https://graph.microsoft.com".into(),
        region: Some("EU".into()),
        organisation: Some(Organisation {
            name: "Harbour Foods".into(),
            domains: vec!["harbourfoods.example".into()],
        }),
        known_as: None,
    })
}
