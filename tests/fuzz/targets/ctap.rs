//! Answers of a key that we read ourselves. Promises: an exclude list is asked whole, in batches
//! the key can take; a serial is never zero.

use super::pieces;
use keydesk::key::fuzzing;
use keydesk::webauthn::CredentialId;
use std::collections::HashSet;

pub fn target(data: &[u8]) {
    let (choice, rest) = pieces::choice(data);
    match choice % 3 {
        0 => info(rest),
        1 => drop(fuzzing::retries(rest)),
        _ => {
            let (serial, _version) = fuzzing::device_config(pieces::all(rest, 16).into_iter());
            assert_ne!(serial, Some(0), "zero is no serial");
        }
    }
}

fn info(mut rest: &[u8]) {
    let cbor = pieces::next(&mut rest);
    let ids: Vec<CredentialId> =
        pieces::all(rest, 256).into_iter().map(|id| CredentialId(id.to_vec())).collect();
    let Ok(told) = fuzzing::info(cbor, &ids) else { return };
    let asked: Vec<Vec<u8>> = told.batches.iter().flatten().cloned().collect();
    assert_eq!(asked, told.excluded, "not each id is asked once, in order");
    assert_eq!(asked.iter().collect::<HashSet<_>>().len(), asked.len(), "an id is asked twice");
    for batch in &told.batches {
        assert!(!batch.is_empty(), "an empty batch");
        let most = told.max_credentials_in_list.unwrap_or(usize::MAX).max(1);
        assert!(batch.len() <= most, "more ids than the key takes");
        let bytes: usize = batch.iter().map(Vec::len).sum();
        assert!(batch.len() == 1 || bytes <= told.max_message_bytes, "a batch too long");
    }
}
