//! The Entra client against the practice cloud, which checks more than the small service does.

use crate::limits;
use keydesk::directory::entra::{Credential, Entra, EntraConfig};
use keydesk::directory::{CheckOutcome, Directory, DirectoryError, PersonKind};
use keydesk::practice::cloud::{Cloud, CloudOptions};
use keydesk::secrets::SecretText;

async fn cloud() -> (Cloud, Entra) {
    let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
    let connection = cloud.connection();
    let secret = Credential::Secret(SecretText::new(connection.secret.expose()));
    let (base, client) = (connection.base_url, connection.client_id);
    let config = EntraConfig::new(base.as_str(), base.as_str(), connection.domain, client, secret);
    (cloud, Entra::new(EntraConfig { limits: limits(), ..config }).unwrap())
}

#[tokio::test]
async fn everything_the_connection_test_tries_works() {
    let (_cloud, entra) = cloud().await;
    let checks = entra.test().await;
    assert_eq!(checks.len(), 15);
    for check in checks {
        assert!(matches!(check.outcome, CheckOutcome::Works(_)), "{check:?}");
    }
}

#[tokio::test]
async fn people_are_found_by_name_by_employee_id_and_with_a_quotation_mark() {
    let (_cloud, entra) = cloud().await;
    let by_id = entra.find("104882", 10).await.unwrap();
    assert_eq!(by_id[0].upn, "elin.bergstrom@larkfield.example");
    let by_name = entra.find("Elin Bergström", 10).await.unwrap();
    assert!(by_name.contains(&by_id[0]));
    let quoted = entra.find("O'Brien", 10).await.unwrap();
    assert!(
        quoted.iter().all(|person| person.display_name.contains("O'Brien")) && !quoted.is_empty()
    );
    assert_eq!(entra.find("nobody at all", 10).await.unwrap(), []);

    let card = entra.person(&by_id[0].id).await.unwrap();
    assert_eq!(card.person, by_id[0]);
    assert!(card.photo.is_some() && !card.groups.is_empty() && !card.methods.is_empty());
    assert!(entra.begin(&by_id[0].id).await.unwrap().challenge.0.len() > 6000);
    assert!(entra.policy().await.unwrap().enabled);
}

#[tokio::test]
async fn a_guest_is_read_by_the_name_with_its_hash_signs() {
    let (_cloud, entra) = cloud().await;
    let everyone = entra.find("hanna", 999).await.unwrap();
    let guest = everyone.iter().find(|person| person.kind == PersonKind::Guest).unwrap();
    let by_name = keydesk::directory::PersonId(guest.upn.clone());
    assert_eq!(entra.person(&by_name).await.unwrap().person, *guest);
}

#[tokio::test]
async fn the_certificate_is_accepted_and_a_wrong_secret_is_not() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    let options =
        CloudOptions { certificate: Some(certificate.der().to_vec()), ..CloudOptions::default() };
    let cloud = Cloud::start(options).await.unwrap();
    let connection = cloud.connection();
    let sign_in = async |credential: Credential| {
        let (base, client) = (connection.base_url.as_str(), connection.client_id.as_str());
        let config = EntraConfig::new(base, base, connection.domain, client, credential);
        Entra::new(config).unwrap().policy().await
    };
    let pem =
        Credential::from_pem(certificate.pem().as_bytes(), &SecretText::new(key.serialize_pem()));
    sign_in(pem.unwrap()).await.unwrap();
    let refused = sign_in(Credential::Secret(SecretText::new("wrong"))).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::SignIn { number: Some(7_000_215), .. }));
}
