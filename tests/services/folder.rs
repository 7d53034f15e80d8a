//! What stations share of a caller, in a real folder.

use jiff::{SignedDuration, Timestamp};
use keydesk::services::ServiceError;
use keydesk::services::stations::{Claim, FolderFault, Held, Shared, SharedFolder};
use keydesk::verify::CallerKey;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

const TEN_MINUTES: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3600);
const STATIONS: u128 = 8;
const ROUNDS: usize = 25;

fn caller() -> CallerKey {
    CallerKey::of("6e7b768e-07e2-4810-8459-485f84f8f204")
}

fn check(no: u128) -> Uuid {
    Uuid::from_u128(no)
}

fn station(folder: &Path) -> SharedFolder {
    SharedFolder::new(folder, "Mira Holm")
}

fn is_about(left: Option<Duration>, said: Duration) -> bool {
    left.is_some_and(|left| left <= said && left + Duration::from_secs(60) > said)
}

/// The caller's files, by the end of their names.
fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    let mut ends: Vec<String> =
        names.map(|name| name.split_once('.').unwrap().1.to_owned()).collect();
    ends.sort();
    ends
}

fn path(folder: &Path, end: &str) -> PathBuf {
    folder.join(format!("{}.{end}", caller().text()))
}

/// What another station left, open until then.
fn leave(folder: &Path, end: &str, until: Timestamp) {
    let check = check(99);
    let text =
        format!(r#"{{"station":"DESK-2","agent":"Åsa Berg","check":"{check}","until":"{until}"}}"#);
    fs::write(path(folder, end), text).unwrap();
}

fn past() -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(1)
}

fn written_at(path: &Path, at: SystemTime) {
    File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

fn ago(seconds: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(seconds)
}

/// Everybody claims at once, each station on a thread of its own.
fn all_claim(folder: &Path) -> Vec<Claim> {
    let begin = Arc::new(Barrier::new(STATIONS as usize));
    let claims = (1..=STATIONS).map(|no| {
        let (begin, station) = (Arc::clone(&begin), station(folder));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.unwrap();
            begin.wait();
            runtime.block_on(station.claim(&caller(), check(no), TEN_MINUTES)).unwrap()
        })
    });
    let claims: Vec<_> = claims.collect();
    claims.into_iter().map(|claim| claim.join().unwrap()).collect()
}

fn one_has_them(claims: &[Claim]) {
    let taken = claims.iter().filter(|came| **came == Claim::Taken).count();
    assert_eq!(taken, 1, "{claims:?}");
    for came in claims {
        if let Claim::Refused(held) = came {
            assert!(is_about(held.open_for, TEN_MINUTES), "{held:?}");
            let by = held.open_by.as_deref();
            assert!(by.is_some_and(|by| by.starts_with("Mira Holm, ")), "{held:?}");
            assert_eq!(held.locked_for, None);
        }
    }
}

#[test]
fn of_eight_stations_that_claim_a_caller_at_once_one_has_them() {
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        one_has_them(&all_claim(folder.path()));
        assert_eq!(files(folder.path()), ["1.open"]);
    }
}

#[test]
fn of_eight_stations_that_take_over_a_claim_that_is_past_one_has_them() {
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        leave(folder.path(), "7.open", past());
        one_has_them(&all_claim(folder.path()));
        assert_eq!(files(folder.path()), ["8.open"]);
    }
}

#[test]
fn of_eight_stations_that_take_over_what_can_not_be_read_one_has_them() {
    for left in ["", "{\"station\":\"DESK", "\u{0}\u{0}\u{0}"] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path(folder.path(), "3.open"), left).unwrap();
        written_at(&path(folder.path(), "3.open"), ago(60));
        one_has_them(&all_claim(folder.path()));
        assert_eq!(files(folder.path()), ["4.open"]);
    }
}

#[tokio::test]
async fn a_claim_that_is_just_being_written_is_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(path(folder.path(), "1.open"), "").unwrap();
    let came = station(folder.path()).claim(&caller(), check(1), TEN_MINUTES).await.unwrap();
    let Claim::Refused(held) = came else { panic!("taken from whom is writing it") };
    assert!(held.open_for.is_some_and(|left| left <= Duration::from_secs(10)), "{held:?}");
    assert_eq!(files(folder.path()), ["1.open"]);
}

#[tokio::test]
async fn a_broken_claim_from_the_future_keeps_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(path(folder.path(), "1.open"), "").unwrap();
    written_at(&path(folder.path(), "1.open"), SystemTime::now() + HOUR);
    let came = station(folder.path()).claim(&caller(), check(1), TEN_MINUTES).await;
    assert_eq!(came, Ok(Claim::Taken));
}

#[tokio::test]
async fn a_claim_is_the_checks_own_until_it_is_freed_or_past() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (station(folder.path()), station(folder.path()));
    let claim = async |no| there.claim(&caller(), check(no), TEN_MINUTES).await.unwrap();
    assert_eq!(here.held(&caller(), check(1)).await, Ok(Held::default()));
    for _ in 0..2 {
        // Again by the same check: prolonged.
        assert_eq!(here.claim(&caller(), check(1), TEN_MINUTES).await, Ok(Claim::Taken));
    }
    assert_eq!(here.held(&caller(), check(1)).await, Ok(Held::default()), "its own");
    let seen = there.held(&caller(), check(2)).await.unwrap();
    assert!(is_about(seen.open_for, TEN_MINUTES), "{seen:?}");
    assert!(matches!(claim(2).await, Claim::Refused(_)));
    // Another check's is not freed.
    there.free(&caller(), check(2), None).await.unwrap();
    assert!(matches!(claim(2).await, Claim::Refused(_)));
    here.free(&caller(), check(1), None).await.unwrap();
    assert_eq!(claim(2).await, Claim::Taken);
    there.free(&caller(), check(2), None).await.unwrap();
    assert_eq!(files(folder.path()), ["3.free"]);
    // Past, and taken over: whoever had it frees nothing any more.
    leave(folder.path(), "4.open", past());
    assert_eq!(here.claim(&caller(), check(3), TEN_MINUTES).await, Ok(Claim::Taken));
    there.free(&caller(), check(99), None).await.unwrap();
    assert!(matches!(claim(4).await, Claim::Refused(_)));
    let other = CallerKey::of("somebody else");
    assert_eq!(there.claim(&other, check(5), TEN_MINUTES).await, Ok(Claim::Taken));
}

#[tokio::test]
async fn a_lock_holds_at_every_station_for_the_longest_time_that_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (station(folder.path()), station(folder.path()));
    assert_eq!(here.claim(&caller(), check(1), TEN_MINUTES).await, Ok(Claim::Taken));
    for lock in [HOUR, TEN_MINUTES] {
        here.free(&caller(), check(1), Some(lock)).await.unwrap();
    }
    for no in [1, 2] {
        let came = there.claim(&caller(), check(no), TEN_MINUTES).await.unwrap();
        let Claim::Refused(held) = came else { panic!("claimed though locked") };
        assert!(is_about(held.locked_for, HOUR), "{held:?}");
        assert_eq!(held.open_for, None);
    }
    // A shorter one of another check shortens nothing.
    there.free(&caller(), check(2), Some(TEN_MINUTES)).await.unwrap();
    let held = there.held(&caller(), check(3)).await.unwrap();
    assert!(is_about(held.locked_for, HOUR), "{held:?}");
    for lock in [check(1), check(2)] {
        leave(folder.path(), &format!("{lock}.lock"), past());
    }
    assert_eq!(there.claim(&caller(), check(2), TEN_MINUTES).await, Ok(Claim::Taken));
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_in_the_place_of_a_claim_is_not_followed() {
    let elsewhere = tempfile::tempdir().unwrap();
    leave(elsewhere.path(), "1.open", Timestamp::now() + SignedDuration::from_hours(1));
    let target = path(elsewhere.path(), "1.open");
    let link = |at: &Path| std::os::unix::fs::symlink(&target, at).unwrap();
    let puts: [&dyn Fn(&Path); 2] = [&link, &|at| fs::create_dir(at).unwrap()];
    for put in puts {
        let folder = tempfile::tempdir().unwrap();
        put(&path(folder.path(), "1.open"));
        let held = station(folder.path()).held(&caller(), check(1)).await.unwrap();
        // What can't be read counts as being written, for a moment, and nobody is named.
        assert!(held.open_for.is_some_and(|left| left <= Duration::from_secs(10)), "{held:?}");
        assert_eq!(held.open_by, None);
    }
}

#[tokio::test]
async fn what_is_old_is_taken_away_and_what_is_no_stations_stays() {
    let folder = tempfile::tempdir().unwrap();
    let here = station(folder.path());
    let (day, four) = (86_400, 4 * 86_400);
    let old = folder.path().join(format!("{}.5.free", CallerKey::of("old").text()));
    let young = folder.path().join(format!("{}.5.free", CallerKey::of("young").text()));
    let foreign = folder.path().join("minutes of 2019.docx");
    for (path, seconds) in [(&old, four), (&young, day), (&foreign, four)] {
        fs::write(path, "").unwrap();
        written_at(path, ago(seconds));
    }
    here.claim(&caller(), check(1), TEN_MINUTES).await.unwrap();
    here.free(&caller(), check(1), None).await.unwrap();
    assert!(!old.exists() && young.exists() && foreign.exists());
    assert!(path(folder.path(), "1.free").exists());
}

#[tokio::test]
async fn why_it_can_not_be_used_is_told_and_it_works_again_afterwards() {
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join("share");
    let here = station(&folder);
    let claim = async || here.claim(&caller(), check(1), TEN_MINUTES).await;
    let missing = ServiceError::Folder(FolderFault::Missing { path: folder.clone() });
    assert_eq!(claim().await, Err(missing.clone()));
    assert_eq!(here.held(&caller(), check(1)).await, Err(missing.clone()));
    assert_eq!(here.free(&caller(), check(1), Some(HOUR)).await, Err(missing));
    fs::write(&folder, "no folder").unwrap();
    let file = ServiceError::Folder(FolderFault::NotAFolder { path: folder.clone() });
    assert_eq!(claim().await, Err(file));
    fs::remove_file(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    assert_eq!(claim().await, Ok(Claim::Taken));
}

#[cfg(unix)]
#[tokio::test]
async fn other_users_can_read_a_claim() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    station(folder.path()).claim(&caller(), check(1), TEN_MINUTES).await.unwrap();
    let mode = fs::metadata(path(folder.path(), "1.open")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}
