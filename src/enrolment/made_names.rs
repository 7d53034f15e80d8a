//! What a directory may call what an enrolment made.

use super::record::{Fact, Finding, Record};
use crate::directory::Passkey;
use crate::webauthn::CredentialId;

/// All of it, from the enrolment's records: what was taken back since is among it, as a directory
/// may list that for a while yet, or never have removed it.
pub struct MadeNames<'a> {
    pub methods: Vec<&'a str>,
    credentials: Vec<&'a CredentialId>,
}

impl<'a> MadeNames<'a> {
    pub fn of(records: &'a [Record]) -> Self {
        let mut names = Self { methods: Vec::new(), credentials: Vec::new() };
        for record in records {
            match record {
                Record::Done { fact: Fact::Registered { method_id }, .. }
                | Record::Resolved { finding: Finding::Registered { method_id }, .. } => {
                    names.methods.push(method_id);
                }
                Record::Done { fact: Fact::Made(made), .. } => {
                    names.credentials.extend(&made.credential_id);
                }
                _ => {}
            }
        }
        names
    }

    /// Only of the credential that was made last: the one that the person has.
    pub fn of_last(records: &'a [Record]) -> Self {
        let is_made = |record: &Record| matches!(record, Record::Done { fact: Fact::Made(_), .. });
        let from = records.iter().rposition(is_made).unwrap_or(0);
        Self::of(records.get(from..).unwrap_or_default())
    }

    pub fn name(&self, passkey: &Passkey) -> bool {
        self.methods.contains(&passkey.method_id.as_str())
            || self.credentials.iter().any(|id| passkey.is_of(id))
    }
}
