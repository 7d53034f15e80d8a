//! Several tenants: the menu of them, their domains, and what stays on the screen.

use super::*;

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

/// What was typed for one that is not kept is in no keyring, and forgotten with it.
#[test]
fn the_secret_of_a_new_tenant_is_dropped_with_it_and_that_of_another_new_one_stays() {
    let mut desk = Window::open(Vec2::new(1280.0, 2000.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    desk.click("Settings");
    for name in ["Fjord", "Skerry"] {
        desk.click("Add tenant");
        desk.fill("Name of the tenant", name);
        desk.choose("Client secret");
        desk.harness.get_by_role_and_label(Role::PasswordInput, "Client secret value").focus();
        desk.settle();
        desk.type_text("s3cret");
        desk.click("Store secret");
        let stored = desk.take(|command| match command {
            Command::StoreSecret { tenant, .. } => Some(tenant),
            _ => None,
        });
        assert_eq!(stored.as_deref(), Some(name));
        desk.tell(vec![Event::SecretWaits]);
        assert!(desk.has("Goes to the keyring when this tenant is saved"));
    }
    let dropped = |command| match command {
        Command::DropWaitingSecrets { but_of } => Some(but_of),
        _ => None,
    };
    desk.click("Remove tenant…");
    desk.click("Remove tenant");
    assert_eq!(desk.take(dropped), Some(vec!["Fjord".to_owned()]));
}

/// A new tenant with all it needs, and a secret.
fn add_with_secret(desk: &mut Window, name: &str, domain: &str) {
    desk.click("Add tenant");
    desk.fill("Name of the tenant", name);
    desk.fill("Domain or tenant id", domain);
    desk.fill("Application (client) id", "c-1");
    type_secret(desk);
    desk.click("Store secret");
    let stored = desk.take(|command| match command {
        Command::StoreSecret { tenant, .. } => Some(tenant),
        _ => None,
    });
    assert_eq!(stored.as_deref(), Some(name));
    desk.tell(vec![Event::SecretWaits]);
}

fn type_secret(desk: &mut Window) {
    desk.choose("Client secret");
    desk.harness.get_by_role_and_label(Role::PasswordInput, "Client secret value").focus();
    desk.settle();
    desk.type_text("s3cret");
}

fn rename(desk: &mut Window, name: &str) {
    desk.harness.get_by_role_and_label(Role::TextInput, "Name of the tenant").focus();
    desk.settle();
    desk.press_with(Modifiers::COMMAND, Key::A);
    desk.type_text(name);
}

#[test]
fn every_secret_goes_by_the_name_that_its_tenant_is_saved_under() {
    let mut desk = Window::open(Vec2::new(1280.0, 2000.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    desk.click("Settings");
    add_with_secret(&mut desk, "Aster", "aster.example");
    add_with_secret(&mut desk, "Birch", "birch.example");
    desk.choose("Aster, aster.example");
    rename(&mut desk, "Birch");
    assert!(desk.has("Two tenants have one name") && desk.is_disabled("Save"));
    // It is so, whichever is shown.
    desk.choose("Larkfield Ltd, larkfield.example, In use");
    assert!(desk.has("Two tenants have one name") && desk.is_disabled("Save"));
    desk.choose("Birch, birch.example");
    rename(&mut desk, "Cedar");
    desk.click("Save");
    let mut sent = desk.sent().into_iter();
    let moves: Vec<_> = sent
        .by_ref()
        .map_while(|command| match command {
            Command::RenameWaitingSecrets { from, to } => Some((from, to)),
            Command::SaveSettings(_) => None,
            _ => panic!("only names were typed"),
        })
        .collect();
    let mut waits = vec!["Aster".to_owned(), "Birch".to_owned()];
    for (from, to) in moves {
        assert!(!waits.contains(&to), "{to} is another one's");
        waits.iter_mut().filter(|name| **name == from).for_each(|name| name.clone_from(&to));
    }
    assert_eq!(waits, ["Birch", "Cedar"], "before they are saved");
}

#[test]
fn the_name_of_a_removed_tenant_is_free_once_the_settings_are_saved() {
    let mut desk = Window::open(Vec2::new(1280.0, 2000.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    desk.click("Settings");
    add_with_secret(&mut desk, "Aster", "aster.example");
    desk.choose("Pinewood Furniture, pinewood.example");
    desk.click("Remove tenant…");
    desk.click("Remove tenant");
    desk.choose("Aster, aster.example");
    rename(&mut desk, "Pinewood Furniture");
    desk.sent();
    let refusal = "The removed tenant has this name until the settings are saved";
    assert!(desk.has(refusal));
    type_secret(&mut desk);
    assert!(desk.is_disabled("Store secret") && desk.is_disabled("Save"));
    desk.press_with(Modifiers::COMMAND, Key::S);
    assert!(desk.sent().is_empty(), "its secret would be used for the new one");
    rename(&mut desk, "Aster");
    desk.click("Save");
    let mut kept = desk.take(saved).expect("it was changed");
    kept.tenants.retain(|tenant| tenant.name != "Aster");
    desk.tell(vec![Event::Settings(Box::new(kept))]);
    rename(&mut desk, "Pinewood Furniture");
    assert!(!desk.has(refusal));
    let moved = desk.take(|command| match command {
        Command::RenameWaitingSecrets { from, to } => Some((from, to)),
        _ => None,
    });
    assert_eq!(moved, Some(("Aster".to_owned(), "Pinewood Furniture".to_owned())));
}
