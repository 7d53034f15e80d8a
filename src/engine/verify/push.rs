//! A check by a question on the person's phone.

use super::check::{CheckBase, End, wish_or_cancel};
use super::event::{CheckState, Sent};
use super::life::span;
use super::links::no_chance;
use super::live::CheckWish;
use super::reading::ours;
use crate::problem::{Explain, Problem};
use crate::services::ServiceError;
use crate::services::messaging::{Asked, PushAnswer, PushService, PushTarget, PushWish};
use crate::verify::Outcome;
use jiff::Timestamp;
use tokio::sync::mpsc;

/// Looks in a row that may fail.
const FAILED_LOOKS: u32 = 3;

/// The check with whom it asks.
pub(super) struct PushCheck {
    pub base: CheckBase,
    pub target: PushTarget,
    pub company: String,
    pub wishes: mpsc::Receiver<CheckWish>,
}

impl PushCheck {
    pub async fn run(mut self) {
        let word = match word(getrandom::u32()) {
            Ok(word) => word,
            Err(problem) => return self.base.refuse(problem).await,
        };
        self.base.shown.word = Some(word.clone());
        self.base.tell().await;
        if let Err(problem) = self.look_again().await {
            return self.base.refuse(problem).await;
        }
        let target = self.target.0.clone();
        if let Err(problem) = self.base.begin(Some(target)).await {
            return self.base.refuse(problem).await;
        }
        let asked = match self.ask(word).await {
            Ok(asked) => asked,
            Err(end) => return self.base.end(end).await,
        };
        let end = self.wait(&asked).await;
        self.base.end(end).await;
    }

    fn push(&self) -> Result<&dyn PushService, End> {
        let push = self.base.services.push.as_deref();
        push.ok_or_else(|| End::because(Outcome::Failed, no_push()))
    }

    /// Other stations' checks, as they are now.
    async fn look_again(&mut self) -> Result<(), Problem> {
        self.base.may_send().await?;
        let ports = &self.base.ports;
        let push = self.base.services.push.as_deref().ok_or_else(no_push)?;
        let ours = ours(ports).await;
        let (is_busy, came) =
            tokio::join!(push.is_busy(&self.target, &ours), self.base.claim(ports.patience.push));
        self.base.claimed(came)?;
        // Where that can't be told now, the asking itself will fail.
        if is_busy.unwrap_or(false) { Err(busy_phone()) } else { Ok(()) }
    }

    async fn ask(&mut self, word: String) -> Result<Asked, End> {
        let patience = self.base.ports.patience;
        let own_end = self.push()?.own_end();
        let ends = Timestamp::now() + span(patience.push);
        let wish = PushWish {
            company: self.company.clone(),
            agent: self.base.ports.tenant.who.name.clone(),
            ticket: self.base.of.ticket.map(|ticket| ticket.to_string()),
            word,
            ends,
        };
        let asked = self.push()?.ask(&self.target, &wish).await;
        let asked = asked.map_err(|error| not_asked(&error))?;
        self.base.keep_service_id(asked.id.clone()).await;
        let lives = own_end.unwrap_or(patience.push).min(patience.push);
        // An answer of its last moment is still heard.
        let heard = own_end.map_or(lives, |own| (own + patience.push_poll * 2).min(patience.push));
        self.base.lasts(heard);
        self.base.shown.ends_at = Timestamp::now() + span(lives);
        self.base.shown.state = CheckState::Waiting;
        self.base.step(Sent::Asked);
        self.base.tell().await;
        Ok(asked)
    }

    async fn wait(&mut self, asked: &Asked) -> End {
        let mut failed = 0;
        loop {
            let poll = self.base.ports.patience.push_poll;
            tokio::select! {
                biased;
                wish = self.wishes.recv() => {
                    // Digits and another text belong to texts.
                    if matches!(wish_or_cancel(wish), CheckWish::Cancel) {
                        return self.given_up(asked, Outcome::Cancelled).await;
                    }
                }
                () = tokio::time::sleep(self.base.left()) => {
                    return self.given_up(asked, Outcome::Expired).await;
                }
                // The timers stood still while the computer slept.
                () = tokio::time::sleep(poll), if self.base.is_late() => {
                    return self.given_up(asked, Outcome::Expired).await;
                }
                () = tokio::time::sleep(poll) => match self.look(asked).await {
                    Ok(Some(end)) => return end,
                    Ok(None) => failed = 0,
                    Err(error) => {
                        failed += 1;
                        if failed > FAILED_LOOKS || !error.passes() {
                            let end = self.given_up(asked, Outcome::Failed).await;
                            return End { problem: Some(error.problem()), ..end };
                        }
                        self.base.shown.remark = Some(error.problem());
                        self.base.tell().await;
                    }
                },
            }
        }
    }

    async fn look(&mut self, asked: &Asked) -> Result<Option<End>, ServiceError> {
        let Ok(push) = self.push() else {
            return Ok(Some(End::because(Outcome::Failed, no_push())));
        };
        let answer = push.answer(asked).await?;
        if self.base.clear_remark() {
            self.base.tell().await;
        }
        Ok(match answer {
            PushAnswer::Waiting => None,
            PushAnswer::Approved => Some(End::of(Outcome::Verified)),
            PushAnswer::Denied => Some(End::of(Outcome::Denied)),
            PushAnswer::NotMe => Some(End::of(Outcome::NotMe)),
            PushAnswer::Expired => Some(End::of(Outcome::Expired)),
        })
    }

    /// A late tap approves nothing: the request is ended where the service can.
    async fn given_up(&self, asked: &Asked, outcome: Outcome) -> End {
        let Ok(push) = self.push() else { return End::of(outcome) };
        let taken_back = push.cancel(asked).await;
        match (taken_back, push.can_cancel()) {
            (Ok(()), _) => End::of(outcome),
            // It ended there by itself at the same time.
            (Err(_), false) if outcome == Outcome::Expired => End::of(outcome),
            (Err(_), false) => End::because(outcome, still_there(push.kind().name())),
            (Err(error), true) => End::because(
                outcome,
                Problem {
                    what: "The question may still be on the person's phone".into(),
                    next: "Ask the person to deny it".into(),
                    ..error.problem()
                },
            ),
        }
    }
}

fn still_there(service: &str) -> Problem {
    Problem {
        what: format!("{service} takes no question back: it stays on the phone until it ends"),
        next: "Ask the person to deny it; an answer changes nothing here".into(),
        details: Vec::new(),
    }
}

/// Two digits out of chance.
fn word(random: Result<u32, getrandom::Error>) -> Result<String, Problem> {
    let random = random.map_err(|_| no_chance())?;
    Ok(format!("{:02}", random % 100))
}

fn not_asked(error: &ServiceError) -> End {
    let problem = match error {
        ServiceError::AnswerLost { .. } => Problem {
            what: format!(
                "No answer came from {}: a question may be on the phone",
                error.service()
            ),
            next: "It does not count: ask the person to deny it, then ask again".into(),
            ..error.problem()
        },
        _ => error.problem(),
    };
    End::because(Outcome::Failed, problem)
}

fn busy_phone() -> Problem {
    Problem {
        what: "Another question waits on this caller's phone, perhaps from another station".into(),
        next: "Let it end there, or wait two minutes".into(),
        details: Vec::new(),
    }
}

fn no_push() -> Problem {
    Problem {
        what: "No service for push approval is set up for this tenant".into(),
        next: "Set one up under Settings, Verify".into(),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_come_out_of_chance_or_nobody_is_asked() {
        assert_eq!(word(Ok(4_207)).as_deref(), Ok("07"));
        let refused = word(Err(getrandom::Error::UNSUPPORTED)).unwrap_err();
        assert!(refused.what.contains("no random numbers"), "{refused}");
    }
}
