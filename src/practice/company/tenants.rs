//! The company's own tenant and those of two customers it serves as a partner.

use super::operators::{DirectoryRole, Operator, Proof, operators};
use super::people::plain;
use super::{DOMAIN, Employee, Group, NAME, groups, people, stable_id};
use uuid::Uuid;

/// A customer that has consented to the station's application.
pub const HARBOUR_DOMAIN: &str = "harbourfoods.example";
/// A customer that has not.
pub const PINEWOOD_DOMAIN: &str = "pinewood.example";

/// Larkfield's people who may sign in at a customer's tenant, by the customer's domain.
const PARTNERS: &[(&str, &[&str])] =
    &[(HARBOUR_DOMAIN, &["petra.lindqvist@larkfield.example", "omar.haddad@larkfield.example"])];

/// One tenant of the sign-in service.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub id: Uuid,
    pub name: &'static str,
    pub domain: &'static str,
    pub people: Vec<Employee>,
    pub groups: Vec<Group>,
    /// Accounts that sign in at a station, own ones first, then the partner's.
    pub operators: Vec<Operator>,
    /// Whether the application may be used there, at the start.
    pub consent: Consent,
}

/// An administrator's yes to the application's permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    Given,
    Missing,
}

/// The tenant's id by its domain.
pub fn tenant_id_of(domain: &str) -> Uuid {
    stable_id("tenant", domain)
}

/// All tenants; the company's own is the first.
pub fn tenants() -> Vec<Tenant> {
    let own = Tenant {
        id: tenant_id_of(DOMAIN),
        name: NAME,
        domain: DOMAIN,
        people: people(),
        groups: groups(),
        operators: operators(),
        consent: Consent::Given,
    };
    let harbour = customer(
        "Harbour Foods",
        HARBOUR_DOMAIN,
        &[
            ("astrid.holm", "Astrid Holm", "Cannery manager"),
            ("jonas.rask", "Jonas Rask", "Fitter"),
            ("wilma.strand", "Wilma Strand", "Quality inspector"),
        ],
        ("mara.quill", "Mara Quill"),
        Consent::Given,
    );
    let pinewood = customer(
        "Pinewood Furniture",
        PINEWOOD_DOMAIN,
        &[("edvin.lund", "Edvin Lund", "Joiner"), ("signe.palm", "Signe Palm", "Designer")],
        ("ines.torp", "Ines Torp"),
        Consent::Missing,
    );
    vec![own, harbour, pinewood]
}

fn customer(
    name: &'static str,
    domain: &'static str,
    table: &[(&str, &str, &str)],
    (user, administrator): (&str, &str),
    consent: Consent,
) -> Tenant {
    let administrator = Operator {
        account: plain(user, domain, administrator, "Office", "IT administrator"),
        roles: Vec::new(),
        directory_role: DirectoryRole::GlobalAdministrator,
        proof: Proof::MultiFactor,
        consent: Consent::Given,
    };
    let staff = Group {
        id: stable_id("group", &format!("Staff/{domain}")),
        name: "Staff",
        description: "Everybody on the payroll",
        holds: Vec::new(),
    };
    let people = table.iter().map(|(user, name, title)| plain(user, domain, name, "Staff", title));
    let partners = PARTNERS.iter().filter(|(of, _)| *of == domain).flat_map(|(_, upns)| *upns);
    let partners: Vec<_> = partners.copied().collect();
    let visiting =
        operators().into_iter().filter(|one| partners.contains(&one.account.upn.as_str()));
    Tenant {
        id: tenant_id_of(domain),
        name,
        domain,
        people: people.collect(),
        groups: vec![staff],
        // The partner's roles at the station are not the customer's business.
        operators: [administrator]
            .into_iter()
            .chain(visiting.map(|one| Operator { roles: Vec::new(), ..one }))
            .collect(),
        consent,
    }
}
