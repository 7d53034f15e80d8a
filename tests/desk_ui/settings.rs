//! The first start and the settings: directories, the keyring, who may read PINs.

use super::*;

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
    desk.tell(vec![Event::Keyring(KeyringMode::Locked("asked".into()))]);
    assert!(desk.has("Kept until Keydesk ends") && !desk.has("Stored in the keyring"));
    desk.tell(vec![Event::Keyring(KeyringMode::Keyring)]);
    desk.choose("Microsoft Entra ID");
    assert!(!desk.has("Stored in the keyring"), "nothing was stored for this one");
}

#[test]
fn a_closed_vault_is_said_with_its_way_out_and_pins_are_given_up_in_the_settings() {
    let mut desk = Window::practising();
    let problem = keydesk::problem::Problem {
        what: "Random PINs are refused: the key is gone".into(),
        next: "Persons type their PINs".into(),
        details: Vec::new(),
    };
    desk.tell(vec![Event::Keyring(KeyringMode::Locked("asked".into()))]);
    assert!(desk.has("Unlock it, then start Keydesk again"));
    desk.tell(vec![Event::Vault(VaultMode::InMemory)]);
    assert!(desk.has_part("secrets and sealed PINs are kept for this session only"));
    assert!(desk.has_part("hand PINs over, or print them, before it ends"));
    let gone = VaultMode::Closed { problem: problem.clone(), given_up: Some(3) };
    desk.tell(vec![Event::Vault(gone)]);
    assert!(desk.has("Random PINs are refused: the key is gone"));
    assert!(desk.has("Unlock it, then try it again"));
    let locked = keydesk::problem::Problem {
        what: "Random PINs are refused: the keyring is locked".into(),
        next: "Persons type their PINs".into(),
        details: Vec::new(),
    };
    let closed = VaultMode::Closed { problem: locked, given_up: None };
    desk.tell(vec![Event::Vault(closed)]);
    assert!(desk.has("Persons type their PINs, and secrets are kept for this session only"));
    assert!(!desk.has_part("The OS keyring is locked"), "it is said once");
    desk.tell(vec![Event::Vault(VaultMode::Closed { problem, given_up: Some(3) })]);
    desk.click("Try the keyring again");
    assert!(desk.sent().iter().any(|command| matches!(command, Command::ReopenVault)));
    desk.click("Settings");
    desk.click("Give up 3 sealed PINs…");
    assert!(!desk.sent().iter().any(|command| matches!(command, Command::GiveUpSealedPins)));
    desk.click("Give up 3 sealed PINs");
    assert!(desk.sent().iter().any(|command| matches!(command, Command::GiveUpSealedPins)));
    desk.tell(vec![Event::SealedPinsGivenUp { lost: 3 }, Event::Vault(VaultMode::Open)]);
    assert!(desk.has("3 sealed PINs were given up"));
    assert!(!desk.has("Try the keyring again"));
}

#[test]
fn a_recipient_of_pins_is_added_and_removed_and_what_is_none_is_refused_at_once() {
    const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    // The public example of age's own documentation.
    const SECRET: &str =
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    let mut desk = Window::open(Vec2::new(1280.0, 1100.0));
    desk.tell(provider_station(ThemeChoice::Light, 100));
    desk.click("Settings");
    desk.turn_to("Outputs");
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
