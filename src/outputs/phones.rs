//! A plan for many phones, and what came of it, as lists for spreadsheets. Numbers are masked
//! always: the lines hold nothing else.

use super::{OutputError, keep_new_bytes, safe_cell};
use crate::phones::PhoneKind;
use jiff::Zoned;
use std::path::{Path, PathBuf};

/// One list.
pub struct PhoneTable<'a> {
    pub what: PhoneTableKind,
    /// When it was planned or begun, in the station's zone; names the file.
    pub begun: Zoned,
    pub lines: &'a [PhoneLine],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneTableKind {
    Plan,
    Results,
}

/// One person, with no number in whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneLine {
    /// Such as `Add` or `Not found`.
    pub action: &'static str,
    pub name: String,
    /// User name.
    pub upn: String,
    pub kind: PhoneKind,
    /// Masked; the number from before.
    pub now: Option<String>,
    /// Masked; the number that is wanted.
    pub new: Option<String>,
    /// What came of it, such as `Done`; nothing in a plan.
    pub result: Option<&'static str>,
    /// Why; empty where there is nothing to say.
    pub reason: String,
    /// In the station's zone.
    pub at: Option<Zoned>,
}

impl PhoneTableKind {
    fn header(self) -> &'static [&'static str] {
        match self {
            Self::Plan => &["action", "name", "upn", "kind", "now", "new", "reason", "time"],
            Self::Results => {
                &["action", "name", "upn", "kind", "now", "new", "result", "reason", "time"]
            }
        }
    }

    fn file_name(self, begun: &Zoned) -> String {
        let what = match self {
            Self::Plan => "plan",
            Self::Results => "results",
        };
        format!("phones-{what}-{}", begun.date())
    }
}

/// Spreadsheet programs take a file without it for the system's old encoding.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl PhoneTable<'_> {
    /// Keeps the list as `phones-plan-2026-11-27.csv` or `phones-results-2026-11-27.csv`, or under
    /// the next free number.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, OutputError> {
        let name = self.what.file_name(&self.begun);
        let text = self.csv().map_err(|error| OutputError::Io {
            path: folder.join(&name),
            reason: error.to_string(),
        })?;
        keep_new_bytes(folder, (&name, "csv"), &text)
    }

    pub fn csv(&self) -> csv::Result<Vec<u8>> {
        let mut text = BYTE_ORDER_MARK.to_vec();
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut text);
        writer.write_record(self.what.header())?;
        for line in self.lines {
            let at = line.at.as_ref().map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
            let mut cells = vec![
                line.action.to_owned(),
                safe_cell(&line.name),
                safe_cell(&line.upn),
                line.kind.name().to_owned(),
                safe_cell(line.now.as_deref().unwrap_or_default()),
                safe_cell(line.new.as_deref().unwrap_or_default()),
            ];
            if self.what == PhoneTableKind::Results {
                cells.push(line.result.unwrap_or_default().to_owned());
            }
            cells.extend([safe_cell(&line.reason), at.unwrap_or_default()]);
            writer.write_record(&cells)?;
        }
        writer.flush()?;
        drop(writer);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse::<jiff::Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC)
    }

    fn line() -> PhoneLine {
        PhoneLine {
            action: "Change",
            name: "=Åsa".into(),
            upn: "asa@contoso.example".into(),
            kind: PhoneKind::AlternateMobile,
            now: Some("+46 ••• ••• 12".into()),
            new: Some("+46 ••• ••• 58".into()),
            result: Some("Failed"),
            reason: "Gone,\nsorry".into(),
            at: Some(at("2026-11-27T10:00:00Z")),
        }
    }

    fn csv(what: PhoneTableKind, lines: &[PhoneLine]) -> String {
        let table = PhoneTable { what, begun: at("2026-11-27T08:00:00Z"), lines };
        String::from_utf8(table.csv().unwrap()).unwrap()
    }

    #[test]
    fn the_results_say_who_from_what_to_what_with_which_result_and_when() {
        assert_eq!(
            csv(PhoneTableKind::Results, &[line()]),
            "\u{feff}action,name,upn,kind,now,new,result,reason,time\r\n\
             Change,'=Åsa,asa@contoso.example,Alternate mobile,'+46 ••• ••• 12,'+46 ••• ••• 58,\
             Failed,\"Gone, sorry\",2026-11-27T10:00:00+00:00\r\n"
        );
    }

    #[test]
    fn a_plan_has_no_results() {
        let left_out = PhoneLine { action: "Blank", now: None, new: None, at: None, ..line() };
        assert_eq!(
            csv(PhoneTableKind::Plan, &[left_out]),
            "\u{feff}action,name,upn,kind,now,new,reason,time\r\n\
             Blank,'=Åsa,asa@contoso.example,Alternate mobile,,,\"Gone, sorry\",\r\n"
        );
    }

    #[test]
    fn a_second_list_of_a_day_does_not_replace_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let lines = [line()];
        let write = |what| {
            let table = PhoneTable { what, begun: at("2026-11-27T08:00:00Z"), lines: &lines };
            let path = table.write(folder.path()).unwrap();
            path.file_name().unwrap().to_string_lossy().into_owned()
        };
        assert_eq!(write(PhoneTableKind::Plan), "phones-plan-2026-11-27.csv");
        assert_eq!(write(PhoneTableKind::Results), "phones-results-2026-11-27.csv");
        assert_eq!(write(PhoneTableKind::Plan), "phones-plan-2026-11-27-2.csv");
    }
}
