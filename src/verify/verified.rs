//! Who counts as verified, to whom, for what ticket, until when.

use super::Channel;
use crate::access::OperatorId;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A person who was verified. Bound to the agent who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPerson {
    /// The check that proved it.
    pub check: Uuid,
    pub tenant: String,
    /// The directory's id.
    pub person: String,
    pub name: String,
    pub upn: String,
    pub agent: OperatorId,
    pub ticket: Option<u64>,
    pub channel: Channel,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Everybody who counts as verified at this station.
#[derive(Clone, Debug, Default)]
pub struct VerifiedPeople {
    people: Vec<VerifiedPerson>,
    /// The newest moment that was looked at.
    seen: Option<Timestamp>,
}

/// A clock may be put right by so much without ending anything.
const CORRECTION: SignedDuration = SignedDuration::from_secs(5);

impl VerifiedPerson {
    fn is_of(&self, tenant: &str, agent: &OperatorId, now: Timestamp) -> bool {
        self.tenant == tenant && self.agent == *agent && self.holds(now)
    }

    /// A clock that was set back ends it too.
    fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

impl VerifiedPeople {
    /// The newest check of a person by an agent is the one that counts.
    pub fn add(&mut self, person: VerifiedPerson) {
        self.people.retain(|known| {
            (&known.tenant, &known.person, &known.agent)
                != (&person.tenant, &person.person, &person.agent)
        });
        self.people.push(person);
    }

    /// Whether there was something to revoke.
    pub fn revoke(&mut self, check: Uuid) -> Option<VerifiedPerson> {
        let at = self.people.iter().position(|known| known.check == check)?;
        Some(self.people.remove(at))
    }

    /// Nobody counts any more for whom time is up. Whether somebody did so until now.
    pub fn forget_old(&mut self, now: Timestamp) -> bool {
        let before = self.people.len();
        // A clock that is set back would give everybody more time.
        if self.seen.is_some_and(|seen| now + CORRECTION < seen) {
            self.people.clear();
        }
        self.seen = Some(now);
        self.people.retain(|known| known.holds(now));
        before != self.people.len()
    }

    /// The proof that this person is verified to this agent now.
    pub fn of(
        &self,
        tenant: &str,
        person: &str,
        agent: &OperatorId,
        now: Timestamp,
    ) -> Option<&VerifiedPerson> {
        self.people.iter().find(|known| known.is_of(tenant, agent, now) && known.person == person)
    }

    /// Everybody who is verified to this agent now.
    pub fn by<'a>(
        &'a self,
        tenant: &'a str,
        agent: &'a OperatorId,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a VerifiedPerson> {
        self.people.iter().filter(move |known| known.is_of(tenant, agent, now))
    }

    /// A person who was denied, or locked, counts no more, whoever verified them.
    pub fn drop_person(&mut self, tenant: &str, person: &str) {
        self.people.retain(|known| known.tenant != tenant || known.person != person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(subject: &str) -> OperatorId {
        OperatorId { tenant: "t".into(), subject: subject.into() }
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn verified(person: &str, by: &str, check: u128) -> VerifiedPerson {
        VerifiedPerson {
            check: Uuid::from_u128(check),
            tenant: "Larkfield".into(),
            person: person.into(),
            name: person.into(),
            upn: person.into(),
            agent: agent(by),
            ticket: Some(1),
            channel: Channel::VerifySms,
            from: at(10),
            until: at(20),
        }
    }

    #[test]
    fn somebody_is_verified_to_one_agent_in_one_tenant_for_a_while() {
        let mut people = VerifiedPeople::default();
        people.add(verified("daniel", "mira", 1));
        let holds = |tenant, person, by, minute| {
            people.of(tenant, person, &agent(by), at(minute)).is_some()
        };
        assert!(holds("Larkfield", "daniel", "mira", 10));
        assert!(holds("Larkfield", "daniel", "mira", 19));
        for (tenant, person, by, minute) in [
            ("Larkfield", "daniel", "mira", 20),
            ("Larkfield", "daniel", "mira", 9),
            ("Larkfield", "daniel", "omar", 15),
            ("Larkfield", "elin", "mira", 15),
            ("Pinewood", "daniel", "mira", 15),
        ] {
            assert!(!holds(tenant, person, by, minute), "{tenant} {person} {by} {minute}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_ends_it() {
        let mut people = VerifiedPeople::default();
        people.add(verified("daniel", "mira", 1));
        assert!(!people.forget_old(at(18)));
        assert!(!people.forget_old(at(18) - SignedDuration::from_secs(4)));
        assert!(people.forget_old(at(12)), "it has more time again");
    }

    #[test]
    fn it_ends_by_revoking_by_time_and_by_another_check() {
        let mut people = VerifiedPeople::default();
        people.add(verified("daniel", "mira", 1));
        people.add(verified("daniel", "mira", 2));
        assert!(people.revoke(Uuid::from_u128(1)).is_none(), "the second check replaced it");
        assert!(people.revoke(Uuid::from_u128(2)).is_some());
        people.add(verified("elin", "mira", 3));
        people.add(verified("elin", "omar", 4));
        people.drop_person("Larkfield", "elin");
        assert_eq!(people.by("Larkfield", &agent("omar"), at(15)).count(), 0);
        people.add(verified("elin", "mira", 5));
        assert!(!people.forget_old(at(15)));
        assert!(people.forget_old(at(20)));
    }
}
