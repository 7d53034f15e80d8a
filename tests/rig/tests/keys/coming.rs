//! Keys that come, tell who they are, go, fall silent.

use std::sync::mpsc::Receiver;

use keydesk::key::{KeyError, KeyEvent, PinState};
use keydesk::webauthn::Aaguid;
use keydesk_rig::{Engine, Finger, Kind, Report, TRUSSED_AAGUID, TouchPolicy};

use crate::bench::{Plugged, events_of, is_known, on_both_engines, pin, run, wait_for};

on_both_engines!(
    a_key_is_seen_to_come_go_and_come_again,
    a_new_key_tells_who_it_is_and_what_it_can,
    a_key_winks_or_says_that_it_can_not,
);

fn a_key_is_seen_to_come_go_and_come_again(kind: Kind) {
    let mut plugged = Plugged::blank(kind);
    let first = plugged.key.clone();
    let in_hand = plugged.pull_out();
    assert!(!is_known(first.id()));
    assert_eq!(run(first.facts()), Err(KeyError::Removed));
    plugged.put_back(in_hand);
    assert_ne!(first.id(), plugged.key.id());
    run(plugged.key.facts()).unwrap();
    assert!(matches!(events_of(first.id()).last(), Some(KeyEvent::Removed { .. })));
}

fn a_new_key_tells_who_it_is_and_what_it_can(kind: Kind) {
    let facts = Plugged::blank(kind).facts();
    let aaguid = match kind {
        Kind::Trussed => Aaguid(TRUSSED_AAGUID),
        Kind::OpenSk => Aaguid(hid::virtual_keys::Model::Forbidden.spec().aaguid),
    };
    assert_eq!(facts.aaguid, aaguid);
    assert_eq!(facts.pin, PinState::NotSet);
    assert_eq!(facts.min_pin_length, 4);
    assert_eq!(facts.serial, None, "neither is a YubiKey");
    let can = facts.supports;
    assert!(can.resident_keys && can.credential_management && can.pin_protocol_2, "{can:?}");
    assert!(can.cred_protect && can.hmac_secret && can.min_pin_length, "{can:?}");
    assert!(can.force_pin_change && can.always_uv, "{can:?}");
}

fn a_key_winks_or_says_that_it_can_not(kind: Kind) {
    let winked = run(Plugged::blank(kind).key.wink());
    match kind {
        Kind::OpenSk => assert_eq!(winked, Ok(())),
        // On SoloKeys and Nitrokeys another application of the firmware winks.
        Kind::Trussed => assert!(matches!(winked, Err(KeyError::Unsupported(_))), "{winked:?}"),
    }
}

/// Hears and never answers.
struct Silent;

impl Engine for Silent {
    fn run(&mut self, from_host: &Receiver<Report>, _: &(dyn Fn(&Report) + Sync)) {
        while from_host.recv().is_ok() {}
    }
}

#[test]
fn a_key_that_never_answers_is_told_as_such_and_the_others_work_on() {
    let silent = Plugged::of(Silent, Box::new(Finger::new(TouchPolicy::Hold)));
    let other = Plugged::blank(Kind::Trussed);
    run(other.key.set_pin(&pin("193758"))).unwrap();
    let error = wait_for(silent.key.id(), |event| match event {
        KeyEvent::Unreadable { error, .. } => Some(error.clone()),
        _ => None,
    });
    assert_eq!(error, KeyError::Silent);
}

/// A whole authenticator that answers this many reports and then no more.
struct FallsSilent {
    inner: Box<dyn Engine>,
    reports: usize,
}

impl Engine for FallsSilent {
    fn run(&mut self, from_host: &Receiver<Report>, to_host: &(dyn Fn(&Report) + Sync)) {
        let (to_inner, inner_gets) = std::sync::mpsc::channel();
        let answers_end = std::sync::atomic::AtomicBool::new(false);
        let (inner, reports) = (&mut self.inner, self.reports);
        std::thread::scope(|scope| {
            let answers_end = &answers_end;
            scope.spawn(move || {
                inner.run(&inner_gets, &|report| {
                    if !answers_end.load(std::sync::atomic::Ordering::SeqCst) {
                        to_host(report);
                    }
                });
            });
            for (seen, report) in from_host.iter().enumerate() {
                let over = seen >= reports;
                answers_end.store(over, std::sync::atomic::Ordering::SeqCst);
                to_inner.send(report).unwrap();
            }
            drop(to_inner);
        });
    }
}

#[test]
fn a_key_that_stops_answering_ends_the_call_and_works_again_after_a_replug() {
    for kind in [Kind::Trussed, Kind::OpenSk] {
        let (inner, finger) = kind.factory_new().unwrap();
        let mut plugged = Plugged::of(FallsSilent { inner, reports: 40 }, finger);
        plugged.finger.set_touch(TouchPolicy::Automatic);
        plugged.hurry(500, 500);
        let error = run(async {
            loop {
                if let Err(error) = plugged.key.facts().await {
                    return error;
                }
            }
        });
        assert_eq!(error, KeyError::Silent, "{kind:?}");
        plugged.replug();
        run(plugged.key.facts()).unwrap();
    }
}
