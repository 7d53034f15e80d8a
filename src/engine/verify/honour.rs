//! Acts that ask for a verified person.

use crate::access::Act;
use crate::directory::PersonId;
use crate::engine::station::Station;
use crate::engine::{Command, PhonesCommand, VerifyCommand};
use crate::enrolment::{Answer, EnrolmentId};
use crate::problem::{Explain, Problem};
use crate::verify::VerifiedPerson;
use jiff::Timestamp;

/// Whom an act is about.
enum Concerned {
    Nobody,
    One(PersonId),
}

impl Station {
    /// Refuses an act on a person who must be verified and is not.
    ///
    /// # Errors
    /// What to do first.
    pub(in crate::engine) async fn demand_verified(
        &self,
        command: &Command,
        acts: &[Act],
    ) -> Result<(), Problem> {
        let Some(ports) = &self.ports else { return Ok(()) };
        let required = &ports.rules.verify.required_for;
        let Some(act) = acts.iter().find(|act| required.contains(act)) else { return Ok(()) };
        match self.concerned(command).await? {
            Concerned::Nobody => Ok(()),
            Concerned::One(person) if self.verified(&person).is_some() => Ok(()),
            Concerned::One(_) => Err(not_verified(*act)),
        }
    }

    /// The proof that this person is verified to this operator now.
    pub(in crate::engine) fn verified(&self, person: &PersonId) -> Option<&VerifiedPerson> {
        let tenant = &self.ports.as_ref()?.tenant;
        let people = &self.callers.verified;
        people.of(&tenant.name, &person.0, &tenant.who.id, Timestamp::now())
    }

    /// Whom an act is about. Plans and sessions of many are nobody's in particular; a plan with one
    /// row is that person's.
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
                Ok(match changes.as_deref() {
                    Some([only]) => Concerned::One(PersonId(only.person.id.clone())),
                    _ => Concerned::Nobody,
                })
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

fn not_verified(act: Act) -> Problem {
    Problem {
        what: format!("This person must be verified first, to {}", act.purpose()),
        next: "Check the caller under Verify (Ctrl+4), then do it again".into(),
        details: Vec::new(),
    }
}
