//! The Entra client against the practice cloud, which checks more than the small service does.

use crate::limits;
use keydesk::directory::entra::{Credential, Entra, EntraConfig};
use keydesk::directory::{CheckOutcome, Directory, DirectoryError, PersonKind};
use keydesk::practice::cloud::{Cloud, CloudOptions, Order};
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
    assert_eq!(checks.len(), 19);
    for check in checks {
        assert!(matches!(check.outcome, CheckOutcome::Works(_)), "{check:?}");
    }
}

/// Names and outcomes of the lines about what only writing would show.
async fn granted(entra: &Entra) -> Vec<(String, CheckOutcome)> {
    let checks = entra.test().await.into_iter().skip(15);
    checks.map(|check| (check.name, check.outcome)).collect()
}

fn advice(outcome: &CheckOutcome) -> &str {
    match outcome {
        CheckOutcome::Advice(problem) => &problem.what,
        other => panic!("no advice: {other:?}"),
    }
}

#[tokio::test]
async fn what_the_application_was_not_granted_is_named_without_trying_it() {
    let (cloud, entra) = cloud().await;
    for permission in ["UserAuthMethod-TAP.ReadWrite.All", "Mail.Send"] {
        cloud.control().order(Order::RemovePermission { permission: permission.into() });
    }
    let lines = granted(&entra).await;
    let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Change phones", "Issue passes", "Revoke sessions", "Mail people"]);
    assert!(matches!(lines[0].1, CheckOutcome::Works(_)));
    assert!(advice(&lines[1].1).starts_with("UserAuthMethod-TAP.ReadWrite.All is not granted"));
    assert!(matches!(lines[2].1, CheckOutcome::Works(_)));
    assert!(advice(&lines[3].1).starts_with("Mail.Send is not granted"));
    let seen = cloud.control().observed();
    assert_eq!((seen.mails.len(), seen.sessions_revoked.len()), (0, 0));

    let permission = "Application.Read.All".to_owned();
    cloud.control().order(Order::RemovePermission { permission });
    let lines = granted(&entra).await;
    assert_eq!(lines.len(), 1);
    assert!(advice(&lines[0].1).starts_with("Which permissions the application has"));
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
