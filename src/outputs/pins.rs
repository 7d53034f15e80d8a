//! `pins.csv.age`: the PINs of a session, for its recipients only; `pins.csv`: in clear text.
//!
//! Inside is the list of registered keys with its PINs. Rows are encrypted as they come: no clear
//! text touches the disk, and one PIN at a time is in memory in the clear.

use super::list::LINE_END;
use super::registered_keys::{HEADER, Row, line};
use super::{OutputError, keep_new};
use crate::files;
use crate::pin::Pin;
use crate::problem::{Detail, Explain};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a text that is shown is cut, in characters.
const SHOWN: usize = 80;

/// Who can open the file; at least one.
pub struct Recipients(Vec<age::x25519::Recipient>);

/// Why a text of the settings is no recipient. `place` counts from 1.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum RecipientError {
    #[error("no recipient")]
    Nobody,
    /// The text itself is told nowhere: it opens the file.
    #[error("recipient {place} is a secret identity")]
    SecretIdentity { place: usize },
    #[error("recipient {place} ({text}) is of another kind")]
    OtherKind { place: usize, text: String },
    /// A letter was lost or mistyped: the checksum does not fit.
    #[error("recipient {place} ({text}) is damaged")]
    Damaged { place: usize, text: String },
}

impl Recipients {
    /// Takes texts such as `age1…`; blank ones are passed over.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, RecipientError> {
        let mut recipients = Vec::new();
        for (place, text) in (1..).zip(texts) {
            let text = text.as_ref().trim();
            if !text.is_empty() {
                recipients.push(recipient(place, text)?);
            }
        }
        if recipients.is_empty() { Err(RecipientError::Nobody) } else { Ok(Self(recipients)) }
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

fn recipient(place: usize, text: &str) -> Result<age::x25519::Recipient, RecipientError> {
    let lower = text.to_lowercase();
    if lower.contains("secret-key-") {
        return Err(RecipientError::SecretIdentity { place });
    }
    text.parse().map_err(|_| {
        let text = text.chars().take(SHOWN).collect();
        // Names of plug-ins and other kinds of key stand between "age1" and another "1".
        match lower.strip_prefix("age1") {
            Some(rest) if !rest.contains('1') => RecipientError::Damaged { place, text },
            _ => RecipientError::OtherKind { place, text },
        }
    })
}

/// One key and its PIN.
pub struct PinRow {
    pub upn: String,
    /// Of the directory: the authentication method's id.
    pub method_id: String,
    pub serial: Option<String>,
    pub pin: Pin,
}

/// Why there is no file.
#[derive(Debug)]
pub enum PinsError<E> {
    Output(OutputError),
    /// What gives the rows failed.
    Source(E),
}

/// Writes all rows or no file, as `pins.csv.age` or under the next free number; the answer is its
/// path. Rows are asked for one by one, so that each PIN is unsealed only when it is its turn.
pub fn write<E>(
    folder: &Path,
    recipients: &Recipients,
    rows: impl IntoIterator<Item = Result<PinRow, E>>,
) -> Result<PathBuf, PinsError<E>> {
    keep(folder, "csv.age", |file| encrypt(file, recipients, rows))
}

/// The same in clear text, as `pins.csv`: whoever reads it can use the keys.
pub fn write_in_clear<E>(
    folder: &Path,
    rows: impl IntoIterator<Item = Result<PinRow, E>>,
) -> Result<PathBuf, PinsError<E>> {
    keep(folder, "csv", |file| write_rows(file, rows))
}

fn keep<E>(
    folder: &Path,
    extension: &str,
    write: impl FnOnce(&mut File) -> Result<(), Failure<E>>,
) -> Result<PathBuf, PinsError<E>> {
    keep_new(folder, ("pins", extension), |path| {
        files::replace_private_by(path, write).map_err(|failure| match failure {
            Failure::Io(error) => PinsError::Output(OutputError::of_io(path, &error)),
            Failure::Encryption(why) => PinsError::Output(OutputError::Encryption(why)),
            Failure::Source(error) => PinsError::Source(error),
        })
    })
}

impl<E> From<OutputError> for PinsError<E> {
    fn from(error: OutputError) -> Self {
        Self::Output(error)
    }
}

enum Failure<E> {
    Io(io::Error),
    Encryption(String),
    Source(E),
}

impl<E> From<io::Error> for Failure<E> {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn encrypt<E>(
    output: impl Write,
    recipients: &Recipients,
    rows: impl IntoIterator<Item = Result<PinRow, E>>,
) -> Result<(), Failure<E>> {
    let recipients = recipients.0.iter().map(|recipient| recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients)
        .map_err(|error| Failure::Encryption(error.to_string()))?;
    let mut stream = encryptor.wrap_output(output)?;
    write_rows(&mut stream, rows)?;
    stream.finish()?;
    Ok(())
}

fn write_rows<E>(
    output: &mut impl Write,
    rows: impl IntoIterator<Item = Result<PinRow, E>>,
) -> Result<(), Failure<E>> {
    output.write_all([HEADER, LINE_END].concat().as_bytes())?;
    for row in rows {
        let row = row.map_err(Failure::Source)?;
        let cells = Row {
            upn: &row.upn,
            method_id: &row.method_id,
            serial: row.serial.as_deref(),
            pin: Some(&row.pin),
        };
        let text = line(&cells).map_err(|error| Failure::Io(io::Error::other(error)))?;
        output.write_all(&text)?;
    }
    Ok(())
}

impl Explain for RecipientError {
    fn what(&self) -> String {
        match self {
            Self::Nobody => "Nobody is chosen who may open the PINs".into(),
            Self::SecretIdentity { place } => {
                format!("Recipient {place} is a secret identity, not its public part")
            }
            Self::OtherKind { place, .. } => {
                format!("Recipient {place} is of a kind that can't be used here")
            }
            Self::Damaged { place, .. } => format!("Recipient {place} has a slip in it"),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::Nobody => "Add a recipient, such as age1…, in Settings",
            Self::SecretIdentity { .. } => {
                "Remove it from Settings at once, make a new identity, and enter its public part \
                 (age1…)"
            }
            Self::OtherKind { .. } => {
                "Enter the public part of an age identity (age1…), as age-keygen -y shows it"
            }
            Self::Damaged { .. } => "Copy it again, whole",
        }
        .into()
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::new("recipient", self.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret;
    use std::io::Read;
    use zeroize::Zeroizing;

    fn row(number: usize) -> Result<PinRow, String> {
        Ok(PinRow {
            upn: format!("p{number}@contoso.example"),
            method_id: format!("m-{number}"),
            serial: Some(number.to_string()),
            pin: Pin::restored(Zeroizing::new(format!("73910{number:04}"))),
        })
    }

    /// Without the lock, which stays.
    fn files_in(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| *name != super::super::LOCK_FILE).collect()
    }

    fn identity() -> (age::x25519::Identity, String) {
        let identity = age::x25519::Identity::generate();
        let public = identity.to_public().to_string();
        (identity, public)
    }

    fn opened(path: &Path, identity: &age::x25519::Identity) -> Option<String> {
        let file = std::fs::File::open(path).unwrap();
        let identities = std::iter::once(identity as &dyn age::Identity);
        let mut reader = age::Decryptor::new(file).unwrap().decrypt(identities).ok()?;
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        Some(text)
    }

    #[test]
    fn each_recipient_can_open_the_pins_and_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second, other) = (identity(), identity(), identity());
        let recipients = Recipients::parse(&[&first.1, &String::new(), &second.1]).unwrap();
        assert_eq!(recipients.count(), 2);
        let path = write(folder.path(), &recipients, (1..=3).map(row)).unwrap();
        assert_eq!(path.file_name().unwrap(), "pins.csv.age");
        let expected = "#upn,entraIDAuthMethodObjectId,serialNumber,PIN\r\n\
            p1@contoso.example,m-1,1,739100001\r\n\
            p2@contoso.example,m-2,2,739100002\r\n\
            p3@contoso.example,m-3,3,739100003\r\n";
        assert_eq!(opened(&path, &first.0).as_deref(), Some(expected));
        assert_eq!(opened(&path, &second.0).as_deref(), Some(expected));
        assert_eq!(opened(&path, &other.0), None);
        let bytes = std::fs::read(&path).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("contoso"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn pins_in_clear_text_are_for_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = write_in_clear(folder.path(), (1..=2).map(row)).unwrap();
        assert_eq!(path.file_name().unwrap(), "pins.csv");
        let expected = "#upn,entraIDAuthMethodObjectId,serialNumber,PIN\r\n\
            p1@contoso.example,m-1,1,739100001\r\n\
            p2@contoso.example,m-2,2,739100002\r\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let failing = [row(1), Err("locked".to_owned())];
        assert!(matches!(write_in_clear(folder.path(), failing), Err(PinsError::Source(_))));
        assert_eq!(files_in(folder.path()), ["pins.csv"]);
    }

    #[test]
    fn a_vault_that_fails_on_the_way_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let recipients = Recipients::parse(&[identity().1]).unwrap();
        let rows = (1..=20_000).map(|number| match number {
            20_000 => Err("locked".to_owned()),
            _ => row(number % 1000),
        });
        match write(folder.path(), &recipients, rows) {
            Err(PinsError::Source(why)) => assert_eq!(why, "locked"),
            other => panic!("{other:?}"),
        }
        assert_eq!(files_in(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn a_later_session_does_not_replace_the_pins_of_an_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        let (identity, public) = identity();
        let recipients = Recipients::parse(&[public]).unwrap();
        let first = write(folder.path(), &recipients, [row(1)]).unwrap();
        let second = write(folder.path(), &recipients, [row(2)]).unwrap();
        assert_ne!(first, second);
        assert!(opened(&first, &identity).unwrap().contains("739100001"));
        assert!(opened(&second, &identity).unwrap().contains("739100002"));
    }

    #[test]
    fn a_wrong_recipient_is_told_by_cause_and_a_secret_one_is_not_repeated() {
        let (identity, public) = identity();
        let parse = |text: &str| Recipients::parse(&[public.as_str(), text]).err();
        let secret = identity.to_string();
        let secret = secret.expose_secret();
        let error = parse(secret).unwrap();
        assert_eq!(error, RecipientError::SecretIdentity { place: 2 });
        let told = format!("{error} {:?}", error.problem()).to_lowercase();
        assert!(!told.contains(&secret.to_lowercase()[16..]));
        let mut damaged = public.clone();
        let last = damaged.pop().unwrap();
        damaged.push(if last == 'q' { 'p' } else { 'q' });
        for text in [damaged.as_str(), &public[..40]] {
            let text = text.to_owned();
            assert_eq!(parse(&text), Some(RecipientError::Damaged { place: 2, text }));
        }
        for text in ["ssh-ed25519 AAAAC3Nza", "age1yubikey1qwt50d05nh", "asa@contoso.example"] {
            let text = text.to_owned();
            assert_eq!(parse(&text), Some(RecipientError::OtherKind { place: 2, text }));
        }
        assert_eq!(Recipients::parse::<&str>(&[" "]).err(), Some(RecipientError::Nobody));
    }
}
