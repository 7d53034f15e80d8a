//! PINs: first, changed, wrong, blocked.

use hid::virtual_keys::{Model, Spec};
use keydesk::key::{Key, KeyError, PinState};
use keydesk::problem::Explain;

use crate::bench::{Plugged, pin, run};

const WRONG: &str = "986532";

#[test]
fn a_first_pin_is_set_and_a_second_is_refused() {
    let plugged = Plugged::identified(Model::Yubikey5Nfc);
    run(async {
        assert_eq!(plugged.key.check_pin(&pin("193758")).await, Err(KeyError::PinNotSet));
        assert_eq!(plugged.key.pin_retries().await, Err(KeyError::PinNotSet));
        plugged.key.set_pin(&pin("193758")).await.unwrap();
        plugged.key.check_pin(&pin("193758")).await.unwrap();
        assert_eq!(plugged.key.set_pin(&pin("193758")).await, Err(KeyError::PinRequired));
    });
}

#[test]
fn a_pin_of_63_bytes_in_any_script_works() {
    let longest = format!("{}é", "名".repeat(20));
    let plugged = Plugged::identified(Model::Yubikey5Nfc);
    run(async {
        plugged.key.set_pin(&pin(&longest)).await.unwrap();
        plugged.key.check_pin(&pin(&longest)).await.unwrap();
    });
}

#[test]
fn a_pin_shorter_than_the_key_wants_never_reaches_it() {
    let plugged = Plugged::identified(Spec { min_pin_length: 8, ..Model::Yubikey5Nfc.spec() });
    let refused = Err(KeyError::PinPolicy { min_length: Some(8) });
    run(async {
        assert_eq!(plugged.key.set_pin(&pin("193758")).await, refused);
        plugged.key.set_pin(&pin("19375862")).await.unwrap();
        let changed = plugged.key.change_pin(&pin("19375862"), &pin("1937586")).await;
        assert_eq!(changed, refused);
        plugged.key.check_pin(&pin("19375862")).await.unwrap();
    });
}

#[test]
fn a_pin_is_changed_with_the_old_one_only() {
    let plugged = Plugged::identified(Model::WithPin);
    run(async {
        let wrong = plugged.key.change_pin(&pin(WRONG), &pin("193758")).await;
        assert_eq!(wrong, Err(KeyError::PinInvalid { retries_left: Some(7) }));
        plugged.key.change_pin(&pin(Model::PIN), &pin("193758")).await.unwrap();
        plugged.key.check_pin(&pin("193758")).await.unwrap();
        assert_eq!(plugged.key.pin_retries().await, Ok(8));
    });
    let blank = Plugged::identified(Model::Yubikey5Nfc);
    let changed = run(blank.key.change_pin(&pin(WRONG), &pin("193758")));
    assert_eq!(changed, Err(KeyError::PinNotSet));
}

#[test]
fn a_right_pin_costs_no_retry_and_a_wrong_one_costs_one() {
    let plugged = Plugged::identified(Model::WithPin);
    run(async {
        for _ in 0..3 {
            plugged.key.check_pin(&pin(Model::PIN)).await.unwrap();
        }
        assert_eq!(plugged.key.pin_retries().await, Ok(8));
        let error = plugged.key.check_pin(&pin(WRONG)).await.unwrap_err();
        assert_eq!(error, KeyError::PinInvalid { retries_left: Some(7) });
        assert_eq!(error.what(), "Wrong PIN; 7 tries left");
        let facts = plugged.key.facts().await.unwrap();
        assert_eq!(facts.pin, PinState::Set { retries_left: Some(7) });
    });
}

#[test]
fn three_wrong_pins_in_a_row_block_until_the_key_is_put_back() {
    let mut plugged = Plugged::identified(Model::WithPin);
    let blocked = Err(KeyError::PinAuthBlocked { retries_left: Some(5) });
    run(async {
        let key = &plugged.key;
        for left in [7, 6] {
            let wrong = key.check_pin(&pin(WRONG)).await;
            assert_eq!(wrong, Err(KeyError::PinInvalid { retries_left: Some(left) }));
        }
        assert_eq!(key.check_pin(&pin(WRONG)).await, blocked);
        assert_eq!(key.check_pin(&pin(Model::PIN)).await, blocked, "even the right one");
    });
    plugged.replug();
    run(async {
        plugged.key.check_pin(&pin(Model::PIN)).await.unwrap();
        assert_eq!(plugged.key.pin_retries().await, Ok(8));
    });
}

#[test]
fn eight_wrong_pins_block_for_good_and_a_reset_helps() {
    let mut plugged = Plugged::identified(Model::WithPin);
    while run(wrong_until_refused(&plugged.key)) != KeyError::PinBlocked {
        plugged.replug();
    }
    run(async {
        assert_eq!(plugged.key.check_pin(&pin(Model::PIN)).await, Err(KeyError::PinBlocked));
        assert_eq!(plugged.key.facts().await.unwrap().pin, PinState::Blocked);
    });
    plugged.replug();
    run(async {
        plugged.key.reset().await.unwrap();
        assert_eq!(plugged.key.facts().await.unwrap().pin, PinState::NotSet);
        plugged.key.set_pin(&pin("193758")).await.unwrap();
    });
}

/// Tries wrong PINs until the key says more than "wrong".
async fn wrong_until_refused(key: &Key) -> KeyError {
    loop {
        match key.check_pin(&pin(WRONG)).await.unwrap_err() {
            KeyError::PinInvalid { retries_left } => assert!(retries_left > Some(0)),
            other => return other,
        }
    }
}
