//! People: files, groups, an old script, and who gets a key.

use super::*;

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
fn a_secret_that_is_in_memory_only_keeps_its_file() {
    let mut station = Window::at_bulk();
    let mode = KeyringMode::SessionOnly("no Secret Service".into());
    station.tell(vec![Event::Keyring(mode), configs()]);
    assert!(station.has("Secret is in memory only") && !station.has("Secret is in the keyring"));
    assert!(!station.has("Shred the file") && station.has_part("the only other place"));
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
fn enter_takes_no_group_that_other_words_had_found() {
    let mut station = Window::at_bulk();
    station.fill("Find a group", "nurses");
    station.tell(vec![one_group("nurses")]);
    station.type_text(" of ward 3");
    station.press(Key::Enter);
    let sent = station.bulk();
    assert!(!sent.iter().any(|sent| matches!(sent, BulkCommand::ReadGroup { .. })), "{sent:?}");
    station.tell(vec![one_group("nurses of ward 3")]);
    station.fill("Find a group", "");
    station.press(Key::Enter);
    assert!(matches!(station.bulk().last(), Some(BulkCommand::ReadGroup { .. })));
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
fn a_session_begins_only_once_everybody_is_checked() {
    let mut station = Window::at_bulk();
    station.tell(vec![people_read(40)]);
    station.press(Key::Enter);
    station.tell(vec![checking(20, 40)]);
    assert!(station.has_part("Asking the directory: 20 of 40"));
    assert!(station.is_disabled("Begin with 33 people"));
    station.press(Key::Enter);
    assert_eq!(station.bulk(), []);
    station.tell(vec![checking(40, 40)]);
    station.press(Key::Enter);
    assert!(matches!(station.bulk().as_slice(), [BulkCommand::Begin { .. }]));
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
    station.tick("Jonas Wiklund gets a key");
    station.click("Write challenges");
    assert!(station.has("Fresh challenges of the 32 people who are chosen, good for:"));
    station.click("7 days");
    station.click("Write the list");
    match station.bulk().as_slice() {
        [BulkCommand::WriteChallenges { minutes: 10_080, rows }] => {
            assert!(!rows.contains(&0), "left out by hand");
            assert!(!rows.contains(&8), "has a key");
            assert_eq!(rows.len(), 32);
        }
        other => panic!("{other:?}"),
    }
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
    let sent = station.bulk();
    assert!(matches!(&sent[..], [BulkCommand::WriteChallenges { minutes: 45, .. }]), "{sent:?}");
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
