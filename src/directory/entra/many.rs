//! Many small requests: twenty in one, few of those at a time, each answered by itself.
//!
//! Only what may be asked again without harm is asked again here: a lost answer is simply asked
//! for again. A write is sent once; whatever comes of it, an answer, a wait or nothing, goes to its
//! errand, which looks what is there before it asks for the write anew.

use super::super::http::answer::Answer;
use super::super::http::patience::{Repeat, backoff};
use super::super::http::token::AccessToken;
use super::super::http::{Call, Payload, jitter};
use super::super::{DirectoryError, Ended};
use super::answer::facts_of;
use super::batch::{self, Request};
use super::graph::Graph;
use super::line::{self, Asked, Fate, Line, Outcome};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::{Method, StatusCode};
use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use url::Url;

/// Batches at the same time.
const IN_FLIGHT: usize = 4;
/// Results that may wait for a slow receiver before nothing more is asked.
const READY: usize = batch::MOST;

/// What is asked, and what the answers mean.
pub(super) trait Errand {
    /// One small request.
    type Ask: Clone + Eq + Hash;
    /// What the receiver gets.
    type Result;
    /// For the log.
    const NAME: &'static str;

    /// Where batches go.
    fn batch(&self) -> Result<Url, DirectoryError>;
    /// The request itself; without one it is settled with the error.
    fn request(&self, ask: &Self::Ask) -> Result<Request, DirectoryError>;
    /// What the request needs.
    fn permission(&self, ask: &Self::Ask) -> &'static str;
    /// Takes the one answer to a request: a 2xx, or why there is none. Of what is asked
    /// [`Times::Once`] an answer that is lost, or leaves the effect open, is
    /// [`DirectoryError::AnswerLost`].
    fn settle(
        &mut self,
        ask: Self::Ask,
        answer: Result<Answer, DirectoryError>,
    ) -> Settled<Self::Ask, Self::Result>;
    /// How often it may be asked.
    fn times(&self, _ask: &Self::Ask) -> Times {
        Times::UntilAnswered
    }
    /// Why nothing more is to be asked, of an answer that concerns everybody.
    fn ended(&self) -> Option<DirectoryError> {
        None
    }
    /// Whether the answer would still change anything.
    fn is_wanted(&self, _ask: &Self::Ask) -> bool {
        true
    }
}

/// How often a request may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// It changes nothing, so until there is an answer.
    UntilAnswered,
    /// It changes something. (A refused token is no answer: it was not carried out.)
    Once,
}

/// What comes of an answer.
pub(super) struct Settled<A, R> {
    pub results: Vec<R>,
    /// What is asked next, before all that is new.
    pub next: Vec<A>,
    /// What is asked after a wait, also while what is new is kept back.
    pub later: Vec<(A, Duration)>,
}

impl<A, R> Settled<A, R> {
    pub fn nothing() -> Self {
        Self { results: Vec::new(), next: Vec::new(), later: Vec::new() }
    }

    pub fn result(result: R) -> Self {
        Self { results: vec![result], ..Self::nothing() }
    }
}

/// What it took.
pub(super) struct Took {
    /// Small requests, those that were repeated too.
    pub asked: usize,
    pub batches: usize,
    pub ended: Ended,
}

/// Answers of one batch, in the order of its requests.
type Answers = Vec<Option<Answer>>;

/// Asks until everything is settled. Ends early when the receiver is dropped.
///
/// # Errors
/// What another try would not change for any of them (the sign-in, the settings).
pub(super) async fn run<E: Errand>(
    graph: &Graph,
    errand: E,
    asks: Vec<E::Ask>,
    to: mpsc::Sender<E::Result>,
) -> Result<Took, DirectoryError> {
    let mut run = Run::new(graph, errand, asks);
    let mut flying = FuturesUnordered::new();
    loop {
        let mut next_turn = None;
        if flying.len() < IN_FLIGHT && run.ready.len() < READY {
            match run.next_batch()? {
                Some(batch) => {
                    flying.push(batch.ask(graph));
                    continue;
                }
                None => next_turn = run.next_turn(),
            }
        }
        if flying.is_empty() && run.ready.is_empty() && run.line.is_empty() {
            return Ok(run.took);
        }
        tokio::select! {
            room = to.reserve(), if !run.ready.is_empty() => match (room, run.ready.pop_front()) {
                (Ok(room), Some(result)) => room.send(result),
                _ => return Ok(run.cancelled()),
            },
            Some((asked, answers)) = flying.next() => {
                if let Err(error) = run.settle(asked, answers) {
                    // What has come is not lost with what has not.
                    for result in run.ready {
                        if to.send(result).await.is_err() {
                            return Err(error);
                        }
                    }
                    return Err(error);
                }
            }
            () = pause_until(next_turn), if next_turn.is_some() => {}
            () = to.closed() => return Ok(run.cancelled()),
        }
    }
}

async fn pause_until(turn: Option<Instant>) {
    if let Some(turn) = turn {
        tokio::time::sleep_until(turn.into()).await;
    }
}

struct Run<'a, E: Errand> {
    graph: &'a Graph,
    errand: E,
    start: Instant,
    line: Line<E::Ask>,
    /// Results the receiver had no room for yet.
    ready: VecDeque<E::Result>,
    took: Took,
}

impl<'a, E: Errand> Run<'a, E> {
    fn new(graph: &'a Graph, errand: E, asks: Vec<E::Ask>) -> Self {
        Self {
            graph,
            errand,
            start: Instant::now(),
            line: Line::new(asks),
            ready: VecDeque::new(),
            took: Took { asked: 0, batches: 0, ended: Ended::Complete },
        }
    }

    fn next_batch(&mut self) -> Result<Option<Batch<E::Ask>>, DirectoryError> {
        let (mut asked, mut requests) = (Vec::new(), Vec::new());
        while asked.len() < batch::MOST {
            let taken = self.line.take(self.start.elapsed(), batch::MOST - asked.len());
            if taken.is_empty() {
                break;
            }
            for one in taken {
                if !self.errand.is_wanted(&one.what) {
                    continue;
                }
                match self.errand.request(&one.what) {
                    Ok(request) => {
                        requests.push(request);
                        asked.push(one);
                    }
                    Err(error) => self.over(one.what, Err(error)),
                }
            }
        }
        if asked.is_empty() {
            return Ok(None);
        }
        self.took.batches += 1;
        self.took.asked += asked.len();
        let once = asked.iter().any(|one| self.is_once(&one.what));
        let repeat = if once { Repeat::OnlyAfterRefusal } else { Repeat::Freely };
        Ok(Some(Batch { to: self.errand.batch()?, name: E::NAME, asked, requests, repeat }))
    }

    fn next_turn(&self) -> Option<Instant> {
        self.start.checked_add(self.line.next_turn()?)
    }

    fn cancelled(self) -> Took {
        Took { ended: Ended::Cancelled, ..self.took }
    }

    /// Each request's own answer: a result, or another turn.
    ///
    /// # Errors
    /// What another try would not change for anybody.
    fn settle(
        &mut self,
        asked: Vec<Asked<E::Ask>>,
        answers: Result<Answers, DirectoryError>,
    ) -> Result<(), DirectoryError> {
        let now = self.start.elapsed();
        match answers {
            Ok(answers) => self.settle_each(asked, answers, now),
            Err(error) => {
                let tries = asked.iter().map(|asked| asked.tries).min().unwrap_or_default() + 1;
                let own = backoff(self.graph.http.limits(), tries, jitter());
                let Some(wait) = wait_after(&error, own) else { return Err(error) };
                for one in asked {
                    if self.is_once(&one.what) {
                        self.over(one.what, Err(error.clone()));
                    } else if let Turn::Over(what, _) = self.turn(one, Outcome::PutOff(wait), now) {
                        self.over(what, Err(error.clone()));
                    }
                }
            }
        }
        self.errand.ended().map_or(Ok(()), Err)
    }

    fn settle_each(&mut self, asked: Vec<Asked<E::Ask>>, answers: Answers, now: Duration) {
        // Writes are throttled by themselves, and reads are.
        let (mut reads, mut writes) = (Throttled::default(), Throttled::default());
        for (one, answer) in asked.into_iter().zip(answers) {
            let refused = |answer: &Answer| answer.status == StatusCode::UNAUTHORIZED;
            if self.is_once(&one.what) && !answer.as_ref().is_some_and(refused) {
                let answer = self.only_answer(&one.what, answer);
                writes.note(answer.as_ref().err());
                self.over(one.what, answer);
                continue;
            }
            reads.asked += 1;
            let outcome = match &answer {
                None => Outcome::Missing,
                Some(answer) if needs_operator(self.graph, &one, answer) => Outcome::OperatorCame,
                Some(Answer { status, retry_after, .. }) => {
                    Outcome::Answer { status: *status, retry_after: *retry_after }
                }
            };
            match self.turn(one, outcome, now) {
                Turn::Waits(wait) if outcome.is_throttled() => reads.waits.push(wait),
                Turn::Waits(_) => {}
                Turn::Over(what, fate) => {
                    let answer = self.taken(&what, answer, fate);
                    self.over(what, answer);
                }
            }
        }
        for Throttled { asked, waits } in [reads, writes] {
            if let Some(wait) = line::hold_after(asked, &waits) {
                tracing::info!(wait_ms = wait.as_millis(), "most of a batch was throttled");
                self.line.hold(now + wait);
            }
        }
    }

    fn is_once(&self, what: &E::Ask) -> bool {
        self.errand.times(what) == Times::Once
    }

    /// What came of a request that is not asked again here.
    fn only_answer(&self, what: &E::Ask, answer: Option<Answer>) -> Result<Answer, DirectoryError> {
        let Some(answer) = answer else {
            return Err(DirectoryError::AnswerLost(Default::default()));
        };
        let (status, facts) = (answer.status, facts_of(&answer));
        if status == StatusCode::TOO_MANY_REQUESTS {
            let own = || backoff(self.graph.http.limits(), 1, jitter());
            let resume_in = answer.retry_after.unwrap_or_else(own).min(line::LONGEST_WAIT);
            return Err(DirectoryError::Throttled { resume_in, facts });
        }
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            return Err(DirectoryError::AnswerLost(facts));
        }
        match status.is_success() {
            true => Ok(answer),
            false => Err(self.graph.refusal(status, facts, self.errand.permission(what))),
        }
    }

    fn turn(&mut self, mut asked: Asked<E::Ask>, outcome: Outcome, now: Duration) -> Turn<E::Ask> {
        match line::judge(&mut asked, outcome, self.graph.http.limits(), jitter()) {
            Fate::Again(wait) => {
                self.line.again(asked, now + wait);
                Turn::Waits(wait)
            }
            fate @ (Fate::Settled | Fate::GiveUp { .. }) => Turn::Over(asked.what, fate),
        }
    }

    /// The answer after which there will be no other.
    fn taken(
        &self,
        what: &E::Ask,
        answer: Option<Answer>,
        fate: Fate,
    ) -> Result<Answer, DirectoryError> {
        let Some(answer) = answer else {
            let reason = "the batch was answered without this request".to_owned();
            return Err(DirectoryError::Garbled { reason, facts: Default::default() });
        };
        match fate {
            Fate::GiveUp { resume_in } if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                Err(DirectoryError::Throttled { resume_in, facts: facts_of(&answer) })
            }
            Fate::GiveUp { .. } => Err(DirectoryError::Unavailable(facts_of(&answer))),
            _ if answer.status.is_success() => Ok(answer),
            _ => {
                let permission = self.errand.permission(what);
                Err(self.graph.refusal(answer.status, facts_of(&answer), permission))
            }
        }
    }

    fn over(&mut self, what: E::Ask, answer: Result<Answer, DirectoryError>) {
        let settled = self.errand.settle(what, answer);
        self.ready.extend(settled.results);
        settled.next.into_iter().rev().for_each(|next| self.line.first(next));
        let now = self.start.elapsed();
        settled.later.into_iter().for_each(|(what, wait)| self.line.later(what, now + wait));
    }
}

/// What of a batch was throttled.
#[derive(Default)]
struct Throttled {
    asked: usize,
    waits: Vec<Duration>,
}

impl Throttled {
    fn note(&mut self, error: Option<&DirectoryError>) {
        self.asked += 1;
        if let Some(DirectoryError::Throttled { resume_in, .. }) = error {
            self.waits.push(*resume_in);
        }
    }
}

enum Turn<A> {
    Waits(Duration),
    Over(A, Fate),
}

/// After which time a whole batch is asked for again; `None` where that changes nothing. `own` is
/// the wait where the service names none.
fn wait_after(error: &DirectoryError, own: Duration) -> Option<Duration> {
    match error {
        DirectoryError::Throttled { resume_in, .. } => Some(*resume_in),
        DirectoryError::Unavailable(_)
        | DirectoryError::Unreachable { .. }
        | DirectoryError::AnswerLost(_)
        | DirectoryError::Garbled { .. } => Some(own),
        _ => None,
    }
}

/// One request for all of them.
struct Batch<A> {
    to: Url,
    name: &'static str,
    asked: Vec<Asked<A>>,
    requests: Vec<Request>,
    repeat: Repeat,
}

impl<A> Batch<A> {
    async fn ask(self, graph: &Graph) -> (Vec<Asked<A>>, Result<Answers, DirectoryError>) {
        let Self { to, name, asked, requests, repeat } = self;
        let answers = match answers(graph, to, name, repeat, &requests).await {
            Ok((answers, token)) => renew(graph, &asked, &answers, &token).await.map(|()| answers),
            Err(error) => Err(error),
        };
        (asked, answers)
    }
}

/// Replaces a token that was refused inside: quietly, or by the operator where that did not do.
async fn renew<A>(
    graph: &Graph,
    asked: &[Asked<A>],
    answers: &Answers,
    token: &Arc<AccessToken>,
) -> Result<(), DirectoryError> {
    let of_person = asked.iter().zip(answers).find_map(|(asked, answer)| {
        answer.as_ref().filter(|answer| needs_operator(graph, asked, answer))
    });
    if let Some(challenge) = of_person.and_then(|answer| answer.challenge.as_deref()) {
        return graph.ask_operator(token, challenge).await;
    }
    let refused = answers.iter().flatten().find(|answer| answer.status == StatusCode::UNAUTHORIZED);
    match refused {
        Some(refused) => graph.renew(token, refused.challenge.as_deref()).await,
        None => Ok(()),
    }
}

/// Whether a renewed token lacks what only the operator can show.
fn needs_operator<A>(graph: &Graph, asked: &Asked<A>, answer: &Answer) -> bool {
    answer.status == StatusCode::UNAUTHORIZED
        && answer.challenge.is_some()
        && asked.was_renewed_once()
        && !graph.is_application()
}

async fn answers(
    graph: &Graph,
    to: Url,
    name: &'static str,
    repeat: Repeat,
    requests: &[Request],
) -> Result<(Answers, Arc<AccessToken>), DirectoryError> {
    let unusable = |error: serde_json::Error| DirectoryError::Options(error.to_string());
    let call = Call {
        method: Method::POST,
        payload: Payload::Json(batch::body(requests).map_err(unusable)?),
        repeat,
        ..Call::get(name, to)
    };
    // A batch as a whole needs nothing but to be signed in.
    let (outer, token) = graph.exchange(&call, super::permission::PASSKEYS).await?;
    let answers = batch::answers(&outer, requests.len(), jiff::Timestamp::now())
        .map_err(|reason| DirectoryError::Garbled { reason, facts: facts_of(&outer) })?;
    Ok((answers, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_asked_for_again_only_where_that_may_help() {
        let (own, named) = (Duration::from_secs(2), Duration::from_secs(30));
        let again = |error: DirectoryError| wait_after(&error, own);
        let facts = Default::default;
        assert_eq!(
            again(DirectoryError::Throttled { resume_in: named, facts: facts() }),
            Some(named)
        );
        assert_eq!(again(DirectoryError::Unavailable(facts())), Some(own));
        assert_eq!(again(DirectoryError::Unreachable { reason: String::new() }), Some(own));
        assert_eq!(again(DirectoryError::NoSecret), None);
        assert_eq!(again(DirectoryError::Forbidden(facts())), None);
        assert_eq!(again(DirectoryError::Refused(facts())), None);
    }
}
