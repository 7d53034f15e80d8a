//! The HID seam under the real CTAP2 client, with virtual keys at the other end.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use ctap_hid_fido2::fidokey::MakeCredentialArgsBuilder;
use ctap_hid_fido2::fidokey::make_credential::{Attestation, CredentialSupportedKeyType};
use ctap_hid_fido2::public_key_credential_user_entity::PublicKeyCredentialUserEntity;
use ctap_hid_fido2::{FidoKeyHid, FidoKeyHidFactory, HidParam, LibCfg};
use hid::virtual_keys::{At, Fault, Malformation, Model, Spec, TouchPolicy, VirtualKey};
use hid::{Activity, Ctap2Error, DeviceId, HotPlug, Limits, Malformed, Reason};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

const PIN: &str = "193758";
const RP: &str = "login.microsoft.com";
const RESET: u8 = 0x07;
const SELECTION: u8 = 0x0B;
const STORE_OF_VICTIM: &str = "HID_SEAM_TEST_STORE";
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_new_key_tells_what_it_is() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    let info = client(&id).get_info().expect("an answer");
    assert_eq!(info.aaguid, key.spec().aaguid);
    assert_eq!(info.firmware_version, 0x05_04_03);
    assert_eq!(info.min_pin_length, 4);
    assert_eq!(info.remaining_discoverable_credentials, 25);
    assert_eq!(info.pin_uv_auth_protocols, [2, 1]);
    for (option, set) in [
        ("rk", true),
        ("clientPin", false),
        ("credMgmt", true),
        ("authnrCfg", true),
        ("setMinPINLength", true),
        ("alwaysUv", false),
    ] {
        assert!(info.options.contains(&(option.to_owned(), set)), "{option}");
    }
}

#[test]
fn old_firmware_lacks_what_ctap_2_1_brought() {
    let (_key, id) = plugged(Model::OldFirmware);
    let info = client(&id).get_info().expect("an answer");
    assert_eq!(info.versions, ["U2F_V2", "FIDO_2_0"]);
    assert_eq!(info.firmware_version, 0);
    assert_eq!(info.pin_uv_auth_protocols, [1]);
    assert!(!info.options.iter().any(|(name, _)| name == "setMinPINLength"));
    let config = hid::ctap2(&id, 0x0D, &[0xA1, 0x01, 0x02]);
    assert_eq!(config, Err(Ctap2Error::Status(0x01)));
    enrol(&client(&id), PIN).expect("old firmware makes credentials too");
}

#[test]
fn a_credential_made_with_a_pin_is_attested_by_the_models_certificate() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    let client = client(&id);
    let made = enrol(&client, PIN).expect("a credential");
    assert_eq!(made.fmt, "packed");
    assert_eq!(made.aaguid, key.spec().aaguid);
    assert!(made.flags.user_verified_result && made.flags.user_present_result);
    let root = hid::virtual_keys::attestation_root().expect("a root");
    let (_, root) = X509Certificate::from_der(&root).expect("a certificate");
    let (_, leaf) = X509Certificate::from_der(&made.attstmt_x5c[0]).expect("a certificate");
    verify(&root, leaf.tbs_certificate.as_ref(), &leaf.signature_value.data);
    assert!(!leaf.is_ca());
    let signed = [&made.auth_data[..], &Sha256::digest(CHALLENGE)].concat();
    verify(&leaf, &signed, &made.attstmt_sig);
    assert_eq!(client.get_info().expect("an answer").remaining_discoverable_credentials, 24);
}

#[test]
fn a_touch_is_asked_for_once_and_ends_the_wait() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    key.set_touch(TouchPolicy::Hold);
    key.set_keepalive(Duration::from_millis(5));
    let activity = hid::activity(&id);
    let waiting = in_thread({
        let id = id.clone();
        move || hid::ctap2(&id, SELECTION, &[])
    });
    assert_eq!(activity.recv_timeout(PATIENCE), Ok(Activity::TouchNeeded));
    thread::sleep(Duration::from_millis(60));
    assert!(activity.try_recv().is_err(), "many keepalives, one change");
    assert!(key.touch());
    assert_eq!(finish(waiting), Ok(Vec::new()));
    assert_eq!(activity.recv_timeout(PATIENCE), Ok(Activity::Answered));
    assert!(!key.touch(), "nobody asked for this touch");
}

#[test]
fn a_cancel_from_another_thread_reaches_the_client_and_the_handle_stays_good() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    let client = client(&id);
    client.set_new_pin(PIN).expect("a PIN");
    key.set_touch(TouchPolicy::Hold);
    let activity = hid::activity(&id);
    let waiting = in_thread(move || {
        let error = make(&client, PIN).expect_err("cancelled");
        (error, client)
    });
    assert_eq!(activity.recv_timeout(PATIENCE), Ok(Activity::TouchNeeded));
    hid::cancel(&id);
    let (error, client) = finish(waiting);
    assert!(error.contains("0x2D"), "{error}");
    key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    make(&client, PIN).expect("the same handle works on");
    assert_eq!(hid::last_reason(&id), None);
}

#[test]
fn a_silent_key_ends_at_the_deadline() {
    let (_key, id) = plugged(Model::Silent);
    hurry(&id);
    assert!(client(&id).get_info().is_err());
    assert_eq!(hid::last_reason(&id), Some(Reason::Silent));
}

#[test]
fn a_key_that_falls_silent_is_good_again_after_replugging() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    key.set_fault(Fault::SilentAt(At::first(0x06).subcommand(0x03)));
    hurry(&id);
    assert!(client(&id).set_new_pin(PIN).is_err());
    assert_eq!(hid::last_reason(&id), Some(Reason::Silent));
    key.pull_out();
    let id = key.insert();
    client(&id).set_new_pin(PIN).expect("it answers again");
}

#[test]
fn nobody_touching_is_told_apart_from_silence() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    key.set_touch(TouchPolicy::Hold);
    key.set_keepalive(Duration::from_millis(20));
    hid::set_limits(
        &id,
        Limits { silence: Duration::from_secs(10), touch: Duration::from_millis(150) },
    );
    assert_eq!(hid::ctap2(&id, SELECTION, &[]), Err(Ctap2Error::Transport(Reason::NoTouch)));
    // The key was told to stop asking, so it takes the next request.
    client(&id).get_info().expect("a new channel works");
    assert!(!key.wants_touch());
}

#[test]
fn a_slow_key_is_waited_for_and_says_so() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    key.set_fault(Fault::Slow(Duration::from_millis(200)));
    let activity = hid::activity(&id);
    client(&id).get_info().expect("an answer in the end");
    assert_eq!(activity.recv_timeout(PATIENCE), Ok(Activity::Processing));
    assert_eq!(activity.recv_timeout(PATIENCE), Ok(Activity::Answered));
}

#[test]
fn a_key_pulled_out_while_it_waits_ends_the_call() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    key.set_touch(TouchPolicy::Hold);
    let activity = hid::activity(&id);
    let waiting = in_thread({
        let id = id.clone();
        move || hid::ctap2(&id, SELECTION, &[])
    });
    assert_eq!(activity.recv_timeout(PATIENCE), Ok(Activity::TouchNeeded));
    key.pull_out();
    assert_eq!(finish(waiting), Err(Ctap2Error::Transport(Reason::Gone)));
    assert_eq!(hid::last_reason(&id), Some(Reason::Gone));
    assert_eq!(hid::transact(&id, 0x01, b"ping"), Err(Reason::NotFound));
}

#[test]
fn a_key_pulled_out_before_its_answer_has_the_credential_all_the_same() {
    let (key, id) = plugged(Model::PulledOut);
    assert!(enrol(&client(&id), PIN).is_err());
    assert_eq!(hid::last_reason(&id), Some(Reason::Gone));
    let id = key.insert();
    let info = client(&id).get_info().expect("an answer");
    assert_eq!(info.remaining_discoverable_credentials, 24);
}

#[test]
fn frames_of_another_program_are_dropped() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    key.set_fault(Fault::ForeignFrames);
    let activity = hid::activity(&id);
    let made = enrol(&client(&id), PIN).expect("only our own frames count");
    assert_eq!(made.aaguid, key.spec().aaguid);
    assert_eq!(
        activity.try_iter().collect::<Vec<_>>(),
        [Activity::TouchNeeded, Activity::Answered],
        "the other program's keepalives are not ours"
    );
}

#[test]
fn answers_that_break_the_protocol_end_as_malformed() {
    let cases = [
        (Malformation::Sequence, Malformed::Sequence { expected: 0, got: 1 }),
        (Malformation::Length, Malformed::Length { command: 0x10, length: 0xFFFF }),
        (Malformation::Command, Malformed::Command { expected: 0x10, got: 0x01 }),
        (Malformation::Empty, Malformed::Length { command: 0x10, length: 0 }),
        (Malformation::ErrorWithoutCode, Malformed::ErrorWithoutCode),
    ];
    for (malformation, expected) in cases {
        let (key, id) = plugged(Model::Yubikey5Nfc);
        let client = client(&id);
        key.set_fault(Fault::Malformed(malformation));
        assert!(client.get_info().is_err());
        assert_eq!(hid::last_reason(&id), Some(Reason::Malformed(expected)));
        key.clear_fault();
        assert!(client.get_info().is_err(), "this handle is finished");
        self::client(&id).get_info().expect("a new one works");
    }
}

#[test]
fn the_serial_is_read_without_pin_and_touch() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    let answer = hid::transact(&id, 0xC2, &[0]).expect("an answer");
    assert_eq!(usize::from(answer[0]), answer.len() - 1);
    let serial = key.spec().serial.expect("this model has one");
    assert_eq!(answer[1..7], [&[0x02, 0x04][..], &serial.to_be_bytes()].concat());
}

#[test]
fn a_key_of_another_vendor_refuses_the_serial_command() {
    let (_key, id) = plugged(Model::Forbidden);
    assert_eq!(hid::transact(&id, 0xC2, &[0]), Err(Reason::Refused(0x01)));
    client(&id).wink().expect("the refusal cost nothing");
}

#[test]
fn a_reset_is_taken_right_after_plugging_in_only() {
    let (key, id) = plugged(Model::WithCredentials);
    hid::ctap2(&id, RESET, &[]).expect("the first command");
    let info = client(&id).get_info().expect("an answer");
    assert_eq!(info.remaining_discoverable_credentials, 25);
    assert!(info.options.contains(&("clientPin".to_owned(), false)));
    client(&id).set_new_pin(PIN).expect("a PIN");
    assert_eq!(hid::ctap2(&id, RESET, &[]), Err(Ctap2Error::Status(0x30)));
    key.pull_out();
    let id = key.insert();
    key.advance_clock(Duration::from_secs(11));
    assert_eq!(hid::ctap2(&id, RESET, &[]), Err(Ctap2Error::Status(0x30)));
}

#[test]
fn three_wrong_pins_block_until_replugged_and_eight_until_reset() {
    let (mut id, key) = swap(plugged(Model::WithPin));
    let mut left = 8;
    while left > 0 {
        let client = client(&id);
        assert_eq!(client.get_pin_retries().expect("a number"), left);
        let error = wrong_pin(&client);
        left -= 1;
        let expected = match left {
            0 => "0x32",
            2 | 5 => "0x34",
            _ => "0x31",
        };
        assert!(error.contains(expected), "{left} left: {error}");
        if left == 5 {
            assert!(wrong_pin(&client).contains("0x34"), "blocked, and not counted");
        }
        if expected == "0x34" {
            key.pull_out();
            id = key.insert();
        }
    }
    assert!(wrong_pin(&client(&id)).contains("0x32"));
}

#[test]
fn pin_and_credentials_stay_when_the_key_is_replugged() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    let made = enrol(&client(&id), PIN).expect("a credential");
    key.pull_out();
    let again = key.insert();
    assert_ne!(again, id);
    let client = client(&again);
    let excluded = MakeCredentialArgsBuilder::new(RP, CHALLENGE)
        .pin(PIN)
        .exclude_authenticator(&made.credential_descriptor.id)
        .build();
    let error = client.make_credential_with_args(&excluded).expect_err("it is there");
    assert!(error.to_string().contains("0x19"), "{error}");
}

#[test]
fn a_stored_key_outlives_the_process_that_made_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let spec = Spec {
        store: Some(folder.path().join("key")),
        serial: Some(4_711),
        ..Model::Yubikey5Nfc.spec()
    };
    let first = VirtualKey::new(spec.clone()).expect("a key");
    first.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    enrol(&client(&first.insert()), PIN).expect("a credential");
    first.pull_out();
    // A second key over the same file is what another process would have.
    let second = VirtualKey::new(spec).expect("the same key");
    second.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    let client = client(&second.insert());
    assert_eq!(client.get_info().expect("an answer").remaining_discoverable_credentials, 24);
    make(&client, PIN).expect("the PIN is the same");
}

#[test]
fn a_stored_key_survives_the_death_of_its_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("key");
    let victim = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "dies_after_setting_the_pin", "--ignored"])
        .env(STORE_OF_VICTIM, &store)
        .output()
        .expect("a process");
    assert!(!victim.status.success(), "it aborts");
    let key = VirtualKey::new(Spec { store: Some(store), ..Model::Yubikey5Nfc.spec() });
    let key = key.expect("the same key");
    key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    make(&client(&key.insert()), PIN).expect("the PIN the victim set");
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn dies_after_setting_the_pin() {
    let Some(store) = std::env::var_os(STORE_OF_VICTIM) else {
        return;
    };
    let key = VirtualKey::new(Spec { store: Some(store.into()), ..Model::Yubikey5Nfc.spec() });
    let id = key.expect("a key").insert();
    client(&id).set_new_pin(PIN).expect("a PIN");
    std::process::abort();
}

#[test]
fn eight_keys_are_enrolled_at_once() {
    let workers: Vec<_> = (0..8)
        .map(|_| {
            in_thread(|| {
                let (key, id) = plugged(Model::Yubikey5Nfc);
                let made = enrol(&client(&id), PIN).expect("a credential");
                let serial = hid::transact(&id, 0xC2, &[0]).expect("a serial");
                assert_eq!(serial[3..7], key.spec().serial.expect("one").to_be_bytes());
                made.credential_descriptor.id
            })
        })
        .collect();
    let mut credentials: Vec<_> = workers.into_iter().map(finish).collect();
    credentials.sort();
    credentials.dedup();
    assert_eq!(credentials.len(), 8);
}

#[test]
fn hot_plug_tells_who_is_there_and_who_comes_and_goes() {
    let (present, present_id) = plugged(Model::Yubikey5Nfc);
    let events = hid::watch();
    let told = next_about(&events, &present_id);
    assert!(matches!(told, HotPlug::Arrived(d) if d.product == present.spec().name));
    let (key, id) = plugged(Model::SecurityKeyNfc);
    let HotPlug::Arrived(arrived) = next_about(&events, &id) else {
        panic!("it came");
    };
    assert_eq!(arrived.vendor_id, 0x1050);
    key.pull_out();
    assert_eq!(next_about(&events, &id), HotPlug::Left(id));
    let again = key.insert();
    let HotPlug::Arrived(returned) = next_about(&events, &again) else {
        panic!("it came back");
    };
    assert_eq!(returned.port, arrived.port);
    assert!(hid::devices().expect("a list").contains(&returned));
}

#[test]
fn a_busy_channel_of_our_own_does_not_disturb_the_touch() {
    let (key, id) = plugged(Model::Yubikey5Nfc);
    key.set_touch(TouchPolicy::Hold);
    let activity = hid::activity(&id);
    let waiting = in_thread({
        let id = id.clone();
        move || hid::ctap2(&id, SELECTION, &[])
    });
    assert_eq!(activity.recv_timeout(PATIENCE), Ok(Activity::TouchNeeded));
    assert!(client(&id).get_info().is_err(), "the key is busy");
    assert_eq!(hid::last_reason(&id), Some(Reason::Busy));
    assert!(activity.try_recv().is_err(), "the touch is still asked for");
    assert!(key.touch());
    assert_eq!(finish(waiting), Ok(Vec::new()));
}

#[test]
fn three_hundred_openings_are_one_handle() {
    let (_key, id) = plugged(Model::Yubikey5Nfc);
    for _ in 0..300 {
        client(&id).get_info().expect("an answer");
    }
}

const CHALLENGE: &[u8] = br#"{"type":"webauthn.create"}"#;

/// A key that feels touches by itself, plugged in.
fn plugged(model: Model) -> (VirtualKey, DeviceId) {
    let key = VirtualKey::new(model).expect("a key");
    key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    let id = key.insert();
    (key, id)
}

fn swap((key, id): (VirtualKey, DeviceId)) -> (DeviceId, VirtualKey) {
    (id, key)
}

fn client(id: &DeviceId) -> FidoKeyHid {
    let mut config = LibCfg::init();
    config.enable_keep_alive_msg = false;
    config.use_pre_credential_management = false;
    FidoKeyHidFactory::create_by_params(&[HidParam::Path(id.to_string())], &config)
        .expect("the key opens")
}

fn enrol(client: &FidoKeyHid, pin: &str) -> Result<Attestation, String> {
    client.set_new_pin(pin).map_err(|error| error.to_string())?;
    make(client, pin)
}

fn make(client: &FidoKeyHid, pin: &str) -> Result<Attestation, String> {
    let user = PublicKeyCredentialUserEntity::new(Some(b"person"), Some("ada"), Some("Ada"));
    let args = MakeCredentialArgsBuilder::new(RP, CHALLENGE)
        .pin(pin)
        .resident_key()
        .user_entity(&user)
        .key_type(CredentialSupportedKeyType::Ecdsa256)
        .build();
    client.make_credential_with_args(&args).map_err(|error| error.to_string())
}

fn verify(signer: &X509Certificate<'_>, signed: &[u8], signature: &[u8]) {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &signer.public_key().subject_public_key.data)
        .verify(signed, signature)
        .expect("signed by this certificate's key");
}

fn wrong_pin(client: &FidoKeyHid) -> String {
    match client.get_pin_token("000000") {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn hurry(id: &DeviceId) {
    hid::set_limits(id, Limits { silence: Duration::from_millis(200), touch: PATIENCE });
}

fn in_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    thread::spawn(work)
}

fn finish<T>(thread: thread::JoinHandle<T>) -> T {
    thread.join().expect("the thread ends well")
}

/// The next event about this insertion; other tests have keys too.
fn next_about(events: &Receiver<HotPlug>, id: &DeviceId) -> HotPlug {
    loop {
        let event = events.recv_timeout(PATIENCE).expect("an event");
        let about = match &event {
            HotPlug::Arrived(description) => &description.id,
            HotPlug::Left(left) => left,
        };
        if about == id {
            return event;
        }
    }
}
