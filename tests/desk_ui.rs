//! The Desk as an operator uses it, with a scripted engine and without a display.
#![cfg(test)]

mod scenes;
mod ui_common;

use egui::accesskit::Role;
use egui::{Key, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use keydesk::directory::PersonId;
use keydesk::engine::{
    Command, Event, NewPin, PinChoice, StepChange, StoredSecret, VaultMode, VaultWord,
};
use keydesk::enrolment::{Answer, EnrolmentId, PinNeeded, SerialFrom, Step, WhichPin};
use keydesk::key::{KeyEvent, KeyId};
use keydesk::pin::Pin;
use keydesk::settings::{Accent, DirectoryKind, PurgePins, Settings, ThemeChoice};
use scenes::*;
use ui_common::Window;

impl Window {
    fn practising() -> Self {
        let mut desk = Window::open(Vec2::new(1280.0, 800.0));
        desk.tell(station(ThemeChoice::Light, 100));
        desk
    }

    /// The one command of a kind among those sent.
    fn take<T>(&mut self, wanted: impl Fn(Command) -> Option<T>) -> Option<T> {
        self.sent().into_iter().find_map(wanted)
    }

    fn find_elin(&mut self) {
        self.type_text("elin");
        let query = self.take(|command| match command {
            Command::Search { query } => Some(query),
            _ => None,
        });
        assert_eq!(query.as_deref(), Some("elin"));
        self.tell(vec![Event::Found { query: "elin".into(), people: Ok(people()) }]);
    }

    /// Elin is chosen and read, her key is in.
    fn prepare(&mut self) {
        self.find_elin();
        self.press(Key::Enter);
        let chosen = self.take(|command| match command {
            Command::ChoosePerson(person) => Some(person.id),
            _ => None,
        });
        assert_eq!(chosen, Some(PersonId("person-0".into())));
        self.tell(vec![person_read(), challenge()]);
        self.tell(insert(our_key()));
    }
}

fn registration(command: Command) -> Option<keydesk::engine::RegisterRequest> {
    match command {
        Command::Register(request) => Some(*request),
        _ => None,
    }
}

#[test]
fn the_first_start_offers_two_choices() {
    let mut desk = Window::open(Vec2::new(1280.0, 800.0));
    desk.tell(vec![Event::FirstStart]);
    assert!(desk.has("Connect your directory…"));
    desk.click("Practise with a simulated company");
    assert!(desk.sent().iter().any(|command| matches!(command, Command::Practise)));
    desk.click("Connect your directory…");
    assert!(desk.has("Application (client) id"));
    assert!(desk.has("privacyIDEA"), "the other directory is offered too");
}

impl Window {
    fn field(&self, name: &str) -> String {
        self.harness.get_by_role_and_label(Role::TextInput, name).value().unwrap_or_default()
    }

    fn fill_privacy_idea(&mut self) {
        for (field, text) in [
            ("Name of the tenant", "Larkfield Ltd"),
            ("Server address", " https://privacyidea.larkfield.example "),
            ("Realm of the people", "larkfield"),
            ("Administrator", "keydesk"),
        ] {
            self.fill(field, text);
        }
    }
}

fn saved(command: Command) -> Option<Settings> {
    match command {
        Command::SaveSettings(settings) => Some(*settings),
        _ => None,
    }
}

#[test]
fn a_privacyidea_tenant_is_typed_tested_and_saved() {
    let mut desk = Window::open(Vec2::new(1280.0, 1100.0));
    desk.tell(vec![Event::FirstStart]);
    desk.click("Connect your directory…");
    desk.choose("privacyIDEA");
    assert!(!desk.has("Application (client) id"));
    assert!(desk.has_part("address, realm and administrator are needed first"));
    desk.fill_privacy_idea();
    let mut expected = privacy_idea_tenant();
    expected.accent = Accent::Blue;
    desk.click("Test connection");
    let asked = desk.take(|command| match command {
        Command::TestConnection { tenant } => Some(*tenant),
        _ => None,
    });
    assert_eq!(asked.as_ref(), Some(&expected));
    desk.tell(vec![tested()]);
    assert!(desk.has("Find people"));
    desk.click("Save");
    let settings = desk.take(saved).expect("the tenant is complete");
    assert_eq!(settings.tenant(), Some(&expected));
}

#[test]
fn switching_the_directory_keeps_what_was_typed_for_each() {
    let mut desk = Window::open(Vec2::new(1280.0, 1100.0));
    desk.tell(vec![Event::FirstStart]);
    desk.click("Connect your directory…");
    desk.fill("Domain or tenant id", "larkfield.example");
    desk.fill("Application (client) id", "c-1");
    desk.choose("privacyIDEA");
    desk.fill_privacy_idea();
    desk.tell(vec![tested()]);
    desk.choose("Microsoft Entra ID");
    assert_eq!(desk.field("Domain or tenant id"), "larkfield.example");
    assert_eq!(desk.field("Name of the tenant"), "Larkfield Ltd");
    assert!(!desk.has("Find people"), "the other directory's test is not this one's");
    desk.choose("privacyIDEA");
    assert_eq!(desk.field("Realm of the people"), "larkfield");
    desk.choose("Microsoft Entra ID");
    desk.click("Save");
    let tenant =
        desk.take(saved).and_then(|settings| settings.tenant().cloned()).expect("it is complete");
    assert_eq!(tenant.directory.kind(), DirectoryKind::Entra, "the one that is shown is saved");
}

#[test]
fn a_half_filled_directory_can_not_replace_the_one_in_use() {
    let mut desk = Window::open(Vec2::new(1280.0, 1100.0));
    desk.tell(privacy_idea_station(ThemeChoice::Light, 100));
    desk.click("Settings");
    desk.choose("Microsoft Entra ID");
    assert!(desk.has("The directory is not complete"));
    desk.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::S);
    desk.settle();
    assert!(desk.take(saved).is_none(), "the tenant in use would be lost");
    desk.click("Discard changes");
    assert_eq!(desk.field("Realm of the people"), "larkfield");
}

#[test]
fn an_administrators_password_goes_to_the_keyring_unread_and_untrimmed() {
    let mut desk = Window::open(Vec2::new(1280.0, 1100.0));
    desk.tell(privacy_idea_station(ThemeChoice::Light, 100));
    desk.click("Settings");
    let field = "Administrator's password";
    desk.harness.get_by_role_and_label(Role::PasswordInput, field).focus();
    desk.settle();
    desk.type_text(" pass word ");
    assert!(!desk.whole_tree().contains("pass word"));
    desk.click("Store password");
    let stored = desk.take(|command| match command {
        Command::StoreSecret { tenant, secret: StoredSecret::AdministratorPassword(text) } => {
            Some((tenant, text.expose().to_owned()))
        }
        _ => None,
    });
    assert_eq!(stored, Some(("Larkfield Ltd".to_owned(), " pass word ".to_owned())));
    desk.tell(vec![Event::SecretStored]);
    assert!(desk.has("Stored in the keyring"));
    desk.choose("Microsoft Entra ID");
    assert!(!desk.has("Stored in the keyring"), "nothing was stored for this one");
}

#[test]
fn the_desk_names_the_directory_that_the_key_is_confirmed_in() {
    let mut desk = Window::open(Vec2::new(1280.0, 800.0));
    desk.tell(privacy_idea_station(ThemeChoice::Light, 100));
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_touch(30));
    assert!(desk.has_part("Confirmed in privacyIDEA"));
    assert!(!desk.whole_tree().contains("Entra"));
}

#[test]
fn right_to_left_names_are_read_aloud_in_their_own_order_and_stay_in_their_place() {
    for person in names() {
        let mut desk = Window::practising();
        desk.type_text("x");
        desk.tell(vec![Event::Found { query: "x".into(), people: Ok(vec![person.clone()]) }]);
        desk.press(Key::Enter);
        desk.tell(vec![read_of(person.clone())]);
        desk.tell(insert(our_key()));
        let name = person.display_name;
        assert!(desk.has(&name), "{name}");
        assert!(desk.has(&format!("Register key for {name}")), "{name}");
        for node in desk.harness.query_all_by_label_contains(&name) {
            assert!(node.rect().max.x <= 1280.0 - 20.0, "{name}: {:?}", node.rect());
        }
        let button = desk.harness.get_by_label("Register key").rect();
        assert!(button.max.x <= 1280.0, "{button:?}");
    }
}

#[test]
fn a_long_name_and_a_long_address_take_a_second_line_on_the_persons_card() {
    for (person, lines) in [(elin(), 1.0), (long_name(), 2.0)] {
        let mut desk = Window::practising();
        desk.type_text("x");
        desk.tell(vec![Event::Found { query: "x".into(), people: Ok(vec![person.clone()]) }]);
        desk.press(Key::Enter);
        for (text, line) in [(&person.display_name, 24.0), (&person.upn, 20.0)] {
            let rect = desk.harness.get_by_label(text).rect();
            assert_eq!((rect.height() / line).round(), lines, "{text}: {rect:?}");
            assert!(rect.max.x < 104.0 + 352.0, "{text}: {rect:?}");
        }
    }
}

#[test]
fn three_strokes_and_a_touch_lead_from_the_name_to_the_next_person() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    let request = desk.take(registration).expect("Enter registers");
    assert!(matches!(request.pin, PinChoice::New(NewPin::Random)));
    assert_eq!(request.key, KeyId("key-2".into()));
    desk.tell(to_touch(30));
    assert!(desk.has("Touch the key now"));
    assert!(desk.has("PIN: done, 6 digits, set on the key"));
    desk.tell(to_hand_over(VaultWord::Sealed));
    assert!(!desk.has("Touch the key now"));
    assert!(desk.has("31 884 207"));
    desk.press(Key::Enter);
    assert!(desk.sent().iter().any(|command| matches!(command, Command::HandedOver(_))));
    desk.tell(vec![Event::HandedOver { id: id(), keys_today: 15 }]);
    assert!(desk.has("15"));
    let search = desk.harness.get_by_label("Find a person");
    assert!(search.is_focused(), "the next person's name can be typed at once");
    assert_eq!(search.value().unwrap_or_default(), "");
}

#[test]
fn a_scanned_badge_chooses_when_the_answer_comes() {
    let mut desk = Window::practising();
    desk.type_text("104882");
    desk.press(Key::Enter);
    assert!(!desk.sent().iter().any(|command| matches!(command, Command::ChoosePerson(_))));
    desk.tell(vec![Event::Found { query: "104882".into(), people: Ok(vec![elin()]) }]);
    assert!(desk.sent().iter().any(|command| matches!(command, Command::ChoosePerson(_))));
}

#[test]
fn arrow_keys_mark_another_person() {
    let mut desk = Window::practising();
    desk.find_elin();
    desk.press(Key::ArrowDown);
    desk.press(Key::Enter);
    let chosen = desk.take(|command| match command {
        Command::ChoosePerson(person) => Some(person.display_name),
        _ => None,
    });
    assert_eq!(chosen.as_deref(), Some("Elif Yılmaz"));
}

#[test]
fn the_touch_card_is_there_only_while_the_key_blinks() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    let mut events = to_touch(30);
    let touch = events.pop().unwrap();
    desk.tell(events);
    assert!(!desk.has("Touch the key now"));
    desk.tell(vec![touch]);
    assert!(desk.has("Touch the key now"));
    desk.tell(vec![Event::TouchDone { id: id() }]);
    assert!(!desk.has("Touch the key now"));
}

#[test]
fn single_letters_answer_a_failure() {
    for (key, answer) in [
        (Key::R, Answer::Retry),
        (Key::N, Answer::NewKey),
        (Key::Z, Answer::ResetKey),
        (Key::S, Answer::Skip),
    ] {
        let mut desk = Window::practising();
        desk.prepare();
        desk.press(Key::Enter);
        desk.tell(to_failure());
        assert!(desk.has("The directory did not accept the key"));
        desk.sent();
        desk.press(key);
        let given = desk.take(|command| match command {
            Command::Answer { answer, .. } => Some(answer),
            _ => None,
        });
        assert_eq!(given, Some(answer));
    }
}

#[test]
fn the_details_of_a_failure_are_in_a_fold() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_failure());
    assert!(!desk.has_part("8f0c61a1"));
    desk.click("Details");
    assert!(desk.has_part("8f0c61a1"));
}

#[test]
fn letters_typed_into_the_search_box_answer_nothing() {
    let mut desk = Window::practising();
    desk.tell(vec![unfinished()]);
    desk.type_text("s");
    desk.press(Key::S);
    assert!(!desk.sent().iter().any(|command| matches!(command, Command::Answer { .. })));
}

#[test]
fn two_different_pins_are_refused_and_nothing_is_sent() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.harness.get_by_label("Typed by the person, twice").click();
    desk.settle();
    for (field, text) in [("New PIN", "739152"), ("Repeat PIN", "739153")] {
        desk.harness.get_by_role_and_label(Role::PasswordInput, field).focus();
        desk.settle();
        desk.type_text(text);
    }
    desk.click("Register key");
    assert!(desk.has("The two PINs differ"));
    assert!(desk.take(registration).is_none());
    let tree = desk.whole_tree();
    assert!(!tree.contains("739152") && !tree.contains("739153"));
}

#[test]
fn a_pin_typed_twice_is_sent_and_can_not_be_read_on_the_accessibility_bus() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.harness.get_by_label("Typed by the person, twice").click();
    desk.settle();
    for field in ["New PIN", "Repeat PIN"] {
        desk.harness.get_by_role_and_label(Role::PasswordInput, field).focus();
        desk.settle();
        desk.type_text("739152");
        assert!(!desk.whole_tree().contains("7391"), "{field}");
    }
    desk.press(Key::Enter);
    let request = desk.take(registration).expect("Enter registers from the field");
    let PinChoice::New(NewPin::Typed(pin)) = request.pin else { panic!("not the typed PIN") };
    assert_eq!(pin.expose(), "739152");
}

#[test]
fn a_used_key_asks_for_its_pin_first() {
    let mut desk = Window::practising();
    desk.find_elin();
    desk.press(Key::Enter);
    desk.tell(vec![person_read()]);
    desk.tell(insert(used_key()));
    desk.press(Key::Enter);
    assert!(desk.take(registration).is_none());
    assert!(desk.has("The key has a PIN"));
    desk.harness.get_by_role_and_label(Role::PasswordInput, "Current PIN").focus();
    desk.settle();
    desk.type_text("246813");
    desk.press(Key::Enter);
    let request = desk.take(registration).expect("the PIN was typed");
    assert!(matches!(request.pin, PinChoice::Change { .. }));
}

const SERIAL: &str = "Serial number (printed on the key)";

#[test]
fn a_key_that_tells_no_serial_says_why_and_takes_the_printed_one() {
    let mut desk = Window::practising();
    desk.find_elin();
    desk.press(Key::Enter);
    desk.tell(vec![person_read()]);
    desk.tell(insert(key_without_serial()));
    assert!(desk.has_part("Several YubiKeys are plugged in"));
    desk.harness.get_by_role_and_label(Role::TextInput, SERIAL).focus();
    desk.settle();
    desk.type_text("31 884 20x");
    desk.press(Key::Enter);
    assert!(desk.take(registration).is_none());
    assert!(desk.has("A serial has 1 to 10 digits"));
    desk.harness.get_by_role_and_label(Role::TextInput, SERIAL).focus();
    desk.press(Key::Backspace);
    desk.type_text("7");
    assert!(!desk.has("A serial has 1 to 10 digits"));
    desk.press(Key::Enter);
    let request = desk.take(registration).expect("Enter registers from the field");
    assert_eq!(request.serial.unwrap().to_string(), "31884207");
}

#[test]
fn a_person_whose_methods_may_not_be_read_is_not_said_to_have_none() {
    let mut desk = Window::practising();
    desk.find_elin();
    desk.press(Key::Enter);
    desk.tell(vec![person_read()]);
    assert!(desk.has("Authenticator, phone"));
    assert!(!desk.has_part("not shown"));
    desk.tell(vec![person_read_in_part()]);
    assert!(!desk.has("Password only"));
    assert!(desk.has("Not shown"));
    assert!(desk.has(
        "Other sign-in methods are not shown: the permission UserAuthenticationMethod.Read.All is \
         missing"
    ));
}

#[test]
fn a_pause_of_the_directory_is_counted_down_beside_the_step_that_waits() {
    let mut desk = Window::practising();
    desk.prepare();
    let running = |step| Event::Step { id: id(), step, change: StepChange::Started };
    desk.tell(vec![begun(), running(Step::Register)]);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(3600);
    desk.tell(vec![Event::DirectoryPause { until }]);
    assert!(desk.has_part("The directory asks to wait: resuming in 3"));
    desk.tell(vec![Event::DirectoryPause { until: std::time::Instant::now() }]);
    assert!(!desk.has_part("asks to wait"), "the pause is over");
    desk.tell(vec![Event::DirectoryPause { until }, running(Step::ForcePinChange)]);
    let waiting = desk.harness.query_all_by_label_contains("asks to wait").count();
    assert_eq!(waiting, 1, "a step on the key does not wait for the directory");
}

#[test]
fn a_pause_during_the_check_before_the_first_write_is_said_too() {
    let mut desk = Window::practising();
    desk.prepare();
    let checking = Event::Step { id: id(), step: Step::Preflight, change: StepChange::Started };
    let until = std::time::Instant::now() + std::time::Duration::from_secs(3600);
    desk.tell(vec![begun(), checking, Event::DirectoryPause { until }]);
    assert!(desk.has_part("The directory asks to wait"));
}

#[test]
fn a_search_that_waits_says_for_how_long() {
    let mut desk = Window::practising();
    desk.type_text("elin");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(3600);
    desk.tell(vec![Event::DirectoryPause { until }]);
    assert!(desk.has_part("The directory asks to wait"));
}

#[test]
fn a_typed_serial_belongs_to_the_key_it_was_typed_for() {
    let mut desk = Window::practising();
    desk.find_elin();
    desk.press(Key::Enter);
    desk.tell(vec![person_read()]);
    desk.tell(insert(key_without_serial()));
    desk.harness.get_by_role_and_label(Role::TextInput, SERIAL).focus();
    desk.settle();
    desk.type_text("31884207");
    desk.tell(insert(our_key()));
    assert!(desk.harness.query_by_role_and_label(Role::TextInput, SERIAL).is_none());
    desk.click("Register key");
    assert_eq!(desk.take(registration).expect("registered").serial, None);
}

#[test]
fn a_typed_serial_is_shown_as_typed() {
    let mut desk = Window::practising();
    desk.prepare();
    let mut intent = intent();
    intent.key.serial_from = SerialFrom::Operator;
    let key = key_without_serial();
    desk.tell(insert(key.clone()));
    let steps = steps();
    desk.tell(vec![Event::EnrolmentBegun {
        id: id(),
        intent: Box::new(intent),
        key: Some(key.id),
        steps,
    }]);
    assert!(desk.has_part("typed serial"));
}

#[test]
fn a_long_model_name_is_shown_whole() {
    let mut desk = Window::practising();
    desk.find_elin();
    desk.press(Key::Enter);
    desk.tell(insert(key_without_serial()));
    let name = desk.harness.get_all_by_label(&key_without_serial().model).next().unwrap().rect();
    assert!(name.height() >= 36.0, "one line only: {name}");
    assert!(name.width() <= 256.0, "wider than its card: {name}");
}

#[test]
fn a_model_the_tenant_forbids_is_stopped_before_the_first_write() {
    let mut desk = Window::practising();
    desk.find_elin();
    desk.press(Key::Enter);
    desk.tell(vec![person_read()]);
    desk.tell(insert(forbidden_key()));
    assert!(desk.has_part("blocked by your tenant"));
    desk.press(Key::Enter);
    assert!(desk.take(registration).is_none());
}

#[test]
fn esc_goes_back_cancels_and_puts_aside() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Escape);
    assert!(desk.sent().iter().any(|command| matches!(command, Command::ClearPerson)));
    assert!(desk.has("Find a person"));
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_touch(30));
    desk.sent();
    desk.press(Key::Escape);
    assert!(desk.sent().iter().any(|command| matches!(command, Command::Cancel(_))));
    desk.tell(vec![Event::Stopped { id: id(), stopped: stopped() }]);
    desk.press(Key::Escape);
    assert!(desk.has("1 unfinished enrolment"));
}

#[test]
fn the_pin_is_revealed_once_on_request() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_hand_over(VaultWord::Sealed));
    assert!(!desk.whole_tree().contains("482913"));
    desk.click("Reveal PIN");
    assert!(desk.sent().iter().any(|command| matches!(command, Command::RevealPin(_))));
    let pin = Pin::new("482913").unwrap();
    desk.tell(vec![Event::PinRevealed { id: id(), pin }]);
    assert!(desk.has("482913"));
    desk.click("Hide PIN");
    assert!(!desk.has("482913") && !desk.has("Reveal PIN"));
}

#[test]
fn a_pin_that_is_needed_again_is_typed_and_enter_goes_on() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_touch(30));
    let needed = PinNeeded { which: WhichPin::OnKey, stopped: stopped() };
    desk.tell(vec![Event::PinNeeded { id: id(), needed }]);
    desk.sent();
    desk.harness.get_by_role_and_label(Role::PasswordInput, "Current PIN").focus();
    desk.settle();
    desk.type_text("739152");
    assert!(!desk.whole_tree().contains("7391"));
    desk.press(Key::Enter);
    let pin = desk.take(|command| match command {
        Command::Answer { answer: Answer::Retry, pin, .. } => pin,
        _ => None,
    });
    assert_eq!(pin.map(|pin| pin.expose().to_owned()).as_deref(), Some("739152"));
}

#[test]
fn an_enrolment_of_an_earlier_run_is_shown_with_its_answers() {
    let mut desk = Window::practising();
    desk.tell(vec![unfinished()]);
    assert!(desk.has_part("Karim Nasser"));
    assert!(desk.has_part("PIN set, no credential yet"));
    desk.click("Roll back");
    let answer = desk.take(|command| match command {
        Command::Answer { answer, .. } => Some(answer),
        _ => None,
    });
    assert_eq!(answer, Some(Answer::RollBack));
}

#[test]
fn the_rail_and_its_keys_lead_to_every_screen() {
    let mut desk = Window::practising();
    desk.click("History");
    assert!(desk.has("Check integrity"));
    assert!(desk.sent().iter().any(|command| matches!(command, Command::LoadHistory { .. })));
    desk.click("Settings");
    assert!(desk.has("Test connection"));
    desk.click("Desk");
    assert!(desk.has("Find a person"));
}

#[test]
fn the_bench_inserts_touches_and_pulls_out() {
    let mut desk = Window::practising();
    desk.tell(vec![bench()]);
    assert!(desk.has("Insert Security Key NFC"), "practice opens with its bench");
    desk.click("Insert Security Key NFC");
    desk.press(Key::F8);
    assert!(!desk.has("Insert Security Key NFC"));
    desk.press(Key::F8);
    let touch = desk.harness.get_all_by_role_and_label(Role::Button, "Touch").count();
    let pull = desk.harness.get_all_by_role_and_label(Role::Button, "Pull out").count();
    assert_eq!((touch, pull), (3, 3));
}

#[test]
fn a_full_channel_is_said_and_nothing_is_lost_silently() {
    let mut desk = Window::with_room(Vec2::new(1280.0, 800.0), 1);
    desk.tell(station(ThemeChoice::Light, 100));
    desk.type_text("e");
    desk.type_text("l");
    assert!(desk.has("The station is busy and did not take the last action"));
    desk.click("Dismiss");
    assert!(!desk.has("The station is busy and did not take the last action"));
}

#[test]
fn an_ended_engine_is_said() {
    let mut desk = Window::practising();
    let (nobody, _) = std::sync::mpsc::channel();
    desk.events = nobody;
    desk.settle();
    assert!(desk.has_part("has ended"));
}

#[test]
fn twice_the_text_keeps_every_step_within_reach() {
    let mut desk = Window::open(Vec2::new(1280.0, 800.0));
    desk.tell(station(ThemeChoice::Light, 200));
    desk.prepare();
    desk.press(Key::Enter);
    assert!(desk.take(registration).is_some());
    desk.tell(to_touch(30));
    let card = desk.harness.get_by_label("Touch the key now").rect();
    let window = desk.harness.ctx.content_rect();
    assert!(
        card.max.y <= window.max.y - 72.0 && card.max.x <= window.max.x,
        "{card:?} in {window:?}"
    );
    desk.tell(to_hand_over(VaultWord::Sealed));
    desk.press(Key::Enter);
    assert!(desk.sent().iter().any(|command| matches!(command, Command::HandedOver(_))));
}

#[test]
fn every_theme_shows_the_same_words() {
    for theme in [ThemeChoice::Light, ThemeChoice::Dark, ThemeChoice::HighContrast] {
        let mut desk = Window::open(Vec2::new(1280.0, 800.0));
        desk.tell(station(theme, 100));
        desk.prepare();
        for word in ["Enabled", "May register", "No key yet", "Model allowed", "Ready"] {
            assert!(desk.has(word), "{word} in {theme:?}");
        }
    }
}

#[test]
fn a_hostile_name_stays_in_its_place() {
    let mut desk = Window::practising();
    let mut person = elin();
    person.display_name = format!("Eve \u{202e}{}\u{7}", "x".repeat(300));
    desk.type_text("eve");
    desk.tell(vec![Event::Found { query: "eve".into(), people: Ok(vec![person]) }]);
    desk.press(Key::Enter);
    assert!(!desk.whole_tree().contains('\u{202e}'));
    desk.tell(insert(our_key()));
    assert!(desk.has("Back"));
    let button = desk.harness.get_by_label("Register key").rect();
    assert!(button.max.x <= 1280.0, "{button:?}");
}

#[test]
fn a_hundred_thousand_people_and_rows_lay_out_only_what_is_seen() {
    let mut desk = Window::practising();
    let crowd = (0..100_000).map(|n| person(n, &format!("Elin {n}"), "e@larkfield.example"));
    desk.type_text("elin");
    desk.tell(vec![Event::Found { query: "elin".into(), people: Ok(crowd.collect()) }]);
    let rows = desk.harness.query_all_by_label_contains("e@larkfield.example").count();
    assert!((1..40).contains(&rows), "{rows} rows laid out");
    desk.click("History");
    desk.tell(vec![history(100_000)]);
    let rows = desk.harness.query_all_by_label("Mira Holm").count();
    assert!((1..60).contains(&rows), "{rows} rows laid out");
}

#[test]
fn an_idle_window_draws_nothing() {
    let mut desk = Window::practising();
    desk.prepare();
    assert!(desk.harness.try_run().is_ok(), "still repainting");
}

#[test]
fn a_pulled_key_is_missed_at_once() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.tell(vec![Event::Key(KeyEvent::Removed { id: KeyId("key-2".into()) })]);
    assert!(desk.has("It is checked before anything is written to it"));
    desk.press(Key::Enter);
    assert!(desk.take(registration).is_none());
}

fn abandoned(command: Command) -> Option<(EnrolmentId, String)> {
    match command {
        Command::Abandon { enrolment, reason } => Some((enrolment, reason)),
        _ => None,
    }
}

impl Window {
    fn give_reason(&mut self, reason: &str) {
        self.harness.get_by_role_and_label(Role::TextInput, "Reason").focus();
        self.settle();
        self.type_text(reason);
    }
}

#[test]
fn an_unfinished_enrolment_is_abandoned_only_with_a_reason() {
    let mut desk = Window::practising();
    desk.tell(vec![unfinished()]);
    desk.click("Abandon");
    assert!(desk.take(abandoned).is_none());
    desk.give_reason("the key is lost");
    desk.click("Abandon");
    let (id, reason) = desk.take(abandoned).expect("a reason was typed");
    assert_eq!((id.0.as_u128(), reason.as_str()), (99, "the key is lost"));
    desk.tell(vec![Event::Ended { id, summary: "Given up: the key is lost".into() }]);
    assert!(!desk.has("1 unfinished enrolment"));
    assert!(desk.has("Given up: the key is lost"));
}

#[test]
fn a_stopped_enrolment_is_abandoned_only_with_a_reason_and_typing_it_answers_nothing() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_failure());
    desk.sent();
    desk.click("Abandon");
    assert!(desk.sent().is_empty());
    desk.give_reason("zinc rusts");
    desk.press(Key::Enter);
    assert!(desk.sent().is_empty(), "letters and Enter in a text are no answers");
    desk.click("Abandon");
    assert_eq!(desk.take(abandoned), Some((id(), "zinc rusts".to_owned())));
}

#[test]
fn the_list_from_the_engine_keeps_what_was_put_aside_and_shows_nothing_twice() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_failure());
    desk.press(Key::Escape);
    desk.tell(vec![unfinished()]);
    assert!(desk.has("2 unfinished enrolments"));
    desk.tell(vec![unfinished()]);
    assert!(desk.has("2 unfinished enrolments"));
    desk.tell(vec![Event::Ended { id: id(), summary: "Taken back".into() }]);
    assert!(desk.has("1 unfinished enrolment"));
}

#[test]
fn a_closed_vault_is_said_and_its_ways_out_are_in_the_settings() {
    let mut desk = Window::practising();
    let problem = keydesk::problem::Problem {
        what: "Random PINs are refused: the key is gone".into(),
        next: "Persons type their PINs".into(),
        details: Vec::new(),
    };
    desk.tell(vec![Event::Vault(VaultMode::Closed { problem, given_up: Some(3) })]);
    assert!(desk.has("Random PINs are refused: the key is gone"));
    desk.click("Settings");
    desk.click("Try the keyring again");
    assert!(desk.sent().iter().any(|command| matches!(command, Command::ReopenVault)));
    desk.click("Give up 3 sealed PINs…");
    assert!(!desk.sent().iter().any(|command| matches!(command, Command::GiveUpSealedPins)));
    desk.click("Give up 3 sealed PINs");
    assert!(desk.sent().iter().any(|command| matches!(command, Command::GiveUpSealedPins)));
    desk.tell(vec![Event::SealedPinsGivenUp { lost: 3 }, Event::Vault(VaultMode::Open)]);
    assert!(desk.has("3 sealed PINs were given up"));
    assert!(!desk.has("Try the keyring again"));
}

#[test]
fn a_foreign_file_that_was_left_alone_is_told_at_the_hand_over() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.press(Key::Enter);
    let mut events = to_hand_over(VaultWord::Sealed);
    if let Some(Event::Finished(finished)) = events.last_mut() {
        finished.csv = Ok("/tmp/out/registeredKeys-2.csv".into());
        finished.foreign = vec!["/tmp/out/registeredKeys.csv".into()];
    }
    desk.tell(events);
    assert!(desk.has("registeredKeys.csv is not Keydesk's and was left alone"));
    assert!(desk.has_part("Take the rows from registeredKeys-2.csv"));
}

#[test]
fn the_window_has_a_name_for_assistive_technologies() {
    let desk = Window::practising();
    assert_eq!(desk.harness.root().accesskit_node().label().as_deref(), Some("Keydesk"));
}

#[test]
fn bench_cards_begin_with_a_capital_and_their_buttons_keep_the_name() {
    let mut desk = Window::practising();
    let key = keydesk::engine::BenchKey {
        slot: 3,
        model: "used key".into(),
        serial: None,
        remark: String::new(),
        inserted: None,
        of_box: false,
    };
    let boxed = keydesk::engine::BenchKey {
        slot: 10,
        model: "key of box 1".into(),
        of_box: true,
        ..key.clone()
    };
    desk.tell(vec![Event::Bench(vec![key, boxed])]);
    assert!(desk.has("Used key") && desk.has("Insert used key"));
    assert!(desk.has("Another key of box 1") && !desk.has("Another used key"));
}

fn switched(command: Command) -> Option<String> {
    match command {
        Command::SwitchTenant(name) => Some(name),
        _ => None,
    }
}

#[test]
fn the_tenants_name_in_the_band_is_a_menu_of_the_others() {
    let mut desk = Window::open(Vec2::new(1280.0, 800.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    assert!(!desk.has_part("Pinewood Furniture"));
    desk.click("Tenant: Larkfield Ltd");
    assert!(desk.has("Pinewood Furniture, pinewood.example"));
    desk.press(Key::Escape);
    assert!(!desk.has_part("Pinewood Furniture"));
    desk.click("Tenant: Larkfield Ltd");
    // The first of the others has the focus.
    desk.press(Key::Enter);
    assert_eq!(desk.take(switched).as_deref(), Some("Harbour Foods"));
}

#[test]
fn of_what_is_unfinished_elsewhere_only_the_number_is_told() {
    let mut desk = Window::open(Vec2::new(1280.0, 800.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    assert!(desk.has("2 unfinished enrolments wait under Harbour Foods"));
    desk.click("Switch to Harbour Foods");
    assert_eq!(desk.take(switched).as_deref(), Some("Harbour Foods"));
}

#[test]
fn nothing_of_a_tenant_stays_on_the_screen_when_it_is_left() {
    let mut desk = Window::open(Vec2::new(1280.0, 800.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    desk.prepare();
    desk.press(Key::Enter);
    desk.tell(to_failure());
    desk.tell(vec![Event::Problem(stopped().problem)]);
    assert!(desk.has_part("Elin"));
    desk.tell(vec![Event::TenantLeft]);
    let tree = desk.whole_tree();
    assert!(!tree.contains("Elin") && !tree.contains("Larkfield"), "{tree}");
}

#[test]
fn a_tenant_found_for_a_domain_is_taken_only_when_the_operator_says_so() {
    let mut desk = Window::open(Vec2::new(1280.0, 1100.0));
    desk.tell(vec![Event::FirstStart]);
    desk.click("Connect your directory…");
    desk.fill("Domain or tenant id", "larkfield.example");
    desk.click("Discover");
    let found = found_foreign("larkfield.example");
    desk.tell(vec![Event::Discovered(Ok(found.clone()))]);
    assert!(desk.has("The domain is not one of this organisation's"));
    assert_eq!(desk.field("Domain or tenant id"), "larkfield.example");
    desk.click("It is another one");
    assert!(!desk.has_part("Is this the tenant of"));
    desk.tell(vec![Event::Discovered(Ok(found.clone()))]);
    desk.click("Use this tenant");
    assert_eq!(desk.field("Domain or tenant id"), found.tenant_id);
    // The domain is kept, for after the sign-in, until something else is typed.
    desk.fill("Name of the tenant", "Larkfield");
    desk.fill("Application (client) id", "c-1");
    desk.click("Test connection");
    assert_eq!(desk.take(tested_domain), Some(Some("larkfield.example".into())));
    desk.tell(vec![Event::ConnectionTested(Vec::new())]);
    desk.fill("Domain or tenant id", "x");
    desk.click("Test connection");
    assert_eq!(desk.take(tested_domain), Some(None));
}

fn tested_domain(command: Command) -> Option<Option<String>> {
    match command {
        Command::TestConnection { tenant } => tenant.entra().map(|entra| entra.domain.clone()),
        _ => None,
    }
}

#[test]
fn a_tenant_is_removed_after_a_question_and_only_with_save() {
    let mut desk = Window::open(Vec2::new(1280.0, 1400.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    desk.click("Settings");
    desk.choose("Pinewood Furniture, pinewood.example");
    desk.click("Remove tenant…");
    assert!(desk.has("Remove Pinewood Furniture from this station?"));
    desk.click("Remove tenant");
    assert!(desk.take(saved).is_none());
    desk.click("Save");
    let settings = desk.take(saved).expect("it was changed");
    let names: Vec<&str> = settings.tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    assert_eq!(names, ["Larkfield Ltd", "Harbour Foods"]);
    assert_eq!(settings.current.as_deref(), Some("Larkfield Ltd"));
}

#[test]
fn what_is_left_as_it_was_is_not_changed_by_showing_it() {
    let mut desk = Window::open(Vec2::new(1280.0, 1400.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    desk.click("Settings");
    for name in ["Pinewood Furniture, pinewood.example", "Harbour Foods, harbourfoods.example"] {
        desk.choose(name);
    }
    assert!(!desk.has("Not saved yet") && !desk.has("The directory is not complete"));
}

#[test]
fn a_recipient_of_pins_is_added_and_removed_and_what_is_none_is_refused_at_once() {
    const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    // The public example of age's own documentation.
    const SECRET: &str =
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    let mut desk = Window::open(Vec2::new(1280.0, 2000.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    desk.click("Settings");
    assert!(desk.has_part("PINs can't be exported encrypted"));
    desk.fill("Recipient to add", SECRET);
    desk.click("Add recipient");
    assert!(desk.has_part("is a secret identity"));
    assert!(!desk.has("Not saved yet"), "it is not in the draft");
    desk.harness.get_by_role_and_label(Role::TextInput, "Recipient to add").focus();
    desk.settle();
    desk.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    desk.type_text(RECIPIENT);
    assert!(!desk.has_part("is a secret identity"));
    desk.click("Add recipient");
    assert_eq!(desk.field("Recipient to add"), "");
    desk.choose("Keep them sealed here");
    desk.click("Save");
    let settings = desk.take(saved).expect("it was changed");
    assert_eq!(settings.outputs.age_recipients, [RECIPIENT]);
    assert_eq!(settings.outputs.purge_pins, PurgePins::Keep);
    desk.tell(vec![Event::Settings(Box::new(settings))]);
    desk.click(&format!("Remove recipient {RECIPIENT}"));
    desk.click("Save");
    assert!(desk.take(saved).expect("it was changed").outputs.age_recipients.is_empty());
}
