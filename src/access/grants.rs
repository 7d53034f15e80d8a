//! Fresh proofs: who has proved that it is really them, for which kind of act, until when.
//!
//! A proof counts for one kind of act of one operator. An act that needs two persons also wants the
//! approval of another operator, given for that kind of act of that operator. What comes out is a
//! [`Permit`]: a value that only this file makes and that the code of the act takes.

use super::{Act, OperatorId, Roles};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// What the station demands before an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demands {
    /// Acts that ask for a fresh proof.
    pub sensitive: BTreeSet<Act>,
    /// Acts that also ask for a second person.
    pub two_person: BTreeSet<Act>,
    /// How long a proof counts.
    pub valid: SignedDuration,
}

impl Default for Demands {
    fn default() -> Self {
        Self {
            sensitive: Act::ALL.into_iter().collect(),
            two_person: BTreeSet::new(),
            valid: SignedDuration::from_mins(10),
        }
    }
}

/// The right to do one act now. Only [`Grants::permit`] makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    act: Act,
    approved_by: Option<String>,
}

impl Permit {
    pub fn act(&self) -> Act {
        self.act
    }

    /// The second person as the history names them, where one was needed.
    pub fn approved_by(&self) -> Option<&str> {
        self.approved_by.as_deref()
    }
}

/// What is missing before an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// None of the operator's roles may do it.
    Role,
    /// A fresh proof of the operator.
    Proof,
    /// The approval of another operator.
    SecondPerson,
}

/// Why a second person's approval does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalRefused {
    /// It is the operator again.
    SamePerson,
    /// None of their roles may do the act.
    Role,
}

/// The proofs and approvals of this session.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    proofs: Vec<Given>,
    approvals: Vec<(Given, Approver)>,
}

#[derive(Clone, Debug)]
struct Given {
    act: Act,
    operator: OperatorId,
    at: Timestamp,
}

#[derive(Clone, Debug)]
struct Approver {
    in_history: String,
}

impl Given {
    /// A clock that was set back ends a proof too.
    fn holds(
        &self,
        act: Act,
        operator: &OperatorId,
        now: Timestamp,
        valid: SignedDuration,
    ) -> bool {
        let age = now.duration_since(self.at);
        self.act == act && self.operator == *operator && !age.is_negative() && age < valid
    }
}

impl Grants {
    /// The operator has just proved that it is them, for this kind of act.
    pub fn proved(&mut self, act: Act, operator: &OperatorId, now: Timestamp) {
        self.proofs.retain(|given| given.act != act || given.operator != *operator);
        self.proofs.push(Given { act, operator: operator.clone(), at: now });
    }

    /// Another operator has just approved this kind of act of the operator.
    ///
    /// # Errors
    /// [`ApprovalRefused`]: the same person, or one who may not do the act.
    pub fn approved(
        &mut self,
        act: Act,
        operator: &OperatorId,
        (second, roles, in_history): (&OperatorId, &Roles, String),
        now: Timestamp,
    ) -> Result<(), ApprovalRefused> {
        if second == operator {
            return Err(ApprovalRefused::SamePerson);
        }
        if !may(roles, act) {
            return Err(ApprovalRefused::Role);
        }
        let given = Given { act, operator: operator.clone(), at: now };
        self.approvals.push((given, Approver { in_history }));
        Ok(())
    }

    /// The right to do the act now.
    ///
    /// # Errors
    /// [`Missing`]: what to ask for, the operator's own part first.
    pub fn permit(
        &self,
        act: Act,
        (operator, roles): (&OperatorId, &Roles),
        demands: &Demands,
        now: Timestamp,
    ) -> Result<Permit, Missing> {
        if !may(roles, act) {
            return Err(Missing::Role);
        }
        let holds = |given: &Given| given.holds(act, operator, now, demands.valid);
        if demands.sensitive.contains(&act) && !self.proofs.iter().any(holds) {
            return Err(Missing::Proof);
        }
        if !demands.two_person.contains(&act) {
            return Ok(Permit { act, approved_by: None });
        }
        match self.approvals.iter().rev().find(|(given, _)| holds(given)) {
            Some((_, by)) => Ok(Permit { act, approved_by: Some(by.in_history.clone()) }),
            None => Err(Missing::SecondPerson),
        }
    }

    /// An approval is for one act: it does not count again.
    pub fn spend(&mut self, permits: &[Permit], operator: &OperatorId) {
        for permit in permits.iter().filter(|permit| permit.approved_by.is_some()) {
            self.approvals
                .retain(|(given, _)| given.act != permit.act || given.operator != *operator);
        }
    }

    /// The command that was approved is not done, or is through.
    pub fn end_approvals(&mut self) {
        self.approvals.clear();
    }

    /// The act that was proved last and still counts, and until when.
    pub fn latest(
        &self,
        operator: &OperatorId,
        demands: &Demands,
        now: Timestamp,
    ) -> Option<(Act, Timestamp)> {
        let holds = |given: &&Given| given.holds(given.act, operator, now, demands.valid);
        let given = self.proofs.iter().rev().find(holds)?;
        Some((given.act, given.at.saturating_add(demands.valid).unwrap_or(Timestamp::MAX)))
    }

    /// Nothing counts any more: signed out, locked, another tenant.
    pub fn end(&mut self) {
        *self = Self::default();
    }
}

fn may(roles: &Roles, act: Act) -> bool {
    roles.has_any(act.roles())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    fn id(subject: &str) -> OperatorId {
        OperatorId { tenant: "t".into(), subject: subject.into() }
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn two_person() -> Demands {
        Demands { two_person: [Act::RevealPin].into(), ..Demands::default() }
    }

    fn ask(
        grants: &Grants,
        who: &str,
        act: Act,
        demands: &Demands,
        minute: i64,
    ) -> Result<(), Missing> {
        grants.permit(act, (&id(who), &Roles::all()), demands, at(minute)).map(drop)
    }

    #[test]
    fn a_proof_counts_for_its_act_its_operator_and_its_time() {
        let (mut grants, demands) = (Grants::default(), Demands::default());
        grants.proved(Act::RevealPin, &id("a"), at(0));
        let cases = [
            ("a", Act::RevealPin, 0, Ok(())),
            ("a", Act::RevealPin, 9, Ok(())),
            ("a", Act::RevealPin, 10, Err(Missing::Proof)),
            ("a", Act::RevealPin, -1, Err(Missing::Proof)),
            ("a", Act::RemoveKeys, 1, Err(Missing::Proof)),
            ("b", Act::RevealPin, 1, Err(Missing::Proof)),
        ];
        for (who, act, minute, expected) in cases {
            assert_eq!(
                ask(&grants, who, act, &demands, minute),
                expected,
                "{who} {act:?} {minute}"
            );
        }
    }

    #[test]
    fn the_same_subject_of_another_tenant_is_another_person() {
        let (mut grants, demands) = (Grants::default(), Demands::default());
        grants.proved(Act::RevealPin, &id("a"), at(0));
        let other = OperatorId { tenant: "u".into(), subject: "a".into() };
        let answer = grants.permit(Act::RevealPin, (&other, &Roles::all()), &demands, at(1));
        assert_eq!(answer, Err(Missing::Proof));
    }

    #[test]
    fn an_act_that_is_not_sensitive_needs_a_role_only() {
        let demands = Demands { sensitive: BTreeSet::new(), ..Demands::default() };
        let grants = Grants::default();
        assert_eq!(ask(&grants, "a", Act::RevealPin, &demands, 0), Ok(()));
        let helpdesk: Roles = [Role::Helpdesk].into_iter().collect();
        let answer = grants.permit(Act::RevealPin, (&id("a"), &helpdesk), &demands, at(0));
        assert_eq!(answer, Err(Missing::Role));
    }

    #[test]
    fn two_persons_are_two_different_ones_who_may_both_do_it() {
        let (mut grants, demands) = (Grants::default(), two_person());
        grants.proved(Act::RevealPin, &id("a"), at(0));
        assert_eq!(ask(&grants, "a", Act::RevealPin, &demands, 1), Err(Missing::SecondPerson));
        let all = Roles::all();
        let mut approve = |who: &str, roles: &Roles| {
            let by = (&id(who), roles, who.to_owned());
            grants.approved(Act::RevealPin, &id("a"), by, at(1))
        };
        assert_eq!(approve("a", &all), Err(ApprovalRefused::SamePerson));
        let helpdesk = [Role::Helpdesk].into_iter().collect();
        assert_eq!(approve("b", &helpdesk), Err(ApprovalRefused::Role));
        assert_eq!(approve("b", &all), Ok(()));
        let permit = grants.permit(Act::RevealPin, (&id("a"), &all), &demands, at(2)).unwrap();
        assert_eq!(permit.approved_by(), Some("b"));
        assert_eq!(ask(&grants, "b", Act::RevealPin, &demands, 2), Err(Missing::Proof));
        grants.spend(&[permit], &id("a"));
        assert_eq!(ask(&grants, "a", Act::RevealPin, &demands, 2), Err(Missing::SecondPerson));
    }

    #[test]
    fn the_operators_own_proof_is_asked_for_before_the_second_person() {
        assert_eq!(
            ask(&Grants::default(), "a", Act::RevealPin, &two_person(), 0),
            Err(Missing::Proof)
        );
    }

    #[test]
    fn nothing_counts_after_the_end() {
        let (mut grants, demands) = (Grants::default(), Demands::default());
        grants.proved(Act::RevealPin, &id("a"), at(0));
        assert_eq!(grants.latest(&id("a"), &demands, at(1)), Some((Act::RevealPin, at(10))));
        grants.end();
        assert_eq!(ask(&grants, "a", Act::RevealPin, &demands, 1), Err(Missing::Proof));
        assert_eq!(grants.latest(&id("a"), &demands, at(1)), None);
    }
}
