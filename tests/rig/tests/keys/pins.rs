//! PINs: first, changed, wrong, blocked.

use keydesk::key::{KeyError, PinState};
use keydesk_rig::Kind;

use crate::bench::{PIN, Plugged, WRONG, on_both_engines, pin, run};

on_both_engines!(
    a_first_pin_is_set_and_a_second_is_refused,
    a_pin_of_63_bytes_in_any_script_works,
    a_pin_is_changed_with_the_old_one_only,
    three_wrong_pins_in_a_row_block_until_the_key_is_put_back,
    eight_wrong_pins_block_for_good_and_a_reset_helps,
    a_pin_is_kept_over_a_replug,
);

fn a_first_pin_is_set_and_a_second_is_refused(kind: Kind) {
    let plugged = Plugged::blank(kind);
    run(async {
        assert_eq!(plugged.key.check_pin(&pin(PIN)).await, Err(KeyError::PinNotSet));
        plugged.key.set_pin(&pin(PIN)).await.unwrap();
        plugged.key.check_pin(&pin(PIN)).await.unwrap();
        assert_eq!(plugged.key.set_pin(&pin(PIN)).await, Err(KeyError::PinRequired));
    });
}

fn a_pin_of_63_bytes_in_any_script_works(kind: Kind) {
    let longest = format!("{}é", "名".repeat(20));
    let plugged = Plugged::blank(kind);
    run(async {
        plugged.key.set_pin(&pin(&longest)).await.unwrap();
        plugged.key.check_pin(&pin(&longest)).await.unwrap();
    });
}

fn a_pin_is_changed_with_the_old_one_only(kind: Kind) {
    let plugged = Plugged::with_pin(kind);
    run(async {
        let wrong = plugged.key.change_pin(&pin(WRONG), &pin("193758")).await;
        assert_eq!(wrong, Err(KeyError::PinInvalid { retries_left: Some(7) }));
        plugged.key.change_pin(&pin(PIN), &pin("193758")).await.unwrap();
        plugged.key.check_pin(&pin("193758")).await.unwrap();
        assert_eq!(plugged.key.pin_retries().await, Ok(8));
    });
}

fn three_wrong_pins_in_a_row_block_until_the_key_is_put_back(kind: Kind) {
    let mut plugged = Plugged::with_pin(kind);
    run(async {
        let key = &plugged.key;
        for left in [7, 6] {
            let wrong = key.check_pin(&pin(WRONG)).await;
            assert_eq!(wrong, Err(KeyError::PinInvalid { retries_left: Some(left) }));
        }
        let blocked = Err(KeyError::PinAuthBlocked { retries_left: Some(5) });
        assert_eq!(key.check_pin(&pin(WRONG)).await, blocked);
        assert_eq!(key.check_pin(&pin(PIN)).await, blocked, "even the right one");
    });
    plugged.replug();
    run(async {
        plugged.key.check_pin(&pin(PIN)).await.unwrap();
        assert_eq!(plugged.key.pin_retries().await, Ok(8));
    });
}

fn eight_wrong_pins_block_for_good_and_a_reset_helps(kind: Kind) {
    let mut plugged = Plugged::with_pin(kind);
    let mut tries = 0;
    loop {
        tries += 1;
        match run(plugged.key.check_pin(&pin(WRONG))).unwrap_err() {
            KeyError::PinInvalid { .. } => {}
            KeyError::PinAuthBlocked { .. } => plugged.replug(),
            error => {
                assert_eq!(error, KeyError::PinBlocked);
                break;
            }
        }
    }
    assert_eq!(tries, 8);
    assert_eq!(run(plugged.key.check_pin(&pin(PIN))), Err(KeyError::PinBlocked));
    assert_eq!(run(plugged.key.facts()).unwrap().pin, PinState::Blocked);
    plugged.replug();
    run(async {
        plugged.key.reset().await.unwrap();
        plugged.key.set_pin(&pin("193758")).await.unwrap();
    });
}

fn a_pin_is_kept_over_a_replug(kind: Kind) {
    let mut plugged = Plugged::with_pin(kind);
    plugged.replug();
    assert!(matches!(plugged.facts().pin, PinState::Set { .. }));
    run(plugged.key.check_pin(&pin(PIN))).unwrap();
}
