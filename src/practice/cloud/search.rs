//! `$search`: `"property:words"` clauses joined by OR and AND.
//!
//! In display names every searched word must begin a word of the name; other properties must begin
//! with what is searched. Case does not matter.

use serde_json::Value;

/// Alternatives; every clause of one must match.
#[derive(Debug)]
pub(super) struct Search(Vec<Vec<Clause>>);

#[derive(Debug)]
struct Clause {
    property: &'static str,
    words: String,
}

impl Search {
    /// # Errors
    /// What is wrong, for the refusal's message.
    pub fn parse(text: &str, searchable: &[&'static str]) -> Result<Self, String> {
        let mut alternatives = vec![Vec::new()];
        let mut rest = text.trim();
        loop {
            let (clause, after) = clause(rest, searchable)?;
            if let Some(last) = alternatives.last_mut() {
                last.push(clause);
            }
            rest = after.trim_start();
            if rest.is_empty() {
                return Ok(Self(alternatives));
            } else if let Some(after) = rest.strip_prefix("OR ") {
                alternatives.push(Vec::new());
                rest = after.trim_start();
            } else if let Some(after) = rest.strip_prefix("AND ") {
                rest = after.trim_start();
            } else {
                return Err("Syntax error in the $search clause.".into());
            }
        }
    }

    pub fn matches(&self, row: &Value) -> bool {
        self.0.iter().any(|clauses| clauses.iter().all(|clause| clause.matches(row)))
    }
}

impl Clause {
    fn matches(&self, row: &Value) -> bool {
        let Some(value) = row[self.property].as_str() else {
            return false;
        };
        let value = value.to_lowercase();
        if self.property != "displayName" {
            return !self.words.is_empty() && value.starts_with(&self.words);
        }
        let mut wanted = words(&self.words).peekable();
        wanted.peek().is_some() && wanted.all(|word| words(&value).any(|own| own.starts_with(word)))
    }
}

/// One `"property:words"` and what follows it.
fn clause<'a>(text: &'a str, searchable: &[&'static str]) -> Result<(Clause, &'a str), String> {
    let inner = text.strip_prefix('"').ok_or("A $search clause must be in double quotes.")?;
    let mut words = String::new();
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Ok((named(&words, searchable)?, &inner[at + 1..])),
            c => {
                words.push(c);
                escaped = false;
            }
        }
    }
    Err("A $search clause is not closed.".into())
}

fn named(text: &str, searchable: &[&'static str]) -> Result<Clause, String> {
    let (name, words) = text.split_once(':').ok_or("A $search clause needs 'property:value'.")?;
    let property = searchable
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("The property '{name}' can't be searched."))?;
    Ok(Clause { property, words: words.to_lowercase() })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SEARCHABLE: &[&str] = &["displayName", "mail"];

    fn finds(search: &str) -> bool {
        let row = json!({"displayName": "Seán O'Brien", "mail": "sean.obrien@larkfield.example"});
        Search::parse(search, SEARCHABLE).unwrap().matches(&row)
    }

    #[test]
    fn words_begin_words_of_a_name() {
        assert!(finds(r#""displayName:o'bri""#));
        assert!(finds(r#""displayName:brien seán""#));
        assert!(!finds(r#""displayName:rien""#));
        assert!(!finds(r#""displayName:""#));
    }

    #[test]
    fn other_properties_begin_with_what_is_searched() {
        assert!(finds(r#""displayName:xyz" OR "mail:sean.o""#));
        assert!(!finds(r#""mail:obrien""#));
        assert!(!finds(r#""displayName:xyz" AND "mail:sean""#));
    }

    #[test]
    fn broken_searches_are_refused() {
        for broken in
            ["", "sean", "\"sean\"", "\"displayName:a", "\"employeeId:1\"", "\"mail:a\" \"mail:b\""]
        {
            assert!(Search::parse(broken, SEARCHABLE).is_err(), "{broken}");
        }
        assert!(!finds(r#""displayName:\"quoted\\""#));
    }
}
