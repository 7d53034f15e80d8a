//! The Bulk screen as an operator uses it, with a scripted engine and without a display.
#![cfg(test)]

mod scenes;
mod ui_common;

use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use keydesk::bulk::{
    Challenges, EntryNo, EntryState, OldKeys, SessionOptions, SessionPin, SlotNo, UsedKeys,
};
use keydesk::engine::*;
use keydesk::enrolment::{Answer, EnrolmentId, FirstUse};
use keydesk::settings::{DirectorySettings, Settings, ThemeChoice};
use scenes::bulk::*;
use ui_common::Window;

impl Window {
    /// Nobody has pressed anything yet.
    fn untouched(size: Vec2, text_percent: u16) -> Self {
        let mut station = Window::open(size);
        station.tell(hospital(ThemeChoice::Dark, text_percent));
        station
    }

    fn opened(size: Vec2, text_percent: u16) -> Self {
        let mut station = Self::untouched(size, text_percent);
        station.press_with(Modifiers::COMMAND, Key::Num2);
        station
    }

    fn at_bulk() -> Self {
        Self::opened(Vec2::new(1280.0, 800.0), 100)
    }

    /// A session with these slots.
    fn running(slots: Vec<SlotShown>) -> Self {
        let mut station = Self::at_bulk();
        station.tell(running(slots));
        station
    }

    /// As a scanner does: all within one moment.
    fn scan(&mut self, text: &str) {
        for letter in text.chars() {
            self.harness.event(egui::Event::Text(letter.to_string()));
        }
        self.harness.key_press(Key::Enter);
        self.settle();
    }

    fn field(&self, name: &str) -> String {
        self.harness.get_by_role_and_label(Role::TextInput, name).value().unwrap_or_default()
    }

    fn is_selected(&self, part: &str) -> bool {
        let mut nodes = self.harness.query_all_by_label_contains(part);
        nodes.any(|node| node.accesskit_node().toggled() == Some(Toggled::True))
    }

    fn bulk(&mut self) -> Vec<BulkCommand> {
        let bulk = |command| match command {
            Command::Bulk(command) => Some(command),
            _ => None,
        };
        self.sent().into_iter().filter_map(bulk).collect()
    }

    /// Slot and answer of the answers that were sent.
    fn answers(&mut self) -> Vec<(EnrolmentId, Answer)> {
        let answer = |command| match command {
            Command::Answer { enrolment, answer, .. } => Some((enrolment, answer)),
            _ => None,
        };
        self.sent().into_iter().filter_map(answer).collect()
    }
}

fn slot_enrolment(no: u8) -> EnrolmentId {
    enrolment(u128::from(no))
}

// Who may, and where it is.

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

// People.

#[test]
fn a_chosen_file_is_read_as_what_it_was_chosen_for() {
    let mut station = Window::at_bulk();
    station.click("Choose file…");
    assert!(station.sent().iter().any(|command| matches!(command, Command::Pick(Pick::Roster))));
    for (pick, path) in
        [(Pick::Roster, "/p.csv"), (Pick::Configs, "/configs.json"), (Pick::Stock, "/s.csv")]
    {
        station.tell(vec![Event::Picked { pick, path: path.into() }]);
    }
    let expected = [
        BulkCommand::ReadFile("/p.csv".into()),
        BulkCommand::ImportConfigs("/configs.json".into()),
        BulkCommand::ReadStock("/s.csv".into()),
    ];
    assert_eq!(station.bulk(), expected);
}

#[test]
fn where_there_is_no_file_dialog_the_path_is_typed() {
    let mut station = Window::at_bulk();
    let wanted = |refused| Event::PathWanted { pick: Pick::Roster, refused };
    station.tell(vec![wanted(None)]);
    assert!(station.has("People who get keys") && station.has_part("has no file dialog"));
    station.type_text("~/peeple.csv");
    station.press(Key::Enter);
    let typed = |station: &mut Window| {
        let sent = station.sent().into_iter().find_map(|command| match command {
            Command::PickTyped { pick: Pick::Roster, path } => Some(path),
            _ => None,
        });
        sent.expect("no path was sent")
    };
    assert_eq!(typed(&mut station), "~/peeple.csv");
    station.tell(vec![wanted(Some(PathRefused::NotThere))]);
    assert!(station.has_part("There is nothing like that"));
    assert_eq!(station.field("Path"), "~/peeple.csv", "what was typed is not lost");
    station.press_with(Modifiers::COMMAND, Key::A);
    station.type_text("~/people.csv");
    station.click("Open");
    assert_eq!(typed(&mut station), "~/people.csv");
    let found = || Event::PathFound { pick: Pick::Roster, path: "/home/p/people.csv".into() };
    station.tell(vec![found()]);
    assert_eq!(station.bulk(), [BulkCommand::ReadFile("/home/p/people.csv".into())]);
    assert!(!station.has("Open"));

    station.tell(vec![wanted(None)]);
    assert_eq!(station.field("Path"), "");
    station.press(Key::Escape);
    station.tell(vec![wanted(Some(PathRefused::NotThere)), found()]);
    assert!(!station.has("Open") && station.has("Choose file…"), "still at Bulk");
    assert!(station.sent().is_empty());
}

#[test]
fn an_old_scripts_settings_are_told_and_their_file_is_offered_for_shredding() {
    let mut station = Window::at_bulk();
    station.tell(vec![configs()]);
    assert!(station.has("Secret is in the keyring") && station.has_part("debugLevel"));
    station.click("Shred the file");
    assert_eq!(station.bulk(), [BulkCommand::ShredConfigs]);
    station.tell(vec![bulk(BulkEvent::ConfigsShredded)]);
    assert!(station.has("The file is shredded") && !station.has("Shred the file"));
}

#[test]
fn a_scripts_options_are_used_for_the_next_session_and_its_group_is_looked_for() {
    let mut station = Window::opened(Vec2::new(1280.0, 1400.0), 100);
    station.tell(vec![configs()]);
    station.click("Use these options");
    let query = "Nurses".into();
    assert_eq!(station.bulk(), [BulkCommand::FindGroups { query }]);
    assert_eq!(station.field("Find a group"), "Nurses");
    station.click("Don't use");
    station.click("Use these options");
    assert_eq!(station.bulk().len(), 1, "the group is looked for again");
    assert!(station.has("Used for sessions") && !station.has("Use these options"));
    station.tell(vec![people_read(40)]);
    station.press(Key::Enter);
    station.click("Begin with 33 people");
    match station.bulk().as_slice() {
        [BulkCommand::Begin { options, .. }] => {
            assert_eq!(options.pin, SessionPin::Typed);
            assert_eq!(options.challenges, Challenges::Prefetched { minutes: 90 });
            assert_eq!(options.min_pin_length, Some(6));
        }
        other => panic!("{other:?}"),
    }
}

/// Between the two, the file may be shredded.
#[test]
fn the_tenant_that_was_made_of_a_scripts_settings_begins_with_its_options_and_no_other_does() {
    for (application, pin) in [
        ("5f3c7a52-0d5e-4f4e-9f5e-3f1e0d5e9f5e", SessionPin::Typed),
        ("another", SessionPin::Random { length: 6 }),
    ] {
        let mut station = Window::opened(Vec2::new(1280.0, 1600.0), 100);
        station.tell(vec![new_configs()]);
        station.click("Make a tenant of it");
        let mut events = hospital(ThemeChoice::Light, 100);
        for event in &mut events {
            if let Event::Settings(settings) = event
                && let DirectorySettings::Entra(entra) = &mut settings.tenants[0].directory
            {
                entra.client_id = application.into();
            }
        }
        station.tell(vec![Event::TenantLeft]);
        station.tell(events);
        station.press_with(Modifiers::COMMAND, Key::Num2);
        station.tell(vec![people_read(40)]);
        station.press(Key::Enter);
        station.click("Begin with 33 people");
        match station.bulk().as_slice() {
            [BulkCommand::Begin { options, .. }] => assert_eq!(options.pin, pin),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_tenant_is_made_of_an_old_scripts_settings_and_its_secret_goes_with_it() {
    let mut station = Window::opened(Vec2::new(1280.0, 1600.0), 100);
    station.tell(vec![new_configs()]);
    assert!(station.has_part("wrong kind: useCTAP21Features"));
    assert!(station.has("Shred the file") && station.has_part("nothing else here has it"));
    station.click("Make a tenant of it");
    let stored = station.sent().into_iter().find_map(|command| match command {
        Command::StoreSecret { tenant, secret: StoredSecret::ScriptConfigs(path) } => {
            Some((tenant, path))
        }
        _ => None,
    });
    assert_eq!(stored, Some(("halden".into(), "/home/mira/yubico/configs.json".into())));
    assert_eq!(station.field("Name of the tenant"), "halden");
    assert_eq!(station.field("Application (client) id"), "5f3c7a52-0d5e-4f4e-9f5e-3f1e0d5e9f5e");
    let tenant = Some("halden".to_owned());
    let waits = bulk(BulkEvent::ConfigsSecretWaits { tenant });
    station.tell(vec![waits, Event::SecretWaits]);
    assert!(station.has("Goes to the keyring when this tenant is saved"));
    station.press_with(Modifiers::COMMAND, Key::Num2);
    assert!(station.has_part("when halden is saved") && !station.has("Shred the file"));
    station.click("Make a tenant of it");
    assert!(station.sent().is_empty(), "it is the same one, and its secret waits");
    assert_eq!(station.field("Name of the tenant"), "halden");
    let (tenant, of) = ("halden".to_owned(), "halden".to_owned());
    let stored = bulk(BulkEvent::ConfigsSecretStored { tenant: of });
    station.tell(vec![stored, Event::WaitingSecretStored { tenant }]);
    assert!(station.has("Stored in the keyring"));
    station.press_with(Modifiers::COMMAND, Key::Num2);
    assert!(station.has("Under halden") && station.has("Shred the file"));
}

#[test]
fn the_secret_of_a_new_tenant_goes_by_its_name_and_with_it() {
    let mut station = Window::opened(Vec2::new(1280.0, 1600.0), 100);
    station.tell(vec![new_configs()]);
    station.click("Make a tenant of it");
    station.tell(vec![Event::SecretWaits]);
    station.sent();
    station.fill("Name of the tenant", " Ferries");
    let moved: Vec<(String, String)> = station
        .sent()
        .into_iter()
        .map(|command| match command {
            Command::RenameWaitingSecrets { from, to } => (from, to),
            _ => panic!("only the name was typed"),
        })
        .collect();
    assert_eq!(moved.first().map(|(from, _)| from.as_str()), Some("halden"));
    assert_eq!(moved.last().map(|(_, to)| to.as_str()), Some("halden Ferries"));
    assert!(moved.windows(2).all(|two| two[0].1 == two[1].0), "{moved:?}");
    assert!(station.has("Goes to the keyring when this tenant is saved"));
    station.click("Discard changes");
    let left = station.sent().into_iter().find_map(|command| match command {
        Command::DropWaitingSecrets { but_of } => Some(but_of),
        _ => None,
    });
    assert_eq!(left, Some(Vec::new()));
}

#[test]
fn namesakes_among_groups_are_told_apart_and_the_chosen_one_is_read() {
    let mut station = Window::at_bulk();
    station.fill("Find a group", "nurses");
    let asked = BulkCommand::FindGroups { query: "nurses".into() };
    assert_eq!(station.bulk(), [asked]);
    station.tell(vec![groups("nurses")]);
    assert!(station.has_part("6f1c-1") && station.has_part("nurses@halden.example"));
    assert!(!station.has_part("6f1c-3"), "one name, one group: no id is needed");
    station.tick("With the people of groups in it");
    station.click_part(Role::Button, "shared calendar");
    match station.bulk().as_slice() {
        [BulkCommand::ReadGroup { group, nested: false }] => assert_eq!(group.id, "6f1c-2"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn reading_tells_how_far_it_is_and_can_be_cancelled() {
    let mut station = Window::at_bulk();
    station.tell(vec![bulk(BulkEvent::Reading { done: 1240, of: Some(5000) })]);
    assert!(station.has_part("1240 of 5000"));
    station.click("Cancel");
    assert_eq!(station.bulk(), [BulkCommand::DropPeople]);
    assert!(station.has("Choose file…"));
}

#[test]
fn counts_are_filters_and_a_search_narrows_them() {
    let mut station = Window::at_bulk();
    station.tell(vec![people_read(512)]);
    assert!(station.has("Ready 434") && station.has("Has a key 26") && station.has("All 512"));
    station.click("Not found 13");
    assert!(station.is_selected("Not found 13"));
    assert!(station.has_part("The directory has nobody of this name"));
    assert!(!station.has("Jonas Wiklund gets a key"));
    station.click("All 512");
    assert!(station.has("Jonas Wiklund gets a key"));
    station.fill("Find in the table", "wiklund maria");
    assert!(!station.has("Jonas Wiklund gets a key"));
    assert!(station.has("Maria Wiklund gets a key"));
}

#[test]
fn who_gets_a_key_can_be_changed_row_by_row() {
    let mut station = Window::at_bulk();
    station.tell(vec![people_read(40)]);
    assert!(station.has("Options for 33 people"));
    station.tick("Jonas Wiklund gets a key");
    station.tick("Another one for the 2 who have a key");
    assert!(station.has("Options for 34 people"));
    station.press(Key::Enter);
    station.press(Key::Enter);
    match station.bulk().as_slice() {
        [BulkCommand::Begin { rows, .. }] => {
            assert!(!rows.contains(&0) && rows.contains(&7) && rows.contains(&8));
            assert!(!rows.contains(&14), "a disabled account");
            assert_eq!(rows.len(), 34);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_directory_can_be_asked_again_and_other_people_chosen() {
    let mut station = Window::at_bulk();
    station.tell(vec![people_read(40)]);
    station.click("Check again");
    station.click("Other people");
    assert_eq!(station.bulk(), [BulkCommand::CheckAgain, BulkCommand::DropPeople]);
    assert!(station.has("Choose file…"));
}

#[test]
fn challenges_are_written_for_the_time_that_was_chosen() {
    let mut station = Window::at_bulk();
    station.tell(vec![people_read(40)]);
    station.click("Write challenges");
    station.click("7 days");
    station.click("Write the list");
    assert_eq!(station.bulk(), [BulkCommand::WriteChallenges { minutes: 10_080 }]);
}

#[test]
fn challenges_live_as_long_as_was_typed_within_what_the_directory_takes() {
    let mut station = Window::at_bulk();
    station.tell(vec![people_read(40)]);
    station.click("Write challenges");
    station.fill("Minutes a challenge lives", "4");
    assert!(station.is_disabled("Write the list"));
    station.type_text("5");
    station.click("Write the list");
    assert_eq!(station.bulk(), [BulkCommand::WriteChallenges { minutes: 45 }]);
}

#[test]
fn a_list_of_challenges_tells_how_far_it_is_and_where_it_is_then() {
    let mut station = Window::at_bulk();
    station.tell(vec![people_read(40), bulk(BulkEvent::Fetching { done: 20, of: 33 })]);
    assert!(station.has_part("Fetching challenges: 20 of 33"));
    assert!(station.is_disabled("Write challenges"), "one at a time");
    station.tell(vec![bulk(BulkEvent::Fetching { done: 33, of: 33 }), challenges_written()]);
    assert!(station.has_part("Written, 434 challenges"));
    station.click("Open registrationUsers.csv");
    assert!(station.sent().iter().any(|sent| matches!(sent, Command::Open(_))));
    station.click("Other people");
    station.tell(vec![people_read(40)]);
    assert!(!station.has_part("Written, 434 challenges"), "it is of other people");
}

#[test]
fn a_hundred_thousand_rows_are_shown_and_searched() {
    let mut station = Window::at_bulk();
    station.tell(vec![people_read(100_000)]);
    assert!(station.has("All 100000") && station.has("Options for 85 000 people"));
    station.fill("Find in the table", "31884100");
    assert!(station.has("Jonas Wiklund gets a key") && !station.has("Oskar Lindqvist gets a key"));
}

// Options.

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

// The board.

#[test]
fn the_board_says_what_each_slot_wants() {
    let station = Window::running(slots());
    for name in [
        "Slot 1, Jonas Wiklund: Done. Remove and label",
        "Slot 2, Amira Haddad: Registering",
        "Slot 3, Petra Sandvik: Setting PIN",
        "Slot 4, Oskar Lindqvist: Touch now",
        "Slot 7, Tomas Brandt: Touch next",
        "Slot 8: Waiting",
        "212 Done",
        "284 Left",
        "4 Failed",
        "64 keys per hour",
    ] {
        assert!(station.has(name), "{name}");
    }
    assert!(station.has_part("Slot 5, Lena Ås: Failed. Key holds another person"));
    let alerts = station.harness.query_all_by_role(Role::Alert).count();
    assert_eq!(alerts, 1, "one key at a time asks for its touch");
}

#[test]
fn a_letter_answers_the_failed_slot() {
    for (key, answer) in
        [(Key::R, Answer::Retry), (Key::N, Answer::NewKey), (Key::Z, Answer::ResetKey)]
    {
        let mut station = Window::running(slots());
        station.press(key);
        assert_eq!(station.answers(), [(slot_enrolment(5), answer)]);
    }
}

#[test]
fn who_leaves_a_slots_person_out_says_why() {
    let mut station = Window::running(slots());
    station.press(Key::S);
    assert!(station.has_part("Leave Lena Ås out, because"));
    station.press(Key::Enter);
    assert_eq!(station.answers(), [], "not without a reason");
    station.fill("Reason", "ill");
    station.press(Key::Enter);
    match station.sent().as_slice() {
        [Command::Answer { enrolment, answer: Answer::Skip, reason, .. }] => {
            assert_eq!((*enrolment, reason.as_str()), (slot_enrolment(5), "ill"));
        }
        other => panic!("{} commands", other.len()),
    }
    assert!(!station.has_part("because"));
}

#[test]
fn a_slot_that_needs_no_answer_any_more_asks_for_no_reason() {
    let mut station = Window::running(slots());
    station.click("Skip, slot 5");
    assert!(station.has_part("Leave Lena Ås out, because"));
    let mut answered = slots();
    answered[4].phase = SlotPhase::PulledOut;
    station.tell(vec![board(board_of(answered))]);
    assert!(!station.has_part("because"));
}

#[test]
fn a_click_on_an_answer_is_the_same() {
    let mut station = Window::running(slots());
    station.click("Reset key, slot 5");
    assert_eq!(station.answers(), [(slot_enrolment(5), Answer::ResetKey)]);
}

fn two_failed() -> Vec<SlotShown> {
    let mut slots = slots();
    slots[1] = slot(2, (214, "Amira Haddad"), "31884201", stopped_slot(), 1, "");
    slots
}

#[test]
fn tab_goes_through_the_failed_slots_first_and_then_on() {
    let mut station = Window::running(two_failed());
    assert!(station.is_selected("Slot 2, Amira Haddad"));
    station.press(Key::Tab);
    assert!(station.is_selected("Slot 5, Lena Ås"));
    station.press(Key::R);
    assert_eq!(station.answers(), [(slot_enrolment(5), Answer::Retry)]);
    station.press(Key::Tab);
    let focused = station.harness.root().children_recursive().find(|node| node.is_focused());
    assert!(focused.is_some(), "after the last one the controls have their turn");
}

#[test]
fn a_slot_that_fails_later_does_not_take_the_keys_away() {
    let mut station = Window::running(slots());
    station.tell(vec![board(board_of(two_failed()))]);
    station.press(Key::N);
    assert_eq!(station.answers(), [(slot_enrolment(5), Answer::NewKey)]);
}

#[test]
fn a_second_press_of_the_same_key_is_not_for_the_next_slot() {
    let mut station = Window::running(two_failed());
    station.press(Key::N);
    assert_eq!(station.answers(), [(slot_enrolment(2), Answer::NewKey)]);
    // Slot 2 is answered; slot 5 takes its place under the finger.
    station.events.send(board(board_of(slots()))).unwrap();
    station.harness.step();
    station.press(Key::N);
    assert_eq!(station.answers(), []);
    for _ in 0..20 {
        station.harness.step();
    }
    station.press(Key::N);
    assert_eq!(station.answers(), [(slot_enrolment(5), Answer::NewKey)]);
}

#[test]
fn a_scan_is_a_scan_though_its_letters_are_answers() {
    let mut station = Window::running(slots());
    station.scan("RSZN-PS884207");
    assert_eq!(station.bulk(), [BulkCommand::Scan("RSZN-PS884207".into())]);
    station.scan("B4711");
    assert_eq!(station.bulk(), [BulkCommand::Scan("B4711".into())]);
}

#[test]
fn a_scan_presses_no_button_that_has_the_focus() {
    let mut station = Window::running(running_only());
    station.harness.get_by_role_and_label(Role::Button, "Pause").focus();
    station.settle();
    station.scan("4711");
    assert_eq!(station.bulk(), [BulkCommand::Scan("4711".into())]);
}

fn running_only() -> Vec<SlotShown> {
    vec![slots().remove(1), free_slot(3)]
}

#[test]
fn letters_that_answer_nothing_go_into_the_box() {
    let mut station = Window::running(running_only());
    station.type_text("r");
    station.type_text("4");
    let value = station.harness.get_by_role_and_label(Role::TextInput, "Scan").value();
    assert_eq!(value.as_deref(), Some("r4"));
    assert_eq!(station.answers(), []);
}

fn in_vain(why: ScanInVain) -> Event {
    bulk(BulkEvent::ScanInVain(why))
}

#[test]
fn somebody_who_waits_for_no_key_is_not_taken_for_nobody() {
    let mut station = Window::running(slots());
    let failed = EntryState::Failed { summary: "Taken back".into() };
    let skipped = EntryState::Skipped { reason: "on leave".into() };
    for (state, told) in [
        (EntryState::Done, "Maria Ekholm has all keys already"),
        (EntryState::Begun(enrolment(2)), "A key for Maria Ekholm is in work"),
        (failed, "Maria Ekholm's key failed: put them back under People"),
        (skipped, "Maria Ekholm was left out: put them back under People"),
    ] {
        station.tell(vec![in_vain(ScanInVain::Settled { name: "Maria Ekholm".into(), state })]);
        assert!(station.has(told), "{told}");
    }
}

#[test]
fn an_unknown_badge_is_said_where_it_was_scanned() {
    let mut station = Window::running(slots());
    station.tell(vec![in_vain(ScanInVain::Unknown("B9999".into()))]);
    assert!(station.has("Nobody has B9999"));
    station.scan("B4711");
    assert!(!station.has_part("Nobody has"));
    let scanned = Some(on_board(218, "Maria Ekholm"));
    station.tell(vec![board(Board { scanned, ..board_of(slots()) })]);
    assert!(station.has("The next key is for Maria Ekholm"));
}

#[test]
fn p_pauses_and_goes_on() {
    let mut station = Window::running(slots());
    station.press(Key::P);
    assert_eq!(station.bulk(), [BulkCommand::Pause]);
    assert!(station.has("Go on") && !station.has("Pause"));
    station.press(Key::P);
    assert_eq!(station.bulk(), [BulkCommand::GoOn { acts: Vec::new() }]);
}

#[test]
fn a_session_that_was_taken_up_again_goes_on_once_its_acts_are_confirmed() {
    use keydesk::access::Act;
    let mut station = Window::running(slots());
    let Event::Bulk(BulkEvent::Session(Some(mut shown))) = session(true) else { panic!() };
    shown.to_confirm = vec![Act::RemoveKeys];
    station.tell(vec![bulk(BulkEvent::Session(Some(shown)))]);
    assert!(station.has("Going on asks who you are"));
    station.press(Key::P);
    assert_eq!(station.bulk(), [BulkCommand::GoOn { acts: vec![Act::RemoveKeys] }]);
    assert!(station.has("Go on"), "it is paused until the engine says otherwise");
}

#[test]
fn a_refused_key_can_be_used_all_the_same() {
    let mut slot = recognised_slots().remove(2);
    for (used, word) in [(true, "Reset and use it"), (false, "Use it anyway")] {
        slot.key.as_mut().unwrap().used = used;
        let mut station = Window::running(vec![slot.clone()]);
        assert!(station.has_part("Slot 3: Not used. Made before for amira"));
        assert!(station.has_part(word));
        station.press(Key::U);
        let anyway = BulkCommand::UseAnyway { slot: SlotNo(3), reset: used };
        assert_eq!(station.bulk(), [anyway]);
    }
}

#[test]
fn a_key_that_is_somebodys_is_only_taken_out() {
    let mut station = Window::running(vec![troubled_slots().remove(5)]);
    assert!(station.has_part("Slot 6: Not used. Made for Karim Nasser"));
    assert!(!station.has_part("Use it anyway"));
    station.press(Key::U);
    assert_eq!(station.bulk(), []);
    station.click_part(Role::Tab, "People, 285 waiting");
    station.click("Waiting 285");
    assert!(!station.has_part("For slot 6"));
}

#[test]
fn a_person_types_the_pin_at_the_slot_and_it_is_sent_once_both_agree() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.fill("New PIN, slot 1", "246813");
    station.fill("Repeat PIN, slot 1", "246814");
    station.press(Key::Enter);
    assert!(station.answers().is_empty());
    station.fill("Repeat PIN, slot 1", "");
    station.harness.key_press(Key::Backspace);
    station.type_text("3");
    station.press(Key::Enter);
    let pins: Vec<_> = station
        .sent()
        .into_iter()
        .filter_map(|command| match command {
            Command::Answer { enrolment, answer: Answer::Retry, pin: Some(pin), .. } => {
                Some((enrolment, pin.expose().to_owned()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(pins, [(slot_enrolment(1), "246813".to_owned())]);
}

#[test]
fn why_a_typed_pin_is_not_taken_is_said_where_it_was_typed() {
    let mut slot = troubled_slots().remove(0);
    let mut station = Window::running(vec![slot.clone()]);
    assert!(station.has_part("PIN needed. The person chooses the PIN"));
    let SlotPhase::PinNeeded(needed) = &mut slot.phase else { panic!("{:?}", slot.phase) };
    needed.refused = true;
    needed.stopped.problem =
        problem("The PIN is one of those that are tried first", "Choose another");
    station.tell(running(vec![slot]));
    assert!(station.has_part("PIN needed. The PIN is one of those that are tried first"));
}

#[test]
fn every_answer_stands_beside_a_pin_that_is_to_be_typed() {
    let mut slot = troubled_slots().remove(0);
    let SlotPhase::PinNeeded(needed) = &mut slot.phase else { panic!("{:?}", slot.phase) };
    needed.stopped.answers =
        vec![Answer::Retry, Answer::ResetKey, Answer::NewKey, Answer::Skip, Answer::RollBack];
    let mut station = Window::running(vec![slot]);
    for answer in ["Reset key", "New key", "Skip", "Roll back"] {
        let name = format!("{answer}, slot 1");
        let rect = station.harness.get_by_role_and_label(Role::Button, &name).rect();
        let set = station.harness.get_by_role_and_label(Role::Button, "Set PIN, slot 1").rect();
        assert!(rect.max.x <= set.min.x, "{name}: {rect:?} {set:?}");
    }
    station.click("New key, slot 1");
    assert_eq!(station.answers(), [(slot_enrolment(1), Answer::NewKey)]);
}

#[test]
fn letters_typed_into_a_pin_answer_nothing() {
    let mut station = Window::running(vec![troubled_slots().remove(0), troubled_slots().remove(4)]);
    station.fill("New PIN, slot 1", "srnzp");
    assert_eq!(station.answers(), []);
    assert_eq!(station.bulk(), []);
}

#[test]
fn a_typed_pin_is_gone_when_the_station_locks() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.fill("New PIN, slot 1", "246813");
    station.tell(vec![scenes::who::lock(keydesk::access::LockCause::Idle)]);
    station.tell(vec![scenes::who::unlocked()]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
    let value = |name: &str| {
        let mut nodes = station.harness.query_all_by_label(name);
        nodes.find_map(|node| node.accesskit_node().value())
    };
    assert_eq!(value("New PIN, slot 1").unwrap_or_default(), "");
}

#[test]
fn the_session_ends_only_after_a_question() {
    let mut station = Window::running(slots());
    station.click("End session");
    assert_eq!(station.bulk(), []);
    assert!(station.has_part("293 people have no key yet"));
    station.press(Key::Escape);
    assert!(!station.has("End the session"));
    station.click("End session");
    station.click("End the session");
    assert_eq!(station.bulk(), [BulkCommand::End]);
}

#[test]
fn no_letter_answers_while_another_screen_is_shown() {
    let mut station = Window::running(slots());
    station.press_with(Modifiers::COMMAND, Key::Num6);
    station.press(Key::S);
    station.press(Key::P);
    assert_eq!(station.answers(), []);
}

#[test]
fn the_strip_shows_the_slots_on_every_screen_and_leads_back() {
    let mut station = Window::running(slots());
    station.press_with(Modifiers::COMMAND, Key::Num6);
    assert!(station.has("Slot 4, 884 207, Touch now"));
    station.click("Slot 4, 884 207, Touch now");
    assert!(station.has("212 Done"));
}

#[test]
fn all_sixteen_slots_are_there() {
    let station = Window::running(sixteen_slots());
    for no in 1..=16 {
        // Its card, and its place in the strip.
        let count = |part: &str| station.harness.query_all_by_label_contains(part).count();
        let shown = count(&format!("Slot {no}, ")) + count(&format!("Slot {no}: "));
        assert!(shown >= 2, "{no}");
    }
    assert!(!station.has_part("Slot 17"));
}

#[test]
fn before_the_first_key_a_slot_says_who_is_next() {
    let station = Window::running(Vec::new());
    assert!(station.has("Slot 1: Waiting"));
}

#[test]
fn enter_leads_to_the_pin_of_the_slot_that_the_keys_answer() {
    let mut station = Window::running(vec![troubled_slots().remove(0)]);
    station.press(Key::Enter);
    station.type_text("246813");
    station.press(Key::Tab);
    station.type_text("246813");
    station.press(Key::Enter);
    assert_eq!(station.answers(), [(slot_enrolment(1), Answer::Retry)]);
}

#[test]
fn keys_that_come_and_go_in_a_session_are_activity_at_the_station() {
    let activity = |in_session: bool| {
        let mut station = Window::untouched(Vec2::new(1280.0, 800.0), 100);
        if in_session {
            station.tell(running(slots()));
        }
        station.tell(scenes::insert(scenes::our_key()));
        let is = |command: &Command| matches!(command, Command::Who(WhoCommand::Activity));
        station.sent().iter().any(is)
    };
    assert!(activity(true));
    assert!(!activity(false), "anybody may put a key into a station");
}

// The papers of what is finished so far.

/// Everything is allowed to whoever signed in.
fn with_all_roles(station: &mut Window) {
    station.tell(vec![scenes::who::operator(&keydesk::access::Role::ALL)]);
    station.press_with(Modifiers::COMMAND, Key::Num2);
}

#[test]
fn papers_are_written_while_the_session_runs() {
    let mut station = Window::running(slots());
    with_all_roles(&mut station);
    station.click_part(Role::Tab, "Papers");
    for name in ["PIN letters", "Labels", "Report"] {
        station.click(name);
    }
    let expected = [
        BulkCommand::PrintLetters(session_id(5)),
        BulkCommand::PrintLabels(session_id(5)),
        BulkCommand::WriteReport(session_id(5)),
    ];
    assert_eq!(station.bulk(), expected);
    station.tell(vec![bulk(BulkEvent::Written {
        session: Some(session_id(5)),
        what: Output::Letters,
        path: "/out/pin-letters.pdf".into(),
        count: 212,
    })]);
    assert!(station.has_part("Written, 212 letters"));
}

#[test]
fn an_earlier_sessions_pins_are_written_from_the_board_too() {
    let mut station = Window::running(slots());
    with_all_roles(&mut station);
    station.tell(vec![past(&[(4, 31)])]);
    station.click_part(Role::Tab, "Papers");
    station.click("PIN letters");
    station.click_part(Role::Button, "31 sealed PINs");
    station.click("PIN letters");
    let expected = [4, 5].map(|n| BulkCommand::PrintLetters(session_id(n)));
    assert_eq!(station.bulk(), [expected[1].clone(), expected[0].clone()]);
}

#[test]
fn a_session_is_checked_and_what_does_not_agree_is_named() {
    let mut station = Window::running(slots());
    station.click_part(Role::Tab, "Papers");
    station.click("Check the session");
    assert_eq!(station.bulk(), [BulkCommand::Audit(session_id(5))]);
    station.tell(vec![bulk(BulkEvent::Auditing)]);
    assert!(station.is_disabled("Comparing…"));
    station.tell(vec![audited(Vec::new())]);
    assert!(station.has("All agrees") && !station.has_part("key 31 884"));
    station.tell(vec![audited(vec![not_in_directory()])]);
    assert!(station.has("1 finding") && !station.has("All agrees"));
    assert!(station.has_part("jonas.wiklund") && station.has_part("is not in the directory"));
    station.tell(vec![audited_in_part(Vec::new())]);
    assert!(station.has("What was compared agrees") && !station.has("All agrees"));
    station.tell(vec![audited_in_part(vec![not_in_directory()])]);
    assert!(station.has("1 finding") && station.has_part("jonas.wiklund"));
    assert!(station.has_part("asa.nord") && station.has_part("8 more people were not asked"));
    station.tell(vec![audit_failed()]);
    assert!(station.has("The journal can't be read"));
    assert!(!station.is_disabled("Check the session"));
}

#[test]
fn one_letter_is_written_from_the_list_of_results_and_opened() {
    let mut station = Window::running(slots());
    with_all_roles(&mut station);
    station.click("Letter for Jonas Wiklund");
    let letter =
        |command: &Command| matches!(command, Command::WriteLetter(id) if *id == enrolment(5212));
    assert!(station.sent().iter().any(letter));
    let path = std::path::PathBuf::from("/out/letters/pin-letter-31884198.pdf");
    station.tell(vec![Event::FileWritten { id: enrolment(5212), path: path.clone() }]);
    station.click("Open the letter for Jonas Wiklund");
    assert!(station.sent().iter().any(|sent| matches!(sent, Command::Open(open) if *open == path)));
}

#[test]
fn who_may_not_reveal_pins_is_offered_no_letter() {
    let mut station = Window::running(slots());
    station.tell(vec![scenes::who::operator(&[keydesk::access::Role::Helpdesk])]);
    assert!(!station.has("Letter for Jonas Wiklund"));
}

// The lists below.

#[test]
fn a_result_is_undone_with_a_reason() {
    let mut station = Window::running(slots());
    station.press(Key::F6);
    station.press(Key::Enter);
    assert!(station.has_part("Take Jonas Wiklund's key back, because"));
    station.type_text("wrong person");
    station.press(Key::Enter);
    let undo = BulkCommand::Undo { enrolment: enrolment(5212), reason: "wrong person".into() };
    assert_eq!(station.bulk(), [undo]);
    assert!(!station.has_part("because"));
}

#[test]
fn a_failed_result_has_nothing_to_undo() {
    let mut station = Window::running(slots());
    station.press(Key::F6);
    station.press(Key::ArrowDown);
    station.press(Key::Enter);
    assert!(!station.has_part("because"));
}

#[test]
fn an_undone_key_has_nothing_to_undo_any_more() {
    let mut station = Window::running(slots());
    assert!(station.has("Undo Jonas Wiklund"));
    let none = (None, None, None);
    let mut undone = result(ResultKind::Undone, (212, "Jonas Wiklund"), none, "wrong person", 1);
    undone.enrolment = Some(enrolment(5212));
    station.tell(vec![bulk(BulkEvent::Result(Box::new(undone)))]);
    assert!(!station.has("Undo Jonas Wiklund") && station.has("Undo Karim Nasser"));
}

#[test]
fn undoing_says_so_where_it_leaves_a_person_without_any_key() {
    for (removed, warned) in [(0, false), (1, true)] {
        let mut station = Window::running(slots());
        station.tell(vec![finished(removed)]);
        station.press(Key::F6);
        station.press(Key::Enter);
        assert!(station.has_part("Take Jonas Wiklund's key back, because"));
        let warning = "Jonas Wiklund's old key was removed for this one";
        assert_eq!(station.has_part(warning), warned);
    }
}

fn people_tab() -> Window {
    let mut station = Window::running(slots());
    station.click_part(Role::Tab, "People, 285 waiting");
    station
}

#[test]
fn a_waiting_person_is_left_out_with_a_reason() {
    let mut station = people_tab();
    station.click("Waiting 285");
    let name = name_of(217);
    station.fill("Find in the session", &name);
    station.click_part(Role::Button, &format!("Skip {name}"));
    station.press(Key::Enter);
    assert_eq!(station.bulk(), [], "not without a reason");
    station.fill("Reason", "on leave");
    station.press(Key::Enter);
    match station.bulk().as_slice() {
        [BulkCommand::Skip { entry: EntryNo(no), reason }] => {
            assert!(*no >= 218, "{no}");
            assert_eq!(reason, "on leave");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_key_is_given_to_a_person_who_is_chosen_for_it() {
    let mut station = Window::running(vec![recognised_slots().remove(2)]);
    station.click_part(Role::Tab, "People, 285 waiting");
    station.click("Waiting 285");
    station.click_part(Role::Button, "For slot 3");
    match station.bulk().as_slice() {
        [BulkCommand::Assign { slot: SlotNo(3), entry: EntryNo(218) }] => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_refused_key_a_person_gets_the_next_one() {
    let mut station = people_tab();
    station.click("Waiting 285");
    station.click_part(Role::Button, "Next key");
    match station.bulk().as_slice() {
        [BulkCommand::Scan(upn)] => assert!(upn.ends_with("@halden.example"), "{upn}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_was_left_out_or_failed_is_put_back() {
    let mut station = people_tab();
    station.click("Skipped 2");
    station.click(&format!("Put back {}", name_of(117)));
    assert_eq!(station.bulk(), [BulkCommand::PutBack(EntryNo(118))]);
    station.click("Retry failed");
    assert_eq!(station.bulk(), [BulkCommand::RetryFailed]);
}

#[test]
fn a_key_that_waits_for_its_receipt_is_activated() {
    let mut station = Window::at_bulk();
    station.tell(running(slots()));
    station.tell(vec![board(Board { away: away(), ..board_of(slots()) })]);
    station.click_part(Role::Tab, "Keys away, 2");
    assert!(station.has_part("Put it in again; it was in slot 2"));
    assert!(station.has_part("Waits for receipt, until 12-0"));
    station.click("Activate Tomas Brandt");
    assert_eq!(station.bulk(), [BulkCommand::Activate(enrolment(802))]);
    station.click("Skip Ida Moberg");
    station.fill("Reason", "ill");
    station.press(Key::Enter);
    assert_eq!(station.answers(), [(enrolment(801), Answer::Skip)]);
}

#[test]
fn why_a_key_could_not_be_activated_is_said_in_its_row_and_it_can_be_tried_again() {
    let mut station = Window::at_bulk();
    station.tell(running(slots()));
    let mut away = away();
    away[1].failed = Some(problem("Entra ID is busy", "Try again in a minute"));
    station.tell(vec![board(Board { away, ..board_of(slots()) })]);
    station.click_part(Role::Tab, "Keys away, 2");
    assert!(station.has_part("Entra ID is busy. Try again in a minute. Waits for receipt, until"));
    station.click("Activate Tomas Brandt");
    assert_eq!(station.bulk(), [BulkCommand::Activate(enrolment(802))]);
}

#[test]
fn a_key_whose_activation_was_refused_is_to_be_put_in_and_that_comes_first() {
    let mut station = Window::at_bulk();
    station.tell(running(slots()));
    let mut away = away();
    away[0].failed = Some(problem("The directory refused: no such challenge", "Try again"));
    station.tell(vec![board(Board { away, ..board_of(slots()) })]);
    station.click_part(Role::Tab, "Keys away, 2");
    let said = "Put it in again; it was in slot 2. The directory refused: no such challenge";
    assert!(station.has_part(said) && !station.has_part("Activate Ida Moberg"));
}

#[test]
fn a_key_whose_challenge_has_lapsed_wants_to_be_made_anew() {
    let mut station = Window::at_bulk();
    station.tell(running(slots()));
    let mut away = away();
    away[1].lapses_at = Some("2025-12-01T17:30:00Z".parse().unwrap());
    station.tell(vec![board(Board { away, ..board_of(slots()) })]);
    station.click_part(Role::Tab, "Keys away, 2");
    assert!(station.has_part("Its challenge has lapsed: put it in, to be made anew"));
}

#[test]
fn the_whole_failure_is_a_tab_away() {
    let mut station = Window::running(slots());
    station.click_part(Role::Tab, "Slot 5 details");
    station.click("Details");
    assert!(station.has("8f0c61a1-77cf-4f5e-9b5f-2f1d2a9f7f41"));
}

// The end.

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
