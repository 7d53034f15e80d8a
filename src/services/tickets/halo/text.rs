//! What a ticket says as plain text: it is written by whoever sends mail to the helpdesk.

/// Elements whose content nobody reads.
const UNREAD: &[&str] = &["script", "style", "head", "title"];

/// The text without markup, without what turns the direction round or can't be seen, with single
/// spaces; cut after so many characters, which an ellipsis shows.
pub(super) fn plain(text: &str, most_chars: usize) -> String {
    let words = entities(&without_tags(text));
    let seen = words.chars().map(|c| if c.is_control() { ' ' } else { c });
    let seen: String = seen.filter(|c| !is_unseen(*c)).collect();
    let mut kept = String::new();
    for word in seen.split_whitespace() {
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
    }
    match kept.char_indices().nth(most_chars) {
        Some((at, _)) => format!("{}…", kept[..at].trim_end()),
        None => kept,
    }
}

/// For HTML: every character that could begin something is written out.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

/// Marks of direction, and characters that only a program sees. The joiners of Persian and Hindi
/// words are none of them.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A tag ends a word. What is no tag, such as `a < b`, stays.
fn without_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        kept.push_str(&rest[..at]);
        let from = &rest[at + 1..];
        if !from.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            kept.push('<');
            rest = from;
            continue;
        }
        kept.push(' ');
        let name_ends = from.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(from.len());
        let name = from[..name_ends].to_ascii_lowercase();
        let Some(end) = from.find('>') else { return kept };
        rest = &from[end + 1..];
        if UNREAD.contains(&name.as_str()) {
            let close = format!("</{name}");
            // Lower case of ASCII keeps every place where it was.
            let Some(end) = rest.to_ascii_lowercase().find(&close) else { return kept };
            rest = &rest[end..];
        }
    }
    kept.push_str(rest);
    kept
}

fn entities(text: &str) -> String {
    const LONGEST: usize = 10;
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        kept.push_str(&rest[..at]);
        let from = &rest[at + 1..];
        let name = from.find(';').filter(|end| *end <= LONGEST).map(|end| &from[..end]);
        match name.and_then(|name| Some((entity(name)?, name.len()))) {
            Some((c, length)) => {
                kept.push(c);
                rest = &from[length + 1..];
            }
            None => {
                kept.push('&');
                rest = from;
            }
        }
    }
    kept.push_str(rest);
    kept
}

fn entity(name: &str) -> Option<char> {
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    });
    match (name, number) {
        (_, Some(number)) => char::from_u32(number),
        ("amp", _) => Some('&'),
        ("lt", _) => Some('<'),
        ("gt", _) => Some('>'),
        ("quot", _) => Some('"'),
        ("apos", _) => Some('\''),
        ("nbsp", _) => Some(' '),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_marks_of_direction_are_gone_and_the_words_stay() {
        for (text, read) in [
            ("<p>Lost <b>my</b> key</p><p>On a train</p>", "Lost my key On a train"),
            ("a<br/>b\r\n\tc", "a b c"),
            ("x <script>alert('1 < 2')</script> y", "x y"),
            ("<STYLE>p{}</Style>z", "z"),
            (
                "1 < 2 && 3 > 2 &amp; &lt;b&gt; &#8217; &#x41; &bogus;",
                "1 < 2 && 3 > 2 & <b> ’ A &bogus;",
            ),
            ("\u{202e}gnirts\u{202c} \u{200f}\u{2066}a\u{2069}", "gnirts a"),
            ("می\u{200c}خواهم \u{e0041}a", "می\u{200c}خواهم a"),
            ("<img src=x onerror=alert(1)", ""),
            ("", ""),
        ] {
            assert_eq!(plain(text, 100), read, "{text}");
        }
        assert_eq!(plain("åäö åäö", 5), "åäö å…");
        assert_eq!(plain("åäö", 3), "åäö");
    }

    #[test]
    fn html_that_is_written_holds_no_markup_of_others() {
        assert_eq!(escaped("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
    }
}
