//! Opens the real window on a named scene, to be looked at:
//! `cargo run --example gallery -- desk-touch`.
#![allow(clippy::unwrap_used, reason = "only looked at, by hand")]

#[path = "mod.rs"]
mod scenes;

use keydesk::app::App;
use keydesk::engine::{
    Asked, AskedOf, AskedWays, Command, Event, Handle, SignInShown, VaultWord, Wake,
};
use keydesk::pin::Pin;
use keydesk::settings::ThemeChoice;
use std::collections::VecDeque;
use std::sync::Arc;

const NAMES: &str = "first-start desk-who desk-ready desk-used desk-no-serial desk-typed desk-touch \
    desk-failed desk-handover unfinished settings settings-roles settings-phones settings-keys \
    settings-outputs settings-security settings-appearance settings-privacyidea settings-privacyidea-dark \
    settings-privacyidea-big settings-tenants settings-tenants-dark tenant-menu \
    history bench bench-dark dark contrast big-text big-touch notices \
    names names-rtl names-rtl-handover names-long names-long-dark";

/// Who is at the desk; each also with `-dark`, `-contrast`, `-big` and `-small` (a small window)
/// at its end.
const OPERATOR_NAMES: &str = "sign-in sign-in-practice sign-in-waiting sign-in-code sign-in-failed \
    operator-menu operator-menu-station clerk-only step-up step-up-waiting step-up-refused \
    step-up-passphrase step-up-second sign-in-again locked locked-waiting locked-practice \
    locked-station locked-refused passphrase";

/// Sessions of many keys; each also with the kinds.
const BULK_NAMES: &str = "bulk-empty bulk-scripts bulk-two-secrets bulk-memory-only bulk-path \
    bulk-group bulk-reading bulk-table bulk-options bulk-checking bulk-board bulk-troubled bulk-paused bulk-sixteen \
    bulk-people bulk-away bulk-failure bulk-ending \
    bulk-finish bulk-clear-text bulk-practice bulk-crowd bulk-recognised bulk-papers bulk-past \
    bulk-undo bulk-letter bulk-challenges bulk-skipping";

/// The Phones page; each also with the kinds.
const PHONES_NAMES: &str = "phones-find phones-found phones-one phones-edit phones-fault \
    phones-remove phones-pass-form phones-pass phones-revoke phones-none phones-source \
    phones-reading phones-options phones-planning phones-plan phones-everything phones-crowd \
    phones-applying phones-quota phones-paused phones-results";
/// The Verify page; each also with the kinds.
const VERIFY_NAMES: &str = "verify-nobody verify-results verify-ticket verify-ready \
    verify-sending verify-queued verify-pictured verify-undelivered verify-wrong verify-checking \
    verify-verified verify-revoked verify-locked verify-expired verify-failed verify-not-me \
    verify-denied verify-push verify-no-mobile verify-no-service verify-not-read verify-company \
    verify-pending verify-alarm verify-link verify-tenant verify-leaving verify-details \
    verify-phones verify-settings verify-otherwise verify-chosen verify-chosen-sign-in \
    verify-offered verify-unseen \
    verify-elsewhere verify-folder-gone verify-folder-details verify-helpdesk verify-address";
const KINDS: [&str; 4] = ["-dark", "-contrast", "-big", "-small"];

fn main() -> Result<(), eframe::Error> {
    let scene = std::env::args().nth(1).unwrap_or_else(|| "desk-touch".into());
    let known = || NAMES.split_whitespace().any(|name| name == scene);
    assert!(
        operator_scene(&scene).is_some()
            || bulk_scene(&scene).is_some()
            || phones_scene(&scene).is_some()
            || verify_scene(&scene).is_some()
            || known(),
        "one of: {NAMES} {OPERATOR_NAMES} {BULK_NAMES} {PHONES_NAMES} {VERIFY_NAMES}"
    );
    let size = match scene.as_str() {
        small if small.ends_with("-small") => [640.0, 480.0],
        // The page is long.
        settings if settings.starts_with("verify-settings") => [1280.0, 1600.0],
        _ => [1280.0, 800.0],
    };
    let options = eframe::NativeOptions {
        renderer: eframe::Renderer::Glow,
        system_font_fallback: false,
        viewport: egui::ViewportBuilder::default().with_inner_size(size),
        ..Default::default()
    };
    eframe::run_native(
        "keydesk-gallery",
        options,
        Box::new(move |cc| {
            let ctx = cc.egui_ctx.clone();
            let engine = scripted(scene.clone(), Arc::new(move || ctx.request_repaint()));
            let typed = typed(&scene);
            Ok(Box::new(Gallery { app: App::new(cc, engine), typed, frame: 0 }))
        }),
    )
}

/// The scene's name without its kind, if it is one about operators.
fn operator_scene(scene: &str) -> Option<&str> {
    let base = KINDS.iter().find_map(|kind| scene.strip_suffix(kind)).unwrap_or(scene);
    OPERATOR_NAMES.split_whitespace().find(|name| *name == base)
}

fn bulk_scene(scene: &str) -> Option<&str> {
    let base = KINDS.iter().find_map(|kind| scene.strip_suffix(kind)).unwrap_or(scene);
    BULK_NAMES.split_whitespace().find(|name| *name == base)
}

fn phones_scene(scene: &str) -> Option<&str> {
    let base = KINDS.iter().find_map(|kind| scene.strip_suffix(kind)).unwrap_or(scene);
    PHONES_NAMES.split_whitespace().find(|name| *name == base)
}

fn verify_scene(scene: &str) -> Option<&str> {
    let base = KINDS.iter().find_map(|kind| scene.strip_suffix(kind)).unwrap_or(scene);
    VERIFY_NAMES.split_whitespace().find(|name| *name == base)
}

/// What the engine tells of callers.
fn of_verify(scene: &str) -> Vec<Event> {
    use keydesk::engine::{CheckState, VerifyOffer};
    use keydesk::verify::{Outcome, Warning};
    use scenes::verify::*;
    let with = |warnings| vec![caller(caller_with(warnings)), ticket_read(Some(true))];
    let and = |mut events: Vec<Event>, more: Event| {
        events.push(more);
        events
    };
    let plain = || with(vec![changed_lately()]);
    match scene.strip_prefix("verify-").unwrap_or(scene) {
        "ready" => plain(),
        "sending" => and(plain(), check(check_of(&[], CheckState::Sending))),
        "queued" => and(plain(), check(check_of(QUEUED, CheckState::Waiting))),
        "pictured" | "leaving" => pictured(),
        "undelivered" => and(plain(), check(undelivered())),
        "wrong" => and(plain(), check(wrong(2))),
        "checking" => and(plain(), check(check_of(DELIVERED, CheckState::Checking))),
        "verified" => {
            let events = and(plain(), check(over(Outcome::Verified)));
            and(events, verified_daniel())
        }
        "revoked" => and(plain(), check(over(Outcome::Verified))),
        "locked" => and(with(vec![locked(), changed_lately()]), check(over(Outcome::WrongCode))),
        "expired" => and(plain(), check(over(Outcome::Expired))),
        "failed" => and(plain(), check(over(Outcome::Failed))),
        "not-me" => and(plain(), check(push_over(Outcome::NotMe))),
        "denied" => and(plain(), check(push_over(Outcome::Denied))),
        "push" => and(plain(), check(push_waiting())),
        "no-mobile" => vec![caller(without_mobile())],
        "no-service" => vec![offered(VerifyOffer::default())],
        "not-read" => vec![caller(caller_with(Vec::new())), ticket_not_read()],
        "company" => {
            let warning = Warning::OtherCompany {
                ticket: "Larkfield Ltd".into(),
                tenant: "Nordvik Energi".into(),
            };
            vec![caller(caller_with(vec![warning, changed_lately()])), ticket_read(Some(false))]
        }
        "details" => {
            let added = Warning::MethodAdded { at: jiff::Timestamp::now(), what: "Pixel 9".into() };
            with(vec![changed_lately(), added, Warning::Guest])
        }
        "pending" => {
            let check_queued = keydesk::engine::CheckShown {
                note_state: keydesk::engine::NoteState::Queued { problem: None },
                ..over(Outcome::Expired)
            };
            let events = and(plain(), check(check_queued));
            and(events, pending())
        }
        "alarm" => and(plain(), alarm()),
        "link" => and(plain(), unsigned_link()),
        "tenant" => and(plain(), other_tenant()),
        "otherwise" => and(plain(), verified_otherwise()),
        "chosen" => and(with(Vec::new()), chosen_tenant()),
        "chosen-sign-in" => {
            let needed =
                Event::Who(keydesk::engine::WhoEvent::SignIn(keydesk::engine::SignInShown::Needed));
            vec![Event::TenantLeft, needed, chosen_tenant()]
        }
        "unseen" => {
            let remark = keydesk::problem::Problem {
                what: "Other stations can't be seen".into(),
                next: "Let nobody else check them".into(),
                details: Vec::new(),
            };
            let waits = check_of(QUEUED, CheckState::Waiting);
            let shown = keydesk::engine::CheckShown { remark: Some(remark), ..waits };
            and(with(vec![Warning::StationsUnseen]), check(shown))
        }
        "elsewhere" => {
            let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(8);
            let by = Some("Åsa Berg, DESK-2".to_owned());
            with(vec![Warning::OpenElsewhere { until, by }])
        }
        "folder-details" => {
            vec![caller(folder_is_gone().1), ticket_read(Some(true))]
        }
        "folder-gone" => {
            let (remark, shown) = folder_is_gone();
            let waits = check_of(QUEUED, CheckState::Waiting);
            let waits = keydesk::engine::CheckShown { remark: Some(remark), ..waits };
            vec![caller(shown), ticket_read(Some(true)), check(waits)]
        }
        "phones" => vec![scenes::bench(), practice_phones()],
        "helpdesk" => vec![scenes::bench(), practice_phones(), practice_desk()],
        "address" => vec![ticket_read(Some(true)), nobody_with_the_address()],
        "settings" => {
            let sms = tested("Nordvik Energi", keydesk::engine::ServiceKind::Sms);
            vec![all_services(), sms, folder_tested("Nordvik Energi")]
        }
        "nobody" => vec![verified_daniel()],
        _ => Vec::new(),
    }
}

fn verify_typed(scene: &str) -> VecDeque<egui::Event> {
    use egui::{Key, Modifiers};
    let name = scene.strip_prefix("verify-").unwrap_or(scene);
    if name == "settings" {
        let mut events = VecDeque::from([key(Key::Num7, Modifiers::COMMAND)]);
        events.extend(click(egui::pos2(200.0, 279.0)));
        return events;
    }
    let mut events = VecDeque::from([key(Key::Num4, Modifiers::COMMAND)]);
    match name {
        "results" => events.push_back(egui::Event::Text("dan".into())),
        "ticket" => events.push_back(egui::Event::Text("48213".into())),
        "offered" => events.push_back(egui::Event::Text("eve@larkfield.example".into())),
        "pictured" => events.push_back(egui::Event::Text("407".into())),
        "leaving" => events.push_back(key(Key::Escape, Modifiers::NONE)),
        "details" | "folder-details" => events.push_back(key(Key::F1, Modifiers::NONE)),
        "phones" | "helpdesk" => events.push_back(key(Key::F8, Modifiers::NONE)),
        _ => {}
    }
    events
}

/// What the engine tells of phones.
fn of_phones(scene: &str) -> Vec<Event> {
    use keydesk::engine::{JobState, PhonesEvent};
    use scenes::phones::*;
    let running = |done| job(JobState::Running, done);
    match scene {
        "phones-none" => vec![offered(false)],
        "phones-source" => vec![jobs()],
        "phones-reading" => vec![phones(PhonesEvent::Reading { done: 840 })],
        "phones-options" => vec![list(&["MobileNumber"])],
        "phones-planning" => vec![list(&[])],
        "phones-plan" => vec![list(&[]), planned(plan_of_picture())],
        "phones-everything" => vec![planned(plan_of_everything())],
        "phones-crowd" => vec![planned(crowd(10_000))],
        "phones-applying" => vec![running(124)],
        "phones-quota" => vec![running(124), job(waits_for_quota(), 124)],
        "phones-paused" => vec![job(JobState::Paused { needs_proof: true }, 124)],
        "phones-results" => vec![job(JobState::Ended, 299)],
        _ => Vec::new(),
    }
}

/// What the engine tells of a session.
fn of_bulk(scene: &str) -> Vec<Event> {
    use scenes::bulk::*;
    match scene {
        "bulk-empty" => vec![configs()],
        "bulk-scripts" => vec![new_configs()],
        "bulk-memory-only" => {
            let mode = keydesk::engine::KeyringMode::SessionOnly("no Secret Service".into());
            vec![Event::Keyring(mode), configs()]
        }
        "bulk-two-secrets" => vec![configs_beside_a_secret()],
        "bulk-path" => {
            let refused = Some(keydesk::engine::PathRefused::NotThere);
            vec![Event::PathWanted { pick: keydesk::engine::Pick::Roster, refused }]
        }
        "bulk-reading" => {
            vec![bulk(keydesk::engine::BulkEvent::Reading { done: 1240, of: Some(5000) })]
        }
        "bulk-table" => vec![people_read(512), checking(340, 512)],
        "bulk-options" => vec![people_read(512)],
        "bulk-checking" => vec![people_read(512), checking(340, 512)],
        "bulk-troubled" => running(troubled_slots()),
        "bulk-recognised" => {
            let (name, state) = ("Maria Ekholm".into(), keydesk::bulk::EntryState::Done);
            let settled = keydesk::engine::ScanInVain::Settled { name, state };
            let mut events = running(recognised_slots());
            events.push(bulk(keydesk::engine::BulkEvent::ScanInVain(settled)));
            events
        }
        "bulk-paused" => {
            let mut events = running(paused_slots());
            events.push(session(true));
            events
        }
        "bulk-sixteen" => running(sixteen_slots()),
        "bulk-away" => {
            let mut events = running(slots());
            let board_with = keydesk::engine::Board { away: away(), ..board_of(slots()) };
            events.push(board(board_with));
            events
        }
        "bulk-finish" | "bulk-clear-text" => ended(),
        "bulk-papers" => {
            let mut events = ended();
            events.extend(running(slots()));
            events.push(past(&[(5, 0), (4, 31)]));
            events
        }
        "bulk-past" => vec![past(&[(5, 0), (4, 31)])],
        "bulk-undo" => {
            let mut events = running(slots());
            events.push(finished(2));
            events
        }
        "bulk-letter" => {
            let mut events = running(slots());
            let path = "/out/letters/pin-letter-31884198.pdf".into();
            events.push(Event::FileWritten { id: enrolment(5212), path });
            events
        }
        "bulk-challenges" => vec![people_read(512), challenges_written()],
        "bulk-group" => Vec::new(),
        "bulk-crowd" => vec![people_read(100_000)],
        _ => running(slots()),
    }
}

/// What the engine tells of operators, beyond a station with a finished key.
fn of_operators(scene: &str) -> Vec<Event> {
    use keydesk::access::{LockCause, Role};
    use scenes::who::*;
    let person = || operator(&[Role::Clerk, Role::Provisioner]);
    let browser = || asked(AskedOf::Operator, AskedWays::Browser);
    match scene {
        "sign-in" => vec![sign_in(SignInShown::Needed)],
        "sign-in-practice" => vec![sign_in(in_browser()), practice_page()],
        "sign-in-waiting" => vec![sign_in(in_browser())],
        "sign-in-code" => vec![sign_in(by_code())],
        "sign-in-failed" => vec![sign_in(sign_in_failed())],
        "operator-menu" => vec![operator_who_confirmed()],
        "operator-menu-station" => application(),
        "clerk-only" => vec![operator(&[Role::Helpdesk])],
        "step-up" => vec![operator_who_confirmed(), ask(browser())],
        "step-up-waiting" => {
            vec![person(), ask(browser()), sign_in(in_browser()), practice_page()]
        }
        "step-up-refused" => {
            vec![person(), ask(Asked { refused: Some(wrong_person()), ..browser() })]
        }
        "step-up-passphrase" => {
            let mut events = application();
            events.push(ask(asked(AskedOf::Operator, AskedWays::Passphrase)));
            events
        }
        "step-up-second" => {
            vec![person(), ask(asked(AskedOf::SecondPerson, AskedWays::Browser))]
        }
        "sign-in-again" => vec![person(), sign_in(SignInShown::Needed)],
        "locked" => vec![person(), lock(LockCause::Idle)],
        "locked-waiting" => vec![person(), lock(LockCause::Screen), sign_in(in_browser())],
        "locked-practice" => {
            vec![person(), lock(LockCause::Operator), sign_in(in_browser()), practice_page()]
        }
        "locked-station" => {
            let mut events = application();
            events.push(lock(LockCause::Operator));
            events
        }
        "locked-refused" => {
            vec![person(), lock(LockCause::Idle), sign_in(SignInShown::Failed(wrong_person()))]
        }
        "passphrase" => application(),
        _ => Vec::new(),
    }
}

/// Behind these a key is being registered or handed over.
fn has_key(scene: &str) -> bool {
    scene.starts_with("step-up") || scene.starts_with("locked") || scene == "sign-in-again"
}

/// The application, typed into by the script.
struct Gallery {
    app: App,
    typed: VecDeque<egui::Event>,
    frame: u32,
}

impl eframe::App for Gallery {
    fn raw_input_hook(&mut self, ctx: &egui::Context, input: &mut egui::RawInput) {
        // What is typed before there is a page goes nowhere.
        let ready = self.app.state().start != keydesk::app::state::Start::Loading;
        self.frame += u32::from(ready);
        let due = ready && self.frame.is_multiple_of(6);
        if let Some(event) = self.typed.pop_front_if(|_| due) {
            let released = released(&event);
            input.events.push(event);
            input.events.extend(released);
        }
        if !self.typed.is_empty() {
            ctx.request_repaint();
        }
    }

    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.app.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
    }
}

/// A key that is not let go counts as held down.
fn released(event: &egui::Event) -> Option<egui::Event> {
    match event {
        egui::Event::Key { key, modifiers, .. } => Some(egui::Event::Key {
            key: *key,
            physical_key: None,
            pressed: false,
            repeat: false,
            modifiers: *modifiers,
        }),
        _ => None,
    }
}

fn key(key: egui::Key, modifiers: egui::Modifiers) -> egui::Event {
    egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
}

fn click(pos: egui::Pos2) -> [egui::Event; 3] {
    let button = |pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    [egui::Event::PointerMoved(pos), button(true), button(false)]
}

fn typed(scene: &str) -> VecDeque<egui::Event> {
    use egui::{Key, Modifiers};
    let mut events = VecDeque::new();
    let settings = scene.starts_with("settings");
    match operator_scene(scene) {
        Some("passphrase") => {
            events.push_back(key(Key::Num7, Modifiers::COMMAND));
            events.extend(settings_page("settings-security"));
        }
        Some("operator-menu" | "operator-menu-station") => {
            let at = egui::pos2(if scene.ends_with("-big") { 600.0 } else { 1200.0 }, 20.0);
            events.extend(click(at));
        }
        _ => {}
    }
    if let Some(name) = bulk_scene(scene) {
        return bulk_typed(name);
    }
    if let Some(name) = phones_scene(scene) {
        return phones_typed(name);
    }
    if let Some(name) = verify_scene(scene) {
        return verify_typed(name);
    }
    if operator_scene(scene).is_some() {
        if !scene.contains("practice") && !scene.contains("step-up-waiting") {
            events.push_front(key(Key::F8, Modifiers::NONE));
        }
        return events;
    }
    if scene.starts_with("tenant-menu") {
        events.extend(click(egui::pos2(100.0, 20.0)));
        return events;
    }
    if scene == "history" {
        events.push_back(key(Key::Num6, Modifiers::COMMAND));
    } else if settings {
        events.push_back(key(Key::Num7, Modifiers::COMMAND));
        events.extend(settings_page(scene));
    } else if !["first-start", "unfinished", "notices"].contains(&scene) {
        events.push_back(egui::Event::Text("el".into()));
    }
    let chooses_nobody =
        ["first-start", "desk-who", "names", "history", "unfinished", "notices"].contains(&scene);
    if !chooses_nobody && !settings {
        events.push_back(key(Key::Enter, Modifiers::NONE));
    }
    let registers = ["desk-touch", "desk-failed", "dark", "contrast", "big-touch"];
    if registers.contains(&scene) || scene.starts_with("bench") || scene.ends_with("handover") {
        events.push_back(key(Key::Enter, Modifiers::NONE));
    }
    if scene.ends_with("handover") {
        events.push_back(key(Key::V, Modifiers::NONE));
    }
    if !scene.starts_with("bench") && !scene.starts_with("settings-privacyidea") {
        events.push_front(key(Key::F8, Modifiers::NONE));
    }
    events
}

/// A click on the page in the list of a practising station.
fn settings_page(scene: &str) -> Vec<egui::Event> {
    let y = match scene {
        "settings-roles" => 223.0,
        "settings-phones" => 263.0,
        "settings-keys" => 379.0,
        "settings-outputs" => 419.0,
        "settings-security" => 459.0,
        "settings-appearance" => 499.0,
        _ => return Vec::new(),
    };
    click(egui::pos2(200.0, y)).into()
}

fn bulk_typed(scene: &str) -> VecDeque<egui::Event> {
    use egui::{Key, Modifiers};
    let mut events = VecDeque::from([key(Key::Num2, Modifiers::COMMAND)]);
    match scene {
        "bulk-options" | "bulk-checking" => events.push_back(key(Key::Enter, Modifiers::NONE)),
        "bulk-group" => {
            events.extend(click(egui::pos2(700.0, 190.0)));
            events.push_back(egui::Event::Text("nurses".into()));
        }
        "bulk-people" => events.extend(click(egui::pos2(280.0, 588.0))),
        "bulk-away" => events.extend(click(egui::pos2(400.0, 588.0))),
        "bulk-failure" => events.extend(click(egui::pos2(524.0, 588.0))),
        "bulk-papers" => events.extend(click(egui::pos2(428.0, 585.0))),
        "bulk-undo" => {
            events.extend([key(Key::F6, Modifiers::NONE), key(Key::Enter, Modifiers::NONE)]);
        }
        "bulk-letter" => events.push_back(key(Key::F6, Modifiers::NONE)),
        "bulk-skipping" => events.push_back(key(Key::S, Modifiers::NONE)),
        "bulk-ending" => events.extend(click(egui::pos2(1222.0, 126.0))),
        "bulk-clear-text" => events.extend(click(egui::pos2(220.0, 530.0))),
        _ => {}
    }
    events
}

fn phones_typed(scene: &str) -> VecDeque<egui::Event> {
    use egui::{Key, Modifiers};
    let mut events = VecDeque::from([key(Key::Num3, Modifiers::COMMAND)]);
    let many = [
        "source",
        "reading",
        "options",
        "planning",
        "plan",
        "everything",
        "crowd",
        "applying",
        "quota",
        "paused",
        "results",
    ];
    let name = scene.strip_prefix("phones-").unwrap_or(scene);
    if many.contains(&name) {
        events.push_back(key(Key::M, Modifiers::ALT));
        if name == "planning" {
            events.push_back(key(Key::Enter, Modifiers::NONE));
        }
        if name == "plan" {
            events.extend([Key::ArrowDown, Key::ArrowDown].map(|down| key(down, Modifiers::NONE)));
        }
        return events;
    }
    if !["find", "none"].contains(&name) {
        events.push_back(egui::Event::Text("ann".into()));
    }
    if !["find", "none", "found"].contains(&name) {
        events.push_back(key(Key::Enter, Modifiers::NONE));
    }
    match name {
        "edit" | "fault" => {
            events.extend(click(egui::pos2(1104.0, 202.0)));
            let typed = if name == "edit" { "070-174 06 58" } else { "0701-74 06" };
            events.push_back(egui::Event::Text(typed.into()));
        }
        "remove" => events.extend(click(egui::pos2(1195.0, 202.0))),
        "pass-form" => {
            events.extend(click(egui::pos2(130.0, 606.0)));
            events.extend(click(egui::pos2(200.0, 638.0)));
            events.push_back(egui::Event::Text("Passport seen".into()));
        }
        "revoke" => events.extend(click(egui::pos2(180.0, 346.0))),
        _ => {}
    }
    events
}

/// An engine that answers from the script.
fn scripted(scene: String, wake: Wake) -> Handle {
    let (commands, mut inbox) = tokio::sync::mpsc::channel(64);
    let (outbox, events) = std::sync::mpsc::channel();
    std::thread::Builder::new()
        .name("script".into())
        .spawn(move || {
            let tell = |list: Vec<Event>| {
                for event in list {
                    outbox.send(event).unwrap();
                }
                wake();
            };
            tell(beginning(&scene));
            while let Some(command) = inbox.blocking_recv() {
                tell(answer(&scene, command));
            }
        })
        .unwrap();
    Handle { commands, events }
}

fn beginning(scene: &str) -> Vec<Event> {
    let theme = match scene {
        dark if dark.ends_with("dark") => ThemeChoice::Dark,
        contrast if contrast.ends_with("contrast") => ThemeChoice::HighContrast,
        _ => ThemeChoice::Light,
    };
    let percent = if scene.starts_with("big") || scene.ends_with("big") { 200 } else { 100 };
    let mut events = match scene {
        "first-start" => return vec![Event::FirstStart],
        there if there.starts_with("settings-privacyidea") => {
            scenes::privacy_idea_station(theme, percent)
        }
        bulk if bulk_scene(bulk) == Some("bulk-practice") => {
            let mut events = scenes::station(theme, percent);
            events.push(scenes::bench());
            events
        }
        bulk if bulk_scene(bulk).is_some() => scenes::bulk::hospital(theme, percent),
        phones if phones_scene(phones).is_some() => scenes::phones::helpdesk(theme, percent),
        verify if verify_scene(verify).is_some() => scenes::verify::station(theme, percent),
        several if several.contains("tenant") => scenes::provider_station(theme, percent),
        _ => scenes::station(theme, percent),
    };
    if let Some(name) = bulk_scene(scene) {
        events.extend(of_bulk(name));
        return events;
    }
    if let Some(name) = phones_scene(scene) {
        events.extend(of_phones(name));
        return events;
    }
    if let Some(name) = verify_scene(scene) {
        events.extend(of_verify(name));
        return events;
    }
    events.extend(scenes::three_keys());
    if let Some(name) = operator_scene(scene) {
        if has_key(name) {
            events.extend(match name {
                locked if locked.starts_with("locked") => scenes::to_touch(30),
                _ => scenes::to_hand_over(VaultWord::Sealed),
            });
        }
        events.extend(of_operators(name));
        return events;
    }
    match scene {
        "unfinished" => events.push(scenes::unfinished()),
        "desk-used" => {
            events.extend(scenes::insert(scenes::used_key()));
        }
        "desk-no-serial" => events.extend(scenes::insert(scenes::key_without_serial())),
        "notices" => {
            events.push(Event::Problem(scenes::stopped().problem));
            events.push(Event::Keyring(keydesk::engine::KeyringMode::SessionOnly(
                "no Secret Service on the bus".into(),
            )));
        }
        _ => {}
    }
    events
}

fn answer(scene: &str, command: Command) -> Vec<Event> {
    match command {
        Command::Search { query } => {
            let people = match scene {
                "names" => scenes::names(),
                rtl if rtl.starts_with("names-rtl") => vec![scenes::nour()],
                long if long.starts_with("names-long") => vec![scenes::long_name()],
                _ => scenes::people(),
            };
            vec![Event::Found { query, people: Ok(people) }]
        }
        Command::ChoosePerson(_) if scene == "desk-no-serial" => {
            vec![scenes::person_read_in_part(), scenes::challenge()]
        }
        Command::ChoosePerson(person) => vec![scenes::read_of(*person), scenes::challenge()],
        Command::Register(_) => match scene {
            "desk-failed" => scenes::to_failure(),
            "desk-handover" => scenes::to_hand_over(VaultWord::Sealed),
            "names-rtl-handover" => {
                scenes::for_person(scenes::to_hand_over(VaultWord::Sealed), &scenes::nour())
            }
            _ => scenes::to_touch(30),
        },
        Command::TestConnection { .. } if scene.contains("tenant") => {
            vec![scenes::tested_with_faults()]
        }
        Command::TestConnection { .. } => vec![scenes::tested()],
        Command::Discover { domain, .. } => {
            vec![Event::Discovered(Ok(scenes::found_foreign(&domain)))]
        }
        Command::RevealPin(id) => match Pin::new("482913") {
            Ok(pin) => vec![Event::PinRevealed { id, pin }],
            Err(_) => Vec::new(),
        },
        Command::Bulk(keydesk::engine::BulkCommand::FindGroups { query }) => {
            vec![scenes::bulk::groups(&query)]
        }
        Command::Phones(wish) => phones_answer(scene, wish),
        Command::Verify(keydesk::engine::VerifyCommand::Find { query }) => {
            vec![match query.as_str() {
                ticket if ticket.starts_with("48") => {
                    scenes::verify::found_ticket_and_person(ticket)
                }
                other if other.contains('@') => scenes::verify::other_tenant(),
                name => scenes::verify::found(name),
            }]
        }
        Command::LoadHistory { .. } => vec![scenes::history(500)],
        _ => Vec::new(),
    }
}

fn phones_answer(scene: &str, wish: keydesk::engine::PhonesCommand) -> Vec<Event> {
    use keydesk::engine::PhonesCommand as Wish;
    use scenes::phones::*;
    match wish {
        Wish::Find { query } => vec![found(&query)],
        Wish::Open(_) => {
            let mut events = vec![opened(both_mobiles(), Ok(pass_policy()))];
            if phones_scene(scene) == Some("phones-pass") {
                events.push(issued());
            }
            events
        }
        Wish::FindGroups { .. } => vec![groups()],
        Wish::Plan(_) => {
            vec![phones(keydesk::engine::PhonesEvent::Planning { done: 460, of: 1248 })]
        }
        _ => Vec::new(),
    }
}
