//! The end of a session, and what is reached after it.

use super::*;

#[test]
fn pins_are_not_encrypted_for_nobody() {
    let mut station = Window::at_bulk();
    let mut settings = Settings::default();
    settings.outputs.age_recipients.clear();
    station.tell(vec![scenes::who::operator(&keydesk::access::Role::ALL)]);
    station.tell(vec![Event::Settings(Box::new(settings))]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    station.tell(ended());
    assert!(station.has_part("Nobody can open them yet"));
    station.click("PINs, encrypted");
    assert_eq!(station.bulk(), []);
}

#[test]
fn the_last_page_writes_what_is_asked_for() {
    let mut station = Window::at_bulk();
    station.tell(vec![scenes::who::operator(&keydesk::access::Role::ALL)]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    station.tell(ended());
    for name in ["PIN letters", "Labels", "Report", "PINs, encrypted"] {
        station.click(name);
    }
    let expected = [
        BulkCommand::PrintLetters(session_id(5)),
        BulkCommand::PrintLabels(session_id(5)),
        BulkCommand::WriteReport(session_id(5)),
        BulkCommand::ExportPins(session_id(5)),
    ];
    assert_eq!(station.bulk(), expected);
    assert!(station.has("496 Done") && station.has("6 Without a key"));
    assert!(station.has_part("Written, 496 labels"));
}

#[test]
fn pins_in_clear_text_are_asked_for_twice() {
    let mut station = Window::at_bulk();
    station.tell(vec![scenes::who::operator(&keydesk::access::Role::ALL)]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    station.tell(ended());
    station.click("PINs in clear text");
    assert_eq!(station.bulk(), []);
    assert!(station.has("Whoever reads this file can use every key of the session"));
    station.click("Write them in clear text");
    assert_eq!(station.bulk(), [BulkCommand::ExportPinsInClear(session_id(5))]);
}

#[test]
fn who_may_not_export_pins_sees_why() {
    let mut station = Window::at_bulk();
    station.tell(vec![scenes::who::operator(&[keydesk::access::Role::Provisioner])]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    station.tell(ended());
    station.click("PINs, encrypted");
    assert_eq!(station.bulk(), []);
    assert!(station.has_part("Needs the role PIN officer"));
}

#[test]
fn a_pin_officer_alone_exports_pins_and_sees_nothing_else_of_a_session() {
    let mut station = Window::at_bulk();
    station.tell(vec![scenes::who::operator(&[keydesk::access::Role::PinOfficer])]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    assert!(station.has("No session") && !station.has("Choose file…"));
    station.tell(running(slots()));
    station.tell(vec![scenes::who::operator(&[keydesk::access::Role::PinOfficer])]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    assert!(!station.has_part("Jonas Wiklund"));
    station.click("PINs, encrypted");
    assert_eq!(station.bulk(), [BulkCommand::ExportPins(session_id(5))]);
}

#[test]
fn a_new_session_follows_the_last_page() {
    let mut station = Window::at_bulk();
    station.tell(ended());
    station.press(Key::Enter);
    assert_eq!(station.bulk(), [BulkCommand::DropPeople]);
    assert!(station.has("Choose file…"));
    assert!(station.has_part("31 sealed PINs wait for their letters"), "they are not left behind");
}

#[test]
fn the_papers_of_the_last_session_are_reached_after_a_restart() {
    let mut station = Window::at_bulk();
    assert!(!station.has("The last session"));
    station.tell(vec![past(&[(5, 31)])]);
    assert!(station.has_part("31 sealed PINs wait for their letters"));
    station.click_part(Role::Button, "Papers of");
    assert_eq!(station.bulk(), [BulkCommand::ShowEnded(session_id(5))]);
    station.tell(vec![entries(502), bulk(BulkEvent::Ended(Box::new(summary(5, 31))))]);
    assert!(station.has("496 Done"));
}

#[test]
fn a_pin_officer_finds_the_last_sessions_pins_after_a_restart() {
    let mut station = Window::at_bulk();
    station.tell(vec![scenes::who::operator(&[keydesk::access::Role::PinOfficer])]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    station.tell(vec![past(&[(5, 0), (4, 31)])]);
    station.click("PINs, encrypted");
    station.click_part(Role::Button, "31 sealed PINs");
    station.click("PINs, encrypted");
    let expected = [5, 4].map(|n| BulkCommand::ExportPins(session_id(n)));
    assert_eq!(station.bulk(), expected);
}

#[test]
fn another_tenant_sees_nothing_of_the_session() {
    let mut station = Window::running(slots());
    assert!(station.has_part("Jonas Wiklund") && station.has_part("884 198"));
    station.tell(vec![Event::TenantLeft]);
    station.tell(hospital(ThemeChoice::Dark, 100));
    station.press_with(Modifiers::COMMAND, Key::Num2);
    assert!(!station.has_part("Jonas Wiklund") && !station.has_part("884 198"));
    assert!(station.has("Choose file…"));
}

#[test]
fn the_last_hour_is_plotted_in_every_room() {
    for (size, percent) in [
        (Vec2::new(1280.0, 800.0), 100),
        (Vec2::new(1280.0, 800.0), 200),
        (Vec2::new(1000.0, 700.0), 100),
        (Vec2::new(900.0, 480.0), 100),
        (Vec2::new(640.0, 480.0), 100),
    ] {
        let mut station = Window::opened(size, percent);
        station.tell(running(running_only()));
        let plot = station.harness.get_by_label_contains("Keys per hour in the last hour, now 70");
        let room = plot.rect();
        assert!(room.width() >= 139.0 && room.height() > 30.0, "{size:?} at {percent} %: {room:?}");
    }
}

#[test]
fn large_text_and_small_windows_keep_the_call_in_sight() {
    for (size, percent) in [
        (Vec2::new(1280.0, 800.0), 200),
        (Vec2::new(640.0, 480.0), 100),
        (Vec2::new(700.0, 600.0), 125),
    ] {
        let mut station = Window::opened(size, percent);
        station.tell(running(slots()));
        let alert = station.harness.get_by_role(Role::Alert);
        let rect = alert.rect();
        let zoom = f32::from(percent) / 100.0;
        let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size / zoom);
        assert!(window.contains_rect(rect), "{size:?} at {percent} %: {rect:?}");
    }
}
