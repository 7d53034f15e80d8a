//! What one change needs next: a look, a write, or nothing more. Pure: waits are told, time and
//! chance are passed in.
//!
//! ```text
//! look ─► as before? ─► write ─► taken ─► look ─► as wanted ─► written
//!   ▲                     │                └► not yet ─► look a few times more
//!   └── after a wait ◄────┴─ throttled, lost, refused
//! ```
//! Every write is preceded by a look, so one that was lost or put off is never sent blindly: what
//! another program did meanwhile is seen first.

use super::super::super::DirectoryError;
use super::super::super::http::Limits;
use super::super::super::http::patience::backoff;
use super::super::super::phones::{ChangeOutcome, PhoneChange};
use super::super::line::{self, Asked, Fate, Outcome};
use crate::phones::{NumberText, PhoneNumber};
use reqwest::StatusCode;
use std::time::Duration;

/// Looks at what was taken; a directory's copies follow within seconds.
const LOOKS: u32 = 6;
/// The first of the waits between them, as a part of the usual first wait.
const SOONER: u32 = 8;

/// One change under way.
pub(super) struct Row {
    pub change: PhoneChange,
    effect: Effect,
    /// Why the last write was refused, until a look tells what that means.
    refusal: Option<DirectoryError>,
    looks_after: u32,
    writes: Asked<()>,
}

/// What is known of a write's effect.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// There was none, or every one was refused.
    None,
    /// One may have been sent before this row was begun.
    Before,
    /// One was sent, and its answer is lost.
    Perhaps,
    /// One was taken.
    Taken,
}

/// What is next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    LookAfter(Duration),
    Write,
    Over(ChangeOutcome),
    /// Nothing was sent, and the service is not there: not for this row, nor for any other.
    Outage(DirectoryError),
}

impl Row {
    pub fn new(change: PhoneChange) -> Self {
        let effect = if change.perhaps { Effect::Before } else { Effect::None };
        Self { change, effect, refusal: None, looks_after: 0, writes: Asked::new(()) }
    }

    /// After a look: this is registered now, or why that is not known.
    pub fn looked(
        &mut self,
        now: Result<Option<NumberText>, DirectoryError>,
        limits: &Limits,
        jitter: f64,
    ) -> Step {
        let now = match now {
            Ok(now) => now,
            Err(error) => return self.unseen(error),
        };
        if is(now.as_ref(), self.change.after.as_ref()) {
            return Step::Over(match self.effect {
                Effect::None | Effect::Before => ChangeOutcome::AlreadySo,
                Effect::Perhaps | Effect::Taken => ChangeOutcome::Written,
            });
        }
        if self.effect == Effect::Taken {
            return self.look_again(limits, jitter).unwrap_or(ChangeOutcome::NotTaken { now });
        }
        if !is(now.as_ref(), self.change.before.as_ref()) {
            return Step::Over(ChangeOutcome::ChangedMeanwhile { now });
        }
        match (self.refusal.take(), self.effect) {
            (None, _) => Step::Write,
            (Some(error), Effect::Before | Effect::Perhaps) => {
                // Perhaps it is refused because the one before was taken after all.
                let over = ChangeOutcome::Failed(error.clone());
                self.refusal = Some(error);
                self.look_again(limits, jitter).unwrap_or(over)
            }
            (Some(error), _) => Step::Over(ChangeOutcome::Failed(error)),
        }
    }

    /// After a write.
    pub fn wrote(
        &mut self,
        answer: Result<(), DirectoryError>,
        limits: &Limits,
        jitter: f64,
    ) -> Step {
        use DirectoryError as E;
        let Err(error) = answer else {
            self.effect = Effect::Taken;
            return Step::LookAfter(Duration::ZERO);
        };
        match &error {
            E::Throttled { resume_in, .. } => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                let outcome = Outcome::Answer { status, retry_after: Some(*resume_in) };
                self.wait(outcome, error, limits, jitter)
            }
            E::Unreachable { .. } => self.wait(Outcome::Missing, error, limits, jitter),
            E::AnswerLost(_) | E::Garbled { .. } | E::Unavailable(_) => {
                self.effect = Effect::Perhaps;
                self.wait(Outcome::Missing, error, limits, jitter)
            }
            E::Forbidden(_) if self.effect == Effect::None => {
                Step::Over(ChangeOutcome::Failed(error))
            }
            _ => {
                self.refusal = Some(error);
                Step::LookAfter(Duration::ZERO)
            }
        }
    }

    /// A wait before the look that precedes the next write; the end where there were too many.
    fn wait(
        &mut self,
        outcome: Outcome,
        error: DirectoryError,
        limits: &Limits,
        jitter: f64,
    ) -> Step {
        match line::judge(&mut self.writes, outcome, limits, jitter) {
            Fate::Again(wait) => Step::LookAfter(wait),
            Fate::Settled | Fate::GiveUp { .. } => self.unseen(error),
        }
    }

    fn look_again(&mut self, limits: &Limits, jitter: f64) -> LookAgain {
        self.looks_after += 1;
        let wait = backoff(limits, self.looks_after, jitter) / SOONER;
        LookAgain((self.looks_after < LOOKS).then_some(wait))
    }

    /// The end where what is there now is not known.
    fn unseen(&mut self, error: DirectoryError) -> Step {
        match (self.effect, self.refusal.take()) {
            (Effect::None, Some(refusal)) => Step::Over(ChangeOutcome::Failed(refusal)),
            (Effect::None, None) if is_outage(&error) => Step::Outage(error),
            (Effect::None, None) => Step::Over(ChangeOutcome::Failed(error)),
            (Effect::Before | Effect::Perhaps | Effect::Taken, _) => {
                Step::Over(ChangeOutcome::Unsure(error))
            }
        }
    }
}

/// Whether it says something of the service, and nothing of what was asked.
fn is_outage(error: &DirectoryError) -> bool {
    use DirectoryError as E;
    matches!(
        error,
        E::Unreachable { .. } | E::Unavailable(_) | E::AnswerLost(_) | E::Garbled { .. }
    )
}

/// The wait before another look, if there may be one.
struct LookAgain(Option<Duration>);

impl LookAgain {
    fn unwrap_or(self, outcome: ChangeOutcome) -> Step {
        self.0.map_or(Step::Over(outcome), Step::LookAfter)
    }
}

/// Whether what is registered is this number, in whole; or neither is.
fn is(now: Option<&NumberText>, number: Option<&PhoneNumber>) -> bool {
    match (now, number) {
        (None, None) => true,
        (Some(now), Some(number)) => {
            now.expose() == number.entra()
                || PhoneNumber::from_international(now).as_ref() == Ok(number)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{CallFacts, PersonId};
    use crate::phones::PhoneKind;

    const MIDDLE: f64 = 0.5;
    const AT_ONCE: Step = Step::LookAfter(Duration::ZERO);

    fn text(last: u32) -> NumberText {
        NumberText::new(format!("+46 7017406{last:02}"))
    }

    fn number(last: u32) -> Option<PhoneNumber> {
        PhoneNumber::from_international(&text(last)).ok()
    }

    /// From the number that ends with 12 to the one with 58.
    struct Bench(Row);

    impl Bench {
        fn new() -> Self {
            Self::of(number(12), number(58))
        }

        fn of(before: Option<PhoneNumber>, after: Option<PhoneNumber>) -> Self {
            let person = PersonId("p".into());
            let kind = PhoneKind::Mobile;
            let perhaps = false;
            Self(Row::new(PhoneChange { place: 7, person, kind, before, after, perhaps }))
        }

        /// One that an earlier call may have written.
        fn of_before() -> Self {
            let Row { change, .. } = Self::new().0;
            Self(Row::new(PhoneChange { perhaps: true, ..change }))
        }

        fn sees(&mut self, last: u32) -> Step {
            self.0.looked(Ok(Some(text(last))), &Limits::default(), MIDDLE)
        }

        fn sees_none(&mut self) -> Step {
            self.0.looked(Ok(None), &Limits::default(), MIDDLE)
        }

        fn is_blind(&mut self, error: DirectoryError) -> Step {
            self.0.looked(Err(error), &Limits::default(), MIDDLE)
        }

        fn writes(&mut self, answer: Result<(), DirectoryError>) -> Step {
            self.0.wrote(answer, &Limits::default(), MIDDLE)
        }
    }

    fn facts(status: u16) -> CallFacts {
        CallFacts { status: Some(status), ..CallFacts::default() }
    }

    fn lost() -> DirectoryError {
        DirectoryError::AnswerLost(facts(504))
    }

    fn refused() -> DirectoryError {
        DirectoryError::Refused(facts(400))
    }

    fn throttled(seconds: u64) -> DirectoryError {
        DirectoryError::Throttled {
            resume_in: Duration::from_secs(seconds),
            facts: CallFacts::default(),
        }
    }

    fn over(outcome: ChangeOutcome) -> Step {
        Step::Over(outcome)
    }

    fn waits(step: &Step) -> bool {
        matches!(step, Step::LookAfter(wait) if !wait.is_zero())
    }

    #[test]
    fn a_change_is_looked_at_written_and_looked_at_again() {
        let mut row = Bench::new();
        assert_eq!(row.sees(12), Step::Write);
        assert_eq!(row.writes(Ok(())), AT_ONCE);
        assert_eq!(row.sees(58), over(ChangeOutcome::Written));
        let mut row = Bench::of(None, number(58));
        assert_eq!(row.sees_none(), Step::Write);
        let mut row = Bench::of(number(12), None);
        assert_eq!(row.sees(12), Step::Write);
        assert_eq!(row.writes(Ok(())), AT_ONCE);
        assert_eq!(row.sees_none(), over(ChangeOutcome::Written));
    }

    #[test]
    fn what_is_so_already_is_not_written_and_what_somebody_else_wrote_is_left() {
        assert_eq!(Bench::new().sees(58), over(ChangeOutcome::AlreadySo));
        let now = Some(text(99));
        assert_eq!(Bench::new().sees(99), over(ChangeOutcome::ChangedMeanwhile { now }));
        assert_eq!(Bench::new().sees_none(), over(ChangeOutcome::ChangedMeanwhile { now: None }));
        let mut adding = Bench::of(None, number(58));
        let now = Some(text(12));
        assert_eq!(adding.sees(12), over(ChangeOutcome::ChangedMeanwhile { now }));
    }

    #[test]
    fn a_hidden_number_is_not_the_one_that_ends_so_and_another_writing_is_the_same() {
        let mut row = Bench::new();
        let masked = Some(NumberText::new("XXXXXXXX12"));
        let step = row.0.looked(Ok(masked.clone()), &Limits::default(), MIDDLE);
        assert_eq!(step, over(ChangeOutcome::ChangedMeanwhile { now: masked }));
        let dense = Some(NumberText::new("+46701740612"));
        assert_eq!(row.0.looked(Ok(dense), &Limits::default(), MIDDLE), Step::Write);
    }

    #[test]
    fn a_lost_write_that_took_effect_is_not_repeated_and_one_that_did_not_is() {
        let mut row = Bench::new();
        assert_eq!(row.sees(12), Step::Write);
        assert!(waits(&row.writes(Err(lost()))));
        assert_eq!(row.sees(58), over(ChangeOutcome::Written));
        let mut row = Bench::new();
        row.sees(12);
        row.writes(Err(lost()));
        assert_eq!(row.sees(12), Step::Write);
        assert_eq!(row.writes(Ok(())), AT_ONCE);
        assert_eq!(row.sees(58), over(ChangeOutcome::Written));
    }

    #[test]
    fn what_another_wrote_while_a_write_was_lost_or_put_off_is_left() {
        for error in [lost(), throttled(30)] {
            let mut row = Bench::new();
            row.sees(12);
            assert!(waits(&row.writes(Err(error))));
            let now = Some(text(99));
            assert_eq!(row.sees(99), over(ChangeOutcome::ChangedMeanwhile { now }));
        }
    }

    #[test]
    fn a_repetition_that_is_refused_for_a_copy_that_lags_is_looked_at_again() {
        let mut row = Bench::of(None, number(58));
        row.sees_none();
        row.writes(Err(lost()));
        assert_eq!(row.sees_none(), Step::Write, "the copy lags");
        assert_eq!(row.writes(Err(refused())), AT_ONCE, "there is one of this kind");
        assert!(waits(&row.sees_none()));
        assert_eq!(row.sees(58), over(ChangeOutcome::Written));
    }

    #[test]
    fn a_refusal_is_told_unless_a_look_explains_it() {
        let mut row = Bench::new();
        row.sees(12);
        assert_eq!(row.writes(Err(refused())), AT_ONCE);
        assert_eq!(row.sees(12), over(ChangeOutcome::Failed(refused())));
        let mut row = Bench::of(None, number(58));
        row.sees_none();
        row.writes(Err(refused()));
        let now = Some(text(99));
        assert_eq!(row.sees(99), over(ChangeOutcome::ChangedMeanwhile { now }));
        let mut row = Bench::new();
        row.sees(12);
        row.writes(Err(refused()));
        let gone = || DirectoryError::NotFound(facts(404));
        assert_eq!(row.is_blind(gone()), over(ChangeOutcome::Failed(refused())));
        let forbidden = || DirectoryError::Forbidden(facts(403));
        let mut row = Bench::new();
        row.sees(12);
        assert_eq!(row.writes(Err(forbidden())), over(ChangeOutcome::Failed(forbidden())));
    }

    #[test]
    fn what_was_taken_and_cannot_be_read_is_unsure_and_what_was_not_sent_has_failed() {
        let gone = || DirectoryError::NotFound(facts(404));
        assert_eq!(Bench::new().is_blind(gone()), over(ChangeOutcome::Failed(gone())));
        let mut row = Bench::new();
        row.sees(12);
        row.writes(Ok(()));
        assert_eq!(row.is_blind(gone()), over(ChangeOutcome::Unsure(gone())));
        let mut row = Bench::new();
        row.sees(12);
        row.writes(Err(lost()));
        assert_eq!(row.is_blind(gone()), over(ChangeOutcome::Unsure(gone())));
    }

    #[test]
    fn what_may_have_been_written_before_is_unsure_until_it_is_read() {
        let gone = || DirectoryError::NotFound(facts(404));
        assert_eq!(Bench::of_before().is_blind(gone()), over(ChangeOutcome::Unsure(gone())));
        assert_eq!(Bench::of_before().is_blind(lost()), over(ChangeOutcome::Unsure(lost())));
        assert_eq!(Bench::of_before().sees(58), over(ChangeOutcome::AlreadySo));
        let now = Some(text(99));
        assert_eq!(Bench::of_before().sees(99), over(ChangeOutcome::ChangedMeanwhile { now }));
        let mut row = Bench::of_before();
        assert_eq!(row.sees(12), Step::Write);
        let forbidden = || DirectoryError::Forbidden(facts(403));
        assert_eq!(row.writes(Err(forbidden())), AT_ONCE, "the one before may be there");
        assert_eq!(row.is_blind(gone()), over(ChangeOutcome::Unsure(gone())));
        let mut row = Bench::of_before();
        row.sees(12);
        row.writes(Err(lost()));
        assert_eq!(row.sees(58), over(ChangeOutcome::Written));
    }

    #[test]
    fn a_service_that_is_not_there_fails_no_row_that_was_not_sent() {
        let unreachable = || DirectoryError::Unreachable { reason: String::new() };
        let down = || DirectoryError::Unavailable(facts(503));
        let garbled = || DirectoryError::Garbled { reason: String::new(), facts: facts(200) };
        for error in [unreachable(), down(), garbled(), lost()] {
            assert_eq!(Bench::new().is_blind(error.clone()), Step::Outage(error));
        }
        let mut row = Bench::new();
        let end = (0..20)
            .map(|_| {
                row.sees(12);
                row.writes(Err(unreachable()))
            })
            .find(|step| !matches!(step, Step::LookAfter(_)));
        assert_eq!(end, Some(Step::Outage(unreachable())));
        let mut row = Bench::new();
        row.sees(12);
        row.writes(Err(refused()));
        assert_eq!(row.is_blind(down()), over(ChangeOutcome::Failed(refused())));
        let mut row = Bench::new();
        row.sees(12);
        row.writes(Ok(()));
        assert_eq!(row.is_blind(down()), over(ChangeOutcome::Unsure(down())));
    }

    #[test]
    fn what_is_there_instead_of_what_was_taken_is_told() {
        for now in [None, Some(text(12)), Some(text(99))] {
            let mut row = Bench::new();
            row.sees(12);
            row.writes(Ok(()));
            let end = (0..LOOKS)
                .map(|_| row.0.looked(Ok(now.clone()), &Limits::default(), MIDDLE))
                .find(|step| !waits(step));
            assert!(end == Some(over(ChangeOutcome::NotTaken { now })));
        }
    }

    #[test]
    fn a_copy_that_lags_is_waited_for_and_not_for_ever() {
        let mut row = Bench::new();
        row.sees(12);
        row.writes(Ok(()));
        let mut patience = Vec::new();
        let end = loop {
            match row.sees(12) {
                Step::LookAfter(wait) => patience.push(wait.as_millis()),
                other => break other,
            }
        };
        assert_eq!(patience, [250, 500, 1000, 2000, 4000]);
        assert_eq!(end, over(ChangeOutcome::NotTaken { now: Some(text(12)) }));
    }

    #[test]
    fn a_throttled_write_waits_as_it_is_told_looks_again_and_gives_up_with_nothing_written() {
        let mut row = Bench::new();
        let mut rounds = 0;
        let end = loop {
            assert_eq!(row.sees(12), Step::Write);
            match row.writes(Err(throttled(17))) {
                Step::LookAfter(wait) => assert_eq!(wait.as_secs(), 17),
                other => break other,
            }
            rounds += 1;
        };
        assert_eq!((rounds, end), (19, over(ChangeOutcome::Failed(throttled(17)))));
        let mut row = Bench::new();
        row.sees(12);
        row.writes(Err(lost()));
        let end = (0..20)
            .map(|_| {
                row.sees(12);
                row.writes(Err(throttled(1)))
            })
            .find(|step| matches!(step, Step::Over(_)));
        assert_eq!(end, Some(over(ChangeOutcome::Unsure(throttled(1)))));
    }
}
