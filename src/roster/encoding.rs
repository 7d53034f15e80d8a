//! The encoding of a file of unknown origin.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use std::borrow::Cow;
use std::ops::Deref;
use zeroize::Zeroizing;

/// As much of a file as tells UTF-16 from anything else.
const SAMPLE_BYTES: usize = 8192;
/// As much of the lines with other letters as tells one old encoding from another.
const DETECTED_BYTES: usize = 64 * 1024;

/// How a file writes its characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    #[default]
    Utf8,
    Utf16Le,
    Utf16Be,
    /// One of the encodings before Unicode, by its name in the WHATWG list. It is a guess.
    Legacy(&'static str),
}

impl Encoding {
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Legacy(name) => name,
        }
    }
}

/// A file's text.
pub(super) struct Decoded<'a> {
    pub text: Text<'a>,
    pub encoding: Encoding,
    /// Some bytes stood for no character; they are `\u{fffd}` now.
    pub replaced: bool,
}

/// Text that is wiped where it is a copy: the file may hold PINs or a secret.
pub(super) enum Text<'a> {
    AsItIs(&'a str),
    Copy(Zeroizing<String>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::AsItIs(text) => text,
            Self::Copy(text) => text,
        }
    }
}

/// The text without its byte order mark. Never fails: what can't be read is replaced and told.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return decode_as(&bytes[mark..], encoding);
    }
    decode_as(bytes, unmarked(bytes))
}

fn decode_as<'a>(bytes: &'a [u8], encoding: &'static encoding_rs::Encoding) -> Decoded<'a> {
    let (text, replaced) = encoding.decode_without_bom_handling(bytes);
    let text = match text {
        Cow::Borrowed(text) => Text::AsItIs(text),
        Cow::Owned(text) => Text::Copy(Zeroizing::new(text)),
    };
    let encoding = match encoding {
        it if it == encoding_rs::UTF_8 => Encoding::Utf8,
        it if it == encoding_rs::UTF_16LE => Encoding::Utf16Le,
        it if it == encoding_rs::UTF_16BE => Encoding::Utf16Be,
        legacy => Encoding::Legacy(legacy.name()),
    };
    Decoded { text, encoding, replaced }
}

fn unmarked(bytes: &[u8]) -> &'static encoding_rs::Encoding {
    if let Some(wide) = unmarked_utf16(bytes) {
        return wide;
    }
    if is_utf8(bytes) {
        return encoding_rs::UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut fed = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.is_ascii()) {
        detector.feed(line, false);
        fed += line.len();
        if fed > DETECTED_BYTES {
            break;
        }
    }
    detector.feed(b"", true);
    detector.guess(None, Utf8Detection::Deny)
}

/// In UTF-16 the delimiters, digits and addresses have a zero byte each, all on one side.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    let zeros = |side: usize| sample.iter().skip(side).step_by(2).filter(|b| **b == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let pairs = sample.len() / 2;
    let is_enough = |side: usize, other: usize| side > 0 && side * 8 >= pairs && other * 8 <= side;
    if is_enough(second, first) {
        Some(encoding_rs::UTF_16LE)
    } else if is_enough(first, second) {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    }
}

/// A file may have been cut inside its last character; then the others must prove what it is.
fn is_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => {
            let is_cut = error.error_len().is_none() && !bytes[..error.valid_up_to()].is_ascii();
            is_cut || is_mostly_utf8(bytes)
        }
    }
}

/// A stray byte in one line must not spoil the names in all others: in older encodings next to no
/// line with other letters happens to be UTF-8.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii());
    let (good, bad): (Vec<_>, Vec<_>) = lines.partition(|line| std::str::from_utf8(line).is_ok());
    good.len() > bad.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "upn,name\r\nzoe@contoso.example,Zoë Åkerström\r\n";

    fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    fn read(bytes: &[u8]) -> (String, Encoding) {
        let decoded = decode(bytes);
        (decoded.text.to_string(), decoded.encoding)
    }

    #[test]
    fn unicode_is_read_with_and_without_its_mark() {
        let marked = format!("\u{feff}{TEXT}");
        for text in [TEXT, marked.as_str()] {
            assert_eq!(read(text.as_bytes()), (TEXT.into(), Encoding::Utf8));
            let le = utf16(text, u16::to_le_bytes);
            assert_eq!(read(&le), (TEXT.into(), Encoding::Utf16Le));
            let be = utf16(text, u16::to_be_bytes);
            assert_eq!(read(&be), (TEXT.into(), Encoding::Utf16Be));
        }
        assert_eq!(read(b""), (String::new(), Encoding::Utf8));
    }

    #[test]
    fn utf16_of_names_outside_latin_is_found_by_its_delimiters() {
        let text = "upn,name\nwang@contoso.example,王小明王小明王小明王小明\n";
        assert_eq!(read(&utf16(text, u16::to_le_bytes)), (text.into(), Encoding::Utf16Le));
    }

    #[test]
    fn western_names_in_cp1252_are_read() {
        for name in ["Zoë", "René Müller", "Åsa Öberg", "José Núñez – Sørensen", "d’Été"]
        {
            let text = format!("upn;name\r\nx@contoso.example;{name}\r\n");
            let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(&text);
            assert!(!lost);
            assert_eq!(read(&bytes), (text.clone(), Encoding::Legacy("windows-1252")), "{name}");
        }
        // The last letter alone looks like a cut character of UTF-8.
        assert_eq!(read(b"Ren\xe9").0, "René");
    }

    #[test]
    fn central_european_names_are_read() {
        for name in ["Łukasz Żółć", "Jan Żak", "Ewa Łoś"] {
            let text = format!("upn;name\r\nx@contoso.pl;{name}\r\n");
            let (bytes, _, lost) = encoding_rs::WINDOWS_1250.encode(&text);
            assert!(!lost);
            assert_eq!(read(&bytes), (text.clone(), Encoding::Legacy("windows-1250")), "{name}");
        }
    }

    #[test]
    fn one_stray_byte_does_not_spoil_the_names_of_a_file() {
        let mut bytes = format!("{TEXT}bo@contoso.example,Bo Öberg\r\n").into_bytes();
        bytes.extend(b"ida@contoso.example,Ida\xa0Ek\r\n");
        let decoded = decode(&bytes);
        assert_eq!((decoded.encoding, decoded.replaced), (Encoding::Utf8, true));
        assert!(decoded.text.contains("Bo Öberg") && decoded.text.contains("Ida\u{fffd}Ek"));
    }

    #[test]
    fn a_file_cut_inside_a_character_stays_utf8_and_says_so() {
        let bytes = &TEXT.as_bytes()[..TEXT.find('ö').unwrap() + 1];
        let decoded = decode(bytes);
        assert_eq!((decoded.encoding, decoded.replaced), (Encoding::Utf8, true));
        assert!(decoded.text.ends_with("Åkerstr\u{fffd}"));
    }
}
