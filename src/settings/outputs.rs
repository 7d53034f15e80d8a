//! `[outputs]`: who can open exported PINs.

use super::OutputSettings;
use super::file::SettingsError;
use crate::outputs::pins::{RecipientError, Recipients};

pub(super) fn check(outputs: &OutputSettings) -> Result<(), SettingsError> {
    match Recipients::parse(&outputs.age_recipients) {
        Ok(_) | Err(RecipientError::Nobody) => Ok(()),
        Err(error) => {
            Err(SettingsError::Invalid { key: "outputs.age_recipients", reason: reason(&error) })
        }
    }
}

/// As the end of a sentence that begins with the setting's name.
fn reason(error: &RecipientError) -> String {
    match error {
        RecipientError::Nobody => "names nobody".into(),
        // The text itself is told nowhere.
        RecipientError::SecretIdentity { place } => format!(
            "has a secret identity at place {place}: remove it at once, make a new identity, and \
             enter its public part (age1…)"
        ),
        RecipientError::OtherKind { place, text } => format!(
            "has something else than the public part of an age identity (age1…) at place \
             {place}: {text}"
        ),
        RecipientError::Damaged { place, text } => {
            format!("has a slip at place {place}, copy it again, whole: {text}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret;

    fn refused(recipients: &[&str]) -> Option<String> {
        let age_recipients = recipients.iter().map(|&one| one.to_owned()).collect();
        let outputs = OutputSettings { age_recipients, ..OutputSettings::default() };
        match check(&outputs) {
            Ok(()) => None,
            Err(SettingsError::Invalid { key: "outputs.age_recipients", reason }) => Some(reason),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_wrong_recipient_is_refused_by_its_place_and_a_secret_one_is_not_repeated() {
        let identity = age::x25519::Identity::generate();
        let public = identity.to_public().to_string();
        assert_eq!(refused(&[]), None);
        assert_eq!(refused(&[&public, " "]), None);
        let reason = refused(&[&public, &public[..30]]).unwrap();
        assert!(reason.contains("place 2") && reason.contains(&public[..30]), "{reason}");
        let reason = refused(&["asa@contoso.example"]).unwrap();
        assert!(reason.contains("age1") && reason.contains("asa@contoso.example"), "{reason}");
        let secret = identity.to_string();
        let reason = refused(&[secret.expose_secret()]).unwrap().to_lowercase();
        assert!(reason.contains("secret identity"), "{reason}");
        assert!(!reason.contains(&secret.expose_secret().to_lowercase()[16..]));
    }
}
