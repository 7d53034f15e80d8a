//! A folder that stations share, on a disk that is full, or read-only.

use crate::disk::Disk;
use keydesk::services::ServiceError;
use keydesk::services::stations::{Claim, FolderFault, Shared, SharedFolder};
use keydesk::verify::CallerKey;
use std::time::Duration;
use uuid::Uuid;

pub const CASES: &[(&str, fn())] = &[
    ("a_shared_folder_that_is_full_is_told_and_works_again", full_when_claimed),
    ("a_shared_folder_that_is_read_only_is_told", read_only),
];

const MINUTE: Duration = Duration::from_secs(60);

fn full_when_claimed() {
    let folder = tempfile::tempdir().unwrap();
    let shared = SharedFolder::new(folder.path(), "Mira Holm");
    let (caller, check) = (CallerKey::of("somebody"), Uuid::from_u128(1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let full = ServiceError::Folder(FolderFault::Full);
    let mut disk = Disk::new();
    disk.fill();
    runtime.block_on(async {
        assert_eq!(shared.claim(&caller, check, MINUTE).await, Err(full.clone()));
        assert_eq!(shared.free(&caller, check, Some(MINUTE)).await, Err(full));
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0, "what could not be written is left");
        disk.make_room();
        assert_eq!(shared.claim(&caller, check, MINUTE).await, Ok(Claim::Taken));
    });
}

fn read_only() {
    let shared = SharedFolder::new(std::env::temp_dir().join("read-only"), "Mira Holm");
    let (caller, check) = (CallerKey::of("somebody"), Uuid::from_u128(1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let closed = Err(ServiceError::Folder(FolderFault::ReadOnly));
    assert_eq!(runtime.block_on(shared.claim(&caller, check, MINUTE)), closed);
}
