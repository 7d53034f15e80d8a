//! Secrets and certificates of an application.

use super::*;

#[test]
fn a_secret_that_ends_soon_is_reminded_of() {
    let office = Office::new(SignIn::Secret, |settings| {
        let DirectorySettings::Entra(entra) = &mut settings.tenants[0].directory else {
            panic!("Entra")
        };
        let today = jiff::Zoned::now().date();
        entra.secret_expires = Some(today.saturating_add(jiff::Span::new().days(10)));
    });
    let reminder = office.desk.wait(|event| match event {
        Event::Reminder(reminder) => Some(reminder),
        _ => None,
    });
    assert!(reminder.unwrap().what.contains("client secret ends in"));
}

#[test]
fn a_certificate_that_ends_soon_is_reminded_of() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let mut wanted = rcgen::CertificateParams::new(vec![]).unwrap();
    let ends = jiff::Zoned::now().date().saturating_add(jiff::Span::new().days(9));
    let number = |part: i8| u8::try_from(part).unwrap();
    wanted.not_after =
        rcgen::date_time_ymd(i32::from(ends.year()), number(ends.month()), number(ends.day()));
    let certificate = wanted.self_signed(&key).unwrap();
    let given = tempfile::tempdir().unwrap();
    let pem = given.path().join("certificate.pem");
    std::fs::write(&pem, certificate.pem()).unwrap();
    let company =
        CloudOptions { certificate: Some(certificate.der().to_vec()), ..CloudOptions::default() };
    let mut office = Office::begun(company, Patience::default(), SignIn::Certificate, |settings| {
        settings.tenants[0].roles.clear();
        let DirectorySettings::Entra(entra) = &mut settings.tenants[0].directory else {
            panic!("Entra")
        };
        entra.certificate = Some(pem.clone());
    });
    let name = SecretName::CertificateKey { tenant: TENANT.into() };
    office.secrets.set(&name, &SecretText::new(key.serialize_pem())).unwrap();
    office = office.restart();
    let reminder = office.desk.wait(|event| match event {
        Event::Reminder(reminder) => Some(reminder),
        Event::NotConnected(problem) => panic!("{problem}"),
        _ => None,
    });
    assert!(reminder.unwrap().what.contains("certificate ends in"));
}

#[test]
fn keys_of_certificates_go_from_their_files_into_the_keyring_and_nowhere_else() {
    use crate::engine::{Pick, StoredSecret};
    let office = Office::new(SignIn::Secret, |settings| {
        settings.tenants[0].roles.clear();
        settings.security.sensitive.clear();
    });
    office.desk.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    let given = tempfile::tempdir().unwrap();
    let (pem, pfx) = (given.path().join("key.pem"), given.path().join("both.pfx"));
    std::fs::write(&pem, key.serialize_pem()).unwrap();
    std::fs::write(&pfx, pfx_of(&key, &certificate)).unwrap();
    let name = SecretName::CertificateKey { tenant: TENANT.into() };
    let password = SecretText::new("password");
    for secret in [
        StoredSecret::CertificateKeyFile(pem),
        StoredSecret::CertificatePfx { path: pfx, password },
    ] {
        let brings_certificate = matches!(secret, StoredSecret::CertificatePfx { .. });
        office.secrets.delete(&name).unwrap();
        office.desk.say(Command::StoreSecret { tenant: TENANT.into(), secret });
        office.desk.wait(|event| match event {
            Event::SecretStored => Some(()),
            Event::SecretNotStored(problem) | Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        });
        let kept = office.secrets.get(&name).unwrap().unwrap();
        assert!(kept.expose().contains("PRIVATE KEY"));
        if brings_certificate {
            let path = office.desk.wait(|event| match event {
                Event::Picked { pick: Pick::Certificate, path } => Some(path),
                _ => None,
            });
            let text = std::fs::read_to_string(path).unwrap();
            assert!(text.contains("BEGIN CERTIFICATE") && !text.contains("PRIVATE"));
        }
    }
}

fn pfx_of(key: &rcgen::KeyPair, certificate: &rcgen::Certificate) -> Vec<u8> {
    use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
    let certificate = Certificate::from_der(certificate.der()).unwrap();
    let key = PrivateKey::from_der(&key.serialize_der()).unwrap();
    let chain = PrivateKeyChain::new(b"id-1".to_vec(), key, [certificate]);
    let mut store = KeyStore::new();
    store.add_entry("one", KeyStoreEntry::PrivateKeyChain(chain));
    store.writer("password").encryption_iterations(1000).write().unwrap()
}
