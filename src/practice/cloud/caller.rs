//! Who calls the directory: what an access token stands for, and what that lets the caller do.

use super::call::Refusal;
use super::world::{OWN, World};
use crate::practice::company::{DirectoryRole, Employee, Operator};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an access token stands for.
#[derive(Clone)]
pub(super) struct AccessToken {
    pub ends: Timestamp,
    /// Number of the tenant.
    pub place: usize,
    pub holder: Holder,
}

#[derive(Clone)]
pub(super) enum Holder {
    Application,
    Operator {
        operator: Arc<Operator>,
        /// Authentication contexts the operator has satisfied.
        contexts: BTreeSet<String>,
        /// Whether the client can answer claims challenges.
        challenges: Challenges,
    },
}

/// Whether a client declared the capability `cp1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Challenges {
    Understood,
    #[default]
    NotUnderstood,
}

/// What a token stands for that was issued elsewhere, where such are trusted.
pub(super) fn foreign(world: &World) -> Option<AccessToken> {
    let operator = world.places[OWN].operator(world.login.ordered.foreign.as_deref()?)?;
    let (contexts, challenges) = (BTreeSet::new(), Challenges::Understood);
    let holder = Holder::Operator { operator, contexts, challenges };
    Some(AccessToken { ends: Timestamp::MAX, place: OWN, holder })
}

/// What is done to a person's sign-in methods.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    Read,
    Write,
}

/// Whether the caller may do this to the person's sign-in methods. An application has no limits
/// beside its permissions; an operator is limited by a role of the directory's own.
pub(super) fn check_touch(world: &World, person: &Employee, touch: Touch) -> Result<(), Refusal> {
    let Holder::Operator { operator, .. } = &world.caller else {
        return Ok(());
    };
    let is_own = operator.account.id == person.id;
    let target = world.place().role_of(person);
    let allowed = match operator.directory_role {
        DirectoryRole::GlobalAdministrator
        | DirectoryRole::PrivilegedAuthenticationAdministrator => true,
        DirectoryRole::AuthenticationAdministrator => {
            matches!(target, DirectoryRole::None | DirectoryRole::AuthenticationAdministrator)
        }
        DirectoryRole::GlobalReader => touch == Touch::Read,
        DirectoryRole::None => is_own && touch == Touch::Read,
    };
    if allowed { Ok(()) } else { Err(Refusal::access()) }
}

/// Whether the caller may read the tenant's policies: an operator needs some directory role.
pub(super) fn check_policies(world: &World) -> Result<(), Refusal> {
    match &world.caller {
        Holder::Operator { operator, .. } if operator.directory_role == DirectoryRole::None => {
            Err(Refusal::access())
        }
        _ => Ok(()),
    }
}

/// The operator behind the token, for `/me`.
pub(super) fn me(world: &World) -> Result<Arc<Operator>, Refusal> {
    match &world.caller {
        Holder::Operator { operator, .. } => Ok(Arc::clone(operator)),
        Holder::Application => Err(Refusal::bad_request(
            "/me request is only valid with delegated authentication flow.",
        )),
    }
}

/// Refuses a token that lacks the authentication context that was ordered for every call.
pub(super) fn check_context(world: &World, wanted: Option<&str>) -> Result<(), Refusal> {
    let (Some(wanted), Holder::Operator { contexts, challenges, .. }) = (wanted, &world.caller)
    else {
        return Ok(());
    };
    match challenges {
        _ if contexts.contains(wanted) => Ok(()),
        Challenges::Understood => Err(Refusal::claims(wanted)),
        Challenges::NotUnderstood => Err(Refusal::access()),
    }
}
