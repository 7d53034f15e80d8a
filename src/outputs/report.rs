//! The report of a session: who got which key, when, by whom, and what failed. As a list for
//! spreadsheets and as a paper. Never a PIN.

use super::{OutputError, keep_new_bytes, report_paper, safe_cell};
use jiff::Zoned;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the report says.
pub struct Report<'a> {
    /// Empty if none is set.
    pub organisation: &'a str,
    pub tenant: &'a str,
    pub begun: Zoned,
    /// Absent while the session is not finished.
    pub ended: Option<Zoned>,
    pub rows: &'a [ReportRow],
}

/// One key of one person, or a person without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    pub name: String,
    pub upn: String,
    pub serial: Option<String>,
    /// When it came to its end, in the station's zone.
    pub at: Option<Zoned>,
    pub operator: String,
    pub result: ReportResult,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportResult {
    /// With what was left out on the way; empty where nothing was.
    Registered {
        reason: String,
    },
    Failed {
        reason: String,
    },
    Skipped {
        reason: String,
    },
    /// It was registered, and taken back.
    Undone {
        reason: String,
    },
    /// The session ended before it was this person's turn, or in the middle of it.
    Open,
}

/// How many rows of each result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportCounts {
    pub registered: usize,
    pub failed: usize,
    pub skipped: usize,
    pub undone: usize,
    pub open: usize,
}

impl ReportResult {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "Registered",
            Self::Failed { .. } => "Failed",
            Self::Skipped { .. } => "Skipped",
            Self::Undone { .. } => "Undone",
            Self::Open => "Open",
        }
    }

    pub fn reason(&self) -> &str {
        match self {
            Self::Registered { reason }
            | Self::Failed { reason }
            | Self::Skipped { reason }
            | Self::Undone { reason } => reason,
            Self::Open => "",
        }
    }
}

impl ReportCounts {
    pub fn of(rows: &[ReportRow]) -> Self {
        let mut counts = Self::default();
        for row in rows {
            *match row.result {
                ReportResult::Registered { .. } => &mut counts.registered,
                ReportResult::Failed { .. } => &mut counts.failed,
                ReportResult::Skipped { .. } => &mut counts.skipped,
                ReportResult::Undone { .. } => &mut counts.undone,
                ReportResult::Open => &mut counts.open,
            } += 1;
        }
        counts
    }
}

const HEADER: [&str; 7] = ["name", "upn", "serialNumber", "result", "time", "operator", "reason"];

/// Spreadsheet programs take a file without it for the system's old encoding.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Report<'_> {
    /// Keeps the list as `session-2026-11-22.csv`, or under the next free number.
    pub fn write_csv(&self, folder: &Path) -> Result<PathBuf, OutputError> {
        let text = self.csv().map_err(|error| OutputError::Io {
            path: folder.join(self.file_name()),
            reason: error.to_string(),
        })?;
        keep_new_bytes(folder, (&self.file_name(), "csv"), &text)
    }

    /// Keeps the paper as `session-2026-11-22.pdf`, or under the next free number.
    pub fn write_pdf(&self, folder: &Path) -> Result<PathBuf, OutputError> {
        keep_new_bytes(folder, (&self.file_name(), "pdf"), &self.pdf()?)
    }

    pub fn csv(&self) -> csv::Result<Vec<u8>> {
        let mut text = BYTE_ORDER_MARK.to_vec();
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut text);
        writer.write_record(HEADER)?;
        for row in self.rows {
            let at = row.at.as_ref().map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
            writer.write_record([
                safe_cell(&row.name).as_str(),
                &safe_cell(&row.upn),
                &safe_cell(row.serial.as_deref().unwrap_or_default()),
                row.result.word(),
                &at.unwrap_or_default(),
                &safe_cell(&row.operator),
                &safe_cell(row.result.reason()),
            ])?;
        }
        writer.flush()?;
        drop(writer);
        Ok(text)
    }

    pub fn pdf(&self) -> Result<Zeroizing<Vec<u8>>, OutputError> {
        report_paper::draw(self)?.pdf()
    }

    pub fn counts(&self) -> ReportCounts {
        ReportCounts::of(self.rows)
    }

    fn file_name(&self) -> String {
        format!("session-{}", self.begun.date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse::<jiff::Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC)
    }

    fn row(number: usize, result: ReportResult) -> ReportRow {
        ReportRow {
            name: format!("Åsa {number}"),
            upn: format!("asa{number}@contoso.example"),
            serial: Some("12345678".into()),
            at: Some(at("2026-11-22T10:00:00Z")),
            operator: "Petra Lindqvist".into(),
            result,
        }
    }

    fn report(rows: &[ReportRow]) -> Report<'_> {
        Report {
            organisation: "Contoso Åland",
            tenant: "Contoso",
            begun: at("2026-11-22T08:00:00Z"),
            ended: None,
            rows,
        }
    }

    fn registered() -> ReportResult {
        ReportResult::Registered { reason: String::new() }
    }

    fn rows() -> Vec<ReportRow> {
        let mut rows = vec![
            row(1, registered()),
            row(2, ReportResult::Failed { reason: "The key was pulled out, \"twice\"".into() }),
            row(3, ReportResult::Skipped { reason: "=cmd()".into() }),
            row(4, ReportResult::Undone { reason: "Wrong person\nsorry".into() }),
            row(5, ReportResult::Open),
        ];
        rows[4].serial = None;
        rows[4].at = None;
        rows
    }

    #[test]
    fn the_list_says_who_which_key_when_by_whom_and_why_not() {
        let rows = rows();
        let text = String::from_utf8(report(&rows).csv().unwrap()).unwrap();
        assert_eq!(
            text,
            "\u{feff}name,upn,serialNumber,result,time,operator,reason\r\n\
             Åsa 1,asa1@contoso.example,12345678,Registered,2026-11-22T10:00:00+00:00,\
             Petra Lindqvist,\r\n\
             Åsa 2,asa2@contoso.example,12345678,Failed,2026-11-22T10:00:00+00:00,\
             Petra Lindqvist,\"The key was pulled out, \"\"twice\"\"\"\r\n\
             Åsa 3,asa3@contoso.example,12345678,Skipped,2026-11-22T10:00:00+00:00,\
             Petra Lindqvist,'=cmd()\r\n\
             Åsa 4,asa4@contoso.example,12345678,Undone,2026-11-22T10:00:00+00:00,\
             Petra Lindqvist,Wrong person sorry\r\n\
             Åsa 5,asa5@contoso.example,,Open,,Petra Lindqvist,\r\n"
        );
    }

    #[test]
    fn every_row_is_counted_once() {
        let counts = report(&rows()).counts();
        let expected = ReportCounts { registered: 1, failed: 1, skipped: 1, undone: 1, open: 1 };
        assert_eq!(counts, expected);
    }

    #[test]
    fn a_report_is_a_paper_of_as_many_pages_as_it_needs() {
        let pages = |count: usize| {
            let reason = "The key asked for a touch that never came. ".repeat(3);
            let result = |n: usize| match n % 3 {
                0 => ReportResult::Failed { reason: reason.clone() },
                _ => registered(),
            };
            let rows: Vec<ReportRow> = (0..count).map(|n| row(n, result(n))).collect();
            let pdf = report(&rows).pdf().unwrap();
            let text = String::from_utf8_lossy(&pdf).into_owned();
            text.matches("/Type/Page/").count() + text.matches("/Type /Page\n").count()
        };
        assert_eq!(pages(0), 1);
        assert_eq!(pages(5), 1);
        assert!(pages(200) > 4);
    }

    #[test]
    fn a_cell_of_any_length_ends() {
        let mut long = row(1, ReportResult::Failed { reason: "very ".repeat(2000) });
        long.name = "W".repeat(4000);
        let rows = [long, row(2, registered())];
        assert!(report(&rows).pdf().unwrap().starts_with(b"%PDF-"));
    }

    #[test]
    fn a_second_session_of_a_day_keeps_the_report_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let rows = rows();
        let report = report(&rows);
        let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(name(report.write_csv(folder.path()).unwrap()), "session-2026-11-22.csv");
        assert_eq!(name(report.write_csv(folder.path()).unwrap()), "session-2026-11-22-2.csv");
        assert_eq!(name(report.write_pdf(folder.path()).unwrap()), "session-2026-11-22.pdf");
    }
}
