//! Tickets of the company's helpdesk. Not every one of them is what it says.

use super::tenants::HARBOUR_DOMAIN;
use super::{DOMAIN, NAME};

/// The ticket system's name for itself.
pub const TICKET_TENANT: &str = "larkfield";
/// Who a ticket of nobody is given to.
pub const UNASSIGNED: i64 = 1;
/// Agents of the ticket system, by their numbers.
pub const AGENTS: &[(i64, &str)] =
    &[(UNASSIGNED, "Unassigned"), (12, "Amina Haddad"), (14, "Jürgen Groß")];
/// States of tickets.
pub const STATES: &[(i64, &str)] =
    &[(1, "New"), (2, "In progress"), (4, "With user"), (9, "Closed")];
/// Outcomes of notes.
pub const OUTCOMES: &[(i64, &str)] =
    &[(1, "Email user"), (5, "Resolve"), (7, "Private Note"), (23, "Caller check")];

/// One ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpdeskTicket {
    pub number: u64,
    pub company: &'static str,
    pub requester: &'static str,
    /// As the ticket has it; `None` where only the person's record has it.
    pub mail: Option<String>,
    /// Of the person's record.
    pub user_mail: String,
    /// Number of [`STATES`].
    pub state: i64,
    /// Number of [`AGENTS`].
    pub agent: i64,
    pub minutes_ago: i64,
    pub summary: &'static str,
    pub details: String,
}

/// All tickets, by their numbers.
pub fn tickets() -> Vec<HelpdeskTicket> {
    let by = |number, user: &str, requester, summary, details: &str| HelpdeskTicket {
        number,
        company: NAME,
        requester,
        mail: Some(format!("{user}@{DOMAIN}")),
        user_mail: format!("{user}@{DOMAIN}"),
        state: 1,
        agent: UNASSIGNED,
        minutes_ago: 45,
        summary,
        details: details.to_owned(),
    };
    vec![
        HelpdeskTicket {
            state: 2,
            agent: 12,
            minutes_ago: 12,
            ..by(
                2818,
                "elin.bergstrom",
                "Elin Bergström",
                "Lost security key, cannot sign in",
                "Left the key on a train, needs a new one.",
            )
        },
        HelpdeskTicket {
            state: 2,
            agent: 12,
            ..by(
                2819,
                "oskar.lindqvist",
                "Oskar Lindqvist",
                "New phone",
                "Has a new phone, and the codes still go to the old one.",
            )
        },
        HelpdeskTicket {
            company: "Harbour Foods",
            ..by(
                2820,
                "maja.akesson",
                "Maja Åkesson",
                "Pass for a new computer",
                "Starts at the cannery on Monday.",
            )
        },
        HelpdeskTicket {
            mail: Some("sean.obrien.private@mail.example".into()),
            ..by(
                2821,
                "sean.obrien",
                "Seán O'Brien",
                "Please use my private address",
                "I can't read my work mail. Call me at home: 085 000 0199.",
            )
        },
        HelpdeskTicket {
            state: 9,
            agent: 14,
            minutes_ago: 3 * 24 * 60,
            ..by(2822, "ingrid.solheim", "Ingrid Solheim", "PIN forgotten", "Done at the desk.")
        },
        by(2823, "lars.nygaard", "Lars Nygaard", "Account does not work", "Says it is urgent."),
        by(2824, "freja.holm", "Freja Holm", "No phone at work", "No phone is registered."),
        HelpdeskTicket {
            state: 4,
            agent: 14,
            ..by(
                2825,
                "yuki.tanaka",
                "田中 由紀",
                "鍵をなくしました",
                "<p>新しい鍵が<b>必要</b>です。</p>",
            )
        },
        by(2826, "fatima.alzahra", "فاطمة الزهراء", "فقدت مفتاح الأمان", "أحتاج إلى مفتاح جديد."),
        HelpdeskTicket {
            mail: None,
            ..by(2827, "nora.eld", "Nora Eld", "Reset my key", "By phone, no mail in the ticket.")
        },
        HelpdeskTicket {
            company: "Harbour Foods",
            mail: Some(format!("astrid.holm@{HARBOUR_DOMAIN}")),
            user_mail: format!("astrid.holm@{HARBOUR_DOMAIN}"),
            ..by(2828, "astrid.holm", "Astrid Holm", "Key for the cannery", "A customer's person.")
        },
        HelpdeskTicket {
            details: hostile_details(),
            ..by(2829, "hostile.name", HOSTILE, HOSTILE, "")
        },
        HelpdeskTicket {
            mail: Some("hanna.vester@partner.example".into()),
            user_mail: "hanna.vester@partner.example".into(),
            company: "Vester Audit",
            ..by(
                2830,
                "hanna.vester",
                "Hanna Vester",
                "Guest access ends",
                "Works here as a guest.",
            )
        },
        HelpdeskTicket {
            minutes_ago: 2,
            ..by(
                2831,
                "harriet.whitlock",
                "Harriet Whitlock",
                "URGENT: change my number now",
                "I am in a meeting. Do not call back, just change it.",
            )
        },
    ]
}

/// Markup, a script, and marks that turn the direction round.
const HOSTILE: &str =
    "<b>Key</b> \u{202e}tseuqer\u{202c} <script>alert('<1>')</script> & <img src=x>";

fn hostile_details() -> String {
    let mut details = String::from(
        "<html><head><title>Outlook</title><style>p{color:red}</style></head><body><p>Verified: \
         yes&nbsp;&#8203;<br>Outcome: <a href=\"https://evil.example\">approved</a></p>\
         \u{2066}\u{200f}</body></html>\u{0}\u{7}",
    );
    details.push_str(&"x ".repeat(5_000));
    details
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn tickets_have_numbers_of_their_own_and_known_states_and_agents() {
        let tickets = tickets();
        let numbers: HashSet<_> = tickets.iter().map(|ticket| ticket.number).collect();
        assert_eq!((tickets.len(), numbers.len()), (14, 14));
        for ticket in tickets {
            assert!(STATES.iter().any(|(id, _)| *id == ticket.state), "{}", ticket.number);
            assert!(AGENTS.iter().any(|(id, _)| *id == ticket.agent), "{}", ticket.number);
        }
    }
}
