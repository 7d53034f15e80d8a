//! `registrationUsers.csv`: people with their challenges, for those who still run the scripts.
//!
//! Columns, order and line ends are the scripts' own; text is UTF-8. Their second step reads it in
//! the system's encoding: on Windows it must be told so (`PYTHONUTF8=1`).

use super::{OutputError, keep_new_bytes, safe_cell};
use crate::webauthn::{Challenge, base64url};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// One person with a challenge.
pub struct Registration<'a> {
    pub upn: &'a str,
    pub display_name: &'a str,
    /// The person's handle at the relying party.
    pub user_id: &'a [u8],
    pub challenge: &'a Challenge,
    pub expires_at: Timestamp,
    pub rp_id: &'a str,
}

/// Which of the scripts will read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// Without the relying party, `registrationUsers.csv`.
    First,
    /// `usersToRegister.csv`.
    Second,
}

const HEADER: [&str; 6] =
    ["#User.Name", "User.DisplayName", "User.ID", "Challenge", "ChallengeExpiryTime", "RP.ID"];

impl Generation {
    fn columns(self) -> usize {
        match self {
            Self::First => HEADER.len() - 1,
            Self::Second => HEADER.len(),
        }
    }

    fn file_name(self) -> &'static str {
        match self {
            Self::First => "registrationUsers",
            Self::Second => "usersToRegister",
        }
    }
}

/// Keeps the list, under the next free number if there is one; the answer is its path.
pub fn write<'a>(
    folder: &Path,
    generation: Generation,
    people: impl IntoIterator<Item = Registration<'a>>,
) -> Result<PathBuf, OutputError> {
    let text = text(generation, people).map_err(|error| OutputError::Io {
        path: folder.join(generation.file_name()),
        reason: error.to_string(),
    })?;
    keep_new_bytes(folder, (generation.file_name(), "csv"), &text)
}

/// The list as the file holds it.
pub fn text<'a>(
    generation: Generation,
    people: impl IntoIterator<Item = Registration<'a>>,
) -> csv::Result<Vec<u8>> {
    let columns = generation.columns();
    let mut text = Vec::new();
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut text);
    writer.write_record(HEADER.iter().take(columns))?;
    for person in people {
        // Base64 may begin with a hyphen and must stay as it is; a name may not.
        let cells = [
            safe_cell(person.upn),
            safe_cell(person.display_name),
            base64url::encode(person.user_id),
            person.challenge.0.clone(),
            person.expires_at.to_string(),
            person.rp_id.to_owned(),
        ];
        writer.write_record(cells.iter().take(columns))?;
    }
    writer.flush()?;
    drop(writer);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::{self, FileKind, Verdict};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn registration<'a>(name: &'a str, challenge: &'a Challenge) -> Registration<'a> {
        Registration {
            upn: "asa@contoso.example",
            display_name: name,
            user_id: b"OF@",
            challenge,
            expires_at: at("2026-11-22T13:00:00Z"),
            rp_id: "login.microsoft.com",
        }
    }

    #[test]
    fn each_generation_gets_its_own_columns_in_its_own_order() {
        let challenge = Challenge("-AECAwQFBgcICQoLDA0ODw".into());
        let list = |generation| {
            let text = text(generation, [registration("Ek, Åsa", &challenge)]).unwrap();
            String::from_utf8(text).unwrap()
        };
        assert_eq!(
            list(Generation::First),
            "#User.Name,User.DisplayName,User.ID,Challenge,ChallengeExpiryTime\r\n\
             asa@contoso.example,\"Ek, Åsa\",T0ZA,-AECAwQFBgcICQoLDA0ODw,2026-11-22T13:00:00Z\r\n"
        );
        assert_eq!(
            list(Generation::Second),
            "#User.Name,User.DisplayName,User.ID,Challenge,ChallengeExpiryTime,RP.ID\r\n\
             asa@contoso.example,\"Ek, Åsa\",T0ZA,-AECAwQFBgcICQoLDA0ODw,2026-11-22T13:00:00Z,\
             login.microsoft.com\r\n"
        );
    }

    #[test]
    fn what_is_written_is_read_back_the_same_by_the_roster() {
        let folder = tempfile::tempdir().unwrap();
        let challenge = Challenge("-AECAwQFBgcICQoLDA0ODw".into());
        let list = [registration("=Åsa \"Q\" Ek", &challenge)];
        let path = write(folder.path(), Generation::Second, list).unwrap();
        assert_eq!(path.file_name().unwrap(), "usersToRegister.csv");
        let read = roster::read(&std::fs::read(&path).unwrap(), at("2026-11-22T12:00:00Z"));
        assert_eq!(read.facts.kind, FileKind::UsersToRegister);
        let [row] = read.rows.as_slice() else { panic!("{} rows", read.rows.len()) };
        assert_eq!((row.verdict, row.shown()), (Verdict::Usable, "=Åsa \"Q\" Ek"));
        let prepared = row.prepared.as_ref().unwrap();
        assert_eq!(prepared.challenge, challenge);
        assert_eq!(prepared.user_id.as_deref(), Some(&b"OF@"[..]));
        assert_eq!(prepared.rp_id.as_deref(), Some("login.microsoft.com"));
    }
}
