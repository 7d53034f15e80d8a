//! What is printed: JSON, one object a line, on standard output; words on standard error.

use crate::cli::audit::shown;
use crate::engine::{JobEnd, JobLine, PhonesSummary, RowTold, Tally};
use crate::phones::{Counts, PhoneKind};
use serde_json::{Value, json};
use std::io::Write;

/// Standard output while somebody reads it. Whoever stops reading stops no job.
#[derive(Default)]
pub(super) struct Lines {
    nobody_reads: bool,
}

impl Lines {
    pub fn row(&mut self, row: &RowTold) {
        let RowTold { no, line } = row;
        self.print(&json!({
            "type": "row",
            "row": no,
            "action": word(line.action),
            "name": line.name,
            "user_name": line.upn,
            "kind": kind(line.kind),
            "now": line.now,
            "new": line.new,
            "result": line.result.map(word),
            "reason": Some(&line.reason).filter(|reason| !reason.is_empty()),
            "at": line.at.as_ref().map(|at| at.timestamp().to_string()),
        }));
    }

    pub fn job(&mut self, job: &JobLine) {
        self.print(&json!({
            "type": "job",
            "job": job.id.text(),
            "source": job.source,
            "kind": kind(job.kind),
            "undo_of": job.undo_of.map(|job| job.text()),
            "operator": job.operator,
            "begun_at": job.begun_at.to_string(),
            "rows": job.rows,
            "done": job.done,
            "ended": job.ended,
        }));
    }

    pub fn summary(&mut self, summary: &PhonesSummary, dry_run: bool, exit_code: u8) {
        let mut told = json!({
            "type": "summary",
            "tenant": summary.tenant,
            "source": summary.source,
            "kind": kind(summary.kind),
            "undo_of": summary.undo_of.map(|job| job.text()),
            "dry_run": dry_run,
            "plan": summary.counts.map(|counts| plan(&counts, summary.faults)),
            "exit_code": exit_code,
        });
        told["job"] = summary.job.as_ref().map(job_end).into();
        self.print(&told);
    }

    fn print(&mut self, value: &Value) {
        if !self.nobody_reads && writeln!(std::io::stdout(), "{value}").is_err() {
            self.nobody_reads = true;
        }
    }
}

fn plan(counts: &Counts, faults: usize) -> Value {
    json!({
        "people": counts.all,
        "add": counts.add,
        "change": counts.change,
        "remove": counts.remove,
        "same": counts.same,
        "invalid": counts.invalid,
        "blank": counts.blank,
        "not_found": counts.not_found,
        "other": counts.other,
        "faults": faults,
    })
}

fn job_end(end: &JobEnd) -> Value {
    let tally = &end.tally;
    json!({
        "id": end.id.text(),
        "rows": tally.all,
        "done": tally.done,
        "already_so": tally.already_so,
        "changed_meanwhile": tally.changed_meanwhile,
        "failed": tally.failed,
        "cancelled": tally.cancelled,
        "left": tally.left,
        "ended_at": end.ended_at.map(|at| at.to_string()),
        "stopped": end.stopped.as_ref().map(|problem| &problem.what),
    })
}

/// The same for a person.
pub(super) fn words(summary: &PhonesSummary, dry_run: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(counts) = &summary.counts {
        let left_out = counts.all - counts.writes() - counts.same;
        lines.push(format!(
            "{}: {} people: {} to add, {} to change, {} to remove, {} so already, {} left out \
             ({} of them can't be done)",
            summary.source,
            counts.all,
            counts.add,
            counts.change,
            counts.remove,
            counts.same,
            left_out,
            summary.faults,
        ));
    }
    match &summary.job {
        Some(end) if dry_run => lines.push(words_of_rest(end)),
        Some(end) => lines.extend(words_of_job(end)),
        None if dry_run => lines.push("Nothing was written; --write does it".into()),
        None => lines.push("There was nothing to write".into()),
    }
    lines
}

fn words_of_rest(end: &JobEnd) -> String {
    let Tally { all, left, .. } = end.tally;
    let id = end.id.text();
    format!("Job {id}: {left} of {all} are left, and nothing was written; --resume --write goes on")
}

fn words_of_job(end: &JobEnd) -> Vec<String> {
    let tally = &end.tally;
    let mut lines = vec![format!(
        "{} of {} changed, {} were so already, {} changed by somebody else meanwhile, {} failed",
        tally.done, tally.all, tally.already_so, tally.changed_meanwhile, tally.failed,
    )];
    if let Some(problem) = &end.stopped {
        lines.push(format!("It stopped: {}. {}", problem.what, problem.next));
    }
    if tally.cancelled > 0 {
        lines.push(format!("{} were not begun and are cancelled", tally.cancelled));
    }
    if end.ended_at.is_none() {
        let left = tally.left;
        lines.push(format!("{left} are left: keydesk phones apply --resume --write goes on"));
    } else if tally.done > 0 {
        lines.push(format!("The way back: keydesk phones undo {}", end.id.text()));
    }
    lines
}

/// `Not found` as `not-found`.
fn word(words: &str) -> String {
    words.to_lowercase().replace(' ', "-")
}

fn kind(kind: PhoneKind) -> String {
    word(kind.name())
}

/// One line for a person; names in it come from a directory.
pub(super) fn say(text: &str) {
    if let Err(error) = writeln!(std::io::stderr(), "{}", shown(text)) {
        tracing::debug!(%error, "nobody reads standard error");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::PhoneJobId;

    fn end(tally: Tally) -> JobEnd {
        let id = PhoneJobId(uuid::Uuid::nil());
        JobEnd { id, tally, ended_at: None, stopped: None }
    }

    #[test]
    fn a_cut_job_says_what_is_left_and_how_to_go_on() {
        let tally = Tally { all: 5, done: 2, left: 3, ..Tally::default() };
        let lines = words_of_job(&end(tally));
        assert!(
            lines[1].starts_with("3 are left: keydesk phones apply --resume --write"),
            "{lines:?}"
        );
        let ended = JobEnd {
            ended_at: Some(jiff::Timestamp::UNIX_EPOCH),
            ..end(Tally { all: 5, done: 2, cancelled: 3, ..Tally::default() })
        };
        let lines = words_of_job(&ended);
        assert_eq!(lines[1], "3 were not begun and are cancelled");
        assert!(lines[2].starts_with("The way back: keydesk phones undo 0000"), "{lines:?}");
    }

    #[test]
    fn words_of_json_are_in_small_letters_with_dashes() {
        assert_eq!(word("Not found"), "not-found");
        assert_eq!(kind(PhoneKind::AlternateMobile), "alternate-mobile");
    }
}
