//! A journal that fails while something goes on.

use crate::station::{CROWD, Station};

/// With a journal in which this happens.
async fn station_where(happens: &str) -> Option<Station> {
    let station = Station::with_crowd(50).await?;
    let nobody = station.file("nobody.json", "[]");
    let more = ["--list", &nobody, "--from", "extensionAttribute7"];
    assert_eq!(station.phones(&["apply", "--write"], &more).code, 0);
    let db = rusqlite::Connection::open(station.data().join("keydesk.db")).unwrap();
    db.execute_batch(happens).unwrap();
    Some(station)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_can_not_be_read_after_its_writes_is_told_as_it_was_heard() {
    let spoilt = "CREATE TRIGGER spoilt AFTER UPDATE ON phone_job
        WHEN NEW.ended_at_us IS NOT NULL
        BEGIN UPDATE phone_row SET sealed = x'00' WHERE job = NEW.id; END";
    let Some(station) = station_where(spoilt).await else { return };
    let ran = station.phones(&["apply", "--write"], &CROWD);
    assert_eq!((ran.code, station.writes()), (1, 20), "{}", ran.said);
    assert_eq!(ran.summary["job"]["done"], 20, "{}", ran.summary);
    assert!(ran.summary["job"]["stopped"].is_string(), "{}", ran.summary);
    assert_eq!(ran.rows.len(), 50, "each person is told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_after_the_first_writes_stops_the_job() {
    let full = "CREATE TRIGGER full BEFORE UPDATE ON phone_row
        WHEN NEW.state NOT IN ('waiting', 'begun')
        BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    let Some(station) = station_where(full).await else { return };
    let ran = station.phones(&["apply", "--write"], &CROWD);
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(ran.summary["job"]["left"], 20, "{}", ran.summary);
    assert!(ran.said.contains("It stopped") && ran.said.contains("--resume --write"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_can_not_be_written_down_stays_a_refusal() {
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit
        BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    let Some(station) = station_where(full).await else { return };
    station.keep_request_key(&"0f1e2d3c4b5a6978".repeat(4));
    let request = station.file("request.json", "{}");
    let ran = station.phones(&["apply", "--write", "--request", &request], &[]);
    assert_eq!(ran.code, 3, "{}", ran.said);
    assert!(ran.said.contains("does not stand in the history"), "{}", ran.said);
}
