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
            // Nothing of the kind is there, whoever removed it.
            (error @ DirectoryError::NotFound(_), _) | (error, None) => error,
            (_, Some(facts)) => DirectoryError::Unavailable(facts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_after_a_lost_answer_leaves_open_what_became_of_it() {
        let facts = CallFacts { status: Some(502), ..CallFacts::default() };
        let refused = || DirectoryError::Refused(CallFacts::default());
        let gone = DirectoryError::NotFound(CallFacts::default());
        let lost = || Answer { after_lost: Some(facts.clone()), ..Answer::default() };
        let heard = |answers: Vec<Answer>| {
            let mut doubt = Doubt::default();
            answers.into_iter().for_each(|answer| drop(doubt.heed(answer)));
            doubt
        };
        assert_eq!(heard(vec![Answer::default()]).in_doubt(refused()), refused());
        for answers in [vec![lost()], vec![lost(), Answer::default()]] {
            let error = heard(answers).in_doubt(refused());
            assert_eq!(error, DirectoryError::Unavailable(facts.clone()));
        }
        assert_eq!(heard(vec![lost()]).in_doubt(gone.clone()), gone);
    }
}
