//! What the history and the window are told of operators.

use crate::access::Role;
use crate::engine::station::Station;
use crate::engine::{OperatorShown, PersonShown, WhoEvent};
use crate::journal::Action;

impl Station {
    /// A row under the operator of the tenant in use.
    pub(super) async fn note_who(&self, action: Action, subject: &str, detail: String) {
        self.note_change(action, subject.to_owned(), detail).await;
    }

    /// Whether the operator has a role for it: what is nobody's business here is not shown either.
    pub(in crate::engine) fn may_see(&self, roles: &[Role]) -> bool {
        self.ports.as_ref().is_some_and(|ports| ports.tenant.who.roles.has_any(roles))
    }

    /// Who is at the station, as the window shows it.
    pub(in crate::engine) async fn show_operator(&self) {
        self.tell_who(WhoEvent::Operator(self.operator_shown())).await;
    }

    fn operator_shown(&self) -> OperatorShown {
        let Some(ports) = &self.ports else { return OperatorShown::Nobody };
        let who = &ports.tenant.who;
        let roles = who.roles.iter().collect();
        match self.presence.sessions.get(&ports.tenant.name) {
            Some(session) => OperatorShown::Person(PersonShown {
                name: who.name.clone(),
                upn: who.upn.clone(),
                roles,
                signed_in_at: session.signed_in_at,
                stepped_up: self.stepped_up(),
            }),
            None => OperatorShown::Station { name: who.name.clone(), roles },
        }
    }
}
