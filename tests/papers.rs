//! What a reader sees on letters, labels and reports, through `pdftotext`. `packaging/test` installs that
//! tool and sets `KEYDESK_PDF_TOOLS=1`, which makes its absence a failure.
#![cfg(test)]

use keydesk::enrolment::{EnrolmentId, FirstUse};
use keydesk::outputs::label::Label;
use keydesk::outputs::letter::Letter;
use keydesk::outputs::pass_slip::PassSlip;
use keydesk::outputs::print_run::{LabelRun, LetterRun};
use keydesk::outputs::report::{Report, ReportResult, ReportRow};
use keydesk::pin::Pin;
use keydesk::secrets::SecretText;
use std::path::Path;
use std::process::Command;

/// The words of a PDF of one page.
fn words(pdf: &Path) -> Option<String> {
    let pages = pages(pdf)?;
    assert_eq!(pages.len(), 1, "one page");
    pages.into_iter().next()
}

/// The words of each page of a PDF, with single spaces; nothing where the tool is not there and
/// not asked for.
fn pages(pdf: &Path) -> Option<Vec<String>> {
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
    // Each page ends with a form feed.
    let pages = text.split_terminator('\u{c}');
    Some(pages.map(|page| page.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

/// A PIN that `tests/no-secrets` looks for everywhere.
fn known(text: &str) -> Pin {
    looked_for(text);
    Pin::new(text).unwrap()
}

fn looked_for(text: &str) {
    use std::io::Write;
    if let Some(list) = std::env::var_os("KEYDESK_TEST_SECRETS") {
        let mut list = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
        writeln!(list, "{text}").unwrap();
    }
}

#[test]
fn a_letter_says_who_which_key_the_pin_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let pin = known("48291573");
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
fn a_slip_says_who_the_pass_until_when_how_often_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    looked_for("Kp7+Wq2$Zr9");
    let pass = SecretText::new("Kp7+Wq2$Zr9");
    for (once, how_often) in [(true, "Works once"), (false, "Works as often as you need it")] {
        let slip = PassSlip {
            name: "Zoë O'Brien-Łukasiewicz",
            upn: "zoe@contoso.example",
            organisation: "Contoso Åland",
            pass: &pass,
            starts: at("2026-11-27T10:30:00Z"),
            ends: at("2026-11-27T11:30:00Z"),
            once,
            now: at("2026-11-27T10:30:02Z"),
        };
        let Some(words) = words(&slip.write(folder.path()).unwrap()) else { return };
        let validity = format!("{how_often}, until 27 November 2026 11:30");
        for part in [
            "Contoso Åland",
            "27 November 2026",
            "Temporary Access Pass",
            "Zoë O'Brien-Łukasiewicz",
            "zoe@contoso.example",
            "Pass Kp7+Wq2$Zr9",
            &validity,
            "1. Open aka.ms/mysecurityinfo",
            "2. Sign in as zoe@contoso.example",
            "4. Destroy this slip",
        ] {
            assert!(words.contains(part), "{part:?} is not on the slip");
        }
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

#[test]
fn a_print_run_has_each_persons_own_pin_on_that_persons_own_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = LetterRun::new().unwrap();
    let people = [
        ("Zoë O'Brien", "zoe@contoso.example", "12345678", "48291573"),
        ("Łukasz Żak", "lukasz@contoso.example", "23456789", "90417362"),
        ("王小明", "wang@contoso.example", "34567890", "66120845"),
    ];
    for (number, (name, upn, serial, pin)) in (0..).zip(people) {
        let letter = Letter {
            enrolment: EnrolmentId(uuid::Uuid::from_u128(number)),
            name,
            upn,
            organisation: "Contoso Åland",
            serial: Some(serial),
            pin: &known(pin),
            first_use: FirstUse::MustChangePin,
            date: jiff::civil::date(2026, 11, 2),
        };
        run.add(&letter).unwrap();
    }
    let Some(pages) = pages(&run.write(folder.path()).unwrap()) else { return };
    assert_eq!(pages.len(), people.len());
    for (page, own) in pages.iter().zip(people) {
        for (_, upn, serial, pin) in people {
            for part in [upn, serial, pin] {
                let is_own = [own.1, own.2, own.3].contains(&part);
                assert_eq!(page.contains(part), is_own, "{part:?} in {page:?}");
            }
        }
    }
}

#[test]
fn a_run_of_labels_has_one_label_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = LabelRun::new().unwrap();
    for (number, name) in (1..).zip(["Zoë O'Brien", "Łukasz Żak"]) {
        let label = Label {
            enrolment: EnrolmentId(uuid::Uuid::from_u128(number)),
            name,
            organisation: "Contoso",
            serial: Some(&format!("1234567{number}")),
        };
        run.add(&label).unwrap();
    }
    if let Some(pages) = pages(&run.write(folder.path()).unwrap()) {
        assert_eq!(pages, ["Zoë O'Brien 12345671 Contoso", "Łukasz Żak 12345672 Contoso"]);
    }
}

#[test]
fn a_report_says_who_got_which_key_when_by_whom_and_what_failed_on_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let rows = session();
    let report = Report {
        organisation: "Contoso Åland",
        tenant: "Contoso",
        begun: at("2026-11-22T08:00:00Z"),
        ended: Some(at("2026-11-22T15:30:00Z")),
        rows: &rows,
    };
    let Some(pages) = pages(&report.write_pdf(folder.path()).unwrap()) else { return };
    assert!(pages.len() > 1, "{} pages", pages.len());
    for (number, page) in (1..).zip(&pages) {
        assert!(page.contains("Person Serial When By Result"), "{page:?}");
        assert!(page.ends_with(&format!("Page {number} of {}", pages.len())), "{page:?}");
    }
    for part in [
        "Session report",
        "Contoso Åland",
        "22 November 2026 08:00 to 22 November 2026 15:30",
        "45 keys registered, 12 failed, 2 skipped, 1 open",
    ] {
        assert!(pages[0].contains(part), "{part:?} is not in {:?}", pages[0]);
    }
    let all = pages.join(" ");
    for part in ["2026-11-22", "09:00", "Petra Lindqvist", "Failed", "asked for a", "left early"] {
        assert!(all.contains(part), "{part:?} is not in {all:?}");
    }
    for row in &rows {
        let (upn, serial) = (row.upn.as_str(), row.serial.as_deref().unwrap_or_default());
        assert_eq!(all.matches(upn).count(), 1, "{upn}");
        assert!(all.contains(serial), "{serial}");
    }
}

/// Sixty people at a desk.
fn session() -> Vec<ReportRow> {
    let names = ["Zoë O'Brien", "Łukasz Żak", "Bartholomew Ångström-Wolfeschlegelsteinhausen"];
    (0..60)
        .map(|number| ReportRow {
            name: names[number % names.len()].into(),
            upn: format!("person.{number:02}@contoso.example"),
            serial: Some(format!("{}", 12_345_600 + number)).filter(|_| number != 59),
            at: Some(at("2026-11-22T09:00:00Z")).filter(|_| number != 59),
            operator: "Petra Lindqvist".into(),
            result: match number {
                57 | 58 => ReportResult::Skipped { reason: "The person left early".into() },
                59 => ReportResult::Open,
                _ if number % 5 == 0 => ReportResult::Failed {
                    reason: "The key asked for a touch that never came. Enrol the person again"
                        .into(),
                },
                _ => ReportResult::Registered { reason: String::new() },
            },
        })
        .collect()
}

fn at(text: &str) -> jiff::Zoned {
    text.parse::<jiff::Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC)
}
