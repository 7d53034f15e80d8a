//! `keydesk audit`: whether every person of a session has exactly what the session says.

use super::secret::read_secret;
use super::{print, say};
use crate::bulk::SessionId;
use crate::engine::{
    AuditReport, AuditRequest, Finding, SignInShown, TellSignIn, run_audit, system_open,
};
use crate::problem::Problem;
use crate::settings::Paths;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::process::ExitCode;
use std::sync::Arc;

/// Something does not agree.
const FINDINGS: u8 = 1;
/// Nothing was found, and not everything was compared.
const NOT_CHECKED: u8 = 2;

/// What the command line says.
pub(super) struct Wish {
    pub practice: bool,
    pub tenant: Option<String>,
    pub session: Option<uuid::Uuid>,
    pub secret_from_stdin: bool,
    pub sign_in: bool,
}

/// Also while a window has the journal open: nothing is written.
pub(super) fn run(paths: Paths, wish: Wish) -> ExitCode {
    let secret = match wish.secret_from_stdin.then(read_secret).transpose() {
        Ok(secret) => secret,
        Err(reason) => {
            say(&reason);
            return ExitCode::from(NOT_CHECKED);
        }
    };
    let request = AuditRequest {
        paths,
        practice: wish.practice,
        tenant: wish.tenant,
        session: wish.session.map(SessionId),
        secret,
        sign_in: wish.sign_in.then(|| -> TellSignIn { Arc::new(|shown| sign_in_at(&shown)) }),
    };
    match run_audit(request) {
        Ok(report) => {
            lines(&report).iter().for_each(|line| print(line));
            code(&report)
        }
        Err(problem) => {
            say(&shown(&problem.what));
            say(&shown(&problem.next));
            ExitCode::from(NOT_CHECKED)
        }
    }
}

/// To whoever sits there; the table on standard output stays alone.
fn sign_in_at(told: &SignInShown) {
    match told {
        SignInShown::InBrowser { url, .. } => {
            say(&format!("Sign in in the browser, or open {url}"));
            tokio::spawn(open_browser(url.clone()));
        }
        SignInShown::ByCode { code, address, .. } => {
            let (address, code) = (shown(address), shown(code));
            say(&format!("Sign in: open {address} on any device and enter the code {code}"));
        }
        SignInShown::NotNeeded
        | SignInShown::Needed
        | SignInShown::Checking
        | SignInShown::Failed(_) => {}
    }
}

/// Beside the sign-in, whose address is told already: a launcher can take seconds to fail.
async fn open_browser(url: String) {
    if system_open(url).await.is_err() {
        say("No browser can be opened here: copy the address into one on this computer");
    }
}

fn code(report: &AuditReport) -> ExitCode {
    match (report.findings.is_empty(), report.unchecked.is_empty()) {
        (false, _) => ExitCode::from(FINDINGS),
        (true, false) => ExitCode::from(NOT_CHECKED),
        (true, true) => ExitCode::SUCCESS,
    }
}

fn lines(report: &AuditReport) -> Vec<String> {
    let ended = report.ended_at.map_or_else(|| "open".into(), |at| format!("ended {}", here(at)));
    let mut lines = vec![
        format!("Session {} of {}", report.session.0, shown(&report.tenant)),
        format!("begun {} by {}, {ended}", here(report.begun_at), shown(&report.operator)),
        format!(
            "{} people, {} keys that people have, {} of them plugged in here",
            report.people, report.keys, report.keys_in
        ),
        String::new(),
    ];
    lines.extend(table(&report.findings));
    lines.extend(report.unchecked.iter().map(not_compared));
    lines.push(match (report.findings.len(), report.unchecked.is_empty()) {
        (0, true) => "All agrees".into(),
        (0, false) => "What was compared agrees".into(),
        (1, _) => "1 finding".into(),
        (count, _) => format!("{count} findings"),
    });
    lines
}

/// A row for each finding, under a heading.
fn table(findings: &[Finding]) -> Vec<String> {
    if findings.is_empty() {
        return Vec::new();
    }
    let rows = findings.iter().map(|finding| {
        let serial = finding.serial.as_deref().unwrap_or("-");
        [shown(&finding.who), shown(serial), shown(&finding.text)]
    });
    let rows: Vec<[String; 3]> =
        std::iter::once(["PERSON", "KEY", "FINDING"].map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let (first, second) = (width(0), width(1));
    let mut lines: Vec<String> = rows
        .iter()
        .map(|[who, key, text]| format!("{who:first$}  {key:second$}  {text}"))
        .collect();
    lines.push(String::new());
    lines
}

fn not_compared(problem: &Problem) -> String {
    let told = shown(&problem.to_string());
    let details: Vec<String> = problem
        .details
        .iter()
        .map(|detail| format!("{}: {}", detail.name, shown(&detail.value)))
        .collect();
    match details.is_empty() {
        true => format!("Not compared: {told}"),
        false => format!("Not compared: {told} ({})", details.join(", ")),
    }
}

/// Names come from a directory: what moves a terminal's cursor is not printed.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn here(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::FindingKind;

    fn report(findings: Vec<Finding>, unchecked: Vec<Problem>) -> AuditReport {
        AuditReport {
            session: SessionId(uuid::Uuid::nil()),
            tenant: "Contoso".into(),
            operator: "Petra".into(),
            begun_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            people: 20,
            keys: 19,
            keys_in: 1,
            findings,
            unchecked,
        }
    }

    fn finding(who: &str, serial: Option<&str>) -> Finding {
        Finding {
            kind: FindingKind::NotInDirectory,
            who: who.into(),
            serial: serial.map(str::to_owned),
            text: "Handed over, and not in the directory".into(),
        }
    }

    fn unchecked() -> Problem {
        Problem { what: "No answer".into(), next: "Try again".into(), details: Vec::new() }
    }

    #[test]
    fn the_exit_code_says_whether_all_agrees() {
        let agrees = report(Vec::new(), Vec::new());
        let told = |code: ExitCode| format!("{code:?}");
        assert_eq!(told(code(&agrees)), told(ExitCode::SUCCESS));
        assert_eq!(lines(&agrees).last().unwrap(), "All agrees");
        let partly = report(Vec::new(), vec![unchecked()]);
        assert_eq!(told(code(&partly)), told(ExitCode::from(2)));
        assert_eq!(lines(&partly).last().unwrap(), "What was compared agrees");
        let found = report(vec![finding("asa@x", None)], vec![unchecked()]);
        assert_eq!(told(code(&found)), told(ExitCode::from(1)));
    }

    #[test]
    fn findings_are_a_table_whose_columns_stand_below_each_other() {
        let findings =
            vec![finding("asa@contoso.example", Some("12345678")), finding("bo\u{1b}[2J@x", None)];
        let lines = lines(&report(findings, Vec::new()));
        assert_eq!(
            lines[4..],
            [
                "PERSON               KEY       FINDING",
                "asa@contoso.example  12345678  Handed over, and not in the directory",
                "bo[2J@x              -         Handed over, and not in the directory",
                "",
                "2 findings",
            ]
        );
    }
}
