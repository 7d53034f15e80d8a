//! A service may repeat a number in its own words: they leave without it.

use super::super::super::{CallFacts, DirectoryError};

/// Digits of a number that is as good as told.
const TELLING: usize = 5;
const HIDDEN: &str = "•••";

/// The error without whatever may be a phone number in the service's words.
pub(super) fn without_numbers(mut error: DirectoryError) -> DirectoryError {
    if let Some(facts) = words_of(&mut error) {
        for words in [&mut facts.code, &mut facts.message] {
            *words = words.take().map(|text| hidden(&text).into());
        }
    }
    error
}

/// A sign-in knows of no numbers, and its own are what an operator looks for.
fn words_of(error: &mut DirectoryError) -> Option<&mut CallFacts> {
    use DirectoryError as E;
    match error {
        E::Unauthorized(facts)
        | E::Forbidden(facts)
        | E::NotFound(facts)
        | E::Refused(facts)
        | E::Unavailable(facts)
        | E::AnswerLost(facts)
        | E::Throttled { facts, .. }
        | E::Garbled { facts, .. } => Some(facts),
        E::SignIn { .. }
        | E::Operator(_)
        | E::NoSecret
        | E::Ambiguous { .. }
        | E::Unreachable { .. }
        | E::Options(_)
        | E::NotOffered { .. }
        | E::Settings(_) => None,
    }
}

/// Runs of digits, also with spaces, dashes, dots and brackets in them.
fn hidden(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(char::is_numeric) {
        let (before, from_here) = rest.split_at(begin);
        told.push_str(before);
        let end = from_here.find(|c| !may_be_in(c)).unwrap_or(from_here.len());
        let (run, _) = from_here.split_at(end);
        let run = run.trim_end_matches(|c: char| !c.is_numeric());
        let digits = run.chars().filter(|c| c.is_numeric()).count();
        told.push_str(if digits < TELLING { run } else { HIDDEN });
        rest = from_here.get(run.len()..).unwrap_or_default();
    }
    told.push_str(rest);
    told
}

fn may_be_in(c: char) -> bool {
    c.is_numeric()
        || c.is_whitespace()
        || matches!(c, '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2014}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_may_be_a_number_are_hidden_and_others_stay() {
        for (text, told) in [
            ("The number +46 701740612 is bad.", "The number +••• is bad."),
            ("'070-174 06.12' 'x'", "'•••' 'x'"),
            ("(206) 555-0100x12 (x)", "(•••x12 (x)"),
            ("46 70\u{a0}174\u{2011}06 12", "•••"),
            ("12345", "•••"),
            ("1234. Then 15 more, of 43200!", "1234. Then 15 more, of •••!"),
            ("no digits", "no digits"),
            ("", ""),
        ] {
            assert_eq!(hidden(text), told);
        }
    }

    #[test]
    fn a_sign_in_keeps_its_number_and_a_call_does_not() {
        let facts = || CallFacts { message: Some("AADSTS700016".into()), ..CallFacts::default() };
        let sign_in = DirectoryError::SignIn { code: "x".into(), number: None, facts: facts() };
        assert_eq!(without_numbers(sign_in.clone()), sign_in);
        for error in [
            DirectoryError::Refused(facts()),
            DirectoryError::AnswerLost(facts()),
            DirectoryError::Garbled { reason: String::new(), facts: facts() },
        ] {
            assert!(!format!("{:?}", without_numbers(error)).contains("700016"));
        }
    }
}
