//! What an earlier try of a change leaves open, while the call goes on with another access token.

use super::answer::Answer;
use crate::directory::{CallFacts, DirectoryError};

/// The facts of a try that was sent and brought no answer, if there was one.
#[derive(Default)]
pub struct Doubt(Option<CallFacts>);

impl Doubt {
    /// The answer to one try of several.
    pub fn heed(&mut self, mut answer: Answer) -> Answer {
        self.0 = answer.after_lost.take().or(self.0.take());
        answer
    }

    /// The error of the whole call: whatever refuses its last try says nothing of the one before.
    pub fn in_doubt(self, error: DirectoryError) -> DirectoryError {
        match (error, self.0) {
            (error, None) => error,
            // Nothing of the kind is there, whoever removed it.
            (DirectoryError::NotFound(facts), Some(_)) => {
                DirectoryError::NotFound(CallFacts { after_lost: true, ..facts })
            }
            (_, Some(facts)) => DirectoryError::Unavailable(facts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_after_a_lost_answer_leaves_open_what_became_of_it() {
        let facts = |status| CallFacts { status, ..CallFacts::default() };
        let refused = || DirectoryError::Refused(facts(None));
        let gone = || DirectoryError::NotFound(facts(None));
        let lost = || Answer { after_lost: Some(facts(Some(502))), ..Answer::default() };
        let heard = |answers: Vec<Answer>| {
            let mut doubt = Doubt::default();
            answers.into_iter().for_each(|answer| drop(doubt.heed(answer)));
            doubt
        };
        assert_eq!(heard(vec![Answer::default()]).in_doubt(refused()), refused());
        for answers in [vec![lost()], vec![lost(), Answer::default()]] {
            let error = heard(answers).in_doubt(refused());
            assert_eq!(error, DirectoryError::Unavailable(facts(Some(502))));
        }
        let gone_since = DirectoryError::NotFound(CallFacts { after_lost: true, ..facts(None) });
        assert_eq!(heard(vec![lost()]).in_doubt(gone()), gone_since);
        assert_eq!(heard(vec![Answer::default()]).in_doubt(gone()), gone());
    }
}
