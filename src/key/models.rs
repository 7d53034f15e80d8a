//! Model names by AAGUID, as the FIDO Metadata Service gives them (release 285).
//!
//! Only models with a USB side are here; a key that is not is shown by its USB product text.

use crate::webauthn::Aaguid;

/// One model a line: AAGUID, tab, name.
const TABLE: &str = include_str!("models.tsv");

/// The model's name in the FIDO metadata, when this station knows the AAGUID.
pub fn model_name(aaguid: Aaguid) -> Option<&'static str> {
    let wanted = uuid::Uuid::from_bytes(aaguid.0).to_string();
    TABLE
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .find_map(|(guid, name)| (guid == wanted).then_some(name))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn aaguid(text: &str) -> Aaguid {
        Aaguid(*uuid::Uuid::parse_str(text).unwrap().as_bytes())
    }

    #[test]
    fn well_known_models_are_named() {
        for (guid, name) in [
            ("2fc0579f-8113-47ea-b116-bb5a8db9202a", "YubiKey 5 Series with NFC"),
            ("ee041bce-25e5-4cdb-8f86-897fd6418464", "Feitian ePass FIDO2-NFC Authenticator"),
            ("42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3", "Google Titan Security Key v2"),
            ("2cd2f727-f6ca-44da-8f48-5c2e5da000a2", "Nitrokey 3 AM"),
        ] {
            assert_eq!(model_name(aaguid(guid)), Some(name));
        }
    }

    #[test]
    fn an_unknown_model_has_no_name() {
        assert_eq!(model_name(Aaguid([0; 16])), None);
    }

    #[test]
    fn every_line_of_the_table_is_one_distinct_guid_and_a_name() {
        let mut seen = HashSet::new();
        for line in TABLE.lines() {
            let (guid, name) = line.split_once('\t').unwrap();
            let parsed = uuid::Uuid::parse_str(guid).unwrap();
            assert_eq!(parsed.to_string(), guid, "lower case with hyphens");
            assert!(seen.insert(parsed), "{guid} is there twice");
            assert!(!name.trim().is_empty() && name.trim() == name);
        }
    }
}
