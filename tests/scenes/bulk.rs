//! Sessions of many keys for the window's tests and the gallery: Halden Hospital, at 10:45.

use super::*;
use keydesk::bulk::*;
use keydesk::settings::AppearanceSettings;
use std::sync::Arc;
use std::time::Instant;

/// Opens exported PINs.
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/// A hospital's station, signed in.
pub fn hospital(theme: ThemeChoice, text_percent: u16) -> Vec<Event> {
    let entra = EntraSettings { tenant: "halden.example".into(), ..EntraSettings::default() };
    let directory = DirectorySettings::Entra(entra);
    let mut settings =
        Settings::with_tenant(TenantSettings::new("Halden Hospital", Accent::Violet, directory));
    settings.appearance = AppearanceSettings { theme, text_percent, ..settings.appearance };
    settings.outputs.age_recipients = vec![RECIPIENT.into()];
    settings.enrolment.must_change_pin = true;
    settings.enrolment.remove_old_keys = true;
    vec![
        Event::Settings(Box::new(settings)),
        Event::Keyring(KeyringMode::Keyring),
        Event::Connected(Connected {
            name: "Halden Hospital".into(),
            detail: "halden.example".into(),
            directory: "Entra ID",
            accent: Accent::Violet,
            practice: false,
            operator: "Mira Holm".into(),
            keys_today: 212,
        }),
        Event::Policy(Ok(policy())),
        super::who::operator_who_confirmed(),
    ]
}

pub fn bulk(event: BulkEvent) -> Event {
    Event::Bulk(event)
}

fn upn(name: &str) -> String {
    let plain = name.to_lowercase().replace(' ', ".").replace(['å', 'ä'], "a").replace('ö', "o");
    format!("{plain}@halden.example")
}

pub fn on_board(entry: u32, name: &str) -> PersonOnBoard {
    PersonOnBoard { entry: EntryNo(entry), name: name.into(), upn: upn(name) }
}

/// Names for as many people as are wanted.
pub fn name_of(n: usize) -> String {
    const FIRST: [&str; 12] = [
        "Jonas", "Amira", "Petra", "Oskar", "Lena", "Maria", "Tomas", "Nils", "Karim", "Ida",
        "Elin", "Sofia",
    ];
    const LAST: [&str; 13] = [
        "Wiklund",
        "Haddad",
        "Sandvik",
        "Lindqvist",
        "Ås",
        "Ekholm",
        "Brandt",
        "Forsberg",
        "Nasser",
        "Moberg",
        "Holm",
        "Dahl",
        "Öberg",
    ];
    format!("{} {}", FIRST[n % 12], LAST[n % 13])
}

fn readiness(n: usize) -> Readiness {
    match n % 40 {
        7 => Readiness::HasKey { count: 1 },
        8 => Readiness::HasKey { count: 2 },
        14 => Readiness::Disabled,
        21 if n % 80 == 21 => Readiness::Guest,
        24 => Readiness::NotInPolicy(
            "The tenant's passkey policy does not include this person's groups".into(),
        ),
        30 => Readiness::NotFound,
        33 if n % 80 == 33 => {
            Readiness::WrongRow("The user name has no @: karin.halden.example".into())
        }
        _ => Readiness::Ready,
    }
}

/// A table of so many rows, as the file has them.
pub fn people_read(rows: usize) -> Event {
    let row = |n: usize| PersonRow {
        line: Some(n + 2),
        name: name_of(n).into(),
        upn: upn(&name_of(n)).into(),
        serial: n.is_multiple_of(3).then(|| format!("{}", 31_884_100 + n).into()),
        badge: n.is_multiple_of(5).then(|| format!("B{:05}", 4000 + n).into()),
        readiness: readiness(n),
    };
    bulk(BulkEvent::People(Some(Arc::new(PeopleRead {
        source: "nurses-autumn.csv".into(),
        facts: "UTF-16, semicolons, 5 columns read, 2 ignored".into(),
        remarks: Vec::new(),
        rows: (0..rows).map(row).collect(),
    }))))
}

pub fn checking(done: usize, of: usize) -> Event {
    bulk(BulkEvent::Checked { verdicts: Vec::new(), done, of })
}

pub fn groups(query: &str) -> Event {
    let group = |id: &str, name: &str, description: &str, mail: Option<&str>| Group {
        id: id.into(),
        name: name.into(),
        description: Some(description.into()),
        mail: mail.map(str::to_owned),
        kind: if mail.is_some() { GroupKind::Microsoft365 } else { GroupKind::Security },
        synced: mail.is_none(),
    };
    bulk(BulkEvent::Groups {
        query: query.into(),
        groups: Ok(vec![
            group("6f1c-1", "Nurses", "All wards, both houses", None),
            group("6f1c-2", "Nurses", "The team's shared calendar", Some("nurses@halden.example")),
            group("6f1c-3", "Nurses, night shift", "Wards 3 to 7", None),
        ]),
    })
}

/// The first of them alone.
pub fn one_group(query: &str) -> Event {
    let Event::Bulk(BulkEvent::Groups { groups: Ok(mut found), query }) = groups(query) else {
        unreachable!("groups are found")
    };
    found.truncate(1);
    bulk(BulkEvent::Groups { query, groups: Ok(found) })
}

pub fn configs() -> Event {
    bulk(BulkEvent::Configs(Ok(Box::new(configs_read()))))
}

/// Beside another secret of their application.
pub fn configs_beside_a_secret() -> Event {
    let tenant = "Halden Hospital".to_owned();
    let read = ConfigsRead { secret_stored: None, other_kept: Some(tenant), ..configs_read() };
    bulk(BulkEvent::Configs(Ok(Box::new(read))))
}

fn configs_read() -> ConfigsRead {
    ConfigsRead {
        path: "/home/mira/yubico/configs.json".into(),
        tenant: "halden.example".into(),
        client_id: "5f3c7a52-0d5e-4f4e-9f5e-3f1e0d5e9f5e".into(),
        holds_secret: true,
        secret_stored: Some("Halden Hospital".into()),
        other_kept: None,
        secret_waits: None,
        is_new: false,
        options: ScriptOptions {
            group: Some("Nurses".into()),
            random_pin: Some(false),
            challenge_minutes: Some(90),
            remove_old_keys: Some(true),
            ctap21: Some(true),
        },
        unknown: vec!["debugLevel".into()],
        wrong: Vec::new(),
    }
}

/// Of an application that no tenant here uses.
pub fn new_configs() -> Event {
    bulk(BulkEvent::Configs(Ok(Box::new(ConfigsRead {
        path: "/home/mira/yubico/configs.json".into(),
        tenant: "halden.onmicrosoft.com".into(),
        client_id: "5f3c7a52-0d5e-4f4e-9f5e-3f1e0d5e9f5e".into(),
        holds_secret: true,
        secret_stored: None,
        other_kept: None,
        secret_waits: None,
        is_new: true,
        options: ScriptOptions { random_pin: Some(false), ..ScriptOptions::default() },
        unknown: Vec::new(),
        wrong: vec!["useCTAP21Features".into()],
    }))))
}

pub fn session_options() -> SessionOptions {
    SessionOptions {
        first_use: FirstUse::MustChangePin,
        old_keys: OldKeys::Remove,
        challenges: Challenges::Prefetched { minutes: 480 },
        ..SessionOptions::default()
    }
}

pub fn session(paused: bool) -> Event {
    shown(5, paused)
}

/// Another one.
#[allow(dead_code, reason = "not every program shows two")]
pub fn session_of(number: u128) -> Event {
    shown(number, false)
}

fn shown(number: u128, paused: bool) -> Event {
    let options = session_options();
    bulk(BulkEvent::Session(Some(Box::new(SessionShown {
        id: session_id(number),
        sentence: options.sentence(),
        options,
        begun_at: ago(4 * 3600),
        operator: "Mira Holm".into(),
        paused,
        to_confirm: Vec::new(),
    }))))
}

fn ago(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds)
}

pub fn enrolment(n: u128) -> EnrolmentId {
    EnrolmentId(uuid::Uuid::from_u128(1000 + n))
}

/// A slot with a key and a person.
pub fn slot(
    no: u8,
    who: (u32, &str),
    serial: &str,
    phase: SlotPhase,
    done: u8,
    note: &str,
) -> SlotShown {
    SlotShown {
        no: SlotNo(no),
        key: Some(SlotKey {
            id: KeyId(format!("key-{no}")),
            model: "YubiKey 5 NFC".into(),
            serial: Some(serial.into()),
            used: false,
        }),
        person: Some(on_board(who.0, who.1)),
        enrolment: Some(enrolment(u128::from(no))),
        phase,
        done,
        note: note.into(),
        since: Instant::now() - Duration::from_millis(2300),
    }
}

pub fn free_slot(no: u8) -> SlotShown {
    SlotShown {
        no: SlotNo(no),
        key: None,
        person: None,
        enrolment: None,
        phase: SlotPhase::Free,
        done: 0,
        note: String::new(),
        since: Instant::now(),
    }
}

pub fn problem(what: &str, next: &str) -> Problem {
    Problem {
        what: what.into(),
        next: next.into(),
        details: vec![
            Detail::new("status", "409"),
            Detail::new("request-id", "8f0c61a1-77cf-4f5e-9b5f-2f1d2a9f7f41"),
        ],
    }
}

pub fn stopped_slot() -> SlotPhase {
    SlotPhase::Stopped(Stopped {
        step: Step::Preflight,
        problem: problem(
            "Key holds another person’s credential",
            "Take a new key, or reset this one",
        ),
        answers: vec![Answer::Retry, Answer::NewKey, Answer::ResetKey, Answer::Skip],
    })
}

pub fn touch_now(left: u64) -> SlotPhase {
    SlotPhase::TouchNow { until: Instant::now() + Duration::from_millis(left * 1000 - 100) }
}

/// The eight slots of the mock-up.
pub fn slots() -> Vec<SlotShown> {
    let mut touch = slot(4, (216, "Oskar Lindqvist"), "31884207", touch_now(24), 3, "");
    touch.since = Instant::now() - Duration::from_secs(6);
    let mut reading =
        slot(6, (0, ""), "31884211", SlotPhase::Identifying, 1, "Reading model and serial");
    (reading.person, reading.enrolment) = (None, None);
    vec![
        slot(
            1,
            (212, "Jonas Wiklund"),
            "31884198",
            SlotPhase::Done { number: 212 },
            5,
            "Label 212 printed",
        ),
        slot(
            2,
            (214, "Amira Haddad"),
            "31884201",
            SlotPhase::Working(Step::Register),
            4,
            "Sent to Entra, waiting for answer",
        ),
        slot(
            3,
            (215, "Petra Sandvik"),
            "31884204",
            SlotPhase::Working(Step::Pin),
            2,
            "Random 6-digit PIN, sealed",
        ),
        touch,
        slot(5, (213, "Lena Ås"), "31884171", stopped_slot(), 1, ""),
        reading,
        slot(7, (217, "Tomas Brandt"), "31884209", SlotPhase::TouchQueued { before: 1 }, 3, ""),
        free_slot(8),
    ]
}

pub fn figures() -> Figures {
    let rates = [
        38.0, 42.0, 45.0, 40.0, 48.0, 55.0, 50.0, 60.0, 64.0, 58.0, 66.0, 69.0, 71.0, 66.0, 72.0,
        67.0, 73.0, 70.0, 75.0, 71.0, 70.0,
    ];
    let minute = |n: usize| 60.0 - 3.0 * n as f32;
    let left = jiff::SignedDuration::from_mins(266);
    Figures {
        done: 212,
        left: 284,
        failed: 4,
        skipped: 2,
        pace: Some(Pace { keys_per_hour: 64.0, left, over_at: jiff::Timestamp::now() + left }),
        last_hour: rates.iter().enumerate().map(|(n, rate)| (minute(n), *rate)).collect(),
    }
}

pub fn board_of(slots: Vec<SlotShown>) -> Board {
    let expiry = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(220_900);
    Board {
        slots,
        figures: figures(),
        next: Some(on_board(218, "Maria Ekholm")),
        next_own: None,
        scanned: None,
        next_expiry: Some(expiry),
        fetched: None,
        away: Vec::new(),
    }
}

pub fn board(board: Board) -> Event {
    bulk(BulkEvent::Board(Box::new(board)))
}

pub fn result(
    kind: ResultKind,
    who: (u32, &str),
    more: (Option<u8>, Option<&str>, Option<u64>),
    detail: &str,
    seconds_ago: i64,
) -> ResultShown {
    let (slot, serial, took) = more;
    ResultShown {
        at: ago(seconds_ago),
        kind,
        name: who.1.into(),
        slot: slot.map(SlotNo),
        serial: serial.map(str::to_owned),
        took,
        detail: detail.into(),
        entry: EntryNo(who.0),
        enrolment: (kind == ResultKind::Done).then(|| enrolment(5000 + u128::from(who.0))),
    }
}

/// Oldest first.
pub fn results() -> Vec<ResultShown> {
    use ResultKind::*;
    let key = |slot, serial, took| (Some(slot), Some(serial), Some(took));
    vec![
        result(
            Skipped,
            (210, "Ida Moberg"),
            (Some(6), None, None),
            "Account disabled since preflight, key given to the next person",
            92,
        ),
        result(
            Done,
            (211, "Karim Nasser"),
            key(3, "31884190", 39),
            "Confirmed in Entra, label 211 printed",
            65,
        ),
        result(
            Failed,
            (213, "Lena Ås"),
            key(5, "31884171", 9),
            "Key already holds a credential: answer R, N, Z or S",
            41,
        ),
        result(
            Done,
            (212, "Jonas Wiklund"),
            key(1, "31884198", 42),
            "Confirmed in Entra, label 212 printed",
            20,
        ),
    ]
}

/// The keys of those results that are done, for each of which so many older ones were removed.
pub fn finished(removed: usize) -> Event {
    let key = |no: u32| UndoableKey {
        entry: EntryNo(no),
        enrolment: enrolment(5000 + u128::from(no)),
        removed,
    };
    bulk(BulkEvent::Finished(vec![key(211), key(212)]))
}

/// Everybody of the session: done up to 212, a few failed and skipped.
pub fn entries(count: usize) -> Event {
    let row = |n: usize| {
        let state = match n + 1 {
            210 => EntryState::Skipped { reason: "Account disabled since preflight".into() },
            118 => EntryState::Skipped { reason: "On leave until March".into() },
            40 | 77 | 130 | 213 => EntryState::Failed {
                summary: "The directory did not accept the key: attestation".into(),
            },
            done if done <= 212 => EntryState::Done,
            begun @ 214..=217 => EntryState::Begun(enrolment(begun as u128)),
            _ => EntryState::Waiting,
        };
        let name = name_of(n);
        EntryShown {
            no: EntryNo(n as u32 + 1),
            upn: upn(&name),
            name,
            serial: (n < 212).then(|| format!("{}", 31_884_000 + n)),
            state,
        }
    };
    bulk(BulkEvent::Entries(Arc::new((0..count).map(row).collect())))
}

/// A session that runs, with these slots.
pub fn running(slots: Vec<SlotShown>) -> Vec<Event> {
    vec![
        session(false),
        entries(502),
        bulk(BulkEvent::Results(results())),
        finished(0),
        board(board_of(slots)),
    ]
}

/// All that can stop a slot.
pub fn troubled_slots() -> Vec<SlotShown> {
    let mut slots = slots();
    let pin = |which, what: &str| {
        SlotPhase::PinNeeded(PinNeeded {
            which,
            stopped: Stopped {
                step: Step::Pin,
                problem: problem(what, "Type the PIN that is on the key, or take a new key"),
                answers: vec![Answer::NewKey, Answer::Skip],
            },
            refused: false,
        })
    };
    slots[0] = slot(
        1,
        (219, "Nils Forsberg"),
        "31884220",
        pin(WhichPin::ChooseNew, "The person chooses the PIN"),
        1,
        "",
    );
    slots[1] = slot(
        2,
        (220, "Sofia Dahl"),
        "31884221",
        pin(WhichPin::OnKey, "The key has a PIN, 8 tries left"),
        1,
        "",
    );
    slots[2] = slot(
        3,
        (221, "Karim Nasser"),
        "31884222",
        SlotPhase::Replug,
        2,
        "Reset wants the key within 10 s of plugging in",
    );
    slots[5] = slot(
        6,
        (0, ""),
        "31884190",
        SlotPhase::Barred(problem("Made for Karim Nasser in this session", THEIRS)),
        0,
        "",
    );
    (slots[5].person, slots[5].enrolment) = (None, None);
    slots[7] = slot(
        8,
        (222, "Elin Holm"),
        "31884230",
        SlotPhase::PulledOut,
        3,
        "PIN set, no credential yet",
    );
    slots
}

const THEIRS: &str = "Put in another key, or undo theirs first";

/// Used keys that tell no serial, and whose they are.
pub fn recognised_slots() -> Vec<SlotShown> {
    let nameless = |no, who, phase, note| {
        let mut slot = slot(no, who, "", phase, 1, note);
        if let Some(key) = &mut slot.key {
            key.serial = None;
        }
        if who.1.is_empty() {
            (slot.person, slot.enrolment) = (None, None);
        }
        slot
    };
    let nobody = (0, "");
    let mut slots = slots();
    slots[0] = nameless(1, nobody, SlotPhase::Identifying, "Asking whose key it is");
    let given = SlotPhase::Barred(problem("Made for Karim Nasser in this session", THEIRS));
    slots[1] = nameless(2, nobody, given, "");
    let held = SlotPhase::Refused(problem(
        "Made before for amira.haddad@hospital.example",
        "Put in another key, or use it anyway",
    ));
    slots[2] = nameless(3, nobody, held, "");
    let unchecked = SlotPhase::Stopped(Stopped {
        step: Step::Reset,
        problem: keydesk::problem::Explain::problem(&StepError::Unchecked),
        answers: vec![Answer::ResetKey, Answer::NewKey, Answer::Skip],
    });
    slots[4] = nameless(5, (213, "Lena Ås"), unchecked, "");
    let again = "The same key: it is not checked";
    slots[5] = nameless(6, (221, "Karim Nasser"), SlotPhase::Replug, again);
    let long = "Made for Anna-Karin Söderström-Lindqvist in this session";
    let long = SlotPhase::Barred(problem(long, THEIRS));
    slots[7] = nameless(8, nobody, long, "");
    slots
}

/// Keys of before that are in no slot.
pub fn away() -> Vec<AwayKey> {
    let key = |n: u128, name: &str, to_activate| AwayKey {
        enrolment: enrolment(800 + n),
        person: on_board(300 + n as u32, name),
        serial: Some(format!("{}", 31_884_500 + n)),
        slot: Some(SlotNo(2)),
        last_sure: if to_activate {
            "Credential made, not registered".into()
        } else {
            "PIN set, no credential yet".into()
        },
        to_activate,
        failed: None,
        lapses_at: to_activate.then(|| "2099-12-01T17:30:00Z".parse().unwrap()),
        stopped: Stopped {
            step: Step::MakeCredential,
            problem: problem("The key is not in any slot", "Put it in again"),
            answers: if to_activate { Vec::new() } else { vec![Answer::NewKey, Answer::Skip] },
        },
    };
    vec![key(1, "Ida Moberg", false), key(2, "Tomas Brandt", true)]
}

pub fn paused_slots() -> Vec<SlotShown> {
    let mut slots = slots();
    slots[1] = slot(2, (214, "Amira Haddad"), "31884201", SlotPhase::Paused, 0, "");
    slots[2] = slot(3, (0, ""), "31884204", SlotPhase::Paused, 0, "");
    (slots[2].person, slots[2].enrolment) = (None, None);
    slots[3] = free_slot(4);
    slots[5] = free_slot(6);
    slots
}

/// Every slot there can be.
pub fn sixteen_slots() -> Vec<SlotShown> {
    let mut all = slots();
    all[7] = slot(
        8,
        (218, "Nils Forsberg"),
        "31884233",
        SlotPhase::Working(Step::Confirm),
        4,
        "Looking for it in the person's list",
    );
    for no in 9..=16_u8 {
        let name = name_of(usize::from(no) + 30);
        let who = (u32::from(no) + 220, name.as_str());
        let serial = format!("{}", 31_884_300 + u32::from(no));
        let phase = match no % 4 {
            0 => SlotPhase::TouchQueued { before: usize::from(no / 4) },
            1 => SlotPhase::Working(Step::CreationOptions),
            2 => SlotPhase::Working(Step::Pin),
            _ => SlotPhase::Done { number: 200 + u32::from(no) },
        };
        all.push(slot(no, who, &serial, phase, no % 4 + 1, "Random 6-digit PIN, sealed"));
    }
    all
}

pub fn session_id(n: u128) -> SessionId {
    SessionId(uuid::Uuid::from_u128(n))
}

/// A session that has ended, with so many sealed PINs that nobody was given.
pub fn summary(n: u128, sealed: usize) -> Summary {
    Summary {
        id: session_id(n),
        done: 496,
        failed: 4,
        skipped: 2,
        without_key: 6,
        sealed,
        began: ago(8 * 3600),
        ended: ago(10),
    }
}

/// Sessions that have ended, each with its sealed PINs.
pub fn past(sessions: &[(u128, usize)]) -> Event {
    let past = sessions.iter().map(|(n, sealed)| summary(*n, *sealed));
    bulk(BulkEvent::Past(past.collect()))
}

pub fn challenges_written() -> Event {
    bulk(BulkEvent::Written {
        session: None,
        what: Output::Challenges,
        path: "/home/mira/keydesk/Halden Hospital/registrationUsers.csv".into(),
        count: 434,
    })
}

pub fn ended() -> Vec<Event> {
    let mut events = running(slots());
    events.push(bulk(BulkEvent::Ended(Box::new(summary(5, 31)))));
    events.push(bulk(BulkEvent::Session(None)));
    events.push(bulk(BulkEvent::Past(vec![summary(5, 31)])));
    events.push(bulk(BulkEvent::Written {
        session: Some(session_id(5)),
        what: Output::Labels,
        path: "/home/mira/keydesk/Halden Hospital/labels-2026-11-26.pdf".into(),
        count: 496,
    }));
    events
}

/// The session that is shown was compared with the directory.
pub fn audited(findings: Vec<keydesk::engine::Finding>) -> Event {
    bulk(BulkEvent::Audited(Box::new(Ok(report(findings)))))
}

/// The same where the directory went away in the middle.
pub fn audited_in_part(findings: Vec<keydesk::engine::Finding>) -> Event {
    let problem = |what: &str, next: &str| keydesk::problem::Problem {
        what: what.into(),
        next: next.into(),
        details: Vec::new(),
    };
    let unchecked = vec![
        problem("asa.nord@halden.example: The directory does not answer", "Try again later"),
        problem("8 more people were not asked about", "Check the session again later"),
    ];
    bulk(BulkEvent::Audited(Box::new(Ok(AuditReport { unchecked, ..report(findings) }))))
}

fn report(findings: Vec<keydesk::engine::Finding>) -> AuditReport {
    AuditReport {
        session: session_id(5),
        tenant: "Halden Hospital".into(),
        operator: "Mira Holm".into(),
        begun_at: jiff::Timestamp::now(),
        ended_at: None,
        people: 512,
        keys: 208,
        keys_in: 7,
        findings,
        unchecked: Vec::new(),
    }
}

pub fn not_in_directory() -> keydesk::engine::Finding {
    keydesk::engine::Finding {
        kind: FindingKind::NotInDirectory,
        who: "jonas.wiklund@halden.example".into(),
        serial: Some("31884198".into()),
        text: "Their key was handed over, and is not in the directory".into(),
    }
}

pub fn audit_failed() -> Event {
    bulk(BulkEvent::Audited(Box::new(Err(keydesk::problem::Problem {
        what: "The journal can't be read".into(),
        next: "Close other programs that use it, then try again".into(),
        details: Vec::new(),
    }))))
}
