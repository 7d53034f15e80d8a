//! Who may, and where it is.

use super::*;

#[test]
fn bulk_is_second_on_the_rail_and_closed_to_a_clerk() {
    use keydesk::access::Role as OperatorRole;
    let mut station = Window::at_bulk();
    assert!(station.has("Choose file…"));
    station.tell(vec![scenes::who::operator(&[OperatorRole::Clerk])]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    assert!(!station.has("Choose file…"));
    assert!(station.has_part("Needs the role Provisioner or PIN officer"));
    station.tell(vec![scenes::who::operator(&[OperatorRole::Provisioner])]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    assert!(station.has("Choose file…"));
}

#[test]
fn sounds_are_off_until_they_are_switched_on_in_the_settings() {
    let mut station = Window::opened(Vec2::new(1280.0, 800.0), 100);
    station.tell(scenes::station(ThemeChoice::Light, 100));
    station.press_with(Modifiers::COMMAND, Key::Num7);
    station.turn_to("Appearance");
    station.tick("A short sound when a key is done or its slot asks");
    station.click("Save");
    let saved = station.sent().into_iter().find_map(|command| match command {
        Command::SaveSettings(settings) => Some(settings.appearance.sounds),
        _ => None,
    });
    assert_eq!(saved, Some(true));
}
