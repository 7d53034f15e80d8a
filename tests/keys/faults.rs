//! Keys that are pulled out, fall silent or lie, and many at once.

use std::time::Duration;

use futures_util::future::{join, join_all};
use hid::virtual_keys::{At, Fault, Malformation, Model, TouchPolicy};
use keydesk::key::{Configure, KeyError, KeyEvent};
use keydesk::webauthn::{CredentialId, verify};

use crate::bench::{Plugged, client_data, make, options, pin, run};

const PIN: &str = Model::PIN;

/// Everything a ceremony may ask of a key with a PIN; ends with the first error.
async fn everything(plugged: &Plugged) -> Result<(), KeyError> {
    let (key, pin) = (&plugged.key, pin(PIN));
    key.facts().await?;
    key.check_pin(&pin).await?;
    make(key, &options("asa"), &pin).await?;
    let held = key.credentials(&pin).await?;
    key.delete_credential(&pin, &held[0].id).await?;
    key.configure(&pin, Configure::MinPinLength(6)).await?;
    key.change_pin(&pin, &pin.duplicate()).await
}

#[test]
fn pulled_out_at_any_command_the_call_fails_as_removed() {
    let moments = [
        At::first(0x04),
        At::first(0x06).subcommand(0x02),
        At::first(0x06).subcommand(0x05),
        At::first(0x06).subcommand(0x09),
        At::first(0x06).subcommand(0x04),
        At::first(0x01),
        At::first(0x0A).subcommand(0x02),
        At::first(0x0A).subcommand(0x04),
        At::first(0x0A).subcommand(0x06),
        At::first(0x0D),
    ];
    for at in moments.into_iter().flat_map(|at| [at, at.done()]) {
        let plugged = Plugged::identified(Model::WithPin);
        plugged.virtual_key.set_fault(Fault::PullOutAt(at));
        assert_eq!(run(everything(&plugged)), Err(KeyError::Removed), "{at:?}");
        plugged.told(|event| matches!(event, KeyEvent::Removed { .. }).then_some(()));
    }
}

#[test]
fn pulled_out_while_its_first_pin_is_set_or_at_a_reset() {
    let setting = Plugged::identified(Model::Yubikey5Nfc);
    let at = At::first(0x06).subcommand(0x03);
    setting.virtual_key.set_fault(Fault::PullOutAt(at));
    assert_eq!(run(setting.key.set_pin(&pin(PIN))), Err(KeyError::Removed));
    let resetting = Plugged::identified(Model::WithPin);
    resetting.virtual_key.set_fault(Fault::PullOutAt(At::first(0x07)));
    assert_eq!(run(resetting.key.reset()), Err(KeyError::Removed));
}

#[test]
fn pulled_out_while_it_waits_for_a_touch_every_waiting_call_fails() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    std::thread::scope(|scope| {
        let calls = scope.spawn(|| {
            let options = options("asa");
            let pin = pin(PIN);
            run(join(make(&plugged.key, &options, &pin), plugged.key.check_pin(&pin)))
        });
        plugged.wait_for_touch();
        plugged.virtual_key.pull_out();
        let (made, checked) = calls.join().unwrap();
        assert_eq!(made, Err(KeyError::Removed));
        assert_eq!(checked, Err(KeyError::Removed));
    });
}

#[test]
fn falling_silent_at_any_command_ends_at_the_deadline() {
    for at in [
        At::first(0x06).subcommand(0x05),
        At::first(0x01),
        At::first(0x0A).subcommand(0x02),
        At::first(0x0D),
    ] {
        let mut plugged = Plugged::identified(Model::WithPin);
        plugged.hurry(400, 30_000);
        plugged.virtual_key.set_fault(Fault::SilentAt(at));
        assert_eq!(run(everything(&plugged)), Err(KeyError::Silent), "{at:?}");
        plugged.replug();
        run(plugged.key.check_pin(&pin(PIN))).unwrap();
    }
}

#[test]
fn a_panic_of_the_client_ends_only_that_call() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    std::thread::scope(|scope| {
        let making = scope.spawn(|| run(make(&plugged.key, &options("asa"), &pin(PIN))));
        plugged.wait_for_touch();
        // {2: h'00'}: authenticator data of one byte, where the client reads 37 and more.
        let lie = Malformation::Payload(vec![0, 0xA1, 0x02, 0x41, 0x00]);
        plugged.virtual_key.set_fault(Fault::Malformed(lie));
        assert!(plugged.virtual_key.touch());
        assert_eq!(making.join().unwrap(), Err(KeyError::Panicked));
    });
    plugged.virtual_key.clear_fault();
    plugged.virtual_key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    run(async {
        make(&plugged.key, &options("bo"), &pin(PIN)).await.unwrap();
    });
}

#[test]
fn broken_answers_are_errors_and_the_key_works_on_when_it_recovers() {
    for malformation in [
        Malformation::Length,
        Malformation::Command,
        Malformation::Empty,
        Malformation::ErrorWithoutCode,
        Malformation::Payload(vec![0, 0xFF]),
    ] {
        let plugged = Plugged::identified(Model::WithPin);
        plugged.virtual_key.set_fault(Fault::Malformed(malformation.clone()));
        let checked = run(plugged.key.check_pin(&pin(PIN)));
        assert!(matches!(checked, Err(KeyError::Malformed(_))), "{malformation:?}: {checked:?}");
        plugged.virtual_key.clear_fault();
        run(plugged.key.check_pin(&pin(PIN))).unwrap();
    }
}

#[test]
fn a_caller_that_no_longer_waits_does_not_disturb_the_key() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    run(async {
        let (options, pin) = (options("asa"), pin(PIN));
        let making = make(&plugged.key, &options, &pin);
        let waited = tokio::time::timeout(Duration::from_millis(100), making).await;
        assert!(waited.is_err(), "nobody touched it");
    });
    plugged.wait_for_touch();
    assert!(plugged.virtual_key.touch());
    let held = run(plugged.key.credentials(&pin(PIN))).unwrap();
    assert_eq!(held.len(), 1, "the work went on without its caller");
}

#[test]
fn more_calls_than_may_wait_are_refused_as_busy() {
    let plugged = Plugged::identified(Model::WithPin);
    plugged.virtual_key.set_touch(TouchPolicy::Hold);
    std::thread::scope(|scope| {
        let calls = scope.spawn(|| {
            let (options, pin) = (options("asa"), pin(PIN));
            let checks = join_all((0..60).map(|_| plugged.key.check_pin(&pin)));
            run(join(make(&plugged.key, &options, &pin), checks))
        });
        plugged.wait_for_touch();
        assert!(plugged.virtual_key.touch());
        let (made, checks) = calls.join().unwrap();
        made.unwrap();
        assert!(checks.contains(&Err(KeyError::Busy)));
        assert!(checks.contains(&Ok(())));
    });
}

#[test]
fn eight_keys_work_at_once() {
    let keys: Vec<_> = (0..8).map(|_| Plugged::identified(Model::Yubikey5Nfc)).collect();
    let made = run(join_all(keys.iter().enumerate().map(async |(number, plugged)| {
        let pin = pin(&format!("19375{number}"));
        let options = options(&format!("person-{number}@practice.example"));
        plugged.key.set_pin(&pin).await.unwrap();
        let made = make(&plugged.key, &options, &pin).await.unwrap();
        verify(&options.expectation(), &client_data(&options), &made).unwrap().id
    })));
    let distinct: std::collections::HashSet<&CredentialId> = made.iter().collect();
    assert_eq!(distinct.len(), 8);
    for (number, plugged) in keys.iter().enumerate() {
        let held = run(plugged.key.credentials(&pin(&format!("19375{number}")))).unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].id, made[number], "each credential is on its own key");
    }
}
