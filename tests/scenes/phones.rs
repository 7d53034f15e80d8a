//! The Phones page for the window's tests and the gallery: Nordvik Energi, at 10:12.

use super::*;
use keydesk::access::Act;
use keydesk::journal::PhoneJobId;
use keydesk::phones::*;
use keydesk::secrets::SecretText;
use std::sync::Arc;

/// A helpdesk's station, signed in; the directory keeps phones.
pub fn helpdesk(theme: ThemeChoice, text_percent: u16) -> Vec<Event> {
    let entra = EntraSettings { tenant: "nordvik.example".into(), ..EntraSettings::default() };
    let directory = DirectorySettings::Entra(entra);
    let mut settings =
        Settings::with_tenant(TenantSettings::new("Nordvik Energi", Accent::Blue, directory));
    settings.appearance.theme = theme;
    settings.appearance.text_percent = text_percent;
    let mut events = vec![
        Event::Settings(Box::new(settings)),
        Event::Keyring(KeyringMode::Keyring),
        Event::Connected(Connected {
            name: "Nordvik Energi".into(),
            detail: "nordvik.example".into(),
            directory: "Entra ID",
            accent: Accent::Blue,
            practice: false,
            operator: "Mira Holm".into(),
            keys_today: 0,
        }),
        Event::Policy(Ok(policy())),
        operator(None),
        offered(true),
    ];
    events.extend(insert(facts("key-1", "1", "Security Key 5 NFC", Some("31884240"))));
    events
}

/// The helpdesk agent, and what they confirmed last.
pub fn operator(confirmed: Option<Act>) -> Event {
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(8);
    Event::Who(WhoEvent::Operator(OperatorShown::Person(PersonShown {
        name: "Mira Holm".into(),
        upn: "mira.holm@nordvik.example".into(),
        roles: vec![Role::Helpdesk],
        signed_in_at: jiff::Timestamp::now(),
        stepped_up: confirmed.map(|act| (act, until)),
    })))
}

pub fn phones(event: PhonesEvent) -> Event {
    Event::Phones(event)
}

pub fn offered(offered: bool) -> Event {
    phones(PhonesEvent::Offered { offered, default_country: "SE".into() })
}

pub fn anna() -> Person {
    let upn = "anna.sjoberg@nordvik.example";
    Person { department: Some("Field service".into()), ..person(0, "Anna Sjöberg", upn) }
}

pub fn found(query: &str) -> Event {
    let bilal = person(1, "Annika Dahl", "annika.dahl@nordvik.example");
    phones(PhonesEvent::Found { query: query.into(), people: Ok(vec![anna(), bilal]) })
}

/// `06 12` and so on, in the range that Sweden keeps for films.
pub fn number(last: u32) -> PhoneNumber {
    PhoneNumber::from_international(&NumberText::new(format!("+46 70174{last:04}"))).unwrap()
}

fn text(number: &PhoneNumber) -> NumberText {
    NumberText::new(number.entra())
}

pub fn phone(kind: PhoneKind, last: u32, sms: SmsSignIn) -> PhoneMethod {
    PhoneMethod { kind, number: text(&number(last)), sms }
}

pub fn both_mobiles() -> Vec<PhoneMethod> {
    vec![
        phone(PhoneKind::Mobile, 612, SmsSignIn::Ready),
        phone(PhoneKind::AlternateMobile, 619, SmsSignIn::NotSupported),
    ]
}

pub fn mobile_only() -> Vec<PhoneMethod> {
    vec![phone(PhoneKind::Mobile, 612, SmsSignIn::NotEnabled)]
}

pub fn pass_policy() -> PassPolicy {
    PassPolicy {
        enabled: true,
        default_minutes: 60,
        least_minutes: 30,
        most_minutes: 480,
        once_only: false,
    }
}

fn method(kind: MethodKind, name: Option<&str>) -> RegisteredMethod {
    RegisteredMethod {
        id: format!("{kind:?}"),
        kind,
        name: name.map(str::to_owned),
        created: jiff::Timestamp::from_second(1_779_000_000).ok(),
    }
}

pub fn opened(phones_of: Vec<PhoneMethod>, pass: Result<PassPolicy, Problem>) -> Event {
    let mut methods = vec![
        method(MethodKind::Password, None),
        method(MethodKind::Passkey, Some("Key 31884207 2026-05-17")),
        method(MethodKind::Authenticator, Some("Pixel 9")),
        method(MethodKind::SoftwareOath, None),
        method(MethodKind::Email, None),
        method(MethodKind::WindowsHello, Some("NV-L-2207")),
        method(MethodKind::Other("qrCodePinAuthenticationMethod".into()), None),
    ];
    methods.extend(phones_of.iter().map(|phone| method(MethodKind::Phone(phone.kind), None)));
    phones(PhonesEvent::Person(Some(Box::new(MethodsShown {
        person: anna(),
        phones: phones_of,
        methods,
        pass,
        read_at: jiff::Timestamp::now(),
    }))))
}

pub const PASS: &str = "+drkzqAD";

pub fn issued() -> Event {
    let now = jiff::Timestamp::now();
    phones(PhonesEvent::Pass(Some(Box::new(PassShown {
        name: anna().display_name,
        upn: anna().upn,
        pass: SecretText::new(PASS),
        starts: now,
        ends: now + jiff::SignedDuration::from_mins(60),
        once: true,
    }))))
}

pub fn list(columns: &[&str]) -> Event {
    phones(PhonesEvent::People(Some(Arc::new(ListShown {
        source: "Field technicians".into(),
        facts: "With the people of groups in it".into(),
        remarks: Vec::new(),
        people: 1248,
        wrong: 2,
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
    }))))
}

pub fn groups() -> Event {
    let group = |id: &str, name: &str, description: &str| Group {
        id: id.into(),
        name: name.into(),
        description: Some(description.into()),
        mail: None,
        kind: GroupKind::Security,
        synced: true,
    };
    phones(PhonesEvent::Groups {
        query: "field".into(),
        groups: Ok(vec![
            group("g-1", "Field technicians", "Everybody on the road"),
            group("g-2", "Field technicians, on call", "This week's"),
        ]),
    })
}

pub fn options() -> PlanOptions {
    PlanOptions {
        kind: PhoneKind::Mobile,
        source: NumberSource::Attribute(Attribute::Extension(7)),
        others: Others::Change,
        blank: Blank::LeaveAlone,
        default_country: "SE".into(),
        only_countries: Vec::new(),
        unassigned_too: false,
        disabled_too: false,
        guests_too: false,
    }
}

pub fn plan_row(name: &str, decision: Result<Change, LeftOut>) -> PlanRow {
    let now = match &decision {
        Ok(change) => change.before().map(text),
        Err(_) => None,
    };
    PlanRow {
        name: name.into(),
        upn: upn(name).into(),
        planned: Planned { decision, now, remark: None },
        given: NumberText::default(),
    }
}

fn upn(name: &str) -> String {
    let plain = name
        .to_lowercase()
        .replace(". ", " ")
        .replace(' ', ".")
        .replace(['å', 'ä'], "a")
        .replace(['ö', 'ø'], "o");
    format!("{plain}@nordvik.example")
}

fn change(name: &str, old: u32, new: u32) -> PlanRow {
    plan_row(name, Ok(Change::Change { old: number(old), new: number(new) }))
}

fn add(name: &str, new: u32) -> PlanRow {
    plan_row(name, Ok(Change::Add { new: number(new) }))
}

fn invalid(name: &str, given: &str, fault: NumberFault, now: Option<u32>) -> PlanRow {
    let mut row = plan_row(name, Err(LeftOut::Invalid(fault)));
    row.given = NumberText::new(given);
    row.planned.now = now.map(|last| text(&number(last)));
    row
}

/// The twelve rows of the mock-up.
pub fn pictured() -> Vec<PlanRow> {
    let mut clara = change("Clara Nyström", 644, 671);
    clara.planned.remark = Some("SMS sign-in on: stays on".into());
    let mut farid = add("Farid Rahimi", 627);
    farid.planned.remark = Some("Read as +46 (SE)".into());
    let short = NumberFault::TooShort { found: 8, wanted: 10 };
    vec![
        change("Anna Sjöberg", 612, 658),
        add("Bilal Aziz", 631),
        clara,
        invalid("David Hult", "0701-74 06", short, Some(619)),
        add("Elsa Vinter", 683),
        farid,
        change("Greta Falk", 665, 690),
        plan_row("H. Lund", Err(LeftOut::NotFound)),
        change("Ivar Stenmark", 653, 636),
        invalid("Jana Novak", "+46 70 174 06 x8", NumberFault::Letter, None),
        add("Kalle Öberg", 647),
        change("Lisa Tran", 622, 669),
    ]
}

type RowOf = fn(&str) -> PlanRow;

/// 1,248 people as counted in the mock-up: the twelve first, then the others.
pub fn plan_of_picture() -> PlanShown {
    let mut rows = pictured();
    let name = |n: usize| super::bulk::name_of(n);
    let many: [(usize, RowOf); 6] = [
        (208, |name| add(name, 684)),
        (82, |name| change(name, 605, 699)),
        (903, |name| {
            let mut row = plan_row(name, Err(LeftOut::Same));
            row.planned.now = Some(text(&number(640)));
            row
        }),
        (12, |name| invalid(name, "0701", NumberFault::TooShort { found: 4, wanted: 10 }, None)),
        (26, |name| plan_row(name, Err(LeftOut::Blank))),
        (5, |name| plan_row(name, Err(LeftOut::NotFound))),
    ];
    for (count, make) in many {
        for _ in 0..count {
            rows.push(make(&name(rows.len())));
        }
    }
    plan_with(rows)
}

/// The number of every plan here.
pub const EDITION: u64 = 7;

pub fn plan_with(rows: Vec<PlanRow>) -> PlanShown {
    let counts = Counts::of(rows.iter().map(|row| &row.planned));
    PlanShown {
        edition: EDITION,
        source: "Field technicians".into(),
        options: options(),
        undo_of: None,
        read_at: jiff::Timestamp::now(),
        rows,
        counts,
    }
}

pub fn planned(plan: PlanShown) -> Event {
    phones(PhonesEvent::Plan(Some(Arc::new(plan))))
}

/// Rows of every kind that is left out, and a removal.
pub fn plan_of_everything() -> PlanShown {
    let mut rows = pictured();
    let others = [
        LeftOut::Disabled,
        LeftOut::Guest,
        LeftOut::NotAllowed,
        LeftOut::HasOther,
        LeftOut::HiddenNow,
        LeftOut::Rule(RuleBroken::AlternateNeedsMobile),
        LeftOut::Twice,
        LeftOut::Ambiguous,
        LeftOut::Same,
        LeftOut::Blank,
    ];
    for (n, why) in others.into_iter().enumerate() {
        rows.push(plan_row(&super::bulk::name_of(n), Err(why)));
    }
    rows.push(plan_row("Maria Ekholm", Ok(Change::Remove { old: number(688) })));
    plan_with(rows)
}

pub fn crowd(count: usize) -> PlanShown {
    let row = |n: usize| {
        let mut row = add("Somebody", 600 + (n % 99) as u32);
        row.upn = format!("person{n}@nordvik.example").into();
        row.name = format!("Person {n}").into();
        row
    };
    plan_with((0..count).map(row).collect())
}

pub fn job_id() -> PhoneJobId {
    PhoneJobId(uuid::Uuid::from_u128(66))
}

pub fn failed() -> RowState {
    RowState::Failed(Problem {
        what: "You may not change this person's methods".into(),
        next: "A Privileged Authentication Administrator can".into(),
        details: vec![Detail::new("status", "403")],
    })
}

fn job_rows(done: usize) -> Vec<JobRow> {
    let plan = plan_of_picture();
    let changes = plan.rows.into_iter().filter_map(|row| {
        let change = row.planned.decision.ok()?;
        Some(JobRow { name: row.name, upn: row.upn, change, state: RowState::Waiting })
    });
    let mut rows: Vec<JobRow> = changes.collect();
    for (n, row) in rows.iter_mut().enumerate() {
        row.state = match n {
            4 if n < done => failed(),
            6 if n < done => RowState::ChangedMeanwhile,
            7 if n < done => RowState::AlreadySo,
            n if n < done => RowState::Done,
            n if n < done + 8 && done < 299 => RowState::Begun,
            _ => RowState::Waiting,
        };
    }
    rows
}

/// The 299 changes of the picture, so many of them done.
pub fn job(state: JobState, done: usize) -> Event {
    let mut rows = job_rows(done);
    if state == JobState::Cancelled {
        let open = |row: &&mut JobRow| matches!(row.state, RowState::Waiting | RowState::Begun);
        rows.iter_mut().filter(open).for_each(|row| row.state = RowState::Cancelled);
    }
    let count = |wanted: fn(&RowState) -> bool| rows.iter().filter(|r| wanted(&r.state)).count();
    let figures = JobFigures {
        all: rows.len(),
        waiting: count(|state| matches!(state, RowState::Waiting | RowState::Begun)),
        done: count(|state| *state == RowState::Done),
        already_so: count(|state| *state == RowState::AlreadySo),
        changed_meanwhile: count(|state| *state == RowState::ChangedMeanwhile),
        failed: count(|state| matches!(state, RowState::Failed(_))),
        cancelled: count(|state| *state == RowState::Cancelled),
        rows_per_second: Some(18.4),
        seconds_left: Some(10),
    };
    let over = matches!(state, JobState::Ended | JobState::Cancelled);
    phones(PhonesEvent::Job(Some(Box::new(JobShown {
        id: job_id(),
        source: "Field technicians".into(),
        kind: PhoneKind::Mobile,
        undo_of: None,
        operator: "Mira Holm".into(),
        begun_at: jiff::Timestamp::now(),
        ended_at: over.then(jiff::Timestamp::now),
        state,
        rows: Arc::new(rows),
        figures,
    }))))
}

pub fn waits_for_quota() -> JobState {
    JobState::Waiting { until: jiff::Timestamp::now() + jiff::SignedDuration::from_secs(94) }
}

pub fn jobs() -> Event {
    let line = |n: u128, source: &str, rows, done, ended, undo: Option<u128>| JobLine {
        id: PhoneJobId(uuid::Uuid::from_u128(n)),
        source: source.into(),
        kind: PhoneKind::Mobile,
        undo_of: undo.map(|of| PhoneJobId(uuid::Uuid::from_u128(of))),
        operator: "Mira Holm".into(),
        begun_at: jiff::Timestamp::from_second(1_795_000_000 - 90_000 * n as i64).unwrap(),
        rows,
        done,
        ended,
    };
    phones(PhonesEvent::Jobs(vec![
        line(1, "Office Uppsala", 40, 12, false, None),
        line(2, "new-numbers-november.csv", 212, 212, true, Some(3)),
        line(3, "new-numbers-november.csv", 212, 212, true, None),
        line(4, "Night shift", 96, 93, true, None),
    ]))
}
