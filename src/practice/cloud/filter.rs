//! `$filter`: the part of the language a directory client uses.
//!
//! `and`, `or`, `not`, parentheses, `eq`, `ne`, `in`, `startsWith`, `endsWith`; texts are compared
//! without regard to case, `''` in a text is one quotation mark.

use serde_json::Value;

#[derive(Debug)]
pub(super) enum Filter {
    Equal(String, Value),
    Unequal(String, Value),
    In(String, Vec<Value>),
    StartsWith(String, String),
    EndsWith(String, String),
    Not(Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

/// Deeper nesting is nobody's honest filter.
const DEEPEST: usize = 32;

impl Filter {
    /// # Errors
    /// What is wrong, for the refusal's message.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
        let filter = parser.any_of()?;
        match parser.peek() {
            None => Ok(filter),
            Some(rest) => Err(format!("unexpected {rest:?}")),
        }
    }

    pub fn matches(&self, row: &Value) -> bool {
        match self {
            Self::Equal(path, value) => same(property(row, path), value),
            Self::Unequal(path, value) => !same(property(row, path), value),
            Self::In(path, values) => values.iter().any(|value| same(property(row, path), value)),
            Self::StartsWith(path, start) => {
                lower(property(row, path)).is_some_and(|t| t.starts_with(start))
            }
            Self::EndsWith(path, end) => {
                lower(property(row, path)).is_some_and(|t| t.ends_with(end))
            }
            Self::Not(inner) => !inner.matches(row),
            Self::And(one, other) => one.matches(row) && other.matches(row),
            Self::Or(one, other) => one.matches(row) || other.matches(row),
        }
    }

    /// The property and text of a filter that asks for nothing but this equality.
    pub fn equality(&self) -> Option<(&str, &str)> {
        match self {
            Self::Equal(path, Value::String(text)) => Some((path, text)),
            _ => None,
        }
    }

    /// Whether the directory needs `ConsistencyLevel: eventual` and `$count=true` for it.
    pub fn is_advanced(&self) -> bool {
        match self {
            Self::Unequal(..) | Self::EndsWith(..) | Self::Not(_) => true,
            Self::Equal(path, _) | Self::In(path, _) | Self::StartsWith(path, _) => {
                path.starts_with("onPremisesExtensionAttributes/")
            }
            Self::And(one, other) | Self::Or(one, other) => {
                one.is_advanced() || other.is_advanced()
            }
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn any_of(&mut self) -> Result<Filter, String> {
        let mut filter = self.all_of()?;
        while self.take_word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.all_of()?));
        }
        Ok(filter)
    }

    fn all_of(&mut self) -> Result<Filter, String> {
        let mut filter = self.one()?;
        while self.take_word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("nested too deeply".into());
        }
        let filter = if self.take_word("not") {
            Filter::Not(Box::new(self.one()?))
        } else if self.take(&Token::Open) {
            let inner = self.any_of()?;
            self.expect(&Token::Close)?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison(&mut self) -> Result<Filter, String> {
        let name = self.word()?;
        match name.to_ascii_lowercase().as_str() {
            "startswith" => self.function().map(|(path, text)| Filter::StartsWith(path, text)),
            "endswith" => self.function().map(|(path, text)| Filter::EndsWith(path, text)),
            _ => match self.word()?.as_str() {
                "eq" => Ok(Filter::Equal(name, self.literal()?)),
                "ne" => Ok(Filter::Unequal(name, self.literal()?)),
                "in" => Ok(Filter::In(name, self.literals()?)),
                other => Err(format!("operator '{other}' is not supported")),
            },
        }
    }

    /// `(path,'text')`, the text in lower case.
    fn function(&mut self) -> Result<(String, String), String> {
        self.expect(&Token::Open)?;
        let path = self.word()?;
        self.expect(&Token::Comma)?;
        let Value::String(text) = self.literal()? else {
            return Err("a text is needed".into());
        };
        self.expect(&Token::Close)?;
        Ok((path, text.to_lowercase()))
    }

    fn literals(&mut self) -> Result<Vec<Value>, String> {
        self.expect(&Token::Open)?;
        let mut values = vec![self.literal()?];
        while self.take(&Token::Comma) {
            values.push(self.literal()?);
        }
        self.expect(&Token::Close)?;
        Ok(values)
    }

    fn literal(&mut self) -> Result<Value, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Value::String(text)),
            Some(Token::Word(word)) if word == "true" => Ok(Value::Bool(true)),
            Some(Token::Word(word)) if word == "false" => Ok(Value::Bool(false)),
            Some(Token::Word(word)) if word == "null" => Ok(Value::Null),
            other => Err(format!("a value is needed, not {other:?}")),
        }
    }

    fn word(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(format!("a name is needed, not {other:?}")),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found =
            matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        if self.take(token) { Ok(()) } else { Err(format!("{token:?} is missing")) }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        tokens.push(match c {
            ' ' => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '\'' => Token::Text(quoted(&mut rest)?),
            c if is_word(c) => {
                let mut word = String::from(c);
                while let Some(next) = rest.next_if(|c| is_word(*c)) {
                    word.push(next);
                }
                Token::Word(word)
            }
            other => return Err(format!("unexpected '{other}'")),
        });
    }
    Ok(tokens)
}

/// The text up to its closing mark.
fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, String> {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        if c != '\'' {
            text.push(c);
        } else if rest.next_if_eq(&'\'').is_some() {
            text.push('\'');
        } else {
            return Ok(text);
        }
    }
    Err("a text is not closed".into())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '.' | '-')
}

fn property<'a>(row: &'a Value, path: &str) -> &'a Value {
    path.split('/').fold(row, |value, name| value.get(name).unwrap_or(&Value::Null))
}

fn same(found: &Value, wanted: &Value) -> bool {
    match (lower(found), lower(wanted)) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => found == wanted,
    }
}

fn lower(value: &Value) -> Option<String> {
    value.as_str().map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(filter: &str) -> bool {
        let row = json!({"displayName": "Seán O'Brien", "accountEnabled": true, "mail": null,
            "onPremisesExtensionAttributes": {"extensionAttribute15": "+353 85"}});
        Filter::parse(filter).unwrap().matches(&row)
    }

    #[test]
    fn comparisons_and_their_connections() {
        assert!(matches("displayName eq 'seán o''brien'"));
        assert!(matches("startsWith(displayName,'SEÁN') and accountEnabled eq true"));
        assert!(matches("accountEnabled eq false or mail eq null"));
        assert!(matches("not (accountEnabled eq false)"));
        assert!(matches("onPremisesExtensionAttributes/extensionAttribute15 eq '+353 85'"));
        assert!(matches("displayName in ('x', 'Seán O''Brien')"));
        assert!(!matches("endsWith(displayName,'x') or displayName ne 'Seán O''Brien'"));
    }

    #[test]
    fn broken_filters_are_refused() {
        for broken in [
            "displayName eq 'O'Brien'",
            "displayName eq",
            "displayName gt 'a'",
            "(a eq 'b'",
            "",
            "a eq 'x",
        ] {
            assert!(Filter::parse(broken).is_err(), "{broken}");
        }
        assert!(Filter::parse(&"(".repeat(5000)).is_err());
    }

    #[test]
    fn advanced_filters_are_known() {
        for advanced in ["mail ne null", "not (mail eq null)", "endsWith(mail,'x')"] {
            assert!(Filter::parse(advanced).unwrap().is_advanced(), "{advanced}");
        }
        assert!(!Filter::parse("startsWith(mail,'x') or employeeId eq '1'").unwrap().is_advanced());
    }
}
