//! Links from tickets.

use crate::steps::{Agent, agent};
use jiff::{SignedDuration, Timestamp};
use keydesk::engine::{
    CheckState, Command, Event, OneDeed, PhonesCommand, PhonesEvent, VerifyCommand, VerifyEvent,
};
use keydesk::phones::{NumberText, PhoneKind};
use keydesk::secrets::ServiceSecret;
use keydesk::verify::{LinkKey, Outcome, VerifyLink, Warning, key_text};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A real keyring is shared by all tests of this process, and so is the secret of its Pinewood.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

const NONCE: &str = "a1b2c3d4e5f6a7b8";

fn key() -> LinkKey {
    LinkKey::read(&key_text(&[7; 32])).unwrap()
}

fn with_key() -> Agent {
    let mut agent = agent();
    let key = keydesk::secrets::SecretText::new(key_text(&[7; 32]).as_str());
    agent.keep_secret(ServiceSecret::Link, key);
    agent.wait(|event| matches!(event, keydesk::engine::Event::Connected(_)).then_some(()));
    agent
}

fn signed(ticket: u64, nonce: &str, age: i64) -> String {
    let made = Timestamp::now() - SignedDuration::from_secs(age);
    VerifyLink::sign((Some(ticket), None, None), &key(), nonce, made)
}

impl Agent {
    fn open_link(&mut self, link: &str) -> Result<(), String> {
        self.verify(VerifyCommand::OpenLink(link.to_owned()));
        self.hear(|event| match event {
            VerifyEvent::Link(taken) => Some(taken.map_err(|problem| problem.to_string())),
            _ => None,
        })
    }
}

#[test]
fn a_signed_link_sends_at_once_and_counts_once() {
    let mut agent = with_key();
    let link = signed(2819, NONCE, 0);
    assert_eq!(agent.open_link(&link), Ok(()));
    let check = agent.check(|check| check.state == CheckState::Waiting);
    assert_eq!((check.name.as_str(), check.ticket), ("Oskar Lindqvist", Some(2819)));
    assert_eq!(agent.texts_sent(), 1);
    agent.verify(VerifyCommand::Close);
    agent.over();
    let replayed = agent.open_link(&link).unwrap_err();
    assert!(replayed.contains("used before"), "{replayed}");
    let caller = agent.caller_shown();
    assert_eq!(caller.person.display_name, "Oskar Lindqvist", "the form is filled all the same");
    assert_eq!(agent.texts_sent(), 1, "a replayed link sent a text");
}

#[test]
fn what_is_not_signed_fresh_and_ours_fills_the_form_and_waits() {
    let mut agent = with_key();
    let forged = signed(2818, "b1b2c3d4e5f6a7b8", 0).replace("2818", "2819");
    for (link, word) in [
        ("keydesk://verify?ticket=2819".to_owned(), "is not signed, so nothing was sent"),
        (signed(2819, "c1b2c3d4e5f6a7b8", 301), "older than five minutes"),
        (signed(2819, "d1b2c3d4e5f6a7b8", -200), "in the future"),
        (forged, "not signed with"),
    ] {
        let told = agent.open_link(&link).unwrap_err();
        assert!(told.contains(word), "{told}");
        assert_eq!(agent.caller_shown().person.display_name, "Oskar Lindqvist");
        agent.look_for("Oskar Lindqvist");
        assert_eq!(agent.texts_sent(), 0, "{link}");
        agent.verify(VerifyCommand::Close);
    }
    let wrong = agent.open_link("https://keydesk.example/").unwrap_err();
    assert!(wrong.contains("no link of Keydesk"), "{wrong}");
}

#[test]
fn a_warning_stands_in_the_way_of_a_signed_link() {
    let mut agent = with_key();
    assert_eq!(agent.open_link(&signed(2820, NONCE, 0)), Ok(()));
    let caller = agent.caller_shown();
    assert!(!caller.warnings.is_empty());
    let held = agent.refused();
    assert!(held.what.contains("There is a warning"), "{held}");
    assert_eq!(agent.texts_sent(), 0);
}

#[test]
fn a_signed_link_whose_ticket_cant_be_read_says_that_it_sent_nothing() {
    let mut agent = with_key();
    let user = Some("oskar.lindqvist@larkfield.example");
    let link = VerifyLink::sign((Some(99_999), user, None), &key(), NONCE, Timestamp::now());
    assert_eq!(agent.open_link(&link), Ok(()));
    let held = agent.refused();
    assert!(held.what.contains("the ticket could not be read"), "{held}");
    assert_eq!(agent.texts_sent(), 0);
}

#[test]
fn another_phone_that_was_changed_here_stands_in_the_way_of_a_signed_link() {
    let mut agent = with_key();
    let oskar = agent.look_for("Oskar Lindqvist");
    agent.say(Command::Phones(PhonesCommand::Open(Box::new(oskar.clone()))));
    agent.wait(|event| matches!(event, Event::Phones(PhonesEvent::Person(Some(_)))).then_some(()));
    agent.say(Command::Phones(PhonesCommand::SetNumber {
        person: oskar.id.clone(),
        kind: PhoneKind::Office,
        number: NumberText::new("+46 8 522 500 00"),
    }));
    agent.wait(|event| match event {
        Event::Phones(PhonesEvent::Done(OneDeed::SetNumber(_))) => Some(()),
        Event::Problem(problem) => panic!("{problem}"),
        _ => None,
    });
    assert_eq!(agent.open_link(&signed(2819, NONCE, 0)), Ok(()));
    let warnings = agent.caller_shown().warnings;
    let is_changed = |warning: &Warning| matches!(warning, Warning::MethodChanged { what, .. } if what == "Office phone changed");
    assert!(warnings.iter().any(is_changed), "{warnings:?}");
    let is_mobile = |warning: &Warning| matches!(warning, Warning::MobileChanged { .. });
    assert!(!warnings.iter().any(is_mobile), "{warnings:?}");
    assert!(agent.refused().what.contains("There is a warning"));
    assert_eq!(agent.texts_sent(), 0);
}

#[test]
fn a_link_for_another_tenant_opens_nothing_here() {
    let _turn = turn();
    let mut agent = with_key();
    agent.add_tenant("Pinewood", "pinewood.example");
    let made = Timestamp::now();
    let link = VerifyLink::sign((Some(2819), None, Some("pinewood.example")), &key(), NONCE, made);
    let told = agent.open_link(&link).unwrap_err();
    assert!(told.contains("Pinewood"), "{told}");
    let (domain, tenant) = agent.hear(|event| match event {
        VerifyEvent::OtherTenant { domain, tenant, chosen: true } => Some((domain, tenant)),
        _ => None,
    });
    assert_eq!((domain.as_str(), tenant.as_str()), ("pinewood.example", "Pinewood"));
    // A user name that is typed says it too.
    agent.verify(VerifyCommand::Find { query: "eve@pinewood.example".into() });
    let tenant = agent.hear(|event| match event {
        VerifyEvent::OtherTenant { tenant, .. } => Some(tenant),
        _ => None,
    });
    assert_eq!(tenant, "Pinewood");
    assert_eq!(agent.texts_sent(), 0);
}

#[test]
fn a_customers_caller_is_checked_with_the_providers_services() {
    let mut agent = with_key();
    let same = agent.cloud.connection().domain;
    agent.add_customer("Harbour", same);
    agent.switch_tenant("Harbour");
    let caller = agent.caller("Oskar Lindqvist");
    agent.send_code(&caller.person.id);
    let code = agent.code_of(&caller.person.upn);
    agent.try_code(&code);
    assert_eq!(agent.over(), (Outcome::Verified, None));
    let text = agent.text_of(&caller.person.upn);
    assert!(text.contains("Harbour"), "another company is named");
}

#[test]
fn a_caller_of_another_tenant_is_sought_there_once_it_is_in_use_and_no_later_one() {
    let _turn = turn();
    let mut agent = with_key();
    agent.add_tenant("Pinewood", "pinewood.example");
    agent.keep_application_secret("Pinewood");
    let typed = |agent: &mut Agent, user: &str| {
        agent.verify(VerifyCommand::Find { query: user.into() });
        agent.hear(|event| matches!(event, VerifyEvent::OtherTenant { .. }).then_some(()));
    };
    typed(&mut agent, "eve@pinewood.example");
    agent.switch_tenant("Pinewood");
    // Nobody pressed a link: nothing is said of one.
    let told = agent.hear(|event| match event {
        VerifyEvent::Link(told) => Some(told),
        _ => None,
    });
    assert_eq!(told, Ok(()));
    assert_eq!(sought(&mut agent), "eve@pinewood.example");
    assert_eq!(agent.texts_sent(), 0);

    let home = agent.first_tenant();
    agent.switch_tenant(&home);
    typed(&mut agent, "eve@pinewood.example");
    agent.verify(VerifyCommand::Close);
    agent.switch_tenant("Pinewood");
    agent.verify(VerifyCommand::Find { query: "later".into() });
    assert_eq!(sought(&mut agent), "later");
}

/// Whom the engine looked for: the practice company has nobody of another one.
fn sought(agent: &mut Agent) -> String {
    const NOBODY: &str = "Nobody in the directory has the address ";
    agent.hear(|event| match event {
        VerifyEvent::Found { query, .. } => Some(query),
        VerifyEvent::OtherTenant { .. } => panic!("taken away again"),
        VerifyEvent::Refused(problem) => problem.what.strip_prefix(NOBODY).map(str::to_owned),
        _ => None,
    })
}

/// What is said of another tenant: whether it is gone to by itself.
fn offered(agent: &mut Agent) -> bool {
    agent.hear(|event| match event {
        VerifyEvent::OtherTenant { tenant, chosen, .. } => {
            assert_eq!(tenant, "Pinewood");
            Some(chosen)
        }
        VerifyEvent::Found { .. } => panic!("sought here"),
        _ => None,
    })
}

#[test]
fn the_callers_domain_chooses_the_tenant_where_no_check_is_open_and_nothing_is_asked_here() {
    let _turn = turn();
    let mut agent = with_key();
    agent.add_tenant("Pinewood", "pinewood.example");
    agent.keep_application_secret("Pinewood");
    let eve = "eve@pinewood.example";
    let find = || VerifyCommand::Find { query: eve.into() };
    let asked = agent.calls("GET", "/users");
    agent.verify(find());
    assert!(offered(&mut agent));
    assert_eq!(agent.calls("GET", "/users"), asked, "the caller was sought in the wrong tenant");
    let caller = agent.caller("Maja");
    agent.send_code(&caller.person.id);
    agent.verify(find());
    assert!(!offered(&mut agent), "a check is open");
    agent.verify(VerifyCommand::Stay);
    agent.hear(|event| matches!(event, VerifyEvent::Found { .. }).then_some(()));
    agent.verify(VerifyCommand::Cancel);
    agent.over();
    // Once the operator stays, it is offered only.
    agent.verify(find());
    let chosen = agent.hear(|event| match event {
        VerifyEvent::OtherTenant { chosen, .. } => Some(chosen),
        _ => None,
    });
    assert!(!chosen);
}

#[test]
fn a_ticket_of_another_tenants_caller_chooses_it_and_the_way_back_finds_them_here() {
    let _turn = turn();
    let mut agent = with_key();
    agent.add_tenant("Pinewood", "pinewood.example");
    agent.keep_application_secret("Pinewood");
    let home = agent.first_tenant();
    agent.verify(VerifyCommand::OpenLink("keydesk://verify?user=eve@pinewood.example".into()));
    assert!(offered(&mut agent));
    agent.say(keydesk::engine::Command::SwitchTenant("Pinewood".into()));
    let chosen = agent.hear(|event| match event {
        VerifyEvent::ChosenTenant(Some(chosen)) => Some(chosen),
        _ => None,
    });
    assert_eq!((chosen.tenant.as_str(), &chosen.from), ("Pinewood", &home));
    assert_eq!(sought(&mut agent), "eve@pinewood.example");
    agent.say(keydesk::engine::Command::StayInTenant);
    assert_eq!(sought(&mut agent), "eve@pinewood.example");
    assert_eq!(agent.texts_sent(), 0);
}

/// Why the tenant in use is.
fn chosen(agent: &mut Agent) -> Option<String> {
    agent.hear(|event| match event {
        VerifyEvent::ChosenTenant(chosen) => Some(chosen.map(|chosen| chosen.tenant)),
        _ => None,
    })
}

#[test]
fn a_tenant_is_chosen_for_one_caller_and_not_for_the_next_one() {
    let _turn = turn();
    let others = [
        VerifyCommand::Find { query: "Maja".into() },
        VerifyCommand::OpenLink("keydesk://verify?user=maja@elsewhere.example".into()),
    ];
    for other in others {
        let mut agent = with_key();
        agent.add_tenant("Pinewood", "pinewood.example");
        agent.keep_application_secret("Pinewood");
        let find = || VerifyCommand::Find { query: "eve@pinewood.example".into() };
        agent.verify(find());
        assert!(offered(&mut agent));
        agent.say(keydesk::engine::Command::SwitchTenant("Pinewood".into()));
        assert_eq!(chosen(&mut agent).as_deref(), Some("Pinewood"));
        sought(&mut agent);
        agent.verify(other);
        assert_eq!(chosen(&mut agent), None);
    }
}

#[test]
fn back_where_they_were_a_caller_is_not_taken_away_by_another_domain_of_the_tenant() {
    for user in ["eve@pine.example", "eve@office.pine.example"] {
        let mut agent = with_key();
        agent.add_tenant_of("Pinewood", &["pinewood.example", "pine.example"]);
        agent.keep_application_secret("Pinewood");
        let link = format!("keydesk://verify?ticket=2819&user={user}&tenant=pinewood.example");
        agent.verify(VerifyCommand::OpenLink(link));
        assert!(offered(&mut agent));
        agent.say(keydesk::engine::Command::SwitchTenant("Pinewood".into()));
        assert_eq!(chosen(&mut agent).as_deref(), Some("Pinewood"));
        agent.say(keydesk::engine::Command::StayInTenant);
        assert_eq!(chosen(&mut agent), None);
        assert_eq!(sought(&mut agent), user);
    }
}

#[test]
fn the_way_back_has_the_ticket_whether_the_tenant_was_gone_to_or_not() {
    let _turn = turn();
    let eve = "eve@pinewood.example";
    let signed_ticket = VerifyLink::sign(
        (Some(2819), None, Some("pinewood.example")),
        &key(),
        NONCE,
        Timestamp::now(),
    );
    // Both tenants have the same ticket system.
    for link in [format!("keydesk://verify?ticket=2819&user={eve}"), signed_ticket] {
        for goes in [true, false] {
            let mut agent = with_key();
            agent.add_tenant("Pinewood", "pinewood.example");
            agent.keep_application_secret("Pinewood");
            agent.verify(VerifyCommand::OpenLink(link.clone()));
            assert!(offered(&mut agent));
            if goes {
                agent.say(keydesk::engine::Command::SwitchTenant("Pinewood".into()));
                assert_eq!(chosen(&mut agent).as_deref(), Some("Pinewood"));
                agent.say(keydesk::engine::Command::StayInTenant);
                assert_eq!(chosen(&mut agent), None);
            } else {
                agent.verify(VerifyCommand::Stay);
            }
            let reads = agent.hear(|event| match event {
                VerifyEvent::Ticket(Some(shown)) => match *shown {
                    keydesk::engine::TicketShown::Reading(number) => Some(number),
                    _ => None,
                },
                VerifyEvent::OtherTenant { .. } => panic!("taken away again"),
                _ => None,
            });
            assert_eq!(reads, 2819);
            assert_eq!(agent.texts_sent(), 0);
        }
    }
}

#[test]
fn a_check_that_began_meanwhile_is_not_left_and_neither_is_an_open_caller_by_a_link() {
    let _turn = turn();
    let mut agent = with_key();
    agent.add_tenant("Pinewood", "pinewood.example");
    agent.keep_application_secret("Pinewood");
    let link = || VerifyCommand::OpenLink("keydesk://verify?user=eve@pinewood.example".into());
    let caller = agent.caller("Maja");
    agent.verify(link());
    assert!(!offered(&mut agent), "a caller is open");
    agent.verify(VerifyCommand::Close);
    agent.verify(link());
    assert!(offered(&mut agent));
    agent.verify(VerifyCommand::Choose(Box::new(caller.person.clone())));
    agent.caller_shown();
    agent.send_code(&caller.person.id);
    agent.say(keydesk::engine::Command::SwitchForCaller("Pinewood".into()));
    let chosen = agent.hear(|event| match event {
        VerifyEvent::OtherTenant { chosen, .. } => Some(chosen),
        VerifyEvent::ChosenTenant(Some(_)) => panic!("a check was left"),
        _ => None,
    });
    assert!(!chosen);
    agent.verify(VerifyCommand::Cancel);
    agent.over();
    agent.say(keydesk::engine::Command::SwitchForCaller("Pinewood".into()));
    assert_eq!(self::chosen(&mut agent).as_deref(), Some("Pinewood"));
}
