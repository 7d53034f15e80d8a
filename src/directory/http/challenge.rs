//! A claims challenge: the directory wants more of the access token than it has (Microsoft
//! identity platform, "Claims challenge"; RFC 9110, 11.6.1).

use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet::Alphabet};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use serde_json::Value;

/// Longer ones aren't sent in an address.
const LONGEST_BYTES: usize = 4096;

/// The claims that the directory asks for, as JSON, if it does.
pub fn claims_of(headers: &HeaderMap) -> Option<String> {
    headers.get_all(WWW_AUTHENTICATE).iter().find_map(|header| claims_in(header.to_str().ok()?))
}

/// The one challenge that has both an error and claims. Others may stand before it, in other
/// headers or in the same.
fn claims_in(header: &str) -> Option<String> {
    let parameters = parameters(header);
    let value = |name: &str| {
        parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    if value("error")? != "insufficient_claims" {
        return None;
    }
    let decoded = decode(value("claims")?)?;
    let claims: Value = serde_json::from_slice(&decoded).ok()?;
    claims.is_object().then(|| claims.to_string())
}

/// Base64 of either alphabet, padded or not.
fn decode(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let with = |alphabet: &Alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok();
    if text.len() > LONGEST_BYTES {
        return None;
    }
    with(&STANDARD).or_else(|| with(&URL_SAFE))
}

/// `name="value"` and `name=value` pairs, wherever they stand; a scheme's name has no equals sign.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.rsplit([' ', ',', '\t']).next().unwrap_or_default();
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => quoted_value(quoted),
            None => {
                let end = after.find([',', ' ']).unwrap_or(after.len());
                (after[..end].to_owned(), &after[end..])
            }
        };
        if !name.is_empty() {
            found.push((name.to_owned(), value));
        }
        rest = left;
    }
    found
}

/// Up to the closing quotation mark; a backslash takes the next character as it is.
fn quoted_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, next)| next)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (WWW_AUTHENTICATE, value.parse().unwrap())).collect()
    }

    #[test]
    fn the_documented_header_gives_its_claims() {
        let documented = r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19""#;
        assert_eq!(claims_of(&headers(&[documented])).as_deref(), Some(CLAIMS));
        let others = [r#"PoP error="invalid_token""#, r#"Basic realm="claims=1""#, documented];
        assert_eq!(claims_of(&headers(&others)).as_deref(), Some(CLAIMS));
    }

    #[test]
    fn either_alphabet_padded_or_not_is_read() {
        let claims = r#"{"access_token":{"x":{"value":"??>>~~ü"}}}"#;
        use base64::engine::general_purpose as forms;
        for engine in
            [&forms::STANDARD, &forms::STANDARD_NO_PAD, &forms::URL_SAFE, &forms::URL_SAFE_NO_PAD]
        {
            let text = engine.encode(claims);
            for header in [
                format!(r#"Bearer error="insufficient_claims", claims="{text}""#),
                format!(r#"bearer claims="{text}",error="insufficient_claims""#),
            ] {
                assert_eq!(claims_in(&header).as_deref(), Some(claims), "{header}");
            }
        }
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        for header in [
            "",
            "Bearer",
            r#"Bearer error="invalid_token""#,
            r#"Bearer error="insufficient_claims""#,
            r#"Bearer claims="e30=""#,
            r#"Bearer error="insufficient_claims", claims="!!!""#,
            r#"Bearer error="insufficient_claims", claims="W10=""#,
            r#"Bearer error="insufficient_claims", claims="eyJh"#,
            r#"Bearer error="insufficient_claims", claims=""#,
            r#"Bearer realm="\"#,
            "===",
        ] {
            assert_eq!(claims_in(header), None, "{header}");
        }
    }
}
