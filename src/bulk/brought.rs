//! A challenge that the list of people brought, kept with its person so that a restart loses none.

use crate::enrolment::Subject;
use crate::roster::Prepared;
use crate::webauthn::{
    Challenge, CreationOptions, CredProtect, CredentialId, RelyingParty, UserEntity, base64url,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// COSE algorithms that the directory asks for where it is asked itself (ES256, RS256).
const ALGORITHMS: [i64; 2] = [-7, -257];

/// All that a key is asked with. It is no secret: only the person's directory takes what a key
/// makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    challenge: String,
    expires_at: Option<Timestamp>,
    rp_id: String,
    /// The person's handle at the relying party, 1 to 64 bytes.
    #[serde(with = "base64url")]
    user_id: Vec<u8>,
    /// Credentials that the person already has.
    exclude: Vec<CredentialId>,
}

impl Brought {
    /// `None` where the file lacks the relying party or the person's handle.
    pub fn of(prepared: &Prepared, exclude: Vec<CredentialId>) -> Option<Self> {
        Some(Self {
            challenge: prepared.challenge.0.clone(),
            expires_at: prepared.expires_at,
            rp_id: prepared.rp_id.as_deref()?.to_owned(),
            user_id: prepared.user_id.as_deref()?.to_vec(),
            exclude,
        })
    }

    /// Creation options as the scripts make them of it: what the file does not bring is what the
    /// directory asks of everybody.
    pub fn creation_options(self, person: &Subject) -> CreationOptions {
        CreationOptions {
            relying_party: RelyingParty { id: self.rp_id, name: None },
            user: UserEntity {
                id: self.user_id,
                name: person.upn.clone(),
                display_name: person.display_name.clone(),
            },
            challenge: Challenge(self.challenge),
            algorithms: ALGORITHMS.to_vec(),
            exclude: self.exclude,
            resident_key: true,
            user_verification_required: true,
            cred_protect: Some(CredProtect::UserVerificationOptional),
            hmac_secret: true,
            expires_at: self.expires_at,
            reservation: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Prepared {
        Prepared {
            challenge: Challenge("AAECAwQFBgcICQoLDA0ODw".into()),
            expires_at: "2026-11-22T11:26:35Z".parse().ok(),
            rp_id: Some("login.microsoft.com".into()),
            user_id: Some((*b"OF@").into()),
        }
    }

    #[test]
    fn a_whole_row_gives_creation_options_and_one_that_lacks_a_part_gives_none() {
        let known = vec![CredentialId(vec![7; 16])];
        let brought = Brought::of(&whole(), known.clone()).unwrap();
        let kept = serde_json::to_string(&brought).unwrap();
        let brought: Brought = serde_json::from_str(&kept).unwrap();
        let person =
            Subject { id: "a".into(), display_name: "Ann".into(), upn: "a@l.example".into() };
        let options = brought.creation_options(&person);
        assert_eq!(
            (options.relying_party.id.as_str(), options.user.id.as_slice()),
            ("login.microsoft.com", &b"OF@"[..])
        );
        assert_eq!(
            (options.user.name.as_str(), options.user.display_name.as_str()),
            ("a@l.example", "Ann")
        );
        let file = whole();
        assert_eq!((&options.challenge, options.expires_at), (&file.challenge, file.expires_at));
        assert_eq!((options.algorithms.as_slice(), options.exclude), (&[-7, -257][..], known));
        assert!(options.resident_key && options.user_verification_required && options.hmac_secret);
        for lacking in [Prepared { rp_id: None, ..whole() }, Prepared { user_id: None, ..whole() }]
        {
            assert_eq!(Brought::of(&lacking, Vec::new()), None);
        }
    }
}
