//! What the browser brings back. Pure.

use super::super::CallFacts;
use super::answer::{number, own_words};
use super::{Refusal, SignInError};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

/// An OAuth error is a word (RFC 6749, 4.1.2.1).
const LONGEST_ERROR: usize = 60;
const LONGEST_CLAIMS: usize = 4096;

/// What a redirect says.
pub(super) enum Redirect {
    /// To be redeemed once.
    Code(Zeroizing<String>),
    Refused(SignInError),
    /// Not an answer to this sign-in.
    Foreign,
}

/// Which sign-in's redirect is waited for.
pub(super) struct Awaited {
    pub(super) state: Zeroizing<String>,
    pub(super) issuer: String,
    /// Every redirect of this service names the issuer.
    pub(super) issuer_is_named: bool,
}

impl Awaited {
    /// Reads the query of a redirect. Whoever doesn't know the state doesn't get in, and can't end
    /// the wait either.
    pub(super) fn judge(&self, query: &str) -> Redirect {
        let read = |name: &str| {
            let mut values = url::form_urlencoded::parse(query.as_bytes())
                .filter(|(key, _)| key == name)
                .map(|(_, value)| Zeroizing::new(value.into_owned()));
            // Twice is never; the second may be somebody else's.
            (values.next(), values.next().is_some())
        };
        let (state, twice) = read("state");
        if twice
            || !state.is_some_and(|state| self.is_state(&state))
            || !self.is_issuer(read("iss"))
        {
            return Redirect::Foreign;
        }
        match (read("code"), read("error")) {
            ((Some(code), false), (None, _)) if !code.is_empty() => Redirect::Code(code),
            ((None, _), (Some(error), false)) => {
                let description = read("error_description").0;
                let claims = read("claims").0;
                Redirect::Refused(refusal(&error, description.as_deref(), claims.as_deref()))
            }
            _ => Redirect::Foreign,
        }
    }

    fn is_state(&self, state: &str) -> bool {
        verify_slices_are_equal(state.as_bytes(), self.state.as_bytes()).is_ok()
    }

    /// RFC 9207, 2.4.
    fn is_issuer(&self, named: (Option<Zeroizing<String>>, bool)) -> bool {
        match named {
            (Some(issuer), false) => *issuer == self.issuer,
            (None, _) => !self.issuer_is_named,
            (Some(_), true) => false,
        }
    }
}

fn refusal(error: &str, description: Option<&String>, claims: Option<&String>) -> SignInError {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let word: String = error.chars().filter(|c| is_word(*c)).take(LONGEST_ERROR).collect();
    let message = description.and_then(|text| own_words(text));
    SignInError::Refused(Box::new(Refusal {
        number: description.and_then(|text| number(text)),
        facts: CallFacts { code: Some(word.as_str().into()), message, ..CallFacts::default() },
        error: word,
        claims: claims.filter(|claims| claims.len() <= LONGEST_CLAIMS).cloned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://login.example/t/v2.0";

    fn awaited() -> Awaited {
        Awaited {
            state: Zeroizing::new("st4te".into()),
            issuer: ISSUER.into(),
            issuer_is_named: false,
        }
    }

    fn word(redirect: Redirect) -> String {
        match redirect {
            Redirect::Code(code) => format!("code {}", code.as_str()),
            Redirect::Refused(SignInError::Refused(refusal)) => {
                format!("refused {} {:?}", refusal.error, refusal.number)
            }
            Redirect::Refused(other) => format!("{other:?}"),
            Redirect::Foreign => "foreign".into(),
        }
    }

    fn judged(query: &str) -> String {
        word(awaited().judge(query))
    }

    #[test]
    fn a_code_with_the_right_state_is_taken() {
        assert_eq!(judged("code=c%2Fd&state=st4te&session_state=x"), "code c/d");
        assert_eq!(judged(&format!("state=st4te&code=c&iss={ISSUER}")), "code c");
    }

    #[test]
    fn a_refusal_with_the_right_state_is_told_by_word_and_number() {
        let query =
            "error=access_denied&error_description=AADSTS65004%3A+User+declined&state=st4te";
        assert_eq!(judged(query), "refused access_denied Some(65004)");
        assert_eq!(judged("error=%3Cscript%3E&state=st4te"), "refused script None");
    }

    #[test]
    fn whoever_does_not_know_the_state_is_foreign() {
        for query in [
            "",
            "code=c",
            "code=c&state=",
            "code=c&state=st4t",
            "code=c&state=st4tex",
            "code=c&state=ST4TE",
            "error=access_denied",
            "error=access_denied&state=guess",
            "code=c&state=guess&state=st4te",
            "code=c&state=st4te&state=guess",
        ] {
            assert_eq!(judged(query), "foreign", "{query}");
        }
    }

    #[test]
    fn an_answer_that_is_two_answers_or_none_is_foreign() {
        for query in [
            "state=st4te",
            "state=st4te&code=",
            "state=st4te&code=a&code=b",
            "state=st4te&code=a&error=b",
            "state=st4te&error=a&error=b",
        ] {
            assert_eq!(judged(query), "foreign", "{query}");
        }
    }

    #[test]
    fn another_services_redirect_is_foreign() {
        assert_eq!(judged("code=c&state=st4te&iss=https%3A%2F%2Fevil.example"), "foreign");
        assert_eq!(judged(&format!("code=c&state=st4te&iss={ISSUER}&iss=x")), "foreign");
        let strict = Awaited { issuer_is_named: true, ..awaited() };
        assert_eq!(word(strict.judge("code=c&state=st4te")), "foreign");
    }
}
