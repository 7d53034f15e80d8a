//! Addresses: base URLs from the settings, paths and queries below them, and what may be followed.

use crate::directory::{CallFacts, DirectoryError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

/// Everything but RFC 3986's unreserved characters and the dollar sign of OData's own names.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'$');

/// A checked base URL: https, or http to a loopback address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(Url);

impl Base {
    /// # Errors
    /// [`DirectoryError::Settings`], naming the address and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, DirectoryError> {
        let wrong = |why: &str| DirectoryError::Settings(format!("{text}: {why}"));
        let url = Url::parse(text.trim()).map_err(|_| wrong("not an address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            // Not repeated: what was typed may be a password.
            return Err(DirectoryError::Settings(
                "an address must not hold a user name or password".into(),
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("an address must end before any ? or #"));
        }
        match url.scheme() {
            "https" if url.has_host() => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => Err(wrong("plain http is allowed to this computer only; use https")),
            _ => Err(wrong("the address must begin with https://")),
        }
    }

    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// `https://host[:port]`, without a path.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// An address below this one; each segment is one segment there, whatever it holds.
    ///
    /// # Errors
    /// [`DirectoryError::Refused`] for a segment that can't name anything (empty, `.`, `..`).
    pub fn at(&self, segments: &[&str]) -> Result<Url, DirectoryError> {
        let mut path = self.0.path().trim_end_matches('/').to_owned();
        for part in segments {
            path.push('/');
            path.push_str(&segment(part)?);
        }
        let mut url = self.0.clone();
        url.set_path(&path);
        Ok(url)
    }

    /// A page's next link as it is, if it stays at this origin: it will carry our token. (Only
    /// what may not stand in an address is escaped, by the WHATWG rules.)
    pub fn follow(&self, link: &str) -> Option<Url> {
        let url = Url::parse(link).ok()?;
        let plain = url.username().is_empty() && url.password().is_none();
        (plain && url.origin() == self.0.origin()).then_some(url)
    }
}

/// One segment of a path, escaped.
///
/// # Errors
/// [`DirectoryError::Refused`] for a text that can't name anything (empty, `.`, `..`).
pub fn segment(text: &str) -> Result<String, DirectoryError> {
    if matches!(text, "" | "." | "..") {
        let message = Some("an id is missing or is none".into());
        return Err(DirectoryError::Refused(CallFacts { message, ..CallFacts::default() }));
    }
    Ok(utf8_percent_encode(text, ESCAPED).to_string())
}

/// Adds a query. Spaces become `%20`, for a `+` isn't a space to every reader.
pub fn with_query(mut url: Url, options: &[(&str, &str)]) -> Url {
    url.set_query(Some(&query(options)));
    url
}

/// The query alone, escaped.
pub fn query(options: &[(&str, &str)]) -> String {
    let options: Vec<String> = options
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ESCAPED)))
        .collect();
    options.join("&")
}

pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Base {
        Base::parse(text).unwrap()
    }

    #[test]
    fn plain_http_goes_to_loopback_only() {
        for good in
            ["http://127.0.0.1:8080", "http://127.9.9.9", "http://[::1]:1", "http://localhost:80"]
        {
            assert!(base(good).is_loopback(), "{good}");
        }
        for bad in [
            "http://graph.microsoft.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://[::ffff:10.0.0.1]",
            "http://0.0.0.0",
            "ftp://localhost",
            "file:///etc/passwd",
            "graph.microsoft.com",
            "",
        ] {
            assert!(matches!(Base::parse(bad), Err(DirectoryError::Settings(_))), "{bad}");
        }
        assert!(!base("https://graph.microsoft.com").is_loopback());
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let refused = Base::parse("https://me:hunter2@graph.microsoft.com").unwrap_err();
        assert!(!format!("{refused:?}").contains("hunter2"));
    }

    #[test]
    fn a_segment_stays_one_segment() {
        let url = base("http://127.0.0.1:1/cloud/")
            .at(&["v1.0", "users", "o'brien_x.y#EXT#@a/b?c+d"])
            .unwrap();
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:1/cloud/v1.0/users/o%27brien_x.y%23EXT%23%40a%2Fb%3Fc%2Bd"
        );
        for bad in ["", ".", ".."] {
            assert!(base("https://a.example").at(&["users", bad]).is_err());
        }
    }

    #[test]
    fn a_query_is_escaped_with_percent_signs_only() {
        let url =
            with_query(base("https://a.example").at(&["x"]).unwrap(), &[("$search", "a b+c&d#")]);
        assert_eq!(url.query(), Some("$search=a%20b%2Bc%26d%23"));
    }

    #[test]
    fn a_next_link_elsewhere_is_not_followed() {
        let base = base("https://graph.microsoft.com");
        assert!(base.follow("https://graph.microsoft.com/v1.0/users?$skiptoken=abc").is_some());
        for foreign in [
            "https://graph.microsoft.com.evil.example/v1.0",
            "https://evil.example/v1.0",
            "http://graph.microsoft.com/v1.0",
            "https://graph.microsoft.com:444/v1.0",
            "https://x@graph.microsoft.com/v1.0",
            "/v1.0/users",
        ] {
            assert!(base.follow(foreign).is_none(), "{foreign}");
        }
    }
}
