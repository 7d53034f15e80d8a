//! A run that is cut: by SIGKILL, by SIGTERM.

use crate::station::{CROWD, Running, Station};
use keydesk::practice::cloud::Order;
use std::process::Command;
use std::time::Duration;

/// A bound on waiting, never a measurement.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Until the company has taken so many writes.
fn wait_for_writes(station: &Station, run: &mut Running, writes: u32) {
    let until = std::time::Instant::now() + PATIENCE;
    while station.writes() < writes {
        assert!(std::time::Instant::now() < until, "waited in vain for {writes} writes");
        assert!(run.child.try_wait().unwrap().is_none(), "it ended before {writes} writes");
        std::thread::sleep(LOOK_AGAIN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_killed_goes_on_and_does_no_row_twice() {
    for writes in [1, 20, 60, 110] {
        let Some(station) = Station::with_crowd(300).await else { return };
        station.order(Order::Latency { ms: 30 });
        let mut run = station.begin(&["apply", "--write"], &CROWD);
        wait_for_writes(&station, &mut run, writes);
        run.kill();
        let killed_at = station.writes();
        let blocked = station.phones(&["apply", "--write"], &CROWD);
        assert_eq!(blocked.code, 4, "{}", blocked.said);
        assert!(blocked.said.contains("--resume --write"), "{}", blocked.said);
        let before = station.writes();
        let dry = station.phones(&["apply", "--resume"], &[]);
        assert_eq!((dry.code, &dry.summary["dry_run"]), (0, &true.into()), "{}", dry.said);
        assert_eq!(dry.summary["job"]["left"], dry.rows.len(), "{}", dry.summary);
        assert!(dry.said.contains("nothing was written"), "{}", dry.said);
        assert_eq!(station.writes(), before, "a dry run writes nothing");
        let resumed = station.phones(&["apply", "--resume", "--write"], &[]);
        assert_eq!(resumed.code, 0, "killed at {killed_at} writes: {}", resumed.said);
        let job = &resumed.summary["job"];
        assert_eq!((&job["rows"], &job["done"]), (&120.into(), &120.into()), "{}", resumed.summary);
        let each = station.writes_each();
        assert_eq!(each.len(), 120, "killed at {killed_at} writes");
        assert!(each.iter().all(|writes| *writes == 1), "killed at {killed_at} writes: {each:?}");
        assert_eq!(station.history("Phone changed").len(), 120);
        station.history_is_whole();
        for over in [&["apply", "--resume"][..], &["apply", "--resume", "--write"]] {
            let over = station.phones(over, &[]);
            assert_eq!((over.code, over.rows.len()), (0, 0), "{}", over.said);
        }
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_asked_to_end_says_what_was_not_begun() {
    let Some(station) = Station::with_crowd(800).await else { return };
    station.order(Order::Latency { ms: 30 });
    let mut run = station.begin(&["apply", "--write"], &CROWD);
    wait_for_writes(&station, &mut run, 10);
    let id = run.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let ended = run.ended();
    assert_eq!(ended.code, 1, "{}", ended.said);
    let job = &ended.summary["job"];
    let count = |word: &str| job[word].as_u64().unwrap();
    assert_eq!((count("rows"), count("left")), (320, 0), "{}", ended.summary);
    assert!(count("cancelled") > 0 && count("done") > 0, "{}", ended.summary);
    assert_eq!(count("done") + count("cancelled"), 320, "{}", ended.summary);
    assert_eq!(u64::from(station.writes()), count("done"));
    assert_eq!(ended.rows.len(), 800, "each person is told once");
    assert!(ended.said.contains("were not begun and are cancelled"), "{}", ended.said);
    // What was not begun is planned anew.
    let again = station.phones(&["apply", "--write"], &CROWD);
    assert_eq!(again.summary["job"]["done"], job["cancelled"], "{}", again.said);
    assert!(station.writes_each().iter().all(|writes| *writes == 1));
}

/// Whoever stops reading stops no job.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_does_not_cut_the_job() {
    let Some(station) = Station::with_crowd(50).await else { return };
    let mut child = station.command(&["apply", "--write"], &CROWD).spawn().unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    assert_eq!((status.code(), station.writes()), (Some(1), 20));
}
