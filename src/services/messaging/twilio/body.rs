//! Our own text with its code.

use super::super::SmsText;
use crate::services::{ServiceError, ServiceFacts};
use crate::verify::{CodeHash, Digits};
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

/// Where the code stands in a text.
const CODE: &str = "{code}";
/// Room for a form, so that a code isn't left behind by a growing buffer.
const FORM_BYTES: usize = 8 * 1024;

/// A code of ours in its text. It is known to nobody: of the code, only a hash is left.
pub(super) struct Body {
    pub text: Zeroizing<String>,
    pub hash: CodeHash,
}

impl Body {
    /// With a code out of chance.
    pub fn draw(service: &'static str, text: &SmsText) -> Result<Self, ServiceError> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(|_| no_chance(service))?;
        let code = draw(service)?;
        let mut filled = Zeroizing::new(String::with_capacity(text.template.len() + 64));
        let mut parts = text.template.split(CODE);
        filled.push_str(parts.next().unwrap_or_default());
        for part in parts {
            filled.push_str(code.expose());
            filled.push_str(part);
        }
        Ok(Self { text: filled, hash: CodeHash::new(&key, &code) })
    }
}

fn draw(service: &'static str) -> Result<Digits, ServiceError> {
    loop {
        let random = getrandom::u32().map_err(|_| no_chance(service))?;
        if let Some(code) = Digits::from_chance(random) {
            return Ok(code);
        }
    }
}

fn no_chance(service: &'static str) -> ServiceError {
    let message = Some("this computer has no random numbers; nothing was sent".into());
    ServiceError::Refused { service, facts: ServiceFacts { message, ..ServiceFacts::default() } }
}

/// A form that may hold a code or a number.
pub(super) fn form(pairs: &[(&str, &str)]) -> Zeroizing<String> {
    let mut form = Serializer::new(String::with_capacity(FORM_BYTES));
    form.extend_pairs(pairs);
    Zeroizing::new(form.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_stands_where_the_text_says_and_only_its_hash_is_left() {
        let text = SmsText {
            template: "Acme: {code} is your code, {code}.".into(),
            language: "en".into(),
            company: "Acme".into(),
        };
        let body = Body::draw("test", &text).unwrap();
        let shown = body.text.strip_prefix("Acme: ").unwrap();
        let code = Digits::read(&shown[..6]).unwrap();
        assert!(body.hash.is_of(&code));
        assert!(shown[6..] == format!(" is your code, {}.", code.expose()));
        let other = Body::draw("test", &text).unwrap();
        assert!(!other.hash.is_of(&code) || other.text == body.text);
    }
}
