//! Who counts as verified, to whom, for what ticket, until when.

use super::Channel;
use crate::access::OperatorId;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A person who was verified. Bound to the agent who did it, and to the ticket it was done for.
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

/// What an agent has before them: the open caller, and the ticket they are open under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtHand {
    pub tenant: String,
    pub agent: OperatorId,
    /// The directory's id; absent before the ticket's caller is chosen.
    pub person: Option<String>,
    pub ticket: Option<u64>,
}

/// Everybody who counts as verified at this station.
#[derive(Clone, Debug, Default)]
pub struct VerifiedPeople {
    people: Vec<Kept>,
    at_hand: Option<AtHand>,
    /// The newest moment that was looked at.
    seen: Option<Timestamp>,
}

/// Somebody who was verified, and the other ticket they were opened under since.
#[derive(Clone, Debug)]
struct Kept {
    known: VerifiedPerson,
    other: Option<u64>,
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

impl Kept {
    /// Opened under another ticket, it counts no more, until it is their own again. Without any
    /// ticket it counts for as long as none is open.
    fn opened_under(&mut self, at_hand: &AtHand) {
        if self.known.tenant != at_hand.tenant || self.known.agent != at_hand.agent {
            return;
        }
        let is_open = at_hand.person.as_ref() == Some(&self.known.person);
        match at_hand.ticket.filter(|_| is_open) {
            Some(ticket) => {
                self.other = Some(ticket).filter(|other| self.known.ticket != Some(*other))
            }
            None if self.known.ticket.is_none() => self.other = None,
            None => {}
        }
    }

    /// The ticket at hand that it does not count for. One whose caller is not chosen yet may be
    /// anybody's.
    fn not_for(&self, at_hand: Option<&AtHand>) -> Option<u64> {
        let known = &self.known;
        let is_anybodys = |at: &&AtHand| {
            at.person.is_none() && at.tenant == known.tenant && at.agent == known.agent
        };
        let loose = at_hand.filter(is_anybodys).and_then(|at| at.ticket);
        self.other.or(loose.filter(|ticket| known.ticket != Some(*ticket)))
    }
}

impl VerifiedPeople {
    /// The newest check of a person by an agent is the one that counts.
    pub fn add(&mut self, person: VerifiedPerson) {
        self.people.retain(|Kept { known, .. }| {
            (&known.tenant, &known.person, &known.agent)
                != (&person.tenant, &person.person, &person.agent)
        });
        let mut kept = Kept { known: person, other: None };
        if let Some(at_hand) = &self.at_hand {
            kept.opened_under(at_hand);
        }
        self.people.push(kept);
    }

    /// What the agent has before them from now on. Whether anybody counts otherwise than before.
    pub fn work_on(&mut self, at_hand: Option<AtHand>) -> bool {
        if self.at_hand == at_hand {
            return false;
        }
        let before = self.not_for();
        if let Some(at_hand) = &at_hand {
            self.people.iter_mut().for_each(|kept| kept.opened_under(at_hand));
        }
        self.at_hand = at_hand;
        self.not_for() != before
    }

    fn not_for(&self) -> Vec<Option<u64>> {
        self.people.iter().map(|kept| kept.not_for(self.at_hand.as_ref())).collect()
    }

    /// Whether there was something to revoke.
    pub fn revoke(&mut self, check: Uuid) -> Option<VerifiedPerson> {
        let at = self.people.iter().position(|kept| kept.known.check == check)?;
        Some(self.people.remove(at).known)
    }

    /// Nobody counts any more for whom time is up. Whether somebody did so until now.
    pub fn forget_old(&mut self, now: Timestamp) -> bool {
        let before = self.people.len();
        // A clock that is set back would give everybody more time.
        if self.seen.is_some_and(|seen| now + CORRECTION < seen) {
            self.people.clear();
        }
        self.seen = Some(now);
        self.people.retain(|kept| kept.known.holds(now));
        before != self.people.len()
    }

    /// The proof that this person is verified to this agent now, for what is at hand.
    pub fn of(
        &self,
        tenant: &str,
        person: &str,
        agent: &OperatorId,
        now: Timestamp,
    ) -> Option<&VerifiedPerson> {
        let mut known = self.by(tenant, agent, now).filter(|(known, _)| known.person == person);
        known.find(|(_, not_for)| not_for.is_none()).map(|(known, _)| known)
    }

    /// Everybody who is verified to this agent now, with the ticket at hand that it does not count
    /// for, where there is one.
    pub fn by<'a, 'of>(
        &'a self,
        tenant: &'of str,
        agent: &'of OperatorId,
        now: Timestamp,
    ) -> impl Iterator<Item = (&'a VerifiedPerson, Option<u64>)> + use<'a, 'of> {
        let here = self.people.iter().filter(move |kept| kept.known.is_of(tenant, agent, now));
        here.map(|kept| (&kept.known, kept.not_for(self.at_hand.as_ref())))
    }

    /// A person who was denied, or locked, counts no more, whoever verified them.
    pub fn drop_person(&mut self, tenant: &str, person: &str) {
        self.people.retain(|Kept { known, .. }| known.tenant != tenant || known.person != person);
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

    fn at_hand(person: Option<&str>, ticket: Option<u64>) -> AtHand {
        let person = person.map(str::to_owned);
        AtHand { tenant: "Larkfield".into(), agent: agent("mira"), person, ticket }
    }

    #[test]
    fn it_counts_for_its_own_ticket_until_the_person_is_opened_under_another_one() {
        let mut people = VerifiedPeople::default();
        people.add(verified("daniel", "mira", 1));
        people.add(verified("daniel", "omar", 2));
        people.add(verified("elin", "mira", 3));
        let steps = [
            // Nobody, and daniel without a ticket: no other one is known.
            (None, None, true, true),
            (Some("daniel"), None, true, true),
            (Some("daniel"), Some(1), true, true),
            (Some("daniel"), Some(2), false, true),
            // Let go of, closed, or the next caller: still not their ticket.
            (Some("daniel"), None, false, true),
            (None, None, false, true),
            (Some("elin"), Some(2), false, false),
            (Some("daniel"), Some(1), true, false),
            // A ticket whose caller is not known yet may be anybody's.
            (None, Some(5), false, false),
            (Some("maja"), Some(5), true, false),
            (Some("elin"), Some(1), true, true),
        ];
        for (person, ticket, daniel, elin) in steps {
            people.work_on(Some(at_hand(person, ticket)));
            let holds = |who| people.of("Larkfield", who, &agent("mira"), at(15)).is_some();
            let now = (holds("daniel"), holds("elin"));
            assert_eq!(now, (daniel, elin), "{person:?} {ticket:?}");
            let other = people.of("Larkfield", "daniel", &agent("omar"), at(15));
            assert!(other.is_some(), "another agent's ticket is no business of theirs");
        }
    }

    #[test]
    fn without_a_ticket_it_counts_for_as_long_as_none_is_open() {
        let mut people = VerifiedPeople::default();
        people.add(VerifiedPerson { ticket: None, ..verified("daniel", "mira", 1) });
        for (person, ticket, holds) in [
            (Some("daniel"), None, true),
            (Some("daniel"), Some(1), false),
            (Some("daniel"), None, true),
            (None, Some(1), false),
            (Some("elin"), Some(1), true),
            (None, None, true),
        ] {
            people.work_on(Some(at_hand(person, ticket)));
            let here = people.of("Larkfield", "daniel", &agent("mira"), at(15));
            assert_eq!(here.is_some(), holds, "{person:?} {ticket:?}");
        }
    }

    #[test]
    fn a_new_check_counts_for_the_ticket_at_hand_and_one_that_ends_late_does_not() {
        let mut people = VerifiedPeople::default();
        people.add(verified("daniel", "mira", 1));
        assert!(people.work_on(Some(at_hand(Some("daniel"), Some(2)))));
        assert!(!people.work_on(Some(at_hand(Some("daniel"), Some(2)))), "told twice");
        let told: Vec<_> =
            people.by("Larkfield", &agent("mira"), at(15)).map(|(_, not_for)| not_for).collect();
        assert_eq!(told, [Some(2)]);
        people.add(VerifiedPerson { ticket: Some(2), ..verified("daniel", "mira", 2) });
        assert!(people.of("Larkfield", "daniel", &agent("mira"), at(15)).is_some());
        people.add(verified("daniel", "mira", 3));
        assert!(people.of("Larkfield", "daniel", &agent("mira"), at(15)).is_none());
    }
}
