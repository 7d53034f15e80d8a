//! The private note in the ticket, and what waits while the ticket system is away.

use crate::steps::{Agent, agent};
use keydesk::directory::PersonId;
use keydesk::engine::{NoteState, TicketShown, VerifyCommand};
use keydesk::practice::cloud::{Effect, Fault, HaloOrder, Order};
use keydesk::verify::{Outcome, Warning};

const TICKET: u64 = 2819;

/// A check with this ticket, to its end.
fn check(agent: &mut Agent) -> (PersonId, String) {
    let caller = agent.caller("Oskar Lindqvist");
    agent.use_ticket(TICKET);
    agent.caller_shown();
    agent.send_code(&caller.person.id);
    let code = agent.code_of(&caller.person.upn);
    agent.try_code(&code);
    assert_eq!(agent.over().0, Outcome::Verified);
    (caller.person.id, code)
}

#[test]
fn the_note_is_private_masked_and_without_the_code() {
    let mut agent = agent();
    let (_, code) = check(&mut agent);
    agent.note(|state| matches!(state, NoteState::Written { .. }));
    let notes = agent.cloud.control().notes(TICKET);
    let [note] = &notes[..] else { panic!("{} notes", notes.len()) };
    assert!(note.private && !note.mailed && note.is_in(TICKET));
    for part in ["Verified", "Code by text message", "•••", "Oskar Lindqvist", "KD-"] {
        assert!(note.text.contains(part), "{part} is missing");
    }
    let has = |text: &str| note.text.contains(text) || note.html.contains(text);
    assert!(!has(&code), "the code is in it");
    assert!(!has("1740613"), "the number is in it");
}

#[test]
fn a_note_waits_while_the_ticket_system_is_away_and_is_written_once() {
    let mut agent = agent();
    let away = Fault {
        method: Some("POST".into()),
        path: "actions".into(),
        times: 1000,
        effect: Effect::CutBefore,
    };
    agent.cloud.control().order(Order::FailNext(away));
    check(&mut agent);
    let NoteState::Queued { problem } =
        agent.note(|state| matches!(state, NoteState::Queued { .. }))
    else {
        panic!("not queued")
    };
    assert!(problem.is_some(), "why it waits is not told");
    agent.pending(|pending| pending.notes == 1 && pending.problem.is_some());
    agent.cloud.control().order(Order::EndFaults);
    agent.verify(VerifyCommand::SendPending);
    agent.verify(VerifyCommand::SendPending);
    agent.pending(|pending| pending.notes == 0);
    assert_eq!(agent.cloud.control().notes(TICKET).len(), 1);
}

#[test]
fn what_waits_in_a_tenant_that_was_left_is_told_and_sent_from_the_next_one() {
    let mut agent = agent();
    let same = agent.cloud.connection().domain;
    agent.add_customer("Harbour", same);
    let away = Fault {
        method: Some("POST".into()),
        path: "actions".into(),
        times: 1000,
        effect: Effect::CutBefore,
    };
    agent.cloud.control().order(Order::FailNext(away));
    let home = agent.first_tenant();
    let caller = agent.caller("Oskar Lindqvist");
    agent.use_ticket(TICKET);
    agent.caller_shown();
    agent.send_code(&caller.person.id);
    // The check is cut off by it.
    agent.switch_tenant("Harbour");
    let pending = agent.pending(|pending| !pending.elsewhere.is_empty());
    assert_eq!(pending.elsewhere[0].tenant, home);
    assert_eq!((pending.notes, pending.elsewhere[0].notes), (0, 1));
    agent.cloud.control().order(Order::EndFaults);
    agent.pending(|pending| pending.elsewhere.is_empty());
    let notes = agent.cloud.control().notes(TICKET);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].private && notes[0].text.contains("Cancelled"));
}

#[test]
fn a_note_whose_answer_was_lost_is_not_written_twice() {
    let mut agent = agent();
    agent.cloud.control().order(Order::FailNext(Fault {
        method: Some("POST".into()),
        path: "actions".into(),
        times: 1,
        effect: Effect::CutAfter,
    }));
    check(&mut agent);
    agent.pending(|pending| pending.notes == 1);
    agent.verify(VerifyCommand::SendPending);
    agent.pending(|pending| pending.notes == 0);
    assert_eq!(agent.cloud.control().notes(TICKET).len(), 1);
}

#[test]
fn a_note_that_is_not_private_is_deleted_and_told() {
    let mut agent = agent();
    agent.cloud.control().order(Order::Halo(HaloOrder::PublicNotes { on: true }));
    check(&mut agent);
    let NoteState::NotPrivate { problem } =
        agent.note(|state| matches!(state, NoteState::NotPrivate { .. }))
    else {
        panic!("taken for private")
    };
    assert!(problem.what.contains("deleted"), "{problem}");
    assert!(!agent.cloud.control().notes(TICKET).iter().any(|note| note.is_in(TICKET)));
    let pending = agent.pending(|pending| !pending.alarms.is_empty());
    assert_eq!(pending.notes, 0, "it is not tried again by itself");
    agent.cloud.control().order(Order::Halo(HaloOrder::PublicNotes { on: false }));
    agent.verify(VerifyCommand::SendPending);
    agent.note(|state| matches!(state, NoteState::Written { .. }));
}

#[test]
fn a_note_that_can_be_neither_private_nor_deleted_is_an_alarm() {
    let mut agent = agent();
    agent.cloud.control().order(Order::Halo(HaloOrder::PublicNotes { on: true }));
    agent.cloud.control().order(Order::Halo(HaloOrder::KeepNotes { on: true }));
    check(&mut agent);
    let NoteState::NotPrivate { problem } =
        agent.note(|state| matches!(state, NoteState::NotPrivate { .. }))
    else {
        panic!("taken for private")
    };
    assert!(problem.what.contains("can't be deleted"), "{problem}");
}

#[test]
fn a_ticket_that_is_gone_is_an_alarm_and_the_check_counts() {
    let mut agent = agent();
    let caller = agent.caller("Oskar Lindqvist");
    agent.use_ticket(TICKET);
    agent.caller_shown();
    agent.send_code(&caller.person.id);
    agent.cloud.control().order(Order::Halo(HaloOrder::RemoveTicket { number: TICKET }));
    let code = agent.code_of(&caller.person.upn);
    agent.try_code(&code);
    assert_eq!(agent.over().0, Outcome::Verified);
    let pending = agent.pending(|pending| !pending.alarms.is_empty());
    assert!(pending.alarms[0].what.contains("such thing"), "{:?}", pending.alarms);
    agent.verify(VerifyCommand::SettleAlarms);
    agent.pending(|pending| pending.alarms.is_empty() && pending.notes == 0);
    assert_eq!(agent.history("alarms settled").len(), 1);
}

#[test]
fn an_expired_token_of_the_ticket_system_is_got_anew() {
    let mut agent = agent();
    agent.use_ticket(TICKET);
    agent.cloud.control().order(Order::Halo(HaloOrder::ExpireTokens));
    check(&mut agent);
    agent.note(|state| matches!(state, NoteState::Written { .. }));
}

#[test]
fn a_ticket_opens_its_requester_and_warns_of_another_company() {
    let mut agent = agent();
    let TicketShown::Read { ticket, same_company } = agent.use_ticket(2818) else {
        panic!("not read")
    };
    assert_eq!((ticket.number, same_company), (2818, Some(true)));
    let caller = agent.caller_shown();
    assert_eq!(caller.person.display_name, "Elin Bergström");
    agent.verify(VerifyCommand::Close);
    let TicketShown::Read { same_company, .. } = agent.use_ticket(2820) else { panic!("not read") };
    assert_eq!(same_company, Some(false));
    let caller = agent.caller_shown();
    assert!(
        caller.warnings.iter().any(|one| matches!(one, Warning::OtherCompany { .. })),
        "{:?}",
        caller.warnings
    );
    agent.verify(VerifyCommand::Close);
    assert!(matches!(agent.use_ticket(99_999), TicketShown::NotRead { .. }));
}
