//! The options of a session.

use super::*;

#[test]
fn the_options_are_one_sentence_that_follows_the_editor() {
    let mut station = Window::opened(Vec2::new(1280.0, 1400.0), 100);
    station.tell(vec![people_read(40)]);
    station.press(Key::Enter);
    assert!(station.has_part("Random 6-character PIN, must be changed at first use, old keys"));
    station.choose("Typed at the slot by each person");
    station.choose("Used keys are reset without asking at each");
    station.choose("Fetched for everybody before the first key");
    station.click("7 days");
    station.tick("Two keys for each person");
    station.tick("Must be changed at first use");
    assert!(station.has_part("PIN typed by each person, two keys for each person"));
    station.click("Begin with 33 people");
    match station.bulk().as_slice() {
        [BulkCommand::Begin { options, .. }] => {
            let expected = SessionOptions {
                pin: SessionPin::Typed,
                first_use: FirstUse::KeepPin,
                used_keys: UsedKeys::Reset,
                old_keys: OldKeys::Remove,
                keys_each: 2,
                challenges: Challenges::Prefetched { minutes: 10_080 },
                ..SessionOptions::default()
            };
            assert_eq!(**options, expected);
        }
        other => panic!("{other:?}"),
    }
    assert!(station.has("Beginning…"));
}

#[test]
fn the_options_stay_when_what_they_do_not_come_from_is_changed() {
    let mut station = Window::opened(Vec2::new(1280.0, 1400.0), 100);
    station.tell(vec![people_read(40)]);
    station.press(Key::Enter);
    station.tick("Two keys for each person");
    let settings = hospital(ThemeChoice::Light, 100)
        .into_iter()
        .find_map(|event| match event {
            Event::Settings(settings) => Some(settings),
            _ => None,
        })
        .unwrap();
    station.tell(vec![Event::Settings(settings.clone())]);
    assert!(station.has_part("two keys for each person"), "another theme");
    let mut settings = settings;
    settings.pin.length = 8;
    station.tell(vec![Event::Settings(settings)]);
    assert!(station.has_part("Random 8-") && !station.has_part("two keys for each person"));
}

#[test]
fn options_that_cannot_be_used_stop_the_beginning_and_say_why() {
    let mut station = Window::opened(Vec2::new(1280.0, 1400.0), 100);
    station.tell(vec![people_read(40)]);
    station.press(Key::Enter);
    station.choose("Fetched for everybody before the first key");
    station.fill("Minutes a challenge lives", "3");
    assert!(station.has("A challenge can't live so long"));
    station.click("Begin with 33 people");
    assert_eq!(station.bulk(), []);
}

#[test]
fn a_stock_list_becomes_part_of_the_options() {
    let mut station = Window::opened(Vec2::new(1280.0, 1400.0), 100);
    station.tell(vec![people_read(40)]);
    station.press(Key::Enter);
    station.tell(vec![bulk(BulkEvent::Stock(vec!["31884100".into(), "31884101".into()]))]);
    assert!(station.has_part("only the 2 keys of the stock list"));
    assert!(station.has("33 keys are needed."));
    station.click_as(Role::CheckBox, "Two keys for each person");
    assert!(station.has("66 keys are needed."));
    station.press(Key::Enter);
    match station.bulk().as_slice() {
        [BulkCommand::Begin { options, .. }] => assert_eq!(options.stock.len(), 2),
        other => panic!("{other:?}"),
    }
}

#[test]
fn esc_goes_back_to_the_people_and_not_to_the_desk() {
    let mut station = Window::at_bulk();
    station.tell(vec![people_read(40)]);
    station.press(Key::Enter);
    station.press(Key::Escape);
    assert!(station.has("Options for 33 people"));
}

#[test]
fn enter_that_ends_a_text_begins_no_session() {
    let mut station = Window::opened(Vec2::new(1280.0, 1400.0), 100);
    station.tell(vec![people_read(40)]);
    station.press(Key::Enter);
    station.fill("Name of the passkey", " {date}");
    station.press(Key::Enter);
    assert_eq!(station.bulk(), []);
    station.press(Key::Enter);
    assert!(matches!(station.bulk().as_slice(), [BulkCommand::Begin { .. }]));
}
