//! Creation options for many people ahead of time: from beta, which lets them live longer than
//! five minutes, twenty in a request, few requests at a time.
//!
//! Asking again is harmless: the state of a challenge is inside it, nothing is kept at the
//! service. So a lost answer is simply asked for again.

use super::super::http::answer::Answer;
use super::super::http::endpoint::segment;
use super::super::http::patience::{Repeat, backoff};
use super::super::http::{Call, Payload, jitter};
use super::super::{Begun, DirectoryError, Ended, Lifetime, PersonId, Tally};
use super::answer::facts_of;
use super::graph::Graph;
use super::line::{self, Asked, Fate, Line, Outcome};
use super::{batch, permission};
use crate::webauthn::CreationOptions;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::{Method, StatusCode};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Requests at the same time.
const IN_FLIGHT: usize = 4;
/// Results that may wait for a slow receiver before no more are asked for.
const READY: usize = batch::MOST;

/// Answers of one batch, in the order of its people.
type Answers = Vec<Option<Answer>>;

pub(super) async fn begin_many(
    graph: &Graph,
    people: Vec<PersonId>,
    lifetime: Lifetime,
    to: mpsc::Sender<Begun>,
) -> Result<Tally, DirectoryError> {
    let mut run = Run::new(graph, people);
    let mut flying = FuturesUnordered::new();
    loop {
        let mut next_turn = None;
        if flying.len() < IN_FLIGHT && run.ready.len() < READY {
            match run.next_batch() {
                Some(people) => {
                    flying.push(ask(graph, people, lifetime));
                    continue;
                }
                None => next_turn = run.next_turn(),
            }
        }
        if flying.is_empty() && run.ready.is_empty() && run.line.is_empty() {
            return Ok(run.tally);
        }
        tokio::select! {
            room = to.reserve(), if !run.ready.is_empty() => match (room, run.ready.pop_front()) {
                (Ok(room), Some(begun)) => room.send(begun),
                _ => return Ok(run.cancelled()),
            },
            Some((people, answers)) = flying.next() => {
                if let Err(error) = run.settle(people, answers) {
                    // What has come is not lost with what has not.
                    for begun in run.ready {
                        if to.send(begun).await.is_err() {
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

/// One run over all people.
struct Run<'a> {
    graph: &'a Graph,
    start: Instant,
    line: Line,
    /// Results the receiver had no room for yet.
    ready: VecDeque<Begun>,
    tally: Tally,
}

impl<'a> Run<'a> {
    fn new(graph: &'a Graph, people: Vec<PersonId>) -> Self {
        let line = Line::new(people);
        let tally = Tally { people: line.len(), asked: 0, batches: 0, ended: Ended::Complete };
        Self { graph, start: Instant::now(), line, ready: VecDeque::new(), tally }
    }

    fn next_batch(&mut self) -> Option<Vec<Asked>> {
        let people = self.line.take(self.start.elapsed(), batch::MOST);
        if people.is_empty() {
            return None;
        }
        self.tally.batches += 1;
        self.tally.asked += people.len();
        Some(people)
    }

    fn next_turn(&self) -> Option<Instant> {
        self.start.checked_add(self.line.next_turn()?)
    }

    fn cancelled(self) -> Tally {
        Tally { ended: Ended::Cancelled, ..self.tally }
    }

    /// Each person's own answer: a result, or another turn.
    ///
    /// # Errors
    /// What another try would not change for anybody.
    fn settle(
        &mut self,
        people: Vec<Asked>,
        answers: Result<Answers, DirectoryError>,
    ) -> Result<(), DirectoryError> {
        let now = self.start.elapsed();
        match answers {
            Ok(answers) => self.settle_each(people, answers, now),
            Err(error) => {
                let tries = people.iter().map(|asked| asked.tries).min().unwrap_or_default() + 1;
                let own = backoff(self.graph.http.limits(), tries, jitter());
                let Some(wait) = wait_after(&error, own) else { return Err(error) };
                for asked in people {
                    if let Turn::Over(person, _) = self.turn(asked, Outcome::PutOff(wait), now) {
                        self.ready.push_back(Begun { person, options: Err(error.clone()) });
                    }
                }
            }
        }
        Ok(())
    }

    fn settle_each(&mut self, people: Vec<Asked>, answers: Answers, now: Duration) {
        let (size, mut throttled) = (people.len(), Vec::new());
        for (asked, answer) in people.into_iter().zip(answers) {
            let outcome = match &answer {
                None => Outcome::Missing,
                Some(Answer { status, retry_after, .. }) => {
                    Outcome::Answer { status: *status, retry_after: *retry_after }
                }
            };
            match self.turn(asked, outcome, now) {
                Turn::Waits(wait) if outcome.is_throttled() => throttled.push(wait),
                Turn::Waits(_) => {}
                Turn::Over(person, fate) => {
                    self.ready.push_back(Begun { person, options: read(self.graph, answer, fate) });
                }
            }
        }
        if let Some(wait) = line::hold_after(size, &throttled) {
            tracing::info!(wait_ms = wait.as_millis(), "most of a batch was throttled");
            self.line.hold(now + wait);
        }
    }

    fn turn(&mut self, mut asked: Asked, outcome: Outcome, now: Duration) -> Turn {
        match line::judge(&mut asked, outcome, self.graph.http.limits(), jitter()) {
            Fate::Again(wait) => {
                self.line.again(asked, now + wait);
                Turn::Waits(wait)
            }
            fate @ (Fate::Settled | Fate::GiveUp { .. }) => Turn::Over(asked.person, fate),
        }
    }
}

enum Turn {
    Waits(Duration),
    Over(PersonId, Fate),
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

/// The result of one person for whom there will be no other answer.
fn read(
    graph: &Graph,
    answer: Option<Answer>,
    fate: Fate,
) -> Result<CreationOptions, DirectoryError> {
    let Some(answer) = answer else {
        let reason = "the batch was answered without this person".to_owned();
        return Err(DirectoryError::Garbled { reason, facts: Default::default() });
    };
    match fate {
        Fate::GiveUp { resume_in } if answer.status == StatusCode::TOO_MANY_REQUESTS => {
            Err(DirectoryError::Throttled { resume_in, facts: facts_of(&answer) })
        }
        Fate::GiveUp { .. } => Err(DirectoryError::Unavailable(facts_of(&answer))),
        _ if answer.status.is_success() => CreationOptions::parse(&answer.body)
            .map_err(|error| DirectoryError::Options(error.to_string())),
        _ => Err(graph.refusal(answer.status, facts_of(&answer), permission::PASSKEYS)),
    }
}

/// One request for all of them.
async fn ask(
    graph: &Graph,
    people: Vec<Asked>,
    lifetime: Lifetime,
) -> (Vec<Asked>, Result<Answers, DirectoryError>) {
    let answers = answers(graph, &people, lifetime).await;
    (people, answers)
}

async fn answers(
    graph: &Graph,
    people: &[Asked],
    lifetime: Lifetime,
) -> Result<Answers, DirectoryError> {
    let urls: Vec<String> =
        people.iter().map(|asked| address(&asked.person, lifetime)).collect::<Result<_, _>>()?;
    let unusable = |error: serde_json::Error| DirectoryError::Options(error.to_string());
    let call = Call {
        method: Method::POST,
        payload: Payload::Json(batch::gets(&urls).map_err(unusable)?),
        repeat: Repeat::Freely,
        ..Call::get("passkeys.begin_many", graph.beta(&["$batch"])?)
    };
    let (outer, token) = graph.exchange(&call, permission::PASSKEYS).await?;
    let answers = batch::answers(&outer, people.len(), jiff::Timestamp::now())
        .map_err(|reason| DirectoryError::Garbled { reason, facts: facts_of(&outer) })?;
    let refused = answers.iter().flatten().find(|answer| answer.status == StatusCode::UNAUTHORIZED);
    if let Some(refused) = refused {
        graph.renew(&token, refused.challenge.as_deref()).await?;
    }
    Ok(answers)
}

/// In the documented form; relative to the version's root, as a batch wants it.
fn address(person: &PersonId, lifetime: Lifetime) -> Result<String, DirectoryError> {
    let (person, minutes) = (segment(&person.0)?, lifetime.minutes());
    Ok(format!(
        "/users/{person}/authentication/fido2Methods/creationOptions(challengeTimeoutInMinutes={minutes})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_stays_one_segment_of_the_address() {
        let address = |id: &str| address(&PersonId(id.into()), Lifetime::LONGEST);
        assert_eq!(
            address("a/b#EXT#@l.example").unwrap(),
            "/users/a%2Fb%23EXT%23%40l.example/authentication/fido2Methods/creationOptions(challengeTimeoutInMinutes=43200)"
        );
        assert!(address("..").is_err());
    }

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
