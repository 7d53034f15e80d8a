//! What was typed into the search box, and whose tenant a caller belongs to.

/// The ticket's number in a search: `2818`, `#2818`, `INC0002818`, `Ticket 2818`. A lone number of
/// more than ten digits is none: it is a phone's or a badge's.
pub fn ticket_number(query: &str) -> Option<u64> {
    let text = query.trim();
    let lower = text.to_ascii_lowercase();
    let rest = ["ticket", "inc", "id", "#"]
        .iter()
        .find_map(|prefix| lower.strip_prefix(prefix))
        .unwrap_or(&lower)
        .trim_start_matches(['#', ' ', ':', '-']);
    let is_number = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && rest.len() <= 10).then(|| rest.parse().ok()).flatten()
}

/// A tenant and the domains its people have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantDomains {
    pub name: String,
    pub domains: Vec<String>,
}

/// The part behind the `@`, in lower case.
pub fn domain_of(user: &str) -> Option<String> {
    let (_, domain) = user.trim().rsplit_once('@')?;
    let domain = domain.trim_end_matches('.').to_lowercase();
    (domain.contains('.')).then_some(domain)
}

/// The tenant of a domain: by itself, or as one below it. `None` where none or several claim it.
pub fn tenant_of<'a>(domain: &str, tenants: &'a [TenantDomains]) -> Option<&'a str> {
    let domain = domain.to_lowercase();
    let claims = |tenant: &&TenantDomains| {
        tenant.domains.iter().any(|own| {
            let own = own.trim().trim_start_matches('@').to_lowercase();
            !own.is_empty() && (domain == own || domain.ends_with(&format!(".{own}")))
        })
    };
    let mut claiming = tenants.iter().filter(claims);
    let first = claiming.next()?;
    claiming.next().is_none().then_some(first.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_number_is_known_in_any_common_writing() {
        for text in ["2818", "#2818", "INC0002818", " ticket 2818 ", "Ticket #2818", "ID:2818"] {
            assert_eq!(ticket_number(text), Some(2818), "{text}");
        }
        for text in ["", "#", "28a18", "Daniel", "46701234567890", "+46701234567", "2818 4", "inc"]
        {
            assert_eq!(ticket_number(text), None, "{text}");
        }
    }

    #[test]
    fn a_domain_chooses_the_one_tenant_that_has_it() {
        let tenant = |name: &str, domains: &[&str]| TenantDomains {
            name: name.into(),
            domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        };
        let tenants = [
            tenant("Larkfield", &["larkfield.example"]),
            tenant("Pinewood", &["pinewood.example", "@pine.example"]),
            tenant("Rival", &["shared.example"]),
            tenant("Other", &["shared.example", ""]),
        ];
        let of = |user: &str| tenant_of(&domain_of(user)?, &tenants);
        assert_eq!(of("eve@PineWood.example"), Some("Pinewood"));
        assert_eq!(of("eve@mail.pine.example"), Some("Pinewood"));
        assert_eq!(of("eve@notpine.example"), None, "another domain that ends alike");
        assert_eq!(of("eve@shared.example"), None, "two claim it: a person decides");
        assert_eq!(of("eve"), None);
        assert_eq!(of("eve@localhost"), None);
    }
}
