//! Who a ticket, a number or a link means, and what is said where that can't be told.

use crate::steps::{Agent, agent};
use keydesk::engine::{TicketShown, VerifyCommand, VerifyEvent};
use keydesk::practice::cloud::{Effect, Fault, Order};
use keydesk::problem::Problem;
use keydesk::services::tickets::Ticket;

/// From a private address.
const PRIVATE: u64 = 2821;

impl Agent {
    /// How many people a number brings, and what of a ticket.
    fn number(&mut self, number: &str) -> (usize, Option<Result<Ticket, Problem>>) {
        self.verify(VerifyCommand::Find { query: number.into() });
        self.hear(|event| match event {
            VerifyEvent::Found { query, people, ticket } if query == number => {
                Some((people.unwrap().len(), ticket.map(|ticket| *ticket)))
            }
            _ => None,
        })
    }

    fn users_are_away(&self) {
        self.cloud.control().order(Order::FailNext(Fault {
            method: Some("GET".into()),
            path: "users".into(),
            times: 1000,
            effect: Effect::Status { status: 403, retry_after_s: None },
        }));
    }
}

#[test]
fn a_ticket_from_an_address_that_nobody_has_says_so_and_waits_for_a_name() {
    let mut agent = agent();
    assert!(matches!(agent.use_ticket(PRIVATE), TicketShown::Read { .. }));
    let refused = agent.refused();
    assert!(refused.what.contains("sean.obrien.private@mail.example"), "{refused}");
    assert!(refused.what.starts_with("Nobody"), "{refused}");
    let caller = agent.caller("O'Brien");
    assert!(!caller.warnings.is_empty(), "the other address is no warning");
    assert_eq!(agent.send_code(&caller.person.id).ticket, Some(PRIVATE));
}

#[test]
fn a_ticket_whose_requester_cant_be_looked_for_says_why() {
    let mut agent = agent();
    agent.users_are_away();
    assert!(matches!(agent.use_ticket(2819), TicketShown::Read { .. }));
    agent.refused();
}

#[test]
fn a_number_is_a_tickets_or_a_badges_and_neither_is_said_of_the_other() {
    let mut agent = agent();
    let (people, ticket) = agent.number("2819");
    assert_eq!((people, ticket.unwrap().unwrap().number), (0, 2819));
    assert_eq!(agent.number("104883"), (1, None), "an employee id is no missing ticket");
    let (people, ticket) = agent.number("99999");
    assert_eq!(people, 0);
    assert_eq!(ticket.unwrap().unwrap_err().what, "There is no ticket of this number");
}

#[test]
fn a_person_who_could_not_be_read_is_read_again() {
    let mut agent = agent();
    let person = agent.look_for("Oskar Lindqvist");
    agent.users_are_away();
    agent.cloud.control().order(Order::FailNext(Fault {
        method: Some("POST".into()),
        path: "batch".into(),
        times: 1000,
        effect: Effect::Status { status: 403, retry_after_s: None },
    }));
    agent.verify(VerifyCommand::Choose(Box::new(person.clone())));
    agent.refused();
    agent.cloud.control().order(Order::EndFaults);
    agent.verify(VerifyCommand::Refresh);
    assert_eq!(agent.caller_shown().person.id, person.id);
}
