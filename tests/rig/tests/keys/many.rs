//! Eight keys at once.

use std::collections::HashSet;

use futures_util::future::join_all;
use keydesk::webauthn::{attestation, verify};
use keydesk_rig::Kind;

use crate::bench::{PIN, Plugged, client_data, make, on_both_engines, options, pin, run};

on_both_engines!(eight_keys_are_written_at_once);

fn eight_keys_are_written_at_once(kind: Kind) {
    let keys: Vec<Plugged> = (0..8).map(|_| Plugged::blank(kind)).collect();
    let made = run(join_all(keys.iter().enumerate().map(|(number, plugged)| async move {
        let options = options(&format!("person{number}@practice.example"));
        plugged.key.set_pin(&pin(PIN)).await.unwrap();
        let made = make(&plugged.key, &options, &pin(PIN)).await.unwrap();
        verify(&options.expectation(), &client_data(&options), &made).unwrap();
        let held = plugged.key.credentials(&pin(PIN)).await.unwrap();
        assert_eq!(held[0].user_name, options.user.name);
        assert_eq!(held.len(), 1);
        attestation::credential_id(&made).unwrap().0
    })));
    assert_eq!(made.into_iter().collect::<HashSet<_>>().len(), 8);
}
