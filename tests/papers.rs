//! What a reader sees on letter and label, through `pdftotext`. `packaging/test` installs that
//! tool and sets `KEYDESK_PDF_TOOLS=1`, which makes its absence a failure.
#![cfg(test)]

use keydesk::enrolment::{EnrolmentId, FirstUse};
use keydesk::outputs::label::Label;
use keydesk::outputs::letter::Letter;
use keydesk::pin::Pin;
use std::path::Path;
use std::process::Command;

/// The words of a PDF, with single spaces; nothing where the tool is not there and not asked for.
fn words(pdf: &Path) -> Option<String> {
    let output = match Command::new("pdftotext").arg("-layout").arg(pdf).arg("-").output() {
        Ok(output) => output,
        Err(error) => {
            let asked_for = std::env::var("KEYDESK_PDF_TOOLS").as_deref() == Ok("1");
            assert!(!asked_for, "pdftotext (poppler-utils) is needed: {error}");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches('\u{c}').count(), 1, "one page");
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn a_letter_says_who_which_key_the_pin_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let pin = Pin::new("48291573").unwrap();
    for (first_use, change) in [(FirstUse::MustChangePin, true), (FirstUse::KeepPin, false)] {
        let letter = Letter {
            enrolment: EnrolmentId(uuid::Uuid::from_u128(5)),
            name: "Zoë O'Brien-Łukasiewicz",
            upn: "zoe@contoso.example",
            organisation: "Contoso Åland",
            serial: Some("12345678"),
            pin: &pin,
            first_use,
            date: jiff::civil::date(2026, 11, 2),
        };
        let Some(words) = words(&letter.write(folder.path()).unwrap()) else { return };
        for part in [
            "Contoso Åland",
            "2 November 2026",
            "Zoë O'Brien-Łukasiewicz",
            "zoe@contoso.example",
            "Serial number of the key 12345678",
            "PIN 48291573",
            "1. Plug the key",
            "4. Learn",
        ] {
            assert!(words.contains(part), "{part:?} is not in {words:?}");
        }
        assert_eq!(words.contains("choose a new PIN"), change);
    }
}

#[test]
fn a_label_says_who_and_which_key() {
    let folder = tempfile::tempdir().unwrap();
    let label = Label {
        enrolment: EnrolmentId(uuid::Uuid::from_u128(5)),
        name: "Zoë O'Brien",
        organisation: "Contoso",
        serial: Some("12345678"),
    };
    if let Some(words) = words(&label.write(folder.path()).unwrap()) {
        assert_eq!(words, "Zoë O'Brien 12345678 Contoso");
    }
}
