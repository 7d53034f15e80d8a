//! The real Secret Service: run by `packaging/test` inside a desktop of its own, with
//! `KEYDESK_REAL_KEYRING=1`. Elsewhere there is nothing to test: without that variable the
//! operator's own keyring is left alone.

use keydesk::journal::{Journal, JournalError, VaultState};
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
fn the_vault_opens_again_with_the_key_of_the_keyring_and_tells_when_it_is_gone() {
    let Some(secrets) = real_keyring() else { return };
    let folder = tempfile::tempdir().unwrap();
    drop(Journal::open(folder.path(), &secrets).unwrap());
    let journal = Journal::open(folder.path(), &Secrets::probe()).unwrap();
    assert_eq!(journal.vault(), VaultState::Ready);
    let verified = journal.verify_chain().unwrap();
    assert_eq!(verified.rows, 1, "the vault key was made once");
    drop(journal);
    let locked = Secrets::session_only("as if there were no keyring");
    let open = Journal::open(folder.path(), &locked);
    assert!(!matches!(open, Err(JournalError::Keyring(_))));
}
