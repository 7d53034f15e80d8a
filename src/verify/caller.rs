//! A caller's name among stations, which tells nobody who it is.

use sha2::{Digest, Sha256};

/// SHA-256 of the directory's id of a person, in hexadecimal digits: 64 characters.
///
/// An object id is drawn out of 122 random bits and is one person's in one tenant among all
/// tenants: it can't be guessed back, and stations that name their tenant differently, by domain or
/// by id, agree on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerKey(String);

impl CallerKey {
    pub fn of(person: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"keydesk caller\0");
        hash.update(person.trim().to_ascii_lowercase().as_bytes());
        Self(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_one_key_however_the_id_is_written_and_nobody_else_has_it() {
        let daniel = CallerKey::of("6e7b768e-07e2-4810-8459-485f84f8f204");
        assert_eq!(daniel, CallerKey::of("6E7B768E-07E2-4810-8459-485F84F8F204 "));
        assert_ne!(daniel, CallerKey::of("6e7b768e-07e2-4810-8459-485f84f8f205"));
        assert_eq!(daniel.text().len(), 64);
        assert!(daniel.text().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
