//! Acts that ask for a verified person.

use crate::access::Act;
use crate::bulk::Session;
use crate::directory::PersonId;
use crate::engine::station::Station;
use crate::engine::{BulkCommand, Command, PhonesCommand, VerifyCommand};
use crate::enrolment::{Answer, EnrolmentId, Subject};
use crate::journal::{Action, Entry};
use crate::problem::{Explain, Problem};
use crate::verify::{AtHand, VerifiedPerson, note};
use jiff::Timestamp;

/// The check that an act relies on.
pub(in crate::engine) struct Relied {
    act: Act,
    known: VerifiedPerson,
}

/// Whom an act is about.
enum Concerned {
    Nobody,
    One(PersonId),
}

impl Station {
    /// Refuses an act on a person who must be verified and is not. The answer is what it relies
    /// on, where it relies on a check.
    ///
    /// # Errors
    /// What to do first.
    pub(in crate::engine) async fn demand_verified(
        &self,
        command: &Command,
        acts: &[Act],
    ) -> Result<Option<Relied>, Problem> {
        let Some(ports) = &self.ports else { return Ok(None) };
        let required = &ports.rules.verify.required_for;
        let again = self.acts_done_again(command);
        let mut acts = acts.iter().chain(&again);
        let Some(act) = acts.find(|act| required.contains(act)) else { return Ok(None) };
        match self.concerned(command).await? {
            Concerned::Nobody => Ok(None),
            Concerned::One(person) => match self.verified(&person) {
                Some(known) => Ok(Some(Relied { act: *act, known: known.clone() })),
                None => Err(self.not_verified(&person, *act)),
            },
        }
    }

    /// What an act relies on stands in the history before it. No act names a ticket: the check's
    /// own one is at hand, or none is.
    ///
    /// # Errors
    /// Nothing is done without its row.
    pub(in crate::engine) async fn note_relied(&self, relied: Relied) -> Result<(), Problem> {
        let Some(ports) = &self.ports else { return Ok(()) };
        let entry = Entry {
            tenant: ports.tenant.name.clone(),
            operator: ports.tenant.operator.clone(),
            action: Action::VerifiedRelied,
            subject: relied.known.upn.clone(),
            serial: None,
            detail: format!("to {}: {}", relied.act.purpose(), reference_of(&relied.known)),
        };
        let now = Timestamp::now();
        let noted = ports.journal.call(move |journal| journal.audit(&entry, now)).await;
        noted.map_err(|error| error.problem())
    }

    /// The proof that this person is verified to this operator now.
    pub(in crate::engine) fn verified(&self, person: &PersonId) -> Option<&VerifiedPerson> {
        let tenant = &self.ports.as_ref()?.tenant;
        let people = &self.callers.verified;
        people.of(&tenant.name, &person.0, &tenant.who.id, Timestamp::now())
    }

    /// Where this person is verified for another ticket than the one at hand: what to do.
    pub(in crate::engine) fn for_another_ticket(&self, person: &PersonId) -> Option<Problem> {
        let tenant = &self.ports.as_ref()?.tenant;
        let people = &self.callers.verified;
        let mut known = people.by(&tenant.name, &tenant.who.id, Timestamp::now());
        let (known, not_for) = known.find(|(known, _)| known.person == person.0)?;
        let not_for = not_for?;
        Some(match known.ticket {
            Some(ticket) => Problem {
                what: format!("This person is verified for ticket {ticket}, not for {not_for}"),
                next: format!(
                    "Check the caller for ticket {not_for} under Verify (Ctrl+4), or go back to \
                     ticket {ticket}"
                ),
                details: Vec::new(),
            },
            None => Problem {
                what: format!("This person is verified without a ticket, not for {not_for}"),
                next: format!("Check the caller for ticket {not_for} under Verify (Ctrl+4)"),
                details: Vec::new(),
            },
        })
    }

    fn not_verified(&self, person: &PersonId, act: Act) -> Problem {
        self.for_another_ticket(person).unwrap_or_else(|| not_verified(act))
    }

    /// What the agent has before them now; told where that changes who counts.
    pub(super) async fn note_at_hand(&mut self) {
        let at_hand = self.ports.as_ref().map(|ports| AtHand {
            tenant: ports.tenant.name.clone(),
            agent: ports.tenant.who.id.clone(),
            person: self.callers.open.as_ref().map(|open| open.person.id.0.clone()),
            ticket: self.callers.ticket,
        });
        if self.callers.verified.work_on(at_hand) {
            self.tell_verified().await;
        }
    }

    /// What a session does by itself to somebody who waits again.
    fn acts_done_again(&self, command: &Command) -> Vec<Act> {
        let session = self.bulk.session();
        match command {
            Command::Bulk(BulkCommand::RetryFailed | BulkCommand::PutBack(_)) => {
                session.map(|session| session.options().acts()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// Whom an act is about. Plans and sessions of many are nobody's in particular; a plan with one
    /// row, or a session of one, is that person's.
    async fn concerned(&self, command: &Command) -> Result<Concerned, Problem> {
        let one = |person: &PersonId| Ok(Concerned::One(person.clone()));
        match command {
            Command::Phones(
                PhonesCommand::SetNumber { person, .. }
                | PhonesCommand::RemoveNumber { person, .. }
                | PhonesCommand::SetSmsSignIn { person, .. }
                | PhonesCommand::IssuePass { person, .. }
                | PhonesCommand::RevokeSessions { person },
            )
            | Command::Verify(VerifyCommand::RegisterPush { person }) => one(person),
            Command::Register(request) => one(&request.person),
            Command::Phones(PhonesCommand::Apply { rows, .. }) => {
                let changes = self.phones.plan.as_ref().map(|plan| plan.changes(rows));
                Ok(only(changes.iter().flatten().map(|row| &row.person)))
            }
            Command::Phones(PhonesCommand::GoOn | PhonesCommand::RetryFailed) => {
                let live = self.phones.live.iter();
                Ok(only(live.flat_map(|live| &live.job.rows).map(|row| &row.person)))
            }
            Command::Bulk(BulkCommand::Begin { rows, .. }) => {
                let entries = self.bulk.chosen(rows);
                Ok(only(entries.iter().map(|entry| &entry.person)))
            }
            Command::Bulk(_) => {
                let entries = self.bulk.session().into_iter().flat_map(Session::entries);
                Ok(only(entries.map(|(_, entry)| &entry.person)))
            }
            Command::RevealPin(id)
            | Command::WriteLetter(id)
            | Command::Answer { enrolment: id, answer: Answer::ResetKey, .. } => {
                self.person_of_enrolment(*id).await
            }
            _ => Ok(Concerned::Nobody),
        }
    }

    async fn person_of_enrolment(&self, id: EnrolmentId) -> Result<Concerned, Problem> {
        let Some(ports) = &self.ports else { return Ok(Concerned::Nobody) };
        let stored = ports.journal.call(move |journal| journal.load(id)).await;
        let stored = stored.map_err(|error| error.problem())?;
        Ok(Concerned::One(PersonId(stored.intent.person.id)))
    }
}

/// The person, where there is one alone.
fn only<'a>(mut people: impl Iterator<Item = &'a Subject>) -> Concerned {
    match (people.next(), people.next()) {
        (Some(one), None) => Concerned::One(PersonId(one.id.clone())),
        _ => Concerned::Nobody,
    }
}

/// `KD-7f3c0a12, ticket 2818`.
pub(in crate::engine) fn reference_of(known: &VerifiedPerson) -> String {
    let ticket = known.ticket.map(|ticket| format!(", ticket {ticket}"));
    format!("{}{}", note::reference(known.check), ticket.unwrap_or_default())
}

fn not_verified(act: Act) -> Problem {
    Problem {
        what: format!("This person must be verified first, to {}", act.purpose()),
        next: "Check the caller under Verify (Ctrl+4), then do it again".into(),
        details: Vec::new(),
    }
}
