//! What the operator is told when something fails: what went wrong, what to do next, details.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// An error that can be shown: both halves, and facts for a support case.
pub trait Explain {
    /// One sentence without a full stop: what went wrong, in plain words.
    fn what(&self) -> String;
    /// One sentence without a full stop: what the operator can do now.
    fn next(&self) -> String;
    /// Facts for a support case: status, code, request id. Never a secret.
    fn details(&self) -> Vec<Detail> {
        Vec::new()
    }
    /// The three as plain data, to travel in an event.
    fn problem(&self) -> Problem {
        Problem { what: self.what(), next: self.next(), details: self.details() }
    }
}

/// A failure as plain data; the journal keeps it with the step that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub what: String,
    pub next: String,
    pub details: Vec<Detail>,
}

/// One named fact, such as `request-id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub name: Cow<'static, str>,
    pub value: String,
}

impl Detail {
    pub fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name: Cow::Borrowed(name), value: value.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}. {}.", self.what, self.next)
    }
}
