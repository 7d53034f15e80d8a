//! `keydesk phones` as a scheduler runs it: real processes, a real Secret Service, the practice
//! company over HTTP.
//!
//! Run by `packaging/test` inside a desktop of its own, with `KEYDESK_REAL_KEYRING=1`; elsewhere the
//! operator's own keyring is left alone, and there is nothing to test.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod cut;
mod disk;
mod requests;
mod station;

use keydesk::journal::Journal;
use keydesk::phones::PhoneKind;
use keydesk::practice::cloud::{HeldNumber, Order};
use keydesk::secrets::SecretName;
use serde_json::Value;
use station::{CROWD, Station};

/// Of ten people of the crowd two have another number, two none, one a blank, one no number.
const PEOPLE: usize = 50;

fn actions(rows: &[Value], action: &str) -> usize {
    rows.iter().filter(|row| row["action"] == action).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_applied_once_and_undone() {
    let Some(station) = Station::with_crowd(PEOPLE).await else { return };
    let plan = station.phones(&["plan"], &CROWD);
    // Ten percent hold what is no number.
    assert_eq!(plan.code, 1, "{}", plan.said);
    assert_eq!(plan.rows.len(), PEOPLE);
    for (action, count) in [("same", 20), ("change", 10), ("add", 10), ("blank", 5), ("invalid", 5)]
    {
        assert_eq!(actions(&plan.rows, action), count, "{action}");
    }
    assert_eq!(plan.summary["dry_run"], true);
    assert_eq!(station.writes(), 0);
    let applied = station.phones(&["apply", "--write"], &CROWD);
    assert_eq!(applied.code, 1, "{}", applied.said);
    let done = applied.rows.iter().filter(|row| row["result"] == "done").count();
    assert_eq!((done, station.writes()), (20, 20));
    assert_eq!(applied.rows.len(), PEOPLE, "each person is told once");
    assert_eq!(applied.summary["job"]["done"], 20);
    // The fourth has another number, the seventh none.
    assert!(station.has("crowd000004@larkfield.example", Some("+46 737000004")));
    assert!(station.has("crowd000006@larkfield.example", Some("+46 737000006")));
    let again = station.phones(&["apply", "--write"], &CROWD);
    assert_eq!((again.code, actions(&again.rows, "same")), (1, 40));
    assert!(again.summary["job"].is_null(), "{}", again.summary);
    assert_eq!(station.writes(), 20);
    let job = applied.summary["job"]["id"].as_str().unwrap().to_owned();
    let dry = station.phones(&["undo", &job], &[]);
    assert_eq!((dry.code, actions(&dry.rows, "remove"), station.writes()), (0, 10, 20));
    let undone = station.phones(&["undo", &job, "--write"], &[]);
    assert_eq!((undone.code, &undone.summary["job"]["done"]), (0, &20.into()), "{}", undone.said);
    assert!(station.has("crowd000004@larkfield.example", Some("+46 707000004")));
    assert!(station.has("crowd000006@larkfield.example", None));
    let jobs = station.phones(&["jobs"], &[]);
    assert_eq!(jobs.code, 0);
    assert_eq!(jobs.rows.len(), 2);
    assert_eq!(jobs.rows[0]["undo_of"], job);
    station.history_is_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_number_is_printed_in_whole() {
    let Some(station) = Station::with_crowd(20).await else { return };
    let plan = station.phones(&["plan"], &CROWD);
    let applied = station.phones(&["apply", "--write"], &CROWD);
    for said in [&plan, &applied] {
        let all = format!("{}{}", said.printed, said.said);
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
        let shown = said.rows.iter().flat_map(|row| [&row["now"], &row["new"]]);
        let mut numbers = shown.filter_map(Value::as_str).peekable();
        assert!(numbers.peek().is_some());
        assert!(numbers.all(|number| number.contains("•••") && digits(number) <= 5));
        assert!(!all.contains("7000004") && !all.contains("7000-"), "a number was printed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing_and_works_beside_a_window() {
    let Some(station) = Station::with_crowd(10).await else { return };
    let window = Journal::open(&station.data(), &station.secrets).unwrap();
    let dry = station.phones(&["apply"], &CROWD);
    assert_eq!((dry.code, actions(&dry.rows, "add")), (1, 2), "{}", dry.said);
    assert_eq!(station.writes(), 0);
    let write = station.phones(&["apply", "--write"], &CROWD);
    assert_eq!(write.code, 4, "{}", write.said);
    assert!(write.said.contains("Another Keydesk"), "{}", write.said);
    assert_eq!(station.writes(), 0);
    let resume = station.phones(&["apply", "--resume"], &[]);
    assert_eq!(resume.code, 4, "what reads the journal does not work beside it: {}", resume.said);
    drop(window);
    assert!(station.history("Phone").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_may_name_anybody_and_a_column_their_numbers() {
    let Some(station) = Station::with_crowd(0).await else { return };
    let list = station.file(
        "people.csv",
        "Mobile number;UserPrincipalName\r\n\
         +353 85 000 0114;sean.obrien@larkfield.example\r\n\
         070-174 06 77;hanna.vester_partner.example#EXT#@larkfield.example\r\n\
         0701740699;nobody.here@larkfield.example\r\n\
         07017406AB;lars.nygaard@larkfield.example\r\n",
    );
    let more =
        ["--list", &list, "--from", "column:mobile NUMBER", "--guests-too", "--disabled-too"];
    let plan = station.phones(&["plan"], &more);
    let action = |row: usize| plan.rows[row]["action"].as_str().unwrap().to_owned();
    assert_eq!(
        [0, 1, 2, 3].map(action),
        ["change", "add", "not-found", "invalid"],
        "{}",
        plan.said
    );
    let applied = station.phones(&["apply", "--write"], &more);
    assert_eq!((applied.code, station.writes()), (1, 2), "{}", applied.said);
    assert!(station.has("sean.obrien@larkfield.example", Some("+353 850000114")));
    let guest = "hanna.vester_partner.example#EXT#@larkfield.example";
    assert!(station.has(guest, Some("+46 701740677")));
    let rows = station.history("Phone changed");
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert!(row.operator.starts_with("keydesk phones (") && row.operator.contains('@'));
        assert!(row.detail.contains("•••"), "{}", row.detail);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_runbooks_list_takes_its_numbers_from_an_attribute() {
    let Some(station) = Station::with_crowd(10).await else { return };
    let list = station.file(
        "people.json",
        r#"[{"UserPrincipalName":"crowd000006@larkfield.example"},
            {"UserPrincipalName":"crowd000000@larkfield.example"}]"#,
    );
    let more = ["--list", &list, "--from", "extensionAttribute7"];
    let applied = station.phones(&["apply", "--write"], &more);
    assert_eq!((applied.code, station.writes()), (0, 1), "{}", applied.said);
    let again = station.phones(&["apply", "--write"], &more);
    assert_eq!((again.code, station.writes()), (0, 1), "{}", again.said);
    let nobody = station.file("nobody.json", "[]");
    let more = ["--list", &nobody, "--from", "extensionAttribute7"];
    assert_eq!(station.phones(&["apply", "--write"], &more).code, 0);
}

/// Somebody else changed it after the job: it is shown, and left as it is.
#[tokio::test(flavor = "multi_thread")]
async fn an_undo_leaves_what_was_changed_since() {
    let Some(station) = Station::with_crowd(10).await else { return };
    let applied = station.phones(&["apply", "--write"], &CROWD);
    let job = applied.summary["job"]["id"].as_str().unwrap().to_owned();
    let person = "crowd000006@larkfield.example";
    station.order(Order::SetPhone {
        person: person.into(),
        kind: PhoneKind::Mobile,
        number: Some(HeldNumber::new("+46 701740601")),
    });
    let undone = station.phones(&["undo", &job, "--write"], &[]);
    assert_eq!(undone.code, 1, "{}", undone.said);
    assert_eq!(actions(&undone.rows, "changed-since"), 1);
    assert_eq!(undone.summary["job"]["done"], 3);
    assert!(station.has(person, Some("+46 701740601")));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_and_settings_are_exit_code_two() {
    let Some(station) = Station::with_crowd(10).await else { return };
    let list = station.file("people.csv", "upn\ncrowd000001@larkfield.example\n");
    for (what, more) in [
        (&["plan"][..], &["--group", "Crowd"][..]),
        (&["plan"], &["--from", "mobilePhone"]),
        (&["plan"], &["--group", "Crowd", "--from", "extensionAttribute16"]),
        (&["plan"], &["--group", "Crowd", "--from", "mobilePhone", "--country", "XX"]),
        (&["plan"], &["--group", "Nobody's", "--from", "mobilePhone"]),
        (&["plan"], &["--list", "/nowhere.csv", "--from", "mobilePhone"]),
        (&["plan"], &["--list", &list, "--from", "column:Mobile"]),
        (&["plan", "--tenant", "Elsewhere"], &CROWD),
        (&["apply", "--request", "/nowhere.json"], &[]),
        (&["undo", "7"], &[]),
    ] {
        let ran = station.phones(what, more);
        assert_eq!(ran.code, 2, "{what:?} {more:?}: {}", ran.said);
        assert!(!ran.said.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_is_exit_code_three() {
    let Some(station) = Station::with_crowd(10).await else { return };
    let refused = |word: &str| {
        let ran = station.phones(&["apply", "--write"], &CROWD);
        assert_eq!(ran.code, 3, "{}", ran.said);
        assert!(ran.said.contains(word), "{}", ran.said);
    };
    station.configure("sign_in = \"operator\"", "");
    refused("sign in by name");
    station.configure("sign_in = \"secret\"", "[security]\nstation_roles = [\"clerk\"]\n");
    refused("may not change phones");
    station.configure("sign_in = \"secret\"", "[security]\ntwo_person = [\"change-phone\"]\n");
    refused("Two persons");
    station.configure("sign_in = \"secret\"", "");
    station.order(Order::RemovePermission { permission: "User.Read.All".into() });
    refused("User.Read.All");
    let other = keydesk::secrets::SecretText::new("not-the-secret-of-this-application");
    let name = SecretName::ClientSecret { tenant: station.tenant.clone() };
    station.secrets.set(&name, &other).unwrap();
    refused("secret");
    assert_eq!(station.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_another_tenant_is_not_undone() {
    let Some(station) = Station::with_crowd(10).await else { return };
    let applied = station.phones(&["apply", "--write"], &CROWD);
    let job = applied.summary["job"]["id"].as_str().unwrap().to_owned();
    let before = station.writes();
    let ran = station.phones(&["undo", &job, "--write", "--tenant", &station.neighbour()], &[]);
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert!(ran.said.contains("does not know this job"), "{}", ran.said);
    assert_eq!(station.writes(), before);
    let jobs = station.phones(&["jobs", "--tenant", &station.neighbour()], &[]);
    assert_eq!((jobs.code, jobs.rows.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_not_there_is_exit_code_one() {
    let Some(station) = Station::with_crowd(10).await else { return };
    station.configure_at("http://127.0.0.1:9");
    let ran = station.phones(&["plan"], &CROWD);
    assert_eq!((ran.code, ran.rows.len()), (1, 0), "{}", ran.said);
}
