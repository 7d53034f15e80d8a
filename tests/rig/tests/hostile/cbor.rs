//! Statuses and CBOR that lie.

use std::sync::{Arc, Mutex};

use keydesk::key::KeyError;
use keydesk_rig::Kind;

use crate::bench::on_both_engines;
use crate::key::{Hostile, Work, lie_about};
use crate::lies::{altered, cuts, nonsense};

on_both_engines!(
    each_status_is_an_error_by_cause,
    a_lie_about_the_key_itself_is_an_error_or_harmless,
    a_lie_about_the_tries_is_an_error_or_harmless,
    a_lie_in_the_key_agreement_is_an_error_or_harmless,
    a_lie_about_the_pin_token_is_an_error_or_harmless,
    a_lie_about_the_relying_parties_is_an_error_or_harmless,
    a_lie_about_the_credentials_is_an_error_or_harmless,
    a_lie_about_a_new_credential_is_an_error_or_harmless,
);

fn each_status_is_an_error_by_cause(kind: Kind) {
    let hostile = Hostile::new(kind);
    for (work, asked) in [(Work::Facts, 0x04), (Work::Make, 0x01)] {
        for status in 1..=0xFF {
            let name = format!("status {status:#04x}");
            let lie = lie_about(asked, 0, move |said| Some(said.with(vec![status])));
            let told = hostile.asked(work, &name, lie);
            let unread = matches!(told, Ok(()) | Err(KeyError::Panicked | KeyError::Malformed(_)));
            assert!(!unread, "{work:?}, {name}: {told:?}");
        }
        hostile.must_work("statuses");
    }
}

fn a_lie_about_the_key_itself_is_an_error_or_harmless(kind: Kind) {
    every_lie(kind, Work::Facts, (0x04, 0), |told| {
        assert!(!matches!(told, Err(KeyError::Panicked)), "we read it ourselves");
    });
}

fn a_lie_about_the_tries_is_an_error_or_harmless(kind: Kind) {
    every_lie(kind, Work::Retries, (0x06, 1), |told| {
        assert!(!matches!(told, Err(KeyError::Panicked)), "we read it ourselves");
    });
}

fn a_lie_in_the_key_agreement_is_an_error_or_harmless(kind: Kind) {
    every_lie(kind, Work::CheckPin, (0x06, 2), |_| ());
}

fn a_lie_about_the_pin_token_is_an_error_or_harmless(kind: Kind) {
    every_lie(kind, Work::CheckPin, (0x06, 5), |_| ());
}

fn a_lie_about_the_relying_parties_is_an_error_or_harmless(kind: Kind) {
    every_lie(kind, Work::Credentials, (0x0A, 2), |_| ());
}

fn a_lie_about_the_credentials_is_an_error_or_harmless(kind: Kind) {
    every_lie(kind, Work::Credentials, (0x0A, 4), |_| ());
}

fn a_lie_about_a_new_credential_is_an_error_or_harmless(kind: Kind) {
    every_lie(kind, Work::Make, (0x01, 0), |_| ());
}

/// Tells every lie in the place of one answer; each call ends, the key works after it.
fn every_lie(
    kind: Kind,
    work: Work,
    (asked, subcommand): (u8, u8),
    check: impl Fn(&Result<(), KeyError>),
) {
    let hostile = Hostile::new(kind);
    let truth = truth(&hostile, work, (asked, subcommand));
    let lies = [nonsense(), cuts(&truth, 40), altered(&truth)].concat();
    let mut believed = 0;
    let mut told = std::collections::BTreeMap::<String, usize>::new();
    for (number, (name, cbor)) in lies.iter().enumerate() {
        let answer = [&[0][..], cbor].concat();
        let lie = lie_about(asked, subcommand, move |said| Some(said.with(answer.clone())));
        let result = hostile.asked(work, name, lie);
        check(&result);
        let cause = match &result {
            Ok(()) => "believed".to_owned(),
            Err(error) => format!("{error:?}").chars().take_while(|c| c.is_alphabetic()).collect(),
        };
        *told.entry(cause).or_default() += 1;
        believed += usize::from(result.is_ok());
        // A lie in the key agreement costs the PIN a try each time.
        if asked == 0x06 || number % 16 == 0 {
            hostile.must_work(name);
        }
    }
    hostile.must_work("all lies");
    println!("{kind:?}, {work:?} {asked:#04x}/{subcommand}: {} lies, {told:?}", lies.len());
    assert!(believed < lies.len() && lies.len() > 60, "{believed} of {} believed", lies.len());
}

/// What the key really answers, without the status.
fn truth(hostile: &Hostile, work: Work, (asked, subcommand): (u8, u8)) -> Vec<u8> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let lie = lie_about(asked, subcommand, move |said| {
        listener.lock().unwrap().clone_from(&said.payload);
        None
    });
    hostile.asked(work, "the truth", lie).unwrap();
    let answer = heard.lock().unwrap().clone();
    assert_eq!(answer.first(), Some(&0), "{work:?} asks {asked:#04x}/{subcommand}");
    answer[1..].to_vec()
}
