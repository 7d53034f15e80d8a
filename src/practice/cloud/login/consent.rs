//! `GET /{tenant}/adminconsent`: an administrator lets the application into the tenant.

use super::super::call::{Call, Reply};
use super::super::world::World;
use super::authorize::{self, Return};
use super::flow::{self, Flow, Purpose};
use super::page::{Asks, Page};
use super::refusal::SignInRefusal;
use crate::practice::company::{Consent, DirectoryRole, Operator};

/// Who asked.
#[derive(Clone)]
pub(super) struct Asked {
    pub to: Return,
}

pub(super) fn answer(world: &mut World, call: &Call, place: usize) -> Reply {
    let now = world.now();
    let shown = authorize::check_return(call).and_then(|to| {
        let flow = Flow::new(world, place, Purpose::Consent(Asked { to }));
        flow::show(world, call, flow, Asks::Consent, None, None)
    });
    shown.unwrap_or_else(|refusal| Page::refused(call, now, &refusal).reply(call))
}

/// The account that was chosen says yes; only an administrator of the tenant itself can.
pub(super) fn give(
    world: &mut World,
    call: &Call,
    place: usize,
    asked: &Asked,
    operator: &Operator,
) -> Result<Reply, SignInRefusal> {
    let is_own = world.places[place].own_operators().any(|own| own.id == operator.account.id);
    if !is_own || operator.directory_role != DirectoryRole::GlobalAdministrator {
        let problem = SignInRefusal::ordered(90094).description(call, world.now());
        let flow = Flow::new(world, place, Purpose::Consent(asked.clone()));
        return flow::show(world, call, flow, Asks::Consent, None, Some(problem));
    }
    let place = &mut world.places[place];
    place.consent = Consent::Given;
    let tenant = place.id.to_string();
    Ok(authorize::go_back(&asked.to, &[("admin_consent", "True"), ("tenant", &tenant)]))
}
