//! Acts that ask for a verified person.

use crate::access::Act;
use crate::directory::PersonId;
use crate::engine::station::Station;
use crate::engine::{Command, PhonesCommand};
use crate::enrolment::{Answer, EnrolmentId};
use crate::problem::Problem;
use crate::verify::VerifiedPerson;
use jiff::Timestamp;

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
        let Some(person) = self.person_of(command).await else { return Ok(()) };
        match self.verified(&person) {
            Some(_) => Ok(()),
            None => Err(not_verified(*act)),
        }
    }

    /// The proof that this person is verified to this operator now.
    pub(in crate::engine) fn verified(&self, person: &PersonId) -> Option<&VerifiedPerson> {
        let tenant = &self.ports.as_ref()?.tenant;
        let people = &self.callers.verified;
        people.of(&tenant.name, &person.0, &tenant.who.id, Timestamp::now())
    }

    /// The one person an act is about.
    async fn person_of(&self, command: &Command) -> Option<PersonId> {
        match command {
            Command::Phones(
                PhonesCommand::SetNumber { person, .. }
                | PhonesCommand::RemoveNumber { person, .. }
                | PhonesCommand::SetSmsSignIn { person, .. }
                | PhonesCommand::IssuePass { person, .. }
                | PhonesCommand::RevokeSessions { person },
            ) => Some(person.clone()),
            Command::Register(request) => Some(request.person.clone()),
            Command::RevealPin(id)
            | Command::WriteLetter(id)
            | Command::Answer { enrolment: id, answer: Answer::ResetKey, .. } => {
                self.person_of_enrolment(*id).await
            }
            _ => None,
        }
    }

    async fn person_of_enrolment(&self, id: EnrolmentId) -> Option<PersonId> {
        let ports = self.ports.as_ref()?;
        let stored = ports.journal.call(move |journal| journal.load(id)).await.ok()?;
        Some(PersonId(stored.intent.person.id))
    }
}

fn not_verified(act: Act) -> Problem {
    Problem {
        what: format!("This person must be verified first, to {}", act.purpose()),
        next: "Check the caller under Verify (Ctrl+4), then do it again".into(),
        details: Vec::new(),
    }
}
