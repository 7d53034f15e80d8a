//! A check by a code in a text message.

use super::check::{CheckBase, End, wish_or_cancel};
use super::event::{CheckState, Sent};
use super::life::span;
use super::live::CheckWish;
use super::reading::{busy, mobile_of, no_number, ours, phones_of};
use super::stations::{ClaimCame, Claimed};
use crate::phones::PhoneNumber;
use crate::problem::{Explain, Problem};
use crate::services::ServiceError;
use crate::services::messaging::{Checked, CodeService, SentCode, SmsText};
use crate::verify::{Delivery, Digits, Outcome, look_pause};
use jiff::Timestamp;
use tokio::sync::mpsc;

/// The check with what it sends.
pub(super) struct CodeCheck {
    pub base: CheckBase,
    /// As it was read when the person was chosen.
    pub number: PhoneNumber,
    /// No other station's code to it was known a moment ago.
    pub is_alone: bool,
    pub text: SmsText,
    pub wishes: mpsc::Receiver<CheckWish>,
}

/// Why no other text is known to be on its way.
enum Unsent {
    Not(Problem),
    Perhaps(End),
}

/// What happens while a check waits.
enum Happens {
    Wish(CheckWish),
    Looked(Result<Delivery, ServiceError>),
    /// Another station's code is out: it was sent while this one was.
    OtherStation,
    TimeIsUp,
}

/// Looks at how far the text is.
#[derive(Default)]
struct Looks {
    made: u32,
    /// What the last one remarked.
    remarked: Option<Problem>,
}

impl CodeCheck {
    pub async fn run(mut self) {
        self.base.tell().await;
        if let Err(problem) = self.look_again().await {
            return self.base.refuse(problem).await;
        }
        if let Err(problem) = self.base.begin(None).await {
            return self.base.refuse(problem).await;
        }
        let sent = match self.send().await {
            Ok(sent) => sent,
            Err(end) => return self.base.end(end).await,
        };
        let end = self.wait(sent).await;
        self.base.end(end).await;
    }

    fn codes(&self) -> Result<&dyn CodeService, Problem> {
        self.base.services.codes.as_deref().ok_or_else(no_codes)
    }

    /// The number is read anew, and other stations' checks: what was looked at is what is used. One
    /// call to the directory and, where a claim or a fresh look tells of other stations, none to the
    /// texts' service.
    async fn look_again(&mut self) -> Result<(), Problem> {
        self.base.shown.tries = self.base.may_send().await?;
        let ports = &self.base.ports;
        let is_shared = self.base.services.shared.is_some();
        let (phones, is_busy, came) = tokio::join!(
            async {
                phones_of(ports)?.phones(&self.base.of.person.id).await.map_err(|e| e.problem())
            },
            async { if is_shared { Ok(false) } else { self.is_busy().await } },
            self.base.claim(ports.patience.code),
        );
        let is_unseen = is_shared && !matches!(came, ClaimCame::Taken);
        self.base.claimed(came)?;
        match mobile_of(&phones?) {
            Ok(number) if number == self.number => {}
            Ok(_) => return Err(changed()),
            Err(why) => return Err(no_number(why)),
        }
        let is_busy = if is_unseen { self.is_busy().await } else { is_busy };
        if is_busy? { Err(busy()) } else { Ok(()) }
    }

    /// Whether the service knows of another station's code. Where that can't be told now, the
    /// sending itself will fail.
    async fn is_busy(&self) -> Result<bool, Problem> {
        if self.is_alone {
            return Ok(false);
        }
        let ours = ours(&self.base.ports).await;
        Ok(self.codes()?.is_busy(&self.number, &ours).await.unwrap_or(false))
    }

    async fn send(&mut self) -> Result<SentCode, End> {
        let codes = self.codes().map_err(|problem| End::because(Outcome::Failed, problem))?;
        let sent = codes.send(&self.number, &self.text).await.map_err(|error| not_sent(&error))?;
        if sent.shared {
            return Err(End::because(Outcome::Failed, busy()));
        }
        self.waits(&sent).await;
        Ok(sent)
    }

    /// Once more; that nothing was sent ends nothing.
    async fn send_text(&self) -> Result<SentCode, Unsent> {
        let codes = self.codes().map_err(Unsent::Not)?;
        let sent = codes.send(&self.number, &self.text).await;
        sent.map_err(|error| match error {
            ServiceError::AnswerLost { .. } => Unsent::Perhaps(not_sent(&error)),
            error => Unsent::Not(error.problem()),
        })
    }

    /// A text is on its way: its code counts from now on.
    async fn waits(&mut self, sent: &SentCode) {
        self.base.keep_service_id(sent.id.clone()).await;
        let now = Timestamp::now();
        let patience = self.base.ports.patience;
        self.base.lasts(patience.code);
        self.base.shown.again_from = Some(now + span(patience.again));
        self.base.shown.state = CheckState::Waiting;
        self.base.step(Sent::Text(sent.delivery));
        self.base.tell().await;
    }

    /// Until an end is known.
    async fn wait(&mut self, mut sent: SentCode) -> End {
        let mut looks = Looks::default();
        loop {
            let end = match self.next(&sent, looks.made).await {
                Happens::TimeIsUp => Some(self.time_is_up()),
                Happens::OtherStation => Some(End::because(Outcome::Failed, busy())),
                Happens::Looked(delivery) => {
                    self.is_alone = false;
                    self.looked(delivery, &mut looks).await;
                    None
                }
                Happens::Wish(CheckWish::Cancel) => Some(self.cancelled()),
                Happens::Wish(CheckWish::Try(digits)) => self.tried(&sent, &digits).await,
                Happens::Wish(CheckWish::Again) => {
                    looks.made = 0;
                    self.again(&mut sent).await
                }
            };
            if let Some(end) = end {
                self.forget(&sent, &end).await;
                return end;
            }
        }
    }

    /// A look that takes its time is left for whatever is wished meanwhile.
    async fn next(&mut self, sent: &SentCode, looks: u32) -> Happens {
        let is_known =
            self.last_delivery().is_some_and(is_final) || sent.delivery == Delivery::Untold;
        // Nobody told of other stations since the click; the service's own codes tell by themselves.
        let is_unseen = self.is_alone && sent.hash.is_some() && self.base.claimed != Claimed::Yes;
        let Self { base, wishes, number, .. } = self;
        let look = async {
            tokio::time::sleep(look_pause(looks, base.ports.patience.poll)).await;
            let Some(codes) = base.services.codes.as_deref() else {
                return Happens::Looked(Ok(Delivery::Untold));
            };
            if is_unseen && codes.is_busy(number, &ours(&base.ports).await).await.unwrap_or(false) {
                return Happens::OtherStation;
            }
            Happens::Looked(codes.delivery(sent).await)
        };
        tokio::select! {
            biased;
            wish = wishes.recv() => Happens::Wish(wish_or_cancel(wish)),
            () = tokio::time::sleep(base.left()) => Happens::TimeIsUp,
            looked = look, if !is_known => looked,
        }
    }

    fn last_delivery(&self) -> Option<Delivery> {
        match self.base.shown.steps.last().map(|step| step.what) {
            Some(Sent::Text(delivery)) => Some(delivery),
            _ => None,
        }
    }

    /// How far the text is; that it can't be told is no end.
    async fn looked(&mut self, delivery: Result<Delivery, ServiceError>, looks: &mut Looks) {
        looks.made = looks.made.saturating_add(1);
        match delivery {
            Ok(delivery) => {
                let moves = self.base.step(Sent::Text(delivery));
                // What else was remarked stays, such as a limit.
                let told = looks.remarked.take();
                let stale =
                    told.is_some() && told == self.base.shown.remark && self.base.clear_remark();
                if moves || stale {
                    self.base.tell().await;
                }
            }
            // Nobody here can do anything about it; a later look tells.
            Err(ServiceError::Throttled { .. }) => {}
            Err(error) => {
                let problem = error.problem();
                looks.remarked = Some(problem.clone());
                if self.base.shown.remark.as_ref() != Some(&problem) {
                    self.base.shown.remark = Some(problem);
                    self.base.tell().await;
                }
            }
        }
    }

    fn cancelled(&self) -> End {
        match self.last_delivery() {
            Some(Delivery::Failed(why)) => End::because(Outcome::NotDelivered, not_delivered(why)),
            _ => End::of(Outcome::Cancelled),
        }
    }

    fn time_is_up(&self) -> End {
        match self.last_delivery() {
            Some(Delivery::Failed(why)) => End::because(Outcome::NotDelivered, not_delivered(why)),
            _ => End::of(Outcome::Expired),
        }
    }

    async fn tried(&mut self, sent: &SentCode, digits: &Digits) -> Option<End> {
        if self.base.is_late() {
            return Some(self.time_is_up());
        }
        self.base.shown.state = CheckState::Checking;
        self.base.clear_remark();
        self.base.tell().await;
        let checked = match self.codes() {
            Ok(codes) => codes.check(sent, digits).await,
            Err(problem) => return Some(End::because(Outcome::Failed, problem)),
        };
        // A code that came in time and was answered late counts by when it was asked about.
        let end = match checked {
            Ok(Checked::Right) => {
                self.base.attempts += 1;
                Some(End::of(Outcome::Verified))
            }
            Ok(Checked::Wrong) => self.wrong().await,
            Ok(Checked::Gone) => Some(End::because(Outcome::Expired, gone())),
            Err(error) => {
                self.base.shown.remark = Some(unanswered(&error));
                None
            }
        };
        if end.is_none() {
            self.base.shown.state = CheckState::Waiting;
            self.base.tell().await;
        }
        end
    }

    async fn wrong(&mut self) -> Option<End> {
        self.base.attempts += 1;
        match self.base.wrong_code().await {
            Ok(true) => None,
            Ok(false) => Some(End::of(Outcome::WrongCode)),
            Err(problem) => Some(End::because(Outcome::Failed, problem)),
        }
    }

    /// The text once more, within the limits and not too soon; wrong tries stay counted. Whoever
    /// asked is answered, whatever comes of it.
    async fn again(&mut self, sent: &mut SentCode) -> Option<End> {
        let is_early = self.base.shown.again_from.is_none_or(|from| Timestamp::now() < from);
        if is_early {
            self.base.tell().await;
            return None;
        }
        if let Err(problem) = self.look_again_for_more().await {
            self.base.shown.remark = Some(problem);
            self.base.tell().await;
            return None;
        }
        self.base.clear_remark();
        self.base.shown.state = CheckState::Sending;
        self.base.tell().await;
        let check = self.base.of.id;
        let now = Timestamp::now();
        let noted =
            self.base.ports.journal.call(move |journal| journal.sent_again(check, now)).await;
        if let Err(error) = noted {
            return Some(End::because(Outcome::Failed, error.problem()));
        }
        let earlier = sent.id.clone();
        match self.send_text().await {
            Ok(newer) if newer.shared => Some(End::because(Outcome::Failed, busy())),
            Ok(newer) => {
                self.waits(&newer).await;
                *sent = newer;
                if sent.id != earlier {
                    self.end_at_service(&earlier).await;
                }
                None
            }
            // Nothing was sent: the text before still counts.
            Err(Unsent::Not(problem)) => {
                self.base.shown.state = CheckState::Waiting;
                self.base.shown.remark = Some(problem);
                self.base.tell().await;
                None
            }
            Err(Unsent::Perhaps(end)) => Some(end),
        }
    }

    async fn look_again_for_more(&mut self) -> Result<(), Problem> {
        self.base.may_send().await?;
        let directory = phones_of(&self.base.ports)?;
        let (phones, came) = tokio::join!(
            directory.phones(&self.base.of.person.id),
            self.base.claim(self.base.ports.patience.code)
        );
        self.base.claimed(came)?;
        match mobile_of(&phones.map_err(|error| error.problem())?) {
            Ok(number) if number == self.number => Ok(()),
            Ok(_) => Err(changed()),
            Err(why) => Err(no_number(why)),
        }
    }

    /// The code counts no more at the service.
    async fn forget(&self, sent: &SentCode, end: &End) {
        // The service's own verification is over with the right code, and with too many wrong ones.
        let is_over = sent.hash.is_none() && matches!(end.outcome, Outcome::Verified);
        if !is_over {
            self.end_at_service(&sent.id).await;
        }
    }

    async fn end_at_service(&self, id: &str) {
        let Ok(codes) = self.codes() else { return };
        if let Err(error) = codes.end(id).await {
            tracing::info!(service = error.service(), "a code could not be ended at its service");
        }
    }
}

fn is_final(delivery: Delivery) -> bool {
    matches!(delivery, Delivery::Delivered | Delivery::Failed(_) | Delivery::Untold)
}

fn not_sent(error: &ServiceError) -> End {
    match error {
        ServiceError::NotText { .. } => End::because(Outcome::NotDelivered, error.problem()),
        ServiceError::AnswerLost { .. } => {
            let next = "Its code does not count: send another one".to_owned();
            End::because(
                Outcome::Failed,
                Problem {
                    what: format!(
                        "No answer came from {}: a text may be on its way",
                        error.service()
                    ),
                    next,
                    ..error.problem()
                },
            )
        }
        _ => End::because(Outcome::Failed, error.problem()),
    }
}

fn not_delivered(why: crate::verify::NotDelivered) -> Problem {
    Problem { what: why.what().into(), next: why.next().into(), details: Vec::new() }
}

fn unanswered(error: &ServiceError) -> Problem {
    match error {
        ServiceError::AnswerLost { .. } => Problem {
            what: format!("No answer came from {} about this code", error.service()),
            next: "Type it once more; if it counts no more, send another one".into(),
            ..error.problem()
        },
        _ => error.problem(),
    }
}

fn gone() -> Problem {
    Problem {
        what: "The service says that this code counts no more".into(),
        next: "Send another one".into(),
        details: Vec::new(),
    }
}

fn changed() -> Problem {
    Problem {
        what: "The registered number changed since the person was looked at; nothing was sent"
            .into(),
        next: "Look at the warnings, then decide again".into(),
        details: Vec::new(),
    }
}

fn no_codes() -> Problem {
    Problem {
        what: "No service for texts is set up for this tenant".into(),
        next: "Set one up under Settings, Verify".into(),
        details: Vec::new(),
    }
}
