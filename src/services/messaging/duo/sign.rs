//! How Duo's requests are signed (Duo Auth API, "Authentication").

use aws_lc_rs::hmac;
use base64::Engine;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// Everything but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is signed.
pub(crate) struct Signed<'a> {
    /// As the header `Date` says it.
    pub date: &'a str,
    pub method: &'a str,
    /// With its port, where the address has one.
    pub host: &'a str,
    pub path: &'a str,
    /// As [`parameters`] writes them.
    pub parameters: &'a str,
}

impl Signed<'_> {
    /// HMAC-SHA1 of the request, in hexadecimal.
    pub(crate) fn by(&self, secret: &str) -> String {
        let tag = hmac::sign(&key(secret), self.canonical().as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The header `Authorization`.
    pub(crate) fn header(&self, integration_key: &str, secret: &str) -> Zeroizing<String> {
        let pair = Zeroizing::new(format!("{integration_key}:{}", self.by(secret)));
        let pair = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(pair.as_str()));
        Zeroizing::new(format!("Basic {}", pair.as_str()))
    }

    fn canonical(&self) -> String {
        let Self { date, method, host, path, parameters } = self;
        let (method, host) = (method.to_ascii_uppercase(), host.to_ascii_lowercase());
        format!("{date}\n{method}\n{host}\n{path}\n{parameters}")
    }
}

/// The service knows no other hash in this version of its signature.
fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes())
}

/// Parameters in the order of their names, escaped: what is signed is what is sent.
pub(crate) fn parameters(given: &[(&str, &str)]) -> String {
    let mut pairs: Vec<(String, String)> =
        given.iter().map(|(name, value)| (escaped(name), escaped(value))).collect();
    pairs.sort();
    joined(pairs)
}

/// The same in the order given: what the phone shows.
pub(super) fn lines(given: &[(&str, &str)]) -> String {
    joined(given.iter().map(|(name, value)| (escaped(name), escaped(value))).collect())
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn joined(pairs: Vec<(String, String)>) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// RFC 2822, in UTC.
pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S -0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_documentation_is_signed_as_it_says() {
        let parameters = parameters(&[("username", "root"), ("realname", "First Last")]);
        assert_eq!(parameters, "realname=First%20Last&username=root");
        let signed = Signed {
            date: "Tue, 21 Aug 2012 17:29:18 -0000",
            method: "post",
            host: "API-XXXXXXXX.duosecurity.com",
            path: "/accounts/v1/account/list",
            parameters: &parameters,
        };
        let secret = "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep";
        assert_eq!(signed.by(secret), "2d97d6166319781b5a3a07af39d366f491234edc");
        let header = signed.header("DIWJ8X6AEYOR5OMC6TQ1", secret);
        assert_eq!(
            header.as_str(),
            "Basic RElXSjhYNkFFWU9SNU9NQzZUUTE6MmQ5N2Q2MTY2MzE5NzgxYjVhM2EwN2FmMzlkMzY2ZjQ5MTIzNGVkYw=="
        );
    }

    #[test]
    fn everything_that_is_not_unreserved_is_escaped_in_upper_case() {
        let all = parameters(&[("b", "ä &=+$~-._*"), ("a", "ü"), ("a", "1")]);
        assert_eq!(all, "a=%C3%BC&a=1&b=%C3%A4%20%26%3D%2B%24~-._%2A");
    }

    #[test]
    fn a_date_is_as_in_mails() {
        let at: Timestamp = "2012-08-21T17:29:18Z".parse().unwrap();
        assert_eq!(date(at), "Tue, 21 Aug 2012 17:29:18 -0000");
    }
}
