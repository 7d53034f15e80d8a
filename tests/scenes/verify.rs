//! The Verify page for the window's tests and the gallery: Daniel Krantz calls about his key.

use super::phones::helpdesk;
use super::*;
use jiff::{SignedDuration, Timestamp};
use keydesk::access::Act;
use keydesk::phones::PhoneKind;
use keydesk::secrets::SecretText;
use keydesk::services::tickets::Ticket;
use keydesk::verify::{Channel, Delivery, NotDelivered, Outcome, PushKind, Warning};
use uuid::Uuid;

pub const TICKET: u64 = 48213;
pub const MASKED: &str = "+46 ••• ••• 67";
/// What the practice phone shows; it must be on the screen only.
pub const CODE: &str = "407192";

pub fn verify(event: VerifyEvent) -> Event {
    Event::Verify(event)
}

/// A helpdesk's station that can send texts and ask by push.
pub fn station(theme: ThemeChoice, text_percent: u16) -> Vec<Event> {
    let mut events = helpdesk(theme, text_percent);
    events.push(offered(offer()));
    events
}

pub fn offer() -> VerifyOffer {
    VerifyOffer {
        sms: Some(Channel::VerifySms),
        push: Some(PushKind::Duo),
        can_register_push: false,
        tickets: Some("HaloPSA"),
        log: Some("PostgreSQL"),
        shared: Some("PostgreSQL"),
        required_for: vec![Act::IssuePass, Act::ChangePhone, Act::ResetUsedKey],
        minutes: 10,
        problems: Vec::new(),
    }
}

pub fn offered(offer: VerifyOffer) -> Event {
    verify(VerifyEvent::Offered(offer))
}

pub fn daniel() -> Person {
    Person {
        employee_id: Some("220417".into()),
        department: Some("Grid operations, Luleå".into()),
        ..person(7, "Daniel Krantz", "daniel.krantz@nordvik.example")
    }
}

pub fn found(query: &str) -> Event {
    let people = vec![daniel(), person(8, "Dana Lind", "dana.lind@nordvik.example")];
    verify(VerifyEvent::Found { query: query.into(), people: Ok(people), ticket: None })
}

/// As a ticket's number usually does: it is nobody's employee id.
pub fn found_ticket(query: &str) -> Event {
    let (people, ticket) = (Ok(Vec::new()), Some(Box::new(Ok(ticket()))));
    verify(VerifyEvent::Found { query: query.into(), people, ticket })
}

/// The number is somebody's employee id too.
pub fn found_ticket_and_person(query: &str) -> Event {
    let (people, ticket) = (Ok(vec![daniel()]), Some(Box::new(Ok(ticket()))));
    verify(VerifyEvent::Found { query: query.into(), people, ticket })
}

pub fn nobody_with_the_address() -> Event {
    verify(VerifyEvent::Refused(Problem {
        what: "Nobody in the directory has the address dk@private.example".into(),
        next: "Search for the caller by name".into(),
        details: Vec::new(),
    }))
}

pub fn problem(what: &str, next: &str) -> Problem {
    Problem { what: what.into(), next: next.into(), details: vec![Detail::new("status", "503")] }
}

pub fn ticket() -> Ticket {
    Ticket {
        number: TICKET,
        summary: "Lost security key, cannot sign in".into(),
        details: "Left the key on a train, needs a new one.".into(),
        company: "Nordvik Energi".into(),
        requester_name: "Daniel Krantz".into(),
        requester_mail: Some("daniel.krantz@nordvik.example".into()),
        status: "In progress".into(),
        is_closed: false,
        opened: Some(Timestamp::now() - SignedDuration::from_mins(14)),
        assigned_to: Some("Mira Holm".into()),
    }
}

pub fn ticket_read(same_company: Option<bool>) -> Event {
    let shown = TicketShown::Read { ticket: ticket(), same_company };
    verify(VerifyEvent::Ticket(Some(Box::new(shown))))
}

pub fn ticket_not_read() -> Event {
    let problem =
        problem("HaloPSA can't be reached: timed out", "Check the network, then try again");
    let shown = TicketShown::NotRead { number: TICKET, problem };
    verify(VerifyEvent::Ticket(Some(Box::new(shown))))
}

/// Days of the calendar, as they are said: some hours more would be another day just after midnight.
fn days_ago(days: i64) -> Timestamp {
    (jiff::Zoned::now() - jiff::Span::new().days(days)).timestamp()
}

pub fn changed_lately() -> Warning {
    Warning::MobileChanged {
        at: days_ago(3),
        by: Some("by the person’s own security info page".into()),
    }
}

pub fn caller_with(warnings: Vec<Warning>) -> CallerShown {
    CallerShown {
        person: daniel(),
        phones: vec![PhoneShown { kind: PhoneKind::Mobile, masked: MASKED.into() }],
        keys: Some(1),
        warnings,
        no_sms: None,
        no_push: None,
        unseen: None,
        read_at: Timestamp::now(),
        text: Some(TextShown::Service {
            service: "Twilio Verify",
            name: Some("Nordvik Energi".into()),
        }),
    }
}

/// A text of this station's own.
pub fn our_text() -> TextShown {
    TextShown::Ours {
        text: "Nordvik Energi: your code is {code}. Read it to Mira Holm (48213).".into(),
        messages: 1,
    }
}

pub fn caller(shown: CallerShown) -> Event {
    verify(VerifyEvent::Caller(Some(Box::new(shown))))
}

/// Nobody can be sent anything.
pub fn without_mobile() -> CallerShown {
    CallerShown {
        phones: Vec::new(),
        no_sms: Some(problem(
            "No mobile is registered",
            "Use push approval, or see the person on a video call",
        )),
        no_push: Some(problem("Duo does not know this person", "Enrol them with Duo first")),
        text: None,
        ..caller_with(vec![Warning::NoMobile])
    }
}

pub fn locked() -> Warning {
    Warning::Locked { until: Timestamp::now() + SignedDuration::from_mins(28) }
}

pub fn check_id() -> Uuid {
    Uuid::from_u128(4)
}

pub fn check_of(steps: &[Sent], state: CheckState) -> CheckShown {
    let begun = Timestamp::now() - SignedDuration::from_secs(78);
    let step = |(n, what): (usize, &Sent)| DeliveryStep {
        what: *what,
        at: begun + SignedDuration::from_secs(2 * n as i64),
    };
    let outcome = match &state {
        CheckState::Over { outcome, .. } => outcome.words(),
        _ => "Waiting for digits",
    };
    let note = [
        ("Person", "Daniel Krantz"),
        ("Method", "Code by text message"),
        ("Sent to", MASKED),
        ("Delivered", "10:31:06"),
        ("Warning", "Mobile changed 19 Nov"),
        ("Agent", "Mira Holm"),
        ("Outcome", outcome),
    ];
    CheckShown {
        id: check_id(),
        person: daniel().id,
        name: "Daniel Krantz".into(),
        channel: Channel::VerifySms,
        masked: Some(MASKED.into()),
        word: None,
        begun_at: begun,
        ends_at: begun + SignedDuration::from_mins(5),
        steps: steps.iter().enumerate().map(step).collect(),
        state,
        wrong: 0,
        tries: 3,
        again_from: Some(Timestamp::now() + SignedDuration::from_secs(18)),
        remark: None,
        ticket: Some(TICKET),
        note: note.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        note_state: NoteState::Later,
    }
}

pub fn check(shown: CheckShown) -> Event {
    verify(VerifyEvent::Check(Some(Box::new(shown))))
}

pub const QUEUED: &[Sent] = &[Sent::Text(Delivery::Queued)];
pub const DELIVERED: &[Sent] =
    &[Sent::Text(Delivery::Queued), Sent::Text(Delivery::Sent), Sent::Text(Delivery::Delivered)];

pub fn waiting() -> CheckShown {
    check_of(DELIVERED, CheckState::Waiting)
}

pub fn wrong(times: u32) -> CheckShown {
    CheckShown { wrong: times, ..waiting() }
}

pub fn undelivered() -> CheckShown {
    let failed = Sent::Text(Delivery::Failed(NotDelivered::OptedOut));
    check_of(&[Sent::Text(Delivery::Queued), failed], CheckState::Waiting)
}

pub fn over(outcome: Outcome) -> CheckShown {
    let state = CheckState::Over { outcome, at: Timestamp::now(), problem: None };
    let steps = if outcome == Outcome::Failed { QUEUED } else { DELIVERED };
    CheckShown {
        note_state: NoteState::Written { at: Timestamp::now() },
        again_from: None,
        ..check_of(steps, state)
    }
}

pub fn push_waiting() -> CheckShown {
    let now = Timestamp::now();
    CheckShown {
        channel: Channel::Push(PushKind::Duo),
        masked: None,
        word: Some("47".into()),
        begun_at: now - SignedDuration::from_secs(20),
        ends_at: now + SignedDuration::from_secs(100),
        again_from: None,
        ..check_of(&[Sent::Asked], CheckState::Waiting)
    }
}

pub fn push_over(outcome: Outcome) -> CheckShown {
    let state = CheckState::Over { outcome, at: Timestamp::now(), problem: None };
    CheckShown { note_state: NoteState::Written { at: Timestamp::now() }, state, ..push_waiting() }
}

pub fn verified_shown(person: &Person, minutes: i64, n: u128) -> VerifiedShown {
    VerifiedShown {
        check: Uuid::from_u128(n),
        person: person.id.clone(),
        name: person.display_name.clone(),
        upn: person.upn.clone(),
        channel: Channel::VerifySms,
        ticket: Some(TICKET),
        not_for: None,
        until: Timestamp::now() + SignedDuration::from_secs(60 * minutes - 2),
    }
}

pub fn verified(list: Vec<VerifiedShown>) -> Event {
    verify(VerifyEvent::Verified(list))
}

/// Daniel, and somebody before him.
pub fn verified_daniel() -> Event {
    let earlier = person(8, "Dana Lind", "dana.lind@nordvik.example");
    verified(vec![verified_shown(&daniel(), 10, 4), verified_shown(&earlier, 3, 5)])
}

pub fn pending() -> Event {
    verify(VerifyEvent::Pending(PendingShown {
        notes: 2,
        rows: 1,
        locks: 1,
        alarms: Vec::new(),
        problem: Some(problem("HaloPSA can't be reached: timed out", "Check the network")),
        elsewhere: vec![waits_elsewhere(1, 0)],
    }))
}

/// Other stations can't be seen: beside a check, and before one.
pub fn folder_is_gone() -> (Problem, CallerShown) {
    let gone = "is not there (/srv/keydesk)";
    let cure = "connect the share on this computer, or correct the folder under Settings, Verify";
    let said = |what: String, next: String| Problem { what, next, details: Vec::new() };
    let remark = said(
        format!("Other stations can't be seen: the shared folder {gone}"),
        format!("Let nobody else check them; {cure}"),
    );
    let why = said(format!("The shared folder {gone}"), cure.replacen('c', "C", 1));
    let shown = caller_with(vec![Warning::StationsUnseen]);
    (remark, CallerShown { unseen: Some(why), ..shown })
}

pub fn waits_elsewhere(notes: usize, alarms: usize) -> WaitsElsewhere {
    WaitsElsewhere { tenant: "Larkfield Ltd".into(), notes, rows: 0, alarms }
}

pub fn alarm() -> Event {
    let alarm = problem(
        "The note in ticket 48213 is not private and could not be deleted",
        "Delete it in HaloPSA now",
    );
    verify(VerifyEvent::Pending(PendingShown { alarms: vec![alarm], ..PendingShown::default() }))
}

pub fn unsigned_link() -> Event {
    verify(VerifyEvent::Link(Err(Problem {
        what: "This link is not signed, so nothing was sent".into(),
        next: "Check person and ticket, then press Send code".into(),
        details: Vec::new(),
    })))
}

pub fn other_tenant() -> Event {
    verify(VerifyEvent::OtherTenant {
        domain: "larkfield.example".into(),
        tenant: "Larkfield Ltd".into(),
        chosen: false,
    })
}

/// The same where nothing would be lost by going there.
pub fn other_tenant_chosen() -> Event {
    verify(VerifyEvent::OtherTenant {
        domain: "larkfield.example".into(),
        tenant: "Larkfield Ltd".into(),
        chosen: true,
    })
}

/// This tenant is in use for the caller's domain.
pub fn chosen_tenant() -> Event {
    verify(VerifyEvent::ChosenTenant(Some(ChosenTenant {
        tenant: "Nordvik Energi".into(),
        domain: "nordvik.example".into(),
        from: "Larkfield Ltd".into(),
    })))
}

/// Daniel was verified for an earlier ticket.
pub fn verified_otherwise() -> Event {
    let shown = verified_shown(&daniel(), 7, 4);
    verified(vec![VerifiedShown { ticket: Some(48_190), not_for: Some(TICKET), ..shown }])
}

/// Daniel's practice phone, with a text and a question on it.
pub fn practice_phones() -> Event {
    let now = Timestamp::now();
    let phone = PracticePhone {
        person: daniel().id,
        name: "Daniel Krantz".into(),
        texts: vec![PracticeText {
            at: now,
            text: SecretText::new(format!("Nordvik Energi: your code is {CODE}.")),
        }],
        pushes: vec![PracticePush {
            id: "push-1".into(),
            at: now,
            lines: vec![
                "Is this you?".into(),
                "Mira Holm, ticket 48213".into(),
                "Number 47".into(),
            ],
        }],
    };
    verify(VerifyEvent::PracticePhones(vec![phone]))
}

/// The practice company's helpdesk, with notes in a ticket.
pub fn practice_desk() -> Event {
    let ticket = |number, summary: &str, requester: &str| PracticeTicket {
        number,
        summary: summary.into(),
        requester: requester.into(),
        notes: Vec::new(),
    };
    let note = |text: &str, private| PracticeNote { text: text.into(), private };
    let noted = PracticeTicket {
        notes: vec![
            note("Caller check KD-00000004\nPerson: Elin Bergström\nOutcome: Verified", true),
            note("Caller check KD-00000005\nOutcome: Expired", false),
        ],
        ..ticket(2818, "Lost security key, cannot sign in", "Elin Bergström")
    };
    let others = [
        ticket(2819, "New phone", "Oskar Lindqvist"),
        ticket(2821, "Please use my private address", "Seán O'Brien"),
    ];
    verify(VerifyEvent::PracticeDesk(Box::new(PracticeDesk {
        ways: PracticeWays::default(),
        tickets: [noted].into_iter().chain(others).collect(),
    })))
}

/// As in the picture: found, sent, delivered.
pub fn pictured() -> Vec<Event> {
    vec![caller(caller_with(vec![changed_lately()])), ticket_read(Some(true)), check(waiting())]
}

pub fn tested(tenant: &str, service: ServiceKind) -> Event {
    let works = |name: &str, note: &str| ConnectionCheck {
        name: name.into(),
        outcome: CheckOutcome::Works(note.into()),
    };
    let checks = vec![
        works("Sign in", "as the account"),
        ConnectionCheck {
            name: "Verify service".into(),
            outcome: CheckOutcome::Failed(problem(
                "Twilio has no such thing",
                "Check the number or id, then try again",
            )),
        },
    ];
    verify(VerifyEvent::Tested(ServiceTest { tenant: tenant.into(), service, checks }))
}

/// The shared folder of a tenant, read-only.
pub fn folder_tested(tenant: &str) -> Event {
    let found = CheckOutcome::Works("/srv/keydesk was found".into());
    let read_only = CheckOutcome::Failed(Problem {
        what: "The shared folder is read-only".into(),
        next: "Have it made writable for this user".into(),
        details: Vec::new(),
    });
    let checks = [("Folder", found), ("Write", read_only)];
    let checks = checks.map(|(name, outcome)| ConnectionCheck { name: name.into(), outcome });
    let (tenant, service) = (tenant.into(), ServiceKind::Stations);
    verify(VerifyEvent::Tested(ServiceTest { tenant, service, checks: checks.into() }))
}

/// A tenant with every service.
pub fn all_services() -> Event {
    use keydesk::settings::{
        HaloSettings, LogServer, LogSettings, SmsWay, StationsShare, VerifySettings,
    };
    let entra = EntraSettings {
        tenant: "nordvik.example".into(),
        client_id: "00000000-0000-0000-0000-000000000001".into(),
        ..EntraSettings::default()
    };
    let directory = DirectorySettings::Entra(entra);
    let mut tenant = TenantSettings::new("Nordvik Energi", Accent::Blue, directory);
    tenant.verify = VerifySettings {
        sms: Some(SmsWay::Messages),
        push: Some(PushKind::Duo),
        push_attribute: Some(7),
        required_for: vec![Act::IssuePass, Act::ChangePhone],
        halo: Some(HaloSettings {
            url: "https://nordvik.halopsa.com".into(),
            tenant: None,
            client_id: "c-1".into(),
            outcome_id: None,
            agent_id: None,
        }),
        log: Some(LogSettings {
            server: LogServer::Postgresql,
            host: "sql.nordvik.example".into(),
            port: None,
            database: "audit".into(),
            user: "keydesk".into(),
            table: "keydesk_checks".into(),
            authority: None,
        }),
        stations: StationsShare::Folder,
        stations_folder: Some("/srv/keydesk".into()),
        ..VerifySettings::default()
    };
    Event::Settings(Box::new(Settings::with_tenant(tenant)))
}
