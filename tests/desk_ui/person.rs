//! Who gets the key: the search, scanned badges, names and what is said of a person.

use super::*;

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
fn a_search_that_waits_says_for_how_long() {
    let mut desk = Window::practising();
    desk.type_text("elin");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(3600);
    desk.tell(vec![Event::DirectoryPause { until }]);
    assert!(desk.has_part("The directory asks to wait"));
}
