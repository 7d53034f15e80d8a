//! What can be practised of callers' checks: other services, tickets with their notes, faults.

use crate::clerk::Station;
use crate::steps::{Agent, confess, patient};
use keydesk::access::Act;
use keydesk::engine::{
    BenchCommand, CloudFault, Command, PracticeTicket, PracticeWays, Sent, TicketShown,
    VerifyCommand, VerifyEvent, VerifyOffer,
};
use keydesk::settings::SmsWay;
use keydesk::verify::{Channel, Delivery, NotDelivered, Outcome, PushKind};

impl Agent {
    fn offer(&mut self) -> VerifyOffer {
        self.hear(|event| match event {
            VerifyEvent::Offered(offer) => Some(offer),
            _ => None,
        })
    }

    /// The code of the newest text on any practice phone.
    fn practice_code(&mut self) -> String {
        let code = self.hear(|event| match event {
            VerifyEvent::PracticePhones(phones) => {
                let text = phones.first()?.texts.first()?.text.expose().to_owned();
                let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
                let is_code = |word: &&str| word.len() == 6 && word.parse::<u32>().is_ok();
                words.find(is_code).map(str::to_owned)
            }
            _ => None,
        });
        confess(&code);
        code
    }

    fn practice_ticket(&mut self, wanted: impl Fn(&PracticeTicket) -> bool) -> PracticeTicket {
        self.hear(|event| match event {
            VerifyEvent::PracticeDesk(desk) => desk.tickets.into_iter().find(&wanted),
            _ => None,
        })
    }
}

#[test]
fn every_way_can_be_practised_and_the_note_is_seen_as_the_ticket_system_has_it() {
    let mut agent: Agent = Station::with((), None, |options| {
        patient(options);
        options.practice = true;
    });
    let offer = agent.offer();
    assert_eq!((offer.sms, offer.push), (Some(Channel::VerifySms), Some(PushKind::Duo)));
    assert_eq!(agent.practice_ticket(|ticket| ticket.number == 2819).notes, []);
    let ways = PracticeWays { sms: SmsWay::Messages, push: PushKind::Authy, strict: true };
    agent.say(Command::Bench(BenchCommand::CheckBy(ways)));
    let offer = agent.offer();
    assert_eq!((offer.sms, offer.push), (Some(Channel::MessageSms), Some(PushKind::Authy)));
    assert_eq!(offer.required_for, [Act::IssuePass, Act::ChangePhone]);
    assert!(offer.can_register_push && offer.problems.is_empty());

    agent.verify(VerifyCommand::OpenLink("keydesk://verify?ticket=2819".into()));
    let caller = agent.caller_shown();
    assert_eq!(caller.person.display_name, "Oskar Lindqvist");
    agent.send_code(&caller.person.id);
    let code = agent.practice_code();
    agent.try_code(&code);
    assert_eq!(agent.over().0, Outcome::Verified);
    let ticket = agent.practice_ticket(|ticket| !ticket.notes.is_empty());
    assert_eq!((ticket.number, ticket.notes.len()), (2819, 1));
    assert!(ticket.notes[0].private && ticket.notes[0].text.contains("Verified"));

    let fault = |fault| Command::Bench(BenchCommand::Fault(fault));
    agent.say(fault(CloudFault::LoseText));
    agent.verify(VerifyCommand::SendCode { person: caller.person.id.clone() });
    let lost = Sent::Text(Delivery::Failed(NotDelivered::Unreachable));
    agent.check(|check| check.steps.iter().any(|step| step.what == lost));
    agent.verify(VerifyCommand::Cancel);
    assert_eq!(agent.over().0, Outcome::NotDelivered);
    agent.say(fault(CloudFault::TicketsAway));
    assert!(matches!(agent.use_ticket(2818), TicketShown::NotRead { .. }));
    agent.say(fault(CloudFault::None));
    assert!(matches!(agent.use_ticket(2818), TicketShown::Read { .. }));
}
