//! The window around it: rail, bench, themes, sizes, and the engine's end.

use super::*;

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

/// Beside the bench there is no room for them in one row.
#[test]
fn each_answer_to_a_failure_is_in_sight_beside_the_bench() {
    let mut desk = Window::practising();
    desk.tell(vec![bench()]);
    desk.prepare();
    desk.tell(to_failure());
    let words = ["Retry", "New key", "Reset key", "Skip", "Put aside"];
    let buttons = words.map(|word| desk.harness.get_by_role_and_label(Role::Button, word).rect());
    for (n, one) in buttons.iter().enumerate() {
        assert!(one.max.x <= 936.0 && one.max.y <= 728.0, "{}: {one:?}", words[n]);
        for other in &buttons[n + 1..] {
            assert!(!one.intersects(*other), "{}: {one:?} {other:?}", words[n]);
        }
    }
}
