//! One tenant as the services know it.

use super::call::Refusal;
use super::method_policies::MethodPolicies;
use super::policy::Policy;
use crate::practice::company::{Consent, DirectoryRole, Employee, Group, Operator, Tenant};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Members of this group have administrative roles of the directory's own.
const ADMINISTRATORS: &str = "Tier 0 administrators";

pub(super) struct Place {
    pub id: Uuid,
    pub name: &'static str,
    pub domain: &'static str,
    pub people: Vec<Arc<Employee>>,
    pub operators: Vec<Arc<Operator>>,
    pub groups: Vec<Group>,
    pub policy: Policy,
    pub method_policies: MethodPolicies,
    pub consent: Consent,
    by_id: HashMap<Uuid, Arc<Employee>>,
    /// By the user principal name in lower case.
    by_name: HashMap<String, Arc<Employee>>,
    /// By the mail address in lower case; nothing makes it unique.
    by_mail: HashMap<String, Vec<Arc<Employee>>>,
    /// By the employee id in lower case; nothing makes it unique.
    by_employee_id: HashMap<String, Vec<Arc<Employee>>>,
}

impl Place {
    pub fn new(tenant: Tenant) -> Self {
        let people: Vec<_> = tenant.people.into_iter().map(Arc::new).collect();
        let named = people.iter().map(|person| (person.upn.to_lowercase(), Arc::clone(person)));
        let numbered = people.iter().map(|person| (person.id, Arc::clone(person)));
        Self {
            by_mail: grouped(&people, |person| person.mail.as_deref()),
            by_employee_id: grouped(&people, |person| person.employee_id.as_deref()),
            by_name: named.collect(),
            by_id: numbered.collect(),
            id: tenant.id,
            name: tenant.name,
            domain: tenant.domain,
            people,
            operators: tenant.operators.into_iter().map(Arc::new).collect(),
            policy: Policy::of_company(&tenant.groups),
            method_policies: MethodPolicies::default(),
            groups: tenant.groups,
            consent: tenant.consent,
        }
    }

    /// Whether this is how the tenant can be named in an address.
    pub fn is_called(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case(self.domain) || Uuid::try_parse(name) == Ok(self.id)
    }

    /// The person or operator with this object id or user principal name.
    pub fn person(&self, name: &str) -> Result<Arc<Employee>, Refusal> {
        let id = Uuid::try_parse(name).ok();
        let is_meant = |one: &Employee| Some(one.id) == id || one.upn.eq_ignore_ascii_case(name);
        let person = match &id {
            Some(id) => self.by_id.get(id),
            None => self.by_name.get(&name.to_lowercase()),
        };
        person
            .cloned()
            .or_else(|| self.own_operators().find(|one| is_meant(one)).cloned().map(Arc::new))
            .ok_or_else(|| Refusal::not_found(name))
    }

    /// People with this mail address.
    pub fn with_mail(&self, mail: &str) -> &[Arc<Employee>] {
        self.by_mail.get(&mail.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// People with this employee id.
    pub fn with_employee_id(&self, id: &str) -> &[Arc<Employee>] {
        self.by_employee_id.get(&id.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Accounts of operators that live in this tenant; they are in no list of people.
    pub fn own_operators(&self) -> impl Iterator<Item = &Employee> {
        self.operators
            .iter()
            .map(|operator| &operator.account)
            .filter(|account| account.upn.ends_with(self.domain))
    }

    /// The operator with this object id or user principal name.
    pub fn operator(&self, name: &str) -> Option<Arc<Operator>> {
        let id = Uuid::try_parse(name).ok();
        self.operators
            .iter()
            .find(|operator| {
                Some(operator.account.id) == id || operator.account.upn.eq_ignore_ascii_case(name)
            })
            .cloned()
    }

    /// The role of the directory's own that a person has.
    pub fn role_of(&self, person: &Employee) -> DirectoryRole {
        if let Some(operator) = self.operators.iter().find(|one| one.account.id == person.id) {
            return operator.directory_role;
        }
        match person.groups.iter().any(|group| group == ADMINISTRATORS) {
            true => DirectoryRole::GlobalAdministrator,
            false => DirectoryRole::None,
        }
    }

    /// Groups the person is in: the direct ones first, then those that hold them.
    pub fn groups_of(&self, person: &Employee) -> Vec<&Group> {
        let mut found: Vec<&Group> =
            self.groups.iter().filter(|group| is_direct_member(person, group)).collect();
        let mut looked_at = 0;
        while let Some(held) = found.get(looked_at).map(|group| group.id) {
            looked_at += 1;
            for group in self.groups.iter().filter(|group| group.holds.contains(&held)) {
                if !found.iter().any(|known| known.id == group.id) {
                    found.push(group);
                }
            }
        }
        found
    }
}

fn grouped(
    people: &[Arc<Employee>],
    property: impl Fn(&Employee) -> Option<&str>,
) -> HashMap<String, Vec<Arc<Employee>>> {
    let mut groups: HashMap<String, Vec<Arc<Employee>>> = HashMap::new();
    for person in people {
        if let Some(text) = property(person) {
            groups.entry(text.to_lowercase()).or_default().push(Arc::clone(person));
        }
    }
    groups
}

/// Whether the person itself is in the group, not through another group.
pub(super) fn is_direct_member(person: &Employee, group: &Group) -> bool {
    person.department == group.name || person.groups.iter().any(|name| name == group.name)
}
