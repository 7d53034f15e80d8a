//! Names and contents of the folder's files.
//!
//! Claims of a caller are counted: `KEY.7.open` is the seventh, and `KEY.7.free` once it was let go
//! of. The highest number is what counts; nobody writes a file a second time. `KEY.CHECK.lock` is a
//! lock.

use crate::enrolment::text::for_display;
use crate::verify::CallerKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// No file of ours is longer.
pub(super) const LONGEST: u64 = 4096;
const KEY_DIGITS: usize = 64;
/// Of a station's or an agent's name, as it is shown.
const NAME_CHARS: usize = 60;

/// What a file's name says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open(u32),
    Free(u32),
    Lock(Uuid),
}

/// Such as `KEY.7.open`.
pub(super) fn file_name(caller: &CallerKey, kind: Kind) -> String {
    let key = caller.text();
    match kind {
        Kind::Open(number) => format!("{key}.{number}.open"),
        Kind::Free(number) => format!("{key}.{number}.free"),
        Kind::Lock(check) => format!("{key}.{check}.lock"),
    }
}

/// A file that is there for a moment only.
pub(super) fn passing_name() -> String {
    format!("keydesk-{}.tmp", Uuid::new_v4())
}

/// Key of the caller and kind; nothing where it is none of ours.
pub(super) fn read_name(name: &str) -> Option<(&str, Kind)> {
    let (key, rest) = name.split_once('.')?;
    let is_key = key.len() == KEY_DIGITS && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (middle, end) = rest.split_once('.').filter(|_| is_key)?;
    let kind = match end {
        "open" => Kind::Open(number(middle)?),
        "free" => Kind::Free(number(middle)?),
        "lock" => Kind::Lock(Uuid::try_parse(middle).ok()?),
        _ => return None,
    };
    Some((key, kind))
}

/// Whether a station made it, for a caller or for a moment.
pub(super) fn is_ours(name: &str) -> bool {
    let passing = || name.strip_prefix("keydesk-")?.strip_suffix(".tmp");
    read_name(name).is_some() || passing().is_some_and(|id| Uuid::try_parse(id).is_ok())
}

/// One writing of a number only: two names would be two files.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| number.to_string() == text)
}

/// Who claims or locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub station: String,
    pub agent: String,
}

/// What a claim or a lock has in it: nothing of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub station: String,
    pub agent: String,
    pub check: Uuid,
    /// By the file server's clock.
    pub until: Timestamp,
}

impl Entry {
    pub fn new(label: &Label, check: Uuid, until: Timestamp) -> Self {
        Self { station: label.station.clone(), agent: label.agent.clone(), check, until }
    }

    pub fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self).map(|text| text + "\n")
    }

    /// Nothing for a file that is not whole.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Such as `Mira Holm, DESK-2`. Anybody who can write there could have written anything.
    pub fn by(&self) -> Option<String> {
        let short = |name: &str| -> String { for_display(name).chars().take(NAME_CHARS).collect() };
        let parts = [short(&self.agent), short(&self.station)];
        let named: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Some(named.join(", ")).filter(|named| !named.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> CallerKey {
        CallerKey::of("6e7b768e-07e2-4810-8459-485f84f8f204")
    }

    fn entry() -> Entry {
        let label = Label { station: "DESK-2".into(), agent: "Mira Holm".into() };
        Entry::new(&label, Uuid::from_u128(7), "2026-11-27T10:42:00Z".parse().unwrap())
    }

    #[test]
    fn a_name_is_read_as_it_was_written() {
        let caller = caller();
        for kind in [Kind::Open(1), Kind::Free(4_294_967_295), Kind::Lock(Uuid::from_u128(9))] {
            let name = file_name(&caller, kind);
            assert_eq!(read_name(&name), Some((caller.text(), kind)), "{name}");
            assert!(is_ours(&name) && !name.contains("6e7b768e"), "{name}");
        }
        assert!(is_ours(&passing_name()) && read_name(&passing_name()).is_none());
    }

    #[test]
    fn what_no_station_wrote_is_left_alone() {
        let key = caller();
        let key = key.text();
        for name in [
            "report.docx",
            "keydesk-notes.tmp",
            "1.open",
            &format!("{key}.open"),
            &format!("{key}.1.open.bak"),
            &format!("{key}.01.open"),
            &format!("{key}.+1.open"),
            &format!("{key}.-1.open"),
            &format!("{key}.4294967296.open"),
            &format!("{key}.x.lock"),
            &format!("{}.1.open", &key[1..]),
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn the_content_is_json_with_a_time_in_utc_and_nothing_of_the_caller() {
        let text = entry().text().unwrap();
        assert_eq!(
            text,
            "{\"station\":\"DESK-2\",\"agent\":\"Mira Holm\",\
             \"check\":\"00000000-0000-0000-0000-000000000007\",\
             \"until\":\"2026-11-27T10:42:00Z\"}\n"
        );
        assert_eq!(Entry::read(text.as_bytes()), Some(entry()));
        // What a later version may add does no harm.
        let more = text.replacen('{', "{\"more\":1,", 1);
        assert_eq!(Entry::read(more.as_bytes()), Some(entry()));
    }

    #[test]
    fn what_is_not_whole_is_no_claim() {
        let text = entry().text().unwrap();
        for end in 0..text.trim_end().len() {
            assert_eq!(Entry::read(&text.as_bytes()[..end]), None, "{end}");
        }
        assert_eq!(Entry::read(b"\xff\xfe"), None);
    }

    #[test]
    fn whose_it_is_is_one_short_line() {
        assert_eq!(entry().by().as_deref(), Some("Mira Holm, DESK-2"));
        let odd =
            Entry { agent: " \u{1b}[2J\n\u{202e}".into(), station: "x".repeat(900), ..entry() };
        let by = odd.by().unwrap();
        assert!(by.chars().count() < 130 && !by.contains(['\u{1b}', '\n', '\u{202e}']), "{by:?}");
        let nobody = Entry { agent: String::new(), station: " ".into(), ..entry() };
        assert_eq!(nobody.by(), None);
    }
}
