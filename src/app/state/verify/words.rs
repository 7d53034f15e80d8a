//! Warnings, deliveries and outcomes as the screen says them.

use super::super::local_time;
use crate::access::Act;
use crate::engine::{CallerShown, Sent, VerifiedShown};
use crate::phones::PhoneKind;
use crate::verify::{Delivery, Outcome, Warning};
use jiff::Timestamp;

/// What a warning says in the band: what is so, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningWords {
    pub what: String,
    pub more: String,
    pub next: String,
    /// Nobody should be checked, or nobody can be.
    pub stops: bool,
}

const ONE_MORE: &str = "Ask one more question, or use push approval.";

/// Of a caller on the page, in their order.
pub fn caller_warnings(caller: &CallerShown, now: Timestamp) -> Vec<WarningWords> {
    let words = caller.warnings.iter().map(|warning| {
        let mut words = warning_words(warning, now);
        if let (Warning::StationsUnseen, Some(why)) = (warning, &caller.unseen) {
            words.more = format!("{}.", why.what);
            words.next = format!("{} {}.", words.next, why.next);
        }
        words
    });
    words.collect()
}

fn warning_words(warning: &Warning, now: Timestamp) -> WarningWords {
    let words = |what: String, more: String, next: &str, stops| {
        let next = next.to_owned();
        WarningWords { what, more, next, stops }
    };
    match warning {
        Warning::MobileChanged { at, by } => {
            let by = by.as_ref().map(|by| format!(", {by}")).unwrap_or_default();
            let more = format!("{}{by}.", day_and_time(*at));
            words(format!("Mobile changed {}", ago(*at, now)), more, ONE_MORE, false)
        }
        Warning::MethodAdded { at, what } => {
            let more = format!("{}: {what}.", day_and_time(*at));
            words(format!("New sign-in method {}", ago(*at, now)), more, ONE_MORE, false)
        }
        Warning::MethodChanged { at, what, by } => {
            let more = format!("{}, {by}.", day_and_time(*at));
            words(format!("{what} {}", ago(*at, now)), more, ONE_MORE, false)
        }
        Warning::Guest => {
            let next = "Their own company knows them better.";
            words("Guest account".into(), String::new(), next, false)
        }
        Warning::Disabled => {
            let next = "Ask why before you help the caller.";
            words("Account disabled".into(), "Nobody can sign in with it.".into(), next, true)
        }
        Warning::OtherCompany { ticket, tenant } => {
            let more = format!("The ticket is of {ticket}, the person of {tenant}.");
            words("Ticket of another company".into(), more, "Check the ticket's number.", true)
        }
        Warning::OtherMail { ticket, person } => {
            let more = format!("The ticket has {ticket}, the directory {person}.");
            let next = "Check that the caller is the ticket's requester.";
            words("Ticket from another address".into(), more, next, false)
        }
        Warning::NoMobile => {
            let next = "Use push approval, or see the person on a video call or at the desk.";
            words("No mobile registered".into(), "No text can be sent.".into(), next, true)
        }
        Warning::UnusableNumber => {
            let next = "Use push approval, then have the number registered anew.";
            words("Mobile can't be used".into(), "The number is not whole.".into(), next, true)
        }
        Warning::Locked { until } => {
            let what = format!("Locked until {}", local_time(*until));
            let next = "Check the person in another way, or wait.";
            words(what, "Three wrong codes were given.".into(), next, true)
        }
        Warning::OpenElsewhere { until, by } => {
            let until = local_time(*until);
            let more = match by {
                Some(by) => format!("{by}, until {until} at the latest."),
                None => format!("Until {until} at the latest."),
            };
            let next = "Let it end there.";
            words("A check is open at another station".into(), more, next, true)
        }
        Warning::StationsUnseen => {
            let more = "What they share can't be read.".to_owned();
            let next = "See that nobody else checks this caller.";
            words("Other stations can't be seen".into(), more, next, false)
        }
    }
}

/// `3 days ago`, `today`.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::system();
    let (then, today) = (at.to_zoned(zone.clone()).date(), now.to_zoned(zone).date());
    match today.since(then).map_or(0, |span| span.get_days()) {
        days if days <= 0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    }
}

/// `19 Nov 08:14`, with the year where it is another one.
fn day_and_time(at: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::system();
    let (at, now) = (at.to_zoned(zone.clone()), Timestamp::now().to_zoned(zone));
    let form = if at.year() == now.year() { "%-d %b %H:%M" } else { "%-d %b %Y %H:%M" };
    at.strftime(form).to_string()
}

/// A step of a delivery.
pub fn delivery_words(sent: Sent) -> &'static str {
    match sent {
        Sent::Asked => "Question is on the phone",
        Sent::Text(Delivery::Queued) => "Sent",
        Sent::Text(Delivery::Sent) => "Accepted by the operator",
        Sent::Text(Delivery::Delivered) => "Delivered to the phone",
        Sent::Text(Delivery::Failed(_)) => "Not delivered",
        Sent::Text(Delivery::Untold) => "The service does not tell more",
    }
}

/// What to do after a check that proved nothing.
pub fn outcome_next(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Verified => "",
        Outcome::WrongCode => "This caller is locked for a while. Check them in another way.",
        Outcome::Expired => "Nothing was proved. Send a new code if the caller is still there.",
        Outcome::NotDelivered => "Nothing was proved. Use another way.",
        Outcome::Denied => "Do not do what the caller asks. Ask the person in another way.",
        Outcome::NotMe => {
            "Somebody else may be calling. End the call, do nothing of what was asked, and tell \
             your security team now."
        }
        Outcome::Cancelled => "Nothing was proved.",
        Outcome::Interrupted => "Nothing was proved. Begin anew.",
        Outcome::Failed => "Nobody was checked. Try again, or use another way.",
    }
}

/// An act on a chip.
pub fn act_name(act: Act) -> &'static str {
    match act {
        Act::RevealPin => "Reveal a PIN",
        Act::ExportPins => "Export PINs",
        Act::RemoveKeys => "Remove keys",
        Act::ChangePhone => "Change a phone",
        Act::IssuePass => "Issue a pass",
        Act::ResetUsedKey => "Reset a key",
        Act::ChangeSecrets => "Change secrets",
    }
}

pub fn phone_kind_line(kind: PhoneKind) -> &'static str {
    match kind {
        PhoneKind::Mobile => "Mobile",
        PhoneKind::AlternateMobile => "2nd mobile",
        PhoneKind::Office => "Office",
    }
}

/// `Verified for #2818, not for #2819`, where it does not count for the ticket at hand.
pub fn not_for_words(verified: &VerifiedShown) -> Option<String> {
    let not_for = ticket_number(verified.not_for?);
    Some(match verified.ticket {
        Some(ticket) => format!("Verified for {}, not for {not_for}", ticket_number(ticket)),
        None => format!("Verified without a ticket, not for {not_for}"),
    })
}

/// `#2818`.
pub fn ticket_number(number: u64) -> String {
    format!("#{number}")
}
