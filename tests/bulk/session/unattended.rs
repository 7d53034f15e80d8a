//! Keys that are put in while the station is locked.

use super::*;
use keydesk::access::{LockCause, Role};
use keydesk::engine::{Way, WhoCommand, WhoEvent};
use keydesk::secrets::SecretText;

impl Station<Hub> {
    fn hears<T>(&mut self, wanted: impl Fn(WhoEvent) -> Option<T>) -> T {
        self.wait(|event| match event {
            Event::Who(event) => wanted(event),
            _ => None,
        })
    }

    fn lock(&mut self) {
        self.say(Command::Who(WhoCommand::Lock));
        let cause = self.hears(|event| match event {
            WhoEvent::Lock(cause) => cause,
            _ => None,
        });
        assert_eq!(cause, LockCause::Operator);
    }
}

#[test]
fn a_key_that_is_put_in_behind_the_lock_is_begun_once_somebody_is_back() {
    let passphrase = || SecretText::new("four words of mine");
    let mut station = Station::with_hub();
    let set = WhoCommand::SetPassphrase { old: None, new: Some(passphrase()) };
    station.say(Command::Who(set));
    station.hears(|event| matches!(event, WhoEvent::Passphrase { is_set: true }).then_some(()));
    station.begin(2, SessionOptions::default());
    let key = station.key.insert_untouched(1);
    station.slot(1, |slot| matches!(slot.phase, SlotPhase::TouchNow { .. }));
    station.lock();
    station.key.insert(2);
    station.slot(2, |slot| slot.phase == SlotPhase::Paused);
    key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    station.done(1);
    assert_eq!(station.registered(), 1, "what was begun is finished, and no more");
    let unlock = WhoCommand::Unlock(Way::Passphrase(passphrase()));
    station.say(Command::Who(unlock));
    station.done(2);
    assert_eq!(station.registered(), 2);
}

/// Whoever takes the PINs out is not the one who makes the keys. Without a keyring no PIN outlives the
/// program.
#[test]
fn a_pin_officer_alone_makes_no_keys_of_the_session_that_stands() {
    if std::env::var("KEYDESK_REAL_KEYRING").as_deref() != Ok("1") {
        return;
    }
    let mut station = Station::with_hub();
    station.begin(2, SessionOptions::default());
    let (begun, _) = station.pulled_out_while_made(1);
    let roles = |station: &mut Station<Hub>, roles: &[Role]| {
        station.change_settings(|settings| {
            settings.security.station_roles = roles.to_vec();
            settings.outputs.organisation.push('x');
        });
    };
    roles(&mut station, &[Role::PinOfficer, Role::Administrator]);
    let mut station = station.killed_and_started_after(|_| begun.clear_fault());
    begun.insert_into("hub-1");
    station.key.insert(2);
    station.slot(2, |slot| slot.phase == SlotPhase::Paused);
    station.slot(1, |slot| slot.phase == SlotPhase::Paused);
    assert_eq!((station.registered(), station.posts()), (0, 0));
    roles(&mut station, &[Role::Provisioner, Role::Administrator]);
    station.done(1);
    station.done(2);
    assert_eq!(station.registered(), 2);
}
