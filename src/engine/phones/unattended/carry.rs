//! Runs a job to its end, telling each row once.

use super::place::Place;
use super::refusal::PhonesRefusal;
use super::signals::Signals;
use super::told::{JobEnd, PhonesTold, RowTold, Tally};
use crate::directory::Directory;
use crate::engine::phones::lines::result_line;
use crate::engine::phones::notices::Notices;
use crate::engine::phones::runner::{JobNews, Over, Runner, Wanted};
use crate::engine::ports::JournalPort;
use crate::journal::{PhoneRowState, StoredPhoneJob};
use crate::problem::Problem;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// News that may wait to be told.
const NEWS: usize = 64;

/// A job, and what it takes to run it.
pub(super) struct Carry<'a> {
    pub place: &'a Place,
    pub directory: Arc<dyn Directory>,
    pub journal: JournalPort,
    pub signals: Signals,
    /// By row of the job, the number it is told under.
    pub numbers: Vec<usize>,
}

impl Carry<'_> {
    /// Until nothing is left, it stops, or somebody asked it to end.
    pub async fn run(
        mut self,
        mut job: StoredPhoneJob,
        told: &mut dyn FnMut(PhonesTold),
    ) -> JobEnd {
        let mut untold: Vec<bool> = job.rows.iter().map(|row| !row.state.is_end()).collect();
        let (wanted_in, wanted) = watch::channel(Wanted::Go);
        let (news_in, mut news) = mpsc::channel(NEWS);
        let run = tokio::spawn(self.runner(job.clone(), wanted, news_in).run());
        let mut over = None;
        let mut asked_to_end = false;
        loop {
            tokio::select! {
                heard = news.recv() => match heard {
                    None => break,
                    Some(JobNews::Rows(rows)) => {
                        self.tell_rows(&mut job, &rows, &mut untold, told);
                    }
                    Some(JobNews::Waiting { until }) => told(PhonesTold::Note(format!(
                        "The directory asks to wait until {}",
                        crate::engine::phones::lines::here(until).strftime("%H:%M:%S")
                    ))),
                    Some(JobNews::Going) => {}
                    Some(JobNews::Over(end)) => over = Some(end),
                },
                () = self.signals.next() => {
                    if asked_to_end {
                        // What is on its way is looked at when the job goes on.
                        run.abort();
                        break;
                    }
                    asked_to_end = true;
                    told(PhonesTold::Note(
                        "Stops behind the rows that are on their way; once more stops at once"
                            .into(),
                    ));
                    if wanted_in.send(Wanted::Cancel).is_err() {
                        tracing::debug!("the job has ended already");
                    }
                }
            }
        }
        self.end(job, over, &untold, told).await
    }

    fn runner(
        &self,
        job: StoredPhoneJob,
        wanted: watch::Receiver<Wanted>,
        told: mpsc::Sender<JobNews>,
    ) -> Runner {
        let tenant = &self.place.tenant;
        Runner {
            journal: self.journal.clone(),
            directory: Arc::clone(&self.directory),
            operator: self.place.operator.clone(),
            job,
            wanted,
            told,
            notices: Notices { from: tenant.phones.tell_from.clone(), tenant: tenant.name.clone() },
        }
    }

    fn tell_rows(
        &self,
        job: &mut StoredPhoneJob,
        rows: &[(usize, PhoneRowState)],
        untold: &mut [bool],
        told: &mut dyn FnMut(PhonesTold),
    ) {
        let kind = job.facts.kind;
        for (place, state) in rows {
            let Some(row) = job.rows.get_mut(*place) else { continue };
            row.state = state.clone();
            row.at = Some(Timestamp::now());
            if state.is_end()
                && let Some(untold) = untold.get_mut(*place)
            {
                *untold = false;
                told(PhonesTold::Row(RowTold {
                    no: self.number(*place),
                    line: result_line(row, kind),
                }));
            }
        }
    }

    /// As the journal has it now, or, where that can't be read any more, as it was heard last; the
    /// rows that nothing was told of yet are told.
    async fn end(
        &self,
        heard: StoredPhoneJob,
        over: Option<Over>,
        untold: &[bool],
        told: &mut dyn FnMut(PhonesTold),
    ) -> JobEnd {
        let stopped = match over {
            Some(Over::Stopped(problem)) => Some(problem),
            _ => None,
        };
        let kept = self.place.job(&self.journal, heard.id).await;
        let (job, stopped) = as_known(kept, heard, stopped);
        for (place, row) in job.rows.iter().enumerate() {
            if untold.get(place).copied().unwrap_or(true) {
                let line = result_line(row, job.facts.kind);
                told(PhonesTold::Row(RowTold { no: self.number(place), line }));
            }
        }
        JobEnd { id: job.id, tally: Tally::of(&job), ended_at: job.ended_at, stopped }
    }

    fn number(&self, place: usize) -> usize {
        self.numbers.get(place).copied().unwrap_or(place + 1)
    }
}

/// What is known of the job, and why it stopped. Rows may be written by now, so a journal that
/// can't be read stops it, and refuses nothing.
fn as_known(
    kept: Result<StoredPhoneJob, PhonesRefusal>,
    heard: StoredPhoneJob,
    stopped: Option<Problem>,
) -> (StoredPhoneJob, Option<Problem>) {
    match kept {
        Ok(job) => (job, stopped),
        Err(refusal) => (heard, stopped.or(Some(refusal.problem))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{PhoneJobFacts, PhoneJobId};
    use crate::phones::PhoneKind;

    fn job(source: &str) -> StoredPhoneJob {
        let facts = PhoneJobFacts {
            tenant: "T".into(),
            operator: "o".into(),
            source: source.into(),
            kind: PhoneKind::Mobile,
            undo_of: None,
        };
        let (id, begun_at) = (PhoneJobId(uuid::Uuid::nil()), Timestamp::UNIX_EPOCH);
        StoredPhoneJob { id, facts, begun_at, ended_at: None, rows: Vec::new() }
    }

    fn problem(what: &str) -> Problem {
        Problem { what: what.into(), next: String::new(), details: Vec::new() }
    }

    #[test]
    fn a_journal_that_fails_after_the_first_write_stops_the_job_and_refuses_nothing() {
        let known = as_known(Ok(job("kept")), job("heard"), None);
        assert_eq!((&*known.0.facts.source, known.1), ("kept", None));
        let lost = || Err(PhonesRefusal::settings(problem("the disk")));
        let known = as_known(lost(), job("heard"), None);
        assert_eq!((&*known.0.facts.source, known.1), ("heard", Some(problem("the disk"))));
        let known = as_known(lost(), job("heard"), Some(problem("first")));
        assert_eq!(known.1, Some(problem("first")));
    }
}
