//! The real Secret Service: run by `packaging/test` inside a desktop of its own, with
//! `KEYDESK_REAL_KEYRING=1`. Elsewhere there is nothing to test: without that variable the
//! operator's own keyring is left alone.

#![cfg(test)]

use keydesk::enrolment::{
    AlwaysUv, Custody, FirstUse, Intent, KeyIdentity, PinPlan, Plan, Reset, SerialFrom, Subject,
};
use keydesk::journal::{Journal, JournalError, VaultState};
use keydesk::pin::Pin;
use keydesk::secrets::{Mode, SERVICE, SecretName, SecretText, Secrets};
use std::io::Write;
use std::process::{Command, Stdio};

fn real_keyring() -> Option<Secrets> {
    if std::env::var("KEYDESK_REAL_KEYRING").as_deref() != Ok("1") {
        return None;
    }
    let secrets = Secrets::probe();
    assert_eq!(secrets.mode(), Mode::Keyring, "the Secret Service was asked for and is not there");
    Some(secrets)
}

/// Tells the search for secrets in logs and files what to look for.
fn known_to_the_search(secret: &str) -> SecretText {
    if let Ok(list) = std::env::var("KEYDESK_TEST_SECRETS") {
        let mut list = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
        writeln!(list, "{secret}").unwrap();
    }
    SecretText::new(secret)
}

/// What the desktop's own tool finds under the entry's name.
fn found_by_secret_tool(name: &SecretName) -> String {
    let account = name.account();
    let output = Command::new("secret-tool")
        .args(["lookup", "service", SERVICE, "username", account.as_str()])
        .stderr(Stdio::inherit())
        .output()
        .expect("secret-tool (libsecret-tools) is needed");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_secret_is_in_the_keyring_for_other_programs_and_later_starts() {
    let Some(secrets) = real_keyring() else { return };
    let name = SecretName::ClientSecret { tenant: "Contoso & Søn".into() };
    let secret = known_to_the_search("b8Q~real-keyring-Ünïcode-secret");
    secrets.set(&name, &secret).unwrap();
    assert_eq!(found_by_secret_tool(&name), secret.expose());
    let later = Secrets::probe();
    assert_eq!(later.get(&name).unwrap().unwrap().expose(), secret.expose());
    later.delete(&name).unwrap();
    assert!(secrets.get(&name).unwrap().is_none());
    assert_eq!(found_by_secret_tool(&name), "");
}

/// What `keydesk secret set` answered: whether it was content, and its words.
fn secret_set(tenant: &str, data: &std::path::Path, secret: &SecretText) -> (bool, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keydesk"))
        .args(["secret", "set", tenant, "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", secret.expose()).unwrap();
    let output = child.wait_with_output().unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(words).unwrap())
}

#[test]
fn a_secret_stored_without_a_window_is_in_the_history() {
    let Some(secrets) = real_keyring() else { return };
    let folder = tempfile::tempdir().unwrap();
    let secret = known_to_the_search("x7Q~secret-of-the-command-line");
    let (content, words) = secret_set("Fabrikam", folder.path(), &secret);
    assert!(content, "{words}");
    let name = SecretName::ClientSecret { tenant: "Fabrikam".into() };
    assert_eq!(secrets.get(&name).unwrap().unwrap().expose(), secret.expose());
    secrets.delete(&name).unwrap();
    let journal = Journal::open(folder.path(), &secrets).unwrap();
    let rows = journal.history("secret stored", 10, 0).unwrap();
    let [row] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!((row.subject.as_str(), row.operator.as_str()), ("Fabrikam", "Command line"));
    assert_eq!(row.detail, "client secret");
    journal.verify_chain().unwrap();
}

#[test]
fn a_secret_is_not_stored_where_the_history_can_not_be_written() {
    let Some(secrets) = real_keyring() else { return };
    let folder = tempfile::tempdir().unwrap();
    let window = Journal::open(folder.path(), &secrets).unwrap();
    let secret = known_to_the_search("x7Q~secret-beside-an-open-window");
    let (content, words) = secret_set("Northwind", folder.path(), &secret);
    assert!(!content);
    assert!(words.contains("Nothing was stored") && words.contains("Another Keydesk"), "{words}");
    let name = SecretName::ClientSecret { tenant: "Northwind".into() };
    assert!(secrets.get(&name).unwrap().is_none());
    drop(window);
}

#[test]
fn a_private_key_fits() {
    let Some(secrets) = real_keyring() else { return };
    let name = SecretName::CertificateKey { tenant: "Contoso".into() };
    let pem = known_to_the_search(&"MIIJQgIBADANBgkqhkiG9w0BAQEFAASC\n".repeat(100));
    secrets.set(&name, &pem).unwrap();
    assert_eq!(secrets.get(&name).unwrap().unwrap().expose(), pem.expose());
    secrets.delete(&name).unwrap();
}

#[tokio::test]
async fn the_keyring_can_be_asked_from_an_async_task() {
    let Some(secrets) = real_keyring() else { return };
    let name = SecretName::ClientSecret { tenant: "nobody".into() };
    assert!(secrets.get(&name).unwrap().is_none());
}

#[test]
fn a_sealed_pin_opens_after_a_restart_and_only_with_the_key_of_the_keyring() {
    let Some(secrets) = real_keyring() else { return };
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), &secrets).unwrap();
    let pin = known_to_the_search("60718293645546");
    let id = journal
        .begin(&someone(), Some(&Pin::new(pin.expose()).unwrap()), jiff::Timestamp::now())
        .unwrap();
    drop(journal);

    let elsewhere = Secrets::session_only("as if there were no keyring");
    let journal = Journal::open(folder.path(), &elsewhere).unwrap();
    assert_eq!(journal.vault(), VaultState::KeyMissing { sealed: 1 });
    assert_eq!(journal.pin_for_key(id).err(), Some(JournalError::VaultKeyMissing { sealed: 1 }));
    drop(journal);

    let journal = Journal::open(folder.path(), &Secrets::probe()).unwrap();
    assert_eq!(journal.vault(), VaultState::Ready);
    assert_eq!(journal.pin_for_key(id).unwrap().expose(), pin.expose());
    let rows = journal.history("vault key made", 10, 0).unwrap();
    assert_eq!(rows.len(), 1, "the key was made once");
}

fn someone() -> Intent {
    Intent {
        tenant: "Contoso".into(),
        person: Subject {
            id: "42".into(),
            display_name: "Åsa O'Brien".into(),
            upn: "asa@contoso.example".into(),
        },
        key: KeyIdentity {
            aaguid: "2fc0579f-8113-47ea-b116-bb5a8db9202a".into(),
            model: "YubiKey 5".into(),
            serial: Some("12345678".into()),
            serial_from: SerialFrom::Key,
            port: None,
        },
        plan: Plan {
            reset: Reset::Keep,
            pin: PinPlan::SetNew,
            custody: Custody::Sealed,
            min_pin_length: None,
            always_uv: AlwaysUv::Leave,
            first_use: FirstUse::MustChangePin,
            remove_old: vec![],
        },
        passkey_name: "Key 12345678".into(),
        operator: "clerk".into(),
        seat: None,
    }
}
