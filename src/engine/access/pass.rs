//! Lets a command through, refuses it, or has it wait for a proof. Every command comes by here.

use super::duty::{Duty, Who, duty, is_of_the_station};
use super::presence::{Presence, demands};
use super::roles::in_words;
use crate::access::{Act, Missing, Operator, OperatorId, Permit};
use crate::engine::station::Station;
use crate::engine::{AskedOf, Command, Event, VerifyCommand, WhoCommand};
use crate::problem::Problem;
use crate::settings::SecuritySettings;
use jiff::Timestamp;

/// What a command was let through with. The code of a sensitive act asks here, so that no other way
/// to it is open.
pub(in crate::engine) enum Permits {
    Given(Vec<Permit>),
    /// Nobody is signed in and nothing guards the station yet: it is being set up.
    SetUp,
}

impl Permits {
    /// # Errors
    /// Without a permit for this kind of act.
    pub(in crate::engine) fn demand(&self, act: Act) -> Result<(), Problem> {
        let given = match self {
            Self::Given(permits) => permits.iter().any(|permit| permit.act() == act),
            Self::SetUp => matches!(act, Act::ChangeSecrets | Act::ExportPins),
        };
        match given {
            true => Ok(()),
            false => Err(Problem {
                what: format!("Nobody confirmed who they are, to {}", act.purpose()),
                next: "Do it again, and confirm when asked".into(),
                details: Vec::new(),
            }),
        }
    }
}

/// Why a command is not carried out.
#[derive(Debug, PartialEq, Eq)]
enum Closed {
    Locked,
    NobodySignedIn,
    Role(&'static [crate::access::Role]),
    /// Their tenant has no rules, and another one's say who administers the station.
    NoRules,
    Asks(Act, AskedOf),
}

/// Who administers the station now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Administered {
    /// Nobody is signed in or ever was, and neither rules nor a passphrase say who may: whoever
    /// sits there.
    ByAnybody,
    /// An administrator of the tenant in use.
    Here,
    /// An administrator of a tenant with rules, which the one in use has not: everybody who can
    /// sign in there would rule the other tenants, too.
    Elsewhere,
}

impl Station {
    /// The command with its permits; nothing when it was refused or waits.
    pub(in crate::engine) async fn pass(&mut self, command: Command) -> Option<(Command, Permits)> {
        if self.practises_beside_tenants() && is_of_the_station(&command, &self.settings) {
            self.tell(Event::Problem(practises())).await;
            return None;
        }
        let mut duty = duty(&command, &self.settings);
        if matches!(command, Command::Who(WhoCommand::SetPassphrase { .. })) && self.has_no_proof()
        {
            duty.acts.clear();
        }
        let operator = self.at_desk();
        let administered = self.administered();
        let security = &self.settings.security;
        let judged = judge(
            &self.presence,
            &duty,
            operator.as_ref(),
            administered,
            security,
            Timestamp::now(),
        );
        let relied = match judged {
            Ok(_) | Err(Closed::Asks(..)) => self.demand_verified(&command, &duty.acts).await,
            _ => Ok(None),
        };
        // Where a proof is asked for first, the command comes by here again.
        let noted = match relied {
            Ok(Some(relied)) if judged.is_ok() => self.note_relied(relied).await,
            relied => relied.map(drop),
        };
        if let Err(problem) = noted {
            self.tell(Event::Problem(problem)).await;
            return None;
        }
        if matches!(judged, Err(Closed::Locked | Closed::NobodySignedIn))
            && let Command::Verify(VerifyCommand::OpenLink(text)) = command
        {
            self.keep_link(text).await;
            return None;
        }
        let problem = match judged {
            Ok(permits) => {
                if let (Permits::Given(given), Some(operator)) = (&permits, &operator) {
                    self.presence.grants.spend(given, &operator.id);
                }
                return Some((command, permits));
            }
            Err(Closed::Asks(act, of)) => {
                self.ask(command, act, of).await;
                return None;
            }
            Err(Closed::Locked) => locked(),
            Err(Closed::NobodySignedIn) => match duty.who {
                Who::SetsUp(_) => nobody_to_set_up(),
                _ => nobody(),
            },
            Err(Closed::Role(needed)) => wrong_role(operator.as_ref(), needed),
            Err(Closed::NoRules) => no_rules(),
        };
        self.tell(Event::Problem(problem)).await;
        None
    }

    /// Who acts: the operator of the connection. Where a station that signs in by itself can't be
    /// connected, the station, so that its passphrase still opens what mends it.
    pub(super) fn at_desk(&self) -> Option<Operator> {
        if let Some(ports) = &self.ports {
            return Some(ports.tenant.who.clone());
        }
        let by_itself = self.presence.place.is_none() && self.presence.passphrase_is_set;
        let tenant = self.settings.tenant_in_use().filter(|_| by_itself)?;
        Some(Operator {
            id: OperatorId { tenant: tenant.name.clone(), subject: "station".into() },
            name: "This station".into(),
            upn: String::new(),
            roles: self.settings.security.station_roles.iter().copied().collect(),
        })
    }

    /// Until a station of its own has a passphrase, nobody there can confirm who they are.
    pub(super) fn has_no_proof(&self) -> bool {
        self.presence.place.is_none() && !self.presence.passphrase_is_set
    }

    fn administered(&self) -> Administered {
        let has_rules = self.presence.place.as_ref().is_some_and(|it| !it.rules.is_empty());
        match (self.is_being_set_up(), self.settings.has_rules() && !has_rules) {
            (true, _) => Administered::ByAnybody,
            (false, true) => Administered::Elsewhere,
            (false, false) => Administered::Here,
        }
    }

    fn is_being_set_up(&self) -> bool {
        let no_rules = self.settings.tenants.iter().all(|tenant| tenant.roles.is_empty());
        let is_new = self.settings.tenants.is_empty()
            || (no_rules && self.presence.is_unused && !self.practises_beside_tenants());
        self.ports.is_none() && is_new && !self.presence.passphrase_is_set
    }

    /// Whoever practises is an administrator of the simulated company, not of this station.
    fn practises_beside_tenants(&self) -> bool {
        let practises = self.audience.now().is_some_and(|tenant| tenant.practice);
        practises && !self.settings.tenants.is_empty()
    }
}

fn judge(
    presence: &Presence,
    duty: &Duty,
    operator: Option<&Operator>,
    administered: Administered,
    security: &SecuritySettings,
    now: Timestamp,
) -> Result<Permits, Closed> {
    if duty.who == Who::Anybody {
        return Ok(Permits::Given(Vec::new()));
    }
    if presence.lock.is_locked() {
        return Err(Closed::Locked);
    }
    let needed = match duty.who {
        Who::Anybody | Who::AtOpenStation => return Ok(Permits::Given(Vec::new())),
        Who::SetsUp(_) if administered == Administered::ByAnybody => return Ok(Permits::SetUp),
        Who::OneOf(roles) | Who::SetsUp(roles) => roles,
    };
    let operator = operator.ok_or(Closed::NobodySignedIn)?;
    if !operator.roles.has_any(needed) {
        return Err(Closed::Role(needed));
    }
    if matches!(duty.who, Who::SetsUp(_)) && administered == Administered::Elsewhere {
        return Err(Closed::NoRules);
    }
    let who = (&operator.id, &operator.roles);
    let permit = |act: &Act| {
        presence.grants.permit(*act, who, &demands(security), now).map_err(
            |missing| match missing {
                Missing::Role => Closed::Role(act.roles()),
                Missing::Proof => Closed::Asks(*act, AskedOf::Operator),
                Missing::SecondPerson => Closed::Asks(*act, AskedOf::SecondPerson),
            },
        )
    };
    duty.acts.iter().map(permit).collect::<Result<_, _>>().map(Permits::Given)
}

fn locked() -> Problem {
    Problem {
        what: "The station is locked".into(),
        next: "Unlock it, then do it again".into(),
        details: Vec::new(),
    }
}

fn practises() -> Problem {
    Problem {
        what: "This station's tenants and settings are not part of practice".into(),
        next: "Switch to one of the tenants, then do it again".into(),
        details: Vec::new(),
    }
}

pub(super) fn nobody() -> Problem {
    Problem {
        what: "Nobody is signed in".into(),
        next: "Sign in, then do it again".into(),
        details: Vec::new(),
    }
}

fn nobody_to_set_up() -> Problem {
    Problem {
        next: "Sign in as an administrator, then do it again; where nobody can sign in any more, \
               put config.toml right by hand"
            .into(),
        ..nobody()
    }
}

pub(super) fn wrong_role(operator: Option<&Operator>, needed: &[crate::access::Role]) -> Problem {
    let name = operator.map_or("Nobody", |operator| operator.name.as_str());
    Problem {
        what: format!("{name} may not do this here: it needs the role {}", in_words(needed)),
        next: "Ask an administrator of this station, or sign in as somebody who has that role"
            .into(),
        details: Vec::new(),
    }
}

fn no_rules() -> Problem {
    Problem {
        what: "This tenant has no role rules, so nobody in it administers this station".into(),
        next: "Switch to a tenant whose rules name its administrators and sign in there as one, \
               then do it again"
            .into(),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{LockCause, Role, Roles};

    fn operator(roles: &[Role]) -> Operator {
        Operator {
            id: OperatorId { tenant: "t".into(), subject: "s".into() },
            name: "Omar".into(),
            upn: "omar@x.example".into(),
            roles: roles.iter().copied().collect::<Roles>(),
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn reveal() -> Duty {
        Duty { who: Who::OneOf(Act::RevealPin.roles()), acts: vec![Act::RevealPin] }
    }

    fn answer(
        presence: &Presence,
        duty: &Duty,
        operator: Option<&Operator>,
        administered: Administered,
    ) -> Result<(), Closed> {
        judge(presence, duty, operator, administered, &SecuritySettings::default(), now()).map(drop)
    }

    #[test]
    fn a_locked_station_lets_only_through_what_anybody_may_do() {
        let mut presence = Presence::new(now());
        presence.grants.proved(Act::RevealPin, &operator(&[]).id, now());
        let clerk = operator(&[Role::Clerk]);
        assert_eq!(answer(&presence, &reveal(), Some(&clerk), Administered::Here), Ok(()));
        presence.lock.lock(LockCause::Idle);
        let plain = |who| Duty { who, acts: Vec::new() };
        for who in [Who::AtOpenStation, Who::OneOf(&Role::ALL), Who::SetsUp(&Role::ALL)] {
            let closed = answer(&presence, &plain(who), Some(&clerk), Administered::ByAnybody);
            assert_eq!(closed, Err(Closed::Locked), "{who:?}");
        }
        assert_eq!(answer(&presence, &plain(Who::Anybody), None, Administered::Here), Ok(()));
    }

    #[test]
    fn a_role_is_needed_before_a_proof_is_asked_for() {
        let presence = Presence::new(now());
        let helpdesk = operator(&[Role::Helpdesk]);
        let closed = answer(&presence, &reveal(), Some(&helpdesk), Administered::Here);
        assert_eq!(closed, Err(Closed::Role(Act::RevealPin.roles())));
        let clerk = operator(&[Role::Clerk]);
        let closed = answer(&presence, &reveal(), Some(&clerk), Administered::Here);
        assert_eq!(closed, Err(Closed::Asks(Act::RevealPin, AskedOf::Operator)));
        assert_eq!(
            answer(&presence, &reveal(), None, Administered::Here),
            Err(Closed::NobodySignedIn)
        );
    }

    #[test]
    fn each_of_several_acts_is_asked_for_before_any_of_them_is_done() {
        let mut presence = Presence::new(now());
        let acts = vec![Act::ResetUsedKey, Act::RemoveKeys];
        let duty = Duty { who: Who::OneOf(&[Role::Provisioner]), acts: acts.clone() };
        let provisioner = operator(&[Role::Provisioner]);
        for act in acts {
            let closed = answer(&presence, &duty, Some(&provisioner), Administered::Here);
            assert_eq!(closed, Err(Closed::Asks(act, AskedOf::Operator)));
            presence.grants.proved(act, &provisioner.id, now());
        }
        assert_eq!(answer(&presence, &duty, Some(&provisioner), Administered::Here), Ok(()));
    }

    #[test]
    fn only_a_station_without_rules_and_operator_is_set_up_by_anybody() {
        let presence = Presence::new(now());
        let duty =
            Duty { who: Who::SetsUp(&[Role::Administrator]), acts: vec![Act::ChangeSecrets] };
        assert_eq!(answer(&presence, &duty, None, Administered::ByAnybody), Ok(()));
        assert_eq!(answer(&presence, &duty, None, Administered::Here), Err(Closed::NobodySignedIn));
        let clerk = operator(&[Role::Clerk]);
        let closed = answer(&presence, &duty, Some(&clerk), Administered::Here);
        assert_eq!(closed, Err(Closed::Role(&[Role::Administrator])));
        let administrator = operator(&Role::ALL);
        let closed = answer(&presence, &duty, Some(&administrator), Administered::Elsewhere);
        assert_eq!(closed, Err(Closed::NoRules));
    }

    #[test]
    fn the_code_of_an_act_is_closed_without_its_own_permit() {
        assert!(Permits::Given(Vec::new()).demand(Act::RevealPin).is_err());
        assert!(Permits::SetUp.demand(Act::RevealPin).is_err());
        assert!(Permits::SetUp.demand(Act::ChangeSecrets).is_ok());
        let mut presence = Presence::new(now());
        let clerk = operator(&[Role::Clerk]);
        presence.grants.proved(Act::RevealPin, &clerk.id, now());
        let permits = judge(
            &presence,
            &reveal(),
            Some(&clerk),
            Administered::Here,
            &SecuritySettings::default(),
            now(),
        );
        let permits = permits.unwrap();
        assert!(permits.demand(Act::RevealPin).is_ok());
        assert!(permits.demand(Act::RemoveKeys).is_err());
    }
}
