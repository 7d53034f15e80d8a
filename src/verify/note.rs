//! What the private note and the history say of a check. Never a code or a whole number.

use super::{Channel, Outcome, Warning};
use jiff::Timestamp;
use uuid::Uuid;

pub const TITLE: &str = "Caller identity check";

/// Everything a note can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteFacts {
    pub check: Uuid,
    pub person: String,
    pub upn: String,
    pub channel: Channel,
    /// Such as `+46 ••• ••• 67`.
    pub masked: Option<String>,
    pub begun_at: Timestamp,
    pub delivered_at: Option<Timestamp>,
    pub warnings: Vec<Warning>,
    pub agent: String,
    /// Nothing while the check is open.
    pub outcome: Option<Outcome>,
    pub attempts: u32,
}

/// Finds the note of a check again: eight characters of its id.
pub fn reference(check: Uuid) -> String {
    format!("KD-{}", &check.simple().to_string()[..8])
}

/// Names and values, in order.
pub fn lines(facts: &NoteFacts) -> Vec<(String, String)> {
    let mut lines = vec![
        ("Person".to_owned(), format!("{} ({})", facts.person, facts.upn)),
        ("Method".to_owned(), facts.channel.words().to_owned()),
    ];
    if let Some(masked) = &facts.masked {
        lines.push(("Sent to".into(), masked.clone()));
    }
    lines.push(("Begun".into(), moment(facts.begun_at)));
    if let Some(at) = facts.delivered_at {
        lines.push(("Delivered".into(), moment(at)));
    }
    for warning in &facts.warnings {
        lines.push(("Warning".into(), warning.words()));
    }
    lines.push(("Agent".into(), facts.agent.clone()));
    if facts.attempts > 0 && facts.channel.is_sms() {
        lines.push(("Tries".into(), facts.attempts.to_string()));
    }
    if let Some(outcome) = facts.outcome {
        lines.push(("Outcome".into(), outcome.words().to_owned()));
    }
    lines.push(("Reference".into(), reference(facts.check)));
    lines
}

/// `2026-11-22 10:31:06 UTC`.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_tells_all_but_code_and_number() {
        let facts = NoteFacts {
            check: Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
            person: "Daniel Krantz".into(),
            upn: "daniel@larkfield.example".into(),
            channel: Channel::VerifySms,
            masked: Some("+46 ••• ••• 67".into()),
            begun_at: "2026-11-22T10:31:02Z".parse().unwrap(),
            delivered_at: Some("2026-11-22T10:31:06Z".parse().unwrap()),
            warnings: vec![Warning::Guest],
            agent: "Mira Holm".into(),
            outcome: Some(Outcome::Verified),
            attempts: 2,
        };
        let text: Vec<String> =
            lines(&facts).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(
            text,
            [
                "Person: Daniel Krantz (daniel@larkfield.example)",
                "Method: Code by text message",
                "Sent to: +46 ••• ••• 67",
                "Begun: 2026-11-22 10:31:02 UTC",
                "Delivered: 2026-11-22 10:31:06 UTC",
                "Warning: Guest of another organisation",
                "Agent: Mira Holm",
                "Tries: 2",
                "Outcome: Verified",
                "Reference: KD-01234567",
            ]
        );
        let open = NoteFacts { outcome: None, attempts: 0, ..facts };
        assert!(!lines(&open).iter().any(|(name, _)| name == "Outcome" || name == "Tries"));
    }
}
