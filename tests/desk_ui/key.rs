//! The key and its PIN, before anything is written to it.

use super::*;

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
fn a_pulled_key_is_missed_at_once() {
    let mut desk = Window::practising();
    desk.prepare();
    desk.tell(vec![Event::Key(KeyEvent::Removed { id: KeyId("key-2".into()) })]);
    assert!(desk.has("It is checked before anything is written to it"));
    desk.press(Key::Enter);
    assert!(desk.take(registration).is_none());
}
